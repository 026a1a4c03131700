//! The filter of Olshausen and Field, which flattens the spectrum of natural images.

use std::f64::consts::TAU;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::check_positive;
use crate::rate_rules::check_numbers;
use crate::{Error, Result};

/// Whitens an image by its spectrum: the amplitude at the spatial frequency k is multiplied by
/// |k| exp(−(k/k₀)⁴). Amplitudes of natural images fall as 1/|k|, so that the product is flat; the
/// second factor removes the highest frequencies, which are noise and corners of the grid.
///
/// The image is taken to repeat beyond its edges. It goes through a separable Hartley transform,
/// written as products of matrices. That is exact here, since the filter is symmetric in both axes.
///
/// Olshausen & Field 1996, doi 10.1038/381607a0.
///
/// ```
/// use microlearners::natural_images::OlshausenField;
/// use microlearners::ndarray::Array2;
///
/// let image = Array2::from_shape_fn((32, 48), |(row, column)| (row % 7 + column % 5) as f64);
/// let white = OlshausenField::default().apply(&image)?;
/// assert!(white.mean().unwrap().abs() < 1e-9 && (white.std(0.0) - 1.0).abs() < 1e-9);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OlshausenField {
    /// k₀ in cycles per pixel; default 200/512, which is 200 cycles per picture of 512 pixels.
    pub cutoff: f64,
}

impl Default for OlshausenField {
    fn default() -> Self {
        Self { cutoff: 200.0 / 512.0 }
    }
}

impl OlshausenField {
    /// The filtered image, rows × columns, scaled to mean 0 and variance 1. The time grows with the
    /// third power of the side: about a second for 512 × 512 pixels.
    ///
    /// # Errors
    /// [`Error::Setting`] if the cutoff is not above 0; [`Error::Shape`] if there are no pixels;
    /// [`Error::Samples`] if a number is not finite or nothing is left of the image.
    pub fn apply(&self, image: &Array2<f64>) -> Result<Array2<f64>> {
        check_positive("cutoff", self.cutoff)?;
        check_numbers("the image", image)?;
        let (rows, columns) = image.dim();
        let (down, across) = (hartley(rows), hartley(columns));
        let mut spectrum = down.dot(image).dot(&across);
        for ((row, column), value) in spectrum.indexed_iter_mut() {
            *value *= self.response(frequency(row, rows).hypot(frequency(column, columns)));
        }
        let filtered = down.dot(&spectrum).dot(&across) / (rows * columns) as f64;
        let spread = filtered.std(0.0);
        // What rounding leaves of an image of one grey.
        let most = image.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        if spread <= 1e-9 * most.max(f64::MIN_POSITIVE) * self.cutoff {
            return Err(Error::Samples(format!(
                "nothing is left of the image of {rows} × {columns} pixels at the cutoff {}; give an image of more than one grey, or a higher cutoff",
                self.cutoff
            )));
        }
        // The mean is the frequency 0, which is gone.
        Ok(filtered / spread)
    }

    /// The factor at a frequency in cycles per pixel.
    fn response(&self, frequency: f64) -> f64 {
        frequency * (-(frequency / self.cutoff).powi(4)).exp()
    }
}

/// The frequency of a row of a spectrum, in cycles per pixel, from 0 to 0.5.
fn frequency(index: usize, count: usize) -> f64 {
    index.min(count - index) as f64 / count as f64
}

/// cos + sin of 2π j k / n, which is its own inverse up to 1/n.
fn hartley(n: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, n), |(j, k)| {
        let angle = TAU * (j * k % n) as f64 / n as f64;
        angle.cos() + angle.sin()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use rand::Rng as _;

    /// A wave at (3, 2) cycles per picture beside one at (5, −7), in a picture of 24 × 20.
    #[test]
    fn waves_keep_their_phase_and_get_the_factor_of_their_frequency() {
        let wave = |row: usize, column: usize, down: f64, across: f64, phase: f64| {
            (TAU * (down * row as f64 / 24.0 + across * column as f64 / 20.0) + phase).cos()
        };
        let both = |one: f64, other: f64| {
            Array2::from_shape_fn((24, 20), |(row, column)| {
                one * wave(row, column, 3.0, 2.0, 0.4) + other * wave(row, column, 5.0, -7.0, 1.1)
            })
        };
        let filter = OlshausenField { cutoff: 0.3 };
        let factor = |down: f64, across: f64| {
            let frequency = (down / 24.0).hypot(across / 20.0);
            frequency * (-(frequency / 0.3).powi(4)).exp()
        };
        let (one, other) = (factor(3.0, 2.0), factor(5.0, 7.0));
        let scale = ((one * one + other * other) / 2.0).sqrt();
        let expected = both(one / scale, other / scale);
        let found = filter.apply(&(both(1.0, 1.0) + 7.0)).unwrap();
        assert!((found - expected).iter().all(|x| x.abs() < 1e-9));
    }

    /// numpy 2.4.6: ifft2 of fft2 times the factor, over its standard deviation.
    #[test]
    fn the_filter_is_that_of_a_fourier_transform() {
        let image = Array2::from_shape_fn((4, 5), |(row, column)| {
            ((3 * row + 5 * column) % 7) as f64 + 0.5 * ((row * column) % 3) as f64
        });
        let expected = ndarray::array![
            [-2.118800130832, -0.702047111239, 1.194482934974, -0.134568575241, -0.120883167257],
            [0.114379412082, 0.494793333247, 1.6171287265, -0.036275393629, 0.8516986935],
            [1.845771876663, 0.56105588468, 0.215904465254, -1.326194258713, 0.997317382098],
            [-0.956319607049, -0.933855346198, -0.024567166697, -1.251876859324, -0.287145092819],
        ];
        let found = OlshausenField::default().apply(&image).unwrap();
        assert!((found - expected).iter().all(|x| x.abs() < 1e-11));
    }

    #[test]
    fn a_shifted_image_gives_a_shifted_result() {
        let mut rng = random::stream(0, "image");
        let image = Array2::from_shape_fn((9, 14), |_| rng.gen_range(0.0..1.0));
        let shifted = Array2::from_shape_fn((9, 14), |(row, column)| {
            image[[(row + 4) % 9, (column + 5) % 14]]
        });
        let filter = OlshausenField::default();
        let (one, other) = (filter.apply(&image).unwrap(), filter.apply(&shifted).unwrap());
        for ((row, column), value) in other.indexed_iter() {
            assert!((value - one[[(row + 4) % 9, (column + 5) % 14]]).abs() < 1e-9);
        }
    }

    #[test]
    fn what_cannot_be_filtered_is_refused() {
        let told = |filter: OlshausenField, image| filter.apply(&image).unwrap_err().to_string();
        let flat = Array2::from_elem((6, 6), 0.3);
        assert!(told(OlshausenField::default(), flat.clone()).contains("nothing is left"));
        assert!(told(OlshausenField { cutoff: 0.0 }, flat).contains("cutoff is 0"));
        assert!(told(OlshausenField::default(), Array2::zeros((0, 4))).contains("0 × 4"));
    }
}
