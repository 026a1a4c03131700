//! Training images that change each time they are shown.

use ndarray::{ArrayView1, ArrayViewMut1};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::colour_jitter::ColourJitter;
use super::{Dataset, FeatureMaps, Normalisation, TaskSettings};
use crate::error::{self, Error, Result};
use crate::random::Rng;

/// How training images are changed each time that they are shown: as is usual for CIFAR-10 (He,
/// Zhang, Ren & Sun 2016, doi 10.1109/CVPR.2016.90), with `crop` 4 and `flip`, or as SimCLR makes
/// its views ([`simclr`](Self::simclr)). What is random about it belongs to the data seed of an
/// experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// By at most so many rows and columns images are moved, in each direction, each distance as
    /// likely; what comes from outside is black. Default 0.
    pub crop: usize,
    /// Whether every other image, at random, is a mirror image; default not.
    pub flip: bool,
    /// A part of the image is stretched over the whole, with at least this share of its area, above 0
    /// and at most 1, and sides of a ratio of 3 to 4 up to 4 to 3; default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_area: Option<f64>,
    /// How strongly brightness, contrast and colours change, from 0 to 1; default 0, not at all. Of
    /// strength s, brightness, contrast and saturation are multiplied by 1 − 0.8 s to 1 + 0.8 s, and
    /// hues turn by up to 0.2 s of a circle, in 80 % of images; 20 % become grey.
    #[serde(skip_serializing_if = "is_nothing")]
    pub colour: f64,
}

crate::display::show_as_settings!(Augmentation);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_nothing(strength: &f64) -> bool {
    *strength == 0.0
}

impl Augmentation {
    /// As SimCLR makes views of small images: parts of at least 8 % of the area, mirror images, and
    /// colours of strength 0.5 (Chen, Kornblith, Norouzi & Hinton 2020, arXiv 2002.05709, appendix
    /// B.9).
    pub fn simclr() -> Self {
        Self { flip: true, least_area: Some(0.08), colour: 0.5, ..Self::default() }
    }

    /// Rejects what cannot be, whatever the images.
    ///
    /// # Errors
    /// [`Error::Setting`] if a share or a strength is not within its range.
    pub fn check(&self) -> Result<()> {
        if let Some(area) = self.least_area {
            error::check_positive("least_area", area)?;
            if area > 1.0 {
                let requirement = "a part is at most the whole image: choose a share of at most 1";
                return Err(Error::setting("least_area", area, requirement));
            }
        }
        if !(0.0..=1.0).contains(&self.colour) {
            return Err(Error::setting("colour", self.colour, "it must be from 0 to 1"));
        }
        Ok(())
    }
}

/// An augmentation for the images of one task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Augmenter {
    own: Augmentation,
    maps: FeatureMaps,
    /// How many of the channels are the image's own, the first ones.
    colours: usize,
    /// What is black, in each channel, and what is white.
    black: Vec<f32>,
    white: Vec<f32>,
}

impl Augmenter {
    /// None if nothing is to be changed.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn of(dataset: &Dataset, settings: &TaskSettings) -> Result<Option<Self>> {
        let Some(own) = settings.augmentation.filter(|own| *own != Augmentation::default()) else {
            return Ok(None);
        };
        Self::new(own, dataset.shape(), settings.normalisation).map(Some)
    }

    /// For images that lie so and became inputs so.
    ///
    /// # Errors
    /// [`Error::Setting`] if images could be moved out of sight, and as [`Augmentation::check`].
    pub(super) fn new(
        own: Augmentation,
        maps: FeatureMaps,
        normalisation: Normalisation,
    ) -> Result<Self> {
        own.check()?;
        if own.crop >= maps.rows.min(maps.columns) {
            let requirement =
                format!("images of {maps} would be moved out of sight; choose a smaller number");
            return Err(Error::setting("crop", own.crop, requirement));
        }
        let of_each = |pixel: u8| {
            let of_channel = normalisation.of_pixel(pixel);
            (0..maps.channels).map(|channel| of_channel[channel % of_channel.len()]).collect()
        };
        Ok(Self { own, maps, colours: maps.channels, black: of_each(0), white: of_each(u8::MAX) })
    }

    /// The same for images with so many more channels, which are 0 where nothing is.
    pub(super) fn with_planes(mut self, planes: usize) -> Self {
        self.black.extend(std::iter::repeat_n(0.0, planes));
        self.white.extend(std::iter::repeat_n(1.0, planes));
        self.maps.channels += planes;
        self
    }

    /// One image as it is shown this time.
    pub(crate) fn show(
        &self,
        image: ArrayView1<'_, f32>,
        mut into: ArrayViewMut1<'_, f32>,
        rng: &mut Rng,
    ) {
        let most = self.own.crop as i64;
        let shift = (rng.gen_range(-most..=most), rng.gen_range(-most..=most));
        let is_mirrored = self.own.flip && rng.gen_bool(0.5);
        match self.own.least_area {
            None => self.shifted(image, shift, is_mirrored, into.view_mut()),
            Some(area) => {
                let part = Part::draw(area, self.maps, rng).moved(shift);
                self.stretched(image, part, is_mirrored, into.view_mut());
            }
        }
        if self.own.colour > 0.0 {
            self.recolour(into, rng);
        }
    }

    /// What comes from outside is black.
    fn shifted(
        &self,
        image: ArrayView1<'_, f32>,
        (down, right): (i64, i64),
        is_mirrored: bool,
        mut into: ArrayViewMut1<'_, f32>,
    ) {
        let FeatureMaps { rows, columns, channels } = self.maps;
        for (unit, into) in into.iter_mut().enumerate() {
            let (place, channel) = (unit / channels, unit % channels);
            let column = if is_mirrored { columns - 1 - place % columns } else { place % columns };
            let (row, column) = ((place / columns) as i64 - down, column as i64 - right);
            let inside = (0..rows as i64).contains(&row) && (0..columns as i64).contains(&column);
            *into = if inside {
                image[(row as usize * columns + column as usize) * channels + channel]
            } else {
                self.black[channel]
            };
        }
    }

    /// A part of the image over all places, interpolated linearly; beyond the edge it goes on as at the
    /// edge.
    fn stretched(
        &self,
        image: ArrayView1<'_, f32>,
        part: Part,
        is_mirrored: bool,
        mut into: ArrayViewMut1<'_, f32>,
    ) {
        let FeatureMaps { rows, columns, channels } = self.maps;
        let from_rows = along(part.top, part.height, rows);
        let mut from_columns = along(part.left, part.width, columns);
        if is_mirrored {
            from_columns.reverse();
        }
        for (place, mut into) in into.exact_chunks_mut(channels).into_iter().enumerate() {
            let ([above, below], lower) = from_rows[place / columns];
            let ([left, right], nearer) = from_columns[place % columns];
            let at = |row: usize, column: usize| (row * columns + column) * channels;
            let corners = [at(above, left), at(above, right), at(below, left), at(below, right)];
            for (channel, into) in into.iter_mut().enumerate() {
                let [a, b, c, d] = corners.map(|corner| image[corner + channel]);
                let (upper, under) = (a + nearer * (b - a), c + nearer * (d - c));
                *into = upper + lower * (under - upper);
            }
        }
    }

    fn recolour(&self, mut into: ArrayViewMut1<'_, f32>, rng: &mut Rng) {
        let jitter = ColourJitter::draw(self.own.colour, rng);
        let channels = self.maps.channels;
        let spans: Vec<f32> = self.white.iter().zip(&self.black).map(|(w, b)| w - b).collect();
        let mut image: Vec<f32> = into.to_vec();
        for place in image.chunks_mut(channels) {
            for (channel, x) in place[..self.colours].iter_mut().enumerate() {
                *x = (*x - self.black[channel]) / spans[channel];
            }
        }
        jitter.apply(&mut image, channels, self.colours);
        for (place, mut into) in image.chunks(channels).zip(into.exact_chunks_mut(channels)) {
            for channel in 0..self.colours {
                into[channel] = self.black[channel] + spans[channel] * place[channel];
            }
        }
    }
}

/// A rectangle of an image, in places.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    top: f64,
    left: f64,
    height: f64,
    width: f64,
}

impl Part {
    /// A share of the area from `least` to 1, each as likely, and a ratio of sides between 3/4 and 4/3,
    /// each doubling as likely; somewhere within the image.
    fn draw(least: f64, maps: FeatureMaps, rng: &mut Rng) -> Self {
        let (rows, columns) = (maps.rows as f64, maps.columns as f64);
        let area: f64 = rng.gen_range(least..=1.0);
        let ratio = rng.gen_range((0.75_f64).ln()..=(4.0_f64 / 3.0).ln()).exp();
        let height = (rows * (area / ratio).sqrt()).clamp(1.0, rows);
        let width = (columns * (area * ratio).sqrt()).clamp(1.0, columns);
        let top = rng.gen_range(0.0..=rows - height);
        let left = rng.gen_range(0.0..=columns - width);
        Self { top, left, height, width }
    }

    fn moved(self, (down, right): (i64, i64)) -> Self {
        Self { top: self.top - down as f64, left: self.left - right as f64, ..self }
    }
}

/// For each of `count` places, the two that it lies between where a part from `start` of this length is
/// stretched over all, and how near it is to the second.
fn along(start: f64, length: f64, count: usize) -> Vec<([usize; 2], f32)> {
    let last = (count - 1) as f64;
    let of = |place: usize| {
        let at = start + (place as f64 + 0.5) * length / count as f64 - 0.5;
        let at = at.clamp(0.0, last);
        let before = at.floor();
        ([before as usize, (before + 1.0).min(last) as usize], (at - before) as f32)
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;
    use crate::random;
    use ndarray::{Array1, array};

    fn settings(own: Augmentation) -> TaskSettings {
        TaskSettings { augmentation: Some(own), ..TaskSettings::default() }
    }

    fn moving(crop: usize, flip: bool) -> TaskSettings {
        settings(Augmentation { crop, flip, ..Augmentation::default() })
    }

    #[test]
    fn images_are_moved_and_mirrored_and_no_two_times_alike() {
        let task = Task::classification(&Dataset::synthetic(0), &moving(1, true)).unwrap();
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
        assert!(Task::classification(&data, &moving(0, false)).unwrap().augmentation().is_none());
        let told = Task::classification(&data, &moving(6, false)).unwrap_err().to_string();
        assert!(told.contains("crop is 6") && told.contains("6 × 6"), "{told}");
    }

    #[test]
    fn a_part_is_stretched_by_hand() {
        let maps = FeatureMaps { rows: 1, columns: 4, channels: 1 };
        let own = Augmentation { least_area: Some(1.0), ..Augmentation::default() };
        let augmenter = Augmenter::new(own, maps, Normalisation::Unit).unwrap();
        let image = array![0.0, 4.0, 8.0, 12.0];
        let shown = |part: Part, is_mirrored: bool| {
            let mut into = Array1::zeros(4);
            augmenter.stretched(image.view(), part, is_mirrored, into.view_mut());
            into
        };
        let whole = Part { top: 0.0, left: 0.0, height: 1.0, width: 4.0 };
        assert_eq!(shown(whole, false), image);
        assert_eq!(shown(whole, true), array![12.0, 8.0, 4.0, 0.0]);
        // Centres of quarters of the first two places: 1/4, 3/4, 5/4 and 7/4, less half a place.
        let half = Part { width: 2.0, ..whole };
        assert_eq!(shown(half, false), array![0.0, 1.0, 3.0, 5.0]);
    }

    #[test]
    fn parts_lie_within_the_image_and_have_the_area_that_is_asked_for() {
        let maps = FeatureMaps { rows: 32, columns: 32, channels: 3 };
        let mut rng = random::stream(0, "augmentation");
        let parts: Vec<Part> = (0..2000).map(|_| Part::draw(0.08, maps, &mut rng)).collect();
        for part in &parts {
            assert!(part.top >= 0.0 && part.top + part.height <= 32.0 + 1e-9, "{part:?}");
            assert!(part.left >= 0.0 && part.left + part.width <= 32.0 + 1e-9, "{part:?}");
        }
        let areas = parts.iter().map(|part| part.height * part.width / 1024.0);
        let mean = areas.clone().sum::<f64>() / 2000.0;
        assert!((mean - 0.53).abs() < 0.02, "{mean}");
        assert!(areas.fold(1.0, f64::min) > 0.0799);
    }

    #[test]
    fn colours_stay_between_black_and_white_and_planes_for_labels_as_they_are() {
        let maps = FeatureMaps { rows: 2, columns: 2, channels: 3 };
        let own = Augmentation { colour: 1.0, ..Augmentation::default() };
        let augmenter = Augmenter::new(own, maps, Normalisation::CIFAR10).unwrap().with_planes(2);
        let image = Array1::from_shape_fn(20, |unit| match unit % 5 {
            3 | 4 => unit as f32,
            channel => augmenter.black[channel] + 0.1 * unit as f32,
        });
        let (mut rng, mut changed) = (random::stream(3, "augmentation"), 0);
        for _ in 0..50 {
            let mut shown = Array1::zeros(20);
            augmenter.show(image.view(), shown.view_mut(), &mut rng);
            for (unit, x) in shown.iter().enumerate() {
                let channel = unit % 5;
                let (black, white) = (augmenter.black[channel], augmenter.white[channel]);
                let is_colour = channel < 3;
                assert!(!is_colour || (black - 1e-5..=white + 1e-5).contains(x), "{unit}: {x}");
                assert!(is_colour || *x == unit as f32);
            }
            changed += usize::from(shown != image);
        }
        // A fifth keep their colours, of which a fifth become grey.
        assert!((30..=49).contains(&changed), "{changed}");
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_number() {
        let data = Dataset::synthetic(0);
        for (own, sentence) in [
            (Augmentation { least_area: Some(0.0), ..Augmentation::default() }, "least_area is 0"),
            (
                Augmentation { least_area: Some(1.5), ..Augmentation::default() },
                "least_area is 1.5",
            ),
            (Augmentation { colour: -0.1, ..Augmentation::default() }, "colour is -0.1"),
            (Augmentation { colour: f64::NAN, ..Augmentation::default() }, "colour is NaN"),
        ] {
            let told = Task::classification(&data, &settings(own)).unwrap_err().to_string();
            assert!(told.contains(sentence), "{told}");
        }
    }
}
