//! What was learned, put to each kind of network in turn.

use std::collections::BTreeSet;

use polars::prelude::{Column, DataFrame};

use super::hold_out::{HoldOut, judge_each, networks_where};
use super::protocol::Protocol;
use super::shuffled_labels::{SHUFFLED, shuffled};
use super::trial::Trial;
use crate::Result;
use crate::classification::classifiers::{Classifier, UNCONVERGED, unconverged};
use crate::classification::samples::{SampleSpec, key_texts};
use crate::observables::columns::{check_free, column_of};
use crate::statistics::Estimate;

/// [`hold_out`](super::hold_out) for every value of a key column (`task`, `batch_size`, …), of
/// `hidden_layers`, the architecture without the inputs and outputs that belong to the task, or of
/// `learning_rate_index`, the rank of a learning rate among its algorithm's own
/// ([`with_key`](crate::classification::with_key)): one row per value, with `held_out`, its
/// interval's ends `low` and `high`, and the same of `within`, `familiar` and `cost`; `chance`, the
/// numbers of networks, and of so many `shuffles` of the labels the mean `shuffled`, the
/// `shuffled_largest` and, of at least 20, what 95 % stay below, `shuffled_95`; `unconverged`, the
/// fits that ran out of steps.
///
/// # Errors
/// As [`hold_out`](super::hold_out); [`Error::Table`](crate::Error::Table) if there is no such
/// column, or it is empty somewhere; [`Error::Setting`](crate::Error::Setting) if the result has a
/// column of its name.
pub fn hold_out_each(
    table: &DataFrame,
    view: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    key: &str,
) -> Result<DataFrame> {
    check_free("key", &[key], &[&RESULTS[..], &SHUFFLED, &[UNCONVERGED]].concat())?;
    let rows = key_texts(table, key)?;
    let values = distinct(&rows);
    let samples = view.samples(table)?;
    let kinds: Vec<BTreeSet<u64>> = values
        .iter()
        .map(|value| {
            let marks: Vec<bool> = rows.iter().map(|row| row == value).collect();
            networks_where(table, &marks)
        })
        .collect::<Result<_>>()?;
    let found = judge_each(&Trial { samples: &samples, classifier, protocol }, &kinds)?;
    let mut columns = vec![Column::new(key.into(), values)];
    columns.extend(results(&found));
    Ok(DataFrame::new(found.len(), columns)?)
}

/// The different values of a key, in their order; numbers in their own.
fn distinct(rows: &[String]) -> Vec<&str> {
    let mut values: Vec<&str> = rows.iter().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    if values.iter().all(|value| value.parse::<f64>().is_ok()) {
        values.sort_by(|a, b| {
            let number = |value: &str| value.parse().unwrap_or(f64::NAN);
            number(a).total_cmp(&number(b))
        });
    }
    values
}

/// What was found of each kind.
fn results(found: &[HoldOut]) -> Vec<Column> {
    let networks: Vec<u32> = found.iter().map(|one| one.held_out_networks as u32).collect();
    let estimate = |name: &str, prefix: &str, of: fn(&HoldOut) -> &Estimate| {
        [
            column_of(name, found, |one| Some(of(one).mean)),
            column_of(&format!("{prefix}low"), found, |one| of(one).low()),
            column_of(&format!("{prefix}high"), found, |one| of(one).high()),
        ]
    };
    let mut columns = vec![Column::new("networks".into(), networks)];
    columns.extend(estimate("held_out", "", |one| &one.held_out));
    columns.extend(estimate("within", "within_", |one| &one.within));
    columns.extend(estimate("familiar", "familiar_", |one| &one.familiar));
    columns.extend(estimate("cost", "cost_", |one| &one.cost));
    columns.push(column_of("chance", found, |one| Some(one.chance)));
    columns.extend(shuffled(found, |one| one.baseline.as_ref()));
    columns.push(unconverged(found, |one| &one.convergence));
    columns
}

/// The columns of [`hold_out_each`], besides its key and those of shuffled labels and of
/// convergence.
const RESULTS: [&str; 14] = [
    "networks",
    "held_out",
    "low",
    "high",
    "within",
    "within_low",
    "within_high",
    "familiar",
    "familiar_low",
    "familiar_high",
    "cost",
    "cost_low",
    "cost_high",
    "chance",
];
