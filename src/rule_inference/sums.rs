//! From recorded weights to sums of products.

use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::columns::{Exponents, Signals};
use super::moments::Moments;
use super::path::{Drift, Path};
use super::recording::PlasticityRecording;

/// How observed weights are regressed on terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Formulation {
    /// The change of every step on the terms of that step. Best if the changes themselves are
    /// noisy. Noise on observed weights enters the change and the weight on the right together,
    /// which looks like a decay of the weights.
    Differences,
    /// The whole path of every weight on what the terms add up to, with the initial weight of each
    /// path left free. Best if observed weights are noisy.
    Trajectories,
}

/// What the sums are made from, for all recordings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums<'a> {
    pub(super) basis: &'a Basis,
    pub(super) formulation: Formulation,
    /// The first step.
    pub(super) skip: usize,
    /// The coefficients of a rule that predicts the weights on the right of trajectories; none: the
    /// observed weights stand there.
    pub(super) by_term: Option<&'a [f64]>,
}

impl Sums<'_> {
    /// Of each recording, in their order.
    pub(super) fn of_each(&self, recordings: &[PlasticityRecording]) -> Vec<Moments> {
        recordings.par_iter().map(|recording| self.of(recording)).collect()
    }

    /// Of a recording with weights.
    pub(super) fn of(&self, recording: &PlasticityRecording) -> Moments {
        let exponents = Exponents::of(self.basis);
        let terms = self.basis.monomials.len();
        let mut sums = Moments::zeros(terms);
        for (output, inputs) in by_output(&recording.synapses()) {
            let mut block = Block::new(terms, inputs.len(), self.points(recording));
            for (place, &input) in inputs.iter().enumerate() {
                let signals = Signals::of(recording, self.basis, (output, input));
                let signals = signals.starting_at(self.skip);
                let weight = weight_of(recording, (output, input), self.skip);
                match self.formulation {
                    Formulation::Differences => {
                        block.differences(place, &signals, &exponents, &weight)
                    }
                    Formulation::Trajectories => {
                        block.trajectory(place, signals, &exponents, &weight, self.by_term);
                    }
                }
            }
            sums.add(&block.moments());
        }
        sums
    }

    fn points(&self, recording: &PlasticityRecording) -> usize {
        let steps = recording.steps() - self.skip;
        match self.formulation {
            Formulation::Differences => steps,
            Formulation::Trajectories => steps + 1,
        }
    }
}

/// The observed weight of a synapse from step `first` to the end.
pub(super) fn weight_of(
    recording: &PlasticityRecording,
    (output, input): (usize, usize),
    first: usize,
) -> Vec<f64> {
    let weights = recording.weights.as_ref().expect("weights are checked before the sums");
    weights.slice(s![first.., output, input]).to_vec()
}

fn by_output(synapses: &[(usize, usize)]) -> Vec<(usize, Vec<usize>)> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for &(output, input) in synapses {
        match groups.last_mut() {
            Some((last, inputs)) if *last == output => inputs.push(input),
            _ => groups.push((output, vec![input])),
        }
    }
    groups
}

/// The rows of the synapses of one output: terms × rows, and the target.
struct Block {
    terms: Array2<f64>,
    target: Array1<f64>,
    points: usize,
}

impl Block {
    fn new(terms: usize, synapses: usize, points: usize) -> Self {
        let rows = synapses * points;
        Self { terms: Array2::zeros((terms, rows)), target: Array1::zeros(rows), points }
    }

    fn differences(
        &mut self,
        place: usize,
        signals: &Signals,
        exponents: &Exponents,
        weight: &[f64],
    ) {
        let rows = place * self.points..(place + 1) * self.points;
        exponents.evaluate(signals, |term, values| {
            self.terms.slice_mut(s![term, rows.clone()]).assign(&ArrayView1::from(values));
        });
        let changes = weight.windows(2).map(|pair| pair[1] - pair[0]);
        self.target.slice_mut(s![rows]).iter_mut().zip(changes).for_each(|(x, change)| *x = change);
    }

    /// To first order, the path w(t) depends on the coefficients of a rule by what each term adds
    /// up to: J(t + 1) = (1 + ∂Δw/∂w) J(t) + term(t). What the initial weight can explain is taken
    /// out of all.
    fn trajectory(
        &mut self,
        place: usize,
        mut signals: Signals,
        exponents: &Exponents,
        weight: &[f64],
        by_term: Option<&[f64]>,
    ) {
        let rows = place * self.points..(place + 1) * self.points;
        let predicted = by_term
            .and_then(|by_term| Path::fitted(weight, &Drift::of(&signals, exponents, by_term)));
        let by_term = by_term.filter(|_| predicted.is_some()).unwrap_or(&[]);
        let mut target = Array1::from(weight.to_vec());
        if let Some(path) = &predicted {
            target -= &ArrayView1::from(&path.weight);
        }
        let path = predicted.unwrap_or_else(|| Path::observed(weight));
        signals.set_weight(&path.weight[..self.points - 1]);
        let start = Array1::from(path.slopes());
        exponents.evaluate(&signals, |term, values| {
            let sums = Array1::from(path.accumulated(0.0, values));
            let by = by_term.get(term).copied().unwrap_or(0.0);
            target.scaled_add(by, &sums);
            let mut row = self.terms.slice_mut(s![term, rows.clone()]);
            row.assign(&sums);
            take_out(&start, row);
        });
        take_out(&start, target.view_mut());
        self.target.slice_mut(s![rows]).assign(&target);
    }

    fn moments(&self) -> Moments {
        Moments {
            gram: self.terms.dot(&self.terms.t()),
            products: self.terms.dot(&self.target),
            square: self.target.dot(&self.target),
            rows: self.target.len() as f64,
        }
    }
}

/// Makes a row orthogonal to another.
fn take_out(other: &Array1<f64>, mut row: ArrayViewMut1<'_, f64>) {
    let by = other.dot(&row) / other.dot(other);
    row.scaled_add(-by, other);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, Monomial, PlasticitySimulation};
    use ndarray::{Array3, array};

    fn recording() -> PlasticityRecording {
        let weights = Array3::from_shape_vec((4, 1, 1), vec![1.0, 3.0, 4.0, 2.0]).unwrap();
        PlasticityRecording::new(array![[2.0], [3.0], [1.0]], array![[1.0], [1.0], [1.0]])
            .with_weights(weights)
    }

    fn sums(formulation: Formulation, skip: usize) -> Moments {
        let basis = Basis { monomials: vec![Monomial::new(1, 0, 0)], traces: vec![] };
        Sums { basis: &basis, formulation, skip, by_term: None }.of(&recording())
    }

    #[test]
    fn differences_by_hand() {
        let all = sums(Formulation::Differences, 0);
        assert_eq!(
            (all.gram[[0, 0]], all.products[0], all.square, all.rows),
            (14.0, 5.0, 9.0, 3.0)
        );
        let later = sums(Formulation::Differences, 1);
        assert_eq!((later.gram[[0, 0]], later.products[0], later.square), (10.0, 1.0, 5.0));
    }

    #[test]
    fn trajectories_are_running_sums_less_their_means() {
        // Sums 0, 2, 5, 6 with mean 3.25; weights with mean 2.5.
        let all = sums(Formulation::Trajectories, 0);
        assert!((all.gram[[0, 0]] - (65.0 - 4.0 * 3.25 * 3.25)).abs() < 1e-12);
        assert!((all.products[0] - (6.0 + 20.0 + 12.0 - 4.0 * 3.25 * 2.5)).abs() < 1e-12);
        assert!((all.square - (30.0 - 25.0)).abs() < 1e-12);
    }

    /// Around the rule itself, what is linear in the coefficients is exact.
    #[test]
    fn around_the_rule_trajectories_give_the_rule() {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let recordings = PlasticitySimulation::default().run(&rule).unwrap();
        let (basis, by_term) = (rule.basis(), rule.coefficients());
        let formulation = Formulation::Trajectories;
        let sums = Sums { basis: &basis, formulation, skip: 0, by_term: Some(&by_term) };
        let all = Moments::sum(&sums.of_each(&recordings));
        assert!(all.error(&[0, 1], &by_term) < 1e-12 * all.square / all.rows);
    }
}
