//! Sign symmetry: errors travel down through weights that share with the forward weights their
//! signs and nothing else. That each feedback synapse pulls in the right direction turns out to be
//! nearly all that backpropagation needs.
//!
//! δ_l = (B_{l+1} δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ, Bᵀ = M ∘ sign(W), with sign(0) = 0
//!
//! - uniform: M = √(2/(n_in + n_out)) everywhere
//! - batchwise random: M = |N(0, 2/(n_in + n_out))|, drawn anew at every step
//! - fixed random: the same, drawn once
//!
//! # Biological requirements
//! Labels, derivatives, an error signal at every synapse, and that a feedback synapse knows the
//! sign of its forward partner.
//!
//! Liao, Leibo & Poggio 2016, *How important is weight symmetry in backpropagation?*, arXiv
//! 1510.05067; Moskovitz, Litwin-Kumar & Abbott 2018, *Feedback alignment in deep convolutional
//! networks*, arXiv 1812.06488.

use ndarray::Zip;
use serde::{Deserialize, Serialize};

use super::feedback_learner::{FeedbackDynamics, FeedbackLearner};
use super::{About, Family, Learner, LearningRule, Requirement};
use crate::error::Result;
use crate::network::{Initialiser, Matrix, Network};
use crate::random::Rng;

/// How strong feedback weights are whose signs are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Magnitudes {
    /// All of a layer alike, √(2/(n_in + n_out)); the default.
    #[default]
    Uniform,
    /// Random, drawn anew at every step.
    BatchwiseRandom,
    /// Random, drawn once.
    FixedRandom,
}

/// Feedback weights with the signs of the forward weights. Liao, Leibo & Poggio 2016, arXiv
/// 1510.05067; Moskovitz et al. 2018, arXiv 1812.06488.
///
/// G as under feedback alignment, with Bᵀ = M ∘ sign(W)
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignSymmetry {
    /// M, how strong they are; default uniform.
    pub magnitudes: Magnitudes,
    /// What random magnitudes are the absolute values of; default N(0, 2/(n_in + n_out)).
    pub draw: Initialiser,
}

impl Default for SignSymmetry {
    fn default() -> Self {
        Self { magnitudes: Magnitudes::Uniform, draw: Initialiser::GlorotNormal }
    }
}

impl SignSymmetry {
    /// With random magnitudes, drawn anew at every step.
    pub fn batchwise_random() -> Self {
        Self { magnitudes: Magnitudes::BatchwiseRandom, ..Self::default() }
    }

    /// With random magnitudes, drawn once.
    pub fn fixed_random() -> Self {
        Self { magnitudes: Magnitudes::FixedRandom, ..Self::default() }
    }
}

super::show::show_rules!(SignSymmetry);
crate::display::show_as_settings!(Magnitudes);

impl LearningRule for SignSymmetry {
    fn about(&self) -> About {
        let (name, equation) = match self.magnitudes {
            Magnitudes::Uniform => {
                ("sign_symmetry", "G as feedback alignment, Bᵀ = √(2/(n_in + n_out)) sign(W)")
            }
            Magnitudes::BatchwiseRandom => (
                "batchwise_random_sign_symmetry",
                "G as feedback alignment, Bᵀ = |M| ∘ sign(W), M drawn at every step",
            ),
            Magnitudes::FixedRandom => (
                "fixed_random_sign_symmetry",
                "G as feedback alignment, Bᵀ = |M| ∘ sign(W), M drawn once",
            ),
        };
        let usual = Self::default();
        About::new(
            name,
            equation,
            "Liao, Leibo & Poggio 2016, arXiv 1510.05067; Moskovitz, Litwin-Kumar & Abbott 2018, arXiv 1812.06488",
        )
        .family(Family::Feedback)
        .summary("Propagates the output error back through weights that share the forward weights' signs.")
        .requirements(&[Requirement::Labels, Requirement::Derivatives, Requirement::NonLocalSignals, Requirement::SignTransport])
        .learning_rate(0.1)
        .hyperparameter(
            "magnitudes",
            &self.magnitudes,
            &usual.magnitudes,
            "Uniform, BatchwiseRandom or FixedRandom",
        )
        .hyperparameter("draw", &self.draw, &usual.draw, "any initialiser")
    }

    fn check(&self) -> Result<()> {
        self.draw.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let magnitudes = network.layers().iter().map(|layer| match self.magnitudes {
            Magnitudes::Uniform => {
                let strength = (2.0 / (layer.fan_in() + layer.fan_out()) as f32).sqrt();
                Matrix::from_elem(layer.weights.raw_dim(), strength)
            }
            _ => {
                let fans = (layer.fan_in(), layer.fan_out());
                self.draw.draw_like(layer.weights.dim(), fans, rng)
            }
        });
        let magnitudes: Vec<Matrix> = magnitudes.collect();
        let learner = SignSymmetryLearner { rule: *self, magnitudes: magnitudes.clone() };
        let mut feedback = magnitudes;
        learner.take_signs(network, &mut feedback);
        FeedbackLearner::boxed(network, feedback, learner)
    }
}

#[derive(Clone, Debug)]
struct SignSymmetryLearner {
    rule: SignSymmetry,
    magnitudes: Vec<Matrix>,
}

impl SignSymmetryLearner {
    fn take_signs(&self, network: &Network, feedback: &mut [Matrix]) {
        let layers = network.layers().iter().zip(&self.magnitudes).zip(feedback);
        for ((layer, magnitudes), feedback) in layers.skip(1) {
            Zip::from(feedback).and(&layer.weights).and(magnitudes).for_each(|b, &w, &m| {
                // `signum` of 0 is 1.
                *b = if w == 0.0 { 0.0 } else { m.abs() * w.signum() };
            });
        }
    }
}

impl FeedbackDynamics for SignSymmetryLearner {
    fn before_pass(&mut self, network: &Network, feedback: &mut [Matrix], rng: &mut Rng) {
        if self.rule.magnitudes == Magnitudes::BatchwiseRandom {
            let layers = network.layers().iter().zip(&mut self.magnitudes);
            for (layer, magnitudes) in layers.skip(1) {
                self.rule.draw.redraw(magnitudes, (layer.fan_in(), layer.fan_out()), rng);
            }
        }
        self.take_signs(network, feedback);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::{Activation, Updates};
    use crate::random;
    use crate::rules::Backprop;

    #[test]
    fn one_step_by_hand() {
        // W_2 = (3, −2; 0, 4 ln 3/3) and M = √(2/4): Bδ_2 = √½ (−3/4, 3/4 + 3/4), times φ′ = (1/4,
        // 3/16), times xᵀ.
        let root = 0.5_f32.sqrt();
        let first = [[-0.1875 * root, -0.375 * root], [0.28125 * root, 0.5625 * root]];
        let (_, updates) = propose(&SignSymmetry::default(), &hand::network(), &hand::batch());
        assert_close(&updates.layers()[1].weights, &hand::G2, 1e-6);
        assert_close(&updates.layers()[0].weights, &first, 1e-6);
    }

    #[test]
    fn with_the_forward_weights_magnitudes_it_is_backprop() {
        let mut network =
            testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        let rule = SignSymmetry::fixed_random();
        let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
        // Their signs are the forward weights' already.
        for (index, feedback) in learner.feedback().unwrap().iter().enumerate().skip(1) {
            network.layers_mut()[index].weights.assign(feedback);
        }
        let found = testing::propose_with(learner.as_mut(), &network, &batch);
        assert_eq!(found, propose(&Backprop, &network, &batch));
    }

    #[test]
    fn only_batchwise_magnitudes_are_drawn_anew() {
        let network =
            testing::network(&[6, 5, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        for rule in [
            SignSymmetry::default(),
            SignSymmetry::fixed_random(),
            SignSymmetry::batchwise_random(),
        ] {
            let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
            let mut rng = random::stream(1, "rule");
            let mut next = || {
                let mut updates = Updates::new(&network);
                learner.propose(&network, &batch.batch(), &mut updates, &mut rng);
                let kernel = &learner.feedback().unwrap()[1];
                let signs = kernel.iter().zip(&network.layers()[1].weights);
                assert!(signs.into_iter().all(|(b, w)| b.signum() == w.signum()));
                updates
            };
            assert_eq!(next() == next(), rule.magnitudes != Magnitudes::BatchwiseRandom);
        }
    }
}
