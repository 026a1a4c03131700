//! Do two numbers order rules alike?

use std::fmt;

use polars::prelude::DataFrame;
use rand::Rng as _;

use crate::error::{Error, Result};
use crate::observables::columns::numbers;
use crate::random;
use crate::statistics::{Interval, quantile, ranks};

/// Spearman's rank correlation of some pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankCorrelation {
    /// ρ, between −1 and 1: Pearson's correlation of the ranks; equal numbers share the mean of
    /// their ranks.
    pub rho: f64,
    /// The 95 % interval over 2,000 samples of the pairs drawn with replacement (the percentile
    /// bootstrap; Efron & Tibshirani 1993). It says how much hangs on single pairs. Rules are no
    /// random sample of anything, so that it describes these and does not infer to others.
    pub interval: Interval,
    /// The number of pairs.
    pub pairs: usize,
}

impl fmt::Display for RankCorrelation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Interval { low, high } = self.interval;
        write!(
            f,
            "rank correlation {:.2}, 95 % interval {low:.2} to {high:.2}, {} pairs",
            self.rho, self.pairs
        )
    }
}

/// Two pairs are always in order, or always not.
const LEAST: usize = 3;

/// Samples that the interval is over.
const SAMPLES: usize = 2000;

/// The rank correlation of two columns of numbers, over the rows in which both are finite; `seed`
/// decides the bootstrap. Spearman 1904, doi 10.2307/1412159.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = df!("requirements" => [0.0, 2.0, 3.0, 3.0], "accuracy" => [0.1, 0.8, 0.9, 0.97])?;
/// assert!(rank_correlation(&table, "requirements", "accuracy", 0)?.rho > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::UnknownName`] if a column is missing; [`Error::Table`] for a column that holds no
/// numbers, for fewer than three pairs, or a column whose numbers are all the same.
pub fn rank_correlation(
    table: &DataFrame,
    first: &str,
    second: &str,
    seed: u64,
) -> Result<RankCorrelation> {
    let pairs = numbers(table, first)?.into_iter().zip(numbers(table, second)?);
    let pairs: Vec<(f64, f64)> = pairs.filter(|(a, b)| a.is_finite() && b.is_finite()).collect();
    if pairs.len() < LEAST {
        return Err(Error::Table(format!(
            "{} of the {} rows have a finite number in both {first} and {second}; a rank correlation needs at least {LEAST}",
            pairs.len(),
            table.height()
        )));
    }
    of_pairs(&pairs, (first, second), seed)
}

/// The rank correlation of two lists of numbers, pair by pair; as [`rank_correlation`], but nothing
/// is left out.
///
/// ```
/// use microlearners::prelude::*;
///
/// assert_eq!(rank_correlation_of(&[0.1, 0.7, 0.9], &[3.0, 2.0, 1.0], 0)?.rho, -1.0);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the lengths differ; [`Error::Table`] if a number is not finite, for fewer
/// than three pairs, or where all numbers of a list are the same.
pub fn rank_correlation_of(first: &[f64], second: &[f64], seed: u64) -> Result<RankCorrelation> {
    if first.len() != second.len() {
        return Err(Error::Shape(format!(
            "{} numbers cannot be paired with {}; give one of each for every pair",
            first.len(),
            second.len()
        )));
    }
    let pairs: Vec<(f64, f64)> = first.iter().copied().zip(second.iter().copied()).collect();
    let is_finite = |(a, b): &(f64, f64)| a.is_finite() && b.is_finite();
    if let Some(place) = pairs.iter().position(|pair| !is_finite(pair)) {
        let (a, b) = pairs[place];
        return Err(Error::Table(format!(
            "pair {place}, counted from 0, is {a} and {b}, of which one has no rank; leave out pairs that are not finite"
        )));
    }
    of_pairs(&pairs, ("the first list", "the second list"), seed)
}

fn of_pairs(pairs: &[(f64, f64)], names: (&str, &str), seed: u64) -> Result<RankCorrelation> {
    if pairs.len() < LEAST {
        return Err(Error::Table(format!(
            "there are {} pairs; a rank correlation needs at least {LEAST}",
            pairs.len()
        )));
    }
    let Some(rho) = spearman(pairs) else {
        let is_constant = pairs.iter().all(|pair| pair.0 == pairs[0].0);
        let (name, value) = if is_constant { (names.0, pairs[0].0) } else { (names.1, pairs[0].1) };
        return Err(Error::Table(format!(
            "all {} pairs have the same number in {name}, {value}, which orders nothing; name numbers that differ",
            pairs.len()
        )));
    };
    let interval = interval(pairs, seed);
    Ok(RankCorrelation { rho, interval, pairs: pairs.len() })
}

/// The percentile bootstrap.
fn interval(pairs: &[(f64, f64)], seed: u64) -> Interval {
    let mut rng = random::stream(seed, "rank correlation");
    let mut sample =
        || -> Vec<_> { pairs.iter().map(|_| pairs[rng.gen_range(0..pairs.len())]).collect() };
    // Samples without variation have no order.
    let drawn: Vec<f64> = (0..SAMPLES).filter_map(|_| spearman(&sample())).collect();
    Interval { low: quantile(&drawn, 0.025), high: quantile(&drawn, 0.975) }
}

/// None if one side does not vary.
fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let first = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<f64>>());
    let second = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<f64>>());
    let middle = (pairs.len() + 1) as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum()
    };
    let scale = (product(&first, &first) * product(&second, &second)).sqrt();
    (scale > 0.0).then(|| product(&first, &second) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    /// `scipy.stats.spearmanr([3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8])`
    #[test]
    fn equals_scipy_with_ties() {
        let table = df!("a" => [3, 1, 4, 1, 5, 9, 2, 6], "b" => [2, 7, 1, 8, 2, 8, 1, 8]).unwrap();
        let found = rank_correlation(&table, "a", "b", 0).unwrap();
        assert!((found.rho - 0.198_853_681_209_924_67).abs() < 1e-12, "{found}");
        assert!(found.interval.low < found.rho && found.rho < found.interval.high);
        assert_eq!(rank_correlation(&table, "a", "b", 0).unwrap(), found);
    }

    #[test]
    fn the_same_order_is_1_and_the_opposite_minus_1() {
        let table = df!("a" => [1.0, 2.0, 5.0, f64::NAN], "b" => [10.0, 20.0, 21.0, 0.0], "c" => [3.0, 2.0, 1.0, 0.0]);
        let table = table.unwrap();
        assert_eq!(rank_correlation(&table, "a", "b", 0).unwrap().rho, 1.0);
        assert_eq!(rank_correlation(&table, "a", "c", 0).unwrap().rho, -1.0);
    }

    #[test]
    fn what_has_no_order_is_told() {
        let table =
            df!("a" => [1.0, 1.0, 1.0], "b" => [1.0, 2.0, 3.0], "c" => [1.0, f64::NAN, 2.0]);
        let table = table.unwrap();
        assert!(
            rank_correlation(&table, "a", "b", 0).unwrap_err().to_string().contains("the same")
        );
        assert!(
            rank_correlation(&table, "b", "c", 0)
                .unwrap_err()
                .to_string()
                .contains("2 of the 3 rows")
        );
        assert!(rank_correlation(&table, "b", "d", 0).is_err());
    }

    #[test]
    fn a_column_of_text_is_told_to_be_one() {
        let table = df!("rule" => ["a", "b", "c"], "b" => [1.0, 2.0, 3.0], "none" => [None::<f64>; 3],
            "yes" => [true, false, true], "few" => [Some(1_i64), None, Some(2)]);
        let table = table.unwrap();
        let told = |name: &str| rank_correlation(&table, name, "b", 0).unwrap_err().to_string();
        assert!(told("rule").contains("column rule holds text, not numbers"), "{}", told("rule"));
        assert!(told("none").contains("0 of the 3 rows have a finite number in both none and b"));
        assert!(told("few").contains("2 of the 3 rows"), "{}", told("few"));
        assert_eq!(rank_correlation(&table, "yes", "b", 0).unwrap().rho, 0.0);
        assert_eq!(rank_correlation(&table, "b", "b", 0).unwrap().rho, 1.0);
    }

    #[test]
    fn lists_and_columns_agree_and_lists_leave_nothing_out() {
        let (a, b) = ([3.0, 1.0, 4.0, 1.0, 5.0], [2.0, 7.0, 1.0, 8.0, 2.0]);
        let table = df!("a" => a, "b" => b).unwrap();
        let found = rank_correlation_of(&a, &b, 7).unwrap();
        assert_eq!(found, rank_correlation(&table, "a", "b", 7).unwrap());
        let told = |b: &[f64]| rank_correlation_of(&a, b, 0).unwrap_err().to_string();
        assert!(told(&[1.0]).contains("5 numbers cannot be paired with 1"));
        assert!(told(&[1.0, 2.0, f64::NAN, 4.0, 5.0]).contains("pair 2"));
    }
}
