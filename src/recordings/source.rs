//! Where a folder's networks are, and at which steps.

use std::fs;
use std::path::{Path, PathBuf};

use super::checkpoint_file::{ENDINGS, ending};
use crate::error::{Error, Result};

/// A network's files.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    /// By their steps.
    pub(super) checkpoints: Vec<(usize, PathBuf)>,
}

/// The networks of a folder: the folder itself if there are checkpoints in it, or else its
/// sub-folders that have some. `stimuli` says which files of a folder hold these and are no
/// checkpoints.
///
/// # Errors
/// [`Error::Data`] if the folder is a file or has no checkpoint, if there are checkpoints both in
/// it and in sub-folders, or a network's files do not tell their steps.
pub(super) fn sources(
    folder: &Path,
    stimuli: &dyn Fn(&Path) -> Result<Vec<PathBuf>>,
) -> Result<Vec<Source>> {
    if folder.is_file() {
        let remedy = "name the folder that it is in, which has a file per checkpoint";
        return Err(wrong(folder, "it is a file, and a network is a folder".into(), remedy));
    }
    let own = files(folder, &stimuli(folder)?)?;
    let mut below = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let files = files(&path, &stimuli(&path)?)?;
        if !files.is_empty() {
            below.push(source(path, &files)?);
        }
    }
    match (own.is_empty(), below.is_empty()) {
        (false, true) => Ok(vec![source(folder.into(), &own)?]),
        (true, false) => Ok(below),
        (true, true) => {
            let endings = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
            let problem =
                format!("there is no file that ends in {endings}, here or one folder below");
            Err(wrong(folder, problem, "save one file per checkpoint, such as step_000100.npz"))
        }
        (false, false) => {
            let problem = format!(
                "there are {} checkpoints in the folder itself and networks in {} sub-folders",
                own.len(),
                below.len()
            );
            Err(wrong(folder, problem, "give each network a sub-folder of its own"))
        }
    }
}

fn source(folder: PathBuf, files: &[PathBuf]) -> Result<Source> {
    let mut checkpoints: Vec<(usize, PathBuf)> =
        files.iter().map(|path| Ok((step(path)?, path.clone()))).collect::<Result<_>>()?;
    checkpoints.sort();
    if let Some(pair) = checkpoints.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let names = [&pair[0].1, &pair[1].1].map(|path| name(path));
        let problem = format!("{} and {} both are step {}", names[0], names[1], pair[0].0);
        return Err(wrong(&folder, problem, "leave out one of them"));
    }
    let whole = fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
    Ok(Source { name: name(&whole), folder, checkpoints })
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The step in a file's name: the number after `step`, or else the only number.
fn step(path: &Path) -> Result<usize> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let numbers: Vec<&str> =
        stem.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let after = stem.to_lowercase().rfind("step").map(|place| place + "step".len());
    let named = after.and_then(|place| {
        let rest = stem.get(place..)?.trim_start_matches(['_', '-', '=', ' ']);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Some(&rest[..end]).filter(|digits| !digits.is_empty())
    });
    let remedy = "name it by the number of weight updates, such as step_000100.npz";
    match (named, numbers.as_slice()) {
        (Some(digits), _) | (None, &[digits]) => digits
            .parse::<u32>()
            .map(|step| step as usize)
            .map_err(|_| wrong(path, format!("step {digits} is larger than {}", u32::MAX), remedy)),
        (None, []) => Err(wrong(path, "its name has no step".into(), remedy)),
        (None, numbers) => {
            let problem =
                format!("its name has {} numbers, and none after \"step\"", numbers.len());
            Err(wrong(path, problem, remedy))
        }
    }
}

/// The files of a folder that can be checkpoints, in order.
fn files(folder: &Path, stimuli: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    let same = |path: &Path| {
        let own = whole(path);
        own.is_some() && stimuli.iter().any(|stimuli| whole(stimuli) == own)
    };
    let is_one = |path: &PathBuf| path.is_file() && ending(path).is_some() && !same(path);
    Ok(entries(folder)?.into_iter().filter(is_one).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let told = |error| Error::file(folder, error);
    let entries = fs::read_dir(folder).map_err(told)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry.map_err(told)?.path())).collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn wrong(path: &Path, problem: String, remedy: &str) -> Error {
    Error::Data { path: path.into(), problem, remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_in_names() {
        let of = |name: &str| step(Path::new(name)).map_err(|error| error.to_string());
        assert_eq!(of("step_000100.npz"), Ok(100));
        assert_eq!(of("100.safetensors"), Ok(100));
        assert_eq!(of("net3_epoch2_step-64.npz"), Ok(64));
        assert_eq!(of("ckpt7.npy"), Ok(7));
        assert!(of("weights.npz").is_err_and(|told| told.contains("has no step")));
        assert!(of("net3_64.npz").is_err_and(|told| told.contains("2 numbers")));
        assert!(of("step_99999999999.npz").is_err_and(|told| told.contains("larger than")));
    }
}
