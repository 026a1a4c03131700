use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::identity::identity;
use super::lock::Lock;
use super::networks::Depth;
use super::{Plan, RunDirectory, SavedWeights, Shard};
use crate::display::Progress;
use crate::error::{Error, Result};
use crate::observables::{Instrument, InstrumentGrid, ObservableSet};
use crate::training::Study;

/// How a study is carried out in a directory.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// What stands between network and experimenter; default perfect.
    pub instrument: Instrument,
    /// Several instruments in its place, which have its seed; default none.
    pub grid: Option<InstrumentGrid>,
    /// What is measured; default the standard observables and the last weight change.
    pub observables: ObservableSet,
    /// The part of the work that is done; default all of it.
    pub shard: Shard,
    /// Which weights are kept; default none.
    pub weights: SavedWeights,
}

/// Is told how a study goes on, from several threads.
pub trait Watch: Sync {
    /// So many networks of this shard are to be trained, and so many were finished before.
    fn begins(&self, to_train: usize, finished: usize) {
        let _ = (to_train, finished);
    }

    /// One more is finished.
    fn finished_one(&self) {}

    /// All are finished.
    fn ends(&self) {}

    /// A file was damaged; the sentence says which, why, and what is done about it.
    fn damaged(&self, sentence: &str) {
        let _ = sentence;
    }
}

/// Lines under a notebook's cell, and nothing elsewhere; damage is told everywhere.
#[derive(Default)]
struct NotebookProgress(Mutex<Option<Progress>>);

impl NotebookProgress {
    fn progress(&self) -> std::sync::MutexGuard<'_, Option<Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for NotebookProgress {
    fn begins(&self, to_train: usize, finished: usize) {
        let label = match finished {
            0 => "networks".to_owned(),
            count => format!("networks besides {count} finished before"),
        };
        *self.progress() = Some(Progress::new(label, to_train));
    }

    fn finished_one(&self) {
        if let Some(progress) = self.progress().as_ref() {
            progress.advance(1);
        }
    }

    fn ends(&self) {
        if let Some(progress) = self.progress().take() {
            progress.finish();
        }
    }

    fn damaged(&self, sentence: &str) {
        // Nobody has to hear it.
        let _ = writeln!(std::io::stderr(), "{sentence}");
    }
}

impl Study {
    /// Carries the study out in a directory, where every finished network is on disk before it
    /// counts as finished. Started again, it goes on where it was; the tables do not depend on how
    /// often it was interrupted, nor on the number of threads or of processes that share the work.
    ///
    /// # Errors
    /// [`Error::Study`] if the directory belongs to another study or another process is at work
    /// there, and when the disk is full; otherwise as [`run`](Study::run). What was finished before
    /// an error stays.
    pub fn run_in(&self, directory: impl AsRef<Path>) -> Result<RunDirectory> {
        self.run_in_with(directory, &RunOptions::default())
    }

    /// The same with another instrument, other observables, or only a shard.
    ///
    /// # Errors
    /// As [`run_in`](Self::run_in).
    pub fn run_in_with(
        &self,
        directory: impl AsRef<Path>,
        options: &RunOptions,
    ) -> Result<RunDirectory> {
        self.run_in_watched(directory, options, &NotebookProgress::default())
    }

    /// The same, telling how it goes on.
    ///
    /// # Errors
    /// As [`run_in`](Self::run_in).
    pub fn run_in_watched(
        &self,
        directory: impl AsRef<Path>,
        options: &RunOptions,
        watch: &dyn Watch,
    ) -> Result<RunDirectory> {
        self.check(&options.instrument, options.grid.as_ref(), &options.observables)?;
        let name = identity(self, options);
        let directory = RunDirectory::for_study(directory.as_ref(), &name, self.experiments.len())?;
        carry_out(self, &directory, options, watch)?;
        Ok(directory)
    }
}

impl Plan {
    /// Carries the plan out in a directory, which also keeps the plan; see [`Study::run_in`].
    ///
    /// # Errors
    /// As [`study`](Self::study) and [`Study::run_in`].
    pub fn run_in(&self, directory: impl AsRef<Path>) -> Result<RunDirectory> {
        self.run_in_watched(directory, Shard::WHOLE, &NotebookProgress::default())
    }

    /// The same for one shard; other processes, on other machines if they share the directory, take
    /// the others.
    ///
    /// # Errors
    /// As [`run_in`](Self::run_in).
    pub fn run_shard_in(&self, directory: impl AsRef<Path>, shard: Shard) -> Result<RunDirectory> {
        self.run_in_watched(directory, shard, &NotebookProgress::default())
    }

    /// The same for one shard, telling how it goes on.
    ///
    /// # Errors
    /// As [`run_in`](Self::run_in).
    pub fn run_in_watched(
        &self,
        directory: impl AsRef<Path>,
        shard: Shard,
        watch: &dyn Watch,
    ) -> Result<RunDirectory> {
        let (study, options) = self.with_options(shard)?;
        let directory = self.begin(directory.as_ref(), &study, &options)?;
        carry_out(&study, &directory, &options, watch)?;
        Ok(directory)
    }

    /// Makes the directory and writes the plan into it, and trains nothing yet; for processes that
    /// will share the work.
    ///
    /// # Errors
    /// As [`run_in`](Self::run_in).
    pub fn begin_in(&self, directory: impl AsRef<Path>) -> Result<RunDirectory> {
        let (study, options) = self.with_options(Shard::WHOLE)?;
        self.begin(directory.as_ref(), &study, &options)
    }

    fn with_options(&self, shard: Shard) -> Result<(Study, RunOptions)> {
        let observables = self.observable_set()?;
        Ok((
            self.study()?,
            RunOptions {
                instrument: self.instrument,
                grid: self.grid.clone(),
                observables,
                shard,
                weights: self.weights,
            },
        ))
    }

    fn begin(&self, path: &Path, study: &Study, options: &RunOptions) -> Result<RunDirectory> {
        let name = identity(study, options);
        let directory = RunDirectory::for_study(path, &name, study.experiments.len())?;
        // A file that says the same may have comments.
        if directory.plan().ok().flatten().as_ref() != Some(self) {
            self.write(directory.plan_path())?;
        }
        Ok(directory)
    }
}

fn carry_out(
    study: &Study,
    directory: &RunDirectory,
    options: &RunOptions,
    watch: &dyn Watch,
) -> Result<()> {
    let _lock = Lock::take(directory.path(), options.shard)?;
    directory.prepare()?;
    if options.shard == Shard::WHOLE {
        directory.remove_all_unfinished()?;
    } else {
        directory.files().remove_unfinished(options.shard)?;
    }
    let at = match options.weights {
        SavedWeights::None => Depth::Tables,
        wanted => Depth::Weights(wanted),
    };
    let (finished, damaged) = directory.files().inspect(options.shard, at)?;
    let networks = damaged.iter().map(|what| format!("{what}; its network is trained anew"));
    let tables = directory.damaged_tables();
    let tables = tables.iter().map(|what| format!("{what}; it is made anew from the networks"));
    networks.chain(tables).for_each(|sentence| watch.damaged(&sentence));
    let missing: Vec<usize> = (0..study.experiments.len())
        .filter(|&run| options.shard.has(run) && !finished[run])
        .collect();
    watch.begins(missing.len(), finished.iter().filter(|finished| **finished).count());
    missing.par_iter().try_for_each(|&run| {
        directory.files().train_part(run, &study.experiments[run], options)?;
        watch.finished_one();
        Ok::<(), Error>(())
    })?;
    watch.ends();
    // Of processes that share the work, the last one finds all networks there and makes the tables;
    // others that do so too make the same ones.
    if options.shard == Shard::WHOLE {
        directory.complete()
    } else {
        directory.make_tables().map(drop)
    }
}

impl fmt::Display for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "shard {} of the study, {} observables, {}, weights kept: {}",
            self.shard,
            self.observables.len(),
            self.grid.as_ref().map_or_else(|| self.instrument.to_string(), ToString::to_string),
            self.weights
        )
    }
}
