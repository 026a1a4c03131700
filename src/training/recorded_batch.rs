//! What passed through a network in single steps, and the change that each step made.

use std::collections::BTreeSet;
use std::fmt;

use super::Experiment;
use super::trainer::train_recorded;
use crate::display::show_as_text;
use crate::error::{Error, Result, check_count};
use crate::network::{Activation, Activity, Batch, Matrix, Network, Updates};

/// One step of learning on record: what went in, what every unit did, how wrong the outputs were,
/// and how every synapse changed.
///
/// An experimenter can have the inputs, the activity and, where the targets are known, the output
/// error. The change of every synapse after one batch is beyond today's instruments: it is what full
/// access would give.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedBatch {
    /// Weight updates before this one.
    pub step: usize,
    /// Examples × input units.
    pub inputs: Matrix,
    /// ∂C/∂a of the output units, C the loss of an example: examples × output units.
    pub error: Matrix,
    /// The layers, lowest first.
    pub layers: Vec<RecordedSynapses>,
}

/// One layer in one step of learning.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedSynapses {
    /// What the units do in the forward pass, examples × units; of the last layer before the
    /// read-out.
    pub outputs: Matrix,
    /// φ′ at that activity, examples × units.
    pub slopes: Matrix,
    /// The weights before the change, units × input units.
    pub weights: Matrix,
    /// Their change, decay included, units × input units.
    pub change: Matrix,
}

impl fmt::Display for RecordedBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (examples, inputs) = self.inputs.dim();
        write!(f, "step {}: {examples} examples, layers {inputs}", self.step)?;
        self.layers.iter().try_for_each(|layer| write!(f, "-{}", layer.weights.nrows()))
    }
}

impl fmt::Display for RecordedSynapses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, inputs) = self.weights.dim();
        write!(f, "{units} units of {inputs} inputs, on {} examples", self.outputs.nrows())
    }
}

show_as_text!(RecordedBatch, RecordedSynapses);

impl RecordedBatch {
    /// Says whether the sizes of the arrays fit one another.
    ///
    /// # Errors
    /// [`Error::Shape`] with the layer and the sizes.
    pub fn check(&self) -> Result<()> {
        let (examples, mut width) = self.inputs.dim();
        for (index, layer) in self.layers.iter().enumerate() {
            let (units, inputs) = layer.weights.dim();
            let fits = inputs == width
                && layer.change.dim() == (units, inputs)
                && layer.outputs.dim() == (examples, units)
                && layer.slopes.dim() == (examples, units);
            if !fits {
                return Err(Error::Shape(format!(
                    "layer {} of step {} has weights of {units} × {inputs}, changes of {:?}, activity of {:?} and slopes of {:?}, below it are {width} units \
                     and there are {examples} examples; give units × inputs and examples × units",
                    index + 1,
                    self.step,
                    layer.change.dim(),
                    layer.outputs.dim(),
                    layer.slopes.dim()
                )));
            }
            width = units;
        }
        if self.error.dim() == (examples, width) {
            return Ok(());
        }
        Err(Error::Shape(format!(
            "the error of step {} is {:?}, and there are {examples} examples and {width} output units; give examples × output units",
            self.step,
            self.error.dim()
        )))
    }
}

/// Trains an experiment up to the last of the steps that are wanted, and records them: `count`
/// consecutive steps from each of `first_steps` (weight updates so far, 0 the first).
///
/// ```
/// use microlearners::prelude::*;
/// use microlearners::training::record_batches;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let batches = record_batches(&Experiment::new(&task).batch_size(20), &[0, 30], 4)?;
/// assert_eq!(batches.iter().map(|batch| batch.step).collect::<Vec<_>>(), [0, 1, 2, 3, 30, 31, 32, 33]);
/// assert_eq!(batches[0].layers[1].change.dim(), (4, 100));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if a setting of the experiment is meaningless, there is no step to record, or
/// one of them is after the last; [`Error::Samples`] if training diverges before.
pub fn record_batches(
    experiment: &Experiment,
    first_steps: &[usize],
    count: usize,
) -> Result<Vec<RecordedBatch>> {
    experiment.check()?;
    check_count("count", count)?;
    let steps: BTreeSet<usize> =
        first_steps.iter().flat_map(|&first| first..first.saturating_add(count)).collect();
    let Some(&last) = steps.last() else {
        let requirement = "name at least one step to record from";
        return Err(Error::setting("first_steps", "empty", requirement));
    };
    if last >= experiment.steps() {
        let requirement = format!(
            "with {count} steps from each the last is {last}, and training has {} (0 to {})",
            experiment.steps(),
            experiment.steps().saturating_sub(1)
        );
        return Err(Error::setting("first_steps", format!("{first_steps:?}"), requirement));
    }
    let wanted = steps.len();
    let recorded = train_recorded(experiment, Recorder { steps, batches: Vec::new() });
    if recorded.len() == wanted {
        return Ok(recorded);
    }
    Err(Error::Samples(format!(
        "training diverged: {} of {wanted} steps are on record; lower the learning rate, or record earlier",
        recorded.len()
    )))
}

/// Takes notes while a network trains.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    steps: BTreeSet<usize>,
    batches: Vec<RecordedBatch>,
}

impl Recorder {
    /// The last step that is wanted.
    pub(super) fn last(&self) -> usize {
        self.steps.last().copied().unwrap_or_default()
    }

    /// Before the change.
    pub(super) fn before(&mut self, step: usize, network: &Network, batch: &Batch<'_>) {
        if !self.steps.contains(&step) {
            return;
        }
        let mut activity = Activity::new(network, batch.len());
        network.forward(batch.inputs, &mut activity);
        let (mean_error, _) = network.output_error(&activity, batch.targets);
        // Of the loss of one example, and not of the batch's mean.
        let error = mean_error * batch.len() as f32;
        let layers = network.layers().iter().enumerate().map(|(index, layer)| {
            let outputs = activity.out(index).to_owned();
            let is_last = index + 1 == network.depth();
            let form = if is_last { Activation::Identity } else { layer.activation };
            RecordedSynapses {
                slopes: form.slopes(outputs.view()),
                outputs,
                weights: layer.weights.as_standard_layout().into_owned(),
                change: Matrix::zeros((0, 0)),
            }
        });
        let layers = layers.collect();
        self.batches.push(RecordedBatch {
            step,
            inputs: batch.inputs.dense().to_owned(),
            error,
            layers,
        });
    }

    /// After it: the change was W ← (1 − decay) W + ΔW.
    pub(super) fn after(&mut self, step: usize, change: &Updates) {
        let Some(batch) = self.batches.last_mut().filter(|batch| batch.step == step) else {
            return;
        };
        for (layer, change_of) in batch.layers.iter_mut().zip(change.layers()) {
            layer.change = change_of.weights.as_standard_layout().into_owned();
            layer.change.scaled_add(-change.decay, &layer.weights);
        }
    }

    /// Steps whose change was made, and is finite.
    pub(super) fn into_batches(mut self) -> Vec<RecordedBatch> {
        let is_made = |layer: &RecordedSynapses| {
            !layer.change.is_empty() && layer.change.iter().all(|change| change.is_finite())
        };
        self.batches.retain(|batch| batch.layers.iter().all(is_made));
        self.batches
    }
}
