//! Which features matter: bars, the most important on top.

use super::bars::{Bars, bars};
use super::columns::label_of_column;
use super::estimate::meaning_over_splits;
use super::figure::Figure;
use crate::classification::Report;
use crate::{Error, Result};

/// Draws how important each feature is: the mean accuracy lost when it is shuffled, plus and minus its standard error (one
/// name, mean and error per feature); the most important on top, and only the first `top`.
///
/// # Errors
/// [`Error::Figure`] if the lists differ in length or hold no finite value.
pub fn importance(
    title: &str,
    names: &[String],
    means: &[f64],
    errors: &[f64],
    top: usize,
) -> Result<Figure> {
    if names.len() != means.len() || names.len() != errors.len() {
        let (n, m, e) = (names.len(), means.len(), errors.len());
        let problem =
            format!("importance needs as many names as means and errors, not {n}, {m} and {e}");
        return Err(Error::Figure(problem));
    }
    let mut all = Bars::new(title, "importance: accuracy lost when the feature is shuffled")
        .with_note("Thin lines: plus and minus one standard error.");
    for ((name, mean), error) in names.iter().zip(means).zip(errors) {
        all = all.with_bar(&label_of_column(name), *mean, mean - error, mean + error);
    }
    bars(&all.top(top))
}

/// Draws what a report says of its observables: the accuracy lost on held-out networks when one observable is shuffled among
/// them, with its interval over splits; the most important on top, and only the first `top`.
///
/// # Errors
/// [`Error::Figure`] if the report's protocol left importances out.
pub fn importance_of(report: &Report, title: &str, top: usize) -> Result<Figure> {
    let note = meaning_over_splits([report.accuracies.len()])
        .unwrap_or_else(|| "One split, so no intervals.".to_owned());
    let count = report.importance.len();
    let shown = if count > top { format!(" The {top} largest of {count}.") } else { String::new() };
    let mut all = Bars::new(title, "accuracy lost when the observable is shuffled")
        .with_note(&format!("{note}{shown}"));
    for one in &report.importance {
        all = all.with_estimate(&label_of_column(&one.observable), &one.lost_accuracy);
    }
    bars(&all.top(top))
}
