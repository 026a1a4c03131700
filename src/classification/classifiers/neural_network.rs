//! A small neural network over the observables.

use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, Fitted, show_classifiers};
use super::recipe::Recipe;
use crate::classification::samples::{Samples, Scale};
use crate::data::Task;
use crate::error::{check_count, check_not_negative, check_positive};
use crate::network::{Activation, Architecture, Bias, Initialiser, Network};
use crate::training::{Checkpoints, Experiment, Optimizer, Outcome, train};
use crate::{Error, Result};

/// Labels are bytes.
const MOST_CLASSES: usize = 256;

/// One or more hidden layers of rectified units on z-scored features, trained by backprop and Adam:
/// a learner that this library has itself. On the observables of all checkpoints it sees a
/// trajectory as a whole, where a tree asks for one number after the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuralNetwork {
    /// The number of units of each hidden layer; default one of 50.
    pub hidden: Vec<usize>,
    /// Passes over the training samples, at least 1; default 100.
    pub epochs: usize,
    /// Adam's learning rate, above 0; default 0.001.
    pub learning_rate: f64,
    /// Samples per step, at least 1; default 32.
    pub batch_size: usize,
    /// Adds this times W to the gradient of the mean loss, for weights and biases; at least 0,
    /// default 1e-4.
    pub weight_decay: f64,
}

impl Default for NeuralNetwork {
    fn default() -> Self {
        Self {
            hidden: vec![50],
            epochs: 100,
            learning_rate: 1e-3,
            batch_size: 32,
            weight_decay: 1e-4,
        }
    }
}

#[derive(Debug)]
struct FittedNetwork {
    scale: Scale,
    network: Network,
}

impl NeuralNetwork {
    fn architecture(&self) -> Architecture {
        Architecture::hidden(&self.hidden)
            .with_activation(Activation::Relu)
            .with_initialiser(Initialiser::HeUniform)
            .with_bias(Bias::Zero)
    }
}

impl Classifier for NeuralNetwork {
    fn name(&self) -> String {
        let units: Vec<String> = self.hidden.iter().map(usize::to_string).collect();
        match units.len() {
            0 => "neural network without hidden units".into(),
            _ => format!("neural network, {} hidden units", units.join("-")),
        }
    }

    fn recipe(&self) -> Option<String> {
        Recipe::Neural(self.clone()).text()
    }

    fn check(&self) -> Result<()> {
        self.architecture().check()?;
        check_count("epochs", self.epochs)?;
        check_positive("learning_rate", self.learning_rate)?;
        check_count("batch_size", self.batch_size)?;
        check_not_negative("weight_decay", self.weight_decay)
    }

    fn check_samples(&self, samples: &Samples) -> Result<()> {
        samples.check()?;
        match samples.classes.len() {
            0..=MOST_CLASSES => Ok(()),
            classes => Err(Error::Samples(format!(
                "a neural network distinguishes at most {MOST_CLASSES} classes, and there are {classes}; use \
                 RandomForest, or fewer classes"
            ))),
        }
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        self.check()?;
        self.check_samples(samples)?;
        let scale = Scale::new(&samples.features);
        let inputs = scale.apply(&samples.features).mapv(|value| value as f32);
        // Below 256, as was checked.
        let labels: Vec<u8> = samples.labels.iter().map(|&label| label as u8).collect();
        // Training judges itself on something; one sample is the least.
        let judged = (inputs.slice(s![..1, ..]).to_owned(), labels[..1].to_vec());
        let task = Task::of_any_classes(
            "samples".into(),
            (inputs, labels),
            judged,
            samples.classes.len(),
            1,
        )?;
        let experiment = Experiment {
            architecture: self.architecture(),
            optimizer: Optimizer::adam().with_weight_decay(self.weight_decay),
            learning_rate: Some(self.learning_rate),
            batch_size: self.batch_size,
            epochs: self.epochs,
            checkpoints: Checkpoints::Count(2),
            evaluation_examples: 1,
            ..Experiment::new(&task)
        };
        let trajectory = train(&experiment.seed(seed))?;
        if let Outcome::Diverged { step } = trajectory.outcome {
            return Err(Error::Samples(format!(
                "the neural network diverged at step {step}; give it a smaller learning rate than {}",
                self.learning_rate
            )));
        }
        Ok(Box::new(FittedNetwork { scale, network: trajectory.network().clone() }))
    }
}

impl Fitted for FittedNetwork {
    fn features(&self) -> usize {
        self.scale.features()
    }

    fn judge(&self, features: &Array2<f64>) -> Array2<f64> {
        let inputs = self.scale.apply(features).mapv(|value| value as f32);
        self.network.predict(&inputs).mapv(f64::from)
    }
}

show_classifiers!(NeuralNetwork);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classification::LinearSvm;
    use crate::random;
    use rand::Rng as _;

    /// Two numbers whose signs agree, or do not: no line separates these.
    fn signs(count: usize) -> Samples {
        let mut rng = random::stream(0, "signs");
        let features = Array2::from_shape_simple_fn((count, 2), || rng.gen_range(-1.0..1.0));
        let labels =
            features.rows().into_iter().map(|row| usize::from(row[0] * row[1] > 0.0)).collect();
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let groups = (0..count as u64).collect();
        Samples::new(features, names(["a", "b"]), labels, names(["apart", "alike"]), groups)
            .unwrap()
    }

    fn accuracy(fitted: &dyn Fitted, samples: &Samples) -> f64 {
        let guesses = fitted.predict(&samples.features).unwrap();
        let right = guesses.iter().zip(&samples.labels).filter(|(guess, label)| guess == label);
        right.count() as f64 / samples.len() as f64
    }

    #[test]
    fn it_learns_what_no_line_separates() {
        let samples = signs(600);
        let (train, test): (Vec<usize>, Vec<usize>) = (0..600).partition(|row| row % 3 > 0);
        let (train, test) = (samples.select(&train), samples.select(&test));
        let network = NeuralNetwork::default().fit(&train, 1).unwrap();
        assert!(accuracy(network.as_ref(), &test) > 0.9);
        let line = LinearSvm::default().fit(&train, 1).unwrap();
        assert!(accuracy(line.as_ref(), &test) < 0.7);
        let again = NeuralNetwork::default().fit(&train, 1).unwrap();
        let (here, there) =
            [&network, &again].map(|one| one.probabilities(&test.features).unwrap()).into();
        assert_eq!(here, there);
        assert!(here.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
    }

    #[test]
    fn meaningless_settings_and_divergence_are_told() {
        let of = |network: NeuralNetwork| network.fit(&signs(60), 0).unwrap_err().to_string();
        assert!(of(NeuralNetwork { epochs: 0, ..NeuralNetwork::default() }).contains("epochs"));
        assert!(
            of(NeuralNetwork { hidden: vec![0], ..NeuralNetwork::default() }).contains("hidden")
        );
        let wild = NeuralNetwork { learning_rate: 1e30, ..NeuralNetwork::default() };
        assert!(of(wild).contains("smaller learning rate"));
    }
}
