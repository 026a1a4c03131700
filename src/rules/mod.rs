//! How synapses change: one file per learning rule.
//!
//! A [`LearningRule`] is a recipe, a plain struct of hyperparameters;
//! [`start`](LearningRule::start) makes of it a [`Learner`], the recipe at work on one network. A
//! learner proposes; the optimizer and the trainer apply. [`all`] lists the catalogue, [`named`]
//! looks a rule up.
//!
//! Notation, in every file: a_l = W_l h_{l−1} (+ b_l), h_l = φ(a_l), h_0 = x, averages over the
//! batch. A rule supplies G_l and the optimizer applies W_l ← W_l − η G_l.

mod about;
mod alignment;
mod backprop;
mod combination;
mod contrastive_hebbian;
mod direct_difference_target_propagation;
mod direct_feedback_alignment;
mod equilibrium_propagation;
mod feedback_alignment;
mod forward_forward;
mod frozen_hidden;
mod hebbian;
mod kolen_pollack;
mod no_training;
mod node_perturbation;
mod predictive_coding;
mod schedule;
mod settling;
mod show;
mod sign_symmetry;
mod target_propagation;
#[cfg(test)]
mod testing;
mod weight_mirror;
mod weight_perturbation;

use std::fmt::Debug;
use std::sync::Arc;

use ndarray::ArrayView2;
use polars::prelude::{Column, DataFrame};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

pub use about::{About, Family, Hyperparameter, Requirement};
pub use alignment::{Alignment, FeedbackOrder, InputScale};
pub use backprop::Backprop;
pub use combination::{Combination, Combining, Part};
pub use contrastive_hebbian::ContrastiveHebbian;
pub use direct_difference_target_propagation::{DirectDifferenceTargetPropagation, FeedbackLoss};
pub use direct_feedback_alignment::DirectFeedbackAlignment;
pub use equilibrium_propagation::{EquilibriumPropagation, Nudging};
pub use feedback_alignment::{FeedbackAlignment, FeedbackInit};
pub use forward_forward::{ForwardForward, ReadOut};
pub use frozen_hidden::FrozenHidden;
pub use hebbian::{Hebbian, OutputActivity, Plasticity};
pub use kolen_pollack::KolenPollack;
pub use no_training::NoTraining;
pub use node_perturbation::{NodePerturbation, Site};
pub use predictive_coding::{Inference, PredictiveCoding};
pub use schedule::Schedule;
pub use sign_symmetry::{Magnitudes, SignSymmetry};
pub use target_propagation::TargetPropagation;
pub use weight_mirror::WeightMirror;
pub use weight_perturbation::WeightPerturbation;

use crate::data::Objective;
use crate::error::{Error, Result};
use crate::network::{Inputs, Matrix, Network, Updates};
use crate::random::Rng;

/// A learning rule as it stands in a list of rules: shared, cheap to clone.
pub type Rule = Arc<dyn LearningRule>;

/// A recipe for changing synapses: hyperparameters, and what is known about them.
pub trait LearningRule: Debug + Send + Sync {
    /// Name, family, equation, source, and what the rule requires of a brain.
    fn about(&self) -> About;

    /// Rejects meaningless hyperparameters, once, at the door.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the hyperparameter, its value and what it must be.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Rejects an objective that the rule cannot learn.
    ///
    /// # Errors
    /// [`Error::Setting`] with the objective, and what the rule needs.
    fn supports(&self, _objective: Objective) -> Result<()> {
        Ok(())
    }

    /// Puts the recipe to work on a network; random parts such as feedback weights come from `rng`.
    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner>;

    /// The rule as it stands in a list of rules, beside others.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let mut rules = rules::all();
    /// rules.push(KolenPollack { decay: 0.01, ..KolenPollack::default() }.shared());
    /// assert_eq!(rules.len(), 21);
    /// ```
    fn shared(self) -> Rule
    where
        Self: Sized + 'static,
    {
        Arc::new(self)
    }

    /// Shows the rule under a notebook cell, a rule of your own too.
    fn evcxr_display(&self) {
        show::rule(self, &self).emit();
    }
}

/// A recipe at work on one network; owns its feedback weights, its traces and every buffer it
/// reuses.
pub trait Learner: Debug + Send {
    /// Looks at one batch and adds a proposed G for every synapse to `updates`, which come as
    /// zeros. The network is not touched: the optimizer turns G into a change and the trainer
    /// applies it.
    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport;

    /// Lets feedback weights follow what became of the last proposal: `network` as it is after the
    /// change, and the change itself, ΔW (its `decay` included).
    fn after_update(&mut self, _network: &Network, _change: &Updates) {}

    /// The learner once more, with all that it has learned so far, so that several proposals can be
    /// made from one state ([`GradientQuality`](crate::training::GradientQuality)). With
    /// `#[derive(Clone)]` it is `Some(Box::new(self.clone()))`. A learner without a copy (the
    /// default) is measured as it starts, which is right if nothing of its own, such as feedback
    /// weights, changes while it learns.
    fn copied(&self) -> Option<Box<dyn Learner>> {
        None
    }

    /// Whether another rule has taken over with the last proposal, so that the optimizer forgets
    /// what it remembers.
    fn resets_optimizer(&self) -> bool {
        false
    }

    /// How a network trained this way answers, examples × output units; the forward pass unless the
    /// rule settles or scores instead.
    fn predict(&self, network: &Network, inputs: Inputs<'_>) -> Matrix {
        network.predict(inputs)
    }

    /// The energy of the state that settled in the last proposal (of several, the free one), the
    /// mean over its examples; `None` for a rule that has no energy. `network` is what the proposal
    /// was made for.
    fn energy(&self, _network: &Network) -> Option<f64> {
        None
    }

    /// The feedback weights, one matrix per layer in the shape of that layer's weights (so that the
    /// forward weights themselves would make a symmetric pair), if the rule has any. Privileged: no
    /// experimenter sees them.
    fn feedback(&self) -> Option<&[Matrix]> {
        None
    }
}

/// The examples of one step.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Examples × input units.
    pub inputs: Inputs<'a>,
    /// Examples × output units.
    pub targets: ArrayView2<'a, f32>,
}

impl<'a> Batch<'a> {
    /// Inputs and targets.
    pub fn pair(&self) -> (Inputs<'a>, ArrayView2<'a, f32>) {
        (self.inputs, self.targets)
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Whether there are no examples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// For rules that hold output units to targets: rejects an objective that has none.
fn needs_targets(objective: Objective, rule: &str) -> Result<()> {
    if objective.has_targets() {
        return Ok(());
    }
    let requirement = format!(
        "{rule} holds the output units to targets, of which that has none; choose another task, or a rule that uses a gradient or feedback"
    );
    Err(Error::setting("objective", objective, requirement))
}

/// What a learner reports about one proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// The mean loss of the batch before the change.
    pub loss: f64,
    /// Whether every state that had to settle did; true for rules that settle nothing.
    pub settled: bool,
}

impl StepReport {
    /// A proposal that needed no settling.
    pub fn of_loss(loss: f64) -> Self {
        Self { loss, settled: true }
    }
}

/// Hyperparameters as a file has them, with their places in it.
pub(crate) type Settings<'a> = Spanned<DeValue<'a>>;

/// A rule as the catalogue has it: how it is by default, and how a study's file sets its
/// hyperparameters.
trait Entry {
    fn usual(&self) -> Rule;
    fn read(&self, settings: &Settings<'_>) -> Result<Rule, toml::de::Error>;
}

/// A rule with hyperparameters.
struct With<R>(fn() -> R);

impl<R: LearningRule + Serialize + DeserializeOwned + 'static> Entry for With<R> {
    fn usual(&self) -> Rule {
        (self.0)().shared()
    }

    fn read(&self, settings: &Settings<'_>) -> Result<Rule, toml::de::Error> {
        // Read twice: by themselves, so that a complaint is about a place in the file; then over
        // this entry's own, which need not be the type's defaults.
        R::deserialize(ValueDeserializer::from(settings.clone()))?;
        let given = toml::Table::deserialize(ValueDeserializer::from(settings.clone()))?;
        let usual = toml::Table::try_from((self.0)());
        let mut all = usual.expect("hyperparameters are numbers and names");
        all.extend(given.into_iter().map(|(name, value)| (todays_name(&name).to_owned(), value)));
        Ok(R::deserialize(all)?.shared())
    }
}

/// Hyperparameters that had another name in version 0.1: then, and today.
const RENAMED: [(&str, &str); 1] = [("last_post", "output_activity")];

fn todays_name(name: &str) -> &str {
    RENAMED.iter().find(|(then, _)| *then == name).map_or(name, |(_, today)| today)
}

/// A rule without.
struct Without<R>(fn() -> R);

impl<R: LearningRule + 'static> Entry for Without<R> {
    fn usual(&self) -> Rule {
        (self.0)().shared()
    }

    fn read(&self, settings: &Settings<'_>) -> Result<Rule, toml::de::Error> {
        let settings = ValueDeserializer::from(settings.clone());
        Nothing::deserialize(settings).map(|Nothing {}| self.usual())
    }
}

/// Several rules, which a file names by how they share the network.
struct Combined(Combining, fn() -> Combination);

impl Entry for Combined {
    fn usual(&self) -> Rule {
        (self.1)().shared()
    }

    fn read(&self, settings: &Settings<'_>) -> Result<Rule, toml::de::Error> {
        let Parts { parts } = Parts::deserialize(ValueDeserializer::from(settings.clone()))?;
        let combination = Combination::read(self.0, parts);
        combination.map(Combination::shared).map_err(serde::de::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    parts: Vec<combination::PartSettings>,
}

/// The settings of what has none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The catalogue, in the order of the tables.
const CATALOGUE: [&dyn Entry; 20] = [
    &Without(NoTraining::default),
    &Without(Backprop::default),
    &With(FeedbackAlignment::default),
    &With(KolenPollack::default),
    &With(Hebbian::default),
    &With(ContrastiveHebbian::default),
    &With(DirectFeedbackAlignment::default),
    &With(SignSymmetry::default),
    &With(WeightMirror::default),
    &With(Alignment::symmetric),
    &With(Alignment::activation),
    &With(Alignment::information),
    &With(WeightPerturbation::default),
    &With(NodePerturbation::default),
    &With(PredictiveCoding::default),
    &With(TargetPropagation::plain),
    &With(TargetPropagation::default),
    &With(DirectDifferenceTargetPropagation::default),
    &With(ForwardForward::default),
    &With(EquilibriumPropagation::default),
];

/// Other settings of the same files that have names.
const VARIANTS: [&dyn Entry; 16] = [
    &Without(FrozenHidden::default),
    &With(Hebbian::plain),
    &With(Hebbian::oja),
    &With(Hebbian::sanger),
    &With(Hebbian::supervised),
    &With(SignSymmetry::batchwise_random),
    &With(SignSymmetry::fixed_random),
    &With(Alignment::default),
    &With(NodePerturbation::post_activation),
    &With(PredictiveCoding::fixed_prediction),
    &With(PredictiveCoding::incremental),
    &With(DirectDifferenceTargetPropagation::local_difference),
    &With(EquilibriumPropagation::one_sided),
    &COMBINED[0],
    &COMBINED[1],
    &COMBINED[2],
];

/// Combinations, by what a study's file calls them; with the parts that they have by default.
const COMBINED: [Combined; 3] = [
    Combined(Combining::Mixture, Combination::usual_mixture),
    Combined(Combining::Layers, Combination::usual_layers),
    Combined(Combining::Phases, Combination::usual_phases),
];

/// Why a rule could not be read.
pub(crate) enum Unread {
    /// The catalogue has no such rule.
    Name(Error),
    /// A setting is not one of the rule's own, or of another type.
    Settings(toml::de::Error),
}

/// Every rule of the catalogue with its default hyperparameters, in the order of the tables.
pub fn all() -> Vec<Rule> {
    CATALOGUE.iter().map(|entry| entry.usual()).collect()
}

/// The rule or variant called `name` with hyperparameters as a study's file gives them; those it
/// leaves out are the ones it has by default.
pub(crate) fn read(
    name: &str,
    settings: Option<&Settings<'_>>,
) -> std::result::Result<Rule, Unread> {
    if let Some(entry) = COMBINED.iter().find(|entry| entry.0.name() == name) {
        return match settings {
            Some(settings) => entry.read(settings).map_err(Unread::Settings),
            None => Ok(entry.usual()),
        };
    }
    let usual = named(name).map_err(Unread::Name)?;
    let Some(settings) = settings else { return Ok(usual) };
    let mut entries = CATALOGUE.iter().chain(&VARIANTS);
    let entry = entries.find(|entry| entry.usual().about().name == name);
    entry.map_or(Ok(usual), |entry| entry.read(settings)).map_err(Unread::Settings)
}

/// The same, with hyperparameters in a table of their own.
pub(crate) fn read_table(name: &str, settings: &toml::Table) -> Result<Rule> {
    let text = toml::to_string(settings).unwrap_or_default();
    let wrong = |error: toml::de::Error| {
        Error::Study(format!("the settings of rule {name}: {}", error.message()))
    };
    let settings = match settings.is_empty() {
        true => None,
        false => {
            let table = toml::de::DeTable::parse(&text).map_err(wrong)?;
            let span = table.span();
            Some(Spanned::new(span, DeValue::Table(table.into_inner())))
        }
    };
    let rule = read(name, settings.as_ref()).map_err(|unread| match unread {
        Unread::Name(error) => error,
        Unread::Settings(error) => wrong(error),
    })?;
    rule.check()?;
    Ok(rule)
}

/// Named variants of rules in the catalogue: other settings of the same file.
pub fn variants() -> Vec<Rule> {
    VARIANTS.iter().map(|entry| entry.usual()).collect()
}

/// The catalogue as a table: name, family, default learning rate, what the rule requires of a
/// brain, source.
///
/// # Errors
/// None that the catalogue can cause.
pub fn table() -> Result<DataFrame> {
    let abouts: Vec<About> = all().iter().map(|rule| rule.about()).collect();
    let column = |name: &str, value: fn(&About) -> String| {
        Column::new(name.into(), abouts.iter().map(value).collect::<Vec<String>>())
    };
    let rates: Vec<f64> = abouts.iter().map(|about| about.learning_rate).collect();
    let columns = vec![
        column("rule", |about| about.name.clone()),
        column("family", |about| about.family.to_string()),
        Column::new("learning_rate".into(), rates),
        column("requires", About::requirements_in_words),
        column("source", |about| about.citation.clone()),
    ];
    Ok(DataFrame::new(abouts.len(), columns)?)
}

/// What each rule requires of a brain, as numbers: one row per rule with its `family`, a column for
/// every [`Requirement`], 1 where the rule has it, and their sum, `requirements`. Fewer are more
/// plausible, though no two weigh the same: this orders rules, it does not measure them.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = rules::requirements(&rules::all())?;
/// assert_eq!(table.column("requirements")?.u32()?.get(0), Some(0)); // without training nothing is asked
/// assert_eq!(table.column("weight transport")?.u32()?.get(1), Some(1));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// None that rules can cause.
pub fn requirements(rules: &[Rule]) -> Result<DataFrame> {
    let abouts: Vec<About> = rules.iter().map(|rule| rule.about()).collect();
    let texts = |of: fn(&About) -> String| abouts.iter().map(of).collect::<Vec<String>>();
    let counts = |of: &dyn Fn(&About) -> usize| {
        abouts.iter().map(|about| of(about) as u32).collect::<Vec<u32>>()
    };
    let mut columns = vec![
        Column::new("rule".into(), texts(|about| about.name.clone())),
        Column::new("family".into(), texts(|about| about.family.to_string())),
        Column::new("requirements".into(), counts(&|about| about.requirements.len())),
    ];
    columns.extend(Requirement::ALL.iter().map(|demand| {
        let asked = counts(&|about| usize::from(about.requires(*demand)));
        Column::new(demand.to_string().into(), asked)
    }));
    Ok(DataFrame::new(abouts.len(), columns)?)
}

/// The rule or variant called `name`, with its default hyperparameters.
///
/// # Errors
/// [`Error::UnknownName`], which lists the known names.
pub fn named(name: &str) -> Result<Rule> {
    let known: Vec<Rule> = all().into_iter().chain(variants()).collect();
    known.iter().find(|rule| rule.about().name == name).cloned().ok_or_else(|| Error::UnknownName {
        kind: "learning rule",
        name: name.into(),
        known: known.iter().map(|rule| rule.about().name).collect(),
    })
}
