//! Accuracies of the literature, on all of MNIST: 784-100-10, 3 epochs, batch 128, mean of 5 seeds.

use std::sync::Arc;

use microlearners::network::{Activation, Architecture};
use microlearners::rules::{
    Backprop, ContrastiveHebbian, FeedbackAlignment, Hebbian, KolenPollack, Rule,
};
use microlearners::training::{Experiment, Trajectory, train};

use crate::support;

const SEEDS: u64 = 5;

fn runs(rule: Rule, activation: Activation, learning_rate: f64) -> Vec<Trajectory> {
    let experiment = Experiment::new(support::digits())
        .architecture(Architecture::default().with_activation(activation))
        .rule_from(&rule)
        .learning_rate(learning_rate);
    (0..SEEDS).map(|seed| train(&experiment.clone().seed(seed)).unwrap()).collect()
}

fn mean_accuracy(runs: &[Trajectory]) -> f64 {
    let mean = runs.iter().map(|run| run.test.accuracy).sum::<f64>() / runs.len() as f64;
    println!("{}: {:.2} %", runs[0].experiment.rule.about().name, 100.0 * mean);
    mean
}

#[test]
fn backprop_reaches_96_percent() {
    assert!(mean_accuracy(&runs(Arc::new(Backprop), Activation::Relu, 0.1)) >= 0.96);
}

#[test]
fn feedback_alignment_reaches_94_and_a_half_percent_and_aligns() {
    let runs = runs(Arc::new(FeedbackAlignment::default()), Activation::Relu, 0.1);
    assert!(mean_accuracy(&runs) >= 0.945);
    for run in &runs {
        let angle = |index: usize| run.snapshots[index].feedback_angle.as_ref().unwrap()[1];
        // 90 degrees at the start, 30 to 45 in the literature at the end.
        assert!(
            (angle(0) - 90.0).abs() < 10.0 && (20.0..60.0).contains(&angle(20)),
            "{} {}",
            angle(0),
            angle(20)
        );
    }
}

#[test]
fn kolen_pollack_reaches_96_percent() {
    assert!(mean_accuracy(&runs(Arc::new(KolenPollack::default()), Activation::Relu, 0.1)) >= 0.96);
}

#[test]
fn contrastive_hebbian_reaches_95_and_a_half_percent_and_settles() {
    let runs = runs(Arc::new(ContrastiveHebbian::default()), Activation::Sigmoid, 0.5);
    assert!(mean_accuracy(&runs) >= 0.955);
    assert!(runs.iter().all(|run| run.settled > 0.99));
}

#[test]
fn hebbian_stays_at_chance_while_its_weights_grow() {
    let runs = runs(Arc::new(Hebbian::default()), Activation::Sigmoid, 1e-4);
    assert!((0.05..0.2).contains(&mean_accuracy(&runs)));
    for run in &runs {
        let change: Vec<f64> =
            run.snapshots.iter().map(|snapshot| snapshot.weight_change[0]).collect();
        assert!(change.windows(2).all(|pair| pair[1] > pair[0]));
    }
}

#[test]
fn without_training_accuracy_is_that_of_chance() {
    let runs = runs(Arc::new(microlearners::rules::NoTraining), Activation::Sigmoid, 0.01);
    assert!((0.05..0.2).contains(&mean_accuracy(&runs)));
}
