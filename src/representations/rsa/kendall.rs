//! Kendall's τ in n log n steps.

use std::cmp::Ordering;

/// How the pairs of n pairs of numbers are ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Concordance {
    /// Concordant less discordant pairs.
    difference: f64,
    /// All pairs, n(n − 1)/2.
    all: f64,
    /// Pairs that tie in the first numbers.
    ties_first: f64,
    /// Pairs that tie in the second numbers.
    ties_second: f64,
}

impl Concordance {
    /// By sorting: Knight 1966, doi 10.1080/01621459.1966.10480879. The numbers are finite.
    pub(super) fn of(first: &[f64], second: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> =
            first.iter().copied().zip(second.iter().copied()).collect();
        pairs.sort_unstable_by(|a, b| order(a.0, b.0).then(order(a.1, b.1)));
        let ties_first = ties(pairs.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len));
        let ties_both = ties(pairs.chunk_by(|a, b| a == b).map(<[_]>::len));
        let mut values: Vec<f64> = pairs.into_iter().map(|pair| pair.1).collect();
        let discordant = sort_counting(&mut values);
        let ties_second = ties(values.chunk_by(|a, b| a == b).map(<[_]>::len));
        let count = first.len() as u64;
        let all = count * count.saturating_sub(1) / 2;
        let untied = (all + ties_both) as f64 - (ties_first + ties_second) as f64;
        Self {
            difference: untied - 2.0 * discordant as f64,
            all: all as f64,
            ties_first: ties_first as f64,
            ties_second: ties_second as f64,
        }
    }

    /// (concordant − discordant) / all pairs.
    pub(super) fn tau_a(self) -> f64 {
        self.difference / self.all
    }

    /// (concordant − discordant) / √(pairs untied in the first · pairs untied in the second).
    pub(super) fn tau_b(self) -> f64 {
        let (first, second) = (self.all - self.ties_first, self.all - self.ties_second);
        self.difference / (first * second).sqrt()
    }
}

fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// Pairs within groups of equal numbers.
fn ties(groups: impl Iterator<Item = usize>) -> u64 {
    groups.map(|count| (count as u64) * (count as u64 - 1) / 2).sum()
}

/// Sorts by merging, and counts the pairs that were in the opposite order.
fn sort_counting(values: &mut Vec<f64>) -> u64 {
    let count = values.len();
    let mut merged = values.clone();
    let mut swaps = 0;
    let mut width = 1;
    while width < count {
        for start in (0..count).step_by(2 * width) {
            let middle = (start + width).min(count);
            let end = (start + 2 * width).min(count);
            let (left, right) = (&values[start..middle], &values[middle..end]);
            swaps += merge(left, right, &mut merged[start..end]);
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
    swaps
}

fn merge(left: &[f64], right: &[f64], into: &mut [f64]) -> u64 {
    let (mut l, mut r, mut swaps) = (0, 0, 0);
    for place in into {
        if r == right.len() || (l < left.len() && left[l] <= right[r]) {
            *place = left[l];
            l += 1;
        } else {
            *place = right[r];
            r += 1;
            swaps += (left.len() - l) as u64;
        }
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_counting_pair_by_pair() {
        let first: Vec<f64> = (0..143_u32).map(|i| f64::from(i * 37 % 29)).collect();
        let second: Vec<f64> = (0..143_u32).map(|i| f64::from(i * i % 17) - 0.3).collect();
        let (mut difference, mut ties) = (0.0, [0.0; 2]);
        for i in 0..143 {
            for j in 0..i {
                let signs = [first[i] - first[j], second[i] - second[j]]
                    .map(|x| if x == 0.0 { 0.0 } else { x.signum() });
                difference += signs[0] * signs[1];
                (0..2).for_each(|side| ties[side] += f64::from(u8::from(signs[side] == 0.0)));
            }
        }
        let found = Concordance::of(&first, &second);
        assert_eq!(found.difference, difference);
        assert_eq!([found.ties_first, found.ties_second], ties);
        assert_eq!(found.all, 143.0 * 71.0);
    }

    #[test]
    fn the_same_and_the_opposite_order() {
        let values = [3.0, 1.0, 2.0, 7.0];
        assert_eq!(Concordance::of(&values, &values).tau_a(), 1.0);
        assert_eq!(Concordance::of(&values, &values.map(|x| -x)).tau_b(), -1.0);
    }
}
