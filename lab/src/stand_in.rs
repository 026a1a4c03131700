//! This program under other names: what the kernel takes for rustup and cargo.
//!
//! The kernel asks rustup, or else its path, for a cargo; its rust-analyzer looks for one in
//! `CARGO_HOME`. Both are led to this program, which does what the real cargo would, but for two
//! things that make up most of a reader's waiting: rust-analyzer is told of fewer packages, and of
//! less in them ([`crate::analyzer`]), and a cell is compiled without cargo finding out anew what to
//! compile it with ([`crate::cells`]). Whatever is not understood goes to the real ones.

use crate::analyzer;
use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::paths::Lab;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// The caller's `CARGO_HOME`, kept here while the variable leads to the stand-in; empty for none.
const CALLERS_HOME: &str = "MICROLEARNERS_CARGO_HOME";

/// Where cargo's child is to note the command that compiles a cell.
pub(crate) const NOTE: &str = "MICROLEARNERS_NOTE";

/// Where a cell's linker finds the library's name without its contents.
pub(crate) const STUB: &str = "MICROLEARNERS_STUB";

/// Whom this program stands in for, by the name it was started under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Cargo,
    Rustup,
    /// rustc: cargo starts it so that the command is noted, and it starts rustc.
    Rustc,
    /// The linker: rustc starts it to link a cell, and it starts `cc`.
    Linker,
}

impl Role {
    const ALL: [Self; 4] = [Self::Cargo, Self::Rustup, Self::Rustc, Self::Linker];

    fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Rustup => "rustup",
            Self::Rustc => "rustc-noted",
            Self::Linker => "cell-linker",
        }
    }

    /// The role this process was started in, if it was.
    pub(crate) fn of_this_process() -> Option<Self> {
        [CALLERS_HOME, NOTE, STUB].into_iter().find_map(std::env::var_os)?;
        let program = std::env::args_os().next()?;
        let name = Path::new(&program).file_stem()?.to_owned();
        Self::ALL.into_iter().find(|role| name == role.name())
    }
}

/// Makes the stand-ins: further names of the launcher's program.
pub(crate) fn install(lab: &Lab) -> Outcome<()> {
    let home = lab.stand_in();
    Role::ALL.iter().try_for_each(|role| disk::copy(&lab.launcher(), &file(&home, *role)))
}

fn file(home: &Path, role: Role) -> PathBuf {
    home.join("bin").join(role.name()).with_extension(std::env::consts::EXE_EXTENSION)
}

/// Another role's program, which lies beside this one.
pub(crate) fn program(role: Role) -> Outcome<PathBuf> {
    let this = std::env::current_exe()
        .map_err(|error| Fail::file("find", Path::new("this program"), &error))?;
    Ok(this.with_file_name(role.name()).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Leads a kernel and its rust-analyzer to the stand-ins, if they are there.
pub(crate) fn lead(kernel: &mut Command, home: &Path) {
    if !Role::ALL.iter().all(|role| file(home, *role).is_file()) {
        return;
    }
    kernel
        .env(CALLERS_HOME, std::env::var_os("CARGO_HOME").unwrap_or_default())
        .env("CARGO_HOME", home);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let bin = std::iter::once(home.join("bin"));
    // A directory with the path's separator in its name cannot be on it; cells are then built by
    // cargo as ever.
    if let Ok(path) = std::env::join_paths(bin.chain(std::env::split_paths(&path))) {
        kernel.env("PATH", path);
    }
}

/// The kernel command that gives its builds the caller's `CARGO_HOME` back, for where a build does
/// not come this way.
pub(crate) fn build_environment() -> Option<String> {
    let home = environment::cargo_home()?;
    home.to_str().map(|home| format!(":build_env CARGO_HOME={home}\n"))
}

/// The `CARGO_HOME` that cargo would have had.
pub(crate) fn callers_home() -> Option<PathBuf> {
    let led = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .filter(|home| !Role::ALL.iter().all(|role| file(home, *role).is_file()));
    led.or_else(kept_home).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// The caller's `CARGO_HOME`, if one was set.
fn kept_home() -> Option<PathBuf> {
    std::env::var_os(CALLERS_HOME).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The cargo that would have been started, in the environment it would have had.
pub(crate) fn cargo() -> Command {
    real(environment::cargo_program())
}

pub(crate) fn real(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    match kept_home() {
        Some(home) => command.env("CARGO_HOME", home),
        None => command.env_remove("CARGO_HOME"),
    };
    if let Some(path) = std::env::var_os("PATH")
        && let Ok(path) = std::env::join_paths(without_stand_ins(&path))
    {
        command.env("PATH", path);
    }
    command.env_remove(CALLERS_HOME);
    command
}

fn without_stand_ins(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    let own = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    let is_own = move |directory: &Path| {
        own.as_deref() == Some(directory)
            || directory.canonicalize().is_ok_and(|directory| own == Some(directory))
    };
    std::env::split_paths(path).filter(move |directory| !is_own(directory))
}

/// Has another program do it all.
pub(crate) fn hand_on(command: &mut Command) -> Outcome<i32> {
    command.status().map(code).map_err(Fail::no_cargo)
}

/// What cargo ends with where something did not compile.
pub(crate) const FAILURE: i32 = 101;

/// What a program ended with; as cargo's own failure if a signal ended it.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(FAILURE)
}

pub(crate) fn metadata(arguments: &[OsString]) -> Outcome<i32> {
    let output =
        cargo().args(arguments).stderr(Stdio::inherit()).output().map_err(Fail::no_cargo)?;
    let this = std::env::current_exe().ok();
    let home = this.as_deref().and_then(Path::parent).and_then(Path::parent);
    let answer = analyzer::shortened(&output.stdout, home).unwrap_or(output.stdout);
    // Who asked may have gone; there is nobody to tell then.
    let _ = std::io::stdout().write_all(&answer);
    Ok(code(output.status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_file_of_its_own() {
        let files = Role::ALL.map(|role| file(Path::new("/home"), role));
        assert_eq!(files[0], Path::new("/home/bin/cargo"));
        let different: std::collections::HashSet<&PathBuf> = files.iter().collect();
        assert_eq!(different.len(), files.len());
    }

    #[test]
    fn a_process_under_its_own_name_stands_in_for_nobody() {
        assert_eq!(Role::of_this_process(), None);
    }

    #[test]
    fn the_real_programs_are_not_looked_for_among_the_stand_ins() {
        let own =
            std::env::current_exe().expect("a program").parent().expect("its place").to_owned();
        let path = std::env::join_paths([own, PathBuf::from("/usr/bin")]).expect("a path");
        let left: Vec<PathBuf> = without_stand_ins(&path).collect();
        assert_eq!(left, [PathBuf::from("/usr/bin")]);
    }
}
