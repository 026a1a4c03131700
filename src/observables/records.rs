use std::fmt;

use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::columns::nullable;
use super::measurer::{Described, Measurer, instruments_of};
use super::{Instrument, InstrumentGrid, ObservableSet};
use crate::display::Progress;
use crate::error::Result;
use crate::recordings::Recording;
use crate::training::{Calibration, Experiment, Keep, Snapshot, Study, Trajectory, train_seen};

/// What a study leaves behind.
#[derive(Clone, Debug)]
pub struct Records {
    /// One row per network × checkpoint × layer: keys, context, observables. The table classifiers
    /// learn from.
    pub observations: DataFrame,
    /// One row per network × checkpoint: loss, accuracies, weight changes. The table of learning
    /// curves.
    pub histories: DataFrame,
    /// One row per network: rule, seeds, outcome, and on the whole test set loss, accuracy and
    /// calibration.
    pub networks: DataFrame,
}

impl Study {
    /// Trains every network and measures the standard observables of all its layers with a perfect
    /// instrument; see [`run_with`](Self::run_with).
    ///
    /// # Errors
    /// As [`run_with`](Self::run_with).
    pub fn run(&self) -> Result<Records> {
        self.run_with(&Instrument::perfect(), &ObservableSet::default())
    }

    /// Trains and measures every network, several at a time; a network's weights are let go once it
    /// has been measured. The tables do not depend on the number of threads.
    ///
    /// # Errors
    /// [`Setting`](crate::Error::Setting) if a setting of an experiment or of the instrument is
    /// meaningless, an experiment is there twice, or observables have names that collide, before
    /// any network is trained; [`Samples`](crate::Error::Samples) if there is no experiment.
    pub fn run_with(
        &self,
        instrument: &Instrument,
        observables: &ObservableSet,
    ) -> Result<Records> {
        self.measured(instrument, None, observables)
    }

    /// The same with every instrument of a grid, whose seed is 0: networks are trained once, and
    /// the observations have two more key columns, `noise` and `fraction`.
    ///
    /// # Errors
    /// As [`run_with`](Self::run_with).
    pub fn run_grid(&self, grid: &InstrumentGrid, observables: &ObservableSet) -> Result<Records> {
        self.measured(&Instrument::perfect(), Some(grid), observables)
    }

    fn measured(
        &self,
        instrument: &Instrument,
        grid: Option<&InstrumentGrid>,
        observables: &ObservableSet,
    ) -> Result<Records> {
        self.check(instrument, grid, observables)?;
        let progress = Progress::new("networks", self.experiments.len());
        let measure = |(run, experiment): (usize, &Experiment)| {
            let seen = (instrument, grid, observables);
            let (measured, _) = Records::measure(experiment, run, seen, Keep::Last)?;
            progress.advance(1);
            Ok(measured)
        };
        let measured: Result<Vec<Records>> =
            self.experiments.par_iter().enumerate().map(measure).collect();
        progress.finish();
        Records::joined(&measured?)
    }

    /// Rejects what cannot be run.
    pub(crate) fn check(
        &self,
        instrument: &Instrument,
        grid: Option<&InstrumentGrid>,
        observables: &ObservableSet,
    ) -> Result<()> {
        self.check_experiments()?;
        observables.check()?;
        instrument.check()?;
        grid.map_or(Ok(()), InstrumentGrid::check)
    }
}

impl Records {
    /// Trains a network and measures it at every checkpoint: its three tables, and the trajectory,
    /// which has the networks that are kept. What is seen has been checked.
    pub(crate) fn measure(
        experiment: &Experiment,
        run: usize,
        (instrument, grid, observables): (&Instrument, Option<&InstrumentGrid>, &ObservableSet),
        keep: Keep,
    ) -> Result<(Self, Trajectory)> {
        let instruments = instruments_of(instrument, grid);
        let classes = Some(experiment.task.probe_labels());
        let mut measurer = Measurer::new(run, instruments, observables).with_classes(classes);
        let see = &mut |snapshot: &Snapshot| {
            measurer.see(&Recording::of_snapshot(snapshot, &experiment.task));
        };
        let trajectory = train_seen(experiment, keep, see)?;
        let network = Described::by(&trajectory);
        let mut histories = trajectory.history()?;
        let runs = vec![run as u32; histories.height()];
        histories.insert_column(0, Column::new("run".into(), runs))?;
        let observations = match grid {
            None => measurer.table(&network)?,
            Some(_) => measurer.grid_table(&network)?,
        };
        let networks = network_row(&trajectory, run)?;
        Ok((Self { observations, histories, networks }, trajectory))
    }

    /// The tables of networks that have numbers of their own already.
    fn joined(measured: &[Self]) -> Result<Self> {
        // Diagonally: networks of different depth have different columns in their histories.
        let stack = |part: fn(&Self) -> &DataFrame| -> Result<DataFrame> {
            let parts: Vec<DataFrame> = measured.iter().map(|m| part(m).clone()).collect();
            let mut table = concat_df_diagonal(&parts)?;
            table.rechunk_mut();
            Ok(table)
        };
        Ok(Self {
            observations: stack(|m| &m.observations)?,
            histories: stack(|m| &m.histories)?,
            networks: stack(|m| &m.networks)?,
        })
    }
}

fn network_row(trajectory: &Trajectory, run: usize) -> Result<DataFrame> {
    let mut columns = vec![Column::new("run".into(), [run as u32])];
    columns.extend(trajectory.experiment.key_columns(1));
    let calibration = |of: fn(&Calibration) -> f64| [trajectory.calibration.as_ref().map(of)];
    columns.extend([
        Column::new("outcome".into(), [trajectory.outcome.to_string()]),
        Column::new("settled".into(), [trajectory.settled]),
        nullable("test_loss", [trajectory.test.loss]),
        Column::new("test_accuracy".into(), [trajectory.test.accuracy_if_any()]),
        Column::new("confidence".into(), calibration(|c| c.confidence)),
        Column::new("calibration_error".into(), calibration(|c| c.error)),
        Column::new("brier_score".into(), calibration(|c| c.brier)),
    ]);
    Ok(DataFrame::new(1, columns)?)
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} networks: .observations has {} rows × {} columns, .histories {} rows, .networks {} rows",
            self.networks.height(),
            self.observations.height(),
            self.observations.width(),
            self.histories.height(),
            self.networks.height()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::observables::{LayerView, Observable, observe};
    use crate::training::train;

    #[derive(Debug)]
    struct Called(&'static str);

    impl Observable for Called {
        fn name(&self) -> String {
            self.0.to_owned()
        }

        fn measure(&self, _: &LayerView<'_>) -> f64 {
            panic!("{} is refused before anything is measured", self.0)
        }
    }

    fn experiment() -> Experiment {
        let settings = TaskSettings { probe_stimuli: 10, ..TaskSettings::default() };
        Experiment::new(&Task::classification(&Dataset::synthetic(0), &settings).unwrap())
            .batch_size(20)
            .epochs(1)
    }

    #[test]
    fn an_own_observable_with_the_name_of_another_column_is_refused_before_training() {
        let study = Study::of(experiment()).seeds(1);
        let trajectory = train(&experiment()).unwrap();
        for name in
            ["layer", "accuracy", "noise", "", " ", "a@3", "depth=1", "a\nb", "weights", "weight"]
        {
            let set = ObservableSet::weights().with(Called(name));
            let told = study.run_with(&Instrument::perfect(), &set).unwrap_err().to_string();
            let shown = name.escape_default();
            assert!(told.starts_with(&format!("an observable is called \"{shown}\"")), "{told}");
            let again = observe(&trajectory, &Instrument::perfect(), &set).unwrap_err();
            assert_eq!(again.to_string(), told);
        }
        assert!(ObservableSet::everything().with(Called("privileged_angle")).check().is_ok());
    }
}
