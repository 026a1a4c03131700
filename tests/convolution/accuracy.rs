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

/// One convolution, whose pooled units settle in one step under their read-out. Settings were chosen
/// on a tenth of the training images.
#[test]
fn equilibrium_propagation_reaches_96_percent() {
    if !support::is_full() {
        return;
    }
    let rule = EquilibriumPropagation::default();
    let mut experiment = experiment(Arc::new(rule), 1e-3).batch_size(32);
    let layer = ConvolutionLayer::new(16, 5).with_pooling(Pooling::Mean(2));
    experiment.architecture.convolutions = vec![layer];
    experiment.architecture.hidden = Vec::new();
    assert_reaches(0.96, &experiment);
}

/// Three convolutions of 3 × 3 and a read-out on colour images, 10 epochs. The images do not ship
/// with the project: without them there is nothing to test.
#[test]
fn backprop_reaches_70_percent_on_colour_images() {
    if !support::is_full() {
        return;
    }
    let is_missing = |error: &Error| error.to_string().contains("there is no such folder");
    let images = match Dataset::cifar10() {
        Err(error) if is_missing(&error) => return println!("not tested: {error}"),
        found => found.unwrap(),
    };
    let settings =
        TaskSettings { normalisation: Normalisation::CIFAR10, ..TaskSettings::default() };
    let experiment = Experiment::new(&Task::classification(&images, &settings).unwrap())
        .architecture(Architecture::named("small_colour").unwrap())
        .optimizer(Optimizer::adam())
        .learning_rate(1e-3)
        .epochs(10)
        .checkpoints(Checkpoints::Count(2));
    assert_reaches(0.70, &experiment);
}
