//! Direct feedback alignment: the output error reaches every hidden layer at once, each through
//! fixed random weights of its own, and passes no other layer on its way. With one hidden layer it
//! is feedback alignment; in deep networks a layer no longer waits for the layers above it.
//!
//! δ_l = (B_l δ_L) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ, B_l: n_l × n_out
//!
//! # Biological requirements
//! Labels, derivatives, and the whole output error at every hidden unit; no weight transport, and
//! no backward pass.
//!
//! Nøkland 2016, *Direct feedback alignment provides learning in deep neural networks*, arXiv
//! 1609.01596.

use serde::{Deserialize, Serialize};

use super::{About, Family, FeedbackInit, Learner, LearningRule, Requirement, StepReport};
use crate::error::Result;
use crate::network::{BackwardPass, Batch, Feedback, Matrix, Network, Updates};
use crate::random::Rng;

/// The output error straight to every hidden layer, through fixed random weights. Nøkland 2016,
/// arXiv 1609.01596.
///
/// δ_l = (B_l δ_L) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirectFeedbackAlignment {
    /// How the feedback weights are drawn, once; default N(0, 1/(n_l + n_out)). From forward
    /// weights, they are the product of all the weights above the layer.
    pub feedback: FeedbackInit,
}

super::show::show_rules!(DirectFeedbackAlignment);

impl LearningRule for DirectFeedbackAlignment {
    fn about(&self) -> About {
        About::new(
            "direct_feedback_alignment",
            "δ_l = (B_l δ_L) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ, B_l fixed and random",
            "Nøkland 2016, arXiv 1609.01596",
        )
        .family(Family::Feedback)
        .summary(
            "Sends the output error straight to every hidden layer through fixed random weights.",
        )
        .requirements(&[
            Requirement::Labels,
            Requirement::Derivatives,
            Requirement::NonLocalSignals,
        ])
        .learning_rate(0.1)
        .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        self.feedback.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = self.feedback.draw_direct(network, rng);
        Box::new(DirectFeedbackAlignmentLearner { path: BackwardPass::new(network), feedback })
    }
}

#[derive(Clone, Debug)]
struct DirectFeedbackAlignmentLearner {
    path: BackwardPass,
    /// Output units × the layer's units, for each hidden layer.
    feedback: Vec<Matrix>,
}

impl Learner for DirectFeedbackAlignmentLearner {
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
        let feedback = Feedback::Direct(&self.feedback);
        StepReport::of_loss(self.path.propose(network, batch, feedback, updates))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::rules::Backprop;

    #[test]
    fn one_step_by_hand_which_is_feedback_alignments_with_one_hidden_layer() {
        let rule = DirectFeedbackAlignment { feedback: testing::given(vec![hand::feedback()]) };
        let (_, updates) = propose(&rule, &hand::network(), &hand::batch());
        assert_close(&updates.layers()[1].weights, &hand::G2, 1e-6);
        assert_close(&updates.layers()[0].weights, &hand::G1_FEEDBACK, 1e-6);
    }

    #[test]
    fn through_the_product_of_the_weights_above_a_linear_network_has_backprop() {
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Identity, Objective::LinearSquaredError);
        let batch = testing::batch(&network, 8);
        let rule = DirectFeedbackAlignment { feedback: FeedbackInit::ForwardWeights };
        let (direct, exact) =
            (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
        for (found, expected) in direct.layers().iter().zip(exact.layers()) {
            assert!(found.weights.abs_diff_eq(&expected.weights, 1e-6));
        }
    }

    #[test]
    fn the_error_passes_no_other_layer() {
        let mut network =
            testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::LinearSquaredError);
        let batch = testing::batch(&network, 8);
        let rule = DirectFeedbackAlignment::default();
        let mut learner = rule.start(&network, &mut crate::random::stream(1, "rule"));
        let before = testing::propose_with(learner.as_mut(), &network, &batch).1;
        // The answers stay: both units of the middle layer, and what is read from them, change
        // their sign.
        network.layers_mut()[1].weights.mapv_inplace(|w| -w);
        network.layers_mut()[1].bias.as_mut().unwrap().mapv_inplace(|b| -b);
        network.layers_mut()[2].weights.mapv_inplace(|w| -w);
        let after = testing::propose_with(learner.as_mut(), &network, &batch).1;
        let lowest = |updates: &Updates| updates.layers()[0].weights.clone();
        assert!(lowest(&before).abs_diff_eq(&lowest(&after), 1e-6));
    }
}
