//! What one finished network leaves behind: its rows of the three tables in one file, which says
//! whose they are and whether they are whole.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use polars::prelude::{DataFrame, Schema};
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use polars_io::parquet::write::{ParquetCompression, ParquetWriter, StatisticsOptions};
use sha2::{Digest, Sha256};

use super::SavedWeights;
use crate::error::{Error, Result};
use crate::files;
use crate::observables::Records;

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

const TITLE: &str = "microlearners part 1";
/// SHA-256 of all that stands before it.
const CHECKSUM: usize = 32;

/// Which weights of a network were kept, and the checksum of their file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) what: SavedWeights,
    pub(super) checksum: String,
}

/// Writes a network's tables, and what to know of its weights.
pub(super) fn write(
    path: &Path,
    study: &str,
    run: usize,
    tables: &Records,
    kept: Option<&Saved>,
) -> Result<()> {
    let blobs = [&tables.observations, &tables.histories, &tables.networks]
        .into_iter()
        .map(encode)
        .collect::<Result<Vec<Vec<u8>>>>()?;
    let mut words: Vec<String> = blobs.iter().map(|blob| blob.len().to_string()).collect();
    if let Some(kept) = kept {
        words.extend([kept.what.to_string(), kept.checksum.clone()]);
    }
    let mut content = format!("{TITLE} {study} {run} {}\n", words.join(" ")).into_bytes();
    blobs.iter().for_each(|blob| content.extend_from_slice(blob));
    let checksum = Sha256::digest(&content);
    content.extend_from_slice(&checksum);
    files::write(path, &content)
}

/// A part whose checksum is right and which belongs to the study and the run.
pub(super) struct Part {
    content: Vec<u8>,
    /// Where the tables begin and end.
    edges: [usize; 4],
    kept: Option<Saved>,
}

/// Reads a part; `Err` says in words what is wrong with it.
pub(super) fn read(path: &Path, study: &str, run: usize) -> Result<Part> {
    let content = files::read(path)?;
    let damaged = |what: &str| Error::Study(format!("{}: {what}", path.display()));
    let Some(end) = content.len().checked_sub(CHECKSUM) else {
        return Err(damaged("it is cut short"));
    };
    let (body, checksum) = content.split_at(end);
    if Sha256::digest(body).as_slice() != checksum {
        return Err(damaged("its checksum is wrong"));
    }
    let header = body.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (edges, kept) = understood(&content[..header], study, run).ok_or_else(|| {
        damaged("it belongs to another study, another run or another version of the library")
    })?;
    if edges[3] != end {
        return Err(damaged("its tables have other sizes than it says"));
    }
    Ok(Part { content, edges, kept })
}

/// Where the tables begin and end, and which weights were kept.
fn understood(header: &[u8], study: &str, run: usize) -> Option<([usize; 4], Option<Saved>)> {
    let header_end = header.len() + 1;
    let header = std::str::from_utf8(header).ok()?;
    let words = header.strip_prefix(&format!("{TITLE} {study} {run} "))?;
    let words: Vec<&str> = words.split(' ').collect();
    let (sizes, kept) = match words[..] {
        [a, b, c] => ([a, b, c], None),
        [a, b, c, what, checksum] => {
            let what = what.parse().ok()?;
            ([a, b, c], Some(Saved { what, checksum: checksum.into() }))
        }
        _ => return None,
    };
    let mut edges = [header_end; 4];
    for (index, size) in sizes.iter().enumerate() {
        edges[index + 1] = edges[index] + size.parse::<usize>().ok()?;
    }
    Some((edges, kept))
}

/// Whether a file says of itself that it is of another study; one that says nothing is damaged, and
/// of none.
pub(super) fn is_of_another_study(path: &Path, study: &str) -> Result<bool> {
    let mut start = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(200).read_to_end(&mut start));
    opened.map_err(|error| Error::file(path, error))?;
    let header =
        start.split(|&byte| byte == b'\n').next().and_then(|h| std::str::from_utf8(h).ok());
    let other = header.and_then(|header| header.strip_prefix(TITLE)?.split_whitespace().next());
    Ok(other.is_some_and(|other| other.len() == study.len() && other != study))
}

impl Part {
    /// Which weights were kept beside the tables.
    pub(super) fn kept(&self) -> Option<&Saved> {
        self.kept.as_ref()
    }

    /// The columns of one of the three tables.
    pub(super) fn schema(&self, kind: Kind) -> Result<Schema> {
        Ok(decode(self.bytes(kind), Some((0, 0)), None)?.schema().as_ref().clone())
    }

    fn bytes(&self, kind: Kind) -> &[u8] {
        &self.content[self.edges[kind as usize]..self.edges[kind as usize + 1]]
    }

    /// One of the three tables, or some columns of it.
    pub(super) fn table(&self, kind: Kind, columns: Option<&[String]>) -> Result<DataFrame> {
        decode(self.bytes(kind), None, columns)
    }
}

fn encode(table: &DataFrame) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Uncompressed)
        .with_statistics(StatisticsOptions::empty())
        .set_parallel(false);
    writer.finish(&mut table.clone())?;
    Ok(bytes)
}

fn decode(
    bytes: &[u8],
    slice: Option<(usize, usize)>,
    columns: Option<&[String]>,
) -> Result<DataFrame> {
    let mut reader = ParquetReader::new(Cursor::new(bytes))
        .read_parallel(ParallelStrategy::None)
        .with_slice(slice);
    if let Some(columns) = columns {
        // Networks of different depth have different columns.
        let schema = reader.schema()?;
        let there = columns.iter().filter(|name| schema.contains(name.as_str())).cloned();
        reader = reader.with_columns(Some(there.collect()));
    }
    Ok(reader.finish()?)
}
