use std::fmt;

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::SavedWeights;
use crate::data::{
    self, Change, Dataset, Normalisation, Objective, Scenario, Task, TaskSettings, TeacherSettings,
};
use crate::error::{self, Error, Result};
use crate::network::Architecture;
use crate::observables::{Instrument, InstrumentGrid, ObservableSet};
use crate::random;
use crate::rules::{self, Rule};
use crate::training::{Checkpoints, Design, Experiment, Optimizer, Seeds, Study};

/// The version of the format that this library writes and reads.
pub(super) const FORMAT: u32 = 1;
/// The data sets that a plan can name.
const DATASETS: [&str; 2] = ["mnist", "synthetic"];
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
    /// Names of observables, or of sets of them: `default`, `standard`, `weights`, `nayebi`,
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
    /// What turns a rule's proposals into changes.
    #[serde(default = "usual_optimizers")]
    pub optimizers: Vec<Optimizer>,
    /// The learning rules.
    pub rules: Vec<RulePlan>,
}

/// Consecutive seeds; a network's model seed and data seed are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seeding {
    /// The first seed.
    pub first: u64,
    /// How many there are.
    pub count: u64,
}

impl Default for Seeding {
    fn default() -> Self {
        Self { first: 0, count: 30 }
    }
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

/// What is asked about the images of a [`TaskPlan`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskKind {
    /// Their class; the default. [`Task::classification`]
    #[default]
    Classification,
    /// The image itself. [`Task::autoencoding`]
    Autoencoding,
    /// Which views are of one image. [`Task::contrastive`]
    Contrastive {
        /// The number of output units.
        outputs: usize,
    },
    /// What a random network says of random inputs: there are no images. [`Task::teacher_student`]
    TeacherStudent(TeacherSettings),
}

/// A task, as a file says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskPlan {
    /// `mnist` or `synthetic`.
    pub dataset: String,
    /// What is asked; default the class.
    #[serde(skip_serializing_if = "is_usual_kind")]
    pub kind: TaskKind,
    /// How the task changes while networks learn, for classifications; default not at all.
    #[serde(skip_serializing_if = "Option::is_none", alias = "world")]
    pub scenario: Option<Scenario>,
    /// What is done to the images or their classes, one after the other; default nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// So many training images, with the classes in proportion; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_examples: Option<usize>,
    /// So many test images; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_examples: Option<usize>,
    /// Only these classes; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<usize>>,
    /// How pixels become inputs.
    pub normalisation: Normalisation,
    /// Read-out and loss.
    pub objective: Objective,
    /// The fraction of the training images held out.
    pub validation_fraction: f64,
    /// Test images that activity is recorded on.
    pub probe_stimuli: usize,
    /// Decides which images are held out, chosen and shown as probes.
    pub seed: u64,
}

impl Default for TaskPlan {
    fn default() -> Self {
        let TaskSettings { normalisation, objective, validation_fraction, probe_stimuli, seed } =
            TaskSettings::default();
        Self {
            dataset: "mnist".into(),
            kind: TaskKind::default(),
            scenario: None,
            changes: Vec::new(),
            train_examples: None,
            test_examples: None,
            classes: None,
            normalisation,
            objective,
            validation_fraction,
            probe_stimuli,
            seed,
        }
    }
}

/// A rule of the catalogue, its hyperparameters and learning rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePlan {
    /// The rule's name.
    pub name: String,
    /// One network at each of these learning rates; empty for the rule's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learning_rates: Vec<f64>,
    /// One network under each of these optimizers instead of the study's; empty for the study's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optimizers: Vec<Optimizer>,
    /// Hyperparameters that differ from the rule's default.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub settings: Table,
}

impl RulePlan {
    /// The rule called `name` with its default hyperparameters, at its own learning rate.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            learning_rates: Vec::new(),
            optimizers: Vec::new(),
            settings: Table::new(),
        }
    }

    /// The same with another hyperparameter.
    ///
    /// ```
    /// use microlearners::studies::RulePlan;
    ///
    /// let rule = RulePlan::named("kolen_pollack").with_setting("decay", 0.01);
    /// assert!(rule.rule()?.about().hyperparameters[0].value == "0.01");
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// The same at these learning rates.
    #[must_use]
    pub fn with_learning_rates(self, rates: &[f64]) -> Self {
        Self { learning_rates: rates.to_vec(), ..self }
    }

    /// The same under these optimizers instead of the study's.
    #[must_use]
    pub fn with_optimizers(self, optimizers: &[Optimizer]) -> Self {
        Self { optimizers: optimizers.to_vec(), ..self }
    }

    /// The rule itself.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if the catalogue does not have it; [`Error::Study`] if a setting is
    /// not one of its own or of another type; [`Error::Setting`] if one is meaningless.
    pub fn rule(&self) -> Result<Rule> {
        rules::read_table(&self.name, &self.settings)
    }
}

impl TaskPlan {
    /// The synthetic task for trying things out: four noisy patterns of 6 × 6 pixels.
    pub fn synthetic() -> Self {
        Self { dataset: "synthetic".into(), ..Self::default() }
    }

    /// Reads the data and makes the task.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a data set there is none of; [`Error::Data`] if its files are not
    /// what they must be; [`Error::Setting`] for a part that cannot be had.
    pub fn task(&self) -> Result<Task> {
        let settings = TaskSettings {
            normalisation: self.normalisation,
            objective: self.objective,
            validation_fraction: self.validation_fraction,
            probe_stimuli: self.probe_stimuli,
            seed: self.seed,
        };
        match self.kind {
            TaskKind::TeacherStudent(teacher) => Task::teacher_student(&teacher),
            TaskKind::Classification => match self.scenario {
                None => Task::classification(&self.images()?, &settings),
                Some(scenario) => Task::in_phases(&self.images()?, scenario, &settings),
            },
            TaskKind::Autoencoding => Task::autoencoding(&self.images()?, &settings),
            TaskKind::Contrastive { outputs } => {
                Task::contrastive(&self.images()?, &settings, outputs)
            }
        }
    }

    /// Rejects what cannot be, before any data is read.
    fn check(&self) -> Result<()> {
        self.normalisation.check()?;
        error::check_below_one("validation_fraction", self.validation_fraction)?;
        error::check_count("probe_stimuli", self.probe_stimuli)?;
        self.changes.iter().try_for_each(|change| change.check())?;
        if self.scenario.is_some() && self.kind != TaskKind::Classification {
            let requirement = "only what is asked by classes changes in phases: leave it out, or the kind of task";
            return Err(Error::setting("scenario", "given", requirement));
        }
        if !DATASETS.contains(&self.dataset.as_str()) {
            return Err(unknown_dataset(&self.dataset));
        }
        match self.kind {
            TaskKind::TeacherStudent(teacher) => {
                let images = Self { kind: self.kind, ..Self::default() };
                if *self != images {
                    let requirement =
                        "it makes its own data: leave out everything else of this task";
                    return Err(Error::setting("kind", "teacher_student", requirement));
                }
                teacher.check()
            }
            TaskKind::Contrastive { outputs } => data::check_outputs(outputs),
            TaskKind::Classification => data::check_classification(self.objective),
            TaskKind::Autoencoding => data::check_autoencoding(self.objective),
        }
    }

    /// The images, with what is done to them.
    fn images(&self) -> Result<Dataset> {
        let mut dataset = match self.dataset.as_str() {
            "mnist" => Dataset::mnist()?,
            "synthetic" => Dataset::synthetic(0),
            name => return Err(unknown_dataset(name)),
        };
        if let Some(classes) = &self.classes {
            dataset = dataset.with_classes(classes)?;
        }
        if self.train_examples.is_some() || self.test_examples.is_some() {
            let train = self.train_examples.unwrap_or(dataset.train().len());
            let test = self.test_examples.unwrap_or(dataset.test().len());
            dataset = dataset.subset(train, test, self.seed).map_err(as_in_a_file)?;
        }
        for &change in &self.changes {
            dataset = dataset.changed(change, self.seed)?;
        }
        Ok(dataset)
    }
}

pub(super) fn check_format(format: u32) -> Result<()> {
    if format == FORMAT {
        return Ok(());
    }
    Err(Error::Study(format!(
        "the study is written in format {format}, and this library reads format {FORMAT}; use the version that wrote it"
    )))
}

/// A plan has a name of its own for how many images there are of a part.
fn as_in_a_file(error: Error) -> Error {
    match error {
        Error::Setting { name, value, requirement } if ["train", "test"].contains(&&*name) => {
            Error::Setting { name: format!("{name}_examples"), value, requirement }
        }
        other => other,
    }
}

fn unknown_dataset(name: &str) -> Error {
    let known = DATASETS.map(String::from).to_vec();
    Error::UnknownName { kind: "data set", name: name.into(), known }
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
            seeds: Seeding { first: 0, count: seeds },
            combinations: Combinations::All,
            instrument: Instrument::default(),
            grid: None,
            tasks: vec![TaskPlan {
                normalisation: design.normalisation,
                objective: design.objective,
                ..TaskPlan::default()
            }],
            architectures: vec![design.architecture.clone()],
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
        let seeds = usize::try_from(self.seeds.count).unwrap_or(usize::MAX);
        if self.combinations == Combinations::Balanced {
            return of_rules.saturating_mul(seeds);
        }
        [self.tasks.len(), self.architectures.len(), self.batch_sizes.len()]
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

    fn check_counts(&self) -> Result<()> {
        let lists = [
            ("tasks", self.tasks.len()),
            ("architectures", self.architectures.len()),
            ("optimizers", self.optimizers.len()),
            ("rules", self.rules.len()),
            ("batch_sizes", self.batch_sizes.len()),
            ("observables", self.observables.len()),
        ];
        for (name, length) in lists {
            if length == 0 {
                return Err(Error::setting(name, "empty", "a study needs at least one"));
            }
        }
        error::check_count("epochs", self.epochs)?;
        error::check_count("evaluation_examples", self.evaluation_examples)?;
        self.batch_sizes.iter().try_for_each(|size| error::check_count("batch_sizes", *size))?;
        error::check_count("count", usize::try_from(self.seeds.count).unwrap_or(usize::MAX))?;
        if self.seeds.first.checked_add(self.seeds.count).is_none() {
            return Err(Error::setting(
                "first",
                self.seeds.first,
                "the seeds must stay below 2^64",
            ));
        }
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

    /// Every experiment of the plan: seed by seed, and within a seed task by task, architecture by
    /// architecture, optimizer by optimizer, rule by rule, and last the rules that have optimizers
    /// of their own. More seeds leave the numbers of the others' runs as they are.
    ///
    /// # Errors
    /// As [`check`](Self::check) and [`TaskPlan::task`], and as [`Experiment::check`].
    pub fn study(&self) -> Result<Study> {
        self.check()?;
        let tasks: Vec<Task> = self.tasks.iter().map(TaskPlan::task).collect::<Result<_>>()?;
        self.study_of(&tasks)
    }

    /// The same with tasks that were made before.
    pub(super) fn study_of(&self, tasks: &[Task]) -> Result<Study> {
        let rules: Vec<(Rule, &RulePlan)> =
            self.rules.iter().map(|plan| Ok((plan.rule()?, plan))).collect::<Result<_>>()?;
        if self.combinations == Combinations::Balanced {
            return self.dealt(tasks, &rules);
        }
        let mut of_one_seed: Vec<Experiment> = Vec::new();
        for task in tasks {
            for architecture in &self.architectures {
                let base = self.base(task, architecture);
                let has_own = |plan: &RulePlan| !plan.optimizers.is_empty();
                for &optimizer in &self.optimizers {
                    let base = base.clone().optimizer(optimizer);
                    for (rule, plan) in rules.iter().filter(|(_, plan)| !has_own(plan)) {
                        of_one_seed.extend(self.under_rule(&base, rule, plan));
                    }
                }
                for (rule, plan) in rules.iter().filter(|(_, plan)| has_own(plan)) {
                    for &optimizer in &plan.optimizers {
                        let base = base.clone().optimizer(optimizer);
                        of_one_seed.extend(self.under_rule(&base, rule, plan));
                    }
                }
            }
        }
        let seeds = self.seeds.first..self.seeds.first + self.seeds.count;
        let with_seed = |seed: u64| {
            let seeds = Seeds { model: seed, data: seed };
            of_one_seed.iter().map(move |experiment| Experiment { seeds, ..experiment.clone() })
        };
        let study = Study { experiments: seeds.flat_map(with_seed).collect() };
        // Seeds are different from one another.
        Study { experiments: of_one_seed }.check_experiments()?;
        Ok(study)
    }

    fn base(&self, task: &Task, architecture: &Architecture) -> Experiment {
        Experiment {
            architecture: architecture.clone(),
            epochs: self.epochs,
            checkpoints: self.checkpoints.clone(),
            evaluation_examples: self.evaluation_examples,
            ..Experiment::new(task)
        }
    }

    /// One combination for each seed, every rule at each.
    fn dealt(&self, tasks: &[Task], rules: &[(Rule, &RulePlan)]) -> Result<Study> {
        let count = self.seeds.count as usize;
        // Longer studies begin as shorter ones do: each factor has its own stream.
        let deal = |levels: usize, factor: &str| {
            let mut rng = random::stream(self.seeds.first, &format!("dealt {factor}"));
            let mut dealt: Vec<usize> = Vec::with_capacity(count + levels);
            while dealt.len() < count {
                let mut round: Vec<usize> = (0..levels).collect();
                round.shuffle(&mut rng);
                dealt.extend(round);
            }
            dealt
        };
        let (of_task, of_form) =
            (deal(tasks.len(), "task"), deal(self.architectures.len(), "architecture"));
        let of_size = deal(self.batch_sizes.len(), "batch size");
        let of_rate = deal(self.rules[0].learning_rates.len().max(1), "learning rate");
        let mut experiments = Vec::with_capacity(self.networks());
        for place in 0..count {
            let seed = self.seeds.first + place as u64;
            let base = self.base(&tasks[of_task[place]], &self.architectures[of_form[place]]);
            let base = base.batch_size(self.batch_sizes[of_size[place]]).seed(seed);
            for (rule, plan) in rules {
                let rate = plan.learning_rates.get(of_rate[place]).copied();
                let rate = rate.unwrap_or_else(|| rule.about().learning_rate);
                let own =
                    if plan.optimizers.is_empty() { &self.optimizers } else { &plan.optimizers };
                let of_optimizer = own.iter().map(|&optimizer| {
                    base.clone().rule_from(rule).learning_rate(rate).optimizer(optimizer)
                });
                experiments.extend(of_optimizer);
            }
        }
        let study = Study { experiments };
        study.check_experiments()?;
        Ok(study)
    }

    fn under_rule(&self, base: &Experiment, rule: &Rule, plan: &RulePlan) -> Vec<Experiment> {
        let (own, rates) = ([rule.about().learning_rate], &plan.learning_rates[..]);
        let mut experiments = Vec::new();
        for &rate in if rates.is_empty() { &own } else { rates } {
            for &size in &self.batch_sizes {
                let experiment = base.clone().rule_from(rule).learning_rate(rate);
                experiments.push(experiment.batch_size(size));
            }
        }
        experiments
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

fn is_usual_kind(kind: &TaskKind) -> bool {
    *kind == TaskKind::default()
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

impl fmt::Display for RulePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if !self.settings.is_empty() {
            let settings: Vec<String> =
                self.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            write!(f, " with {}", settings.join(", "))?;
        }
        if !self.learning_rates.is_empty() {
            let rates: Vec<String> = self.learning_rates.iter().map(f64::to_string).collect();
            write!(f, " at {}", rates.join(", "))?;
        }
        if !self.optimizers.is_empty() {
            let optimizers: Vec<String> = self.optimizers.iter().map(ToString::to_string).collect();
            write!(f, " by {}", optimizers.join(" and "))?;
        }
        Ok(())
    }
}

impl fmt::Display for TaskPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let TaskKind::TeacherStudent(_) = self.kind {
            return f.write_str("teacher and student");
        }
        f.write_str(&self.dataset)?;
        self.changes.iter().try_for_each(|change| write!(f, " {change}"))?;
        match self.kind {
            TaskKind::Autoencoding => f.write_str(", autoencoding")?,
            TaskKind::Contrastive { .. } => f.write_str(", contrastive")?,
            TaskKind::Classification | TaskKind::TeacherStudent(_) => {}
        }
        if let Some(classes) = &self.classes {
            let classes: Vec<String> = classes.iter().map(usize::to_string).collect();
            write!(f, " of the classes {}", classes.join(" "))?;
        }
        if let Some(scenario) = self.scenario {
            write!(f, ", {scenario}")?;
        }
        if let Some(count) = self.train_examples {
            write!(f, " with {count} training examples")?;
        }
        let objective = match self.kind {
            TaskKind::Contrastive { .. } => Objective::Contrastive,
            _ => self.objective,
        };
        write!(f, " ({objective})")
    }
}

impl fmt::Display for Seeding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.count, self.first)
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
        let endless = Plan { seeds: Seeding { first: 0, count: u64::MAX }, ..plan };
        assert_eq!(endless.networks(), usize::MAX);
    }

    #[test]
    fn a_dealt_plan_has_one_combination_for_each_seed() {
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
            ("count", Plan { seeds: Seeding { first: 0, count: 0 }, ..plan() }),
        ] {
            assert!(refusal(&refused).contains(name), "{name}: {}", refusal(&refused));
        }
        let too_many = Plan { seeds: Seeding { first: 0, count: 1_000_000 }, ..plan() };
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
    fn a_number_of_images_is_refused_by_the_name_it_has_in_a_file() {
        let plan = TaskPlan { train_examples: Some(1_000_000), ..TaskPlan::synthetic() };
        let told = plan.task().expect_err("too many").to_string();
        assert!(told.starts_with("train_examples is 1000000"), "{told}");
    }

    #[test]
    fn a_grid_and_an_instrument_of_its_own_exclude_one_another() {
        let instrument = Instrument::perfect().with_noise(0.1);
        let both = Plan { grid: Some(InstrumentGrid::default()), instrument, ..plan() };
        assert!(refusal(&both).contains("leave all but the instrument's seed out"));
    }
}
