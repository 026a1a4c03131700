//! The same question asked of parts of a table.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, IntoLazy, SortMultipleOptions, col};

use super::classify::classify;
use super::protocol::Protocol;
use super::report::Report;
use super::shuffled_labels::{SHUFFLED, shuffled};
use crate::classification::classifiers::{Classifier, UNCONVERGED, unconverged};
use crate::classification::samples::SampleSpec;
use crate::error::shown;
use crate::observables::columns::{check_distinct, check_free, column_of, row_keys, whole_numbers};
use crate::{Error, Result};

/// [`classify`] on each part of a table that shares the values of some key columns, such as the
/// `noise` and `fraction` of a grid of instruments: one row per part, in the order of the keys,
/// with these, `networks`, `accuracy`, its interval's ends `low` and `high`, `chance`, of so many
/// `shuffles` of the labels the mean `shuffled`, the `shuffled_largest` and, of at least 20, what
/// 95 % stay below, `shuffled_95`, and `unconverged`, the fits that ran out of steps. A key that is
/// named twice counts once; rows without a value in a key are a part of their own.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let study = Study::of(Experiment::new(&task).batch_size(50).checkpoints(Checkpoints::Count(2)))
///     .rules(&[Backprop.shared(), Hebbian::default().shared()]).seeds(6);
/// let grid = InstrumentGrid { noise: vec![0.0, 3.0], fraction: vec![1.0, 0.1], ..InstrumentGrid::default() };
/// let records = study.run_grid(&grid, &ObservableSet::weights())?;
/// let protocol = Protocol { splits: 2, permutations: 2, ..Protocol::default() };
/// let table = classify_each(&records.observations, &["noise", "fraction"], &SampleSpec::default(), &RandomForest::default(), &protocol)?;
/// assert_eq!(table.height(), 4);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Table`] if there is no such column, or it is empty somewhere; [`Error::Setting`] if
/// none is named, one is named twice, or the result has a column of its name; otherwise as
/// [`SampleSpec::samples`] and [`classify`], with the part that cannot be answered for.
pub fn classify_each(
    table: &DataFrame,
    keys: &[&str],
    view: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<DataFrame> {
    check_keys(table, keys)?;
    let (parts, rows) = parts(table, keys)?;
    let bare = Protocol { importance_repeats: 0, ..protocol.clone() };
    let report = |(place, rows): (usize, Vec<IdxSize>)| {
        let part = table.take(&IdxCa::from_vec("".into(), rows))?;
        let samples = view.samples(&part);
        samples.and_then(|samples| classify(&samples, classifier, &bare)).map_err(|problem| {
            Error::Samples(format!("where {}: {problem}", in_words(&parts, place)))
        })
    };
    let reports = rows.into_iter().enumerate().map(report).collect::<Result<Vec<_>>>()?;
    with_results(parts, &reports)
}

/// The keys of each part with what its report says.
fn with_results(mut parts: DataFrame, reports: &[Report]) -> Result<DataFrame> {
    let networks: Vec<u32> = reports.iter().map(|report| report.sizes.networks as u32).collect();
    parts.hstack_mut(&[
        Column::new("networks".into(), networks),
        column_of("accuracy", reports, |report| Some(report.accuracy.mean)),
        column_of("low", reports, |report| report.accuracy.low()),
        column_of("high", reports, |report| report.accuracy.high()),
        column_of("chance", reports, |report| Some(report.chance)),
    ])?;
    parts.hstack_mut(&shuffled(reports, |report| report.baseline.as_ref()))?;
    parts.hstack_mut(&[unconverged(reports, |report| &report.convergence)])?;
    Ok(parts)
}

/// The columns that the result adds to its keys, besides those of shuffled labels and of
/// convergence.
const RESULTS: [&str; 5] = ["networks", "accuracy", "low", "high", "chance"];

fn check_keys(table: &DataFrame, keys: &[&str]) -> Result<()> {
    if keys.is_empty() {
        let requirement = "name at least one key column, or use classify";
        return Err(Error::setting("keys", "empty", requirement));
    }
    check_distinct("keys", keys)?;
    check_free("keys", keys, &[&RESULTS[..], &SHUFFLED, &[UNCONVERGED]].concat())?;
    match keys.iter().find(|key| table.column(key).is_err()) {
        None => Ok(()),
        Some(lacking) => {
            Err(Error::Table(format!("the table has no column {} to ask by", shown(lacking))))
        }
    }
}

/// The different values of the keys, in their order, and the rows of each.
fn parts(table: &DataFrame, keys: &[&str]) -> Result<(DataFrame, Vec<Vec<IdxSize>>)> {
    let all: Vec<usize> = (0..table.height()).collect();
    let mut rows: BTreeMap<Vec<u32>, Vec<IdxSize>> = BTreeMap::new();
    for (key, row) in row_keys(table, keys, &all)?.into_iter().zip(all) {
        rows.entry(key).or_default().push(row as IdxSize);
    }
    let firsts: Vec<IdxSize> = rows.values().map(|rows| rows[0]).collect();
    let firsts = table.select(keys.iter().copied())?.take(&IdxCa::from_vec("".into(), firsts))?;
    // Which no key is called, for all of them are shorter.
    let place = format!("place of {}", keys.concat());
    let columns: Vec<_> = keys.iter().map(|key| col(*key)).collect();
    let sorted = firsts.lazy().with_row_index(place.as_str(), None);
    let mut parts = sorted.sort_by_exprs(columns, SortMultipleOptions::default()).collect()?;
    let places = whole_numbers(&parts, &place)?;
    parts.drop_in_place(&place)?;
    let rows: Vec<Vec<IdxSize>> = rows.into_values().collect();
    let in_order = places.into_iter().map(|place| rows[place as usize].clone()).collect();
    Ok((parts, in_order))
}

/// The keys of a part, as a sentence names them.
fn in_words(parts: &DataFrame, part: usize) -> String {
    let value = |column: &Column| match column.get(part) {
        Ok(value) => format!("{} is {value}", column.name()),
        Err(_) => column.name().to_string(),
    };
    parts.columns().iter().map(value).collect::<Vec<String>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;
    use crate::classification::RandomForest;

    #[test]
    fn keys_are_there_once_and_in_every_row() {
        let table = df!("noise" => [Some(0.1), None], "accuracy" => [1.0, 1.0]).unwrap();
        let told = |keys: &[&str]| {
            let forest = RandomForest::default();
            let asked =
                classify_each(&table, keys, &SampleSpec::default(), &forest, &Protocol::default());
            asked.unwrap_err().to_string()
        };
        assert!(told(&["noise", "noise"]).contains("noise twice"));
        assert!(told(&["noise"]).contains("noise is empty in 1 rows"));
        assert!(told(&["accuracy"]).contains("rename"));
        assert!(told(&["colour"]).contains("no column colour"));
    }

    #[test]
    fn parts_come_in_the_order_of_their_keys() {
        let table = df!("noise" => [1.0, 0.0, 1.0], "part" => ["b", "b", "a"]).unwrap();
        let (parts, rows) = parts(&table, &["noise", "part"]).unwrap();
        assert_eq!(parts.get_column_names(), ["noise", "part"]);
        assert_eq!(rows, [[1], [2], [0]]);
    }
}
