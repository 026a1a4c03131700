use std::fmt;
use std::sync::Arc;

use polars::prelude::Column;
use serde::{Deserialize, Serialize};

use super::constraint::Bounds;
use super::{Checkpoints, Constraint, Optimizer};
use crate::data::{Objective, Task};
use crate::error::{self, Result};
use crate::network::Architecture;
use crate::rules::{Backprop, LearningRule, Rule};

/// The two sources of chance in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seeds {
    /// Decides initial weights, feedback weights and whatever else a rule draws.
    pub model: u64,
    /// Decides the order of the examples.
    pub data: u64,
}

/// Everything that decides one run; change the fields that differ from the default.
///
/// Two experiments that share seeds, task and architecture start from the same weights, and with
/// one batch size see the same batches, whatever their rules.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// What is asked of the network.
    pub task: Task,
    /// The architecture; default one hidden layer of 100 sigmoid units.
    pub architecture: Architecture,
    /// The learning rule; default backprop.
    pub rule: Rule,
    /// What turns the rule's proposals into changes; default plain gradient descent.
    pub optimizer: Optimizer,
    /// η; `None`, the default, takes the rule's own.
    pub learning_rate: Option<f64>,
    /// Examples per step; default 128. The last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// Epochs over the training examples, in a non-stationary task over those of each phase;
    /// default 3.
    pub epochs: usize,
    /// The seeds; default 0 and 0.
    pub seeds: Seeds,
    /// When the network is looked at; default 21 times, evenly spread.
    pub checkpoints: Checkpoints,
    /// At each checkpoint, loss and accuracy are computed on at most so many examples of each part,
    /// evenly spread over it; default 1000. The final test accuracy uses them all.
    pub evaluation_examples: usize,
}

impl Experiment {
    pub(crate) const EPOCHS: usize = 3;
    pub(crate) const BATCH_SIZE: usize = 128;
    pub(crate) const EVALUATION_EXAMPLES: usize = 1000;

    /// Backprop on `task` with every setting at its default.
    pub fn new(task: &Task) -> Self {
        Self {
            task: task.clone(),
            architecture: Architecture::default(),
            rule: Arc::new(Backprop),
            optimizer: Optimizer::default(),
            learning_rate: None,
            batch_size: Self::BATCH_SIZE,
            epochs: Self::EPOCHS,
            seeds: Seeds { model: 0, data: 0 },
            checkpoints: Checkpoints::default(),
            evaluation_examples: Self::EVALUATION_EXAMPLES,
        }
    }

    /// The same with another rule.
    #[must_use]
    pub fn rule(self, rule: impl LearningRule + 'static) -> Self {
        Self { rule: Arc::new(rule), ..self }
    }

    /// The same with another rule of a list of rules.
    #[must_use]
    pub fn rule_from(self, rule: &Rule) -> Self {
        Self { rule: rule.clone(), ..self }
    }

    /// The same with another architecture.
    #[must_use]
    pub fn architecture(self, architecture: Architecture) -> Self {
        Self { architecture, ..self }
    }

    /// The same with another optimizer.
    #[must_use]
    pub fn optimizer(self, optimizer: Optimizer) -> Self {
        Self { optimizer, ..self }
    }

    /// The same at another learning rate.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate: Some(learning_rate), ..self }
    }

    /// The same with another number of examples per step.
    #[must_use]
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// The same with another number of epochs.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// The same with both seeds set.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seeds: Seeds { model: seed, data: seed }, ..self }
    }

    /// The same, looked at other times.
    #[must_use]
    pub fn checkpoints(self, checkpoints: Checkpoints) -> Self {
        Self { checkpoints, ..self }
    }

    /// The learning rate in force: the experiment's, or else the rule's own.
    pub fn effective_learning_rate(&self) -> f64 {
        self.learning_rate.unwrap_or_else(|| self.rule.about().learning_rate)
    }

    /// The number of weight updates.
    pub fn steps(&self) -> usize {
        let phases = self.task.updates(self.epochs, self.batch_size.max(1));
        phases.into_iter().fold(0, usize::saturating_add)
    }

    /// The experiment as key columns of a table, `rows` times: rule, optimizer, task, architecture
    /// and the other settings that may differ within a study.
    pub fn key_columns(&self, rows: usize) -> Vec<Column> {
        let text = |name: &str, value: String| Column::new(name.into(), vec![value; rows]);
        let count = |name: &str, value: usize| Column::new(name.into(), vec![value as u32; rows]);
        vec![
            text("rule", self.rule.about().name),
            text("rule_settings", format!("{:?}", self.rule)),
            text("optimizer", self.optimizer.name().into()),
            text("optimizer_settings", format!("{:?}", self.optimizer)),
            text("task", self.task.name().into()),
            text("architecture", self.architecture.name(&self.task)),
            text("initialiser", self.architecture.initialiser.to_string()),
            Column::new("learning_rate".into(), vec![self.effective_learning_rate(); rows]),
            count("batch_size", self.batch_size),
            count("epochs", self.epochs),
            Column::new("model_seed".into(), vec![self.seeds.model; rows]),
            Column::new("data_seed".into(), vec![self.seeds.data; rows]),
        ]
    }

    /// All that decides its numbers, in words; `task` tells its task from the others of a study
    /// ([`Tasks`](super::Tasks)).
    pub(crate) fn in_full(&self, task: usize) -> String {
        let Self {
            task: _,
            architecture,
            rule,
            optimizer,
            learning_rate: _,
            batch_size,
            epochs,
            seeds,
            checkpoints,
            evaluation_examples,
        } = self;
        let rate = self.effective_learning_rate();
        format!(
            "{task} {architecture:?} {} {rule:?} {optimizer:?} {rate:?} {batch_size} {epochs} {seeds:?} {checkpoints:?} {evaluation_examples}",
            rule.about().name
        )
    }

    /// Rejects what cannot be run.
    ///
    /// # Errors
    /// [`Setting`](crate::Error::Setting) naming the setting, its value and what it must be.
    pub fn check(&self) -> Result<()> {
        self.architecture.check_for(&self.task)?;
        self.rule.check()?;
        self.rule.supports(self.task.objective())?;
        if !self.architecture.convolutions.is_empty() {
            self.rule.suits(&self.architecture.blank(&self.task))?;
        }
        self.optimizer.check()?;
        if self.optimizer.constraint != Constraint::None {
            Bounds::check(&self.optimizer, &self.architecture.blank(&self.task))?;
        }
        error::check_not_negative("learning_rate", self.effective_learning_rate())?;
        error::check_count("batch_size", self.batch_size)?;
        error::check_count("epochs", self.epochs)?;
        error::check_count("evaluation_examples", self.evaluation_examples)?;
        self.check_contrast()?;
        error::check_at_most("batch_size", self.batch_size, MOST)?;
        error::check_at_most("epochs", self.epochs, MOST)?;
        error::check_at_most("steps (epochs times batches)", self.steps(), MOST)?;
        self.checkpoints.steps(self.steps()).map(|_| ())
    }

    /// A contrast is between pairs, of which there are two.
    fn check_contrast(&self) -> Result<()> {
        let (objective, has_pairs) = (self.task.objective(), self.task.train().group_size() == 2);
        if has_pairs != (objective == Objective::Contrastive) {
            let requirement = match has_pairs {
                true => {
                    "the task's examples are pairs of views, and only the contrastive objective judges these"
                }
                false => {
                    "the task's examples are no pairs of views: make it by Task::contrastive (in a file kind = { contrastive = { outputs = 32 } })"
                }
            };
            return Err(error::Error::setting("objective", objective, requirement));
        }
        let counts =
            [("batch_size", self.batch_size), ("evaluation_examples", self.evaluation_examples)];
        match counts.into_iter().find(|&(_, count)| has_pairs && count < 4) {
            None => Ok(()),
            Some((name, count)) => {
                let requirement = "a contrast needs another pair beside one: it must be at least 4";
                Err(error::Error::setting(name, count, requirement))
            }
        }
    }
}

/// More than any run needs; catches a mistyped number before it takes for ever.
const MOST: usize = 1_000_000_000;

impl fmt::Display for Experiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {}, {} from {}, {} at {}, batch {}, {} epochs, seeds {} and {}",
            self.rule.about().name,
            self.task.name(),
            self.architecture.name(&self.task),
            self.architecture.initialiser,
            self.optimizer,
            self.effective_learning_rate(),
            self.batch_size,
            self.epochs,
            self.seeds.model,
            self.seeds.data
        )
    }
}
