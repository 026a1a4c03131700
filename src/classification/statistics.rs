//! The little statistics a report needs: intervals, quantiles, Wilson.

use std::fmt;

use polars::prelude::Column;
use serde::{Deserialize, Serialize};

/// A range of plausible values, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A mean over splits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Standard error: sample standard deviation over splits / √splits; none for one split. The
    /// splits share networks, so it is an underestimate; it is here because papers print it.
    pub sem: Option<f64>,
    /// The 95 % interval of Student's t with the variance corrected for the overlap of the splits,
    /// s² (1/splits + test/train): Nadeau and Bengio, Machine Learning 52 (2003), doi
    /// 10.1023/A:1024068626366. None for one split.
    pub interval: Option<Interval>,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.mean)?;
        if let Some(sem) = self.sem {
            write!(f, " ± {sem:.3} (s.e.m.)")?;
        }
        if let Some(Interval { low, high }) = self.interval {
            write!(f, ", 95 % interval {:.3} to {:.3}", low, high)?;
        }
        Ok(())
    }
}

/// A column of numbers, one for each of `rows`; null where there is none, or none that is finite.
pub(super) fn column<T>(name: &str, rows: &[T], of: impl Fn(&T) -> Option<f64>) -> Column {
    let finite = |row: &T| of(row).filter(|value| value.is_finite());
    Column::new(name.into(), rows.iter().map(finite).collect::<Vec<Option<f64>>>())
}

impl Estimate {
    /// The lower end of the interval, if there is one.
    pub fn low(&self) -> Option<f64> {
        self.interval.map(|interval| interval.low)
    }

    /// The upper end of the interval, if there is one.
    pub fn high(&self) -> Option<f64> {
        self.interval.map(|interval| interval.high)
    }

    /// The estimate from one value per split; `overlap` is the ratio of test to training samples.
    ///
    /// # Panics
    /// If there are no values.
    pub fn over_splits(values: &[f64], overlap: f64) -> Self {
        assert!(!values.is_empty(), "an estimate needs at least one value");
        let n = values.len() as f64;
        let mean = mean(values);
        if values.len() < 2 {
            return Self { mean, sem: None, interval: None };
        }
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let half = student_t(0.975, n - 1.0) * (variance * (1.0 / n + overlap)).sqrt();
        let interval = Some(Interval { low: mean - half, high: mean + half });
        Self { mean, sem: Some((variance / n).sqrt()), interval }
    }
}

/// The mean of at least one number, also of numbers so large that their sum is infinite.
pub(super) fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let sum: f64 = values.iter().sum();
    if sum.is_finite() { sum / n } else { values.iter().map(|value| value / n).sum() }
}

/// Wilson's 95 % interval for `right` successes in `total` independent trials (Wilson 1927, doi
/// 10.1080/01621459.1927.10502953); from 0 to 1 without trials.
pub(super) fn wilson(right: u64, total: u64) -> Interval {
    if total == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, z) = (total as f64, normal_quantile(0.975));
    let share = right as f64 / n;
    let centre = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Interval { low: ((centre - half) / scale).max(0.0), high: ((centre + half) / scale).min(1.0) }
}

/// The value below which a share `p` of the values lies, interpolated linearly (numpy's default).
pub(crate) fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = p * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// The quantile of the standard normal distribution; infinite at 0 and 1.
pub(super) fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    bisect(p, normal_cdf)
}

/// The quantile of Student's t with `freedom` degrees of freedom.
pub(super) fn student_t(p: f64, freedom: f64) -> f64 {
    bisect(p, |t| {
        let tail = incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5) / 2.0;
        if t < 0.0 { tail } else { 1.0 - tail }
    })
}

/// Where a rising distribution function reaches `p`.
fn bisect(p: f64, cdf: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-1e4, 1e4);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if cdf(middle) < p { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// Φ(x), by a power series near zero and a continued fraction in the tails.
fn normal_cdf(x: f64) -> f64 {
    let z = x.abs();
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let upper = if z < 3.0 { 0.5 - density * series(z) } else { density / fraction(z) };
    if x > 0.0 { 1.0 - upper } else { upper }
}

/// Σ z^(2k+1) / (1·3·5…(2k+1)).
fn series(z: f64) -> f64 {
    let (mut term, mut sum) = (z, z);
    for k in 1..100 {
        term *= z * z / (2 * k + 1) as f64;
        sum += term;
    }
    sum
}

/// z + 1/(z + 2/(z + 3/(z + …))), Laplace's continued fraction.
fn fraction(z: f64) -> f64 {
    (1..=200).rev().fold(z, |rest, k| z + k as f64 / rest)
}

/// The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical
/// Recipes, 6.4).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let away = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        for step in [even, odd] {
            d = 1.0 / away(1.0 + step * d);
            c = away(1.0 + step / c);
            product *= c * d;
        }
    }
    product
}

/// ln Γ(x) for x > 0 (Lanczos, g = 7).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let term = |(k, coefficient): (usize, &f64)| coefficient / (x + k as f64 + 1.0);
    let sum: f64 = 0.999_999_999_999_809_9 + COEFFICIENTS.iter().enumerate().map(term).sum::<f64>();
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9 * expected.abs().max(1.0), "{actual} {expected}");
    }

    /// `scipy.stats.norm.ppf([.975, .6, 1e-6]); scipy.stats.t.ppf(.975, [1, 9, 19])`
    #[test]
    fn quantiles_equal_scipy() {
        close(normal_quantile(0.975), 1.959963984540054);
        close(normal_quantile(0.6), 0.2533471031357997);
        close(normal_quantile(1e-6), -4.753424308822899);
        close(student_t(0.975, 1.0), 12.706204736174694);
        close(student_t(0.975, 9.0), 2.262157162798205);
        close(student_t(0.975, 19.0), 2.0930240544083087);
    }

    /// `scipy.stats.binomtest(27, 36).proportion_ci(method="wilson")`
    #[test]
    fn wilson_equals_scipy() {
        let interval = wilson(27, 36);
        close(interval.low, 0.5892954623327165);
        close(interval.high, 0.8624952233700516);
        assert_eq!(wilson(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn the_interval_over_splits_by_hand() {
        let estimate = Estimate::over_splits(&[0.5, 0.7], 0.0);
        close(estimate.mean, 0.6);
        close(estimate.sem.unwrap(), 0.1);
        close(estimate.interval.unwrap().high, 0.6 + 12.706204736174694 * 0.1);
        assert!(Estimate::over_splits(&[0.5], 0.3).interval.is_none());
    }

    #[test]
    fn quantiles_interpolate() {
        close(quantile(&[3.0, 1.0, 2.0, 4.0], 0.5), 2.5);
    }
}
