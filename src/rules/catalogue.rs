//! Which rules there are, and how a study's file sets their hyperparameters.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use self::types::*;
use super::{LearningRule, Rule, combination};
use crate::error::{Error, Result};

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

/// Makes the catalogue of the files of this room: for each file the rules that are in it, in the
/// order of the tables, after them its variants, and then its rules of synaptic plasticity, if it
/// has some. What a file makes public, users see.
macro_rules! catalogue {
    ($($file:ident: [$($rule:expr),*] [$($variant:expr),*] $([$($plasticity:expr),*])?,)+) => {
        /// Every rule, and the types of their hyperparameters.
        pub mod types {
            $(pub use super::super::$file::*;)+
        }

        const CATALOGUE: &[&dyn Entry] = &[$($(&$rule,)*)+];

        /// Other settings of the same files that have names.
        const VARIANTS: &[&dyn Entry] = &[$($(&$variant,)*)+];

        /// Rules of synaptic plasticity, of which some are variants too.
        const PLASTICITY: &[&dyn Entry] = &[$($($(&$plasticity,)*)?)+];
    };
}

catalogue! {
    no_training: [Without(NoTraining::default)] [],
    backprop: [Without(Backprop::default)] [],
    feedback_alignment: [With(FeedbackAlignment::default)] [],
    kolen_pollack: [With(KolenPollack::default)] [],
    hebbian: [With(Hebbian::default)] [
        With(Hebbian::plain), With(Hebbian::oja), With(Hebbian::sanger), With(Hebbian::supervised)
    ] [With(Hebbian::oja), With(Hebbian::sanger)],
    contrastive_hebbian: [With(ContrastiveHebbian::default)] [],
    direct_feedback_alignment: [With(DirectFeedbackAlignment::default)] [],
    sign_symmetry: [With(SignSymmetry::default)] [
        With(SignSymmetry::batchwise_random), With(SignSymmetry::fixed_random)
    ],
    weight_mirror: [With(WeightMirror::default)] [],
    alignment: [
        With(Alignment::symmetric), With(Alignment::activation), With(Alignment::information)
    ] [With(Alignment::default)],
    weight_perturbation: [With(WeightPerturbation::default)] [],
    node_perturbation: [With(NodePerturbation::default)] [With(NodePerturbation::post_activation)],
    predictive_coding: [With(PredictiveCoding::default)] [
        With(PredictiveCoding::fixed_prediction), With(PredictiveCoding::incremental)
    ],
    target_propagation: [With(TargetPropagation::plain), With(TargetPropagation::default)] [],
    direct_difference_target_propagation: [With(DirectDifferenceTargetPropagation::default)] [
        With(DirectDifferenceTargetPropagation::local_difference)
    ],
    forward_forward: [With(ForwardForward::default)] [],
    equilibrium_propagation: [With(EquilibriumPropagation::default)] [
        With(EquilibriumPropagation::one_sided)
    ],
    frozen_hidden: [] [Without(FrozenHidden::default)],
    combination: [] [COMBINED[0], COMBINED[1], COMBINED[2]],
    bcm: [] [] [With(Bcm::default)],
    nonlinear_hebbian: [] [] [With(NonlinearHebbian::default)],
    competitive_hebbian: [] [] [With(CompetitiveHebbian::default)],
    convallis_rate: [] [] [With(ConvallisRate::default)],
    reward_modulated_hebbian: [] [] [With(RewardModulatedHebbian::default)],
}

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

/// Every rule of credit assignment with its default hyperparameters, in the order of the tables.
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
    let mut entries = CATALOGUE.iter().chain(VARIANTS).chain(PLASTICITY);
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

/// Rules of synaptic plasticity: how hidden layers change by the activity of their own units, by a
/// threshold, a competition or a reward, without an error that comes back from the output. Oja's and
/// Sanger's rules teach all layers; the others leave the last layer to the gradient, so that they
/// compare with [`FrozenHidden`](super::FrozenHidden). They are no part of [`all`].
///
/// ```
/// use microlearners::prelude::*;
///
/// let names: Vec<String> = rules::plasticity().iter().map(|rule| rule.about().name).collect();
/// assert_eq!(names[..3], ["oja", "sanger", "bcm"]);
/// // Oja's rule below a read-out by the gradient, at a hundredth of its rate.
/// let parts = [rules::named("oja")?, FrozenHidden.shared()];
/// let with_read_out = Combination::layers(&parts).with_factors(&[0.01, 1.0]);
/// assert_eq!(with_read_out.about().name, "layers_oja_frozen_hidden");
/// # Ok::<(), Error>(())
/// ```
pub fn plasticity() -> Vec<Rule> {
    PLASTICITY.iter().map(|entry| entry.usual()).collect()
}

/// The rule or variant called `name`, of credit assignment or of plasticity, with its default
/// hyperparameters.
///
/// # Errors
/// [`Error::UnknownName`], which lists the known names.
pub fn named(name: &str) -> Result<Rule> {
    let mut known: Vec<Rule> = all().into_iter().chain(variants()).collect();
    for rule in plasticity() {
        if known.iter().all(|one| one.about().name != rule.about().name) {
            known.push(rule);
        }
    }
    known.iter().find(|rule| rule.about().name == name).cloned().ok_or_else(|| Error::UnknownName {
        kind: "learning rule",
        name: name.into(),
        known: known.iter().map(|rule| rule.about().name).collect(),
    })
}
