//! A trial of how much a new rule costs: no change, under another name.
//!
//! G_l = 0
//!
//! # Biological requirements
//! Nothing.

use super::{About, Family, Learner, LearningRule, NoTraining};
use crate::network::Network;
use crate::random::Rng;

/// No change at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOutOnly;

super::show::show_rules!(ReadOutOnly);

impl LearningRule for ReadOutOnly {
    fn about(&self) -> About {
        About::new("read_out_only", "G_l = 0", "trial")
            .family(Family::Control)
            .summary("The network stays as it was initialised.")
            .learning_rate(0.01)
            .does_not_learn()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        NoTraining.start(network, rng)
    }
}
