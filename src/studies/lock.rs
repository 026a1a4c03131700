//! Who works in a directory.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::Shard;
use crate::error::{Error, Result};
use crate::files;

/// The right to work in a directory; released when it is dropped, and when the process ends, however it
/// does.
#[derive(Debug)]
pub(super) struct Lock {
    _locks: Vec<File>,
}

impl Lock {
    /// Takes a shard: the whole for one process, or different shards for several.
    pub(super) fn take(path: &Path, shard: Shard) -> Result<Self> {
        let taken = |what: &str| {
            Error::Study(format!(
                "{}: another process is at work on {what}; wait until it ends, or let each process take a shard of its own",
                path.display()
            ))
        };
        let whole = lock_file(path, "lock")?;
        if shard == Shard::WHOLE {
            held(whole.try_lock(), path)?.then_some(()).ok_or_else(|| taken("this study"))?;
            return Ok(Self { _locks: vec![whole] });
        }
        held(whole.try_lock_shared(), path)?
            .then_some(())
            .ok_or_else(|| taken("all of this study"))?;
        let own = lock_file(path, &format!("lock-{}-of-{}", shard.index(), shard.count()))?;
        held(own.try_lock(), path)?
            .then_some(())
            .ok_or_else(|| taken(&format!("shard {shard}")))?;
        Ok(Self { _locks: vec![whole, own] })
    }
}

fn lock_file(path: &Path, name: &str) -> Result<File> {
    let path = path.join(name);
    File::options()
        .create(true)
        .truncate(false)
        // A shared lock on NFS needs a file that is open for reading.
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| files::refused(&path, error))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_claimed_by_one_and_shards_by_one_each() {
        let folder = tempfile::tempdir().expect("a folder");
        let shard = |index| Shard::new(index, 2).expect("a shard");
        let told = |shard| Lock::take(folder.path(), shard).expect_err("taken").to_string();
        let whole = Lock::take(folder.path(), Shard::WHOLE).expect("it is free");
        assert!(told(Shard::WHOLE).contains("at work on this study"), "{}", told(Shard::WHOLE));
        assert!(told(shard(1)).contains("at work on all of this study"), "{}", told(shard(1)));
        drop(whole);
        let _first = Lock::take(folder.path(), shard(1)).expect("it is free");
        let _second = Lock::take(folder.path(), shard(2)).expect("it is free");
        assert!(told(shard(1)).contains("at work on shard 1/2"), "{}", told(shard(1)));
        assert!(told(Shard::WHOLE).contains("at work on this study"));
    }
}
