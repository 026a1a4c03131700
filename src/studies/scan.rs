//! Tables that are read when they are asked for, and of them the columns and the rows that are.

use std::any::Any;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::error::{PolarsError, PolarsResult};
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, BooleanChunked, DataFrame, Expr, IntoLazy, LazyFrame,
    PlSmallStr, ScanArgsAnonymous, Schema, SchemaRef,
};
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};

use super::RunDirectory;
use super::tables::{self, Kind};
use crate::error::{Error, Result};

/// Where the rows are.
pub(super) enum Source {
    /// In the table of the whole study.
    File(PathBuf),
    /// With each network.
    Parts { directory: RunDirectory, kind: Kind, runs: Vec<usize> },
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
    /// The rows for which `predicate` holds: the columns it asks for are read whole, and the others only where there is such a row, so that
    /// what is filtered away never fills the memory.
    fn filtered(
        &self,
        predicate: &Expr,
        columns: Option<&[String]>,
        rows: Option<usize>,
    ) -> Result<DataFrame> {
        let mask = self.mask(predicate, rows)?;
        let (mut found, mut first) = (Vec::new(), 0);
        for (piece, height) in self.source.heights()?.into_iter().enumerate() {
            let height = height.min(mask.len() - first);
            let kept = mask.slice(first as i64, height);
            if kept.any() {
                let table = self.source.piece(piece, first, height, columns)?;
                found.push(table.filter(&kept)?);
            }
            first += height;
        }
        tables::stack(&projected(&self.schema, columns)?, found)
    }

    /// Of each row whether `predicate` holds. It sees the whole column: it may compare a row with others.
    fn mask(&self, predicate: &Expr, rows: Option<usize>) -> Result<BooleanChunked> {
        const NAME: &str = "is wanted";
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
        let table = self.source.read(&self.schema, Some(&asked), rows)?;
        let table = table.lazy().with_columns([predicate.clone().alias(NAME)]).collect()?;
        Ok(table.column(NAME)?.bool()?.clone())
    }
}

impl Source {
    fn schema(&self) -> Result<Schema> {
        match self {
            Self::File(path) => {
                let none = ParquetReader::new(opened(path)?).with_slice(Some((0, 0))).finish()?;
                Ok(none.schema().as_ref().clone())
            }
            Self::Parts { directory, kind, runs } => directory.schema(*kind, runs),
        }
    }

    fn read(
        &self,
        schema: &Schema,
        columns: Option<&[String]>,
        rows: Option<usize>,
    ) -> Result<DataFrame> {
        match self {
            Self::File(path) => read(path, columns, (0, rows.unwrap_or(usize::MAX))),
            Self::Parts { directory, kind, runs } => {
                let parts = runs.iter().map(|&run| directory.part(run)?.table(*kind, columns));
                let parts = parts.collect::<Result<_>>()?;
                let table = tables::stack(&projected(schema, columns)?, parts)?;
                Ok(match rows {
                    Some(rows) => table.head(Some(rows)),
                    None => table,
                })
            }
        }
    }

    /// The number of rows of each piece that can be read alone: a row group, or a network.
    fn heights(&self) -> Result<Vec<usize>> {
        match self {
            Self::File(path) => {
                let mut reader = ParquetReader::new(opened(path)?);
                let groups = &reader.get_metadata()?.row_groups;
                Ok(groups.iter().map(|group| group.num_rows()).collect())
            }
            Self::Parts { directory, kind, runs } => {
                runs.iter().map(|&run| directory.part(run)?.height(*kind)).collect()
            }
        }
    }

    /// The first `height` rows of a piece that begins at row `first`.
    fn piece(
        &self,
        piece: usize,
        first: usize,
        height: usize,
        columns: Option<&[String]>,
    ) -> Result<DataFrame> {
        match self {
            Self::File(path) => read(path, columns, (first, height)),
            Self::Parts { directory, kind, runs } => {
                let table = directory.part(runs[piece])?.table(*kind, columns)?;
                Ok(table.head(Some(height)))
            }
        }
    }
}

fn opened(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| Error::file(path, error))
}

/// Some rows, by the first and their number, of a table in a file.
fn read(path: &Path, columns: Option<&[String]>, rows: (usize, usize)) -> Result<DataFrame> {
    Ok(ParquetReader::new(opened(path)?)
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
