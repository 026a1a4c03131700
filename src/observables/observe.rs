use polars::prelude::{Column, DataFrame};

use super::columns::nullable;
use super::measurer::Measurer;
use super::{Instrument, InstrumentGrid, ObservableSet};
use crate::error::Result;
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
    instrument.check()?;
    observables.check()?;
    seen(trajectory, vec![*instrument], observables).table(trajectory)
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
    grid.check()?;
    observables.check()?;
    seen(trajectory, grid.instruments(seed), observables).grid_table(trajectory)
}

/// All checkpoints of a trajectory, measured.
fn seen<'a>(
    trajectory: &'a Trajectory,
    instruments: Vec<Instrument>,
    observables: &'a ObservableSet,
) -> Measurer<'a> {
    let mut measurer = Measurer::new(&trajectory.experiment, 0, instruments, observables);
    trajectory.snapshots.iter().for_each(|snapshot| measurer.see(snapshot));
    measurer
}

pub(super) fn keys(trajectory: &Trajectory, run: usize) -> Vec<Column> {
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
pub(super) fn context(trajectory: &Trajectory) -> Vec<Column> {
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
