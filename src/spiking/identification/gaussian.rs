//! The normal density of a rule over measured changes.

use ndarray::{Array1, Array2};

use crate::{Error, Result};

/// A multivariate normal density by the Cholesky factor of its covariance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gaussian {
    mean: Array1<f64>,
    lower: Array2<f64>,
}

/// The logarithm of a density and the squared Mahalanobis distance from its mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Evidence {
    pub(super) log_density: f64,
    pub(super) distance: f64,
}

impl Gaussian {
    /// # Errors
    /// [`Error::Samples`] if the covariance is not positive definite.
    pub(super) fn new(mean: Array1<f64>, covariance: &Array2<f64>) -> Result<Self> {
        let n = mean.len();
        let mut lower = Array2::<f64>::zeros((n, n));
        for i in 0..n {
            for j in 0..=i {
                let inner: f64 = (0..j).map(|k| lower[[i, k]] * lower[[j, k]]).sum();
                let left = covariance[[i, j]] - inner;
                if i == j && (left.is_nan() || left <= 1e-14 * covariance[[i, i]]) {
                    return Err(Error::Samples(format!(
                        "the covariance of {n} changes is not positive definite; draw more \
                         preparations"
                    )));
                }
                lower[[i, j]] = if i == j { left.sqrt() } else { left / lower[[j, j]] };
            }
        }
        Ok(Self { mean, lower })
    }

    /// The evidence of the first protocol, of the first two, and so on to all.
    pub(super) fn prefixes(&self, changes: &[f64]) -> Vec<Evidence> {
        let half_log_two_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
        let mut now = Evidence { log_density: 0.0, distance: 0.0 };
        let mut whitened: Vec<f64> = Vec::with_capacity(changes.len());
        let mut all = Vec::with_capacity(changes.len());
        for (i, change) in changes.iter().enumerate() {
            let inner: f64 =
                whitened.iter().enumerate().map(|(k, one)| self.lower[[i, k]] * one).sum();
            let of = (change - self.mean[i] - inner) / self.lower[[i, i]];
            now.distance += of * of;
            now.log_density -= 0.5 * of * of + self.lower[[i, i]].ln() + half_log_two_pi;
            whitened.push(of);
            all.push(now);
        }
        all
    }

    /// The evidence of all protocols.
    pub(super) fn evidence(&self, changes: &[f64]) -> Evidence {
        let none = Evidence { log_density: 0.0, distance: 0.0 };
        self.prefixes(changes).last().copied().unwrap_or(none)
    }
}

/// Probabilities from logarithms of densities, divided by a temperature, under equal priors.
pub(super) fn posterior(logs: &[f64], temperature: f64) -> Vec<f64> {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| ((log - most) / temperature).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// The place of the largest, the first of equal ones.
pub(super) fn largest(values: &[f64]) -> usize {
    let better = |best: usize, at: usize| if values[at] > values[best] { at } else { best };
    (0..values.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn densities_equal_their_definition() {
        let covariance = array![[1.0, 0.3, 0.1], [0.3, 0.5, -0.2], [0.1, -0.2, 2.0]];
        let gaussian = Gaussian::new(array![1.0, -1.0, 0.5], &covariance).unwrap();
        let found = gaussian.prefixes(&[0.3, 0.2, 0.0]);
        for (found, expected) in found.iter().zip(GOLDEN) {
            assert!((found.log_density - expected).abs() < 1e-9, "{found:?} {expected}");
        }
        assert_eq!(gaussian.evidence(&[0.3, 0.2, 0.0]), found[2]);
        assert!((found[0].distance - 0.49).abs() < 1e-12);
    }

    /// Of the first coordinate, of two, and of all three, by numpy 2.
    const GOLDEN: [f64; 3] = [-1.1639385332046726, -4.061590201889404, -5.326088600929005];

    #[test]
    fn a_singular_covariance_is_refused() {
        let singular = array![[1.0, 1.0], [1.0, 1.0]];
        let said = Gaussian::new(array![0.0, 0.0], &singular).unwrap_err().to_string();
        assert!(said.contains("not positive definite"), "{said}");
    }

    #[test]
    fn probabilities_sum_to_one_also_far_away() {
        let logs = [-1e4, -1e4 + 2.0_f64.ln(), -2e4];
        let found = posterior(&logs, 1.0);
        assert!((found[1] - 2.0 / 3.0).abs() < 1e-12 && found[2] == 0.0);
        let cooler = posterior(&logs, 2.0);
        assert!((cooler[1] / cooler[0] - 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(largest(&[0.2, 0.4, 0.4]), 1);
    }
}
