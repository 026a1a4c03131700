//! The RV coefficient, a correlation of two sets of patterns.

use ndarray::Array2;

use super::cka::{Cka, CkaKernel, HsicEstimator};
use crate::Result;

/// tr(XXᵀYYᵀ) / √(tr(XXᵀ)² tr(YYᵀ)²) of patterns, n × p and n × q, without the mean of each unit:
/// Robert and Escoufier 1976, doi 10.2307/2347233. From 0 to 1.
///
/// It is the same number as the linear, biased [`Cka`], and shares its bias with few stimuli.
///
/// ```
/// use microlearners::representations::rv_coefficient;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0]];
/// assert!((rv_coefficient(&x, &(&x * 2.0))? - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// As [`Cka::compare`] with the biased estimator.
pub fn rv_coefficient(x: &Array2<f64>, y: &Array2<f64>) -> Result<f64> {
    let (kernel, estimator) = (CkaKernel::Linear, HsicEstimator::Biased);
    Cka { kernel, estimator }.compare(x, y)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::test_patterns::{close, x, y};

    /// numpy 2.4.6, by traces.
    #[test]
    fn traces_give_the_coefficient() {
        close(rv_coefficient(&x(), &y()).unwrap(), 0.8239426252125577);
    }

    #[test]
    fn of_single_units_it_is_the_squared_correlation() {
        let (x, y) = (array![[1.0], [2.0], [4.0]], array![[3.0], [1.0], [2.0]]);
        // Deviations (−4, −1, 5) / 3 and (1, −1, 0).
        close(rv_coefficient(&x, &y).unwrap(), 1.0 / (42.0 / 9.0 * 2.0));
    }
}
