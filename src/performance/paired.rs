//! How much better one rule does than another from the same initialisations.

use polars::prelude::{Column, DataFrame, Expr, IdxCa, IdxSize};

use crate::error::{Error, Result, check_column};
use crate::observables::columns::numbers;
use crate::observables::{marked, mean_over, pairs};

/// The mean paired difference of column `value` to a reference, for every combination of the
/// columns `by`, with Student's 95 % interval over the values of column `over` (`model_seed`,
/// mostly), as [`mean_over`] has it: columns `by`, then `count` (of values of `over` that have a
/// pair), `mean`, `low`, `high`. Of one pair there is no interval.
///
/// Every row is paired with the row that `reference` marks with the same initialisation, task,
/// architecture, batch size, epochs and order of examples, as far as the table has these columns
/// ([`matched_differences`](crate::observables::matched_differences)); the difference is the row's
/// own value less the reference's. Give it one row per network, such as
/// [`LearningQuality`](super::LearningQuality)'s. Rows without a partner, and pairs of which one
/// value is missing or not finite, are left out; so are the reference's own.
///
/// Networks that share an initialisation do well or badly together, so that the interval of a
/// paired difference is mostly narrower than two intervals of means beside one another tell. With
/// many rules that are compared with one reference, one in twenty of such intervals misses its
/// truth.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("rule" => ["backprop", "backprop", "oja", "oja"], "model_seed" => [0, 1, 0, 1], "final_accuracy" => [0.9, 0.8, 0.6, 0.52])?;
/// let found = paired_differences(&table, "final_accuracy", &col("rule").eq(lit("oja")), &["rule"], "model_seed")?;
/// assert_eq!(found.column("count")?.u32()?.get(0), Some(2));
/// assert!((found.column("mean")?.f64()?.get(0).unwrap() - 0.29).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if a column is missing; [`Error::Table`] if `value` holds no numbers, if
/// `reference` marks no row or two with the same initialisation, or if no row has a partner;
/// [`Error::Setting`] if `by` is empty.
pub fn paired_differences(
    table: &DataFrame,
    value: &str,
    reference: &Expr,
    by: &[&str],
    over: &str,
) -> Result<DataFrame> {
    by.iter().chain([&over]).try_for_each(|name| check_column(table, name))?;
    let values = numbers(table, value)?;
    let marks = marked(table, "the reference", reference)?;
    // Rows are paired, whatever the numbers of their networks.
    let pairs = pairs(&table.drop_many(["run"]), &marks)?;
    let places: Vec<usize> =
        (0..table.height()).filter(|&row| pairs[row].is_some() && !marks[row]).collect();
    if places.is_empty() {
        return Err(Error::Table(
            "no row has the initialisation, task and settings of one that the reference marks; train both rules from the same seeds".into(),
        ));
    }
    let difference = |&row: &usize| Some(values[row] - values[pairs[row]?]);
    let differences: Vec<Option<f64>> = places.iter().map(difference).collect();
    let rows = places.iter().map(|&row| row as IdxSize).collect();
    let mut own = table.take(&IdxCa::from_vec("place".into(), rows))?;
    own.with_column(Column::new(value.into(), differences))?;
    mean_over(&own, value, by, over)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataType, IntoLazy, col, df, lit};

    use super::*;

    /// Three rules, of which the first two share two initialisations and one with the third.
    fn table() -> DataFrame {
        df!(
            "run" => [0_u32, 1, 2, 3, 4, 5],
            "rule" => ["a", "b", "a", "b", "c", "c"],
            "model_seed" => [0_u64, 0, 1, 1, 1, 2],
            "hidden units" => [10.0, 10.0, 10.0, 10.0, 20.0, 20.0],
            "test_accuracy" => [0.8, 0.5, 0.6, 0.5, 0.9, 0.1],
        )
        .unwrap()
    }

    fn to_b(table: &DataFrame, by: &[&str]) -> Result<DataFrame> {
        let reference = col("rule").eq(lit("b"));
        paired_differences(table, "test_accuracy", &reference, by, "model_seed")
    }

    fn numbers(table: &DataFrame, name: &str) -> Vec<Option<f64>> {
        let column = table.column(name).unwrap().cast(&DataType::Float64).unwrap();
        column.f64().unwrap().iter().collect()
    }

    #[test]
    fn differences_over_shared_initialisations_by_hand() {
        let found = to_b(&table(), &["rule"]).unwrap();
        let rules: Vec<_> = found.column("rule").unwrap().str().unwrap().iter().collect();
        assert_eq!(rules, [Some("a"), Some("c")]);
        assert_eq!(numbers(&found, "count"), [Some(2.0), Some(1.0)]);
        let close = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-9;
        let means = numbers(&found, "mean");
        assert!(close(means[0], 0.2) && close(means[1], 0.4), "{found}");
        // Of 0.3 and 0.1 the standard error is 0.1; of one pair there is no interval.
        let (low, high) = (numbers(&found, "low"), numbers(&found, "high"));
        assert!(close(low[0], 0.2 - 1.2706204736174694), "{found}");
        assert!(close(high[0], 0.2 + 1.2706204736174694) && low[1].is_none() && high[1].is_none());
        // Numbers by which rows are grouped stay what they are.
        let by = to_b(&table(), &["hidden units"]).unwrap();
        assert_eq!(numbers(&by, "hidden units"), [Some(10.0), Some(20.0)]);
    }

    #[test]
    fn a_pair_with_a_missing_value_is_left_out() {
        for missing in [None, Some(f64::NAN)] {
            let mut table = table();
            let values = [Some(0.8), missing, Some(0.6), Some(0.5), Some(0.9), Some(0.1)];
            table.with_column(Column::new("test_accuracy".into(), values)).unwrap();
            let found = to_b(&table, &["rule"]).unwrap();
            assert_eq!(numbers(&found, "count"), [Some(1.0), Some(1.0)]);
            assert_eq!(numbers(&found, "low"), [None, None]);
        }
    }

    #[test]
    fn what_cannot_be_paired_is_told() {
        let told = |table: &DataFrame, by: &[&str]| to_b(table, by).unwrap_err().to_string();
        assert!(told(&table(), &["colour"]).contains("colour"));
        assert!(told(&table(), &[]).contains("at least one column"));
        let other = table().lazy().filter(col("rule").neq(lit("b"))).collect().unwrap();
        assert!(told(&other, &["rule"]).contains("marks no network"));
        let apart =
            table().lazy().filter(col("model_seed").neq(lit(0)).or(col("rule").eq(lit("b"))));
        let apart = apart.filter(col("model_seed").neq(lit(1))).collect().unwrap();
        assert!(told(&apart, &["rule"]).contains("from the same seeds"));
        let text = paired_differences(&table(), "rule", &lit(true), &["rule"], "model_seed");
        assert!(text.unwrap_err().to_string().contains("column rule holds text, not numbers"));
    }
}
