//! Imagined experiments, one of every preparation, and what the rules' densities make of them.

use std::ops::Range;

use ndarray::{Array2, Axis, s};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use super::gaussian::{Evidence, Gaussian, posterior};
use super::moments::{RuleMoments, SamplingError};
use super::responses::RuleResponses;
use crate::random;

/// Temperatures are sought between the inverses of these.
const INVERSE_TEMPERATURES: [f64; 2] = [0.05, 3.0];
/// Steps of the search, each of which narrows it by the golden ratio.
const SEARCH_STEPS: usize = 24;

/// Measured changes, experiments × protocols, and the rule of each experiment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Experiments {
    pub(super) truth: Vec<usize>,
    pub(super) changes: Array2<f64>,
}

impl Experiments {
    /// One experiment of each of these preparations of every rule. A preparation has the same noise
    /// for every number of repeats and every standard deviation, so that curves are paired.
    pub(super) fn of(
        responses: &RuleResponses,
        preparations: Range<usize>,
        error: &SamplingError,
        (moments, seed): (&[RuleMoments], u64),
    ) -> Self {
        let places: Vec<(usize, usize)> = (0..responses.rules.len())
            .flat_map(|rule| preparations.clone().map(move |at| (rule, at)))
            .collect();
        let measure = |&(rule, at): &(usize, usize)| {
            let purpose = format!("noise of preparation {at} of {}", responses.rules[rule]);
            let mut rng = random::stream(seed, &purpose);
            let synapses = responses.preparation(rule, at);
            let noise = Array2::from_shape_simple_fn(synapses.raw_dim(), || {
                let normal: f64 = StandardNormal.sample(&mut rng);
                normal
            });
            match error {
                &SamplingError::Synapses { repeats, noise: deviation } => {
                    let first = s![..repeats, ..];
                    let cells = &synapses.slice(first) + &(&noise.slice(first) * deviation);
                    (cells.sum_axis(Axis(0)) / repeats as f64).to_vec()
                }
                SamplingError::Published(sems) => {
                    let count = synapses.nrows() as f64;
                    let mean = synapses.sum_axis(Axis(0)) / count;
                    let of = |(at, sem): (usize, &f64)| {
                        let rest = sem * sem - moments[rule].within[at] / count;
                        mean[at] + rest.max(0.0).sqrt() * noise[[0, at]]
                    };
                    sems.iter().enumerate().map(of).collect()
                }
            }
        };
        let rows: Vec<Vec<f64>> = places.par_iter().map(measure).collect();
        let protocols = responses.battery.len();
        let changes = Array2::from_shape_fn((rows.len(), protocols), |(row, at)| rows[row][at]);
        Self { truth: places.into_iter().map(|(rule, _)| rule).collect(), changes }
    }

    /// What every density makes of the first protocol of `order`, of the first two, and so on.
    pub(super) fn judge_prefixes(&self, gaussians: &[Gaussian], order: &[usize]) -> Vec<Judged> {
        let of_row = |row: usize| -> Vec<Vec<Evidence>> {
            let changes: Vec<f64> = order.iter().map(|&at| self.changes[[row, at]]).collect();
            gaussians.iter().map(|gaussian| gaussian.prefixes(&changes)).collect()
        };
        let all: Vec<Vec<Vec<Evidence>>> =
            (0..self.truth.len()).into_par_iter().map(of_row).collect();
        let after = |count: usize| Judged {
            truth: self.truth.clone(),
            evidence: all.iter().map(|of| of.iter().map(|rule| rule[count]).collect()).collect(),
        };
        (0..order.len()).map(after).collect()
    }

    /// What every density makes of all protocols.
    pub(super) fn judge(&self, gaussians: &[Gaussian]) -> Judged {
        let of_row = |row: usize| -> Vec<Evidence> {
            let changes = self.changes.row(row).to_vec();
            gaussians.iter().map(|gaussian| gaussian.evidence(&changes)).collect()
        };
        let evidence = (0..self.truth.len()).into_par_iter().map(of_row).collect();
        Judged { truth: self.truth.clone(), evidence }
    }
}

/// Experiments and what each rule's density makes of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) truth: Vec<usize>,
    /// Experiments × rules.
    pub(super) evidence: Vec<Vec<Evidence>>,
}

impl Judged {
    /// The logarithms of the densities of one experiment.
    pub(super) fn logs(&self, row: usize) -> Vec<f64> {
        self.evidence[row].iter().map(|one| one.log_density).collect()
    }

    /// The temperature under which the true rules are most probable. The mean −ln q is convex in
    /// its inverse, so that a golden-section search finds it.
    pub(super) fn temperature(&self) -> f64 {
        let all: Vec<Vec<f64>> = (0..self.truth.len()).map(|row| self.logs(row)).collect();
        let loss = |inverse: f64| -> f64 {
            let of = |(logs, &truth): (&Vec<f64>, &usize)| {
                -posterior(logs, 1.0 / inverse)[truth].max(f64::MIN_POSITIVE).ln()
            };
            all.iter().zip(&self.truth).map(of).sum()
        };
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let [mut low, mut high] = INVERSE_TEMPERATURES;
        for _ in 0..SEARCH_STEPS {
            let (one, other) = (high - golden * (high - low), low + golden * (high - low));
            if loss(one) < loss(other) { high = other } else { low = one }
        }
        2.0 / (low + high)
    }

    /// The squared distance of an experiment from the most probable of the rules that `is_known`.
    pub(super) fn distance_from_best(&self, row: usize, is_known: &[bool]) -> f64 {
        let known = self.evidence[row].iter().zip(is_known).filter(|(_, known)| **known);
        let better = |best: &Evidence, one: &Evidence| one.log_density > best.log_density;
        let best =
            known.map(|(one, _)| one).fold(None, |best: Option<&Evidence>, one| match best {
                Some(best) if !better(best, one) => Some(best),
                _ => Some(one),
            });
        best.map_or(f64::INFINITY, |best| best.distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of ten experiments with odds of `odds` to 1 for the first rule, eight are of it.
    fn eight_of_ten(odds: f64) -> Judged {
        let of = |log_density: f64| Evidence { log_density, distance: -log_density };
        let evidence = vec![vec![of(odds.ln()), of(0.0)]; 10];
        Judged { truth: (0..10).map(|at| usize::from(at >= 8)).collect(), evidence }
    }

    #[test]
    fn the_temperature_makes_probabilities_shares() {
        // Odds of 4 to 1 are right, and of 16 to 1 twice too sure.
        assert!((eight_of_ten(4.0).temperature() - 1.0).abs() < 1e-3);
        assert!((eight_of_ten(16.0).temperature() - 2.0).abs() < 1e-3);
    }

    #[test]
    fn the_distance_is_that_from_the_most_probable_known_rule() {
        let judged = eight_of_ten(4.0);
        assert_eq!(judged.distance_from_best(0, &[true, true]), -(4.0_f64.ln()));
        assert_eq!(judged.distance_from_best(0, &[false, true]), 0.0);
        assert_eq!(judged.distance_from_best(0, &[false, false]), f64::INFINITY);
    }
}
