//! Bad input gets one sentence with the numbers and the remedy.

use ndarray::Array2;

use super::*;
use crate::data::{Dataset, FeatureMaps, Task, TaskSettings};

/// 6 rows, 12 columns, 2 channels.
fn image() -> FeatureMaps {
    (6, 12, 2).into()
}

fn small() -> PredictiveNetworkSettings {
    let layer = PredictiveLayer::new(3, 3);
    let layers = vec![layer.pooled(2), layer, layer.pooled(3)];
    PredictiveNetworkSettings { layers, ..Default::default() }
}

fn network() -> PredictiveNetwork {
    PredictiveNetwork::new(&small(), image(), 3, 5).unwrap()
}

fn task() -> Task {
    Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap()
}

/// The message of what must fail, which is one line.
fn told<T>(result: crate::Result<T>) -> String {
    let Err(error) = result else { panic!("this was accepted") };
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

#[test]
fn what_cannot_be_shown_or_learned_is_refused() {
    let mut own = network();
    let wrong = told(own.predict(&Array2::zeros((2, 9)), 1));
    assert!(wrong.contains("2 images of 9 numbers") && wrong.contains("144"), "{wrong}");
    assert!(told(own.predict(&Array2::zeros((0, 144)), 1)).contains("0 images"));
    let mut x = Array2::zeros((2, 144));
    x[(1, 4)] = f32::NAN;
    assert!(told(own.representations(&x, 1)).contains("image 1 has NaN at pixel 4"));
    assert!(
        told(own.predict(&Array2::zeros((1, 144)), 51))
            .contains("cycles is 51, but it must be at most 50")
    );
    assert!(told(own.feedback_weights(0)).contains("layer is 0"));
    assert!(told(own.feedforward_weights(4)).contains("at most 3"));
    let new = PredictiveNetwork::new(&small(), image(), 1, 0);
    assert!(told(new).contains("classes is 1"));
    let train = |own: &mut PredictiveNetwork, training| told(own.train(&task(), &training));
    let usual = PredictiveTraining::default;
    let rate = PredictiveTraining { learning_rate: f64::NAN, ..usual() };
    assert!(train(&mut own, rate).contains("learning_rate is NaN"));
    assert!(train(&mut own, PredictiveTraining { epochs: 0, ..usual() }).contains("epochs is 0"));
    let momentum = PredictiveTraining { momentum: 1.0, ..usual() };
    assert!(train(&mut own, momentum).contains("momentum is 1"));
    let other = train(&mut own, usual());
    assert!(other.contains("the network"), "{other}");
    let pairs = Task::contrastive(&Dataset::synthetic(0), &TaskSettings::default(), 4).unwrap();
    assert!(told(own.train(&pairs, &usual())).contains("softmax + cross-entropy"));
}

#[test]
fn a_network_that_diverges_says_so() {
    let task = task();
    let settings = PredictiveNetworkSettings {
        layers: vec![PredictiveLayer::new(4, 3)],
        ..Default::default()
    };
    let mut network =
        PredictiveNetwork::new(&settings, task.input_maps(), task.outputs(), 0).unwrap();
    let training = PredictiveTraining { learning_rate: 1e6, batch_size: 10, ..Default::default() };
    let said = told(network.train(&task, &training));
    assert!(said.contains("diverged in epoch"), "{said}");
}
