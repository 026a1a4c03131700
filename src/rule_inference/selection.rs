//! How many terms a rule has, by cross-validation over networks.

use serde::{Deserialize, Serialize};

use super::folds::Folds;

/// Differences of errors below this share of the mean square of the target are rounding.
const ROUNDING: f64 = 1e-13;

/// The error of the best rules of a size on networks that they were not fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SizeError {
    /// The terms.
    pub terms: usize,
    /// The mean over recordings of the mean squared error.
    pub error: f64,
    /// By how much that is more than at the best size.
    pub excess: f64,
    /// The standard error of that excess over recordings, which are paired.
    pub standard_error: f64,
}

/// When a smaller rule counts as good enough.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    pub(super) standard_errors: f64,
    pub(super) least_share: f64,
}

impl Tolerance {
    /// Whether errors of networks are as low as those of a better rule: within some standard errors
    /// of the paired difference, or within a small share of what is explained.
    fn accepts(self, size: &SizeError, null: f64) -> bool {
        let explained = null - (size.error - size.excess);
        size.excess <= self.standard_errors * size.standard_error
            || size.excess <= self.least_share * explained
            || size.excess <= ROUNDING * null
    }

    /// The same for one rule beside another.
    pub(super) fn is_as_good(self, errors: &[f64], than: &[f64], null: f64) -> bool {
        self.accepts(&compared(0, errors, than), null)
    }

    /// The smallest size that is as good as the best, and the errors of all sizes.
    pub(super) fn select(self, folds: &Folds<'_>, most: usize) -> (usize, Vec<SizeError>) {
        let errors = folds.errors_by_size(most);
        let of_size = |size: usize| errors.iter().map(|of| of[size]).collect::<Vec<f64>>();
        let by_size: Vec<Vec<f64>> = (0..errors[0].len()).map(of_size).collect();
        let null = mean(&by_size[0]);
        // Of errors that differ by rounding only, the first is the best.
        let rounded = |size: usize| mean(&by_size[size]).max(ROUNDING * null);
        let best = (0..by_size.len()).fold(0, |a, b| if rounded(b) < rounded(a) { b } else { a });
        let size = |(terms, errors): (usize, &Vec<f64>)| compared(terms, errors, &by_size[best]);
        let sizes: Vec<SizeError> = by_size.iter().enumerate().map(size).collect();
        let chosen =
            sizes.iter().find(|size| self.accepts(size, null)).map_or(0, |size| size.terms);
        (chosen, sizes)
    }
}

fn compared(terms: usize, errors: &[f64], than: &[f64]) -> SizeError {
    let n = errors.len() as f64;
    let differences: Vec<f64> = errors.iter().zip(than).map(|(a, b)| a - b).collect();
    let excess = mean(&differences);
    let spread = differences.iter().map(|difference| (difference - excess).powi(2)).sum::<f64>();
    let standard_error = (spread / (n - 1.0) / n).sqrt();
    SizeError { terms, error: mean(errors), excess, standard_error }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Tolerance = Tolerance { standard_errors: 2.0, least_share: 0.001 };

    #[test]
    fn excess_and_its_standard_error_are_paired() {
        let size = compared(3, &[2.0, 3.0, 4.0], &[1.0, 2.0, 3.0]);
        assert_eq!(size, SizeError { terms: 3, error: 3.0, excess: 1.0, standard_error: 0.0 });
        let size = compared(1, &[2.0, 4.0], &[1.0, 1.0]);
        assert_eq!((size.excess, size.standard_error), (2.0, 1.0));
    }

    #[test]
    fn a_rule_is_as_good_within_standard_errors_or_a_small_share() {
        assert!(TOLERANCE.is_as_good(&[2.0, 4.0], &[1.0, 1.0], 100.0));
        assert!(!TOLERANCE.is_as_good(&[2.0, 2.2, 2.1], &[1.0, 1.0, 1.0], 3.0));
        assert!(TOLERANCE.is_as_good(&[1.002, 1.002], &[1.0, 1.0], 4.0));
        assert!(!TOLERANCE.is_as_good(&[1.004, 1.004], &[1.0, 1.0], 4.0));
    }
}
