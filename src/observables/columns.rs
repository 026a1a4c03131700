//! Reading the columns of tables. Every refusal says which column, which row, and what stands
//! there.

use std::collections::HashMap;

use polars::prelude::{AnyValue, Column, DataFrame, DataType};

use crate::error::{Error, Result, check_column, shown};

/// Whole numbers above this are not exact as floating-point numbers.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The values of a column of numbers; missing ones are NaN.
pub(crate) fn numbers(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let values = numbers_if_any(table, name)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// The values of a column of numbers, where there are any.
pub(crate) fn numbers_if_any(table: &DataFrame, name: &str) -> Result<Vec<Option<f64>>> {
    check_column(table, name)?;
    let column = table.column(name)?;
    let kind = column.dtype();
    if !(kind.is_primitive_numeric() || kind.is_bool() || kind.is_null()) {
        return Err(Error::Table(format!(
            "column {} holds {}, not numbers; drop it, or turn it into numbers",
            shown(name),
            kind_in_words(kind)
        )));
    }
    Ok(column.cast(&DataType::Float64)?.f64()?.iter().collect())
}

/// The values of a column that must have a finite number in every row.
pub(crate) fn finite_numbers(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let values = numbers(table, name)?;
    check_each(name, &values, "a finite number", |value| value.is_finite())?;
    Ok(values)
}

/// The values of a column that must have a number from 0 to 1 in every row.
pub(crate) fn accuracies(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let values = numbers(table, name)?;
    check_each(name, &values, "an accuracy, from 0 to 1,", |value| (0.0..=1.0).contains(&value))?;
    Ok(values)
}

/// The same where an accuracy may be missing.
pub(crate) fn accuracies_if_any(table: &DataFrame, name: &str) -> Result<Vec<Option<f64>>> {
    let values = numbers(table, name)?;
    let is_good = |value: f64| value.is_nan() || (0.0..=1.0).contains(&value);
    check_each(name, &values, "an accuracy, from 0 to 1, or nothing", is_good)?;
    Ok(values.into_iter().map(|value| (!value.is_nan()).then_some(value)).collect())
}

/// The values of a column that must have a finite number above 0 in every row.
pub(crate) fn positive_numbers(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let values = numbers(table, name)?;
    check_each(name, &values, "a finite number above 0", |v| v.is_finite() && v > 0.0)?;
    Ok(values)
}

fn check_each(
    name: &str,
    values: &[f64],
    needed: &str,
    is_good: impl Fn(f64) -> bool,
) -> Result<()> {
    let bad: Vec<usize> = (0..values.len()).filter(|&row| !is_good(values[row])).collect();
    let Some(&row) = bad.first() else { return Ok(()) };
    let found = if values[row].is_nan() { "none".into() } else { values[row].to_string() };
    Err(Error::Table(format!(
        "column {} needs {needed} in every row, and {} of {} rows do not have it (row {row} has {found}); leave these rows out, or \
         measure again what they lack",
        shown(name),
        bad.len(),
        values.len()
    )))
}

/// The values of a column of whole numbers from 0.
pub(crate) fn whole_numbers(table: &DataFrame, name: &str) -> Result<Vec<u64>> {
    check_column(table, name)?;
    let column = table.column(name)?;
    let kind = column.dtype();
    let values: Vec<Option<u64>> = if kind.is_integer() {
        column.cast(&DataType::UInt64)?.u64()?.iter().collect()
    } else if kind.is_float() {
        let whole = |value: f64| {
            let is_whole = value.fract() == 0.0 && (0.0..=LARGEST_EXACT).contains(&value);
            is_whole.then_some(value as u64)
        };
        column.cast(&DataType::Float64)?.f64()?.iter().map(|value| whole(value?)).collect()
    } else {
        return Err(not_whole(name, &format!("it holds {}", kind_in_words(kind))));
    };
    match values.iter().position(Option::is_none) {
        None => Ok(values.into_iter().flatten().collect()),
        Some(row) => {
            let found = match column.get(row)? {
                AnyValue::Null => "nothing".to_owned(),
                value => value.to_string(),
            };
            Err(not_whole(name, &format!("row {row} has {found}")))
        }
    }
}

fn not_whole(name: &str, found: &str) -> Error {
    let remedy = match name {
        "run" => "give every network its own number",
        _ => "mend or leave out such rows",
    };
    Error::Table(format!(
        "column {} must hold a whole number from 0 in every row, and {found}; {remedy}",
        shown(name)
    ))
}

/// What a column holds, for a reader.
fn kind_in_words(kind: &DataType) -> &'static str {
    match kind {
        DataType::String => "text",
        DataType::Boolean => "true and false",
        DataType::Null => "nothing",
        kind if kind.is_float() => "fractions",
        kind if kind.is_integer() => "whole numbers",
        kind if kind.is_temporal() => "times",
        _ => "lists or other things",
    }
}

/// What a column says in each row, as text: numbers as short as they are exact, so that 20 is the
/// same in a column of fractions.
///
/// # Errors
/// [`Error::Table`] if a row says nothing.
pub(crate) fn texts(table: &DataFrame, name: &str) -> Result<Vec<String>> {
    check_column(table, name)?;
    let column = table.column(name)?;
    let kind = column.dtype();
    let texts: Vec<Option<String>> = match kind {
        DataType::Float32 => column.f32()?.iter().map(|v| as_text(v?)).collect(),
        kind if kind.is_float() => {
            column.cast(&DataType::Float64)?.f64()?.iter().map(|v| as_text(v?)).collect()
        }
        _ => {
            let column = column.cast(&DataType::String)?;
            column.str()?.iter().map(|text| text.map(str::to_owned)).collect()
        }
    };
    let empty = texts.iter().filter(|text| text.is_none()).count();
    if empty > 0 {
        return Err(empty_rows(name, empty));
    }
    Ok(texts.into_iter().flatten().collect())
}

fn as_text(value: impl Into<f64> + std::fmt::Display + Copy) -> Option<String> {
    let number: f64 = value.into();
    match () {
        () if number.is_nan() => None,
        () if number == 0.0 => Some("0".into()),
        () => Some(value.to_string()),
    }
}

pub(crate) fn empty_rows(name: &str, count: usize) -> Error {
    Error::Table(format!(
        "column {} is empty in {count} rows; every row needs one: fill them, or leave them out",
        shown(name)
    ))
}

/// Equal numbers for rows in which a column says the same, bit by bit, counted in the order of the
/// table; none where it says nothing.
pub(crate) fn codes(table: &DataFrame, name: &str) -> Result<Vec<Option<u32>>> {
    check_column(table, name)?;
    let column = table.column(name)?;
    let kind = column.dtype();
    if kind.is_float() {
        let column = column.cast(&DataType::Float64)?;
        let bits = |value: f64| (!value.is_nan()).then_some((value + 0.0).to_bits());
        return Ok(numbered(column.f64()?.iter().map(|value| bits(value?))));
    }
    let column = column.cast(&DataType::String)?;
    Ok(numbered(column.str()?.iter()))
}

fn numbered<T: std::hash::Hash + Eq>(cells: impl Iterator<Item = Option<T>>) -> Vec<Option<u32>> {
    let mut known: HashMap<T, u32> = HashMap::new();
    let number = |cell: Option<T>| {
        let next = known.len() as u32;
        Some(*known.entry(cell?).or_insert(next))
    };
    cells.map(number).collect()
}

/// The codes of several columns, row by row.
///
/// # Errors
/// [`Error::Table`] if one of these rows says nothing.
pub(crate) fn row_keys(table: &DataFrame, names: &[&str], rows: &[usize]) -> Result<Vec<Vec<u32>>> {
    let mut keys = vec![Vec::with_capacity(names.len()); rows.len()];
    for name in names {
        let codes = codes(table, name)?;
        let empty = rows.iter().filter(|&&row| codes[row].is_none()).count();
        if empty > 0 {
            return Err(empty_rows(name, empty));
        }
        keys.iter_mut().zip(rows).for_each(|(key, &row)| key.extend(codes[row]));
    }
    Ok(keys)
}

/// Accepts a list without repetition.
///
/// # Errors
/// [`Error::Setting`] if something is named twice.
pub(crate) fn check_distinct<T: PartialEq + std::fmt::Display>(
    setting: &str,
    values: &[T],
) -> Result<()> {
    let Some(at) = (1..values.len()).find(|&at| values[..at].contains(&values[at])) else {
        return Ok(());
    };
    let value = shown(&values[at].to_string());
    Err(Error::setting(setting, format!("a list with {value} twice"), "name each once"))
}

/// Accepts names of columns that a result has not already.
///
/// # Errors
/// [`Error::Setting`] if one is taken.
pub(crate) fn check_free(setting: &str, names: &[&str], taken: &[&str]) -> Result<()> {
    match names.iter().find(|name| taken.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let requirement = "the result has a column of that name; rename this one first";
            Err(Error::setting(setting, name, requirement))
        }
    }
}

/// A column of numbers, null for what is not finite.
pub(crate) fn nullable(name: &str, values: impl IntoIterator<Item = f64>) -> Column {
    let finite = |value: f64| value.is_finite().then_some(value);
    Column::new(name.into(), values.into_iter().map(finite).collect::<Vec<Option<f64>>>())
}

/// A column of numbers, one for each of `rows`: null where there is none, or none that is finite.
pub(crate) fn column_of<T>(name: &str, rows: &[T], of: impl Fn(&T) -> Option<f64>) -> Column {
    let finite = |row: &T| of(row).filter(|value| value.is_finite());
    Column::new(name.into(), rows.iter().map(finite).collect::<Vec<Option<f64>>>())
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    #[test]
    fn a_number_must_be_whole() {
        let said = |column: Column| {
            let table = DataFrame::new(2, vec![column]).unwrap();
            whole_numbers(&table, "run").map_err(|error| error.to_string())
        };
        assert_eq!(said(Column::new("run".into(), [3.0, 1.0])), Ok(vec![3, 1]));
        assert_eq!(said(Column::new("run".into(), [u64::MAX, 1])), Ok(vec![u64::MAX, 1]));
        let told = |column| said(column).unwrap_err();
        assert!(told(Column::new("run".into(), ["0", "1"])).contains("it holds text"));
        assert!(told(Column::new("run".into(), [0.0, 0.5])).contains("row 1 has 0.5"));
        assert!(told(Column::new("run".into(), [0, -1])).contains("row 1 has -1"));
        assert!(told(Column::new("run".into(), [Some(0), None])).contains("row 1 has nothing"));
        assert!(told(Column::new("run".into(), [f64::NAN, 1.0])).contains("row 0 has NaN"));
    }

    #[test]
    fn the_same_number_is_the_same_text_and_the_same_code() {
        let table = df!("a" => [20_u32, 3], "b" => [20.0, 0.1], "c" => [20.0_f32, 0.1]).unwrap();
        assert_eq!(texts(&table, "a").unwrap(), ["20", "3"]);
        assert_eq!(texts(&table, "b").unwrap(), ["20", "0.1"]);
        assert_eq!(texts(&table, "c").unwrap(), ["20", "0.1"]);
        let zeros = df!("x" => [0.0, -0.0, f64::NAN]).unwrap();
        assert_eq!(codes(&zeros, "x").unwrap(), [Some(0), Some(0), None]);
        assert!(texts(&zeros, "x").unwrap_err().to_string().contains("empty in 1 rows"));
    }

    #[test]
    fn a_list_names_each_once() {
        assert!(check_distinct("by", &["rule", "layer"]).is_ok());
        let told = check_distinct("by", &["rule", "rule"]).unwrap_err().to_string();
        assert!(told.contains("by is a list with rule twice"), "{told}");
    }
}
