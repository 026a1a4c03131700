//! Nonlinear Hebbian learning: a synapse changes by its input times a nonlinear function of the
//! unit's total input, under weights of constant length.
//!
//! Δw = η ⟨f(wᵀx) x⟩, then unit length or decorrelation. It climbs ⟨F(wᵀx)⟩ with F′ = f. On
//! whitened patterns a linear f has no preferred direction, and a nonlinear one finds projections
//! that are far from Gaussian: localised, oriented receptive fields on patches of natural images.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::checks::check_weights;
use super::learning_schedule::Stepped;
use super::{Decorrelation, LearnedWeights, LearningSchedule, Nonlinearity};
use crate::Result;
use crate::error::{check_count, check_not_negative};

/// In what units a step is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepScale {
    /// Δw = η ⟨f(wᵀx) x⟩, as the rule has it; the default. Good learning rates differ between
    /// nonlinearities by a factor of a hundred.
    #[default]
    Plain,
    /// The same over the root mean square length of ⟨f(wᵀx) x⟩ in the units: η is the length of a
    /// step in units of the weights' length, alike for all nonlinearities.
    Relative,
}

/// Nonlinear Hebbian learning. Brito & Gerstner 2016, doi 10.1371/journal.pcbi.1005070;
/// decorrelation of several units is ours.
///
/// ```
/// use microlearners::rate_rules::{LearningSchedule, NonlinearHebbian, Nonlinearity};
/// use microlearners::ndarray::array;
///
/// let patterns = array![[2.0, 1.0], [-2.0, -1.0], [0.5, -1.0], [-0.5, 1.0]];
/// let schedule = LearningSchedule { steps: 200, ..LearningSchedule::default() };
/// let rule = NonlinearHebbian {
///     nonlinearity: Nonlinearity::Linear,
///     learning_rate: 0.5,
///     units: 1,
///     schedule,
///     ..NonlinearHebbian::default()
/// };
/// let learned = rule.learn(&patterns)?;
/// assert!(learned.weights.row(0).dot(&array![2.0, 1.0]).abs() > 2.2);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NonlinearHebbian {
    /// f; default [`Nonlinearity::QuadraticRectifier`] with thresholds 1 and 2.
    pub nonlinearity: Nonlinearity,
    /// η of a step, averaged over its patterns; default 0.5.
    pub learning_rate: f64,
    /// In what units a step is taken; default [`StepScale::Plain`].
    pub step_scale: StepScale,
    /// The number of units; default 64.
    pub units: usize,
    /// What holds between units after each step; default [`Decorrelation::Symmetric`].
    pub decorrelation: Decorrelation,
    /// Steps and batches.
    pub schedule: LearningSchedule,
}

impl Default for NonlinearHebbian {
    fn default() -> Self {
        Self {
            nonlinearity: Nonlinearity::QuadraticRectifier { lower: 1.0, upper: 2.0 },
            learning_rate: 0.5,
            step_scale: StepScale::Plain,
            units: 64,
            decorrelation: Decorrelation::Symmetric,
            schedule: LearningSchedule::default(),
        }
    }
}

impl NonlinearHebbian {
    /// Rejects hyperparameters without meaning.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for no units or a negative learning rate;
    /// otherwise as [`Nonlinearity::check`] and [`LearningSchedule::check`].
    pub fn check(&self) -> Result<()> {
        self.nonlinearity.check()?;
        check_not_negative("learning_rate", self.learning_rate)?;
        check_count("units", self.units)?;
        self.schedule.check()
    }

    /// The change of the weights for a batch, before they are constrained: η ⟨f(W x) xᵀ⟩, units ×
    /// inputs. `weights` are units × inputs and `batch` stimuli × inputs.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) if inputs differ in number or there are none;
    /// [`Error::Samples`](crate::Error::Samples) if a number is not finite; otherwise as
    /// [`check`](Self::check).
    pub fn update(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Result<Array2<f64>> {
        self.check()?;
        check_weights(weights, batch)?;
        Ok(self.learning_rate * self.gradient(weights, batch))
    }

    /// The weights that are learned from patterns, stimuli × inputs, from random ones on.
    ///
    /// # Errors
    /// As [`update`](Self::update) and [`Decorrelation::constrain`].
    pub fn learn(&self, patterns: &Array2<f64>) -> Result<LearnedWeights> {
        self.check()?;
        self.decorrelation.check(self.units, patterns.ncols())?;
        self.learn_from(patterns, &self.schedule.initial_weights(self.units, patterns.ncols()))
    }

    /// The weights that are learned from patterns, from given ones on, which decide the number of
    /// units. The given weights are constrained first.
    ///
    /// # Errors
    /// As [`learn`](Self::learn).
    pub fn learn_from(
        &self,
        patterns: &Array2<f64>,
        weights: &Array2<f64>,
    ) -> Result<LearnedWeights> {
        self.check()?;
        check_weights(weights, patterns)?;
        self.schedule.run(self, patterns, self.decorrelation.constrain(weights)?)
    }

    fn gradient(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Array2<f64> {
        let mut outputs = batch.dot(&weights.t());
        outputs.mapv_inplace(|u| self.nonlinearity.value(u));
        let gradient = outputs.t().dot(batch) / batch.nrows() as f64;
        match self.step_scale {
            StepScale::Plain => gradient,
            StepScale::Relative => relative(gradient),
        }
    }
}

/// Over the root mean square length of the rows. Nothing stays nothing.
pub(super) fn relative(gradient: Array2<f64>) -> Array2<f64> {
    let squares = gradient.map_axis(Axis(1), |row| row.dot(&row));
    let length = squares.mean().unwrap_or_default().sqrt();
    if length > 0.0 { gradient / length } else { gradient }
}

impl Stepped for NonlinearHebbian {
    fn stepped(
        &self,
        weights: &Array2<f64>,
        batch: &Array2<f64>,
        factor: f64,
    ) -> Result<Array2<f64>> {
        let change = self.gradient(weights, batch) * (self.learning_rate * factor);
        self.decorrelation.constrain(&(weights + &change))
    }

    fn mean_objective(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Option<f64> {
        let outputs = batch.dot(&weights.t());
        let values: Option<Vec<f64>> =
            outputs.iter().map(|&u| self.nonlinearity.objective(u)).collect();
        values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
    }

    fn rate(&self) -> f64 {
        self.learning_rate
    }
}
