//! The three tables of a study, and how they become one file each.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use polars::functions::concat_df_diagonal;
use polars::prelude::{DataFrame, PlSmallStr, Schema};
use polars_io::parquet::write::{ParquetCompression, ParquetWriter, StatisticsOptions};
use sha2::{Digest, Sha256};

use super::part::{Kind, Part};
use crate::data::hex;
use crate::error::{Error, Result};
use crate::files;

/// So many networks' rows are one row group: few enough to fit memory, many enough to read fast.
const GROUP: usize = 256;

/// Adds the columns that are not there yet; networks of different depth have different ones.
pub(super) fn add_columns(schema: &mut Schema, more: &Schema) {
    for (name, kind) in more.iter() {
        if !schema.contains(name) {
            schema.with_column(name.clone(), kind.clone());
        }
    }
}

/// One below the other; a column that one lacks is null there.
pub(super) fn stack(schema: &Schema, tables: Vec<DataFrame>) -> Result<DataFrame> {
    let parts: Vec<DataFrame> =
        std::iter::once(DataFrame::empty_with_schema(schema)).chain(tables).collect();
    let mut table = concat_df_diagonal(&parts)?;
    table.rechunk_mut();
    Ok(table)
}

/// Writes one table of many networks to a file, some networks at a time. `part` reads a network's;
/// returns the file's checksum.
pub(super) fn write(
    path: &Path,
    kind: Kind,
    schema: &Schema,
    runs: usize,
    part: &dyn Fn(usize) -> Result<Part>,
) -> Result<String> {
    files::write_with(path, |file| {
        let mut out = Remembering { out: BufWriter::new(file), error: None };
        let written = write_groups(&mut out, schema, kind, runs, part);
        match out.error {
            Some(error) => Err(files::refused(path, error)),
            None => written,
        }
    })?;
    checksum(path)
}

/// Keeps what the operating system said, of which polars passes on the words alone.
struct Remembering<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> Remembering<W> {
    fn kept<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.map_err(|error| {
            let told = io::Error::new(error.kind(), error.to_string());
            self.error.get_or_insert(error);
            told
        })
    }
}

impl<W: Write> Write for Remembering<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let outcome = self.out.write(bytes);
        self.kept(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.out.flush();
        self.kept(outcome)
    }
}

fn write_groups(
    out: &mut impl Write,
    schema: &Schema,
    kind: Kind,
    runs: usize,
    part: &dyn Fn(usize) -> Result<Part>,
) -> Result<()> {
    let mut writer = ParquetWriter::new(&mut *out)
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
