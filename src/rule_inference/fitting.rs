//! Levenberg and Marquardt's descent through the dynamics.

use ndarray::Array1;
use rayon::prelude::*;

use super::basis::Basis;
use super::columns::Exponents;
use super::moments::Moments;
use super::recording::PlasticityRecording;
use super::step::{Step, damped, solve};
use super::unobserved::UnobservedWeights;
use super::unrolled::{Prediction, Unit};
use crate::statistics::quantile;

/// The damping at which a descent begins, and at which it gives up.
const DAMPING: f64 = 1e-3;
const STUCK: f64 = 1e8;
/// A step that lowers the error by less than this share is the last.
const CONVERGED: f64 = 1e-10;

/// Coefficients of a rule and the initial weights, on their way to the least error.
pub(super) struct Fitting<'a> {
    recordings: &'a [PlasticityRecording],
    basis: &'a Basis,
    settings: &'a UnobservedWeights,
    /// Steps whose activity counts for nothing.
    skip: usize,
    /// For every unit its recording and output.
    units: Vec<(usize, usize)>,
    /// Of each recording, so that no network counts for much more than another.
    weights: Vec<f64>,
    coefficients: Vec<f64>,
    starts: Vec<Array1<f64>>,
}

impl<'a> Fitting<'a> {
    /// From no plasticity and small equal weights.
    pub(super) fn new(
        recordings: &'a [PlasticityRecording],
        basis: &'a Basis,
        settings: &'a UnobservedWeights,
        skip: usize,
    ) -> Self {
        let outputs = |(index, recording): (usize, &PlasticityRecording)| {
            (0..recording.outputs()).map(move |output| (index, output)).collect::<Vec<_>>()
        };
        let units: Vec<(usize, usize)> = recordings.iter().enumerate().flat_map(outputs).collect();
        let start = |&(index, _): &(usize, usize)| {
            let inputs = recordings[index].inputs();
            Array1::from_elem(inputs, 0.1 / inputs as f64)
        };
        let squares: Vec<f64> = recordings.iter().map(|one| one.post.pow2().sum()).collect();
        let typical = Some(quantile(&squares, 0.5)).filter(|&square| square > 0.0).unwrap_or(1.0);
        Self {
            weights: squares.iter().map(|square| 1.0 / (square + typical)).collect(),
            starts: units.iter().map(start).collect(),
            coefficients: vec![0.0; basis.monomials.len()],
            recordings,
            basis,
            settings,
            skip,
            units,
        }
    }

    /// Predictions of all units by some terms.
    fn predict(&self, basis: &Basis, by: &[f64], starts: &[Array1<f64>]) -> Vec<Prediction> {
        let exponents = Exponents::of(basis);
        let one = |(&(index, output), start): (&(usize, usize), &Array1<f64>)| {
            let (recording, response) = (&self.recordings[index], self.settings.response);
            let unit = Unit { recording, output, basis, exponents: &exponents, response };
            unit.predict(by, start.view()).weighted(self.weights[index].sqrt(), self.skip)
        };
        self.units.par_iter().zip(starts).map(one).collect()
    }

    /// Lowers the error with the coefficients of some terms and all initial weights; the other
    /// coefficients become 0.
    pub(super) fn descend(&mut self, set: &[usize]) {
        let basis = self.basis.some(set);
        let mut by: Vec<f64> = set.iter().map(|&term| self.coefficients[term]).collect();
        let mut now = self.predict(&basis, &by, &self.starts);
        if error(&now).is_infinite() {
            by.fill(0.0);
            now = self.predict(&basis, &by, &self.starts);
        }
        let (mut damping, mut steps) = (DAMPING, 0);
        while damping < STUCK && steps < self.settings.iterations {
            let Some(step) = Step::of(&now, damping) else { break };
            let next_by: Vec<f64> = by.iter().zip(&step.by).map(|(a, b)| a + b).collect();
            let starts: Vec<Array1<f64>> =
                self.starts.iter().zip(&step.starts).map(|(a, b)| a + b).collect();
            let next = self.predict(&basis, &next_by, &starts);
            let (before, after) = (error(&now), error(&next));
            if after < before {
                (by, self.starts, now) = (next_by, starts, next);
                damping = (damping / 10.0).max(1e-12);
                steps += 1;
                if before - after < CONVERGED * before {
                    break;
                }
            } else {
                damping *= 10.0;
            }
        }
        self.coefficients.fill(0.0);
        set.iter().zip(by).for_each(|(&term, by)| self.coefficients[term] = by);
    }

    /// For each recording the sums of products of a regression of activity on what each term of the
    /// basis adds to it, to first order around the present rule. What the initial weights
    /// explain is taken out.
    pub(super) fn moments(&self) -> Vec<Moments> {
        let predictions = self.predict(self.basis, &self.coefficients, &self.starts);
        let present = Array1::from(self.coefficients.clone());
        let mut all = vec![Moments::zeros(present.len()); self.recordings.len()];
        for (&(index, _), prediction) in self.units.iter().zip(predictions) {
            let target = &prediction.left + &prediction.by_term.dot(&present);
            let mut columns = prediction.by_term;
            columns.push_column(target.view()).expect("there is one for every step");
            let across = prediction.by_initial.t().dot(&columns);
            if let Some(solved) = solve(damped(&prediction.by_initial, 0.0), across) {
                columns -= &prediction.by_initial.dot(&solved);
            }
            let products = columns.t().dot(&columns);
            let terms = present.len();
            all[index].add(&Moments {
                gram: products.slice(ndarray::s![..terms, ..terms]).to_owned(),
                products: products.slice(ndarray::s![..terms, terms]).to_owned(),
                square: products[[terms, terms]],
                rows: 0.0,
            });
        }
        all.into_iter().map(|moments| Moments { rows: 1.0, ..moments }).collect()
    }
}

fn error(predictions: &[Prediction]) -> f64 {
    predictions.iter().map(Prediction::error).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, PlasticitySimulation, Response};
    use ndarray::{Array2, s};

    fn predictions() -> Vec<Prediction> {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let simulation = PlasticitySimulation {
            networks: 1,
            outputs: 2,
            inputs: 3,
            steps: 20,
            ..PlasticitySimulation::default()
        };
        let recordings = simulation.run(&rule).unwrap();
        let (basis, settings) = (rule.basis(), UnobservedWeights::default());
        let fitting = Fitting::new(&recordings, &basis, &settings, 0);
        fitting.predict(&basis, &[0.01, -0.02], &fitting.starts)
    }

    /// All coefficients and starts at once, by one large system.
    #[test]
    fn eliminating_the_starts_changes_no_step() {
        let (all, damping) = (predictions(), 0.1);
        let step = Step::of(&all, damping).unwrap();
        let mut square = Array2::<f64>::zeros((8, 8));
        let mut right = Array2::<f64>::zeros((8, 1));
        for (unit, one) in all.iter().enumerate() {
            let own = s![2 + 3 * unit..5 + 3 * unit];
            let (from, to) = (2 + 3 * unit, 5 + 3 * unit);
            let across = one.by_term.t().dot(&one.by_initial);
            let mut corner = square.slice_mut(s![..2, ..2]);
            corner += &damped(&one.by_term, damping);
            square.slice_mut(s![from..to, from..to]).assign(&damped(&one.by_initial, damping));
            square.slice_mut(s![..2, from..to]).assign(&across);
            square.slice_mut(s![from..to, ..2]).assign(&across.t());
            let mut top = right.slice_mut(s![..2, 0]);
            top += &one.by_term.t().dot(&one.left);
            right.column_mut(0).slice_mut(own).assign(&one.by_initial.t().dot(&one.left));
        }
        let solved = solve(square, right).unwrap();
        let found = [step.by.to_vec(), step.starts[0].to_vec(), step.starts[1].to_vec()].concat();
        for (a, b) in solved.iter().zip(&found) {
            assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{a} {b}");
        }
    }

    #[test]
    fn descent_finds_the_coefficients_without_noise() {
        for response in [Response::Linear, Response::Sigmoid] {
            let rule = KnownRule::Oja { rate: 0.05 }.rule();
            let simulation = PlasticitySimulation {
                networks: 3,
                inputs: 4,
                response,
                ..PlasticitySimulation::default()
            };
            let recordings = simulation.run(&rule).unwrap();
            let (basis, settings) =
                (rule.basis(), UnobservedWeights { response, ..UnobservedWeights::default() });
            let mut fitting = Fitting::new(&recordings, &basis, &settings, 0);
            fitting.descend(&[]);
            fitting.descend(&[0, 1]);
            for (found, truth) in fitting.coefficients.iter().zip(rule.coefficients()) {
                assert!((found / truth - 1.0).abs() < 1e-5, "{response:?} {found} {truth}");
            }
        }
    }
}
