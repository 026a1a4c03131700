//! Which fits stopped before they had converged.

use std::fmt;

use polars::prelude::Column;
use serde::{Deserialize, Serialize};

use crate::display::show_as_text;

/// How many fits of a classifier that approaches its solution step by step ran out of steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convergence {
    /// The classifier, by its name; of a search, the candidate.
    pub classifier: String,
    /// All its fits.
    pub fits: usize,
    /// Those that stopped before they had converged.
    pub stopped: usize,
}

impl Convergence {
    /// One fit.
    pub(super) fn of(classifier: &str, has_converged: bool) -> Vec<Self> {
        vec![Self { classifier: classifier.into(), fits: 1, stopped: usize::from(!has_converged) }]
    }

    /// The fits of each classifier together, in order of first appearance.
    pub(in crate::classification) fn sum(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut sums: Vec<Self> = Vec::new();
        for one in all {
            match sums.iter_mut().find(|sum| sum.classifier == one.classifier) {
                Some(sum) => {
                    sum.fits += one.fits;
                    sum.stopped += one.stopped;
                }
                None => sums.push(one),
            }
        }
        sums
    }
}

impl fmt::Display for Convergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} of {} fits)", self.classifier, self.stopped, self.fits)
    }
}

/// The column of a table that says how many fits ran out of steps.
pub(in crate::classification) const UNCONVERGED: &str = "unconverged";

/// The column [`UNCONVERGED`] of a table, a row for each of `rows`.
pub(in crate::classification) fn unconverged<T>(
    rows: &[T],
    of: fn(&T) -> &[Convergence],
) -> Column {
    let stopped = |row| of(row).iter().map(|one| one.stopped as u32).sum();
    Column::new(UNCONVERGED.into(), rows.iter().map(stopped).collect::<Vec<u32>>())
}

/// What a report says of fits that ran out of steps; none if all converged.
pub(in crate::classification) fn convergence_warning(all: &[Convergence]) -> Option<String> {
    let stopped: Vec<String> =
        all.iter().filter(|one| one.stopped > 0).map(ToString::to_string).collect();
    (!stopped.is_empty()).then(|| {
        format!(
            "DID NOT CONVERGE: {}; such scores are those of an unfinished fit: raise max_iterations or \
             epochs, or take a smaller C or a larger penalty",
            stopped.join(", ")
        )
    })
}

show_as_text!(Convergence);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_are_counted_by_classifier() {
        let fits = [("a", true), ("b", false), ("a", false), ("b", false)];
        let all =
            Convergence::sum(fits.into_iter().flat_map(|(name, done)| Convergence::of(name, done)));
        let told = convergence_warning(&all).unwrap();
        assert!(told.contains("a (1 of 2 fits), b (2 of 2 fits);"), "{told}");
        assert_eq!(convergence_warning(&Convergence::of("a", true)), None);
    }
}
