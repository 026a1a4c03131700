//! `classify`: which rule was it?

use microlearners::classification::{self, Protocol, Unit, View, When, classify_table};
use microlearners::polars::prelude::{DataFrame, UnionArgs, col, concat, lit};
use microlearners::studies::RunDirectory;
use microlearners::{Error, error};

use crate::arguments::{Checkpoints, Classify, Sample};
use crate::{End, out};

pub(crate) fn classify(options: &Classify) -> Result<u8, End> {
    error::check_count("--splits", options.splits).map_err(End::not_understood)?;
    let classifier = classification::named(&options.classifier).map_err(End::not_understood)?;
    let table = observations(options)?;
    let protocol = Protocol { splits: options.splits, seed: options.seed, ..Protocol::default() };
    let report = classify_table(&table, &view(options), classifier.as_ref(), &protocol)?;
    if options.json {
        out::say_json(&report)?;
    } else {
        out::say(&report.to_string())?;
    }
    Ok(0)
}

/// The observations of all directories, their runs counted on.
fn observations(options: &Classify) -> Result<DataFrame, Error> {
    let (mut tables, mut runs) = (Vec::new(), 0_u32);
    for path in &options.directories {
        let directory = RunDirectory::open(path)?;
        let status = directory.status()?;
        if !status.is_complete() {
            out::tell(&format!("note: {status}; only these are classified"));
        }
        tables.push(directory.observations()?.with_column(col("run") + lit(runs)));
        runs += directory.networks() as u32;
    }
    Ok(concat(tables, UnionArgs::default())?.collect()?)
}

fn view(options: &Classify) -> View {
    View {
        label: options.label.clone(),
        unit: match options.sample {
            Sample::Layer => Unit::OneLayer,
            Sample::LayerWithoutDepth => Unit::OneLayerWithoutDepth,
            Sample::Ends => Unit::FirstAndLastLayer,
            Sample::Network => Unit::WholeNetwork,
        },
        checkpoints: match options.checkpoints {
            Checkpoints::Last => When::Last,
            Checkpoints::First => When::First,
            Checkpoints::All => When::All,
        },
        observables: options.observables.clone(),
    }
}
