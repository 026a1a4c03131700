//! Stimuli of a user's own, by which activity is computed.

use std::path::{Path, PathBuf};

use ndarray::ArrayD;

use super::WeightOrder;
use super::chain::Units;
use super::checkpoint_file::Tensors;
use super::orientation::{flat, units};
use crate::data::FeatureMaps;
use crate::error::{Error, Result};
use crate::network::Matrix;

/// Stimuli as a file has them: stimuli × input units, or stimuli × maps.
#[derive(Clone, Debug)]
pub(super) struct Stimuli {
    path: PathBuf,
    tensor: ArrayD<f32>,
}

impl Stimuli {
    /// Reads a file, which must have one tensor.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let tensors = Tensors::read(path)?;
        let names: Vec<&str> = tensors.names().collect();
        let wrong = |problem: String| Error::Data {
            path: path.into(),
            problem,
            remedy: "save the stimuli as one array, stimuli × input units".into(),
        };
        let &[name] = names.as_slice() else {
            return Err(wrong(format!("it holds {} arrays, and stimuli are one", names.len())));
        };
        let tensor = tensors.get(name)?.clone();
        if tensor.ndim() < 2 || tensor.is_empty() {
            return Err(wrong(format!("its shape is {:?}", tensor.shape())));
        }
        Ok(Self { path: path.into(), tensor })
    }

    /// What is known of the inputs by them, for a network whose lowest layer is a convolution or
    /// not.
    pub(super) fn inputs(&self, order: WeightOrder, is_convolution: bool) -> Units {
        let sides = self.tensor.shape();
        let maps = |rows, columns, channels| Units::Maps(FeatureMaps { rows, columns, channels });
        match (is_convolution, sides, order) {
            (false, _, _) => Units::Count(self.tensor.len() / sides[0]),
            (true, &[_, rows, columns], _) => maps(rows, columns, 1),
            (true, &[_, c, rows, columns], WeightOrder::OutputByInput) => maps(rows, columns, c),
            (true, &[_, rows, columns, c], WeightOrder::InputByOutput) => maps(rows, columns, c),
            _ => Units::Unknown,
        }
    }

    /// Stimuli × input units, as the library has these.
    ///
    /// # Errors
    /// [`Error::Data`] with both sizes if the network reads others.
    pub(super) fn matrix(&self, order: WeightOrder, inputs: Units) -> Result<Matrix> {
        let matrix = match inputs {
            Units::Count(count) => Some(flat(&self.tensor)).filter(|m| m.ncols() == count),
            _ => units(&self.tensor, order, inputs),
        };
        matrix.ok_or_else(|| self.misfit(&inputs.words()))
    }

    /// These do not fit a network that reads `inputs`.
    pub(super) fn misfit(&self, inputs: &str) -> Error {
        Error::Data {
            path: self.path.clone(),
            problem: format!(
                "stimuli of shape {:?} do not fit a network that reads {inputs}",
                self.tensor.shape()
            ),
            remedy: "give one stimulus per row; for a convolution stimuli × channels × rows × \
                     columns (PyTorch) or stimuli × rows × columns × channels (JAX, Keras)"
                .into(),
        }
    }
}
