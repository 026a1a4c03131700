//! Tables that are read when they are asked for, and of them the columns that are.

use std::any::Any;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use polars::error::{PolarsError, PolarsResult};
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, DataFrame, LazyFrame, ScanArgsAnonymous, Schema, SchemaRef,
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

    fn scan(&self, args: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let columns = args.with_columns.as_deref().map(tables::texts);
        let table = self.source.read(&self.schema, columns.as_deref(), args.n_rows);
        table.map_err(|error| match error {
            Error::Polars(error) => error,
            other => PolarsError::ComputeError(other.to_string().into()),
        })
    }
}

impl Source {
    fn schema(&self) -> Result<Schema> {
        match self {
            Self::File(path) => {
                let file = File::open(path).map_err(|error| Error::file(path, error))?;
                let none = ParquetReader::new(file).with_slice(Some((0, 0))).finish()?;
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
            Self::File(path) => {
                let file = File::open(path).map_err(|error| Error::file(path, error))?;
                Ok(ParquetReader::new(file)
                    .read_parallel(ParallelStrategy::Auto)
                    .with_columns(columns.map(<[String]>::to_vec))
                    .with_slice(rows.map(|rows| (0, rows)))
                    .finish()?)
            }
            Self::Parts { directory, kind, runs } => {
                let wanted = match columns {
                    Some(names) => schema.try_project(names)?,
                    None => schema.clone(),
                };
                let parts = runs.iter().map(|&run| directory.part(run)?.table(*kind, columns));
                let table = tables::stack(&wanted, parts.collect::<Result<_>>()?)?;
                Ok(match rows {
                    Some(rows) => table.head(Some(rows)),
                    None => table,
                })
            }
        }
    }
}
