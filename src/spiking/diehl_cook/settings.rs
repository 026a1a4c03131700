//! The hyperparameters of Diehl and Cook's network.

use serde::{Deserialize, Serialize};

use super::super::{AdaptiveThreshold, ConductanceLif, FrozenAt};
use super::DiehlCookStdp;
use super::presentation::Learning;
use crate::error::{check_count, check_not_negative, check_positive};
use crate::{Error, Result};

/// The hyperparameters; the defaults are those of Brian2's example of the network, in steps of
/// 0.5 ms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiehlCookSettings {
    /// Excitatory neurons, and as many inhibitory ones; default 100.
    pub neurons: usize,
    /// The step in ms; default 0.5.
    pub step_ms: f64,
    /// How long an image is shown, in ms; default 350.
    pub presentation_ms: f64,
    /// How long nothing is shown after an image, in ms; default 150.
    pub pause_ms: f64,
    /// The rate of a pixel of 255 at the first intensity, in Hz; default 63.75.
    pub largest_rate_hz: f64,
    /// An image is shown again, with rates higher by half of the first, until the excitatory
    /// neurons fire so many spikes; default 5.
    pub fewest_spikes: u64,
    /// But not more often than this; default 20.
    pub most_presentations: usize,
    /// The sum to which the weights of each excitatory neuron are scaled before each training
    /// image. The default of 78 suits digits of 784 pixels, a fifth of them bright. Fewer bright
    /// pixels need larger weights, and so a larger sum for their number.
    pub weight_sum: f64,
    /// By how much a spike raises a threshold, in mV; default 0.05.
    pub threshold_jump_mv: f64,
    /// How long that lasts, in ms; default 1e7.
    pub threshold_time_constant_ms: f64,
    /// By how much thresholds are raised at first, in mV; default 20.
    pub first_threshold_mv: f64,
    /// The conductance of an excitatory to its inhibitory neuron; default 10.4.
    pub excitation: f64,
    /// The conductance of an inhibitory to all other excitatory neurons; default 17.
    pub inhibition: f64,
    /// Input spikes take up to this, drawn uniformly for each synapse, in ms; default 10.
    pub longest_delay_ms: f64,
    /// The rule of the synapses of inputs.
    pub rule: DiehlCookStdp,
}

impl Default for DiehlCookSettings {
    fn default() -> Self {
        Self {
            neurons: 100,
            step_ms: 0.5,
            presentation_ms: 350.0,
            pause_ms: 150.0,
            largest_rate_hz: 63.75,
            fewest_spikes: 5,
            most_presentations: 20,
            weight_sum: 78.0,
            threshold_jump_mv: 0.05,
            threshold_time_constant_ms: 1e7,
            first_threshold_mv: 20.0,
            excitation: 10.4,
            inhibition: 17.0,
            longest_delay_ms: 10.0,
            rule: DiehlCookStdp::default(),
        }
    }
}

impl DiehlCookSettings {
    pub(super) fn check(&self) -> Result<()> {
        if self.neurons < 2 {
            let requirement = "neurons that inhibit one another must be at least 2";
            return Err(Error::setting("neurons", self.neurons, requirement));
        }
        check_positive("step_ms", self.step_ms)?;
        check_positive("presentation_ms", self.presentation_ms)?;
        check_not_negative("pause_ms", self.pause_ms)?;
        check_positive("largest_rate_hz", self.largest_rate_hz)?;
        check_count("most_presentations", self.most_presentations)?;
        check_positive("weight_sum", self.weight_sum)?;
        check_not_negative("excitation", self.excitation)?;
        check_not_negative("inhibition", self.inhibition)?;
        check_not_negative("longest_delay_ms", self.longest_delay_ms)
    }

    /// The excitatory neurons: a membrane of 100 ms and an adaptive threshold.
    pub fn excitatory(&self) -> ConductanceLif {
        ConductanceLif {
            membrane_time_constant_ms: 100.0,
            rest_mv: -65.0,
            threshold_mv: -72.0,
            reset_mv: -65.0,
            refractory_ms: 5.0,
            excitatory_reversal_mv: 0.0,
            inhibitory_reversal_mv: -100.0,
            excitatory_time_constant_ms: 1.0,
            inhibitory_time_constant_ms: 2.0,
            adaptive_threshold: Some(AdaptiveThreshold {
                jump_mv: self.threshold_jump_mv,
                time_constant_ms: self.threshold_time_constant_ms,
                first_mv: self.first_threshold_mv,
            }),
            frozen_at: FrozenAt::Mean,
        }
    }

    /// The excitatory neurons, whose thresholds stay as they are without learning.
    pub(super) fn excitatory_with(&self, learning: Learning) -> ConductanceLif {
        let neurons = self.excitatory();
        let kept = AdaptiveThreshold {
            jump_mv: 0.0,
            time_constant_ms: f64::INFINITY,
            first_mv: self.first_threshold_mv,
        };
        match learning {
            Learning::On => neurons,
            Learning::Off => ConductanceLif { adaptive_threshold: Some(kept), ..neurons },
        }
    }

    /// The inhibitory neurons: a membrane of 10 ms.
    pub fn inhibitory(&self) -> ConductanceLif {
        ConductanceLif {
            membrane_time_constant_ms: 10.0,
            rest_mv: -60.0,
            threshold_mv: -40.0,
            reset_mv: -45.0,
            refractory_ms: 2.0,
            inhibitory_reversal_mv: -85.0,
            adaptive_threshold: None,
            ..self.excitatory()
        }
    }
}
