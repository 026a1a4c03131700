//! Tables as they are read: numbers in per cent, and one quantity in rows and columns.

use std::collections::BTreeMap;

use polars::prelude::{BooleanChunked, DataFrame, DataType, IdxCa, IdxSize, NewChunkedArray};

use crate::error::{Error, Result, check_column};
use crate::observables::columns::{nullable, numbers, numbers_if_any};

/// The table with the numbers of these columns times 100; null where one is missing or not finite.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("rule" => ["a", "b"], "mean" => [Some(0.25), None])?;
/// assert_eq!(in_percent(&table, &["mean"])?.column("mean")?.f64()?.get(0), Some(25.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if a column is missing; [`Error::Table`] if one holds no numbers;
/// [`Error::Setting`] if one is given twice.
pub fn in_percent(table: &DataFrame, columns: &[&str]) -> Result<DataFrame> {
    let mut changed = table.clone();
    for (index, name) in columns.iter().enumerate() {
        if columns[..index].contains(name) {
            let requirement = "it would be multiplied twice; name each column once";
            return Err(Error::setting(
                "columns",
                format!("a list with {name} twice"),
                requirement,
            ));
        }
        let percent = numbers(table, name)?.into_iter().map(|value| 100.0 * value);
        changed.with_column(nullable(name, percent))?;
    }
    Ok(changed)
}

/// The rows of which column `column` has one of `values`, in the order of the table.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("rule" => ["a", "b", "c", "a"], "mean" => [0.1, 0.2, 0.3, 0.4])?;
/// assert_eq!(only(&table, "rule", &["a", "b"])?.height(), 3);
/// assert_eq!(without(&table, "rule", &["a", "b"])?.height(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if there is no such column, or a value does not occur in it; the known
/// ones are listed.
pub fn only(table: &DataFrame, column: &str, values: &[&str]) -> Result<DataFrame> {
    kept_rows(table, column, values, true)
}

/// The other rows: those of which column `column` has none of `values`, or no value.
///
/// # Errors
/// As [`only`].
pub fn without(table: &DataFrame, column: &str, values: &[&str]) -> Result<DataFrame> {
    kept_rows(table, column, values, false)
}

fn kept_rows(table: &DataFrame, column: &str, values: &[&str], kept: bool) -> Result<DataFrame> {
    let places = Places::of(table, column)?;
    if let Some(value) = values.iter().find(|value| !places.names.iter().any(|n| n == *value)) {
        return Err(Error::UnknownName {
            kind: "value of this column",
            name: (*value).to_owned(),
            known: places.names,
        });
    }
    let is_kept: Vec<bool> = places
        .of_row
        .iter()
        .map(|&at| values.contains(&places.names[at].as_str()) == kept)
        .collect();
    Ok(table.filter(&BooleanChunked::from_slice("kept".into(), &is_kept))?)
}

/// The slope of the straight line through the points (`x`, `y`) by least squares, in units of `y`
/// per unit of `x`. Rows in which one of the two is missing or not finite are left out.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("x" => [0.0, 1.0, 2.0], "y" => [1.0, 3.0, 5.0])?;
/// assert_eq!(slope(&table, "x", "y")?, 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if a column is missing; [`Error::Table`] if one holds no numbers, or
/// fewer than two different values of `x` are left.
pub fn slope(table: &DataFrame, x: &str, y: &str) -> Result<f64> {
    let pairs = numbers_if_any(table, x)?.into_iter().zip(numbers_if_any(table, y)?);
    let points: Vec<(f64, f64)> = pairs
        .filter_map(|(x, y)| Some((x?, y?)))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    let mean = |of: fn(&(f64, f64)) -> f64| {
        points.iter().map(of).sum::<f64>() / points.len().max(1) as f64
    };
    let (of_x, of_y) = (mean(|point| point.0), mean(|point| point.1));
    let (covariance, variance) =
        points.iter().fold((0.0, 0.0), |(covariance, variance), (x, y)| {
            (covariance + (x - of_x) * (y - of_y), variance + (x - of_x).powi(2))
        });
    if variance > 0.0 {
        return Ok(covariance / variance);
    }
    Err(Error::Table(format!(
        "a slope needs two different values of {x}, and {} usable rows have fewer; give it more rows",
        points.len()
    )))
}

/// One quantity in rows and columns: a row for every value of column `rows`, and a column of
/// numbers, called by it, for every value of column `columns`, both in the order of the table; null
/// where the table has no row for the two, or no finite number. A table of means (by
/// [`mean_over`](crate::observables::mean_over), say) is then read like one in print, and drawn
/// as a heat map.
///
/// ```
/// use microlearners::prelude::*;
///
/// let means = df!("rule" => ["a", "a", "b"], "task" => ["x", "y", "x"], "mean" => [0.1, 0.2, 0.3])?;
/// let table = pivot(&means, "rule", "task", "mean")?;
/// assert_eq!(table.get_column_names(), ["rule", "x", "y"]);
/// assert_eq!(table.column("y")?.f64()?.get(1), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if a column is missing; [`Error::Table`] if `value` holds no numbers, if
/// two rows are of the same two values, or if a new column would have the name of `rows`.
pub fn pivot(table: &DataFrame, rows: &str, columns: &str, value: &str) -> Result<DataFrame> {
    let (down, across) = (Places::of(table, rows)?, Places::of(table, columns)?);
    let values = numbers(table, value)?;
    let mut cells = vec![vec![f64::NAN; down.names.len()]; across.names.len()];
    let mut known = BTreeMap::new();
    for (index, value) in values.into_iter().enumerate() {
        let (row, column) = (down.of_row[index], across.of_row[index]);
        if let Some(before) = known.insert((row, column), index) {
            return Err(Error::Table(format!(
                "rows {before} and {index}, counted from 0, are both of {} and {}; take a mean over them first, by mean_over",
                down.names[row], across.names[column]
            )));
        }
        cells[column][row] = value;
    }
    let mut wide = table.select([rows])?.take(&IdxCa::from_vec("first".into(), down.firsts))?;
    for (name, cells) in across.names.into_iter().zip(cells) {
        if wide.column(&name).is_ok() {
            return Err(Error::Table(format!("two columns would be called {name}; rename {rows}")));
        }
        wide.with_column(nullable(&name, cells))?;
    }
    Ok(wide)
}

/// The different values of a column, in their order.
#[derive(Default)]
struct Places {
    /// Which of them every row has.
    of_row: Vec<usize>,
    /// The row that has it first, and as text, of each.
    firsts: Vec<IdxSize>,
    names: Vec<String>,
}

impl Places {
    fn of(table: &DataFrame, name: &str) -> Result<Self> {
        check_column(table, name)?;
        let column = table.column(name)?.cast(&DataType::String)?;
        let mut known = BTreeMap::new();
        let mut places = Self::default();
        for (row, text) in column.str()?.iter().enumerate() {
            let text = text.unwrap_or("null");
            let place = *known.entry(text.to_owned()).or_insert(places.names.len());
            if place == places.names.len() {
                places.firsts.push(row as IdxSize);
                places.names.push(text.to_owned());
            }
            places.of_row.push(place);
        }
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    fn means() -> DataFrame {
        df!(
            "rule" => ["b", "a", "b"],
            "batch_size" => [128_u32, 1, 1],
            "mean" => [Some(0.5), None, Some(f64::NAN)],
            "count" => [3_u32, 2, 1],
        )
        .unwrap()
    }

    #[test]
    fn percents_of_what_is_missing_or_not_finite_are_missing() {
        let table = in_percent(&means(), &["mean", "count"]).unwrap();
        let found: Vec<_> = table.column("mean").unwrap().f64().unwrap().iter().collect();
        assert_eq!(found[..3], [Some(50.0), None, None]);
        assert_eq!(table.column("count").unwrap().f64().unwrap().get(0), Some(300.0));
        let told = |columns: &[&str]| in_percent(&means(), columns).unwrap_err().to_string();
        assert!(told(&["rule"]).contains("column rule holds text, not numbers"));
        assert!(told(&["mean", "mean"]).contains("mean twice"));
        assert!(told(&["colour"]).contains("colour"));
    }

    #[test]
    fn a_pivot_is_in_the_order_of_the_table_and_refuses_two_for_a_cell() {
        let table = pivot(&means(), "rule", "batch_size", "count").unwrap();
        assert_eq!(table.get_column_names(), ["rule", "128", "1"]);
        let column = |name: &str| -> Vec<Option<f64>> {
            table.column(name).unwrap().f64().unwrap().iter().collect()
        };
        assert_eq!(
            (column("128"), column("1")),
            (vec![Some(3.0), None], vec![Some(1.0), Some(2.0)])
        );
        let twice = means().vstack(&means()).unwrap();
        let told = pivot(&twice, "rule", "batch_size", "count").unwrap_err().to_string();
        assert!(told.contains("rows 0 and 3, counted from 0, are both of b and 128"), "{told}");
        let same = df!("x" => ["a"], "of" => ["x"], "y" => [1.0]).unwrap();
        assert!(pivot(&same, "x", "of", "y").unwrap_err().to_string().contains("called x"));
    }
}
