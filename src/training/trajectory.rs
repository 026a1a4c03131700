use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::Array2;
use polars::prelude::{Column, DataFrame};

use super::{Calibration, Experiment, Score};
use crate::error::{Error, Result};
use crate::network::{Activity, Inputs, Network, Updates};
use crate::random;
use crate::rules::Learner;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// After its last update.
    Finished,
    /// Early, because loss or weights were no longer finite.
    Diverged {
        /// The number of updates after which this was seen.
        step: usize,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("finished"),
            Self::Diverged { step } => write!(f, "diverged at step {step}"),
        }
    }
}

/// A network at one checkpoint.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Weight updates so far.
    pub step: usize,
    /// The network.
    pub network: Network,
    /// The last change of each weight; none before the first update.
    pub delta: Option<Updates>,
    /// The score on training examples.
    pub train: Score,
    /// The score on validation examples, if the task has some.
    pub validation: Option<Score>,
    /// The score on test examples.
    pub test: Score,
    /// The score on each of the task's [groups](crate::data::Task::groups), in a non-stationary
    /// task.
    pub groups: Vec<Score>,
    /// The same on the validation examples of each group; none in a task without.
    pub validation_groups: Vec<Score>,
    /// ‖W − W₀‖/‖W₀‖ of each layer.
    pub weight_change: Vec<f64>,
    /// The angle in degrees between the rule's next proposal and the true gradient, for each
    /// layer's weights; NaN for a proposal of zero. Privileged: no experimenter knows it.
    pub gradient_angle: Vec<f64>,
    /// The energy of the state that settled at the next proposal, the mean over its batch, for a
    /// rule that has one ([`Learner::energy`]).
    pub energy: Option<f64>,
    /// The angle in degrees between each layer's feedback and forward weights, for a rule that has
    /// feedback weights (NaN for the lowest layer, whose feedback is not used). Privileged.
    pub feedback_angle: Option<Vec<f64>>,
    /// The Frobenius norm of each layer's feedback weights over that of its forward weights,
    /// likewise. Privileged.
    pub feedback_ratio: Option<Vec<f64>>,
}

impl Snapshot {
    /// Leaves a network without layers in its place, and no changes.
    pub(super) fn forget_network(&mut self) {
        self.network = Network::forgotten(self.network.objective());
        self.delta = None;
    }
}

/// What became of an experiment: the network at every checkpoint.
#[derive(Clone)]
pub struct Trajectory {
    /// The experiment.
    pub experiment: Experiment,
    /// The checkpoints that were reached, the first before learning.
    pub snapshots: Vec<Snapshot>,
    /// How the run ended.
    pub outcome: Outcome,
    /// The score of the final network on the whole test set.
    pub test: Score,
    /// How far its answers to the whole test set can be trusted, if they are probabilities of
    /// classes.
    pub calibration: Option<Calibration>,
    /// The fraction of steps in which every state that had to settle did.
    pub settled: f64,
    /// Who answers: some rules settle or score.
    pub(super) learner: Arc<Mutex<Box<dyn Learner>>>,
}

impl Trajectory {
    /// Of networks that were trained elsewhere, to be observed like others: what they were asked,
    /// what they were at some steps, the first of them before learning, and the score of the last
    /// one. Answers are those of the experiment's rule as it starts at the first network.
    ///
    /// # Errors
    /// [`Error::Samples`] if there is no snapshot.
    pub fn of(experiment: Experiment, snapshots: Vec<Snapshot>, test: Score) -> Result<Self> {
        let Some(first) = snapshots.first() else {
            let message = "a trajectory needs at least one snapshot, the network before learning";
            return Err(Error::Samples(message.into()));
        };
        let feedback = &mut random::stream(experiment.seeds.model, "feedback");
        let learner = Arc::new(Mutex::new(experiment.rule.start(&first.network, feedback)));
        let outcome = Outcome::Finished;
        Ok(Self { experiment, snapshots, outcome, test, calibration: None, settled: 1.0, learner })
    }

    /// The network as it was at the last checkpoint.
    ///
    /// # Panics
    /// Never: a trajectory has at least the snapshot before learning.
    pub fn network(&self) -> &Network {
        &self.snapshots.last().expect("the first snapshot is taken before learning").network
    }

    /// What the network as it was at the last checkpoint answers, examples × output units; `inputs`
    /// are examples × input units, normalised as the task's are. Rules that settle or score answer
    /// in their own way.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let trajectory = train(&Experiment::new(&task).batch_size(20))?;
    /// assert_eq!(trajectory.predict(&task.test().inputs)?.dim(), (200, 4));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs have another number of columns than the network has input
    /// units.
    pub fn predict(&self, inputs: &Array2<f32>) -> Result<Array2<f32>> {
        let expected = self.experiment.task.inputs();
        if inputs.ncols() != expected {
            return Err(Error::Shape(format!(
                "the inputs have {} columns, but the network has {expected} input units; give one row per example, as Task::test().inputs has",
                inputs.ncols()
            )));
        }
        Ok(self.answers(self.network(), inputs.into()))
    }

    /// What a network answers in the way of this trajectory's rule.
    pub(crate) fn answers(&self, network: &Network, inputs: Inputs<'_>) -> Array2<f32> {
        // A learner that panicked while it answered has changed nothing.
        let learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        learner.predict(network, inputs)
    }

    /// The states that a network settles to under this trajectory's rule, without targets; none if
    /// the rule has none.
    pub(crate) fn states(&self, network: &Network, inputs: Inputs<'_>) -> Option<Activity> {
        let learner = self.learner.lock().unwrap_or_else(PoisonError::into_inner);
        learner.states(network, inputs)
    }

    /// One row per checkpoint: the experiment's keys, `step`, `epoch` (passes through the data),
    /// `loss` and `accuracy` on training examples, `validation_accuracy`, `test_accuracy`, `energy`
    /// (null for rules without), in a non-stationary task `phase` (from 1; of the last update),
    /// `current_accuracy` (on the test examples of that phase), `current_validation_accuracy`
    /// (likewise) and `accuracy_on_…` for each group, and of each layer `weight_change_layer1`
    /// (relative, and so on for the layers above) and `privileged_gradient_angle_layer1`, in
    /// degrees. For a rule with feedback weights also the angle between these and the forward
    /// weights, in degrees: `privileged_feedback_angle_layer2` and so on, null where one of the two
    /// is all zero.
    ///
    /// # Errors
    /// None that a trajectory made by [`train`](super::train) can cause.
    pub fn history(&self) -> Result<DataFrame> {
        let rows = self.snapshots.len();
        let mut columns = self.experiment.key_columns(rows);
        let (task, epochs) = (&self.experiment.task, self.experiment.epochs);
        let per_epoch = self.experiment.steps() as f64 / epochs as f64;
        columns
            .push(self.column("step", |s| s.step as f64).cast(&polars::prelude::DataType::UInt32)?);
        columns.push(self.column("epoch", |s| s.step as f64 / per_epoch));
        columns.push(self.column("loss", |s| s.train.loss));
        columns.push(self.accuracies("accuracy", |s| Some(s.train)));
        columns.push(self.accuracies("validation_accuracy", |s| s.validation));
        columns.push(self.accuracies("test_accuracy", |s| Some(s.test)));
        if !task.phases().is_empty() {
            columns.extend(self.in_phases());
        }
        let energies: Vec<Option<f64>> = self.snapshots.iter().map(|s| s.energy).collect();
        columns.push(Column::new("energy".into(), energies));
        for layer in 0..self.network().depth() {
            let name = |what: &str| format!("{what}_layer{}", layer + 1);
            columns.push(self.column(&name("weight_change"), |s| s.weight_change[layer]));
            columns
                .push(self.column(&name("privileged_gradient_angle"), |s| s.gradient_angle[layer]));
        }
        columns.extend(self.feedback_angles());
        Ok(DataFrame::new(rows, columns)?)
    }

    /// What a non-stationary task adds to the history.
    fn in_phases(&self) -> Vec<Column> {
        let task = &self.experiment.task;
        let updates = task.updates(self.experiment.epochs, self.experiment.batch_size);
        let ends: Vec<usize> = updates
            .iter()
            .scan(0, |end, updates| {
                *end += updates;
                Some(*end)
            })
            .collect();
        // What ends with an update was seen in its phase.
        let stage_of = |s: &Snapshot| {
            ends.iter().position(|end| s.step <= *end).unwrap_or(task.phases().len() - 1)
        };
        // Groups weigh what they weigh among test examples, so that both accuracies mean the same.
        let current = |s: &Snapshot, scores: &[Score]| {
            let groups = &task.phases()[stage_of(s)].groups;
            let count = |group: usize| task.groups()[group].test.len() as f64;
            let right = groups.iter().map(|&group| scores[group].accuracy * count(group));
            right.sum::<f64>() / groups.iter().map(|&group| count(group)).sum::<f64>()
        };
        let validated = |s: &Snapshot| {
            (!s.validation_groups.is_empty()).then(|| current(s, &s.validation_groups))
        };
        let validated: Vec<Option<f64>> = self.snapshots.iter().map(validated).collect();
        let phases: Vec<u32> = self.snapshots.iter().map(|s| stage_of(s) as u32 + 1).collect();
        let mut columns = vec![
            Column::new("phase".into(), phases),
            self.column("current_accuracy", |s| current(s, &s.groups)),
            Column::new("current_validation_accuracy".into(), validated),
        ];
        columns.extend(task.groups().iter().enumerate().map(|(index, group)| {
            self.column(&format!("accuracy_on_{}", group.name), |s| s.groups[index].accuracy)
        }));
        columns
    }

    /// Of each layer whose feedback is used; none for a rule without feedback weights.
    fn feedback_angles(&self) -> Vec<Column> {
        let layers = match self.snapshots.iter().any(|s| s.feedback_angle.is_some()) {
            true => 1..self.network().depth(),
            false => 0..0,
        };
        let angle = |s: &Snapshot, layer: usize| {
            s.feedback_angle.as_ref().map(|angles| angles[layer]).filter(|angle| angle.is_finite())
        };
        let column = |layer: usize| {
            let values: Vec<Option<f64>> = self.snapshots.iter().map(|s| angle(s, layer)).collect();
            Column::new(format!("privileged_feedback_angle_layer{}", layer + 1).into(), values)
        };
        layers.map(column).collect()
    }

    /// Null where there is none.
    fn accuracies(&self, name: &str, score: impl Fn(&Snapshot) -> Option<Score>) -> Column {
        let accuracy = |s: &Snapshot| score(s).and_then(Score::accuracy_if_any);
        let values: Vec<Option<f64>> = self.snapshots.iter().map(accuracy).collect();
        Column::new(name.into(), values)
    }

    /// Null where a number is not finite or not defined, as in observed tables.
    fn column(&self, name: &str, value: impl Fn(&Snapshot) -> f64) -> Column {
        let finite = |s| Some(value(s)).filter(|value| value.is_finite());
        Column::new(name.into(), self.snapshots.iter().map(finite).collect::<Vec<Option<f64>>>())
    }
}

impl fmt::Display for Trajectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<String> = self.snapshots[self.snapshots.len() - 1]
            .weight_change
            .iter()
            .map(|change| format!("{:.1} %", 100.0 * change))
            .collect();
        writeln!(f, "{}", self.experiment)?;
        writeln!(f, "{}, {} updates planned", self.outcome, self.experiment.steps())?;
        writeln!(f, "test {}", self.test)?;
        write!(f, "weights moved by {} of their norm", changes.join(" and "))?;
        if self.settled < 1.0 {
            write!(f, "\nstates settled in {:.1} % of the steps", 100.0 * self.settled)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Trajectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
