//! Bad input gets one clear sentence with the numbers and the remedy.

use microlearners::Error;
use microlearners::data::{Dataset, Images, Task, TaskSettings};
use microlearners::ndarray::Array2;
use microlearners::network::{Architecture, Initialiser};
use microlearners::observables::{Instrument, ObservableSet, Summary, observe};
use microlearners::rules::{self, ContrastiveHebbian, KolenPollack};
use microlearners::training::{Checkpoints, Design, Experiment, Optimizer, Study, train};

use crate::support::{self, small_experiment};

/// The message of what must fail, which is one line and holds these words.
fn refused<T>(result: Result<T, Error>, words: &[&str]) {
    let Err(error) = result else { panic!("this was accepted: {words:?}") };
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    for word in words {
        assert!(message.contains(word), "{message} does not say {word}");
    }
    assert_eq!(format!("{error:?}"), message, "a failing ? in a notebook prints the sentence");
}

#[test]
fn meaningless_hyperparameters() {
    let run = |experiment: Experiment| train(&experiment);
    refused(run(small_experiment().learning_rate(-0.1)), &["learning_rate", "-0.1"]);
    refused(run(small_experiment().learning_rate(f64::NAN)), &["learning_rate", "NaN"]);
    refused(run(small_experiment().learning_rate(f64::INFINITY)), &["learning_rate", "inf"]);
    refused(run(small_experiment().batch_size(0)), &["batch_size", "0", "at least 1"]);
    refused(run(small_experiment().epochs(0)), &["epochs", "0"]);
    refused(run(small_experiment().optimizer(Optimizer::momentum(1.5))), &["momentum", "1.5"]);
    refused(
        run(small_experiment().optimizer(Optimizer::sgd().with_weight_decay(-1.0))),
        &["weight_decay", "-1"],
    );
    refused(
        run(small_experiment().checkpoints(Checkpoints::Count(1000))),
        &["checkpoints", "1000", "90 updates"],
    );
    refused(run(small_experiment().epochs(usize::MAX)), &["epochs", "at most"]);
    refused(run(small_experiment().batch_size(usize::MAX)), &["batch_size", "at most"]);
    let kolen_pollack = KolenPollack { decay: 1.0, ..KolenPollack::default() };
    refused(run(small_experiment().rule(kolen_pollack)), &["decay", "below 1"]);
    let contrastive = ContrastiveHebbian { feedback_gain: 0.0, ..ContrastiveHebbian::default() };
    refused(run(small_experiment().rule(contrastive)), &["feedback_gain", "above 0"]);
}

#[test]
fn impossible_shapes() {
    let run = |architecture: Architecture| train(&small_experiment().architecture(architecture));
    refused(run(Architecture::hidden(&[0])), &["hidden", "0"]);
    refused(run(Architecture::hidden(&[usize::MAX])), &["hidden", "at most"]);
    refused(run(Architecture::hidden(&[100_000, 100_000])), &["10000000000 weights"]);
    let init = Initialiser::NormalVariance { variance: -0.1 };
    refused(run(Architecture::default().with_initialiser(init)), &["variance", "-0.1"]);
    let images = Images { pixels: Array2::zeros((3, 5)), labels: vec![0, 1, 0] };
    let classes = vec!["a".to_owned(), "b".to_owned()];
    refused(Dataset::new("mine", (2, 2), classes, images.clone(), images), &["5 pixels", "4"]);
}

#[test]
fn unknown_names_list_the_known_ones() {
    refused(rules::named("backpropagation"), &["backpropagation", "backprop", "kolen_pollack"]);
    refused(Summary::named("weight"), &["weightraw_norm"]);
    refused(Design::named("published"), &["published", "microlearners", "neuromatch_w2d3"]);
}

#[test]
fn data_that_cannot_be_split_or_restricted() {
    let data = Dataset::synthetic(0);
    refused(data.subset(601, 10, 0), &["601", "1 to 600"]);
    refused(data.subset(0, 10, 0), &["0"]);
    refused(data.with_classes(&[0]), &["at least two", "0 to 3"]);
    refused(data.with_classes(&[0, 9]), &["0 to 3"]);
    let settings =
        |validation_fraction| TaskSettings { validation_fraction, ..TaskSettings::default() };
    refused(Task::classification(&data, &settings(1.0)), &["validation_fraction", "below 1"]);
    refused(Task::classification(&data, &settings(f64::NAN)), &["validation_fraction", "NaN"]);
    refused(Task::classification(&data, &settings(0.0001)), &["600", "empty"]);
}

#[test]
fn instruments_and_studies_that_cannot_be() {
    let trajectory = train(&small_experiment()).unwrap();
    let see = |instrument| observe(&trajectory, &instrument, &ObservableSet::default());
    refused(see(Instrument::perfect().with_fraction(0.0)), &["fraction", "0"]);
    refused(see(Instrument::perfect().with_noise(f64::NAN)), &["noise", "NaN"]);
    let empty = Study::of(small_experiment()).seeds(0);
    refused(empty.run(), &["no experiments"]);
}

#[test]
fn a_network_that_diverges_is_an_outcome_and_not_an_error() {
    use microlearners::network::Activation;
    use microlearners::rules::Hebbian;
    use microlearners::training::Outcome;
    let relu = Architecture::hidden(&[8]).with_activation(Activation::Relu);
    let wild =
        small_experiment().architecture(relu).rule(Hebbian::plain()).learning_rate(1e6).epochs(20);
    let trajectory = train(&wild).unwrap();
    assert!(
        matches!(trajectory.outcome, Outcome::Diverged { step } if step > 0),
        "{:?}",
        trajectory.outcome
    );
    assert!(!trajectory.snapshots.is_empty());
    let records = Study::of(wild).and(Study::of(support::small_experiment())).run().unwrap();
    assert_eq!(records.networks.height(), 2);
}
