//! Triplet STDP (Pfister and Gerstner, J. Neurosci. 26, 2006).
//!
//! Potentiation grows with an earlier post spike, and depression with an earlier pre spike, so that
//! the change depends on the rate and not only on the timing of pairs. A pre spike changes
//! w −= o₁ (A₂⁻ + A₃⁻ r₂), a post spike w += r₁ (A₂⁺ + A₃⁺ o₂). The traces r₁ (τ₊), r₂ (τ_x) of
//! pre spikes and o₁ (τ₋), o₂ (τ_y) of post spikes are read just before their own increments.

use serde::{Deserialize, Serialize};

use super::triplet_synapse::TripletSynapse;
use super::{Parameter, Plastic, ProjectionRule, SynapticAbout, SynapticRule};
use crate::Result;
use crate::error::{check_not_negative, check_positive};

/// Which spikes of a neuron its traces remember.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Interaction {
    /// All spikes: each adds 1 to its traces.
    #[default]
    AllToAll,
    /// The nearest spike: each sets its traces to 1.
    Nearest,
}

/// Triplet STDP; the default is the minimal rule of visual cortex. Amplitudes are relative to the
/// initial weight, and the weight has no bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TripletStdp {
    /// A₂⁺, at least 0.
    pub pair_potentiation: f64,
    /// A₃⁺, at least 0.
    pub triplet_potentiation: f64,
    /// A₂⁻, at least 0.
    pub pair_depression: f64,
    /// A₃⁻, at least 0.
    pub triplet_depression: f64,
    /// τ₊ in ms; 16.8 in all published sets.
    pub tau_plus_ms: f64,
    /// τ₋ in ms; 33.7 in all published sets.
    pub tau_minus_ms: f64,
    /// τ_x in ms, without effect where A₃⁻ is 0.
    pub tau_x_ms: f64,
    /// τ_y in ms.
    pub tau_y_ms: f64,
    /// Which spikes the traces remember.
    pub interaction: Interaction,
}

impl Default for TripletStdp {
    fn default() -> Self {
        Self::visual_cortex_minimal()
    }
}

impl TripletStdp {
    /// The expected change of the weight per second under independent Poisson trains, exact for
    /// both interactions. All to all it is ρx ρy (A₂⁺τ₊ − A₂⁻τ₋) + A₃⁺τ₊τ_y ρx ρy² − A₃⁻τ₋τ_x ρx²
    /// ρy.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if the rule is refused or a rate is negative.
    pub fn drift_per_s(&self, pre_hz: f64, post_hz: f64) -> Result<f64> {
        self.check()?;
        check_not_negative("pre_hz", pre_hz)?;
        check_not_negative("post_hz", post_hz)?;
        let mean = |rate_hz: f64, tau_ms: f64| {
            let expected = rate_hz * tau_ms / 1000.0;
            match self.interaction {
                Interaction::AllToAll => expected,
                Interaction::Nearest => expected / (1.0 + expected),
            }
        };
        let up = self.pair_potentiation + self.triplet_potentiation * mean(post_hz, self.tau_y_ms);
        let down = self.pair_depression + self.triplet_depression * mean(pre_hz, self.tau_x_ms);
        Ok(post_hz * mean(pre_hz, self.tau_plus_ms) * up
            - pre_hz * mean(post_hz, self.tau_minus_ms) * down)
    }
}

impl SynapticRule for TripletStdp {
    fn about(&self) -> SynapticAbout {
        SynapticAbout {
            name: "triplet_stdp".into(),
            summary: "Pairs change the weight, more so where the same neuron fired shortly before."
                .into(),
            equation: "pre: w −= o₁ (A₂⁻ + A₃⁻ r₂); post: w += r₁ (A₂⁺ + A₃⁺ o₂)".into(),
            citation: "Pfister and Gerstner, J. Neurosci. 26, 2006".into(),
            parameters: vec![
                (Parameter::PotentiationByPairs, self.pair_potentiation),
                (Parameter::PotentiationByTriplets, self.triplet_potentiation),
                (Parameter::DepressionByPairs, self.pair_depression),
                (Parameter::DepressionByTriplets, self.triplet_depression),
                (Parameter::TauPlus, self.tau_plus_ms),
                (Parameter::TauMinus, self.tau_minus_ms),
                (Parameter::TauX, self.tau_x_ms),
                (Parameter::TauY, self.tau_y_ms),
            ],
        }
    }

    fn check(&self) -> Result<()> {
        check_not_negative("pair_potentiation", self.pair_potentiation)?;
        check_not_negative("triplet_potentiation", self.triplet_potentiation)?;
        check_not_negative("pair_depression", self.pair_depression)?;
        check_not_negative("triplet_depression", self.triplet_depression)?;
        check_positive("tau_plus_ms", self.tau_plus_ms)?;
        check_positive("tau_minus_ms", self.tau_minus_ms)?;
        check_positive("tau_x_ms", self.tau_x_ms)?;
        check_positive("tau_y_ms", self.tau_y_ms)
    }

    fn start(&self, weight: f64) -> Box<dyn Plastic> {
        Box::new(TripletSynapse::new(self.clone(), weight))
    }

    fn boxed(&self) -> Box<dyn SynapticRule> {
        Box::new(self.clone())
    }

    fn with(&self, parameter: Parameter, value: f64) -> Option<Box<dyn SynapticRule>> {
        let mut rule = self.clone();
        *match parameter {
            Parameter::PotentiationByPairs => &mut rule.pair_potentiation,
            Parameter::PotentiationByTriplets => &mut rule.triplet_potentiation,
            Parameter::DepressionByPairs => &mut rule.pair_depression,
            Parameter::DepressionByTriplets => &mut rule.triplet_depression,
            Parameter::TauPlus => &mut rule.tau_plus_ms,
            Parameter::TauMinus => &mut rule.tau_minus_ms,
            Parameter::TauX => &mut rule.tau_x_ms,
            Parameter::TauY => &mut rule.tau_y_ms,
            _ => return None,
        } = value;
        Some(Box::new(rule))
    }

    fn for_network(&self) -> Option<Box<dyn ProjectionRule>> {
        Some(self.boxed_rule())
    }

    fn amplitudes(&self) -> Vec<Parameter> {
        vec![
            Parameter::PotentiationByPairs,
            Parameter::PotentiationByTriplets,
            Parameter::DepressionByPairs,
            Parameter::DepressionByTriplets,
        ]
    }
}
