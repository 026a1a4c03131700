//! Competing hidden units: the unit that responds most to a pattern moves towards it, and the k-th
//! away from it.
//!
//! I_i = Σ_j |w_ij|^(p−1) sign(w_ij) v_j, and Δw_ij ∝ Σ_patterns g_i (v_j − I_i w_ij), with g_i = 1
//! for the unit of the largest I, −Δ for the k-th, and 0 for all others. The change is scaled so
//! that its largest entry is the learning rate. Weights converge to Σ_j |w_ij|^p = 1.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::checks::check_weights;
use super::learning_schedule::Stepped;
use super::{LearnedWeights, LearningSchedule};
use crate::error::{check_count, check_not_negative, check_positive};
use crate::{Error, Result};

/// Competing hidden units. Krotov & Hopfield 2019, doi 10.1073/pnas.1820458116, with the constants
/// and the scaled step of the authors' program for MNIST.
///
/// ```
/// use microlearners::rate_rules::CompetitiveHebbian;
/// use microlearners::ndarray::array;
///
/// let rule = CompetitiveHebbian::default();
/// let weights = array![[1.0, 0.0], [0.0, 1.0]];
/// let change = rule.update(&weights, &array![[0.8, 0.6]])?;
/// assert!(change[[0, 1]] > 0.0 && change[[1, 0]] < 0.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompetitiveHebbian {
    /// The largest change of a weight in a step; default 0.02.
    pub learning_rate: f64,
    /// Δ, the strength of anti-Hebbian learning; default 0.4.
    pub anti_hebbian: f64,
    /// p, the norm that weights converge to, at least 1; default 2.
    pub norm: f64,
    /// k, the place of the unit that moves away, at least 2; default 2.
    pub rank: usize,
    /// The number of units, at least k; default 100.
    pub units: usize,
    /// Steps and batches; the default has 100 patterns in a step.
    pub schedule: LearningSchedule,
}

impl Default for CompetitiveHebbian {
    fn default() -> Self {
        Self {
            learning_rate: 0.02,
            anti_hebbian: 0.4,
            norm: 2.0,
            rank: 2,
            units: 100,
            schedule: LearningSchedule { batch_size: 100, ..LearningSchedule::default() },
        }
    }
}

impl CompetitiveHebbian {
    /// Rejects hyperparameters without meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] if a rate is negative, p below 1, k below 2, or there are fewer units
    /// than k; otherwise as [`LearningSchedule::check`].
    pub fn check(&self) -> Result<()> {
        check_not_negative("learning_rate", self.learning_rate)?;
        check_not_negative("anti_hebbian", self.anti_hebbian)?;
        check_positive("norm", self.norm)?;
        if self.norm < 1.0 {
            return Err(Error::setting("norm", self.norm, "it must be at least 1, such as 2"));
        }
        if self.rank < 2 {
            let requirement = "it must be at least 2, since unit 1 moves towards the pattern";
            return Err(Error::setting("rank", self.rank, requirement));
        }
        check_count("units", self.units)?;
        self.check_units(self.units)?;
        self.schedule.check()
    }

    fn check_units(&self, units: usize) -> Result<()> {
        if units >= self.rank {
            return Ok(());
        }
        let requirement = format!("the unit of rank {} must exist; ask for more units", self.rank);
        Err(Error::setting("units", units, requirement))
    }

    /// The change of the weights for a batch, units × inputs, of which the largest entry is the
    /// learning rate. `weights` are units × inputs and `batch` stimuli × inputs. Patterns of one
    /// length are best.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs differ in number or there are none; [`Error::Samples`] if a
    /// number is not finite; [`Error::Setting`] if there are fewer units than k; otherwise as
    /// [`check`](Self::check).
    pub fn update(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Result<Array2<f64>> {
        self.check()?;
        check_weights(weights, batch)?;
        self.check_units(weights.nrows())?;
        Ok(self.change(weights, batch))
    }

    /// The weights that are learned from patterns, stimuli × inputs, from standard normal ones on.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn learn(&self, patterns: &Array2<f64>) -> Result<LearnedWeights> {
        self.check()?;
        let start = self.schedule.initial_weights(self.units, patterns.ncols());
        check_weights(&start, patterns)?;
        self.schedule.run(self, patterns, start)
    }

    fn change(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Array2<f64> {
        let inputs = batch.dot(&self.effective(weights).t());
        let mut signs = Array2::zeros(inputs.dim());
        for (row, mut signs) in inputs.axis_iter(Axis(0)).zip(signs.axis_iter_mut(Axis(0))) {
            let mut order: Vec<usize> = (0..row.len()).collect();
            order.sort_unstable_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
            signs[order[0]] = 1.0;
            signs[order[self.rank - 1]] = -self.anti_hebbian;
        }
        let decay = (&signs * &inputs).sum_axis(Axis(0)).insert_axis(Axis(1));
        let change = signs.t().dot(batch) - &decay * weights;
        let largest = change.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        if largest > 0.0 { change * (self.learning_rate / largest) } else { change }
    }

    /// |w|^(p−1) sign w.
    fn effective(&self, weights: &Array2<f64>) -> Array2<f64> {
        match self.norm == 2.0 {
            true => weights.clone(),
            // The sign of 0 is 0, also for p = 1.
            false => weights.mapv(|w| match w == 0.0 {
                true => 0.0,
                false => w.abs().powf(self.norm - 1.0).copysign(w),
            }),
        }
    }
}

impl Stepped for CompetitiveHebbian {
    fn stepped(
        &self,
        weights: &Array2<f64>,
        batch: &Array2<f64>,
        factor: f64,
    ) -> Result<Array2<f64>> {
        Ok(weights + &(self.change(weights, batch) * factor))
    }

    fn mean_objective(&self, _: &Array2<f64>, _: &Array2<f64>) -> Option<f64> {
        None
    }

    fn rate(&self) -> f64 {
        self.learning_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use ndarray::array;
    use rand_distr::{Distribution, StandardNormal};

    /// numpy 2.4.6, by the authors' published program.
    #[test]
    fn changes_are_those_of_the_published_program() {
        let weights = array![[0.5, -0.2, 0.3], [0.1, 0.9, -0.4], [-0.3, 0.6, 0.7], [0.8, 0.1, 0.2]];
        let batch = array![
            [0.6, 0.8, 0.0],
            [0.1, 0.2, 0.97],
            [-0.5, 0.5, 0.7],
            [0.9, -0.3, 0.3],
            [0.3, 0.3, 0.3]
        ];
        let second = array![
            [-0.00604843148046, -0.00088277380297, -0.01100385250413],
            [0.02, -0.00161805173363, 0.00035222894882],
            [-0.00119152449092, -0.01027517886626, 0.01204457897633],
            [0.00757292239956, -0.01116125481563, 0.01179966978536]
        ];
        let cube = array![
            [0.00339180201083, -0.00581147718484, -0.01372155710235],
            [0.00871399845321, 0.00335509151843, 0.00226697602475],
            [-0.0066563547306, 0.00093838618201, 0.02],
            [0.00890951276102, -0.00739365815932, 0.00377416860015]
        ];
        for (norm, rank, expected) in [(2.0, 2, second), (3.0, 3, cube)] {
            let rule = CompetitiveHebbian { norm, rank, ..Default::default() };
            let change = rule.update(&weights, &batch).unwrap();
            assert!((change - expected).iter().all(|x| x.abs() < 1e-14));
        }
    }

    /// Patterns of length 1 around three directions.
    fn clusters() -> (Array2<f64>, Array2<f64>) {
        let centres = array![[1.0, 0.0, 0.0, 0.0], [0.0, 0.8, 0.6, 0.0], [0.0, 0.0, 0.0, -1.0]];
        let mut rng = random::stream(0, "clusters");
        let mut patterns = Array2::zeros((900, 4));
        for (index, mut row) in patterns.rows_mut().into_iter().enumerate() {
            let noise = |x: &f64| -> f64 {
                let deviate: f64 = StandardNormal.sample(&mut rng);
                x + 0.1 * deviate
            };
            let pattern = centres.row(index % 3).iter().map(noise).collect::<ndarray::Array1<_>>();
            row.assign(&(&pattern / pattern.dot(&pattern).sqrt()));
        }
        (patterns, centres)
    }

    #[test]
    fn units_find_clusters_and_unit_length() {
        let (patterns, centres) = clusters();
        for norm in [2.0, 3.0] {
            let schedule = LearningSchedule { steps: 3000, batch_size: 100, ..Default::default() };
            let rule = CompetitiveHebbian {
                units: 5,
                norm,
                anti_hebbian: 0.0,
                schedule,
                ..Default::default()
            };
            let learned = rule.learn(&patterns).unwrap();
            for centre in centres.rows() {
                let best = learned.weights.rows().into_iter().map(|row| {
                    let power: f64 = row.iter().map(|w| w.abs().powf(norm)).sum();
                    (row.dot(&centre) / row.dot(&row).sqrt(), power)
                });
                let (cosine, power) = best.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
                assert!(cosine > 0.9 && (power - 1.0).abs() < 0.05, "{norm} {cosine} {power}");
            }
        }
    }

    #[test]
    fn only_the_first_and_the_kth_learn() {
        let weights = array![[0.9, 0.1], [0.7, 0.0], [0.1, 0.3], [-1.0, 0.0]];
        let rule = CompetitiveHebbian { rank: 3, ..Default::default() };
        let change = rule.update(&weights, &array![[1.0, 0.0]]).unwrap();
        assert!(change.row(1).iter().chain(change.row(3)).all(|x| *x == 0.0), "{change}");
        assert!(change[[0, 0]] > 0.0 && change[[2, 0]] < 0.0);
    }

    #[test]
    fn what_cannot_compete_is_refused() {
        let told = |rule: CompetitiveHebbian| rule.check().unwrap_err().to_string();
        assert!(told(CompetitiveHebbian { rank: 1, ..Default::default() }).contains("rank is 1"));
        assert!(told(CompetitiveHebbian { norm: 0.5, ..Default::default() }).contains("norm is"));
        assert!(told(CompetitiveHebbian { units: 1, ..Default::default() }).contains("of rank 2"));
        let told = CompetitiveHebbian::default().update(&array![[1.0]], &array![[1.0]]);
        assert!(told.unwrap_err().to_string().contains("units is 1"));
    }
}
