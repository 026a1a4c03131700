//! Learners that see what a network in training sees, and change nothing.

use crate::network::{Batch, Network, Updates};
use crate::random::{self, Rng};
use crate::rules::{Learner, Rule};

/// Learners of several rules beside one network that another rule trains. At every step each of
/// them makes a proposal for the network as it is and for the same batch, which is not applied, and
/// is then told the change that the network did undergo. So whatever a rule learns besides the
/// network (feedback weights, inverses, averages) has the history of this network's path. They
/// start as a rule in training does, with the run's own seed: the one that trains the network has a
/// double among them if its rule is one of theirs.
#[derive(Default)]
pub(super) struct Witnesses {
    all: Vec<Witness>,
    /// Of each checkpoint so far.
    kept: Vec<Vec<Copied>>,
}

/// None of a learner that cannot be copied.
pub(crate) type Copied = Option<Box<dyn Learner>>;

/// What a training before witnesses leaves, at each checkpoint.
pub(crate) struct Witnessed {
    pub(crate) networks: Vec<Network>,
    /// One of each rule, in their order.
    pub(crate) learners: Vec<Vec<Copied>>,
}

struct Witness {
    learner: Box<dyn Learner>,
    rng: Rng,
    updates: Updates,
}

impl Witnesses {
    pub(super) fn new(rules: &[Rule], network: &Network, seed: u64) -> Self {
        let witness = |rule: &Rule| Witness {
            learner: rule.start(network, &mut random::stream(seed, "feedback")),
            rng: random::stream(seed, "rule"),
            updates: Updates::new(network),
        };
        Self { all: rules.iter().map(witness).collect(), kept: Vec::new() }
    }

    pub(super) fn propose(&mut self, network: &Network, batch: &Batch<'_>) {
        for Witness { learner, rng, updates } in &mut self.all {
            updates.clear();
            learner.propose(network, batch, updates, rng);
        }
    }

    pub(super) fn after_update(&mut self, network: &Network, change: &Updates) {
        self.all.iter_mut().for_each(|witness| witness.learner.after_update(network, change));
    }

    /// Keeps all of them as they are now.
    pub(super) fn keep(&mut self) {
        if !self.all.is_empty() {
            self.kept.push(self.all.iter().map(|witness| witness.learner.copied()).collect());
        }
    }

    pub(super) fn into_kept(self) -> Vec<Vec<Copied>> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::super::trainer::{train, train_before};
    use super::super::{Checkpoints, Experiment};
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::network::{Architecture, Batch, Inputs, Matrix, Scratch};
    use crate::rules::{self, Backprop, KolenPollack, LearningRule as _};

    fn experiment() -> Experiment {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let small = Architecture::hidden(&[6, 5]);
        let experiment = Experiment::new(&task).architecture(small).batch_size(50).epochs(1);
        experiment.checkpoints(Checkpoints::Count(3))
    }

    fn norm(matrix: &Matrix) -> f64 {
        matrix.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn a_double_of_the_rule_that_trains_has_the_feedback_of_the_run() {
        for rule in rules::all().into_iter().chain(rules::variants()) {
            let experiment = Experiment { rule: rule.clone(), ..experiment() };
            let trajectory = train(&experiment).unwrap();
            let found = train_before(&experiment, &[Backprop.shared(), rule.clone()]).unwrap();
            assert_eq!(found.networks.len(), trajectory.snapshots.len());
            for (index, snapshot) in trajectory.snapshots.iter().enumerate() {
                let name = rule.about().name;
                assert_eq!(found.networks[index], snapshot.network, "{name}");
                let double = found.learners[index][1].as_ref().unwrap();
                let Some(ratios) = &snapshot.feedback_ratio else {
                    assert!(double.feedback().is_none(), "{name}");
                    continue;
                };
                let kernels = double.feedback().unwrap().iter().zip(snapshot.network.layers());
                for ((kernel, layer), ratio) in kernels.zip(ratios).skip(1) {
                    assert_eq!(norm(kernel) / norm(&layer.weights), *ratio, "{name}");
                }
            }
        }
    }

    /// Otherwise several proposals could not be made from one state.
    #[test]
    fn a_copy_proposes_what_the_learner_proposes() {
        let (experiment, all) = (experiment(), rules::all().into_iter().chain(rules::variants()));
        let all: Vec<Rule> = all.collect();
        let found = train_before(&experiment, &all).unwrap();
        let (network, examples) = (&found.networks[2], experiment.task.train());
        let chosen: Vec<u32> = (0..20).collect();
        let mut scratch = Scratch::default();
        let inputs = Inputs::select(examples, &chosen, &mut scratch);
        let batch = Batch { inputs, targets: examples.targets.slice(ndarray::s![..20, ..]) };
        for (rule, learner) in all.iter().zip(&found.learners[2]) {
            let of = |learner: &mut dyn Learner| {
                let mut updates = Updates::new(network);
                learner.propose(network, &batch, &mut updates, &mut random::stream(3, "rule"));
                updates
            };
            let mut copy = learner.as_ref().and_then(|learner| learner.copied()).unwrap();
            let mut learner = copy.copied().unwrap();
            assert_eq!(of(copy.as_mut()), of(learner.as_mut()), "{}", rule.about().name);
        }
    }

    /// B ← B + ΔWᵀ with the change of the path, which here has no decay.
    #[test]
    fn kolen_pollacks_feedback_follows_the_change_of_the_path() {
        let found = train_before(&experiment(), &[KolenPollack::default().shared()]).unwrap();
        let feedback = |index: usize| {
            found.learners[index][0].as_ref().unwrap().feedback().unwrap()[1].clone()
        };
        let weights = |index: usize| &found.networks[index].layers()[1].weights;
        let (moved, followed) = (weights(2) - weights(0), feedback(2) - feedback(0));
        assert!(norm(&moved) > 1e-3);
        assert!(norm(&(&moved - &followed)) < 1e-4 * norm(&moved));
    }
}
