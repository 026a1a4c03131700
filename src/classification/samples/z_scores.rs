//! z-scores, with the training samples' statistics only.

use ndarray::{Array1, Array2, ArrayView1};

use super::labelled_features::CLIP;

/// A standard deviation below this many units in the last place of the largest value is what
/// rounding leaves of a constant, and says nothing.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Where the spread is this small a share of the values, the rounding of their mean is a large
/// share of it.
const CLOSE: f64 = 1e-6;

/// Where a clipped value is placed, in standard deviations.
const CLIPPED_Z: f64 = 10.0;

/// No score is farther out than this, however small the spread was in training.
const FARTHEST_Z: f64 = 1e9;

/// Means and standard deviations of training features.
#[derive(Debug, Clone)]
pub(in crate::classification) struct Scale {
    /// A power of two per feature, about as large as its values: dividing by it rounds nothing, and
    /// squares of what is left neither overflow nor vanish.
    units: Array1<f64>,
    /// In these units.
    means: Array1<f64>,
    /// In these units; infinite for features without spread, whose scores are 0.
    deviations: Array1<f64>,
}

fn is_clipped(value: f64) -> bool {
    value.abs() >= CLIP
}

/// The largest power of two not above `size`; for numbers too small to be normal the smallest
/// normal one.
fn power_of_two(size: f64) -> f64 {
    let exponent = size.to_bits() & f64::INFINITY.to_bits();
    f64::from_bits(exponent).max(f64::MIN_POSITIVE)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn deviation(values: &[f64], mean: f64) -> f64 {
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (squares / values.len().max(1) as f64).sqrt()
}

/// SampleUnit, mean and population standard deviation of the values that were not clipped.
fn moments(column: ArrayView1<'_, f64>) -> [f64; 3] {
    let kept: Vec<f64> = column.iter().copied().filter(|&value| !is_clipped(value)).collect();
    let largest = kept.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let unit = power_of_two(largest);
    let kept: Vec<f64> = kept.into_iter().map(|value| value / unit).collect();
    let mut middle = mean(&kept);
    let mut spread = deviation(&kept, middle);
    let size = largest / unit;
    if spread < CLOSE * size {
        middle += mean(&kept.iter().map(|value| value - middle).collect::<Vec<f64>>());
        spread = deviation(&kept, middle);
    }
    let says_something = spread > ROUNDING * size;
    [unit, middle, if says_something { spread } else { f64::INFINITY }]
}

impl Scale {
    /// Learns from n × p `features`.
    pub(in crate::classification) fn new(features: &Array2<f64>) -> Self {
        let moments: Vec<[f64; 3]> = features.columns().into_iter().map(moments).collect();
        let each = |place: usize| moments.iter().map(|moments| moments[place]).collect();
        Self { units: each(0), means: each(1), deviations: each(2) }
    }

    /// How many features it learned from.
    pub(in crate::classification) fn features(&self) -> usize {
        self.means.len()
    }

    /// The z-scores of n × p `features`, finite.
    pub(in crate::classification) fn apply(&self, features: &Array2<f64>) -> Array2<f64> {
        let mut scores = (features / &self.units - &self.means) / &self.deviations;
        for ((place, score), &value) in scores.indexed_iter_mut().zip(features) {
            *score = match value {
                _ if is_clipped(value) => CLIPPED_Z.copysign(value),
                // Infinity by infinity, if the unit is tiny.
                _ if self.deviations[place.1].is_infinite() => 0.0,
                _ => score.clamp(-FARTHEST_Z, FARTHEST_Z),
            };
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn scores(train: &Array2<f64>) -> Array2<f64> {
        Scale::new(train).apply(train)
    }

    #[test]
    fn scores_have_mean_zero_and_spread_one_and_clipped_values_stand_apart() {
        let train = array![[1.0, 7.0], [3.0, 7.0], [CLIP, 7.0]];
        assert_eq!(scores(&train), array![[-1.0, 0.0], [1.0, 0.0], [10.0, 0.0]]);
    }

    #[test]
    fn a_feature_is_seen_whatever_its_unit() {
        for size in [5e-324, 1e-310, 1e-300, 1e-12, 1e-7, 1.0, 1e8] {
            let found = scores(&array![[0.0], [0.0], [size], [size]]);
            assert_eq!(found, array![[-1.0], [-1.0], [1.0], [1.0]], "{size}");
        }
    }

    #[test]
    fn a_small_difference_of_large_numbers_is_seen_and_what_rounding_leaves_is_not() {
        for size in [1e8, 0.1, 3e-200] {
            let seen = size * (1.0 + 1e-14);
            let columns = Array2::from_shape_fn((99, 1), |(row, _)| [size, seen][row % 2]);
            let found = scores(&columns);
            assert!(
                (found[[0, 0]] + 1.0).abs() < 0.1 && (found[[1, 0]] - 1.0).abs() < 0.1,
                "{size}"
            );
            let next = Array2::from_shape_fn((99, 1), |(row, _)| [size, size.next_up()][row % 2]);
            assert_eq!(scores(&next), Array2::<f64>::zeros((99, 1)));
            assert_eq!(scores(&Array2::from_elem((99, 1), size)), Array2::<f64>::zeros((99, 1)));
        }
    }

    #[test]
    fn scores_are_finite_however_extreme_the_numbers() {
        let train = array![[1e-310, 0.0, 1e308], [2e-310, 0.0, -1e308], [3e-310, 0.0, f64::MAX]];
        let judged =
            array![[9e8, 5.0, 0.0], [-9e8, f64::MIN_POSITIVE, 1.0], [0.0, 1e300, f64::MAX]];
        let scale = Scale::new(&train);
        for scores in [scale.apply(&train), scale.apply(&judged)] {
            assert!(scores.iter().all(|score| score.is_finite()), "{scores}");
        }
        let scores = scale.apply(&judged);
        assert_eq!((scores[[0, 0]], scores[[1, 1]], scores[[2, 1]]), (FARTHEST_Z, 0.0, CLIPPED_Z));
    }

    /// As it always was: the standard deviation is that of the plain formula, bit for bit.
    #[test]
    fn ordinary_features_are_scaled_as_by_hand() {
        let train =
            Array2::from_shape_fn((40, 1), |(row, _)| ((row * 37) % 11) as f64 * 0.37 - 1.3);
        let n = 40.0;
        let mean = train.iter().sum::<f64>() / n;
        let squares = train.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let by_hand = train.mapv(|value| (value - mean) / (squares / n).sqrt());
        assert_eq!(scores(&train), by_hand);
    }
}
