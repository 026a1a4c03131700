//! From an observed polars table to [`Samples`].
//!
//! polars and ndarray are bridged by hand, one column at a time, so that every refusal can say
//! which column and which row it is about.

use std::collections::BTreeSet;

use ndarray::Array2;
use polars::prelude::DataFrame;

use super::chosen_observables::chosen_observables;
use super::derived_keys::{labels, made_of};
use super::feature_block::{Block, Features};
use super::labelled_features::Samples;
use super::sample_rows::{Item, items};
use super::sample_spec::{CheckpointSelection, SampleSpec, SampleUnit};
use crate::observables::columns::{check_distinct, texts, whole_numbers};
use crate::observables::{DERIVED_KEYS, KEY_COLUMNS, Networks};
use crate::{Error, Result};

impl SampleSpec {
    /// The samples this view shows of an observed `table` (one row per run × checkpoint × layer).
    ///
    /// # Errors
    /// [`Error::Table`](crate::Error::Table) if columns are missing, text stands where numbers
    /// should, a run × checkpoint × layer occurs twice or not at all, two networks have the same
    /// number (see [`stack`](crate::observables::stack)), the table has columns that its study did
    /// not measure, or the first checkpoint is asked for and is not from before learning;
    /// [`Error::UnknownName`](crate::Error::UnknownName) for an observable, label column or
    /// checkpoint there is not; [`Error::Setting`](crate::Error::Setting) without a label or
    /// checkpoint; [`Error::Samples`](crate::Error::Samples) as for [`Samples::check`].
    pub fn samples(&self, table: &DataFrame) -> Result<Samples> {
        samples(table, self)
    }
}

fn samples(table: &DataFrame, view: &SampleSpec) -> Result<Samples> {
    check_label(&view.label)?;
    check_columns(table, view)?;
    Networks::of(table)?.check_measured(table)?;
    let observables = chosen_observables(table, &view.observables)?;
    let items = items(table, view.unit)?;
    let labels = labels(table, &view.label)?;
    let names: BTreeSet<&String> = labels.iter().collect();
    let classes: Vec<String> = names.into_iter().cloned().collect();
    let label_of = |item: &Item| {
        let row = item.first_row();
        classes.binary_search(&labels[row]).unwrap_or_default()
    };
    check_constant(&items, &labels)?;
    check_start(&items, view)?;
    let features = block(table, &observables, view, &items)?;
    let samples = Samples {
        features: features.values,
        feature_names: features.names,
        labels: items.iter().map(label_of).collect(),
        classes,
        groups: items.iter().map(|item| item.run).collect(),
        initialisations: initialisations(table, &items)?,
    };
    samples.check()?;
    Ok(samples)
}

/// What a view shows of networks that need not have a label.
pub(in crate::classification) struct Unlabelled {
    /// Samples × features, finite.
    pub(in crate::classification) features: Array2<f64>,
    pub(in crate::classification) feature_names: Vec<String>,
    /// The network of each sample.
    pub(in crate::classification) groups: Vec<u64>,
    /// A row of the table that stands for each sample.
    pub(in crate::classification) rows: Vec<usize>,
}

/// The same view of networks that need not have a label.
///
/// # Errors
/// As [`SampleSpec::samples`], but for labels.
pub(in crate::classification) fn unlabelled(
    table: &DataFrame,
    view: &SampleSpec,
    observables: &[String],
) -> Result<Unlabelled> {
    check_columns(table, &SampleSpec { label: Vec::new(), ..view.clone() })?;
    Networks::of(table)?.check_measured(table)?;
    let items = items(table, view.unit)?;
    check_start(&items, view)?;
    let features = block(table, observables, view, &items)?;
    Ok(Unlabelled {
        features: features.values,
        feature_names: features.names,
        groups: items.iter().map(|item| item.run).collect(),
        rows: items.iter().map(Item::first_row).collect(),
    })
}

/// The features of all items, with the depth of those that are one layer.
fn block(
    table: &DataFrame,
    observables: &[String],
    view: &SampleSpec,
    items: &[Item],
) -> Result<Block> {
    let mut features = Features::new(table, observables, view)?.fill(items)?;
    if view.unit == SampleUnit::OneLayer {
        add_depth(&mut features, table, items)?;
    }
    Ok(features)
}

/// The model seed of each item, or, in a table without that column, its run.
fn initialisations(table: &DataFrame, items: &[Item]) -> Result<Vec<u64>> {
    if table.column("model_seed").is_err() {
        return Ok(items.iter().map(|item| item.run).collect());
    }
    let seeds = whole_numbers(table, "model_seed")?;
    Ok(items.iter().map(|item| seeds[item.first_row()]).collect())
}

fn check_columns(table: &DataFrame, view: &SampleSpec) -> Result<()> {
    if table.height() == 0 {
        return Err(Error::Table("the table has no rows; observe a finished study first".into()));
    }
    let mut needed: Vec<&str> = vec!["run", "checkpoint", "layer"];
    for name in &view.label {
        match made_of(name) {
            Some(sources) if table.column(name).is_err() => needed.extend(sources),
            _ => needed.push(name),
        }
    }
    needed.extend((view.unit == SampleUnit::OneLayer).then_some("depth"));
    needed.retain(|name| table.column(name).is_err());
    if needed.is_empty() {
        return Ok(());
    }
    Err(Error::Table(format!(
        "the table lacks {} of the columns a view needs: {}; it must be an observed table, with one \
         row per run × checkpoint × layer",
        needed.len(),
        needed.join(", ")
    )))
}

fn check_label(label: &[String]) -> Result<()> {
    if label.is_empty() {
        return Err(Error::setting("label", "empty", "name at least one key column, such as rule"));
    }
    check_distinct("label", label)?;
    let is_known = |name: &str| KEY_COLUMNS.contains(&name) || DERIVED_KEYS.contains(&name);
    match label.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let known = KEY_COLUMNS.iter().chain(&DERIVED_KEYS).map(ToString::to_string).collect();
            Err(Error::UnknownName { kind: "label column", name: name.clone(), known })
        }
    }
}

fn check_constant(items: &[Item], labels: &[String]) -> Result<()> {
    for item in items {
        let first = &labels[item.first_row()];
        let rows = item.layers.iter().flat_map(|(_, rows)| rows.values());
        if let Some(other) = rows.map(|&row| &labels[row]).find(|label| *label != first) {
            return Err(Error::Samples(format!(
                "network {} is labelled both \"{first}\" and \"{other}\"; a label must belong to the \
                 whole network: choose a column that is constant within a run",
                item.run
            )));
        }
    }
    Ok(())
}

/// The first checkpoint is the control in which nothing should be found only if it was before
/// learning.
fn check_start(items: &[Item], view: &SampleSpec) -> Result<()> {
    if view.checkpoints != CheckpointSelection::First {
        return Ok(());
    }
    let first = |item: &Item| item.layers[0].1.keys().next().copied().unwrap_or_default();
    match items.iter().find(|item| first(item) > 0) {
        None => Ok(()),
        Some(item) => Err(Error::Table(format!(
            "run {} has no checkpoint 0, from before learning: the first is {}; give the whole table, or take SampleSpec::samples at other checkpoints and \
             classify, which has no control before learning",
            item.run,
            first(item)
        ))),
    }
}

fn add_depth(block: &mut Block, table: &DataFrame, items: &[Item]) -> Result<()> {
    let depths = texts(table, "depth")?;
    let names = ["early", "middle", "deep"];
    let mut one_hot = Array2::zeros((items.len(), names.len()));
    for (row, item) in items.iter().enumerate() {
        let depth = &depths[item.first_row()];
        let Some(at) = names.iter().position(|name| name == depth) else {
            let known = names.iter().map(ToString::to_string).collect();
            return Err(Error::UnknownName { kind: "depth", name: depth.clone(), known });
        };
        one_hot[[row, at]] = 1.0;
    }
    block.values = ndarray::concatenate![ndarray::Axis(1), block.values, one_hot];
    block.names.extend(names.iter().map(|name| format!("depth={name}")));
    Ok(())
}
