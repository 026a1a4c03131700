//! Data sets from the internet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::{cifar10, cifar10h, hex, mnist, places, spoken_digits};
use crate::error::{Error, Result};

/// Where MNIST's four files lie, in the order in which these are tried.
pub const MNIST_ADDRESSES: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// Where CIFAR-10's archive lies.
pub const CIFAR10_ADDRESSES: [&str; 1] = ["https://www.cs.toronto.edu/~kriz/"];

/// Where the archive of the Free Spoken Digit Dataset lies.
pub const FSDD_ADDRESSES: [&str; 1] =
    ["https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/"];

/// Where CIFAR-10H's counts lie.
pub const CIFAR10H_ADDRESSES: [&str; 1] =
    ["https://raw.githubusercontent.com/jcpeterson/cifar-10h/master/data/"];

/// Downloads MNIST's four files by `curl` into the user's cache, where
/// [`Dataset::mnist`](super::Dataset::mnist) finds them, and returns the folder. Files that are
/// there and right are kept. Each is written under a temporary name, its SHA-256 is compared, and
/// only then does it get its own name. `addresses` are tried one after the other, such as
/// [`MNIST_ADDRESSES`].
///
/// # Errors
/// [`Error::Data`] if no address gave a file, or none the right one, with what was wrong with each;
/// [`Error::File`] if the cache cannot be written.
pub fn fetch_mnist(addresses: &[&str]) -> Result<PathBuf> {
    let names: Vec<String> = mnist::file_names().collect();
    fetch_all("mnist", &names, addresses, mnist::verify)
}

/// The same for CIFAR-10's archive of 170 MB, which [`Dataset::cifar10`](super::Dataset::cifar10)
/// finds; `addresses` such as [`CIFAR10_ADDRESSES`].
///
/// # Errors
/// As [`fetch_mnist`].
pub fn fetch_cifar10(addresses: &[&str]) -> Result<PathBuf> {
    fetch_all("cifar10", &[cifar10::ARCHIVE.to_owned()], addresses, |path, _| {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let found = hex(&Sha256::digest(&bytes));
        if found == cifar10::ARCHIVE_SUM {
            return Ok(());
        }
        Err(format!("it has {} bytes and the SHA-256 {}…", bytes.len(), &found[..12]))
    })
}

/// The same for the archive of the Free Spoken Digit Dataset, which
/// [`Dataset::spoken_digits`](super::Dataset::spoken_digits) finds; `addresses` such as
/// [`FSDD_ADDRESSES`]. Such an archive is packed anew on request, so that the sum of the recordings in
/// it is compared.
///
/// # Errors
/// As [`fetch_mnist`].
pub fn fetch_fsdd(addresses: &[&str]) -> Result<PathBuf> {
    let verify = |path: &Path, _: &str| spoken_digits::verify(path);
    fetch_all("fsdd", &[spoken_digits::ARCHIVE.to_owned()], addresses, verify)
}

/// The same for the counts of CIFAR-10H (CC BY-NC-SA 4.0), which
/// [`HumanChoices::cifar10h`](crate::representations::human::HumanChoices::cifar10h) finds;
/// `addresses` such as [`CIFAR10H_ADDRESSES`].
///
/// # Errors
/// As [`fetch_mnist`].
pub fn fetch_cifar10h(addresses: &[&str]) -> Result<PathBuf> {
    let verify = |path: &Path, _: &str| cifar10h::verify(path);
    fetch_all("cifar10h", &[cifar10h::FILE.to_owned()], addresses, verify)
}

/// Says why a file is not the one of a name, if it is not.
type Verify = fn(&Path, &str) -> std::result::Result<(), String>;

/// The folder of a data set in the cache, with all of its files.
fn fetch_all(
    dataset: &str,
    names: &[String],
    addresses: &[&str],
    verify: Verify,
) -> Result<PathBuf> {
    let Some(cache) = places::cache() else {
        return Err(Error::Data {
            path: PathBuf::from(dataset),
            problem: "neither HOME nor XDG_CACHE_HOME is set, so there is no cache to keep it in"
                .into(),
            remedy: format!("set HOME, or MICROLEARNERS_DATA to a folder that has {dataset} in it"),
        });
    };
    let folder = cache.join(dataset);
    fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    for name in names {
        let path = folder.join(name);
        if verify(&path, name).is_err() {
            fetch(name, &path, addresses, verify)?;
        }
    }
    Ok(folder)
}

/// One file, from the first address that has the right one.
fn fetch(name: &str, path: &Path, addresses: &[&str], verify: Verify) -> Result<()> {
    let mut problems = Vec::new();
    for address in addresses {
        let address = format!("{}/{name}", address.trim_end_matches('/'));
        let folder = path.parent().unwrap_or(Path::new("."));
        let new = tempfile::Builder::new()
            .prefix(".download-")
            .suffix(".tmp")
            .tempfile_in(folder)
            .map_err(|error| Error::file(folder, error))?;
        let right = || {
            verify(new.path(), name)
                .map_err(|problem| format!("what came is not the file: {problem}"))
        };
        match download(&address, new.path()).and_then(|()| right()) {
            Ok(()) => {
                new.persist(path).map_err(|error| Error::file(path, error.error))?;
                return Ok(());
            }
            Err(problem) => problems.push(format!("{address}: {problem}")),
        }
    }
    Err(Error::Data {
        path: path.into(),
        problem: format!("it could not be downloaded ({})", problems.join("; ")),
        remedy: "try again when there is a network, name an address that has the file by --from, or put the file there by hand"
            .into(),
    })
}

/// Runs curl; `Err` says in its words why there is no file.
fn download(address: &str, path: &Path) -> std::result::Result<(), String> {
    let outcome = Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location", "--retry", "2"])
        .args(["--connect-timeout", "20", "--speed-limit", "1000", "--speed-time", "30"])
        .arg("--output")
        .arg(path)
        .arg(address)
        .output();
    match outcome {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("the program curl is missing; install it".into())
        }
        Err(error) => Err(format!("curl could not be started ({error})")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr);
            let told = told.lines().last().unwrap_or("curl failed").trim();
            Err(told.strip_prefix("curl: ").unwrap_or(told).to_owned())
        }
    }
}
