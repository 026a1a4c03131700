//! Builds the library for the kernel, exactly as the kernel would.
//!
//! What the kernel would build on its first `:dep` line is built beforehand and
//! visibly: clients of a kernel do not wait that long. For cargo to find nothing
//! to do afterwards, manifest, profile, flags and lock file must be the kernel's.

use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::paths::{self, Lab};
use crate::profile;
use crate::slots::{self, Slot};
use crate::stand_in;
use crate::toolchain::Toolchain;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// As evcxr 0.22.0 writes it after `:opt 1`, so that it finds the very file.
const MANIFEST: &str = r#"
[package]
name = "ctx"
version = "1.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]
path = "src/lib.rs"

[profile.dev]
opt-level = 1
debug = false
strip = "debuginfo"
rpath = true
lto = false
debug-assertions = true
codegen-units = 16
panic = 'unwind'
incremental = true
overflow-checks = true

[dependencies]
"#;

/// What a kernel does once it has loaded the library. The first `let` and the
/// first `?` of a kernel take long, so they are had before the first cell; the
/// variable is moved away again, and a notebook never sees it.
const PRELUDE: &str = "\
use microlearners::prelude::*;
let microlearners_ready = Box::new(0_u8);
Ok::<(), std::fmt::Error>(())?;
drop(microlearners_ready);
";

/// The `:dep` line. A notebook's `path = ".."` becomes the same text once the kernel has resolved
/// it.
fn dependency(checkout: &Path) -> String {
    format!("microlearners = {{ path = \"{}\" }}", checkout.display())
}

/// Writes what kernels read when they start.
pub(crate) fn configure(lab: &Lab) -> Outcome<()> {
    let kernels = lab.kernels()?;
    let manifest = disk::read(&lab.checkout.join("Cargo.toml"))?;
    disk::write(&kernels.join(".cargo").join("config.toml"), &profile::cargo_config(&manifest)?)?;
    disk::write(&lab.evcxr_config().join("init.evcxr"), &init(&lab.checkout))?;
    disk::write(&lab.evcxr_config().join("prelude.rs"), PRELUDE)?;
    disk::write(&lab.evcxr_bare_config().join("init.evcxr"), &bare_init())
}

/// Commands every kernel starts with. Its very first evaluation knows no dependency and makes cargo
/// empty the lock file, so it is put back: the kernel then has the versions of the checkout and
/// needs no network to choose them. The linker is fixed because another one would mean other flags,
/// and so another build of everything. At level 1 a cell uses the library's copies of generic
/// functions instead of compiling its own, which takes a third off the time of a cell that touches
/// a table; the library keeps its own level.
fn bare_init() -> String {
    let builds = stand_in::build_environment().unwrap_or_default();
    builds
        + ":opt 1\n:linker system\n!cp -f \"$MICROLEARNERS_LAB_LOCK\" \"$EVCXR_TMPDIR/Cargo.lock\"\n"
}

fn init(checkout: &Path) -> String {
    format!("{}:dep {}\n", bare_init(), dependency(checkout))
}

/// Builds the library in a free slot and says on stderr what it compiles.
pub(crate) fn build(lab: &Lab, toolchain: &Toolchain) -> Outcome<()> {
    let slot = slots::acquire(&lab.kernels()?, &toolchain.host)?;
    if slots::built(&slot.directory, &toolchain.host).is_none() {
        println!("Building the library as the kernel loads it (once; five to ten minutes).");
    }
    let status = build_in(&slot, &lab.checkout, toolchain, &[])?;
    if status.success() {
        Ok(())
    } else {
        Err(Fail::new("the library was not built, for the reason cargo gives above."))
    }
}

/// The kernel's own build, in a slot that is held.
pub(crate) fn build_in(
    slot: &Slot,
    checkout: &Path,
    toolchain: &Toolchain,
    options: &[&str],
) -> Outcome<ExitStatus> {
    let directory = &slot.directory;
    disk::write(&directory.join("Cargo.toml"), &format!("{MANIFEST}{}\n\n", dependency(checkout)))?;
    disk::write(&directory.join("Cargo.lock"), &disk::read(&checkout.join("Cargo.lock"))?)?;
    // Cargo wants it to be there; the library alone is built, not the last cell left in it.
    if !directory.join("src/lib.rs").is_file() {
        disk::write(&directory.join("src/lib.rs"), "")?;
    }
    let mut cargo = environment::cargo();
    kernel_flags(&mut cargo)
        .args(["build", "--package", "microlearners", "--target", &toolchain.host])
        .args(options)
        .current_dir(directory)
        .status()
        .map_err(Fail::no_cargo)
}

fn kernel_flags(cargo: &mut Command) -> &mut Command {
    cargo
        .env("CARGO_TARGET_DIR", "target")
        .env("CARGO_BUILD_BUILD_DIR", "target")
        .env("RUSTFLAGS", "-Cprefer-dynamic")
}

/// What decides whether a kernel that started once will start again.
pub(crate) fn fingerprint(lab: &Lab, parts: &[&str]) -> Outcome<String> {
    let manifest = disk::read(&lab.checkout.join("Cargo.toml"))?;
    let lock = disk::read(&lab.checkout.join("Cargo.lock"))?;
    let mut all = vec![manifest.as_bytes(), lock.as_bytes(), PRELUDE.as_bytes()];
    all.extend(parts.iter().map(|part| part.as_bytes()));
    Ok(format!("{:016x}", paths::hash(&all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dependency_reads_like_the_one_a_notebook_is_resolved_to() {
        assert_eq!(dependency(Path::new("/a b/c")), "microlearners = { path = \"/a b/c\" }");
        assert!(
            init(Path::new("/a b/c")).ends_with(":dep microlearners = { path = \"/a b/c\" }\n")
        );
    }

    #[test]
    fn the_lock_file_is_back_before_the_dependency_is_named() {
        let init = init(Path::new("/c"));
        assert!(init.find("!cp").expect("the copy") < init.find(":dep").expect("the dependency"));
    }
}
