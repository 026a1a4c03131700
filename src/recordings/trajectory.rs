//! Recordings of networks that this library trained.

use polars::prelude::DataFrame;

use super::{RecordedNetwork, Recording};
use crate::data::Task;
use crate::error::Result;
use crate::network::{Activity, Matrix, Network};
use crate::training::{Snapshot, Trajectory};

/// Which activity of a network is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ActivityOf {
    /// That of a forward pass on the probe stimuli, whatever the rule; the default.
    #[default]
    ForwardPass,
    /// The states that a rule settles to without targets, where it has some
    /// ([`Learner::states`](crate::rules::Learner::states)): equilibrium propagation and
    /// contrastive Hebbian learning. Of other rules the forward pass: that is also the state of predictive
    /// coding without targets. The output units of contrastive Hebbian learning under a softmax are
    /// then probabilities, and not logits. The layer-wise activity change takes the slope of the
    /// network's own nonlinearity at these states.
    SettledStates,
}

crate::display::show_as_settings!(ActivityOf);

impl RecordedNetwork {
    /// The network of a trajectory at all its checkpoints, with the activity of a forward pass on
    /// the task's probe stimuli. It is called `0`, as tables number a single network.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let trajectory = train(&Experiment::new(&task).batch_size(20))?;
    /// let recorded = RecordedNetwork::of(&trajectory)?;
    /// assert_eq!(recorded.recordings().len(), trajectory.snapshots.len());
    /// assert_eq!(recorded.recordings()[0].layers[0].weights.dim(), (100, 36));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// None that a trajectory made by [`train`](crate::train) can cause.
    pub fn of(trajectory: &Trajectory) -> Result<Self> {
        Self::with_activity_of(trajectory, ActivityOf::ForwardPass)
    }

    /// The same with activity of this kind.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn with_activity_of(trajectory: &Trajectory, activity: ActivityOf) -> Result<Self> {
        let probe = trajectory.experiment.task.probe();
        let of = |snapshot: &Snapshot| {
            let network = &snapshot.network;
            let states = match activity {
                ActivityOf::ForwardPass => None,
                ActivityOf::SettledStates => trajectory.states(network, probe.into()),
            };
            let states = states.unwrap_or_else(|| forward(network, probe));
            Recording::of(snapshot.step, network, snapshot.delta.as_ref(), &states)
        };
        let recorded = Self::new("0", trajectory.snapshots.iter().map(of).collect())?;
        let classes = trajectory.experiment.task.probe_labels();
        let mut recorded = recorded.with_stimulus_classes(classes)?;
        recorded.keys = DataFrame::new(1, trajectory.experiment.key_columns(1))?;
        let rows = trajectory.snapshots.len() * recorded.depth();
        recorded.context = DataFrame::new(rows, trajectory.context_columns())?;
        Ok(recorded)
    }
}

impl Recording {
    /// Of a network in training, with the activity of a forward pass on the task's probe stimuli.
    pub(crate) fn of_snapshot(snapshot: &Snapshot, task: &Task) -> Self {
        let activity = forward(&snapshot.network, task.probe());
        Self::of(snapshot.step, &snapshot.network, snapshot.delta.as_ref(), &activity)
    }

    /// Of a network whose last change is not known.
    pub(crate) fn of_network(step: usize, network: &Network, stimuli: &Matrix) -> Self {
        Self::of(step, network, None, &forward(network, stimuli))
    }
}

fn forward(network: &Network, stimuli: &Matrix) -> Activity {
    let mut activity = Activity::new(network, stimuli.nrows());
    network.forward(stimuli.view(), &mut activity);
    activity
}
