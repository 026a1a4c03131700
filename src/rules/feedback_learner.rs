//! The learner of all rules whose errors go through feedback weights of their own, layer by layer.
//! The rules differ in how these weights change.

use std::fmt::Debug;

use super::{Learner, StepReport};
use crate::network::{Activity, BackwardPass, Batch, Feedback, Matrix, Network, Updates};
use crate::random::Rng;

/// How feedback weights change. They are one matrix per layer, in the shape of the layer's weights;
/// the lowest one is not used, because no error goes below it.
pub(super) trait FeedbackDynamics: Clone + Debug + Send + 'static {
    /// The weight decay of the forward weights, per step.
    fn decay(&self) -> f32 {
        0.0
    }

    /// Before the errors of a proposal go through them.
    fn before_pass(&mut self, _network: &Network, _feedback: &mut [Matrix], _rng: &mut Rng) {}

    /// After the errors of a proposal went through them.
    fn after_pass(&mut self, _pass: &Pass<'_>, _feedback: &mut [Matrix], _rng: &mut Rng) {}

    /// After the forward weights changed by `change`.
    fn after_update(&mut self, _pass: &Pass<'_>, _change: &Updates, _feedback: &mut [Matrix]) {}
}

/// The last proposal.
pub(super) struct Pass<'a> {
    pub(super) network: &'a Network,
    /// The outputs of all layers, examples × units.
    pub(super) activity: &'a Activity,
    /// The number of examples.
    pub(super) examples: usize,
}

/// Feedback weights at work; `Debug` shows the rule's own part.
#[derive(Clone)]
pub(super) struct FeedbackLearner<D> {
    path: BackwardPass,
    feedback: Vec<Matrix>,
    dynamics: D,
    /// The number of examples of the last proposal.
    examples: usize,
}

impl<D: FeedbackDynamics> FeedbackLearner<D> {
    pub(super) fn boxed(network: &Network, feedback: Vec<Matrix>, dynamics: D) -> Box<dyn Learner> {
        Box::new(Self { path: BackwardPass::new(network), feedback, dynamics, examples: 0 })
    }
}

impl<D: Debug> Debug for FeedbackLearner<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.dynamics.fmt(f)
    }
}

impl<D: FeedbackDynamics> Learner for FeedbackLearner<D> {
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
        updates.decay = self.dynamics.decay();
        self.dynamics.before_pass(network, &mut self.feedback, rng);
        let feedback = Feedback::Layerwise(&self.feedback);
        let loss = self.path.propose(network, batch, feedback, updates);
        self.examples = batch.len();
        let pass = Pass { network, activity: self.path.activity(), examples: self.examples };
        self.dynamics.after_pass(&pass, &mut self.feedback, rng);
        StepReport::of_loss(loss)
    }

    fn after_update(&mut self, network: &Network, change: &Updates) {
        let pass = Pass { network, activity: self.path.activity(), examples: self.examples };
        self.dynamics.after_update(&pass, change, &mut self.feedback);
    }

    fn feedback(&self) -> Option<&[Matrix]> {
        Some(&self.feedback)
    }
}
