use std::collections::HashSet;
use std::fmt;

use super::{Experiment, Optimizer};
use crate::data::Task;
use crate::error::{Error, Result};
use crate::network::Architecture;
use crate::rules::Rule;

/// Many experiments. Start with one and vary it: each call multiplies the list.
///
/// ```
/// use microlearners::data::{Dataset, Task, TaskSettings};
/// use microlearners::rules;
/// use microlearners::training::{Experiment, Study};
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let study = Study::of(Experiment::new(&task)).rules(&rules::all()).learning_rates(&[0.01, 0.1]).seeds(5);
/// assert_eq!(study.experiments.len(), rules::all().len() * 2 * 5);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Study {
    /// The experiments, in the order of the tables.
    pub experiments: Vec<Experiment>,
}

impl Study {
    /// A single experiment, to be varied.
    pub fn of(experiment: Experiment) -> Self {
        Self { experiments: vec![experiment] }
    }

    /// Every experiment under each of these rules.
    #[must_use]
    pub fn rules(self, rules: &[Rule]) -> Self {
        self.vary(rules, |experiment, rule| experiment.rule_from(rule))
    }

    /// Every experiment at each of these learning rates.
    #[must_use]
    pub fn learning_rates(self, rates: &[f64]) -> Self {
        self.vary(rates, |experiment, &rate| experiment.learning_rate(rate))
    }

    /// Every experiment with each of these batch sizes.
    #[must_use]
    pub fn batch_sizes(self, sizes: &[usize]) -> Self {
        self.vary(sizes, |experiment, &size| experiment.batch_size(size))
    }

    /// Every experiment with each of these optimizers.
    #[must_use]
    pub fn optimizers(self, optimizers: &[Optimizer]) -> Self {
        self.vary(optimizers, |experiment, &optimizer| experiment.optimizer(optimizer))
    }

    /// Every experiment with each of these architectures.
    #[must_use]
    pub fn architectures(self, architectures: &[Architecture]) -> Self {
        self.vary(architectures, |experiment, architecture| {
            experiment.architecture(architecture.clone())
        })
    }

    /// Every experiment under `count` seeds, from 0.
    #[must_use]
    pub fn seeds(self, count: u64) -> Self {
        let seeds: Vec<u64> = (0..count).collect();
        self.vary(&seeds, |experiment, &seed| experiment.seed(seed))
    }

    /// These experiments and those of `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.experiments.extend(other.experiments);
        self
    }

    /// Rejects what cannot be trained.
    pub(crate) fn check_experiments(&self) -> Result<()> {
        if self.experiments.is_empty() {
            let message = "the study has no experiments; give it at least one rule and one seed";
            return Err(Error::Samples(message.into()));
        }
        self.experiments.iter().try_for_each(Experiment::check)?;
        self.check_different()
    }

    /// Rejects an experiment that is there twice: its two networks would be the same, and count
    /// twice.
    pub(crate) fn check_different(&self) -> Result<()> {
        let (mut tasks, mut known) = (Tasks::default(), HashSet::new());
        for experiment in &self.experiments {
            if !known.insert(experiment.in_full(tasks.number(&experiment.task))) {
                let requirement = format!(
                    "the study has one network twice ({experiment}); name every rule, learning rate, batch size, \
                     optimizer, architecture, task and seed once"
                );
                return Err(Error::setting("rules", experiment.rule.about().name, requirement));
            }
        }
        Ok(())
    }

    fn vary<T>(self, values: &[T], change: impl Fn(Experiment, &T) -> Experiment) -> Self {
        let varied = self
            .experiments
            .iter()
            .flat_map(|e| values.iter().map(|value| change(e.clone(), value)));
        Self { experiments: varied.collect() }
    }
}

/// The different tasks of a study; experiments share them.
#[derive(Default)]
pub(crate) struct Tasks<'a> {
    pub(crate) known: Vec<&'a Task>,
}

impl<'a> Tasks<'a> {
    /// The number of a task among those met so far.
    pub(crate) fn number(&mut self, task: &'a Task) -> usize {
        let found = self.known.iter().rposition(|known| known.is_same_as(task));
        found.unwrap_or_else(|| {
            self.known.push(task);
            self.known.len() - 1
        })
    }
}

impl fmt::Display for Study {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rules: Vec<String> = self.experiments.iter().map(|e| e.rule.about().name).collect();
        rules.sort_unstable();
        rules.dedup();
        write!(
            f,
            "study of {} networks under {} rules: {}",
            self.experiments.len(),
            rules.len(),
            rules.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, TaskSettings};
    use crate::rules;

    #[test]
    fn a_network_that_a_study_names_twice_is_refused() {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let backprop = rules::named("backprop").unwrap();
        let one = || Study::of(Experiment::new(&task).batch_size(20).rule_from(&backprop));
        let own = backprop.about().learning_rate;
        let wider = Architecture::hidden(&[7]);
        for (twice, study) in [
            ("rules", one().rules(&[backprop.clone(), backprop.clone()])),
            ("learning rates", one().learning_rates(&[0.1, 0.2, 0.1])),
            ("batch sizes", one().batch_sizes(&[20, 20])),
            ("optimizers", one().optimizers(&[Optimizer::sgd(), Optimizer::sgd()])),
            ("architectures", one().architectures(&[wider.clone(), wider])),
            ("seeds", one().seeds(2).seeds(2)),
            ("parts", one().seeds(2).and(one().learning_rates(&[own]).seeds(1))),
        ] {
            let told = study.check_experiments().unwrap_err().to_string();
            assert!(told.contains("one network twice (backprop on"), "{twice}: {told}");
        }
        assert!(one().learning_rates(&[0.1, 0.2]).seeds(3).check_experiments().is_ok());
    }
}
