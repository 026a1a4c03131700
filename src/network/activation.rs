use std::fmt;

use ndarray::{ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::Matrix;
use crate::simd::{self, Vectorised};

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
            Self::Sigmoid => sigmoid::<false>(a),
            Self::Tanh => tanh::<false>(a),
            // Not `max`, which would turn the NaN of a diverging network into 0.
            Self::Relu if a < 0.0 => 0.0,
            Self::Relu => a,
        }
    }

    /// The same inside a loop that is compiled for several instruction sets.
    #[inline(always)]
    pub(crate) fn in_kernel<const FUSED: bool>(self, a: f32) -> f32 {
        match self {
            Self::Sigmoid => sigmoid::<FUSED>(a),
            Self::Tanh => tanh::<FUSED>(a),
            Self::Identity | Self::Relu => self.of(a),
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

    /// δ ← δ ⊙ φ′, from the outputs of the same units.
    pub(super) fn multiply_by_slope(self, deltas: &mut [f32], out: &[f32]) {
        simd::dispatch(MultiplyBySlope { activation: self, deltas, out });
    }

    /// Replaces pre-activations by outputs.
    pub fn apply(self, mut units: ArrayViewMut2<'_, f32>) {
        match units.as_slice_mut() {
            Some(units) => self.apply_to(units),
            None => units.mapv_inplace(|a| self.of(a)),
        }
    }

    /// The same.
    pub(super) fn apply_to(self, units: &mut [f32]) {
        simd::dispatch(Apply { activation: self, units });
    }
}

/// 0 below −87, where numbers are soon too small to be held in full: processors take a hundred
/// times as long with those.
#[inline(always)]
fn sigmoid<const FUSED: bool>(a: f32) -> f32 {
    let h = 1.0 / (1.0 + simd::exp::<FUSED>(-a));
    if a < -87.0 { 0.0 } else { h }
}

/// By the exponential, and by its series near 0, where the difference would lose digits.
#[inline(always)]
fn tanh<const FUSED: bool>(a: f32) -> f32 {
    let (e, square) = (simd::exp::<FUSED>(2.0 * a), a * a);
    let series =
        1.0 / 3.0 - square * (2.0 / 15.0 - square * (17.0 / 315.0 - square * (62.0 / 2835.0)));
    let by_series = a * (1.0 - square * series);
    if square < 0.09 { by_series } else { 1.0 - 2.0 / (e + 1.0) }
}

/// Of many units; one loop per kind lets the compiler vectorise each.
struct Apply<'a> {
    activation: Activation,
    units: &'a mut [f32],
}

impl Vectorised for Apply<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        match self.activation {
            Activation::Identity => {}
            Activation::Sigmoid => self.units.iter_mut().for_each(|a| *a = sigmoid::<FUSED>(*a)),
            Activation::Tanh => self.units.iter_mut().for_each(|a| *a = tanh::<FUSED>(*a)),
            Activation::Relu => self.units.iter_mut().for_each(|a| *a = Activation::Relu.of(*a)),
        }
    }
}

struct MultiplyBySlope<'a> {
    activation: Activation,
    deltas: &'a mut [f32],
    out: &'a [f32],
}

impl Vectorised for MultiplyBySlope<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let all = self.deltas.iter_mut().zip(self.out);
        match self.activation {
            Activation::Identity => {}
            Activation::Sigmoid => all.for_each(|(d, h)| *d *= Activation::Sigmoid.slope(*h)),
            Activation::Tanh => all.for_each(|(d, h)| *d *= Activation::Tanh.slope(*h)),
            Activation::Relu => all.for_each(|(d, h)| *d *= Activation::Relu.slope(*h)),
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
    fn sigmoid_and_tanh_are_right_to_a_few_units_in_the_last_place() {
        for step in -40_000..40_000 {
            let a = step as f32 / 2000.0;
            let exact = [1.0 / (1.0 + (-f64::from(a)).exp()), f64::from(a).tanh()];
            for (found, exact) in
                [Activation::Sigmoid, Activation::Tanh].map(|f| f.of(a)).iter().zip(exact)
            {
                let error = (f64::from(*found) - exact).abs();
                assert!(error <= 6e-7 * exact.abs().max(1e-30), "{a}: {found} is not {exact}");
            }
        }
    }

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
