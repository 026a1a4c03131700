//! The values of a dot plot, sorted into strips: one per group, or per part of a group.

use polars::prelude::DataFrame;
use std::collections::BTreeMap;

use super::columns::{distinct, numbers, texts};
use super::dots::Dots;
use super::estimate::Estimate;
use super::style::{Colour, colours_of, label_of_rule};
use crate::Result;

/// One value of the table and where it belongs.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) group: String,
    pub(crate) part: String,
    pub(crate) replicate: String,
    pub(crate) value: f64,
}

pub(crate) fn values(table: &DataFrame, look: &Dots) -> Result<Vec<Value>> {
    let (groups, replicates) = (texts(table, &look.by)?, texts(table, &look.over)?);
    let parts = match &look.within {
        Some(within) => {
            let label = label_of_rule(within);
            texts(table, within)?.iter().map(|part| part_label(&label, part)).collect()
        }
        None => vec![String::new(); groups.len()],
    };
    let places = groups.into_iter().zip(parts).zip(replicates);
    let all = places.zip(numbers(table, &look.value)?);
    Ok(all
        .map(|(((group, part), replicate), value)| Value { group, part, replicate, value })
        .collect())
}

/// A number needs its column's name to be understood: "layer 1", but "early".
fn part_label(column: &str, part: &str) -> String {
    if part.parse::<f64>().is_ok() { format!("{column} {part}") } else { label_of_rule(part) }
}

/// One line of dots: the values of a group, or of a part of it.
#[derive(Debug)]
pub(crate) struct Strip {
    pub(crate) group: String,
    pub(crate) part: String,
    pub(crate) colour: Colour,
    pub(crate) values: Vec<f64>,
    pub(crate) estimate: Estimate,
}

pub(crate) fn strips(values: &[Value]) -> Vec<Strip> {
    let groups = distinct(values.iter().map(|value| &value.group));
    let mut parts = distinct(values.iter().map(|value| &value.part));
    // Numbered parts come in their order; named ones, such as "early", in that of the table.
    if parts.iter().all(|part| part.ends_with(|last: char| last.is_ascii_digit())) {
        parts.sort_by_key(|part| (part.len(), part.clone()));
    }
    let colours = colours_of(&groups);
    let places = groups.iter().zip(colours).flat_map(|(group, colour)| {
        parts.iter().map(move |part| (group.clone(), part.clone(), colour))
    });
    places.filter_map(|(group, part, colour)| strip(values, (group, part), colour)).collect()
}

/// The strip of one group and part, unless it is empty. A network with several rows counts once.
fn strip(values: &[Value], (group, part): (String, String), colour: Colour) -> Option<Strip> {
    let own = values.iter().filter(|value| value.group == group && value.part == part);
    let mut by_replicate: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    own.for_each(|own| by_replicate.entry(&own.replicate).or_default().push(own.value));
    let means = by_replicate.values().map(|own| own.iter().sum::<f64>() / own.len() as f64);
    let values: Vec<f64> = means.collect();
    let estimate = (!values.is_empty()).then(|| Estimate::of(&values))?;
    Some(Strip { group, part, colour, values, estimate })
}
