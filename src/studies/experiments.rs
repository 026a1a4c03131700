//! The experiments of a plan: every combination, or one for each seed.

use rand::seq::SliceRandom as _;

use super::{Combinations, Plan, RulePlan, TaskPlan};
use crate::data::Task;
use crate::error::Result;
use crate::network::Architecture;
use crate::random;
use crate::rules::Rule;
use crate::training::{Experiment, Optimizer, Seeds, Study};

impl Plan {
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
            return self.balanced(tasks, &rules);
        }
        let of_one_seed = self.of_one_seed(tasks, &rules);
        let with_seeds = |seeds: Seeds| {
            of_one_seed.iter().map(move |experiment| Experiment { seeds, ..experiment.clone() })
        };
        let study = Study { experiments: self.seeds.each().flat_map(with_seeds).collect() };
        // Seeds are different from one another.
        Study { experiments: of_one_seed }.check_experiments()?;
        Ok(study)
    }

    /// Every combination under one seed.
    fn of_one_seed(&self, tasks: &[Task], rules: &[(Rule, &RulePlan)]) -> Vec<Experiment> {
        let pairs = self.task_and_architecture().into_iter();
        let bases = pairs.map(|(task, form)| self.base(&tasks[task], &self.architectures[form]));
        bases.flat_map(|base| self.under_optimizers(&base, rules)).collect()
    }

    /// Every rule under the study's optimizers, and then those that have optimizers of their own.
    fn under_optimizers(&self, base: &Experiment, rules: &[(Rule, &RulePlan)]) -> Vec<Experiment> {
        let under = |optimizer: &Optimizer, (rule, plan): &(Rule, &RulePlan)| {
            self.under_rule(&base.clone().optimizer(*optimizer), rule, plan)
        };
        let (own, shared): (Vec<_>, Vec<_>) =
            rules.iter().partition(|(_, plan)| !plan.optimizers.is_empty());
        let mut experiments = Vec::new();
        for optimizer in &self.optimizers {
            experiments.extend(shared.iter().flat_map(|rule| under(optimizer, rule)));
        }
        for rule in own {
            experiments.extend(rule.1.optimizers.iter().flat_map(|one| under(one, rule)));
        }
        experiments
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
    fn balanced(&self, tasks: &[Task], rules: &[(Rule, &RulePlan)]) -> Result<Study> {
        let count = self.seeds.count as usize;
        // Longer studies begin as shorter ones do: each factor has its own stream.
        let assign = |levels: usize, factor: &str| {
            let mut rng = random::stream(self.seeds.first, &format!("dealt {factor}"));
            let mut levels_of: Vec<usize> = Vec::with_capacity(count + levels);
            while levels_of.len() < count {
                let mut round: Vec<usize> = (0..levels).collect();
                round.shuffle(&mut rng);
                levels_of.extend(round);
            }
            levels_of
        };
        let of_pair = self.balanced_pairs(&assign);
        let of_size = assign(self.batch_sizes.len(), "batch size");
        let of_rate = assign(self.rules[0].learning_rates.len().max(1), "learning rate");
        let mut experiments = Vec::with_capacity(self.networks());
        for place in 0..count {
            let seed = self.seeds.first + place as u64;
            let (task, form) = of_pair[place];
            let base = self.base(&tasks[task], &self.architectures[form]);
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

    /// A task and an architecture for each seed. Without pairs each factor is assigned by itself.
    fn balanced_pairs(&self, assign: &dyn Fn(usize, &str) -> Vec<usize>) -> Vec<(usize, usize)> {
        if self.pairs.is_empty() {
            let of_task = assign(self.tasks.len(), "task");
            let of_form = assign(self.architectures.len(), "architecture");
            return of_task.into_iter().zip(of_form).collect();
        }
        let pairs = self.task_and_architecture();
        assign(pairs.len(), "pair").into_iter().map(|place| pairs[place]).collect()
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
