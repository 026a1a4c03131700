//! The effective nonlinearities of Hebbian learning.

use serde::{Deserialize, Serialize};

use super::NeuronModel;
use super::neuron_model::check_finite;
use crate::error::check_not_negative;
use crate::{Error, Result};

/// f in Δw ∝ x f(wᵀx), a function of the projection u = wᵀx. Thresholds are in standard deviations
/// of u, which holds where patterns are whitened and weights have length 1.
///
/// Brito & Gerstner 2016, doi 10.1371/journal.pcbi.1005070, compare these; the scale of the Cauchy
/// function is our reading of it.
///
/// ```
/// use microlearners::rate_rules::Nonlinearity;
///
/// let rectifier = Nonlinearity::LinearRectifier { threshold: 3.0 };
/// assert_eq!((rectifier.value(2.0), rectifier.value(5.0)), (0.0, 2.0));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nonlinearity {
    /// u: Hebb's rule, which with weights of length 1 is Oja's, and finds principal components.
    Linear,
    /// [u − θ₁]₊ (u − θ₂): depression between the thresholds, potentiation above. BCM has this
    /// form.
    QuadraticRectifier {
        /// θ₁; 1 in the source.
        lower: f64,
        /// θ₂; 2 in the source.
        upper: f64,
    },
    /// [u − θ]₊: sparse coding with an L1 penalty.
    LinearRectifier {
        /// θ; 3 in the source.
        threshold: f64,
    },
    /// u above θ, and 0 below: sparse coding with an L0 penalty.
    HardThreshold {
        /// θ; 3 in the source.
        threshold: f64,
    },
    /// The y of which u = y + 2 λ y / (1 + y²), and 0 for u below 0: sparse coding with a Cauchy
    /// prior on activity that is not negative, as in the two before.
    Cauchy {
        /// λ, below 4 so that there is one y; 3 in the source.
        lambda: f64,
    },
    /// 1 − 2/(1 + exp(−2u)) = −tanh u: independent component analysis. It decreases, and still
    /// finds sparse projections.
    NegativeSigmoid,
    /// u³, of which the objective is the kurtosis.
    Cubic,
    /// h(g(u)) of a neuron with an f–I curve and a plasticity function.
    Neuron(NeuronModel),
}

impl Nonlinearity {
    /// The five of the source with its thresholds, and the cubic one.
    pub fn published() -> Vec<Self> {
        vec![
            Self::QuadraticRectifier { lower: 1.0, upper: 2.0 },
            Self::LinearRectifier { threshold: 3.0 },
            Self::HardThreshold { threshold: 3.0 },
            Self::Cauchy { lambda: 3.0 },
            Self::NegativeSigmoid,
            Self::Cubic,
        ]
    }

    /// The name of its kind, such as `linear_rectifier`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::QuadraticRectifier { .. } => "quadratic_rectifier",
            Self::LinearRectifier { .. } => "linear_rectifier",
            Self::HardThreshold { .. } => "hard_threshold",
            Self::Cauchy { .. } => "cauchy",
            Self::NegativeSigmoid => "negative_sigmoid",
            Self::Cubic => "cubic",
            Self::Neuron(_) => "neuron",
        }
    }

    /// f(u).
    pub fn value(&self, u: f64) -> f64 {
        match self {
            Self::Linear => u,
            Self::QuadraticRectifier { lower, upper } => (u - lower).max(0.0) * (u - upper),
            Self::LinearRectifier { threshold } => (u - threshold).max(0.0),
            Self::HardThreshold { threshold } if u > *threshold => u,
            Self::HardThreshold { .. } => 0.0,
            Self::Cauchy { lambda } => cauchy(u, *lambda),
            Self::NegativeSigmoid => -u.tanh(),
            Self::Cubic => u * u * u,
            Self::Neuron(neuron) => neuron.value(u),
        }
    }

    /// F(u) with F′ = f, of which learning climbs the mean; none for a neuron.
    pub fn objective(&self, u: f64) -> Option<f64> {
        Some(match self {
            Self::Linear => u * u / 2.0,
            Self::QuadraticRectifier { lower, upper } => {
                let above = (u - lower).max(0.0);
                above.powi(3) / 3.0 - (upper - lower) * above * above / 2.0
            }
            Self::LinearRectifier { threshold } => (u - threshold).max(0.0).powi(2) / 2.0,
            Self::HardThreshold { threshold } if u > *threshold => {
                (u * u - threshold * threshold) / 2.0
            }
            Self::HardThreshold { .. } => 0.0,
            Self::Cauchy { lambda } => {
                let y = cauchy(u, *lambda);
                // Below 0 both u and y count as 0.
                u.max(0.0) * y - y * y / 2.0 - lambda * (y * y).ln_1p()
            }
            // ln cosh without overflow.
            Self::NegativeSigmoid => {
                std::f64::consts::LN_2 - u.abs() - (-2.0 * u.abs()).exp().ln_1p()
            }
            Self::Cubic => u.powi(4) / 4.0,
            Self::Neuron(_) => return None,
        })
    }

    /// Rejects what is no nonlinearity.
    ///
    /// # Errors
    /// [`Error::Setting`] if a threshold is not finite, θ₁ exceeds θ₂, or λ is not in [0, 4);
    /// otherwise as [`NeuronModel::check`].
    pub fn check(&self) -> Result<()> {
        match self {
            Self::QuadraticRectifier { lower, upper } => {
                check_finite("lower", *lower)?;
                check_finite("upper", *upper)?;
                if lower > upper {
                    let requirement = format!("it must be at most the upper threshold, {upper}");
                    return Err(Error::setting("lower", lower, requirement));
                }
                Ok(())
            }
            // Below 0 the function would have a step down, and projections would avoid it.
            Self::HardThreshold { threshold } => check_not_negative("threshold", *threshold),
            Self::LinearRectifier { threshold } => check_finite("threshold", *threshold),
            Self::Cauchy { lambda } if !(0.0..4.0).contains(lambda) => {
                let requirement = "it must be at least 0 and below 4, or f has several values";
                Err(Error::setting("lambda", lambda, requirement))
            }
            Self::Neuron(neuron) => neuron.check(),
            _ => Ok(()),
        }
    }
}

/// The y of which y + 2 λ y / (1 + y²) is [u]₊, by Newton's method kept between bounds.
fn cauchy(u: f64, lambda: f64) -> f64 {
    let target = u.max(0.0);
    let (mut low, mut high) = (0.0, target);
    let mut y = if target > 4.0 * lambda { target } else { target / (1.0 + 2.0 * lambda) };
    for _ in 0..100 {
        let below = 1.0 + y * y;
        let off = y + 2.0 * lambda * y / below - target;
        if off > 0.0 {
            high = y;
        } else {
            low = y;
        }
        let slope = 1.0 + 2.0 * lambda * (1.0 - y * y) / (below * below);
        let next = y - off / slope;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        let is_done = (next - y).abs() <= 1e-15 * next.abs();
        y = next;
        if is_done {
            break;
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2 and scipy 1.17.
    #[test]
    fn values_are_those_of_the_equations() {
        let at = [-1.0, 0.5, 1.5, 2.5, 3.5, 5.0];
        let expected = [
            [0.0, 0.0, -0.25, 0.75, 3.75, 12.0],
            [0.0, 0.0, 0.0, 0.0, 0.5, 2.0],
            [0.0, 0.0, 0.0, 0.0, 3.5, 5.0],
            [0.0, 0.07174347001, 0.2233864174, 0.4065795608, 0.692180972, 3.359304086],
            [
                0.761594156,
                -0.4621171573,
                -0.9051482536,
                -0.9866142982,
                -0.9981778976,
                -0.9999092043,
            ],
            [-1.0, 0.125, 3.375, 15.625, 42.875, 125.0],
        ];
        for (nonlinearity, expected) in Nonlinearity::published().iter().zip(expected) {
            for (at, expected) in at.iter().zip(expected) {
                let found = nonlinearity.value(*at);
                assert!((found - expected).abs() < 1e-9, "{nonlinearity:?} {at} {found}");
            }
        }
    }

    #[test]
    fn the_cauchy_function_inverts_its_equation() {
        for lambda in [0.0, 1.0, 3.0, 3.999] {
            for u in [0.0, 1e-6, 0.3, 2.0, 3.0, 5.0, 6.9, 7.1, 30.0, 100.0] {
                let y = Nonlinearity::Cauchy { lambda }.value(u);
                let back = y + 2.0 * lambda * y / (1.0 + y * y);
                assert!((back - u).abs() < 1e-9 * (1.0 + u.abs()), "{lambda} {u}");
            }
        }
    }

    #[test]
    fn the_objective_has_the_nonlinearity_for_its_slope() {
        let all = Nonlinearity::published();
        for nonlinearity in all.iter().chain([&Nonlinearity::Linear]) {
            for u in [-4.0, -1.0, 0.3, 1.4, 2.2, 3.3, 6.0] {
                let objective = |u: f64| nonlinearity.objective(u).unwrap();
                let slope = (objective(u + 1e-5) - objective(u - 1e-5)) / 2e-5;
                let found = nonlinearity.value(u);
                assert!((slope - found).abs() < 1e-5 * (1.0 + found.abs()), "{nonlinearity:?} {u}");
            }
        }
        assert_eq!(Nonlinearity::Neuron(NeuronModel::default()).objective(1.0), None);
    }

    #[test]
    fn what_is_no_nonlinearity_is_refused() {
        let told = |nonlinearity: Nonlinearity| nonlinearity.check().unwrap_err().to_string();
        let backwards = Nonlinearity::QuadraticRectifier { lower: 2.0, upper: 1.0 };
        assert!(told(backwards).contains("at most the upper threshold, 1"));
        assert!(told(Nonlinearity::Cauchy { lambda: 4.0 }).contains("lambda is 4"));
        let threshold = f64::NAN;
        assert!(told(Nonlinearity::LinearRectifier { threshold }).contains("threshold is NaN"));
        let neuron = NeuronModel { na_per_sd: -1.0, ..NeuronModel::default() };
        assert!(told(Nonlinearity::Neuron(neuron)).contains("na_per_sd is -1"));
        assert!(Nonlinearity::published().iter().all(|one| one.check().is_ok()));
    }
}
