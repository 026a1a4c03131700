//! Which rows of a table make one sample.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use super::sample_spec::SampleUnit;
use crate::observables::columns::whole_numbers;
use crate::{Error, Result};

/// The rows of one sample: where it comes from, and for each layer in it the row of each
/// checkpoint.
pub(super) struct Item {
    pub(super) run: u64,
    pub(super) layers: Vec<(u32, BTreeMap<u32, usize>)>,
}

impl Item {
    /// A row that stands for the sample where all of its rows agree.
    pub(super) fn first_row(&self) -> usize {
        self.layers[0].1.values().next().copied().unwrap_or_default()
    }
}

/// The rows of each checkpoint of each layer of each run.
type Rows = BTreeMap<u64, BTreeMap<u32, BTreeMap<u32, usize>>>;

fn rows(table: &DataFrame) -> Result<Rows> {
    let runs = whole_numbers(table, "run")?;
    let layers = whole_numbers(table, "layer")?;
    let checkpoints = whole_numbers(table, "checkpoint")?;
    let mut found = Rows::new();
    for (row, &run) in runs.iter().enumerate() {
        let (layer, checkpoint) = (layers[row] as u32, checkpoints[row] as u32);
        let rows = found.entry(run).or_default().entry(layer).or_default();
        if rows.insert(checkpoint, row).is_some() {
            return Err(Error::Table(format!(
                "run {run}, layer {layer}, checkpoint {checkpoint} occurs twice, for it was measured by several instruments; choose one by its noise and fraction, or ask of \
                 each by classify_each"
            )));
        }
    }
    Ok(found)
}

/// The rows of each sample, ordered by run and layer.
pub(super) fn items(table: &DataFrame, unit: SampleUnit) -> Result<Vec<Item>> {
    let network = |(run, layers): (u64, BTreeMap<_, _>)| {
        let layers = layers.into_iter().collect();
        Item { run, layers }
    };
    let networks = rows(table)?.into_iter().map(network);
    Ok(match unit {
        SampleUnit::WholeNetwork => networks.collect(),
        SampleUnit::FirstAndLastLayer => networks.map(ends).collect(),
        SampleUnit::OneLayer | SampleUnit::OneLayerWithoutDepth => {
            networks.flat_map(one_by_one).collect()
        }
    })
}

/// The first and the last layer alone; of a network with one layer, this one twice.
fn ends(network: Item) -> Item {
    let ends = [network.layers.first(), network.layers.last()];
    Item { run: network.run, layers: ends.into_iter().flatten().cloned().collect() }
}

fn one_by_one(network: Item) -> Vec<Item> {
    let run = network.run;
    network.layers.into_iter().map(|layer| Item { run, layers: vec![layer] }).collect()
}
