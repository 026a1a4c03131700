//! How something changes while networks learn: one line per rule, with its interval over networks.

mod panel;
mod panels;
mod spec;

use polars::prelude::DataFrame;

use super::drawing::columns::{Names, left_out_note, rows};
use super::drawing::estimate::meaning_of;
use super::drawing::figure::Figure;
use super::drawing::labels::replicate_label;
use crate::error::check_not_negative;
use crate::{Error, Result};
use panels::Curves;

pub use spec::{Axes, LearningCurves};

/// Draws one line per rule through the means over networks, with Student's 95 % confidence
/// intervals (of two networks: their range).
///
/// Rows of the same network, panel and `x` (one per layer, say) are averaged first. Where a table
/// counts weight updates (`step`) and examples per update (`batch_size`), `x` may be `examples`,
/// their product.
///
/// # Errors
/// [`crate::Error::Table`] if a column is missing, is not a number where one is needed, or if no
/// row has finite values.
pub fn learning_curves(table: &DataFrame, spec: &LearningCurves) -> Result<Figure> {
    let names = Names {
        group: &spec.by,
        replicate: &spec.over,
        panel: spec.panels.as_deref(),
        x: &spec.x,
        y: &spec.y,
    };
    let mut rows = rows(table, names, spec.scale)?;
    rows.retain(|row| spec.x_scale.shows(row.x));
    if rows.is_empty() {
        let message = format!(
            "no {} is above 0, and only such have a place on a logarithmic axis; leave `with_log_x` out",
            spec.x
        );
        return Err(Error::Table(message));
    }
    check_not_negative("overlap", spec.overlap)?;
    let picture = Curves::new(&rows, spec);
    let left_out = left_out_note(table.height() - rows.len());
    let note = format!("{}{left_out}", meaning(&picture, spec));
    let (description, size) = (picture.in_words(&note), picture.size());
    Ok(Figure::new(&spec.title, size, picture).described(description).noted(note))
}

/// What lines, bands and dashes mean.
fn meaning(picture: &Curves, spec: &LearningCurves) -> String {
    let replicate = replicate_label(&spec.over);
    let lines = if spec.each {
        format!("Thick lines: means; thin lines: one {replicate} each.")
    } else {
        match meaning_of(picture.counts(), &replicate) {
            (mean, Some(band)) => format!("Lines: {mean}; bands: {band}."),
            (mean, None) => format!("Lines: {mean}."),
        }
    };
    let corrected =
        if spec.overlap > 0.0 { " Bands are corrected for what splits share." } else { "" };
    let beyond = picture.passed_by_intervals().map_or(String::new(), |whole| {
        format!(" An interval that passes 0 or {whole}, where no accuracy can be, is of too few networks to be exact.")
    });
    let dashed = if picture.has_dashed_lines() {
        " Where lines coincide, the upper ones are dashed."
    } else {
        ""
    };
    format!("{lines}{corrected}{beyond}{dashed}")
}
