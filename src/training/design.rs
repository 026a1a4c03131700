use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Experiment, Study};
use crate::data::{Dataset, Normalisation, Objective, Task, TaskSettings};
use crate::error::{Error, Result};
use crate::network::{Architecture, Bias, Initialiser};
use crate::rules::{self, FeedbackAlignment, FeedbackInit, KolenPollack, Rule};

/// A set of parameters that all networks of an experiment share; the published ones, or yours.
///
/// ```no_run
/// use microlearners::data::Dataset;
/// use microlearners::training::Design;
///
/// let digits = Dataset::mnist()?;
/// let study = Design::microlearners().study(&digits, 30)?; // six rules × 30 seeds
/// assert_eq!(study.experiments.len(), 180);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// What the design is called.
    pub name: String,
    /// The architecture, and how their weights start.
    pub architecture: Architecture,
    /// How pixels become inputs.
    pub normalisation: Normalisation,
    /// Read-out and loss.
    pub objective: Objective,
    /// Examples per step.
    pub batch_size: usize,
    /// η for every rule that is stable at it: a rule whose own rate is smaller keeps its own.
    /// `None` gives every rule its own.
    pub learning_rate: Option<f64>,
    /// Epochs over the training examples.
    pub epochs: usize,
    /// How feedback weights start, for the rules that have some.
    pub feedback: FeedbackInit,
}

impl Design {
    /// The Microlearners experiment: 784-100-10 without biases, batch 128, 3 epochs, learning rate
    /// 0.01 where possible, "initialisation variance 0.1" read as a variance. Sigmoid, softmax and
    /// cross-entropy are not stated in the source, the project's slides, and are our choice. Its
    /// results: [`published`](crate::classification::published).
    pub fn microlearners() -> Self {
        Self {
            name: "microlearners".into(),
            architecture: Architecture::default()
                .with_initialiser(Initialiser::NormalVariance { variance: 0.1 }),
            normalisation: Normalisation::MNIST,
            objective: Objective::SoftmaxCrossEntropy,
            batch_size: 128,
            learning_rate: Some(0.01),
            epochs: 3,
            feedback: FeedbackInit::Glorot,
        }
    }

    /// The Neuromatch Academy project template on microlearning
    /// (<https://neuroai.neuromatch.io/projects/project-notebooks/Microlearning.html>): 784-100-10
    /// without biases, weights from U(±1/√fan_in), batch 32, learning rate 0.01, 4 epochs of
    /// training (the template counts 5, the first of which is an untrained baseline).
    pub fn neuromatch_project() -> Self {
        Self {
            name: "neuromatch_project".into(),
            architecture: Architecture::default().with_initialiser(Initialiser::UniformFanIn),
            batch_size: 32,
            epochs: 4,
            ..Self::microlearners()
        }
    }

    /// The Neuromatch Academy tutorial W2D3
    /// (<https://neuroai.neuromatch.io/tutorials/W2D3_Microlearning/student/W2D3_Tutorial1.html>):
    /// 784-500-10 with biases, weights and feedback weights from N(0, 0.1²), sigmoid output with
    /// squared error, pixels between 0 and 1, batch 200, learning rate 0.001, 3 epochs.
    pub fn neuromatch_w2d3() -> Self {
        let init = Initialiser::Normal { sd: 0.1 };
        Self {
            name: "neuromatch_w2d3".into(),
            architecture: Architecture::hidden(&[500]).with_initialiser(init).with_bias(Bias::Zero),
            normalisation: Normalisation::Unit,
            objective: Objective::SigmoidSquaredError,
            batch_size: 200,
            learning_rate: Some(0.001),
            epochs: 3,
            feedback: FeedbackInit::Drawn(init),
        }
    }

    /// Ours, where networks move: the published design with weights from U(±1/√fan_in) and other
    /// learning rates, of which three rules share 0.1.
    pub fn moving() -> Self {
        let published = Self::microlearners();
        Self {
            name: "moving".into(),
            architecture: Architecture::default(),
            learning_rate: None,
            ..published
        }
    }

    /// All presets.
    pub fn all() -> Vec<Self> {
        vec![
            Self::microlearners(),
            Self::neuromatch_project(),
            Self::neuromatch_w2d3(),
            Self::moving(),
        ]
    }

    /// The preset called `name`.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn named(name: &str) -> Result<Self> {
        let known: Vec<String> = Self::all().into_iter().map(|design| design.name).collect();
        let found = Self::all().into_iter().find(|design| design.name == name);
        found.ok_or_else(|| Error::UnknownName { kind: "design", name: name.into(), known })
    }

    /// The same with weights that start otherwise.
    #[must_use]
    pub fn with_initialiser(self, initialiser: Initialiser) -> Self {
        Self { architecture: self.architecture.with_initialiser(initialiser), ..self }
    }

    /// The task of this design on a data set, without a validation part.
    ///
    /// # Errors
    /// As [`Task::classification`].
    pub fn task(&self, dataset: &Dataset) -> Result<Task> {
        let probe_stimuli = TaskSettings::default().probe_stimuli.min(dataset.test().len());
        let settings = TaskSettings {
            normalisation: self.normalisation,
            objective: self.objective,
            probe_stimuli,
            ..TaskSettings::default()
        };
        Task::classification(dataset, &settings)
    }

    /// The six rules of the published experiment, with this design's feedback weights.
    pub fn rules(&self) -> Vec<Rule> {
        let feedback = self.feedback;
        let with_feedback = |rule: Rule| -> Rule {
            match rule.about().name.as_str() {
                "feedback_alignment" => Arc::new(FeedbackAlignment { feedback }),
                "kolen_pollack" => Arc::new(KolenPollack { feedback, ..KolenPollack::default() }),
                _ => rule,
            }
        };
        rules::all()
            .into_iter()
            .filter(|rule| PUBLISHED.contains(&rule.about().name.as_str()))
            .map(with_feedback)
            .collect()
    }

    /// η of a rule in this design: the design's, or the rule's own where that is smaller or the
    /// design has none.
    pub fn rate_of(&self, rule: &Rule) -> f64 {
        let own = rule.about().learning_rate;
        self.learning_rate.map_or(own, |shared| shared.min(own))
    }

    /// One network of this design.
    pub fn experiment(&self, task: &Task, rule: &Rule, seed: u64) -> Experiment {
        Experiment {
            architecture: self.architecture.clone(),
            rule: rule.clone(),
            learning_rate: Some(self.rate_of(rule)),
            batch_size: self.batch_size,
            epochs: self.epochs,
            ..Experiment::new(task)
        }
        .seed(seed)
    }

    /// The whole experiment: this design's rules, `seeds` networks each; networks of one seed share
    /// their initial weights and the order of the data.
    ///
    /// # Errors
    /// As [`Task::classification`].
    pub fn study(&self, dataset: &Dataset, seeds: u64) -> Result<Study> {
        let task = self.task(dataset)?;
        let rules = self.rules();
        let networks = (0..seeds).flat_map(|seed| rules.iter().map(move |rule| (rule, seed)));
        let experiments = networks.map(|(rule, seed)| self.experiment(&task, rule, seed)).collect();
        Ok(Study { experiments })
    }
}

/// The rules of the published experiment.
const PUBLISHED: [&str; 6] = [
    "no_training",
    "backprop",
    "feedback_alignment",
    "kolen_pollack",
    "hebbian",
    "contrastive_hebbian",
];

impl fmt::Display for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.learning_rate.map_or("each rule's own".into(), |rate| rate.to_string());
        writeln!(f, "design {}: {}", self.name, self.architecture)?;
        write!(
            f,
            "  {}, batch {}, learning rate {rate}, {} epochs, feedback weights {:?}",
            self.objective, self.batch_size, self.epochs, self.feedback
        )
    }
}
