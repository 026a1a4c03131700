//! The Python environment: JupyterLab and what the runner needs, at pinned versions.

use crate::disk;
use crate::environment;
use crate::fail::{Fail, Outcome};
use crate::paths::{Lab, hash};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Output;

const REQUIREMENTS: &str = include_str!("../python/requirements.txt");
const CONSTRAINTS: &str = include_str!("../python/constraints.txt");
/// Written last, so that an interrupted installation is not taken for a whole one.
const STAMP: &str = "microlearners-complete";
/// The oldest Python that all the pinned packages support.
const OLDEST: (u32, u32) = (3, 11);
const CANDIDATES: [&str; 6] =
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];

/// The environment's directory is named after its pins: a changed pin makes a new one.
pub(crate) fn directory(lab: &Lab) -> PathBuf {
    lab.cache.join(format!("python-{}", pins(REQUIREMENTS, CONSTRAINTS)))
}

fn pins(requirements: &str, constraints: &str) -> String {
    format!("{:016x}", hash(&[requirements.as_bytes(), constraints.as_bytes()]))
}

/// The environment's interpreter, if it is whole and starts.
pub(crate) fn installed(lab: &Lab) -> Option<PathBuf> {
    let directory = directory(lab);
    let python = interpreter(&directory);
    let starts = || {
        python_command(&python)
            .args(["-c", ""])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    (directory.join(STAMP).is_file() && starts()).then_some(python)
}

/// Makes the environment unless it is there.
pub(crate) fn ensure(lab: &Lab) -> Outcome<PathBuf> {
    if let Some(python) = installed(lab) {
        return Ok(python);
    }
    let base = find()?;
    let directory = directory(lab);
    if directory.exists() {
        println!("Removing a Python environment that is not whole.");
        disk::remove(&directory)?;
    }
    println!("Installing JupyterLab into {} (about 250 MB, a minute or two).", directory.display());
    disk::make_directory(&lab.cache)?;
    make(&base, &directory).inspect_err(|_| {
        let _ = disk::remove(&directory);
    })?;
    Ok(interpreter(&directory))
}

fn make(base: &Path, directory: &Path) -> Outcome<()> {
    let made = output(base, [OsStr::new("-m"), OsStr::new("venv"), directory.as_os_str()])?;
    if !made.status.success() {
        return Err(no_venv(base, &made));
    }
    let requirements = directory.join("requirements.txt");
    let constraints = directory.join("constraints.txt");
    disk::write(&requirements, REQUIREMENTS)?;
    disk::write(&constraints, CONSTRAINTS)?;
    let flags = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--no-cache-dir",
        "--disable-pip-version-check",
    ];
    let mut arguments: Vec<OsString> = flags.map(OsString::from).to_vec();
    arguments.extend(["-r".into(), requirements.into(), "-c".into(), constraints.into()]);
    let installed = output(&interpreter(directory), arguments)?;
    if !installed.status.success() {
        return Err(no_packages(&installed));
    }
    disk::write(&directory.join(STAMP), "")
}

fn interpreter(directory: &Path) -> PathBuf {
    directory.join("bin").join("python")
}

/// A Python that ignores the user's own packages and settings.
fn python_command(python: &Path) -> std::process::Command {
    let mut command = environment::command(python);
    command.arg("-I");
    command
}

fn output(
    python: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Outcome<Output> {
    python_command(python)
        .args(arguments)
        .output()
        .map_err(|error| Fail::file("start", python, &error))
}

/// The interpreter to make the environment with.
fn find() -> Outcome<PathBuf> {
    let asked = std::env::var_os("MICROLEARNERS_PYTHON").filter(|asked| !asked.is_empty());
    let candidates: Vec<PathBuf> = match &asked {
        Some(asked) => vec![asked.into()],
        None => CANDIDATES.map(PathBuf::from).to_vec(),
    };
    let found: Vec<(PathBuf, (u32, u32))> = candidates
        .iter()
        .filter_map(|candidate| Some((candidate.clone(), version(candidate)?)))
        .collect();
    if let Some((python, _)) = found.iter().find(|(_, version)| *version >= OLDEST) {
        return Ok(python.clone());
    }
    let (major, minor) = OLDEST;
    let seen = match (asked, found.first()) {
        (_, Some((python, (a, b)))) => format!("{} is Python {a}.{b}", python.display()),
        (Some(asked), None) => {
            format!("MICROLEARNERS_PYTHON names {}, which does not start", asked.display())
        }
        (None, None) => "there is no python3 on the path".to_owned(),
    };
    Err(Fail::new(format!(
        "JupyterLab needs Python {major}.{minor} or newer, and {seen}; install one, or name it in MICROLEARNERS_PYTHON."
    )))
}

fn version(python: &Path) -> Option<(u32, u32)> {
    let output = output(python, ["-c", "import sys; print(*sys.version_info[:2])"]).ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

fn no_venv(base: &Path, output: &Output) -> Fail {
    let text = said(output);
    if text.contains("ensurepip") || text.contains("No module named venv") {
        return Fail::new(format!(
            "{} cannot make an environment without its venv and ensurepip modules; install them (on Debian and Ubuntu: `apt install python3-venv`) and run this again.",
            base.display()
        ));
    }
    Fail::new(format!("{} could not make an environment: {}", base.display(), last_line(&text)))
}

fn no_packages(output: &Output) -> Fail {
    let text = said(output);
    // What pip says when it cannot reach the index, or reaches one without these packages.
    let index = [
        "NewConnectionError",
        "ConnectTimeout",
        "ProxyError",
        "No matching distribution",
        "ResolutionImpossible",
    ];
    if index.iter().any(|sign| text.contains(sign)) {
        return Fail::new(
            "pip could not get the pinned packages; connect to the network, or set PIP_INDEX_URL to a mirror that has them, and run this again.",
        );
    }
    let reason =
        text.lines().rfind(|line| line.starts_with("ERROR")).unwrap_or_else(|| last_line(&text));
    Fail::new(format!(
        "pip could not install JupyterLab; nothing was kept, so run this again once it can: {reason}"
    ))
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn last_line(text: &str) -> &str {
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_pin_names_another_environment() {
        let name = pins(REQUIREMENTS, CONSTRAINTS);
        assert_eq!(name.len(), 16);
        assert_ne!(name, pins(&REQUIREMENTS.replace("nbclient==", "nbclient==9"), CONSTRAINTS));
        assert_ne!(name, pins(REQUIREMENTS, &CONSTRAINTS.replace("tornado==", "tornado==9")));
    }

    #[test]
    fn every_requirement_is_pinned_and_agrees_with_the_constraints() {
        for line in REQUIREMENTS.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.contains("=="), "{line} is not pinned");
            assert!(
                CONSTRAINTS.lines().any(|constraint| constraint == line),
                "{line} is not among the constraints"
            );
        }
    }

    #[test]
    fn reads_versions() {
        assert_eq!(parse_version("3 11\n"), Some((3, 11)));
        assert_eq!(parse_version(""), None);
        assert_eq!(parse_version("Python was not found"), None);
    }
}
