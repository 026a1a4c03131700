//! The BCM rule at work.

use ndarray::{Array1, Array2, Axis};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::bcm::{Bcm, PresentationOrder, SlowThreshold};
use super::checks::{check_step, check_weights};
use crate::{Error, Result, random};

/// Points of a history.
const POINTS: usize = 200;

/// What the BCM rule has learned.
#[derive(Debug, Clone, PartialEq)]
pub struct BcmLearning {
    /// The weights, units × inputs.
    pub weights: Array2<f64>,
    /// θ of each unit.
    pub thresholds: Array1<f64>,
    /// About two hundred of the presentations, evenly spaced, and the last.
    pub history: Vec<BcmPoint>,
}

/// The state after one presentation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BcmPoint {
    /// The presentation, counted from 1.
    pub presentation: usize,
    /// What each unit gave for the pattern.
    pub responses: Vec<f64>,
    /// θ of each unit, after the pattern.
    pub thresholds: Vec<f64>,
}

impl Bcm {
    /// The weights that are learned from patterns, stimuli × inputs, from weights on that are
    /// uniform between 0 and 2 y₀ / (the mean sum of an input pattern's magnitudes), and from
    /// thresholds of y₀.
    ///
    /// # Errors
    /// [`Error::Setting`] if τ_θ is not below τ_w ([`weight_time`](Self::weight_time)) and
    /// [`SlowThreshold::Refused`], or weights overflow; [`Error::Samples`] if all inputs are 0;
    /// otherwise as [`update`](Self::update).
    pub fn learn(&self, patterns: &Array2<f64>) -> Result<BcmLearning> {
        self.check()?;
        super::check_numbers("the patterns", patterns)?;
        let magnitude = patterns.mapv(f64::abs).sum() / patterns.nrows() as f64;
        if magnitude <= 0.0 {
            return Err(Error::Samples("all inputs are 0; give patterns that differ".into()));
        }
        let mut rng = random::stream(self.seed, "rate rule weights");
        let largest = 2.0 * self.target / magnitude;
        let weights =
            Array2::from_shape_fn((self.units, patterns.ncols()), |_| rng.gen_range(0.0..largest));
        self.learn_from(patterns, &weights, &Array1::from_elem(self.units, self.target))
    }

    /// The same from given weights and thresholds on, which decide the number of units.
    ///
    /// # Errors
    /// As [`learn`](Self::learn).
    pub fn learn_from(
        &self,
        patterns: &Array2<f64>,
        weights: &Array2<f64>,
        thresholds: &Array1<f64>,
    ) -> Result<BcmLearning> {
        self.check()?;
        self.check_state(weights, thresholds, patterns)?;
        self.check_speed(patterns)?;
        let mut rng = random::stream(self.seed, "rate rule batches");
        let (mut weights, mut thresholds) = (weights.clone(), thresholds.clone());
        let mut history = Vec::new();
        let every = self.presentations.div_ceil(POINTS);
        for presentation in 1..=self.presentations {
            let chosen = match self.order {
                PresentationOrder::Cyclic => (presentation - 1) % patterns.nrows(),
                PresentationOrder::Random => rng.gen_range(0..patterns.nrows()),
            };
            let batch = patterns.row(chosen).insert_axis(Axis(0)).to_owned();
            let outputs = self.outputs(&weights, &batch);
            weights += &self.change(&outputs, &thresholds, &batch);
            thresholds = self.slid(&outputs, &thresholds);
            check_step(&weights, self.learning_rate, presentation)?;
            if presentation % every == 0 || presentation == self.presentations {
                let responses = outputs.row(0).to_vec();
                history.push(BcmPoint { presentation, responses, thresholds: thresholds.to_vec() });
            }
        }
        Ok(BcmLearning { weights, thresholds, history })
    }

    fn check_speed(&self, patterns: &Array2<f64>) -> Result<()> {
        let weight_time = self.weight_time(patterns)?;
        if self.slow_threshold == SlowThreshold::Allowed || self.threshold_time < weight_time {
            return Ok(());
        }
        let requirement = format!(
            "the weights move within {weight_time:.3} presentations, and a threshold that is not faster oscillates; choose a smaller one, a smaller learning_rate, or SlowThreshold::Allowed"
        );
        Err(Error::setting("threshold_time", self.threshold_time, requirement))
    }
}

/// How selective each unit is: one less its mean response over its largest, over all patterns,
/// stimuli × inputs. Responses are rectified. P patterns of which one drives a unit give 1 − 1/P.
/// None for a unit that responds to no pattern.
///
/// Bienenstock, Cooper & Munro 1982.
///
/// # Errors
/// [`Error::Shape`] if inputs differ in number or there are none; [`Error::Samples`] if a number is
/// not finite.
pub fn selectivity(weights: &Array2<f64>, patterns: &Array2<f64>) -> Result<Vec<Option<f64>>> {
    check_weights(weights, patterns)?;
    let responses = patterns.dot(&weights.t()).mapv(|response| response.max(0.0));
    let of_unit = |unit: ndarray::ArrayView1<'_, f64>| {
        let largest = unit.iter().copied().fold(0.0, f64::max);
        (largest > 0.0).then(|| 1.0 - unit.sum() / unit.len() as f64 / largest)
    };
    Ok(responses.columns().into_iter().map(of_unit).collect())
}
