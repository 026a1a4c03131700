//! Backpropagation of errors: the exact gradient of the loss. The output error is carried down
//! through the transposed forward weights and multiplied by each unit's derivative; a synapse
//! changes by the product of the error above it and the activity below it.
//!
//! δ_L = ∂L/∂a_L, δ_l = (W_{l+1}ᵀ δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ
//!
//! # Biological requirements
//! Labels, the transport of forward weights to a feedback path, derivatives, and an error signal at
//! every synapse.
//!
//! Rumelhart, Hinton & Williams 1986, *Learning representations by back-propagating errors*, doi
//! 10.1038/323533a0.

use super::{About, Family, Learner, LearningRule, Requirement, StepReport};
use crate::network::{BackwardPass, Batch, Feedback, Network, Updates};
use crate::random::Rng;

/// The exact gradient; it has no hyperparameters. Rumelhart, Hinton & Williams 1986, doi
/// 10.1038/323533a0.
///
/// δ_L = ∂L/∂a_L, δ_l = (W_{l+1}ᵀ δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Backprop;

super::show::show_rules!(Backprop);

impl LearningRule for Backprop {
    fn about(&self) -> About {
        About::new(
            "backprop",
            "δ_l = (W_{l+1}ᵀ δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ",
            "Rumelhart, Hinton & Williams 1986, doi 10.1038/323533a0",
        )
        .family(Family::Gradient)
        .summary(
            "Propagates the output error back through the forward weights: the exact gradient.",
        )
        .requirements(&[
            Requirement::Labels,
            Requirement::WeightTransport,
            Requirement::Derivatives,
            Requirement::NonLocalSignals,
        ])
        .learning_rate(0.1)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(BackpropLearner { path: BackwardPass::new(network) })
    }
}

#[derive(Clone, Debug)]
struct BackpropLearner {
    path: BackwardPass,
}

impl Learner for BackpropLearner {
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
        StepReport::of_loss(self.path.propose(network, batch, Feedback::Symmetric, updates))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;

    #[test]
    fn one_step_by_hand() {
        let (step, updates) = propose(&Backprop, &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        assert_close(&updates.layers()[1].weights, &hand::G2, 1e-6);
        assert_close(&updates.layers()[0].weights, &hand::G1_BACKPROP, 1e-6);
    }

    #[test]
    fn equals_central_finite_differences() {
        let objectives = [
            Objective::SoftmaxCrossEntropy,
            Objective::SigmoidCrossEntropy,
            Objective::SigmoidSquaredError,
            Objective::LinearSquaredError,
        ];
        for objective in objectives {
            for activation in
                [Activation::Identity, Activation::Sigmoid, Activation::Tanh, Activation::Relu]
            {
                let network = testing::network(&[5, 4, 3, 3], activation, objective);
                let batch = testing::batch(&network, 7);
                let (_, updates) = propose(&Backprop, &network, &batch);
                testing::assert_is_gradient(&network, &batch, &updates);
            }
        }
    }
}
