//! Rules told by what single steps of learning show.

use microlearners::polars::prelude::IntoLazy as _;
use microlearners::prelude::*;

use crate::support;

fn experiment(rule: &str) -> Experiment {
    let digits = support::mnist().subset(3_000, 500, 0).unwrap();
    let task = Task::classification(&digits, &TaskSettings::default()).unwrap();
    let architecture =
        Architecture { activation: Activation::Tanh, ..Architecture::hidden(&[40, 30]) };
    let rule = microlearners::rules::named(rule).unwrap();
    Experiment::new(&task).architecture(architecture).rule_from(&rule).batch_size(64).epochs(2)
}

fn named(experiment: &Experiment) -> NamedByMechanism {
    let batches = record_batches(experiment, &[20, 70], 8).unwrap();
    Measures::of(&batches).unwrap().name()
}

/// At two learning rates each, so that it is not the step size that tells.
#[test]
fn rules_are_named_whatever_the_learning_rate() {
    let rates = |name: &str| match name {
        "hebbian" => [1e-5, 5e-5],
        "weight_perturbation" => [5e-4, 1e-3],
        "node_perturbation" => [2e-3, 5e-3],
        _ => [0.02, 0.1],
    };
    let names = [
        "no_training",
        "frozen_hidden",
        "backprop",
        "feedback_alignment",
        "direct_feedback_alignment",
        "sign_symmetry",
        "kolen_pollack",
        "symmetric_alignment",
        "activation_alignment",
        "information_alignment",
        "hebbian",
        "node_perturbation",
        "weight_perturbation",
        "predictive_coding",
        "forward_forward",
        "equilibrium_propagation",
        "difference_target_propagation",
        "target_propagation",
    ];
    let cases = names.iter().flat_map(|name| rates(name).map(|rate| (*name, rate)));
    let wrong: Vec<String> = cases
        .filter_map(|(name, rate)| {
            let found = named(&experiment(name).learning_rate(rate));
            (found.name != name).then(|| format!("{name} at {rate}: {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_step_size_is_measured_and_not_mistaken_for_the_rule() {
    for (rate, optimizer, name) in [
        (0.05, Optimizer::sgd(), "backprop"),
        (0.005, Optimizer::momentum(0.9), "backprop × momentum"),
        (0.001, Optimizer::adam(), "backprop × adam"),
    ] {
        let experiment = experiment("backprop").learning_rate(rate).optimizer(optimizer);
        let batches = record_batches(&experiment, &[20, 70], 8).unwrap();
        let measures = Measures::of(&batches).unwrap();
        assert_eq!(measures.name().name, name);
        if name != "backprop × adam" {
            assert!((measures.learning_rate / rate - 1.0).abs() < 1e-3, "{measures:?}");
        }
        if name == "backprop × momentum" {
            assert!((measures.momentum - 0.9).abs() < 1e-3, "{measures:?}");
        }
    }
    let decays = experiment("kolen_pollack").learning_rate(0.05);
    let measures = Measures::of(&record_batches(&decays, &[20], 8).unwrap()).unwrap();
    assert!((measures.decay / 1e-4 - 1.0).abs() < 0.01, "{measures:?}");
}

#[test]
fn less_access_is_made_of_the_same_records() {
    let batches = record_batches(&experiment("backprop"), &[20], 4).unwrap();
    assert_eq!(Access::default().to(&batches).unwrap(), batches);
    let half = Access { units: 0.5, ..Access::default() }.to(&batches).unwrap();
    assert_eq!(half[0].layers[0].weights.dim(), (20, 784));
    assert_eq!(half[3].layers[1].change.dim(), (15, 20));
    assert_eq!(half[3].layers[2].weights.dim(), (10, 15));
    assert!(half.iter().all(|batch| batch.check().is_ok()));
    let noisy = Access { change_noise: 0.5, ..Access::default() };
    let again = noisy.to(&batches).unwrap();
    assert_eq!(again, noisy.to(&batches).unwrap());
    assert_ne!(again[0].layers[0].change, batches[0].layers[0].change);
    assert_eq!(again[0].layers[0].outputs, batches[0].layers[0].outputs);
    for (access, name) in [
        (Access { change_noise: -1.0, ..Access::default() }, "change_noise is -1"),
        (Access { activity_noise: f64::NAN, ..Access::default() }, "activity_noise is NaN"),
        (Access { units: 0.0, ..Access::default() }, "units is 0"),
        (Access { steps: Some(2), ..Access::default() }, "steps is 2"),
    ] {
        assert!(access.to(&batches).unwrap_err().to_string().contains(name));
    }
}

#[test]
fn fewer_steps_are_the_first_of_each_moment() {
    let batches = record_batches(&experiment("backprop"), &[20, 70], 8).unwrap();
    let few = Access { steps: Some(3), ..Access::default() }.to(&batches).unwrap();
    let steps: Vec<usize> = few.iter().map(|batch| batch.step).collect();
    assert_eq!(steps, [20, 21, 22, 70, 71, 72]);
}

/// Pixels in the corners are the same in all images, so that differences between their synapses are
/// noise.
#[test]
fn noise_on_changes_is_measured_and_not_mistaken_for_a_rule() {
    for name in ["backprop", "feedback_alignment", "sign_symmetry", "kolen_pollack"] {
        let batches = record_batches(&experiment(name), &[20, 70], 8).unwrap();
        assert!(Measures::of(&batches).unwrap().noise < 1e-3, "{name}");
        // A decay of 1e-4 a step is lost in noise of a tenth.
        let bearable: &[f64] = if name == "kolen_pollack" { &[0.01] } else { &[0.01, 0.1] };
        for &noise in bearable {
            let noisy = Access { change_noise: noise, ..Access::default() }.to(&batches).unwrap();
            let measures = Measures::of(&noisy).unwrap();
            let share = noise * noise / (1.0 + noise * noise);
            assert!((measures.noise / share - 1.0).abs() < 0.15, "{name}: {measures:?}");
            assert_eq!(measures.name().name, name, "at noise {noise}: {}", measures.name());
        }
    }
}

#[test]
fn a_table_has_a_row_for_each_network_and_access() {
    let rules = ["backprop", "frozen_hidden"].map(experiment);
    let accesses = [Access::default(), Access { change_noise: 0.1, ..Access::default() }];
    let table = mechanisms(&rules, &accesses).unwrap();
    assert_eq!(table.height(), 4);
    let named = table.column("named").unwrap().str().unwrap();
    assert_eq!((named.get(0), named.get(2)), (Some("backprop"), Some("frozen_hidden")));
    let rate = table.column("measured_learning_rate").unwrap().f64().unwrap().get(0).unwrap();
    let set = table.column("learning_rate").unwrap().f64().unwrap().get(0).unwrap();
    assert!((rate / set - 1.0).abs() < 1e-3);
    assert!(table.lazy().select([col("run").n_unique()]).collect().is_ok());
    assert!(
        mechanisms(&[], &accesses).unwrap_err().to_string().contains("at least one experiment")
    );
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let experiment = experiment("backprop");
    let told =
        |first: &[usize], count| record_batches(&experiment, first, count).unwrap_err().to_string();
    assert!(told(&[], 3).contains("name at least one step"));
    assert!(told(&[0], 0).contains("count is 0"));
    assert!(told(&[90], 8).contains("the last is 97, and training has 94"), "{}", told(&[90], 8));
    assert!(told(&[usize::MAX], 8).contains("first_steps"));
    let flat = experiment.clone().architecture(Architecture::hidden(&[]));
    let batches = record_batches(&flat, &[0], 4).unwrap();
    let told = Measures::of(&batches).unwrap_err().to_string();
    assert!(told.contains("no hidden layer"), "{told}");
    let relu = Architecture { activation: Activation::Relu, ..Architecture::hidden(&[40]) };
    let wild = experiment.architecture(relu).learning_rate(1e30);
    let told = record_batches(&wild, &[60], 4).unwrap_err().to_string();
    assert!(told.contains("training diverged: 0 of 4 steps"), "{told}");
}
