//! What a user says of a network: the file `network.toml` beside its checkpoints.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::{Column, DataFrame};
use serde::Deserialize;

use super::toml_file;
use crate::error::Result;

/// Columns that start like this hold what a user noted of a recorded network, in `network.toml`;
/// never a feature.
pub const NOTE_PREFIX: &str = "note_";

/// What is known of a network and how it was trained; all of it may be absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Keys {
    rule: Option<String>,
    optimizer: Option<String>,
    task: Option<String>,
    architecture: Option<String>,
    learning_rate: Option<f64>,
    batch_size: Option<u32>,
    epochs: Option<u32>,
    /// Columns of the user's own, which no classifier sees; their names begin with [`NOTE_PREFIX`].
    notes: BTreeMap<String, String>,
}

/// The columns that a network's file tells, one row; without a file none.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) if the file is not TOML or has an unknown key.
pub(super) fn read(folder: &Path) -> Result<DataFrame> {
    let path = folder.join("network.toml");
    if !path.is_file() {
        return Ok(DataFrame::empty());
    }
    let keys: Keys = toml_file::read(&path)?;
    let text = |name: &str, value: Option<String>| value.map(|v| Column::new(name.into(), [v]));
    let count = |name: &str, value: Option<u32>| value.map(|v| Column::new(name.into(), [v]));
    let known = [
        text("rule", keys.rule),
        text("optimizer", keys.optimizer),
        text("task", keys.task),
        text("architecture", keys.architecture),
        keys.learning_rate.map(|rate| Column::new("learning_rate".into(), [rate])),
        count("batch_size", keys.batch_size),
        count("epochs", keys.epochs),
    ];
    let mut columns: Vec<Column> = known.into_iter().flatten().collect();
    let note = |(name, note)| Column::new(format!("{NOTE_PREFIX}{name}").into(), [note]);
    columns.extend(keys.notes.into_iter().map(note));
    let rows = usize::from(!columns.is_empty());
    Ok(DataFrame::new(rows, columns)?)
}
