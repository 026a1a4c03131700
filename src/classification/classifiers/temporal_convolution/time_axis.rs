//! Which column of the samples is which observable at which checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;

use crate::error::shown;
use crate::network::Matrix;
use crate::{Error, Result};

/// The columns of samples as a sequence: at each checkpoint the same observables, the channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeAxis {
    checkpoints: usize,
    channels: usize,
    /// Checkpoint by checkpoint, channel by channel: where it is among the features.
    columns: Vec<usize>,
}

/// What a feature's name says: the observable, and its checkpoint if it has one.
fn parts(name: &str) -> (&str, Option<u32>) {
    let told = name.rsplit_once('@').and_then(|(before, at)| Some((before, at.parse().ok()?)));
    told.map_or((name, None), |(before, at)| (before, Some(at)))
}

impl TimeAxis {
    /// From the names of the features, such as `layer2.weightraw_norm@5`. Checkpoints are in the
    /// order of their numbers. A feature without a checkpoint, such as `depth=early`, is a channel
    /// that stays the same.
    ///
    /// # Errors
    /// [`Error::Samples`] if there are fewer than two checkpoints, an observable was not measured at
    /// one of them, or a name occurs twice.
    pub(super) fn of(names: &[String]) -> Result<Self> {
        let mut channels: Vec<(&str, BTreeMap<u32, usize>)> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut constant: Vec<usize> = Vec::new();
        for (column, name) in names.iter().enumerate() {
            let (channel, Some(checkpoint)) = parts(name) else {
                constant.push(column);
                continue;
            };
            let place = *places.entry(channel).or_insert(channels.len());
            if place == channels.len() {
                channels.push((channel, BTreeMap::new()));
            }
            if channels[place].1.insert(checkpoint, column).is_some() {
                return Err(twice(name));
            }
        }
        let all: BTreeSet<u32> =
            channels.iter().flat_map(|(_, columns)| columns.keys().copied()).collect();
        check_count(&all, names)?;
        check_complete(&channels, &all)?;
        let at = |checkpoint: &u32| {
            let measured = channels.iter().map(|(_, columns)| columns[checkpoint]);
            measured.chain(constant.iter().copied()).collect::<Vec<usize>>()
        };
        Ok(Self {
            checkpoints: all.len(),
            channels: channels.len() + constant.len(),
            columns: all.iter().flat_map(at).collect(),
        })
    }

    /// How many checkpoints there are.
    pub(super) fn checkpoints(&self) -> usize {
        self.checkpoints
    }

    /// How many numbers there are at each.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// n × p features as n × (checkpoints · channels), the channels of a checkpoint side by side.
    pub(super) fn arrange(&self, features: &Array2<f64>) -> Matrix {
        // Row by row in memory, which a selection of columns is not.
        let size = (features.nrows(), self.columns.len());
        Matrix::from_shape_fn(size, |(row, place)| features[[row, self.columns[place]]] as f32)
    }
}

fn twice(name: &str) -> Error {
    Error::Samples(format!(
        "the feature {} occurs twice, and a convolution over time takes one value for each observable and checkpoint; \
         give features different names",
        shown(name)
    ))
}

fn check_count(checkpoints: &BTreeSet<u32>, names: &[String]) -> Result<()> {
    let found = match checkpoints.len() {
        0 => format!("no feature has a checkpoint in its name (the first is {})", shown(&names[0])),
        1 => "the samples have one checkpoint".to_owned(),
        _ => return Ok(()),
    };
    Err(Error::Samples(format!(
        "{found}, and a convolution over time needs two or more; take all of them (CheckpointSelection::All, in the \
         program --checkpoints all), or another classifier"
    )))
}

/// Every channel must have every checkpoint.
fn check_complete(channels: &[(&str, BTreeMap<u32, usize>)], all: &BTreeSet<u32>) -> Result<()> {
    for (channel, columns) in channels {
        if let Some(lacking) = all.iter().find(|checkpoint| !columns.contains_key(checkpoint)) {
            return Err(Error::Samples(format!(
                "the samples have {} at {} of {} checkpoints ({lacking} is missing), and a convolution over time needs \
                 the same observables at each; leave the others out, or use another classifier",
                shown(channel),
                columns.len(),
                all.len()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn channels_of_a_checkpoint_come_side_by_side_and_checkpoints_in_order() {
        let all = names(&["layer1.a@10", "layer1.a@2", "layer2.a@10", "layer2.a@2", "depth=early"]);
        let axis = TimeAxis::of(&all).unwrap();
        assert_eq!((axis.checkpoints(), axis.channels()), (2, 3));
        let arranged = axis.arrange(&array![[10.0, 2.0, 30.0, 4.0, 1.0]]);
        assert_eq!(arranged, array![[2.0_f32, 4.0, 1.0, 10.0, 30.0, 1.0]]);
    }

    #[test]
    fn samples_that_are_no_sequence_are_refused_in_one_sentence() {
        let told = |all: &[&str]| TimeAxis::of(&names(all)).unwrap_err().to_string();
        assert!(
            told(&["a", "b"]).contains("no feature has a checkpoint in its name (the first is")
        );
        assert!(told(&["a@3", "b@3", "c"]).contains("the samples have one checkpoint, and"));
        assert!(told(&["a@3", "b@3", "a@4"]).contains("b at 1 of 2 checkpoints (4 is missing)"));
        assert!(told(&["a@3", "a@03", "a@4"]).contains("a@03 occurs twice"));
    }
}
