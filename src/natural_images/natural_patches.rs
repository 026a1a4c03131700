//! Patches of the photographs that ship with the project, as a data set.

use ndarray::{Array2, Axis, concatenate, s};
use rand::RngCore as _;
use serde::{Deserialize, Serialize};

use super::{PatchMean, PatchSampler, natural_images};
use crate::data::{Dataset, Images};
use crate::error::{check_count, check_not_negative};
use crate::random;
use crate::{Error, Result};

/// Test patches come from one part in so many of each photograph's columns.
const TEST_PART: usize = 5;

/// Which patches [`Dataset::natural_patches`] draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NaturalPatches {
    /// Rows and columns of a patch; default 16.
    pub side: usize,
    /// Training patches, equally many of each photograph; default 20,000.
    pub train: usize,
    /// Test patches, equally many of each photograph; default 4,000.
    pub test: usize,
    /// Photographs are reduced by this factor first, to means of blocks; default 1, not at all.
    pub reduction: usize,
    /// Patches of which the standard deviation is smaller are not drawn, in units of full white;
    /// default 0, which keeps all.
    pub least_contrast: f64,
    /// Decides which patches are drawn.
    pub seed: u64,
}

impl Default for NaturalPatches {
    fn default() -> Self {
        Self { side: 16, train: 20_000, test: 4_000, reduction: 1, least_contrast: 0.0, seed: 0 }
    }
}

impl NaturalPatches {
    /// Rejects numbers without meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] for no pixels, no patches of a photograph in one of the parts, no
    /// reduction, or a negative contrast.
    pub fn check(&self) -> Result<()> {
        check_count("side", self.side)?;
        check_count("reduction", self.reduction)?;
        check_not_negative("least_contrast", self.least_contrast)?;
        for (name, count) in [("train", self.train), ("test", self.test)] {
            if !(PHOTOGRAPHS..=MOST).contains(&count) {
                let requirement = format!(
                    "it must be from {PHOTOGRAPHS}, one patch of each photograph, to {MOST}"
                );
                return Err(Error::setting(name, count, requirement));
            }
        }
        Ok(())
    }

    /// Patches of one part of a photograph as 8-bit pixels.
    fn sample(&self, part: Array2<f64>, count: usize, seed: u64) -> Result<Array2<u8>> {
        let sampler = PatchSampler {
            side: self.side,
            count,
            mean: PatchMean::Kept,
            least_contrast: self.least_contrast,
            seed,
        };
        let patches = sampler.sample(&[part])?;
        Ok(patches.mapv(|value| (255.0 * value).round() as u8))
    }
}

/// How many photographs there are.
const PHOTOGRAPHS: usize = crate::data::natural_images::NAMES.len();
/// More than are different; catches a mistyped number before it fills memory.
const MOST: usize = 1_000_000;

impl Dataset {
    /// Square patches of the five photographs that ship with the project, grey and with their own
    /// means. The class of a patch is its photograph, so that the data set serves classifications,
    /// autoencoders and views as any other. Test patches come from the right fifth of each
    /// photograph and training patches from the rest, so that no pixel is in both.
    ///
    /// ```no_run
    /// use microlearners::natural_images::NaturalPatches;
    /// use microlearners::prelude::*;
    ///
    /// let patches = Dataset::natural_patches(&NaturalPatches::default())?;
    /// let task = Task::classification(&patches, &TaskSettings::default())?.whitened(0.1)?;
    /// assert_eq!((task.inputs(), task.outputs()), (256, 5));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`NaturalPatches::check`] and [`natural_images`]; [`Error::Setting`] for patches that are
    /// larger than a photograph's test part, or photographs that cannot be reduced so far;
    /// [`Error::Samples`] if fewer than one patch in a hundred has the contrast.
    pub fn natural_patches(settings: &NaturalPatches) -> Result<Self> {
        settings.check()?;
        let (mut seeds, photographs) =
            (random::stream(settings.seed, "natural patches"), natural_images()?);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (index, photograph) in photographs.iter().enumerate() {
            let luminance = photograph.reduced_luminance(settings.reduction)?;
            let (rows, columns) = luminance.dim();
            let width = columns / TEST_PART;
            if settings.side > rows.min(width) {
                let requirement = format!(
                    "the test part of the photograph {} has {rows} × {width} pixels; choose smaller patches, or a smaller reduction",
                    photograph.name
                );
                return Err(Error::setting("side", settings.side, requirement));
            }
            let parts = luminance.view().split_at(Axis(1), columns - width);
            let share = |all: usize| all / PHOTOGRAPHS + usize::from(index < all % PHOTOGRAPHS);
            for (of, part, all) in
                [(&mut train, parts.0, settings.train), (&mut test, parts.1, settings.test)]
            {
                of.push(settings.sample(part.to_owned(), share(all), seeds.next_u64())?);
            }
        }
        let names = photographs.into_iter().map(|photograph| photograph.name).collect();
        let name = match settings.reduction {
            1 => "natural patches".to_owned(),
            factor => format!("natural patches reduced {factor}"),
        };
        let shape = (settings.side, settings.side);
        Self::new(name, shape, names, labelled(&train)?, labelled(&test)?)
    }
}

/// Patches of one photograph after the other, with its place as their label.
fn labelled(patches: &[Array2<u8>]) -> Result<Images> {
    let views: Vec<_> = patches.iter().map(|some| some.slice(s![.., ..])).collect();
    let pixels = concatenate(Axis(0), &views).map_err(|error| Error::Shape(error.to_string()))?;
    let labels = patches.iter().enumerate();
    let labels = labels.flat_map(|(label, some)| vec![label as u8; some.nrows()]).collect();
    Ok(Images { pixels, labels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Task, TaskSettings};

    fn few() -> NaturalPatches {
        NaturalPatches { side: 8, train: 103, test: 50, ..NaturalPatches::default() }
    }

    #[test]
    fn patches_of_every_photograph_are_there_in_equal_numbers() {
        let data = Dataset::natural_patches(&few()).unwrap();
        assert_eq!((data.train().len(), data.test().len()), (103, 50));
        assert_eq!(data.shape(), (8, 8).into());
        assert_eq!(data.classes(), ["camera", "chelsea", "coffee", "astronaut", "rocket"]);
        let count = |label| data.train().labels.iter().filter(|&&one| one == label).count();
        assert_eq!([0, 1, 2, 3, 4].map(count), [21, 21, 21, 20, 20]);
        let again = Dataset::natural_patches(&few()).unwrap();
        assert_eq!(data.train(), again.train());
        let other = Dataset::natural_patches(&NaturalPatches { seed: 1, ..few() }).unwrap();
        assert_ne!(data.train().pixels, other.train().pixels);
    }

    #[test]
    fn patches_are_those_of_the_photograph_and_the_two_parts_share_no_pixel() {
        let data = Dataset::natural_patches(&few()).unwrap();
        let camera = &natural_images().unwrap()[0].pixels;
        let columns_of = |patch: ndarray::ArrayView1<'_, u8>| {
            let windows =
                (0..=512 - 8).flat_map(|row| (0..=512 - 8).map(move |column| (row, column)));
            let fits = |&(row, column): &(usize, usize)| {
                camera.slice(s![row..row + 8, column..column + 8]).iter().eq(patch.iter())
            };
            windows.filter(fits).map(|(_, column)| column).collect::<Vec<usize>>()
        };
        // 512 columns, of which the last 102 are for the test.
        for row in 0..3 {
            let train = columns_of(data.train().pixels.row(row));
            assert!(train.iter().any(|&column| column + 8 <= 410), "{train:?}");
            let test = columns_of(data.test().pixels.row(row));
            assert!(test.iter().any(|&column| column >= 410), "{test:?}");
        }
    }

    #[test]
    fn they_make_tasks_that_can_be_whitened() {
        let data = Dataset::natural_patches(&NaturalPatches { reduction: 2, ..few() }).unwrap();
        assert_eq!(data.name(), "natural patches reduced 2");
        let settings = TaskSettings { probe_stimuli: 20, ..TaskSettings::default() };
        let task = Task::classification(&data, &settings).unwrap().whitened(0.1).unwrap();
        assert_eq!((task.inputs(), task.outputs()), (64, 5));
        let contrast = NaturalPatches { least_contrast: 0.05, ..few() };
        let data = Dataset::natural_patches(&contrast).unwrap();
        let flattest = data.train().pixels.mapv(f64::from).map_axis(Axis(1), |row| row.std(0.0));
        // Half a grey level of rounding.
        assert!(flattest.iter().all(|&sd| sd > 255.0 * 0.05 - 0.5));
    }

    #[test]
    fn what_gives_no_patches_is_refused() {
        let told =
            |settings: NaturalPatches| Dataset::natural_patches(&settings).unwrap_err().to_string();
        assert!(told(NaturalPatches { side: 0, ..few() }).contains("side is 0"));
        let large = told(NaturalPatches { side: 100, ..few() });
        assert!(large.contains("chelsea has 300 × 90 pixels"), "{large}");
        assert!(told(NaturalPatches { train: 4, ..few() }).contains("train is 4"));
        assert!(told(NaturalPatches { reduction: 0, ..few() }).contains("reduction is 0"));
        let far = told(NaturalPatches { reduction: 400, ..few() });
        assert!(far.contains("camera has 1 × 0 pixels; choose smaller patches"), "{far}");
        assert!(told(NaturalPatches { least_contrast: 0.9, ..few() }).contains("least_contrast"));
    }
}
