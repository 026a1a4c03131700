//! The Rust compiler the kernel will use.

use crate::environment;
use crate::fail::{Fail, Outcome};
use std::path::PathBuf;

#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// The target triple of this machine, which the kernel passes to cargo.
    pub(crate) host: String,
    /// Where the standard library's shared object is.
    pub(crate) libraries: PathBuf,
}

impl Toolchain {
    pub(crate) fn find() -> Outcome<Self> {
        let text = rustc(&["--print", "host-tuple", "--print", "target-libdir"])?;
        match text.lines().collect::<Vec<_>>()[..] {
            [host, libraries] => Ok(Self { host: host.to_owned(), libraries: libraries.into() }),
            _ => Err(Fail::new(
                "rustc does not name its host and its libraries; install a current Rust from https://rustup.rs.",
            )),
        }
    }
}

/// The compiler's whole version: a build made by another one is no use.
pub(crate) fn version() -> Outcome<String> {
    rustc(&["-vV"])
}

fn rustc(arguments: &[&str]) -> Outcome<String> {
    let output = environment::command("rustc").args(arguments).output().map_err(|error| {
        Fail::new(format!("cannot start rustc ({error}); install Rust from https://rustup.rs."))
    })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let message = String::from_utf8_lossy(&output.stderr);
        Err(Fail::new(format!(
            "rustc fails: {}",
            message.lines().next().unwrap_or("it says nothing")
        )))
    }
}
