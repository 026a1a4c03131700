//! A rate-based surrogate of the Convallis rule: units are kept from intermediate potentials.
//!
//! The rule of Yger & Harris 2013 (doi 10.1371/journal.pcbi.1003272) is for spiking neurons; its
//! abstract says that it optimises an objective of the membrane potential, and is related to BCM.
//! **This is not that rule.** Equation and constants here are ours, as in
//! [`rate_rules::ConvallisSurrogate`](crate::rate_rules::ConvallisSurrogate). With the total input a
//! as the potential, a unit climbs the mean of a valley F:
//!
//! G = −γ ⟨F′(a) h_{l−1}ᵀ⟩, F′(a) = a − θ above V_rest + δ, and 0 below; divided by the root mean
//! square length of its rows with [`StepScale::Relative`]
//!
//! Weights should have unit norm, a constraint of the optimizer, and inputs should be whitened, a
//! transform of the task. γ is the rate of hidden layers over the experiment's. The last layer is a
//! read-out that follows the gradient; biases of hidden layers stay.
//!
//! # Biological requirements
//! Activity at the two ends of the synapse. Steps of relative length need a sum over the layer
//! besides, and the read-out needs labels.

use serde::{Deserialize, Serialize};

use super::local_pass::{Pointwise, PointwiseLearner, READ_OUT, WHY, requirements};
use super::{About, Family, Learner, LearningRule, check_plain};
use crate::error::{self, Error, Result};
use crate::network::Network;
use crate::random::Rng;
use crate::rate_rules::StepScale;

/// A surrogate of the Convallis rule for rates, and a read-out by the gradient. Its equation and
/// constants are this library's, and no result of Yger & Harris 2013 holds for it.
///
/// G = −γ ⟨F′(a) h_{l−1}ᵀ⟩, F′(a) = a − θ above V_rest + δ, and 0 below
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvallisRate {
    /// θ, the bottom of the valley, in standard deviations of the total input on whitened inputs;
    /// default 2.
    pub threshold: f64,
    /// V_rest; default 0.
    pub rest: f64,
    /// δ, at least 0: by how much the total input must exceed the rest for any learning; default
    /// 0.5.
    pub gate: f64,
    /// In what units a step is taken; default [`StepScale::Relative`].
    pub step_scale: StepScale,
    /// γ, at least 0: what proposals for hidden layers are multiplied by; default 0.02.
    pub hidden_rate: f64,
}

impl Default for ConvallisRate {
    fn default() -> Self {
        let step_scale = StepScale::Relative;
        Self { threshold: 2.0, rest: 0.0, gate: 0.5, step_scale, hidden_rate: 0.02 }
    }
}

super::show::show_rules!(ConvallisRate);

impl LearningRule for ConvallisRate {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "convallis_rate",
            format!("G = −γ⟨F′(a) h_{{l−1}}ᵀ⟩, F′(a) = a − θ above V_rest + δ, and 0 below{READ_OUT}"),
            "a surrogate of this library, after the abstract of Yger & Harris 2013, doi 10.1371/journal.pcbi.1003272",
        )
        .family(Family::Hebbian)
        .summary("Keeps units from intermediate total inputs; a surrogate, not the published rule.")
        .requirements(&requirements(self.step_scale))
        .learning_rate(0.1)
        .hyperparameter("threshold", &self.threshold, &usual.threshold, "θ, at least rest + gate")
        .hyperparameter("rest", &self.rest, &usual.rest, "V_rest, finite")
        .hyperparameter("gate", &self.gate, &usual.gate, "δ, at least 0")
        .hyperparameter("step_scale", &self.step_scale, &usual.step_scale, "Plain or Relative")
        .hyperparameter("hidden_rate", &self.hidden_rate, &usual.hidden_rate, "γ, at least 0")
    }

    fn check(&self) -> Result<()> {
        if !self.rest.is_finite() {
            return Err(Error::setting("rest", self.rest, "it must be a finite number"));
        }
        error::check_not_negative("gate", self.gate)?;
        error::check_not_negative("hidden_rate", self.hidden_rate)?;
        let least = self.rest + self.gate;
        if self.threshold.is_finite() && self.threshold >= least {
            return Ok(());
        }
        let requirement = format!("it must be finite and at least rest + gate, {least}");
        Err(Error::setting("threshold", self.threshold, requirement))
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(network, "convallis_rate", WHY)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        PointwiseLearner::boxed(*self, network)
    }
}

impl Pointwise for ConvallisRate {
    /// F′.
    fn factor(&self, potential: f32) -> f32 {
        match f64::from(potential) > self.rest + self.gate {
            true => potential - self.threshold as f32,
            false => 0.0,
        }
    }

    fn scale(&self) -> (StepScale, f64) {
        (self.step_scale, self.hidden_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{batch, hand, network, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::rate_rules::ConvallisSurrogate;
    use crate::rules::FrozenHidden;

    #[test]
    fn proposals_are_those_of_the_function_of_patterns() {
        let mut network = network(&[4, 3, 2], Activation::Tanh, Objective::LinearSquaredError);
        network.layers_mut()[0].bias = None;
        network.layers_mut()[0].weights *= 3.0;
        let batch = batch(&network, 20);
        let rule =
            ConvallisRate { step_scale: StepScale::Plain, hidden_rate: 1.0, ..Default::default() };
        let surrogate = ConvallisSurrogate { learning_rate: 1.0, units: 3, ..Default::default() };
        let weights = network.layers()[0].weights.mapv(f64::from);
        let patterns = batch.batch().inputs.dense().mapv(f64::from);
        let expected = surrogate.update(&weights, &patterns).unwrap();
        let (_, found) = propose(&rule, &network, &batch);
        let found = found.layers()[0].weights.mapv(|g| f64::from(-g));
        assert!(found.abs_diff_eq(&expected, 1e-5), "{found} {expected}");
        assert!(expected.iter().any(|change| change.abs() > 0.01));
    }

    #[test]
    fn the_read_out_is_that_of_frozen_layers_and_units_at_rest_stay() {
        let (step, updates) = propose(&ConvallisRate::default(), &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        let (_, control) = propose(&FrozenHidden, &hand::network(), &hand::batch());
        assert_eq!(updates.layers()[1], control.layers()[1]);
        assert!(updates.layers()[0].weights.row(0).iter().all(|&g| g == 0.0));
        // At ln 3, between gate and threshold, a unit moves down its input.
        assert!(updates.layers()[0].weights.row(1).iter().all(|&g| g > 0.0));
    }

    #[test]
    fn what_is_no_valley_is_refused() {
        let told = |rule: ConvallisRate| rule.check().unwrap_err().to_string();
        let usual = ConvallisRate::default();
        let low = ConvallisRate { threshold: 0.2, ..usual };
        assert!(told(low).contains("at least rest + gate, 0.5"));
        assert!(told(ConvallisRate { gate: -0.1, ..usual }).contains("gate is -0.1"));
        assert!(told(ConvallisRate { rest: f64::NAN, ..usual }).contains("rest is NaN"));
    }
}
