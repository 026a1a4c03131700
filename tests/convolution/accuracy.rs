//! Accuracies on all of MNIST, 3 epochs of two small networks that convolve, batch 128.
//!
//! With `MICROLEARNERS_FULL=1` the means are of 3 seeds under every rule; otherwise two rules are
//! trained from one. The floors are the same.

use std::sync::Arc;

use microlearners::prelude::*;
use microlearners::rules::Rule;

use crate::support;

/// `lenet_small` from PyTorch's initial weights, under Adam.
fn experiment(rule: Rule, learning_rate: f64) -> Experiment {
    let architecture = Architecture::named("lenet_small").unwrap();
    Experiment::new(support::digits())
        .architecture(architecture.with_initialiser(Initialiser::UniformFanIn))
        .optimizer(Optimizer::adam())
        .rule_from(&rule)
        .learning_rate(learning_rate)
        .checkpoints(Checkpoints::Count(2))
}

fn assert_reaches(floor: f64, experiment: &Experiment) {
    let seeds = if support::is_full() { 3 } else { 1 };
    let runs: Vec<Trajectory> =
        (0..seeds).map(|seed| train(&experiment.clone().seed(seed)).unwrap()).collect();
    let mean = runs.iter().map(|run| run.test.accuracy).sum::<f64>() / runs.len() as f64;
    println!("{}: {:.2} %", experiment.rule.about().name, 100.0 * mean);
    assert!(runs.iter().all(|run| run.outcome == Outcome::Finished));
    assert!(mean >= floor, "{mean} is below {floor}");
}

#[test]
fn backprop_reaches_98_and_a_half_percent() {
    assert_reaches(0.985, &experiment(Arc::new(Backprop), 1e-3));
}

#[test]
fn feedback_alignment_reaches_97_percent() {
    assert_reaches(0.97, &experiment(Arc::new(FeedbackAlignment::default()), 1e-3));
}

#[test]
fn learned_feedback_sign_symmetry_and_targets_reach_their_floors() {
    if !support::is_full() {
        return;
    }
    let mirror = WeightMirror { rate: 0.1, decay: 0.1, ..WeightMirror::default() };
    assert_reaches(0.98, &experiment(Arc::new(mirror), 1e-3));
    assert_reaches(0.98, &experiment(Arc::new(SignSymmetry::default()), 1e-3));
    assert_reaches(0.98, &experiment(Arc::new(KolenPollack::default()), 1e-3));
    let rule = DirectDifferenceTargetPropagation::default();
    assert_reaches(0.975, &experiment(Arc::new(rule), 3e-4));
}

/// Half the filters and half the hidden units: each batch takes as long as 14 of backprop's.
#[test]
fn predictive_coding_reaches_98_percent() {
    if !support::is_full() {
        return;
    }
    let layers = [8, 16].map(|filters| ConvolutionLayer::new(filters, 5));
    let layers = layers.map(|layer| layer.with_pooling(Pooling::Max(2)));
    let mut experiment = experiment(Arc::new(PredictiveCoding::default()), 3e-3);
    experiment.architecture.convolutions = layers.to_vec();
    experiment.architecture.hidden = vec![64];
    assert_reaches(0.98, &experiment);
}
