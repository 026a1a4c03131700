//! How often one rule is recovered at one setting.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::known_rules::KnownRule;
use super::recovery::RecoveryStudy;
use super::rule::PlasticityRule;
use crate::statistics::{quantile, wilson};

/// The share of repetitions in which exactly the true terms of a rule were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecoveryPoint {
    /// The name of the rule.
    pub rule: String,
    /// Noise on weights, in units of the root mean square of their changes in a step.
    pub weight_noise: f64,
    /// Noise on activities and factor, in units of each one's standard deviation.
    pub activity_noise: f64,
    /// Recordings for each repetition.
    pub recordings: usize,
    /// The probability that a synapse was observed.
    pub observed: f64,
    /// The repetitions.
    pub repetitions: usize,
    /// Repetitions with exactly the true terms.
    pub correct: usize,
    /// Their share.
    pub share: f64,
    /// The lower end of Wilson's 95 % interval of the share.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// True terms that were not found, on average.
    pub missing: f64,
    /// Terms that were found but are not true, on average.
    pub spurious: f64,
    /// The median over correct repetitions of the largest relative error of a coefficient; none
    /// without a correct one.
    pub deviation: Option<f64>,
    /// Terms that were found but are not true, with the number of repetitions; the most frequent
    /// first.
    pub spurious_terms: Vec<(String, usize)>,
}

/// What one repetition found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    /// How many of the true terms are missing.
    missing: usize,
    spurious: Vec<String>,
    /// The largest relative error of a coefficient.
    deviation: f64,
}

impl Outcome {
    pub(super) fn of(found: &PlasticityRule, truth: &PlasticityRule) -> Self {
        let named = |rule: &PlasticityRule| -> BTreeMap<String, f64> {
            rule.basis().names().into_iter().zip(rule.coefficients()).collect()
        };
        let (found, truth) = (named(found), named(truth));
        let deviation =
            |(name, by): (&String, &f64)| found.get(name).map(|found| (found / by - 1.0).abs());
        Self {
            missing: truth.keys().filter(|name| !found.contains_key(*name)).count(),
            spurious: found.keys().filter(|name| !truth.contains_key(*name)).cloned().collect(),
            deviation: truth.iter().filter_map(deviation).fold(0.0, f64::max),
        }
    }

    fn is_correct(&self) -> bool {
        self.missing == 0 && self.spurious.is_empty()
    }
}

impl RecoveryPoint {
    /// Of all repetitions of a rule, at least one.
    pub(super) fn of(study: &RecoveryStudy, rule: KnownRule, outcomes: &[Outcome]) -> Self {
        let n = outcomes.len();
        let correct: Vec<&Outcome> = outcomes.iter().filter(|one| one.is_correct()).collect();
        let deviations: Vec<f64> = correct.iter().map(|one| one.deviation).collect();
        let interval = wilson(correct.len() as u64, n as u64);
        let mean = |count: fn(&Outcome) -> usize| {
            outcomes.iter().map(count).sum::<usize>() as f64 / n as f64
        };
        Self {
            rule: rule.name().into(),
            weight_noise: study.weight_noise,
            activity_noise: study.activity_noise,
            recordings: study.recordings,
            observed: study.observed,
            repetitions: n,
            correct: correct.len(),
            share: correct.len() as f64 / n as f64,
            low: interval.low,
            high: interval.high,
            missing: mean(|one| one.missing),
            spurious: mean(|one| one.spurious.len()),
            deviation: (!deviations.is_empty()).then(|| quantile(&deviations, 0.5)),
            spurious_terms: counted(outcomes),
        }
    }
}

/// How often each term was found that is not true.
fn counted(outcomes: &[Outcome]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    outcomes
        .iter()
        .flat_map(|one| &one.spurious)
        .for_each(|name| *counts.entry(name).or_default() += 1);
    let mut counts: Vec<(String, usize)> =
        counts.into_iter().map(|(name, count)| (name.clone(), count)).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

impl fmt::Display for RecoveryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} of {} correct, 95 % interval {:.3} to {:.3}",
            self.rule, self.correct, self.repetitions, self.low, self.high
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::Monomial;

    fn rule(terms: &[(Monomial, f64)]) -> PlasticityRule {
        PlasticityRule { terms: terms.to_vec(), traces: vec![] }
    }

    #[test]
    fn missing_and_spurious_terms_are_counted() {
        let known = KnownRule::Oja { rate: 0.1 };
        let exact = [(Monomial::new(1, 1, 0), 0.11), (Monomial::new(0, 2, 1), -0.1)];
        let wrong = [(Monomial::new(1, 1, 0), 0.1), (Monomial::new(0, 0, 1), -0.1)];
        let of = |terms| Outcome::of(&rule(terms), &known.rule());
        let outcomes = [of(&exact), of(&wrong), of(&exact), of(&wrong[..1])];
        let point = RecoveryPoint::of(&RecoveryStudy::default(), known, &outcomes);
        assert_eq!((point.correct, point.share), (2, 0.5));
        assert_eq!((point.missing, point.spurious), (0.5, 0.25));
        assert_eq!(point.spurious_terms, [("w".to_owned(), 1)]);
        assert!((point.deviation.unwrap() - 0.1).abs() < 1e-12);
        // `scipy.stats.binomtest(2, 4).proportion_ci(method="wilson")` is 0.1500 to 0.8500.
        assert!((point.low - 0.15).abs() < 1e-4 && (point.high - 0.85).abs() < 1e-4, "{point}");
    }
}
