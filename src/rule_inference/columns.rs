//! The values of every term at every step of a synapse.

use ndarray::ArrayView1;

use super::basis::Basis;
use super::monomial::Trace;
use super::recording::PlasticityRecording;

/// Where the weight stands among the signals.
pub(super) const WEIGHT: usize = 2;

/// What one synapse sees at every step: pre, post, weight, factor, then the traces.
#[derive(Debug, Clone)]
pub(super) struct Signals(Vec<Vec<f64>>);

impl Signals {
    /// Of the synapse from `input` to `output`. A weight or a factor that is missing is 0.
    pub(super) fn of(
        recording: &PlasticityRecording,
        basis: &Basis,
        (output, input): (usize, usize),
    ) -> Self {
        let steps = recording.steps();
        let weight = match &recording.weights {
            Some(weights) => (0..steps).map(|step| weights[[step, output, input]]).collect(),
            None => vec![0.0; steps],
        };
        let factor = recording.factor_of(output).map_or(vec![0.0; steps], |factor| factor.to_vec());
        let column = |values: ArrayView1<'_, f64>| values.to_vec();
        let own = [
            column(recording.pre.column(input)),
            column(recording.post.column(output)),
            weight,
            factor,
        ];
        let traces: Vec<Vec<f64>> =
            basis.traces.iter().map(|trace| running_mean(trace, &own)).collect();
        Self(own.into_iter().chain(traces).collect())
    }
}

impl Signals {
    /// The same without the steps before `first`.
    pub(super) fn starting_at(mut self, first: usize) -> Self {
        self.0.iter_mut().for_each(|signal| drop(signal.drain(..first)));
        self
    }

    /// All of them at a step.
    pub(super) fn at(&self, step: usize) -> Vec<f64> {
        self.0.iter().map(|signal| signal[step]).collect()
    }

    /// How many steps there are.
    pub(super) fn steps(&self) -> usize {
        self.0[0].len()
    }

    /// The same with another weight at every step.
    pub(super) fn set_weight(&mut self, weight: &[f64]) {
        self.0[WEIGHT].clear();
        self.0[WEIGHT].extend_from_slice(weight);
    }
}

/// The trace at every step, read before it moves.
fn running_mean(trace: &Trace, signals: &[Vec<f64>; 4]) -> Vec<f64> {
    let mut value = trace.initial;
    let moved = |step: usize| {
        let before = value;
        value = trace.after(before, signals[0][step], signals[1][step], signals[3][step]);
        before
    };
    (0..signals[0].len()).map(moved).collect()
}

impl Trace {
    /// What it moves towards.
    pub(super) fn aim(&self, pre: f64, post: f64, factor: f64) -> f64 {
        power(pre, self.pre) * power(post, self.post) * power(factor, self.factor)
    }

    /// The value after a step.
    pub(super) fn after(&self, value: f64, pre: f64, post: f64, factor: f64) -> f64 {
        value + (self.aim(pre, post, factor) - value) / self.time_constant
    }
}

/// x to the power of `exponent`; 0⁰ is 1.
pub(super) fn power(x: f64, exponent: u32) -> f64 {
    match exponent {
        0 => 1.0,
        1 => x,
        2 => x * x,
        _ => x.powi(exponent as i32),
    }
}

/// The powers of the monomials of a basis, in the order of [`Signals`].
pub(super) struct Exponents(Vec<Vec<(usize, u32)>>);

impl Exponents {
    pub(super) fn of(basis: &Basis) -> Self {
        let used = |powers: Vec<u32>| {
            powers.into_iter().enumerate().filter(|&(_, power)| power > 0).collect()
        };
        let traces = basis.traces.len();
        Self(basis.monomials.iter().map(|one| used(one.powers(traces))).collect())
    }

    /// For each monomial its (signal, power) pairs without the powers that are 0.
    pub(super) fn terms(&self) -> &[Vec<(usize, u32)>] {
        &self.0
    }

    /// Calls `with` the index of every term and its value at every step.
    pub(super) fn evaluate(&self, signals: &Signals, with: impl FnMut(usize, &[f64])) {
        self.evaluate_some(signals, &vec![1.0; self.0.len()], with);
    }

    /// The same for the terms whose coefficient is not 0.
    pub(super) fn evaluate_some(
        &self,
        signals: &Signals,
        by_term: &[f64],
        mut with: impl FnMut(usize, &[f64]),
    ) {
        let mut column = vec![1.0; signals.steps()];
        let used = |(index, _): &(usize, &Vec<(usize, u32)>)| by_term[*index] != 0.0;
        for (index, term) in self.0.iter().enumerate().filter(used) {
            column.fill(1.0);
            for &(signal, exponent) in term {
                let pairs = column.iter_mut().zip(&signals.0[signal]);
                match exponent {
                    1 => pairs.for_each(|(x, value)| *x *= value),
                    2 => pairs.for_each(|(x, value)| *x *= value * value),
                    _ => pairs.for_each(|(x, &value)| *x *= power(value, exponent)),
                }
            }
            with(index, &column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{Factor, Monomial};
    use ndarray::{Array3, array};

    #[test]
    fn terms_and_traces_by_hand() {
        let weights = Array3::from_shape_vec((3, 1, 1), vec![1.0, 3.0, 4.0]).unwrap();
        let recording = PlasticityRecording::new(array![[2.0], [3.0]], array![[4.0], [5.0]])
            .with_weights(weights)
            .with_factor(Factor::PerStep(array![7.0, -1.0]));
        let trace = Trace { time_constant: 2.0, initial: 1.0, ..Trace::default() };
        let monomials = vec![
            Monomial::new(1, 2, 1),
            Monomial::new(1, 0, 0).times_trace(0),
            Monomial::new(0, 0, 2).times_factor(),
            Monomial::new(0, 0, 0),
        ];
        let basis = Basis { monomials, traces: vec![trace] };
        let signals = Signals::of(&recording, &basis, (0, 0));
        let mut found = Vec::new();
        Exponents::of(&basis).evaluate(&signals, |_, values| found.push(values.to_vec()));
        // The trace goes from 1 to 1 + (16 − 1) / 2 = 8.5.
        let expected = [[32.0, 225.0], [2.0, 25.5], [7.0, -9.0], [1.0, 1.0]];
        assert_eq!(found, expected);
    }
}
