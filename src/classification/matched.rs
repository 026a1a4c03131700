//! Networks that do equally well under every rule.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray};
use rand::seq::SliceRandom as _;

use super::View;
use super::table::{key, labels, whole_numbers};
use crate::observables::Networks;
use crate::observables::columns::{accuracies_if_any, check_distinct};
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
/// [`Error::Table`] if columns are missing, an accuracy is not from 0 to 1, a row is there twice or two networks have the same number (see
/// [`stack`](crate::observables::stack)).
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
    check_distinct("label", &view.label)?;
    check_distinct("within", within)?;
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
    let known = Networks::of(table)?;
    known.check_measured(table)?;
    let strata: Vec<Vec<String>> =
        within.iter().map(|name| key(table, name)).collect::<Result<_>>()?;
    let checkpoints = whole_numbers(table, "checkpoint")?;
    let classes = labels(table, &view.label)?;
    let accuracies = accuracies_if_any(table, "test_accuracy")?;
    let mut networks = BTreeMap::new();
    for (run, rows) in &known.rows {
        let last = rows.iter().map(|&row| checkpoints[row]).max();
        let end: Vec<usize> =
            rows.iter().copied().filter(|&row| Some(checkpoints[row]) == last).collect();
        let row = end[0];
        check_one_accuracy(*run, &end, &accuracies)?;
        check_one_kind(*run, rows, strata.iter().chain([&classes]))?;
        let Some(accuracy) = accuracies[row] else { continue };
        let stratum = strata.iter().map(|stratum| stratum[row].clone()).collect();
        networks.insert(*run, Network { class: classes[row].clone(), accuracy, stratum });
    }
    Ok(networks)
}

/// All layers of a network say how well it did in the end.
fn check_one_accuracy(run: u64, end: &[usize], accuracies: &[Option<f64>]) -> Result<()> {
    match end.iter().find(|&&row| accuracies[row] != accuracies[end[0]]) {
        None => Ok(()),
        Some(row) => Err(Error::Table(format!(
            "network {run} has two test accuracies at its last checkpoint ({} and {}, in rows {} and {row}); give the table as it was observed",
            in_words(accuracies[end[0]]),
            in_words(accuracies[*row]),
            end[0]
        ))),
    }
}

fn in_words(accuracy: Option<f64>) -> String {
    accuracy.map_or("none".into(), |accuracy| accuracy.to_string())
}

/// A class or a stratum belongs to the whole network.
fn check_one_kind<'a>(
    run: u64,
    rows: &[usize],
    mut keys: impl Iterator<Item = &'a Vec<String>>,
) -> Result<()> {
    let other = |key: &Vec<String>| rows.iter().find(|&&row| key[row] != key[rows[0]]).copied();
    match keys.find_map(|key| Some((&key[rows[0]], &key[other(key)?]))) {
        None => Ok(()),
        Some((first, second)) => Err(Error::Samples(format!(
            "network {run} is both \"{first}\" and \"{second}\"; match within columns that are constant within a run"
        ))),
    }
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
