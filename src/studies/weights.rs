//! Networks themselves, for whom their tables are not enough: one safetensors file each.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use ndarray::{Array1, Array2, Array4};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::data::Objective;
use crate::error::{Error, Result};
use crate::network::{Activation, Connectivity, Layer, Network, Normaliser, Pooling, Shortcut};
use crate::recordings::taps_of;
use crate::training::{Snapshot, Trajectory};

/// Which weights of its networks a study keeps, besides the tables. More than was asked for at
/// first makes a study train those networks again that lack it; their numbers stay the same.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SavedWeights {
    /// None: the tables answer most questions.
    #[default]
    None,
    /// Those of the last checkpoint: 0.3 MB for a network of 784-100-10 units.
    Last,
    /// Those of every checkpoint.
    Checkpoints,
}

impl SavedWeights {
    pub(super) const ALL: [Self; 3] = [Self::None, Self::Last, Self::Checkpoints];

    /// How a study's file says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Last => "last",
            Self::Checkpoints => "checkpoints",
        }
    }
}

impl FromStr for SavedWeights {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kept| kept.name() == text).ok_or_else(|| Error::UnknownName {
            kind: "choice of weights",
            name: text.into(),
            known: Self::ALL.map(|kept| kept.name().into()).to_vec(),
        })
    }
}

impl fmt::Display for SavedWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A network as a study kept it.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedNetwork {
    /// Weight updates until then.
    pub step: usize,
    /// The network.
    pub network: Network,
}

impl fmt::Display for SavedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} updates: {}", self.step, self.network)
    }
}

/// What the numbers do not say, in the one entry of the file's metadata.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Description {
    study: String,
    run: usize,
    objective: Objective,
    activations: Vec<Activation>,
    /// How each layer is connected; without it all are dense, as they were before there were
    /// others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    connections: Vec<Connection>,
    steps: Vec<usize>,
}

/// What a layer is beside its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Connection {
    connectivity: Connectivity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pooling: Option<Pooling>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    normaliser: Option<Normaliser>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shortcut: Option<Shortcut>,
}

impl Connection {
    const DENSE: Self =
        Self { connectivity: Connectivity::Dense, pooling: None, normaliser: None, shortcut: None };

    fn of(layer: &Layer) -> Self {
        let (connectivity, pooling) = (layer.connectivity(), layer.pooling());
        Self { connectivity, pooling, normaliser: layer.normaliser(), shortcut: layer.shortcut() }
    }

    /// The shape of the tensor, and its numbers in that order: of a convolution filters × channels
    /// × rows × columns, as other libraries have it.
    fn tensor(self, weights: &Array2<f32>) -> (Vec<usize>, Vec<u8>) {
        let Connectivity::Convolution(c) = self.connectivity else {
            return (weights.shape().to_vec(), bytes(weights.iter()));
        };
        let (rows, columns) = c.kernel;
        let shape = (c.filters, rows, columns, c.input.channels);
        let taps = weights.as_standard_layout();
        let taps = taps.to_shape(shape).expect("filters × taps").permuted_axes([0, 3, 1, 2]);
        (taps.shape().to_vec(), bytes(taps.iter()))
    }

    /// The weights of a tensor; none if it has another shape.
    fn weights(self, tensor: &TensorView<'_>) -> Option<Array2<f32>> {
        let numbers = numbers(tensor.data());
        match (self.connectivity, tensor.shape()) {
            (Connectivity::Dense, &[outputs, inputs]) => {
                Array2::from_shape_vec((outputs, inputs), numbers).ok()
            }
            (Connectivity::Convolution(c), &[filters, channels, rows, columns]) => {
                let shape = (filters, channels, rows, columns);
                let weights = taps_of(&Array4::from_shape_vec(shape, numbers).ok()?);
                (weights.dim() == (c.filters, c.taps())).then_some(weights)
            }
            _ => None,
        }
    }

    fn layer(self, weights: Array2<f32>, activation: Activation) -> Layer {
        let layer = match self.connectivity {
            Connectivity::Dense => Layer::dense(weights, activation),
            Connectivity::Convolution(c) => Layer::convolution(c, weights, activation),
        };
        let layer = match self.pooling {
            Some(pooling) => layer.with_pooling(pooling),
            None => layer,
        };
        let layer = layer.with_normaliser(self.normaliser);
        match self.shortcut {
            Some(shortcut) => layer.with_shortcut(shortcut.from(), shortcut.source()),
            None => layer,
        }
    }
}

const ENTRY: &str = "microlearners";

/// The file's content, or nothing if no weights are kept.
pub(super) fn encode(
    trajectory: &Trajectory,
    kept: SavedWeights,
    study: &str,
    run: usize,
) -> Result<Option<Vec<u8>>> {
    let snapshots: &[Snapshot] = match kept {
        SavedWeights::None => return Ok(None),
        SavedWeights::Last => trajectory.snapshots.last_chunk::<1>().map_or(&[], |last| last),
        SavedWeights::Checkpoints => &trajectory.snapshots,
    };
    let network = trajectory.network();
    let description = Description {
        study: study.into(),
        run,
        objective: network.objective(),
        activations: network.layers().iter().map(|layer| layer.activation).collect(),
        connections: connections(network),
        steps: snapshots.iter().map(|snapshot| snapshot.step).collect(),
    };
    let tensors = tensors(snapshots);
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(unlikely)?;
            Ok((name.as_str(), view))
        })
        .collect::<Result<Vec<(&str, TensorView<'_>)>>>()?;
    let words = serde_json::to_string(&description).map_err(unlikely)?;
    let metadata = HashMap::from([(ENTRY.to_owned(), words)]);
    safetensors::serialize(views, Some(metadata)).map(Some).map_err(unlikely)
}

/// Name, shape and bytes of each.
fn tensors(snapshots: &[Snapshot]) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let mut tensors = Vec::new();
    for snapshot in snapshots {
        for (index, layer) in snapshot.network.layers().iter().enumerate() {
            let name = |what| tensor_name(snapshot.step, index, what);
            let (shape, numbers) = Connection::of(layer).tensor(&layer.weights);
            tensors.push((name("weights"), shape, numbers));
            if let Some(bias) = &layer.bias {
                tensors.push((name("biases"), bias.shape().to_vec(), bytes(bias.iter())));
            }
        }
    }
    tensors
}

/// None where all layers are dense and nothing more, so that files are what they were before there were others.
fn connections(network: &Network) -> Vec<Connection> {
    let connections = network.layers().iter().map(Connection::of);
    if connections.clone().all(|one| one == Connection::DENSE) {
        Vec::new()
    } else {
        connections.collect()
    }
}

fn tensor_name(step: usize, index: usize, what: &str) -> String {
    format!("step{step}.layer{}.{what}", index + 1)
}

fn bytes<'a>(numbers: impl Iterator<Item = &'a f32>) -> Vec<u8> {
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

/// Finite shapes and plain names are always written.
fn unlikely(error: impl fmt::Display) -> Error {
    Error::Study(format!("the weights could not be written down: {error}"))
}

/// The networks of a file whose checksum is right.
pub(super) fn decode(
    path: &Path,
    content: &[u8],
    study: &str,
    run: usize,
) -> Result<Vec<SavedNetwork>> {
    read(content, study, run).ok_or_else(|| {
        Error::Study(format!(
            "{}: it belongs to another study, another run or another version of the library",
            path.display()
        ))
    })
}

fn read(content: &[u8], study: &str, run: usize) -> Option<Vec<SavedNetwork>> {
    let (_, metadata) = SafeTensors::read_metadata(content).ok()?;
    let words = metadata.metadata().as_ref()?.get(ENTRY)?;
    let description: Description = serde_json::from_str(words).ok()?;
    if description.study != study || description.run != run {
        return None;
    }
    let file = SafeTensors::deserialize(content).ok()?;
    let network = |&step: &usize| {
        let layer = |(index, &activation): (usize, &Activation)| {
            let tensor = |what| file.tensor(&tensor_name(step, index, what)).ok();
            let connection = description.connections.get(index).unwrap_or(&Connection::DENSE);
            let layer = connection.layer(connection.weights(&tensor("weights")?)?, activation);
            Some(match tensor("biases") {
                Some(bias) => layer.with_bias(Array1::from_vec(numbers(bias.data()))),
                None => layer,
            })
        };
        let layers = description.activations.iter().enumerate().map(layer);
        let layers = layers.collect::<Option<Vec<Layer>>>()?;
        Some(SavedNetwork { step, network: Network::new(layers, description.objective) })
    };
    description.steps.iter().map(network).collect()
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
}
