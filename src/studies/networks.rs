//! Where a study's finished networks lie, and whether their files are right.

use std::fs;
use std::path::PathBuf;

use polars::prelude::Schema;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::part::{self, Kind, Part, Saved};
use super::tables;
use super::{RunOptions, SavedWeights, Shard, weights};
use crate::data::hex;
use crate::error::{Error, Result};
use crate::files;
use crate::observables::Records;
use crate::training::{Experiment, Keep};

/// So many networks' files are in one folder.
const PER_FOLDER: usize = 1000;

/// How much of a finished network is inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Its rows of the tables.
    Tables,
    /// The weights that were kept too, which must be at least these.
    Weights(SavedWeights),
}

/// The files of a study's networks, below its directory.
#[derive(Clone, Debug)]
pub(super) struct Networks {
    /// The study's directory.
    pub(super) path: PathBuf,
    /// The study's identity, which every file repeats.
    pub(super) study: String,
    /// How many networks the study has.
    pub(super) count: usize,
}

impl Networks {
    /// Makes the folders.
    pub(super) fn make_folders(&self) -> Result<()> {
        for run in (0..self.count).step_by(PER_FOLDER) {
            let path = self.part_path(run);
            files::make_folder(path.parent().unwrap_or(&self.path))?;
        }
        Ok(())
    }

    /// Of every run of the shard, whether its files are there and right; and what is wrong with
    /// those that are not.
    pub(super) fn inspect(&self, shard: Shard, at: Depth) -> Result<(Vec<bool>, Vec<String>)> {
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
    fn is_right(&self, run: usize, at: Depth) -> Result<bool> {
        let part = self.part(run)?;
        let Depth::Weights(wanted) = at else { return Ok(true) };
        match part.kept() {
            Some(kept) if kept.what >= wanted => self.weights_file(run, kept).map(|_| true),
            Some(_) => Ok(false),
            None => Ok(wanted == SavedWeights::None),
        }
    }

    /// Whose files are there, by their names.
    pub(super) fn parts_there(&self) -> Result<Vec<bool>> {
        let mut there = vec![false; self.count];
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

    pub(super) fn part_path(&self, run: usize) -> PathBuf {
        let folder = format!("{:03}", run / PER_FOLDER);
        self.path.join("networks").join(folder).join(format!("{run:07}.part"))
    }

    /// A name for each choice: what replaces another must not be in its place before the part says
    /// so.
    pub(super) fn weights_path(&self, run: usize, what: SavedWeights) -> PathBuf {
        self.part_path(run).with_extension(format!("{what}.safetensors"))
    }

    /// The file with a network's weights, if it is the one that was written.
    pub(super) fn weights_file(&self, run: usize, kept: &Saved) -> Result<Vec<u8>> {
        let path = self.weights_path(run, kept.what);
        let content = files::read(&path)?;
        if hex(&Sha256::digest(&content)) != kept.checksum {
            return Err(Error::Study(format!("{}: its checksum is wrong", path.display())));
        }
        Ok(content)
    }

    pub(super) fn part(&self, run: usize) -> Result<Part> {
        part::read(&self.part_path(run), &self.study, run)
    }

    /// Trains a network, and writes what it leaves behind; its weights first, so that a part never
    /// names a file that is not there.
    pub(super) fn train_part(
        &self,
        run: usize,
        experiment: &Experiment,
        options: &RunOptions,
    ) -> Result<()> {
        let seen = (&options.instrument, options.grid.as_ref(), &options.observables);
        let (study, what) = (&self.study, options.weights);
        let keep = if what == SavedWeights::Checkpoints { Keep::All } else { Keep::Last };
        let (tables, trajectory) = Records::measure(experiment, run, seen, keep)?;
        let kept = match weights::encode(&trajectory, what, study, run)? {
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

    /// Removes what killed writers of the shard's networks left behind; for who has claimed the
    /// shard.
    pub(super) fn remove_unfinished(&self, shard: Shard) -> Result<()> {
        let run = |name: &str| name.split_once('.').and_then(|(run, _)| run.parse().ok());
        let ours = |name: &str| run(name).is_some_and(|run| shard.has(run));
        files::list(&self.path.join("networks"))?
            .iter()
            .try_for_each(|(_, folder)| files::remove_unfinished(folder, &ours))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: &tempfile::TempDir) -> Networks {
        Networks { path: folder.path().into(), study: "0123".into(), count: 2001 }
    }

    #[test]
    fn files_of_networks_are_a_thousand_in_a_folder_and_sort_by_number() {
        let folder = tempfile::tempdir().expect("a folder");
        let networks = of(&folder);
        networks.make_folders().expect("folders");
        let ends = |run, end: &str| networks.part_path(run).ends_with(end);
        assert!(ends(999, "networks/000/0000999.part") && ends(1000, "networks/001/0001000.part"));
        let weights = networks.weights_path(2000, SavedWeights::Last);
        assert!(weights.ends_with("networks/002/0002000.last.safetensors"), "{weights:?}");
        assert!(
            (0..2001)
                .all(|run| networks.part_path(run).parent().is_some_and(std::path::Path::is_dir))
        );
    }

    #[test]
    fn only_names_of_the_studys_networks_count_as_its_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let networks = of(&folder);
        networks.make_folders().expect("folders");
        for name in ["0000003.part", "0002001.part", "notes.part", "0000005.part.old"] {
            fs::write(folder.path().join("networks/000").join(name), "x").expect("a file");
        }
        let there = networks.parts_there().expect("a list");
        let runs: Vec<usize> = (0..there.len()).filter(|&run| there[run]).collect();
        assert_eq!(runs, [3]);
        // It is there, and is none.
        let (finished, damaged) = networks.inspect(Shard::WHOLE, Depth::Tables).expect("it");
        assert!(!finished.contains(&true) && damaged.len() == 1, "{damaged:?}");
        assert!(damaged[0].contains("0000003.part"), "{damaged:?}");
    }
}
