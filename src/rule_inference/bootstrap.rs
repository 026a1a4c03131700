//! How far a rule depends on which networks were recorded.

use rand::Rng as _;
use rayon::prelude::*;

use super::moments::Moments;
use super::subset::{best_subsets, fit};
use crate::random;
use crate::statistics::{Interval, quantile};

/// Rules of networks drawn with replacement.
pub(super) struct Bootstrap {
    /// For every draw the coefficients of the chosen terms.
    coefficients: Vec<Vec<f64>>,
    /// For every candidate term how often it is among the best of as many as were chosen.
    pub(super) frequencies: Vec<f64>,
}

impl Bootstrap {
    /// Of so many draws; sets are searched up to `most` terms.
    pub(super) fn of(
        parts: &[Moments],
        support: &[usize],
        most: usize,
        (draws, seed): (usize, u64),
    ) -> Self {
        let mut rng = random::stream(seed, "rule_inference bootstrap");
        let mut draw =
            || -> Vec<usize> { (0..parts.len()).map(|_| rng.gen_range(0..parts.len())).collect() };
        let drawn: Vec<Vec<usize>> = (0..draws).map(|_| draw()).collect();
        let refit = |draw: &Vec<usize>| {
            let all = Moments::sum(draw.iter().map(|&index| &parts[index]));
            let set = best_subsets(&all, most).into_iter().nth(support.len());
            (fit(&all, support), set.unwrap_or_default())
        };
        let refits: Vec<_> = drawn.par_iter().map(refit).collect();
        let mut counts = vec![0_usize; parts[0].products.len()];
        refits.iter().flat_map(|(_, set)| set).for_each(|&index| counts[index] += 1);
        let frequencies = counts.into_iter().map(|count| count as f64 / draws as f64).collect();
        let coefficients = refits.into_iter().filter_map(|(coefficients, _)| coefficients);
        Self { coefficients: coefficients.collect(), frequencies }
    }

    /// The middle 95 % of the chosen term at a place; `otherwise` if no draw determines it.
    pub(super) fn interval(&self, place: usize, otherwise: f64) -> Interval {
        let drawn: Vec<f64> = self.coefficients.iter().map(|draw| draw[place]).collect();
        if drawn.is_empty() {
            return Interval { low: otherwise, high: otherwise };
        }
        Interval { low: quantile(&drawn, 0.025), high: quantile(&drawn, 0.975) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// A network whose first term has this coefficient, and whose second means nothing.
    fn part(by: f64) -> Moments {
        let gram = array![[1.0, 0.0], [0.0, 1.0]];
        Moments { gram, products: array![by, 0.0], square: by * by, rows: 1.0 }
    }

    #[test]
    fn intervals_are_those_of_means_of_networks() {
        let parts: Vec<Moments> = (0..25).map(|index| part(f64::from(index % 5))).collect();
        let bootstrap = Bootstrap::of(&parts, &[0], 1, (2000, 0));
        let interval = bootstrap.interval(0, f64::NAN);
        // The mean of 25 numbers of variance 2 has a standard error of √2 / 5.
        let half = 1.96 * 2.0_f64.sqrt() / 5.0;
        assert!((interval.low - (2.0 - half)).abs() < 0.05, "{interval:?}");
        assert!((interval.high - (2.0 + half)).abs() < 0.05, "{interval:?}");
        assert_eq!(bootstrap.frequencies, [1.0, 0.0]);
    }

    #[test]
    fn networks_that_are_alike_leave_no_interval() {
        let bootstrap = Bootstrap::of(&[part(0.5), part(0.5), part(0.5)], &[0], 2, (50, 1));
        let interval = bootstrap.interval(0, f64::NAN);
        assert!((interval.low - 0.5).abs() < 1e-12 && (interval.high - 0.5).abs() < 1e-12);
    }
}
