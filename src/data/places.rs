//! Where data sets are found.

use std::path::{Path, PathBuf};

use crate::error::Error;

/// The folders in which the data set `name` may lie, in the order in which they are tried: in the
/// directory that `MICROLEARNERS_DATA` names, in the checkout that the library was built from, and
/// in the user's cache.
pub(super) fn places(name: &str) -> Vec<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    [variable("MICROLEARNERS_DATA"), Some(checkout), cache()]
        .into_iter()
        .flatten()
        .map(|folder| folder.join(name))
        .collect()
}

/// The first of these folders that is there.
pub(super) fn place(name: &str) -> Option<PathBuf> {
    places(name).into_iter().find(|folder| folder.is_dir())
}

/// What is said of a data set that lies in none of them.
pub(super) fn nowhere(name: &str) -> Error {
    let places: Vec<String> =
        places(name).iter().map(|folder| folder.display().to_string()).collect();
    Error::Data {
        path: PathBuf::from(name),
        problem: format!("there is no such folder (looked for: {})", places.join(", ")),
        remedy: format!(
            "download it by `microlearners data {name}`, or set MICROLEARNERS_DATA to the folder that has it"
        ),
    }
}

/// The user's cache of data sets: `data` in `MICROLEARNERS_CACHE`, else `microlearners/data` below
/// `XDG_CACHE_HOME` or `~/.cache`.
pub(super) fn cache() -> Option<PathBuf> {
    if let Some(own) = variable("MICROLEARNERS_CACHE") {
        return Some(own.join("data"));
    }
    // The XDG specification has relative values ignored.
    let xdg = variable("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
    let home = || variable("HOME").map(|home| home.join(".cache"));
    xdg.or_else(home).map(|folder| folder.join("microlearners").join("data"))
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_set_is_looked_for_in_the_checkout_too() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/mnist");
        assert!(places("mnist").contains(&checkout));
        assert!(place("no such data set").is_none());
    }
}
