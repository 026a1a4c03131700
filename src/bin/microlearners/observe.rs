//! `observe`: measures networks that were trained elsewhere.

use std::fs;
use std::path::Path;

use microlearners::Error;
use microlearners::observables::{Instrument, ObservableSet, observe_recordings};
use microlearners::polars::prelude::DataFrame;
use microlearners::polars_io::prelude::{CsvWriter, ParquetWriter, SerWriter};
use microlearners::recordings::{LayerTable, RecordedFolder, RecordedNetwork};
use microlearners::studies::RunDirectory;

use crate::arguments::Observe;
use crate::{End, out};

pub(crate) fn observe(options: &Observe) -> Result<u8, End> {
    let format = Format::of(&options.out).map_err(End::not_understood)?;
    let observables = ObservableSet::listed(&options.observables).map_err(End::not_understood)?;
    let networks = networks(options)?;
    let mut table = observe_recordings(&networks, &Instrument::perfect(), &observables)?;
    format.write(&options.out, &mut table)?;
    out::say(&format!(
        "{}: {} rows × {} columns, {} observables",
        options.out.display(),
        table.height(),
        table.width(),
        observables.len()
    ))?;
    Ok(0)
}

/// Those of a study whose weights were saved, or files made elsewhere.
fn networks(options: &Observe) -> Result<Vec<RecordedNetwork>, End> {
    let Observe { folder, layers, stimuli, .. } = options;
    if RunDirectory::is_one(folder) {
        if layers.is_some() || stimuli.is_some() {
            let told = "it is the directory of a study, which knows its layers and stimuli; leave --layers and --stimuli out";
            return Err(End::not_understood(Error::setting("FOLDER", folder.display(), told)));
        }
        let directory = RunDirectory::open(folder)?;
        out::say(&format!("{}: {} networks of a study", folder.display(), directory.networks()))?;
        return Ok(directory.recorded(&(0..directory.networks()).collect::<Vec<usize>>())?);
    }
    let layers = layers.as_deref().map(LayerTable::read).transpose();
    let layers = layers.map_err(End::not_understood)?;
    let folder = RecordedFolder::read_with(folder, layers.as_ref(), stimuli.as_deref())?;
    out::say(&folder.to_string())?;
    Ok(folder.networks)
}

/// How a table is written.
enum Format {
    Parquet,
    Csv,
}

impl Format {
    /// That of a file that is not there yet.
    fn of(path: &Path) -> Result<Self, Error> {
        let told = |requirement: &str| Err(error_of(path, requirement));
        let format = match path.extension().and_then(|ending| ending.to_str()) {
            Some("parquet") => Self::Parquet,
            Some("csv") => Self::Csv,
            _ => return told("its name must end in .parquet or .csv"),
        };
        match path.exists() {
            true => told("it is there already; name another file, or remove it"),
            false => Ok(format),
        }
    }

    fn write(&self, path: &Path, table: &mut DataFrame) -> Result<(), Error> {
        let mut content = Vec::new();
        match self {
            Self::Parquet => ParquetWriter::new(&mut content).finish(table).map(drop)?,
            Self::Csv => CsvWriter::new(&mut content).finish(table)?,
        }
        fs::write(path, content).map_err(|error| Error::file(path, error))
    }
}

fn error_of(path: &Path, requirement: &str) -> Error {
    Error::setting("--out", path.display(), requirement)
}
