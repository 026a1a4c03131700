//! Frozen hidden layers: the control for every rule that claims to teach them. All layers but the
//! last stay as they were initialised; the last one, the read-out, follows the gradient of the
//! loss. What a rule gains over this is what its hidden layers have learned.
//!
//! δ_L = ∂L/∂a_L, G_L = δ_L h_{L−1}ᵀ, G_l = 0 below
//!
//! An optimizer's weight decay and absolute noise on updates reach the hidden layers all the same.
//!
//! # Biological requirements
//! Labels.
//!
//! Rosenblatt 1958, doi 10.1037/h0042519, whose perceptron had random fixed connections below the
//! layer that learned; Huang, Zhu & Siew 2006, doi 10.1016/j.neucom.2005.12.126.

use super::{About, Family, Learner, LearningRule, Requirement, StepReport};
use crate::network::{BackwardPass, Batch, Network, Updates};
use crate::random::Rng;

/// A trained read-out of hidden layers that stay as they were; it has no hyperparameters.
/// Rosenblatt 1958, doi 10.1037/h0042519.
///
/// δ_L = ∂L/∂a_L, G_L = δ_L h_{L−1}ᵀ, G_l = 0 below
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FrozenHidden;

super::show::show_rules!(FrozenHidden);

impl LearningRule for FrozenHidden {
    fn about(&self) -> About {
        About::new(
            "frozen_hidden",
            "G_L = δ_L h_{L−1}ᵀ, G_l = 0 below",
            "Rosenblatt 1958, doi 10.1037/h0042519",
        )
        .family(Family::Control)
        .summary("Hidden layers stay as they were initialised; the read-out follows the gradient.")
        .requirements(&[Requirement::Labels])
        .learning_rate(0.1)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(FrozenHiddenLearner { path: BackwardPass::new(network) })
    }
}

#[derive(Clone, Debug)]
struct FrozenHiddenLearner {
    path: BackwardPass,
}

impl Learner for FrozenHiddenLearner {
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
        StepReport::of_loss(self.path.propose_read_out(network, batch, updates))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, hand, propose};
    use super::*;
    use crate::rules::Backprop;

    #[test]
    fn the_read_out_learns_as_by_backprop_and_nothing_else_does() {
        let (step, updates) = propose(&FrozenHidden, &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        assert_close(&updates.layers()[1].weights, &hand::G2, 1e-6);
        assert!(updates.layers()[0].weights.iter().all(|&g| g == 0.0));
        let (_, exact) = propose(&Backprop, &hand::network(), &hand::batch());
        assert_eq!(updates.layers()[1], exact.layers()[1]);
    }
}
