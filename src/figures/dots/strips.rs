//! The values of a dot plot, sorted into strips: one per group, or per part of a group.

use polars::prelude::DataFrame;
use std::collections::BTreeMap;

use super::spec::Dots;
use crate::Result;
use crate::figures::drawing::columns::{distinct, distinct_parts, numbers, parts, texts};
use crate::figures::drawing::estimate::{Estimate, mean};
use crate::figures::drawing::style::{Colour, colours_of};

/// One value of the table and where it belongs.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) group: String,
    pub(crate) part: String,
    pub(crate) replicate: String,
    pub(crate) value: f64,
}

pub(crate) fn values(table: &DataFrame, spec: &Dots) -> Result<Vec<Value>> {
    let (groups, replicates) = (texts(table, &spec.by)?, texts(table, &spec.over)?);
    let parts = parts(table, spec.within.as_deref())?;
    let places = groups.into_iter().zip(parts).zip(replicates);
    let all = places.zip(numbers(table, &spec.value)?);
    Ok(all
        .map(|(((group, part), replicate), value)| Value { group, part, replicate, value })
        .collect())
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
    let parts = distinct_parts(values.iter().map(|value| &value.part));
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
    let means = by_replicate.values().map(|own| mean(own));
    let values: Vec<f64> = means.collect();
    let estimate = (!values.is_empty()).then(|| Estimate::of(&values))?;
    Some(Strip { group, part, colour, values, estimate })
}
