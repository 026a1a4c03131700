//! z-scores, with the training samples' statistics only.

use ndarray::{Array1, Array2, ArrayView1};

use super::CLIP;

/// A standard deviation is never taken for smaller than this.
const FLOOR: f64 = 1e-5;

/// Where a clipped value is placed, in standard deviations.
const CLIPPED_Z: f64 = 10.0;

/// Means and standard deviations of training features.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    means: Array1<f64>,
    deviations: Array1<f64>,
}

fn is_clipped(value: f64) -> bool {
    value.abs() >= CLIP
}

/// Mean and population standard deviation of the values that were not clipped.
fn moments(column: ArrayView1<'_, f64>) -> (f64, f64) {
    let kept: Vec<f64> = column.iter().copied().filter(|&value| !is_clipped(value)).collect();
    let n = kept.len().max(1) as f64;
    let mean = kept.iter().sum::<f64>() / n;
    let variance = kept.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt().max(FLOOR))
}

impl Scale {
    /// Learns from n × p `features`.
    pub(super) fn new(features: &Array2<f64>) -> Self {
        let (means, deviations): (Vec<f64>, Vec<f64>) =
            features.columns().into_iter().map(moments).unzip();
        Self { means: means.into(), deviations: deviations.into() }
    }

    /// The z-scores of n × p `features`.
    pub(super) fn apply(&self, features: &Array2<f64>) -> Array2<f64> {
        let mut scores = (features - &self.means) / &self.deviations;
        for (score, &value) in scores.iter_mut().zip(features) {
            if is_clipped(value) {
                *score = CLIPPED_Z.copysign(value);
            }
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn scores_have_mean_zero_and_spread_one_and_clipped_values_stand_apart() {
        let train = array![[1.0, 7.0], [3.0, 7.0], [CLIP, 7.0]];
        let scores = Scale::new(&train).apply(&train);
        assert_eq!(scores, array![[-1.0, 0.0], [1.0, 0.0], [10.0, 0.0]]);
    }
}
