//! Training images that change each time they are shown.

use ndarray::{ArrayView1, ArrayViewMut1};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::{Dataset, FeatureMaps, TaskSettings};
use crate::error::{Error, Result};
use crate::random::Rng;

/// How training images are changed each time that they are shown: as is usual for CIFAR-10 (He,
/// Zhang, Ren & Sun 2016, doi 10.1109/CVPR.2016.90), with `crop` 4 and `flip`. What is random about
/// it belongs to the data seed of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// By at most so many rows and columns images are moved, in each direction, each distance as
    /// likely; what comes from outside is black. Default 0.
    pub crop: usize,
    /// Whether every other image, at random, is a mirror image; default not.
    pub flip: bool,
}

crate::display::show_as_settings!(Augmentation);

/// An augmentation for the images of one task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Augmenter {
    own: Augmentation,
    maps: FeatureMaps,
    /// What is black, in each channel.
    black: Vec<f32>,
}

impl Augmenter {
    /// None if nothing is to be changed.
    ///
    /// # Errors
    /// [`Error::Setting`] if images could be moved out of sight.
    pub(super) fn of(dataset: &Dataset, settings: &TaskSettings) -> Result<Option<Self>> {
        let Some(own) = settings.augmentation.filter(|own| *own != Augmentation::default()) else {
            return Ok(None);
        };
        let maps = dataset.shape();
        if own.crop >= maps.rows.min(maps.columns) {
            let requirement =
                format!("images of {maps} would be moved out of sight; choose a smaller number");
            return Err(Error::setting("crop", own.crop, requirement));
        }
        Ok(Some(Self { own, maps, black: settings.normalisation.black() }))
    }

    /// The same for images with so many more channels, which are 0 where nothing is.
    pub(super) fn with_planes(self, planes: usize) -> Self {
        let channels = self.maps.channels;
        let own = (0..channels).map(|channel| self.black[channel % self.black.len()]);
        let black = own.chain(std::iter::repeat_n(0.0, planes)).collect();
        Self { maps: FeatureMaps { channels: channels + planes, ..self.maps }, black, ..self }
    }

    /// One image as it is shown this time.
    pub(crate) fn show(
        &self,
        image: ArrayView1<'_, f32>,
        mut into: ArrayViewMut1<'_, f32>,
        rng: &mut Rng,
    ) {
        let FeatureMaps { rows, columns, channels } = self.maps;
        let most = self.own.crop as i64;
        let (down, right) = (rng.gen_range(-most..=most), rng.gen_range(-most..=most));
        let is_mirrored = self.own.flip && rng.gen_bool(0.5);
        for (unit, into) in into.iter_mut().enumerate() {
            let (place, channel) = (unit / channels, unit % channels);
            let column = if is_mirrored { columns - 1 - place % columns } else { place % columns };
            let (row, column) = ((place / columns) as i64 - down, column as i64 - right);
            let inside = (0..rows as i64).contains(&row) && (0..columns as i64).contains(&column);
            *into = if inside {
                image[(row as usize * columns + column as usize) * channels + channel]
            } else {
                self.black[channel % self.black.len()]
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;
    use crate::random;
    use ndarray::Array1;

    fn settings(crop: usize, flip: bool) -> TaskSettings {
        TaskSettings { augmentation: Some(Augmentation { crop, flip }), ..TaskSettings::default() }
    }

    #[test]
    fn images_are_moved_and_mirrored_and_no_two_times_alike() {
        let task = Task::classification(&Dataset::synthetic(0), &settings(1, true)).unwrap();
        let augmenter = task.augmentation().unwrap();
        let image = task.train().inputs.row(3);
        let mut rng = random::stream(0, "augmentation");
        let mut shown = Vec::new();
        for _ in 0..200 {
            let mut one = Array1::zeros(image.len());
            augmenter.show(image, one.view_mut(), &mut rng);
            shown.push(one);
        }
        // 3 × 3 places, each mirrored or not.
        let mut kinds: Vec<Vec<u32>> =
            shown.iter().map(|one| one.iter().map(|x| x.to_bits()).collect()).collect();
        kinds.sort();
        kinds.dedup();
        assert_eq!(kinds.len(), 18);
        assert!(shown.iter().any(|one| one == image));
        let black = shown.iter().flatten().filter(|x| **x == augmenter.black[0]);
        assert!(black.count() > 100);
    }

    #[test]
    fn without_anything_to_change_there_is_no_augmentation() {
        let data = Dataset::synthetic(0);
        assert!(Task::classification(&data, &settings(0, false)).unwrap().augmentation().is_none());
        let told = Task::classification(&data, &settings(6, false)).unwrap_err().to_string();
        assert!(told.contains("crop is 6") && told.contains("6 × 6"), "{told}");
    }
}
