//! Statistics of many numbers, in double precision and few passes.

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
    /// The fourth standardised moment, not in excess: 3 for a Gaussian; NaN where the variance is 0.
    pub kurtosis: f64,
}

impl Moments {
    /// The moments of `values`; all NaN if there are none.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut count, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
        for x in values.clone() {
            count += 1.0;
            sum += x;
            squares += x * x;
        }
        let mean = sum / count;
        let (mut second, mut third, mut fourth) = (0.0_f64, 0.0, 0.0);
        for x in values {
            let d = x - mean;
            let d2 = d * d;
            second += d2;
            third += d2 * d;
            fourth += d2 * d2;
        }
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

/// Whether a variance is but the rounding of the mean: equal numbers have no shape.
fn is_constant(variance: f64, mean: f64) -> bool {
    variance.sqrt() <= f64::EPSILON * 8.0 * mean.abs() || variance == 0.0
}

/// Median and third quartile of a sample, by selection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// The median, interpolated (type 7, as numpy).
    pub median: f64,
    /// The third quartile, interpolated (type 7, as numpy).
    pub third_quartile: f64,
    /// The sample nearest to the median's position; of two equally near, the one at the even position, as the
    /// 2020 code's `nearest`.
    pub median_nearest: f64,
    /// The sample nearest to the third quartile's position.
    pub third_quartile_nearest: f64,
}

impl Quantiles {
    /// The quantiles of `values`, whose order is lost; all NaN if there are none, or one of them is NaN.
    pub fn of(values: &mut [f64]) -> Self {
        if values.is_empty() || values.iter().any(|x| x.is_nan()) {
            let nan = f64::NAN;
            return Self {
                median: nan,
                third_quartile: nan,
                median_nearest: nan,
                third_quartile_nearest: nan,
            };
        }
        let upper = Neighbours::around(values, 0.75);
        let middle = Neighbours::around(values, 0.5);
        Self {
            median: middle.interpolated(),
            third_quartile: upper.interpolated(),
            median_nearest: middle.nearest(),
            third_quartile_nearest: upper.nearest(),
        }
    }
}

/// The two order statistics on either side of a position.
struct Neighbours {
    below: f64,
    above: f64,
    index: usize,
    fraction: f64,
}

impl Neighbours {
    fn around(values: &mut [f64], level: f64) -> Self {
        let position = level * (values.len() - 1) as f64;
        let index = position as usize;
        let (_, &mut below, rest) = values.select_nth_unstable_by(index, f64::total_cmp);
        let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
        Self { below, above, index, fraction: position - index as f64 }
    }

    fn interpolated(&self) -> f64 {
        // As numpy's lerp: exact at both ends, and for equal neighbours.
        if self.fraction < 0.5 {
            self.below + self.fraction * (self.above - self.below)
        } else {
            self.above - (1.0 - self.fraction) * (self.above - self.below)
        }
    }

    fn nearest(&self) -> f64 {
        let up = self.fraction > 0.5 || (self.fraction == 0.5 && self.index % 2 == 1);
        if up { self.above } else { self.below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_by_hand() {
        let m = Moments::of([1.0, 2.0, 3.0, 6.0].into_iter());
        assert_eq!((m.mean, m.variance), (3.0, 3.5));
        assert!((m.norm - 50.0_f64.sqrt()).abs() < 1e-12);
        // Deviations −2, −1, 0, 3: third moment 18/4, fourth 98/4.
        assert!((m.skewness - 4.5 / 3.5_f64.powf(1.5)).abs() < 1e-12);
        assert!((m.kurtosis - 24.5 / 12.25).abs() < 1e-12);
    }

    #[test]
    fn equal_numbers_have_no_shape() {
        let m = Moments::of([0.1; 10].into_iter());
        assert!(m.skewness.is_nan() && m.kurtosis.is_nan());
        assert!(Moments::of(std::iter::empty()).norm.is_nan());
    }

    #[test]
    fn quantiles_by_hand() {
        let q = Quantiles::of(&mut [4.0, 1.0, 3.0, 2.0]);
        assert_eq!((q.median, q.third_quartile), (2.5, 3.25));
        assert_eq!((q.median_nearest, q.third_quartile_nearest), (3.0, 3.0));
        let one = Quantiles::of(&mut [7.0]);
        assert_eq!((one.median, one.third_quartile_nearest), (7.0, 7.0));
        assert!(Quantiles::of(&mut [1.0, f64::NAN]).median.is_nan());
    }
}
