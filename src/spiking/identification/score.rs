//! How well rules are identified: accuracy, calibration, confusion.

use super::experiments::Judged;
use super::gaussian::{largest, posterior};
use crate::statistics::{Interval, wilson};

/// Bins of the reliability of probabilities, of equal width.
const BINS: usize = 10;

/// A share of experiments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExperimentShare {
    /// The experiments that count.
    pub count: u64,
    /// All experiments.
    pub experiments: u64,
    /// Their ratio.
    pub share: f64,
    /// Wilson's 95 % interval.
    pub interval: Interval,
}

impl ExperimentShare {
    pub(super) fn of(is_counted: impl Iterator<Item = bool>) -> Self {
        let (mut count, mut experiments) = (0, 0);
        is_counted.for_each(|counted| {
            experiments += 1;
            count += u64::from(counted);
        });
        let share = if experiments > 0 { count as f64 / experiments as f64 } else { 0.0 };
        Self { count, experiments, share, interval: wilson(count, experiments) }
    }
}

/// The experiments that were identified with about one confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdentificationBin {
    /// The mean of their largest probabilities.
    pub confidence: f64,
    /// The share of them that was identified correctly.
    pub right: ExperimentShare,
}

/// How well held-out experiments were identified.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentificationScore {
    /// Synapses for each protocol.
    pub repeats: usize,
    /// The standard deviation of one measurement.
    pub noise: f64,
    /// The number of protocols.
    pub protocols: usize,
    /// By which logarithms of densities are divided before they become probabilities, so that they
    /// can be taken at their word. It is fitted to experiments that are not scored: Guo, Pleiss,
    /// Sun and Weinberger 2017, arXiv 1706.04599. Above 1 the densities alone are overconfident.
    pub temperature: f64,
    /// Experiments whose most probable rule is the true one. Chance is one by the number of rules.
    pub right: ExperimentShare,
    /// Experiments whose most probable family is the true one. The probability of a family is the
    /// sum of those of its rules.
    pub family_right: ExperimentShare,
    /// log₂ of the number of rules plus the mean log₂ of the true rule's probability: a lower bound
    /// of the information about the rule, below 0 for misleading probabilities.
    pub bits: f64,
    /// The mean of Σ (q − y)², y the true rule as 0s and a 1: 0 is perfect, 2 the worst. Brier
    /// 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    pub brier: f64,
    /// The mean over experiments of |share right − confidence| of their bin.
    pub calibration_error: f64,
    /// The bins of confidence that have experiments, lowest first.
    pub bins: Vec<IdentificationBin>,
}

/// What was measured, for a score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition {
    pub(super) repeats: usize,
    pub(super) noise: f64,
    pub(super) protocols: usize,
    pub(super) temperature: f64,
}

impl IdentificationScore {
    pub(super) fn of(judged: &Judged, families: &[String], condition: Condition) -> Self {
        let probabilities: Vec<Vec<f64>> = (0..judged.truth.len())
            .map(|row| posterior(&judged.logs(row), condition.temperature))
            .collect();
        let truths = || judged.truth.iter().copied().zip(&probabilities);
        let is_right = |(truth, of): (usize, &Vec<f64>)| largest(of) == truth;
        let count = probabilities.len() as f64;
        let bits = |(truth, of): (usize, &Vec<f64>)| of[truth].max(f64::MIN_POSITIVE).log2();
        let brier = |(truth, of): (usize, &Vec<f64>)| {
            let off = |(rule, q): (usize, &f64)| (q - f64::from(u8::from(rule == truth))).powi(2);
            of.iter().enumerate().map(off).sum::<f64>()
        };
        let bins = bins(truths().map(|one| (one.1[largest(one.1)], is_right(one))));
        let off = |bin: &IdentificationBin| {
            (bin.right.share - bin.confidence).abs() * bin.right.experiments as f64
        };
        let Condition { repeats, noise, protocols, temperature } = condition;
        Self {
            repeats,
            noise,
            protocols,
            temperature,
            right: ExperimentShare::of(truths().map(is_right)),
            family_right: ExperimentShare::of(
                truths().map(|(truth, of)| best_family(of, families) == families[truth]),
            ),
            bits: (families.len() as f64).log2() + truths().map(bits).sum::<f64>() / count,
            brier: truths().map(brier).sum::<f64>() / count,
            calibration_error: bins.iter().map(off).sum::<f64>() / count,
            bins,
        }
    }
}

/// Probabilities of families, in the order of their first rules.
pub(super) fn family_probabilities(of: &[f64], families: &[String]) -> Vec<(String, f64)> {
    let mut sums: Vec<(String, f64)> = Vec::new();
    for (family, q) in families.iter().zip(of) {
        match sums.iter_mut().find(|(known, _)| known == family) {
            Some((_, sum)) => *sum += q,
            None => sums.push((family.clone(), *q)),
        }
    }
    sums
}

fn best_family(of: &[f64], families: &[String]) -> String {
    let sums = family_probabilities(of, families);
    let values: Vec<f64> = sums.iter().map(|(_, sum)| *sum).collect();
    sums[largest(&values)].0.clone()
}

/// From the confidence of each experiment and whether it was right.
fn bins(judged: impl Iterator<Item = (f64, bool)>) -> Vec<IdentificationBin> {
    let mut members: Vec<Vec<(f64, bool)>> = vec![Vec::new(); BINS];
    for one in judged {
        members[((one.0 * BINS as f64) as usize).min(BINS - 1)].push(one);
    }
    let of = |of: Vec<(f64, bool)>| IdentificationBin {
        confidence: of.iter().map(|one| one.0).sum::<f64>() / of.len() as f64,
        right: ExperimentShare::of(of.iter().map(|one| one.1)),
    };
    members.into_iter().filter(|of| !of.is_empty()).map(of).collect()
}

/// How often experiments of each rule were identified as each rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleConfusion {
    /// The names of the rules.
    pub rules: Vec<String>,
    /// True rules × identified rules.
    pub counts: Vec<Vec<u64>>,
}

impl RuleConfusion {
    pub(super) fn of(judged: &Judged, rules: &[String]) -> Self {
        let mut counts = vec![vec![0; rules.len()]; rules.len()];
        for (row, &truth) in judged.truth.iter().enumerate() {
            counts[truth][largest(&judged.logs(row))] += 1;
        }
        Self { rules: rules.to_vec(), counts }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gaussian::Evidence;
    use super::*;

    fn judged(probabilities: &[[f64; 3]], truth: &[usize]) -> Judged {
        let of = |q: &f64| Evidence { log_density: q.ln(), distance: 1.0 };
        let evidence = probabilities.iter().map(|row| row.iter().map(of).collect()).collect();
        Judged { truth: truth.to_vec(), evidence }
    }

    #[test]
    fn scores_by_hand() {
        let families = ["a", "a", "b"].map(String::from);
        let judged = judged(&[[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], &[1, 2]);
        let condition = Condition { repeats: 4, noise: 0.1, protocols: 2, temperature: 1.0 };
        let score = IdentificationScore::of(&judged, &families, condition);
        assert_eq!((score.right.count, score.family_right.count), (1, 1));
        let expected = 3.0_f64.log2() + (0.25_f64.log2() + 0.5_f64.log2()) / 2.0;
        assert!((score.bits - expected).abs() < 1e-12);
        let brier = (0.25 + 0.5625 + 0.0625 + 0.0625 + 0.0625 + 0.25) / 2.0;
        assert!((score.brier - brier).abs() < 1e-12);
        assert!(score.calibration_error.abs() < 1e-12);
        assert_eq!(score.bins.len(), 1);
        let confusion = RuleConfusion::of(&judged, &families);
        assert_eq!(confusion.counts, [[0, 0, 0], [1, 0, 0], [0, 0, 1]]);
    }
}
