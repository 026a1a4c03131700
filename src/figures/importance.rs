//! Which features matter: bars, the most important on top.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::bars::{Bars, bars};
use super::drawing::estimate::meaning_over_splits;
use super::drawing::figure::Figure;
use super::drawing::labels::{label_of_column, label_of_statistic};
use super::heat_map::{HeatMap, heat_map};
use crate::classification::{ImportanceBy, Report};
use crate::{Error, Result};

/// Draws how important each feature is: the mean accuracy lost when it is shuffled, plus and minus
/// its standard error (one name, mean and error per feature); the most important on top, and only
/// the first `top`.
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

/// Draws what a report says of its observables, or of what else its protocol took together
/// ([`ImportanceBy`]): the accuracy lost on held-out networks when one is shuffled among them, with its
/// interval over splits; the most important on top, and only the first `top`.
///
/// # Errors
/// [`Error::Figure`] if the report's protocol left importances out.
pub fn importance_of(report: &Report, title: &str, top: usize) -> Result<Figure> {
    let note = meaning_over_splits([report.accuracies.len()])
        .unwrap_or_else(|| "One split, so no intervals.".to_owned());
    let count = report.importance.len();
    let shown = if count > top { format!(" The {top} largest of {count}.") } else { String::new() };
    let by = report.protocol.importance_by;
    let label = format!("accuracy lost when the {} is shuffled", in_words(by));
    let mut all = Bars::new(title, &label).with_note(&format!("{note}{shown}"));
    for one in &report.importance {
        let name = match by {
            ImportanceBy::Statistic => label_of_statistic(&one.observable),
            _ => label_of_column(&one.observable),
        };
        all = all.with_estimate(&name, &one.lost_accuracy);
    }
    bars(&all.top(top))
}

fn in_words(by: ImportanceBy) -> &'static str {
    match by {
        ImportanceBy::Observable => "observable",
        ImportanceBy::Measure => "measure",
        ImportanceBy::Transform => "transform",
        ImportanceBy::Statistic => "statistic",
        ImportanceBy::Checkpoint => "checkpoint",
        ImportanceBy::ObservableAtCheckpoint => "observable of one checkpoint",
    }
}

/// Draws when each observable matters: observables × checkpoints, of a report whose protocol asked
/// for importances [by observable at
/// checkpoint](crate::classification::ImportanceBy::ObservableAtCheckpoint). For a forest the share
/// of its splits' gain on what it learned from, which observables that could replace one another
/// have in parts; for other classifiers the accuracy lost when that one number is shuffled. The
/// `top` observables that matter most, these on top.
///
/// # Errors
/// [`Error::Figure`] if the report has no importances at checkpoints.
pub fn importance_map(title: &str, report: &Report, top: usize) -> Result<Figure> {
    let is_forest = report.importance.iter().all(|one| one.forest_share.is_some());
    let found = by_checkpoint(report, is_forest);
    let Some((_, first)) = found.first() else {
        return Err(Error::Figure(
            "the report has no importances at checkpoints; ask for them by `Protocol { importance_by: \
             ImportanceBy::ObservableAtCheckpoint, .. }` and a view over several checkpoints"
                .into(),
        ));
    };
    let checkpoints: Vec<u32> = first.keys().copied().collect();
    let count = found.len();
    let rows = most_important(found, top);
    let unit = if is_forest { 100.0 } else { 1.0 };
    let values = Array2::from_shape_fn((rows.len(), checkpoints.len()), |(row, column)| {
        rows[row].1.get(&checkpoints[column]).map_or(f64::NAN, |value| unit * value)
    });
    let names: Vec<String> = rows.iter().map(|(name, _)| label_of_column(name)).collect();
    let columns: Vec<String> = checkpoints.iter().map(ToString::to_string).collect();
    let label = if is_forest { "% of impurity removed" } else { "accuracy lost" };
    let figure = heat_map(
        &HeatMap::new(title, label, &values)
            .with_rows(&names)
            .with_columns(&columns)
            .with_labels("checkpoint", "observable"),
    )?;
    Ok(figure.with_note(&map_note(is_forest, rows.len(), count)))
}

/// An observable and how much it matters at each checkpoint.
type AtCheckpoints<'a> = (&'a str, BTreeMap<u32, f64>);

/// What a report says of each observable at each checkpoint, by the observables' names.
fn by_checkpoint(report: &Report, is_forest: bool) -> Vec<AtCheckpoints<'_>> {
    let mut found: BTreeMap<&str, BTreeMap<u32, f64>> = BTreeMap::new();
    for one in &report.importance {
        let value = one.forest_share.filter(|_| is_forest).unwrap_or(one.lost_accuracy.mean);
        let Some((observable, checkpoint)) = one.observable.split_once('@') else { continue };
        if let Ok(checkpoint) = checkpoint.parse() {
            found.entry(observable).or_default().insert(checkpoint, value);
        }
    }
    found.into_iter().collect()
}

/// The `top` observables that matter most over all checkpoints, these first.
fn most_important(mut rows: Vec<AtCheckpoints<'_>>, top: usize) -> Vec<AtCheckpoints<'_>> {
    let sum = |row: &BTreeMap<u32, f64>| row.values().sum::<f64>();
    rows.sort_by(|(_, a), (_, b)| sum(b).total_cmp(&sum(a)));
    rows.truncate(top.max(1));
    rows
}

fn map_note(is_forest: bool, drawn: usize, count: usize) -> String {
    let meaning = match is_forest {
        true => "Share of the impurity that a forest's splits remove.",
        false => "Accuracy lost when this number is shuffled among the networks judged.",
    };
    let shown =
        if count > drawn { format!(" The {drawn} largest of {count}.") } else { String::new() };
    format!("{meaning}{shown}")
}
