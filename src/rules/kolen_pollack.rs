//! Kolen-Pollack: feedback weights that learn. Errors travel down through feedback weights of their
//! own, which receive the very same change as the forward weights; both shrink a little at every
//! step, so that whatever they do not have in common is forgotten and the two become equal.
//!
//! W ← W + ΔW − λW and B ← B + ΔWᵀ − λB, so that (W − Bᵀ)_t = (1 − λ)ᵗ (W − Bᵀ)_0
//!
//! with ΔW = −ηG under plain gradient descent, and G from errors carried by B. The decay λ is per
//! step, on both sides, and not scaled by the learning rate (the other convention in use writes
//! ηλ); the feedback follows whatever change the optimizer makes of G, so the equation holds for
//! momentum and Adam too.
//!
//! # Biological requirements
//! Labels, derivatives, an error signal at every synapse, and that a synapse and its feedback
//! partner see the same change; no weight transport.
//!
//! Kolen & Pollack 1994, *Backpropagation without weight transport*, doi 10.1109/ICNN.1994.374486;
//! Akrout et al. 2019, *Deep learning without weight transport*, arXiv 1904.05391.

use serde::{Deserialize, Serialize};

use super::feedback_learner::{FeedbackDynamics, FeedbackLearner, Pass};
use super::{About, Family, FeedbackInit, Learner, LearningRule, Requirement};
use crate::error::{self, Result};
use crate::network::{Matrix, Network, Updates};
use crate::random::Rng;

/// Feedback weights B that receive the same change as the forward weights, so that decay makes the
/// two equal. Kolen & Pollack 1994, doi 10.1109/ICNN.1994.374486; Akrout et al. 2019, arXiv
/// 1904.05391.
///
/// G as under feedback alignment; W ← (1 − λ)W + ΔW, B ← (1 − λ)B + ΔWᵀ
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KolenPollack {
    /// λ, the fraction by which forward and feedback weights shrink at each step, in [0, 1);
    /// default 1e-4 (Akrout et al. use 1e-4 to 1e-3).
    pub decay: f64,
    /// How the feedback weights start; default N(0, 1/(n_in + n_out)), independent of the forward
    /// weights.
    pub feedback: FeedbackInit,
}

impl Default for KolenPollack {
    fn default() -> Self {
        Self { decay: 1e-4, feedback: FeedbackInit::Glorot }
    }
}

super::show::show_rules!(KolenPollack);

impl LearningRule for KolenPollack {
    fn about(&self) -> About {
        About::new(
            "kolen_pollack",
            "G as feedback alignment; W ← (1 − λ)W + ΔW, B ← (1 − λ)B + ΔWᵀ",
            "Kolen & Pollack 1994, doi 10.1109/ICNN.1994.374486; Akrout et al. 2019, arXiv 1904.05391",
        )
        .family(Family::Feedback)
        .summary("Feedback weights receive the forward weights' changes; decay makes the two equal.")
        .requirements(&[Requirement::Labels, Requirement::Derivatives, Requirement::NonLocalSignals, Requirement::SharedWeightChanges])
        .learning_rate(0.1)
        .hyperparameter("decay", &self.decay, &Self::default().decay, "λ per step, at least 0 and below 1")
        .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        error::check_below_one("decay", self.decay)?;
        self.feedback.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = self.feedback.draw(network, rng);
        FeedbackLearner::boxed(network, feedback, KolenPollackLearner { decay: self.decay as f32 })
    }
}

#[derive(Clone, Debug)]
struct KolenPollackLearner {
    decay: f32,
}

impl FeedbackDynamics for KolenPollackLearner {
    fn decay(&self) -> f32 {
        self.decay
    }

    fn after_update(&mut self, _pass: &Pass<'_>, change: &Updates, feedback: &mut [Matrix]) {
        let keep = 1.0 - change.decay;
        for (feedback, update) in feedback.iter_mut().zip(change.layers()).skip(1) {
            feedback.zip_mut_with(&update.weights, |b, &d| *b = keep * *b + d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::random;

    #[test]
    fn one_step_by_hand() {
        let mut network = hand::network();
        let rule = KolenPollack { decay: 0.1, feedback: hand::given() };
        let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
        let (_, mut updates) = testing::propose_with(learner.as_mut(), &network, &hand::batch());
        assert_close(&updates.layers()[0].weights, &hand::G1_FEEDBACK, 1e-6);
        let expected = 0.9 * &hand::feedback() - 0.5 * hand::matrix(&hand::G2);
        updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -0.5));
        network.apply(&updates);
        learner.after_update(&network, &updates);
        assert!(learner.feedback().unwrap()[1].abs_diff_eq(&expected, 1e-6));
        assert_close(
            &(&network.layers()[1].weights - 0.9 * &hand::network().layers()[1].weights),
            &hand::G2.map(|row| row.map(|g| -0.5 * g)),
            1e-6,
        );
    }

    #[test]
    fn the_difference_of_forward_and_feedback_weights_decays_geometrically() {
        let mut network =
            testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        let rule = KolenPollack { decay: 0.02, ..KolenPollack::default() };
        let mut learner = rule.start(&network, &mut random::stream(1, "rule"));
        let gap = |network: &Network, learner: &dyn Learner, layer: usize| {
            &network.layers()[layer].weights - &learner.feedback().unwrap()[layer]
        };
        let start: Vec<Matrix> =
            (1..3).map(|layer| gap(&network, learner.as_ref(), layer)).collect();
        for step in 1..=50 {
            let (_, mut updates) = testing::propose_with(learner.as_mut(), &network, &batch);
            updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -0.1));
            network.apply(&updates);
            learner.after_update(&network, &updates);
            let factor = 0.98_f32.powi(step);
            for layer in 1..3 {
                let expected = &start[layer - 1] * factor;
                assert!(gap(&network, learner.as_ref(), layer).abs_diff_eq(&expected, 2e-6));
            }
        }
    }
}
