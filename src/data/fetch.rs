//! MNIST from the internet, for a library that is used outside its checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{mnist, places};
use crate::error::{Error, Result};

/// Where the four files lie, in the order in which these are tried.
pub const MNIST_ADDRESSES: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

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
    let Some(cache) = places::cache() else {
        return Err(Error::Data {
            path: PathBuf::from("mnist"),
            problem: "neither HOME nor XDG_CACHE_HOME is set, so there is no cache to keep it in"
                .into(),
            remedy: "set HOME, or MICROLEARNERS_DATA to a folder that has mnist in it".into(),
        });
    };
    let folder = cache.join("mnist");
    fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    for name in mnist::file_names() {
        let path = folder.join(&name);
        if mnist::verify(&path, &name).is_err() {
            fetch(&name, &path, addresses)?;
        }
    }
    Ok(folder)
}

/// One file, from the first address that has the right one.
fn fetch(name: &str, path: &Path, addresses: &[&str]) -> Result<()> {
    let mut problems = Vec::new();
    for address in addresses {
        let address = format!("{}/{name}", address.trim_end_matches('/'));
        let folder = path.parent().unwrap_or(Path::new("."));
        let new = tempfile::Builder::new()
            .prefix(".mnist-")
            .suffix(".tmp")
            .tempfile_in(folder)
            .map_err(|error| Error::file(folder, error))?;
        match download(&address, new.path()).and_then(|()| right(new.path(), name)) {
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
        remedy: "try again when there is a network, name an address that has the file by --from, or put the four files there by hand"
            .into(),
    })
}

fn right(path: &Path, name: &str) -> Result<(), String> {
    mnist::verify(path, name).map_err(|problem| format!("what came is not the file: {problem}"))
}

/// Runs curl; `Err` says in its words why there is no file.
fn download(address: &str, path: &Path) -> Result<(), String> {
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
