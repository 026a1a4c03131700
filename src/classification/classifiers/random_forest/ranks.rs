//! Features by rank, shared by all trees.
//!
//! A tree only ever asks whether one value is larger than another. So each feature is sorted once,
//! and the trees work on small integers: exact comparisons, no resolution below which two values
//! count as equal, and sorting by counting digits.

use ndarray::Array2;
use rayon::prelude::*;

use super::sort;

/// For each sample the rank of its value. Trees read these at random places all the time, so they
/// are kept as narrow as they can be.
enum Ranks {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

/// One feature: the ranks, and the distinct values in rising order.
pub(in super::super) struct Column {
    ranks: Ranks,
    values: Vec<f64>,
}

impl Column {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let given: Vec<f64> = values.collect();
        let mut distinct = given.clone();
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        let rank = |value: &f64| distinct.partition_point(|other| other < value);
        let ranks = if distinct.len() <= 1 << 16 {
            Ranks::Narrow(given.iter().map(|value| rank(value) as u16).collect())
        } else {
            Ranks::Wide(given.iter().map(|value| rank(value) as u32).collect())
        };
        Self { ranks, values: distinct }
    }

    /// The rank of a sample's value.
    pub(super) fn rank(&self, sample: usize) -> u32 {
        match &self.ranks {
            Ranks::Narrow(ranks) => u32::from(ranks[sample]),
            Ranks::Wide(ranks) => ranks[sample],
        }
    }

    /// Turns packed samples into keys, each sample's number replaced by its rank; returns the
    /// lowest and the highest rank.
    pub(super) fn load(&self, samples: &[u64], keys: &mut Vec<u64>) -> (u32, u32) {
        match &self.ranks {
            Ranks::Narrow(ranks) => load(ranks, samples, keys),
            Ranks::Wide(ranks) => load(ranks, samples, keys),
        }
    }

    /// The threshold between two ranks, such that `x <= threshold` holds for `low` and not for
    /// `high`: the midpoint, as in scikit-learn, unless rounding would put it onto `high`.
    pub(super) fn threshold(&self, low: u32, high: u32) -> f64 {
        let (low, high) = (self.values[low as usize], self.values[high as usize]);
        let middle = low / 2.0 + high / 2.0;
        if low <= middle && middle < high { middle } else { low }
    }
}

fn load<R: Copy + Into<u32>>(ranks: &[R], samples: &[u64], keys: &mut Vec<u64>) -> (u32, u32) {
    let (mut low, mut high) = (u32::MAX, 0);
    keys.clear();
    keys.extend(samples.iter().map(|&sample| {
        let rank = ranks[sort::rank(sample) as usize].into();
        low = low.min(rank);
        high = high.max(rank);
        sort::key(rank, sample as u32)
    }));
    (low, high)
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
        assert_eq!([0, 1, 2, 3].map(|sample| column.rank(sample)), [1, 0, 0, 2]);
        assert_eq!(column.threshold(0, 2), 3.5);
    }

    #[test]
    fn many_values_have_wide_ranks() {
        let column = Column::new((0..70_000).rev().map(f64::from));
        assert_eq!([0, 69_999].map(|sample| column.rank(sample)), [69_999, 0]);
        let mut keys = Vec::new();
        assert_eq!(column.load(&[sort::key(69_998, 7)], &mut keys), (1, 1));
        assert_eq!(keys, [sort::key(1, 7)]);
    }

    #[test]
    fn neighbouring_numbers_can_be_told_apart() {
        let (low, high) = (1.0_f64, 1.0_f64.next_up());
        assert_eq!(Column::new([low, high].into_iter()).threshold(0, 1), low);
    }
}
