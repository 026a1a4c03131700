use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::columns::nullable;
use super::declared::own_column;
use super::layer_view::{Place, Spread};
use super::{Instrument, InstrumentGrid, LayerView, Noise, ObservableSet};
use crate::error::Result;
use crate::network::Activity;
use crate::training::{Snapshot, Trajectory};

/// Measures a trajectory: one row per checkpoint × layer, with the key and context columns and one
/// column per observable (`Float64`; null where a number is not finite or not defined, such as the
/// weight change before the first). Where observables of your own are measured one column more,
/// [`OWN_OBSERVABLES`](super::OWN_OBSERVABLES), names them.
///
/// ```
/// use microlearners::data::{Dataset, Task, TaskSettings};
/// use microlearners::observables::{Instrument, ObservableSet, observe};
/// use microlearners::training::{Experiment, train};
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let trajectory = train(&Experiment::new(&task).batch_size(20))?;
/// let table = observe(&trajectory, &Instrument::perfect(), &ObservableSet::weights())?;
/// assert_eq!(table.height(), trajectory.snapshots.len() * 2);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Setting`](crate::Error::Setting) if the instrument is meaningless, or as
/// [`ObservableSet::check`].
pub fn observe(
    trajectory: &Trajectory,
    instrument: &Instrument,
    observables: &ObservableSet,
) -> Result<DataFrame> {
    observe_run(trajectory, 0, instrument, observables)
}

/// The same with every instrument of a grid, all of one seed: one row per instrument × checkpoint ×
/// layer, with two more key columns, `noise` and `fraction`.
///
/// # Errors
/// [`Setting`](crate::Error::Setting) if the grid is meaningless, or as [`ObservableSet::check`].
pub fn observe_grid(
    trajectory: &Trajectory,
    grid: &InstrumentGrid,
    seed: u64,
    observables: &ObservableSet,
) -> Result<DataFrame> {
    observe_run_grid(trajectory, 0, (grid, seed), observables)
}

/// The same for the network that tables call `run`.
pub(super) fn observe_run_grid(
    trajectory: &Trajectory,
    run: usize,
    (grid, seed): (&InstrumentGrid, u64),
    observables: &ObservableSet,
) -> Result<DataFrame> {
    grid.check()?;
    observables.check()?;
    let instruments = grid.instruments(seed);
    let spreads = spreads_for(trajectory, &instruments);
    let seen_by = |instrument: &Instrument| -> Result<DataFrame> {
        let mut table = table_of(trajectory, run, (instrument, &spreads), observables)?;
        let after = table.get_column_index("depth").map_or(0, |place| place + 1);
        let rows = table.height();
        table.insert_column(
            after,
            Column::new("noise".into(), vec![instrument.noise.level(); rows]),
        )?;
        table.insert_column(
            after + 1,
            Column::new("fraction".into(), vec![instrument.fraction; rows]),
        )?;
        Ok(table)
    };
    let tables: Vec<DataFrame> = instruments.iter().map(seen_by).collect::<Result<_>>()?;
    let mut all = tables[0].clone();
    tables[1..].iter().try_for_each(|table| all.vstack_mut(table).map(drop))?;
    all.rechunk_mut();
    Ok(all)
}

/// [`observe`] for the network that tables call `run`.
pub(super) fn observe_run(
    trajectory: &Trajectory,
    run: usize,
    instrument: &Instrument,
    observables: &ObservableSet,
) -> Result<DataFrame> {
    instrument.check()?;
    observables.check()?;
    let spreads = spreads_for(trajectory, std::slice::from_ref(instrument));
    table_of(trajectory, run, (instrument, &spreads), observables)
}

/// The table that one instrument gives, which has been checked.
fn table_of(
    trajectory: &Trajectory,
    run: usize,
    seen: (&Instrument, &[Spread]),
    observables: &ObservableSet,
) -> Result<DataFrame> {
    observables.check()?;
    let layers = trajectory.network().depth();
    let rows = trajectory.snapshots.len() * layers;
    let mut columns = keys(trajectory, run);
    columns.extend(context(trajectory));
    let values = measure_all(trajectory, run, seen, observables);
    for (name, values) in observables.names().into_iter().zip(values.columns()) {
        columns.push(nullable(&name, values.iter().copied()));
    }
    columns.extend(own_column(&observables.names(), rows));
    Ok(DataFrame::new(rows, columns)?)
}

/// Rows × observables.
fn measure_all(
    trajectory: &Trajectory,
    run: usize,
    (instrument, spreads): (&Instrument, &[Spread]),
    observables: &ObservableSet,
) -> Array2<f64> {
    let layers = trajectory.network().depth();
    let mut values =
        Array2::zeros((trajectory.snapshots.len() * layers, observables.observables.len()));
    let probe = trajectory.experiment.task.probe();
    let mut activity = Activity::new(trajectory.network(), probe.nrows());
    for (checkpoint, snapshot) in trajectory.snapshots.iter().enumerate() {
        snapshot.network.forward(probe.view(), &mut activity);
        for (layer, spread) in spreads.iter().enumerate() {
            let view = LayerView::new(
                &snapshot.network.layers()[layer],
                snapshot.delta.as_ref().map(|delta| &delta.layers()[layer].weights),
                activity.units(layer),
                (instrument, *spread),
                Place { run, checkpoint, layer },
            );
            let row = values.row_mut(checkpoint * layers + layer);
            row.into_iter()
                .zip(&observables.observables)
                .for_each(|(value, o)| *value = o.measure(&view));
        }
    }
    values
}

/// How widely the numbers of each layer scatter before learning, and its first changes; if none of
/// the instruments asks, any.
fn spreads_for(trajectory: &Trajectory, instruments: &[Instrument]) -> Vec<Spread> {
    if !instruments.iter().any(|one| matches!(one.noise, Noise::RelativeToStart(_))) {
        return vec![Spread::default(); trajectory.network().depth()];
    }
    let start = &trajectory.snapshots[0].network;
    let first_change = trajectory.snapshots.iter().find_map(|snapshot| snapshot.delta.as_ref());
    let probe = trajectory.experiment.task.probe();
    let mut activity = Activity::new(start, probe.nrows());
    start.forward(probe.view(), &mut activity);
    let spread = |layer: usize| {
        LayerView::new(
            &start.layers()[layer],
            first_change.map(|change| &change.layers()[layer].weights),
            activity.units(layer),
            (&Instrument::perfect(), Spread::default()),
            Place { run: 0, checkpoint: 0, layer },
        )
        .spread()
    };
    (0..start.depth()).map(spread).collect()
}

fn keys(trajectory: &Trajectory, run: usize) -> Vec<Column> {
    let experiment = &trajectory.experiment;
    let layers = trajectory.network().depth();
    let rows = trajectory.snapshots.len() * layers;
    let per_row = |name: &str, value: &dyn Fn(usize, usize) -> u32| {
        let values: Vec<u32> = (0..rows).map(|row| value(row / layers, row % layers)).collect();
        Column::new(name.into(), values)
    };
    let depth: Vec<&str> = (0..rows).map(|row| depth_name(row % layers, layers)).collect();
    let mut columns = vec![per_row("run", &|_, _| run as u32)];
    columns.extend(experiment.key_columns(rows));
    columns.extend([
        per_row("checkpoint", &|checkpoint, _| checkpoint as u32),
        per_row("step", &|checkpoint, _| trajectory.snapshots[checkpoint].step as u32),
        per_row("layer", &|_, layer| layer as u32 + 1),
        Column::new("depth".into(), depth),
    ]);
    columns
}

/// Context, and what is privileged.
fn context(trajectory: &Trajectory) -> Vec<Column> {
    let layers = trajectory.network().depth();
    let per_row = |name: &str, value: &dyn Fn(&Snapshot, usize) -> f64| {
        let values =
            trajectory.snapshots.iter().flat_map(|s| (0..layers).map(move |layer| value(s, layer)));
        nullable(name, values)
    };
    vec![
        per_row("loss", &|s, _| s.train.loss),
        per_row("accuracy", &|s, _| s.train.accuracy),
        per_row("validation_accuracy", &|s, _| {
            s.validation.map_or(f64::NAN, |score| score.accuracy)
        }),
        per_row("test_accuracy", &|s, _| s.test.accuracy),
        per_row("weight_change", &|s, layer| s.weight_change[layer]),
        per_row("privileged_gradient_angle", &|s, layer| s.gradient_angle[layer]),
        per_row("privileged_feedback_angle", &|s, layer| {
            s.feedback_angle.as_ref().map_or(f64::NAN, |angles| angles[layer])
        }),
        per_row("privileged_feedback_ratio", &|s, layer| {
            s.feedback_ratio.as_ref().map_or(f64::NAN, |ratios| ratios[layer])
        }),
    ]
}

/// The third of the network that the middle of a layer lies in.
fn depth_name(layer: usize, layers: usize) -> &'static str {
    match (2 * layer + 1) * 3 / (2 * layers) {
        0 => "early",
        1 => "middle",
        _ => "deep",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_early_middle_or_deep() {
        assert_eq!([0, 1].map(|l| depth_name(l, 2)), ["early", "deep"]);
        assert_eq!([0, 1, 2].map(|l| depth_name(l, 3)), ["early", "middle", "deep"]);
        assert_eq!(depth_name(0, 1), "middle");
    }
}
