//! `cargo lab run`: notebooks without a browser, strictly.

use crate::cli::RunOptions;
use crate::disk;
use crate::fail::Outcome;
use crate::jupyter;
use crate::names;
use crate::paths::Lab;
use crate::setup::{self, Ready};
use std::process::Command;

const RUNNER: &str = include_str!("../python/run.py");

pub(crate) fn run(lab: &Lab, options: &RunOptions) -> Outcome<()> {
    let notebooks = names::choose(&options.names, &names::known(&lab.notebooks())?)?;
    let ready = setup::everything(lab)?;
    let mut runner = runner(&ready)?;
    if options.update {
        runner.arg("--update").env("MICROLEARNERS_FIGURES", lab.checkout.join("figures"));
    }
    if options.quick {
        runner.env("MICROLEARNERS_QUICK", "1");
    }
    if let Some(seconds) = options.timeout {
        runner.arg("--timeout").arg(seconds.to_string());
    }
    if let Some(jobs) = options.jobs {
        runner.arg("--jobs").arg(jobs.to_string());
    }
    runner.arg("--private").arg(&lab.checkout);
    if let Some(home) = std::env::var_os("HOME").filter(|home| home.len() > 1) {
        runner.arg("--private").arg(home);
    }
    runner.args(notebooks.iter().map(|name| lab.notebook(name)));
    jupyter::replace_with(runner)
}

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

fn runner(ready: &Ready) -> Outcome<Command> {
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
