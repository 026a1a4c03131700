//! Networks that are equal in one quantity, such as how well they do, under every rule; and as many
//! at random.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray};
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use crate::classification::samples::{SampleSpec, key_texts, labels};
use crate::display::show_as_settings;
use crate::error::check_positive;
use crate::observables::Networks;
use crate::observables::columns::{accuracies_if_any, check_distinct, numbers, whole_numbers};
use crate::{Error, Result, random};

/// Which networks count as equal: those in the same interval of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matching {
    /// The column of numbers that they are matched by, such as `test_accuracy` (the default) or
    /// `weight_change`, how far their weights moved. A network's value is that of its last
    /// checkpoint, the mean over its layers.
    pub by: String,
    /// Keys for each combination of which intervals are taken by themselves, such as `task` and
    /// `hidden_layers`: without these a class could be known by the tasks on which it does as well
    /// as others. Default none.
    pub within: Vec<String>,
    /// The width of an interval, in units of the quantity, above 0; default 0.02. Intervals begin
    /// at whole multiples of it.
    pub width: f64,
    /// Decides which networks of an interval are drawn.
    pub seed: u64,
}

impl Default for Matching {
    fn default() -> Self {
        Self { by: TEST_ACCURACY.into(), within: Vec::new(), width: 0.02, seed: 0 }
    }
}

/// The networks of a table that cannot be distinguished by one quantity: from every interval of it,
/// equally many networks of every class. What identifies rules among networks matched in
/// `test_accuracy` is no longer that one learns better than another; among those matched in
/// `weight_change`, no longer that one moves its weights further. Networks without a finite value
/// are left out.
///
/// A matched table is smaller than the one it is drawn of. Compare what is found in it with
/// [`random_subset_like`] it, not with the whole table.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("run" => [0, 1, 2, 3], "checkpoint" => [5; 4], "rule" => ["a", "a", "b", "b"],
///     "weight_change" => [0.11, 0.35, 0.12, 0.58])?;
/// let matching = Matching { by: "weight_change".into(), width: 0.1, ..Matching::default() };
/// let matched = matched_by(&table, &SampleSpec::default(), &matching)?;
/// assert!(matched.column("run")?.i32()?.iter().eq([Some(0), Some(2)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] if no interval has networks of every class, with the values there are;
/// [`Error::Setting`] for a width that is not above 0, or so narrow that intervals cannot be
/// counted; [`Error::Table`] if columns are missing or hold no numbers, an accuracy is not from 0
/// to 1, a row is there twice or two networks have the same number (see
/// [`stack`](crate::observables::stack)).
pub fn matched_by(table: &DataFrame, view: &SampleSpec, matching: &Matching) -> Result<DataFrame> {
    check_positive("width", matching.width)?;
    check_distinct("label", &view.label)?;
    check_columns(table, &[&matching.by])?;
    let networks = networks(table, view, matching)?;
    let classes: BTreeSet<&String> = networks.values().map(|network| &network.class).collect();
    let mut bins: BTreeMap<(&[String], i64), OfClass<'_>> = BTreeMap::new();
    for (&run, Network { class, value, stratum }) in &networks {
        let bin = bins.entry((stratum, interval(*value, matching)?)).or_default();
        bin.entry(class).or_default().push(run);
    }
    let mut kept: BTreeSet<u64> = BTreeSet::new();
    let mut rng = random::stream(matching.seed, "matched");
    for bin in bins.into_values().filter(|bin| bin.len() == classes.len()) {
        let count = bin.values().map(Vec::len).min().unwrap_or(0);
        for mut runs in bin.into_values() {
            runs.shuffle(&mut rng);
            kept.extend(&runs[..count]);
        }
    }
    if kept.is_empty() {
        return Err(nothing_in_common(&networks, matching));
    }
    rows_of(table, &kept)
}

/// [`matched_by`] final test accuracy: from every interval of this `width` (an accuracy, from 1e-6
/// to 1) equally many networks of every class, for each combination of the keys in `within` by
/// itself, drawn by `seed`.
///
/// # Errors
/// As [`matched_by`].
pub fn matched_in_accuracy(
    table: &DataFrame,
    view: &SampleSpec,
    within: &[&str],
    (width, seed): (f64, u64),
) -> Result<DataFrame> {
    if !(1e-6..=1.0).contains(&width) {
        return Err(Error::setting("width", width, "it must be from 1e-6 to 1, an accuracy"));
    }
    let within = within.iter().map(ToString::to_string).collect();
    matched_by(table, view, &Matching { within, width, seed, ..Matching::default() })
}

/// The control of a matched table: networks drawn at random from the whole `table`, as many of
/// every class, and of every class in each combination of the keys in [`Matching::within`], as
/// `matched` has. What is found in the matched table and not in these is due to matching; what both
/// lack is due to their being few. Draw several, by several seeds.
///
/// # Errors
/// [`Error::Samples`] if the table has fewer networks of a class than the matched one;
/// [`Error::Table`] if columns are missing.
pub fn random_subset_like(
    table: &DataFrame,
    matched: &DataFrame,
    view: &SampleSpec,
    matching: &Matching,
) -> Result<DataFrame> {
    check_columns(table, &[])?;
    check_columns(matched, &[])?;
    let wanted = by_class(matched, view, matching)?;
    let mut all = by_class(table, view, matching)?;
    let mut rng = random::stream(matching.seed, "random subset");
    let mut kept: BTreeSet<u64> = BTreeSet::new();
    for (kind, runs) in wanted {
        let mut known = all.remove(&kind).unwrap_or_default();
        if known.len() < runs.len() {
            return Err(Error::Samples(format!(
                "the matched table has {} networks of {} and the table that they are to be drawn from {}; give the table that was matched",
                runs.len(),
                [&kind.0[..], &[kind.1]].concat().join(", "),
                known.len()
            )));
        }
        known.shuffle(&mut rng);
        kept.extend(&known[..runs.len()]);
    }
    rows_of(table, &kept)
}

/// The number of the interval that has this value.
fn interval(value: f64, matching: &Matching) -> Result<i64> {
    let number = (value / matching.width).floor();
    // Beyond this not every whole number is a floating-point number.
    if number.abs() < 2.0_f64.powi(53) {
        return Ok(number as i64);
    }
    let requirement = format!(
        "{} is {value} in a network, too many intervals from 0; it must be wider",
        matching.by
    );
    Err(Error::setting("width", matching.width, requirement))
}

fn check_columns(table: &DataFrame, more: &[&str]) -> Result<()> {
    match ["run", "checkpoint"].iter().chain(more).find(|name| table.column(name).is_err()) {
        None => Ok(()),
        Some(name) => Err(Error::Table(format!(
            "the table lacks the column {name}, by which networks are matched"
        ))),
    }
}

/// The rows of these networks.
pub(super) fn rows_of(table: &DataFrame, kept: &BTreeSet<u64>) -> Result<DataFrame> {
    let runs = whole_numbers(table, "run")?;
    let mask: Vec<bool> = runs.iter().map(|run| kept.contains(run)).collect();
    Ok(table.filter(&BooleanChunked::from_slice("kept".into(), &mask))?)
}

/// What networks are matched by unless something else is said.
const TEST_ACCURACY: &str = "test_accuracy";

/// A stratum and a class.
type Kind = (Vec<String>, String);

/// Networks by class.
type OfClass<'a> = BTreeMap<&'a String, Vec<u64>>;

struct Network {
    class: String,
    value: f64,
    stratum: Vec<String>,
}

/// Class, value at the last checkpoint and stratum of every network that has a finite value.
fn networks(
    table: &DataFrame,
    view: &SampleSpec,
    matching: &Matching,
) -> Result<BTreeMap<u64, Network>> {
    let (strata, classes) = (strata(table, matching)?, labels(table, &view.label)?);
    let values = values(table, &matching.by)?;
    let mut networks = BTreeMap::new();
    for (run, rows) in last_rows(table, strata.iter().chain([&classes]))? {
        if matching.by == TEST_ACCURACY {
            check_one_accuracy(run, &rows, &values)?;
        }
        let value = mean(rows.iter().map(|&row| values[row]));
        if value.is_finite() {
            let stratum = strata.iter().map(|stratum| stratum[rows[0]].clone()).collect();
            networks.insert(run, Network { class: classes[rows[0]].clone(), value, stratum });
        }
    }
    Ok(networks)
}

/// What networks are matched by, in each row; not a number where there is none.
fn values(table: &DataFrame, by: &str) -> Result<Vec<f64>> {
    if by != TEST_ACCURACY {
        return numbers(table, by);
    }
    let accuracies = accuracies_if_any(table, by)?.into_iter();
    Ok(accuracies.map(|accuracy| accuracy.unwrap_or(f64::NAN)).collect())
}

/// All layers of a network say how well it did in the end.
fn check_one_accuracy(run: u64, end: &[usize], accuracies: &[f64]) -> Result<()> {
    let first = accuracies[end[0]];
    let in_words =
        |accuracy: f64| if accuracy.is_nan() { "none".into() } else { accuracy.to_string() };
    match end.iter().find(|&&row| accuracies[row].to_bits() != first.to_bits()) {
        None => Ok(()),
        Some(&row) => Err(Error::Table(format!(
            "network {run} has two test accuracies at its last checkpoint ({} and {}, in rows {} and {row}); give the table as it was observed",
            in_words(first),
            in_words(accuracies[row]),
            end[0]
        ))),
    }
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

/// By a recursion that leaves equal numbers, such as a network's accuracy in the rows of all its
/// layers, exactly what they are.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let recursion = |mean: f64, (before, value)| mean + (value - mean) / (before as f64 + 1.0);
    values.enumerate().fold(0.0, recursion)
}

/// The networks of every stratum and class.
fn by_class(
    table: &DataFrame,
    view: &SampleSpec,
    matching: &Matching,
) -> Result<BTreeMap<Kind, Vec<u64>>> {
    let (strata, classes) = (strata(table, matching)?, labels(table, &view.label)?);
    let mut found: BTreeMap<Kind, Vec<u64>> = BTreeMap::new();
    for (run, rows) in last_rows(table, strata.iter().chain([&classes]))? {
        let stratum = strata.iter().map(|stratum| stratum[rows[0]].clone()).collect();
        found.entry((stratum, classes[rows[0]].clone())).or_default().push(run);
    }
    Ok(found)
}

fn strata(table: &DataFrame, matching: &Matching) -> Result<Vec<Vec<String>>> {
    check_distinct("within", &matching.within)?;
    matching.within.iter().map(|name| key_texts(table, name)).collect()
}

/// The rows of every network's last checkpoint, one for each layer; `keys` are the same in all rows
/// of a network.
fn last_rows<'a>(
    table: &DataFrame,
    keys: impl Iterator<Item = &'a Vec<String>> + Clone,
) -> Result<Vec<(u64, Vec<usize>)>> {
    let known = Networks::of(table)?;
    known.check_measured(table)?;
    let checkpoints = whole_numbers(table, "checkpoint")?;
    let ends = known.rows.into_iter().map(|(run, rows)| {
        check_one_kind(run, &rows, keys.clone())?;
        let last = rows.iter().map(|&row| checkpoints[row]).max();
        let end = rows.into_iter().filter(|&row| Some(checkpoints[row]) == last);
        Ok((run, end.collect()))
    });
    let mut ends = ends.collect::<Result<Vec<_>>>()?;
    // In the order of their numbers, so that a draw does not depend on that of the rows.
    ends.sort_by_key(|(run, _)| *run);
    Ok(ends)
}

fn nothing_in_common(networks: &BTreeMap<u64, Network>, matching: &Matching) -> Error {
    let mut ranges: BTreeMap<&String, (f64, f64)> = BTreeMap::new();
    for Network { class, value, .. } in networks.values() {
        let range = ranges.entry(class).or_insert((*value, *value));
        *range = (range.0.min(*value), range.1.max(*value));
    }
    let Matching { by, width, .. } = matching;
    if ranges.is_empty() {
        return Error::Samples(format!("no network has a finite {by} to be matched by"));
    }
    let ranges: Vec<String> = ranges
        .into_iter()
        .map(|(class, (low, high))| format!("{class} {low:.3} to {high:.3}"))
        .collect();
    Error::Samples(format!(
        "no interval of {by} of width {width} has networks of every class ({}); leave out classes that lie far from the others, or take a larger width",
        ranges.join(", ")
    ))
}

show_as_settings!(Matching);

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, df};

    use super::*;

    /// Four networks of rule a, six of rule b, with two layers at two checkpoints, in which the
    /// first checkpoint is alike.
    fn table() -> DataFrame {
        let runs: Vec<u32> = (0..40).map(|row| row / 4).collect();
        let moved = |run: u32| match run {
            0..4 => 0.1 * f64::from(run) + 0.05,
            _ => 0.1 * f64::from(run - 4) + 0.07,
        };
        let rows = 0..runs.len();
        let of = |row: usize, run: u32| match row % 4 {
            0 | 1 => 0.0,
            2 => moved(run) - 0.03,
            _ => moved(run) + 0.03,
        };
        let values: Vec<f64> = rows.clone().map(|row| of(row, runs[row])).collect();
        df!(
            "run" => runs.clone(),
            "checkpoint" => rows.clone().map(|row| (row / 2 % 2) as u32).collect::<Vec<_>>(),
            "layer" => rows.map(|row| (row % 2) as u32 + 1).collect::<Vec<_>>(),
            "rule" => runs.iter().map(|run| if *run < 4 { "a" } else { "b" }).collect::<Vec<_>>(),
            "task" => runs.iter().map(|run| ["x", "y"][*run as usize % 2]).collect::<Vec<_>>(),
            "weight_change" => values,
        )
        .unwrap()
    }

    fn matching() -> Matching {
        Matching { by: "weight_change".into(), width: 0.1, ..Matching::default() }
    }

    fn runs(table: &DataFrame) -> Vec<u32> {
        let mut runs: Vec<u32> =
            table.column("run").unwrap().u32().unwrap().iter().flatten().collect();
        runs.dedup();
        runs
    }

    #[test]
    fn networks_are_matched_by_how_far_all_their_layers_moved_in_the_end() {
        let matched = matched_by(&table(), &SampleSpec::default(), &matching()).unwrap();
        // The last two of b moved further than any of a.
        assert_eq!(runs(&matched), [0, 1, 2, 3, 4, 5, 6, 7]);
        let mut gaps = table();
        let values = gaps.column("weight_change").unwrap().f64().unwrap().iter().enumerate();
        let values: Vec<Option<f64>> =
            values.map(|(row, value)| if row == 3 { Some(f64::NAN) } else { value }).collect();
        gaps.with_column(Column::new("weight_change".into(), values)).unwrap();
        let matched = matched_by(&gaps, &SampleSpec::default(), &matching()).unwrap();
        assert_eq!(runs(&matched), [1, 2, 3, 5, 6, 7]);
    }

    #[test]
    fn a_random_subset_has_as_many_networks_of_every_class_and_stratum() {
        let matching = Matching { within: vec!["task".into()], ..matching() };
        let view = SampleSpec::default();
        let matched = matched_by(&table(), &view, &matching).unwrap();
        let wanted = by_class(&matched, &view, &matching).unwrap();
        let counts = |table: &DataFrame| -> Vec<usize> {
            by_class(table, &view, &matching).unwrap().values().map(Vec::len).collect()
        };
        assert_eq!((wanted.len(), counts(&matched)), (4, vec![2; 4]));
        let mut drawn = BTreeSet::new();
        for seed in 0..20 {
            let matching = Matching { seed, ..matching.clone() };
            let subset = random_subset_like(&table(), &matched, &view, &matching).unwrap();
            assert_eq!(counts(&subset), counts(&matched));
            let again = random_subset_like(&table(), &matched, &view, &matching).unwrap();
            assert!(subset.equals_missing(&again));
            drawn.insert(runs(&subset));
        }
        // Of b's three networks of each task two are drawn, in nine ways.
        assert!(drawn.len() > 4, "{drawn:?}");
        let told = random_subset_like(&matched, &table(), &view, &matching).unwrap_err();
        assert!(told.to_string().contains("has 3 networks of x, b"), "{told}");
    }

    #[test]
    fn what_cannot_be_matched_is_told() {
        let told = |matching: Matching| {
            matched_by(&table(), &SampleSpec::default(), &matching).unwrap_err().to_string()
        };
        let none = told(Matching { by: TEST_ACCURACY.into(), ..matching() });
        assert!(none.contains("lacks the column test_accuracy"), "{none}");
        let text = told(Matching { by: "task".into(), ..matching() });
        assert!(text.contains("column task holds text, not numbers"), "{text}");
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(told(Matching { width, ..matching() }).contains("width is"));
        }
        let narrow = told(Matching { width: 1e-300, ..matching() });
        assert!(narrow.contains("it must be wider"), "{narrow}");
        let apart = told(Matching { width: 1e-6, ..matching() });
        assert!(apart.contains("a 0.050 to 0.350") && apart.contains("weight_change"), "{apart}");
        let mut empty = table();
        empty.with_column(Column::new("weight_change".into(), vec![f64::NAN; 40])).unwrap();
        let told = matched_by(&empty, &SampleSpec::default(), &matching()).unwrap_err().to_string();
        assert!(told.contains("no network has a finite weight_change"), "{told}");
    }
}
