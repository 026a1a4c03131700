//! The mechanisms of many networks.

use polars::functions::concat_df_horizontal;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::{Access, Measures};
use crate::display::Progress;
use crate::training::{Experiment, RecordedBatch, record_batches};
use crate::{Error, Result};

/// Steps that are recorded at each moment.
const STEPS: usize = 8;

/// Fewer cannot be measured.
const FEWEST: usize = 3;

/// Trains each experiment, records eight consecutive steps after a tenth of its training, at half of
/// it and at its end, and measures them through every access: a row per experiment and access, with
/// `run`, the experiment's keys, `change_noise`, `activity_noise`, `units`, `steps`, every measure and `named`
/// (the name by [`Measures::name`]).
///
/// Of a network that diverges on the way only what was recorded before counts: the first moment, or
/// the first eight or three steps of all.
///
/// # Errors
/// [`Error::Setting`] without experiments or access, or if a setting is meaningless;
/// [`Error::Samples`] if a network diverges within its first three steps or has no hidden layer.
pub fn mechanisms(experiments: &[Experiment], accesses: &[Access]) -> Result<DataFrame> {
    let (Some(_), Some(_)) = (experiments.first(), accesses.first()) else {
        let requirement = "give at least one experiment and one access";
        return Err(Error::setting("experiments", "empty", requirement));
    };
    let progress = Progress::new("networks", experiments.len());
    let rows: Vec<Vec<Measures>> = experiments
        .par_iter()
        .map(|experiment| {
            let batches = recorded(experiment)?;
            let seen = |access: &Access| Measures::of(&access.to(&batches)?);
            let measures = accesses.iter().map(seen).collect();
            progress.advance(1);
            measures
        })
        .collect::<Result<_>>()?;
    let tables = experiments.iter().zip(&rows).enumerate();
    let tables = tables.map(|(run, (experiment, measures))| {
        let mut columns = vec![Column::new("run".into(), vec![run as u32; measures.len()])];
        columns.extend(experiment.key_columns(measures.len()));
        columns.extend(access_columns(accesses));
        let keys = DataFrame::new(measures.len(), columns)?;
        let names: Vec<String> = measures.iter().map(|one| one.name().name).collect();
        let mut found = Measures::table(measures)?;
        // The experiment has a column of that name.
        found.rename("learning_rate", "measured_learning_rate".into())?;
        found.with_column(Column::new("named".into(), names))?;
        Ok(concat_df_horizontal(&[keys, found], true, false, false)?)
    });
    let tables: Vec<DataFrame> = tables.collect::<Result<_>>()?;
    let mut all = tables[0].clone();
    tables[1..].iter().try_for_each(|table| all.vstack_mut(table).map(drop))?;
    all.rechunk_mut();
    Ok(all)
}

fn recorded(experiment: &Experiment) -> Result<Vec<RecordedBatch>> {
    let steps = experiment.steps();
    let moments = [steps / 10, steps / 2, steps.saturating_sub(STEPS + 1)];
    record_batches(experiment, &moments, STEPS)
        .or_else(|_| record_batches(experiment, &moments[..1], STEPS))
        .or_else(|_| record_batches(experiment, &[0], STEPS))
        .or_else(|_| record_batches(experiment, &[0], FEWEST))
}

fn access_columns(accesses: &[Access]) -> Vec<Column> {
    let column = |name: &str, of: fn(&Access) -> f64| {
        Column::new(name.into(), accesses.iter().map(of).collect::<Vec<f64>>())
    };
    vec![
        column("change_noise", |one| one.change_noise),
        column("activity_noise", |one| one.activity_noise),
        column("units", |one| one.units),
        column("steps", |one| one.steps.unwrap_or(STEPS) as f64),
    ]
}
