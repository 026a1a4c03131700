use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use super::observe::observe_run;
use super::{Instrument, ObservableSet};
use crate::error::{Error, Result};
use crate::training::{Experiment, Outcome, Study, Trajectory, train};

/// What a study leaves behind.
#[derive(Clone, Debug)]
pub struct Records {
    /// One row per network × checkpoint × layer: keys, context, observables. The table classifiers learn from.
    pub observations: DataFrame,
    /// One row per network × checkpoint: loss, accuracies, weight changes. The table of learning curves.
    pub histories: DataFrame,
    /// One row per network: rule, seeds, outcome, test accuracy on the whole test set.
    pub networks: DataFrame,
}

impl Study {
    /// Trains and measures every network, several at a time; a network's weights are let go once it has been
    /// measured. The tables do not depend on the number of threads.
    ///
    /// # Errors
    /// [`Setting`](Error::Setting) if a setting of an experiment or of the instrument is meaningless, before any network is
    /// trained; [`Samples`](Error::Samples) if there is no experiment.
    pub fn run(&self, instrument: &Instrument, observables: &ObservableSet) -> Result<Records> {
        if self.experiments.is_empty() {
            return Err(Error::Samples(
                "the study has no experiments; give it at least one rule and one seed".into(),
            ));
        }
        instrument.check()?;
        self.experiments.iter().try_for_each(Experiment::check)?;
        let measured: Result<Vec<Measured>> = self
            .experiments
            .par_iter()
            .enumerate()
            .map(|(run, experiment)| {
                let measured = Measured::new(&train(experiment)?, run, instrument, observables);
                measured
            })
            .collect();
        Records::from_measured(&measured?)
    }
}

/// The three tables of one network.
struct Measured {
    observations: DataFrame,
    history: DataFrame,
    network: DataFrame,
}

impl Measured {
    fn new(
        trajectory: &Trajectory,
        run: usize,
        instrument: &Instrument,
        observables: &ObservableSet,
    ) -> Result<Self> {
        let mut history = trajectory.history()?;
        history.insert_column(0, Column::new("run".into(), vec![run as u32; history.height()]))?;
        Ok(Self {
            observations: observe_run(trajectory, run, instrument, observables)?,
            history,
            network: network_row(trajectory, run)?,
        })
    }
}

impl Records {
    fn from_measured(measured: &[Measured]) -> Result<Self> {
        // Diagonally: networks of different depth have different columns in their histories.
        let stack = |part: fn(&Measured) -> &DataFrame| -> Result<DataFrame> {
            let parts: Vec<DataFrame> = measured.iter().map(|m| part(m).clone()).collect();
            let mut table = concat_df_diagonal(&parts)?;
            table.rechunk_mut();
            Ok(table)
        };
        Ok(Self {
            observations: stack(|m| &m.observations)?,
            histories: stack(|m| &m.history)?,
            networks: stack(|m| &m.network)?,
        })
    }
}

fn network_row(trajectory: &Trajectory, run: usize) -> Result<DataFrame> {
    let experiment = &trajectory.experiment;
    let outcome = match trajectory.outcome {
        Outcome::Finished => "finished".to_owned(),
        Outcome::Diverged { step } => format!("diverged at step {step}"),
    };
    let columns = vec![
        Column::new("run".into(), [run as u32]),
        Column::new("rule".into(), [experiment.rule.about().name]),
        Column::new("learning_rate".into(), [experiment.effective_learning_rate()]),
        Column::new("model_seed".into(), [experiment.seeds.model]),
        Column::new("data_seed".into(), [experiment.seeds.data]),
        Column::new("outcome".into(), [outcome]),
        Column::new("settled".into(), [trajectory.settled]),
        Column::new("test_loss".into(), [trajectory.test.loss]),
        Column::new("test_accuracy".into(), [trajectory.test.accuracy]),
    ];
    Ok(DataFrame::new(1, columns)?)
}
