//! Target propagation: every unit is told what it should have done, not by how much it erred.
//! Targets come down layer by layer, through feedback connections g_l that learn to invert the
//! forward ones; every layer then learns to meet its target.
//!
//! ĥ_L = a_L − η̂ ∂L/∂a_L; g_l(h) = φ_{l−1}(V_l h + c_l)
//!
//! - `target_propagation`: ĥ_{l−1} = g_l(ĥ_l)
//! - `difference_target_propagation`: ĥ_{l−1} = h_{l−1} + g_l(ĥ_l) − g_l(h_l), in which what the
//!   inverse gets wrong cancels
//!
//! G_l = −(1/η̂)⟨((ĥ_l − h_l) ⊙ φ′(a_l)) h_{l−1}ᵀ⟩, the gradient of ½‖ĥ_l − h_l‖² with a factor
//! 1/η̂, by which the top layer learns at the same rate as under backprop; the state of the top
//! layer is its input a_L. The feedback learns to undo noise: with h̃ = h_{l−1} + ε, ε ~ N(0, σ²),
//! it follows the gradient of ½⟨‖g_l(f_l(h̃)) − h̃‖²⟩, whose minimum is the inverse of f_l, as far
//! as there is one, in steps of a rate over 1 + ⟨‖f_l(h̃)‖²⟩, which cannot overshoot however large
//! the activity is.
//!
//! The plain kind keeps the error of the inverse as an error of the target, with a factor 1/η̂: it
//! works where feedback is a good inverse and η̂ is not small. With layers that lose information
//! the difference follows a direction of its own, and not the gradient; that is what
//! [`DirectDifferenceTargetPropagation`](super::DirectDifferenceTargetPropagation) mends.
//!
//! # Biological requirements
//! Labels, derivatives, a phase of noise in which feedback learns, and the difference of two
//! feedback signals at each unit; no weight transport.
//!
//! Bengio 2014, arXiv 1407.7906; Lee, Zhang, Fischer & Bengio 2015, *Difference target
//! propagation*, arXiv 1412.7525.

use ndarray::{Array1, ArrayViewMut2, Zip};
use serde::{Deserialize, Serialize};

use super::settling::contiguous;
use super::{
    About, Family, FeedbackInit, Learner, LearningRule, Requirement, StepReport, check_plain,
};
use crate::error::{self, Result};
use crate::network::{Activity, Batch, Matrix, Network, Units, Updates, mean_square_norm};
use crate::random::{self, Rng};

/// Targets that come down through learned inverses. Lee, Zhang, Fischer & Bengio 2015, arXiv
/// 1412.7525.
///
/// ĥ_{l−1} = h_{l−1} + g_l(ĥ_l) − g_l(h_l), G_l = −(1/η̂)⟨((ĥ_l − h_l) ⊙ φ′(a_l)) h_{l−1}ᵀ⟩
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetPropagation {
    /// Whether to add the difference correction h − g(h′); default true.
    pub difference: bool,
    /// η̂, how far down the gradient the top layer's target lies, above 0; default 0.5, without the
    /// difference 10.
    pub target_step: f64,
    /// σ, the standard deviation of the noise that feedback learns to undo, above 0; default 0.1.
    pub noise: f64,
    /// The learning rate of the feedback connections, relative to the largest that cannot
    /// overshoot, at least 0 and below 1; default 0.5.
    pub feedback_rate: f64,
    /// How the feedback weights start; default N(0, 1/(n_in + n_out)).
    pub feedback: FeedbackInit,
}

impl Default for TargetPropagation {
    fn default() -> Self {
        Self {
            difference: true,
            target_step: 0.5,
            noise: 0.1,
            feedback_rate: 0.5,
            feedback: FeedbackInit::Glorot,
        }
    }
}

impl TargetPropagation {
    /// Without the difference: targets are what the inverses make of the targets above. η̂ is 10,
    /// for what the inverses get wrong is divided by it.
    pub fn plain() -> Self {
        Self { difference: false, target_step: 10.0, ..Self::default() }
    }
}

super::show::show_rules!(TargetPropagation);

impl LearningRule for TargetPropagation {
    fn about(&self) -> About {
        let usual = Self::default();
        let (name, equation, summary) = if self.difference {
            (
                "difference_target_propagation",
                "ĥ_{l−1} = h_{l−1} + g_l(ĥ_l) − g_l(h_l), G_l = −(1/η̂)⟨((ĥ_l − h_l) ⊙ φ′(a_l)) h_{l−1}ᵀ⟩",
                "Targets come down through learned inverses, whose mistakes cancel.",
            )
        } else {
            (
                "target_propagation",
                "ĥ_{l−1} = g_l(ĥ_l), G_l = −(1/η̂)⟨((ĥ_l − h_l) ⊙ φ′(a_l)) h_{l−1}ᵀ⟩",
                "Targets come down through learned inverses.",
            )
        };
        About::new(
            name,
            equation,
            "Bengio 2014, arXiv 1407.7906; Lee, Zhang, Fischer & Bengio 2015, arXiv 1412.7525",
        )
        .family(Family::Target)
        .summary(summary)
        .requirements(&[Requirement::Labels, Requirement::Derivatives, Requirement::SeparatePhases])
        .learning_rate(0.1)
        .hyperparameter("difference", &self.difference, &usual.difference, "true or false")
        .hyperparameter("target_step", &self.target_step, &usual.target_step, "η̂, above 0")
        .hyperparameter("noise", &self.noise, &usual.noise, "σ, above 0")
        .hyperparameter(
            "feedback_rate",
            &self.feedback_rate,
            &usual.feedback_rate,
            "per step, at least 0 and below 1",
        )
        .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        error::check_positive("target_step", self.target_step)?;
        error::check_positive("noise", self.noise)?;
        error::check_below_one("feedback_rate", self.feedback_rate)?;
        self.feedback.check()
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(
            network,
            &self.about().name,
            "its learned inverses undo one plain layer at a time",
        )
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(TargetPropagationLearner::new(*self, network, self.feedback.draw(network, rng)))
    }
}

#[derive(Clone, Debug)]
struct TargetPropagationLearner {
    rule: TargetPropagation,
    /// V_l in the shape of W_l (so that h_l V_l has the width of h_{l−1}), and c_l, one for each
    /// unit below or, under a convolution, for each channel.
    feedback: Vec<Matrix>,
    offsets: Vec<Array1<f32>>,
    activity: Activity,
    targets: Activity,
    /// Of a hidden layer: what feedback makes of the layer above; the errors that change it.
    inverse: Activity,
    noisy: Activity,
    /// Of a layer, what it makes of noisy input.
    response: Activity,
}

impl TargetPropagationLearner {
    fn new(rule: TargetPropagation, network: &Network, feedback: Vec<Matrix>) -> Self {
        let scratch = || Activity::new(network, 0);
        Self {
            rule,
            feedback,
            offsets: network
                .layers()
                .iter()
                .map(|layer| Array1::zeros(layer.input_maps().channels))
                .collect(),
            activity: scratch(),
            targets: scratch(),
            inverse: scratch(),
            noisy: scratch(),
            response: scratch(),
        }
    }

    /// g_{l+1} of `above`, into the hidden layer `index`.
    fn invert(
        network: &Network,
        (kernel, offset): (&Matrix, &Array1<f32>),
        above: Units<'_>,
        index: usize,
        mut into: ArrayViewMut2<'_, f32>,
    ) {
        network.layers()[index + 1].backward(above, kernel, into.view_mut());
        let mut by_offset =
            network.layers()[index + 1].input_maps().by_channel_mut(into.view_mut());
        by_offset += offset;
        network.layers()[index].activation.apply(into);
    }
}

impl Learner for TargetPropagationLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport {
        for activity in [&mut self.targets, &mut self.inverse, &mut self.noisy, &mut self.response]
        {
            activity.set_rows(batch.len());
        }
        network.forward(batch.inputs, &mut self.activity);
        let loss = self.learn_top(network, batch, updates);
        if network.depth() > 1 {
            self.set_targets(network, batch.len());
            self.learn(network, batch, updates);
            self.learn_feedback(network, rng);
        }
        StepReport::of_loss(loss)
    }

    fn feedback(&self) -> Option<&[Matrix]> {
        Some(&self.feedback)
    }
}

impl TargetPropagationLearner {
    /// The top layer by its error δ of the mean loss, which stays where its target will be; returns
    /// the loss.
    fn learn_top(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) -> f64 {
        let last = network.depth() - 1;
        let mut error = self.targets.out_mut(last);
        error.assign(&self.activity.out(last));
        let loss = network.objective().error(error.view_mut(), batch.targets);
        let below = self.activity.below(last, &batch.inputs);
        let error = self.activity.through(last, error.view());
        network.layers()[last].outer(below, error, 1.0, &mut updates.layers_mut()[last]);
        loss
    }

    /// The top layer's target from its error, then that of every hidden layer from the one above.
    fn set_targets(&mut self, network: &Network, examples: usize) {
        let (last, step) = (network.depth() - 1, self.rule.target_step as f32);
        // a_L, of which the activity may have the sigmoid.
        let mut state = self.response.units_mut(last);
        network.layers()[last].forward(self.activity.out(last - 1), state.reborrow());
        let state = state.into_numbers();
        Zip::from(self.targets.out_mut(last))
            .and(&state)
            .for_each(|e, &a| *e = a - step * examples as f32 * *e);
        for index in (0..last).rev() {
            let feedback = (&self.feedback[index + 1], &self.offsets[index + 1]);
            let (mut target, above) = self.targets.pair_mut(index, index + 1);
            let above = self.activity.through(index + 1, above.numbers());
            Self::invert(network, feedback, above, index, target.view_mut());
            if self.rule.difference {
                let is_below_top = index + 1 == last;
                let states = if is_below_top { &self.response } else { &self.activity };
                let above = self.activity.through(index + 1, states.out(index + 1));
                Self::invert(network, feedback, above, index, self.inverse.out_mut(index));
                Zip::from(&mut target)
                    .and(self.activity.out(index))
                    .and(self.inverse.out(index))
                    .for_each(|t, &h, &g| *t += h - g);
            }
        }
    }

    /// Every hidden layer towards its target.
    fn learn(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) {
        let scale = 1.0 / (self.rule.target_step as f32 * batch.len() as f32);
        for index in 0..network.depth() - 1 {
            let layer = &network.layers()[index];
            let mut error = self.inverse.out_mut(index);
            Zip::from(&mut error)
                .and(self.activity.out(index))
                .and(self.targets.out(index))
                .for_each(|e, &h, &t| *e = (h - t) * layer.activation.slope(h));
            let below = self.activity.below(index, &batch.inputs);
            let error = self.activity.through(index, error.view());
            layer.outer(below, error, scale, &mut updates.layers_mut()[index]);
        }
    }

    /// Feedback towards undoing what the layer above makes of a noisy layer.
    fn learn_feedback(&mut self, network: &Network, rng: &mut Rng) {
        let (sigma, last) = (self.rule.noise as f32, network.depth() - 1);
        for index in 0..last {
            let (layer, above) = (&network.layers()[index], &network.layers()[index + 1]);
            let mut noisy = self.noisy.out_mut(index);
            random::draw_normal(contiguous(&mut noisy), rng);
            Zip::from(&mut noisy)
                .and(self.activity.out(index))
                .for_each(|n, &h| *n = h + sigma * *n);
            let mut response = self.response.units_mut(index + 1);
            above.forward(noisy.view(), response.reborrow());
            if index + 1 < last {
                above.activation.apply(response.into_numbers());
            }
            let response = self.response.units(index + 1);
            let (kernel, offset) = (&mut self.feedback[index + 1], &mut self.offsets[index + 1]);
            let mut error = self.inverse.out_mut(index);
            Self::invert(network, (kernel, offset), response, index, error.view_mut());
            let rows = error.nrows() as f64;
            let power = mean_square_norm(response.numbers());
            // A number below is reached from so many places, whose responses add up, and an offset
            // belongs to so many numbers.
            let maps = above.input_maps();
            let power = maps.places() as f64 + power * above.connectivity().overlap() as f64;
            let rate = (self.rule.feedback_rate / power / rows) as f32;
            Zip::from(&mut error)
                .and(&noisy)
                .for_each(|g, &h| *g = (*g - h) * layer.activation.slope(*g));
            above.outer_weights(error.view(), response, -rate, kernel);
            let by_offset = maps.by_channel(error.view());
            by_offset.rows().into_iter().for_each(|row| offset.scaled_add(-rate, &row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, propose};
    use rand::Rng as _;
    use rand_distr::StandardNormal;

    use super::*;
    use crate::data::Objective;
    use crate::network::{Activation, Layer};
    use crate::rules::Backprop;

    /// A linear network whose middle layer can be inverted.
    fn invertible() -> Network {
        let mut rng = random::stream(3, "init");
        let mut draw = |inputs: usize, outputs: usize| {
            let mut weights = Matrix::from_shape_simple_fn((outputs, inputs), || {
                0.3 * rng.sample::<f32, _>(StandardNormal)
            });
            weights.diag_mut().mapv_inplace(|w| w + 1.0);
            Layer::dense(weights, Activation::Identity).with_bias(Array1::zeros(outputs))
        };
        Network::new(vec![draw(3, 3), draw(3, 3), draw(3, 3)], Objective::LinearSquaredError)
    }

    /// By Gauss and Jordan.
    fn inverse(of: &Matrix) -> Matrix {
        let n = of.nrows();
        let (mut left, mut right) = (of.mapv(f64::from), ndarray::Array2::<f64>::eye(n));
        for pivot in 0..n {
            let scale = left[(pivot, pivot)];
            left.row_mut(pivot).mapv_inplace(|x| x / scale);
            right.row_mut(pivot).mapv_inplace(|x| x / scale);
            for row in (0..n).filter(|&row| row != pivot) {
                let factor = left[(row, pivot)];
                let (l, r) = (left.row(pivot).to_owned(), right.row(pivot).to_owned());
                left.row_mut(row).scaled_add(-factor, &l);
                right.row_mut(row).scaled_add(-factor, &r);
            }
        }
        right.mapv(|x| x as f32)
    }

    #[test]
    fn with_exact_inverses_linear_layers_follow_the_inverse_and_not_the_transpose() {
        let network = invertible();
        let batch = testing::batch(&network, 6);
        for rule in [TargetPropagation::plain(), TargetPropagation::default()] {
            let feedback =
                network.layers().iter().map(|layer| inverse(&layer.weights).t().to_owned());
            let rule = TargetPropagation { feedback: testing::given(feedback.collect()), ..rule };
            let updates = propose(&rule, &network, &batch).1;
            let mut activity = Activity::new(&network, 0);
            network.forward(batch.batch().inputs, &mut activity);
            let (error, _) = network.output_error(&activity, batch.batch().targets);
            // ĥ_2 − h_2 = −η̂ W_3⁻¹ δ_3, ĥ_1 − h_1 = −η̂ W_2⁻¹ W_3⁻¹ δ_3.
            let second = error.dot(&inverse(&network.layers()[2].weights).t());
            let first = second.dot(&inverse(&network.layers()[1].weights).t());
            let expected = [
                first.t().dot(&batch.batch().inputs.dense()),
                second.t().dot(&activity.out(0)),
                error.t().dot(&activity.out(1)),
            ];
            for (found, expected) in updates.layers().iter().zip(expected) {
                assert!(found.weights.abs_diff_eq(&expected, 1e-4), "{rule:?}");
            }
        }
    }

    #[test]
    fn feedback_learns_to_undo_the_layer_above() {
        let network = invertible();
        let batch = testing::batch(&network, 64);
        let rule =
            TargetPropagation { feedback_rate: 0.99, noise: 1.0, ..TargetPropagation::default() };
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        let mut rng = random::stream(1, "rule");
        let mut updates = Updates::new(&network);
        for _ in 0..4000 {
            learner.propose(&network, &batch.batch(), &mut updates, &mut rng);
        }
        for index in 1..3 {
            let product =
                network.layers()[index].weights.t().dot(&learner.feedback().unwrap()[index]);
            assert!(product.abs_diff_eq(&Matrix::eye(3), 0.02), "{product}");
        }
    }

    #[test]
    fn the_difference_cancels_what_an_untrained_inverse_gets_wrong() {
        // Without error at the top nothing is to be learned; the plain kind learns its inverse's
        // mistakes.
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::LinearSquaredError);
        let inputs = testing::batch(&network, 8).batch().inputs.dense().to_owned();
        let targets = network.predict(&inputs);
        let batch = testing::Owned::new(inputs, targets);
        let size = |rule: TargetPropagation| {
            let updates = propose(&rule, &network, &batch).1;
            updates.layers()[0].weights.iter().fold(0.0_f32, |most, g| most.max(g.abs()))
        };
        assert!(size(TargetPropagation::default()) < 1e-5);
        assert!(size(TargetPropagation::plain()) > 1e-2);
    }

    #[test]
    fn the_top_layer_learns_as_under_backprop() {
        for objective in [Objective::SoftmaxCrossEntropy, Objective::SigmoidSquaredError] {
            let network = testing::network(&[6, 5, 4, 3], Activation::Sigmoid, objective);
            let batch = testing::batch(&network, 8);
            let rule = TargetPropagation::default();
            let (found, exact) =
                (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
            assert_eq!(found.layers()[2], exact.layers()[2], "{objective}");
            // To first order in η̂: g_l(ĥ) − g_l(h) is a product with its Jacobian, so that a tenth
            // of η̂ proposes nearly the same.
            let short = TargetPropagation { target_step: 0.05, ..rule };
            let near = propose(&short, &network, &batch).1;
            assert!(near.layers()[0].cosine(&found.layers()[0]) > 0.99, "{objective}");
        }
    }
}
