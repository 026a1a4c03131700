//! A multilayer perceptron as a plasticity rule: the baseline without an equation.

use ndarray::{Array1, Array2, Axis};
use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

use super::backpropagation::{Adam, Perceptron};
use super::basis::Basis;
use super::columns::Signals;
use super::monomial::Trace;
use super::recording::{PlasticityRecording, check_recordings, check_weights};
use super::sums::weight_of;
use crate::error::{check_count, check_positive};
use crate::random::Rng;
use crate::{Result, random};

/// A perceptron from pre, post, weight, factor and traces to the change of the weight: one hidden
/// layer of tanh, trained by Adam on the squared error of changes in units of their own spread.
/// Where it predicts held-out networks better than the equation does, the basis lacks a term.
///
/// ```
/// use microlearners::rule_inference::{KnownRule, PerceptronRule, PlasticitySimulation};
///
/// let rule = KnownRule::Oja { rate: 0.05 }.rule();
/// let recordings = PlasticitySimulation::default().run(&rule)?;
/// let settings = PerceptronRule { samples: 2000, ..PerceptronRule::default() };
/// let fitted = settings.fit(&recordings[..15])?;
/// assert!(fitted.explained(&recordings[15..])?[0] < rule.explained(&recordings[15..])?[0]);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PerceptronRule {
    /// Hidden units; default 16.
    pub hidden: usize,
    /// Changes that it learns from, drawn from all that were recorded; default 20,000.
    pub samples: usize,
    /// How often it sees them; default 30.
    pub epochs: usize,
    /// Changes in each step of Adam; default 50.
    pub batch: usize,
    /// Of Adam; default 0.003. It falls linearly to 0.
    pub learning_rate: f64,
    /// The traces that it reads; default none.
    pub traces: Vec<Trace>,
    /// Seed of weights, choice and order; default 0.
    pub seed: u64,
}

impl Default for PerceptronRule {
    fn default() -> Self {
        Self {
            hidden: 16,
            samples: 20_000,
            epochs: 30,
            batch: 50,
            learning_rate: 0.003,
            traces: Vec::new(),
            seed: 0,
        }
    }
}

/// A perceptron that has learned.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPerceptron {
    traces: Vec<Trace>,
    /// Mean and spread of each input, and the spread of changes.
    scale: Scale,
    perceptron: Perceptron,
}

#[derive(Debug, Clone, PartialEq)]
struct Scale {
    means: Array1<f64>,
    spreads: Array1<f64>,
    change: f64,
}

impl PerceptronRule {
    /// Learns from the changes of observed weights.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for a count of 0 or a learning rate that is not
    /// positive; [`Error::Samples`](crate::Error::Samples) and
    /// [`Error::Shape`](crate::Error::Shape) for recordings without weights, or that do not fit.
    pub fn fit(&self, recordings: &[PlasticityRecording]) -> Result<FittedPerceptron> {
        for (name, count) in [
            ("hidden", self.hidden),
            ("samples", self.samples),
            ("epochs", self.epochs),
            ("batch", self.batch),
        ] {
            check_count(name, count)?;
        }
        check_positive("learning_rate", self.learning_rate)?;
        self.traces.iter().try_for_each(Trace::check)?;
        check_recordings(recordings, 1)?;
        check_weights(recordings)?;
        let mut rng = random::stream(self.seed, "rule_inference perceptron");
        let (inputs, changes) = self.some(recordings, &mut rng);
        let scale = Scale::of(&inputs, &changes);
        let (inputs, changes) = (scale.inputs(&inputs), changes / scale.change);
        let perceptron = self.train(&inputs, &changes, &mut rng);
        Ok(FittedPerceptron { traces: self.traces.clone(), scale, perceptron })
    }

    /// Some of all changes, and what the rule reads at each.
    fn some(&self, all: &[PlasticityRecording], rng: &mut Rng) -> (Array2<f64>, Array1<f64>) {
        let sizes = all.iter().map(|one| one.synapses().len() * one.steps());
        let total: usize = sizes.sum();
        let mut chosen = index::sample(rng, total, self.samples.min(total)).into_vec();
        chosen.sort_unstable();
        let mut inputs = Array2::zeros((chosen.len(), 4 + self.traces.len()));
        let mut changes = Array1::zeros(chosen.len());
        let (mut next, mut before) = (0, 0);
        for recording in all {
            let (rows, targets) = samples(recording, &self.traces);
            while next < chosen.len() && chosen[next] < before + targets.len() {
                inputs.row_mut(next).assign(&rows.row(chosen[next] - before));
                changes[next] = targets[chosen[next] - before];
                next += 1;
            }
            before += targets.len();
        }
        (inputs, changes)
    }

    fn train(&self, x: &Array2<f64>, y: &Array1<f64>, rng: &mut Rng) -> Perceptron {
        let mut perceptron = Perceptron::drawn(x.ncols(), self.hidden, rng);
        let mut adam = Adam::new(&perceptron);
        let mut order: Vec<usize> = (0..x.nrows()).collect();
        let batches = order.len().div_ceil(self.batch) * self.epochs;
        for _ in 0..self.epochs {
            order.shuffle(rng);
            for batch in order.chunks(self.batch) {
                let rate = self.learning_rate * (1.0 - f64::from(adam.steps()) / batches as f64);
                let (x, y) = (x.select(Axis(0), batch), y.select(Axis(0), batch));
                let gradients = perceptron.gradients(&x, &y);
                adam.step(&mut perceptron, &gradients, rate);
            }
        }
        perceptron
    }
}

impl FittedPerceptron {
    /// The share of the squared weight changes that it predicts, for each recording; below 0 if no
    /// prediction at all were better.
    ///
    /// # Errors
    /// [`Error::Samples`](crate::Error::Samples) and [`Error::Shape`](crate::Error::Shape) for
    /// recordings without weights, or that do not fit.
    pub fn explained(&self, recordings: &[PlasticityRecording]) -> Result<Vec<f64>> {
        check_recordings(recordings, 1)?;
        check_weights(recordings)?;
        let one = |recording: &PlasticityRecording| {
            let (inputs, changes) = samples(recording, &self.traces);
            let outputs = self.perceptron.outputs(&self.scale.inputs(&inputs));
            let left = &changes - &(outputs * self.scale.change);
            1.0 - left.dot(&left) / changes.dot(&changes).max(f64::MIN_POSITIVE)
        };
        Ok(recordings.iter().map(one).collect())
    }
}

impl Scale {
    fn of(inputs: &Array2<f64>, changes: &Array1<f64>) -> Self {
        let some = |spread: f64| if spread > 0.0 { spread } else { 1.0 };
        let change = (changes.dot(changes) / changes.len() as f64).sqrt();
        Self {
            means: inputs.sum_axis(Axis(0)) / inputs.nrows() as f64,
            spreads: inputs.std_axis(Axis(0), 0.0).mapv(some),
            change: some(change),
        }
    }

    fn inputs(&self, inputs: &Array2<f64>) -> Array2<f64> {
        (inputs - &self.means) / &self.spreads
    }
}

/// Every change of a recording, and what a rule reads at it.
fn samples(recording: &PlasticityRecording, traces: &[Trace]) -> (Array2<f64>, Array1<f64>) {
    let basis = Basis { monomials: Vec::new(), traces: traces.to_vec() };
    let (mut rows, mut changes) = (Vec::new(), Vec::new());
    for synapse in recording.synapses() {
        let signals = Signals::of(recording, &basis, synapse);
        rows.extend((0..signals.steps()).flat_map(|step| signals.at(step)));
        let weight = weight_of(recording, synapse, 0);
        changes.extend(weight.windows(2).map(|pair| pair[1] - pair[0]));
    }
    let shape = (changes.len(), 4 + traces.len());
    (Array2::from_shape_vec(shape, rows).expect("a row for each change"), changes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, PlasticitySimulation};

    fn recordings(seed: u64) -> Vec<PlasticityRecording> {
        let simulation =
            PlasticitySimulation { networks: 8, seed, ..PlasticitySimulation::default() };
        simulation.run(&KnownRule::Oja { rate: 0.05 }.rule()).unwrap()
    }

    #[test]
    fn it_learns_oja_but_the_equation_predicts_better() {
        let settings = PerceptronRule { samples: 4000, epochs: 20, ..PerceptronRule::default() };
        let fitted = settings.fit(&recordings(0)).unwrap();
        let explained = fitted.explained(&recordings(1)).unwrap();
        let mean = explained.iter().sum::<f64>() / 8.0;
        assert!(mean > 0.9 && mean < 1.0, "{mean}");
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let exact = rule.explained(&recordings(1)).unwrap();
        assert!(exact.iter().all(|&share| share > 1.0 - 1e-9), "{exact:?}");
        assert_eq!(settings.fit(&recordings(0)).unwrap(), fitted);
    }

    #[test]
    fn settings_and_recordings_without_sense_are_refused() {
        let none = PerceptronRule { hidden: 0, ..PerceptronRule::default() };
        assert!(none.fit(&recordings(0)).unwrap_err().to_string().contains("hidden is 0"));
        let mut blind = recordings(0);
        blind[2].weights = None;
        let said = PerceptronRule::default().fit(&blind).unwrap_err().to_string();
        assert!(said.contains("recording 2 has no weights"), "{said}");
    }
}
