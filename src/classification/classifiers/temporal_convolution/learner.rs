//! The network of a convolution over time: filters, pooling, and a softmax read-out.

use ndarray::{Array1, Axis};
use rand::seq::SliceRandom;

use super::TemporalConvolution;
use super::pooling::{TimePooling, Windows};
use super::time_axis::TimeAxis;
use crate::data::{FeatureMaps, Objective};
use crate::network::{
    Activation, BackwardPass, Batch, Convolution, Feedback, Initialiser, Layer, Matrix, Network,
    Updates,
};
use crate::random::{self, Rng};
use crate::training::{Optimizer, OptimizerState};
use crate::{Error, Result};

/// Samples × (checkpoints · channels), and which of them belongs to which class.
pub(super) struct Sequences<'a> {
    pub(super) inputs: &'a Matrix,
    pub(super) labels: &'a [usize],
    pub(super) classes: usize,
}

/// Filters of rectified units, moved over time; what is kept of their positions; a dense read-out.
///
/// Filters and read-out are networks of one layer each, because pooling here comes after the
/// nonlinearity, as in the 2020 code, and layers of this library pool before it.
#[derive(Debug, Clone)]
pub(super) struct TimeNetwork {
    filters: Network,
    windows: Windows,
    read_out: Network,
}

impl TimeNetwork {
    /// With weights of Glorot's, and biases of 0, as in the 2020 code.
    pub(super) fn new(
        recipe: &TemporalConvolution,
        axis: &TimeAxis,
        classes: usize,
        rng: &mut Rng,
    ) -> Self {
        let input = FeatureMaps { rows: 1, columns: axis.checkpoints(), channels: axis.channels() };
        let kernel = (1, recipe.kernel_size);
        let (filters, stride) = (recipe.filters, recipe.stride);
        let convolution = Convolution { input, filters, kernel, stride, padding: 0 };
        let positions = convolution.output().columns;
        let kind = recipe.pooling;
        let size = match kind {
            TimePooling::None => 1,
            _ => recipe.pool_size.unwrap_or(positions),
        };
        let windows = Windows { kind, size, positions, filters };
        let weights = Matrix::zeros((filters, convolution.taps()));
        let filters = Layer::convolution(convolution, weights, Activation::Relu);
        let weights = Matrix::zeros((classes, windows.outputs()));
        let read_out = Layer::dense(weights, Activation::Identity);
        let [filters, read_out] = [filters, read_out].map(|layer| alone(layer, rng));
        Self { filters, windows, read_out }
    }

    /// What the filters make of samples, before pooling: n × (positions · filters).
    fn responses(&self, inputs: &Matrix) -> Matrix {
        self.filters.activities(inputs.view()).swap_remove(0)
    }

    /// How sure it is of each class: n × classes, from n × (checkpoints · channels).
    pub(super) fn predict(&self, inputs: &Matrix) -> Matrix {
        let pooled = self.windows.pool(&self.responses(inputs));
        self.read_out.predict(&pooled)
    }
}

/// A network of one layer, with drawn weights.
fn alone(mut layer: Layer, rng: &mut Rng) -> Network {
    let fans = (layer.fan_in(), layer.fan_out());
    Initialiser::GlorotUniform.redraw(&mut layer.weights, fans, rng);
    let units = layer.weights.nrows();
    let layer = layer.with_bias(Array1::zeros(units));
    Network::new(vec![layer], Objective::SoftmaxCrossEntropy)
}

/// A network of one layer in training.
struct Part {
    updates: Updates,
    descent: OptimizerState,
}

impl Part {
    fn new(recipe: &TemporalConvolution, network: &Network, seed: u64) -> Self {
        let optimizer = Optimizer::adam().with_weight_decay(recipe.weight_decay);
        // The optimizer draws numbers for noise only, of which there is none here.
        let rng = random::stream(seed, "update noise");
        let descent = OptimizerState::new(optimizer, recipe.learning_rate, network, rng);
        Self { updates: Updates::new(network), descent }
    }
}

/// A network over time in training, by backprop and Adam.
struct Training<'a> {
    network: TimeNetwork,
    filters: Part,
    read_out: Part,
    pass: BackwardPass,
    sequences: &'a Sequences<'a>,
}

impl<'a> Training<'a> {
    fn new(
        recipe: &TemporalConvolution,
        axis: &TimeAxis,
        sequences: &'a Sequences<'a>,
        seed: u64,
    ) -> Self {
        let rng = &mut random::stream(seed, "init");
        let network = TimeNetwork::new(recipe, axis, sequences.classes, rng);
        Self {
            filters: Part::new(recipe, &network.filters, seed),
            read_out: Part::new(recipe, &network.read_out, seed),
            pass: BackwardPass::new(&network.read_out),
            network,
            sequences,
        }
    }

    /// One step on the samples `rows`; returns their mean loss.
    fn step(&mut self, rows: &[usize]) -> f64 {
        let loss = self.propose(rows);
        let Self { network, filters, read_out, .. } = self;
        read_out.descent.descend(&mut network.read_out, &mut read_out.updates);
        filters.descent.descend(&mut network.filters, &mut filters.updates);
        loss
    }

    /// Sets the updates to the gradient of the mean loss of the samples `rows`, and returns this
    /// loss.
    fn propose(&mut self, rows: &[usize]) -> f64 {
        let inputs = self.sequences.inputs.select(Axis(0), rows);
        let targets = self.targets(rows);
        let Self { network, filters, read_out, pass, .. } = self;
        filters.updates.clear();
        read_out.updates.clear();
        let responses = network.responses(&inputs);
        let pooled = network.windows.pool(&responses);
        let batch = Batch { inputs: (&pooled).into(), targets: targets.view() };
        let loss =
            pass.propose(&network.read_out, &batch, Feedback::Symmetric, &mut read_out.updates);
        let mut back = Matrix::zeros(pooled.dim());
        let top = &network.read_out.layers()[0];
        top.backward(pass.deltas().out(0), &top.weights, back.view_mut());
        let mut errors = network.windows.spread(&back, &responses);
        let slopes = Activation::Relu.slopes(responses.view());
        errors *= &slopes;
        let update = &mut filters.updates.layers_mut()[0];
        network.filters.layers()[0].outer(&inputs, &errors, 1.0, update);
        loss
    }

    /// One-hot, samples × classes.
    fn targets(&self, rows: &[usize]) -> Matrix {
        let mut targets = Matrix::zeros((rows.len(), self.sequences.classes));
        for (mut target, &row) in targets.rows_mut().into_iter().zip(rows) {
            target[self.sequences.labels[row]] = 1.0;
        }
        targets
    }
}

/// A network that has learned `sequences`, and the mean loss of each epoch, in nats.
///
/// # Errors
/// [`Error::Samples`] if it diverges.
pub(super) fn learn(
    recipe: &TemporalConvolution,
    axis: &TimeAxis,
    sequences: &Sequences<'_>,
    seed: u64,
) -> Result<(TimeNetwork, Vec<f64>)> {
    let mut training = Training::new(recipe, axis, sequences, seed);
    let mut order: Vec<usize> = (0..sequences.labels.len()).collect();
    let mut rng = random::stream(seed, "batches");
    let mut losses = Vec::with_capacity(recipe.epochs);
    for epoch in 0..recipe.epochs {
        order.shuffle(&mut rng);
        let batches = order.chunks(recipe.batch_size);
        let steps = batches.map(|rows| training.step(rows) * rows.len() as f64);
        let loss = steps.sum::<f64>() / order.len() as f64;
        if !loss.is_finite() {
            return Err(diverged(recipe, epoch));
        }
        losses.push(loss);
    }
    let TimeNetwork { filters, read_out, .. } = &training.network;
    if !(filters.is_finite() && read_out.is_finite()) {
        return Err(diverged(recipe, recipe.epochs - 1));
    }
    Ok((training.network, losses))
}

fn diverged(recipe: &TemporalConvolution, epoch: usize) -> Error {
    Error::Samples(format!(
        "the convolution over time diverged in epoch {}; give it a smaller learning rate than {}",
        epoch + 1,
        recipe.learning_rate
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::Rng as _;

    /// The slope of the loss along one weight of the filters or of the read-out.
    fn slope(training: &mut Training<'_>, is_filter: bool, place: (usize, usize)) -> f64 {
        let mut after = |change: f32| {
            let network = &mut training.network;
            let part = if is_filter { &mut network.filters } else { &mut network.read_out };
            part.layers_mut()[0].weights[place] += change;
            training.propose(&[0, 1, 2, 3, 4])
        };
        let step = 1e-3;
        let (above, below) = (after(step), after(-2.0 * step));
        after(step);
        (above - below) / f64::from(2.0 * step)
    }

    /// Central differences. Units that change sides within the step leave an error in single slopes,
    /// so that gradients are compared as a whole.
    #[test]
    fn proposals_are_the_gradient() {
        let mut rng = random::stream(1, "inputs");
        let inputs = Array2::from_shape_simple_fn((5, 14), || rng.gen_range(-1.0_f32..1.0));
        let labels = [0, 1, 2, 1, 0];
        let sequences = Sequences { inputs: &inputs, labels: &labels, classes: 3 };
        let names: Vec<String> =
            ["a", "b"].iter().flat_map(|one| (0..7).map(move |at| format!("{one}@{at}"))).collect();
        let axis = TimeAxis::of(&names).unwrap();
        for (pooling, pool_size, stride) in [
            (TimePooling::None, None, 1),
            (TimePooling::None, None, 2),
            (TimePooling::Mean, None, 1),
            (TimePooling::Mean, Some(2), 1),
            (TimePooling::Max, Some(2), 1),
        ] {
            let few = TemporalConvolution { filters: 2, kernel_size: 3, ..Default::default() };
            let recipe = TemporalConvolution { pooling, pool_size, stride, ..few };
            let mut training = Training::new(&recipe, &axis, &sequences, 2);
            training.propose(&[0, 1, 2, 3, 4]);
            let of = |part: &Part| part.updates.layers()[0].weights.clone();
            let parts = [(true, of(&training.filters)), (false, of(&training.read_out))];
            for (is_filter, proposed) in parts {
                let (mut apart, mut size) = (0.0, 0.0);
                for (place, &found) in proposed.indexed_iter() {
                    let expected = slope(&mut training, is_filter, place);
                    apart += (f64::from(found) - expected).powi(2);
                    size += expected.powi(2);
                }
                assert!(size > 0.0 && apart < 1e-4 * size, "{recipe:?}: {apart} of {size}");
            }
        }
    }
}
