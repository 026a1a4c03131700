//! From an observed polars table to [`Samples`].
//!
//! polars and ndarray are bridged by hand, one column at a time, so that every refusal can say which
//! column and which row it is about.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use polars::prelude::{DataFrame, DataType};

use super::{Checkpoints, Samples, Unit, View};
use crate::observables::{CONTEXT_COLUMNS, KEY_COLUMNS, PRIVILEGED_PREFIX};
use crate::{Error, Result};

/// The rows of one sample: where it comes from, and for each layer in it the row of each checkpoint.
struct Item {
    run: u64,
    layers: Vec<(u32, BTreeMap<u32, usize>)>,
}

pub(super) fn samples(table: &DataFrame, view: &View) -> Result<Samples> {
    check_columns(table, view)?;
    let observables = chosen_observables(table, &view.observables)?;
    let items = items(table, view.unit)?;
    let labels = labels(table, &view.label)?;
    let names: BTreeSet<&String> = labels.iter().collect();
    let classes: Vec<String> = names.into_iter().cloned().collect();
    let label_of = |item: &Item| {
        let row = first_row(item);
        classes.binary_search(&labels[row]).unwrap_or_default()
    };
    check_constant(&items, &labels)?;
    let features = Features::new(table, &observables, view)?.fill(&items)?;
    let mut samples = Samples {
        features: features.values,
        feature_names: features.names,
        labels: items.iter().map(label_of).collect(),
        classes,
        groups: items.iter().map(|item| item.run).collect(),
    };
    if view.unit == Unit::OneLayer {
        add_depth(&mut samples, table, &items)?;
    }
    samples.check()?;
    Ok(samples)
}

fn first_row(item: &Item) -> usize {
    item.layers[0].1.values().next().copied().unwrap_or_default()
}

fn check_columns(table: &DataFrame, view: &View) -> Result<()> {
    if table.height() == 0 {
        return Err(Error::Table("the table has no rows; observe a finished study first".into()));
    }
    if view.label.is_empty() {
        return Err(Error::setting("label", "empty", "name at least one key column, such as rule"));
    }
    if let Some(name) = view.label.iter().find(|name| !KEY_COLUMNS.contains(&name.as_str())) {
        let known = KEY_COLUMNS.iter().map(ToString::to_string).collect();
        return Err(Error::UnknownName { kind: "label column", name: name.clone(), known });
    }
    let mut needed: Vec<&str> = vec!["run", "checkpoint", "layer"];
    needed.extend(view.label.iter().map(String::as_str));
    if view.unit == Unit::OneLayer {
        needed.push("depth");
    }
    let lacking: Vec<&str> =
        needed.iter().copied().filter(|name| table.column(name).is_err()).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Error::Table(format!(
        "the table lacks {} of the columns a view needs: {}; it must be an observed table, with one \
         row per run × checkpoint × layer",
        lacking.len(),
        lacking.join(", ")
    )))
}

/// All columns an experimenter could have measured.
fn all_observables(table: &DataFrame) -> Vec<String> {
    let measured = |name: &str| {
        !KEY_COLUMNS.contains(&name)
            && !CONTEXT_COLUMNS.contains(&name)
            && !name.starts_with(PRIVILEGED_PREFIX)
    };
    let names = table.get_column_names();
    names.iter().map(|name| name.to_string()).filter(|name| measured(name)).collect()
}

fn chosen_observables(table: &DataFrame, wanted: &[String]) -> Result<Vec<String>> {
    let known = all_observables(table);
    if known.is_empty() {
        return Err(Error::Table(
            "the table has keys and context but no observables; observe before classifying".into(),
        ));
    }
    for name in wanted {
        if !known.iter().any(|observable| observable.starts_with(name.as_str())) {
            return Err(Error::UnknownName { kind: "observable", name: name.clone(), known });
        }
    }
    let is_wanted = |observable: &String| {
        wanted.is_empty() || wanted.iter().any(|name| observable.starts_with(name.as_str()))
    };
    Ok(known.into_iter().filter(is_wanted).collect())
}

fn whole_numbers(table: &DataFrame, name: &str) -> Result<Vec<u64>> {
    let column = table.column(name)?.cast(&DataType::UInt64)?;
    let values: Option<Vec<u64>> = column.u64()?.iter().collect();
    values.ok_or_else(|| {
        Error::Table(format!("column {name} must hold whole numbers from 0, without gaps"))
    })
}

fn texts(table: &DataFrame, name: &str) -> Result<Vec<String>> {
    let column = table.column(name)?.cast(&DataType::String)?;
    let values: Option<Vec<&str>> = column.str()?.iter().collect();
    let values = values.ok_or_else(|| {
        let gaps = column.null_count();
        Error::Table(format!("column {name} is empty in {gaps} rows; every row needs one"))
    })?;
    Ok(values.into_iter().map(str::to_owned).collect())
}

/// The values of an observable; gaps become NaN.
fn numbers(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let column = table.column(name)?;
    let kind = column.dtype();
    if !(kind.is_primitive_numeric() || kind.is_bool() || kind.is_null()) {
        return Err(Error::Table(format!(
            "column {name} holds {kind}, not numbers; drop it, or leave it out through \
             View.observables"
        )));
    }
    let column = column.cast(&DataType::Float64)?;
    Ok(column.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

fn labels(table: &DataFrame, columns: &[String]) -> Result<Vec<String>> {
    let parts: Vec<Vec<String>> =
        columns.iter().map(|name| texts(table, name)).collect::<Result<_>>()?;
    let joined = |row: usize| parts.iter().map(|part| part[row].as_str()).collect::<Vec<_>>();
    Ok((0..table.height()).map(|row| joined(row).join(" × ")).collect())
}

/// Groups the rows into samples, ordered by run and layer.
fn items(table: &DataFrame, unit: Unit) -> Result<Vec<Item>> {
    let runs = whole_numbers(table, "run")?;
    let layers = whole_numbers(table, "layer")?;
    let checkpoints = whole_numbers(table, "checkpoint")?;
    let mut found: BTreeMap<u64, BTreeMap<u32, BTreeMap<u32, usize>>> = BTreeMap::new();
    for row in 0..runs.len() {
        let (layer, checkpoint) = (layers[row] as u32, checkpoints[row] as u32);
        let rows = found.entry(runs[row]).or_default().entry(layer).or_default();
        if rows.insert(checkpoint, row).is_some() {
            return Err(Error::Table(format!(
                "run {}, layer {layer}, checkpoint {checkpoint} occurs twice; give each network its \
                 own run number when stacking tables",
                runs[row]
            )));
        }
    }
    let networks =
        found.into_iter().map(|(run, layers)| Item { run, layers: layers.into_iter().collect() });
    Ok(match unit {
        Unit::WholeNetwork => networks.collect(),
        Unit::OneLayer | Unit::OneLayerWithoutDepth => networks.flat_map(one_by_one).collect(),
    })
}

fn one_by_one(network: Item) -> Vec<Item> {
    let run = network.run;
    network.layers.into_iter().map(|layer| Item { run, layers: vec![layer] }).collect()
}

fn check_constant(items: &[Item], labels: &[String]) -> Result<()> {
    for item in items {
        let first = &labels[first_row(item)];
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

fn add_depth(samples: &mut Samples, table: &DataFrame, items: &[Item]) -> Result<()> {
    let depths = texts(table, "depth")?;
    let names = ["early", "middle", "deep"];
    let mut one_hot = Array2::zeros((items.len(), names.len()));
    for (row, item) in items.iter().enumerate() {
        let depth = &depths[first_row(item)];
        let Some(at) = names.iter().position(|name| name == depth) else {
            let known = names.iter().map(ToString::to_string).collect();
            return Err(Error::UnknownName { kind: "depth", name: depth.clone(), known });
        };
        one_hot[[row, at]] = 1.0;
    }
    samples.features = ndarray::concatenate![ndarray::Axis(1), samples.features, one_hot];
    samples.feature_names.extend(names.iter().map(|name| format!("depth={name}")));
    Ok(())
}

/// The feature block under construction.
struct Features {
    observables: Vec<String>,
    columns: Vec<Vec<f64>>,
    checkpoints: Checkpoints,
    unit: Unit,
}

struct Block {
    names: Vec<String>,
    values: Array2<f64>,
}

impl Features {
    fn new(table: &DataFrame, observables: &[String], view: &View) -> Result<Self> {
        let columns = observables.iter().map(|name| numbers(table, name)).collect::<Result<_>>()?;
        Ok(Self {
            observables: observables.to_vec(),
            columns,
            checkpoints: view.checkpoints.clone(),
            unit: view.unit,
        })
    }

    fn fill(&self, items: &[Item]) -> Result<Block> {
        let layers = self.layers(items)?;
        let moments = self.moments(items)?;
        let rows: Vec<Vec<f64>> =
            items.iter().map(|item| self.row(item, &moments)).collect::<Result<_>>()?;
        let names = self.names(&layers, &moments);
        let flat = rows.into_iter().flatten().map(super::samples::clipped).collect();
        let values = Array2::from_shape_vec((items.len(), names.len()), flat)
            .map_err(|error| Error::Shape(error.to_string()))?;
        Ok(Block { names, values })
    }

    /// The layers side by side in one sample; `None` where a sample is one layer.
    fn layers(&self, items: &[Item]) -> Result<Vec<Option<u32>>> {
        if self.unit != Unit::WholeNetwork {
            return Ok(vec![None]);
        }
        let of = |item: &Item| item.layers.iter().map(|(layer, _)| *layer).collect::<Vec<_>>();
        let first = of(&items[0]);
        match items.iter().find(|item| of(item) != first) {
            None => Ok(first.into_iter().map(Some).collect()),
            Some(other) => Err(Error::Table(format!(
                "run {} has layers {first:?} but run {} has {:?}; whole networks can be compared only \
                 if they have the same layers: use Unit::OneLayer, or one architecture",
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
            Checkpoints::First | Checkpoints::Last => return Ok(vec![None]),
            Checkpoints::All => known.iter().copied().collect(),
            Checkpoints::At(list) => list.clone(),
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

    fn names(&self, layers: &[Option<u32>], moments: &[Option<u32>]) -> Vec<String> {
        let mut names = Vec::new();
        for layer in layers {
            let before = layer.map_or(String::new(), |layer| format!("layer{layer}."));
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
                .map(|&moment| self.pick(rows, moment, (item.run, *layer)))
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
        (run, layer): (u64, u32),
    ) -> Result<Option<usize>> {
        let last = rows.last_key_value().map_or(0, |(checkpoint, _)| *checkpoint);
        match (moment, &self.checkpoints) {
            (None, Checkpoints::First) => Ok(rows.values().next().copied()),
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
