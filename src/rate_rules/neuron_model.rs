//! A model neuron whose plasticity is a function of its firing rate.

use serde::{Deserialize, Serialize};

use super::PiecewiseLinear;
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// g, the stationary firing rate in Hz for an input current in nA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiCurve {
    /// a [I − θ]₊.
    RectifiedLinear {
        /// a in Hz per nA.
        slope_hz_per_na: f64,
        /// θ in nA.
        threshold_na: f64,
    },
    /// r / (1 + exp(−(I − θ)/w)), which saturates.
    Sigmoid {
        /// r in Hz.
        largest_hz: f64,
        /// θ in nA, where the rate is half of the largest.
        half_na: f64,
        /// w in nA.
        width_na: f64,
    },
    /// Through measured points: currents in nA, rates in Hz.
    Measured(PiecewiseLinear),
}

/// h, the change of a synapse per presynaptic activity for a postsynaptic firing rate in Hz.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlasticityFunction {
    /// h(y) = y, Hebb's.
    Linear,
    /// h(y) = y (y − b): depression up to the rate b, and potentiation above. The triplet rule of
    /// spike-timing-dependent plasticity gives it under Poisson spikes.
    Quadratic {
        /// b in Hz.
        threshold_hz: f64,
    },
    /// Through measured points: rates in Hz.
    Measured(PiecewiseLinear),
}

/// A neuron with an f–I curve g and a plasticity function h: its effective nonlinearity is
/// f(u) = h(g(u · nA per standard deviation)).
///
/// Brito & Gerstner 2016, doi 10.1371/journal.pcbi.1005070, for which the defaults of the two
/// curves are: 143 Hz per nA above 0.08 nA, and depression up to 22.1 Hz. So f changes its sign at
/// 0.08 + 22.1/143 = 0.2345 nA. How much current a standard deviation of the input gives is a
/// choice of this library: 0.08 nA, which makes the neuron fire above one standard deviation.
///
/// ```
/// use microlearners::rate_rules::NeuronModel;
///
/// let neuron = NeuronModel { na_per_sd: 1.0, ..NeuronModel::default() };
/// assert!((neuron.value(0.1) + 55.0264).abs() < 1e-9);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NeuronModel {
    /// g; default [`FiCurve::RectifiedLinear`] with 143 Hz per nA above 0.08 nA.
    pub curve: FiCurve,
    /// h; default [`PlasticityFunction::Quadratic`] with 22.1 Hz.
    pub plasticity: PlasticityFunction,
    /// The current that an input of 1, which is a standard deviation of whitened patterns, gives;
    /// default 0.08.
    pub na_per_sd: f64,
}

impl Default for NeuronModel {
    fn default() -> Self {
        Self {
            curve: FiCurve::RectifiedLinear { slope_hz_per_na: 143.0, threshold_na: 0.08 },
            plasticity: PlasticityFunction::Quadratic { threshold_hz: 22.1 },
            na_per_sd: 0.08,
        }
    }
}

impl NeuronModel {
    /// f(u), the change per presynaptic activity for a projection u = wᵀx.
    pub fn value(&self, projection: f64) -> f64 {
        self.plasticity.value(self.curve.rate_hz(projection * self.na_per_sd))
    }

    /// Rejects what is no neuron.
    ///
    /// # Errors
    /// [`Error::Setting`] if a slope, a width, the largest rate or the current is not above 0, or a
    /// threshold is not finite; otherwise as [`PiecewiseLinear::check`].
    pub fn check(&self) -> Result<()> {
        check_positive("na_per_sd", self.na_per_sd)?;
        match &self.curve {
            FiCurve::RectifiedLinear { slope_hz_per_na, threshold_na } => {
                check_positive("slope_hz_per_na", *slope_hz_per_na)?;
                check_finite("threshold_na", *threshold_na)?;
            }
            FiCurve::Sigmoid { largest_hz, half_na, width_na } => {
                check_positive("largest_hz", *largest_hz)?;
                check_finite("half_na", *half_na)?;
                check_positive("width_na", *width_na)?;
            }
            FiCurve::Measured(curve) => curve.check()?,
        }
        match &self.plasticity {
            PlasticityFunction::Linear => Ok(()),
            PlasticityFunction::Quadratic { threshold_hz } => {
                check_not_negative("threshold_hz", *threshold_hz)
            }
            PlasticityFunction::Measured(curve) => curve.check(),
        }
    }
}

impl FiCurve {
    /// The rate in Hz at a current in nA.
    pub fn rate_hz(&self, current_na: f64) -> f64 {
        match self {
            Self::RectifiedLinear { slope_hz_per_na, threshold_na } => {
                slope_hz_per_na * (current_na - threshold_na).max(0.0)
            }
            Self::Sigmoid { largest_hz, half_na, width_na } => {
                largest_hz / (1.0 + (-(current_na - half_na) / width_na).exp())
            }
            Self::Measured(curve) => curve.value(current_na),
        }
    }
}

impl PlasticityFunction {
    /// The change per presynaptic activity at a rate in Hz.
    pub fn value(&self, rate_hz: f64) -> f64 {
        match self {
            Self::Linear => rate_hz,
            Self::Quadratic { threshold_hz } => rate_hz * (rate_hz - threshold_hz),
            Self::Measured(curve) => curve.value(rate_hz),
        }
    }
}

pub(super) fn check_finite(name: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::setting(name, value, "it must be a finite number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2, with f(I) = g (g − b), g = a [I − θ]₊.
    #[test]
    fn the_published_neuron_has_its_nonlinearity() {
        let neuron = NeuronModel { na_per_sd: 1.0, ..NeuronModel::default() };
        for (current, expected) in
            [(0.05, 0.0), (0.1, -55.0264), (0.2, -84.7704), (0.25, 53.7251), (0.3, 294.4656)]
        {
            assert!((neuron.value(current) - expected).abs() < 1e-9, "{current}");
        }
        assert!(neuron.value(0.08 + 22.1 / 143.0).abs() < 1e-9);
        assert!((0.08_f64 + 22.1 / 143.0 - 0.2345454545).abs() < 1e-9);
    }

    #[test]
    fn measured_curves_are_read() {
        let curve = PiecewiseLinear { at: vec![0.08, 1.08], values: vec![0.0, 143.0] };
        let measured = NeuronModel { curve: FiCurve::Measured(curve), ..NeuronModel::default() };
        for projection in [-1.0, 0.5, 2.0, 5.0] {
            let difference = measured.value(projection) - NeuronModel::default().value(projection);
            assert!(difference.abs() < 1e-9);
        }
        let sigmoid = FiCurve::Sigmoid { largest_hz: 100.0, half_na: 0.2, width_na: 0.05 };
        assert_eq!(sigmoid.rate_hz(0.2), 50.0);
    }

    #[test]
    fn what_is_no_neuron_is_refused() {
        let told = |neuron: NeuronModel| neuron.check().unwrap_err().to_string();
        let neuron = NeuronModel { na_per_sd: 0.0, ..NeuronModel::default() };
        assert!(told(neuron).contains("na_per_sd is 0"));
        let curve = FiCurve::Sigmoid { largest_hz: 1.0, half_na: f64::NAN, width_na: 1.0 };
        assert!(told(NeuronModel { curve, ..NeuronModel::default() }).contains("half_na is NaN"));
        let plasticity = PlasticityFunction::Quadratic { threshold_hz: -1.0 };
        let neuron = NeuronModel { plasticity, ..NeuronModel::default() };
        assert!(told(neuron).contains("threshold_hz is -1"));
    }
}
