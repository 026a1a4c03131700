//! Networks that do equally well under every rule.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray};
use rand::seq::SliceRandom as _;

use super::View;
use super::table::{key, labels, numbers, whole_numbers};
use crate::{Error, Result, random};

/// The networks of a table that cannot be told apart by how well they do: from every interval of test accuracy of this `width`, equally many
/// networks of every class, drawn by `seed`. What identifies rules here is no longer that one learns better than another. Intervals are
/// taken for each combination of the keys in `within` by itself, such as `["task", "form"]`: without these a class could be known by the
/// tasks on which it does as well as others.
///
/// A network's accuracy is the `test_accuracy` of its last checkpoint; networks without one (of tasks without classes) are left out.
///
/// # Errors
/// [`Error::Samples`] if no interval has networks of every class, with the accuracies there are; [`Error::Setting`] for a width that is not above 0;
/// [`Error::Table`] if columns are missing.
pub fn matched_in_accuracy(
    table: &DataFrame,
    view: &View,
    within: &[&str],
    (width, seed): (f64, u64),
) -> Result<DataFrame> {
    if !(1e-6..=1.0).contains(&width) {
        return Err(Error::setting("width", width, "it must be from 1e-6 to 1, an accuracy"));
    }
    for name in ["run", "checkpoint", "test_accuracy"] {
        if table.column(name).is_err() {
            return Err(Error::Table(format!(
                "the table lacks the column {name}, by which networks are matched"
            )));
        }
    }
    let networks = networks(table, view, within)?;
    let classes: BTreeSet<&String> = networks.values().map(|network| &network.class).collect();
    let mut bins: BTreeMap<(&[String], i64), OfClass<'_>> = BTreeMap::new();
    for (&run, Network { class, accuracy, stratum }) in &networks {
        let bin = bins.entry((stratum, (accuracy / width).floor() as i64)).or_default();
        bin.entry(class).or_default().push(run);
    }
    let mut kept: BTreeSet<u64> = BTreeSet::new();
    let mut rng = random::stream(seed, "matched");
    for bin in bins.into_values().filter(|bin| bin.len() == classes.len()) {
        let count = bin.values().map(Vec::len).min().unwrap_or(0);
        for mut runs in bin.into_values() {
            runs.shuffle(&mut rng);
            kept.extend(&runs[..count]);
        }
    }
    if kept.is_empty() {
        return Err(nothing_in_common(&networks, width));
    }
    let runs = whole_numbers(table, "run")?;
    let mask: Vec<bool> = runs.iter().map(|run| kept.contains(run)).collect();
    Ok(table.filter(&BooleanChunked::from_slice("kept".into(), &mask))?)
}

/// Networks by class.
type OfClass<'a> = BTreeMap<&'a String, Vec<u64>>;

struct Network {
    class: String,
    accuracy: f64,
    stratum: Vec<String>,
}

/// Class, last test accuracy and stratum of every network that has an accuracy.
fn networks(table: &DataFrame, view: &View, within: &[&str]) -> Result<BTreeMap<u64, Network>> {
    let strata: Vec<Vec<String>> =
        within.iter().map(|name| key(table, name)).collect::<Result<_>>()?;
    let (runs, checkpoints) = (whole_numbers(table, "run")?, whole_numbers(table, "checkpoint")?);
    let (classes, accuracies) = (labels(table, &view.label)?, numbers(table, "test_accuracy")?);
    let mut last: BTreeMap<u64, usize> = BTreeMap::new();
    for row in 0..runs.len() {
        let place = last.entry(runs[row]).or_insert(row);
        if checkpoints[row] > checkpoints[*place] {
            *place = row;
        }
    }
    let known = last.into_iter().filter(|&(_, row)| accuracies[row].is_finite());
    let network = |row: usize| Network {
        class: classes[row].clone(),
        accuracy: accuracies[row],
        stratum: strata.iter().map(|stratum| stratum[row].clone()).collect(),
    };
    Ok(known.map(|(run, row)| (run, network(row))).collect())
}

fn nothing_in_common(networks: &BTreeMap<u64, Network>, width: f64) -> Error {
    let mut ranges: BTreeMap<&String, (f64, f64)> = BTreeMap::new();
    for Network { class, accuracy, .. } in networks.values() {
        let range = ranges.entry(class).or_insert((*accuracy, *accuracy));
        *range = (range.0.min(*accuracy), range.1.max(*accuracy));
    }
    let ranges: Vec<String> = ranges
        .into_iter()
        .map(|(class, (low, high))| format!("{class} {low:.3} to {high:.3}"))
        .collect();
    Error::Samples(format!(
        "no interval of accuracy of width {width} has networks of every class ({}); leave out classes that do much worse or better than the \
         others, or take a larger width",
        ranges.join(", ")
    ))
}
