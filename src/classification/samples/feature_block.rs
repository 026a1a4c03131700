//! Laying the measurements of a sample out in one row: layer by layer, observable by observable,
//! checkpoint by checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::labelled_features::clipped;
use super::sample_rows::Item;
use super::sample_spec::{CheckpointSelection, SampleSpec, SampleUnit};
use crate::observables::columns::{check_distinct, numbers};
use crate::{Error, Result};

/// The feature block under construction.
pub(super) struct Features {
    observables: Vec<String>,
    columns: Vec<Vec<f64>>,
    checkpoints: CheckpointSelection,
    unit: SampleUnit,
}

pub(super) struct Block {
    pub(super) names: Vec<String>,
    pub(super) values: Array2<f64>,
}

impl Features {
    pub(super) fn new(
        table: &DataFrame,
        observables: &[String],
        view: &SampleSpec,
    ) -> Result<Self> {
        let columns = observables.iter().map(|name| numbers(table, name)).collect::<Result<_>>()?;
        Ok(Self {
            observables: observables.to_vec(),
            columns,
            checkpoints: view.checkpoints.clone(),
            unit: view.unit,
        })
    }

    pub(super) fn fill(&self, items: &[Item]) -> Result<Block> {
        let layers = self.layers(items)?;
        let moments = self.moments(items)?;
        let rows: Vec<Vec<f64>> =
            items.iter().map(|item| self.row(item, &moments)).collect::<Result<_>>()?;
        let names = self.names(&layers, &moments);
        let flat = rows.into_iter().flatten().map(clipped).collect();
        let values = Array2::from_shape_vec((items.len(), names.len()), flat)
            .map_err(|error| Error::Shape(error.to_string()))?;
        Ok(Block { names, values })
    }

    /// What the names of each layer's features begin with; nothing where a sample is one layer.
    fn layers(&self, items: &[Item]) -> Result<Vec<String>> {
        match self.unit {
            SampleUnit::OneLayer | SampleUnit::OneLayerWithoutDepth => {
                return Ok(vec![String::new()]);
            }
            SampleUnit::FirstAndLastLayer => return Ok(vec!["first.".into(), "last.".into()]),
            SampleUnit::WholeNetwork => {}
        }
        let of = |item: &Item| item.layers.iter().map(|(layer, _)| *layer).collect::<Vec<_>>();
        let first = of(&items[0]);
        match items.iter().find(|item| of(item) != first) {
            None => Ok(first.into_iter().map(|layer| format!("layer{layer}.")).collect()),
            Some(other) => Err(Error::Table(format!(
                "run {} has layers {first:?} but run {} has {:?}; whole networks can be compared only \
                 if they have the same layers: use SampleUnit::FirstAndLastLayer or SampleUnit::OneLayer, or one architecture",
                items[0].run,
                other.run,
                of(other)
            ))),
        }
    }

    /// The checkpoints side by side in one sample; `None` stands for each network's first or last.
    fn moments(&self, items: &[Item]) -> Result<Vec<Option<u32>>> {
        let rows = items.iter().flat_map(|item| &item.layers).flat_map(|(_, rows)| rows.keys());
        let known: BTreeSet<u32> = rows.copied().collect();
        let wanted: Vec<u32> = match &self.checkpoints {
            CheckpointSelection::First | CheckpointSelection::Last => return Ok(vec![None]),
            CheckpointSelection::All => known.iter().copied().collect(),
            CheckpointSelection::At(list) => {
                check_distinct("checkpoints", list)?;
                list.clone()
            }
        };
        if wanted.is_empty() {
            return Err(Error::setting("checkpoints", "[]", "name at least one checkpoint"));
        }
        match wanted.iter().find(|checkpoint| !known.contains(checkpoint)) {
            None => Ok(wanted.into_iter().map(Some).collect()),
            Some(lacking) => Err(Error::UnknownName {
                kind: "checkpoint",
                name: lacking.to_string(),
                known: known.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    fn names(&self, layers: &[String], moments: &[Option<u32>]) -> Vec<String> {
        let mut names = Vec::new();
        for before in layers {
            for name in &self.observables {
                for moment in moments {
                    let after = moment.map_or(String::new(), |moment| format!("@{moment}"));
                    names.push(format!("{before}{name}{after}"));
                }
            }
        }
        names
    }

    /// One sample: layer by layer, observable by observable, checkpoint by checkpoint.
    fn row(&self, item: &Item, moments: &[Option<u32>]) -> Result<Vec<f64>> {
        let mut values = Vec::new();
        for (layer, rows) in &item.layers {
            let rows: Vec<Option<usize>> = moments
                .iter()
                .map(|&moment| self.pick(rows, moment, item.run, *layer))
                .collect::<Result<_>>()?;
            for column in &self.columns {
                values.extend(rows.iter().map(|row| row.map_or(f64::NAN, |row| column[row])));
            }
        }
        Ok(values)
    }

    /// The row of a checkpoint; none if the network had stopped by then.
    fn pick(
        &self,
        rows: &BTreeMap<u32, usize>,
        moment: Option<u32>,
        run: u64,
        layer: u32,
    ) -> Result<Option<usize>> {
        let last = rows.last_key_value().map_or(0, |(checkpoint, _)| *checkpoint);
        match (moment, &self.checkpoints) {
            (None, CheckpointSelection::First) => Ok(rows.values().next().copied()),
            (None, _) => Ok(rows.values().next_back().copied()),
            (Some(moment), _) if moment > last => Ok(None),
            (Some(moment), _) => rows.get(&moment).copied().map(Some).ok_or_else(|| {
                Error::Table(format!(
                    "run {run}, layer {layer} lacks checkpoint {moment} although it goes on to \
                     {last}; observe all networks at the same checkpoints"
                ))
            }),
        }
    }
}
