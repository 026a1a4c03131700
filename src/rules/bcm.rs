//! The rule of Bienenstock, Cooper and Munro: a synapse potentiates if its unit is more active than
//! a threshold, and depresses if it is less. The threshold slides with the unit's own activity, so
//! that no unit stays silent or grows without bound, and each becomes selective for some inputs.
//!
//! - G = −γ ⟨y (y − θ) h_{l−1}ᵀ⟩, y = [a]₊ of the total input a; in the form of Law and Cooper
//!   divided by θ
//! - θ ← θ + (⟨y²⟩/y₀ − θ)/τ_θ after each update, with ⟨⟩ the mean over the batch
//!
//! With P equally frequent, linearly independent inputs a unit ends at y = P y₀ = θ for one of them
//! and at 0 for the others. The threshold must be faster than the weights. With the learning rate η
//! this is τ_θ < 1/(η γ y₀ ⟨‖h_{l−1}‖²⟩) in weight updates; a slower threshold oscillates. γ is the
//! rate of hidden layers over the experiment's. The last layer is a read-out that follows the
//! gradient; biases of hidden layers stay.
//!
//! # Biological requirements
//! Activity at the two ends of the synapse, and a running mean of the unit's own. The read-out needs
//! labels.
//!
//! Bienenstock, Cooper & Munro 1982, doi 10.1523/JNEUROSCI.02-01-00032.1982; Intrator & Cooper 1992,
//! doi 10.1016/S0893-6080(05)80003-6; Law & Cooper 1994, doi 10.1073/pnas.91.16.7797.

use ndarray::{Array1, ArrayViewMut2, Axis, Zip};
use serde::{Deserialize, Serialize};

use super::local_pass::{LocalPass, READ_OUT, WHY};
use super::{About, Family, Learner, LearningRule, Requirement, StepReport, check_plain};
use crate::error::{self, Error, Result};
use crate::network::{Batch, Network, Updates};
use crate::random::Rng;
use crate::rate_rules::{BcmForm, BcmResponse};

/// Hidden units with a sliding threshold, and a read-out by the gradient. Bienenstock, Cooper &
/// Munro 1982, doi 10.1523/JNEUROSCI.02-01-00032.1982.
///
/// G = −γ ⟨y (y − θ) h_{l−1}ᵀ⟩, θ ← θ + (⟨y²⟩/y₀ − θ)/τ_θ
///
/// [`rate_rules::Bcm`](crate::rate_rules::Bcm) is the same rule as a function of patterns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bcm {
    /// The form of the rule; default [`BcmForm::IntratorCooper`].
    pub form: BcmForm,
    /// y for a total input; default [`BcmResponse::Rectified`]. The network's own nonlinearity
    /// decides only what the layer above receives.
    pub response: BcmResponse,
    /// τ_θ in weight updates, at least 1; default 5.
    pub threshold_time: f64,
    /// y₀, above 0, which sets the scale of the activity; default 1.
    pub target: f64,
    /// γ, at least 0: what proposals for hidden layers are multiplied by; default 0.001.
    pub hidden_rate: f64,
}

impl Default for Bcm {
    fn default() -> Self {
        Self {
            form: BcmForm::IntratorCooper,
            response: BcmResponse::Rectified,
            threshold_time: 5.0,
            target: 1.0,
            hidden_rate: 1e-3,
        }
    }
}

super::show::show_rules!(Bcm);

impl LearningRule for Bcm {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "bcm",
            format!("G = −γ⟨y (y − θ) h_{{l−1}}ᵀ⟩, θ ← θ + (⟨y²⟩/y₀ − θ)/τ{READ_OUT}"),
            "Bienenstock, Cooper & Munro 1982, doi 10.1523/JNEUROSCI.02-01-00032.1982; Intrator & Cooper 1992, doi 10.1016/S0893-6080(05)80003-6",
        )
        .family(Family::Hebbian)
        .summary("Potentiates above a threshold that slides with the unit's own activity, and depresses below.")
        .requirements(&[Requirement::Labels])
        .learning_rate(0.1)
        .hyperparameter("form", &self.form, &usual.form, "IntratorCooper or LawCooper")
        .hyperparameter("response", &self.response, &usual.response, "Linear or Rectified")
        .hyperparameter("threshold_time", &self.threshold_time, &usual.threshold_time, "τ in updates, at least 1")
        .hyperparameter("target", &self.target, &usual.target, "y₀, above 0")
        .hyperparameter("hidden_rate", &self.hidden_rate, &usual.hidden_rate, "γ, at least 0")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("threshold_time", self.threshold_time)?;
        if self.threshold_time < 1.0 {
            let requirement = "it must be at least 1 update, or the threshold overshoots";
            return Err(Error::setting("threshold_time", self.threshold_time, requirement));
        }
        error::check_positive("target", self.target)?;
        error::check_not_negative("hidden_rate", self.hidden_rate)
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(network, "bcm", WHY)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(BcmLearner { rule: *self, pass: LocalPass::new(network), thresholds: Vec::new() })
    }
}

#[derive(Clone, Debug)]
struct BcmLearner {
    rule: Bcm,
    pass: LocalPass,
    /// θ of the units of each hidden layer; those that the first batch asks for at the start.
    thresholds: Vec<Array1<f32>>,
}

impl Learner for BcmLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        _rng: &mut Rng,
    ) -> StepReport {
        let Self { rule, pass, thresholds } = self;
        pass.step(network, batch, updates, |pass, index, updates| {
            rule.make_factors(pass.factors(network, index), index, thresholds);
            pass.correlate(network, batch, index, -rule.hidden_rate, updates);
        })
    }
}

impl Bcm {
    /// y (y − θ) of every total input, with the threshold before the batch; then the threshold
    /// slides.
    fn make_factors(
        self,
        mut factors: ArrayViewMut2<'_, f32>,
        index: usize,
        thresholds: &mut Vec<Array1<f32>>,
    ) {
        if self.response == BcmResponse::Rectified {
            factors.mapv_inplace(|a| a.max(0.0));
        }
        let power = factors.fold_axis(Axis(0), 0.0, |sum: &f32, &y| sum + y * y);
        let goal = power / (factors.nrows() as f32 * self.target as f32);
        if thresholds.len() == index {
            thresholds.push(goal.clone());
        }
        let thresholds = &mut thresholds[index];
        for mut row in factors.rows_mut() {
            Zip::from(&mut row).and(&*thresholds).for_each(|y, &theta| {
                let scale = match self.form {
                    BcmForm::IntratorCooper => 1.0,
                    // A unit that never was active has nothing to divide by, and y is 0.
                    BcmForm::LawCooper => 1.0 / theta.max(f32::MIN_POSITIVE.sqrt()),
                };
                *y *= (*y - theta) * scale;
            });
        }
        let share = (1.0 / self.threshold_time) as f32;
        thresholds.zip_mut_with(&goal, |theta, goal| *theta += share * (goal - *theta));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, Owned, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::{Activation, Matrix};
    use crate::random;
    use crate::rules::FrozenHidden;
    use ndarray::array;

    #[test]
    fn one_step_by_hand() {
        let rule = Bcm { hidden_rate: 1.0, target: 2.0, ..Bcm::default() };
        let (step, updates) = propose(&rule, &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        // y = (0, ln 3) and θ = y²/2, so that y (y − θ) = y² (1 − y/2).
        let y = 3.0_f32.ln();
        let factor = y * y * (1.0 - y / 2.0);
        assert_close(&updates.layers()[0].weights, &[[0.0, 0.0], [-factor, -2.0 * factor]], 1e-6);
        let (_, control) = propose(&FrozenHidden, &hand::network(), &hand::batch());
        assert_eq!(updates.layers()[1], control.layers()[1]);
    }

    /// Trains one hidden unit on two patterns that come together; what it gives for each, update
    /// after update.
    fn course(rule: Bcm, rate: f32, steps: usize) -> Vec<[f32; 2]> {
        let mut network =
            testing::network(&[2, 1, 2], Activation::Identity, Objective::LinearSquaredError);
        network.layers_mut().iter_mut().for_each(|layer| layer.bias = None);
        network.layers_mut()[0].weights = array![[0.5, 0.4]];
        let inputs = array![[1.0, 0.2], [0.3, 1.0]];
        let batch = Owned::new(inputs.clone(), Matrix::zeros((2, 2)));
        let mut learner = rule.start(&network, &mut random::stream(0, "rule"));
        let mut step = |_| {
            let mut updates = Updates::new(&network);
            learner.propose(&network, &batch.batch(), &mut updates, &mut random::stream(0, "rule"));
            network.layers_mut()[0].weights.scaled_add(-rate, &updates.layers()[0].weights);
            let responses = inputs.dot(&network.layers()[0].weights.row(0));
            [responses[0], responses[1]]
        };
        (0..steps).map(&mut step).collect()
    }

    #[test]
    fn a_unit_becomes_selective_for_one_of_two_patterns() {
        for form in [BcmForm::IntratorCooper, BcmForm::LawCooper] {
            let rule =
                Bcm { form, response: BcmResponse::Linear, hidden_rate: 1.0, ..Bcm::default() };
            let [first, second] = course(rule, 0.02, 6000)[5999];
            assert!((first - 2.0).abs() < 0.02 && second.abs() < 0.02, "{first} {second}");
        }
        // A rectified unit may rest below 0, where it is silent.
        let rule = Bcm { hidden_rate: 1.0, target: 0.5, ..Bcm::default() };
        let [first, second] = course(rule, 0.02, 6000)[5999];
        assert!((first - 1.0).abs() < 0.02 && second < 0.02, "{first} {second}");
    }

    #[test]
    fn a_slow_threshold_oscillates_where_a_fast_one_rests() {
        // τ_w = 1/(0.05 · 1.065) ≈ 19 updates.
        let furthest = |threshold_time: f64| {
            let response = BcmResponse::Linear;
            let rule = Bcm { threshold_time, response, hidden_rate: 1.0, ..Bcm::default() };
            let late = course(rule, 0.05, 4000).into_iter().skip(3000);
            late.map(|[first, _]| if first.is_finite() { (first - 2.0).abs() } else { f32::MAX })
                .fold(0.0, f32::max)
        };
        assert!(furthest(2.0) < 1e-3, "{}", furthest(2.0));
        assert!(furthest(60.0) > 0.1, "{}", furthest(60.0));
    }

    #[test]
    fn meaningless_hyperparameters_are_refused() {
        let told = |rule: Bcm| rule.check().unwrap_err().to_string();
        let fast = Bcm { threshold_time: 0.5, ..Bcm::default() };
        assert!(told(fast).contains("threshold_time is 0.5"));
        assert!(told(Bcm { target: 0.0, ..Bcm::default() }).contains("target is 0"));
        assert!(told(Bcm { hidden_rate: -1.0, ..Bcm::default() }).contains("hidden_rate is -1"));
    }
}
