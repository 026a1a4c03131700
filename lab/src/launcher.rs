//! The kernel's first program: takes a build directory, then becomes the kernel.

use crate::cells;
use crate::cli::KernelRequest;
use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::outlines;
use crate::paths;
use crate::slots::{self, Slot};
use crate::stand_in;
use crate::toolchain::Toolchain;
use crate::warm;
use std::path::Path;
use std::process::{Command, Stdio};

/// Where to write which build directory the kernel has; `cargo lab run` asks for it.
const SLOT_FILE: &str = "MICROLEARNERS_SLOT_FILE";

/// Whether the kernel's allocator takes memory in pages of 2 MB. Its rust-analyzer uses a part of
/// each, and that all of them are filled with zeros was a tenth of a kernel's start.
const LARGE_PAGES: &str = "MIMALLOC_ALLOW_THP";

/// Where rust-analyzer looks for the standard library's sources, if it is set.
const STANDARD_LIBRARY: &str = "RUST_SRC_PATH";

pub(crate) fn launch(request: &KernelRequest) -> Outcome<()> {
    let toolchain = Toolchain::find()?;
    let slot = slots::acquire(&request.kernels, &toolchain.host)?;
    if let Some(file) = std::env::var_os(SLOT_FILE) {
        disk::write(Path::new(&file), &slot.directory.to_string_lossy())?;
    }
    // Usually nothing to do. A library that does not compile must not keep the
    // kernel from starting: its first cell then shows the compiler's message.
    let compiles = warm::build_in(&slot, &request.checkout, &toolchain, &["--quiet"])?.success();
    let config = if compiles {
        paths::evcxr_config(&request.checkout)
    } else {
        paths::evcxr_bare_config(&request.checkout)
    };
    let mut kernel = environment::command(&request.evcxr);
    kernel
        .arg("--control_file")
        .arg(&request.connection)
        .env(cells::KERNELS_DIRECTORY, &slot.directory)
        .env("EVCXR_CONFIG_DIR", config)
        .env("MICROLEARNERS_LAB_LOCK", request.checkout.join("Cargo.lock"))
        .env(library_path(), libraries(&toolchain))
        // Otherwise the kernel looks for a kernelspec of an older version of its own in the user's
        // directory, and rewrites it.
        .env("JUPYTER_PATH", slot.directory.join("no-kernelspec"));
    if std::env::var_os(LARGE_PAGES).is_none() {
        kernel.env(LARGE_PAGES, "0");
    }
    let stand_ins = paths::stand_in(&request.checkout);
    stand_in::lead(&mut kernel, &stand_ins);
    if std::env::var_os(STANDARD_LIBRARY).is_none()
        && let Some(copy) = outlines::of_the_standard_library(&toolchain.libraries, &stand_ins)
    {
        kernel.env(STANDARD_LIBRARY, copy);
    }
    become_kernel(kernel, slot)
}

/// The kernel's child loads the standard library, and does not find it by itself
/// where the build directory and the toolchain are below the same directory.
///
/// `cargo run`, which this program was started by, puts the checkout's own build directories on the
/// path. The library there is another build: cells linked against the kernel's would not find their
/// symbols in it.
fn libraries(toolchain: &Toolchain) -> std::ffi::OsString {
    let inherited = std::env::var_os(library_path()).unwrap_or_default();
    let others = std::env::split_paths(&inherited).filter(|path| !has_a_build_of_the_library(path));
    let all = std::iter::once(toolchain.libraries.clone())
        .chain(others.filter(|path| !path.as_os_str().is_empty()));
    // A path that holds the separator cannot be listed; the toolchain alone then has to do.
    std::env::join_paths(all).unwrap_or_else(|_| toolchain.libraries.clone().into_os_string())
}

fn has_a_build_of_the_library(directory: &Path) -> bool {
    let name =
        format!("{}microlearners{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    directory.join(name).exists()
}

fn library_path() -> &'static str {
    if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" }
}

/// The kernel inherits the lock as its standard input, which it never reads: the
/// slot is taken for exactly as long as the kernel or a build of its lives.
#[cfg(unix)]
fn become_kernel(mut kernel: Command, slot: Slot) -> Outcome<()> {
    use std::os::unix::process::CommandExt;
    let error = kernel.stdin(Stdio::from(slot.lock)).stdout(Stdio::null()).exec();
    Err(not_started(Path::new(kernel.get_program()), &error))
}

#[cfg(not(unix))]
fn become_kernel(mut kernel: Command, slot: Slot) -> Outcome<()> {
    let status = kernel.stdin(Stdio::null()).stdout(Stdio::null()).status();
    drop(slot);
    status.map(drop).map_err(|error| not_started(Path::new(kernel.get_program()), &error))
}

fn not_started(program: &Path, error: &std::io::Error) -> Fail {
    Fail::new(format!(
        "cannot start the kernel {} ({error}); run `cargo lab setup`.",
        program.display()
    ))
}
