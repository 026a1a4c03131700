//! What each option does on average.

use polars::prelude::{Column, DataFrame};

use super::{CHOICES, NEAR, best_log_likelihood};
use crate::classification::published;
use crate::error::Result;
use crate::observables::columns::{nullable, numbers, texts};
use crate::statistics::mean;

/// What a table of [`Multiverse::score`](super::Multiverse::score) says of each option: a row per
/// choice and option, with `designs`, their mean `accuracy` and mean `log_likelihood`, the largest
/// (`highest_log_likelihood`), all over designs with a finite score, how many have an accuracy within
/// Wilson's interval of the slides' (`inside`), and how many are within [`NEAR`] of
/// [`best_log_likelihood`] (`near`).
///
/// # Errors
/// [`Error::Table`](crate::Error::Table) if the table lacks a column.
pub fn by_option(table: &DataFrame) -> Result<DataFrame> {
    let (accuracy, likelihood) = (numbers(table, "accuracy")?, numbers(table, "log_likelihood")?);
    let (theirs, best) = (published::confusion().wilson(), best_log_likelihood());
    let found = rows_of_options(table)?;
    let column = |name: &str, of: &dyn Fn(&[usize]) -> f64| {
        nullable(name, found.iter().map(|(_, _, rows)| of(rows)))
    };
    let count = |name: &str, is: &dyn Fn(usize) -> bool| {
        let counts = found.iter().map(|(_, _, rows)| rows.iter().filter(|&&row| is(row)).count());
        Column::new(name.into(), counts.map(|count| count as u32).collect::<Vec<u32>>())
    };
    let mean_of = |values: &[f64], rows: &[usize]| {
        mean(&rows.iter().map(|&row| values[row]).filter(|x| x.is_finite()).collect::<Vec<_>>())
    };
    let highest = |rows: &[usize]| {
        let finite = rows.iter().map(|&row| likelihood[row]).filter(|x| x.is_finite());
        finite.fold(f64::NAN, f64::max)
    };
    let name = |of: fn(&RowsOfOption) -> &String| {
        found.iter().map(|one| of(one).clone()).collect::<Vec<String>>()
    };
    let columns = vec![
        Column::new("choice".into(), name(|one| &one.0)),
        Column::new("option".into(), name(|one| &one.1)),
        count("designs", &|_| true),
        column("accuracy", &|rows| mean_of(&accuracy, rows)),
        column("log_likelihood", &|rows| mean_of(&likelihood, rows)),
        column("highest_log_likelihood", &highest),
        count("inside", &|row| theirs.low <= accuracy[row] && accuracy[row] <= theirs.high),
        count("near", &|row| likelihood[row] >= best - NEAR),
    ];
    Ok(DataFrame::new(found.len(), columns)?)
}

/// Choice, option, and the rows that have it.
type RowsOfOption = (String, String, Vec<usize>);

/// In the order of [`CHOICES`], and for each in the order in which the table names options first.
fn rows_of_options(table: &DataFrame) -> Result<Vec<RowsOfOption>> {
    let mut found: Vec<RowsOfOption> = Vec::new();
    for choice in CHOICES {
        for (row, option) in texts(table, choice)?.into_iter().enumerate() {
            let known = found.iter_mut().find(|(c, o, _)| c == choice && *o == option);
            match known {
                Some((_, _, rows)) => rows.push(row),
                None => found.push((choice.into(), option.to_string(), vec![row])),
            }
        }
    }
    Ok(found)
}
