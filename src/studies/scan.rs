//! Tables that are read when they are asked for, and of them the columns that are, and the row
//! groups that have a row that is.

use std::any::Any;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::error::{PolarsError, PolarsResult};
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, BooleanChunked, DataFrame, Expr, IntoLazy, LazyFrame,
    PlSmallStr, ScanArgsAnonymous, Schema, SchemaRef, lit,
};
use polars_io::SerReader;
use polars_io::parquet::metadata::FileMetadataRef;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};

use super::networks::Networks;
use super::part::{Kind, Part};
use super::tables;
use crate::error::{Error, Result};

/// Where the rows are.
pub(super) enum Source {
    /// In the table of the whole study.
    File(PathBuf),
    /// With each network.
    Parts { networks: Networks, kind: Kind, runs: Vec<usize> },
}

/// A frame of what is there.
pub(super) fn lazy(source: Source) -> Result<LazyFrame> {
    let schema = source.schema()?;
    let scan = Arc::new(Scan { source, schema: Arc::new(schema) });
    let args = ScanArgsAnonymous {
        schema: Some(scan.schema.clone()),
        name: "STUDY",
        ..ScanArgsAnonymous::default()
    };
    Ok(LazyFrame::anonymous_scan(scan, args)?)
}

struct Scan {
    source: Source,
    schema: SchemaRef,
}

impl AnonymousScan for Scan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn scan(&self, args: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let columns = args.with_columns.as_deref().map(tables::texts);
        let table = match &args.predicate {
            Some(predicate) => self.filtered(predicate, columns.as_deref(), args.n_rows),
            None => self.source.read(&self.schema, columns.as_deref(), args.n_rows),
        };
        table.map_err(|error| match error {
            Error::Polars(error) => error,
            other => PolarsError::ComputeError(other.to_string().into()),
        })
    }
}

impl Scan {
    /// The rows for which `predicate` holds. It is tried on the columns it asks for, piece by
    /// piece; the others are read only of pieces with such a row, so that what is filtered away
    /// never fills the memory.
    fn filtered(
        &self,
        predicate: &Expr,
        columns: Option<&[String]>,
        rows: Option<usize>,
    ) -> Result<DataFrame> {
        // A hint that a sort above gives, which polars alone can read; it sorts all the same.
        let predicate = predicate.clone().map_expr(|part| match part {
            Expr::Display { .. } => lit(true),
            other => other,
        });
        let asked = self.asked(&predicate);
        let mut found = Vec::new();
        let mut left = rows.unwrap_or(usize::MAX);
        for piece in self.source.pieces()? {
            let piece = piece?;
            let table = piece.table(Some(&asked))?.head(Some(left));
            left -= table.height();
            let mask = mask(table, &predicate)?;
            if mask.any() {
                found.push(piece.table(columns)?.head(Some(mask.len())).filter(&mask)?);
            }
            if left == 0 {
                break;
            }
        }
        tables::stack(&projected(&self.schema, columns)?, found)
    }

    /// The columns that a condition asks for.
    fn asked(&self, predicate: &Expr) -> Vec<String> {
        let mut asked: Vec<String> = predicate
            .into_iter()
            .filter_map(|part| match part {
                Expr::Column(name) if self.schema.contains(name) => Some(name.to_string()),
                _ => None,
            })
            .collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            // A condition on nothing holds for as many rows as there are.
            asked.extend(self.schema.iter_names().next().map(PlSmallStr::to_string));
        }
        asked
    }
}

/// Of each row whether `predicate` holds. Conditions that compare a row with others never come
/// here: polars keeps them to itself.
fn mask(table: DataFrame, predicate: &Expr) -> Result<BooleanChunked> {
    const NAME: &str = "is wanted";
    let table = table.lazy().with_columns([predicate.clone().alias(NAME)]).collect()?;
    Ok(table.column(NAME)?.bool()?.clone())
}

/// What is read at a time.
enum Piece<'a> {
    /// A row group of a file: its first row, and how many it has.
    Group { path: &'a Path, metadata: FileMetadataRef, rows: (usize, usize) },
    /// One network's rows.
    Part(Part, Kind),
}

impl Piece<'_> {
    fn table(&self, columns: Option<&[String]>) -> Result<DataFrame> {
        match self {
            Self::Group { path, metadata, rows } => {
                let mut reader = ParquetReader::new(opened(path)?);
                reader.set_metadata(metadata.clone());
                read(reader, columns, *rows)
            }
            Self::Part(part, kind) => part.table(*kind, columns),
        }
    }
}

impl Source {
    fn schema(&self) -> Result<Schema> {
        match self {
            Self::File(path) => {
                let none = ParquetReader::new(opened(path)?).with_slice(Some((0, 0))).finish()?;
                Ok(none.schema().as_ref().clone())
            }
            Self::Parts { networks, kind, runs } => networks.schema(*kind, runs),
        }
    }

    fn read(
        &self,
        schema: &Schema,
        columns: Option<&[String]>,
        rows: Option<usize>,
    ) -> Result<DataFrame> {
        match self {
            Self::File(path) => {
                let reader = ParquetReader::new(opened(path)?);
                read(reader, columns, (0, rows.unwrap_or(usize::MAX)))
            }
            Self::Parts { networks, kind, runs } => {
                let parts = runs.iter().map(|&run| networks.part(run)?.table(*kind, columns));
                let parts = parts.collect::<Result<_>>()?;
                let table = tables::stack(&projected(schema, columns)?, parts)?;
                Ok(match rows {
                    Some(rows) => table.head(Some(rows)),
                    None => table,
                })
            }
        }
    }

    /// All pieces, in order; a network's file is read when it is come to.
    fn pieces(&self) -> Result<Box<dyn Iterator<Item = Result<Piece<'_>>> + '_>> {
        match self {
            Self::File(path) => {
                let metadata = ParquetReader::new(opened(path)?).get_metadata()?.clone();
                let mut first = 0;
                let groups: Vec<Result<Piece<'_>>> = metadata
                    .row_groups
                    .iter()
                    .map(|group| {
                        let rows = (first, group.num_rows());
                        first += rows.1;
                        Ok(Piece::Group { path, metadata: metadata.clone(), rows })
                    })
                    .collect();
                Ok(Box::new(groups.into_iter()))
            }
            Self::Parts { networks, kind, runs } => {
                Ok(Box::new(runs.iter().map(|&run| Ok(Piece::Part(networks.part(run)?, *kind)))))
            }
        }
    }
}

fn opened(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::file(path, error))
}

/// Some rows, by the first and their number, of a table in a file.
fn read(
    reader: ParquetReader<File>,
    columns: Option<&[String]>,
    rows: (usize, usize),
) -> Result<DataFrame> {
    Ok(reader
        .read_parallel(ParallelStrategy::Auto)
        .with_columns(columns.map(<[String]>::to_vec))
        .with_slice(Some(rows))
        .finish()?)
}

fn projected(schema: &Schema, columns: Option<&[String]>) -> Result<Schema> {
    Ok(match columns {
        Some(names) => schema.try_project(names)?,
        None => schema.clone(),
    })
}
