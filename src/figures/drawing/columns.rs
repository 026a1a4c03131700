//! Reading the columns of a table that a figure asks for.

use std::collections::HashSet;

use polars::prelude::{Column, DataFrame, DataType};

use super::axis::Scale;
use super::labels::{label_of_rule, part_label};
use crate::error::{known_ones, shown};
use crate::observables::columns;
use crate::rules::Family;
use crate::{Error, Result};

/// The column called `name`, or an error that lists what there is.
pub(crate) fn column<'a>(table: &'a DataFrame, name: &str) -> Result<&'a Column> {
    table.column(name).map_err(|_| {
        let names: Vec<String> = table.get_column_names().iter().map(ToString::to_string).collect();
        let known = known_ones(name, &names);
        let known = known.replacen("the known ones are", "the table has", 1);
        Error::Table(format!("there is no column \"{}\" to draw; {known}", shown(name)))
    })
}

/// The column that tables need not have: it is `step` times `batch_size`.
const EXAMPLES: &str = "examples";

/// A column of numbers; missing values are not numbers.
pub(crate) fn numbers(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    if name == EXAMPLES && table.column(name).is_err() {
        let (steps, sizes) = (numbers(table, "step")?, numbers(table, "batch_size")?);
        return Ok(steps.into_iter().zip(sizes).map(|(step, size)| step * size).collect());
    }
    column(table, name)?;
    columns::numbers(table, name)
}

/// A column as text, whatever it holds.
pub(crate) fn texts(table: &DataFrame, name: &str) -> Result<Vec<String>> {
    let column = column(table, name)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|text| text.unwrap_or("missing").to_owned()).collect())
}

/// The part of a figure that each row belongs to, as a person reads it; empty without a column.
pub(crate) fn parts(table: &DataFrame, column: Option<&str>) -> Result<Vec<String>> {
    let Some(column) = column else {
        return Ok(vec![String::new(); table.height()]);
    };
    let label = label_of_rule(column);
    Ok(texts(table, column)?.iter().map(|part| part_label(&label, part)).collect())
}

/// The order of families of rules in all figures, whatever their order in a table.
const FAMILIES: [Family; 10] = [
    Family::Control,
    Family::Gradient,
    Family::Feedback,
    Family::Energy,
    Family::Target,
    Family::Hebbian,
    Family::Local,
    Family::Perturbation,
    Family::Combination,
    Family::Other,
];

/// The different parts: numbered ones in their order, families of rules in a fixed one, others,
/// such as "early", in that of the table.
pub(crate) fn distinct_parts<'a>(parts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut parts = distinct(parts);
    if parts.iter().all(|part| part.ends_with(|last: char| last.is_ascii_digit())) {
        parts.sort_by_key(|part| (part.len(), part.clone()));
    }
    let families = FAMILIES.map(|family| family.to_string());
    if parts.iter().all(|part| families.contains(part)) {
        parts.sort_by_key(|part| families.iter().position(|family| family == part));
    }
    parts
}

/// One measurement: what is compared, in which replicate and panel, where and how much.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) group: String,
    pub(crate) replicate: String,
    pub(crate) panel: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// The names of the columns that make rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    pub(crate) group: &'a str,
    pub(crate) replicate: &'a str,
    pub(crate) panel: Option<&'a str>,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
}

/// The rows of a table that have a place on a finite horizontal and a vertical axis of this scale.
pub(crate) fn rows(table: &DataFrame, names: Names<'_>, scale: Scale) -> Result<Vec<Row>> {
    let (groups, replicates) = (texts(table, names.group)?, texts(table, names.replicate)?);
    let (xs, ys) = (numbers(table, names.x)?, numbers(table, names.y)?);
    let panels = parts(table, names.panel)?;
    let keys = groups.into_iter().zip(replicates).zip(panels);
    let all = keys.zip(xs.into_iter().zip(ys));
    let all =
        all.map(|(((group, replicate), panel), (x, y))| Row { group, replicate, panel, x, y });
    let rows: Vec<Row> = all.filter(|row| row.x.is_finite() && scale.shows(row.y)).collect();
    if rows.is_empty() {
        let (x, y) = (names.x, names.y);
        let kind = if scale == Scale::Log {
            "finite and above 0, as a logarithmic axis needs it"
        } else {
            "finite"
        };
        let problem = format!(
            "there is nothing to draw: no row has a finite \"{x}\" and a \"{y}\" that is {kind}"
        );
        return Err(Error::Table(problem));
    }
    Ok(rows)
}

/// What a figure says about rows that it could not draw.
pub(crate) fn left_out_note(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " 1 row without a value that can be drawn is left out.".to_owned(),
        _ => format!(" {count} rows without a value that can be drawn are left out."),
    }
}

/// Different texts in the order of their first appearance.
pub(crate) fn distinct<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut known = HashSet::new();
    texts.into_iter().filter(|text| known.insert(*text)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_parts_and_families_have_their_order_and_others_that_of_the_table() {
        let parts = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            distinct_parts(&names)
        };
        assert_eq!(parts(&["layer 10", "layer 2"]), ["layer 2", "layer 10"]);
        assert_eq!(
            parts(&["feedback", "control", "gradient"]),
            ["control", "gradient", "feedback"]
        );
        assert_eq!(parts(&["late", "early"]), ["late", "early"]);
        assert_eq!(parts(&["feedback", "early", "control"]), ["feedback", "early", "control"]);
    }
}
