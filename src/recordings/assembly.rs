//! How the tensors of one network's checkpoints become recordings.

use std::path::Path;

use ndarray::ArrayD;

use super::chain::{Place, Units, Weights};
use super::checkpoint_file::Tensors;
use super::orientation::{self, Misfit, Orientation};
use super::stimuli::Stimuli;
use super::{LayerEntry, LayerSpec, LayerTable, RecordedLayer, Recording, WeightOrder, naming};
use crate::data::FeatureMaps;
use crate::error::{Error, Result};
use crate::network::{Connectivity, Matrix};

/// What is known of all checkpoints of a network from its first.
#[derive(Debug)]
pub(super) struct Assembly {
    pub(super) entries: Vec<LayerEntry>,
    pub(super) orientation: Orientation,
    /// The sides of each layer's weights.
    sides: Vec<Vec<usize>>,
    /// Stimuli × input units.
    pub(super) stimuli: Option<Matrix>,
}

impl Assembly {
    /// From the first checkpoint, and the names in the last: before the first update there is no
    /// change.
    ///
    /// # Errors
    /// [`Error::Data`] if tensors are missing, layers do not chain or chain in two ways, or what is
    /// beside the weights does not fit them.
    pub(super) fn new(
        table: &LayerTable,
        stimuli: Option<&Stimuli>,
        (first, last): (&Tensors, &Tensors),
    ) -> Result<Self> {
        let entries = naming::entries(table, last)?;
        let sides: Vec<Vec<usize>> =
            entries.iter().map(|entry| sides(first, entry)).collect::<Result<_>>()?;
        let zipped = entries.iter().zip(&sides);
        let layers: Vec<Weights<'_>> =
            zipped.map(|(entry, sides)| Weights { entry, sides }).collect();
        let is_convolution = sides[0].len() == 4;
        let inputs = |order| match (table.image, stimuli) {
            (Some([rows, columns, channels]), _) => {
                Units::Maps(FeatureMaps { rows, columns, channels })
            }
            (None, Some(stimuli)) => stimuli.inputs(order, is_convolution),
            (None, None) => Units::Unknown,
        };
        let fits = |order, places: &[Place]| fits_beside(&entries, first, order, places);
        let orientation = orientation::choose(table.order, &layers, &inputs, &fits)
            .map_err(|misfit| of_file(&first.path, misfit))?;
        let stimuli = stimuli
            .map(|stimuli| stimuli.matrix(orientation.order, orientation.places[0].below))
            .transpose()?;
        let assembly = Self { entries, orientation, sides, stimuli };
        assembly.check_forward_pass(&first.path)?;
        Ok(assembly)
    }

    /// Whether weights were found to be input × output, without being told.
    pub(super) fn is_transposed_by_sizes(&self) -> bool {
        self.orientation.is_told_by_sizes && self.orientation.order == WeightOrder::InputByOutput
    }

    /// The recording of a checkpoint.
    ///
    /// # Errors
    /// [`Error::Data`] if a tensor is missing or does not fit.
    pub(super) fn recording(&self, step: usize, tensors: &Tensors) -> Result<Recording> {
        let indices = 0..self.entries.len();
        let layers = indices.map(|index| self.layer(index, step, tensors));
        let mut recording = Recording { step, layers: layers.collect::<Result<_>>()? };
        if let Some(stimuli) = &self.stimuli {
            self.forward(stimuli, &mut recording, tensors)?;
        }
        self.check_stimuli(&recording, tensors)?;
        Ok(recording)
    }

    fn layer(&self, index: usize, step: usize, tensors: &Tensors) -> Result<RecordedLayer> {
        let (entry, place) = (&self.entries[index], &self.orientation.places[index]);
        let order = self.orientation.order;
        let read = |name: &str, what: &str| {
            let tensor = tensors.get(name)?;
            if tensor.shape() == self.sides[index] {
                return Ok(orientation::weights(tensor, order, place));
            }
            let problem = format!(
                "{what} \"{name}\" of layer {} have the shape {:?}, and the weights of the first checkpoint {:?}",
                index + 1,
                tensor.shape(),
                self.sides[index]
            );
            Err(misfit(
                tensors,
                problem,
                "a network keeps its sizes: save all checkpoints of one network",
            ))
        };
        let mut layer = RecordedLayer::new(read(&entry.weight, "the weights")?);
        // Before the first update there was none.
        if let Some(name) = entry.change.as_ref().filter(|_| step > 0) {
            layer.change = Some(read(name, "the changes")?);
        }
        layer.spec = spec(entry, place);
        if let Some(name) = &entry.activity {
            let tensor = tensors.get(name)?;
            let units = orientation::units(tensor, order, place.above);
            layer.activity = Some(units.ok_or_else(|| {
                misfit(
                    tensors,
                    activity_problem(name, tensor, index, place),
                    "save it as stimuli × units",
                )
            })?);
        }
        Ok(layer)
    }

    /// All layers saw the same stimuli.
    fn check_stimuli(&self, recording: &Recording, tensors: &Tensors) -> Result<()> {
        let counts: Vec<usize> = recording
            .layers
            .iter()
            .filter_map(|layer| layer.activity.as_ref().map(Matrix::nrows))
            .collect();
        match counts.iter().find(|count| **count != counts[0] || **count == 0) {
            None => Ok(()),
            Some(count) => {
                let problem =
                    format!("its layers' activity is on {} and on {count} stimuli", counts[0]);
                Err(misfit(tensors, problem, "show every layer the same stimuli, at least one"))
            }
        }
    }
}

fn of_file(path: &Path, Misfit { problem, remedy }: Misfit) -> Error {
    Error::Data { path: path.into(), problem, remedy }
}

pub(super) fn misfit(tensors: &Tensors, problem: String, remedy: &str) -> Error {
    of_file(&tensors.path, Misfit { problem, remedy: remedy.into() })
}

fn activity_problem(name: &str, tensor: &ArrayD<f32>, index: usize, place: &Place) -> String {
    format!(
        "activity \"{name}\" has the shape {:?}, and layer {} gives {}",
        tensor.shape(),
        index + 1,
        place.above.words()
    )
}

/// What a layer is, if its nonlinearity and the size of its maps are known.
fn spec(entry: &LayerEntry, place: &Place) -> Option<LayerSpec> {
    let activation = entry.activation?;
    if !place.is_convolution {
        return Some(LayerSpec::dense(activation));
    }
    let connectivity = Connectivity::Convolution(place.convolution?);
    Some(LayerSpec { activation, connectivity, pooling: entry.pooling, normaliser: None })
}

/// The sides of a layer's weights, 2 or 4.
fn sides(tensors: &Tensors, entry: &LayerEntry) -> Result<Vec<usize>> {
    let tensor = tensors.get(&entry.weight)?;
    let sides = tensor.shape().to_vec();
    let name = crate::error::shown(&entry.weight);
    if !matches!(sides.len(), 2 | 4) || tensor.is_empty() {
        let problem = format!("weights \"{name}\" have the shape {sides:?}");
        let remedy = "weights have two dimensions, or four of a convolution: name each layer's \
                      tensors in layers.toml";
        return Err(misfit(tensors, problem, remedy));
    }
    let of_convolution =
        entry.stride.is_some() || entry.padding.is_some() || entry.pooling.is_some();
    if of_convolution && sides.len() == 2 {
        let problem =
            format!("weights \"{name}\" have the shape {sides:?}, which is no convolution's");
        return Err(misfit(tensors, problem, "leave out its stride, padding and pooling"));
    }
    Ok(sides)
}

/// Whether biases and activity have as many units as the weights in this order.
fn fits_beside(
    entries: &[LayerEntry],
    tensors: &Tensors,
    order: WeightOrder,
    places: &[Place],
) -> bool {
    let fits = |(entry, place): (&LayerEntry, &Place)| {
        let get = |name: &Option<String>| name.as_ref().and_then(|name| tensors.get(name).ok());
        let bias = get(&entry.bias).is_none_or(|bias| bias.len() == place.outputs);
        let activity = get(&entry.activity);
        bias && activity.is_none_or(|one| orientation::units(one, order, place.above).is_some())
    };
    entries.iter().zip(places).all(fits)
}
