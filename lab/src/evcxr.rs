//! The kernel's program, evcxr_jupyter, at the version the notebooks are written for.

use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::paths::{EVCXR_VERSION, Lab};
use std::path::{Path, PathBuf};

const PROGRAM: &str = "evcxr_jupyter";

/// The installed kernel: cargo lab's own, or the user's if it is the same version.
pub(crate) fn installed(lab: &Lab) -> Option<PathBuf> {
    let own = lab.evcxr_root().join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = [own]
        .into_iter()
        .chain(environment::cargo_home().map(|home| home.join("bin")))
        .chain(std::env::split_paths(&path));
    directories
        .filter(|bin| is_the_version(bin))
        .map(|bin| bin.join(PROGRAM))
        .find(|program| starts(program))
}

/// Cargo keeps a list of what it installed beside the directory it installed it to; the program
/// itself does not tell its version.
fn is_the_version(bin: &Path) -> bool {
    let list = bin.parent().map(|root| root.join(".crates.toml"));
    list.and_then(|list| std::fs::read_to_string(list).ok())
        .is_some_and(|list| lists_the_version(&list))
}

fn lists_the_version(list: &str) -> bool {
    list.lines().any(|line| line.starts_with(&format!("\"{PROGRAM} {EVCXR_VERSION} (")))
}

fn starts(program: &Path) -> bool {
    let output = environment::command(program).arg("--help").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("--install"))
}

/// Builds and installs the kernel unless it is there.
pub(crate) fn ensure(lab: &Lab) -> Outcome<PathBuf> {
    if let Some(program) = installed(lab) {
        return Ok(program);
    }
    println!(
        "Building the Rust kernel, {PROGRAM} {EVCXR_VERSION}, into {} (once; five to fifteen minutes).",
        lab.evcxr_root().display()
    );
    disk::make_directory(&lab.cache)?;
    // Cargo replaces the program and its list together at the very end; its
    // build directory is kept if it is interrupted, and saves the next attempt time.
    let status = environment::cargo()
        .args(["install", "--locked", PROGRAM, "--version", EVCXR_VERSION, "--force", "--root"])
        .arg(lab.evcxr_root())
        .arg("--target-dir")
        .arg(lab.evcxr_build())
        // Less to compile than at level 3, and cells are as fast: what a cell waits for is the
        // compiler and not the kernel.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .current_dir(&lab.cache)
        .status()
        .map_err(Fail::no_cargo)?;
    if !status.success() {
        return Err(Fail::new(
            "the Rust kernel was not built, for the reason cargo gives above; without a network connect first, otherwise run this again to go on where it stopped.",
        ));
    }
    disk::remove(&lab.evcxr_build())?;
    installed(lab).ok_or_else(|| {
        Fail::new(format!(
            "the Rust kernel was built and does not start; remove {} and run this again.",
            lab.evcxr_root().display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::lists_the_version;

    #[test]
    fn accepts_the_very_version_only() {
        let list = |version: &str| {
            format!(
                "[v1]\n\"evcxr_jupyter {version} (registry+https://github.com/rust-lang/crates.io-index)\" = [\"evcxr_jupyter\"]\n"
            )
        };
        assert!(lists_the_version(&list("0.22.0")));
        assert!(!lists_the_version(&list("0.22.1")));
        assert!(!lists_the_version(&list("0.21.1")));
        assert!(!lists_the_version("[v1]\n\"evcxr 0.22.0 (registry+x)\" = [\"evcxr\"]\n"));
    }
}
