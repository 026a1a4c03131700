//! Whether it is the changes that are noisy or the observed weights.

use ndarray::{Array1, ArrayView1, s};

use super::basis::Basis;
use super::columns::{Exponents, Signals};
use super::moments::Moments;
use super::recording::PlasticityRecording;
use super::subset::{coefficients, independent};
use super::sums::{Formulation, Sums, weight_of};

/// Of two neighbouring residuals, midway between independent changes (0) and noise on observed
/// weights (−½).
const MIDWAY: f64 = -0.25;

/// Residuals below this share of the changes are rounding.
const ROUNDING: f64 = 1e-16;

/// So many recordings are enough to tell.
const ENOUGH: usize = 10;

/// The formulation that fits the residuals of a regression of changes on all terms, or on those
/// without a weight. Each can hide the noise: the weight takes up noise that is large beside the
/// spread of weights; what the weight explains hides noise that is small.
pub(super) fn formulation_for(
    recordings: &[PlasticityRecording],
    basis: &Basis,
    skip: usize,
) -> Formulation {
    let some = &recordings[..recordings.len().min(ENOUGH)];
    let is_free = |index: &usize| basis.monomials[*index].weight == 0;
    let all: Vec<usize> = (0..basis.monomials.len()).collect();
    let free: Vec<usize> = all.iter().copied().filter(is_free).collect();
    let sums = Sums { basis, formulation: Formulation::Differences, skip, by_term: None };
    let parts = sums.of_each(some);
    let sum = Moments::sum(&Moments::weighted(&parts));
    let correlation = |terms: &[usize]| {
        lag_one_correlation(some, basis, &coefficients(&sum, &independent(&sum, terms)), skip)
    };
    if correlation(&all).min(correlation(&free)) < MIDWAY {
        Formulation::Trajectories
    } else {
        Formulation::Differences
    }
}

/// The correlation of neighbouring residuals in time; 0 if there are none but rounding.
fn lag_one_correlation(
    recordings: &[PlasticityRecording],
    basis: &Basis,
    by_term: &[f64],
    skip: usize,
) -> f64 {
    let exponents = Exponents::of(basis);
    let (mut lagged, mut square, mut changes) = (0.0, 0.0, 0.0);
    for recording in recordings {
        for synapse in recording.synapses() {
            let signals = Signals::of(recording, basis, synapse).starting_at(skip);
            let weight = Array1::from(weight_of(recording, synapse, skip));
            let mut residual = &weight.slice(s![1..]) - &weight.slice(s![..-1]);
            changes += residual.dot(&residual);
            exponents.evaluate_some(&signals, by_term, |term, values| {
                residual.scaled_add(-by_term[term], &ArrayView1::from(values));
            });
            square += residual.dot(&residual);
            lagged += residual.slice(s![1..]).dot(&residual.slice(s![..-1]));
        }
    }
    if square > ROUNDING * changes { lagged / square } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, Measurement, PlasticitySimulation};

    fn found(weight_noise: f64, fluctuation: f64) -> Formulation {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let simulation =
            PlasticitySimulation { networks: 4, fluctuation, ..PlasticitySimulation::default() };
        let measurement = Measurement { weight_noise, ..Measurement::default() };
        let seen = measurement.apply(&simulation.run(&rule).unwrap()).unwrap();
        formulation_for(&seen, &Basis::default(), 0)
    }

    #[test]
    fn residuals_tell_noisy_weights_from_noisy_changes() {
        assert_eq!(found(0.0, 0.0), Formulation::Differences);
        assert_eq!(found(0.0, 0.02), Formulation::Differences);
        assert_eq!(found(0.2, 0.0), Formulation::Trajectories);
        assert_eq!(found(20.0, 0.0), Formulation::Trajectories);
    }
}
