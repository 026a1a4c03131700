//! Which study a directory belongs to: a file that says its own checksum.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::identity::VERSION;
use super::plan::FORMAT;
use crate::data::hex;
use crate::error::{Error, Result};

/// Which study a directory belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) version: String,
    pub(super) networks: usize,
    pub(super) study: String,
}

/// Content that says its own checksum.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checksummed<T> {
    checksum: String,
    content: T,
}

/// Why there is no study to open.
pub(super) fn no_study(path: &Path) -> Error {
    let remedy = "name the directory given to `train --out` (in a notebook to `run_in`)";
    let path_name = path.display();
    Error::Study(if path.is_file() {
        format!("{path_name} is a file, and a study is carried out in a directory; {remedy}")
    } else if path.is_dir() {
        format!(
            "{path_name}: no study was carried out here, for there is no manifest.toml; {remedy}"
        )
    } else {
        format!("{path_name}: there is no such directory; {remedy}")
    })
}

pub(super) fn seal<T: Serialize>(content: T) -> String {
    let text = toml::to_string(&content).unwrap_or_default();
    let sealed = Checksummed { checksum: hex(&Sha256::digest(text)), content };
    toml::to_string(&sealed).unwrap_or_default()
}

/// The content, unless a bit of it was changed.
pub(super) fn unseal<T: Serialize + for<'a> Deserialize<'a>>(bytes: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    let sealed: Checksummed<T> = toml::from_str(text).ok()?;
    // The very text that sealing it gives: nothing beside it was changed either.
    (seal(&sealed.content) == text).then_some(sealed.content)
}

pub(super) fn manifest_path(path: &Path) -> PathBuf {
    path.join("manifest.toml")
}

/// The manifest, if there is one.
pub(super) fn manifest_of(path: &Path) -> Result<Option<Manifest>> {
    let file = manifest_path(path);
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error)
            if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(Error::file(file, error)),
    };
    unseal(&bytes).map(Some).ok_or_else(|| {
        Error::Study(format!(
            "{}: the manifest is damaged; run the study again, which mends it and keeps every finished network",
            file.display()
        ))
    })
}

/// What another version began can be read, if it is written in the same format.
pub(super) fn check_format(path: &Path, manifest: &Manifest) -> Result<()> {
    if manifest.format == FORMAT {
        return Ok(());
    }
    Err(Error::Study(format!(
        "{}: this study is written in format {} (version {}), and this version {VERSION} reads format {FORMAT}; use that version",
        path.display(),
        manifest.format,
        manifest.version
    )))
}

/// What another version began cannot be continued.
pub(super) fn check_version(path: &Path, manifest: &Manifest) -> Result<()> {
    check_format(path, manifest)?;
    if manifest.version == VERSION {
        return Ok(());
    }
    Err(Error::Study(format!(
        "{}: version {} of the library began this study, and this is version {VERSION}, whose numbers may differ; use that version, or another directory",
        path.display(),
        manifest.version
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str = "0123";

    #[test]
    fn a_seal_notices_every_changed_character() {
        let manifest =
            Manifest { format: FORMAT, version: VERSION.into(), networks: 12, study: STUDY.into() };
        let sealed = seal(&manifest);
        assert_eq!(unseal(sealed.as_bytes()), Some(manifest));
        for place in 0..sealed.len() {
            let mut broken = sealed.clone().into_bytes();
            broken[place] ^= 1;
            assert_eq!(unseal::<Manifest>(&broken), None, "byte {place} of {sealed}");
        }
        for other in ["", "\n", "# a comment\n"] {
            let longer = format!("{other}{}", if other.is_empty() { "" } else { &sealed });
            assert_eq!(unseal::<Manifest>(longer.as_bytes()), None, "{longer}");
        }
    }
}
