//! Features by rank, shared by all trees.
//!
//! A tree only ever asks whether one value is larger than another. So each feature is sorted once,
//! and the trees work on small integers: exact comparisons, no resolution below which two values
//! count as equal, and sorting by counting digits.

use ndarray::Array2;
use rayon::prelude::*;

/// One feature: for each sample the rank of its value, and the distinct values in rising order.
pub(in super::super) struct Column {
    pub(super) ranks: Vec<u32>,
    values: Vec<f64>,
}

impl Column {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let given: Vec<f64> = values.collect();
        let mut distinct = given.clone();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        let rank = |value: &f64| distinct.partition_point(|other| other < value) as u32;
        let ranks = given.iter().map(rank).collect();
        Self { ranks, values: distinct }
    }

    /// The threshold between two ranks, such that `x <= threshold` holds for `low` and not for
    /// `high`: the midpoint, as in scikit-learn, unless rounding would put it onto `high`.
    pub(super) fn threshold(&self, low: u32, high: u32) -> f64 {
        let (low, high) = (self.values[low as usize], self.values[high as usize]);
        let middle = low / 2.0 + high / 2.0;
        if low <= middle && middle < high { middle } else { low }
    }
}

/// The columns of a table, by rank.
pub(in super::super) fn rank(features: &Array2<f64>) -> Vec<Column> {
    (0..features.ncols())
        .into_par_iter()
        .map(|column| Column::new(features.column(column).iter().copied()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank_and_the_threshold_lies_between() {
        let column = Column::new([3.0, -0.0, 0.0, 7.0].into_iter());
        assert_eq!(column.ranks, [1, 0, 0, 2]);
        assert_eq!(column.threshold(0, 2), 3.5);
    }

    #[test]
    fn neighbouring_numbers_can_be_told_apart() {
        let (low, high) = (1.0_f64, 1.0_f64.next_up());
        assert_eq!(Column::new([low, high].into_iter()).threshold(0, 1), low);
    }
}
