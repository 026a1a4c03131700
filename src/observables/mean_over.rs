//! A mean with its interval, for every combination of some columns.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize};

use super::Networks;
use super::columns::{check_distinct, check_free, codes, column_of, numbers, row_keys};
use crate::error::{check_column, shown};
use crate::statistics::{Estimate, mean};
use crate::{Error, Result};

/// The mean of column `value` for every combination of the columns `by`, in the order of the table,
/// with Student's 95 % confidence interval over the values of column `over` (`model_seed` or `run`,
/// say), within which rows are averaged first. Those values must be independent of one another;
/// splits of the same networks are not, and their interval is too narrow. Columns `by`, then
/// `count` (of values of `over`), `mean`, `low`, `high`. Missing values and those that are not
/// finite are left out; of one value there is no interval.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("rule" => ["a", "a", "a", "b"], "run" => [0, 0, 1, 2], "angle" => [1.0, 3.0, 4.0, 7.0])?;
/// let means = mean_over(&table, "angle", &["rule"], "run")?;
/// assert_eq!(means.column("mean")?.f64()?.get(0), Some(3.0));
/// assert_eq!(means.column("low")?.f64()?.get(1), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if a column is missing; [`Error::Table`] if `value` holds no numbers or
/// none that is finite, one of the other columns is empty in a row with a value, or `over` is `run`
/// and two networks have the same number (see [`stack`](crate::observables::stack)) or a row is
/// there twice; [`Error::Setting`] if `by` is empty, or a column is named twice.
pub fn mean_over(table: &DataFrame, value: &str, by: &[&str], over: &str) -> Result<DataFrame> {
    check_names(table, value, by, over)?;
    let found = groups(table, value, by, over)?;
    let estimates: Vec<(usize, Estimate)> = found.iter().map(Group::estimate).collect();
    let first = IdxCa::from_vec("first".into(), found.iter().map(|group| group.first).collect());
    let mut means = table.select(by.iter().copied())?.take(&first)?;
    let counts: Vec<u32> = estimates.iter().map(|&(count, _)| count as u32).collect();
    means.hstack_mut(&[
        Column::new("count".into(), counts),
        column_of("mean", &estimates, |(_, estimate)| Some(estimate.mean)),
        column_of("low", &estimates, |(_, estimate)| estimate.low()),
        column_of("high", &estimates, |(_, estimate)| estimate.high()),
    ])?;
    Ok(means)
}

/// Every column is there, is named once, and leaves the result its own names.
fn check_names(table: &DataFrame, value: &str, by: &[&str], over: &str) -> Result<()> {
    if by.is_empty() {
        return Err(Error::setting("by", "empty", "name at least one column, such as rule"));
    }
    let columns: Vec<&str> = by.iter().copied().chain([over, value]).collect();
    check_distinct("the list of by, over and value", &columns)?;
    check_free("by", by, &["count", "mean", "low", "high"])?;
    columns.iter().try_for_each(|name| check_column(table, name))
}

/// The rows of one combination of the columns `by`.
struct Group {
    /// The first of them.
    first: IdxSize,
    /// The values of each replicate.
    replicates: BTreeMap<Vec<u32>, Vec<f64>>,
}

impl Group {
    /// The number of replicates, and the mean over them.
    fn estimate(&self) -> (usize, Estimate) {
        let means: Vec<f64> = self.replicates.values().map(|own| mean(own)).collect();
        (means.len(), Estimate::over_splits(&means, 0.0))
    }
}

/// The rows that have a value, by the columns `by`, in the order of the table.
fn groups(table: &DataFrame, value: &str, by: &[&str], over: &str) -> Result<Vec<Group>> {
    let values = numbers(table, value)?;
    let rows: Vec<usize> = (0..values.len()).filter(|&row| values[row].is_finite()).collect();
    if rows.is_empty() {
        return Err(Error::Table(format!(
            "no {} is finite, so that there is no mean of it",
            shown(value)
        )));
    }
    let (keys, replicates) = (row_keys(table, by, &rows)?, row_keys(table, &[over], &rows)?);
    if over == "run" {
        check_networks(table, by)?;
    }
    let mut places: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    let mut found: Vec<Group> = Vec::new();
    for ((key, replicate), row) in keys.into_iter().zip(replicates).zip(rows) {
        let at = *places.entry(key).or_insert(found.len());
        if at == found.len() {
            found.push(Group { first: row as IdxSize, replicates: BTreeMap::new() });
        }
        found[at].replicates.entry(replicate).or_default().push(values[row]);
    }
    Ok(found)
}

/// A network is one experiment, and its rows are there once in each combination of the columns
/// `by`.
fn check_networks(table: &DataFrame, by: &[&str]) -> Result<()> {
    let networks = Networks::of(table)?;
    let rows: Vec<usize> = (0..table.height()).collect();
    let mut parts: BTreeMap<Vec<Option<u32>>, Vec<IdxSize>> = BTreeMap::new();
    let keys = by.iter().map(|name| codes(table, name)).collect::<Result<Vec<_>>>()?;
    for row in rows {
        let key = keys.iter().map(|codes| codes[row]).collect();
        parts.entry(key).or_default().push(row as IdxSize);
    }
    if parts.len() == 1 {
        return networks.check_repeated(table);
    }
    for rows in parts.into_values() {
        let part = table.take(&IdxCa::from_vec("".into(), rows))?;
        Networks::of(&part)?.check_repeated(&part)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn told(table: &DataFrame, by: &[&str], over: &str) -> String {
        mean_over(table, "x", by, over).unwrap_err().to_string()
    }

    #[test]
    fn networks_of_two_studies_with_the_same_runs_have_no_mean() {
        let a = df!("run" => [0, 1], "rule" => ["a", "b"], "step" => [3, 3], "x" => [1.0, 2.0]);
        let b = df!("run" => [0, 1], "rule" => ["b", "a"], "step" => [3, 3], "x" => [3.0, 4.0]);
        let (a, b) = (a.unwrap(), b.unwrap());
        let both = a.vstack(&b).unwrap();
        assert!(told(&both, &["step"], "run").contains("run 0 has two values of rule"));
        let twice = a.vstack(&a).unwrap();
        assert!(told(&twice, &["rule"], "run").contains("run 0, step 3 occurs twice"));
        let stacked = crate::observables::stack(&[&a, &b]).unwrap();
        let means = mean_over(&stacked, "x", &["step"], "run").unwrap();
        assert_eq!(means.column("count").unwrap().u32().unwrap().get(0), Some(4));
        assert_eq!(means.column("mean").unwrap().f64().unwrap().get(0), Some(2.5));
    }

    #[test]
    fn an_empty_key_or_a_name_twice_is_told() {
        let table = df!("rule" => [Some("a"), None], "seed" => [Some(1.0), Some(f64::NAN)], "x" => [1.0, 2.0]);
        let table = table.unwrap();
        assert!(told(&table, &["rule"], "seed").contains("rule is empty in 1 rows"));
        assert!(told(&table.drop("rule").unwrap(), &["rule"], "seed").contains("\"rule\""));
        assert!(told(&table, &["rule", "rule"], "seed").contains("rule twice"));
        assert!(told(&table, &["rule", "x"], "seed").contains("x twice"));
        let named = df!("mean" => ["a"], "seed" => [1], "x" => [1.0]).unwrap();
        assert!(told(&named, &["mean"], "seed").contains("by is mean"));
        // Rows without a value do not count.
        let mut odd = table.clone();
        odd.with_column(Column::new("x".into(), [1.0, f64::NAN])).unwrap();
        assert_eq!(mean_over(&odd, "x", &["rule"], "seed").unwrap().height(), 1);
    }

    #[test]
    fn a_mean_of_large_numbers_is_no_infinity() {
        let table = df!("rule" => ["a", "a"], "seed" => [0, 1], "x" => [1.5e308, 1.7e308]).unwrap();
        let means = mean_over(&table, "x", &["rule"], "seed").unwrap();
        assert_eq!(means.column("mean").unwrap().f64().unwrap().get(0), Some(1.6e308));
        assert_eq!(means.column("low").unwrap().null_count(), 1);
    }
}
