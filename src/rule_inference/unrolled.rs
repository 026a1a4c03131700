//! Unobserved weights as a rule predicts them, and the derivatives of the predicted activity.

use ndarray::{Array1, Array2, ArrayView1, Axis, s};

use super::basis::Basis;
use super::columns::{Exponents, WEIGHT, power};
use super::recording::PlasticityRecording;
use super::response::Response;

/// Where the signals of a synapse stand: pre, post, weight, factor, then the traces.
const POST: usize = 1;
const OWN: usize = 4;

/// One postsynaptic unit of a recording, with what its rule may be made of.
pub(super) struct Unit<'a> {
    pub(super) recording: &'a PlasticityRecording,
    pub(super) output: usize,
    pub(super) basis: &'a Basis,
    pub(super) exponents: &'a Exponents,
    pub(super) response: Response,
}

/// The activity of a unit as a rule predicts it, and its derivatives.
#[derive(Debug, Clone)]
pub(super) struct Prediction {
    /// What is left of the recorded activity, for each step.
    pub(super) left: Array1<f64>,
    /// Steps × terms: the derivatives with respect to the coefficients.
    pub(super) by_term: Array2<f64>,
    /// Steps × inputs: those with respect to the initial weights.
    pub(super) by_initial: Array2<f64>,
}

impl Prediction {
    /// All of it times a number, without the first steps.
    pub(super) fn weighted(self, by: f64, skip: usize) -> Self {
        Self {
            left: by * &self.left.slice(s![skip..]),
            by_term: by * &self.by_term.slice(s![skip.., ..]),
            by_initial: by * &self.by_initial.slice(s![skip.., ..]),
        }
    }

    /// The sum of squares that is left; infinite if weights grew beyond all bounds.
    pub(super) fn error(&self) -> f64 {
        let error = self.left.dot(&self.left);
        if error.is_finite() { error } else { f64::INFINITY }
    }
}

impl Unit<'_> {
    /// Unfolds the weights from `start` by the rule, together with their derivatives with respect
    /// to all coefficients and all initial weights (real-time recurrent learning, forward mode).
    /// The rule reads the predicted activity, as the network does its own.
    pub(super) fn predict(&self, coefficients: &[f64], start: ArrayView1<'_, f64>) -> Prediction {
        let (steps, inputs) = (self.recording.steps(), start.len());
        let terms = coefficients.len();
        let mut state = State::new(self, start, terms);
        let mut left = Array1::zeros(steps);
        let mut jacobian = Array2::zeros((steps, terms + inputs));
        for step in 0..steps {
            let pre = self.recording.pre.row(step);
            let (post, slopes) = state.activity(pre, self.response);
            left[step] = self.recording.post[[step, self.output]] - post;
            state.advance(self, step, coefficients, (post, &slopes));
            jacobian.row_mut(step).assign(&slopes);
        }
        let by_initial = jacobian.slice(s![.., terms..]).to_owned();
        Prediction { left, by_term: jacobian.slice(s![.., ..terms]).to_owned(), by_initial }
    }

    /// What a synapse reads at a step.
    fn signals(&self, step: usize, input: usize, state: &State, post: f64) -> Vec<f64> {
        let factor = self.recording.factor_of(self.output).map_or(0.0, |factor| factor[step]);
        let mut signals =
            vec![self.recording.pre[[step, input]], post, state.weights[input], factor];
        signals.extend(state.traces.column(input));
        signals
    }
}

/// The weights and traces of a unit, and their derivatives.
struct State {
    weights: Array1<f64>,
    /// Inputs × (terms + inputs).
    slopes: Array2<f64>,
    /// Traces × inputs.
    traces: Array2<f64>,
    /// One of the shape of `slopes` for each trace.
    trace_slopes: Vec<Array2<f64>>,
}

impl State {
    fn new(unit: &Unit<'_>, start: ArrayView1<'_, f64>, terms: usize) -> Self {
        let inputs = start.len();
        let mut slopes = Array2::zeros((inputs, terms + inputs));
        (0..inputs).for_each(|input| slopes[[input, terms + input]] = 1.0);
        let traces = &unit.basis.traces;
        let value = |(trace, _): (usize, usize)| traces[trace].initial;
        Self {
            weights: start.to_owned(),
            trace_slopes: vec![Array2::zeros(slopes.dim()); traces.len()],
            slopes,
            traces: Array2::from_shape_fn((traces.len(), inputs), value),
        }
    }

    /// The activity of the unit, and its derivatives.
    fn activity(&self, pre: ArrayView1<'_, f64>, response: Response) -> (f64, Array1<f64>) {
        let input = self.weights.dot(&pre);
        (response.of(input), pre.dot(&self.slopes) * response.slope(input))
    }

    /// One step of the rule, of its derivatives, and of the traces.
    fn advance(
        &mut self,
        unit: &Unit<'_>,
        step: usize,
        coefficients: &[f64],
        (post, post_slopes): (f64, &Array1<f64>),
    ) {
        for input in 0..self.weights.len() {
            let signals = unit.signals(step, input, self, post);
            let values: Vec<f64> =
                unit.exponents.terms().iter().map(|term| value(term, &signals)).collect();
            let by_signal = self.derivatives(unit, coefficients, &signals);
            let mut row = self.slopes.index_axis_mut(Axis(0), input);
            row *= 1.0 + by_signal[WEIGHT];
            row.scaled_add(by_signal[POST], post_slopes);
            for (trace, slopes) in self.trace_slopes.iter().enumerate() {
                row.scaled_add(by_signal[OWN + trace], &slopes.row(input));
            }
            row.iter_mut().zip(&values).for_each(|(slope, value)| *slope += value);
            self.weights[input] +=
                values.iter().zip(coefficients).map(|(x, by)| x * by).sum::<f64>();
            self.move_traces(unit, input, &signals, post_slopes);
        }
    }

    /// Of the change of a weight with respect to each of its signals.
    fn derivatives(&self, unit: &Unit<'_>, coefficients: &[f64], signals: &[f64]) -> Vec<f64> {
        let mut by_signal = vec![0.0; signals.len()];
        let used = unit.exponents.terms().iter().zip(coefficients).filter(|(_, by)| **by != 0.0);
        for (term, by) in used {
            for &(signal, exponent) in term {
                let rest = term.iter().filter(|(other, _)| *other != signal);
                let rest: f64 = rest.map(|&(other, e)| power(signals[other], e)).product();
                let own = f64::from(exponent) * power(signals[signal], exponent - 1);
                by_signal[signal] += by * own * rest;
            }
        }
        by_signal
    }

    fn move_traces(
        &mut self,
        unit: &Unit<'_>,
        input: usize,
        signals: &[f64],
        post_slopes: &Array1<f64>,
    ) {
        let (pre, post, factor) = (signals[0], signals[POST], signals[3]);
        for (index, trace) in unit.basis.traces.iter().enumerate() {
            let mut row = self.trace_slopes[index].index_axis_mut(Axis(0), input);
            row *= 1.0 - 1.0 / trace.time_constant;
            if trace.post > 0 {
                let lower = super::Trace { post: trace.post - 1, ..trace.clone() };
                let by = f64::from(trace.post) * lower.aim(pre, post, factor) / trace.time_constant;
                row.scaled_add(by, post_slopes);
            }
            let old = self.traces[[index, input]];
            self.traces[[index, input]] = trace.after(old, pre, post, factor);
        }
    }
}

fn value(term: &[(usize, u32)], signals: &[f64]) -> f64 {
    term.iter().map(|&(signal, exponent)| power(signals[signal], exponent)).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{
        FactorSource, Monomial, PlasticityRule, PlasticitySimulation, Trace,
    };
    use ndarray::array;

    /// A basis with all that can depend on the weights: post, weight, traces of post.
    fn basis() -> Basis {
        let term = Monomial::new;
        let monomials = vec![
            term(1, 1, 0),
            term(0, 2, 1),
            term(1, 1, 0).times_trace(0),
            term(1, 0, 0).times_factor(),
            term(0, 0, 2),
            term(0, 1, 0).times_trace(1),
        ];
        let both = Trace { pre: 1, post: 1, time_constant: 4.0, ..Trace::default() };
        Basis { monomials, traces: vec![Trace::default(), both] }
    }

    /// The derivative of the predicted activity by central differences, beside the exact one.
    fn compare(left: &dyn Fn(f64) -> Array1<f64>, exact: ArrayView1<'_, f64>) {
        let slope = (left(-1e-6) - left(1e-6)) / 2e-6;
        for (a, b) in slope.iter().zip(exact) {
            assert!((a - b).abs() < 1e-6 * (1.0 + b.abs()), "{a} {b}");
        }
    }

    #[test]
    fn derivatives_are_finite_differences() {
        let simulation = PlasticitySimulation {
            steps: 30,
            inputs: 4,
            networks: 1,
            factor: FactorSource::Reward,
            ..PlasticitySimulation::default()
        };
        let recordings = simulation.run(&PlasticityRule::default()).unwrap();
        let (recording, basis) = (&recordings[0], &basis());
        let exponents = &Exponents::of(basis);
        let by = array![0.03, -0.02, 0.01, 0.02, -0.01, 0.02];
        let initial = array![0.3, -0.1, 0.2, 0.4];
        let moved = |of: &Array1<f64>, index: usize, by: f64| {
            let mut changed = of.clone();
            changed[index] += by;
            changed
        };
        for response in [Response::Linear, Response::Sigmoid] {
            let unit = Unit { recording, output: 1, basis, exponents, response };
            let left = |by: &Array1<f64>, initial: &Array1<f64>| {
                unit.predict(&by.to_vec(), initial.view()).left
            };
            let found = unit.predict(&by.to_vec(), initial.view());
            for k in 0..by.len() {
                compare(&|h| left(&moved(&by, k, h), &initial), found.by_term.column(k));
            }
            for k in 0..initial.len() {
                compare(&|h| left(&by, &moved(&initial, k, h)), found.by_initial.column(k));
            }
        }
    }
}
