//! What rules of synaptic plasticity share: hidden layers learn from their own activity, and the
//! last layer, a linear read-out beside them, follows the gradient of the loss as with
//! [frozen hidden layers](super::FrozenHidden).

use std::fmt::Debug;

use ndarray::{ArrayViewMut2, Axis};

use super::{Learner, Requirement, StepReport};
use crate::network::{Activity, Batch, Inputs, Network, Updates};
use crate::random::Rng;
use crate::rate_rules::StepScale;

/// A forward pass that keeps each hidden unit's total input a = W h + b, and what is multiplied with
/// its inputs to change its weights.
#[derive(Clone, Debug)]
pub(super) struct LocalPass {
    activity: Activity,
    /// Total inputs at first, and then the factors that a rule makes of them.
    factors: Activity,
}

impl LocalPass {
    pub(super) fn new(network: &Network) -> Self {
        Self { activity: Activity::new(network, 0), factors: Activity::new(network, 0) }
    }

    /// The forward pass; `disturb` may change the total inputs of a hidden layer.
    pub(super) fn forward(
        &mut self,
        network: &Network,
        inputs: Inputs<'_>,
        mut disturb: impl FnMut(usize, ArrayViewMut2<'_, f32>),
    ) {
        let last = network.depth() - 1;
        self.activity.set_rows(inputs.nrows());
        self.factors.set_rows(inputs.nrows());
        for (index, layer) in network.layers().iter().enumerate() {
            let (below, out) = self.activity.below_and_out(index, &inputs);
            layer.forward(below, out);
            self.activity.add_shortcut(index, layer);
            let mut out = self.activity.out_mut(index);
            if index < last {
                disturb(index, out.view_mut());
                self.factors.out_mut(index).assign(&out);
            }
            layer.activation.apply(out);
        }
    }

    /// Adds the gradient for the last layer after a forward pass; returns the mean loss.
    pub(super) fn read_out(
        &self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
    ) -> f64 {
        let last = network.depth() - 1;
        let (error, loss) = network.output_error(&self.activity, batch.targets);
        let below = self.activity.below(last, &batch.inputs);
        let error = self.activity.through(last, error.view());
        network.layers()[last].outer(below, error, 1.0, &mut updates.layers_mut()[last]);
        loss
    }

    /// A step of a rule without noise: the read-out's, and what `propose` adds for each hidden layer.
    pub(super) fn step(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        mut propose: impl FnMut(&mut Self, usize, &mut Updates),
    ) -> StepReport {
        self.forward(network, batch.inputs, |_, _| ());
        let loss = self.read_out(network, batch, updates);
        for index in 0..network.depth() - 1 {
            propose(self, index, updates);
        }
        StepReport::of_loss(loss)
    }

    /// What the units of the last layer give, before the read-out.
    pub(super) fn outputs(&self) -> ndarray::ArrayView2<'_, f32> {
        self.activity.out(self.activity.depth() - 1)
    }

    /// The total inputs of a hidden layer, to be replaced by factors: examples × units, or, in a
    /// convolution, (examples · places) × filters.
    pub(super) fn factors(&mut self, network: &Network, index: usize) -> ArrayViewMut2<'_, f32> {
        network.layers()[index].output_maps().by_channel_mut(self.factors.out_mut(index))
    }

    /// G += `scale` × ⟨factor xᵀ⟩ for the weights of a hidden layer, the mean over examples (and
    /// over the places of a map). Biases stay.
    pub(super) fn correlate(
        &self,
        network: &Network,
        batch: &Batch<'_>,
        index: usize,
        scale: f64,
        updates: &mut Updates,
    ) {
        let layer = &network.layers()[index];
        let rows = (batch.len() * layer.output_maps().places()) as f64;
        let below = self.activity.below(index, &batch.inputs);
        let factors = self.activity.through(index, self.factors.out(index));
        let update = &mut updates.layers_mut()[index].weights;
        layer.outer_weights(below, factors, (scale / rows) as f32, update);
    }

    /// The activity that a layer reads.
    pub(super) fn below<'a>(&'a self, index: usize, inputs: &'a Inputs<'_>) -> Inputs<'a> {
        self.activity.below(index, inputs)
    }
}

/// A rule whose proposal for a hidden layer is −γ ⟨f(a) hᵀ⟩, in steps of a scale.
pub(super) trait Pointwise: Clone + Debug + Send + 'static {
    /// f of a total input.
    fn factor(&self, total: f32) -> f32;
    /// In what units a step is taken, and γ.
    fn scale(&self) -> (StepScale, f64);
}

/// What such a rule requires. The length of a step is that of all units' proposals.
pub(super) fn requirements(scale: StepScale) -> Vec<Requirement> {
    match scale {
        StepScale::Plain => vec![Requirement::Labels],
        StepScale::Relative => vec![Requirement::Labels, Requirement::NonLocalSignals],
    }
}

/// The learner of a [`Pointwise`] rule.
#[derive(Clone, Debug)]
pub(super) struct PointwiseLearner<R> {
    rule: R,
    pass: LocalPass,
}

impl<R: Pointwise> PointwiseLearner<R> {
    pub(super) fn boxed(rule: R, network: &Network) -> Box<dyn Learner> {
        Box::new(Self { rule, pass: LocalPass::new(network) })
    }
}

impl<R: Pointwise> Learner for PointwiseLearner<R> {
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
        let rule = &self.rule;
        let (scale, hidden_rate) = rule.scale();
        self.pass.step(network, batch, updates, |pass, index, updates| {
            pass.factors(network, index).mapv_inplace(|a| rule.factor(a));
            pass.correlate(network, batch, index, -1.0, updates);
            let mut update = updates.layers_mut()[index].weights.view_mut();
            if scale == StepScale::Relative {
                to_unit_rows(update.view_mut());
            }
            update *= hidden_rate as f32;
        })
    }
}

/// Divides by the root mean square length of the rows. Nothing stays nothing.
fn to_unit_rows(mut update: ArrayViewMut2<'_, f32>) {
    let squares = update.map_axis(Axis(1), |row| row.dot(&row));
    let length = squares.mean().unwrap_or_default().sqrt();
    if length > 0.0 {
        update.mapv_inplace(|g| g / length);
    }
}

/// Why these rules have no place for residual connections and normalisers.
pub(super) const WHY: &str = "it learns from what a unit's own synapses bring";

/// What ends each equation: what becomes of the last layer.
pub(super) const READ_OUT: &str = "; read-out by the gradient";
