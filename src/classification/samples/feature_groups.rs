//! Features that belong together: those of one observable, of one checkpoint, of one statistic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::labelled_features::{Samples, observable_of};
use crate::display::{Blocks, EvcxrDisplay, Grid, Side, count, grouped, show, show_as_settings};
use crate::observables::Summary;

/// What features are taken together for an importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportanceBy {
    /// An observable at all checkpoints and layers; the default.
    #[default]
    Observable,
    /// All observables of weights, of activity, of activity change, of the last weight change.
    Measure,
    /// All observables of one transform.
    Transform,
    /// All observables of one statistic.
    Statistic,
    /// All observables at one checkpoint, `@0` the first.
    Checkpoint,
    /// One observable at one checkpoint.
    ObservableAtCheckpoint,
}

impl ImportanceBy {
    /// What a feature belongs to. Observables of your own belong to themselves, and the depth too.
    fn key(self, feature: &str) -> String {
        let observable = observable_of(feature);
        let checkpoint = feature.split_once('@').map_or("", |(_, checkpoint)| checkpoint);
        let part = |part: fn(Summary) -> String| {
            Summary::named(observable).map_or_else(|_| observable.to_owned(), part)
        };
        match self {
            Self::Observable => observable.to_owned(),
            Self::Measure => part(|summary| summary.measure.to_string()),
            // As they are written in an observable's name.
            Self::Transform => part(|summary| format!("{:?}", summary.transform).to_lowercase()),
            Self::Statistic => part(|summary| format!("{:?}", summary.statistic).to_lowercase()),
            Self::Checkpoint if checkpoint.is_empty() => observable.to_owned(),
            Self::Checkpoint => format!("@{checkpoint}"),
            Self::ObservableAtCheckpoint if checkpoint.is_empty() => observable.to_owned(),
            Self::ObservableAtCheckpoint => format!("{observable}@{checkpoint}"),
        }
    }
}

impl Samples {
    /// The features that belong together, by name in order of first appearance, each with its
    /// columns.
    pub fn parts(&self, by: ImportanceBy) -> Vec<(String, Vec<usize>)> {
        let mut place: BTreeMap<String, usize> = BTreeMap::new();
        let mut found: Vec<(String, Vec<usize>)> = Vec::new();
        for (column, feature) in self.feature_names.iter().enumerate() {
            let name = by.key(feature);
            let at = *place.entry(name.clone()).or_insert(found.len());
            if at == found.len() {
                found.push((name, Vec::new()));
            }
            found[at].1.push(column);
        }
        found
    }
}

impl EvcxrDisplay for Samples {
    fn evcxr_blocks(&self) -> Blocks {
        let caption = format!(
            "{} of {}, {} of {}",
            count(self.len(), "sample"),
            count(self.networks(), "network"),
            count(self.feature_names.len(), "feature"),
            count(self.parts(ImportanceBy::Observable).len(), "observable"),
        );
        let grid = Grid::new(caption).column("class", Side::Head).column("samples", Side::Right);
        let counts = self.class_counts();
        let grid = self
            .classes
            .iter()
            .zip(counts)
            .fold(grid, |grid, (class, count)| grid.row([class.clone(), grouped(count)]));
        let few: Vec<&str> = self.feature_names.iter().take(5).map(String::as_str).collect();
        let more = if self.feature_names.len() > few.len() { ", …" } else { "" };
        grid.note(format!("Features: {}{more}.", few.join(", "))).blocks()
    }
}

show!(Samples);
show_as_settings!(ImportanceBy);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_count_their_classes() {
        let samples = Samples::new(
            ndarray::Array2::zeros((3, 2)),
            vec!["weightraw_norm".into(), "layer2.weightraw_norm".into()],
            vec![0, 1, 1],
            vec!["a".into(), "b".into()],
            vec![0, 1, 2],
        );
        let expected = "3 samples of 3 networks, 2 features of 1 observable\n\
                        class  samples\na            1\nb            2\n\
                        Features: weightraw_norm, layer2.weightraw_norm.\n";
        assert_eq!(samples.unwrap().evcxr_blocks().plain(), expected);
    }
}
