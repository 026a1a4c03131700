//! The weight changes of a slow rule over its parameters, as a polynomial.
//!
//! The voltage rule is computed in steps of time and costs a thousand times as much as rules of
//! spikes. Its weight change is a sum over amplitudes, each times a smooth function of time
//! constants. Each such function is fitted by a polynomial of second degree in the logarithms of
//! the time constants, from a few exact weight changes.

use rayon::prelude::*;

use super::super::least_squares::{gram, solve};
use super::super::{Parameter, SynapticRule, weight_changes};
use super::battery::ProtocolBattery;
use super::scatter::{Factors, with_all};
use crate::random;
use crate::{Error, Result};

/// Exact weight changes beyond the number of coefficients.
const MORE_POINTS: usize = 8;
/// Points at which a surface is compared with exact weight changes.
const CHECKS: usize = 3;

/// The weight change of every protocol over the parameters of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResponseSurface {
    /// Which of the rule's parameters are amplitudes, and which the others.
    amplitudes: Vec<usize>,
    others: Vec<usize>,
    /// For each protocol and amplitude the coefficients of the polynomial.
    coefficients: Vec<Vec<Vec<f64>>>,
}

impl ResponseSurface {
    /// The surface of a rule over parameters that vary by about `cv`; none where the weight change
    /// is not linear in amplitudes.
    pub(super) fn fit(
        rule: &dyn SynapticRule,
        battery: &ProtocolBattery,
        cv: f64,
        seed: u64,
    ) -> Result<Option<Self>> {
        let linear = rule.amplitudes();
        if linear.is_empty() {
            return Ok(None);
        }
        let parameters = rule.about().parameters;
        let (amplitudes, others): (Vec<usize>, Vec<usize>) =
            (0..parameters.len()).partition(|&at| linear.contains(&parameters[at].0));
        let terms = polynomial(&vec![0.0; others.len()]).len();
        let mut rng = random::stream(seed, "points of a response surface");
        let mut points = vec![Factors::published(rule)];
        while points.len() < terms + MORE_POINTS {
            points.push(Factors::published(rule).scattered(cv, &mut rng));
        }
        let mut surface = Self { amplitudes, others, coefficients: Vec::new() };
        let exact = surface.exact(rule, battery, &points)?;
        surface.solve(&points, &exact)?;
        Ok(Some(surface))
    }

    /// Weight changes by each amplitude alone, at its published value: point, amplitude, protocol.
    fn exact(
        &self,
        rule: &dyn SynapticRule,
        battery: &ProtocolBattery,
        points: &[Factors],
    ) -> Result<Vec<Vec<Vec<f64>>>> {
        let parameters = rule.about().parameters;
        let protocols: Vec<_> = battery.protocols.iter().map(|one| one.protocol.clone()).collect();
        let alone = |point: &Factors, amplitude: usize| {
            let value = |at: usize| match (self.amplitudes.contains(&at), at == amplitude) {
                (true, true) => parameters[at].1,
                (true, false) => 0.0,
                _ => parameters[at].1 * point.0[at],
            };
            let values: Vec<(Parameter, f64)> =
                (0..parameters.len()).map(|at| (parameters[at].0, value(at))).collect();
            weight_changes(with_all(rule, values.into_iter())?.as_ref(), &protocols)
        };
        let of_point =
            |point: &Factors| self.amplitudes.iter().map(|&at| alone(point, at)).collect();
        points.par_iter().map(of_point).collect()
    }

    fn solve(&mut self, points: &[Factors], exact: &[Vec<Vec<f64>>]) -> Result<()> {
        let rows: Vec<Vec<f64>> =
            points.iter().map(|point| polynomial(&self.logarithms(point))).collect();
        let columns: Vec<Vec<f64>> =
            (0..rows[0].len()).map(|term| rows.iter().map(|row| row[term]).collect()).collect();
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let products = gram(&views);
        let fitted = |protocol: usize, amplitude: usize| {
            let changes: Vec<f64> = exact.iter().map(|of| of[amplitude][protocol]).collect();
            let dot = |column: &Vec<f64>| column.iter().zip(&changes).map(|(a, b)| a * b).sum();
            let right: Vec<f64> = columns.iter().map(dot).collect();
            solve(&products, &right).ok_or_else(|| {
                let problem = "the time constants of a response surface do not vary; use a larger \
                               scatter, or none";
                Error::Samples(problem.into())
            })
        };
        let of_protocol = |protocol| {
            (0..self.amplitudes.len()).map(|amplitude| fitted(protocol, amplitude)).collect()
        };
        self.coefficients =
            (0..exact[0][0].len()).map(of_protocol).collect::<Result<Vec<Vec<Vec<f64>>>>>()?;
        Ok(())
    }

    fn logarithms(&self, factors: &Factors) -> Vec<f64> {
        self.others.iter().map(|&at| factors.0[at].ln()).collect()
    }

    /// The weight change by one protocol at these parameters.
    pub(super) fn change(&self, factors: &Factors, protocol: usize) -> f64 {
        let terms = polynomial(&self.logarithms(factors));
        let of = |(&at, coefficients): (&usize, &Vec<f64>)| {
            factors.0[at] * terms.iter().zip(coefficients).map(|(a, b)| a * b).sum::<f64>()
        };
        self.amplitudes.iter().zip(&self.coefficients[protocol]).map(of).sum()
    }

    /// The root mean square of the error at scattered parameters, over points and protocols.
    pub(super) fn error(
        &self,
        rule: &dyn SynapticRule,
        battery: &ProtocolBattery,
        cv: f64,
        seed: u64,
    ) -> Result<f64> {
        let mut rng = random::stream(seed, "checks of a response surface");
        let mut squares = Vec::new();
        let protocols: Vec<_> = battery.protocols.iter().map(|one| one.protocol.clone()).collect();
        for _ in 0..CHECKS {
            let factors = Factors::published(rule).scattered(cv, &mut rng);
            let exact = weight_changes(factors.rule(rule)?.as_ref(), &protocols)?;
            let off = |(at, exact): (usize, &f64)| (self.change(&factors, at) - exact).powi(2);
            squares.extend(exact.iter().enumerate().map(off));
        }
        Ok((squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
    }
}

/// 1, every coordinate, and every product of two.
fn polynomial(at: &[f64]) -> Vec<f64> {
    let mut terms = vec![1.0];
    terms.extend(at);
    for (i, one) in at.iter().enumerate() {
        terms.extend(at[i..].iter().map(|other| one * other));
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::super::super::{CalciumRule, TripletStdp, VoltageRule};
    use super::*;

    #[test]
    fn a_surface_of_a_voltage_rule_is_close_to_it() {
        let battery = ProtocolBattery::standard().subset(&[1, 4, 6, 9, 12, 14]).unwrap();
        let rule = VoltageRule::default();
        let surface = ResponseSurface::fit(&rule, &battery, 0.28, 1).unwrap().unwrap();
        let error = surface.error(&rule, &battery, 0.28, 1).unwrap();
        // A quarter of the noise of a mean over four synapses.
        assert!(error < 0.25 / 2.0 / 4.0, "{error}");
        // Amplitudes enter exactly.
        let mut factors = Factors::published(&rule);
        let before = surface.change(&factors, 2);
        factors.0[0] *= 2.0;
        factors.0[1] *= 2.0;
        assert!((surface.change(&factors, 2) - 2.0 * before).abs() < 1e-12);
    }

    #[test]
    fn rules_that_are_not_linear_have_no_surface() {
        let battery = ProtocolBattery::standard();
        assert!(ResponseSurface::fit(&CalciumRule::dp(), &battery, 0.2, 1).unwrap().is_none());
        let triplets = TripletStdp::hippocampal_full();
        let surface = ResponseSurface::fit(&triplets, &battery, 0.1, 1).unwrap().unwrap();
        assert!(surface.error(&triplets, &battery, 0.1, 1).unwrap() < 0.01);
    }
}
