//! Nonlinear Hebbian learning: a synapse changes by its input times a nonlinear function of its
//! unit's total input. Under weights of unit norm and on whitened inputs it finds projections that
//! are far from Gaussian: receptive fields like those of simple cells on patches of natural images.
//!
//! G = −γ ⟨f(a) h_{l−1}ᵀ⟩, f(a) = h(g(a)) of an f–I curve g and a plasticity function h, or any other
//! [`Nonlinearity`]; divided by the root mean square length of its rows with [`StepScale::Relative`]
//!
//! The constraint is the optimizer's and the whitening the task's:
//! `Optimizer::sgd().with_hidden_constraint(Constraint::Decorrelated)` and `task.whitened(0.1)`.
//! Without a constraint weights grow for as long as learning lasts. γ is the rate of hidden layers
//! over the experiment's. The last layer is a read-out that follows the gradient; biases of hidden
//! layers stay.
//!
//! # Biological requirements
//! Activity at the two ends of the synapse. Steps of relative length need a sum over the layer
//! besides, and the read-out needs labels.
//!
//! Brito & Gerstner 2016, doi 10.1371/journal.pcbi.1005070.

use serde::{Deserialize, Serialize};

use super::local_pass::{Pointwise, PointwiseLearner, READ_OUT, WHY, requirements};
use super::{About, Family, Learner, LearningRule, check_plain};
use crate::error::{self, Result};
use crate::network::Network;
use crate::random::Rng;
use crate::rate_rules::{Nonlinearity, StepScale};

/// Input times a nonlinear function of the total input, and a read-out by the gradient. Brito &
/// Gerstner 2016, doi 10.1371/journal.pcbi.1005070.
///
/// G = −γ ⟨f(a) h_{l−1}ᵀ⟩
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?.whitened(0.1)?;
/// let optimizer = Optimizer::sgd().with_hidden_constraint(Constraint::Decorrelated);
/// let rule = rules::named("nonlinear_hebbian")?;
/// let experiment = Experiment::new(&task).rule_from(&rule).optimizer(optimizer);
/// let trained = train(&experiment.architecture(Architecture::hidden(&[10])).batch_size(20))?;
/// let first = trained.network().layers()[0].weights.row(0).to_owned();
/// assert!((first.dot(&first) - 1.0).abs() < 1e-4);
/// # Ok::<(), Error>(())
/// ```
///
/// [`rate_rules::NonlinearHebbian`](crate::rate_rules::NonlinearHebbian) is the same rule as a
/// function of patterns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NonlinearHebbian {
    /// f, whose thresholds are standard deviations of the total input; default
    /// [`Nonlinearity::QuadraticRectifier`] with thresholds 1 and 2.
    pub nonlinearity: Nonlinearity,
    /// In what units a step is taken; default [`StepScale::Relative`], alike for all
    /// nonlinearities.
    pub step_scale: StepScale,
    /// γ, at least 0: what proposals for hidden layers are multiplied by; default 0.1.
    pub hidden_rate: f64,
}

impl Default for NonlinearHebbian {
    fn default() -> Self {
        Self {
            nonlinearity: Nonlinearity::QuadraticRectifier { lower: 1.0, upper: 2.0 },
            step_scale: StepScale::Relative,
            hidden_rate: 0.1,
        }
    }
}

super::show::show_rules!(NonlinearHebbian);

impl LearningRule for NonlinearHebbian {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "nonlinear_hebbian",
            format!("G = −γ⟨f(a) h_{{l−1}}ᵀ⟩{READ_OUT}"),
            "Brito & Gerstner 2016, doi 10.1371/journal.pcbi.1005070",
        )
        .family(Family::Hebbian)
        .summary("Multiplies a synapse's input by a nonlinear function of the unit's total input.")
        .requirements(&requirements(self.step_scale))
        .learning_rate(0.1)
        .hyperparameter(
            "nonlinearity",
            &self.nonlinearity,
            &usual.nonlinearity,
            "any of rate_rules::Nonlinearity",
        )
        .hyperparameter("step_scale", &self.step_scale, &usual.step_scale, "Plain or Relative")
        .hyperparameter(
            "hidden_rate",
            &self.hidden_rate,
            &usual.hidden_rate,
            "γ, at least 0",
        )
    }

    fn check(&self) -> Result<()> {
        self.nonlinearity.check()?;
        error::check_not_negative("hidden_rate", self.hidden_rate)
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(network, "nonlinear_hebbian", WHY)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        PointwiseLearner::boxed(self.clone(), network)
    }
}

impl Pointwise for NonlinearHebbian {
    fn factor(&self, total: f32) -> f32 {
        self.nonlinearity.value(f64::from(total)) as f32
    }

    fn scale(&self) -> (StepScale, f64) {
        (self.step_scale, self.hidden_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, hand, propose};
    use super::*;
    use crate::rate_rules;
    use crate::rules::{FrozenHidden, Hebbian};
    use crate::training::{ConstrainedLayers, Constraint, Optimizer, OptimizerState};

    fn plain(nonlinearity: Nonlinearity) -> NonlinearHebbian {
        NonlinearHebbian { nonlinearity, step_scale: StepScale::Plain, hidden_rate: 1.0 }
    }

    #[test]
    fn one_step_by_hand() {
        let (step, updates) =
            propose(&plain(Nonlinearity::Cubic), &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        let cube = 3.0_f32.ln().powi(3);
        assert_close(&updates.layers()[0].weights, &[[0.0, 0.0], [-cube, -2.0 * cube]], 1e-5);
        let (_, control) = propose(&FrozenHidden, &hand::network(), &hand::batch());
        assert_eq!(updates.layers()[1], control.layers()[1]);
        // The rows are 0 and √5 cube long: relative to √(5/2) cube the second is √2 long.
        let relative =
            NonlinearHebbian { step_scale: StepScale::Relative, ..plain(Nonlinearity::Cubic) };
        let (_, updates) = propose(&relative, &hand::network(), &hand::batch());
        let row = updates.layers()[0].weights.row(1).to_owned();
        assert!((row.dot(&row) - 2.0).abs() < 1e-5, "{row}");
    }

    #[test]
    fn of_a_linear_function_it_is_hebbs_rule() {
        use crate::data::Objective;
        use crate::network::Activation;
        let network = super::super::testing::network(
            &[4, 3, 2],
            Activation::Identity,
            Objective::LinearSquaredError,
        );
        let batch = super::super::testing::batch(&network, 9);
        let (_, found) = propose(&plain(Nonlinearity::Linear), &network, &batch);
        let (_, expected) = propose(&Hebbian::plain(), &network, &batch);
        assert!(found.layers()[0].weights.abs_diff_eq(&expected.layers()[0].weights, 1e-5));
    }

    #[test]
    fn under_its_constraint_it_takes_the_steps_of_the_function_of_patterns() {
        use crate::data::Objective;
        use crate::network::Activation;
        let mut network = super::super::testing::network(
            &[5, 3, 2],
            Activation::Identity,
            Objective::LinearSquaredError,
        );
        network.layers_mut()[0].bias = None;
        let batch = super::super::testing::batch(&network, 40);
        let patterns = batch.batch().inputs.dense().mapv(f64::from);
        let nonlinearity = Nonlinearity::Cubic;
        let on_patterns = rate_rules::NonlinearHebbian {
            nonlinearity: nonlinearity.clone(),
            learning_rate: 0.5,
            units: 3,
            schedule: rate_rules::LearningSchedule {
                steps: 5,
                batch_size: usize::MAX,
                annealing: rate_rules::Annealing::None,
                ..rate_rules::LearningSchedule::default()
            },
            ..rate_rules::NonlinearHebbian::default()
        };
        let start = network.layers()[0].weights.mapv(f64::from);
        let expected = on_patterns.learn_from(&patterns, &start).unwrap().weights;
        let orthogonal = rate_rules::Decorrelation::Symmetric.constrain(&start).unwrap();
        network.layers_mut()[0].weights = orthogonal.mapv(|w| w as f32);
        let optimizer = Optimizer::sgd().with_hidden_constraint(Constraint::Decorrelated);
        assert_eq!(optimizer.constrained_layers, ConstrainedLayers::Hidden);
        let rng = crate::random::stream(0, "update noise");
        let mut descent = OptimizerState::new(optimizer, 0.5, &network, rng);
        for _ in 0..5 {
            let (_, mut updates) = propose(&plain(nonlinearity.clone()), &network, &batch);
            descent.descend(&mut network, &mut updates);
        }
        let found = network.layers()[0].weights.mapv(f64::from);
        assert!(found.abs_diff_eq(&expected, 1e-5), "{found} {expected}");
    }

    #[test]
    fn meaningless_hyperparameters_are_refused() {
        let told = |rule: NonlinearHebbian| rule.check().unwrap_err().to_string();
        let negative = NonlinearHebbian { hidden_rate: -0.1, ..NonlinearHebbian::default() };
        assert!(told(negative).contains("hidden_rate is -0.1"));
        assert!(told(plain(Nonlinearity::Cauchy { lambda: 9.0 })).contains("lambda is 9"));
    }
}
