//! What Gabor function a receptive field is most like.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::Gabor;
use super::gabor_search::{descend, gabor_at};
use super::gabor_starts::starts;
use crate::error::check_count;
use crate::rate_rules::check_numbers;
use crate::{Error, Result};

/// How [`gabor_fit`] searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaborFitSettings {
    /// Searches, from the best points of a grid of 448 Gabor functions; the best end is taken.
    /// Default 8.
    pub starts: usize,
}

impl Default for GaborFitSettings {
    fn default() -> Self {
        Self { starts: 8 }
    }
}

/// The Gabor function with the least squared difference from a receptive field.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GaborFit {
    /// The function, in its canonical form.
    pub gabor: Gabor,
    /// R², one less the squared differences over the squared deviations of the weights from their
    /// mean; at most 1, and below 0 for a function that is worse than the mean.
    pub r_squared: f64,
    /// Rows of the receptive field.
    pub rows: usize,
    /// Columns of the receptive field.
    pub columns: usize,
}

/// Fits a Gabor function to a receptive field, rows × columns, by least squares.
///
/// ```
/// use microlearners::natural_images::{Gabor, GaborFitSettings, gabor_fit};
///
/// let gabor = Gabor { x: 8.0, y: 6.0, sigma_x: 2.0, sigma_y: 3.0, ..Gabor::default() };
/// let fit = gabor_fit(&gabor.patch(16, 16), &GaborFitSettings::default())?;
/// assert!(fit.r_squared > 0.999_999 && (fit.gabor.sigma_y - 3.0).abs() < 1e-6);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] for no starts; [`Error::Shape`] if the field has fewer than nine pixels, or
/// fewer than two rows or columns; [`Error::Samples`] if a weight is not finite or all are the
/// same.
pub fn gabor_fit(field: &Array2<f64>, settings: &GaborFitSettings) -> Result<GaborFit> {
    gabor_fit_or_none(field, settings)?.ok_or_else(|| {
        Error::Samples(format!(
            "all {} weights of the receptive field are the same, so that there is nothing to fit; leave this unit out",
            field.len()
        ))
    })
}

/// The fit as [`gabor_fit`] has it; none if all weights are the same.
pub(super) fn gabor_fit_or_none(
    field: &Array2<f64>,
    settings: &GaborFitSettings,
) -> Result<Option<GaborFit>> {
    check_count("starts", settings.starts)?;
    check_numbers("the receptive field", field)?;
    let (rows, columns) = field.dim();
    if field.len() <= 8 || rows.min(columns) < 2 {
        return Err(Error::Shape(format!(
            "a receptive field of {rows} × {columns} pixels cannot decide the 8 parameters of a Gabor function; give at least 3 × 3 pixels"
        )));
    }
    let Some((scaled, scale)) = scaled(field) else { return Ok(None) };
    let ends = starts(&scaled, settings.starts).into_iter().map(|start| descend(&start, &scaled));
    let (point, misfit) = ends
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .ok_or_else(|| Error::Samples("no Gabor function comes near the receptive field".into()))?;
    let mut gabor = gabor_at(&point);
    gabor.amplitude *= scale;
    let spread = scaled.var(0.0) * scaled.len() as f64;
    Ok(Some(GaborFit { gabor, r_squared: 1.0 - misfit / spread, rows, columns }))
}

/// The field with a largest weight of 1, so that tiny weights are fitted as well, and its scale;
/// none if all weights are the same up to rounding.
fn scaled(field: &Array2<f64>) -> Option<(Array2<f64>, f64)> {
    let scale = field.iter().fold(0.0, |most: f64, weight| most.max(weight.abs()));
    let scaled = field / scale.max(f64::MIN_POSITIVE);
    (scale > 0.0 && scaled.std(0.0) > 1e-12).then_some((scaled, scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use rand_distr::{Distribution, StandardNormal};

    fn truth() -> Gabor {
        Gabor {
            amplitude: 1.0,
            x: 7.2,
            y: 8.1,
            orientation: 0.6,
            sigma_x: 2.0,
            sigma_y: 3.0,
            frequency: 0.18,
            phase: 0.7,
        }
    }

    fn parameters(gabor: &Gabor) -> [f64; 8] {
        let (widths, wave) = ([gabor.sigma_x, gabor.sigma_y], [gabor.frequency, gabor.phase]);
        let place = [gabor.amplitude, gabor.x, gabor.y, gabor.orientation];
        [place[0], place[1], place[2], place[3], widths[0], widths[1], wave[0], wave[1]]
    }

    fn fitted(field: &Array2<f64>) -> GaborFit {
        gabor_fit(field, &GaborFitSettings::default()).unwrap()
    }

    #[test]
    fn the_parameters_of_a_patch_are_recovered() {
        let fit = fitted(&truth().patch(16, 16));
        for (found, expected) in parameters(&fit.gabor).iter().zip(parameters(&truth())) {
            assert!((found - expected).abs() < 1e-6, "{fit:?}");
        }
        assert!(fit.r_squared > 1.0 - 1e-12);
        assert!((fit.gabor.cycles_across() - 0.36).abs() < 1e-6);
        assert!((fit.gabor.cycles_along() - 0.54).abs() < 1e-6);
    }

    #[test]
    fn many_shapes_are_recovered() {
        for (sigma_x, sigma_y, frequency, orientation) in [
            (1.0, 3.5, 0.25, 2.9),
            (3.0, 1.5, 0.12, 1.5),
            (2.5, 2.5, 0.3, 0.1),
            (1.5, 1.5, 0.1, 2.0),
            (2.0, 4.0, 0.08, 0.8),
        ] {
            let gabor = Gabor { sigma_x, sigma_y, frequency, orientation, phase: -1.4, ..truth() };
            let fit = fitted(&(gabor.patch(16, 16) * 1e-5));
            assert!(fit.r_squared > 1.0 - 1e-9, "{gabor:?} {fit:?}");
            assert!((fit.gabor.orientation - orientation).abs() < 1e-3, "{gabor:?} {fit:?}");
        }
    }

    #[test]
    fn noise_lowers_the_fit_and_hardly_moves_it() {
        let mut rng = random::stream(0, "noise");
        let noise = Array2::from_shape_fn((16, 16), |_| StandardNormal.sample(&mut rng));
        let fit = fitted(&(truth().patch(16, 16) + 0.05 * &noise));
        assert!(fit.r_squared > 0.8 && fit.r_squared < 0.99, "{fit:?}");
        assert!((fit.gabor.x - 7.2).abs() < 0.2 && (fit.gabor.orientation - 0.6).abs() < 0.1);
        assert!(fitted(&noise).r_squared < 0.5);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let told = |field| gabor_fit(&field, &GaborFitSettings::default()).unwrap_err().to_string();
        assert!(told(Array2::from_elem((4, 4), 0.3)).contains("all 16 weights"));
        assert!(told(Array2::eye(2)).contains("2 × 2 pixels"));
        assert!(told(Array2::from_elem((4, 4), f64::NAN)).contains("NaN"));
        let none = gabor_fit(&Array2::eye(4), &GaborFitSettings { starts: 0 });
        assert!(none.unwrap_err().to_string().contains("starts is 0"));
    }
}
