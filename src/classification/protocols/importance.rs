//! Which observables the verdict rests on.

use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::classification::classifiers::{Fitted, accuracy};
use crate::classification::samples::{ImportanceBy, Samples};
use crate::display::{Blocks, EvcxrDisplay, rounded, show};
use crate::statistics::Estimate;
use crate::{Result, random};

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
    by: ImportanceBy,
    repeats: usize,
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

/// Sums a classifier's own importances over the columns of each observable, or other part.
pub(super) fn summed(samples: &Samples, by: ImportanceBy, importances: &[f64]) -> Vec<f64> {
    let sum = |(_, columns): (String, Vec<usize>)| columns.iter().map(|&c| importances[c]).sum();
    samples.parts(by).into_iter().map(sum).collect()
}

impl EvcxrDisplay for Importance {
    fn evcxr_blocks(&self) -> Blocks {
        let share = self
            .forest_share
            .map_or(String::new(), |share| format!("; share of the forest {}", rounded(share, 3)));
        Blocks::text(format!("{}: lost accuracy {}{share}", self.observable, self.lost_accuracy))
    }
}

show!(Importance);
