//! How many images a network identifies.

use serde::{Deserialize, Serialize};

use super::assignment::check_labels;
use crate::Result;
use crate::statistics::{Interval, wilson};

/// The accuracy with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpikingAccuracy {
    /// The predicted class of each image; none where all assigned neurons are silent, which counts
    /// as an error.
    pub predictions: Vec<Option<usize>>,
    /// How many are right.
    pub right: usize,
    /// Of how many.
    pub total: usize,
    /// The share of right ones.
    pub accuracy: f64,
    /// Wilson's 95 % interval of that share over images; other networks vary too.
    pub interval: Interval,
}

impl SpikingAccuracy {
    pub(super) fn of(predictions: Vec<Option<usize>>, labels: &[usize]) -> Result<Self> {
        check_labels(predictions.len(), labels)?;
        let pairs = predictions.iter().zip(labels);
        let (right, total) = (pairs.filter(|pair| *pair.0 == Some(*pair.1)).count(), labels.len());
        let interval = wilson(right as u64, total as u64);
        let accuracy = right as f64 / total as f64;
        Ok(Self { predictions, right, total, accuracy, interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_as_an_error() {
        let predictions = [vec![Some(1); 27], vec![None; 9]].concat();
        let found = SpikingAccuracy::of(predictions, &[1; 36]).unwrap();
        assert_eq!((found.right, found.total, found.accuracy), (27, 36, 0.75));
        assert!((found.interval.low - 0.5892954623327165).abs() < 1e-9);
        assert!(SpikingAccuracy::of(vec![Some(1)], &[]).is_err());
    }
}
