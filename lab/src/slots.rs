//! Build directories for kernels, one for each that is running.
//!
//! A kernel needs a directory of its own to compile cells in. The first, slot 0,
//! is the one set-up builds the library in; when it is taken, further slots are
//! made as copies of it that share the large files. A slot belongs to the process that
//! holds the lock on its file, and the lock ends with the process that holds it,
//! however that ends: a crashed kernel's slot is free again.

use crate::cells;
use crate::disk;
use crate::fail::{Fail, Outcome};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// More kernels than this at once are a mistake, not a need.
const MOST: usize = 32;
/// Which state of slot 0 a further slot was copied from.
const ORIGIN: &str = "copied-from";

/// A build directory and the lock that makes it ours.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) directory: PathBuf,
    pub(crate) lock: File,
}

/// Takes the first free slot; `host` is the target triple kernels build for.
pub(crate) fn acquire(kernels: &Path, host: &str) -> Outcome<Slot> {
    for number in 0..MOST {
        if let Some(lock) = disk::try_lock(&lock_file(kernels, number))? {
            let slot = Slot { directory: directory(kernels, number), lock };
            if number > 0 {
                follow(&slot, &directory(kernels, 0), host)?;
            }
            return Ok(slot);
        }
    }
    Err(Fail::new(format!(
        "{MOST} kernels are running already; shut some down in JupyterLab's list of running kernels."
    )))
}

/// The slots that exist and whether a kernel has each.
pub(crate) fn list(kernels: &Path) -> Outcome<Vec<(PathBuf, bool)>> {
    let mut slots = Vec::new();
    for directory in (0..MOST)
        .map(|number| (number, directory(kernels, number)))
        .filter(|(_, directory)| directory.is_dir())
    {
        let taken = disk::try_lock(&lock_file(kernels, directory.0))?.is_none();
        slots.push((directory.1, taken));
    }
    Ok(slots)
}

pub(crate) fn directory(kernels: &Path, number: usize) -> PathBuf {
    kernels.join(format!("slot-{number}"))
}

fn lock_file(kernels: &Path, number: usize) -> PathBuf {
    kernels.join(format!("slot-{number}.lock"))
}

/// Copies slot 0 unless that was done since the library was last built there.
fn follow(slot: &Slot, first: &Path, host: &str) -> Outcome<()> {
    let Some(built) = built(first, host) else { return Ok(()) };
    if fs::read_to_string(slot.directory.join(ORIGIN)).is_ok_and(|origin| origin == built) {
        return Ok(());
    }
    let part = slot.directory.with_extension("part");
    disk::remove(&part)?;
    let copied = {
        // Cargo locks its target directory with these files: nothing is built there meanwhile.
        let _quiet = [first.join("target/debug"), debug(first, host)]
            .map(|directory| hold(&directory.join(".cargo-lock")));
        copy_directory(first, &part).and_then(|()| fs::write(part.join(ORIGIN), &built))
    };
    let replaced = copied.and_then(|()| {
        disk::remove(&slot.directory).map_err(|fail| io::Error::other(fail.to_string()))?;
        fs::rename(&part, &slot.directory)
    });
    replaced.map_err(|error| {
        let _ = disk::remove(&part);
        Fail::file("make the build directory", &slot.directory, &error)
    })
}

fn hold(lock: &Path) -> Option<File> {
    let file = File::open(lock).ok()?;
    file.lock_shared().ok().map(|()| file)
}

fn debug(directory: &Path, host: &str) -> PathBuf {
    directory.join("target").join(host).join("debug")
}

/// A name for what was last built in a slot, or none if nothing ever was.
pub(crate) fn built(directory: &Path, host: &str) -> Option<String> {
    let entries = fs::read_dir(debug(directory, host).join("deps")).ok()?;
    let libraries = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("libmicrolearners"));
    let latest = libraries
        .filter_map(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
        .max();
    // A library that did not compile is not there; what it depends on is, and is worth having.
    let age = latest.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    Some(age.as_nanos().to_string())
}

/// What becomes of a file or directory of slot 0 in a further one.
#[derive(Debug, PartialEq, Eq)]
enum Share {
    /// Made by cells, and made again by the next one.
    Leave,
    /// Replaced as a whole, never written to: a second name for it is enough.
    Link,
    /// Rewritten in place, as rustc does with some files of its incremental builds and
    /// cargo with its records: a copy with the same time, by which cargo judges it.
    Copy,
}

fn share(path: &Path) -> Share {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if ["ctx-", "libctx", "libcode_", ".evcxr"].iter().any(|prefix| name.starts_with(prefix))
        || [ORIGIN, cells::FILE].contains(&name)
    {
        return Share::Leave;
    }
    let library = path
        .extension()
        .and_then(OsStr::to_str)
        .is_some_and(|end| ["rlib", "rmeta", "so", "dylib"].contains(&end));
    if library { Share::Link } else { Share::Copy }
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        match share(&path) {
            Share::Leave => {}
            _ if entry.file_type()?.is_dir() => copy_directory(&path, &copy)?,
            Share::Link => fs::hard_link(&path, &copy).or_else(|_| copy_file(&path, &copy))?,
            Share::Copy => copy_file(&path, &copy)?,
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options().write(true).open(to)?.set_modified(modified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::tests::Scratch;

    const HOST: &str = "some-host";

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn warm(kernels: &Path) -> PathBuf {
        let first = directory(kernels, 0);
        write(&debug(&first, HOST).join("deps/libmicrolearners-1.so"), "library");
        write(&debug(&first, HOST).join("deps/microlearners-1.d"), "depends");
        write(&debug(&first, HOST).join("libcode_3.so"), "a cell");
        write(&first.join("Cargo.toml"), "manifest");
        first
    }

    #[test]
    fn a_second_kernel_gets_a_copy_and_a_freed_slot_is_used_again() {
        let scratch = Scratch::new("slots");
        let first = warm(&scratch.0);
        let one = acquire(&scratch.0, HOST).expect("slot 0");
        let two = acquire(&scratch.0, HOST).expect("slot 1");
        assert_eq!((&one.directory, &two.directory), (&first, &directory(&scratch.0, 1)));
        assert_eq!(built(&first, HOST), built(&two.directory, HOST), "times are kept");
        assert!(two.directory.join("Cargo.toml").is_file());
        assert!(!debug(&two.directory, HOST).join("libcode_3.so").exists());
        drop(one);
        assert_eq!(acquire(&scratch.0, HOST).expect("slot 0 again").directory, first);
    }

    #[test]
    fn what_is_rewritten_in_place_is_not_shared() {
        let scratch = Scratch::new("unshared");
        let first = warm(&scratch.0);
        let _one = acquire(&scratch.0, HOST).expect("slot 0");
        let two = acquire(&scratch.0, HOST).expect("slot 1");
        write(&two.directory.join("Cargo.toml"), "changed");
        write(&debug(&two.directory, HOST).join("deps/microlearners-1.d"), "changed");
        assert_eq!(fs::read_to_string(first.join("Cargo.toml")).expect("a file"), "manifest");
        assert_eq!(
            fs::read_to_string(debug(&first, HOST).join("deps/microlearners-1.d")).expect("a file"),
            "depends"
        );
    }

    #[test]
    fn a_slot_follows_a_newer_build() {
        let scratch = Scratch::new("newer");
        let first = warm(&scratch.0);
        let _one = acquire(&scratch.0, HOST).expect("slot 0");
        drop(acquire(&scratch.0, HOST).expect("slot 1"));
        let library = debug(&first, HOST).join("deps/libmicrolearners-1.so");
        fs::remove_file(&library).expect("the old library");
        write(&library, "newer");
        let file = File::options().write(true).open(&library).expect("the library");
        file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(5))
            .expect("a time");
        let two = acquire(&scratch.0, HOST).expect("slot 1");
        let copied = debug(&two.directory, HOST).join("deps/libmicrolearners-1.so");
        assert_eq!(fs::read_to_string(copied).expect("the library"), "newer");
    }

    #[test]
    fn libraries_are_linked_cells_left_and_the_rest_copied() {
        let case = |path: &str| share(Path::new(path));
        assert_eq!(case("target/h/debug/deps/libpolars-1.rlib"), Share::Link);
        assert_eq!(
            case("target/h/debug/incremental/microlearners-1/s-2/x.pre-lto.bc"),
            Share::Copy
        );
        assert_eq!(case("target/h/debug/.fingerprint/polars-1/lib-polars"), Share::Copy);
        assert_eq!(case("target/h/debug/incremental/ctx-1"), Share::Leave);
        assert_eq!(case("target/h/debug/libcode_12.so"), Share::Leave);
    }
}
