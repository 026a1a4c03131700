//! The voltage rule (Clopath, Büsing, Vasilaki and Gerstner, Nat. Neurosci. 13, 2010).
//!
//! The weight follows the voltage of the post neuron, not its spikes: ẇ = −A_LTD X(t) [ū₋ − θ₋]₊ +
//! A_LTP x̄ [u − θ₊]₊ [ū₊ − θ₋]₊. X are pre spikes and x̄ their trace; ū₋ and ū₊ are the voltage,
//! low-pass filtered. Computed in steps of 1 ms as in the authors' code (ModelDB 144566), which
//! reads the filtered voltages three steps late, to see them as they were before the spike.

use serde::{Deserialize, Serialize};

use super::adaptive_neuron::check_at_least_a_step;
use super::voltage_synapse::DrivenSynapse;
use super::{
    AdaptiveNeuron, Homeostasis, Parameter, Plastic, SynapticAbout, SynapticRule, VoltageSynapse,
};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// The voltage rule with the parameters of visual cortex.
///
/// As a [`SynapticRule`] it has a neuron of its own, in which a strong current pulse evokes each
/// post spike; spike times are rounded to 1 ms.
///
/// ```
/// use microlearners::spiking::VoltageRule;
///
/// let rule = VoltageRule::default();
/// let at_rest = rule.over_trace(&[-70.6; 50], &[10, 35], 0.5)?;
/// assert_eq!(at_rest[49], 0.5);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VoltageRule {
    /// A_LTD in 1/mV; default 1.4e-4.
    pub depression: f64,
    /// A_LTP in 1/mV²; default 8e-5.
    pub potentiation: f64,
    /// θ₋ in mV; default −70.6.
    pub theta_minus_mv: f64,
    /// θ₊ in mV; default −45.3.
    pub theta_plus_mv: f64,
    /// τ₋ of ū₋ in ms; default 10.
    pub tau_minus_ms: f64,
    /// τ₊ of ū₊ in ms; default 7.
    pub tau_plus_ms: f64,
    /// τ_x of the pre trace in ms; default 15.
    pub tau_x_ms: f64,
    /// Stronger depression in neurons that are too active; none by default.
    pub homeostasis: Option<Homeostasis>,
    /// The weight is kept between 0 and this; none by default.
    pub largest_weight: Option<f64>,
    /// The post neuron.
    pub neuron: AdaptiveNeuron,
}

impl Default for VoltageRule {
    fn default() -> Self {
        Self {
            depression: 1.4e-4,
            potentiation: 8e-5,
            theta_minus_mv: -70.6,
            theta_plus_mv: -45.3,
            tau_minus_ms: 10.0,
            tau_plus_ms: 7.0,
            tau_x_ms: 15.0,
            homeostasis: None,
            largest_weight: None,
            neuron: AdaptiveNeuron::default(),
        }
    }
}

impl VoltageRule {
    /// One synapse with its first weight, to which a voltage is given step by step.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule is refused.
    pub fn synapse(&self, weight: f64) -> Result<VoltageSynapse> {
        self.check()?;
        Ok(VoltageSynapse::new(self, weight))
    }

    /// The weight after each step of a given voltage trace (mV, 1 ms), with pre spikes at the steps
    /// `pre_steps`, in any order.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule is refused; [`Error::Samples`] if a voltage is not finite or
    /// a spike lies beyond the trace.
    pub fn over_trace(
        &self,
        voltage_mv: &[f64],
        pre_steps: &[usize],
        weight: f64,
    ) -> Result<Vec<f64>> {
        let mut synapse = self.synapse(weight)?;
        if let Some(at) = voltage_mv.iter().position(|voltage| !voltage.is_finite()) {
            return Err(Error::Samples(format!("the voltage at step {at} is {}", voltage_mv[at])));
        }
        let mut spikes = vec![0; voltage_mv.len()];
        for &step in pre_steps {
            let Some(count) = spikes.get_mut(step) else {
                return Err(Error::Samples(format!(
                    "a pre spike at step {step} of a trace of {} steps; count steps from 0",
                    voltage_mv.len()
                )));
            };
            *count += 1;
        }
        let step = |(&voltage, &spikes)| {
            synapse.step(voltage, spikes);
            synapse.weight()
        };
        Ok(voltage_mv.iter().zip(&spikes).map(step).collect())
    }
}

impl SynapticRule for VoltageRule {
    fn about(&self) -> SynapticAbout {
        SynapticAbout {
            name: "voltage_rule".into(),
            summary: "Depolarisation at a pre spike depresses, and strong depolarisation after it \
                      potentiates."
                .into(),
            equation: "ẇ = −A_LTD X [ū₋ − θ₋]₊ + A_LTP x̄ [u − θ₊]₊ [ū₊ − θ₋]₊".into(),
            citation: "Clopath, Büsing, Vasilaki and Gerstner, Nat. Neurosci. 13, 2010".into(),
            parameters: vec![
                (Parameter::VoltageDepression, self.depression),
                (Parameter::VoltagePotentiation, self.potentiation),
                (Parameter::TauMinus, self.tau_minus_ms),
                (Parameter::TauPlus, self.tau_plus_ms),
                (Parameter::TauX, self.tau_x_ms),
            ],
        }
    }

    fn check(&self) -> Result<()> {
        check_not_negative("depression", self.depression)?;
        check_not_negative("potentiation", self.potentiation)?;
        check_at_least_a_step("tau_minus_ms", self.tau_minus_ms)?;
        check_at_least_a_step("tau_plus_ms", self.tau_plus_ms)?;
        check_at_least_a_step("tau_x_ms", self.tau_x_ms)?;
        let thresholds =
            [("theta_minus_mv", self.theta_minus_mv), ("theta_plus_mv", self.theta_plus_mv)];
        for (name, threshold) in thresholds {
            if !threshold.is_finite() {
                return Err(Error::setting(name, threshold, "it must be finite, in mV"));
            }
        }
        self.largest_weight.map_or(Ok(()), |most| check_positive("largest_weight", most))?;
        if let Some(Homeostasis { target_mv2, tau_ms }) = self.homeostasis {
            check_positive("target_mv2", target_mv2)?;
            check_at_least_a_step("homeostasis tau_ms", tau_ms)?;
        }
        self.neuron.check()
    }

    fn start(&self, weight: f64) -> Box<dyn Plastic> {
        Box::new(DrivenSynapse::new(self, weight))
    }

    fn boxed(&self) -> Box<dyn SynapticRule> {
        Box::new(self.clone())
    }

    fn with(&self, parameter: Parameter, value: f64) -> Option<Box<dyn SynapticRule>> {
        let mut rule = self.clone();
        *match parameter {
            Parameter::VoltageDepression => &mut rule.depression,
            Parameter::VoltagePotentiation => &mut rule.potentiation,
            Parameter::TauMinus => &mut rule.tau_minus_ms,
            Parameter::TauPlus => &mut rule.tau_plus_ms,
            Parameter::TauX => &mut rule.tau_x_ms,
            _ => return None,
        } = value;
        Some(Box::new(rule))
    }

    fn amplitudes(&self) -> Vec<Parameter> {
        match self.largest_weight {
            None => vec![Parameter::VoltageDepression, Parameter::VoltagePotentiation],
            Some(_) => Vec::new(),
        }
    }

    /// 0.5, as in the authors' code.
    fn initial_weight(&self) -> f64 {
        0.5
    }
}
