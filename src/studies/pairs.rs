//! Which architectures learn which tasks.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::error::{self, Error, Result};

/// Some of a plan's tasks and architectures by their places in it, from 1: each of these
/// architectures learns each of these tasks.
///
/// ```
/// use microlearners::network::Architecture;
/// use microlearners::studies::{Pairs, Plan, TaskPlan};
/// use microlearners::training::Design;
///
/// // The small network learns both tasks, the large one the second.
/// let plan = Plan {
///     tasks: vec![TaskPlan::synthetic(), TaskPlan::default()],
///     architectures: vec![Architecture::hidden(&[10]), Architecture::hidden(&[100])],
///     pairs: vec![
///         Pairs { tasks: vec![1, 2], architectures: vec![1] },
///         Pairs { tasks: vec![2], architectures: vec![2] },
///     ],
///     ..Plan::of(&Design::moving(), 1)
/// };
/// assert_eq!(plan.networks(), 3 * 6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairs {
    /// Places among the plan's tasks, 1 for the first.
    pub tasks: Vec<usize>,
    /// Places among the plan's architectures, 1 for the first.
    pub architectures: Vec<usize>,
}

impl Pairs {
    fn each(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let with = |&task: &usize| self.architectures.iter().map(move |&form| (task, form));
        self.tasks.iter().flat_map(with)
    }
}

impl Plan {
    /// The task and the architecture of every pair, from 0; all with all unless the plan says which.
    pub(super) fn task_and_architecture(&self) -> Vec<(usize, usize)> {
        if !self.pairs.is_empty() {
            let named = self.pairs.iter().flat_map(Pairs::each);
            return named.map(|(task, form)| (task - 1, form - 1)).collect();
        }
        let (tasks, forms) = (0..self.tasks.len(), 0..self.architectures.len());
        tasks.flat_map(|task| forms.clone().map(move |form| (task, form))).collect()
    }

    /// How many pairs there are, without a list of them.
    pub(super) fn count_pairs(&self) -> usize {
        if self.pairs.is_empty() {
            return self.tasks.len().saturating_mul(self.architectures.len());
        }
        self.pairs.iter().map(|pairs| pairs.tasks.len() * pairs.architectures.len()).sum()
    }

    /// Rejects places that are none, a pair that is named twice, and what is in no pair.
    pub(super) fn check_pairs(&self) -> Result<()> {
        if self.pairs.is_empty() {
            return Ok(());
        }
        for (name, of_pairs, length) in self.places() {
            if let Some(place) = of_pairs.iter().find(|&place| !(1..=length).contains(place)) {
                let requirement =
                    format!("the plan has {name} 1 to {length}, in the order of the file");
                let named = format!("given with number {place} of the {name}");
                return Err(Error::setting("pairs", named, requirement));
            }
            if let Some(unused) = (1..=length).find(|place| !of_pairs.contains(place)) {
                let named = format!("given without number {unused} of the {name}");
                let requirement = "what is in no pair is not trained; name it, or leave it out";
                return Err(Error::setting("pairs", named, requirement));
            }
        }
        let all: Vec<(usize, usize)> = self.pairs.iter().flat_map(Pairs::each).collect();
        if let Some((task, form)) = error::first_repeated(&all) {
            let requirement = "the same networks would count twice; leave one of the two out";
            let pair = format!("given with task {task} and architecture {form} two times");
            return Err(Error::setting("pairs", pair, requirement));
        }
        Ok(())
    }

    /// What pairs name, and how many there are of it.
    fn places(&self) -> [(&'static str, Vec<usize>, usize); 2] {
        let of = |which: fn(&Pairs) -> &Vec<usize>| {
            self.pairs.iter().flat_map(|pairs| which(pairs).clone()).collect()
        };
        [
            ("tasks", of(|pairs| &pairs.tasks), self.tasks.len()),
            ("architectures", of(|pairs| &pairs.architectures), self.architectures.len()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Combinations, RulePlan, TaskPlan};
    use super::*;
    use crate::network::Architecture;
    use crate::training::Design;

    fn plan(pairs: &[(&[usize], &[usize])]) -> Plan {
        let pair = |&(tasks, forms): &(&[usize], &[usize])| Pairs {
            tasks: tasks.to_vec(),
            architectures: forms.to_vec(),
        };
        Plan {
            tasks: vec![TaskPlan::synthetic(), TaskPlan { seed: 1, ..TaskPlan::synthetic() }],
            architectures: [4, 5, 6].map(|units| Architecture::hidden(&[units])).into(),
            batch_sizes: vec![10, 20],
            rules: vec![RulePlan::named("backprop").with_learning_rates(&[0.1])],
            pairs: pairs.iter().map(pair).collect(),
            ..Plan::of(&Design::moving(), 2)
        }
    }

    #[test]
    fn only_the_pairs_that_are_named_are_trained() {
        let plan = plan(&[(&[1, 2], &[2]), (&[1], &[1, 3])]);
        plan.check().unwrap();
        let study = plan.study().unwrap();
        assert_eq!((study.experiments.len(), plan.networks()), (4 * 2 * 2, 4 * 2 * 2));
        let hidden = |one: &crate::training::Experiment| one.architecture.hidden[0];
        let sizes: Vec<usize> = study.experiments.iter().step_by(2).map(hidden).collect();
        assert_eq!(sizes, [5, 5, 4, 6, 5, 5, 4, 6]);
        assert_eq!(Plan::from_toml(&plan.to_toml()).unwrap(), plan);

        let balanced = Plan { combinations: Combinations::Balanced, ..plan };
        let study =
            Plan { seeds: super::super::Seeding { count: 8, ..balanced.seeds }, ..balanced };
        let mut sizes: Vec<usize> = study.study().unwrap().experiments.iter().map(hidden).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [4, 4, 5, 5, 5, 5, 6, 6]);
    }

    #[test]
    fn places_that_are_none_and_pairs_that_repeat_are_refused() {
        type Named = &'static [(&'static [usize], &'static [usize])];
        let cases: [(Named, &str); 4] = [
            (&[(&[1, 2], &[1, 2, 4])], "with number 4 of the architectures"),
            (&[(&[0, 1, 2], &[1, 2, 3])], "with number 0 of the tasks"),
            (&[(&[1], &[1, 2, 3])], "without number 2 of the tasks"),
            (&[(&[1, 2], &[1, 2, 3]), (&[2], &[3])], "task 2 and architecture 3 two times"),
        ];
        for (pairs, sentence) in cases {
            let told = plan(pairs).check().unwrap_err().to_string();
            assert!(told.contains(sentence), "{told}");
        }
    }
}
