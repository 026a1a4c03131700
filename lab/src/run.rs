//! `cargo lab run`: notebooks without a browser, strictly.

use crate::cli::RunOptions;
use crate::fail::Outcome;
use crate::jupyter;
use crate::names;
use crate::paths::Lab;
use crate::runner::runner;
use crate::setup;

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
