//! How a rule is applied to patterns again and again.

use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::Annealing;
use super::checks::{check_numbers, check_step};
use crate::Result;
use crate::error::{check_count, check_not_negative};
use crate::random::{self, Rng};

/// Points of a history.
const POINTS: usize = 50;

/// How many steps a rule takes, and on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LearningSchedule {
    /// Changes of the weights; default 1,000.
    pub steps: usize,
    /// Patterns of a step; default 500. Patterns come in a random order, each once before any comes
    /// again. With as many as there are, or more, each step sees all patterns.
    pub batch_size: usize,
    /// How the learning rate changes; default [`Annealing::Linear`].
    pub annealing: Annealing,
    /// Learning ends early if no weight changes by more in a step; default 0, which never happens.
    pub tolerance: f64,
    /// Decides the initial weights and the order of the patterns.
    pub seed: u64,
}

impl Default for LearningSchedule {
    fn default() -> Self {
        Self { steps: 1000, batch_size: 500, annealing: Annealing::Linear, tolerance: 0.0, seed: 0 }
    }
}

/// What a rule has learned.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedWeights {
    /// The weights, units × inputs.
    pub weights: Array2<f64>,
    /// About fifty of the steps, evenly spaced, and the last.
    pub history: Vec<LearningPoint>,
}

/// One step of learning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LearningPoint {
    /// The step, counted from 1.
    pub step: usize,
    /// By how much the step changed the weight that it changed most.
    pub largest_change: f64,
    /// The mean of the rule's objective over units and the patterns of the step, after it; none if
    /// the rule has no objective in closed form.
    pub objective: Option<f64>,
}

/// A rule at work: the weights after a step on a batch, with a factor of the learning rate; and the
/// objective of weights on a batch.
pub(super) trait Stepped {
    fn stepped(
        &self,
        weights: &Array2<f64>,
        batch: &Array2<f64>,
        factor: f64,
    ) -> Result<Array2<f64>>;
    fn mean_objective(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Option<f64>;
    fn rate(&self) -> f64;
}

impl LearningSchedule {
    /// Rejects what is no schedule.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for no steps, no patterns in a step, or a negative
    /// tolerance.
    pub fn check(&self) -> Result<()> {
        check_count("steps", self.steps)?;
        check_count("batch_size", self.batch_size)?;
        check_not_negative("tolerance", self.tolerance)
    }

    /// Standard normal weights, units × inputs.
    pub(super) fn initial_weights(&self, units: usize, inputs: usize) -> Array2<f64> {
        let mut rng = random::stream(self.seed, "rate rule weights");
        Array2::from_shape_fn((units, inputs), |_| StandardNormal.sample(&mut rng))
    }

    /// Applies a rule to patterns, from given weights on.
    pub(super) fn run(
        &self,
        rule: &dyn Stepped,
        patterns: &Array2<f64>,
        start: Array2<f64>,
    ) -> Result<LearnedWeights> {
        self.check()?;
        check_numbers("the patterns", patterns)?;
        let mut batches = Batches::new(patterns, self.batch_size, self.seed);
        let (mut weights, mut history) = (start, Vec::new());
        let every = self.steps.div_ceil(POINTS);
        for step in 1..=self.steps {
            let batch = batches.next();
            let factor = self.annealing.factor(step - 1, self.steps);
            let after = rule.stepped(&weights, batch, factor)?;
            check_step(&after, rule.rate(), step)?;
            let largest_change = largest_difference(&after, &weights);
            weights = after;
            let is_last = step == self.steps || largest_change < self.tolerance;
            if step == 1 || step % every == 0 || is_last {
                let objective = rule.mean_objective(&weights, batch);
                history.push(LearningPoint { step, largest_change, objective });
            }
            if is_last {
                break;
            }
        }
        Ok(LearnedWeights { weights, history })
    }
}

fn largest_difference(one: &Array2<f64>, other: &Array2<f64>) -> f64 {
    one.iter().zip(other).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()))
}

/// Batches of patterns in a random order.
struct Batches<'a> {
    patterns: &'a Array2<f64>,
    batch: Array2<f64>,
    order: Vec<usize>,
    place: usize,
    rng: Rng,
}

impl<'a> Batches<'a> {
    fn new(patterns: &'a Array2<f64>, size: usize, seed: u64) -> Self {
        let count = patterns.nrows();
        let batch = match size < count {
            true => Array2::zeros((size, patterns.ncols())),
            false => patterns.clone(),
        };
        let rng = random::stream(seed, "rate rule batches");
        Self { patterns, batch, order: (0..count).collect(), place: count, rng }
    }

    fn next(&mut self) -> &Array2<f64> {
        let count = self.order.len();
        if self.batch.nrows() == count {
            return &self.batch;
        }
        for mut row in self.batch.axis_iter_mut(Axis(0)) {
            if self.place == count {
                self.order.shuffle(&mut self.rng);
                self.place = 0;
            }
            row.assign(&self.patterns.row(self.order[self.place]));
            self.place += 1;
        }
        &self.batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_comes_once_before_any_comes_again() {
        let patterns = Array2::from_shape_fn((7, 1), |(row, _)| row as f64);
        let mut batches = Batches::new(&patterns, 3, 0);
        let mut seen = Vec::new();
        for _ in 0..7 {
            seen.extend(batches.next().iter().map(|&x| x as usize));
        }
        for round in seen.chunks(7) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert_ne!(seen[..7], seen[7..14]);
        assert_eq!(Batches::new(&patterns, 7, 0).next(), &patterns);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        let told = |schedule: LearningSchedule| schedule.check().unwrap_err().to_string();
        let schedule = LearningSchedule::default();
        assert!(told(LearningSchedule { steps: 0, ..schedule.clone() }).contains("steps is 0"));
        let none = LearningSchedule { batch_size: 0, ..schedule.clone() };
        assert!(told(none).contains("batch_size is 0"));
        let below = LearningSchedule { tolerance: -1.0, ..schedule };
        assert!(told(below).contains("tolerance is -1"));
    }
}
