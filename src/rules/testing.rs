//! What the tests of the rules share: one network small enough to compute by hand, random ones, and
//! the gradient by central differences in double precision.

use ndarray::{Array1, Array2, Axis, array};
use rand::Rng as _;

use super::{FeedbackInit, Learner, LearningRule, StepReport};
use crate::data::{FeatureMaps, Objective};
use crate::network::{
    Activation, Batch, Convolution, Initialiser, Layer, Matrix, Network, Normaliser, Pooling,
    Updates, loops,
};
use crate::random;

/// A batch that owns its numbers.
pub(super) struct Owned {
    inputs: Matrix,
    targets: Matrix,
}

impl Owned {
    pub(super) fn new(inputs: Matrix, targets: Matrix) -> Self {
        Self { inputs, targets }
    }

    pub(super) fn batch(&self) -> Batch<'_> {
        Batch { inputs: (&self.inputs).into(), targets: self.targets.view() }
    }
}

/// x = (1, 2), hidden pre-activations (0, ln 3), so h = (1/2, 3/4); logits (0, ln 3), so ŷ = (1/4,
/// 3/4); y = (1, 0). Hence the loss ln 4, δ_2 = (−3/4, 3/4) and φ′ = (1/4, 3/16).
pub(super) mod hand {
    use super::*;

    pub(in super::super) const LOSS: f64 = 1.386_294_361;
    pub(in super::super) const G2: [[f32; 2]; 2] = [[-0.375, -0.5625], [0.375, 0.5625]];
    /// W_2ᵀδ_2 = (−9/4, 3/2 + ln 3), times φ′, times xᵀ.
    pub(in super::super) const G1_BACKPROP: [[f32; 2]; 2] =
        [[-0.5625, -1.125], [0.487_239_8, 0.974_479_6]];
    /// Bδ_2 = (−3/2, −9/8), times φ′, times xᵀ.
    pub(in super::super) const G1_FEEDBACK: [[f32; 2]; 2] =
        [[-0.375, -0.75], [-0.210_937_5, -0.421_875]];

    pub(in super::super) fn network() -> Network {
        let ln3 = 3.0_f32.ln();
        let layer = Layer::dense;
        Network::new(
            vec![
                layer(array![[2.0, -1.0], [ln3, 0.0]], Activation::Sigmoid),
                layer(array![[3.0, -2.0], [0.0, ln3 / 0.75]], Activation::Identity),
            ],
            Objective::SoftmaxCrossEntropy,
        )
    }

    /// In the shape of W_2.
    pub(in super::super) fn feedback() -> Matrix {
        array![[1.0, 2.0], [-1.0, 0.5]]
    }

    /// As feedback weights of both layers; the lowest one's are not used.
    pub(in super::super) fn given() -> FeedbackInit {
        super::given(vec![Matrix::zeros((2, 2)), feedback()])
    }

    pub(in super::super) fn batch() -> Owned {
        Owned::new(array![[1.0, 2.0]], array![[1.0, 0.0]])
    }

    pub(in super::super) fn matrix(rows: &[[f32; 2]; 2]) -> Matrix {
        array![[rows[0][0], rows[0][1]], [rows[1][0], rows[1][1]]]
    }
}

/// Feedback weights that start as these; they live as long as the tests.
pub(crate) fn given(matrices: Vec<Matrix>) -> FeedbackInit {
    FeedbackInit::Given(matrices.leak())
}

/// A random network with biases: layer sizes, the hidden layers' nonlinearity, the objective.
pub(super) fn network(sizes: &[usize], hidden: Activation, objective: Objective) -> Network {
    let mut rng = random::stream(11, "init");
    let last = sizes.len() - 2;
    let output = match objective {
        Objective::SoftmaxCrossEntropy | Objective::LinearSquaredError => Activation::Identity,
        _ => Activation::Sigmoid,
    };
    let init = Initialiser::Normal { sd: 0.6 };
    let layers = sizes.windows(2).enumerate().map(|(index, pair)| {
        let weights = init.draw(pair[0], pair[1], &mut rng);
        let bias = init.draw_vector(pair[0], pair[1], &mut rng);
        Layer::dense(weights, if index == last { output } else { hidden }).with_bias(bias)
    });
    Network::new(layers.collect(), objective)
}

/// A random network of two convolutions and a dense layer, with biases: 6 × 6 × 2 inputs, 4 filters
/// of 3 × 3 (padded, and pooled if that is given), 5 of 2 × 2, and 3 outputs.
pub(super) fn convolutional(
    pooling: Option<Pooling>,
    hidden: Activation,
    objective: Objective,
) -> Network {
    let input = FeatureMaps::from((6, 6, 2));
    let lower = Convolution { input, filters: 4, kernel: (3, 3), stride: 1, padding: 1 };
    let reads = pooling.map_or(lower.output(), |pooling| pooling.output(lower.output()));
    let stride = if pooling.is_some() { 1 } else { 2 };
    let upper = Convolution { input: reads, filters: 5, kernel: (2, 2), stride, padding: 0 };
    let dense = network(&[upper.output().units(), 3], hidden, objective);
    let mut rng = random::stream(15, "init");
    let mut drawn = |c: Convolution| {
        let init = Initialiser::Normal { sd: 0.5 };
        let weights = init.draw(c.taps(), c.filters, &mut rng);
        let bias = init.draw_vector(c.taps(), c.filters, &mut rng);
        Layer::convolution(c, weights, hidden).with_bias(bias)
    };
    let (lower, upper) = (drawn(lower), drawn(upper));
    let lower = match pooling {
        Some(pooling) => lower.with_pooling(pooling),
        None => lower,
    };
    Network::new([vec![lower, upper], dense.layers().to_vec()].concat(), objective)
}

/// A random network of three convolutions and two dense layers, with biases, normalised where a
/// normaliser is given: 6 × 6 × 2 inputs, 4 filters, 4 more that add the first layer's outputs, and 5
/// with a stride of 2 that add those of every second place of the second layer, 4 units, 3 outputs.
pub(super) fn residual(normaliser: Option<Normaliser>, hidden: Activation) -> Network {
    let mut rng = random::stream(16, "init");
    let mut reads = FeatureMaps::from((6, 6, 2));
    let mut layers: Vec<Layer> = Vec::new();
    for (index, (filters, stride)) in [(4, 1), (4, 1), (5, 2)].into_iter().enumerate() {
        let c = Convolution { input: reads, filters, kernel: (3, 3), stride, padding: 1 };
        let init = Initialiser::Normal { sd: 0.5 };
        let weights = init.draw(c.taps(), filters, &mut rng);
        let bias = init.draw_vector(c.taps(), filters, &mut rng);
        let layer = Layer::convolution(c, weights, hidden).with_bias(bias);
        let layer = layer.with_normaliser(normaliser);
        layers.push(match index {
            0 => layer,
            _ => layer.with_shortcut(index - 1, reads),
        });
        reads = c.output();
    }
    let objective = Objective::SoftmaxCrossEntropy;
    let dense = network(&[reads.units(), 4, 3], hidden, objective);
    let [lower, upper] = dense.layers() else { unreachable!("two layers were asked for") };
    layers.extend([lower.clone().with_normaliser(normaliser), upper.clone()]);
    Network::new(layers, objective)
}

/// What a layer's linear part makes of each input by itself, outputs × inputs.
fn expanded(layer: &Layer) -> Matrix {
    let mut product = Matrix::zeros((layer.inputs(), layer.outputs()));
    let mut bare = layer.clone();
    bare.bias = None;
    bare.forward(&Matrix::eye(layer.inputs()), product.view_mut());
    product.reversed_axes().as_standard_layout().to_owned()
}

/// The dense network that computes the same. Not for layers that take the maximum, which is not
/// linear.
pub(super) fn as_dense(network: &Network) -> Network {
    let layers = network.layers().iter().map(|layer| {
        let places = layer.output_maps().places();
        let bias = layer.bias.iter().flatten();
        let bias: Vec<f32> = bias.copied().collect();
        let bias = (0..places).flat_map(|_| bias.iter().copied()).collect();
        Layer::dense(expanded(layer), layer.activation).with_bias(bias)
    });
    Network::new(layers.collect(), network.objective())
}

/// Feedback weights of a convolutional network for the dense one that computes the same.
pub(super) fn feedback_as_dense(network: &Network, feedback: &[Matrix]) -> Vec<Matrix> {
    let layers = network.layers().iter().zip(feedback);
    layers.map(|(layer, b)| expanded(&layer.clone().with_weights(b.clone()))).collect()
}

/// What the updates of that dense network are for the weights that its connections share: their
/// sums.
pub(super) fn shared(network: &Network, of_dense: &Updates) -> Updates {
    let mut updates = Updates::new(network);
    let layers = network.layers().iter().zip(of_dense.layers()).zip(updates.layers_mut());
    for ((layer, dense), update) in layers {
        for (place, g) in update.weights.indexed_iter_mut() {
            let mut one = layer.clone();
            one.weights.fill(0.0);
            one.weights[place] = 1.0;
            *g = (&expanded(&one) * &dense.weights).sum();
        }
        let by_channel = dense.bias.iter().flatten().enumerate();
        let bias = update.bias.as_mut().expect("these networks have biases");
        let channels = bias.len();
        by_channel.for_each(|(unit, g)| bias[unit % channels] += g);
    }
    updates
}

/// Random inputs and one-hot targets for a network.
pub(super) fn batch(network: &Network, rows: usize) -> Owned {
    let mut rng = random::stream(12, "batches");
    let outputs = network.layers().last().unwrap().outputs();
    let inputs = Array2::from_shape_simple_fn((rows, network.layers()[0].inputs()), || {
        rng.gen_range(-1.0..1.0)
    });
    let targets =
        Array2::from_shape_fn((rows, outputs), |(i, j)| f32::from(u8::from(i % outputs == j)));
    Owned::new(inputs, targets)
}

/// One proposal of a rule that has just started.
pub(super) fn propose(
    rule: &dyn LearningRule,
    network: &Network,
    batch: &Owned,
) -> (StepReport, Updates) {
    let mut learner = rule.start(network, &mut random::stream(13, "rule"));
    propose_with(learner.as_mut(), network, batch)
}

/// What the states of one proposal came down to.
pub(super) fn energy(rule: &dyn LearningRule, network: &Network, batch: &Owned) -> f64 {
    let mut rng = random::stream(0, "test");
    let mut learner = rule.start(network, &mut rng);
    learner.propose(network, &batch.batch(), &mut Updates::new(network), &mut rng);
    learner.energy(network).unwrap()
}

/// One proposal of a learner.
pub(super) fn propose_with(
    learner: &mut dyn Learner,
    network: &Network,
    batch: &Owned,
) -> (StepReport, Updates) {
    let mut updates = Updates::new(network);
    let step =
        learner.propose(network, &batch.batch(), &mut updates, &mut random::stream(14, "rule"));
    (step, updates)
}

pub(super) fn assert_close(found: &Matrix, expected: &[[f32; 2]; 2], tolerance: f32) {
    assert!(found.abs_diff_eq(&hand::matrix(expected), tolerance), "{found} is not {expected:?}");
}

/// Compares every number of `updates` with the central difference of the loss.
pub(super) fn assert_is_gradient(network: &Network, batch: &Owned, updates: &Updates) {
    for (index, layer) in network.layers().iter().enumerate() {
        let found = &updates.layers()[index];
        for ((row, column), &g) in found.weights.indexed_iter() {
            let at = |shift: f64| loss(network, batch, (index, row, Some(column), shift));
            assert_slope(at, g, &format!("weight {row},{column} of {layer}"));
        }
        for (row, &g) in found.bias.iter().flatten().enumerate() {
            let at = |shift: f64| loss(network, batch, (index, row, None, shift));
            assert_slope(at, g, &format!("bias {row} of {layer}"));
        }
    }
}

pub(super) fn assert_slope(at: impl Fn(f64) -> f64, found: f32, what: &str) {
    let expected = (at(1e-6) - at(-1e-6)) / 2e-6;
    assert!((f64::from(found) - expected).abs() < 2e-6, "{what}: {found} is not {expected}");
}

/// The mean loss in double precision, written without the library's own forward pass, after
/// shifting one weight, or one bias where the column is `None`: (layer, row, column, shift).
fn loss(network: &Network, batch: &Owned, shifted: (usize, usize, Option<usize>, f64)) -> f64 {
    let mut outputs: Vec<Array2<f64>> = Vec::new();
    for (index, layer) in network.layers().iter().enumerate() {
        let mut weights = layer.weights.mapv(f64::from);
        let mut bias = layer.bias.as_ref().unwrap().mapv(f64::from);
        if shifted.0 == index {
            match shifted.2 {
                Some(column) => weights[(shifted.1, column)] += shifted.3,
                None => bias[shifted.1] += shifted.3,
            }
        }
        let places = layer.output_maps().places();
        let bias = Array1::from_iter((0..places).flat_map(|_| bias.iter().copied()));
        let inputs = batch.inputs.mapv(f64::from);
        let below = outputs.last().unwrap_or(&inputs);
        let mut drive = loops::normalised(layer, loops::pooled_product(layer, &weights, below));
        drive += &bias;
        loops::add_shortcut(layer, &outputs, &mut drive);
        outputs.push(drive.mapv(|a| nonlinearity(layer.activation, a)));
    }
    let h = &outputs[network.depth() - 1];
    let targets = batch.targets.mapv(f64::from);
    let rows = h.axis_iter(Axis(0)).zip(targets.axis_iter(Axis(0)));
    rows.map(|(o, y)| example_loss(network.objective(), &o.to_vec(), &y.to_vec())).sum::<f64>()
        / h.nrows() as f64
}

pub(super) fn nonlinearity(activation: Activation, a: f64) -> f64 {
    match activation {
        Activation::Identity => a,
        Activation::Sigmoid => 1.0 / (1.0 + (-a).exp()),
        Activation::Tanh => a.tanh(),
        Activation::Relu => a.max(0.0),
    }
}

pub(super) fn example_loss(objective: Objective, o: &[f64], y: &[f64]) -> f64 {
    let normaliser: f64 = o.iter().map(|o| o.exp()).sum();
    let units = o.iter().zip(y);
    let losses = units.map(|(&o, &y)| match objective {
        Objective::SoftmaxCrossEntropy => -y * (o.exp() / normaliser).ln(),
        Objective::SigmoidCrossEntropy => -(y * o.ln() + (1.0 - y) * (1.0 - o).ln()),
        Objective::SigmoidSquaredError => (y - o).powi(2),
        Objective::LinearSquaredError => 0.5 * (y - o).powi(2),
        Objective::Contrastive => unreachable!("its own tests take its differences"),
    });
    losses.sum()
}
