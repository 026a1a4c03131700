//! No training: the network stays as it was initialised. The control every other rule is compared
//! with; it looks at the batch only to report the loss.
//!
//! G_l = 0
//!
//! # Biological requirements
//! Nothing.

use super::{About, Family, Learner, LearningRule, StepReport};
use crate::network::{Activity, Batch, Network, Updates};
use crate::random::Rng;

/// No change at all; it has no hyperparameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NoTraining;

super::show::show_rules!(NoTraining);

impl LearningRule for NoTraining {
    fn about(&self) -> About {
        About::new("no_training", "G_l = 0", "control")
            .family(Family::Control)
            .summary("The network stays as it was initialised.")
            .learning_rate(0.01)
            .does_not_learn()
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(NoTrainingLearner { activity: Activity::new(network, 0) })
    }
}

#[derive(Clone, Debug)]
struct NoTrainingLearner {
    activity: Activity,
}

impl Learner for NoTrainingLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        _updates: &mut Updates,
        _rng: &mut Rng,
    ) -> StepReport {
        network.forward(batch.inputs, &mut self.activity);
        let mut answers = self.activity.out_mut(network.depth() - 1);
        network.objective().apply_readout(answers.view_mut());
        StepReport::of_loss(network.objective().loss(answers.view(), batch.targets))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hand, propose};
    use super::*;

    #[test]
    fn proposes_nothing_and_reports_the_loss() {
        let (step, updates) = propose(&NoTraining, &hand::network(), &hand::batch());
        assert!(updates.layers().iter().all(|layer| layer.weights.iter().all(|&g| g == 0.0)));
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
    }
}
