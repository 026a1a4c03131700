//! What goes wrong, as one sentence with its remedy.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

pub(crate) type Outcome<T> = Result<T, Fail>;

/// A failure that ends the command.
#[derive(Debug)]
pub(crate) struct Fail {
    sentence: String,
    usage: bool,
}

impl Fail {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), usage: false }
    }

    /// The command line itself was wrong: nothing was attempted.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), usage: true }
    }

    /// A file operation failed.
    pub(crate) fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {verb} {}: {error}.", path.display()))
    }

    /// Cargo itself did not start.
    pub(crate) fn no_cargo(error: std::io::Error) -> Self {
        Self::new(format!("cannot start cargo ({error}); install Rust from https://rustup.rs."))
    }

    pub(crate) fn is_usage(&self) -> bool {
        self.usage
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
