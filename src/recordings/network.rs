//! One network at its checkpoints.

use std::fmt;

use polars::prelude::DataFrame;

use super::{RecordedLayer, Recording};
use crate::error::{Error, Result};
use crate::network::{Connectivity, Matrix};

/// One network at its checkpoints, which was trained here or elsewhere.
///
/// ```
/// use microlearners::prelude::*;
///
/// // Two checkpoints of a network of 3-2 units, of which only the weights are known.
/// let at = |step: usize, weights: Array2<f32>| Recording {
///     step,
///     layers: vec![RecordedLayer::new(weights)],
/// };
/// let before = array![[0.1, 0.2, 0.3], [0.0, 0.1, 0.2]];
/// let after = array![[0.1, 0.3, 0.3], [0.0, 0.1, 0.4]];
/// let recordings = vec![at(0, before), at(10, after)];
/// let network = RecordedNetwork::new("mine", recordings)?;
/// let table = observe_recordings(&[network], &Instrument::perfect(), &ObservableSet::default())?;
/// assert_eq!(table.height(), 2);
/// assert_eq!(table.column("actraw_mean")?.null_count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecordedNetwork {
    /// What it is called.
    pub name: String,
    /// The checkpoints, by their steps.
    recordings: Vec<Recording>,
    /// The class of each stimulus.
    classes: Option<Vec<u8>>,
    /// What tables say of the network, one row; columns may be missing.
    pub(crate) keys: DataFrame,
    /// How the network was doing, a row for each checkpoint and layer; columns may be missing.
    pub(crate) context: DataFrame,
}

impl RecordedNetwork {
    /// Of these checkpoints, at least one, with ascending steps and the same layers.
    ///
    /// # Errors
    /// [`Error::Samples`] if there is none or their steps do not ascend; [`Error::Shape`] if a
    /// checkpoint has other layers than the first, or a layer's change or activity does not fit its
    /// weights.
    pub fn new(name: impl Into<String>, recordings: Vec<Recording>) -> Result<Self> {
        let name = name.into();
        check(&name, &recordings)?;
        let (keys, context) = (DataFrame::empty(), DataFrame::empty());
        Ok(Self { name, recordings, classes: None, keys, context })
    }

    /// The same with the class of each stimulus, which observables of geometry need.
    ///
    /// # Errors
    /// [`Error::Shape`] if activity was recorded for another number of stimuli.
    pub fn with_stimulus_classes(self, classes: &[u8]) -> Result<Self> {
        let layers = self.recordings.iter().flat_map(|one| &one.layers);
        let mut counts = layers.filter_map(|layer| Some(layer.activity.as_ref()?.nrows()));
        if let Some(stimuli) = counts.find(|&stimuli| stimuli != classes.len()) {
            return Err(Error::Shape(format!(
                "network {} has activity for {stimuli} stimuli, and {} classes are given; give one for each stimulus",
                self.name,
                classes.len()
            )));
        }
        Ok(Self { classes: Some(classes.to_vec()), ..self })
    }

    /// The class of each stimulus, if it is known.
    pub fn stimulus_classes(&self) -> Option<&[u8]> {
        self.classes.as_deref()
    }

    /// The checkpoints, by their steps.
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// What tables say of the network: one row of key columns, such as its rule, as far as they are
    /// known.
    pub fn keys(&self) -> &DataFrame {
        &self.keys
    }

    /// The layers at the first checkpoint.
    fn layers(&self) -> &[RecordedLayer] {
        &self.recordings[0].layers
    }

    /// The number of layers of synapses.
    pub fn depth(&self) -> usize {
        self.layers().len()
    }

    /// The sizes of its layers, such as `784 → 100 → 10`; of a convolution filters and kernel.
    pub fn sizes(&self) -> String {
        let layers = self.layers();
        let (first, _) = units(&layers[0]);
        let mut sizes = vec![first.to_string()];
        for layer in layers {
            sizes.push(match layer.spec.map(|spec| spec.connectivity) {
                Some(Connectivity::Convolution(c)) => {
                    format!("{} filters of {} × {}", c.filters, c.kernel.0, c.kernel.1)
                }
                _ => units(layer).1.to_string(),
            });
        }
        sizes.join(" → ")
    }

    /// Which measures there are, in words: those measured, and those that are not.
    pub(super) fn measures(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let any = |has: fn(&RecordedLayer) -> bool| {
            self.recordings.iter().flat_map(|one| &one.layers).any(has)
        };
        let measures = [
            ("weights", true),
            ("weight changes", any(|layer| layer.change.is_some())),
            ("activity", any(|layer| layer.activity.is_some())),
            ("layer-wise activity change", any(RecordedLayer::has_activity_change)),
        ];
        let (there, missing): (Vec<_>, Vec<_>) = measures.into_iter().partition(|(_, has)| *has);
        let names = |list: Vec<(&'static str, bool)>| list.into_iter().map(|(name, _)| name);
        (names(there).collect(), names(missing).collect())
    }
}

/// Inputs and outputs, as far as the weights tell.
fn units(layer: &RecordedLayer) -> (usize, usize) {
    match layer.spec {
        Some(spec) => spec.units(&layer.weights),
        None => (layer.weights.ncols(), layer.weights.nrows()),
    }
}

fn check(name: &str, recordings: &[Recording]) -> Result<()> {
    let Some(first) = recordings.first().filter(|first| !first.layers.is_empty()) else {
        let message = format!("network {name} has no checkpoint with a layer; record at least one");
        return Err(Error::Samples(message));
    };
    if let Some(pair) = recordings.windows(2).find(|pair| pair[0].step >= pair[1].step) {
        return Err(Error::Samples(format!(
            "network {name} has step {} after step {}; give its checkpoints in the order of their \
             steps, each once",
            pair[1].step, pair[0].step
        )));
    }
    for recording in recordings {
        let (counts, step) = ((first.layers.len(), recording.layers.len()), recording.step);
        if counts.0 != counts.1 {
            return Err(Error::Shape(format!(
                "network {name} has {} layers at step {} and {} at step {step}; a network keeps its \
                 layers",
                counts.0, first.step, counts.1
            )));
        }
        for (index, (before, layer)) in first.layers.iter().zip(&recording.layers).enumerate() {
            check_layer(before, layer).map_err(|problem| {
                let place = format!("network {name}, step {step}, layer {}", index + 1);
                Error::Shape(format!("{place}: {problem}"))
            })?;
        }
    }
    Ok(())
}

/// Accepts a layer that has the sizes of the first checkpoint, or says what differs.
fn check_layer(first: &RecordedLayer, layer: &RecordedLayer) -> Result<(), String> {
    let shape = |matrix: &Matrix| format!("{} × {}", matrix.nrows(), matrix.ncols());
    let weights = &layer.weights;
    if weights.dim() != first.weights.dim() {
        return Err(format!(
            "the weights are {}, but {} at the first checkpoint; a network keeps its sizes",
            shape(weights),
            shape(&first.weights)
        ));
    }
    if let Some(change) = layer.change.as_ref().filter(|change| change.dim() != weights.dim()) {
        return Err(format!(
            "the change is {}, but the weights are {}; give a change for each weight",
            shape(change),
            shape(weights)
        ));
    }
    let Some(spec) = layer.spec else { return Ok(()) };
    if !spec.fits(weights) {
        return Err(format!(
            "its weights are {}, which do not fit {:?}; give those of its filters, and leave out \
             the pooling of a dense layer",
            shape(weights),
            spec.connectivity
        ));
    }
    let outputs = spec.units(weights).1;
    match layer.activity.as_ref().filter(|activity| activity.ncols() != outputs) {
        None => Ok(()),
        Some(activity) => Err(format!(
            "the activity has {} columns, but the layer has {outputs} units; give it as stimuli × \
             units",
            activity.ncols()
        )),
    }
}

impl fmt::Display for RecordedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (there, _) = self.measures();
        write!(
            f,
            "network {}: {} checkpoints, layers {}, with {}",
            self.name,
            self.recordings.len(),
            self.sizes(),
            there.join(", ")
        )
    }
}
