use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::LazyFrame;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::identity::VERSION;
use super::lock::Lock;
use super::manifest::{
    Manifest, check_format, check_version, manifest_of, manifest_path, no_study, seal, unseal,
};
use super::networks::{Depth, Networks};
use super::part::{self, Kind};
use super::plan::FORMAT;
use super::renamed;
use super::scan::{self, Source};
use super::tables;
use super::{Plan, SavedNetwork, SavedWeights, Shard, Status, weights};
use crate::error::{Error, Result};
use crate::files;
use crate::observables::Records;

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

/// The checksums of the three tables, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checksums {
    study: String,
    tables: Vec<String>,
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

    /// Whether a folder is one, by its manifest.
    pub fn is_one(path: impl AsRef<Path>) -> bool {
        manifest_path(path.as_ref()).is_file()
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

    /// The files of its networks.
    pub(super) fn files(&self) -> Networks {
        Networks {
            path: self.path.clone(),
            study: self.manifest.study.clone(),
            count: self.manifest.networks,
        }
    }

    pub(super) fn plan_path(&self) -> PathBuf {
        self.path.join("study.toml")
    }

    /// What is finished, after a look at every file of rows.
    ///
    /// # Errors
    /// [`Error::File`] if a folder cannot be read.
    pub fn status(&self) -> Result<Status> {
        self.status_after(Depth::Tables)
    }

    /// The same after a look at the weights that were kept, too: many gigabytes if they are those
    /// of every checkpoint.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn status_with_weights(&self) -> Result<Status> {
        self.status_after(Depth::Weights(SavedWeights::None))
    }

    fn status_after(&self, at: Depth) -> Result<Status> {
        let (finished, mut damaged) = self.files().inspect(Shard::WHOLE, at)?;
        let tables = self.tables_there();
        let has_tables = tables == Ok(true);
        damaged.extend(tables.err().into_iter().flatten());
        Ok(Status { path: self.path.clone(), finished, damaged, has_tables })
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
        let networks = self.files();
        if !networks.part_path(run).is_file() {
            let message = format!("network {run} is not finished; run the study first");
            return Err(Error::Study(message));
        }
        let part = networks.part(run)?;
        let kept = part.kept().ok_or_else(|| {
            Error::Study(format!(
                "the weights of network {run} were not kept; write `weights = \"last\"` or `weights = \"checkpoints\"` into the study's file and run it again"
            ))
        })?;
        let content = networks.weights_file(run, kept)?;
        let path = networks.weights_path(run, kept.what);
        weights::decode(&path, &content, &networks.study, run)
    }

    /// Folders for the parts and the tables.
    pub(super) fn prepare(&self) -> Result<()> {
        self.files().make_folders()?;
        files::make_folder(&self.tables_folder())
    }

    /// Removes all that killed writers left behind; for who has claimed the whole.
    pub(super) fn remove_all_unfinished(&self) -> Result<()> {
        self.files().remove_unfinished(Shard::WHOLE)?;
        files::remove_unfinished(&self.path, &|_| true)?;
        files::remove_unfinished(&self.tables_folder(), &|_| true)
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
        let _lock = Lock::take(&self.path, Shard::WHOLE)?;
        self.remove_all_unfinished()?;
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
        let networks = self.files();
        if networks.inspect(Shard::WHOLE, Depth::Tables)?.0.contains(&false) {
            return Ok(false);
        }
        files::make_folder(&self.tables_folder())?;
        let part = |run: usize| networks.part(run);
        let all: Vec<usize> = (0..networks.count).collect();
        let mut checksums = Vec::new();
        for kind in Kind::ALL {
            let path = self.tables_folder().join(kind.file());
            let schema = networks.schema(kind, &all)?;
            checksums.push(tables::write(&path, kind, &schema, networks.count, &part)?);
        }
        let sealed = seal(&Checksums { study: self.manifest.study.clone(), tables: checksums });
        files::write(&self.checksums_path(), sealed.as_bytes())?;
        Ok(true)
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
        let (finished, _) = self.files().inspect(Shard::WHOLE, Depth::Tables)?;
        let runs: Vec<usize> = (0..self.networks()).filter(|&run| finished[run]).collect();
        if runs.is_empty() {
            let message = format!(
                "{}: no network is finished yet, of {}; run the study first",
                self.path.display(),
                self.networks()
            );
            return Err(Error::Study(message));
        }
        scan::lazy(Source::Parts { networks: self.files(), kind, runs })
    }
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
