//! Which observables the verdict rests on.

use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Estimate, Fitted, Samples};
use crate::random;

/// How much one observable matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The observable; all its columns (checkpoints, layers) count as one.
    pub observable: String,
    /// The accuracy lost on held-out samples when its values are shuffled among them, all columns
    /// together; over splits. It is low for an observable that another one can replace. Breiman 2001, section 10,
    /// doi 10.1023/A:1010933404324.
    pub lost_accuracy: Estimate,
    /// Its share of the impurity removed in training (mean over splits), if the classifier has one.
    /// It favours observables with many columns and many values.
    pub forest_share: Option<f64>,
}

/// For each observable the mean loss of accuracy on `test` over `repeats` shuffles.
pub(super) fn lost_accuracies(
    fitted: &dyn Fitted,
    test: &Samples,
    repeats: usize,
    seed: u64,
) -> Vec<f64> {
    let whole = accuracy(fitted, test);
    let loss = |(name, columns): &(String, Vec<usize>)| {
        let mut rng = random::stream(seed, &format!("shuffle {name}"));
        let mut sum = 0.0;
        for _ in 0..repeats {
            let mut order: Vec<usize> = (0..test.len()).collect();
            order.shuffle(&mut rng);
            sum += whole - accuracy(fitted, &reordered(test, columns, &order));
        }
        sum / repeats as f64
    };
    test.observables().par_iter().map(loss).collect()
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

pub(super) fn accuracy(fitted: &dyn Fitted, samples: &Samples) -> f64 {
    let guesses = fitted.predict(&samples.features);
    let right = guesses.iter().zip(&samples.labels).filter(|(guess, label)| guess == label).count();
    right as f64 / samples.len() as f64
}

/// Sums a classifier's own importances over the columns of each observable.
pub(super) fn by_observable(samples: &Samples, importances: &[f64]) -> Vec<f64> {
    let sum = |(_, columns): (String, Vec<usize>)| columns.iter().map(|&c| importances[c]).sum();
    samples.observables().into_iter().map(sum).collect()
}
