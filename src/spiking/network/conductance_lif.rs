//! The leaky integrate-and-fire neuron with synaptic conductances and an adaptive threshold.
//!
//! τ v̇ = E − v + D + g_e (E_e − v) + g_i (E_i − v), with conductances in units of the leak. Each
//! presynaptic spike adds its weight to g_e or g_i, which fade exponentially and exactly. A step
//! moves the voltage exactly for conductances that stand still, which [`FrozenAt`] places.

use serde::{Deserialize, Serialize};

use super::conductance_neurons::ConductanceNeurons;
use super::neuron_model::check_voltages;
use super::{NeuronModel, Neurons};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// At which moment of a step the conductances are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FrozenAt {
    /// Their mean over the step: the error falls with the square of the step.
    #[default]
    Mean,
    /// Their values at its beginning: the error falls with the step. Brian2's
    /// `exponential_euler`.
    Beginning,
}

/// A threshold that rises with every spike and falls slowly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveThreshold {
    /// By how much a spike raises the threshold, in mV.
    pub jump_mv: f64,
    /// How long the rise lasts, in ms; infinity keeps it.
    pub time_constant_ms: f64,
    /// The rise at the beginning, in mV.
    pub first_mv: f64,
}

/// The parameters; the defaults are common ones of cortical models.
///
/// ```
/// use microlearners::spiking::{ConductanceLif, NeuronModel, Receptor};
///
/// let mut neurons = ConductanceLif::default().start(1, 0.1);
/// neurons.receptor_mut(Receptor::Excitatory)[0] = 0.5;
/// neurons.step(&mut Vec::new());
/// assert!(neurons.voltages_mv()[0] > -70.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConductanceLif {
    /// τ in ms; default 20.
    pub membrane_time_constant_ms: f64,
    /// E in mV; default −70.
    pub rest_mv: f64,
    /// A neuron fires when its voltage is above this and the rise of its threshold, in mV; default
    /// −50.
    pub threshold_mv: f64,
    /// The voltage after a spike, in mV; default −60.
    pub reset_mv: f64,
    /// How long the voltage is held after a spike, in ms, rounded to whole steps; default 5.
    pub refractory_ms: f64,
    /// E_e in mV; default 0.
    pub excitatory_reversal_mv: f64,
    /// E_i in mV; default −80.
    pub inhibitory_reversal_mv: f64,
    /// The decay of g_e in ms; default 5.
    pub excitatory_time_constant_ms: f64,
    /// The decay of g_i in ms; default 10.
    pub inhibitory_time_constant_ms: f64,
    /// The adaptive threshold; none by default.
    pub adaptive_threshold: Option<AdaptiveThreshold>,
    /// When conductances are read; default their mean over the step.
    pub frozen_at: FrozenAt,
}

impl Default for ConductanceLif {
    fn default() -> Self {
        Self {
            membrane_time_constant_ms: 20.0,
            rest_mv: -70.0,
            threshold_mv: -50.0,
            reset_mv: -60.0,
            refractory_ms: 5.0,
            excitatory_reversal_mv: 0.0,
            inhibitory_reversal_mv: -80.0,
            excitatory_time_constant_ms: 5.0,
            inhibitory_time_constant_ms: 10.0,
            adaptive_threshold: None,
            frozen_at: FrozenAt::Mean,
        }
    }
}

impl NeuronModel for ConductanceLif {
    fn check(&self) -> Result<()> {
        check_positive("membrane_time_constant_ms", self.membrane_time_constant_ms)?;
        check_positive("excitatory_time_constant_ms", self.excitatory_time_constant_ms)?;
        check_positive("inhibitory_time_constant_ms", self.inhibitory_time_constant_ms)?;
        check_not_negative("refractory_ms", self.refractory_ms)?;
        let raised_mv = self.adaptive_threshold.as_ref().map_or(0.0, |of| of.first_mv);
        check_voltages(self.rest_mv, self.threshold_mv + raised_mv, self.reset_mv)?;
        for reversal in [self.excitatory_reversal_mv, self.inhibitory_reversal_mv] {
            if !reversal.is_finite() {
                return Err(Error::setting("a reversal potential", reversal, "it must be finite"));
            }
        }
        self.adaptive_threshold.as_ref().map_or(Ok(()), AdaptiveThreshold::check)
    }

    fn start(&self, neurons: usize, step_ms: f64) -> Box<dyn Neurons> {
        Box::new(ConductanceNeurons::new(self, neurons, step_ms))
    }
}

impl AdaptiveThreshold {
    fn check(&self) -> Result<()> {
        check_not_negative("jump_mv", self.jump_mv)?;
        check_not_negative("first_mv", self.first_mv)?;
        if self.time_constant_ms > 0.0 {
            return Ok(());
        }
        let requirement = "it must be above 0; infinity keeps the rise";
        Err(Error::setting("time_constant_ms", self.time_constant_ms, requirement))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meaningless_parameters_are_refused() {
        assert!(ConductanceLif::default().check().is_ok());
        let adaptive_threshold =
            Some(AdaptiveThreshold { jump_mv: 1.0, time_constant_ms: f64::NAN, first_mv: 0.0 });
        let neuron = ConductanceLif { adaptive_threshold, ..ConductanceLif::default() };
        assert!(neuron.check().unwrap_err().to_string().contains("infinity keeps the rise"));
        let neuron =
            ConductanceLif { excitatory_reversal_mv: f64::INFINITY, ..ConductanceLif::default() };
        assert!(neuron.check().is_err());
    }
}
