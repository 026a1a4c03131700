//! Several rules in one network: mixed, each in layers of its own, or one after the other. Any rule
//! with any rule.
//!
//! - `mixture`: G = Σ share · factor · G of each rule, with shares that sum to 1
//! - `layers`: each layer has the G of its own rule; of the rules named, the last one's is the
//!   output layer, the others' are the hidden layers from the lowest, the last of them serving
//!   those that are left
//! - `phases`: each rule for a number of weight updates, the last one to the end; weights carry
//!   over, and the optimizer begins anew
//!
//! A factor multiplies what a rule proposes: its learning rate relative to the experiment's. Names
//! are made of the parts', as `layers_hebbian_backprop`. What such a network answers is what its
//! last rule does with it (of a mixture the first).
//!
//! # Biological requirements
//! What all of its rules ask.

use serde::Deserialize;

use super::{About, Family, Learner, LearningRule, Requirement, Rule, StepReport, read_table};
use crate::data::Objective;
use crate::error::{self, Error, Result};
use crate::network::{Activity, Batch, Inputs, Matrix, Network, Updates};
use crate::random::Rng;

/// How rules share a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combining {
    /// All of them propose for all synapses.
    Mixture,
    /// Each proposes for layers of its own.
    Layers,
    /// One after the other.
    Phases,
}

impl Combining {
    /// What a study's file calls it, and what names begin with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Mixture => "mixture",
            Self::Layers => "layers",
            Self::Phases => "phases",
        }
    }
}

/// A rule's part in a combination.
#[derive(Clone, Debug)]
pub struct Part {
    /// The rule.
    pub rule: Rule,
    /// Of a mixture, its share, above 0; shares sum to 1.
    pub share: f64,
    /// Of phases, for how many weight updates it is in charge; without meaning for the last.
    pub steps: usize,
    /// What its proposals are multiplied by, at least 0: its learning rate relative to the
    /// experiment's.
    pub factor: f64,
}

impl Part {
    fn of(rule: &Rule) -> Self {
        Self { rule: rule.clone(), share: 1.0, steps: 0, factor: 1.0 }
    }
}

/// Several rules in one network.
///
/// ```
/// use microlearners::prelude::*;
///
/// let hybrid = Combination::layers(&[rules::named("feedback_alignment")?, rules::named("backprop")?]);
/// assert_eq!(hybrid.about().name, "layers_feedback_alignment_backprop");
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let trajectory = train(&Experiment::new(&task).rule(hybrid).batch_size(20))?;
/// assert!(trajectory.test.accuracy > 0.25);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Combination {
    /// How they share it.
    pub how: Combining,
    /// The rules.
    pub parts: Vec<Part>,
}

impl Combination {
    /// A convex mixture: rules, and shares that sum to 1.
    pub fn mixture(rules: &[(Rule, f64)]) -> Self {
        let parts = rules.iter().map(|(rule, share)| Part { share: *share, ..Part::of(rule) });
        Self { how: Combining::Mixture, parts: parts.collect() }
    }

    /// A rule for each layer from the lowest: the last one's is the output layer, and the one
    /// before it supports all hidden layers that are left.
    pub fn layers(rules: &[Rule]) -> Self {
        Self { how: Combining::Layers, parts: rules.iter().map(Part::of).collect() }
    }

    /// One rule after the other, each for a number of weight updates, and `last` to the end.
    pub fn phases(rules: &[(Rule, usize)], last: &Rule) -> Self {
        let parts = rules.iter().map(|(rule, steps)| Part { steps: *steps, ..Part::of(rule) });
        Self { how: Combining::Phases, parts: parts.chain([Part::of(last)]).collect() }
    }

    /// The same, with the proposals of each part multiplied by a factor; those of parts without one
    /// stay.
    #[must_use]
    pub fn with_factors(mut self, factors: &[f64]) -> Self {
        self.parts.iter_mut().zip(factors).for_each(|(part, factor)| part.factor = *factor);
        self
    }

    /// Half weight perturbation, at a thousandth of the rate, and half feedback alignment.
    pub(super) fn usual_mixture() -> Self {
        let guess = super::WeightPerturbation::default().shared();
        let carried = super::FeedbackAlignment::default().shared();
        Self::mixture(&[(guess, 0.5), (carried, 0.5)]).with_factors(&[0.01])
    }

    /// Feedback alignment below, node perturbation, at a tenth of the rate, at the output.
    pub(super) fn usual_layers() -> Self {
        let carried = super::FeedbackAlignment::default().shared();
        let guess = super::NodePerturbation::default().shared();
        Self::layers(&[carried, guess]).with_factors(&[1.0, 0.1])
    }

    /// Predictive coding for 100 updates, then backprop.
    pub(super) fn usual_phases() -> Self {
        let first = super::PredictiveCoding::default().shared();
        Self::phases(&[(first, 100)], &super::Backprop.shared())
    }

    /// The combination that a study's file describes.
    pub(super) fn read(how: Combining, parts: Vec<PartSettings>) -> Result<Self> {
        let part = |part: PartSettings| -> Result<Part> {
            Ok(Part {
                rule: read_table(&part.rule, &part.settings)?,
                share: part.share,
                steps: part.steps,
                factor: part.factor,
            })
        };
        Ok(Self { how, parts: parts.into_iter().map(part).collect::<Result<_>>()? })
    }

    /// Which part's the layer is.
    fn part_of(&self, layer: usize, depth: usize) -> usize {
        let last = self.parts.len() - 1;
        if layer + 1 == depth { last } else { layer.min(last.saturating_sub(1)) }
    }
}

/// A part as a study's file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartSettings {
    rule: String,
    #[serde(default = "one")]
    share: f64,
    #[serde(default)]
    steps: usize,
    #[serde(default = "one")]
    factor: f64,
    #[serde(default)]
    settings: toml::Table,
}

fn one() -> f64 {
    1.0
}

impl Combining {
    /// The equation, and the mechanism in one sentence.
    fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Mixture => (
                "G = Σ share · G of each rule",
                "Every synapse follows several rules at once, each in part.",
            ),
            Self::Layers => {
                ("G_l of the layer's own rule", "Every layer follows a rule of its own.")
            }
            Self::Phases => (
                "G of one rule after the other",
                "One rule after the other: weights carry over, the optimizer begins anew.",
            ),
        }
    }
}

/// What any of the parts requires, each once.
fn requirements_of(abouts: &[About]) -> Vec<Requirement> {
    let mut requirements: Vec<Requirement> = Vec::new();
    for requirement in abouts.iter().flat_map(|about| &about.requirements) {
        if !requirements.contains(requirement) {
            requirements.push(*requirement);
        }
    }
    requirements
}

super::show::show_rules!(Combination);
crate::display::show_as_settings!(Combining, Part);

impl LearningRule for Combination {
    fn about(&self) -> About {
        let abouts: Vec<About> = self.parts.iter().map(|part| part.rule.about()).collect();
        let last = self.parts.len().saturating_sub(1);
        let words = abouts.iter().zip(&self.parts).enumerate().map(|(place, (about, part))| {
            match self.how {
                Combining::Mixture => format!("{:.0}_{}", 100.0 * part.share, about.name),
                Combining::Phases if place < last => format!("{}_{}", part.steps, about.name),
                Combining::Layers | Combining::Phases => about.name.clone(),
            }
        });
        let words = words.collect::<Vec<String>>().join("_");
        let (equation, summary) = self.how.in_words();
        let mut citations: Vec<String> =
            abouts.iter().map(|about| about.citation.clone()).collect();
        citations.dedup();
        let requirements = requirements_of(&abouts);
        let rates = abouts.iter().map(|about| about.learning_rate);
        let (factors, none): (Vec<f64>, Vec<f64>) =
            self.parts.iter().map(|part| (part.factor, 1.0)).unzip();
        let about =
            About::new(format!("{}_{words}", self.how.name()), equation, citations.join("; "))
                .family(Family::Combination)
                .summary(summary)
                .requirements(&requirements)
                .learning_rate(rates.fold(0.0, f64::max))
                .hyperparameter("factors", &factors, &none, "of the parts' proposals, at least 0");
        match abouts.iter().any(|about| about.learns) {
            true => about,
            false => about.does_not_learn(),
        }
    }

    fn check(&self) -> Result<()> {
        if self.parts.len() < 2 {
            let requirement = "it takes two rules at least to combine";
            return Err(Error::setting("parts", self.parts.len(), requirement));
        }
        for part in &self.parts {
            part.rule.check()?;
            error::check_not_negative("factor", part.factor)?;
        }
        match self.how {
            Combining::Mixture => {
                self.parts
                    .iter()
                    .try_for_each(|part| error::check_positive("share", part.share))?;
                let sum: f64 = self.parts.iter().map(|part| part.share).sum();
                if (sum - 1.0).abs() > 1e-6 {
                    return Err(Error::setting("shares", sum, "they must sum to 1"));
                }
                Ok(())
            }
            Combining::Phases => {
                let but_last = &self.parts[..self.parts.len() - 1];
                but_last.iter().try_for_each(|part| error::check_count("steps", part.steps))
            }
            Combining::Layers => Ok(()),
        }
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        self.parts.iter().try_for_each(|part| part.rule.supports(objective))
    }

    fn suits(&self, network: &Network) -> Result<()> {
        self.parts.iter().try_for_each(|part| part.rule.suits(network))
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(CombinationLearner {
            rule: self.clone(),
            learners: self.parts.iter().map(|part| part.rule.start(network, rng)).collect(),
            own: Updates::new(network),
            step: 0,
            current: 0,
            changed: false,
        })
    }
}

#[derive(Debug)]
struct CombinationLearner {
    rule: Combination,
    learners: Vec<Box<dyn Learner>>,
    /// What one of the rules proposes.
    own: Updates,
    /// Proposals so far; which phase it is; and whether it has just begun.
    step: usize,
    current: usize,
    changed: bool,
}

impl Learner for CombinationLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        let copies = self.learners.iter().map(|learner| learner.copied());
        Some(Box::new(Self {
            rule: self.rule.clone(),
            learners: copies.collect::<Option<_>>()?,
            own: self.own.clone(),
            ..*self
        }))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport {
        if self.rule.how == Combining::Phases {
            self.advance();
            return self.propose_part(self.current, (network, batch), updates, rng);
        }
        let parts = (0..self.learners.len())
            .map(|part| self.propose_part(part, (network, batch), updates, rng));
        let steps: Vec<StepReport> = parts.collect();
        StepReport { settled: steps.iter().all(|step| step.settled), ..steps[0] }
    }

    fn after_update(&mut self, network: &Network, change: &Updates) {
        match self.rule.how {
            Combining::Phases => self.learners[self.current].after_update(network, change),
            _ => self.learners.iter_mut().for_each(|learner| learner.after_update(network, change)),
        }
    }

    fn resets_optimizer(&self) -> bool {
        self.changed
    }

    fn predict(&self, network: &Network, inputs: Inputs<'_>) -> Matrix {
        self.answering().predict(network, inputs)
    }

    fn states(&self, network: &Network, inputs: Inputs<'_>) -> Option<Activity> {
        self.answering().states(network, inputs)
    }
}

impl CombinationLearner {
    /// Whose way to answer is the combination's.
    fn answering(&self) -> &dyn Learner {
        let part = match self.rule.how {
            Combining::Mixture => 0,
            Combining::Layers => self.learners.len() - 1,
            Combining::Phases => self.current,
        };
        self.learners[part].as_ref()
    }

    /// To the next phase, if it is time.
    fn advance(&mut self) {
        self.changed = false;
        let is_last = self.current + 1 == self.learners.len();
        if !is_last && self.step == self.rule.parts[self.current].steps {
            (self.current, self.step, self.changed) = (self.current + 1, 0, true);
        }
        self.step += 1;
    }

    /// Adds what one part proposes, where it is in charge.
    fn propose_part(
        &mut self,
        part: usize,
        (network, batch): (&Network, &Batch<'_>),
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport {
        self.own.clear();
        let step = self.learners[part].propose(network, batch, &mut self.own, rng);
        let own = &self.rule.parts[part];
        let share = if self.rule.how == Combining::Mixture { own.share } else { 1.0 };
        let scale = (share * own.factor) as f32;
        let depth = network.depth();
        let mut layers = 0;
        for (layer, (update, own)) in
            updates.layers_mut().iter_mut().zip(self.own.layers()).enumerate()
        {
            if self.rule.how == Combining::Layers && self.rule.part_of(layer, depth) != part {
                continue;
            }
            layers += 1;
            update.scaled_add(scale, own);
        }
        // All weights shrink alike: by the mean over the layers of what their rules ask.
        updates.decay += share as f32 * self.own.decay * layers as f32 / depth as f32;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, propose};
    use super::*;
    use crate::network::Activation;
    use crate::random;
    use crate::rules::{Backprop, FeedbackAlignment, Hebbian};

    fn network() -> Network {
        testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy)
    }

    #[test]
    fn a_mixture_is_the_sum_of_its_parts_and_alone_each_is_itself() {
        let network = network();
        let batch = testing::batch(&network, 8);
        let (one, other) = (Backprop.shared(), Hebbian::plain().shared());
        let mixed = Combination::mixture(&[(one.clone(), 0.3), (other.clone(), 0.7)]);
        let found = propose(&mixed, &network, &batch).1;
        let (first, second) = (
            propose(one.as_ref(), &network, &batch).1,
            propose(other.as_ref(), &network, &batch).1,
        );
        for (layer, found) in found.layers().iter().enumerate() {
            let expected =
                0.3 * &first.layers()[layer].weights + 0.7 * &second.layers()[layer].weights;
            assert!(found.weights.abs_diff_eq(&expected, 1e-6));
        }
        let alone = Combination::mixture(&[(one.clone(), 0.5), (one, 0.5)]);
        assert_eq!(propose(&alone, &network, &batch).1, first);
        assert_eq!(mixed.about().name, "mixture_30_backprop_70_hebbian_plain");
    }

    #[test]
    fn each_layer_has_its_own_rule() {
        let network = network();
        let batch = testing::batch(&network, 8);
        let rules = [Hebbian::plain().shared(), Backprop.shared()];
        let found = propose(&Combination::layers(&rules), &network, &batch).1;
        let [below, top] = rules.map(|rule| propose(rule.as_ref(), &network, &batch).1);
        assert_eq!(found.layers()[..2], below.layers()[..2]);
        assert_eq!(found.layers()[2], top.layers()[2]);
    }

    #[test]
    fn phases_follow_one_another_and_the_optimizer_is_told() {
        let network = network();
        let batch = testing::batch(&network, 8);
        let (first, last) = (FeedbackAlignment::default().shared(), Backprop.shared());
        let rule = Combination::phases(&[(first, 2)], &last);
        assert_eq!(rule.about().name, "phases_2_feedback_alignment_backprop");
        let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
        let exact = propose(&Backprop, &network, &batch).1;
        for step in 0..4 {
            let found = testing::propose_with(learner.as_mut(), &network, &batch).1;
            assert_eq!(found == exact, step >= 2, "{step}");
            assert_eq!(learner.resets_optimizer(), step == 2, "{step}");
        }
    }

    #[test]
    fn a_studys_file_describes_it() {
        let read = |text: &str| read_table("layers", &text.parse().unwrap());
        let rule = read(
            "parts = [{ rule = \"weight_perturbation\", factor = 0.01, settings = { noise = 0.1 } }, { rule = \"backprop\" }]",
        )
        .unwrap();
        assert_eq!(rule.about().name, "layers_weight_perturbation_backprop");
        assert_eq!(rule.about().hyperparameters[0].value, "[0.01, 1.0]");
        let unknown = read("parts = [{ rule = \"magic\" }, { rule = \"backprop\" }]").unwrap_err();
        assert!(unknown.to_string().contains("magic"), "{unknown}");
        assert!(
            read("parts = [{ rule = \"backprop\" }]")
                .unwrap_err()
                .to_string()
                .contains("two rules")
        );
        assert!(read("halves = 2").is_err());
    }

    #[test]
    fn what_cannot_be_combined_is_refused() {
        let rule = Backprop.shared();
        let told = |rule: Combination| rule.check().unwrap_err().to_string();
        assert!(told(Combination::layers(std::slice::from_ref(&rule))).contains("two rules"));
        let shares = [(rule.clone(), 0.5), (rule.clone(), 0.6)];
        assert!(told(Combination::mixture(&shares)).contains("sum to 1"));
        assert!(told(Combination::phases(&[(rule.clone(), 0)], &rule)).contains("steps"));
        let guess = super::super::NodePerturbation::default().shared();
        assert!(Combination::layers(&[rule, guess]).supports(Objective::Contrastive).is_err());
    }
}
