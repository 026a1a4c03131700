//! Trains deep predictive coding networks on nine tenths of MNIST, or of 20,000 images of CIFAR-10,
//! and tests them with fewer and more cycles than they learned with:
//!
//!     cargo run --release --example predictive_networks -- mnist
//!     cargo run --release --example predictive_networks -- cifar10
//!     cargo run --release --example predictive_networks -- mnist global
//!
//! The learning rate is the one with the highest accuracy on a tenth of the training images, which
//! is set aside, after one epoch. Three initialisations of each of three networks, or of the one named:
//! global and local recurrence of three cycles, and the same layers without any. A line is printed
//! for each network and each number of cycles; `docs/results.md` has what came out.
//!
//! CIFAR-10 does not ship with the library; `microlearners data cifar10` downloads it.
#![allow(missing_docs)]

use microlearners::predictive_network::*;
use microlearners::prelude::*;

const SEEDS: u64 = 3;
const RATES: [f64; 4] = [0.005, 0.01, 0.02, 0.05];

/// What is learned, for how long, and by which layers.
struct Design {
    task: Task,
    image: FeatureMaps,
    layers: Vec<PredictiveLayer>,
    training: PredictiveTraining,
}

fn main() -> Result<(), Error> {
    let design = match std::env::args().nth(1).as_deref() {
        Some("mnist") => digits()?,
        Some("cifar10") => photographs()?,
        _ => return Err(Error::setting("data set", "none", "say mnist or cifar10")),
    };
    let networks = [
        ("feed-forward", Recurrence::Global, 0),
        ("global", Recurrence::Global, 3),
        ("local", Recurrence::Local, 3),
    ];
    let only = std::env::args().nth(2);
    if let Some(name) = only.as_ref().filter(|only| networks.iter().all(|one| one.0 != **only)) {
        return Err(Error::setting("network", name, "say feed-forward, global or local"));
    }
    println!("network,learning_rate,seed,cycles,accuracy");
    for (name, recurrence, cycles) in networks {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let layers = design.layers.clone();
        let settings =
            PredictiveNetworkSettings { layers, recurrence, cycles, ..Default::default() };
        let rate = best_rate(&design, &settings);
        for seed in 0..SEEDS {
            let network = trained(&design, &settings, (rate, design.training.epochs), seed)?;
            for shown in 0..=(2 * cycles) {
                let accuracy = network.accuracy(design.task.test(), shown)?;
                println!("{name},{rate},{seed},{shown},{accuracy:.4}");
            }
        }
    }
    Ok(())
}

fn digits() -> Result<Design, Error> {
    let settings = TaskSettings { validation_fraction: 0.1, ..TaskSettings::default() };
    let task = Task::classification(&Dataset::mnist()?, &settings)?;
    let layers = PredictiveNetworkSettings::default().layers;
    let training = PredictiveTraining {
        epochs: 4,
        learning_rate_drops: vec![3],
        ..PredictiveTraining::default()
    };
    Ok(Design { task, image: (28, 28).into(), layers, training })
}

fn photographs() -> Result<Design, Error> {
    let (normalisation, validation_fraction) = (Normalisation::CIFAR10, 0.1);
    let settings = TaskSettings { normalisation, validation_fraction, ..TaskSettings::default() };
    let data = Dataset::cifar10()?.subset(20_000, 10_000, 0)?;
    let task = Task::classification(&data, &settings)?;
    let layer = |filters| PredictiveLayer::new(filters, 3).pooled(2);
    let training = PredictiveTraining {
        epochs: 6,
        learning_rate_drops: vec![5],
        ..PredictiveTraining::default()
    };
    Ok(Design { task, image: (32, 32, 3).into(), layers: [16, 32, 32].map(layer).into(), training })
}

/// A rate at which a network diverges is none.
fn best_rate(design: &Design, settings: &PredictiveNetworkSettings) -> f64 {
    let accuracy = |rate: f64| {
        let network = trained(design, settings, (rate, 1), SEEDS).ok()?;
        let kept = design.task.validation()?;
        network.accuracy(kept, settings.cycles).ok()
    };
    let scores = RATES.map(|rate| (rate, accuracy(rate).unwrap_or(0.0)));
    eprintln!("validation: {scores:?}");
    scores.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(RATES[0], |best| best.0)
}

fn trained(
    design: &Design,
    settings: &PredictiveNetworkSettings,
    (learning_rate, epochs): (f64, usize),
    seed: u64,
) -> Result<PredictiveNetwork, Error> {
    let mut network = PredictiveNetwork::new(settings, design.image, 10, seed)?;
    let training = PredictiveTraining { learning_rate, epochs, seed, ..design.training.clone() };
    network.train(&design.task, &training)?;
    Ok(network)
}
