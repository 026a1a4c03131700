//! Where pairs of conditions stand in the upper triangle of an RDM.

/// The number of pairs of `count` conditions.
pub(super) fn pair_count(count: usize) -> usize {
    count * count.saturating_sub(1) / 2
}

/// All pairs, row by row.
pub(super) fn pair_list(count: usize) -> Vec<(usize, usize)> {
    (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect()
}

/// Where two different conditions stand in the upper triangle.
pub(super) fn place_of_pair(i: usize, j: usize, count: usize) -> usize {
    let (low, high) = (i.min(j), i.max(j));
    low * (2 * count - low - 1) / 2 + high - low - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_list() {
        let list = pair_list(7);
        assert_eq!((list.len(), pair_count(7), pair_count(0)), (21, 21, 0));
        for (place, (i, j)) in list.into_iter().enumerate() {
            assert_eq!([place_of_pair(i, j, 7), place_of_pair(j, i, 7)], [place; 2]);
        }
    }
}
