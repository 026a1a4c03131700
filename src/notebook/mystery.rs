//! A game: a network whose rule is not told.

use std::collections::BTreeMap;
use std::fmt;

use polars::prelude::DataFrame;
use rand::Rng as _;

use crate::data::{Dataset, Task, TaskSettings};
use crate::display::{Blocks, EvcxrDisplay, show};
use crate::network::{Activation, Architecture, Initialiser};
use crate::observables::{Instrument, ObservableSet, observe};
use crate::rules::{self, Rule};
use crate::training::{Experiment, Trajectory, train};
use crate::{Result, random};

/// Networks of the game have initial weights that no stored study has.
const FIRST_SEED: u64 = 1_000_000;

/// A trained network whose rule its holder does not tell until someone has guessed.
///
/// Its settings are those of the study `all_rules`: 784-100-100-10 units with tanh, 10,000 digits, 5
/// epochs, 21 checkpoints.
///
/// ```no_run
/// use microlearners::notebook::Mystery;
/// use microlearners::prelude::*;
///
/// let mystery = Mystery::network(7)?;
/// let seen = mystery.observe(&Instrument::perfect(), &ObservableSet::weights())?;
/// println!("{}", mystery.guess("backprop")?);
/// # Ok::<(), Error>(())
/// ```
pub struct Mystery {
    trajectory: Trajectory,
}

impl Mystery {
    /// Trains one, a matter of seconds; another seed gives another rule, task order and initial
    /// weights.
    ///
    /// # Errors
    /// As [`Dataset::mnist`], whose digits it learns.
    pub fn network(seed: u64) -> Result<Self> {
        let digits = Dataset::mnist()?.subset(10_000, 2_000, 0)?;
        let task = Task::classification(&digits, &TaskSettings::default())?;
        Ok(Self { trajectory: train(&experiment(&task, seed))? })
    }

    /// What an instrument sees of it at its checkpoints; the columns that would tell are `unknown`
    /// or left out.
    ///
    /// # Errors
    /// As [`observe`].
    pub fn observe(
        &self,
        instrument: &Instrument,
        observables: &ObservableSet,
    ) -> Result<DataFrame> {
        use polars::prelude::{IntoLazy, lit};
        let table = observe(&self.trajectory, instrument, observables)?;
        let telling: Vec<String> = table
            .get_column_names()
            .into_iter()
            .filter(|name| is_telling(name))
            .map(ToString::to_string)
            .collect();
        let table = table.drop_many(telling);
        Ok(table.lazy().with_column(lit("unknown").alias("rule")).collect()?)
    }

    /// Whether that is the rule, and which it was.
    ///
    /// # Errors
    /// [`Error::UnknownName`](crate::Error::UnknownName) if the catalogue has no such rule.
    pub fn guess(&self, rule: &str) -> Result<String> {
        let guessed = rules::named(rule)?.about().name;
        let answer = self.answer();
        Ok(match guessed == answer {
            true => format!("Right: it learned by {answer}."),
            false => format!("No: it learned by {answer}, and not by {guessed}."),
        })
    }

    /// The rule.
    pub fn answer(&self) -> String {
        self.trajectory.experiment.rule.about().name.to_string()
    }
}

/// What says which rule it was, or what only its trainer knows.
fn is_telling(column: &str) -> bool {
    let known = ["rule_settings", "optimizer", "optimizer_settings", "learning_rate", "model_seed"];
    known.contains(&column) || column.starts_with(crate::observables::PRIVILEGED_PREFIX)
}

/// The rates of the study for rules that need others than most.
fn learning_rate(rule: &Rule) -> f64 {
    let own = BTreeMap::from([
        ("hebbian", 5e-5),
        ("weight_perturbation", 1e-3),
        ("node_perturbation", 5e-3),
    ]);
    own.get(&*rule.about().name).copied().unwrap_or(0.05)
}

fn experiment(task: &Task, seed: u64) -> Experiment {
    let rules = rules::all();
    let rule = &rules[random::stream(seed, "mystery").gen_range(0..rules.len())];
    let architecture = Architecture {
        activation: Activation::Tanh,
        initialiser: Initialiser::GlorotUniform,
        ..Architecture::hidden(&[100, 100])
    };
    Experiment::new(task)
        .architecture(architecture)
        .rule_from(rule)
        .learning_rate(learning_rate(rule))
        .batch_size(64)
        .epochs(5)
        .seed(FIRST_SEED + seed)
}

impl fmt::Debug for Mystery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network of 784-100-100-10 units whose rule is not told")
    }
}

impl EvcxrDisplay for Mystery {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{self:?}"))
    }
}

show!(Mystery);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studies::StoredStudy;

    /// Otherwise what identifies the study's networks would not identify these.
    #[test]
    fn its_settings_are_those_of_the_study() {
        let study = StoredStudy::open("datasets/studies/all_rules.toml").unwrap();
        let all = study.plan().study().unwrap().experiments;
        let task = all[0].task.clone();
        let mut names = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let own = experiment(&task, seed);
            let name = own.rule.about().name.to_string();
            let other = all.iter().find(|other| other.rule.about().name == *name);
            names.insert(name);
            let Some(other) = other else { continue };
            assert_eq!(own.effective_learning_rate(), other.effective_learning_rate());
            assert_eq!((own.batch_size, own.epochs), (other.batch_size, other.epochs));
            assert_eq!(own.architecture, other.architecture);
            assert_eq!(own.optimizer, other.optimizer);
            assert_eq!(own.checkpoints, other.checkpoints);
        }
        assert!(names.len() >= 18, "{names:?}");
    }
}
