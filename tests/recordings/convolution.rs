//! Convolutions in the orders of PyTorch and of JAX.

use microlearners::ndarray::{Array4, ArrayD};
use microlearners::prelude::*;
use microlearners::random;

use super::made::{Made, npy, npz};
use crate::support::small;

/// A network of two convolutions and two dense layers, and what it does on the probe stimuli.
fn network() -> (Network, Vec<Array2<f32>>) {
    let task = small();
    let below = ConvolutionLayer::new(3, 3).with_padding(1).with_pooling(Pooling::Max(2));
    let above = ConvolutionLayer::new(5, 2).with_stride(2);
    let architecture = Architecture::hidden(&[7])
        .with_convolutions(&[below, above])
        .with_activation(Activation::Tanh)
        .with_bias(Bias::LikeWeights);
    let network = architecture.build(&task, &mut random::stream(1, "init"));
    let activities = network.activities(task.probe().view());
    (network, activities)
}

/// Units that lie place by place as examples × channels × rows × columns.
fn channels_first(units: &Array2<f32>, maps: FeatureMaps) -> Array4<f32> {
    let shape = (units.nrows(), maps.rows, maps.columns, maps.channels);
    let lying = units.as_standard_layout().into_owned().into_shape_with_order(shape).unwrap();
    lying.permuted_axes([0, 3, 1, 2]).as_standard_layout().into_owned()
}

/// The weights of a layer above these maps as PyTorch has them.
fn pytorch(layer: &Layer, below: FeatureMaps) -> ArrayD<f32> {
    match layer.connectivity() {
        Connectivity::Dense if below.places() == 1 => layer.weights.clone().into_dyn(),
        Connectivity::Dense => {
            let by_channel = channels_first(&layer.weights, below);
            by_channel.into_shape_with_order(layer.weights.dim()).unwrap().into_dyn()
        }
        Connectivity::Convolution(c) => {
            let (rows, columns) = c.kernel;
            let taps = FeatureMaps { rows, columns, channels: c.input.channels };
            channels_first(&layer.weights, taps).into_dyn()
        }
    }
}

const LAYERS: &str = r#"
stimuli = "probe.npy"

[[layers]]
weight = "0.weight"
bias = "0.bias"
activation = "tanh"
padding = 1
pooling = { max = 2 }

[[layers]]
weight = "1.weight"
bias = "1.bias"
activation = "tanh"
stride = 2

[[layers]]
weight = "2.weight"
bias = "2.bias"
activation = "tanh"

[[layers]]
weight = "3.weight"
bias = "3.bias"
activation = "identity"
"#;

/// A folder of the network and its stimuli, by their arrays in some order.
fn folder(weights: &[ArrayD<f32>], network: &Network, stimuli: ArrayD<f32>) -> Made {
    let mut arrays = Vec::new();
    for (index, (weights, layer)) in weights.iter().zip(network.layers()).enumerate() {
        arrays.push((format!("{index}.weight"), npy(&weights.as_standard_layout().into_owned())));
        arrays.push((format!("{index}.bias"), npy(&layer.bias.clone().unwrap().into_dyn())));
    }
    let arrays: Vec<(&str, Vec<u8>)> =
        arrays.iter().map(|(name, array)| (name.as_str(), array.clone())).collect();
    let made = Made::new();
    made.file("step_7.npz", &npz(&arrays, false));
    made.file("layers.toml", LAYERS.as_bytes());
    made.file("probe.npy", &npy(&stimuli.as_standard_layout().into_owned()));
    made
}

fn check(made: &Made, network: &Network, activities: &[Array2<f32>]) {
    let folder = made.read().unwrap();
    let layers = &folder.networks[0].recordings()[0].layers;
    for (index, layer) in layers.iter().enumerate() {
        assert_eq!(layer.weights, network.layers()[index].weights, "layer {index}");
        assert_eq!(layer.activity.as_ref(), Some(&activities[index]), "layer {index}");
        assert!(layer.has_activity_change(), "layer {index}");
    }
}

#[test]
fn pytorchs_order_of_filters_maps_and_flattened_maps_is_understood() {
    let (network, activities) = network();
    let task = small();
    let mut below = task.input_maps();
    let mut weights = Vec::new();
    for layer in network.layers() {
        weights.push(pytorch(layer, below));
        below = layer.output_maps();
    }
    let stimuli = channels_first(task.probe(), task.input_maps()).into_dyn();
    check(&folder(&weights, &network, stimuli), &network, &activities);
}

#[test]
fn jaxs_order_is_understood_by_the_chain() {
    let (network, activities) = network();
    let task = small();
    let weights: Vec<ArrayD<f32>> = network
        .layers()
        .iter()
        .map(|layer| match layer.connectivity() {
            Connectivity::Dense => layer.weights.t().to_owned().into_dyn(),
            Connectivity::Convolution(c) => {
                let shape = (c.filters, c.kernel.0, c.kernel.1, c.input.channels);
                let filters = layer.weights.clone().into_shape_with_order(shape).unwrap();
                filters.permuted_axes([1, 2, 3, 0]).into_dyn()
            }
        })
        .collect();
    let FeatureMaps { rows, columns, channels } = task.input_maps();
    let shape = (task.probe().nrows(), rows, columns, channels);
    let stimuli = task.probe().clone().into_shape_with_order(shape).unwrap().into_dyn();
    let made = folder(&weights, &network, stimuli);
    check(&made, &network, &activities);
    assert!(made.read().unwrap().remarks[0].contains("input × output"));
}

#[test]
fn activity_of_maps_is_read_and_checked() {
    let (network, activities) = network();
    let layer = &network.layers()[0];
    let maps = layer.output_maps();
    let weights = npy(&pytorch(layer, small().input_maps()));
    let table = |image: &str| {
        format!(
            "order = \"output_by_input\"\n{image}\n[[layers]]\nweight = \"w\"\nactivity = \"h\"\nactivation = \"tanh\"\npadding = 1\npooling = {{ max = 2 }}\n"
        )
    };
    let whole = channels_first(&activities[0], maps).into_dyn();
    let cut = whole.slice_axis(Axis(3), (..2).into()).to_owned();
    for (activity, image, is_right) in [
        (&whole, "image = [6, 6, 1]", true),
        (&whole, "", true),
        (&cut, "image = [6, 6, 1]", false),
    ] {
        let made = Made::new();
        made.file("0.npz", &npz(&[("w", weights.clone()), ("h", npy(activity))], false));
        made.file("layers.toml", table(image).as_bytes());
        match made.read() {
            Ok(folder) => {
                assert!(is_right);
                let layer = &folder.networks[0].recordings()[0].layers[0];
                assert_eq!(layer.activity.as_ref(), Some(&activities[0]));
                // Which places won is not in a file.
                assert!(!layer.has_activity_change());
            }
            Err(error) => assert!(
                !is_right && error.to_string().contains("gives 27 units (3 × 3 × 3)"),
                "{error}"
            ),
        }
    }
}
