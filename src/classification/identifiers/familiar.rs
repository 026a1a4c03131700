//! What networks an identifier has learned from, so that it can say when others are unlike them.

use std::collections::BTreeSet;

use ndarray::{Array2, ArrayView1};
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::classification::samples::{CLIP, Samples};
use crate::observables::Networks;
use crate::observables::columns::numbers;

/// A share of measurements far outside the range of all known networks that is worth a sentence:
/// measurements go together, so that one odd network in many has a few.
const UNUSUAL: f64 = 0.1;

/// The settings and sizes of the networks that were learned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Familiar {
    architectures: BTreeSet<String>,
    tasks: BTreeSet<String>,
    learning_rates: Option<(f64, f64)>,
    updates: Option<(f64, f64)>,
}

impl Familiar {
    /// Of a table; what it has no column for is not known.
    pub(super) fn of(table: &DataFrame) -> Result<Self> {
        let networks = Networks::of(table)?;
        let ends = last_rows(table, &networks)?;
        Ok(Self {
            architectures: texts_of(table, "architecture", &ends).into_iter().flatten().collect(),
            tasks: texts_of(table, "task", &ends).into_iter().flatten().collect(),
            learning_rates: range(&numbers_of(table, "learning_rate", &ends)),
            updates: range(&numbers_of(table, "step", &ends)),
        })
    }

    /// A sentence for each respect in which each network of a table is unlike all that were learned
    /// from: network by network in the table's order.
    pub(super) fn remarks(&self, table: &DataFrame) -> Result<Vec<(u64, Vec<String>)>> {
        let networks = Networks::of(table)?;
        let ends = last_rows(table, &networks)?;
        let architectures = texts_of(table, "architecture", &ends);
        let tasks = texts_of(table, "task", &ends);
        let rates = numbers_of(table, "learning_rate", &ends);
        let updates = numbers_of(table, "step", &ends);
        let of = |(place, (run, _)): (usize, &(u64, Vec<usize>))| {
            let found = [
                self.architecture(architectures[place].as_deref()),
                self.task(tasks[place].as_deref()),
                outside("its learning rate", rates[place], self.learning_rates),
                outside("the number of its updates", updates[place], self.updates),
            ];
            (*run, found.into_iter().flatten().collect())
        };
        Ok(networks.rows.iter().enumerate().map(of).collect())
    }

    /// Sizes alone are compared where one of both has no more.
    fn architecture(&self, own: Option<&str>) -> Option<String> {
        let own = own?;
        let sizes = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
        let is_same = |known: &String| {
            known == own || (!own.contains(' ') && sizes(known) == own) || sizes(own) == *known
        };
        if self.architectures.is_empty() || self.architectures.iter().any(is_same) {
            return None;
        }
        Some(format!(
            "its architecture {own} is none of the {} that were learned from{}",
            self.architectures.len(),
            few(&self.architectures)
        ))
    }

    fn task(&self, own: Option<&str>) -> Option<String> {
        let own = own?;
        if self.tasks.is_empty() || self.tasks.contains(own) {
            return None;
        }
        Some(format!(
            "its task {own} is none of the {} that were learned from{}",
            self.tasks.len(),
            few(&self.tasks)
        ))
    }
}

/// The range of each feature of known networks, and half of it on either side.
pub(super) struct Usual(Vec<(f64, f64)>);

impl Usual {
    pub(super) fn of(known: &Samples) -> Self {
        let range = |values: ArrayView1<'_, f64>| {
            let least = values.iter().fold(f64::INFINITY, |a, &b| a.min(b));
            let most = values.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let room = (most - least) / 2.0;
            (least - room, most + room)
        };
        Self(known.features.columns().into_iter().map(range).collect())
    }

    /// A sentence if many of a network's measurements, samples × features, lie outside.
    pub(super) fn remark(&self, features: &Array2<f64>) -> Option<String> {
        let is_outside = |row: &ArrayView1<'_, f64>| {
            let pairs = row.iter().zip(&self.0);
            pairs.filter(|(value, (low, high))| *value < low || *value > high).count()
        };
        let count: usize = features.rows().into_iter().map(|row| is_outside(&row)).sum();
        let all = features.len();
        (count as f64 > UNUSUAL * all as f64).then(|| {
            format!(
                "{count} of its {all} measurements lie far outside the range of all known networks"
            )
        })
    }
}

/// The observables that known networks have values of and these have none.
pub(super) fn not_measured(
    names: &[String],
    features: &Array2<f64>,
    known: &Samples,
) -> BTreeSet<String> {
    let is_nothing = |values: ArrayView1<'_, f64>| values.iter().all(|&value| value >= CLIP);
    let lacks = |column: &usize| {
        is_nothing(features.column(*column)) && !is_nothing(known.features.column(*column))
    };
    let of =
        |column: usize| crate::classification::samples::observable_of(&names[column]).to_owned();
    (0..names.len()).filter(lacks).map(of).collect()
}

fn outside(what: &str, value: Option<f64>, known: Option<(f64, f64)>) -> Option<String> {
    let (value, (least, most)) = (value?, known?);
    let is_outside = value < least || value > most;
    is_outside.then(|| match least == most {
        true => format!("{what}, {value}, is not the {least} of all that were learned from"),
        false => {
            format!("{what}, {value}, is outside the {least} to {most} that were learned from")
        }
    })
}

/// `: a, b` of a few names; nothing of many.
fn few(names: &BTreeSet<String>) -> String {
    let few: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    if few.len() < names.len() { String::new() } else { format!(": {}", few.join("; ")) }
}

fn range(values: &[Option<f64>]) -> Option<(f64, f64)> {
    let mut known = values.iter().flatten();
    let first = *known.next()?;
    Some(known.fold((first, first), |(least, most), &value| (least.min(value), most.max(value))))
}

/// The row of each network's last checkpoint.
fn last_rows(table: &DataFrame, networks: &Networks) -> Result<Vec<usize>> {
    let checkpoints = numbers(table, "checkpoint")?;
    let last = |(_, rows): &(u64, Vec<usize>)| {
        let later = |a: &&usize, b: &&usize| checkpoints[**a].total_cmp(&checkpoints[**b]);
        rows.iter().max_by(later).copied().unwrap_or_default()
    };
    Ok(networks.rows.iter().map(last).collect())
}

/// None where the table says nothing, or that it does not know.
fn texts_of(table: &DataFrame, name: &str, rows: &[usize]) -> Vec<Option<String>> {
    let cells = table.column(name).ok().and_then(|column| column.str().ok().cloned());
    let cell = |row: &usize| {
        let text = cells.as_ref()?.get(*row)?;
        (text != "unknown" && !text.is_empty()).then(|| text.to_owned())
    };
    rows.iter().map(cell).collect()
}

fn numbers_of(table: &DataFrame, name: &str, rows: &[usize]) -> Vec<Option<f64>> {
    let values = numbers(table, name).unwrap_or_default();
    let of = |row: &usize| values.get(*row).copied().filter(|value| value.is_finite());
    rows.iter().map(of).collect()
}
