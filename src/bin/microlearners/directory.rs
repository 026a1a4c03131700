//! `status`, `merge` and `store`: what is in a directory.

use microlearners::Error;
use microlearners::studies::{RunDirectory, Status, StoredStudy};
use serde::Serialize;

use crate::arguments::{Directory, Store};
use crate::{End, NOT_COMPLETE, out};

/// How far a study has come, as JSON.
#[derive(Serialize)]
pub(crate) struct StatusLine {
    directory: String,
    networks: usize,
    finished: usize,
    complete: bool,
    tables: bool,
    damaged: Vec<String>,
}

impl From<Status> for StatusLine {
    fn from(status: Status) -> Self {
        Self {
            directory: status.path.display().to_string(),
            networks: status.networks(),
            finished: status.finished(),
            complete: status.is_complete(),
            tables: status.has_tables,
            damaged: status.damaged,
        }
    }
}

pub(crate) fn status(options: &Directory) -> Result<u8, End> {
    let status = RunDirectory::open(&options.directory)?.status_with_weights()?;
    let code = if status.is_complete() { 0 } else { NOT_COMPLETE };
    report(status, options.json)?;
    Ok(code)
}

pub(crate) fn merge(options: &Directory) -> Result<u8, End> {
    let directory = RunDirectory::open(&options.directory)?;
    directory.merge()?;
    report(directory.status()?, options.json)?;
    Ok(0)
}

pub(crate) fn store(options: &Store) -> Result<u8, End> {
    let study = StoredStudy::open(&options.study).map_err(|error| match error {
        Error::Study(_) => End::not_understood(error),
        error => error.into(),
    })?;
    study.store(&RunDirectory::open(&options.directory)?)?;
    let path = study.table_path();
    let bytes = std::fs::metadata(&path).map(|file| file.len()).unwrap_or(0);
    out::say(&format!(
        "{}: {} networks, {:.1} MB",
        path.display(),
        study.plan().networks(),
        bytes as f64 / 1e6
    ))?;
    Ok(0)
}

/// Prints a status.
pub(crate) fn report(status: Status, json: bool) -> Result<(), End> {
    if json {
        return out::say_json(&StatusLine::from(status));
    }
    let damaged = status.damaged.iter().map(|sentence| format!("\n  {sentence}"));
    out::say(&(status.to_string() + &damaged.collect::<String>()))
}
