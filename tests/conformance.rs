//! What holds for every rule of the catalogue; a new rule is put through this with no further edit.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use microlearners::data::Task;
use microlearners::ndarray::{Array1, Array2, Axis, concatenate};
use microlearners::network::{Architecture, Batch, Network, Updates};
use microlearners::random;
use microlearners::rules::{
    self, Alignment, Backprop, Family, FeedbackInit, FeedbackOrder, KolenPollack, LearningRule,
    Requirement, Rule, StepReport,
};
use microlearners::training::{
    Checkpoints, Experiment, Optimizer, Outcome, Seeds, Trajectory, train,
};

use crate::support;

/// Every rule, every named variant, and the rules of plasticity that are no variants.
fn catalogue() -> Vec<Rule> {
    let mut all: Vec<Rule> = rules::all().into_iter().chain(rules::variants()).collect();
    for rule in rules::plasticity() {
        if all.iter().all(|one| one.about().name != rule.about().name) {
            all.push(rule);
        }
    }
    all
}

/// Draws of a mean over what a rule draws.
const DRAWS: u64 = 1500;

/// The rules of the catalogue with what each makes of the small task, trained once for all tests.
fn trained() -> &'static [(Rule, Trajectory)] {
    static TRAINED: OnceLock<Vec<(Rule, Trajectory)>> = OnceLock::new();
    TRAINED.get_or_init(|| {
        let run = |rule: Rule| {
            let trajectory = train(&support::small_experiment().rule_from(&rule)).unwrap();
            (rule, trajectory)
        };
        catalogue().into_iter().map(run).collect()
    })
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

    fn propose(&self, rule: &dyn LearningRule) -> (StepReport, Updates) {
        self.propose_drawing(rule, 1)
    }

    /// The same with other draws.
    fn propose_drawing(&self, rule: &dyn LearningRule, seed: u64) -> (StepReport, Updates) {
        let mut learner = rule.start(&self.network, &mut random::stream(1, "feedback"));
        let mut updates = Updates::new(&self.network);
        let batch = Batch { inputs: (&self.inputs).into(), targets: self.targets.view() };
        (
            learner.propose(&self.network, &batch, &mut updates, &mut random::stream(seed, "rule")),
            updates,
        )
    }

    /// A later proposal: what feedback weights learn has been learned, the forward weights are
    /// kept.
    fn propose_later(&self, rule: &dyn LearningRule) -> Updates {
        let mut learner = rule.start(&self.network, &mut random::stream(1, "feedback"));
        let batch = Batch { inputs: (&self.inputs).into(), targets: self.targets.view() };
        let mut rng = random::stream(1, "rule");
        let mut updates = Updates::new(&self.network);
        for _ in 0..10 {
            updates = Updates::new(&self.network);
            learner.propose(&self.network, &batch, &mut updates, &mut rng);
            let mut change = updates.clone();
            change.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -0.1));
            learner.after_update(&self.network, &change);
        }
        updates
    }

    /// The proposals over so many draws, all weights in a row.
    fn proposals(
        &self,
        rule: &dyn LearningRule,
        draws: Range<u64>,
    ) -> impl Iterator<Item = Array1<f32>> {
        draws.map(move |seed| {
            let (_, updates) = self.propose_drawing(rule, seed);
            updates.layers().iter().flat_map(|layer| layer.weights.iter().copied()).collect()
        })
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
    let support = [
        "mod",
        "about",
        "catalogue",
        "combination",
        "feedback_learner",
        "local_pass",
        "on_convolutions",
        "schedule",
        "settling",
        "show",
        "table",
        "testing",
    ];
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
        // A rule that draws something for every example draws other things for more of them: its
        // means must agree.
        assert_ne!(once, trial.propose_drawing(rule.as_ref(), 2).1, "{rule:?}");
        assert_doubling_keeps_the_mean(&trial, &doubled, rule.as_ref());
    }
}

/// Proposals are measured along one direction: 1 is the ratio of two means over a batch, 2 that of
/// sums. The tolerance is four standard errors of the ratio, from the spread of the draws, and must
/// itself be small enough to tell 1 from 2.
fn assert_doubling_keeps_the_mean(trial: &Trial, doubled: &Trial, rule: &dyn LearningRule) {
    // Guesses scatter around the gradient so widely that their own mean is mostly noise; other
    // rules have no better direction.
    let along = match rule.about().family {
        Family::Perturbation => trial.proposals(&Backprop, 0..1).next().unwrap(),
        _ => trial.proposals(rule, 0..DRAWS).reduce(|sum, proposal| sum + proposal).unwrap(),
    };
    let mean_and_relative_error = |trial: &Trial, draws: Range<u64>| {
        let found: Vec<f64> =
            trial.proposals(rule, draws).map(|one| f64::from(along.dot(&one))).collect();
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        let squares = found.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let variance = squares / (found.len() - 1) as f64;
        (mean, (variance / found.len() as f64).sqrt() / mean)
    };
    let (once, error) = mean_and_relative_error(trial, DRAWS..2 * DRAWS);
    let (twice, other_error) = mean_and_relative_error(doubled, 2 * DRAWS..3 * DRAWS);
    let ratio = twice / once;
    let tolerance = 4.0 * error.hypot(other_error);
    println!("{}: {ratio:.3} ± {tolerance:.3}", rule.about().name);
    assert!(tolerance < 0.5, "{rule:?}: {DRAWS} draws are too few, ± {tolerance}");
    assert!((ratio - 1.0).abs() < tolerance, "{rule:?}: {ratio} ± {tolerance}");
}

#[test]
fn a_rule_that_asks_for_no_labels_proposes_the_same_without_them() {
    for rule in catalogue() {
        let mut trial = Trial::new();
        let before = trial.propose(rule.as_ref()).1;
        trial.targets.invert_axis(Axis(0));
        let same = trial.propose(rule.as_ref()).1 == before;
        assert_eq!(same, !rule.about().requires(Requirement::Labels), "{rule:?}");
    }
}

/// Whether a rule's error is told of the forward weights above a layer: two networks with the same
/// answers to everything, of which one has other weights in the output layer.
fn sees_the_weights_above(propose: impl Fn(&Trial) -> Updates) -> bool {
    // Units 0 and 1 of the layer below are made equal and the change is +d for one and −d for the
    // other: the output error stays as it is.
    let mut trial = Trial::new();
    let row = trial.network.layers()[1].weights.row(0).to_owned();
    trial.network.layers_mut()[1].weights.row_mut(1).assign(&row);
    let before = propose(&trial);
    let mut top = trial.network.layers_mut()[2].weights.view_mut();
    // Another d for each output: the softmax's errors sum to 0 and would not notice a common one.
    for (output, mut row) in top.rows_mut().into_iter().enumerate() {
        row[0] += 0.5 * output as f32;
        row[1] -= 0.5 * output as f32;
    }
    let after = propose(&trial);
    !before.layers()[1].weights.abs_diff_eq(&after.layers()[1].weights, 1e-5)
}

#[test]
fn rules_that_carry_an_error_or_a_target_down_see_the_forward_weights_above_only_if_they_ask_for_it()
 {
    let carriers = [Family::Control, Family::Gradient, Family::Feedback, Family::Target];
    let mut found = BTreeSet::new();
    for rule in catalogue().into_iter().filter(|rule| carriers.contains(&rule.about().family)) {
        let about = rule.about();
        let asks = |requirements: &[Requirement]| {
            requirements.iter().any(|&demand| about.requires(demand))
        };
        let at_once = [Requirement::WeightTransport, Requirement::SignTransport];
        let first = sees_the_weights_above(|trial| trial.propose(rule.as_ref()).1);
        assert_eq!(first, asks(&at_once), "{rule:?}");
        // What learns its feedback from noise in a phase of its own sees as much of them as it has
        // learned by then.
        if asks(&[Requirement::SeparatePhases]) {
            continue;
        }
        let later = sees_the_weights_above(|trial| trial.propose_later(rule.as_ref()));
        let in_time = [&at_once[..], &[Requirement::TransportToFeedback]].concat();
        assert_eq!(later, asks(&in_time), "later: {rule:?}");
        found.insert((first, later));
    }
    assert_eq!(found, BTreeSet::from([(false, false), (false, true), (true, true)]));
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
fn the_same_seeds_give_the_same_bits_and_another_order_of_examples_others() {
    for (rule, first) in trained() {
        let run = |data| {
            let seeds = Seeds { data, ..first.experiment.seeds };
            train(&Experiment { seeds, ..first.experiment.clone() }).unwrap()
        };
        let seed = first.experiment.seeds.data;
        assert_eq!(first.network(), run(seed).network(), "{rule:?}");
        // The start is the same too: what differs is what was learned, of nothing by one rule
        // alone.
        let is_same = first.network() == run(seed + 1).network();
        assert_eq!(is_same, rule.about().name == "no_training", "{rule:?}");
    }
}

#[test]
fn rules_that_share_a_seed_start_from_the_same_network() {
    let starts: Vec<&Network> =
        trained().iter().map(|(_, run)| &run.snapshots[0].network).collect();
    assert!(starts.len() > 20 && starts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_rule_that_learns_beats_chance_on_real_digits_with_its_defaults() {
    let data = support::mnist().subset(4000, 1000, 0).unwrap();
    let task = Task::classification(&data, &microlearners::data::TaskSettings::default()).unwrap();
    let teaches_well = [Family::Gradient, Family::Feedback, Family::Energy];
    let mut found = Vec::new();
    for rule in catalogue().into_iter().filter(|rule| rule.about().learns) {
        let experiment = Experiment::new(&task).rule_from(&rule);
        // A guess needs steps that are as many times smaller as there are synapses, and so many
        // times as many.
        let is_guess = rule.about().family == Family::Perturbation;
        let experiment =
            if is_guess { experiment.epochs(12).batch_size(16) } else { experiment.epochs(2) };
        let trajectory = train(&experiment.checkpoints(Checkpoints::Count(2))).unwrap();
        assert_eq!(trajectory.outcome, Outcome::Finished);
        // Chance is 0.1 with a standard error of 0.01 over 1000 test images. So few steps bring
        // rules that follow the gradient or nearly do to 0.74 and more, and all others to 0.26 and
        // more.
        let floor = if teaches_well.contains(&rule.about().family) { 0.6 } else { 0.2 };
        found.push((rule.about().name, trajectory.test.accuracy, floor));
    }
    println!("{found:.3?}");
    assert!(found.len() > 20);
    assert!(found.iter().all(|(_, accuracy, floor)| accuracy > floor), "{found:.3?}");
}

#[test]
fn kolen_pollack_whose_feedback_starts_at_the_forward_weights_is_backprop_with_its_decay() {
    // The control that tells its decay from its feedback: the optimizer's decay is multiplied by
    // the learning rate.
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
