//! The weights through which an error reaches a layer, estimated from its changes.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::descent::{Descent, descents, driven_step};
use super::normal::Normal;
use super::solve::cosine;
use crate::display::{show_as_settings, show_as_text};
use crate::training::RecordedBatch;
use crate::{Error, Result};

/// Regularisation, as a share of the mean square.
const RIDGE: f64 = 1e-9;

/// Where an error comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// From the layer above, as under backprop and feedback alignment; the default.
    #[default]
    Chained,
    /// Straight from the outputs, as under direct feedback alignment.
    Direct,
}

/// Feedback weights, estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackEstimate {
    /// K̂, units × errors: of how much of each error above a unit is told. In the unit of the forward
    /// weights if the read-out told the learning rate, else times the learning rate.
    ///
    /// What errors do not show cannot be estimated, and is 0: under a softmax the errors of an example
    /// sum to 0, so that a constant may be added to each row.
    pub weights: Array2<f64>,
    /// The share of the layer's change that they explain, on the steps they were learned from.
    pub explained: f64,
}

/// Estimates the weights that carry an error to a hidden layer (`layer` is 1, 2, …, lowest first),
/// by regularised least squares over all recorded steps: −ΔW ≈ η ⟨(φ′ ⊙ K e) xᵀ⟩, e the output error
/// ([`Route::Direct`]) or that of the layer above, itself estimated ([`Route::Chained`]). Momentum
/// and decay are taken off first, as the read-out shows them. Weights that move are taken at their
/// mean.
///
/// ```
/// use microlearners::mechanism::{Route, feedback_weights};
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let experiment = Experiment::new(&task).architecture(Architecture::hidden(&[12])).batch_size(20);
/// let batches = record_batches(&experiment, &[5], 4)?;
/// let estimate = feedback_weights(&batches, 1, Route::Chained)?;
/// assert_eq!(estimate.weights.dim(), (12, 4));
/// assert!(estimate.explained > 0.99);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if that is no hidden layer; as [`Measures::of`](super::Measures::of).
pub fn feedback_weights(
    batches: &[RecordedBatch],
    layer: usize,
    route: Route,
) -> Result<FeedbackEstimate> {
    let all = super::enough(batches)?;
    let hidden = all[0].layers.len() - 1;
    if layer == 0 || layer > hidden {
        let requirement =
            format!("the network has hidden layers 1 to {hidden}; choose one of these");
        return Err(Error::setting("layer", layer, requirement));
    }
    let (step, driven, _) = driven_step(&all);
    let steps: Vec<Descent<'_>> = descents(&all, step, driven).into_iter().flatten().collect();
    let mut errors: Vec<Array2<f64>> = steps.iter().map(|d| d.now().error.clone()).collect();
    let mut place = hidden - 1;
    if route == Route::Chained {
        while place > layer - 1 {
            let (weights, _) = estimate(&steps, place, &errors);
            for (d, errors) in steps.iter().zip(&mut errors) {
                *errors = errors.dot(&weights.t()) * &d.now().layers[place].slopes;
            }
            place -= 1;
        }
    }
    let (weights, explained) = estimate(&steps, layer - 1, &errors);
    // Errors that were estimated hold the learning rate already.
    let is_scaled = route == Route::Chained && layer < hidden;
    let rate = if driven && !is_scaled { step.rate } else { 1.0 };
    Ok(FeedbackEstimate { weights: weights / rate, explained })
}

fn estimate(steps: &[Descent<'_>], layer: usize, errors: &[Array2<f64>]) -> (Array2<f64>, f64) {
    let normals = steps.iter().zip(errors).map(|(d, errors)| d.normal(layer, errors));
    let normal = Normal::sum(normals);
    let weights = normal.solve(RIDGE);
    let explained = normal.explained(&weights);
    (weights, explained)
}

impl FeedbackEstimate {
    /// The cosine of the angle to other weights, units × errors, each row less its mean if the errors
    /// sum to 0 in every example (`centred`).
    ///
    /// # Errors
    /// [`Error::Shape`] if the shapes differ.
    pub fn cosine(&self, weights: &Array2<f64>, centred: bool) -> Result<f64> {
        if weights.dim() != self.weights.dim() {
            return Err(Error::Shape(format!(
                "the estimate is {:?} (units × errors), and the other weights are {:?}; give one row per unit of the layer",
                self.weights.dim(),
                weights.dim()
            )));
        }
        let form = |weights: &Array2<f64>| match (centred, weights.mean_axis(Axis(1))) {
            (true, Some(means)) => weights - &means.insert_axis(Axis(1)),
            _ => weights.clone(),
        };
        Ok(cosine(&form(&self.weights), &form(weights)))
    }
}

impl std::fmt::Display for FeedbackEstimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (units, errors) = self.weights.dim();
        let share = 100.0 * self.explained;
        write!(
            f,
            "feedback weights of {units} units from {errors} errors, which explain {share:.2} % of the layer's change"
        )
    }
}

show_as_text!(FeedbackEstimate);
show_as_settings!(Route);

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::network::{Activation, Architecture};
    use crate::rules::{self, LearningRule as _, Rule};
    use crate::training::{Checkpoints, Experiment, record_batches, train_before};

    const FIRST: usize = 12;

    fn experiment(rule: &Rule) -> Experiment {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let small = Architecture { activation: Activation::Tanh, ..Architecture::hidden(&[9, 7]) };
        Experiment::new(&task)
            .architecture(small)
            .rule_from(rule)
            .learning_rate(0.05)
            .batch_size(30)
            .epochs(2)
            .checkpoints(Checkpoints::At(vec![FIRST + 2]))
    }

    /// B of a layer in the middle of the record, units × errors above.
    fn true_feedback(experiment: &Experiment, layer: usize) -> Array2<f64> {
        let rule = experiment.rule.clone();
        let found = train_before(experiment, &[rule]).unwrap();
        let place = found.networks.len() - 2;
        let learner = found.learners[place][0].as_ref().unwrap();
        match learner.feedback() {
            Some(all) => all[layer].t().mapv(f64::from),
            None => found.networks[place].layers()[layer].weights.t().mapv(f64::from),
        }
    }

    /// Of every rule that has an error come down layer by layer through weights.
    #[test]
    fn feedback_weights_come_back_from_changes() {
        let names = [
            "backprop",
            "feedback_alignment",
            "kolen_pollack",
            "weight_mirror",
            "symmetric_alignment",
            "activation_alignment",
            "information_alignment",
        ];
        for name in names {
            let experiment = experiment(&rules::named(name).unwrap());
            let batches = record_batches(&experiment, &[FIRST], 5).unwrap();
            let found = feedback_weights(&batches, 2, Route::Chained).unwrap();
            let truth = true_feedback(&experiment, 2);
            let cosine = found.cosine(&truth, true).unwrap();
            assert!(cosine >= 0.99, "{name}: {cosine}");
            let centred = |w: &Array2<f64>| w - &w.mean_axis(Axis(1)).unwrap().insert_axis(Axis(1));
            let ratio = centred(&found.weights).iter().map(|x| x * x).sum::<f64>().sqrt()
                / centred(&truth).iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!((ratio - 1.0).abs() < 0.02, "{name}: {ratio}");
            assert!(found.explained > 0.99, "{name}: {}", found.explained);
        }
    }

    /// Of weights that stay as they are: the errors of few classes show some directions by the units'
    /// slopes alone, in which weights that move would not be seen.
    #[test]
    fn the_lower_layers_feedback_comes_back_through_the_upper_ones() {
        let experiment = experiment(&rules::named("feedback_alignment").unwrap());
        let batches = record_batches(&experiment, &[FIRST], 12).unwrap();
        let found = feedback_weights(&batches, 1, Route::Chained).unwrap();
        let cosine = found.cosine(&true_feedback(&experiment, 1), false).unwrap();
        assert!(cosine >= 0.99, "{cosine}");
        assert!(found.explained > 0.9999, "{found}");
    }

    /// Straight from the outputs to each hidden layer.
    #[test]
    fn direct_feedback_weights_come_back_from_changes() {
        let drawn = |units: usize, seed: u64| {
            let rng = &mut crate::random::stream(seed, "direct feedback");
            Array2::from_shape_fn((4, units), |_| rng.gen_range(-1.0_f32..1.0))
        };
        let truth = vec![drawn(9, 1), drawn(7, 2)];
        let rule =
            rules::DirectFeedbackAlignment { feedback: rules::testing::given(truth.clone()) }
                .shared();
        let batches = record_batches(&experiment(&rule), &[FIRST], 8).unwrap();
        for (layer, truth) in [1, 2].into_iter().zip(truth) {
            let found = feedback_weights(&batches, layer, Route::Direct).unwrap();
            let cosine = found.cosine(&truth.t().mapv(f64::from), true).unwrap();
            assert!(cosine >= 0.99, "layer {layer}: {cosine}");
        }
    }

    #[test]
    fn direct_feedback_and_signs_are_told_from_a_chain() {
        let rule = rules::named("direct_feedback_alignment").unwrap();
        let batches = record_batches(&experiment(&rule), &[FIRST], 8).unwrap();
        let direct = feedback_weights(&batches, 1, Route::Direct).unwrap();
        let chained = feedback_weights(&batches, 1, Route::Chained).unwrap();
        assert!(direct.explained > 0.9999, "{direct}");
        // Few units with slopes near 1 carry nearly what the outputs tell.
        assert!(1.0 - direct.explained < 0.01 * (1.0 - chained.explained), "{chained}");
        let rule = rules::named("sign_symmetry").unwrap();
        let experiment = experiment(&rule);
        let batches = record_batches(&experiment, &[FIRST], 5).unwrap();
        let signs = batches[2].layers[2].weights.t().mapv(|w| f64::from(w.signum()));
        let found = feedback_weights(&batches, 2, Route::Chained).unwrap();
        assert!(found.cosine(&signs, true).unwrap() > 0.99);
    }

    #[test]
    fn what_cannot_be_estimated_is_refused() {
        let rule = rules::named("backprop").unwrap();
        let batches = record_batches(&experiment(&rule), &[FIRST], 4).unwrap();
        let told =
            |layer| feedback_weights(&batches, layer, Route::Direct).unwrap_err().to_string();
        assert!(told(0).contains("layer is 0") && told(3).contains("hidden layers 1 to 2"));
        let told = |batches: &[RecordedBatch]| {
            feedback_weights(batches, 1, Route::Direct).unwrap_err().to_string()
        };
        assert!(told(&[]).contains("no recorded batch"));
        assert!(told(&batches[..2]).contains("of 2 recorded steps no three follow one another"));
        let mut cut = batches.clone();
        cut[1].layers[0].outputs = crate::network::Matrix::zeros((30, 3));
        assert!(told(&cut).contains("layer 1 of step 13 has weights of 9 × 36"), "{}", told(&cut));
        let mut mixed = batches.clone();
        mixed[2] = record_batches(
            &experiment(&rule).architecture(Architecture::hidden(&[4, 7])),
            &[FIRST + 2],
            3,
        )
        .unwrap()[0]
            .clone();
        assert!(told(&mixed).contains("of a network of other sizes"), "{}", told(&mixed));
    }
}
