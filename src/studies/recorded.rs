//! Networks of a study as recordings.

use polars::prelude::DataFrame;

use super::{RunDirectory, SavedNetwork};
use crate::error::{Error, Result};
use crate::recordings::{RecordedNetwork, Recording};

impl RunDirectory {
    /// The saved networks of these runs ([`weights`](Self::weights)) as recordings: their weights,
    /// and the activity of a forward pass on the probe stimuli of their task. The last changes of
    /// weights are not saved, so that observables of these are null. A network is called by the
    /// number of its run.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let (tasks, weights) = (vec![TaskPlan::synthetic()], SavedWeights::Checkpoints);
    /// let plan = Plan { tasks, weights, epochs: 1, batch_sizes: vec![50], ..Plan::of(&Design::moving(), 1) };
    /// # let plan = Plan { checkpoints: Checkpoints::Count(3), ..plan };
    /// let folder = std::env::temp_dir().join(format!("microlearners-recorded-{}", std::process::id()));
    /// let networks = plan.run_in(&folder)?.recorded(&[0, 1])?;
    /// assert_eq!(networks[1].recordings().len(), 3);
    /// # std::fs::remove_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`weights`](Self::weights) and [`Plan::study`](super::Plan::study); [`Error::Study`] if
    /// the directory has no plan, so that its stimuli are not known.
    pub fn recorded(&self, runs: &[usize]) -> Result<Vec<RecordedNetwork>> {
        let plan = self.plan()?.ok_or_else(|| {
            Error::Study(format!(
                "{} was not begun from a plan, so that its stimuli are not known; take the networks by weights(run)",
                self.path().display()
            ))
        })?;
        let experiments = plan.study()?.experiments;
        let network = |&run: &usize| {
            let saved = self.weights(run)?;
            let experiment = &experiments[run];
            let recording = |saved: &SavedNetwork| {
                Recording::of_network(saved.step, &saved.network, experiment.task.probe())
            };
            let recordings = saved.iter().map(recording).collect();
            let mut network = RecordedNetwork::new(run.to_string(), recordings)?;
            network.keys = DataFrame::new(1, experiment.key_columns(1))?;
            Ok(network)
        };
        runs.iter().map(network).collect()
    }
}
