//! The verb: which rule trained this network?

use std::fmt;

use ndarray::{Array2, ArrayView1, Axis};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, evidence};
use super::familiar::{Usual, not_measured};
use super::identifier::{Identifier, network_scores};
use super::reliability::probabilities;
use crate::classification::classifiers::first_largest;
use crate::classification::samples::{Unlabelled, unlabelled};
use crate::display::{Blocks, EvcxrDisplay, Grid, Side, show, show_as_settings};
use crate::error::check_column;
use crate::{Error, Result};

/// What an identifier says of networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identification {
    /// What it says of each, in order of their numbers.
    pub networks: Vec<Identified>,
    /// The share of known networks that it refuses as unknown.
    pub false_alarms: f64,
    /// What it learned from, in a line.
    pub identifier: String,
}

/// What an identifier says of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identified {
    /// The network's number in its table.
    pub run: u64,
    /// Its name, if the table has a column `network`.
    pub name: Option<String>,
    /// Every class with its probability, calibrated, the most probable first. If the network is of
    /// none of these, the probabilities mean nothing.
    pub ranked: Vec<(String, f64)>,
    /// The share of known networks that were identified with no more confidence than this one.
    pub p_value: f64,
    /// Whether that share is not above the false alarms: it is of none of the known classes, or
    /// cannot be told among them.
    pub is_none_of_these: bool,
    /// The observables that spoke most for the most probable class.
    pub evidence: Vec<Evidence>,
    /// In which respects it is unlike all networks that were learned from.
    pub remarks: Vec<String>,
}

impl Identified {
    /// The most probable class, or none if it is of none of them.
    pub fn answer(&self) -> Option<&str> {
        let first = self.ranked.first()?;
        (!self.is_none_of_these).then_some(first.0.as_str())
    }
}

/// Names the label of every network in a table (as observed, one row per run × checkpoint × layer;
/// a column for the label is neither needed nor read).
///
/// # Errors
/// [`Error::Table`] if the table lacks columns or observables that the identifier learned from, or
/// was measured at other checkpoints or has other layers than it needs; the sentence says what to
/// learn from instead.
pub fn identify(identifier: &Identifier, unknown: &DataFrame) -> Result<Identification> {
    let seen = seen(identifier, unknown)?;
    let (networks, scores) =
        network_scores(identifier.fitted.as_ref(), &seen.features, &seen.groups)?;
    let remarks = identifier.learned.familiar.remarks(unknown)?;
    let names = unknown.column("network").ok().and_then(|column| column.str().ok().cloned());
    let usual = Usual::of(&identifier.learned.samples);
    let mut found = Vec::new();
    for (&run, scores) in networks.iter().zip(scores.rows()) {
        let rows: Vec<usize> = (0..seen.groups.len()).filter(|&r| seen.groups[r] == run).collect();
        let mut one = named(identifier, &usual, scores, &seen.features.select(Axis(0), &rows))?;
        let row = seen.rows[rows[0]];
        one.run = run;
        one.name = names.as_ref().and_then(|names| names.get(row)).map(str::to_owned);
        let own = remarks.iter().find(|(other, _)| *other == run);
        one.remarks = own.into_iter().flat_map(|(_, own)| own.clone()).chain(one.remarks).collect();
        found.push(one);
    }
    found.sort_by_key(|one| one.run);
    Ok(Identification {
        networks: found,
        false_alarms: identifier.false_alarms(),
        identifier: identifier.to_string().lines().next().unwrap_or_default().to_owned(),
    })
}

/// What the identifier says of one network's samples, whose scores are known.
fn named(
    identifier: &Identifier,
    usual: &Usual,
    scores: ArrayView1<'_, f64>,
    features: &Array2<f64>,
) -> Result<Identified> {
    let q = probabilities(scores, identifier.reliability.temperature);
    let best = first_largest(q.view());
    let mut ranked: Vec<(String, f64)> =
        identifier.classes().iter().cloned().zip(q.iter().copied()).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let p_value = identifier.reliability.p_value(scores);
    Ok(Identified {
        run: 0,
        name: None,
        ranked,
        p_value,
        is_none_of_these: p_value <= identifier.false_alarms(),
        evidence: evidence(identifier, features, best)?,
        remarks: usual.remark(features).into_iter().collect(),
    })
}

/// The unknown networks as the identifier must see them.
fn seen(identifier: &Identifier, unknown: &DataFrame) -> Result<Unlabelled> {
    let learned = &identifier.learned;
    let lacking: Vec<&String> =
        learned.observables.iter().filter(|name| check_column(unknown, name).is_err()).collect();
    if !lacking.is_empty() {
        return Err(lacks(lacking.len(), learned.observables.len(), lacking[0]));
    }
    let seen = unlabelled(unknown, &learned.spec, &learned.observables)?;
    if seen.feature_names != learned.samples.feature_names {
        return Err(Error::Table(other_features(
            &learned.samples.feature_names,
            &seen.feature_names,
        )));
    }
    let missing = not_measured(&seen.feature_names, &seen.features, &learned.samples);
    match missing.first() {
        None => Ok(seen),
        Some(first) => Err(lacks(missing.len(), learned.observables.len(), first)),
    }
}

fn lacks(count: usize, all: usize, first: &str) -> Error {
    Error::Table(format!(
        "the networks lack {count} of the {all} observables that the identifier learned from, such as {first}; measure these too, or learn from what \
         both have: SampleSpec::for_both(&known, &unknown)"
    ))
}

fn other_features(learned: &[String], own: &[String]) -> String {
    let lacking = learned.iter().find(|name| !own.contains(name));
    let more = own.iter().find(|name| !learned.contains(name));
    let (what, name) = match (lacking, more) {
        (Some(name), _) => ("lack", name.as_str()),
        (None, Some(name)) => ("have besides", name.as_str()),
        (None, None) => ("have in another order", "all"),
    };
    format!(
        "the networks were measured at {} places, layers × observables × checkpoints, and the identifier learned from {}: they {what} {name}; learn from \
         what both have: SampleSpec::for_both(&known, &unknown)",
        own.len(),
        learned.len()
    )
}

impl Identification {
    /// A row per network and class, the most probable first: `run`, `network` (its name, if it has
    /// one), `rank` from 1, `class`, `probability`, `p_value` and `is_none_of_these`.
    ///
    /// # Errors
    /// None that an identification can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let rows: Vec<(&Identified, usize)> = self
            .networks
            .iter()
            .flat_map(|one| (0..one.ranked.len()).map(move |rank| (one, rank)))
            .collect();
        let each = |of: fn(&Identified, usize) -> f64| -> Vec<f64> {
            rows.iter().map(|(one, rank)| of(one, *rank)).collect()
        };
        let names: Vec<Option<&str>> = rows.iter().map(|(one, _)| one.name.as_deref()).collect();
        let classes: Vec<&str> =
            rows.iter().map(|(one, rank)| one.ranked[*rank].0.as_str()).collect();
        let columns = vec![
            Column::new("run".into(), rows.iter().map(|(one, _)| one.run).collect::<Vec<u64>>()),
            Column::new("network".into(), names),
            Column::new(
                "rank".into(),
                rows.iter().map(|(_, rank)| *rank as u32 + 1).collect::<Vec<u32>>(),
            ),
            Column::new("class".into(), classes),
            Column::new("probability".into(), each(|one, rank| one.ranked[rank].1)),
            Column::new("p_value".into(), each(|one, _| one.p_value)),
            Column::new(
                "is_none_of_these".into(),
                rows.iter().map(|(one, _)| one.is_none_of_these).collect::<Vec<bool>>(),
            ),
        ];
        Ok(DataFrame::new(rows.len(), columns)?)
    }
}

impl Identified {
    fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("network {name}"),
            None => format!("run {}", self.run),
        }
    }

    /// The answer, and the probabilities of the first three.
    fn answer_in_words(&self) -> String {
        match self.answer() {
            Some(name) => name.to_owned(),
            None => format!("none of these (p = {:.3})", self.p_value),
        }
    }

    fn first_three(&self) -> String {
        let three = self.ranked.iter().take(3);
        let three: Vec<String> = three.map(|(name, q)| format!("{name} {q:.2}")).collect();
        three.join(", ")
    }

    fn spoken_for(&self) -> String {
        let names: Vec<&str> = self.evidence.iter().map(|one| one.observable.as_str()).collect();
        names.join(", ")
    }
}

impl fmt::Display for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.identifier)?;
        writeln!(
            f,
            "{:.0} % of known networks are refused as none of these",
            100.0 * self.false_alarms
        )?;
        for (index, one) in self.networks.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {}\n  {}", one.title(), one.answer_in_words(), one.first_three())?;
            if !one.evidence.is_empty() {
                write!(f, "\n  spoke for it: {}", one.spoken_for())?;
            }
            one.remarks
                .iter()
                .try_for_each(|remark| write!(f, "\n  unlike what was learned from: {remark}"))?;
        }
        Ok(())
    }
}

impl EvcxrDisplay for Identification {
    fn evcxr_blocks(&self) -> Blocks {
        let grid = Grid::new(self.identifier.clone())
            .column("network", Side::Head)
            .column("answer", Side::Left)
            .column("most probable", Side::Left)
            .column("spoke for it", Side::Left)
            .column("unlike what was learned from", Side::Left);
        let row = |one: &Identified| {
            [
                one.name.clone().unwrap_or_else(|| format!("run {}", one.run)),
                one.answer_in_words(),
                one.first_three(),
                one.spoken_for(),
                one.remarks.join("; "),
            ]
        };
        let grid = self.networks.iter().fold(grid, |grid, one| grid.row(row(one)));
        let note = format!(
            "{:.0} % of known networks are refused as none of these.",
            100.0 * self.false_alarms
        );
        Blocks::text(self.to_string()).with_html(grid.note(note).html())
    }
}

show!(Identification);
show_as_settings!(Identified);
