//! The adaptive exponential integrate-and-fire neuron whose voltage drives the voltage rule.
//!
//! Brette and Gerstner, J. Neurophysiol. 94 (2005), with a depolarising current after spikes and an
//! adaptive threshold as in Clopath, Büsing, Vasilaki and Gerstner, Nat. Neurosci. 13 (2010). Steps
//! of 1 ms; a spike is clamped for two of them at values whose integral is that of a spike computed
//! at a fine step.

use serde::{Deserialize, Serialize};

use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// Above this a spike has begun, in mV.
const SPIKE_BEGINS_MV: f64 = 20.0;

/// The parameters of the neuron. The defaults are those of the published code of the voltage rule,
/// ModelDB 144566, including its adaptation of 0.0805 pA per spike: the number is meant in nA but
/// is added to a current in pA, so that adaptation is in effect absent. Set 80.5 to have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdaptiveNeuron {
    /// C in pF; default 281.
    pub capacitance_pf: f64,
    /// g_L in nS; default 30.
    pub leak_ns: f64,
    /// E_L in mV; default −70.6.
    pub rest_mv: f64,
    /// V_T at rest in mV; default −50.4.
    pub threshold_mv: f64,
    /// Δ_T in mV; default 2.
    pub slope_mv: f64,
    /// τ_w in ms; default 144.
    pub tau_adaptation_ms: f64,
    /// a in nS; default 4.
    pub adaptation_ns: f64,
    /// b in pA; default 0.0805.
    pub spike_adaptation_pa: f64,
    /// The current to which a spike sets the depolarising after-current, in pA; default 400.
    pub after_current_pa: f64,
    /// τ_z of that current in ms; default 40.
    pub tau_after_current_ms: f64,
    /// By how much a spike lifts the threshold above rest, in mV; default 20.
    pub threshold_jump_mv: f64,
    /// τ_VT of the threshold in ms; default 50.
    pub tau_threshold_ms: f64,
    /// The voltages of the two steps of a spike, in mV; default 29.4 and 32.862.
    pub spike_mv: [f64; 2],
    /// How far above rest the voltage is after a spike, in mV; default 21.0984.
    pub after_spike_mv: f64,
}

impl Default for AdaptiveNeuron {
    fn default() -> Self {
        Self {
            capacitance_pf: 281.0,
            leak_ns: 30.0,
            rest_mv: -70.6,
            threshold_mv: -50.4,
            slope_mv: 2.0,
            tau_adaptation_ms: 144.0,
            adaptation_ns: 4.0,
            spike_adaptation_pa: 0.0805,
            after_current_pa: 400.0,
            tau_after_current_ms: 40.0,
            threshold_jump_mv: 20.0,
            tau_threshold_ms: 50.0,
            spike_mv: [29.4, 32.862],
            after_spike_mv: 21.0984,
        }
    }
}

impl AdaptiveNeuron {
    /// Refuses parameters without a meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] with the parameter, its value and what it must be.
    pub fn check(&self) -> Result<()> {
        check_positive("capacitance_pf", self.capacitance_pf)?;
        check_positive("leak_ns", self.leak_ns)?;
        check_positive("slope_mv", self.slope_mv)?;
        check_at_least_a_step("tau_adaptation_ms", self.tau_adaptation_ms)?;
        check_not_negative("adaptation_ns", self.adaptation_ns)?;
        check_not_negative("spike_adaptation_pa", self.spike_adaptation_pa)?;
        check_not_negative("after_current_pa", self.after_current_pa)?;
        check_at_least_a_step("tau_after_current_ms", self.tau_after_current_ms)?;
        check_not_negative("threshold_jump_mv", self.threshold_jump_mv)?;
        check_at_least_a_step("tau_threshold_ms", self.tau_threshold_ms)?;
        let voltages = [self.rest_mv, self.threshold_mv, self.after_spike_mv];
        match voltages.iter().chain(&self.spike_mv).find(|voltage| !voltage.is_finite()) {
            Some(voltage) => Err(Error::setting("a voltage", voltage, "it must be finite, in mV")),
            None => Ok(()),
        }
    }

    /// The neuron at rest.
    ///
    /// # Errors
    /// As [`AdaptiveNeuron::check`].
    pub fn at_rest(&self) -> Result<NeuronAtWork> {
        self.check()?;
        Ok(self.resting())
    }

    pub(super) fn resting(&self) -> NeuronAtWork {
        NeuronAtWork {
            neuron: self.clone(),
            voltage_mv: self.rest_mv,
            adaptation_pa: 0.0,
            after_current_pa: 0.0,
            threshold_mv: self.threshold_mv,
            phase: Phase::Between,
        }
    }
}

/// Refuses a time constant that steps of 1 ms cannot follow.
pub(super) fn check_at_least_a_step(name: &str, tau_ms: f64) -> Result<()> {
    if tau_ms.is_finite() && tau_ms >= 1.0 {
        return Ok(());
    }
    Err(Error::setting(name, tau_ms, "it must be finite and at least the step of 1 ms"))
}

/// Where the neuron is in a spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Between,
    First,
    Second,
}

/// The neuron with its state at the present step.
#[derive(Debug, Clone)]
pub struct NeuronAtWork {
    neuron: AdaptiveNeuron,
    voltage_mv: f64,
    adaptation_pa: f64,
    after_current_pa: f64,
    threshold_mv: f64,
    phase: Phase,
}

impl NeuronAtWork {
    /// One step of 1 ms with an input current in pA; gives the voltage in mV.
    pub fn step(&mut self, current_pa: f64) -> f64 {
        if self.phase == Phase::Second {
            self.end_spike();
        }
        let neuron = &self.neuron;
        let above = self.voltage_mv - neuron.rest_mv;
        let upswing = ((self.voltage_mv - self.threshold_mv) / neuron.slope_mv).exp();
        let membrane = neuron.leak_ns * (neuron.slope_mv * upswing - above);
        let currents = membrane - self.adaptation_pa + self.after_current_pa + current_pa;
        let towards = neuron.adaptation_ns * above - self.adaptation_pa;
        let voltage = self.voltage_mv + currents / neuron.capacitance_pf;
        self.after_current_pa -= self.after_current_pa / neuron.tau_after_current_ms;
        self.threshold_mv += (neuron.threshold_mv - self.threshold_mv) / neuron.tau_threshold_ms;
        if self.phase == Phase::First {
            // Adaptation stands still within a spike.
            (self.phase, self.voltage_mv) = (Phase::Second, neuron.spike_mv[1]);
            return self.voltage_mv;
        }
        self.adaptation_pa += towards / neuron.tau_adaptation_ms;
        let begins = voltage > SPIKE_BEGINS_MV;
        self.phase = if begins { Phase::First } else { Phase::Between };
        self.voltage_mv = if begins { neuron.spike_mv[0] } else { voltage };
        self.voltage_mv
    }

    fn end_spike(&mut self) {
        self.phase = Phase::Between;
        self.voltage_mv = self.neuron.rest_mv + self.neuron.after_spike_mv;
        self.adaptation_pa += self.neuron.spike_adaptation_pa;
        self.after_current_pa = self.neuron.after_current_pa;
        self.threshold_mv = self.neuron.threshold_mv + self.neuron.threshold_jump_mv;
    }

    /// The voltage at the present step, in mV.
    pub fn voltage_mv(&self) -> f64 {
        self.voltage_mv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_makes_one_spike_of_two_steps() {
        let mut neuron = AdaptiveNeuron::default().at_rest().unwrap();
        let mut voltages: Vec<f64> = vec![neuron.step(1e6)];
        voltages.extend((0..300).map(|_| neuron.step(0.0)));
        assert_eq!(voltages[..2], [29.4, 32.862]);
        assert!(voltages[2..].iter().all(|&voltage| voltage < -45.0));
        assert!((neuron.voltage_mv() + 70.6).abs() < 0.5);
    }

    #[test]
    fn without_input_the_voltage_stays_near_rest() {
        let mut neuron = AdaptiveNeuron::default().at_rest().unwrap();
        (0..2000).for_each(|_| {
            neuron.step(0.0);
        });
        assert!((neuron.voltage_mv() + 70.6).abs() < 0.001);
    }

    #[test]
    fn adaptation_spaces_the_spikes_of_a_constant_current() {
        let count = |spike_adaptation_pa| {
            let neuron = AdaptiveNeuron { spike_adaptation_pa, ..AdaptiveNeuron::default() };
            let mut neuron = neuron.at_rest().unwrap();
            (0..1000).filter(|_| neuron.step(1500.0) == 29.4).count()
        };
        assert!(count(80.5) < count(0.0) && count(80.5) > 3, "{} {}", count(80.5), count(0.0));
        let none = AdaptiveNeuron { tau_threshold_ms: 0.5, ..AdaptiveNeuron::default() };
        assert!(none.at_rest().unwrap_err().to_string().contains("step of 1 ms"));
    }
}
