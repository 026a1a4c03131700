//! `train`: the networks of a study.

use std::path::Path;
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};
use microlearners::Error;
use microlearners::studies::{Plan, Watch};

use crate::arguments::Train;
use crate::directory;
use crate::{End, out};

/// More threads than any machine has processors; catches a mistyped number.
const MOST_THREADS: usize = 4096;

pub(crate) fn train(options: &Train) -> Result<u8, End> {
    let plan = plan_of(&options.study)?;
    use_threads(options.threads).map_err(End::not_understood)?;
    let bar = Bar { quiet: options.quiet, bar: OnceLock::new() };
    let study = plan.run_in_watched(&options.out, options.shard, &bar)?;
    directory::report(study.status()?, options.json)?;
    Ok(0)
}

/// The plan of a study's file, tried with its data.
pub(crate) fn plan_of(path: &Path) -> Result<Plan, End> {
    Plan::read_and_try(path).map_err(|error| match error {
        // The file is understood; what it asks for is not there.
        Error::Data { .. } => error.into(),
        Error::File { path: ref other, .. } if other != path => error.into(),
        error => End::not_understood(error),
    })
}

fn use_threads(threads: Option<usize>) -> Result<(), Error> {
    let Some(threads) = threads else { return Ok(()) };
    if !(1..=MOST_THREADS).contains(&threads) {
        let requirement = format!("it must be from 1 to {MOST_THREADS}");
        return Err(Error::setting("--threads", threads, requirement));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(|error| Error::setting("--threads", threads, error.to_string()))
}

/// A bar where somebody watches; indicatif draws nothing into files.
struct Bar {
    quiet: bool,
    bar: OnceLock<ProgressBar>,
}

impl Watch for Bar {
    fn begins(&self, to_train: usize, finished: usize) {
        if finished > 0 && !self.quiet {
            out::tell(&format!("{finished} networks were finished before; {to_train} to train"));
        }
        let bar =
            if self.quiet { ProgressBar::hidden() } else { ProgressBar::new(to_train as u64) };
        let style = "{bar:40} {pos}/{len} networks, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        self.bar.get_or_init(|| bar);
    }

    fn finished_one(&self) {
        if let Some(bar) = self.bar.get() {
            bar.inc(1);
        }
    }

    fn ends(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish();
        }
    }

    fn damaged(&self, sentence: &str) {
        out::tell(sentence);
    }
}
