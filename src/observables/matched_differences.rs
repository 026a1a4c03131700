//! What a rule made of a network, beside what another made of the same one.

use std::collections::BTreeMap;

use polars::prelude::{BooleanChunked, Column, DataFrame, Expr, IdxCa, IdxSize, NewChunkedArray};

use super::columns::{check_free, nullable, numbers, row_keys};
use super::{Networks, declared, marked};
use crate::error::{Error, Result, check_column};

/// What matched networks have in common: everything but the rule, and how large its steps are.
const COMMON: [&str; 11] = [
    "task",
    "architecture",
    "initialiser",
    "batch_size",
    "epochs",
    "model_seed",
    "data_seed",
    "checkpoint",
    "layer",
    "noise",
    "fraction",
];

/// Every observable less that of the matched network: the one with the same initial weights,
/// examples, task and architecture that `reference` marks, such as the one trained by backprop.
/// Before learning the differences are 0; what they become is the rule's doing alone, without the
/// scatter of initial weights. No experimenter has a matched network, so these are for looking at
/// and not for identification.
///
/// The rows of networks without a match are left out.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let study = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules::all()).seeds(2);
/// let differences = matched_differences(&study.run()?.observations, &col("rule").eq(lit("backprop")))?;
/// let own = differences.lazy().filter(col("rule").eq(lit("backprop"))).collect()?;
/// assert_eq!(own.column("weightraw_norm")?.f64()?.max(), Some(0.0));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if the table has no column `model_seed`, by which networks are matched;
/// [`Error::Table`] if `reference` is no condition on the table's rows, marks no network, or two
/// with the same start, if the table has no observables, a key is missing, a row is there twice, or
/// two networks have the same number (see [`stack`](super::stack)).
pub fn matched_differences(table: &DataFrame, reference: &Expr) -> Result<DataFrame> {
    let pairs = pairs(table, &marked(table, "the reference", reference)?)?;
    let own: Vec<bool> = pairs.iter().map(Option::is_some).collect();
    let mut differences = table.filter(&BooleanChunked::from_slice("own".into(), &own))?;
    for (name, values) in differences_of(table, &pairs)? {
        let values = values.into_iter().zip(&own).filter(|(_, own)| **own).map(|(value, _)| value);
        differences.replace(&name, nullable(&name, values))?;
    }
    Ok(differences)
}

/// How far each group of networks lies from its matched networks under `reference`, in units of the
/// networks' own scatter (Cohen's d): for every value of column `by` (in the order of the table)
/// and every observable the mean of [`matched_differences`] over the root mean of two variances of
/// the observable itself, within the group and under the reference; null where these do not
/// scatter, or a group or the reference is one network. Beyond 2 or so one number measured once
/// nearly distinguishes the two. Give it the rows of one layer and checkpoint.
///
/// # Errors
/// As [`matched_differences`]; [`Error::UnknownName`] if there is no column `by`;
/// [`Error::Setting`] if it is an observable; [`Error::Table`] if a row of it is empty, or a
/// network has several rows.
pub fn effect_sizes(table: &DataFrame, reference: &Expr, by: &str) -> Result<DataFrame> {
    check_column(table, by)?;
    let observables = declared(table)?;
    check_free("by", &[by], &observables.iter().map(String::as_str).collect::<Vec<&str>>())?;
    check_one_row(table)?;
    let marks = marked(table, "the reference", reference)?;
    let pairs = pairs(table, &marks)?;
    let reference: Vec<usize> = (0..table.height()).filter(|&row| marks[row]).collect();
    let groups = groups(table, by, &pairs)?;
    let first: Vec<IdxSize> = groups.iter().map(|rows| rows[0] as IdxSize).collect();
    let mut sizes = table.select([by])?.take(&IdxCa::from_vec("".into(), first))?;
    for (name, differences) in differences_of(table, &pairs)? {
        let values = numbers(table, &name)?;
        let own = variance(&values, &reference);
        let size = |rows: &Vec<usize>| {
            let differences = known(&differences, rows);
            let mean = differences.iter().sum::<f64>() / differences.len() as f64;
            mean / ((variance(&values, rows) + own) / 2.0).sqrt()
        };
        sizes.with_column(nullable(&name, groups.iter().map(size)))?;
    }
    Ok(sizes)
}

/// For each row that of its match.
pub(crate) fn pairs(table: &DataFrame, marks: &[bool]) -> Result<Vec<Option<usize>>> {
    check_column(table, "model_seed")?;
    if let Some(networks) = Networks::of_any(table)? {
        networks.check_repeated(table)?;
    }
    let keys: Vec<&str> = COMMON.into_iter().filter(|name| table.column(name).is_ok()).collect();
    let rows: Vec<usize> = (0..table.height()).collect();
    let starts = row_keys(table, &keys, &rows)?;
    let mut twins: BTreeMap<&[u32], usize> = BTreeMap::new();
    let marked = rows.iter().filter(|&&row| marks[row]);
    let count = marked.clone().count();
    twins.extend(marked.map(|&row| (starts[row].as_slice(), row)));
    if count == 0 {
        return Err(Error::Table(
            "the reference marks no network of the table; compare with a rule that it has".into(),
        ));
    }
    if twins.len() < count {
        return Err(Error::Table(format!(
            "the reference marks several networks with the same start ({count} rows, {} of them different); mark one, by its optimizer or learning \
             rate too",
            twins.len()
        )));
    }
    Ok(starts.iter().map(|start| twins.get(start.as_slice()).copied()).collect())
}

/// Every observable less that of the match; not a number where there is none.
fn differences_of(table: &DataFrame, pairs: &[Option<usize>]) -> Result<Vec<(String, Vec<f64>)>> {
    let names = declared(table)?;
    if names.is_empty() {
        return Err(Error::Table(
            "the table has no observables that a study measured, so that there is nothing to compare; observe first".into(),
        ));
    }
    let of = |name: String| {
        let values = numbers(table, &name)?;
        let less = |(row, twin): (usize, &Option<usize>)| {
            twin.map_or(f64::NAN, |twin| values[row] - values[twin])
        };
        let differences = pairs.iter().enumerate().map(less).collect();
        Ok((name, differences))
    };
    names.into_iter().map(of).collect()
}

/// The rows of each value of a column some of which have a match, in the order of the table.
fn groups(table: &DataFrame, by: &str, pairs: &[Option<usize>]) -> Result<Vec<Vec<usize>>> {
    let rows: Vec<usize> = (0..table.height()).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut places: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
    for (key, row) in row_keys(table, &[by], &rows)?.into_iter().zip(rows) {
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(row);
    }
    // As the rows of differences are.
    groups.retain(|rows| rows.iter().any(|&row| pairs[row].is_some()));
    groups.sort_by_key(|rows| rows.iter().position(|&row| pairs[row].is_some()).map(|at| rows[at]));
    Ok(groups)
}

/// Rows of several layers or checkpoints would scatter for other reasons than the network.
fn check_one_row(table: &DataFrame) -> Result<()> {
    if let Some(networks) = Networks::of_any(table)? {
        networks.check_once()?;
    }
    let several = ["layer", "checkpoint", "noise", "fraction"].into_iter().find(|name| {
        table.column(name).and_then(Column::n_unique).is_ok_and(|different| different > 1)
    });
    match several {
        None => Ok(()),
        Some(name) => Err(Error::Table(format!(
            "the table has rows of several values of {name}, whose differences are no scatter between networks; filter it to one"
        ))),
    }
}

/// The values of these rows that there are.
fn known(values: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter().map(|&row| values[row]).filter(|value| value.is_finite()).collect()
}

/// Of a sample; not a number for fewer than two.
fn variance(values: &[f64], rows: &[usize]) -> f64 {
    let values = known(values, rows);
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return f64::NAN;
    }
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, col, df, lit};

    use super::*;

    /// Two rules from three initialisations, in one observable.
    fn table() -> DataFrame {
        df!(
            "rule" => ["backprop", "hebbian", "backprop", "hebbian", "hebbian"],
            "model_seed" => [0_u32, 0, 1, 1, 2],
            "layer" => [1_u32; 5],
            "checkpoint" => [0_u32; 5],
            "accuracy" => [0.5; 5],
            "weightraw_norm" => [1.0, 3.0, 2.0, 5.0, 7.0],
        )
        .unwrap()
    }

    #[test]
    fn differences_are_to_the_network_of_the_same_start() {
        let differences = matched_differences(&table(), &col("rule").eq(lit("backprop"))).unwrap();
        let norm: Vec<Option<f64>> =
            differences.column("weightraw_norm").unwrap().f64().unwrap().iter().collect();
        // The last has no twin.
        assert_eq!(norm, [Some(0.0), Some(2.0), Some(0.0), Some(3.0)]);
        assert_eq!(differences.get_column_names(), table().get_column_names());
        assert_eq!(differences.column("accuracy").unwrap().f64().unwrap().get(1), Some(0.5));
    }

    #[test]
    fn an_effect_is_in_units_of_the_scatter() {
        let sizes = effect_sizes(&table(), &col("rule").eq(lit("backprop")), "rule").unwrap();
        let size = sizes.column("weightraw_norm").unwrap().f64().unwrap().get(1).unwrap();
        // 3, 5 and 7 have a variance of 4, 1 and 2 one of a half; twins are there for two.
        assert!((size - 2.5 / 2.25_f64.sqrt()).abs() < 1e-12, "{size}");
        assert!(effect_sizes(&table(), &lit(true), "colour").is_err());
    }

    #[test]
    fn a_reference_must_be_one_network_for_each_start() {
        let told =
            |reference: Expr| matched_differences(&table(), &reference).unwrap_err().to_string();
        assert!(told(col("rule").eq(lit("oja"))).contains("marks no network"));
        assert!(told(lit(true)).contains("several networks with the same start"));
        let nameless = table().drop("model_seed").unwrap();
        assert!(
            matched_differences(&nameless, &lit(true))
                .unwrap_err()
                .to_string()
                .contains("model_seed")
        );
    }

    #[test]
    fn unsigned_numbers_have_negative_differences() {
        let mut table = table();
        table
            .replace("weightraw_norm", Column::new("weightraw_norm".into(), [5_u32, 3, 2, 5, 7]))
            .unwrap();
        let differences = matched_differences(&table, &col("rule").eq(lit("backprop"))).unwrap();
        assert_eq!(differences.column("weightraw_norm").unwrap().f64().unwrap().get(1), Some(-2.0));
    }

    #[test]
    fn a_column_of_ones_own_is_no_observable_and_stays_as_it_is() {
        let mut table = table();
        table.with_column(Column::new("rule_index".into(), [0, 1, 0, 1, 1])).unwrap();
        let backprop = col("rule").eq(lit("backprop"));
        let differences = matched_differences(&table, &backprop).unwrap();
        assert_eq!(differences.column("rule_index").unwrap().i32().unwrap().get(1), Some(1));
        let sizes = effect_sizes(&table, &backprop, "rule").unwrap();
        assert_eq!(sizes.get_column_names(), ["rule", "weightraw_norm"]);
        let nothing = table.drop("weightraw_norm").unwrap();
        let told = matched_differences(&nothing, &backprop).unwrap_err().to_string();
        assert!(told.contains("no observables"), "{told}");
    }

    #[test]
    fn a_missing_key_or_a_condition_that_is_none_is_told() {
        let backprop = col("rule").eq(lit("backprop"));
        let told = |table: &DataFrame, reference: &Expr| {
            let told = matched_differences(table, reference).unwrap_err().to_string();
            assert!(!told.contains('\n') && told.len() < 600, "{told}");
            told
        };
        let mut seedless = table();
        seedless
            .with_column(Column::new(
                "model_seed".into(),
                [None, Some(0_u32), Some(1), Some(1), Some(2)],
            ))
            .unwrap();
        assert!(told(&seedless, &backprop).contains("model_seed is empty in 1 rows"));
        assert!(told(&table(), &col("colour").eq(lit(1))).contains("colour"));
        assert!(told(&table(), &col("rule")).contains("this one is str"));
        let mut ruleless = table();
        ruleless
            .with_column(Column::new("rule".into(), [Some("backprop"), None, None, None, None]))
            .unwrap();
        assert!(told(&ruleless, &backprop).contains("neither true nor false in 4 rows"));
        let mut doubled = table();
        doubled.with_column(Column::new("run".into(), [0, 1, 2, 3, 0])).unwrap();
        assert!(told(&doubled, &backprop).contains("run 0 has two values of rule"));
    }

    #[test]
    fn an_effect_size_is_of_one_layer_and_not_a_number_divided_by_nothing() {
        let backprop = col("rule").eq(lit("backprop"));
        let mut layers = table();
        layers.with_column(Column::new("layer".into(), [1, 1, 2, 2, 2])).unwrap();
        let told = effect_sizes(&layers, &backprop, "rule").unwrap_err().to_string();
        assert!(told.contains("several values of layer"), "{told}");
        let mut flat = table();
        flat.with_column(Column::new("weightraw_norm".into(), [1.0, 2.0, 1.0, 2.0, 2.0])).unwrap();
        let sizes = effect_sizes(&flat, &backprop, "rule").unwrap();
        assert_eq!(sizes.column("weightraw_norm").unwrap().null_count(), 2);
        assert!(effect_sizes(&table(), &backprop, "weightraw_norm").is_err());
    }
}
