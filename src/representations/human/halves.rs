//! Judgements split at random in two halves.

use ndarray::{Array2, ArrayView1, ArrayViewMut1, Zip};
use rand::Rng as _;

use crate::random::Rng;

/// Two halves of the judgements of each image: for one image a draw without replacement, which
/// makes the counts multivariate hypergeometric. The first half has one judgement fewer if their
/// number is odd.
pub(super) fn halves(counts: &Array2<u32>, rng: &mut Rng) -> [Array2<u32>; 2] {
    let mut first = Array2::zeros(counts.dim());
    Zip::from(counts.rows())
        .and(first.rows_mut())
        .for_each(|counts, half| draw_half(counts, half, rng));
    let second = counts - &first;
    [first, second]
}

/// Goes through the judgements and takes each with the probability that is needed for the rest to
/// suffice.
fn draw_half(counts: ArrayView1<'_, u32>, mut half: ArrayViewMut1<'_, u32>, rng: &mut Rng) {
    let mut left: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    let mut needed = left / 2;
    for (&count, taken) in counts.iter().zip(&mut half) {
        // Unanimous judgements need no random numbers.
        if u64::from(count) == left {
            *taken = needed as u32;
            return;
        }
        for _ in 0..count {
            let is_taken = rng.gen_range(0..left) < needed;
            *taken += u32::from(is_taken);
            needed -= u64::from(is_taken);
            left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use ndarray::array;

    #[test]
    fn halves_add_up() {
        let counts = array![[6, 3, 2], [0, 9, 0], [1, 1, 0], [0, 0, 7]];
        let [first, second] = halves(&counts, &mut random::stream(1, "halves"));
        assert_eq!(&first + &second, counts);
        let sums: Vec<u32> = first.rows().into_iter().map(|row| row.sum()).collect();
        assert_eq!(sums, [5, 4, 1, 3]);
    }

    /// Mean n K / N and variance n K / N (1 − K / N) (N − n) / (N − 1).
    #[test]
    fn halves_are_hypergeometric() {
        let images = 40_000;
        let counts = Array2::from_shape_fn((images, 3), |(_, class)| [6, 3, 1][class]);
        let [first, _] = halves(&counts, &mut random::stream(2, "halves"));
        for (class, share) in [0.6, 0.3, 0.1].into_iter().enumerate() {
            let drawn = first.column(class).mapv(f64::from);
            let (mean, variance) = (drawn.mean().unwrap(), drawn.var(0.0));
            let expected = 5.0 * share * (1.0 - share) * 5.0 / 9.0;
            assert!((mean - 5.0 * share).abs() < 0.02, "{mean}");
            assert!((variance - expected).abs() < 0.02, "{variance} {expected}");
        }
    }
}
