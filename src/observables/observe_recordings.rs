use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame, DataType};
use rayon::prelude::*;

use super::measurer::{Described, Measurer};
use super::{CONTEXT_COLUMNS, EXPERIMENT_COLUMNS, Instrument, NETWORK, ObservableSet};
use crate::error::{Error, Result};
use crate::recordings::{RecordedNetwork, Recording};

/// Measures recorded networks as [`observe`](super::observe) measures a trajectory: one row per
/// network × checkpoint × layer. `run` counts the networks from 0 and `network` has their names.
///
/// Key columns that no network knows are left out, `rule` apart, which is `unknown` where it is not
/// known; the columns of notes come last ([`NOTE_PREFIX`](crate::recordings::NOTE_PREFIX)). What was
/// not measured is null: observables of changes without changes, those of activity without activity,
/// and context. `weight_change` is computed from the weights where the first checkpoint is step 0.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let trajectory = train(&Experiment::new(&task).batch_size(20))?;
/// let (instrument, observables) = (Instrument::perfect(), ObservableSet::default());
/// let mut table =
///     observe_recordings(&[RecordedNetwork::of(&trajectory)?], &instrument, &observables)?;
/// let _ = table.drop_in_place("network")?;
/// assert!(table.equals_missing(&observe(&trajectory, &instrument, &observables)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Samples`](Error::Samples) if there is no network; [`Setting`](Error::Setting) if the
/// instrument is meaningless, or as [`ObservableSet::check`].
pub fn observe_recordings(
    networks: &[RecordedNetwork],
    instrument: &Instrument,
    observables: &ObservableSet,
) -> Result<DataFrame> {
    if networks.is_empty() {
        return Err(Error::Samples("there is no network to observe; record at least one".into()));
    }
    instrument.check()?;
    observables.check()?;
    let measure = |(run, network): (usize, &RecordedNetwork)| {
        let measurer = Measurer::new(run, vec![*instrument], observables);
        let mut measurer = measurer.with_classes(network.stimulus_classes());
        network.recordings().iter().for_each(|recording| measurer.see(recording));
        let (keys, notes) = split(network, networks, measurer.height())?;
        let context = context(network, measurer.height())?;
        let mut table = measurer.table(&Described { keys, context })?;
        notes.into_iter().try_for_each(|note| table.with_column(note).map(drop))?;
        Ok(table)
    };
    let tables: Vec<DataFrame> =
        networks.par_iter().enumerate().map(measure).collect::<Result<_>>()?;
    let mut all = concat_df_diagonal(&tables)?;
    all.rechunk_mut();
    Ok(all)
}

/// Its name, the key columns that some network has, and its notes, `rows` times.
fn split(
    network: &RecordedNetwork,
    all: &[RecordedNetwork],
    rows: usize,
) -> Result<(Vec<Column>, Vec<Column>)> {
    let repeat = |column: &Column| column.new_from_index(0, rows).take_materialized_series().into();
    let mut keys = vec![Column::new(NETWORK.into(), vec![network.name.as_str(); rows])];
    for name in EXPERIMENT_COLUMNS {
        let has = |one: &RecordedNetwork| one.keys().column(name).is_ok();
        // Empty, the seed of initial weights would be no group of its own.
        let is_wanted = match *name {
            "model_seed" | "data_seed" => all.iter().all(has),
            name => name == "rule" || all.iter().any(has),
        };
        match network.keys().column(name) {
            _ if !is_wanted => {}
            Ok(column) => keys.push(repeat(column)),
            Err(_) if *name == "rule" => {
                keys.push(Column::new("rule".into(), vec!["unknown"; rows]));
            }
            Err(_) => {
                let of_others = all.iter().find_map(|one| one.keys().column(name).ok());
                let kind = of_others.map_or(DataType::Null, |column| column.dtype().clone());
                keys.push(Column::full_null((*name).into(), rows, &kind));
            }
        }
    }
    let is_note = |column: &&Column| !EXPERIMENT_COLUMNS.contains(&column.name().as_str());
    let notes = network.keys().columns().iter().filter(is_note).map(repeat);
    Ok((keys, notes.collect()))
}

/// How the network was doing, as far as that is known.
fn context(network: &RecordedNetwork, rows: usize) -> Result<Vec<Column>> {
    if network.context.height() == rows {
        return Ok(network.context.columns().to_vec());
    }
    let column = |name: &&str| match *name {
        "weight_change" => super::columns::nullable(name, weight_changes(network.recordings())),
        name => Column::full_null(name.into(), rows, &DataType::Float64),
    };
    Ok(CONTEXT_COLUMNS.iter().map(column).collect())
}

/// ‖W − W₀‖/‖W₀‖ of each layer at each checkpoint, if the first is before learning.
fn weight_changes(recordings: &[Recording]) -> Vec<f64> {
    let first = &recordings[0];
    let of_layers = |recording: &Recording| -> Vec<f64> {
        let pairs = recording.layers.iter().zip(&first.layers);
        let changes = pairs.map(|(now, start)| {
            let numbers = now.weights.iter().zip(&start.weights);
            let (mut moved, mut size) = (0.0_f64, 0.0_f64);
            for (&now, &start) in numbers {
                moved += (f64::from(now) - f64::from(start)).powi(2);
                size += f64::from(start).powi(2);
            }
            if first.step == 0 { (moved / size).sqrt() } else { f64::NAN }
        });
        changes.collect()
    };
    recordings.iter().flat_map(of_layers).collect()
}
