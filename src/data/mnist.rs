use std::fs;
use std::path::Path;

use mnist::MnistBuilder;
use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::idx::gunzip;
use super::places::{nowhere, place};
use super::{Dataset, Images};
use crate::error::{Error, Result};

/// The four files and the SHA-256 of each when uncompressed.
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

const SIDE: usize = 28;

impl Dataset {
    /// The 70,000 handwritten digits of MNIST (LeCun, Bottou, Bengio & Haffner 1998, doi
    /// 10.1109/5.726791); works offline, takes about half a second. They ship with the project. The
    /// folder `mnist` is looked for in the directory that the environment variable
    /// `MICROLEARNERS_DATA` names, in the checkout's `datasets`, and in the user's cache, where
    /// `microlearners data mnist` ([`fetch_mnist`](super::fetch_mnist)) puts it.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such folder, or a file is missing, truncated or altered;
    /// [`Error::File`] if there is no room for 55 MB of temporary files.
    pub fn mnist() -> Result<Self> {
        match place("mnist") {
            Some(folder) => Self::mnist_from(folder),
            None => Err(nowhere("mnist")),
        }
    }

    /// MNIST from the four gzipped files in `directory`.
    ///
    /// # Errors
    /// [`Error::Data`] if a file is missing, truncated or altered; [`Error::File`] if there is no
    /// room for 55 MB of temporary files.
    pub fn mnist_from(directory: impl AsRef<Path>) -> Result<Self> {
        // The mnist crate reads uncompressed files from a folder and panics at any that is not as
        // it should be, so it is given a folder of its own with verified copies.
        let folder = tempfile::Builder::new()
            .prefix("microlearners-mnist-")
            .tempdir()
            .map_err(|e| Error::file(std::env::temp_dir(), e))?;
        for (name, sum) in FILES {
            let bytes = unpack(&directory.as_ref().join(format!("{name}.gz")), sum)?;
            let copy = folder.path().join(name);
            fs::write(&copy, bytes).map_err(|e| Error::file(&copy, e))?;
        }
        parse(folder.path())
    }
}

/// The names of the gzipped files.
pub(super) fn file_names() -> impl Iterator<Item = String> {
    FILES.iter().map(|(name, _)| format!("{name}.gz"))
}

/// Whether the gzipped file at `path` is the one called `name`; `Err` says why not.
pub(super) fn verify(path: &Path, name: &str) -> std::result::Result<(), String> {
    let packed = fs::read(path).map_err(|error| error.to_string())?;
    let bytes =
        gunzip(&packed).map_err(|error| format!("it is truncated or not gzip ({error})"))?;
    let found = hex(&Sha256::digest(&bytes));
    let is_right = FILES.iter().any(|(known, sum)| name == format!("{known}.gz") && *sum == found);
    if is_right { Ok(()) } else { Err(format!("its SHA-256 is {}…", &found[..12])) }
}

fn parse(folder: &Path) -> Result<Dataset> {
    let base = folder.to_str().ok_or_else(|| {
        data_error(
            folder,
            "the temporary directory's name is not UTF-8",
            "set TMPDIR to a plain one",
        )
    })?;
    let files = MnistBuilder::new().base_path(base).finalize();
    let classes = (0..10).map(|digit| digit.to_string()).collect();
    let train = images(files.trn_img, files.trn_lbl)?;
    let test = images(files.tst_img, files.tst_lbl)?;
    Dataset::new("mnist", (SIDE, SIDE), classes, train, test)
}

fn images(pixels: Vec<u8>, labels: Vec<u8>) -> Result<Images> {
    let pixels = Array2::from_shape_vec((labels.len(), SIDE * SIDE), pixels)
        .map_err(|e| Error::Shape(format!("MNIST's images and labels do not fit: {e}")))?;
    Ok(Images { pixels, labels })
}

/// Reads, unpacks and verifies one file.
fn unpack(path: &Path, sum: &str) -> Result<Vec<u8>> {
    let packed = fs::read(path).map_err(|e| unreadable(path, &e))?;
    let bytes = gunzip(&packed)
        .map_err(|e| data_error(path, &format!("it is truncated or not gzip ({e})"), RESTORE))?;
    let found = hex(&Sha256::digest(&bytes));
    if found == sum {
        return Ok(bytes);
    }
    let problem =
        format!("its content was altered (SHA-256 {}… instead of {}…)", &found[..12], &sum[..12]);
    Err(data_error(path, &problem, RESTORE))
}

const RESTORE: &str = "restore it: in a checkout `git checkout -- datasets/mnist`, elsewhere delete \
                       the folder and run `microlearners data mnist`";

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    let problem = match error.kind() {
        std::io::ErrorKind::NotFound => "this file of MNIST is missing".to_owned(),
        _ => format!("this file of MNIST cannot be read ({error})"),
    };
    data_error(path, &problem, RESTORE)
}

fn data_error(path: &Path, problem: &str, remedy: &str) -> Error {
    Error::Data { path: path.into(), problem: problem.into(), remedy: remedy.into() }
}

/// Bytes as a checksum is written.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
