//! Square patches of images.

use ndarray::{Array2, ArrayView2, s};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::error::{check_count, check_not_negative};
use crate::random::{self, Rng};
use crate::rate_rules::check_numbers;
use crate::{Error, Result};

/// Draws for each patch that is asked for, after which too many are held to lack contrast.
const DRAWS: usize = 100;

/// What becomes of a patch's own mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchMean {
    /// It is taken off each of the patch's pixels; the default.
    #[default]
    Removed,
    /// It stays.
    Kept,
}

/// How patches are drawn from images.
///
/// ```
/// use microlearners::natural_images::PatchSampler;
/// use microlearners::ndarray::Array2;
///
/// let image = Array2::from_shape_fn((40, 50), |(row, column)| (row * column) as f64);
/// let sampler = PatchSampler { side: 8, count: 30, ..PatchSampler::default() };
/// assert_eq!(sampler.sample(&[image])?.dim(), (30, 64));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PatchSampler {
    /// Rows and columns of a patch; default 16.
    pub side: usize,
    /// The number of patches; default 20,000.
    pub count: usize,
    /// What becomes of a patch's own mean; default [`PatchMean::Removed`].
    pub mean: PatchMean,
    /// Patches of which the standard deviation is smaller are not drawn, in the units of the
    /// images; default 0, which keeps all.
    pub least_contrast: f64,
    /// Decides which patches are drawn.
    pub seed: u64,
}

impl Default for PatchSampler {
    fn default() -> Self {
        Self { side: 16, count: 20_000, mean: PatchMean::Removed, least_contrast: 0.0, seed: 0 }
    }
}

impl PatchSampler {
    /// Patches × pixels, each patch row by row. Every place of every image is equally likely, so
    /// that a large image gives more patches; places may overlap and repeat.
    ///
    /// # Errors
    /// [`Error::Setting`] if a number has no meaning; [`Error::Shape`] if there are no images or
    /// one is smaller than a patch; [`Error::Samples`] if an image holds a number that is not
    /// finite, or fewer than one patch in a hundred has the contrast.
    pub fn sample(&self, images: &[Array2<f64>]) -> Result<Array2<f64>> {
        self.check(images)?;
        let mut rng = random::stream(self.seed, "patches");
        let mut patches = Array2::zeros((self.count, self.side * self.side));
        let (mut kept, mut draws) = (0, 0);
        while kept < self.count {
            if draws == DRAWS * self.count {
                return Err(Error::Samples(format!(
                    "only {kept} of {draws} patches have a standard deviation of at least {}, and {} are asked for; lower least_contrast",
                    self.least_contrast, self.count
                )));
            }
            draws += 1;
            let patch = self.draw(images, &mut rng);
            let mean = patch.mean().unwrap_or_default();
            if patch.std(0.0) < self.least_contrast {
                continue;
            }
            let off = if self.mean == PatchMean::Removed { mean } else { 0.0 };
            let mut row = patches.row_mut(kept);
            row.iter_mut().zip(patch).for_each(|(to, from)| *to = from - off);
            kept += 1;
        }
        Ok(patches)
    }

    fn check(&self, images: &[Array2<f64>]) -> Result<()> {
        check_count("side", self.side)?;
        check_count("count", self.count)?;
        check_not_negative("least_contrast", self.least_contrast)?;
        if images.is_empty() {
            return Err(Error::Shape("there are no images to draw patches from; give some".into()));
        }
        for (index, image) in images.iter().enumerate() {
            let (rows, columns) = image.dim();
            if self.side > rows.min(columns) {
                return Err(Error::Shape(format!(
                    "image {index} has {rows} × {columns} pixels and a patch {0} × {0}; leave it out, or choose smaller patches",
                    self.side
                )));
            }
            check_numbers(&format!("image {index}"), image)?;
        }
        Ok(())
    }

    /// The rows and columns at which a patch of an image can begin.
    fn places(&self, image: &Array2<f64>) -> (usize, usize) {
        (image.nrows() + 1 - self.side, image.ncols() + 1 - self.side)
    }

    fn draw<'a>(&self, images: &'a [Array2<f64>], rng: &mut Rng) -> ArrayView2<'a, f64> {
        let count = |image: &Array2<f64>| self.places(image).0 * self.places(image).1;
        let mut place = rng.gen_range(0..images.iter().map(count).sum());
        let mut chosen = 0;
        while place >= count(&images[chosen]) {
            place -= count(&images[chosen]);
            chosen += 1;
        }
        let columns = self.places(&images[chosen]).1;
        let (row, column) = (place / columns, place % columns);
        images[chosen].slice(s![row..row + self.side, column..column + self.side])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Array2<f64> {
        Array2::from_shape_fn((12, 9), |(row, column)| (10 * row + column) as f64)
    }

    #[test]
    fn patches_are_neighbouring_pixels_from_everywhere() {
        let sampler =
            PatchSampler { side: 2, count: 3000, mean: PatchMean::Kept, ..Default::default() };
        let patches = sampler.sample(&[ramp()]).unwrap();
        for patch in patches.rows() {
            let first = patch[0];
            assert_eq!(patch.to_vec(), [first, first + 1.0, first + 10.0, first + 11.0]);
        }
        let starts: std::collections::BTreeSet<i64> =
            patches.column(0).iter().map(|&x| x as i64).collect();
        assert_eq!(starts.len(), 11 * 8);
        assert_eq!(patches, sampler.sample(&[ramp()]).unwrap());
        let other = PatchSampler { seed: 1, ..sampler };
        assert_ne!(patches, other.sample(&[ramp()]).unwrap());
    }

    #[test]
    fn images_give_patches_by_their_places() {
        let small = Array2::from_elem((3, 3), 1.0);
        let sampler =
            PatchSampler { side: 3, count: 8000, mean: PatchMean::Kept, ..Default::default() };
        let patches = sampler.sample(&[small, Array2::zeros((3, 5))]).unwrap();
        let share = patches.column(0).mean().unwrap();
        assert!((share - 0.25).abs() < 0.02, "{share}");
    }

    #[test]
    fn means_are_removed_and_flat_patches_left_out() {
        let mut image = Array2::zeros((20, 20));
        image.slice_mut(s![10.., ..]).fill(3.0);
        let sampler =
            PatchSampler { side: 4, count: 200, least_contrast: 0.1, ..Default::default() };
        let patches = sampler.sample(&[image.clone()]).unwrap();
        for patch in patches.rows() {
            assert!(patch.sum().abs() < 1e-12 && patch.std(0.0) > 0.1);
        }
        let sampler = PatchSampler { least_contrast: 9.0, ..sampler };
        let told = sampler.sample(&[image]).unwrap_err().to_string();
        assert!(told.contains("only 0 of 20000 patches"), "{told}");
    }

    #[test]
    fn what_gives_no_patches_is_refused() {
        let told = |sampler: PatchSampler, images: &[Array2<f64>]| {
            sampler.sample(images).unwrap_err().to_string()
        };
        let sampler = PatchSampler::default();
        assert!(told(sampler.clone(), &[]).contains("no images"));
        assert!(told(sampler.clone(), &[ramp()]).contains("12 × 9 pixels and a patch 16 × 16"));
        assert!(told(PatchSampler { side: 0, ..sampler.clone() }, &[ramp()]).contains("side is 0"));
        let mut damaged = ramp();
        damaged[[3, 4]] = f64::NAN;
        let sampler = PatchSampler { side: 3, ..sampler };
        let text = told(sampler, &[damaged]);
        assert!(text.contains("NaN") && text.contains("row 3"), "{text}");
    }
}
