//! CIFAR-10 in its binary format: files of 10,000 records, each a byte for the class and 3,072 for
//! the image, first all red, then all green, then all blue numbers, row by row.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::archive::{Files, Wanted};
use super::places::{nowhere, place};
use super::{Dataset, Images};
use crate::error::{Error, Result};

/// The archive's name, and the SHA-256 of what Krizhevsky distributes.
pub(super) const ARCHIVE: &str = "cifar-10-binary.tar.gz";
pub(super) const ARCHIVE_SUM: &str =
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd";

/// The folder in the archive.
const FOLDER: &str = "cifar-10-batches-bin";
const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST: [&str; 1] = ["test_batch.bin"];
const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const SIDE: usize = 32;
const PLACES: usize = SIDE * SIDE;
/// The bytes of an image and its class.
const RECORD: usize = 1 + 3 * PLACES;
/// The records of a file.
const RECORDS: usize = 10_000;

impl Dataset {
    /// The 60,000 colour images of CIFAR-10 (Krizhevsky 2009, *Learning multiple layers of features
    /// from tiny images*), 32 × 32 × 3. They do not ship with the project: `microlearners data
    /// cifar10` ([`fetch_cifar10`](super::fetch_cifar10)) downloads them into the user's cache. The
    /// folder `cifar10`, with the archive or its files, is looked for in the directory that the
    /// environment variable `MICROLEARNERS_DATA` names, in the checkout's `datasets`, and there.
    ///
    /// ```no_run
    /// use microlearners::prelude::*;
    ///
    /// let images = Dataset::cifar10()?;
    /// let settings = TaskSettings { normalisation: Normalisation::CIFAR10, ..Default::default() };
    /// let task = Task::classification(&images, &settings)?;
    /// assert_eq!(task.input_maps().channels, 3);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such folder; otherwise as
    /// [`cifar10_from`](Self::cifar10_from).
    pub fn cifar10() -> Result<Self> {
        match place("cifar10") {
            Some(folder) => Self::cifar10_from(folder),
            None => Err(nowhere("cifar10")),
        }
    }

    /// CIFAR-10 from the archive `cifar-10-binary.tar.gz`, or from a folder that has the archive,
    /// its folder `cifar-10-batches-bin`, or the six files of that. Sizes and classes are checked;
    /// the archive has a checksum of its own, files have none.
    ///
    /// # Errors
    /// [`Error::Data`] if a file is missing, of another size, damaged, or has a class above 9.
    pub fn cifar10_from(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let read = Source::of(path)?;
        let classes = CLASSES.map(String::from).to_vec();
        let (train, test) = (read.images(&TRAIN)?, read.images(&TEST)?);
        Self::new("cifar10", (SIDE, SIDE, 3), classes, train, test)
    }
}

/// Where the files are read from.
enum Source {
    Folder(PathBuf),
    /// What is in the archive, by the name of the file.
    Archive(PathBuf, Files),
}

impl Source {
    fn of(path: &Path) -> Result<Self> {
        if path.is_file() {
            return Ok(Self::Archive(path.into(), unpack(path)?));
        }
        let inner = path.join(FOLDER);
        let archive = path.join(ARCHIVE);
        let has_files =
            |folder: &Path| folder.join(TEST[0]).is_file() || folder.join(TRAIN[0]).is_file();
        if has_files(path) {
            Ok(Self::Folder(path.into()))
        } else if has_files(&inner) {
            Ok(Self::Folder(inner))
        } else if archive.is_file() {
            Self::of(&archive)
        } else {
            let problem = format!("there is neither {ARCHIVE} nor {} here", TRAIN[0]);
            Err(broken(path, &problem))
        }
    }

    /// The records of these files, one after the other.
    fn images(&self, names: &[&str]) -> Result<Images> {
        let mut pixels = Array2::zeros((names.len() * RECORDS, 3 * PLACES));
        let mut labels = Vec::with_capacity(names.len() * RECORDS);
        for name in names {
            let (path, bytes) = self.file(name)?;
            if bytes.len() != RECORDS * RECORD {
                let problem = format!(
                    "it has {} bytes, and {RECORDS} images of {RECORD} bytes are {}",
                    bytes.len(),
                    RECORDS * RECORD
                );
                return Err(broken(&path, &problem));
            }
            for record in bytes.chunks_exact(RECORD) {
                let (label, planes) = (record[0], &record[1..]);
                if usize::from(label) >= CLASSES.len() {
                    let number = labels.len() % RECORDS;
                    let problem = format!("image {number} has class {label}, and there are 0 to 9");
                    return Err(broken(&path, &problem));
                }
                // From planes to places: the channels of a place lie side by side.
                for (unit, pixel) in pixels.row_mut(labels.len()).iter_mut().enumerate() {
                    *pixel = planes[unit % 3 * PLACES + unit / 3];
                }
                labels.push(label);
            }
        }
        Ok(Images { pixels, labels })
    }

    /// One file, and what it is called in messages.
    fn file(&self, name: &str) -> Result<(PathBuf, Cow<'_, [u8]>)> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                match fs::read(&path) {
                    Ok(bytes) => Ok((path, bytes.into())),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        Err(broken(&path, "this file of CIFAR-10 is missing"))
                    }
                    Err(error) => Err(Error::file(&path, error)),
                }
            }
            Self::Archive(path, files) => match files.get(name) {
                Some(bytes) => Ok((path.join(name), bytes.into())),
                None => Err(broken(path, &format!("there is no file {name} in it"))),
            },
        }
    }
}

/// The binary files of the archive; what else is in it is left alone.
fn unpack(path: &Path) -> Result<Files> {
    // One byte more than there should be, so that a file that is too long is seen.
    Wanted { name, largest: (RECORDS * RECORD + 1) as u64, broken }.unpack(path)
}

/// The name of a file of the set, whichever folder it is in.
fn name(inside: &Path) -> Option<String> {
    let name = inside.file_name()?.to_str()?;
    (TRAIN.contains(&name) || TEST.contains(&name)).then(|| name.to_owned())
}

fn broken(path: &Path, problem: &str) -> Error {
    Error::Data {
        path: path.into(),
        problem: problem.into(),
        remedy: format!(
            "get {ARCHIVE} anew by `microlearners data cifar10`, or name the archive or the folder {FOLDER} that was unpacked from it"
        ),
    }
}
