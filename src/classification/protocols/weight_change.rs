//! How far the weights had moved when they were looked at.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::classification::samples::{SampleSpec, labels};
use crate::display::{Blocks, EvcxrDisplay, show};
use crate::observables::Quantiles;
use crate::observables::columns::{numbers, whole_numbers};

/// Below this relative change a layer's weights are mostly what they were at the start.
pub const SMALL_MOVEMENT: f64 = 0.05;

/// How far a layer's weights had moved at the end of training, under one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightChange {
    /// The class.
    pub class: String,
    /// The layer, from 1.
    pub layer: u64,
    /// The median over networks of ‖W − W₀‖/‖W₀‖.
    pub weight_change: f64,
}

/// The movement of each class and layer of an observed table; none if it has no column
/// `weight_change`.
pub(super) fn of(table: &DataFrame, view: &SampleSpec) -> Result<Vec<WeightChange>> {
    if table.column("weight_change").is_err() {
        return Ok(Vec::new());
    }
    let (classes, changes) = (labels(table, &view.label)?, numbers(table, "weight_change")?);
    let (runs, layers) = (whole_numbers(table, "run")?, whole_numbers(table, "layer")?);
    let checkpoints = whole_numbers(table, "checkpoint")?;
    let mut last: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for row in 0..table.height() {
        let place = last.entry((runs[row], layers[row])).or_insert(row);
        if checkpoints[row] > checkpoints[*place] {
            *place = row;
        }
    }
    let mut found: BTreeMap<(&String, u64), Vec<f64>> = BTreeMap::new();
    for &row in last.values().filter(|&&row| changes[row].is_finite()) {
        found.entry((&classes[row], layers[row])).or_default().push(changes[row]);
    }
    let movement = |((class, layer), changes): ((&String, u64), Vec<f64>)| {
        let weight_change = Quantiles::of(&changes).median;
        WeightChange { class: class.clone(), layer, weight_change }
    };
    Ok(found.into_iter().map(movement).collect())
}

/// The classes and layers that hardly moved, in a sentence; none if all did.
pub(super) fn warning(movements: &[WeightChange]) -> Option<String> {
    let small = movements.iter().filter(|one| one.weight_change < SMALL_MOVEMENT);
    let places: Vec<String> = small
        .map(|one| {
            format!("{} layer {} ({:.1} %)", one.class, one.layer, 100.0 * one.weight_change)
        })
        .collect();
    (!places.is_empty()).then(|| {
        format!(
            "NOTE: weights moved by less than {:.0} % and are mostly initial weights in: {}",
            100.0 * SMALL_MOVEMENT,
            places.join(", ")
        )
    })
}

impl EvcxrDisplay for WeightChange {
    fn evcxr_blocks(&self) -> Blocks {
        let (class, layer, percent) = (&self.class, self.layer, 100.0 * self.weight_change);
        Blocks::text(format!(
            "{class}, layer {layer}: weights moved by {percent:.1} % of their norm"
        ))
    }
}

show!(WeightChange);
