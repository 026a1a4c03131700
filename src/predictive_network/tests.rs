//! The network against the published equations, its limiting cases, and its bits.

use ndarray::{Array2, ArrayView2};

use super::reference::Reference;
use super::*;
use crate::data::{Dataset, FeatureMaps, Task, TaskSettings};
use crate::network::Matrix;

fn layers() -> Vec<PredictiveLayer> {
    let layer = PredictiveLayer::new;
    vec![layer(3, 3).pooled(2), layer(2, 1), layer(4, 3).pooled(3)]
}

fn small(recurrence: Recurrence, cycles: usize) -> PredictiveNetworkSettings {
    let (feedback_rate, feedforward_rate) = (0.4, 0.7);
    let usual =
        PredictiveNetworkSettings { layers: layers(), recurrence, cycles, ..Default::default() };
    PredictiveNetworkSettings { feedback_rate, feedforward_rate, ..usual }
}

/// 6 rows, 12 columns, 2 channels.
fn image() -> FeatureMaps {
    (6, 12, 2).into()
}

fn images(count: usize) -> Matrix {
    Array2::from_shape_fn((count, image().units()), |(i, j)| {
        ((i * 31 + j * 7) as f32 * 0.37).sin() + 0.2
    })
}

fn targets(count: usize) -> Matrix {
    Array2::from_shape_fn((count, 3), |(i, class)| f32::from(u8::from(i % 3 == class)))
}

fn network(settings: &PredictiveNetworkSettings) -> PredictiveNetwork {
    let mut network = PredictiveNetwork::new(settings, image(), 3, 5).unwrap();
    // Rates that differ between channels.
    for layer in &mut network.weights.layers {
        let rates = layer.feedback_rates.iter_mut().chain(&mut layer.feedforward_rates);
        rates.enumerate().for_each(|(at, rate)| *rate *= 1.0 + 0.2 * at as f32);
    }
    network
}

fn in_double(network: &mut PredictiveNetwork) -> Vec<Vec<f64>> {
    let parts = network.weights.parts_mut().into_iter();
    parts.map(|(part, _)| part.iter().map(|&x| f64::from(x)).collect()).collect()
}

/// The mean loss of the reference.
fn loss(reference: &Reference<'_>, x: ArrayView2<'_, f32>) -> f64 {
    let each = x.rows().into_iter().enumerate().map(|(i, x)| {
        let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
        reference.loss(&x, i % 3)
    });
    each.sum::<f64>() / x.nrows() as f64
}

/// Holds loss and gradient against the reference and its finite differences.
fn assert_exact(settings: &PredictiveNetworkSettings) {
    let (x, mut network) = (images(2), network(settings));
    let mut slope = network.slope(&network.geometry(), &x, &targets(2));
    let mut reference = Reference { settings, image: image(), parts: in_double(&mut network) };
    let exact = loss(&reference, x.view());
    assert!((slope.loss - exact).abs() < 1e-5, "{settings:?}: {} {exact}", slope.loss);
    const STEP: f64 = 1e-6;
    for (part, (found, _)) in slope.gradient.parts_mut().into_iter().enumerate() {
        let mut expected = Vec::new();
        for at in 0..found.len() {
            let own = reference.parts[part][at];
            let mut at_step = |step: f64| {
                reference.parts[part][at] = own + step;
                loss(&reference, x.view())
            };
            expected.push((at_step(STEP) - at_step(-STEP)) / (2.0 * STEP));
            reference.parts[part][at] = own;
        }
        let largest = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        assert!(
            found.is_empty() || largest > 1e-6 || settings.cycles == 0,
            "part {part} has a gradient"
        );
        for (at, (&found, expected)) in found.iter().zip(expected).enumerate() {
            let off = (f64::from(found) - expected).abs();
            assert!(
                off < 2e-5 * largest.max(0.1),
                "{settings:?}: part {part}, {at}: {found} {expected}"
            );
        }
    }
}

#[test]
fn losses_and_gradients_through_all_cycles_are_exact() {
    for recurrence in [Recurrence::Global, Recurrence::Local] {
        for cycles in [0, 1, 3] {
            assert_exact(&small(recurrence, cycles));
        }
        let feedback = FeedbackWeights::Shared;
        assert_exact(&PredictiveNetworkSettings { feedback, ..small(recurrence, 2) });
        let read_out = PredictiveReadOut::MeanOfMaps;
        assert_exact(&PredictiveNetworkSettings { read_out, ..small(recurrence, 2) });
    }
}

#[test]
fn without_cycles_global_recurrence_is_a_feed_forward_network() {
    use crate::network::{Activation, Convolution, Layer, Network, Pooling};
    let network = network(&small(Recurrence::Global, 0));
    let layer = |(index, spec): (usize, PredictiveLayer)| {
        let input = if index == 0 { image() } else { network.maps()[index - 1] };
        let (kernel, padding) = ((spec.kernel, spec.kernel), spec.kernel / 2);
        let c = Convolution { input, filters: spec.filters, kernel, stride: 1, padding };
        let weights = network.feedforward_weights(index + 1).unwrap();
        Layer::convolution(c, weights, Activation::Relu).with_pooling(Pooling::Max(spec.pooling))
    };
    let mut all: Vec<Layer> = layers().into_iter().enumerate().map(layer).collect();
    let weights = &network.weights;
    let read_out = Layer::dense(weights.read_out.clone(), Activation::Identity);
    all.push(read_out.with_bias(weights.bias.clone()));
    let plain = Network::new(all, crate::data::Objective::SoftmaxCrossEntropy);
    let x = images(11);
    let expected = plain.predict(&x).mapv(f64::from);
    assert!(network.predict(&x, 0).unwrap().abs_diff_eq(&expected, 1e-6));
    assert!(!network.predict(&x, 1).unwrap().abs_diff_eq(&expected, 1e-3));
}

#[test]
fn with_rates_of_zero_cycles_change_nothing() {
    for recurrence in [Recurrence::Global, Recurrence::Local] {
        let (feedback_rate, feedforward_rate) = (0.0, 0.0);
        let settings = small(recurrence, 0);
        let settings = PredictiveNetworkSettings { feedback_rate, feedforward_rate, ..settings };
        let network = PredictiveNetwork::new(&settings, image(), 3, 5).unwrap();
        let x = images(9);
        assert_eq!(network.predict(&x, 0).unwrap(), network.predict(&x, 7).unwrap());
        let all = network.representations(&x, 2).unwrap();
        assert!(all.chunks(3).all(|cycles| cycles[0].patterns == cycles[2].patterns));
    }
}

#[test]
fn representations_and_prediction_errors_are_those_of_the_cycles() {
    for recurrence in [Recurrence::Global, Recurrence::Local] {
        let (network, x) = (network(&small(recurrence, 2)), images(17));
        let all = network.representations(&x, 2).unwrap();
        let found: Vec<_> = all.iter().map(|one| (one.layer, one.cycle)).collect();
        let expected: Vec<_> = (1..=3).flat_map(|layer| (0..=2).map(move |c| (layer, c))).collect();
        assert_eq!(found, expected);
        let maps = network.maps();
        assert!(all.iter().all(|one| one.patterns.dim() == (17, maps[one.layer - 1].units())));
        // Fewer cycles are the first of more, but for the lower layers of local recurrence.
        let fewer = network.representations(&x, 1).unwrap();
        assert_eq!(fewer[1], all[1]);
        let errors = network.prediction_errors(&x, 2).unwrap();
        assert_eq!(errors.len(), 9);
        let norm = |row: ndarray::ArrayView1<'_, f32>| {
            row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
        };
        let below = x.rows().into_iter().map(norm).sum::<f64>() / 17.0;
        assert!(errors[..3].iter().all(|one| (one.below - below).abs() < 1e-9));
        assert!(errors[0].error != errors[2].error);
    }
}

#[test]
fn a_prediction_of_nothing_leaves_the_image() {
    let mut network = network(&small(Recurrence::Global, 1));
    network.weights.layers[0].feedback_mut().fill(0.0);
    let errors = network.prediction_errors(&images(3), 1).unwrap();
    assert!(errors[..2].iter().all(|one| one.error == one.below));
}

fn task() -> Task {
    Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap()
}

fn trained(recurrence: Recurrence) -> (PredictiveNetwork, Vec<PredictiveEpoch>) {
    let layer = PredictiveLayer::new(4, 3);
    let layers = vec![layer.pooled(2), layer];
    let settings =
        PredictiveNetworkSettings { layers, recurrence, cycles: 2, ..Default::default() };
    let task = task();
    let mut network =
        PredictiveNetwork::new(&settings, task.input_maps(), task.outputs(), 0).unwrap();
    let training = PredictiveTraining { epochs: 6, batch_size: 20, ..Default::default() };
    let history = network.train(&task, &training).unwrap();
    (network, history)
}

#[test]
fn networks_learn_and_several_threads_give_the_same_bits_as_one() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    for recurrence in [Recurrence::Global, Recurrence::Local] {
        let (network, history) = pool(1).install(|| trained(recurrence));
        assert!(history[5].loss < 0.5 * history[0].loss, "{history:?}");
        let accuracy = network.accuracy(task().test(), 2).unwrap();
        assert!(accuracy > 0.9, "{recurrence:?}: {accuracy}");
        assert_eq!(pool(2).install(|| trained(recurrence)), (network.clone(), history));
        let of = |threads| {
            pool(threads).install(|| network.prediction_errors(task().probe(), 2).unwrap())
        };
        assert_eq!(of(1), of(2));
    }
}

#[test]
fn learning_rates_drop_and_rates_do_not_decay() {
    let task = task();
    let settings = PredictiveNetworkSettings {
        layers: vec![PredictiveLayer::new(2, 3)],
        cycles: 0,
        ..Default::default()
    };
    let new = || PredictiveNetwork::new(&settings, task.input_maps(), task.outputs(), 0).unwrap();
    let training = PredictiveTraining { weight_decay: 0.5, epochs: 1, ..Default::default() };
    let (mut network, before) = (new(), new());
    network.train(&task, &training).unwrap();
    // Without cycles neither rates nor feedback weights have a gradient.
    assert_eq!(network.update_rates(), before.update_rates());
    assert!(network.feedback_weights(1).unwrap() != before.feedback_weights(1).unwrap());
    // So low a learning rate changes next to nothing.
    let dropped = PredictiveTraining { learning_rate_drops: vec![0; 12], ..training };
    let mut network = new();
    network.train(&task, &dropped).unwrap();
    let change = &network.feedforward_weights(1).unwrap() - &before.feedforward_weights(1).unwrap();
    assert!(change.iter().all(|x| x.abs() < 1e-6));
}

#[test]
fn settings_are_read_as_they_are_written() {
    let settings = small(Recurrence::Local, 2);
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<PredictiveNetworkSettings>(&text).unwrap(), settings);
    let shown = network(&settings).to_string();
    assert!(
        shown.contains("6 × 12 × 2 → 3 × 6 × 3 → 3 × 6 × 2 → 1 × 2 × 4 → 3 classes"),
        "{shown}"
    );
}
