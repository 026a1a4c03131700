//! Networks that were trained elsewhere: folders of checkpoints.

use std::fmt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::assembly::Assembly;
use super::checkpoint_file::Tensors;
use super::source::{Source, sources};
use super::stimuli::Stimuli;
use super::{LayerTable, RecordedNetwork, Recording, keys};
use crate::display::count as counted;
use crate::error::Result;

/// The networks of a folder of checkpoints in the formats of PyTorch, JAX and NumPy
/// (`.safetensors`, `.npz`, `.npy`), one file per checkpoint whose name holds its step; several
/// networks are sub-folders. docs/elsewhere.md has the format.
#[derive(Clone, Debug)]
pub struct RecordedFolder {
    /// Where it is.
    pub path: PathBuf,
    /// The networks, by their names.
    pub networks: Vec<RecordedNetwork>,
    /// What a reader should know of how the files were understood, a sentence each.
    pub remarks: Vec<String>,
}

/// The table of layers that a folder brings along.
const LAYERS: &str = "layers.toml";

impl RecordedFolder {
    /// Reads a folder. The file `layers.toml` in it says which tensors are which layer's; the
    /// sub-folder of a network may have one of its own. Without such a file the names and sizes must
    /// tell.
    ///
    /// # Errors
    /// [`Error::File`](crate::Error::File) if something cannot be read;
    /// [`Error::Data`](crate::Error::Data), with the file, the numbers and what to do, if no
    /// checkpoint is there, a file is damaged, a tensor is missing, holds no floating-point numbers
    /// or some that are not finite, layers do not chain or chain in two orders of dimensions, or
    /// checkpoints differ in their sizes.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_with(path, None, None)
    }

    /// The same with this table of layers for all networks, and with these stimuli, a file, in
    /// place of the table's own.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with(
        path: impl AsRef<Path>,
        layers: Option<&LayerTable>,
        stimuli: Option<&Path>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let table_in = |folder: &Path| match (layers, folder.join(LAYERS)) {
            (None, own) if own.is_file() => LayerTable::read(own).map(Some),
            _ => Ok(layers.cloned()),
        };
        let shared = table_in(path)?.unwrap_or_default();
        let table = |folder: &Path| -> Result<LayerTable> {
            Ok(table_in(folder)?.unwrap_or_else(|| shared.clone()))
        };
        let other = stimuli.map(Path::to_path_buf);
        let no_checkpoints = |folder: &Path| -> Result<Vec<PathBuf>> {
            Ok(table(folder)?.stimuli.into_iter().chain(other.clone()).collect())
        };
        let sources = sources(path, &no_checkpoints)?;
        let read = |source: &Source| {
            let table = table(&source.folder)?;
            let stimuli = other.clone().or(table.stimuli);
            network(source, &LayerTable { stimuli, ..table })
        };
        let read: Vec<(RecordedNetwork, Option<String>)> =
            sources.par_iter().map(read).collect::<Result<_>>()?;
        let (networks, remarks): (Vec<RecordedNetwork>, Vec<Option<String>>) =
            read.into_iter().unzip();
        let mut remarks: Vec<String> = remarks.into_iter().flatten().collect();
        remarks.dedup();
        Ok(Self { path: path.into(), networks, remarks })
    }
}

/// A network, and what a reader should know of it.
fn network(source: &Source, table: &LayerTable) -> Result<(RecordedNetwork, Option<String>)> {
    let stimuli = table.stimuli.as_deref().map(Stimuli::read).transpose()?;
    let paths = &source.checkpoints;
    let [first, last] = [&paths[0].1, &paths[paths.len() - 1].1].map(|path| Tensors::read(path));
    let assembly = Assembly::new(table, stimuli.as_ref(), (&first?, &last?))?;
    let mut recordings: Vec<Recording> = Vec::new();
    for (step, path) in paths {
        recordings.push(assembly.recording(*step, &Tensors::read(path)?)?);
    }
    let mut network = RecordedNetwork::new(&source.name, recordings)?;
    network.keys = keys::read(&source.folder)?;
    let remark = assembly.is_transposed_by_sizes().then(|| {
        format!(
            "weights are input × output, as the sizes of the layers {} tell: they were transposed",
            network.sizes()
        )
    });
    Ok((network, remark))
}

impl fmt::Display for RecordedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.networks.len();
        write!(f, "{}: {}", self.path.display(), counted(count, "network"))?;
        // Those of one kind on one line, in the order of the folder.
        let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
        for network in &self.networks {
            let line = described(network);
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, names)) => names.push(&network.name),
                None => lines.push((line, vec![&network.name])),
            }
        }
        for (line, names) in lines {
            write!(f, "\n  {}: {line}", few(&names))?;
        }
        self.remarks.iter().try_for_each(|remark| write!(f, "\n  note: {remark}"))
    }
}

fn described(network: &RecordedNetwork) -> String {
    let recordings = network.recordings();
    let (first, last) = (recordings[0].step, recordings[recordings.len() - 1].step);
    let steps = match first == last {
        true => format!("step {first}"),
        false => format!("steps {first} to {last}"),
    };
    let (there, missing) = network.measures();
    let missing = match missing.as_slice() {
        [] => String::new(),
        names => format!("; not measured: {}", names.join(", ")),
    };
    format!(
        "{} ({steps}), layers {}\n    measured: {}{missing}",
        counted(recordings.len(), "checkpoint"),
        network.sizes(),
        there.join(", ")
    )
}

/// The first names of many.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 6;
    match names.len() {
        count if count > SHOWN => {
            format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN)
        }
        _ => names.join(", "),
    }
}
