use std::fmt;

use ndarray::{ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::Matrix;

/// The nonlinearity of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// φ(a) = a.
    Identity,
    /// φ(a) = 1/(1 + e⁻ᵃ).
    Sigmoid,
    /// φ(a) = tanh a.
    Tanh,
    /// φ(a) = max(0, a), with φ′(0) = 0.
    Relu,
}

impl Activation {
    /// φ of one pre-activation.
    #[inline]
    pub fn of(self, a: f32) -> f32 {
        match self {
            Self::Identity => a,
            Self::Sigmoid => 1.0 / (1.0 + (-a).exp()),
            Self::Tanh => a.tanh(),
            // Not `max`, which would turn the NaN of a diverging network into 0.
            Self::Relu if a < 0.0 => 0.0,
            Self::Relu => a,
        }
    }

    /// φ′ of one unit, from its output `h` = φ(a).
    #[inline]
    pub fn slope(self, h: f32) -> f32 {
        match self {
            Self::Identity => 1.0,
            Self::Sigmoid => h * (1.0 - h),
            Self::Tanh => 1.0 - h * h,
            Self::Relu => f32::from(u8::from(h > 0.0)),
        }
    }

    /// φ′ of many units, from their outputs, examples × units.
    pub fn slopes(self, out: ArrayView2<'_, f32>) -> Matrix {
        out.mapv(|h| self.slope(h))
    }

    /// Replaces pre-activations by outputs.
    pub fn apply(self, mut units: ArrayViewMut2<'_, f32>) {
        match self {
            Self::Identity => {}
            // One loop per kind lets the compiler vectorise each.
            Self::Sigmoid => units.mapv_inplace(|a| Self::Sigmoid.of(a)),
            Self::Tanh => units.mapv_inplace(|a| Self::Tanh.of(a)),
            Self::Relu => units.mapv_inplace(|a| Self::Relu.of(a)),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_equal_finite_differences() {
        for activation in
            [Activation::Identity, Activation::Sigmoid, Activation::Tanh, Activation::Relu]
        {
            for a in [-1.3_f32, -0.2, 0.4, 2.0] {
                let numeric = (activation.of(a + 1e-2) - activation.of(a - 1e-2)) / 2e-2;
                assert!(
                    (activation.slope(activation.of(a)) - numeric).abs() < 1e-3,
                    "{activation} at {a}"
                );
            }
        }
        assert_eq!(Activation::Relu.slope(0.5), 1.0);
        assert!(Activation::Relu.of(f32::NAN).is_nan());
    }
}
