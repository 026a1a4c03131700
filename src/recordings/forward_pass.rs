//! Activity that is computed from stimuli.

use std::path::Path;

use ndarray::{Array1, Ix1};

use super::assembly::{Assembly, misfit};
use super::checkpoint_file::Tensors;
use super::{RecordedLayer, Recording};
use crate::data::Objective;
use crate::error::{Error, Result};
use crate::network::{Activity, Layer, Matrix, Network};

impl Assembly {
    /// Activity comes from a file or from a forward pass, and that needs all nonlinearities.
    pub(super) fn check_forward_pass(&self, path: &Path) -> Result<()> {
        if self.stimuli.is_none() {
            return Ok(());
        }
        for (index, (entry, place)) in self.entries.iter().zip(&self.orientation.places).enumerate()
        {
            let (problem, remedy) = match (&entry.activity, entry.activation) {
                (Some(name), _) => (
                    format!(
                        "layer {} has activity \"{name}\", and there are stimuli to compute it from",
                        index + 1
                    ),
                    "give one of the two",
                ),
                (None, None) => (
                    format!(
                        "layer {} has no activation, which a forward pass of the stimuli needs",
                        index + 1
                    ),
                    "give every layer one in layers.toml: identity, sigmoid, tanh or relu",
                ),
                _ if place.is_convolution && place.convolution.is_none() => (
                    format!("the size of the image that layer {} reads is not known", index + 1),
                    "give image = [rows, columns, channels] in layers.toml",
                ),
                _ => continue,
            };
            return Err(Error::Data { path: path.into(), problem, remedy: remedy.into() });
        }
        Ok(())
    }

    /// Gives the layers of a recording the activity of a forward pass.
    pub(super) fn forward(
        &self,
        stimuli: &Matrix,
        recording: &mut Recording,
        tensors: &Tensors,
    ) -> Result<()> {
        let layer = |(index, recorded): (usize, &RecordedLayer)| -> Result<Layer> {
            let spec = recorded.spec.expect("checked when the assembly was made");
            let layer = spec.layer(recorded.weights.clone());
            match &self.entries[index].bias {
                None => Ok(layer),
                Some(name) => Ok(layer.with_bias(self.bias(name, index, tensors)?)),
            }
        };
        let layers = recording.layers.iter().enumerate().map(layer).collect::<Result<_>>()?;
        // No objective is asked for anything here.
        let network = Network::new(layers, Objective::LinearSquaredError);
        let mut activity = Activity::new(&network, stimuli.nrows());
        network.forward(stimuli, &mut activity);
        for (index, layer) in recording.layers.iter_mut().enumerate() {
            layer.take_units(activity.units(index));
        }
        Ok(())
    }

    fn bias(&self, name: &str, index: usize, tensors: &Tensors) -> Result<Array1<f32>> {
        let (tensor, outputs) = (tensors.get(name)?, self.orientation.places[index].outputs);
        let bias = tensor.view().into_dimensionality::<Ix1>().ok();
        match bias.filter(|bias| bias.len() == outputs) {
            Some(bias) => Ok(bias.to_owned()),
            None => {
                let problem = format!(
                    "biases \"{name}\" have the shape {:?}, and layer {} has {outputs} units or filters",
                    tensor.shape(),
                    index + 1
                );
                Err(misfit(tensors, problem, "give one bias for each"))
            }
        }
    }
}
