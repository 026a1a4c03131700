//! What the order of numbers says: quantiles and ranks.

use std::cmp::Ordering;

/// The value below which a share `p` of the values lies, interpolated linearly (numpy's default).
///
/// ```
/// use microlearners::statistics::quantile;
/// assert_eq!(quantile(&[3.0, 1.0, 2.0, 4.0], 0.5), 2.5);
/// ```
///
/// # Panics
/// If there are no values, or `p` is above 1.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = p * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// The rank of each of some finite values, from 1; equal numbers share the mean of their ranks.
///
/// ```
/// use microlearners::statistics::ranks;
/// assert_eq!(ranks(&[0.3, 0.1, 0.3]), [2.5, 1.0, 2.5]);
/// ```
pub fn ranks(values: &[f64]) -> Vec<f64> {
    // Values beside their places are sorted without looking elsewhere.
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    // Zero and minus zero are equal numbers, and what is finite always compares.
    order.sort_unstable_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equal in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = below as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|&(_, place)| ranks[place] = rank);
        below += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert!((quantile(&[3.0, 1.0, 2.0, 4.0], 0.5) - 2.5).abs() < 1e-9);
    }

    /// What counting the smaller and the equal ones gives, pair by pair.
    #[test]
    fn ranks_are_counts_of_smaller_numbers() {
        let values: Vec<f64> = (0..97).map(|place| f64::from(place * 37 % 11) - 5.0).collect();
        let values: Vec<f64> = values.into_iter().chain([-0.0, 0.0, 1e300, -1e-300]).collect();
        let count =
            |holds: &dyn Fn(f64) -> bool| values.iter().filter(|x| holds(**x)).count() as f64;
        let counted = |&value: &f64| count(&|x| x < value) + (count(&|x| x == value) + 1.0) / 2.0;
        assert_eq!(ranks(&values), values.iter().map(counted).collect::<Vec<f64>>());
    }
}
