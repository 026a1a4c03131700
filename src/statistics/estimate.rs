//! Means with their intervals, and the interval of a share.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::distributions::{normal_quantile, student_t};

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
pub(crate) fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let sum: f64 = values.iter().sum();
    if sum.is_finite() { sum / n } else { values.iter().map(|value| value / n).sum() }
}

/// Wilson's 95 % interval for `right` successes in `total` independent trials (Wilson 1927, doi
/// 10.1080/01621459.1927.10502953); from 0 to 1 without trials.
pub(crate) fn wilson(right: u64, total: u64) -> Interval {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9 * expected.abs().max(1.0), "{actual} {expected}");
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
}
