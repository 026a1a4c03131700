//! A study and the table that came of it, side by side and small enough to be shared.

use std::fmt;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use polars::prelude::{
    Column, DataFrame, DataType, Expr, Float32Chunked, IntoColumn, IntoLazy, JoinArgs, JoinType,
    MaintainOrderJoin, NewChunkedArray, col, lit,
};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{
    KeyValueMetadata, ParquetCompression, ParquetWriter, StatisticsOptions,
};
use polars_utils::compression::ZstdLevel;
use sha2::{Digest, Sha256};

use super::{Plan, RunDirectory, StoredTable, renamed};
use crate::data::hex;
use crate::error::{Error, Result};
use crate::files;
use crate::observables::{CONTEXT_COLUMNS, KEY_COLUMNS, WHOLE_TEST_ACCURACY};

/// What the file of a table says under this name is the study it was made of.
const STUDY: &str = "microlearners.study";

/// How hard a table is compressed, of 1 to 22: a fifth smaller than at the usual 3, and as fast to
/// read.
const LEVEL: i32 = 19;
/// An f32 has 24 significant bits; so many of the last are made 0.
const DROPPED: u32 = 12;

/// A plan (`name.toml`) and beside it the observations of its networks (`name.parquet`), so that
/// anybody with the two can analyse a study without training it, and train it again.
///
/// The table is what [`RunDirectory::observations`] gives of the plan's observables, or, if the
/// plan says `stored = "histories"`, what [`RunDirectory::histories`] gives and each network's
/// outcome with it, with measurements rounded to 12 significant bits (one part in 4,096) and
/// compressed, to an eighth of the size or less. Key columns are exact; of observations privileged
/// ones are left out.
///
/// ```
/// use microlearners::prelude::*;
///
/// let folder = tempfile::tempdir()?;
/// let (tasks, batch_sizes) = (vec![TaskPlan::synthetic()], vec![20]);
/// let plan = Plan { tasks, batch_sizes, ..Plan::of(&Design::moving(), 2) };
/// plan.write(folder.path().join("small.toml"))?;
/// let study = StoredStudy::open(folder.path().join("small.toml"))?;
/// assert!(study.observations().is_err());                  // nobody has carried it out
/// study.train_again(folder.path().join("results"))?;       // or: microlearners train, microlearners store
/// assert_eq!(study.observations()?.height(), 12 * 2 * 21);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoredStudy {
    path: PathBuf,
    plan: Plan,
}

impl StoredStudy {
    /// Reads the plan; the table is read when it is asked for.
    ///
    /// # Errors
    /// As [`Plan::read`].
    pub fn open(plan: impl AsRef<Path>) -> Result<Self> {
        let path = plan.as_ref().to_path_buf();
        Ok(Self { plan: Plan::read(&path)?, path })
    }

    /// What decides the study.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where the table is.
    pub fn table_path(&self) -> PathBuf {
        self.path.with_extension("parquet")
    }

    /// One row per network × checkpoint × layer (and instrument, if there are several), as
    /// [`Records::observations`](crate::observables::Records).
    ///
    /// # Errors
    /// [`Error::File`] if there is no table; [`Error::Study`] if it is damaged, was made of another
    /// study than the plan describes now, or holds histories.
    pub fn observations(&self) -> Result<DataFrame> {
        self.table(StoredTable::Observations)
    }

    /// One row per network × checkpoint, as [`Records::histories`](crate::observables::Records),
    /// with what `Records::networks` says of the network: `outcome`, `settled`, `confidence`,
    /// `calibration_error`, `brier_score`, and `whole_test_accuracy`, which is on all test
    /// examples.
    ///
    /// # Errors
    /// As [`observations`](Self::observations), if it holds observations.
    pub fn histories(&self) -> Result<DataFrame> {
        self.table(StoredTable::Histories)
    }

    /// The table, if it is of this kind.
    fn table(&self, wanted: StoredTable) -> Result<DataFrame> {
        if self.plan.stored != wanted {
            let (kept, asked) = match wanted {
                StoredTable::Observations => ("histories", "histories()"),
                StoredTable::Histories => ("observations", "observations()"),
            };
            return Err(Error::Study(format!(
                "{}: this study keeps {kept}; ask for {asked}",
                self.path.display()
            )));
        }
        let path = self.table_path();
        let content = files::read(&path)?;
        let mut reader = ParquetReader::new(Cursor::new(content));
        let damaged = |error| {
            Error::Study(format!(
                "{}: it is no Parquet table ({error}); {}",
                path.display(),
                self.remedy()
            ))
        };
        let study = reader.get_metadata().map_err(damaged)?.key_value_metadata().iter().flatten();
        let study = study.filter(|pair| pair.key == STUDY).find_map(|pair| pair.value.clone());
        if !names(&self.plan).iter().any(|name| study.as_ref() == Some(name)) {
            return Err(Error::Study(format!(
                "{}: it was made of another study than {} describes; undo the changes there, or {}",
                path.display(),
                self.path.display(),
                self.remedy()
            )));
        }
        renamed::todays(reader.finish().map_err(damaged)?)
    }

    /// The same of the first `seeds` seeds: a smaller study of the same kind.
    ///
    /// # Errors
    /// As [`observations`](Self::observations); [`Error::Setting`] for 0 seeds or more than there
    /// are.
    pub fn observations_of(&self, seeds: u64) -> Result<DataFrame> {
        self.first_seeds(seeds, self.observations()?)
    }

    /// The same of histories.
    ///
    /// # Errors
    /// As [`histories`](Self::histories); [`Error::Setting`] for 0 seeds or more than there are.
    pub fn histories_of(&self, seeds: u64) -> Result<DataFrame> {
        self.first_seeds(seeds, self.histories()?)
    }

    fn first_seeds(&self, seeds: u64, table: DataFrame) -> Result<DataFrame> {
        let first = self.plan.seeds.first;
        let most = self.plan.seeds.count;
        if !(1..=most).contains(&seeds) {
            return Err(Error::setting("seeds", seeds, format!("the study has 1 to {most}")));
        }
        Ok(table.lazy().filter(col("model_seed").lt(lit(first.saturating_add(seeds)))).collect()?)
    }

    fn remedy(&self) -> String {
        format!(
            "make it by `microlearners train {0} --out results` and `microlearners store results {0}`",
            self.path.display()
        )
    }

    /// Trains every network of the plan in `directory`, going on where an earlier attempt stopped,
    /// and writes the table anew.
    ///
    /// # Errors
    /// As [`Plan::run_in`] and [`store`](Self::store).
    pub fn train_again(&self, directory: impl AsRef<Path>) -> Result<()> {
        self.store(&self.plan.run_in(directory)?)
    }

    /// Writes the table of a study that was carried out; never half of it.
    ///
    /// # Errors
    /// [`Error::Study`] if the directory is of another study or not finished; [`Error::File`] if
    /// the table cannot be written.
    pub fn store(&self, directory: &RunDirectory) -> Result<()> {
        // More may have been observed, under another name.
        let own = |plan: Plan| Plan {
            name: self.plan.name.clone(),
            observables: self.plan.observables.clone(),
            stored: self.plan.stored,
            ..plan
        };
        if directory.plan()?.map(own).as_ref() != Some(&self.plan) {
            return Err(Error::Study(format!(
                "{}: what was carried out here is not the study that {} describes; name the directory of that study",
                directory.path().display(),
                self.path.display()
            )));
        }
        let status = directory.status()?;
        if !status.is_complete() {
            let message = format!("{status}; finish the study before its table is stored");
            return Err(Error::Study(message));
        }
        let table = match self.plan.stored {
            StoredTable::Observations => self.chosen(directory)?,
            StoredTable::Histories => with_outcomes(directory)?,
        };
        let mut table = compact(&table)?;
        let study = vec![(STUDY.to_owned(), name(&self.plan))];
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes)
            .with_compression(ParquetCompression::Zstd(Some(ZstdLevel::try_new(LEVEL)?)))
            .with_statistics(StatisticsOptions::empty())
            .with_row_group_size(Some(usize::MAX))
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(study)))
            .finish(&mut table)?;
        files::write(&self.table_path(), &bytes)
    }

    /// Keys, context and the observables of the plan; what is privileged is nobody's observation.
    fn chosen(&self, directory: &RunDirectory) -> Result<DataFrame> {
        let mut table = directory.observations()?;
        let there = table.collect_schema()?;
        let observables = self.plan.observable_set()?.names();
        if let Some(lacking) = observables.iter().find(|name| !there.contains(name.as_str())) {
            return Err(Error::Study(format!(
                "{}: {lacking} was not observed; name the directory of the study that {} describes",
                directory.path().display(),
                self.path.display()
            )));
        }
        let is_kept = |name: &&str| {
            KEY_COLUMNS.contains(name)
                || CONTEXT_COLUMNS.contains(name)
                || observables.iter().any(|kept| kept == name)
        };
        // What is not kept is not even read.
        let kept = there.iter_names().map(|name| name.as_str()).filter(is_kept);
        let kept: Vec<Expr> = kept.map(col).collect();
        Ok(table.select(kept).collect()?)
    }
}

/// Histories, with what became of each network.
fn with_outcomes(directory: &RunDirectory) -> Result<DataFrame> {
    let outcome = ["run", "outcome", "settled", "confidence", "calibration_error", "brier_score"];
    let mut wanted: Vec<Expr> = outcome.iter().map(|name| col(*name)).collect();
    wanted.push(col("test_accuracy").alias(WHOLE_TEST_ACCURACY));
    let networks = directory.network_table()?.select(wanted);
    let in_order =
        JoinArgs { maintain_order: MaintainOrderJoin::Left, ..JoinArgs::new(JoinType::Left) };
    Ok(directory.histories()?.join(networks, [col("run")], [col("run")], in_order).collect()?)
}

/// What decides a study, as a short text: comments and order in its file do not.
fn name(plan: &Plan) -> String {
    hex(&Sha256::digest(plan.to_toml()))
}

/// That, and what version 0.1 called it.
fn names(plan: &Plan) -> [String; 2] {
    [name(plan), hex(&Sha256::digest(renamed::as_written_then(&plan.to_toml())))]
}

/// Measurements with fewer bits; keys as they are.
fn compact(table: &DataFrame) -> Result<DataFrame> {
    let column = |column: &Column| -> Result<Column> {
        let is_measured = !KEY_COLUMNS.contains(&column.name().as_str());
        if !(is_measured && column.dtype().is_float()) {
            return Ok(column.clone());
        }
        let column = column.cast(&DataType::Float32)?;
        let rounded = column.f32()?.iter().map(|value| value.map(rounded));
        Ok(Float32Chunked::from_iter_options(column.name().clone(), rounded).into_column())
    };
    let columns = table.columns().iter().map(column).collect::<Result<_>>()?;
    Ok(DataFrame::new(table.height(), columns)?)
}

/// To the nearest number whose last bits are 0, so that they take no room once compressed.
fn rounded(value: f32) -> f32 {
    if !value.is_finite() {
        return value;
    }
    let half = 1 << (DROPPED - 1);
    let cut = |bits: u32| f32::from_bits(bits & !((1 << DROPPED) - 1));
    let up = cut(value.to_bits() + half);
    // What would become infinite is cut instead.
    if up.is_finite() { up } else { cut(value.to_bits()) }
}

impl fmt::Display for StoredStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stored study {} of {} networks", self.plan.name, self.plan.networks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_twelve_bits() {
        for value in [1.0_f32, -1.0, 0.0, std::f32::consts::PI, -1e-30, 6.02e23, f32::MAX, 1e-44] {
            let near = rounded(value);
            assert!(
                ((near - value) / value.abs().max(1e-37)).abs() <= 1.0 / 4096.0,
                "{value} {near}"
            );
            assert_eq!(near.to_bits() % 4096, 0, "{value}");
            assert_eq!(rounded(near), near);
        }
        assert!(rounded(f32::NAN).is_nan());
        assert_eq!(rounded(f32::INFINITY), f32::INFINITY);
    }
}
