//! The leaky integrate-and-fire neuron with synaptic currents, integrated exactly.
//!
//! τ v̇ = E − v + R (I + I_e − I_i). Each presynaptic spike adds its weight, in pA, to I_e or I_i,
//! which fade exponentially. Between spikes the equations are linear, so that a step of any length
//! is exact (Rotter and Diesmann, Biol. Cybern. 81, 1999); spikes are at the ends of steps.

use serde::{Deserialize, Serialize};

use super::super::SpikeTrain;
use super::current_neurons::CurrentNeurons;
use super::neuron_model::check_voltages;
use super::{NeuronModel, Neurons};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// The parameters; the defaults are those of NEST's `iaf_psc_exp`.
///
/// ```
/// use microlearners::spiking::CurrentLif;
///
/// let neuron = CurrentLif::default();
/// assert_eq!(neuron.rheobase_pa(), 375.0);
/// assert!((neuron.rate_hz(500.0) - 63.04000219).abs() < 1e-7);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CurrentLif {
    /// τ in ms; default 10.
    pub membrane_time_constant_ms: f64,
    /// R in MΩ; default 40, which is 250 pF at 10 ms.
    pub membrane_resistance_mohm: f64,
    /// E in mV; default −70.
    pub rest_mv: f64,
    /// A neuron fires when its voltage is above this, in mV; default −55.
    pub threshold_mv: f64,
    /// The voltage after a spike, in mV; default −70.
    pub reset_mv: f64,
    /// How long the voltage is held after a spike, in ms, rounded to whole steps; default 2.
    pub refractory_ms: f64,
    /// The decay of excitatory synaptic currents, in ms; default 2.
    pub excitatory_time_constant_ms: f64,
    /// The decay of inhibitory synaptic currents, in ms; default 2.
    pub inhibitory_time_constant_ms: f64,
}

impl Default for CurrentLif {
    fn default() -> Self {
        Self {
            membrane_time_constant_ms: 10.0,
            membrane_resistance_mohm: 40.0,
            rest_mv: -70.0,
            threshold_mv: -55.0,
            reset_mv: -70.0,
            refractory_ms: 2.0,
            excitatory_time_constant_ms: 2.0,
            inhibitory_time_constant_ms: 2.0,
        }
    }
}

impl CurrentLif {
    /// The largest constant current under which the neuron stays silent, in pA.
    pub fn rheobase_pa(&self) -> f64 {
        (self.threshold_mv - self.rest_mv) * 1000.0 / self.membrane_resistance_mohm
    }

    /// The time between the spikes under a constant current, in ms, exact and without a step:
    /// infinite up to the rheobase.
    pub fn interval_ms(&self, current_pa: f64) -> f64 {
        self.refractory_ms + self.time_to_threshold_ms(current_pa, self.reset_mv)
    }

    /// The firing rate under a constant current, in Hz: t_ref + τ ln((RI + E − V_r) / (RI + E −
    /// V_th)) is the time between spikes.
    pub fn rate_hz(&self, current_pa: f64) -> f64 {
        1000.0 / self.interval_ms(current_pa)
    }

    /// The exact spike times under a constant current, from rest at time 0, event-driven without a
    /// step.
    ///
    /// # Errors
    /// [`Error::Setting`] if the parameters are refused, the current is not finite, the duration is
    /// not positive, or more than ten million spikes are expected.
    pub fn spikes_under(&self, current_pa: f64, duration_ms: f64) -> Result<SpikeTrain> {
        self.check()?;
        check_positive("duration_ms", duration_ms)?;
        if !current_pa.is_finite() {
            return Err(Error::setting("current_pa", current_pa, "it must be finite"));
        }
        let first = self.time_to_threshold_ms(current_pa, self.rest_mv);
        let interval = self.interval_ms(current_pa);
        let count = ((duration_ms - first) / interval).floor() + 1.0;
        if count > 1e7 {
            let requirement = format!("{count:.0} spikes are expected; at most 1e7");
            return Err(Error::setting("duration_ms", duration_ms, requirement));
        }
        let count = if first.is_finite() { count.max(0.0) as usize } else { 0 };
        SpikeTrain::new(&(0..count).map(|at| first + at as f64 * interval).collect::<Vec<f64>>())
    }

    fn time_to_threshold_ms(&self, current_pa: f64, from_mv: f64) -> f64 {
        let target = self.rest_mv + current_pa * self.membrane_resistance_mohm / 1000.0;
        if target <= self.threshold_mv {
            return f64::INFINITY;
        }
        let ratio = (target - from_mv) / (target - self.threshold_mv);
        self.membrane_time_constant_ms * ratio.ln().max(0.0)
    }
}

impl NeuronModel for CurrentLif {
    fn check(&self) -> Result<()> {
        check_positive("membrane_time_constant_ms", self.membrane_time_constant_ms)?;
        check_positive("membrane_resistance_mohm", self.membrane_resistance_mohm)?;
        check_positive("excitatory_time_constant_ms", self.excitatory_time_constant_ms)?;
        check_positive("inhibitory_time_constant_ms", self.inhibitory_time_constant_ms)?;
        check_not_negative("refractory_ms", self.refractory_ms)?;
        check_voltages(self.rest_mv, self.threshold_mv, self.reset_mv)
    }

    fn start(&self, neurons: usize, step_ms: f64) -> Box<dyn Neurons> {
        Box::new(CurrentNeurons::new(self, neurons, step_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// t_ref + τ ln(RI / (RI − 15)), computed with Python.
    #[test]
    fn the_rate_under_constant_currents() {
        let neuron = CurrentLif::default();
        let expected = [
            (300.0, 0.0),
            (375.0, 0.0),
            (376.0, 16.31430715),
            (400.0, 33.64071163),
            (500.0, 63.04000219),
            (600.0, 84.68624888),
            (1000.0, 149.2529229),
        ];
        for (current, rate) in expected {
            assert!((neuron.rate_hz(current) - rate).abs() < 1e-6, "{current}");
        }
        let exact = neuron.spikes_under(500.0, 100.0).unwrap();
        assert_eq!(exact.len(), 6);
        assert!((exact.times_ms()[0] - 10.0 * 4f64.ln()).abs() < 1e-12);
        assert!(neuron.spikes_under(375.0, 1e9).unwrap().is_empty());
    }

    #[test]
    fn meaningless_parameters_are_refused() {
        let neuron = CurrentLif { reset_mv: -50.0, ..CurrentLif::default() };
        assert_eq!(
            neuron.check().unwrap_err().to_string(),
            "reset_mv is -50, but it must be below the threshold of -55 mV"
        );
        let neuron = CurrentLif { refractory_ms: f64::NAN, ..CurrentLif::default() };
        assert!(neuron.check().is_err());
        assert!(CurrentLif::default().spikes_under(1e300, 1e9).is_err());
    }
}
