use polars::prelude::DataFrame;

use super::measurer::{Described, Measurer};
use super::{Instrument, InstrumentGrid, ObservableSet};
use crate::error::Result;
use crate::recordings::Recording;
use crate::training::Trajectory;

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
    seen(trajectory, vec![*instrument], observables).table(&Described::by(trajectory))
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
    seen(trajectory, grid.instruments(seed), observables).grid_table(&Described::by(trajectory))
}

/// All checkpoints of a trajectory, measured.
fn seen<'a>(
    trajectory: &'a Trajectory,
    instruments: Vec<Instrument>,
    observables: &'a ObservableSet,
) -> Measurer<'a> {
    let task = &trajectory.experiment.task;
    let classes = Some(task.probe_labels());
    let mut measurer = Measurer::new(0, instruments, observables).with_classes(classes);
    let recordings = trajectory.snapshots.iter().map(|one| Recording::of_snapshot(one, task));
    recordings.for_each(|recording| measurer.see(&recording));
    measurer
}

impl Described {
    /// By the experiment, and by how the network did.
    pub(super) fn by(trajectory: &Trajectory) -> Self {
        let rows = trajectory.snapshots.len() * trajectory.network().depth();
        let keys = trajectory.experiment.key_columns(rows);
        Self { keys, context: trajectory.context_columns() }
    }
}
