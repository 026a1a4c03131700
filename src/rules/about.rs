use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FeedbackInit, Schedule};

/// What is known about a learning rule.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The class label, in `snake_case`, unique in the catalogue.
    pub name: String,
    /// The family it belongs to.
    pub family: Family,
    /// The mechanism, in a sentence.
    pub summary: String,
    /// The equation, in plain text.
    pub equation: String,
    /// Authors, year, and DOI or arXiv id where there is one.
    pub citation: String,
    /// What it requires of a brain.
    pub requirements: Vec<Requirement>,
    /// Whether it learns a classification with its defaults; a rule that does must beat chance.
    pub learns: bool,
    /// The learning rate to use where an experiment states none.
    pub learning_rate: f64,
    /// The rule's own settings, besides the learning rate.
    pub hyperparameters: Vec<Hyperparameter>,
}

/// A setting of a learning rule, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hyperparameter {
    /// The name of the field.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Its value by default.
    pub default: String,
    /// What it may be.
    pub range: String,
}

impl About {
    /// A description with a name, an equation and a citation, for a rule that learns, of family
    /// [`Other`](Family::Other), asking nothing, at learning rate 0.1; change what differs.
    pub fn new(
        name: impl Into<String>,
        equation: impl Into<String>,
        citation: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            family: Family::Other,
            summary: String::new(),
            equation: equation.into(),
            citation: citation.into(),
            requirements: Vec::new(),
            learns: true,
            learning_rate: 0.1,
            hyperparameters: Vec::new(),
        }
    }

    /// The same, of another family.
    #[must_use]
    pub fn family(self, family: Family) -> Self {
        Self { family, ..self }
    }

    /// The same, with the mechanism in a sentence.
    #[must_use]
    pub fn summary(self, summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), ..self }
    }

    /// The same, asking these things of a brain.
    #[must_use]
    pub fn requirements(self, requirements: &[Requirement]) -> Self {
        Self { requirements: requirements.to_vec(), ..self }
    }

    /// The same, with another default learning rate.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// The same, with one more hyperparameter: its name, its value, its value by default, and what
    /// it may be.
    ///
    /// ```
    /// use microlearners::rules::About;
    ///
    /// let about = About::new("mine", "G = 0", "myself").hyperparameter("decay", &0.1, &1e-4, "at least 0, below 1");
    /// assert_eq!(about.hyperparameters[0].default, "0.0001");
    /// ```
    #[must_use]
    pub fn hyperparameter(
        mut self,
        name: &str,
        value: &dyn fmt::Debug,
        default: &dyn fmt::Debug,
        range: &str,
    ) -> Self {
        let (value, default) = (format!("{value:?}"), format!("{default:?}"));
        let (name, range) = (name.to_owned(), range.to_owned());
        self.hyperparameters.push(Hyperparameter { name, value, default, range });
        self
    }

    /// The same, with how feedback weights start as one more hyperparameter.
    pub(super) fn feedback(self, feedback: FeedbackInit) -> Self {
        let range = "Glorot, Drawn(initialiser) or ForwardWeights";
        self.hyperparameter("feedback", &feedback, &FeedbackInit::default(), range)
    }

    /// The same, with a schedule as one more hyperparameter.
    pub(super) fn schedule(self, schedule: Schedule) -> Self {
        let range = "Constant, WarmUp, Exponential or Steps";
        self.hyperparameter("schedule", &schedule, &Schedule::default(), range)
    }

    /// The same, for a rule that is not expected to learn a classification.
    #[must_use]
    pub fn does_not_learn(self) -> Self {
        Self { learns: false, ..self }
    }

    /// What the rule requires of a brain, in words.
    pub fn requirements_in_words(&self) -> String {
        let requirements: Vec<String> =
            self.requirements.iter().map(Requirement::to_string).collect();
        if requirements.is_empty() { "nothing".into() } else { requirements.join(", ") }
    }

    /// Whether the rule has this requirement.
    pub fn requires(&self, demand: Requirement) -> bool {
        self.requirements.contains(&demand)
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.name, self.family)?;
        writeln!(f, "  {}", self.summary)?;
        writeln!(f, "  {}", self.equation)?;
        writeln!(f, "  requires: {}", self.requirements_in_words())?;
        write!(f, "  {}", self.citation)
    }
}

/// Families of learning rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// No learning at all.
    Control,
    /// Follows the gradient of the loss.
    Gradient,
    /// Propagates the output error back through feedback weights of its own.
    Feedback,
    /// Correlates the activity of the two units that a synapse joins.
    Hebbian,
    /// Perturbs weights or units at random and correlates the noise with the loss.
    Perturbation,
    /// Compares settled states.
    Energy,
    /// Gives every unit a target instead of an error.
    Target,
    /// Gives every layer an objective of its own.
    Local,
    /// Several rules in one network.
    Combination,
    /// Anything else.
    Other,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Gradient => "gradient",
            Self::Feedback => "feedback",
            Self::Hebbian => "Hebbian",
            Self::Perturbation => "perturbation",
            Self::Energy => "energy-based",
            Self::Target => "target propagation",
            Self::Local => "local objective",
            Self::Combination => "combination",
            Self::Other => "other",
        })
    }
}

/// What a rule requires of a brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// Targets, or rewards that stand for them.
    Labels,
    /// Errors travel through exact copies of the forward weights.
    WeightTransport,
    /// Connections that are the same in both directions.
    SymmetricConnections,
    /// Separate phases of activity, with memory of one during the other.
    SeparatePhases,
    /// The derivative of a unit's nonlinearity.
    Derivatives,
    /// A signal at a synapse other than the activity of the two units it joins.
    NonLocalSignals,
    /// Each synapse and its feedback partner see the same change.
    SharedWeightChanges,
    /// A feedback synapse knows the sign of its forward partner.
    SignTransport,
    /// A feedback synapse learns from the strength of its forward partner.
    TransportToFeedback,
    /// One number, such as a reward, that reaches all synapses.
    GlobalReward,
    /// Each synapse or unit remembers the noise that it made.
    PerturbationTrace,
}

impl Requirement {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Labels,
        Self::WeightTransport,
        Self::SymmetricConnections,
        Self::SeparatePhases,
        Self::Derivatives,
        Self::NonLocalSignals,
        Self::SharedWeightChanges,
        Self::SignTransport,
        Self::TransportToFeedback,
        Self::GlobalReward,
        Self::PerturbationTrace,
    ];
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Labels => "labels",
            Self::WeightTransport => "weight transport",
            Self::SymmetricConnections => "symmetric connections",
            Self::SeparatePhases => "separate phases",
            Self::Derivatives => "derivatives",
            Self::NonLocalSignals => "non-local signals",
            Self::SharedWeightChanges => "shared weight changes",
            Self::SignTransport => "sign transport",
            Self::TransportToFeedback => "weight transport to the feedback",
            Self::GlobalReward => "global reward signal",
            Self::PerturbationTrace => "perturbation trace",
        })
    }
}
