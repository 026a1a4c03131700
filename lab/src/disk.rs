//! Files, written whole or not at all.

use crate::fail::{Fail, Outcome};
use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn make_directory(path: &Path) -> Outcome<()> {
    fs::create_dir_all(path).map_err(|error| Fail::file("make the directory", path, &error))
}

/// Writes a file unless it already says so.
pub(crate) fn write(path: &Path, content: &str) -> Outcome<()> {
    if fs::read(path).is_ok_and(|old| old == content.as_bytes()) {
        return Ok(());
    }
    replace(path, |temporary| fs::write(temporary, content))
}

/// Copies a file, permissions and all, unless the copy is there already.
pub(crate) fn copy(from: &Path, to: &Path) -> Outcome<()> {
    if fs::read(from).is_ok_and(|new| fs::read(to).is_ok_and(|old| old == new)) {
        return Ok(());
    }
    replace(to, |temporary| fs::copy(from, temporary).map(drop))
}

/// Makes a file under another name beside `path`, then renames it.
pub(crate) fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> Outcome<()> {
    if let Some(parent) = path.parent() {
        make_directory(parent)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let temporary = path.with_file_name(name);
    make(&temporary).and_then(|()| fs::rename(&temporary, path)).map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Fail::file("write", path, &error)
    })
}

pub(crate) fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| Fail::file("read", path, &error))
}

/// Removes a file or a directory with everything in it; it may be missing.
pub(crate) fn remove(path: &Path) -> Outcome<()> {
    let removed = if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Fail::file("remove", path, &error))
        }
        _ => Ok(()),
    }
}

/// Opens a lock file and takes its lock if it is free.
pub(crate) fn try_lock(path: &Path) -> Outcome<Option<File>> {
    let file = open_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Fail::file("lock", path, &error)),
    }
}

/// Waits for the lock, after saying so.
pub(crate) fn lock(path: &Path, waiting: &str) -> Outcome<File> {
    if let Some(file) = try_lock(path)? {
        return Ok(file);
    }
    println!("{waiting}");
    let file = open_lock(path)?;
    file.lock().map_err(|error| Fail::file("lock", path, &error))?;
    Ok(file)
}

fn open_lock(path: &Path) -> Outcome<File> {
    if let Some(parent) = path.parent() {
        make_directory(parent)?;
    }
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| Fail::file("open", path, &error))
}

/// When a file was last changed, if the system says so, and its bytes: by these it is known again.
pub(crate) fn changed(metadata: &fs::Metadata) -> (Option<u64>, u64) {
    (metadata.modified().ok().and_then(nanoseconds), metadata.len())
}

pub(crate) fn nanoseconds(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// Bytes on disk; a file with several names counts once.
pub(crate) fn size(path: &Path) -> u64 {
    size_of(path, &mut HashSet::new())
}

fn size_of(path: &Path, seen: &mut HashSet<(u64, u64)>) -> u64 {
    let Ok(metadata) = path.symlink_metadata() else { return 0 };
    if metadata.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        return entries.map(|entry| size_of(&entry.path(), seen)).sum();
    }
    if seen.insert(identity(&metadata)) { bytes(&metadata) } else { 0 }
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(unix)]
fn bytes(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(not(unix))]
fn bytes(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}

/// A size for people.
pub(crate) fn human(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for larger in ["kB", "MB", "GB"] {
        if value < 1000.0 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A directory of a test's own, removed with it.
    pub(crate) struct Scratch(pub(crate) PathBuf);

    impl Scratch {
        pub(crate) fn new(name: &str) -> Self {
            let path = std::env::temp_dir()
                .join(format!("microlearners-lab-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("a scratch directory");
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn writes_whole_files_and_leaves_equal_ones_alone() {
        let scratch = Scratch::new("write");
        let file = scratch.0.join("a/b.txt");
        write(&file, "one").expect("written");
        let before = fs::metadata(&file).and_then(|m| m.modified()).expect("a time");
        write(&file, "one").expect("unchanged");
        assert_eq!(fs::metadata(&file).and_then(|m| m.modified()).expect("a time"), before);
        write(&file, "two").expect("rewritten");
        assert_eq!(read(&file).expect("readable"), "two");
        assert_eq!(
            fs::read_dir(scratch.0.join("a")).expect("a directory").count(),
            1,
            "nothing half-written is left"
        );
    }

    #[test]
    fn a_failed_replacement_leaves_the_old_file() {
        let scratch = Scratch::new("replace");
        let file = scratch.0.join("kept");
        write(&file, "old").expect("written");
        let failed = replace(&file, |temporary| {
            fs::write(temporary, "half")?;
            Err(io::Error::other("interrupted"))
        });
        assert!(failed.is_err());
        assert_eq!(read(&file).expect("readable"), "old");
        assert_eq!(fs::read_dir(&scratch.0).expect("a directory").count(), 1);
    }

    #[test]
    fn removing_what_is_there_or_missing_leaves_all_else() {
        let scratch = Scratch::new("remove");
        for name in ["folder/inner/file", "file", "kept"] {
            write(&scratch.0.join(name), "text").expect("written");
        }
        // The second time there is nothing to do.
        for _ in 0..2 {
            for name in ["folder", "file"] {
                remove(&scratch.0.join(name)).expect(name);
                assert!(!scratch.0.join(name).exists());
            }
        }
        assert_eq!(read(&scratch.0.join("kept")).expect("readable"), "text");
    }

    #[test]
    fn a_lock_is_taken_once() {
        let scratch = Scratch::new("lock");
        let path = scratch.0.join("lock");
        let held = try_lock(&path).expect("lockable");
        assert!(held.is_some());
        assert!(try_lock(&path).expect("lockable").is_none());
        drop(held);
        assert!(try_lock(&path).expect("lockable").is_some());
    }

    #[test]
    fn sizes_are_readable() {
        assert_eq!(human(12), "12 B");
        assert_eq!(human(2_340_000), "2.3 MB");
        assert_eq!(human(12_300_000_000), "12.3 GB");
    }
}
