//! What of the caller's environment programs started here must not see.

use std::path::PathBuf;
use std::process::Command;

/// Variables that would change what cargo builds for the kernel, or where to.
const CARGO: [&str; 10] = [
    "CARGO_TARGET_DIR",
    "CARGO_INCREMENTAL",
    "CARGO_INSTALL_ROOT",
    "CARGO_MAKEFLAGS",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "VIRTUAL_ENV",
];
const CARGO_FAMILIES: [&str; 7] = [
    "CARGO_BUILD_",
    "CARGO_PROFILE_",
    "CARGO_ENCODED_",
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_UNSTABLE_",
    "EVCXR_",
];

/// Variables that would lead Python or Jupyter out of the environment made for them.
const PYTHON: [&str; 6] = [
    "IPYTHONDIR",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "PIP_REQUIRE_VIRTUALENV",
    "__PYVENV_LAUNCHER__",
];
const PYTHON_FAMILIES: [&str; 2] = ["PYTHON", "JUPYTER"];

/// A command that sees the caller's environment without what would lead it astray.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(misleads) {
            command.env_remove(name);
        }
    }
    command
}

fn misleads(name: &str) -> bool {
    CARGO.contains(&name)
        || PYTHON.contains(&name)
        || CARGO_FAMILIES.iter().chain(&PYTHON_FAMILIES).any(|family| name.starts_with(family))
}

/// The cargo that is running this program, or the one on the path.
pub(crate) fn cargo() -> Command {
    command(cargo_program())
}

/// Where cargo keeps what it installs and downloads.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// Cargo's name or path.
pub(crate) fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::misleads;

    #[test]
    fn keeps_the_network_and_the_registry_and_drops_the_rest() {
        for name in [
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "RUSTFLAGS",
            "CARGO_PROFILE_DEV_OPT_LEVEL",
            "VIRTUAL_ENV",
            "PYTHONPATH",
            "JUPYTER_PATH",
            "JUPYTER_CONFIG_DIR",
            "EVCXR_TMPDIR",
        ] {
            assert!(misleads(name), "{name}");
        }
        for name in [
            "CARGO_HOME",
            "CARGO_HTTP_PROXY",
            "CARGO_NET_OFFLINE",
            "RUSTUP_TOOLCHAIN",
            "PATH",
            "HTTPS_PROXY",
            "PIP_INDEX_URL",
            "MICROLEARNERS_QUICK",
        ] {
            assert!(!misleads(name), "{name}");
        }
    }
}
