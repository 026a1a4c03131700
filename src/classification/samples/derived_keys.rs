//! Keys of a table's rows: columns, and what is made of them.

use std::collections::BTreeMap;

use polars::prelude::{Column, DataFrame};

use crate::network::Architecture;
use crate::observables::DERIVED_KEYS;
use crate::observables::columns::{numbers, texts};
use crate::training::Optimizer;
use crate::{Error, Result, rules};

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
/// Another: what the catalogue calls the architecture.
const ARCHITECTURE_NAME: &str = DERIVED_KEYS[4];

/// The columns that a derived key is made of.
pub(super) fn made_of(key: &str) -> Option<&'static [&'static str]> {
    match key {
        FAMILY => Some(&["rule"]),
        HIDDEN_LAYERS | ARCHITECTURE_NAME => Some(&["architecture"]),
        ALGORITHM => Some(&["rule", "optimizer"]),
        LEARNING_RATE_INDEX => Some(&["rule", "optimizer", "learning_rate"]),
        _ => None,
    }
}

/// A key of each row, as text: a column, or what is derived of one.
pub(in crate::classification) fn key_texts(table: &DataFrame, name: &str) -> Result<Vec<String>> {
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
        ARCHITECTURE_NAME if table.column(ARCHITECTURE_NAME).is_err() => {
            Ok(architecture_names(texts(table, "architecture")?))
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
    let (algorithms, rates) = (key_texts(table, ALGORITHM)?, numbers(table, "learning_rate")?);
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
/// [`SampleSpec`](super::SampleSpec)'s labels and
/// [`hold_out_each`](crate::classification::hold_out_each) need no such column:
///
/// - `family`: that of the rule
/// - `hidden_layers`: the architecture without inputs and outputs
/// - `algorithm`: the rule, with its optimizer where this is not plain gradient descent
/// - `learning_rate_index`: the rank of the learning rate among the different ones that this
///   algorithm has in the table, `0` the smallest. Rules whose rates have ranges of their own have
///   small and large ones alike; those with fewer rates end at a lower rank
/// - `architecture_name`: what [`Architecture::named`] calls the architecture, such as
///   `tiny_resnet18`; where it has no name, its hidden layers
///
/// # Errors
/// [`Error::Table`] if there is no such key, a column that it is made of is missing, or a learning
/// rate is missing or not finite.
pub fn with_key(table: &DataFrame, name: &str) -> Result<DataFrame> {
    let mut named = table.clone();
    named.with_column(Column::new(name.into(), key_texts(table, name)?))?;
    Ok(named)
}

/// `784-100-50-10 tanh` has the hidden layers `100-50 tanh`.
fn hidden_layers_of(architecture: &str) -> String {
    let (sizes, rest) = architecture.split_once(' ').unwrap_or((architecture, ""));
    let sizes: Vec<&str> = sizes.split('-').collect();
    let hidden = sizes.get(1..sizes.len() - 1).unwrap_or_default().join("-");
    format!("{hidden} {rest}").trim().to_owned()
}

/// The catalogue's name of each, looked up once.
fn architecture_names(architectures: Vec<String>) -> Vec<String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let name = |architecture: String| {
        let named = || {
            let hidden = hidden_layers_of(&architecture);
            Architecture::known_as(&hidden).map_or(hidden, str::to_owned)
        };
        known.entry(architecture.clone()).or_insert_with(named).clone()
    };
    architectures.into_iter().map(name).collect()
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
pub(in crate::classification) fn labels(
    table: &DataFrame,
    columns: &[String],
) -> Result<Vec<String>> {
    let parts: Vec<Vec<String>> =
        columns.iter().map(|name| key_texts(table, name)).collect::<Result<_>>()?;
    let joined = |row: usize| parts.iter().map(|part| part[row].as_str()).collect::<Vec<_>>();
    Ok((0..table.height()).map(|row| joined(row).join(" × ")).collect())
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
        let ranks = key_texts(&rates(), "learning_rate_index").unwrap();
        assert_eq!(ranks, ["1", "0", "1", "2", "1", "0", "0", "1"]);
        let named = with_key(&rates(), "learning_rate_index").unwrap();
        assert_eq!(named.column("learning_rate_index").unwrap().str().unwrap().get(3), Some("2"));
        // A column of the user's own with this name is taken as it is.
        let mut own = rates();
        own.with_column(Column::new("learning_rate_index".into(), [7_u32; 8])).unwrap();
        assert_eq!(key_texts(&own, "learning_rate_index").unwrap(), ["7"; 8]);
    }

    #[test]
    fn architectures_of_the_catalogue_have_names() {
        let names = ["28x28x1-8c5s2-16c5s2-10 relu bias", "784-31-10 tanh"];
        let table = df!("architecture" => names).unwrap();
        assert_eq!(key_texts(&table, "architecture_name").unwrap(), ["small", "31 tanh"]);
    }

    #[test]
    fn learning_rates_that_are_missing_have_no_rank() {
        let mut table = rates();
        for missing in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            let rates = [Some(0.1), missing].repeat(4);
            table.with_column(Column::new("learning_rate".into(), rates)).unwrap();
            let told = key_texts(&table, "learning_rate_index").unwrap_err().to_string();
            assert!(told.contains("row 1, counted from 0, is missing or not finite"), "{told}");
        }
        let told = |name: &str| key_texts(&rates().drop("optimizer").unwrap(), name).unwrap_err();
        for name in ["learning_rate_index", "algorithm"] {
            assert!(told(name).to_string().contains("no column optimizer"), "{}", told(name));
        }
        let told = key_texts(&rates(), "colour").unwrap_err().to_string();
        assert!(told.contains("\"learning_rate_index\", \"architecture_name\" are made"), "{told}");
    }
}
