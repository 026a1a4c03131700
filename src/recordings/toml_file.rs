//! Small files in TOML, with the line of whatever is wrong.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// More than any of these files needs.
const LARGEST: u64 = 1 << 20;

/// What a file says.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`], with the line, if it is not TOML or says
/// something else.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let size = fs::metadata(path).map_err(|error| Error::file(path, error))?.len();
    if size > LARGEST {
        let problem = format!("it has {size} bytes, and such a file needs no more than {LARGEST}");
        return Err(wrong(path, problem));
    }
    let text = fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
    parse(&text, path)
}

/// What a text says, which comes from a file of this name.
///
/// # Errors
/// [`Error::Data`] as [`read`].
pub(super) fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map_or(String::new(), |span| {
            let before = text.bytes().take(span.start);
            format!("line {}: ", 1 + before.filter(|&byte| byte == b'\n').count())
        });
        let sentence = error.message().split_whitespace().collect::<Vec<&str>>().join(" ");
        wrong(path, format!("{line}{sentence}"))
    })
}

fn wrong(path: &Path, problem: String) -> Error {
    Error::Data { path: path.into(), problem, remedy: "docs/elsewhere.md has the format".into() }
}
