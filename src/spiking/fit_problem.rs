//! The least-squares problem behind a fit: amplitudes solved exactly, everything else searched.

use super::least_squares::{
    derivatives, gram, levenberg_marquardt, non_negative, residuals, solve, sum_of_squares,
};
use super::{Parameter, PlasticityData, SynapticRule};
use crate::statistics::{Interval, normal_quantile};
use crate::{Error, Result};

/// A rule, its data and its free parameters.
pub(super) struct Problem<'a> {
    rule: &'a dyn SynapticRule,
    data: &'a PlasticityData,
    free: &'a [Parameter],
    /// Which of the free parameters the weight change is linear in, and which are searched.
    linear: Vec<usize>,
    curved: Vec<usize>,
    /// Where the search starts: logarithms of the curved parameters.
    start: Vec<f64>,
}

/// The best amplitudes, and the logarithms of the other parameters.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    amplitudes: Vec<f64>,
    logarithms: Vec<f64>,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        rule: &'a dyn SynapticRule,
        free: &'a [Parameter],
        data: &'a PlasticityData,
    ) -> Result<Self> {
        let amplitudes = rule.amplitudes();
        let (linear, curved): (Vec<usize>, Vec<usize>) =
            (0..free.len()).partition(|&at| amplitudes.contains(&free[at]));
        let known = rule.about().parameters;
        let logarithm = |&at: &usize| {
            let value = known.iter().find(|(name, _)| *name == free[at]).map_or(0.0, |of| of.1);
            if value > 0.0 {
                return Ok(value.ln());
            }
            Err(Error::setting(free[at].symbol(), value, "the search must start above 0"))
        };
        let start = curved.iter().map(logarithm).collect::<Result<_>>()?;
        Ok(Self { rule, data, free, linear, curved, start })
    }

    /// How many data points there are.
    pub(super) fn count(&self) -> usize {
        self.data.points.len()
    }

    /// The best fit where each point counts so often; `from` is where the search starts.
    pub(super) fn solve(&self, counts: &[f64], from: Option<&Solution>) -> Option<Solution> {
        let start = from.map_or(&self.start, |solution| &solution.logarithms);
        let left = |logarithms: &[f64]| Some(self.best_amplitudes(logarithms, counts)?.1);
        let logarithms = levenberg_marquardt(&left, start)?;
        let (amplitudes, _) = self.best_amplitudes(&logarithms, counts)?;
        Some(Solution { amplitudes, logarithms })
    }

    /// The free parameters in the order that was asked for.
    pub(super) fn values(&self, solution: &Solution) -> Vec<f64> {
        let mut values = vec![0.0; self.free.len()];
        let set = |(&at, value): (&usize, f64)| values[at] = value;
        let logarithms = solution.logarithms.iter().map(|log| log.exp());
        let linear = self.linear.iter().zip(solution.amplitudes.iter().copied());
        linear.chain(self.curved.iter().zip(logarithms)).for_each(set);
        values
    }

    /// The rule with these values of the free parameters.
    pub(super) fn rule_with(&self, values: &[f64]) -> Box<dyn SynapticRule> {
        let mut rule = self.rule.boxed();
        for (&parameter, &value) in self.free.iter().zip(values) {
            rule = rule.with(parameter, value).unwrap_or(rule);
        }
        rule
    }

    /// 95 % intervals from the derivatives of the residuals at the solution.
    pub(super) fn intervals_by_derivatives(&self, best: &Solution) -> Vec<Option<Interval>> {
        let values = self.values(best);
        let none = vec![None; values.len()];
        // An amplitude at its bound has no symmetric interval.
        let inner: Vec<usize> = (0..values.len()).filter(|&at| values[at] > 0.0).collect();
        let logarithms: Vec<f64> = inner.iter().map(|&at| values[at].ln()).collect();
        let counts = vec![1.0; self.count()];
        let left = |logarithms: &[f64]| {
            let mut moved = values.clone();
            inner.iter().zip(logarithms).for_each(|(&at, log)| moved[at] = log.exp());
            self.residuals_of(&moved, &counts)
        };
        let Some((columns, left)) = derivatives(&left, &logarithms).zip(left(&logarithms)) else {
            return none;
        };
        let freedom = (self.count() - values.len()) as f64;
        let scale = (sum_of_squares(&left) / freedom).max(1.0);
        let chosen: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let products = gram(&chosen);
        let mut intervals = none;
        for (row, &at) in inner.iter().enumerate() {
            let unit: Vec<f64> = (0..inner.len()).map(|i| f64::from(u8::from(i == row))).collect();
            let Some(inverse) = solve(&products, &unit) else { continue };
            let half = normal_quantile(0.975) * (scale * inverse[row]).sqrt();
            intervals[at] = Some(self.interval_around(at, values[at], half));
        }
        intervals
    }

    /// From the half-width of the logarithm: symmetric for amplitudes, by a factor for the others.
    fn interval_around(&self, at: usize, value: f64, half: f64) -> Interval {
        if self.curved.contains(&at) {
            return Interval { low: value * (-half).exp(), high: value * half.exp() };
        }
        Interval { low: value * (1.0 - half), high: value * (1.0 + half) }
    }

    /// The best amplitudes for given other parameters, and the weighted residuals they leave.
    fn best_amplitudes(&self, logarithms: &[f64], counts: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
        let amplitudes = vec![0.0; self.linear.len()];
        let mut solution = Solution { amplitudes, logarithms: logarithms.to_vec() };
        let fixed = self.residuals_of(&self.values(&solution), counts)?;
        let mut columns = Vec::new();
        for at in 0..self.linear.len() {
            solution.amplitudes[at] = 1.0;
            let with_one = self.residuals_of(&self.values(&solution), counts)?;
            solution.amplitudes[at] = 0.0;
            columns.push(with_one.iter().zip(&fixed).map(|(one, none)| none - one).collect());
        }
        let best = non_negative(&columns, &fixed);
        let left = residuals(&columns, &best, &fixed);
        Some((best, left))
    }

    /// (data − model) / s.e.m., times the root of the counts; points that count 0 are not computed.
    fn residuals_of(&self, values: &[f64], counts: &[f64]) -> Option<Vec<f64>> {
        let rule = self.rule_with(values);
        let points = self.data.points.iter().zip(counts);
        points
            .map(|(point, &count)| {
                if count == 0.0 {
                    return Some(0.0);
                }
                let model = rule.weight_change(&point.protocol).ok()?;
                Some(count.sqrt() * (point.change - model) / point.sem)
            })
            .collect()
    }
}
