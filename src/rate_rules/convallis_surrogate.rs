//! A rate-based surrogate of the Convallis rule: units are kept from intermediate potentials.
//!
//! The rule of Yger & Harris 2013 (doi 10.1371/journal.pcbi.1003272) is for spiking neurons; its
//! abstract says that it optimises an objective of the membrane potential, and is related to BCM.
//! **This is not that rule.** Equation and constants here are ours: with the potential V = wᵀx, it
//! climbs the mean of a valley F(V) with F′(V) = (V − θ) above a gate, and 0 below, under weights
//! of length 1. So a unit's potentials move away from θ, to both sides, and a unit at rest does not
//! learn. Results of it say nothing about the published rule.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::checks::check_weights;
use super::learning_schedule::Stepped;
use super::neuron_model::check_finite;
use super::{Decorrelation, LearnedWeights, LearningSchedule};
use crate::error::{check_count, check_not_negative};
use crate::{Error, Result};

/// A rate-based surrogate of the Convallis rule: Δw = η ⟨F′(V) x⟩, V = wᵀx, with F′(V) = V − θ for
/// V above V_rest + δ and 0 below. It is negative between the gate and θ, and positive above θ.
/// Equation and constants are this library's, not those of Yger & Harris 2013.
///
/// ```
/// use microlearners::rate_rules::ConvallisSurrogate;
///
/// let surrogate = ConvallisSurrogate::default();
/// assert_eq!([0.0, 1.0, 3.0].map(|potential| surrogate.slope(potential)), [0.0, -1.0, 1.0]);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvallisSurrogate {
    /// θ, the bottom of the valley, in the units of V (standard deviations on whitened patterns);
    /// default 2.
    pub threshold: f64,
    /// V_rest; default 0.
    pub rest: f64,
    /// δ, by how much V must exceed the rest for any learning; default 0.5.
    pub gate: f64,
    /// η of a step, averaged over its patterns; default 0.5.
    pub learning_rate: f64,
    /// The number of units; default 64.
    pub units: usize,
    /// What holds between units after each step; default [`Decorrelation::Symmetric`].
    pub decorrelation: Decorrelation,
    /// Steps and batches.
    pub schedule: LearningSchedule,
}

impl Default for ConvallisSurrogate {
    fn default() -> Self {
        Self {
            threshold: 2.0,
            rest: 0.0,
            gate: 0.5,
            learning_rate: 0.5,
            units: 64,
            decorrelation: Decorrelation::Symmetric,
            schedule: LearningSchedule::default(),
        }
    }
}

impl ConvallisSurrogate {
    /// F′(V).
    pub fn slope(&self, potential: f64) -> f64 {
        if potential > self.rest + self.gate { potential - self.threshold } else { 0.0 }
    }

    /// F(V), 0 at the bottom of the valley.
    pub fn valley(&self, potential: f64) -> f64 {
        let above = potential.max(self.rest + self.gate) - self.threshold;
        above * above / 2.0
    }

    /// Rejects hyperparameters without meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] if the gate or the learning rate is negative, the rest is not finite, the
    /// threshold is below the gate, or there are no units; otherwise as
    /// [`LearningSchedule::check`].
    pub fn check(&self) -> Result<()> {
        check_finite("rest", self.rest)?;
        check_not_negative("gate", self.gate)?;
        check_not_negative("learning_rate", self.learning_rate)?;
        check_count("units", self.units)?;
        let least = self.rest + self.gate;
        if !(self.threshold.is_finite() && self.threshold >= least) {
            let requirement = format!("it must be finite and at least rest + gate, {least}");
            return Err(Error::setting("threshold", self.threshold, requirement));
        }
        self.schedule.check()
    }

    /// The change of the weights for a batch, before they are constrained: η ⟨F′(W x) xᵀ⟩, units ×
    /// inputs. `weights` are units × inputs and `batch` stimuli × inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs differ in number or there are none; [`Error::Samples`] if a
    /// number is not finite; otherwise as [`check`](Self::check).
    pub fn update(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Result<Array2<f64>> {
        self.check()?;
        check_weights(weights, batch)?;
        Ok(self.change(weights, batch))
    }

    /// The weights that the surrogate learns from patterns, stimuli × inputs, from random ones on.
    ///
    /// # Errors
    /// As [`update`](Self::update) and [`Decorrelation::constrain`].
    pub fn learn(&self, patterns: &Array2<f64>) -> Result<LearnedWeights> {
        self.check()?;
        self.decorrelation.check(self.units, patterns.ncols())?;
        let start = self.schedule.initial_weights(self.units, patterns.ncols());
        check_weights(&start, patterns)?;
        self.schedule.run(self, patterns, self.decorrelation.constrain(&start)?)
    }

    fn change(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Array2<f64> {
        let mut potentials = batch.dot(&weights.t());
        potentials.mapv_inplace(|potential| self.slope(potential));
        potentials.t().dot(batch) * (self.learning_rate / batch.nrows() as f64)
    }
}

impl Stepped for ConvallisSurrogate {
    fn stepped(
        &self,
        weights: &Array2<f64>,
        batch: &Array2<f64>,
        factor: f64,
    ) -> Result<Array2<f64>> {
        self.decorrelation.constrain(&(weights + &(self.change(weights, batch) * factor)))
    }

    fn mean_objective(&self, weights: &Array2<f64>, batch: &Array2<f64>) -> Option<f64> {
        batch.dot(&weights.t()).mapv(|potential| self.valley(potential)).mean()
    }

    fn rate(&self) -> f64 {
        self.learning_rate
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cosine_to_axis, laplace_sources};
    use super::*;
    use ndarray::array;

    #[test]
    fn the_valley_has_its_slope_and_its_bottom() {
        let surrogate = ConvallisSurrogate::default();
        for potential in [-1.0, 0.2, 0.8, 1.7, 2.4, 5.0] {
            let slope =
                (surrogate.valley(potential + 1e-6) - surrogate.valley(potential - 1e-6)) / 2e-6;
            assert!((slope - surrogate.slope(potential)).abs() < 1e-8, "{potential}");
        }
        assert_eq!(surrogate.valley(2.0), 0.0);
    }

    #[test]
    fn a_step_is_what_it_is_by_hand() {
        let surrogate = ConvallisSurrogate { learning_rate: 0.1, ..Default::default() };
        // V is 3, 1 and −1: F′ is 1, −1 and 0.
        let batch = array![[3.0, 2.0], [1.0, 5.0], [-1.0, 9.0]];
        let change = surrogate.update(&array![[1.0, 0.0]], &batch).unwrap();
        let expected = array![[0.1 * 2.0 / 3.0, 0.1 * -3.0 / 3.0]];
        assert!((change - expected).iter().all(|x| x.abs() < 1e-12));
    }

    #[test]
    fn two_units_find_two_sources_and_climb() {
        let schedule =
            LearningSchedule { steps: 300, batch_size: usize::MAX, ..Default::default() };
        let surrogate = ConvallisSurrogate { units: 2, schedule, ..Default::default() };
        let learned = surrogate.learn(&laplace_sources(700, 0.5)).unwrap();
        for unit in 0..2 {
            assert!(cosine_to_axis(&learned.weights, unit, 0.5) > 0.999, "{:?}", learned.weights);
        }
        let objectives: Vec<f64> = learned.history.iter().filter_map(|p| p.objective).collect();
        // At the gate the slope jumps from 0 to below 0, so that steps of finite length may
        // overshoot.
        assert!(objectives.windows(2).all(|pair| pair[1] > pair[0] - 1e-6), "{objectives:?}");
        assert!(objectives[objectives.len() - 1] > objectives[0]);
    }

    #[test]
    fn what_is_no_valley_is_refused() {
        let told = |surrogate: ConvallisSurrogate| surrogate.check().unwrap_err().to_string();
        let low = ConvallisSurrogate { threshold: 0.2, ..Default::default() };
        assert!(told(low).contains("at least rest + gate, 0.5"));
        let gate = ConvallisSurrogate { gate: -0.1, ..Default::default() };
        assert!(told(gate).contains("gate is -0.1"));
        let many = ConvallisSurrogate::default().learn(&array![[1.0, 2.0]]).unwrap_err();
        assert!(many.to_string().contains("64 units cannot"), "{many}");
    }
}
