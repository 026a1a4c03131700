//! Which observables the verdict rests on.

use std::collections::BTreeMap;

use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Estimate, Fitted, Samples, observable_of};
use crate::observables::Summary;
use crate::{Result, random};

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

/// How much one observable matters, or whatever else features are taken together by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The observable, all of whose columns (checkpoints, layers) count as one; or the measure,
    /// statistic or checkpoint.
    pub observable: String,
    /// The accuracy lost on held-out samples when its values are shuffled among them, all columns
    /// together; over splits. It is low for an observable that another one can replace. Breiman
    /// 2001, section 10, doi 10.1023/A:1010933404324.
    pub lost_accuracy: Estimate,
    /// Its share of the impurity removed in training (mean over splits), if the classifier has one.
    /// It favours observables with many columns and many values.
    pub forest_share: Option<f64>,
}

/// For each observable, or other part, the mean loss of accuracy on `test` over so many shuffles.
pub(super) fn lost_accuracies(
    fitted: &dyn Fitted,
    test: &Samples,
    (by, repeats): (ImportanceBy, usize),
    seed: u64,
) -> Result<Vec<f64>> {
    let whole = accuracy(fitted, test)?;
    let loss = |(name, columns): &(String, Vec<usize>)| -> Result<f64> {
        let mut rng = random::stream(seed, &format!("shuffle {name}"));
        let mut sum = 0.0;
        for _ in 0..repeats {
            let mut order: Vec<usize> = (0..test.len()).collect();
            order.shuffle(&mut rng);
            sum += whole - accuracy(fitted, &reordered(test, columns, &order))?;
        }
        Ok(sum / repeats as f64)
    };
    test.parts(by).par_iter().map(loss).collect()
}

/// `test` with the values of some columns taken from other rows.
fn reordered(test: &Samples, columns: &[usize], order: &[usize]) -> Samples {
    let mut shuffled = test.clone();
    for &column in columns {
        for (row, &from) in order.iter().enumerate() {
            shuffled.features[[row, column]] = test.features[[from, column]];
        }
    }
    shuffled
}

pub(super) fn accuracy(fitted: &dyn Fitted, samples: &Samples) -> Result<f64> {
    let guesses = fitted.predict(&samples.features)?;
    let right = guesses.iter().zip(&samples.labels).filter(|(guess, label)| guess == label).count();
    Ok(right as f64 / samples.len() as f64)
}

/// Sums a classifier's own importances over the columns of each observable, or other part.
pub(super) fn summed(samples: &Samples, by: ImportanceBy, importances: &[f64]) -> Vec<f64> {
    let sum = |(_, columns): (String, Vec<usize>)| columns.iter().map(|&c| importances[c]).sum();
    samples.parts(by).into_iter().map(sum).collect()
}
