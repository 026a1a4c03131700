//! Intervals of a fit by refits to resampled data points.

use rand::Rng as _;
use rayon::prelude::*;

use super::fit_problem::{Problem, Solution};
use crate::statistics::{Interval, quantile};
use crate::{Error, Result, random};

/// The quantiles of refits to resampled points; none where half of the refits fail.
pub(super) fn bootstrap(
    problem: &Problem<'_>,
    best: &Solution,
    resamples: usize,
    seed: u64,
) -> Result<Vec<Option<Interval>>> {
    if resamples < 20 {
        return Err(Error::setting("resamples", resamples, "it must be at least 20"));
    }
    let mut rng = random::stream(seed, "bootstrap");
    let draws: Vec<Vec<f64>> = (0..resamples)
        .map(|_| {
            let mut counts = vec![0.0; problem.count()];
            (0..counts.len()).for_each(|_| counts[rng.gen_range(0..problem.count())] += 1.0);
            counts
        })
        .collect();
    let refits: Vec<Vec<f64>> = draws
        .par_iter()
        .filter_map(|counts| Some(problem.values(&problem.solve(counts, Some(best))?)))
        .collect();
    let interval = |at: usize| {
        let values: Vec<f64> = refits.iter().map(|values| values[at]).collect();
        let is_enough = 2 * values.len() >= resamples;
        is_enough
            .then(|| Interval { low: quantile(&values, 0.025), high: quantile(&values, 0.975) })
    };
    Ok((0..problem.values(best).len()).map(interval).collect())
}
