//! The files in a gzipped tar archive that a data set is made of.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// The bytes of files, by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// What is wanted of an archive.
pub(super) struct Wanted {
    /// The name of a file inside that is wanted; of others none.
    pub(super) name: fn(&Path) -> Option<String>,
    /// At most so many bytes of each are read, so that a boundless file is not.
    pub(super) largest: u64,
    /// The error for an archive with this problem.
    pub(super) broken: fn(&Path, &str) -> Error,
}

impl Wanted {
    /// The wanted files in the archive; what else is in it is left alone.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be opened; what `broken` makes of it if it is truncated, damaged
    /// or no archive.
    pub(super) fn unpack(&self, path: &Path) -> Result<Files> {
        let packed = fs::File::open(path).map_err(|error| Error::file(path, error))?;
        let damaged = |error: io::Error| {
            let problem = format!("it is truncated, damaged or no gzipped tar archive ({error})");
            (self.broken)(path, &problem)
        };
        self.files(packed).map_err(damaged)
    }

    fn files(&self, packed: fs::File) -> io::Result<Files> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
        let mut files = Files::new();
        for entry in archive.entries()? {
            let mut entry = entry?;
            if let Some(name) = (self.name)(&entry.path()?) {
                let mut bytes = Vec::new();
                entry.by_ref().take(self.largest).read_to_end(&mut bytes)?;
                files.insert(name, bytes);
            }
        }
        // To the end, where gzip has its checksum.
        io::copy(&mut archive.into_inner(), &mut io::sink())?;
        Ok(files)
    }
}
