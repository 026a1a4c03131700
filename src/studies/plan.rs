use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Value;

use super::{Pairs, RulePlan, SavedWeights, Seeding, TaskPlan};
use crate::error::{self, Error, Result};
use crate::network::Architecture;
use crate::observables::{Instrument, InstrumentGrid, ObservableSet};
use crate::training::{Checkpoints, Design, Experiment, Optimizer};

/// The version of the format that this library writes and reads.
pub(super) const FORMAT: u32 = 1;
/// More networks than any study has; catches a mistyped number before it fills memory.
const MOST: usize = 1_000_000;

/// A study as a value that is also a file: every combination of its tasks, architectures,
/// optimizers, rules, learning rates and batch sizes, under each of its seeds, or one combination
/// for each seed ([`Combinations`]).
///
/// ```
/// use microlearners::studies::Plan;
/// use microlearners::training::Design;
///
/// let plan = Plan::of(&Design::microlearners(), 176);
/// assert_eq!(plan.networks(), 1056);
/// assert_eq!(Plan::from_toml(&plan.to_toml())?, plan);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The version of the file's format, 1.
    pub format: u32,
    /// What the study is called.
    pub name: String,
    /// Epochs over the training examples.
    #[serde(default = "usual_epochs")]
    pub epochs: usize,
    /// Examples per step.
    #[serde(default = "usual_batch_sizes")]
    pub batch_sizes: Vec<usize>,
    /// At each checkpoint, loss and accuracy are computed on at most so many examples of each part.
    #[serde(default = "usual_evaluation_examples")]
    pub evaluation_examples: usize,
    /// Names of observables, or of sets of them: `default`, `standard`, `weights`, `nayebi`, `geometry`,
    /// `everything`.
    #[serde(default = "usual_observables")]
    pub observables: Vec<String>,
    /// Which weights are kept besides the tables: `none`, `last` or `checkpoints`.
    #[serde(default)]
    pub weights: SavedWeights,
    /// Which table a [`StoredStudy`](super::StoredStudy) keeps.
    #[serde(default, skip_serializing_if = "is_usual_table")]
    pub stored: StoredTable,
    /// When networks are looked at.
    #[serde(default)]
    pub checkpoints: Checkpoints,
    /// Which seeds.
    #[serde(default)]
    pub seeds: Seeding,
    /// Which combinations of tasks, architectures, batch sizes and learning rates.
    #[serde(default, skip_serializing_if = "is_every")]
    pub combinations: Combinations,
    /// What stands between network and experimenter.
    #[serde(default)]
    pub instrument: Instrument,
    /// Several instruments in its place, which have its seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<InstrumentGrid>,
    /// What is asked of the networks.
    #[serde(default = "usual_tasks")]
    pub tasks: Vec<TaskPlan>,
    /// The architectures.
    #[serde(default = "usual_architectures")]
    pub architectures: Vec<Architecture>,
    /// Which architectures learn which tasks; each learns all if this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<Pairs>,
    /// What turns a rule's proposals into changes.
    #[serde(default = "usual_optimizers")]
    pub optimizers: Vec<Optimizer>,
    /// The learning rules.
    pub rules: Vec<RulePlan>,
}

/// Which combinations of its tasks, architectures, batch sizes and learning rates a study has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combinations {
    /// All of them, under every seed; the default.
    #[default]
    All,
    /// One for each seed: a task, an architecture, a batch size and the first, second, … learning
    /// rate of every rule (which must all have equally many), each assigned in balanced numbers and
    /// at random. All rules under all their optimizers are trained at every one, from the same
    /// weights, so that many settings cost few networks and none of them tells of the rule.
    #[serde(alias = "dealt")]
    Balanced,
}

/// Which table of a study is kept beside its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredTable {
    /// What an experimenter observes, for the identification of rules; the default.
    #[default]
    Observations,
    /// Learning curves, and what became of each network.
    Histories,
}

pub(super) fn check_format(format: u32) -> Result<()> {
    if format == FORMAT {
        return Ok(());
    }
    Err(Error::Study(format!(
        "the study is written in format {format}, and this library reads format {FORMAT}; use the version that wrote it"
    )))
}

impl Plan {
    /// A design's own rules under `seeds` seeds: [`Design::study`] as a plan.
    pub fn of(design: &Design, seeds: u64) -> Self {
        let feedback = Value::try_from(design.feedback).ok();
        let rules = design.rules().into_iter().map(|rule| {
            let about = rule.about();
            let rate = design.rate_of(&rule);
            let plan = RulePlan::named(about.name).with_learning_rates(&[rate]);
            let has_feedback = about.hyperparameters.iter().any(|h| h.name == "feedback");
            match &feedback {
                Some(feedback) if has_feedback => plan.with_setting("feedback", feedback.clone()),
                _ => plan,
            }
        });
        Self {
            format: FORMAT,
            name: design.name.clone(),
            epochs: design.epochs,
            batch_sizes: vec![design.batch_size],
            evaluation_examples: usual_evaluation_examples(),
            observables: usual_observables(),
            weights: SavedWeights::default(),
            stored: StoredTable::default(),
            checkpoints: Checkpoints::default(),
            seeds: Seeding::new(0, seeds),
            combinations: Combinations::All,
            instrument: Instrument::default(),
            grid: None,
            tasks: vec![TaskPlan {
                normalisation: design.normalisation,
                objective: design.objective,
                ..TaskPlan::default()
            }],
            architectures: vec![design.architecture.clone()],
            pairs: Vec::new(),
            optimizers: usual_optimizers(),
            rules: rules.collect(),
        }
    }

    /// The number of networks.
    pub fn networks(&self) -> usize {
        let of_rule = |rule: &RulePlan| {
            let own = rule.optimizers.len();
            let optimizers = if own > 0 { own } else { self.optimizers.len() };
            match self.combinations {
                Combinations::All => rule.learning_rates.len().max(1).saturating_mul(optimizers),
                Combinations::Balanced => optimizers,
            }
        };
        let of_rules = self.rules.iter().map(of_rule).fold(0, usize::saturating_add);
        let seeds = usize::try_from(self.seeds.pairs()).unwrap_or(usize::MAX);
        if self.combinations == Combinations::Balanced {
            return of_rules.saturating_mul(seeds);
        }
        [self.count_pairs(), self.batch_sizes.len()]
            .into_iter()
            .fold(of_rules.saturating_mul(seeds), usize::saturating_mul)
    }

    /// Rejects what cannot be run, before any data is read.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the setting, its value and what it must be;
    /// [`Error::UnknownName`], which lists the known names; [`Error::Study`] for a format of
    /// another version.
    pub fn check(&self) -> Result<()> {
        check_format(self.format)?;
        self.check_counts()?;
        self.check_repetitions()?;
        self.instrument.check()?;
        self.grid.as_ref().map_or(Ok(()), InstrumentGrid::check)?;
        if self.grid.is_some()
            && self.instrument
                != (Instrument { seed: self.instrument.seed, ..Instrument::default() })
        {
            let requirement = "a grid has noise and fractions of its own: leave all but the instrument's seed out";
            return Err(Error::setting("grid", "given", requirement));
        }
        self.observable_set()?;
        self.architectures.iter().try_for_each(Architecture::check)?;
        self.optimizers.iter().try_for_each(|optimizer| optimizer.check())?;
        for rule in &self.rules {
            rule.rule()?;
            rule.optimizers.iter().try_for_each(|optimizer| optimizer.check())?;
            for rate in &rule.learning_rates {
                error::check_not_negative("learning_rates", *rate)?;
            }
        }
        self.tasks.iter().try_for_each(TaskPlan::check)
    }

    fn check_lists(&self) -> Result<()> {
        let lists = [
            ("tasks", self.tasks.len()),
            ("architectures", self.architectures.len()),
            ("optimizers", self.optimizers.len()),
            ("rules", self.rules.len()),
            ("batch_sizes", self.batch_sizes.len()),
            ("observables", self.observables.len()),
        ];
        match lists.iter().find(|(_, length)| *length == 0) {
            None => Ok(()),
            Some((name, _)) => Err(Error::setting(*name, "empty", "a study needs at least one")),
        }
    }

    fn check_numbers(&self) -> Result<()> {
        error::check_count("epochs", self.epochs)?;
        error::check_count("evaluation_examples", self.evaluation_examples)?;
        self.batch_sizes.iter().try_for_each(|size| error::check_count("batch_sizes", *size))?;
        error::check_count("count", usize::try_from(self.seeds.count).unwrap_or(usize::MAX))?;
        if let Some(data) = self.seeds.data {
            error::check_count("data", usize::try_from(data).unwrap_or(usize::MAX))?;
        }
        let most = self.seeds.count.max(self.seeds.data.unwrap_or(1));
        if self.seeds.first.checked_add(most).is_none() {
            return Err(Error::setting(
                "first",
                self.seeds.first,
                "the seeds must stay below 2^64",
            ));
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<()> {
        self.check_lists()?;
        self.check_numbers()?;
        let rates = |rule: &RulePlan| rule.learning_rates.len().max(1);
        if self.combinations == Combinations::Balanced
            && let Some(other) = self.rules.iter().find(|rule| rates(rule) != rates(&self.rules[0]))
        {
            let requirement = format!(
                "every rule must then have equally many learning rates, and {} has {} where {} has {}",
                other.name,
                rates(other),
                self.rules[0].name,
                rates(&self.rules[0])
            );
            return Err(Error::setting("combinations", "balanced", requirement));
        }
        if self.combinations == Combinations::Balanced && self.seeds.data.is_some() {
            let requirement = "each seed then has a combination and an order of examples of its own; leave it out";
            return Err(Error::setting("data", "given", requirement));
        }
        self.check_pairs()?;
        if self.networks() > MOST {
            let requirement = format!(
                "that makes {} networks, and a study has at most {MOST}; ask for fewer seeds",
                self.networks()
            );
            return Err(Error::setting("count", self.seeds.count, requirement));
        }
        Ok(())
    }

    /// Rejects a list that names something twice: its networks would be the same, and count twice.
    fn check_repetitions(&self) -> Result<()> {
        once("batch_sizes", &self.batch_sizes, usize::to_string)?;
        once("tasks", &self.tasks, TaskPlan::to_string)?;
        once("architectures", &self.architectures, |one| format!("hidden {:?}", one.hidden))?;
        once("optimizers", &self.optimizers, Optimizer::to_string)?;
        for rule in &self.rules {
            once("learning_rates", &rule.learning_rates, f64::to_string)?;
            once("optimizers", &rule.optimizers, Optimizer::to_string)?;
        }
        once("rules", &self.rules, |rule| rule.name.clone())
    }

    /// The observables that are measured.
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn observable_set(&self) -> Result<ObservableSet> {
        ObservableSet::listed(&self.observables)
    }
}

/// Accepts a list whose entries are all different, or says which is named twice.
fn once<T: PartialEq>(name: &str, values: &[T], in_words: fn(&T) -> String) -> Result<()> {
    match error::first_repeated(values) {
        None => Ok(()),
        Some(value) => {
            let requirement =
                "the list has it twice, and the same networks would count twice; leave one out";
            Err(Error::setting(name, in_words(value), requirement))
        }
    }
}

fn is_every(combinations: &Combinations) -> bool {
    *combinations == Combinations::All
}

fn is_usual_table(table: &StoredTable) -> bool {
    *table == StoredTable::default()
}

fn usual_epochs() -> usize {
    Experiment::EPOCHS
}

fn usual_batch_sizes() -> Vec<usize> {
    vec![Experiment::BATCH_SIZE]
}

fn usual_evaluation_examples() -> usize {
    Experiment::EVALUATION_EXAMPLES
}

fn usual_observables() -> Vec<String> {
    vec!["default".into()]
}

fn usual_tasks() -> Vec<TaskPlan> {
    vec![TaskPlan::default()]
}

fn usual_architectures() -> Vec<Architecture> {
    vec![Architecture::default()]
}

fn usual_optimizers() -> Vec<Optimizer> {
    vec![Optimizer::default()]
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<&str> = self.rules.iter().map(|rule| rule.name.as_str()).collect();
        write!(
            f,
            "plan {}: {} networks, {} seeds from {}, rules {}",
            self.name,
            self.networks(),
            self.seeds.count,
            self.seeds.first,
            rules.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 tasks, 3 architectures, 2 batch sizes, 2 optimizers, 4 seeds and two rules, one at two
    /// learning rates.
    fn plan() -> Plan {
        Plan {
            tasks: vec![TaskPlan::synthetic(), TaskPlan { seed: 1, ..TaskPlan::synthetic() }],
            architectures: [4, 5, 6].map(|units| Architecture::hidden(&[units])).into(),
            batch_sizes: vec![10, 20],
            optimizers: vec![Optimizer::sgd(), Optimizer::adam()],
            rules: vec![
                RulePlan::named("backprop").with_learning_rates(&[0.1, 0.2]),
                RulePlan::named("hebbian"),
            ],
            ..Plan::of(&Design::moving(), 4)
        }
    }

    fn refusal(plan: &Plan) -> String {
        plan.check().expect_err("a refusal").to_string()
    }

    #[test]
    fn networks_are_counted_without_being_made() {
        let plan = plan();
        assert_eq!(plan.networks(), 2 * 3 * 2 * 2 * 4 * (2 + 1));
        assert_eq!(plan.study().expect("a study").experiments.len(), plan.networks());
        let own = RulePlan::named("hebbian").with_optimizers(&[Optimizer::sgd()]);
        let fewer = Plan { rules: vec![own], ..plan.clone() };
        assert_eq!(fewer.networks(), 2 * 3 * 2 * 4);
        assert_eq!(Plan { rules: Vec::new(), ..plan.clone() }.networks(), 0);
        let endless = Plan { seeds: Seeding::new(0, u64::MAX), ..plan };
        assert_eq!(endless.networks(), usize::MAX);
    }

    #[test]
    fn every_model_seed_can_come_with_several_data_seeds() {
        let plan = Plan { seeds: Seeding { data: Some(3), ..Seeding::new(5, 2) }, ..plan() };
        assert_eq!(plan.networks(), 2 * 3 * 2 * 2 * 6 * (2 + 1));
        let study = plan.study().expect("a study");
        assert_eq!(study.experiments.len(), plan.networks());
        let per_seeds = plan.networks() / 6;
        let of = |place: usize| study.experiments[place * per_seeds].seeds;
        let seeds: Vec<(u64, u64)> = (0..6).map(of).map(|one| (one.model, one.data)).collect();
        assert_eq!(seeds, [(5, 5), (5, 6), (5, 7), (6, 5), (6, 6), (6, 7)]);
        assert_eq!(Plan::from_toml(&plan.to_toml()).expect("a plan"), plan);
        for refused in [
            Plan { seeds: Seeding { data: Some(0), ..plan.seeds }, ..plan.clone() },
            Plan {
                combinations: Combinations::Balanced,
                rules: vec![RulePlan::named("hebbian")],
                ..plan
            },
        ] {
            assert!(refusal(&refused).starts_with("data is "), "{}", refusal(&refused));
        }
    }

    #[test]
    fn a_balanced_plan_has_one_combination_for_each_seed() {
        let rates = [0.1, 0.2];
        let rules = ["backprop", "hebbian"].map(|n| RulePlan::named(n).with_learning_rates(&rates));
        let plan = Plan { combinations: Combinations::Balanced, rules: rules.into(), ..plan() };
        // Two rules, each under both optimizers.
        assert_eq!(plan.networks(), 4 * 2 * 2);
        assert_eq!(plan.study().expect("a study").experiments.len(), 16);
    }

    #[test]
    fn the_first_thing_that_cannot_be_is_named_with_its_value() {
        let another = Plan { format: FORMAT + 1, ..plan() };
        assert!(refusal(&another).contains("written in format 2"), "{}", refusal(&another));
        for (name, refused) in [
            ("tasks", Plan { tasks: Vec::new(), ..plan() }),
            ("architectures", Plan { architectures: Vec::new(), ..plan() }),
            ("optimizers", Plan { optimizers: Vec::new(), ..plan() }),
            ("batch_sizes", Plan { batch_sizes: Vec::new(), ..plan() }),
            ("rules", Plan { rules: Vec::new(), ..plan() }),
            ("epochs", Plan { epochs: 0, ..plan() }),
            ("count", Plan { seeds: Seeding::new(0, 0), ..plan() }),
        ] {
            assert!(refusal(&refused).contains(name), "{name}: {}", refusal(&refused));
        }
        let too_many = Plan { seeds: Seeding::new(0, 1_000_000), ..plan() };
        assert!(refusal(&too_many).contains("72000000"), "{}", refusal(&too_many));
    }

    #[test]
    fn a_rule_is_refused_for_its_name_its_settings_and_its_rates() {
        let with = |rule| Plan { rules: vec![rule], ..plan() };
        let unknown = refusal(&with(RulePlan::named("backpropp")));
        assert!(unknown.contains("backpropp") && unknown.contains("backprop,"), "{unknown}");
        let setting = RulePlan::named("kolen_pollack").with_setting("decays", 0.1);
        assert!(refusal(&with(setting)).contains("decays"));
        let rate = RulePlan::named("backprop").with_learning_rates(&[0.1, -0.5]);
        assert!(refusal(&with(rate)).contains("-0.5"));
    }

    #[test]
    fn a_grid_and_an_instrument_of_its_own_exclude_one_another() {
        let instrument = Instrument::perfect().with_noise(0.1);
        let both = Plan { grid: Some(InstrumentGrid::default()), instrument, ..plan() };
        assert!(refusal(&both).contains("leave all but the instrument's seed out"));
    }
}
