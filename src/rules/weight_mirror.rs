//! Weight mirror: feedback weights learn the forward weights by listening to noise. In a second
//! phase beside each batch every layer's inputs fire at random and independently; the correlation
//! of what goes in with what comes out is then the weights themselves, and a Hebbian rule writes it
//! into the feedback synapses.
//!
//! - learning: δ_l = (B_{l+1} δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ
//! - mirroring: ξ ~ N(0, σ²) into each layer by itself, y = W ξ, B ← (1 − λ)B + η_m ⟨ξ yᵀ⟩
//!
//! For weights that stay the expectation of ξ yᵀ is ⟨ξ ξᵀ⟩ Wᵀ = σ² Wᵀ, so that ⟨B⟩ → (η_m σ²/λ) Wᵀ,
//! which is Wᵀ itself where η_m σ² = λ, as by default. Without the decay B grows for ever, and its
//! direction keeps what it started with for long; with activity that is correlated between units in
//! the place of noise, B tends to ⟨x xᵀ⟩ Wᵀ and not to Wᵀ (that rule is
//! [`Alignment`](super::Alignment) with `decay` and `amp`).
//!
//! # Biological requirements
//! Labels, derivatives, an error signal at every synapse, and a phase of its own in which noise and
//! nothing else goes through each layer; no weight transport.
//!
//! Akrout, Wilson, Humphreys, Lillicrap & Tweed 2019, *Deep learning without weight transport*,
//! arXiv 1904.05391.

use ndarray::s;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::feedback_learner::{FeedbackDynamics, FeedbackLearner, Pass};
use super::{About, Family, FeedbackInit, Learner, LearningRule, Requirement, Schedule};
use crate::error::{self, Result};
use crate::network::{Layer, Matrix, Network, Store};
use crate::random::Rng;

/// Feedback weights that learn the forward weights from noise. Akrout et al. 2019, arXiv
/// 1904.05391.
///
/// G as under feedback alignment; for noise ξ into a layer and y = Wξ, B ← (1 − λ)B + η_m ⟨ξ yᵀ⟩
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightMirror {
    /// η_m, the mirror's own learning rate per step, at least 0; default 0.01.
    pub rate: f64,
    /// λ, the fraction by which feedback weights shrink at each step, in [0, 1); default 0.01, so
    /// that B tends to Wᵀ.
    pub decay: f64,
    /// σ, the standard deviation of the noise, above 0; default 1.
    pub noise: f64,
    /// A factor of rate and decay that changes with the steps; default none.
    pub schedule: Schedule,
    /// How the feedback weights start; default N(0, 1/(n_in + n_out)).
    pub feedback: FeedbackInit,
}

impl Default for WeightMirror {
    fn default() -> Self {
        Self {
            rate: 0.01,
            decay: 0.01,
            noise: 1.0,
            schedule: Schedule::Constant,
            feedback: FeedbackInit::Glorot,
        }
    }
}

super::show::show_rules!(WeightMirror);

impl LearningRule for WeightMirror {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "weight_mirror",
            "G as feedback alignment; noise ξ into each layer, y = Wξ: B ← (1 − λ)B + η_m ⟨ξ yᵀ⟩",
            "Akrout et al. 2019, arXiv 1904.05391",
        )
        .family(Family::Feedback)
        .summary("Feedback weights learn the forward weights from noise, in a phase of its own.")
        .requirements(&[
            Requirement::Labels,
            Requirement::SeparatePhases,
            Requirement::Derivatives,
            Requirement::NonLocalSignals,
        ])
        .learning_rate(0.1)
        .hyperparameter("rate", &self.rate, &usual.rate, "η_m per step, at least 0")
        .hyperparameter("decay", &self.decay, &usual.decay, "λ per step, at least 0 and below 1")
        .hyperparameter("noise", &self.noise, &usual.noise, "σ, above 0")
        .schedule(self.schedule)
        .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        error::check_not_negative("rate", self.rate)?;
        error::check_below_one("decay", self.decay)?;
        error::check_positive("noise", self.noise)?;
        self.schedule.check_of_rule()?;
        self.feedback.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = self.feedback.draw(network, rng);
        let scratches = feedback.iter().map(|_| Scratch::default()).collect();
        let learner = WeightMirrorLearner { rule: *self, scratches, step: 0 };
        FeedbackLearner::boxed(network, feedback, learner)
    }
}

#[derive(Clone, Debug)]
struct WeightMirrorLearner {
    rule: WeightMirror,
    scratches: Vec<Scratch>,
    step: usize,
}

/// Of one layer, examples × units: noise on its inputs, and the response of its outputs (of a
/// convolution at every place, before pooling).
#[derive(Clone, Debug, Default)]
struct Scratch {
    noise: Matrix,
    response: Matrix,
}

impl FeedbackDynamics for WeightMirrorLearner {
    fn after_pass(&mut self, pass: &Pass<'_>, feedback: &mut [Matrix], rng: &mut Rng) {
        let factor = self.rule.schedule.at(self.step);
        self.step += 1;
        let layers = pass.network.layers().iter().zip(&mut self.scratches).zip(feedback);
        for ((layer, scratch), feedback) in layers.skip(1) {
            scratch.respond(layer, pass.examples, self.rule.noise as f32, rng);
            self.rule.mirror(layer, scratch, (pass.examples, factor), feedback);
        }
    }
}

impl Scratch {
    /// Draws noise for so many examples and passes it through the layer.
    fn respond(&mut self, layer: &Layer, examples: usize, sigma: f32, rng: &mut Rng) {
        if self.noise.nrows() < examples {
            self.noise = Matrix::zeros((examples, layer.inputs()));
            let uses = layer.connectivity().uses();
            self.response = Matrix::zeros((examples, uses * layer.weights.nrows()));
        }
        let mut noise = self.noise.slice_mut(s![..examples, ..]);
        let response = self.response.slice_mut(s![..examples, ..]);
        noise.mapv_inplace(|_| {
            let draw: f32 = StandardNormal.sample(rng);
            sigma * draw
        });
        let weights = layer.weights.view();
        layer.connectivity().forward(noise.view(), weights, Store::Overwrite, response);
    }
}

impl WeightMirror {
    /// One step of a layer's feedback weights on the responses to noise.
    fn mirror(
        &self,
        layer: &Layer,
        scratch: &Scratch,
        (examples, factor): (usize, f64),
        feedback: &mut Matrix,
    ) {
        let noise = scratch.noise.slice(s![..examples, ..]);
        let response = scratch.response.slice(s![..examples, ..]);
        let keep = (1.0 - factor * self.decay) as f32;
        feedback.mapv_inplace(|b| keep * b);
        // The mean over examples and over the places where a weight is used: the sum over places
        // would tend to so many times the weights.
        let connectivity = layer.connectivity();
        let rate = factor * self.rate / (examples * connectivity.uses()) as f64;
        connectivity.outer(noise, response, rate as f32, feedback.view_mut());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand, propose};
    use super::*;
    use ndarray::Array1;

    use crate::data::Objective;
    use crate::network::{Activation, Updates};
    use crate::random;
    use crate::rules::FeedbackAlignment;

    fn cosine(a: &Matrix, b: &Matrix) -> f64 {
        let dot = |a: &Matrix, b: &Matrix| (a * b).mapv(f64::from).sum();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    fn norm(a: &Matrix) -> f64 {
        a.mapv(f64::from).mapv(|a| a * a).sum().sqrt()
    }

    /// Feedback of the layer above the hidden one after so many mirror steps of 128 examples, the
    /// forward weights kept as they are.
    fn mirrored(rule: WeightMirror, steps: usize) -> (Matrix, Matrix) {
        let network =
            testing::network(&[4, 20, 10], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 128);
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        let mut rng = random::stream(1, "rule");
        let mut updates = Updates::new(&network);
        for _ in 0..steps {
            learner.propose(&network, &batch.batch(), &mut updates, &mut rng);
        }
        (learner.feedback().unwrap()[1].clone(), network.layers()[1].weights.clone())
    }

    #[test]
    fn one_step_by_hand() {
        // The first proposal is feedback alignment's; then B ← 0.9 B + 0.5 ⟨y ξᵀ⟩ with the noise
        // that was drawn.
        let rule = WeightMirror {
            rate: 0.5,
            decay: 0.1,
            feedback: hand::given(),
            ..WeightMirror::default()
        };
        let network = hand::network();
        let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
        let (_, updates) = testing::propose_with(learner.as_mut(), &network, &hand::batch());
        assert_close(&updates.layers()[0].weights, &hand::G1_FEEDBACK, 1e-6);
        // The same stream as the proposal drew from: one example of noise into the upper layer's
        // two inputs.
        let mut rng = random::stream(14, "rule");
        let noise: Array1<f32> = (0..2).map(|_| StandardNormal.sample(&mut rng)).collect();
        let response = network.layers()[1].weights.dot(&noise);
        let product = Matrix::from_shape_fn((2, 2), |(i, j)| response[i] * noise[j]);
        let expected = 0.9 * &hand::feedback() + 0.5 * &product;
        assert!(learner.feedback().unwrap()[1].abs_diff_eq(&expected, 1e-5));
    }

    #[test]
    fn feedback_tends_to_the_forward_weights() {
        // ⟨B⟩ = (η_m σ²/λ) Wᵀ: noise of half the strength with four times the rate is the same.
        let half = WeightMirror { rate: 0.04, noise: 0.5, ..WeightMirror::default() };
        for rule in [WeightMirror::default(), half] {
            let (found, weights) = mirrored(rule, 1000);
            assert!(cosine(&found, &weights) > 0.99, "{}", cosine(&found, &weights));
            assert!((norm(&found) / norm(&weights) - 1.0).abs() < 0.05);
        }
        let (found, weights) =
            mirrored(WeightMirror { rate: 0.02, ..WeightMirror::default() }, 1000);
        assert!((norm(&found) / norm(&weights) - 2.0).abs() < 0.1);
    }

    #[test]
    fn without_decay_feedback_grows() {
        let rule = WeightMirror { decay: 0.0, ..WeightMirror::default() };
        let [few, many] = [500, 1000].map(|steps| norm(&mirrored(rule, steps).0));
        assert!(many > 1.8 * few, "{few} {many}");
    }

    #[test]
    fn without_its_rates_it_is_feedback_alignment() {
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        let still = WeightMirror { rate: 0.0, decay: 0.0, ..WeightMirror::default() };
        let ended = WeightMirror {
            schedule: Schedule::Steps { every: 1, factor: 0.0 },
            ..WeightMirror::default()
        };
        let alignment = propose(&FeedbackAlignment::default(), &network, &batch);
        for (rule, is_still) in [(still, true), (ended, false)] {
            let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
            let first = testing::propose_with(learner.as_mut(), &network, &batch);
            assert_eq!(first, alignment);
            let second = testing::propose_with(learner.as_mut(), &network, &batch);
            assert_eq!(second == first, is_still);
            // Whatever the schedule left is left for good.
            assert_eq!(second, testing::propose_with(learner.as_mut(), &network, &batch));
        }
    }
}
