//! How noisy are units, and how does their noise go together?

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::linear::inverse;
use crate::{Error, Result};

/// An estimator of the covariance of noise over P units from residuals, n × P. Its inverse is the
/// precision that [`mahalanobis`](super::mahalanobis) and [`crossnobis`](super::crossnobis) weight
/// units by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum NoiseEstimator {
    /// The sample covariance. Its inverse needs more residuals than units.
    Full,
    /// The variances of units without their covariances.
    Diagonal,
    /// The sample covariance shrunk towards a multiple of the identity: Ledoit & Wolf 2004, doi
    /// 10.1016/S0047-259X(03)00096-4.
    ShrinkToIdentity,
    /// The sample covariance shrunk towards its diagonal: Schäfer & Strimmer 2005, doi
    /// 10.2202/1544-6115.1175.
    #[default]
    ShrinkToDiagonal,
}

impl NoiseEstimator {
    /// The covariance of noise, P × P. The mean over residuals is taken out of each unit.
    /// `freedom` is the degrees of freedom of the residuals; none means n − 1.
    ///
    /// # Errors
    /// [`Error::Samples`] for fewer than two residuals or one that is not finite, and where
    /// shrinkage meets a unit without noise; [`Error::Setting`] for no degrees of freedom.
    pub fn covariance(
        self,
        residuals: &Array2<f64>,
        freedom: Option<usize>,
    ) -> Result<Array2<f64>> {
        let freedom = checked(residuals, freedom)?;
        let centred = residuals - &(residuals.sum_axis(Axis(0)) / residuals.nrows() as f64);
        match self {
            Self::Full => Ok(centred.t().dot(&centred) / freedom),
            Self::Diagonal => {
                let squares = centred.mapv(|value| value * value).sum_axis(Axis(0));
                Ok(Array2::from_diag(&(squares / freedom)))
            }
            Self::ShrinkToIdentity => shrunk_to_identity(&centred, freedom),
            Self::ShrinkToDiagonal => shrunk_to_diagonal(&centred, freedom),
        }
    }

    /// The precision of noise, P × P: the inverse of [`NoiseEstimator::covariance`].
    ///
    /// ```
    /// use microlearners::ndarray::array;
    /// use microlearners::representations::NoiseEstimator;
    ///
    /// let residuals = array![[1.0, 0.1], [-1.0, 0.1], [0.0, -0.2]];
    /// let precision = NoiseEstimator::Diagonal.precision(&residuals, None)?;
    /// assert!(precision[[1, 1]] > precision[[0, 0]]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`NoiseEstimator::covariance`]; [`Error::Samples`] if the covariance has no inverse.
    pub fn precision(self, residuals: &Array2<f64>, freedom: Option<usize>) -> Result<Array2<f64>> {
        let (rows, units) = residuals.dim();
        let none = || {
            Error::Samples(format!(
                "the noise covariance of {units} units from {rows} residuals has no inverse; give more residuals, use NoiseEstimator::ShrinkToDiagonal, or leave out units without noise"
            ))
        };
        let covariance = self.covariance(residuals, freedom)?;
        if self == Self::Full && rows <= units {
            return Err(none());
        }
        inverse(&covariance).ok_or_else(none)
    }
}

/// Residuals of repeated measurements, and their degrees of freedom.
#[derive(Debug, Clone, PartialEq)]
pub struct RepeatResiduals {
    /// One row for each stimulus and repeat, each its distance from the mean over repeats.
    pub residuals: Array2<f64>,
    /// Stimuli × (repeats − 1).
    pub freedom: usize,
}

/// What is left of each repeat, stimuli × units, when the mean over repeats is taken out.
///
/// # Errors
/// [`Error::Samples`] for fewer than two repeats; [`Error::Shape`] if their shapes differ.
pub fn residuals_of_repeats(repeats: &[Array2<f64>]) -> Result<RepeatResiduals> {
    let (stimuli, units) = check_repeats(repeats)?;
    let mut mean = Array2::zeros((stimuli, units));
    repeats.iter().for_each(|repeat| mean += repeat);
    mean /= repeats.len() as f64;
    let mut residuals = Array2::zeros((stimuli * repeats.len(), units));
    for (mut rows, repeat) in residuals.axis_chunks_iter_mut(Axis(0), stimuli).zip(repeats) {
        rows.assign(&(repeat - &mean));
    }
    Ok(RepeatResiduals { residuals, freedom: stimuli * (repeats.len() - 1) })
}

/// The shape that at least two repeats share.
pub(super) fn check_repeats(repeats: &[Array2<f64>]) -> Result<(usize, usize)> {
    if repeats.len() < 2 {
        return Err(Error::Samples(format!(
            "there are {} repeats, and noise shows in at least 2; show each stimulus twice",
            repeats.len()
        )));
    }
    let (stimuli, units) = repeats[0].dim();
    if let Some(place) = repeats.iter().position(|repeat| repeat.dim() != (stimuli, units)) {
        let (rows, columns) = repeats[place].dim();
        return Err(Error::Shape(format!(
            "repeat {place} is {rows} × {columns}, and the first {stimuli} × {units}; show the same stimuli to the same units in each"
        )));
    }
    Ok((stimuli, units))
}

fn checked(residuals: &Array2<f64>, freedom: Option<usize>) -> Result<f64> {
    let (rows, units) = residuals.dim();
    if rows < 2 || units == 0 {
        return Err(Error::Samples(format!(
            "{rows} residuals of {units} units have no covariance; give at least 2 of at least 1"
        )));
    }
    if let Some(((row, unit), value)) = residuals.indexed_iter().find(|(_, x)| !x.is_finite()) {
        return Err(Error::Samples(format!(
            "residual {row} of unit {unit} is {value}; leave out what is not finite"
        )));
    }
    match freedom {
        Some(0) => Err(Error::setting("freedom", 0, "it must be at least 1")),
        other => Ok(other.unwrap_or(rows - 1) as f64),
    }
}

/// Ledoit & Wolf 2004, with the correction n / dof that rsatoolbox makes.
fn shrunk_to_identity(centred: &Array2<f64>, freedom: f64) -> Result<Array2<f64>> {
    let (rows, units) = centred.dim();
    let n = rows as f64;
    let squares = centred.mapv(|value| value * value);
    let sample = centred.t().dot(centred) / n;
    let target = Array2::eye(units) * (sample.diag().sum() / units as f64);
    let distance = (&sample - &target).mapv(|value| value * value).sum();
    let spread = squares.t().dot(&squares) / n - &sample * &sample;
    let share = if distance > 0.0 { (spread.sum() / n / distance).min(1.0) } else { 1.0 };
    Ok((target * share + sample * (1.0 - share)) * (n / freedom))
}

/// Schäfer & Strimmer 2005; n, n − 1 and dof stand where rsatoolbox has them.
fn shrunk_to_diagonal(centred: &Array2<f64>, freedom: f64) -> Result<Array2<f64>> {
    let n = centred.nrows() as f64;
    let mut covariance = centred.t().dot(centred) / freedom;
    let variances = covariance.diag().to_owned();
    if let Some(unit) = variances.iter().position(|&variance| variance <= 0.0) {
        return Err(Error::Samples(format!(
            "unit {unit} has no noise, so that its covariances cannot be scaled; leave it out"
        )));
    }
    let scored = centred / &variances.mapv(f64::sqrt);
    let squares = scored.mapv(|value| value * value);
    let mean = scored.t().dot(&scored) / (n - 1.0);
    let mean_of_squares = squares.t().dot(&squares) / (n - 1.0);
    let off_diagonal = |matrix: &Array2<f64>| matrix.sum() - matrix.diag().sum();
    let squared_mean = &mean * &mean;
    let spread = off_diagonal(&(mean_of_squares - &squared_mean)) * n / (freedom * freedom);
    let scale = off_diagonal(&squared_mean);
    let share = if scale > 0.0 { (spread / scale).clamp(0.0, 1.0) } else { 1.0 };
    covariance *= 1.0 - share;
    covariance.diag_mut().assign(&variances);
    Ok(covariance)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, all_close};
    use super::*;

    /// rsatoolbox 0.3.2, `cov_from_residuals` and `prec_from_residuals`.
    #[test]
    fn all_estimators_equal_rsatoolbox() {
        let residuals = fixtures::residuals();
        let check = |kind: NoiseEstimator, covariance: &[f64], precision: &[f64]| {
            let found = kind.covariance(&residuals, None).unwrap();
            all_close(found.as_slice().unwrap(), covariance);
            let found = kind.precision(&residuals, None).unwrap();
            all_close(&found.iter().copied().collect::<Vec<f64>>(), precision);
        };
        use fixtures as f;
        check(NoiseEstimator::Full, &f::COVARIANCE_FULL, &f::PRECISION_FULL);
        check(NoiseEstimator::Diagonal, &f::COVARIANCE_DIAG, &f::PRECISION_DIAG);
        let eye = NoiseEstimator::ShrinkToIdentity;
        check(eye, &f::COVARIANCE_SHRINKAGE_EYE, &f::PRECISION_SHRINKAGE_EYE);
        let diagonal = NoiseEstimator::default();
        check(diagonal, &f::COVARIANCE_SHRINKAGE_DIAG, &f::PRECISION_SHRINKAGE_DIAG);
    }

    #[test]
    fn shrinkage_inverts_where_the_sample_covariance_cannot() {
        let few = fixtures::residuals().slice(ndarray::s![..4, ..]).to_owned();
        let told = NoiseEstimator::Full.precision(&few, None).unwrap_err().to_string();
        assert!(told.contains("5 units from 4 residuals has no inverse"), "{told}");
        for kind in [NoiseEstimator::ShrinkToIdentity, NoiseEstimator::ShrinkToDiagonal] {
            let both =
                kind.precision(&few, None).unwrap().dot(&kind.covariance(&few, None).unwrap());
            assert!((both - Array2::<f64>::eye(5)).iter().all(|value| value.abs() < 1e-9));
        }
    }

    #[test]
    fn residuals_of_repeats_sum_to_nothing() {
        let found = residuals_of_repeats(&fixtures::repeats()).unwrap();
        assert_eq!((found.residuals.dim(), found.freedom), ((30, 5), 20));
        assert!(found.residuals.sum_axis(Axis(0)).iter().all(|sum| sum.abs() < 1e-12));
        assert!(residuals_of_repeats(&fixtures::repeats()[..1]).is_err());
    }
}
