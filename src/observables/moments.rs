//! Moments of many numbers, in double precision and few passes.

use crate::simd::{self, Vectorised};

/// Moments of a sample: two passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// √Σx², the L2 norm (of a matrix: Frobenius).
    pub norm: f64,
    /// The mean.
    pub mean: f64,
    /// The population variance, Σ(x − mean)²/n.
    pub variance: f64,
    /// The third standardised moment; NaN where the variance is 0.
    pub skewness: f64,
    /// The fourth standardised moment, not in excess: 3 for a Gaussian; NaN where the variance is
    /// 0.
    pub kurtosis: f64,
}

impl Moments {
    /// The moments of `values`; all NaN if there are none.
    pub fn of(values: &[f64]) -> Self {
        let sums = First::of(values);
        Self::about(sums.raw, sums.squares, values, |x| x)
    }

    /// The moments of `values`, of their absolute values and of their squares.
    pub(super) fn of_each(values: &[f64]) -> [Self; 3] {
        let sums = First::of(values);
        let raw = Self::about(sums.raw, sums.squares, values, |x| x);
        // Numbers that are nowhere negative, such as a sigmoid's, are their absolute values.
        let absolute = if sums.has_negative {
            Self::about(sums.absolute, sums.squares, values, f64::abs)
        } else {
            raw
        };
        [raw, absolute, Self::about(sums.squares, sums.fourths, values, |x| x * x)]
    }

    /// From Σt and Σt² of the numbers after a transform, and a pass over them for the rest.
    fn about(sum: f64, squares: f64, values: &[f64], transform: impl Fn(f64) -> f64) -> Self {
        let count = values.len() as f64;
        let mean = sum / count;
        let mut central = [0.0; 3];
        simd::dispatch(Central { values, transform, mean, sums: &mut central });
        let [second, third, fourth] = central;
        let variance = second / count;
        let spread = if is_constant(variance, mean) { f64::NAN } else { variance };
        Self {
            norm: if count > 0.0 { squares.sqrt() } else { f64::NAN },
            mean,
            variance,
            skewness: third / count / spread.powf(1.5),
            kurtosis: fourth / count / (spread * spread),
        }
    }
}

/// What a first pass finds out.
#[derive(Default)]
struct First {
    raw: f64,
    absolute: f64,
    squares: f64,
    fourths: f64,
    has_negative: bool,
}

impl First {
    fn of(values: &[f64]) -> Self {
        struct Pass<'a>(&'a [f64], &'a mut [f64; 5]);
        impl Vectorised for Pass<'_> {
            #[inline(always)]
            fn run<const FUSED: bool>(self) {
                *self.1 = summed(self.0, |x| {
                    let square = x * x;
                    [x, x.abs(), square, square * square, f64::from(u8::from(x < 0.0))]
                });
            }
        }
        let mut sums = [0.0; 5];
        simd::dispatch(Pass(values, &mut sums));
        let [raw, absolute, squares, fourths, negative] = sums;
        Self { raw, absolute, squares, fourths, has_negative: negative > 0.0 }
    }
}

/// Σd², Σd³ and Σd⁴ of the transformed numbers' deviations from their mean.
struct Central<'a, F> {
    values: &'a [f64],
    transform: F,
    mean: f64,
    sums: &'a mut [f64; 3],
}

impl<F: Fn(f64) -> f64> Vectorised for Central<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        *self.sums = summed(self.values, |x| powers((self.transform)(x) - self.mean));
    }
}

#[inline(always)]
fn powers(d: f64) -> [f64; 3] {
    let squared = d * d;
    [squared, squared * d, squared * squared]
}

/// The sums of some terms over all numbers, in lanes that vectorise; how many there are does not
/// depend on the processor, so that the last bits do not either.
#[inline(always)]
fn summed<const N: usize>(values: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    const LANES: usize = 16;
    let mut sums = [[0.0; LANES]; N];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let terms = terms(chunk[lane]);
            for (sum, term) in sums.iter_mut().zip(terms) {
                sum[lane] += term;
            }
        }
    }
    for (lane, x) in rest.iter().enumerate() {
        for (sum, term) in sums.iter_mut().zip(terms(*x)) {
            sum[lane] += term;
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// Whether a variance is but the rounding of the mean: equal numbers have no shape.
fn is_constant(variance: f64, mean: f64) -> bool {
    variance.sqrt() <= f64::EPSILON * 8.0 * mean.abs() || variance == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand() {
        let m = Moments::of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!((m.mean, m.variance), (3.0, 3.5));
        assert!((m.norm - 50.0_f64.sqrt()).abs() < 1e-12);
        // Deviations −2, −1, 0, 3: third moment 18/4, fourth 98/4.
        assert!((m.skewness - 4.5 / 3.5_f64.powf(1.5)).abs() < 1e-12);
        assert!((m.kurtosis - 24.5 / 12.25).abs() < 1e-12);
    }

    #[test]
    fn equal_numbers_have_no_shape() {
        let m = Moments::of(&[0.1; 10]);
        assert!(m.skewness.is_nan() && m.kurtosis.is_nan());
        assert!(Moments::of(&[]).norm.is_nan());
    }

    #[test]
    fn transforms_are_taken_of_each_number() {
        let values: Vec<f64> = (0..37).map(|i| f64::from(i) - 15.3).collect();
        let of = |transform: fn(f64) -> f64| {
            Moments::of(&values.iter().map(|&x| transform(x)).collect::<Vec<f64>>())
        };
        assert_eq!(Moments::of_each(&values), [of(|x| x), of(f64::abs), of(|x| x * x)]);
        let positive: Vec<f64> = values.iter().map(|x| x.abs()).collect();
        assert_eq!(Moments::of_each(&positive)[0], Moments::of_each(&values)[1]);
    }
}
