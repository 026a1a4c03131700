//! From an observed polars table to [`Samples`].
//!
//! polars and ndarray are bridged by hand, one column at a time, so that every refusal can say
//! which column and which row it is about.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::flatten::{Features, Item};
use super::{CheckpointSelection, SampleSpec, SampleUnit, Samples};
use crate::error::shown;
use crate::observables::columns::check_distinct;
pub(super) use crate::observables::columns::{numbers, texts, whole_numbers};
use crate::observables::{
    Chosen, DERIVED_KEYS, KEY_COLUMNS, Networks, Summary, declared, is_measured, words,
};
use crate::training::Optimizer;
use crate::{Error, Result, rules};

pub(super) fn samples(table: &DataFrame, view: &SampleSpec) -> Result<Samples> {
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
    let features = Features::new(table, &observables, view)?.fill(&items)?;
    let mut samples = Samples {
        features: features.values,
        feature_names: features.names,
        labels: items.iter().map(label_of).collect(),
        classes,
        groups: items.iter().map(|item| item.run).collect(),
        initialisations: initialisations(table, &items)?,
    };
    if view.unit == SampleUnit::OneLayer {
        add_depth(&mut samples, table, &items)?;
    }
    samples.check()?;
    Ok(samples)
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
    check_label(&view.label)?;
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

/// The columns that words choose, in the order of the table: sets of observables, whole parts of
/// their names, and names; without words all observables that the table's study measured.
fn chosen_observables(table: &DataFrame, words: &[String]) -> Result<Vec<String>> {
    let known = declared(table)?;
    if words.is_empty() {
        check_others(table, &known)?;
    }
    let mut chosen: BTreeSet<String> = BTreeSet::new();
    for word in words {
        chosen.extend(chosen_by(table, word, &known)?);
    }
    let names = table.get_column_names().into_iter().map(ToString::to_string);
    let is_chosen = |name: &String| match words.is_empty() {
        true => known.contains(name),
        false => chosen.contains(name),
    };
    let chosen: Vec<String> = names.filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err(Error::Table(
            "the table has keys and context but no observables; observe before classifying".into(),
        ));
    }
    Ok(chosen)
}

/// What nobody declared as an observable could be anything, such as a number for each rule.
fn check_others(table: &DataFrame, known: &[String]) -> Result<()> {
    let is_other = |name: &&str| is_measured(name) && !known.iter().any(|other| other == name);
    let names = table.get_column_names().into_iter().map(|name| name.as_str());
    let others: Vec<&str> = names.filter(is_other).collect();
    let Some(first) = others.first() else { return Ok(()) };
    // Text is refused where it is read.
    if others.len() == 1 {
        numbers(table, first)?;
    }
    let named: Vec<String> = others.iter().take(5).map(|name| shown(name)).collect();
    let more = if others.len() > 5 { ", …" } else { "" };
    Err(Error::Table(format!(
        "the table has {} that its study did not measure ({}{more}); drop what is no observable, or name what to learn from in SampleSpec.observables",
        if others.len() == 1 { "a column".into() } else { format!("{} columns", others.len()) },
        named.join(", ")
    )))
}

/// The columns that one word chooses.
fn chosen_by(table: &DataFrame, word: &str, known: &[String]) -> Result<Vec<String>> {
    let has = |name: &String| table.column(name).is_ok();
    let names = |summaries: Vec<Summary>| summaries.iter().map(ToString::to_string).collect();
    let chosen: Vec<String> = match Chosen::by(word) {
        Chosen::Set(all) => {
            let all: Vec<String> = names(all);
            let lacking: Vec<&String> = all.iter().filter(|name| !has(name)).collect();
            if let Some(first) = lacking.first() {
                return Err(Error::Table(format!(
                    "the table lacks {} of the {} observables of the set \"{word}\", such as {first}; choose parts of names, such as weight, which mean \
                     what the table has of them",
                    lacking.len(),
                    all.len()
                )));
            }
            all
        }
        Chosen::Part(all) => {
            // A reader's own may be called by the same measure.
            let own = known.iter().filter(|name| name.split('_').next() == Some(word)).cloned();
            names(all).into_iter().filter(has).chain(own).collect()
        }
        Chosen::Name if is_measured(word) && table.column(word).is_ok() => vec![word.into()],
        Chosen::Name => Vec::new(),
    };
    if chosen.is_empty() {
        return Err(unknown(table, word, known));
    }
    Ok(chosen)
}

/// The sets and parts of names that mean something in the table come first, for there are few of
/// them.
fn unknown(table: &DataFrame, word: &str, known: &[String]) -> Error {
    let is_there = |word: &String| match Chosen::by(word) {
        Chosen::Set(all) => all.iter().all(|one| table.column(&one.to_string()).is_ok()),
        Chosen::Part(all) => all.iter().any(|one| table.column(&one.to_string()).is_ok()),
        Chosen::Name => false,
    };
    let known = words().into_iter().filter(is_there).chain(known.iter().cloned()).collect();
    Error::UnknownName { kind: "observable in the table", name: word.into(), known }
}

/// A key that need not be a column: the family of the rule.
const FAMILY: &str = DERIVED_KEYS[0];
/// Another: the hidden part of the architecture, without the numbers of inputs and outputs, which
/// belong to the task.
const HIDDEN_LAYERS: &str = DERIVED_KEYS[1];
/// A key made of two others: the rule, with its optimizer where this is not plain gradient descent.
const ALGORITHM: &str = DERIVED_KEYS[2];
/// Another: the rank of a network's learning rate among those that its own algorithm has in the
/// table, 0 the smallest.
const LEARNING_RATE_INDEX: &str = DERIVED_KEYS[3];

/// The columns that a derived key is made of.
fn made_of(key: &str) -> Option<&'static [&'static str]> {
    match key {
        FAMILY => Some(&["rule"]),
        HIDDEN_LAYERS => Some(&["architecture"]),
        ALGORITHM => Some(&["rule", "optimizer"]),
        LEARNING_RATE_INDEX => Some(&["rule", "optimizer", "learning_rate"]),
        _ => None,
    }
}

/// A key of each row, as text: a column, or what is derived of one.
pub(super) fn key(table: &DataFrame, name: &str) -> Result<Vec<String>> {
    let lacks = |source: &&&str| table.column(source).is_err();
    let sources = made_of(name).filter(|_| table.column(name).is_err()).unwrap_or_default();
    if let Some(source) = sources.iter().find(lacks) {
        return Err(Error::Table(format!(
            "the table has no column {source}, of which the key {name} is made; give it this column, or one called {name}"
        )));
    }
    match name {
        FAMILY if table.column(FAMILY).is_err() => families(table),
        HIDDEN_LAYERS if table.column(HIDDEN_LAYERS).is_err() => {
            Ok(texts(table, "architecture")?.iter().map(|name| hidden_layers_of(name)).collect())
        }
        ALGORITHM if table.column(ALGORITHM).is_err() => {
            let rules = texts(table, "rule")?.into_iter().zip(texts(table, "optimizer")?);
            Ok(rules.map(|(rule, optimizer)| algorithm(rule, &optimizer)).collect())
        }
        LEARNING_RATE_INDEX if table.column(LEARNING_RATE_INDEX).is_err() => {
            learning_rate_indices(table)
        }
        _ if table.column(name).is_err() => Err(Error::Table(format!(
            "the table has no column {name}; its key columns are those of an observed table, and {} are made of them",
            DERIVED_KEYS.map(|name| format!("\"{name}\"")).join(", ")
        ))),
        _ => texts(table, name),
    }
}

/// The place of every row's learning rate among the different ones of its algorithm, from 0.
fn learning_rate_indices(table: &DataFrame) -> Result<Vec<String>> {
    let (algorithms, rates) = (key(table, ALGORITHM)?, numbers(table, "learning_rate")?);
    if let Some(row) = rates.iter().position(|rate| !rate.is_finite()) {
        return Err(Error::Table(format!(
            "the learning rate in row {row}, counted from 0, is missing or not finite and has no rank; leave such rows out"
        )));
    }
    let mut known: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
    for (algorithm, &rate) in algorithms.iter().zip(&rates) {
        let own = known.entry(algorithm).or_default();
        if let Err(place) = own.binary_search_by(|known| known.total_cmp(&rate)) {
            own.insert(place, rate);
        }
    }
    let rank = |(algorithm, rate): (&String, &f64)| {
        known[algorithm].partition_point(|known| known < rate).to_string()
    };
    Ok(algorithms.iter().zip(&rates).map(rank).collect())
}

/// The rule, with its optimizer where this is not plain gradient descent.
fn algorithm(rule: String, optimizer: &str) -> String {
    if optimizer == Optimizer::sgd().name() { rule } else { format!("{rule} × {optimizer}") }
}

/// The table with one more column of text, made of its key columns, for figures and for grouping; a
/// [`SampleSpec`]'s labels and [`hold_out_each`](super::hold_out_each) need no such column:
///
/// - `family`: that of the rule
/// - `hidden_layers`: the architecture without inputs and outputs
/// - `algorithm`: the rule, with its optimizer where this is not plain gradient descent
/// - `learning_rate_index`: the rank of the learning rate among the different ones that this
///   algorithm has in the table, `0` the smallest. Rules whose rates have ranges of their own have
///   small and large ones alike; those with fewer rates end at a lower rank
///
/// # Errors
/// [`Error::Table`] if there is no such key, a column that it is made of is missing, or a learning
/// rate is missing or not finite.
pub fn with_key(table: &DataFrame, name: &str) -> Result<DataFrame> {
    let mut named = table.clone();
    named.with_column(Column::new(name.into(), key(table, name)?))?;
    Ok(named)
}

/// `784-100-50-10 tanh` has the hidden layers `100-50 tanh`.
fn hidden_layers_of(architecture: &str) -> String {
    let (sizes, rest) = architecture.split_once(' ').unwrap_or((architecture, ""));
    let sizes: Vec<&str> = sizes.split('-').collect();
    let hidden = sizes.get(1..sizes.len() - 1).unwrap_or_default().join("-");
    format!("{hidden} {rest}").trim().to_owned()
}

fn families(table: &DataFrame) -> Result<Vec<String>> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let family_of = |rule: String| -> Result<String> {
        if let Some(family) = known.get(&rule) {
            return Ok(family.clone());
        }
        // Whatever primitives an alignment has, it is of the same family.
        let name = if rule.starts_with("alignment_") { "alignment" } else { &rule };
        let family = rules::named(name).map(|rule| rule.about().family.to_string()).map_err(|_| {
            Error::Table(format!(
                "the catalogue has no rule {rule}, whose family is asked for; give the table a column family"
            ))
        })?;
        known.insert(rule, family.clone());
        Ok(family)
    };
    texts(table, "rule")?.into_iter().map(family_of).collect()
}

/// The label of each row.
pub(super) fn labels(table: &DataFrame, columns: &[String]) -> Result<Vec<String>> {
    let parts: Vec<Vec<String>> =
        columns.iter().map(|name| key(table, name)).collect::<Result<_>>()?;
    let joined = |row: usize| parts.iter().map(|part| part[row].as_str()).collect::<Vec<_>>();
    Ok((0..table.height()).map(|row| joined(row).join(" × ")).collect())
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
fn items(table: &DataFrame, unit: SampleUnit) -> Result<Vec<Item>> {
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

fn add_depth(samples: &mut Samples, table: &DataFrame, items: &[Item]) -> Result<()> {
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
    samples.features = ndarray::concatenate![ndarray::Axis(1), samples.features, one_hot];
    samples.feature_names.extend(names.iter().map(|name| format!("depth={name}")));
    Ok(())
}

#[cfg(test)]
mod tests {
    use polars::prelude::df;

    use super::*;

    /// Two rules with ranges of their own, of which one is used with two optimizers.
    fn rates() -> DataFrame {
        df!(
            "rule" => ["a", "a", "a", "b", "b", "b", "b", "b"],
            "optimizer" => ["sgd", "sgd", "sgd", "sgd", "sgd", "sgd", "adam", "adam"],
            "learning_rate" => [0.1, 0.01, 0.1, 30.0, 10.0, 0.0, 1e-3, 2e-3],
        )
        .unwrap()
    }

    #[test]
    fn a_learning_rate_is_ranked_among_those_of_its_own_algorithm() {
        let ranks = key(&rates(), "learning_rate_index").unwrap();
        assert_eq!(ranks, ["1", "0", "1", "2", "1", "0", "0", "1"]);
        let named = with_key(&rates(), "learning_rate_index").unwrap();
        assert_eq!(named.column("learning_rate_index").unwrap().str().unwrap().get(3), Some("2"));
        // A column of the user's own with this name is taken as it is.
        let mut own = rates();
        own.with_column(Column::new("learning_rate_index".into(), [7_u32; 8])).unwrap();
        assert_eq!(key(&own, "learning_rate_index").unwrap(), ["7"; 8]);
    }

    #[test]
    fn learning_rates_that_are_missing_have_no_rank() {
        let mut table = rates();
        for missing in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            let rates = [Some(0.1), missing].repeat(4);
            table.with_column(Column::new("learning_rate".into(), rates)).unwrap();
            let told = key(&table, "learning_rate_index").unwrap_err().to_string();
            assert!(told.contains("row 1, counted from 0, is missing or not finite"), "{told}");
        }
        let told = |name: &str| key(&rates().drop("optimizer").unwrap(), name).unwrap_err();
        for name in ["learning_rate_index", "algorithm"] {
            assert!(told(name).to_string().contains("no column optimizer"), "{}", told(name));
        }
        let told = key(&rates(), "colour").unwrap_err().to_string();
        assert!(told.contains("\"algorithm\", \"learning_rate_index\" are made"), "{told}");
    }
}
