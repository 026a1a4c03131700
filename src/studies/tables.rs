//! The three tables of a study, and how they become one file each.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use polars::error::PolarsError;
use polars::functions::concat_df_diagonal;
use polars::prelude::{DataFrame, PlSmallStr, Schema};
use polars_io::parquet::write::{ParquetCompression, ParquetWriter, StatisticsOptions};
use sha2::{Digest, Sha256};

use super::files;
use super::identity::hex;
use super::part::Part;
use crate::error::{Error, Result};

/// Which of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Observations = 0,
    Histories = 1,
    Networks = 2,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Observations, Self::Histories, Self::Networks];

    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Observations => "observations.parquet",
            Self::Histories => "histories.parquet",
            Self::Networks => "networks.parquet",
        }
    }
}

/// So many networks' rows are one row group: few enough to fit memory, many enough to read fast.
const GROUP: usize = 256;

/// All columns that occur, each where it occurs first; networks of different depth have different ones.
pub(super) fn schema_of<'a>(tables: impl Iterator<Item = &'a DataFrame>) -> Schema {
    let mut schema = Schema::default();
    for table in tables {
        for column in table.columns() {
            if !schema.contains(column.name()) {
                schema.with_column(column.name().clone(), column.dtype().clone());
            }
        }
    }
    schema
}

/// One below the other; a column that one lacks is null there.
pub(super) fn stack(schema: &Schema, tables: Vec<DataFrame>) -> Result<DataFrame> {
    let parts: Vec<DataFrame> =
        std::iter::once(DataFrame::empty_with_schema(schema)).chain(tables).collect();
    let mut table = concat_df_diagonal(&parts)?;
    table.rechunk_mut();
    Ok(table)
}

/// Writes one table of many networks to a file, some networks at a time. `part` reads a network's; returns the file's checksum.
pub(super) fn write(
    path: &Path,
    kind: Kind,
    schema: &Schema,
    runs: usize,
    part: &dyn Fn(usize) -> Result<Part>,
) -> Result<String> {
    files::write_with(path, |file| {
        write_groups(file, kind, schema, runs, part).map_err(|error| match error {
            Error::Polars(PolarsError::IO { error, .. }) => {
                files::refused(path, std::io::Error::new(error.kind(), error.to_string()))
            }
            other => other,
        })
    })?;
    checksum(path)
}

fn write_groups(
    file: &mut File,
    kind: Kind,
    schema: &Schema,
    runs: usize,
    part: &dyn Fn(usize) -> Result<Part>,
) -> Result<()> {
    let mut out = BufWriter::new(file);
    let mut writer = ParquetWriter::new(&mut out)
        .with_compression(ParquetCompression::Uncompressed)
        .with_statistics(StatisticsOptions::empty())
        .with_row_group_size(Some(usize::MAX))
        .set_parallel(false)
        .batched(schema)?;
    for first in (0..runs).step_by(GROUP) {
        let group = (first..runs.min(first + GROUP)).map(|run| part(run)?.table(kind, None));
        writer.write_batch(&stack(schema, group.collect::<Result<_>>()?)?)?;
    }
    writer.finish()?;
    drop(writer);
    out.flush().map_err(|error| Error::Polars(error.into()))
}

/// SHA-256 of a file.
pub(super) fn checksum(path: &Path) -> Result<String> {
    let attempt = || {
        let mut file = File::open(path)?;
        let (mut hash, mut room) = (Sha256::new(), vec![0; 1 << 20]);
        loop {
            match file.read(&mut room)? {
                0 => return Ok(hex(&hash.finalize())),
                count => hash.update(&room[..count]),
            }
        }
    };
    attempt().map_err(|error| Error::file(path, error))
}

/// Names as texts.
pub(super) fn texts(names: &[PlSmallStr]) -> Vec<String> {
    names.iter().map(PlSmallStr::to_string).collect()
}
