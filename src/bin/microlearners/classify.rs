//! `classify`: which rule was it?

use microlearners::classification::{
    self, CheckpointSelection, Protocol, SampleSpec, SampleUnit, classify_table,
};
use microlearners::{Error, error};

use crate::arguments::{Checkpoints, Classify, Sample};
use crate::{End, observations, out};

/// More splits than any interval needs; catches a mistyped number before it takes for ever.
const MOST_SPLITS: usize = 10_000;

pub(crate) fn classify(options: &Classify) -> Result<u8, End> {
    check(options).map_err(End::not_understood)?;
    let classifier = classification::named(&options.classifier).map_err(End::not_understood)?;
    let table = observations::of(options)?;
    let protocol = Protocol { splits: options.splits, seed: options.seed, ..Protocol::default() };
    let report = classify_table(&table, &view(options), classifier.as_ref(), &protocol)?;
    if options.json {
        out::say_json(&report)?;
    } else {
        out::say(&report.to_string())?;
    }
    Ok(0)
}

fn check(options: &Classify) -> Result<(), Error> {
    error::check_count("--splits", options.splits)?;
    error::check_at_most("--splits", options.splits, MOST_SPLITS)?;
    let label = &options.label;
    match (1..label.len()).find(|&at| label[..at].contains(&label[at])) {
        None => Ok(()),
        Some(at) => {
            Err(Error::setting("--label", &label[at], "it names this column twice; leave one out"))
        }
    }
}

fn view(options: &Classify) -> SampleSpec {
    SampleSpec {
        label: options.label.clone(),
        unit: match options.sample {
            Sample::Layer => SampleUnit::OneLayer,
            Sample::LayerWithoutDepth => SampleUnit::OneLayerWithoutDepth,
            Sample::Ends => SampleUnit::FirstAndLastLayer,
            Sample::Network => SampleUnit::WholeNetwork,
        },
        checkpoints: match options.checkpoints {
            Checkpoints::Last => CheckpointSelection::Last,
            Checkpoints::First => CheckpointSelection::First,
            Checkpoints::All => CheckpointSelection::All,
        },
        observables: options.observables.clone(),
    }
}
