//! How many dimensions patterns fill.

use linfa_linalg::eigh::EigValsh;
use ndarray::Array2;

use crate::display::show_as_settings;
use crate::representations::patterns::{
    centred_varying, check_patterns, squared_norm, squared_product, undecomposed,
};
use crate::{Error, Result};

/// An eigenvalue below this share of the sum is rounding.
const ROUNDING: f64 = 1e-15;

/// How the variance of patterns spreads over dimensions. All numbers are at least 1, and at most
/// the smaller of the units and the stimuli less one, so that few stimuli pull them down.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimensionality {
    /// The eigenvalues λ of the covariance of the units (divided by stimuli less one), largest
    /// first, in the squared unit of activity.
    pub eigenvalues: Vec<f64>,
    /// The participation ratio (Σλ)² / Σλ²: Gao et al. 2017, doi 10.1101/214262.
    pub participation_ratio: f64,
    /// The effective rank exp(−Σ p ln p) with p = λ / Σλ, of Roy and Vetterli 2007.
    pub effective_rank: f64,
    /// The stable rank Σλ / λ₁ of the centred patterns: ‖X‖²_F / ‖X‖²₂.
    pub stable_rank: f64,
    /// The fewest principal components that hold 90 % of the variance.
    pub components_for_90_percent: usize,
}

show_as_settings!(Dimensionality);

/// The dimensions that patterns fill, n × p, the mean of each unit taken out.
///
/// ```
/// use microlearners::representations::dimensionality;
/// use microlearners::ndarray::array;
///
/// let square = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// assert!((dimensionality(&square)?.participation_ratio - 2.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] of fewer than two stimuli; [`Error::Samples`] if a number is not finite or the
/// stimuli do not differ.
pub fn dimensionality(x: &Array2<f64>) -> Result<Dimensionality> {
    check_patterns("patterns", x, 2)?;
    let centred = centred_varying("patterns", x)?;
    let (n, p) = centred.dim();
    let product = if p <= n { centred.t().dot(&centred) } else { centred.dot(&centred.t()) };
    of_symmetric(&(product / (n as f64 - 1.0)), p.min(n - 1))
}

/// The participation ratio alone, which needs no eigenvalues: (tr C)² / tr C² of the covariance C of
/// patterns, n × p.
///
/// # Errors
/// As [`dimensionality`].
pub fn participation_ratio(x: &Array2<f64>) -> Result<f64> {
    check_patterns("patterns", x, 2)?;
    let centred = centred_varying("patterns", x)?;
    let view = centred.view();
    Ok(squared_norm(view).powi(2) / squared_product(view, view))
}

/// The dimensions that a covariance matrix fills, p × p.
///
/// # Errors
/// [`Error::Shape`] if it is not square; [`Error::Samples`] if a number is not finite, if it is not
/// symmetric, or if it has a negative eigenvalue or no positive one.
pub fn dimensionality_of_covariance(covariance: &Array2<f64>) -> Result<Dimensionality> {
    if !covariance.is_square() || covariance.is_empty() {
        return Err(Error::Shape(format!(
            "the covariance is {} × {}; give a square matrix",
            covariance.nrows(),
            covariance.ncols()
        )));
    }
    if covariance.iter().any(|value| !value.is_finite() || value.abs() > 1e100) {
        let told = "the covariance has an entry that is not finite; give numbers of at most 1e100";
        return Err(Error::Samples(told.into()));
    }
    let largest = covariance.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let apart = (covariance - &covariance.t()).iter().any(|gap| gap.abs() > 1e-9 * largest);
    if apart {
        let told = "the covariance is not symmetric; give the mean of it and its transpose";
        return Err(Error::Samples(told.into()));
    }
    of_symmetric(covariance, covariance.nrows())
}

/// Of a symmetric matrix with at most `rank` eigenvalues that are not 0.
fn of_symmetric(matrix: &Array2<f64>, rank: usize) -> Result<Dimensionality> {
    let mut eigenvalues = matrix.eigvalsh().map_err(undecomposed)?.to_vec();
    eigenvalues.sort_by(|a, b| b.total_cmp(a));
    let (largest, smallest) = (eigenvalues[0], eigenvalues[eigenvalues.len() - 1]);
    if largest <= 0.0 || smallest < -1e-9 * largest {
        return Err(Error::Samples(format!(
            "the eigenvalues of the covariance lie between {smallest:.3e} and {largest:.3e}; \
             none may be negative, and one must be positive"
        )));
    }
    eigenvalues.truncate(rank);
    eigenvalues.iter_mut().for_each(|value| *value = value.max(0.0));
    let total: f64 = eigenvalues.iter().sum();
    let shares: Vec<f64> = eigenvalues.iter().map(|value| value / total).collect();
    let positive = shares.iter().filter(|&&share| share > ROUNDING);
    let entropy: f64 = positive.map(|share| -share * share.ln()).sum();
    let mut found = Dimensionality {
        participation_ratio: 1.0 / shares.iter().map(|share| share * share).sum::<f64>(),
        effective_rank: entropy.exp(),
        stable_rank: total / largest,
        components_for_90_percent: 0,
        eigenvalues,
    };
    found.components_for_90_percent = found.components_for(0.9)?;
    Ok(found)
}

impl Dimensionality {
    /// The fewest principal components that hold a share of the variance.
    ///
    /// # Errors
    /// [`Error::Setting`] if the share is not in (0, 1].
    pub fn components_for(&self, share: f64) -> Result<usize> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::setting("share", share, "it must be above 0 and at most 1"));
        }
        let total: f64 = self.eigenvalues.iter().sum();
        let mut sum = 0.0;
        let reached = self.eigenvalues.iter().position(|value| {
            sum += value / total;
            sum >= share - 1e-12
        });
        Ok(reached.map_or(self.eigenvalues.len(), |at| at + 1))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array, concatenate};

    use super::*;
    use crate::representations::test_patterns::{close, normal, x, y};

    /// numpy 2.4.6, by the eigenvalues of `numpy.cov`.
    #[test]
    fn dimensions_equal_numpy() {
        let found = dimensionality(&x()).unwrap();
        close(found.participation_ratio, 2.0061123280052637);
        close(found.effective_rank, 2.373476276321923);
        close(found.stable_rank, 1.5786882539372065);
        assert_eq!(found.components_for_90_percent, 2);
        assert_eq!(found.components_for(0.5).unwrap(), 1);
        close(found.eigenvalues[4], 0.05790636860820931);
        let found = dimensionality(&y()).unwrap();
        close(found.participation_ratio, 2.9269507298989477);
        close(found.effective_rank, 3.563277814016367);
        close(found.stable_rank, 2.0280789647605877);
        assert_eq!(found.components_for_90_percent, 3);
        assert_eq!(found.components_for(0.5).unwrap(), 2);
    }

    #[test]
    fn a_round_cloud_fills_all_its_dimensions() {
        let eye = Array2::<f64>::eye(7);
        let cross = dimensionality(&concatenate![Axis(0), eye, -&eye]).unwrap();
        for found in [cross, dimensionality_of_covariance(&(eye * 3.0)).unwrap()] {
            close(found.participation_ratio, 7.0);
            close(found.effective_rank, 7.0);
            close(found.stable_rank, 7.0);
            assert_eq!(found.components_for_90_percent, 7);
        }
    }

    #[test]
    fn tiny_activities_are_no_obstacle() {
        let tiny = dimensionality(&(x() * 1e-120)).unwrap();
        close(tiny.participation_ratio, 2.0061123280052637);
    }

    #[test]
    fn a_line_fills_one_and_many_units_are_no_obstacle() {
        let line = dimensionality(&normal(5, 1, "line").dot(&normal(1, 300, "map"))).unwrap();
        close(line.participation_ratio, 1.0);
        close(line.effective_rank, 1.0);
        let wide = normal(6, 20, "wide");
        let by_units = dimensionality_of_covariance(&{
            let centred = &wide - &wide.mean_axis(Axis(0)).unwrap();
            centred.t().dot(&centred) / 5.0
        })
        .unwrap();
        let by_stimuli = dimensionality(&wide).unwrap();
        close(by_stimuli.participation_ratio, by_units.participation_ratio);
        assert_eq!(by_stimuli.eigenvalues.len(), 5);
    }

    #[test]
    fn what_is_no_covariance_is_refused() {
        let told = dimensionality_of_covariance(&array![[1.0, 2.0], [2.0, 1.0]]).unwrap_err();
        assert!(told.to_string().contains("between -1.000e0 and 3.000e0"), "{told}");
        assert!(dimensionality_of_covariance(&array![[1.0, 0.5], [0.0, 1.0]]).is_err());
        assert!(dimensionality_of_covariance(&array![[1.0, 0.5]]).is_err());
        assert!(dimensionality(&Array2::zeros((3, 2))).is_err());
        assert!(dimensionality(&x()).unwrap().components_for(1.1).is_err());
    }
}
