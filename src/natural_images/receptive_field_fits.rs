//! How many of a layer's receptive fields are localised.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::gabor_fit::gabor_fit_or_none;
use super::{GaborFit, GaborFitSettings};
use crate::error::check_positive;
use crate::rate_rules::check_numbers;
use crate::{Error, Result};

/// When a receptive field counts as localised: a Gabor function describes it, its centre lies
/// inside the patch, and both widths of its envelope are small beside the patch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Localisation {
    /// The least R² of the fit; default 0.7.
    pub least_r_squared: f64,
    /// The largest σ_x and σ_y, as a share of the shorter side; default 0.25, so that four
    /// standard deviations of the envelope fit into the patch in both directions. A bar that runs
    /// through the whole patch is not localised.
    pub largest_width: f64,
}

impl Default for Localisation {
    fn default() -> Self {
        Self { least_r_squared: 0.7, largest_width: 0.25 }
    }
}

impl Localisation {
    /// Whether a fitted receptive field is localised.
    pub fn accepts(&self, fit: &GaborFit) -> bool {
        let widest = self.largest_width * fit.rows.min(fit.columns) as f64;
        let within = |at: f64, size: usize| (-0.5..=size as f64 - 0.5).contains(&at);
        fit.r_squared >= self.least_r_squared
            && within(fit.gabor.x, fit.columns)
            && within(fit.gabor.y, fit.rows)
            && fit.gabor.sigma_x.max(fit.gabor.sigma_y) <= widest
    }
}

/// Gabor fits of all units of a layer.
///
/// ```
/// use microlearners::natural_images::{Gabor, GaborFitSettings, Localisation, ReceptiveFieldFits};
///
/// let gabor = Gabor { x: 4.0, y: 5.0, ..Gabor::default() };
/// let weights = gabor.patch(10, 10).into_shape_with_order((1, 100)).unwrap();
/// let fits = ReceptiveFieldFits::of(&weights, (10, 10), &GaborFitSettings::default())?;
/// assert_eq!(fits.share_localised(&Localisation::default())?, 1.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceptiveFieldFits {
    /// One for each unit; none where all weights of the unit are the same.
    pub fits: Vec<Option<GaborFit>>,
}

impl ReceptiveFieldFits {
    /// Fits the weights of each unit, units × inputs, where the inputs are the pixels of a patch of
    /// (rows, columns), row by row.
    ///
    /// # Errors
    /// [`Error::Shape`] if the weights are not as many as the pixels, or there are no units;
    /// otherwise as
    /// [`gabor_fit`](super::gabor_fit).
    pub fn of(
        weights: &Array2<f64>,
        (rows, columns): (usize, usize),
        settings: &GaborFitSettings,
    ) -> Result<Self> {
        check_numbers("the weights", weights)?;
        if rows.checked_mul(columns) != Some(weights.ncols()) {
            return Err(Error::Shape(format!(
                "units have {} weights, and a patch of {rows} × {columns} needs {}; give the size of the patches",
                weights.ncols(),
                rows.saturating_mul(columns)
            )));
        }
        let fit = |unit: usize| {
            let field = Array2::from_shape_fn((rows, columns), |(row, column)| {
                weights[[unit, row * columns + column]]
            });
            gabor_fit_or_none(&field, settings)
        };
        let fits = (0..weights.nrows()).into_par_iter().map(fit).collect::<Result<_>>()?;
        Ok(Self { fits })
    }

    /// The share of the units of which the receptive field is localised.
    ///
    /// # Errors
    /// [`Error::Setting`] if R² is above 1 or not finite, or the width is not above 0;
    /// [`Error::Samples`] if there are no units.
    pub fn share_localised(&self, localisation: &Localisation) -> Result<f64> {
        let least = localisation.least_r_squared;
        if !(least.is_finite() && least <= 1.0) {
            let requirement = "it must be at most 1, such as 0.7";
            return Err(Error::setting("least_r_squared", least, requirement));
        }
        check_positive("largest_width", localisation.largest_width)?;
        if self.fits.is_empty() {
            return Err(Error::Samples("there are no units, and so no share of them".into()));
        }
        let accepted = self.fits.iter().flatten().filter(|fit| localisation.accepts(fit)).count();
        Ok(accepted as f64 / self.fits.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Gabor;
    use super::*;

    /// A small Gabor function, a wave over the whole patch, a checkerboard, and nothing.
    fn weights() -> Array2<f64> {
        let small = Gabor { x: 6.0, y: 6.0, sigma_x: 1.5, sigma_y: 2.0, ..Gabor::default() };
        let wave = Gabor { sigma_x: 24.0, sigma_y: 24.0, ..small };
        let fields =
            [
                small.patch(12, 12),
                wave.patch(12, 12),
                Array2::from_shape_fn((12, 12), |(r, c)| {
                    if (r * 7 + c * c * 5) % 3 == 0 { 1.0 } else { -1.0 }
                }),
            ];
        let mut weights = Array2::zeros((4, 144));
        for (mut row, field) in weights.rows_mut().into_iter().zip(&fields) {
            row.iter_mut().zip(field).for_each(|(to, from)| *to = *from);
        }
        weights
    }

    #[test]
    fn only_what_is_small_and_well_fitted_is_localised() {
        let fits =
            ReceptiveFieldFits::of(&weights(), (12, 12), &GaborFitSettings::default()).unwrap();
        let accepted: Vec<Option<bool>> = fits
            .fits
            .iter()
            .map(|fit| fit.map(|fit| Localisation::default().accepts(&fit)))
            .collect();
        assert_eq!(accepted, [Some(true), Some(false), Some(false), None]);
        assert!(fits.fits[1].unwrap().r_squared > 0.99);
        assert_eq!(fits.share_localised(&Localisation::default()).unwrap(), 0.25);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let settings = GaborFitSettings::default();
        let told = ReceptiveFieldFits::of(&weights(), (12, 11), &settings).unwrap_err().to_string();
        assert!(told.contains("144 weights") && told.contains("needs 132"), "{told}");
        let none = ReceptiveFieldFits { fits: Vec::new() };
        assert!(none.share_localised(&Localisation::default()).is_err());
        let strict = Localisation { least_r_squared: 1.5, ..Localisation::default() };
        assert!(none.share_localised(&strict).unwrap_err().to_string().contains("is 1.5"));
    }
}
