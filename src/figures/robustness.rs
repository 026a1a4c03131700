//! How much an experimenter may miss: accuracy by noise and by the share of units recorded.

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::drawing::axis::short;
use super::drawing::columns::numbers;
use super::drawing::figure::Figure;
use super::heat_map::{HeatMap, heat_map};
use crate::{Error, Result};

/// Draws the table of [`classify_each`](crate::classification::classify_each) by `noise` and
/// `fraction` as a heat map: accuracy from 0 to 1, the perfect instrument at the top left. Maps of
/// several measures put in one [`grid`](super::grid) have the same colours. `noise_label` names the
/// levels of noise, with their unit.
///
/// # Errors
/// [`Error::Table`] if a column is missing, or a combination is there twice.
pub fn robustness(title: &str, table: &DataFrame, noise_label: &str) -> Result<Figure> {
    let (noise, fraction) = (numbers(table, "noise")?, numbers(table, "fraction")?);
    let accuracy = numbers(table, "accuracy")?;
    let levels = |values: &[f64]| {
        let mut levels: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels
    };
    let (rows, mut columns) = (levels(&noise), levels(&fraction));
    columns.reverse();
    let mut values = Array2::from_elem((rows.len(), columns.len()), f64::NAN);
    for at in 0..accuracy.len() {
        let place = |levels: &[f64], value: f64| levels.iter().position(|level| *level == value);
        let (Some(row), Some(column)) = (place(&rows, noise[at]), place(&columns, fraction[at]))
        else {
            continue;
        };
        if values[[row, column]].is_finite() {
            let [noise, fraction] = [noise[at], fraction[at]].map(short);
            return Err(Error::Table(format!(
                "noise {noise} with a fraction of {fraction} is there twice; draw one measure at a time"
            )));
        }
        values[[row, column]] = accuracy[at];
    }
    let percent: Vec<String> =
        columns.iter().map(|share| format!("{} %", short(100.0 * share))).collect();
    let noise: Vec<String> = rows.iter().map(ToString::to_string).collect();
    heat_map(
        &HeatMap::new(title, "accuracy", &values)
            .with_rows(&noise)
            .with_columns(&percent)
            .with_labels("units recorded", noise_label)
            .with_range(0.0, 1.0)
            .with_numbers(),
    )
}
