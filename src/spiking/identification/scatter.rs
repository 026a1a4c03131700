//! Synapses of one rule differ: log-normal scatter of its parameters.

use rand_distr::{Distribution, StandardNormal};

use super::super::{Parameter, SynapticRule};
use crate::random::Rng;
use crate::{Error, Result};

/// Parameters are not drawn further than this many standard deviations of their logarithm.
const MOST_DEVIATIONS: f64 = 3.0;

/// The parameters of a rule, as factors of their published values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factors(pub(super) Vec<f64>);

impl Factors {
    /// The published values themselves.
    pub(super) fn published(rule: &dyn SynapticRule) -> Self {
        Self(vec![1.0; rule.about().parameters.len()])
    }

    /// The same, each multiplied by a log-normal number of median 1 and coefficient of variation
    /// `cv`, independently.
    pub(super) fn scattered(&self, cv: f64, rng: &mut Rng) -> Self {
        let deviation = (cv * cv).ln_1p().sqrt();
        let draw = |factor: &f64| {
            let normal: f64 = StandardNormal.sample(rng);
            factor * (deviation * normal.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)).exp()
        };
        Self(self.0.iter().map(draw).collect())
    }

    /// The rule with these parameters.
    pub(super) fn rule(&self, rule: &dyn SynapticRule) -> Result<Box<dyn SynapticRule>> {
        let parameters = rule.about().parameters;
        let values = parameters.iter().zip(&self.0).map(|(&(name, value), by)| (name, value * by));
        with_all(rule, values)
    }
}

/// The rule with each of these parameters set.
pub(super) fn with_all(
    rule: &dyn SynapticRule,
    values: impl Iterator<Item = (Parameter, f64)>,
) -> Result<Box<dyn SynapticRule>> {
    let mut changed = rule.boxed();
    for (parameter, value) in values {
        changed = changed.with(parameter, value).ok_or_else(|| {
            let requirement = format!("{} does not let it be set", rule.about().name);
            Error::setting(parameter.symbol(), value, requirement)
        })?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::super::super::TripletStdp;
    use super::*;
    use crate::random;

    #[test]
    fn factors_have_median_one_and_the_asked_variation() {
        let mut rng = random::stream(1, "scatter");
        let one = Factors(vec![1.0]);
        let draws: Vec<f64> = (0..20_000).map(|_| one.scattered(0.2, &mut rng).0[0]).collect();
        let mean = draws.iter().sum::<f64>() / 2e4;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 2e4;
        assert!((variance.sqrt() / mean - 0.2).abs() < 0.005, "{}", variance.sqrt() / mean);
        let below = draws.iter().filter(|draw| **draw < 1.0).count() as f64 / 2e4;
        assert!((below - 0.5).abs() < 0.015);
        assert_eq!(one.scattered(0.0, &mut rng), one);
    }

    #[test]
    fn a_parameter_of_zero_stays_zero() {
        let rule = TripletStdp::visual_cortex_minimal();
        let mut rng = random::stream(1, "scatter");
        let factors = Factors::published(&rule).scattered(0.5, &mut rng);
        let values = factors.rule(&rule).unwrap().about().parameters;
        assert!(
            values
                .iter()
                .any(|&(name, value)| { name == Parameter::PotentiationByPairs && value == 0.0 })
        );
        let same = Factors::published(&rule).rule(&rule).unwrap();
        assert_eq!(same.about().parameters, rule.about().parameters);
    }
}
