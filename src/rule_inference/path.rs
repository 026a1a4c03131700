//! The path of one weight as a rule predicts it.

use super::columns::{Exponents, Signals, WEIGHT, power};

/// A predicted path may be so many times as large as the observed one before it counts as diverged.
const DIVERGED: f64 = 10.0;
/// A difference of initial weights may grow so many times before the path counts as diverged.
const STEEP: f64 = 1e6;
/// Steps of Gauss and Newton towards the best initial weight.
const STEPS: usize = 3;

/// What a rule adds to a weight at every step, as a polynomial in the weight.
#[derive(Debug)]
pub(super) struct Drift {
    /// For every power of the weight its coefficient at every step.
    by_power: Vec<Vec<f64>>,
    steps: usize,
}

impl Drift {
    /// Of the terms of a rule whose coefficients are not 0.
    pub(super) fn of(signals: &Signals, exponents: &Exponents, by_term: &[f64]) -> Self {
        let steps = signals.steps();
        let mut without = signals.clone();
        without.set_weight(&vec![1.0; steps]);
        let mut by_power: Vec<Vec<f64>> = Vec::new();
        exponents.evaluate_some(&without, by_term, |term, values| {
            let own = exponents.terms()[term].iter().find(|(signal, _)| *signal == WEIGHT);
            let exponent = own.map_or(0, |&(_, exponent)| exponent as usize);
            by_power.resize(by_power.len().max(exponent + 1), vec![0.0; steps]);
            let sums = by_power[exponent].iter_mut().zip(values);
            sums.for_each(|(sum, value)| *sum += by_term[term] * value);
        });
        Self { by_power, steps }
    }

    /// The change at a step, and its derivative with respect to the weight.
    fn at(&self, step: usize, weight: f64) -> (f64, f64) {
        let mut sums = (0.0, 0.0);
        for (exponent, values) in self.by_power.iter().enumerate() {
            let (by, exponent) = (values[step], exponent as u32);
            sums.0 += by * power(weight, exponent);
            if exponent > 0 {
                sums.1 += by * f64::from(exponent) * power(weight, exponent - 1);
            }
        }
        sums
    }
}

/// A weight from the start of a recording to its end, and by what factor a small difference grows
/// in each step.
#[derive(Debug, Clone)]
pub(super) struct Path {
    /// Steps + 1 weights.
    pub(super) weight: Vec<f64>,
    /// A factor for every step.
    pub(super) growth: Vec<f64>,
}

impl Path {
    fn unfolded(start: f64, drift: &Drift) -> Self {
        let (mut weight, mut growth) = (vec![start], Vec::new());
        for step in 0..drift.steps {
            let (change, slope) = drift.at(step, weight[step]);
            weight.push(weight[step] + change);
            growth.push(1.0 + slope);
        }
        Self { weight, growth }
    }

    /// The observed path itself, as if a difference never grew or shrank.
    pub(super) fn observed(observed: &[f64]) -> Self {
        Self { weight: observed.to_vec(), growth: vec![1.0; observed.len() - 1] }
    }

    /// The path whose initial weight fits the observed weights best; none if it diverges.
    pub(super) fn fitted(observed: &[f64], drift: &Drift) -> Option<Self> {
        let size = |weight: &[f64]| weight.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
        let most = DIVERGED * size(observed);
        let is_near = |path: &Self| path.weight.iter().all(|w| w.abs() <= most);
        let mut path = Self::unfolded(observed[0], drift);
        for _ in 0..STEPS {
            if !is_near(&path) {
                return None;
            }
            let start = path.weight[0] + path.correction(observed);
            path = Self::unfolded(start, drift);
        }
        let is_flat = path.slopes().iter().all(|slope| slope.abs() <= STEEP);
        (is_near(&path) && is_flat).then_some(path)
    }

    /// By how much the initial weight should change, to first order.
    fn correction(&self, observed: &[f64]) -> f64 {
        let slopes = self.slopes();
        let left = observed.iter().zip(&self.weight).map(|(seen, path)| seen - path);
        let product: f64 = slopes.iter().zip(left).map(|(slope, left)| slope * left).sum();
        product / slopes.iter().map(|slope| slope * slope).sum::<f64>()
    }

    /// The derivative of every weight of the path with respect to the initial one.
    pub(super) fn slopes(&self) -> Vec<f64> {
        self.accumulated(1.0, &vec![0.0; self.growth.len()])
    }

    /// What comes of a value at the start and of something that is added at every step.
    pub(super) fn accumulated(&self, start: f64, added: &[f64]) -> Vec<f64> {
        let mut value = start;
        let grown = self.growth.iter().zip(added).map(|(growth, added)| {
            value = growth * value + added;
            value
        });
        std::iter::once(start).chain(grown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, PlasticitySimulation};

    fn weights_of(recording: &crate::rule_inference::PlasticityRecording) -> Vec<f64> {
        recording.weights.as_ref().unwrap().slice(ndarray::s![.., 1, 2]).to_vec()
    }

    #[test]
    fn the_rule_itself_predicts_the_path_from_a_noisy_start() {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let recording = PlasticitySimulation::default().run(&rule).unwrap().remove(0);
        let (basis, weight) = (rule.basis(), weights_of(&recording));
        let signals = Signals::of(&recording, &basis, (1, 2));
        let drift = Drift::of(&signals, &Exponents::of(&basis), &rule.coefficients());
        let mut noisy = weight.clone();
        noisy[0] += 0.3;
        let path = Path::fitted(&noisy, &drift).unwrap();
        let end = *path.weight.last().unwrap();
        assert!((end - weight.last().unwrap()).abs() < 0.02, "{end}");
        assert!(Path::fitted(&weight, &drift).unwrap().weight[60] - weight[60] < 1e-12);
    }

    #[test]
    fn slopes_are_finite_differences() {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let recording = PlasticitySimulation::default().run(&rule).unwrap().remove(0);
        let (basis, weight) = (rule.basis(), weights_of(&recording));
        let signals = Signals::of(&recording, &basis, (1, 2));
        let drift = Drift::of(&signals, &Exponents::of(&basis), &rule.coefficients());
        let slopes = Path::unfolded(weight[0], &drift).slopes();
        let shifted = |by: f64| Path::unfolded(weight[0] + by, &drift).weight;
        let (above, below) = (shifted(1e-5), shifted(-1e-5));
        for step in 0..slopes.len() {
            let slope = (above[step] - below[step]) / 2e-5;
            assert!((slope - slopes[step]).abs() < 1e-8, "{step}");
        }
    }
}
