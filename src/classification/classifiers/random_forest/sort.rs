//! Sorting (rank, class, weight) triples packed into one integer each.

/// Below this length, comparing is faster than counting digits.
const SHORT: usize = 200;

/// Bits of a key below its rank: 16 for the class, 16 for the weight.
const RANK_SHIFT: u32 = 32;

/// Packs a rank above a tag.
pub(super) fn key(rank: u32, tag: u32) -> u64 {
    u64::from(rank) << RANK_SHIFT | u64::from(tag)
}

/// The rank of a key.
pub(super) fn rank(key: u64) -> u32 {
    (key >> RANK_SHIFT) as u32
}

/// Packs a class and a weight.
pub(super) fn tag(class: usize, weight: u16) -> u32 {
    (class as u32) << 16 | u32::from(weight)
}

/// The class and the weight of a key.
pub(super) fn untag(key: u64) -> (usize, f64) {
    ((key >> 16 & 0xffff) as usize, (key & 0xffff) as f64)
}

/// Sorts `keys` by rank; all ranks lie in `low..=high`. `spare` is overwritten.
pub(super) fn by_rank(keys: &mut Vec<u64>, spare: &mut Vec<u64>, low: u32, high: u32) {
    if keys.len() < SHORT {
        keys.sort_unstable();
        return;
    }
    let bits = u32::BITS - (high - low).leading_zeros();
    spare.clear();
    spare.resize(keys.len(), 0);
    for digit in 0..bits.div_ceil(8) {
        scatter(keys, spare, low, 8 * digit);
        std::mem::swap(keys, spare);
    }
}

/// One stable pass over eight bits of the ranks.
fn scatter(from: &[u64], to: &mut [u64], low: u32, shift: u32) {
    let digit = |key: u64| ((rank(key) - low) >> shift & 0xff) as usize;
    let mut places = [0_usize; 256];
    for &key in from {
        places[digit(key)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += std::mem::replace(place, next);
    }
    for &key in from {
        let place = &mut places[digit(key)];
        to[*place] = key;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn ranks_come_out_in_order_whatever_the_length() {
        let mut rng = crate::random::stream(1, "sort");
        for length in [0, 1, 2, 50, 199, 200, 1000, 70_000] {
            let mut keys: Vec<u64> =
                (0..length).map(|_| key(rng.gen_range(5..70_005), tag(3, 1))).collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            by_rank(&mut keys, &mut Vec::new(), 5, 70_004);
            assert_eq!(keys, expected);
        }
    }

    #[test]
    fn tags_unpack() {
        assert_eq!(untag(key(9, tag(3, 7))), (3, 7.0));
        assert_eq!(rank(key(9, tag(3, 7))), 9);
    }
}
