//! `status` and `merge`: what is in a directory.

use microlearners::studies::{RunDirectory, Status};
use serde::Serialize;

use crate::arguments::Directory;
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

/// Prints a status.
pub(crate) fn report(status: Status, json: bool) -> Result<(), End> {
    if json {
        return out::say_json(&StatusLine::from(status));
    }
    let damaged = status.damaged.iter().map(|sentence| format!("\n  {sentence}"));
    out::say(&(status.to_string() + &damaged.collect::<String>()))
}
