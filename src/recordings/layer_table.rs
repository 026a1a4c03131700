//! Which tensors are which layer's: the file `layers.toml`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::toml_file;
use crate::error::Result;
use crate::network::{Activation, Pooling};

/// Which tensors of a checkpoint are which layer's, and what the layers are beside their weights.
/// As a file it is `layers.toml`; docs/elsewhere.md has its keys.
///
/// ```
/// use microlearners::recordings::LayerTable;
///
/// let table = LayerTable::from_toml(r#"
///     [[layers]]
///     weight = "fc1.weight"
///     activation = "relu"
///     [[layers]]
///     weight = "fc2.weight"
/// "#)?;
/// assert_eq!(table.layers[1].weight, "fc2.weight");
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayerTable {
    /// In which order the dimensions of weights are; where it is absent the chain of sizes tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<WeightOrder>,
    /// A file with stimuli, by which activity is computed with a forward pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stimuli: Option<PathBuf>,
    /// Rows, columns and channels of an image that the lowest layer reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<[usize; 3]>,
    /// The layers, from input to output; where there is none, names that end in `weight` or
    /// `kernel` are taken in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerEntry>,
}

/// One layer of a [`LayerTable`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerEntry {
    /// The tensor with the weights.
    pub weight: String,
    /// The tensor with the biases, which a forward pass needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bias: Option<String>,
    /// The nonlinearity of the units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// The tensor with the last change of the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The tensor with the outputs of the units on some stimuli.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// By how many places a filter moves; default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<usize>,
    /// How many rows and columns of zeros are put around what a filter reads; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding: Option<usize>,
    /// How places are summarised; default not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
}

/// In which order the dimensions of a weight tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightOrder {
    /// Outputs × inputs, and of a convolution outputs × inputs × rows × columns: PyTorch.
    OutputByInput,
    /// Inputs × outputs, and of a convolution rows × columns × inputs × outputs: JAX, Keras, and
    /// NumPy where activity is multiplied from the left.
    InputByOutput,
}

impl WeightOrder {
    /// For a sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::OutputByInput => "output × input",
            Self::InputByOutput => "input × output",
        }
    }
}

crate::display::show_as_settings!(LayerTable, LayerEntry, WeightOrder);

impl LayerEntry {
    /// A layer of which only the weights are known.
    pub fn new(weight: impl Into<String>) -> Self {
        Self {
            weight: weight.into(),
            bias: None,
            activation: None,
            change: None,
            activity: None,
            stride: None,
            padding: None,
            pooling: None,
        }
    }
}

impl LayerTable {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::File`](crate::Error::File) if it cannot be read;
    /// [`Error::Data`](crate::Error::Data), with the line, if it is not TOML, has an unknown key or a value of the wrong type.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut table: Self = toml_file::read(path)?;
        // The file's own folder is where its reader stands.
        if let (Some(stimuli), Some(folder)) = (&mut table.stimuli, path.parent()) {
            *stimuli = folder.join(&*stimuli);
        }
        Ok(table)
    }

    /// Reads a text; stimuli are sought where the program runs.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data), as [`read`](Self::read).
    pub fn from_toml(text: &str) -> Result<Self> {
        toml_file::parse(text, Path::new("layers.toml"))
    }
}
