//! What several topics need.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use microlearners::data::{Dataset, Task, TaskSettings};
use microlearners::training::Experiment;

/// Whether the full set of tests is asked for, with `MICROLEARNERS_FULL=1`: more seeds, and
/// networks that take minutes.
pub(crate) fn is_full() -> bool {
    std::env::var_os("MICROLEARNERS_FULL").is_some_and(|value| !value.is_empty() && value != "0")
}

/// MNIST, read once for all tests.
pub(crate) fn mnist() -> &'static Dataset {
    static DATA: OnceLock<Dataset> = OnceLock::new();
    DATA.get_or_init(|| Dataset::mnist().unwrap())
}

/// All of MNIST with the published normalisation.
pub(crate) fn digits() -> &'static Task {
    static TASK: OnceLock<Task> = OnceLock::new();
    TASK.get_or_init(|| Task::classification(mnist(), &TaskSettings::default()).unwrap())
}

/// A task that trains in milliseconds.
pub(crate) fn small() -> Task {
    Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap()
}

/// A run of the small task: 8 hidden units, 20 examples a step, 4 checkpoints.
pub(crate) fn small_experiment() -> Experiment {
    use microlearners::network::Architecture;
    use microlearners::training::Checkpoints;
    Experiment::new(&small())
        .architecture(Architecture::hidden(&[8]))
        .batch_size(20)
        .checkpoints(Checkpoints::Count(4))
}

/// The folder of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `folder` whose names end like this, in order.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The texts of the library's sources.
pub(crate) fn sources() -> Vec<String> {
    files("src", "rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Packs files into a gzipped tar archive at `path`, within a folder of this name.
pub(crate) fn archive<N: AsRef<str>, B: AsRef<[u8]>>(files: &[(N, B)], folder: &str, path: &Path) {
    let packed =
        flate2::write::GzEncoder::new(fs::File::create(path).unwrap(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(packed);
    for (name, content) in files {
        let (name, content) = (name.as_ref(), content.as_ref());
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, format!("{folder}/{name}"), content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap().flush().unwrap();
}
