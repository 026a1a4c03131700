//! Which protocols tell most about the rule: greedy forward selection.

use ndarray::{Array1, Array2, Axis};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::experiments::{Experiments, Judged};
use super::gaussian::posterior;
use super::identifier::RuleIdentifier;
use super::moments::{RuleMoments, SamplingError};
use super::score::{Condition, IdentificationScore};
use crate::{Result, random};

/// Random orders beside which the chosen one is set.
const RANDOM_ORDERS: usize = 20;

/// One step of the selection.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenProtocol {
    /// The protocol that was added.
    pub protocol: String,
    /// The bits that it tells alone, on held-out experiments.
    pub bits_alone: f64,
    /// The score of held-out experiments with the protocols so far.
    pub score: IdentificationScore,
    /// The mean accuracy with as many protocols in random order.
    pub random_accuracy: f64,
}

impl RuleIdentifier {
    /// Adds protocols one by one, each the one with which the bits about the rule grow most. The
    /// experiments by which they are chosen are not those by which they are scored.
    ///
    /// # Errors
    /// As [`RuleIdentifier::score`].
    pub fn choose_protocols(&self, repeats: usize, noise: f64) -> Result<Vec<ChosenProtocol>> {
        let error = self.error(repeats, noise)?;
        let draws = self.responses.draws;
        let chosen_by = self.experiments(draws.chosen_by_places(), &error);
        let held_out = self.experiments(draws.held_out_places(), &error);
        let order = Selection::new(&self.moments, &error, &chosen_by).order();
        let alone = Selection::new(&self.moments, &error, &held_out).bits();
        let known = chosen_by.judge_prefixes(&self.gaussians(&error, &order)?, &order);
        let temperatures: Vec<f64> = known.par_iter().map(Judged::temperature).collect();
        let scores = self.scores_along(&order, &held_out, (&error, &temperatures))?;
        let mut random = vec![0.0; order.len()];
        let mut rng = random::stream(self.seed, "random orders of protocols");
        let mut shuffled = order.clone();
        // Temperatures do not change which rule is the most probable.
        let hot = vec![1.0; order.len()];
        for _ in 0..RANDOM_ORDERS {
            shuffled.shuffle(&mut rng);
            let scores = self.scores_along(&shuffled, &held_out, (&error, &hot))?;
            for (sum, score) in random.iter_mut().zip(scores) {
                *sum += score.right.share / RANDOM_ORDERS as f64;
            }
        }
        let step = |(at, score): (usize, IdentificationScore)| ChosenProtocol {
            protocol: self.responses.battery.protocols[order[at]].name.clone(),
            bits_alone: alone[order[at]],
            score,
            random_accuracy: random[at],
        };
        Ok(scores.into_iter().enumerate().map(step).collect())
    }

    /// The scores with the first protocol of an order, the first two, and so on.
    fn scores_along(
        &self,
        order: &[usize],
        experiments: &Experiments,
        (error, temperatures): (&SamplingError, &[f64]),
    ) -> Result<Vec<IdentificationScore>> {
        let &SamplingError::Synapses { repeats, noise } = error else { return Ok(Vec::new()) };
        let judged = experiments.judge_prefixes(&self.gaussians(error, order)?, order);
        let score = |(at, judged): (usize, &Judged)| {
            let temperature = temperatures[at];
            let condition = Condition { repeats, noise, protocols: at + 1, temperature };
            IdentificationScore::of(judged, &self.responses.families, condition)
        };
        Ok(judged.iter().enumerate().map(score).collect())
    }
}

/// What is left of the densities given the protocols chosen so far.
struct Selection {
    truth: Vec<usize>,
    /// Experiments × rules: logarithms of the densities so far.
    logs: Array2<f64>,
    rules: Vec<Conditional>,
}

/// One rule: residuals, experiments × protocols, and their covariance, given the chosen changes.
struct Conditional {
    residuals: Array2<f64>,
    covariance: Array2<f64>,
}

impl Conditional {
    /// What the protocol at `at` adds to the logarithm of every experiment's density.
    fn gain(&self, at: usize) -> Array1<f64> {
        let variance = self.covariance[[at, at]];
        self.residuals.column(at).mapv(|of| -0.5 * (of * of / variance + variance.ln()))
    }

    fn condition_on(&mut self, at: usize) {
        let weights = &self.covariance.column(at) / self.covariance[[at, at]];
        let (by, row) = (self.residuals.column(at).to_owned(), self.covariance.row(at).to_owned());
        let outer = |one: &Array1<f64>, other: &Array1<f64>| {
            one.view().insert_axis(Axis(1)).dot(&other.view().insert_axis(Axis(0)))
        };
        self.residuals -= &outer(&by, &weights);
        self.covariance -= &outer(&weights, &row);
    }
}

impl Selection {
    fn new(moments: &[RuleMoments], error: &SamplingError, experiments: &Experiments) -> Self {
        let all: Vec<usize> = (0..experiments.changes.ncols()).collect();
        let of = |one: &RuleMoments| Conditional {
            residuals: &experiments.changes - &one.mean,
            covariance: one.covariance(error, &all),
        };
        let rules: Vec<Conditional> = moments.iter().map(of).collect();
        let logs = Array2::zeros((experiments.truth.len(), rules.len()));
        Self { truth: experiments.truth.clone(), logs, rules }
    }

    /// The logarithms with one more protocol.
    fn with(&self, at: usize) -> Array2<f64> {
        let mut logs = self.logs.clone();
        for (rule, of) in self.rules.iter().enumerate() {
            let mut column = logs.column_mut(rule);
            column += &of.gain(at);
        }
        logs
    }

    /// The bits about the rule with each protocol added.
    fn bits(&self) -> Vec<f64> {
        let bits = |at: usize| {
            let logs = self.with(at);
            let of = |(row, &truth): (usize, &usize)| {
                posterior(&logs.row(row).to_vec(), 1.0)[truth].max(f64::MIN_POSITIVE).log2()
            };
            let sum: f64 = self.truth.iter().enumerate().map(of).sum();
            (self.rules.len() as f64).log2() + sum / self.truth.len() as f64
        };
        (0..self.rules[0].covariance.nrows()).into_par_iter().map(bits).collect()
    }

    fn order(mut self) -> Vec<usize> {
        let protocols = self.rules[0].covariance.nrows();
        let mut order: Vec<usize> = Vec::new();
        while order.len() < protocols {
            let bits = self.bits();
            let left = (0..protocols).filter(|at| !order.contains(at));
            let better = |best: Option<usize>, at: usize| match best {
                Some(best) if bits[best] >= bits[at] => Some(best),
                _ => Some(at),
            };
            let Some(best) = left.fold(None, better) else { break };
            self.logs = self.with(best);
            self.rules.iter_mut().for_each(|rule| rule.condition_on(best));
            order.push(best);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::few_responses;
    use super::*;

    #[test]
    fn greedy_steps_add_up_to_the_density_of_all() {
        let identifier = RuleIdentifier::fit(&few_responses(), 1).unwrap();
        let error = identifier.error(4, 0.25).unwrap();
        let experiments = identifier.experiments(0..4, &error);
        let mut selection = Selection::new(&identifier.moments, &error, &experiments);
        let order = [3, 0, 7, 1, 2, 4, 5, 6];
        for at in order {
            selection.logs = selection.with(at);
            selection.rules.iter_mut().for_each(|rule| rule.condition_on(at));
        }
        let gaussians = identifier.gaussians(&error, &identifier.all_protocols()).unwrap();
        let judged = experiments.judge(&gaussians);
        let constant = 8.0 * 0.5 * (2.0 * std::f64::consts::PI).ln();
        for (row, logs) in selection.logs.rows().into_iter().enumerate() {
            for (one, other) in logs.iter().zip(judged.logs(row)) {
                assert!((one - constant - other).abs() < 1e-6, "{one} {other}");
            }
        }
    }

    #[test]
    fn the_chosen_order_ends_where_all_protocols_do() {
        let identifier = RuleIdentifier::fit(&few_responses(), 1).unwrap();
        let chosen = identifier.choose_protocols(4, 0.25).unwrap();
        assert_eq!(chosen.len(), 8);
        let all = identifier.score(4, 0.25).unwrap();
        let last = &chosen[7].score;
        assert_eq!((last.right, last.protocols), (all.right, 8));
        assert!((chosen[7].random_accuracy - all.right.share).abs() < 1e-9);
        // One protocol alone tells what the first step does, but for the temperature.
        assert!((chosen[0].bits_alone - chosen[0].score.bits).abs() < 0.1);
        assert!(chosen[2].score.right.share > chosen[2].random_accuracy);
        assert!(identifier.choose_protocols(0, 0.25).is_err());
    }
}
