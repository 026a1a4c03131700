//! The rule of Bienenstock, Cooper and Munro: a synapse potentiates if its unit fires above a
//! threshold that slides with the unit's own activity, and depresses below.
//!
//! - Δw = η ⟨y (y − θ) x⟩, y = wᵀx; in the form of Law and Cooper divided by θ
//! - Δθ = (⟨y²⟩/y₀ − θ)/τ_θ
//!
//! With P equally probable, linearly independent patterns a unit ends selective: y = P y₀ = θ for
//! one pattern, and 0 for all others (up to terms of order 1/τ_θ in discrete steps). The threshold
//! must be faster than the weights: near the fixed point for one pattern of length 1, with τ_w =
//! 1/η, the trace of the dynamics is 1/τ_w − 1/τ_θ, so that they oscillate unless τ_θ < τ_w.

use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use super::check_numbers;
use super::checks::check_weights;
use crate::error::{check_count, check_not_negative, check_positive};
use crate::{Error, Result};

/// The form of the rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BcmForm {
    /// Δw = η ⟨y (y − θ) x⟩; the default. Intrator & Cooper 1992, doi
    /// 10.1016/S0893-6080(05)80003-6.
    #[default]
    IntratorCooper,
    /// Δw = η ⟨y (y − θ) x⟩/θ, which learns more slowly where activity is high. Law & Cooper 1994,
    /// doi 10.1073/pnas.91.16.7797.
    LawCooper,
}

/// What a unit gives for its total input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BcmResponse {
    /// y = wᵀx; the default.
    #[default]
    Linear,
    /// y = max(wᵀx, 0), a rate.
    Rectified,
}

/// In what order patterns come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresentationOrder {
    /// Drawn at random, with replacement; the default.
    #[default]
    Random,
    /// One after the other, again and again.
    Cyclic,
}

/// What becomes of a threshold that is not faster than the weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlowThreshold {
    /// It is refused; the default.
    #[default]
    Refused,
    /// It is allowed, to watch the oscillations.
    Allowed,
}

/// The BCM rule, one pattern at a time. Bienenstock, Cooper & Munro 1982, doi
/// 10.1523/JNEUROSCI.02-01-00032.1982. Units do not interact.
///
/// ```
/// use microlearners::rate_rules::{Bcm, selectivity};
/// use microlearners::ndarray::array;
///
/// let patterns = array![[1.0, 0.2], [0.3, 1.0]];
/// let learned = Bcm { presentations: 20_000, ..Bcm::default() }.learn(&patterns)?;
/// let selectivity = selectivity(&learned.weights, &patterns)?;
/// assert!((selectivity[0].unwrap() - 0.5).abs() < 0.1);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bcm {
    /// The form of the rule; default [`BcmForm::IntratorCooper`].
    pub form: BcmForm,
    /// What a unit gives; default [`BcmResponse::Linear`].
    pub response: BcmResponse,
    /// η for one presentation; default 0.005.
    pub learning_rate: f64,
    /// τ_θ in presentations, at least 1; default 20.
    pub threshold_time: f64,
    /// y₀, which sets the scale of the activity; default 1.
    pub target: f64,
    /// What becomes of a threshold that is not faster than the weights; default
    /// [`SlowThreshold::Refused`].
    pub slow_threshold: SlowThreshold,
    /// The number of units; default 1.
    pub units: usize,
    /// Patterns shown; default 100,000.
    pub presentations: usize,
    /// In what order; default [`PresentationOrder::Random`].
    pub order: PresentationOrder,
    /// Decides the initial weights and the order.
    pub seed: u64,
}

impl Default for Bcm {
    fn default() -> Self {
        Self {
            form: BcmForm::IntratorCooper,
            response: BcmResponse::Linear,
            learning_rate: 0.005,
            threshold_time: 20.0,
            target: 1.0,
            slow_threshold: SlowThreshold::Refused,
            units: 1,
            presentations: 100_000,
            order: PresentationOrder::Random,
            seed: 0,
        }
    }
}

impl Bcm {
    /// Rejects hyperparameters without meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] if a rate is negative, a time below 1, the target not above 0, or a
    /// number 0.
    pub fn check(&self) -> Result<()> {
        check_not_negative("learning_rate", self.learning_rate)?;
        check_positive("threshold_time", self.threshold_time)?;
        if self.threshold_time < 1.0 {
            let requirement = "it must be at least 1 presentation, or the threshold overshoots";
            return Err(Error::setting("threshold_time", self.threshold_time, requirement));
        }
        check_positive("target", self.target)?;
        check_count("units", self.units)?;
        check_count("presentations", self.presentations)
    }

    /// What the units give, stimuli × units.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs differ in number or there are none; [`Error::Samples`] if a
    /// number is not finite.
    pub fn responses(&self, weights: &Array2<f64>, patterns: &Array2<f64>) -> Result<Array2<f64>> {
        check_weights(weights, patterns)?;
        Ok(self.outputs(weights, patterns))
    }

    /// The change of the weights for a batch, units × inputs, with each unit's θ before the batch.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs or thresholds differ in number or there are none;
    /// [`Error::Samples`] if a number is not finite, or a threshold that is to be divided by is not
    /// above 0; otherwise as [`check`](Self::check).
    pub fn update(
        &self,
        weights: &Array2<f64>,
        thresholds: &Array1<f64>,
        batch: &Array2<f64>,
    ) -> Result<Array2<f64>> {
        self.check()?;
        self.check_state(weights, thresholds, batch)?;
        Ok(self.change(&self.outputs(weights, batch), thresholds, batch))
    }

    /// The thresholds after a batch, from the weights and thresholds before it.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn slide(
        &self,
        weights: &Array2<f64>,
        thresholds: &Array1<f64>,
        batch: &Array2<f64>,
    ) -> Result<Array1<f64>> {
        self.check()?;
        self.check_state(weights, thresholds, batch)?;
        Ok(self.slid(&self.outputs(weights, batch), thresholds))
    }

    /// τ_w in presentations, how fast patterns move the weights near a selective fixed point:
    /// 1/(η y₀ ⟨‖x‖²⟩). For the form of Law and Cooper 1/(η ⟨‖x‖²⟩), which is exact for one pattern
    /// and a lower bound for several.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are no patterns; [`Error::Samples`] if a number is not finite.
    pub fn weight_time(&self, patterns: &Array2<f64>) -> Result<f64> {
        check_numbers("the patterns", patterns)?;
        let power = patterns.mapv(|x| x * x).sum() / patterns.nrows() as f64;
        let scale = if self.form == BcmForm::LawCooper { 1.0 } else { self.target };
        Ok(1.0 / (self.learning_rate * scale * power))
    }

    pub(super) fn outputs(&self, weights: &Array2<f64>, patterns: &Array2<f64>) -> Array2<f64> {
        let totals = patterns.dot(&weights.t());
        match self.response {
            BcmResponse::Linear => totals,
            BcmResponse::Rectified => totals.mapv(|total| total.max(0.0)),
        }
    }

    pub(super) fn change(
        &self,
        outputs: &Array2<f64>,
        thresholds: &Array1<f64>,
        batch: &Array2<f64>,
    ) -> Array2<f64> {
        let mut factors = outputs * &(outputs - thresholds);
        if self.form == BcmForm::LawCooper {
            factors /= thresholds;
        }
        factors.t().dot(batch) * (self.learning_rate / batch.nrows() as f64)
    }

    pub(super) fn slid(&self, outputs: &Array2<f64>, thresholds: &Array1<f64>) -> Array1<f64> {
        let power = outputs.mapv(|y| y * y).sum_axis(Axis(0)) / outputs.nrows() as f64;
        thresholds + &((power / self.target - thresholds) / self.threshold_time)
    }

    pub(super) fn check_state(
        &self,
        weights: &Array2<f64>,
        thresholds: &Array1<f64>,
        batch: &Array2<f64>,
    ) -> Result<()> {
        check_weights(weights, batch)?;
        let (units, known) = (weights.nrows(), thresholds.len());
        if units != known {
            return Err(Error::Shape(format!(
                "there are {units} units and {known} thresholds; give one threshold for each unit"
            )));
        }
        let is_allowed = |threshold: f64| match self.form {
            BcmForm::IntratorCooper => threshold.is_finite(),
            BcmForm::LawCooper => threshold.is_finite() && threshold > 0.0,
        };
        match thresholds.iter().position(|&threshold| !is_allowed(threshold)) {
            None => Ok(()),
            Some(unit) => Err(Error::Samples(format!(
                "the threshold of unit {unit} is {}, and must be finite and, to be divided by, above 0",
                thresholds[unit]
            ))),
        }
    }
}
