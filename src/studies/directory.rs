use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use polars::prelude::{LazyFrame, Schema};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::identity::VERSION;
use super::part::{self, Part, Saved};
use super::plan::FORMAT;
use super::renamed;
use super::scan::{self, Source};
use super::tables::{self, Kind};
use super::{Plan, RunOptions, SavedNetwork, SavedWeights, Shard, Status, files, weights};
use crate::data::hex;
use crate::error::{Error, Result};
use crate::observables::Records;
use crate::training::Trajectory;
use sha2::{Digest, Sha256};

/// So many networks' files are in one folder.
const PER_FOLDER: usize = 1000;

/// The directory that a study is carried out in: what is finished, and the tables of it.
///
/// | file | content |
/// |---|---|
/// | `manifest.toml` | which study this is: its identity, the library's version, the number of networks |
/// | `study.toml` | the plan, if the study was made from one |
/// | `networks/000/0000017.part` | the rows of network 17, with a checksum |
/// | `networks/000/0000017.last.safetensors` | its last weights (or `.checkpoints.`, those at every checkpoint), if the study keeps them |
/// | `tables/*.parquet` | the tables of the whole study, made once it is complete; Parquet, for any program |
/// | `tables/checksums.toml` | their checksums |
#[derive(Clone, Debug)]
pub struct RunDirectory {
    path: PathBuf,
    manifest: Manifest,
}

/// Which study a directory belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) version: String,
    pub(super) networks: usize,
    pub(super) study: String,
}

/// Content that says its own checksum.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checksummed<T> {
    checksum: String,
    content: T,
}

/// The checksums of the three tables, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checksums {
    study: String,
    tables: Vec<String>,
}

/// Why there is no study to open.
fn no_study(path: &Path) -> Error {
    let remedy = "name the directory given to `train --out` (in a notebook to `run_in`)";
    let path_name = path.display();
    Error::Study(if path.is_file() {
        format!("{path_name} is a file, and a study is carried out in a directory; {remedy}")
    } else if path.is_dir() {
        format!(
            "{path_name}: no study was carried out here, for there is no manifest.toml; {remedy}"
        )
    } else {
        format!("{path_name}: there is no such directory; {remedy}")
    })
}

fn seal<T: Serialize>(content: T) -> String {
    let text = toml::to_string(&content).unwrap_or_default();
    let sealed = Checksummed { checksum: hex(&Sha256::digest(text)), content };
    toml::to_string(&sealed).unwrap_or_default()
}

/// The content, unless a bit of it was changed.
fn unseal<T: Serialize + for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    let sealed: Checksummed<T> = toml::from_str(text).ok()?;
    // The very text that sealing it gives: nothing beside it was changed either.
    (seal(&sealed.content) == text).then_some(sealed.content)
}

/// How much of a finished network is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Its rows of the tables.
    Tables,
    /// The weights that were kept too, which must be at least these.
    Weights(SavedWeights),
}

/// Who works in a directory; released when it is dropped, and when the process ends, however it
/// does.
#[derive(Debug)]
pub(super) struct Lock {
    _locks: Vec<File>,
}

impl RunDirectory {
    /// Opens a directory that a study was carried out in, finished or not.
    ///
    /// # Errors
    /// [`Error::Study`] if it is none, is written in another format, or its manifest is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let manifest = manifest_of(path)?.ok_or_else(|| no_study(path))?;
        check_format(path, &manifest)?;
        Ok(Self { path: path.to_path_buf(), manifest })
    }

    /// Opens a directory for a study, and makes it if it is not there.
    pub(super) fn for_study(path: &Path, study: &str, networks: usize) -> Result<Self> {
        let manifest =
            Manifest { format: FORMAT, version: VERSION.into(), networks, study: study.into() };
        match manifest_of(path) {
            Ok(Some(found)) if found == manifest => {}
            Ok(Some(found)) => {
                check_version(path, &found)?;
                return Err(Error::Study(format!(
                    "{}: another study was begun here, of {} networks with other settings, seeds or data (this one has {networks}); choose another directory, or remove this one",
                    path.display(),
                    found.networks
                )));
            }
            // Every part says whose it is, so that a damaged manifest is no loss.
            Err(Error::Study(_)) => {
                check_parts(path, study)?;
                files::write(&manifest_path(path), seal(&manifest).as_bytes())?;
            }
            Err(error) => return Err(error),
            Ok(None) => {
                check_free(path)?;
                check_parts(path, study)?;
                files::make_folder(path)?;
                let own = seal(&manifest);
                if !files::write_new(&manifest_path(path), own.as_bytes())? {
                    // Somebody else began at the same time; it must have been the same study.
                    return Self::for_study(path, study, networks);
                }
            }
        }
        Ok(Self { path: path.to_path_buf(), manifest })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of networks of the study.
    pub fn networks(&self) -> usize {
        self.manifest.networks
    }

    /// Whether both hold the same study: the same networks, seen by the same instrument.
    pub fn is_same_study_as(&self, other: &Self) -> bool {
        self.manifest == other.manifest
    }

    /// The plan the study was made from, if it was made from one.
    ///
    /// # Errors
    /// As [`Plan::read`].
    pub fn plan(&self) -> Result<Option<Plan>> {
        let path = self.plan_path();
        if path.is_file() { Plan::read(path).map(Some) } else { Ok(None) }
    }

    pub(super) fn plan_path(&self) -> PathBuf {
        self.path.join("study.toml")
    }

    /// What is finished, after a look at every file of rows.
    ///
    /// # Errors
    /// [`Error::File`] if a folder cannot be read.
    pub fn status(&self) -> Result<Status> {
        self.status_after(Look::Tables)
    }

    /// The same after a look at the weights that were kept, too: many gigabytes if they are those
    /// of every checkpoint.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn status_with_weights(&self) -> Result<Status> {
        self.status_after(Look::Weights(SavedWeights::None))
    }

    fn status_after(&self, at: Look) -> Result<Status> {
        let (finished, mut damaged) = self.looked_through(Shard::WHOLE, at)?;
        let tables = self.tables_there();
        let has_tables = tables == Ok(true);
        damaged.extend(tables.err().into_iter().flatten());
        Ok(Status { path: self.path.clone(), finished, damaged, has_tables })
    }

    /// Of every run of the shard, whether its files are there and right; and what is wrong with
    /// those that are not.
    pub(super) fn looked_through(
        &self,
        shard: Shard,
        at: Look,
    ) -> Result<(Vec<bool>, Vec<String>)> {
        let mut finished = self.parts_there()?;
        let look = |(run, there): (usize, &mut bool)| {
            let is_right =
                if *there && shard.has(run) { self.is_right(run, at) } else { Ok(false) };
            *there = matches!(is_right, Ok(true));
            is_right.err().map(|error| error.to_string())
        };
        let damaged = finished.par_iter_mut().enumerate().filter_map(look).collect();
        Ok((finished, damaged))
    }

    /// Whether a network's files are all that is asked of them; `Err` says in words which is
    /// damaged.
    fn is_right(&self, run: usize, at: Look) -> Result<bool> {
        let part = self.part(run)?;
        let Look::Weights(wanted) = at else { return Ok(true) };
        match part.kept() {
            Some(kept) if kept.what >= wanted => self.weights_file(run, kept).map(|_| true),
            Some(_) => Ok(false),
            None => Ok(wanted == SavedWeights::None),
        }
    }

    /// Whose files are there, by their names.
    fn parts_there(&self) -> Result<Vec<bool>> {
        let mut there = vec![false; self.networks()];
        for (_, folder) in files::list(&self.path.join("networks"))? {
            for (name, _) in files::list(&folder)? {
                let run = name.strip_suffix(".part").and_then(|run| run.parse::<usize>().ok());
                if let Some(place) = run.and_then(|run| there.get_mut(run)) {
                    *place = true;
                }
            }
        }
        Ok(there)
    }

    fn part_path(&self, run: usize) -> PathBuf {
        let folder = format!("{:03}", run / PER_FOLDER);
        self.path.join("networks").join(folder).join(format!("{run:07}.part"))
    }

    /// A name for each choice: what replaces another must not be in its place before the part says
    /// so.
    fn weights_path(&self, run: usize, what: SavedWeights) -> PathBuf {
        self.part_path(run).with_extension(format!("{what}.safetensors"))
    }

    /// The file with a network's weights, if it is the one that was written.
    fn weights_file(&self, run: usize, kept: &Saved) -> Result<Vec<u8>> {
        let path = self.weights_path(run, kept.what);
        let content = files::read(&path)?;
        if hex(&Sha256::digest(&content)) != kept.checksum {
            return Err(Error::Study(format!("{}: its checksum is wrong", path.display())));
        }
        Ok(content)
    }

    pub(super) fn part(&self, run: usize) -> Result<Part> {
        part::read(&self.part_path(run), &self.manifest.study, run)
    }

    /// Writes what a finished network leaves behind; its weights first, so that a part never names
    /// a file that is not there.
    pub(super) fn write_part(
        &self,
        run: usize,
        trajectory: &Trajectory,
        options: &RunOptions,
    ) -> Result<()> {
        let tables = Records::of(
            trajectory,
            run,
            (&options.instrument, options.grid.as_ref()),
            &options.observables,
        )?;
        let study = &self.manifest.study;
        let what = options.weights;
        let kept = match weights::encode(trajectory, what, study, run)? {
            None => None,
            Some(content) => {
                files::write(&self.weights_path(run, what), &content)?;
                Some(Saved { what, checksum: hex(&Sha256::digest(&content)) })
            }
        };
        part::write(&self.part_path(run), study, run, &tables, kept.as_ref())?;
        // What an earlier part named is no longer any part's; often there is none.
        for other in SavedWeights::ALL.into_iter().filter(|other| *other != what) {
            let _ = fs::remove_file(self.weights_path(run, other));
        }
        Ok(())
    }

    /// The networks that were kept of run `run`, counted from 0 as in the tables: at every
    /// checkpoint or at the last, as the study's [`SavedWeights`] say. The files are safetensors,
    /// which other languages read too.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let (tasks, weights) = (vec![TaskPlan::synthetic()], SavedWeights::Last);
    /// let plan = Plan { tasks, weights, epochs: 1, batch_sizes: vec![50], ..Plan::of(&Design::moving(), 1) };
    /// # let plan = Plan { checkpoints: Checkpoints::Count(3), ..plan };
    /// let folder = std::env::temp_dir().join(format!("microlearners-kept-{}", std::process::id()));
    /// let directory = plan.run_in(&folder)?;
    /// let last = &directory.weights(1)?[0];
    /// let trajectory = train(&plan.study()?.experiments[1])?;
    /// assert_eq!(&last.network, trajectory.network());
    /// # std::fs::remove_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Study`] if there is no such network, it is not finished, its weights were not kept,
    /// or their file is damaged; [`Error::File`] if it is gone.
    pub fn weights(&self, run: usize) -> Result<Vec<SavedNetwork>> {
        if run >= self.networks() {
            return Err(Error::Study(format!(
                "there is no network {run}; this study has {}, counted from 0",
                self.networks()
            )));
        }
        if !self.part_path(run).is_file() {
            let message = format!("network {run} is not finished; run the study first");
            return Err(Error::Study(message));
        }
        let part = self.part(run)?;
        let kept = part.kept().ok_or_else(|| {
            Error::Study(format!(
                "the weights of network {run} were not kept; write `weights = \"last\"` or `weights = \"checkpoints\"` into the study's file and run it again"
            ))
        })?;
        let content = self.weights_file(run, kept)?;
        weights::decode(&self.weights_path(run, kept.what), &content, &self.manifest.study, run)
    }

    /// Folders for the parts and the tables.
    pub(super) fn prepare(&self) -> Result<()> {
        for run in (0..self.networks()).step_by(PER_FOLDER) {
            let path = self.part_path(run);
            files::make_folder(path.parent().unwrap_or(&self.path))?;
        }
        files::make_folder(&self.tables_folder())
    }

    /// Removes what killed writers of the shard's networks left behind; for who has claimed the
    /// shard.
    pub(super) fn sweep(&self, shard: Shard) -> Result<()> {
        let run = |name: &str| name.split_once('.').and_then(|(run, _)| run.parse().ok());
        let ours = |name: &str| run(name).is_some_and(|run| shard.has(run));
        files::list(&self.path.join("networks"))?
            .iter()
            .try_for_each(|(_, folder)| files::sweep(folder, &ours))
    }

    /// Removes all that killed writers left behind; for who has claimed the whole.
    pub(super) fn sweep_all(&self) -> Result<()> {
        self.sweep(Shard::WHOLE)?;
        files::sweep(&self.path, &|_| true)?;
        files::sweep(&self.tables_folder(), &|_| true)
    }

    /// Claims a shard: the whole for one process, or different shards for several.
    pub(super) fn claim(&self, shard: Shard) -> Result<Lock> {
        let taken = |what: &str| {
            Error::Study(format!(
                "{}: another process is at work on {what}; wait until it ends, or let each process take a shard of its own",
                self.path.display()
            ))
        };
        let whole = self.lock_file("lock")?;
        if shard == Shard::WHOLE {
            held(whole.try_lock(), &self.path)?.then_some(()).ok_or_else(|| taken("this study"))?;
            return Ok(Lock { _locks: vec![whole] });
        }
        held(whole.try_lock_shared(), &self.path)?
            .then_some(())
            .ok_or_else(|| taken("all of this study"))?;
        let own = self.lock_file(&format!("lock-{}-of-{}", shard.index(), shard.count()))?;
        held(own.try_lock(), &self.path)?
            .then_some(())
            .ok_or_else(|| taken(&format!("shard {shard}")))?;
        Ok(Lock { _locks: vec![whole, own] })
    }

    fn lock_file(&self, name: &str) -> Result<File> {
        let path = self.path.join(name);
        File::options()
            .create(true)
            .truncate(false)
            // A shared lock on NFS needs a file that is open for reading.
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| files::refused(&path, error))
    }

    fn tables_folder(&self) -> PathBuf {
        self.path.join("tables")
    }

    fn checksums_path(&self) -> PathBuf {
        self.tables_folder().join("checksums.toml")
    }

    /// Whether the tables of the whole study are there; `Err` says in words which files are
    /// damaged.
    fn tables_there(&self) -> std::result::Result<bool, Vec<String>> {
        let path = self.checksums_path();
        let Ok(bytes) = fs::read(&path) else { return Ok(false) };
        let known = unseal::<Checksums>(&bytes).filter(|known| {
            known.study == self.manifest.study && known.tables.len() == Kind::ALL.len()
        });
        let known = known.ok_or_else(|| vec![format!("{}: it is damaged", path.display())])?;
        let damage = |(kind, known): (Kind, &String)| {
            let path = self.tables_folder().join(kind.file());
            match tables::checksum(&path) {
                Ok(found) if found == *known => None,
                Ok(_) => Some(format!("{}: its checksum is wrong", path.display())),
                Err(error) => Some(error.to_string()),
            }
        };
        let damaged: Vec<String> =
            Kind::ALL.into_par_iter().zip(&known.tables).filter_map(damage).collect();
        if damaged.is_empty() { Ok(true) } else { Err(damaged) }
    }

    fn has_tables(&self) -> bool {
        self.tables_there() == Ok(true)
    }

    /// What is wrong with the tables, if something is.
    pub(super) fn damaged_tables(&self) -> Vec<String> {
        self.tables_there().err().unwrap_or_default()
    }

    /// Makes the tables of the whole study, unless they are there and right.
    ///
    /// # Errors
    /// [`Error::Study`] if networks are missing or damaged, or another process is at work here;
    /// [`Error::File`] if a table cannot be written.
    pub fn merge(&self) -> Result<()> {
        let _claim = self.claim(Shard::WHOLE)?;
        self.sweep_all()?;
        self.complete()
    }

    /// The same for who has claimed the whole.
    pub(super) fn complete(&self) -> Result<()> {
        if self.make_tables()? {
            return Ok(());
        }
        let status = self.status()?;
        let message = format!("{status}; finish the study before its tables are merged");
        Err(Error::Study(message))
    }

    /// Makes the tables if all networks are finished; says whether they are there.
    pub(super) fn make_tables(&self) -> Result<bool> {
        if self.has_tables() {
            return Ok(true);
        }
        if self.looked_through(Shard::WHOLE, Look::Tables)?.0.contains(&false) {
            return Ok(false);
        }
        files::make_folder(&self.tables_folder())?;
        let part = |run: usize| self.part(run);
        let mut checksums = Vec::new();
        for kind in Kind::ALL {
            let path = self.tables_folder().join(kind.file());
            let schema = self.schema(kind, &(0..self.networks()).collect::<Vec<usize>>())?;
            checksums.push(tables::write(&path, kind, &schema, self.networks(), &part)?);
        }
        let sealed = seal(&Checksums { study: self.manifest.study.clone(), tables: checksums });
        files::write(&self.checksums_path(), sealed.as_bytes())?;
        Ok(true)
    }

    /// The columns of a table: those of its networks, each where it occurs first.
    pub(super) fn schema(&self, kind: Kind, runs: &[usize]) -> Result<Schema> {
        let mut all = Schema::default();
        for some in runs.chunks(PER_FOLDER) {
            let own: Result<Vec<Schema>> =
                some.par_iter().map(|&run| self.part(run)?.schema(kind)).collect();
            own?.iter().for_each(|own| tables::add_columns(&mut all, own));
        }
        Ok(all)
    }

    /// The observations, a row per network × checkpoint × layer, read when they are asked for and
    /// then only the columns that are: of all networks once the study is complete, before that of
    /// those finished.
    ///
    /// # Errors
    /// [`Error::Study`] if no network is finished.
    pub fn observations(&self) -> Result<LazyFrame> {
        self.lazy(Kind::Observations)
    }

    /// The histories, a row per network × checkpoint; see [`observations`](Self::observations).
    ///
    /// # Errors
    /// [`Error::Study`] if no network is finished.
    pub fn histories(&self) -> Result<LazyFrame> {
        self.lazy(Kind::Histories)
    }

    /// The networks, a row for each; see [`observations`](Self::observations).
    ///
    /// # Errors
    /// [`Error::Study`] if no network is finished.
    pub fn network_table(&self) -> Result<LazyFrame> {
        self.lazy(Kind::Networks)
    }

    /// All three tables in memory.
    ///
    /// # Errors
    /// [`Error::Study`] if no network is finished.
    pub fn records(&self) -> Result<Records> {
        Ok(Records {
            observations: self.observations()?.collect()?,
            histories: self.histories()?.collect()?,
            networks: self.network_table()?.collect()?,
        })
    }

    fn lazy(&self, kind: Kind) -> Result<LazyFrame> {
        let table = self.as_it_lies(kind)?;
        if self.manifest.version == VERSION { Ok(table) } else { renamed::todays_lazy(table) }
    }

    fn as_it_lies(&self, kind: Kind) -> Result<LazyFrame> {
        if self.has_tables() {
            return scan::lazy(Source::File(self.tables_folder().join(kind.file())));
        }
        let (finished, _) = self.looked_through(Shard::WHOLE, Look::Tables)?;
        let runs: Vec<usize> = (0..self.networks()).filter(|&run| finished[run]).collect();
        if runs.is_empty() {
            let message = format!(
                "{}: no network is finished yet, of {}; run the study first",
                self.path.display(),
                self.networks()
            );
            return Err(Error::Study(message));
        }
        scan::lazy(Source::Parts { directory: self.clone(), kind, runs })
    }
}

fn manifest_path(path: &Path) -> PathBuf {
    path.join("manifest.toml")
}

/// The manifest, if there is one.
fn manifest_of(path: &Path) -> Result<Option<Manifest>> {
    let file = manifest_path(path);
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(Error::file(file, error)),
    };
    unseal(&bytes).map(Some).ok_or_else(|| {
        Error::Study(format!(
            "{}: the manifest is damaged; run the study again, which mends it and keeps every finished network",
            file.display()
        ))
    })
}

/// What another version began can be read, if it is written in the same format.
fn check_format(path: &Path, manifest: &Manifest) -> Result<()> {
    if manifest.format == FORMAT {
        return Ok(());
    }
    Err(Error::Study(format!(
        "{}: this study is written in format {} (version {}), and this version {VERSION} reads format {FORMAT}; use that version",
        path.display(),
        manifest.format,
        manifest.version
    )))
}

/// What another version began cannot be continued.
fn check_version(path: &Path, manifest: &Manifest) -> Result<()> {
    check_format(path, manifest)?;
    if manifest.version == VERSION {
        return Ok(());
    }
    Err(Error::Study(format!(
        "{}: version {} of the library began this study, and this is version {VERSION}, whose numbers may differ; use that version, or another directory",
        path.display(),
        manifest.version
    )))
}

/// A study begins in a directory of its own.
fn check_free(path: &Path) -> Result<()> {
    if path.exists() && !path.is_dir() {
        let message = format!("{} is a file; name a directory for the study", path.display());
        return Err(Error::Study(message));
    }
    let others = files::list(path)?;
    // Another process may have begun the same study since; and a plan may be somebody's own, unless
    // networks are there.
    let has_networks = others.iter().any(|(name, _)| name == "networks");
    let is_ours = |name: &str| {
        ["manifest.toml", "networks", "tables"].contains(&name)
            || has_networks && name == "study.toml"
            || ["lock", files::UNFINISHED].iter().any(|start| name.starts_with(start))
    };
    match others.iter().find(|(name, _)| !is_ours(name)) {
        None => Ok(()),
        Some((name, _)) => Err(Error::Study(format!(
            "{} has other files in it, such as {name}, and no study; choose an empty directory",
            path.display()
        ))),
    }
}

/// Parts that are there belong to the study, whatever became of the manifest.
fn check_parts(path: &Path, study: &str) -> Result<()> {
    for (_, folder) in files::list(&path.join("networks"))? {
        for (name, part) in files::list(&folder)? {
            if name.ends_with(".part") && part::is_of_another_study(&part, study)? {
                return Err(Error::Study(format!(
                    "{}: the networks here belong to another study, such as {name}; choose another directory, or remove this one",
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

/// Whether a lock was had. Where a file system has no locks, two processes do the same work twice
/// and write the same files, each whole.
fn held(attempt: Result<(), TryLockError>, path: &Path) -> Result<bool> {
    match attempt {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) if has_no_locks(&error) => Ok(true),
        Err(TryLockError::Error(error)) => Err(Error::file(path, error)),
    }
}

fn has_no_locks(error: &io::Error) -> bool {
    /// ENOLCK of Linux: a network file system whose server does not lock.
    const NO_LOCKS: i32 = 37;
    error.kind() == io::ErrorKind::Unsupported
        || cfg!(target_os = "linux") && error.raw_os_error() == Some(NO_LOCKS)
}

impl fmt::Display for RunDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status() {
            Ok(status) => status.fmt(f),
            Err(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str = "0123";

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn open(folder: &tempfile::TempDir) -> RunDirectory {
        RunDirectory::for_study(folder.path(), STUDY, 2001).expect("a directory")
    }

    #[test]
    fn a_seal_notices_every_changed_character() {
        let manifest =
            Manifest { format: FORMAT, version: VERSION.into(), networks: 12, study: STUDY.into() };
        let sealed = seal(&manifest);
        assert_eq!(unseal(sealed.as_bytes()), Some(manifest));
        for place in 0..sealed.len() {
            let mut broken = sealed.clone().into_bytes();
            broken[place] ^= 1;
            assert_eq!(unseal::<Manifest>(&broken), None, "byte {place} of {sealed}");
        }
        for other in ["", "\n", "# a comment\n"] {
            let longer = format!("{other}{}", if other.is_empty() { "" } else { &sealed });
            assert_eq!(unseal::<Manifest>(longer.as_bytes()), None, "{longer}");
        }
    }

    #[test]
    fn files_of_networks_are_a_thousand_in_a_folder_and_sort_by_number() {
        let folder = folder();
        let directory = open(&folder);
        directory.prepare().expect("folders");
        let ends = |run, end: &str| directory.part_path(run).ends_with(end);
        assert!(ends(999, "networks/000/0000999.part") && ends(1000, "networks/001/0001000.part"));
        let weights = directory.weights_path(2000, SavedWeights::Last);
        assert!(weights.ends_with("networks/002/0002000.last.safetensors"), "{weights:?}");
        assert!((0..2001).all(|run| directory.part_path(run).parent().is_some_and(Path::is_dir)));
    }

    #[test]
    fn only_names_of_the_studys_networks_are_taken_for_its_parts() {
        let folder = folder();
        let directory = open(&folder);
        directory.prepare().expect("folders");
        for name in ["0000003.part", "0002001.part", "notes.part", "0000005.part.old"] {
            fs::write(folder.path().join("networks/000").join(name), "x").expect("a file");
        }
        let there = directory.parts_there().expect("a list");
        let runs: Vec<usize> = (0..there.len()).filter(|&run| there[run]).collect();
        assert_eq!(runs, [3]);
        // It is there, and is none.
        let (finished, damaged) = directory.looked_through(Shard::WHOLE, Look::Tables).expect("it");
        assert!(!finished.contains(&true) && damaged.len() == 1, "{damaged:?}");
        assert!(damaged[0].contains("0000003.part"), "{damaged:?}");
    }

    #[test]
    fn the_whole_is_claimed_by_one_and_shards_by_one_each() {
        let folder = folder();
        let directory = open(&folder);
        let shard = |index| Shard::new(index, 2).expect("a shard");
        let told = |shard| directory.claim(shard).expect_err("taken").to_string();
        let whole = directory.claim(Shard::WHOLE).expect("it is free");
        assert!(told(Shard::WHOLE).contains("at work on this study"), "{}", told(Shard::WHOLE));
        assert!(told(shard(1)).contains("at work on all of this study"), "{}", told(shard(1)));
        drop(whole);
        let _first = directory.claim(shard(1)).expect("it is free");
        let _second = directory.claim(shard(2)).expect("it is free");
        assert!(told(shard(1)).contains("at work on shard 1/2"), "{}", told(shard(1)));
        assert!(told(Shard::WHOLE).contains("at work on this study"));
    }

    #[test]
    fn a_directory_is_free_unless_it_holds_something_else() {
        let folder = folder();
        check_free(&folder.path().join("not yet")).expect("nothing is there");
        check_free(folder.path()).expect("nothing is in it");
        for ours in ["manifest.toml", "lock", "lock-1-of-2", ".unfinished-manifest.toml-x"] {
            fs::write(folder.path().join(ours), "x").expect("a file");
        }
        check_free(folder.path()).expect("all is ours");
        // A plan is ours once networks are there.
        fs::write(folder.path().join("study.toml"), "x").expect("a file");
        let told = check_free(folder.path()).expect_err("somebody's plan").to_string();
        assert!(told.contains("study.toml"), "{told}");
        fs::create_dir(folder.path().join("networks")).expect("a folder");
        check_free(folder.path()).expect("our plan");
    }

    #[test]
    fn without_a_finished_network_there_is_no_table_and_status_says_none() {
        let folder = folder();
        let directory = open(&folder);
        let told = directory.observations().err().expect("no rows").to_string();
        assert!(told.contains("no network is finished yet, of 2001"), "{told}");
        let status = directory.status().expect("a status");
        assert_eq!((status.finished(), status.is_complete(), status.has_tables), (0, false, false));
        assert!(!directory.make_tables().expect("nothing to make them of"));
    }
}
