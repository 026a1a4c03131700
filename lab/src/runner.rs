//! The program that runs notebooks without a browser.

use crate::disk;
use crate::fail::Outcome;
use crate::jupyter;
use crate::paths::Lab;
use crate::ready::Ready;
use std::process::Command;

const RUNNER: &str = include_str!("../python/run.py");

/// Sees that a kernel starts, loads the library and answers.
pub(crate) fn check(ready: &Ready) -> Outcome<bool> {
    let mut runner = runner(ready)?;
    runner.arg("--check").arg(ready.lab.notebooks());
    let status =
        runner.status().map_err(|error| crate::fail::Fail::file("start", &ready.python, &error))?;
    Ok(status.success())
}

/// Writes the runner where Python finds it.
pub(crate) fn install(lab: &Lab) -> Outcome<()> {
    disk::write(&lab.runner(), RUNNER)
}

pub(crate) fn runner(ready: &Ready) -> Outcome<Command> {
    let lab = &ready.lab;
    install(lab)?;
    let mut command = jupyter::python(lab, &ready.python);
    command
        .arg(lab.runner())
        .arg("--log")
        .arg(lab.kernel_log())
        .env("MICROLEARNERS_STRICT", "1")
        .env("MICROLEARNERS_HEADLESS", "1")
        .env_remove("MICROLEARNERS_FIGURES")
        .env_remove("MICROLEARNERS_QUICK");
    Ok(command)
}
