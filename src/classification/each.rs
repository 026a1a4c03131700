//! The same question asked of parts of a table.

use polars::prelude::{
    Column, DataFrame, IntoLazy, JoinArgs, JoinType, SortMultipleOptions, UniqueKeepStrategy, col,
    lit,
};

use super::statistics::column;
use super::{Classifier, Protocol, View, classify};
use super::{convergence, null};
use crate::{Error, Result};

/// [`classify`] on each part of a table that shares the values of some key columns, such as the `noise` and `fraction` of a grid of
/// instruments: one row per part, in the order of the keys, with these, `networks`, `accuracy`, its interval's ends `low` and `high`, `chance`, of so
/// many `shuffles` of the labels the mean `shuffled`, the `shuffled_largest` and, of at least 20, what 95 % stay below, `shuffled_95`, and `unconverged`,
/// the fits that ran out of steps. A key that is named twice counts once; rows without a value in a key are a part of their own.
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
/// let table = classify_each(&records.observations, &["noise", "fraction"], &View::default(), &RandomForest::default(), &protocol)?;
/// assert_eq!(table.height(), 4);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Table`] if there is no such column; otherwise as [`View::samples`] and [`classify`], with the part that cannot be
/// answered for.
pub fn classify_each(
    table: &DataFrame,
    keys: &[&str],
    view: &View,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<DataFrame> {
    if let Some(lacking) = keys.iter().find(|key| table.column(key).is_err()) {
        return Err(Error::Table(format!("the table has no column {lacking} to ask by")));
    }
    if keys.is_empty() {
        return Err(Error::setting(
            "keys",
            "empty",
            "name at least one key column, or use classify",
        ));
    }
    let names = (0..keys.len()).filter(|&place| !keys[..place].contains(&keys[place]));
    let columns: Vec<_> = names.map(|place| col(keys[place])).collect();
    let parts = table
        .clone()
        .lazy()
        .select(&columns)
        .unique_stable(None, UniqueKeepStrategy::First)
        .sort_by_exprs(&columns, SortMultipleOptions::default())
        .with_row_index("part", None)
        .collect()?;
    let numbered = table.clone().lazy().join(
        parts.clone().lazy(),
        &columns,
        &columns,
        JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) },
    );
    let bare = Protocol { importance_repeats: 0, ..protocol.clone() };
    let report = |part: usize| {
        let rows = numbered.clone().filter(col("part").eq(lit(part as u32)));
        let rows = rows.collect()?.drop("part")?;
        let samples = view.samples(&rows);
        samples.and_then(|samples| classify(&samples, classifier, &bare)).map_err(|problem| {
            Error::Samples(format!("where {}: {problem}", in_words(&parts, part)))
        })
    };
    let reports = (0..parts.height()).map(report).collect::<Result<Vec<_>>>()?;
    let networks: Vec<u32> = reports.iter().map(|report| report.sizes.networks as u32).collect();
    let mut parts = parts.drop("part")?;
    parts.hstack_mut(&[
        Column::new("networks".into(), networks),
        column("accuracy", &reports, |report| Some(report.accuracy.mean)),
        column("low", &reports, |report| report.accuracy.low()),
        column("high", &reports, |report| report.accuracy.high()),
        column("chance", &reports, |report| Some(report.chance)),
    ])?;
    parts.hstack_mut(&null::columns(&reports, |report| report.baseline.as_ref()))?;
    parts.hstack_mut(&[convergence::column(&reports, |report| &report.convergence)])?;
    Ok(parts)
}

/// The keys of a part, as a sentence names them.
fn in_words(parts: &DataFrame, part: usize) -> String {
    let keys = parts.columns().iter().filter(|column| column.name() != "part");
    let value = |column: &Column| match column.get(part) {
        Ok(value) => format!("{} is {value}", column.name()),
        Err(_) => column.name().to_string(),
    };
    keys.map(value).collect::<Vec<String>>().join(" and ")
}
