//! `cargo lab inspect`: notebooks as a reader sees them, in a headless Chromium.

use crate::cli::{InspectOptions, Running};
use crate::disk;
use crate::fail::{Fail, Outcome};
use crate::jupyter;
use crate::names;
use crate::paths::Lab;
use crate::python;
use crate::runner;
use crate::setup;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The programs, which import one another and the runner.
const PROGRAMS: [(&str, &str); 4] = [
    ("browse.py", include_str!("../python/browse.py")),
    ("chromium.py", include_str!("../python/chromium.py")),
    ("sight.py", include_str!("../python/sight.py")),
    ("sight.js", include_str!("../python/sight.js")),
];
/// What Chromium, or a browser made from it, is called.
const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

pub(crate) fn inspect(lab: &Lab, options: &InspectOptions) -> Outcome<()> {
    let notebooks = names::choose(&options.names, &names::known(&lab.notebooks())?)?;
    let to_run = match &options.run {
        None => Vec::new(),
        Some(Running::All) => notebooks.clone(),
        Some(Running::These(names)) => names::choose(names, &notebooks)?,
    };
    let Some(chromium) = chromium(&std::env::var_os("PATH").unwrap_or_default()) else {
        println!("skipped: no chromium on the path; install one to have the notebooks looked at.");
        return Ok(());
    };
    let python = if to_run.is_empty() { prepare(lab)? } else { setup::everything(lab)?.python };
    runner::install(lab)?;
    for (name, text) in PROGRAMS {
        disk::write(&lab.home().join(name), text)?;
    }
    let mut browse = jupyter::python(lab, &python);
    browse.arg(lab.home().join(PROGRAMS[0].0)).arg("--chromium").arg(chromium);
    browse.arg("--log").arg(lab.inspection_log());
    for name in &to_run {
        browse.arg("--run").arg(lab.notebook(name));
    }
    if let Some(directory) = &options.keep {
        let absolute = std::path::absolute(directory)
            .map_err(|error| Fail::file("find", directory, &error))?;
        browse.arg("--keep").arg(absolute);
    }
    browse.args(notebooks.iter().map(|name| lab.notebook(name)));
    jupyter::replace_with(browse)
}

/// What it takes to read notebooks without running them.
fn prepare(lab: &Lab) -> Outcome<PathBuf> {
    let _lock =
        disk::lock(&lab.lock_file(), "Waiting for another `cargo lab` to finish setting up.")?;
    jupyter::configure_server(lab)?;
    python::ensure(lab)
}

fn chromium(path: &OsStr) -> Option<PathBuf> {
    let directories: Vec<PathBuf> = std::env::split_paths(path).collect();
    BROWSERS
        .iter()
        .flat_map(|name| directories.iter().map(move |directory| directory.join(name)))
        .find(|program| is_program(program))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_browser_there_is_none() {
        assert_eq!(chromium(OsStr::new("")), None);
        assert_eq!(chromium(OsStr::new("/nowhere:/neither")), None);
    }
}
