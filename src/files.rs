//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// What a file that is being written is called: this, before its name and something of its own.
pub(crate) const UNFINISHED: &str = ".unfinished-";

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::file(path, error))
}

/// Writes a file beside its place, makes sure that it is on the disk, and puts it there in one
/// step: whatever happens, its place holds what was there before or the whole of the new content.
/// Two processes never write the same file.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<()> {
    let once =
        || write_with(path, |file| file.write_all(content).map_err(|error| refused(path, error)));
    match once() {
        // A process that shares the work in other shards may have taken the unfinished file for one
        // that a killed process left behind.
        Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => once(),
        done => done,
    }
}

/// The same unless something is there already; says whether it was written.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<bool> {
    let told = |error: io::Error| refused(path, error);
    let file = unfinished(path, |file| file.write_all(content).map_err(told))?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            sync_folder(folder_of(path));
            Ok(true)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(told(error.error)),
    }
}

/// The same for content that is written piece by piece.
pub(crate) fn write_with(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let file = unfinished(path, write)?;
    file.persist(path).map_err(|error| refused(path, error.error))?;
    sync_folder(folder_of(path));
    Ok(())
}

/// The content beside its place, on the disk; it is gone again unless it is put there.
fn unfinished(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<NamedTempFile> {
    let told = |error: io::Error| refused(path, error);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{UNFINISHED}{name}-");
    let mut file =
        tempfile::Builder::new().prefix(&prefix).tempfile_in(folder_of(path)).map_err(told)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(told)?;
    open_to_all(file.as_file());
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Temporary files are for their owner alone; these are for whom the folder is for. Some file
/// systems have no such permissions.
#[cfg(unix)]
fn open_to_all(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let _ = file.set_permissions(fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn open_to_all(_: &File) {}

/// A new name is on the disk once its folder is. Not every system can be asked for it.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// What the operating system said of a file; a full disk has a remedy.
pub(crate) fn refused(path: &Path, error: io::Error) -> Error {
    if error.kind() != io::ErrorKind::StorageFull && error.kind() != io::ErrorKind::QuotaExceeded {
        return Error::file(path, error);
    }
    Error::Study(format!(
        "{}: the disk is full; every network finished so far is safe: make room and start the study again, it goes on from there",
        path.display()
    ))
}

pub(crate) fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| refused(path, error))?;
    sync_folder(folder_of(path));
    Ok(())
}

/// What is in a folder, by name; nothing if there is no such folder.
pub(crate) fn list(path: &Path) -> Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(Error::file(path, error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Error::file(path, error))?;
        found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    found.sort();
    Ok(found)
}

/// Removes what writers that were killed left behind, of the files whose names are `ours`.
pub(crate) fn remove_unfinished(folder: &Path, ours: &dyn Fn(&str) -> bool) -> Result<()> {
    for (name, path) in list(folder)? {
        if name.strip_prefix(UNFINISHED).is_some_and(ours) {
            // Another process may sweep at the same time.
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}
