//! A photograph in grey.

use ndarray::{Array2, s};

use crate::error::check_count;
use crate::{Error, Result};

/// An image of 8-bit grey values.
///
/// ```
/// use microlearners::natural_images::GreyImage;
/// use microlearners::ndarray::array;
///
/// let image = GreyImage::new("steps", array![[0_u8, 51], [102, 255]])?;
/// assert_eq!(image.luminance(), array![[0.0, 0.2], [0.4, 1.0]]);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreyImage {
    /// What the image is called.
    pub name: String,
    /// Rows × columns; 0 is black, 255 white.
    pub pixels: Array2<u8>,
}

impl GreyImage {
    /// An image with at least one pixel.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are no pixels.
    pub fn new(name: impl Into<String>, pixels: Array2<u8>) -> Result<Self> {
        let name = name.into();
        if pixels.is_empty() {
            let (rows, columns) = pixels.dim();
            return Err(Error::Shape(format!(
                "the image {name} has {rows} × {columns} pixels; give at least one row and one column"
            )));
        }
        Ok(Self { name, pixels })
    }

    /// The grey values from 0 (black) to 1 (white), rows × columns. They are gamma-encoded, as they
    /// are stored: not proportional to the light.
    pub fn luminance(&self) -> Array2<f64> {
        self.pixels.mapv(|value| f64::from(value) / 255.0)
    }

    /// The luminance at a lower resolution: means of blocks of `factor` × `factor` pixels. Rows and
    /// columns that fill no block are left out.
    ///
    /// # Errors
    /// [`Error::Setting`] if `factor` is 0 or exceeds the image's rows or columns.
    pub fn reduced_luminance(&self, factor: usize) -> Result<Array2<f64>> {
        check_count("factor", factor)?;
        let (rows, columns) = self.pixels.dim();
        if factor > rows.min(columns) {
            let requirement = format!(
                "the image {} has {rows} × {columns} pixels; give at most {}",
                self.name,
                rows.min(columns)
            );
            return Err(Error::setting("factor", factor, requirement));
        }
        let kept = self.luminance();
        let kept = kept.slice(s![..rows - rows % factor, ..columns - columns % factor]);
        let mut means = Array2::zeros((rows / factor, columns / factor));
        for ((row, column), value) in kept.indexed_iter() {
            means[[row / factor, column / factor]] += value / (factor * factor) as f64;
        }
        Ok(means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn blocks_are_averaged_and_the_rest_is_left_out() {
        let image = GreyImage::new("a", array![[0, 255, 9], [255, 0, 9], [9, 9, 9]]).unwrap();
        assert_eq!(image.reduced_luminance(2).unwrap(), array![[0.5]]);
        assert_eq!(image.reduced_luminance(1).unwrap(), image.luminance());
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let told = GreyImage::new("void", Array2::zeros((0, 3))).unwrap_err().to_string();
        assert!(told.contains("void has 0 × 3 pixels"), "{told}");
        let image = GreyImage::new("a", Array2::zeros((2, 3))).unwrap();
        let told = image.reduced_luminance(3).unwrap_err().to_string();
        assert!(told.contains("factor is 3") && told.contains("at most 2"), "{told}");
        assert!(image.reduced_luminance(0).is_err());
    }
}
