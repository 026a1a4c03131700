//! The adaptive exponential integrate-and-fire neuron (Brette and Gerstner, J. Neurophysiol. 94,
//! 2005, doi 10.1152/jn.00686.2005).
//!
//! C v̇ = −g_L (v − E_L) + g_L Δ_T exp((v − V_T) / Δ_T) − w + I + g_e (E_e − v) + g_i (E_i − v);
//! τ_w ẇ = a (v − E_L) − w. When v is above the peak the neuron fires: v becomes the reset voltage,
//! and w grows by b. Steps are those of the classical Runge-Kutta method of order 4, in all four
//! variables; within them the voltage is read as at most the peak.

use serde::{Deserialize, Serialize};

use super::adaptive_exponential_neurons::AdaptiveExponentialNeurons;
use super::neuron_model::check_voltages;
use super::{NeuronModel, Neurons};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// The parameters; the defaults are those of the paper.
///
/// Weights of its synapses are conductances in nS.
/// [`AdaptiveNeuron`](crate::spiking::AdaptiveNeuron) is another variant, with steps of 1 ms, which
/// drives the voltage rule.
///
/// ```
/// use microlearners::spiking::{AdaptiveExponential, NeuronModel};
///
/// let mut neuron = AdaptiveExponential::default().start(1, 0.05);
/// neuron.drive_mut()[0] = 1000.0;
/// let mut fired = Vec::new();
/// (0..2000).for_each(|_| neuron.step(&mut fired));
/// assert!(!fired.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdaptiveExponential {
    /// C in pF; default 281.
    pub capacitance_pf: f64,
    /// g_L in nS; default 30.
    pub leak_ns: f64,
    /// E_L in mV; default −70.6.
    pub rest_mv: f64,
    /// V_T in mV, where the upswing of a spike begins; default −50.4.
    pub threshold_mv: f64,
    /// Δ_T in mV; default 2.
    pub slope_mv: f64,
    /// The neuron fires when its voltage is above this, in mV; default 20.
    pub peak_mv: f64,
    /// The voltage after a spike, in mV; default −70.6.
    pub reset_mv: f64,
    /// How long the voltage is held after a spike, in ms, rounded to whole steps; default 0.
    pub refractory_ms: f64,
    /// τ_w in ms; default 144.
    pub adaptation_time_constant_ms: f64,
    /// a in nS; default 4.
    pub adaptation_ns: f64,
    /// b in pA; default 80.5.
    pub spike_adaptation_pa: f64,
    /// E_e in mV; default 0.
    pub excitatory_reversal_mv: f64,
    /// E_i in mV; default −80.
    pub inhibitory_reversal_mv: f64,
    /// The decay of g_e in ms; default 5.
    pub excitatory_time_constant_ms: f64,
    /// The decay of g_i in ms; default 10.
    pub inhibitory_time_constant_ms: f64,
}

impl Default for AdaptiveExponential {
    fn default() -> Self {
        Self {
            capacitance_pf: 281.0,
            leak_ns: 30.0,
            rest_mv: -70.6,
            threshold_mv: -50.4,
            slope_mv: 2.0,
            peak_mv: 20.0,
            reset_mv: -70.6,
            refractory_ms: 0.0,
            adaptation_time_constant_ms: 144.0,
            adaptation_ns: 4.0,
            spike_adaptation_pa: 80.5,
            excitatory_reversal_mv: 0.0,
            inhibitory_reversal_mv: -80.0,
            excitatory_time_constant_ms: 5.0,
            inhibitory_time_constant_ms: 10.0,
        }
    }
}

impl AdaptiveExponential {
    /// The time derivatives of voltage, adaptation and both conductances, with a constant current
    /// in pA.
    pub(super) fn derivatives(&self, state: [f64; 4], current_pa: f64) -> [f64; 4] {
        let [voltage, adaptation, g_e, g_i] = state;
        let voltage = voltage.min(self.peak_mv);
        let above = voltage - self.rest_mv;
        let upswing = ((voltage - self.threshold_mv) / self.slope_mv).exp();
        let membrane = self.leak_ns * (self.slope_mv * upswing - above);
        let synapses = g_e * (self.excitatory_reversal_mv - voltage)
            + g_i * (self.inhibitory_reversal_mv - voltage);
        [
            (membrane - adaptation + current_pa + synapses) / self.capacitance_pf,
            (self.adaptation_ns * above - adaptation) / self.adaptation_time_constant_ms,
            -g_e / self.excitatory_time_constant_ms,
            -g_i / self.inhibitory_time_constant_ms,
        ]
    }
}

impl NeuronModel for AdaptiveExponential {
    fn check(&self) -> Result<()> {
        check_positive("capacitance_pf", self.capacitance_pf)?;
        check_positive("leak_ns", self.leak_ns)?;
        check_positive("slope_mv", self.slope_mv)?;
        check_positive("adaptation_time_constant_ms", self.adaptation_time_constant_ms)?;
        check_positive("excitatory_time_constant_ms", self.excitatory_time_constant_ms)?;
        check_positive("inhibitory_time_constant_ms", self.inhibitory_time_constant_ms)?;
        check_not_negative("refractory_ms", self.refractory_ms)?;
        check_not_negative("spike_adaptation_pa", self.spike_adaptation_pa)?;
        check_voltages(self.rest_mv, self.peak_mv, self.reset_mv)?;
        let reversals = [self.excitatory_reversal_mv, self.inhibitory_reversal_mv];
        let finite = [reversals[0], reversals[1], self.threshold_mv, self.adaptation_ns];
        match finite.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(Error::setting("a parameter", value, "it must be finite")),
            None if self.peak_mv > self.threshold_mv => Ok(()),
            None => {
                let requirement =
                    format!("it must be above the threshold of {} mV", self.threshold_mv);
                Err(Error::setting("peak_mv", self.peak_mv, requirement))
            }
        }
    }

    fn start(&self, neurons: usize, step_ms: f64) -> Box<dyn Neurons> {
        Box::new(AdaptiveExponentialNeurons::new(self, neurons, step_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meaningless_parameters_are_refused() {
        assert!(AdaptiveExponential::default().check().is_ok());
        let neuron = AdaptiveExponential { peak_mv: -60.0, ..Default::default() };
        assert!(neuron.check().unwrap_err().to_string().contains("above the threshold of -50.4"));
        let neuron = AdaptiveExponential { adaptation_ns: f64::NAN, ..Default::default() };
        assert!(neuron.check().is_err());
    }
}
