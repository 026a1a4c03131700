//! What holds for every rule of the catalogue; a new rule is put through this with no further edit.

use std::collections::BTreeSet;
use std::ops::Range;

use microlearners::data::Task;
use microlearners::ndarray::{Array1, Array2, Axis, concatenate};
use microlearners::network::{Architecture, Network, Updates};
use microlearners::random;
use microlearners::rules::{
    self, Alignment, Batch, Demand, FeedbackInit, FeedbackOrder, KolenPollack, LearningRule, Rule,
    Step,
};
use microlearners::training::{Experiment, Optimizer, Outcome, train};

use crate::support;

/// Every rule, and every named variant.
fn catalogue() -> Vec<Rule> {
    rules::all().into_iter().chain(rules::variants()).collect()
}

/// A deep network, a batch, and one proposal of a rule that has just started.
struct Trial {
    network: Network,
    inputs: Array2<f32>,
    targets: Array2<f32>,
}

impl Trial {
    fn new() -> Self {
        let task = support::small();
        let network = Architecture::hidden(&[7, 5]).build(&task, &mut random::stream(1, "init"));
        let rows: Vec<usize> = (0..16).collect();
        let inputs = task.train().inputs.select(Axis(0), &rows);
        Self { network, inputs, targets: task.train().targets.select(Axis(0), &rows) }
    }

    fn propose(&self, rule: &dyn LearningRule) -> (Step, Updates) {
        self.propose_drawing(rule, 1)
    }

    /// The same with other draws.
    fn propose_drawing(&self, rule: &dyn LearningRule, seed: u64) -> (Step, Updates) {
        let mut learner = rule.start(&self.network, &mut random::stream(1, "feedback"));
        let mut updates = Updates::new(&self.network);
        let batch = Batch { inputs: (&self.inputs).into(), targets: self.targets.view() };
        (
            learner.propose(&self.network, &batch, &mut updates, &mut random::stream(seed, "rule")),
            updates,
        )
    }

    /// The mean proposal over so many draws, all weights in a row.
    fn mean_proposal(&self, rule: &dyn LearningRule, draws: Range<u64>) -> Array1<f32> {
        let share = 1.0 / (draws.end - draws.start) as f32;
        let weights: usize = self.network.layers().iter().map(|layer| layer.weights.len()).sum();
        let mut mean = Array1::zeros(weights);
        for seed in draws {
            let (_, updates) = self.propose_drawing(rule, seed);
            let all = updates.layers().iter().flat_map(|layer| &layer.weights);
            mean.iter_mut().zip(all).for_each(|(mean, g)| *mean += share * g);
        }
        mean
    }

    /// The same with every example twice.
    fn doubled(&self) -> Self {
        let twice = |once: &Array2<f32>| concatenate![Axis(0), *once, *once];
        Self {
            network: self.network.clone(),
            inputs: twice(&self.inputs),
            targets: twice(&self.targets),
        }
    }
}

#[test]
fn the_folder_and_the_registry_agree() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    let support = ["mod", "about", "combination", "schedule", "settling", "show", "testing"];
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| !support.contains(&name.as_str()))
        .collect();
    let names: BTreeSet<String> = catalogue().iter().map(|rule| rule.about().name).collect();
    assert!(files.is_subset(&names), "{:?}", files.difference(&names));
    // A file may hold several rules: `symmetric_alignment` and others are in `alignment`.
    for rule in rules::all() {
        let name = rule.about().name;
        assert!(
            files.contains(&name) || files.iter().any(|file| name.ends_with(&format!("_{file}"))),
            "{name}"
        );
    }
}

#[test]
fn names_are_unique_snake_case_and_descriptions_complete() {
    let mut names = BTreeSet::new();
    for rule in catalogue() {
        let about = rule.about();
        let snake =
            about.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        assert!(snake && !about.name.is_empty(), "{}", about.name);
        assert!(names.insert(about.name.clone()), "{} is there twice", about.name);
        assert!(
            !about.summary.is_empty() && !about.equation.is_empty() && !about.citation.is_empty()
        );
        assert!(about.learning_rate > 0.0);
        assert!(rules::named(&about.name).is_ok());
        assert!(rule.check().is_ok());
    }
}

#[test]
fn proposals_have_the_networks_shapes_and_are_finite() {
    let trial = Trial::new();
    for rule in catalogue() {
        let (step, updates) = trial.propose(rule.as_ref());
        assert!(step.loss.is_finite() && step.settled, "{rule:?}");
        for (layer, update) in trial.network.layers().iter().zip(updates.layers()) {
            assert_eq!(layer.weights.dim(), update.weights.dim());
            assert!(update.weights.iter().all(|g| g.is_finite()), "{rule:?}");
        }
    }
}

#[test]
fn proposals_are_means_over_the_batch_and_not_sums() {
    let trial = Trial::new();
    let doubled = trial.doubled();
    for rule in catalogue() {
        let (_, once) = trial.propose(rule.as_ref());
        let (_, twice) = doubled.propose(rule.as_ref());
        let mut layers = once.layers().iter().zip(twice.layers());
        if layers.all(|(a, b)| a.weights.abs_diff_eq(&b.weights, 1e-5)) {
            continue;
        }
        // A rule that draws something for every example draws other things for more of them: its means must agree. The first of three
        // independent means is what the others are measured along, so that what noise they have left cancels; a sum would be twice as long.
        assert_ne!(once, trial.propose_drawing(rule.as_ref(), 2).1, "{rule:?}");
        let along = trial.mean_proposal(rule.as_ref(), 0..4000);
        let once = trial.mean_proposal(rule.as_ref(), 4000..8000);
        let twice = doubled.mean_proposal(rule.as_ref(), 8000..12000);
        let ratio = along.dot(&twice) / along.dot(&once);
        assert!((ratio - 1.0).abs() < 0.3, "{rule:?}: {ratio}");
    }
}

#[test]
fn a_rule_that_asks_for_no_labels_proposes_the_same_without_them() {
    for rule in catalogue() {
        let mut trial = Trial::new();
        let before = trial.propose(rule.as_ref()).1;
        trial.targets.invert_axis(Axis(0));
        let same = trial.propose(rule.as_ref()).1 == before;
        assert_eq!(same, !rule.about().asks(Demand::Labels), "{rule:?}");
    }
}

#[test]
fn a_rule_of_the_feedback_family_without_weight_transport_ignores_the_forward_weights_above() {
    for rule in catalogue() {
        let about = rule.about();
        let asks = |demand| about.asks(demand);
        if !asks(Demand::Labels)
            // Of forward connections; feedback ones that work in both directions know nothing of them.
            || (asks(Demand::SymmetricConnections) && about.family != rules::Family::Feedback)
            // Units are told apart by what they do to the loss, and by their targets.
            || matches!(about.family, rules::Family::Perturbation | rules::Family::Local | rules::Family::Combination)
            || about.family == rules::Family::Hebbian
        {
            continue;
        }
        // A layer without influence on the answer: the output error is the same whatever its weights are, since
        // units 0 and 1 of the layer below are made equal and the change is +d for one and −d for the other.
        let mut trial = Trial::new();
        let row = trial.network.layers()[1].weights.row(0).to_owned();
        trial.network.layers_mut()[1].weights.row_mut(1).assign(&row);
        let before = trial.propose(rule.as_ref()).1;
        let mut top = trial.network.layers_mut()[2].weights.view_mut();
        // Another d for each output: the softmax's errors sum to 0 and would not notice a common one.
        for (output, mut row) in top.rows_mut().into_iter().enumerate() {
            row[0] += 0.5 * output as f32;
            row[1] -= 0.5 * output as f32;
        }
        let after = trial.propose(rule.as_ref()).1;
        let lower = |updates: &Updates| updates.layers()[1].weights.clone();
        let same = lower(&before).abs_diff_eq(&lower(&after), 1e-5);
        let tells_the_error = [Demand::WeightTransport, Demand::PartnerSign];
        assert_eq!(same, !tells_the_error.into_iter().any(asks), "{rule:?}");
    }
}

#[test]
fn a_learning_rate_of_zero_changes_nothing_but_what_decays() {
    let trial = Trial::new();
    for rule in catalogue() {
        let trajectory =
            train(&support::small_experiment().rule_from(&rule).learning_rate(0.0)).unwrap();
        let steps = trajectory.snapshots.last().unwrap().step as i32;
        let keep = (1.0 - trial.propose(rule.as_ref()).1.decay).powi(steps);
        let layers =
            trajectory.snapshots[0].network.layers().iter().zip(trajectory.network().layers());
        for (first, last) in layers {
            assert!(last.weights.abs_diff_eq(&(&first.weights * keep), 1e-6), "{rule:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    for rule in catalogue() {
        let run = |seed| train(&support::small_experiment().rule_from(&rule).seed(seed)).unwrap();
        let (first, again, other) = (run(3), run(3), run(4));
        assert_eq!(first.network(), again.network(), "{rule:?}");
        assert_ne!(first.network(), other.network(), "{rule:?}");
    }
}

#[test]
fn rules_that_share_a_seed_start_from_the_same_network() {
    let starts: Vec<Network> = catalogue()
        .iter()
        .map(|rule| {
            train(&support::small_experiment().rule_from(rule)).unwrap().snapshots[0]
                .network
                .clone()
        })
        .collect();
    assert!(starts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_rule_that_learns_beats_chance_on_real_digits_with_its_defaults() {
    let data = support::mnist().subset(4000, 1000, 0).unwrap();
    let task = Task::classification(&data, &microlearners::data::TaskSettings::default()).unwrap();
    for rule in catalogue().into_iter().filter(|rule| rule.about().learns) {
        let experiment = Experiment::new(&task).rule_from(&rule);
        // A guess needs steps that are as many times smaller as there are synapses, and so many times as many.
        let is_guess = rule.about().family == rules::Family::Perturbation;
        let experiment =
            if is_guess { experiment.epochs(12).batch_size(16) } else { experiment.epochs(2) };
        let trajectory = train(&experiment).unwrap();
        assert_eq!(trajectory.outcome, Outcome::Finished);
        // Chance is 0.1 with a standard error of 0.01 over 1000 test images.
        assert!(trajectory.test.accuracy > 0.2, "{rule:?}: {}", trajectory.test.accuracy);
    }
}

#[test]
fn kolen_pollack_whose_feedback_starts_at_the_forward_weights_is_backprop_with_its_decay() {
    // The control that tells its decay from its feedback: the optimizer's decay is multiplied by the learning rate.
    let (rate, decay) = (0.05, 0.01);
    let of = |rule: Rule, weight_decay: f64| {
        let optimizer = Optimizer::sgd().with_weight_decay(weight_decay);
        let experiment = support::small_experiment().rule_from(&rule).optimizer(optimizer);
        train(&experiment.learning_rate(rate)).unwrap().network().clone()
    };
    let feedback = FeedbackInit::ForwardWeights;
    let paired = of(KolenPollack { decay, feedback }.shared(), 0.0);
    let decayed = of(rules::named("backprop").unwrap(), decay / rate);
    let plain = of(rules::named("backprop").unwrap(), 0.0);
    for layer in 0..paired.depth() {
        let weights = |network: &Network| network.layers()[layer].weights.clone();
        assert!(weights(&paired).abs_diff_eq(&weights(&decayed), 1e-5));
        assert!(!weights(&paired).abs_diff_eq(&weights(&plain), 1e-3));
    }
}

#[test]
fn histories_have_the_feedbacks_angle_of_rules_that_have_feedback_weights() {
    let history = |rule: Rule| {
        train(&support::small_experiment().rule_from(&rule)).unwrap().history().unwrap()
    };
    let copied = Alignment { decay: 0.5, self_: 1.0, ..Alignment::default() };
    let copied = Alignment { order: FeedbackOrder::AfterChange, ..copied };
    let copied = history(copied.shared());
    let angles = copied.column("privileged_feedback_angle_layer2").unwrap().f64().unwrap();
    let angles: Vec<f64> = angles.iter().map(Option::unwrap).collect();
    // Drawn at random before the first change, and the forward weights themselves after each.
    assert!(angles[0] > 30.0 && angles[1..].iter().all(|angle| *angle < 0.1), "{angles:?}");
    assert!(copied.column("privileged_feedback_angle_layer1").is_err());
    let backprop = history(rules::named("backprop").unwrap());
    assert!(backprop.column("privileged_feedback_angle_layer2").is_err());
}
