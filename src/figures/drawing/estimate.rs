//! A mean and how sure we are of it.

use std::fmt;

use super::axis::short;
use super::columns::Row;

/// The mean over replicates with an interval around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) mean: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) count: usize,
}

impl Estimate {
    /// The mean of `values` with Student's 95 % interval; with two values their range, with one
    /// none.
    ///
    /// # Panics
    /// If there are no values.
    pub(crate) fn of(values: &[f64]) -> Self {
        Self::of_overlapping(values, 0.0)
    }

    /// The same of splits of the same data, of which the parts judged and learned from have the
    /// ratio `overlap` (0 if they are independent), by Nadeau and Bengio 2003 (doi
    /// 10.1023/A:1024068626366).
    pub(crate) fn of_overlapping(values: &[f64], overlap: f64) -> Self {
        assert!(!values.is_empty(), "an estimate needs a value");
        let count = values.len();
        let mean = mean(values);
        if count <= 2 {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            return Self { mean, low, high, count };
        }
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (squares / (count - 1) as f64 * (1.0 / count as f64 + overlap)).sqrt();
        let half = t_quantile(count - 1) * error;
        let (low, high) = (mean - half, mean + half);
        if half.is_finite() && low.is_finite() && high.is_finite() {
            return Self { mean, low, high, count };
        }
        // Squares or ends beyond the largest number: in units of the largest value, cut off at what
        // can be written.
        let unit = largest(values) / 2.0;
        let scaled: Vec<f64> = values.iter().map(|value| value / unit).collect();
        let Self { low, high, .. } = Self::of_overlapping(&scaled, overlap);
        let [low, high] = [low, high].map(|end| (end * unit).clamp(f64::MIN, f64::MAX));
        Self { mean, low, high, count }
    }
}

/// The mean of finite values, which is finite even where their sum is not.
pub(crate) fn mean(values: &[f64]) -> f64 {
    let (sum, count) = (values.iter().sum::<f64>(), values.len() as f64);
    if sum.is_finite() {
        return sum / count;
    }
    values.iter().map(|value| value / count).sum::<f64>().clamp(f64::MIN, f64::MAX)
}

/// The standard deviation of finite values (with their number, not one less), finite even where
/// squares are not.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let spread = (squares.sum::<f64>() / values.len() as f64).sqrt();
    if spread.is_finite() {
        return spread;
    }
    let unit = largest(values) / 2.0;
    let scaled: Vec<f64> = values.iter().map(|value| value / unit).collect();
    (deviation(&scaled) * unit).min(f64::MAX)
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// The mean, and its interval if there is one.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [mean, low, high] = [self.mean, self.low, self.high].map(short);
        if self.count < 2 { f.write_str(&mean) } else { write!(f, "{mean} ({low} to {high})") }
    }
}

/// The estimate from rows that are sorted by replicate; each replicate counts once. As for
/// [`Estimate::of_overlapping`].
pub(crate) fn estimate_over_replicates(rows: &[&Row], overlap: f64) -> Estimate {
    let replicates = rows.chunk_by(|a, b| a.replicate == b.replicate);
    let of_own = |own: &[&Row]| mean(&own.iter().map(|row| row.y).collect::<Vec<f64>>());
    Estimate::of_overlapping(&replicates.map(of_own).collect::<Vec<f64>>(), overlap)
}

/// From the least to the largest of some counts, in words; and the largest.
fn span(counts: impl IntoIterator<Item = usize>) -> (String, usize) {
    let (least, most) =
        counts.into_iter().fold((usize::MAX, 0), |(least, most), n| (least.min(n), most.max(n)));
    let count = if least == most { most.to_string() } else { format!("{least} to {most}") };
    (count, most)
}

/// What the thin lines of estimates over `splits` are; nothing if there are none, as over one
/// split.
pub(crate) fn meaning_over_splits(splits: impl IntoIterator<Item = usize>) -> Option<String> {
    let (count, most) = span(splits);
    (most > 1)
        .then(|| format!("Mean over {count} splits; thin lines: its 95 % confidence interval."))
}

/// What a mean over `counts` replicates is called, and what the interval around it, if there is
/// one.
pub(crate) fn meaning_of(
    counts: impl IntoIterator<Item = usize>,
    of: &str,
) -> (String, Option<String>) {
    let (count, most) = span(counts);
    let plural = if of.ends_with('s') { format!("{of}es") } else { format!("{of}s") };
    match most {
        0 | 1 => (format!("one {of} each, so no interval"), None),
        2 => ("mean".to_owned(), Some(format!("range of two {plural}"))),
        _ => {
            ("mean".to_owned(), Some(format!("its 95 % confidence interval over {count} {plural}")))
        }
    }
}

/// The 97.5 % quantile of Student's t distribution, by Cornish and Fisher's expansion; the first
/// few, where it is poor, from a table.
fn t_quantile(freedom: usize) -> f64 {
    const FIRST: [f64; 6] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447];
    if let Some(quantile) = freedom.checked_sub(1).and_then(|index| FIRST.get(index)) {
        return *quantile;
    }
    let (z, n) = (1.959_964_f64, freedom as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / n + second / n.powi(2) + third / n.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_the_tables() {
        for (freedom, expected) in [(1, 12.706), (4, 2.776), (9, 2.262), (29, 2.045), (1000, 1.962)]
        {
            assert!((t_quantile(freedom) - expected).abs() < 1e-3, "{freedom}");
        }
    }

    #[test]
    fn intervals_by_hand() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0]);
        // Standard error 1/√3, times 4.303.
        assert!((estimate.high - (2.0 + 4.303 / 3_f64.sqrt())).abs() < 1e-9);
        let two = Estimate::of(&[1.0, 2.0]);
        assert_eq!((two.mean, two.low, two.high), (1.5, 1.0, 2.0));
        assert_eq!(Estimate::of(&[7.0]).low, 7.0);
        // Splits with a third judged for each learned from: √(1/3 + 1/3) instead of √(1/3).
        let splits = Estimate::of_overlapping(&[1.0, 2.0, 3.0], 1.0 / 3.0);
        assert!((splits.high - (2.0 + 4.303 * (2.0_f64 / 3.0).sqrt())).abs() < 1e-9);
    }
}
