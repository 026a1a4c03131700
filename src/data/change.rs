//! Other tasks made of the same images.

use std::f64::consts::TAU;
use std::fmt;

use ndarray::{Array2, ArrayView1};
use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{Dataset, FeatureMaps, Images};
use crate::error::{self, Error, Result};
use crate::random::{self, Rng};

/// What is done to a data set's images or classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Two classes: even labels, and odd ones.
    Parity,
    /// All images' pixels in one and the same random order: what is near no longer belongs
    /// together.
    PermutedPixels,
    /// Each image turned about its centre by an angle of its own.
    Rotated {
        /// Angles are uniform between minus this and this, in degrees, above 0 and at most 180.
        degrees: f64,
    },
    /// Gaussian noise on each pixel, drawn once.
    Noisy {
        /// Its standard deviation in units of full white, above 0.
        sd: f64,
    },
    /// Each image has a random class: there is nothing to learn but the examples themselves. Zhang
    /// et al. 2017, arXiv 1611.03530.
    RandomLabels,
    /// Images of half the rows and columns, of which each pixel is the mean of 2 × 2.
    HalfSize,
}

impl Change {
    /// Rejects what is no change.
    ///
    /// # Errors
    /// [`Error::Setting`] for an angle or a deviation out of range.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Parity | Self::PermutedPixels | Self::RandomLabels | Self::HalfSize => Ok(()),
            Self::Rotated { degrees } if degrees > 0.0 && degrees <= 180.0 => Ok(()),
            Self::Rotated { degrees } => {
                Err(Error::setting("degrees", degrees, "it must be above 0 and at most 180"))
            }
            Self::Noisy { sd } => error::check_positive("sd", sd),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parity => f.write_str("parity"),
            Self::PermutedPixels => f.write_str("permuted"),
            Self::Rotated { degrees } => write!(f, "rotated {degrees}"),
            Self::Noisy { sd } => write!(f, "noisy {sd}"),
            Self::RandomLabels => f.write_str("random labels"),
            Self::HalfSize => f.write_str("half size"),
        }
    }
}

impl Dataset {
    /// The same data set with a change to all its images, which goes into its name; what is random
    /// about it is decided by `seed`.
    ///
    /// ```
    /// use microlearners::data::{Change, Dataset};
    ///
    /// let parity = Dataset::synthetic(0).changed(Change::Parity, 0)?;
    /// assert_eq!((parity.name(), parity.classes().len()), ("synthetic parity", 2));
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Change::check`]; [`Error::Setting`] for the parity of classes that are no numbers, and
    /// for half of an odd number of rows or columns.
    pub fn changed(&self, change: Change, seed: u64) -> Result<Self> {
        change.check()?;
        let shape = self.shape_under(change)?;
        let parities = match change {
            Change::Parity => self.parities()?,
            _ => Vec::new(),
        };
        let classes = match change {
            Change::Parity => vec!["even".to_owned(), "odd".to_owned()],
            _ => self.classes().to_vec(),
        };
        // The name tells what was changed before, so that a second change draws other numbers.
        let draws = |what: &str| random::stream(seed, &format!("{} {change} {what}", self.name()));
        let order = permutation(self.shape().places(), &mut draws("order"));
        // The channels of a place stay together.
        let order = of_places(&order, self.shape().channels);
        let part = |images: &Images, name: &str| {
            let mut rng = draws(name);
            match change {
                Change::Parity => relabelled(images, |label| parities[usize::from(label)]),
                Change::RandomLabels => {
                    relabelled(images, |_| rng.gen_range(0..self.classes().len()) as u8)
                }
                Change::PermutedPixels => {
                    let pixels = images.pixels.select(ndarray::Axis(1), &order);
                    Images { pixels, labels: images.labels.clone() }
                }
                Change::Rotated { degrees } => warped(images, self.shape(), || Warp {
                    angle: degrees.to_radians() * rng.gen_range(-1.0..=1.0),
                    ..Warp::default()
                }),
                Change::Noisy { sd } => noisy(images, sd, &mut rng),
                Change::HalfSize => halved(images, self.shape()),
            }
        };
        let name = format!("{} {change}", self.name());
        let (train, test) = (part(self.train(), "train"), part(self.test(), "test"));
        Self::new(name, shape, classes, train, test)
    }

    /// The shape of the images after a change.
    fn shape_under(&self, change: Change) -> Result<FeatureMaps> {
        let FeatureMaps { rows, columns, channels } = self.shape();
        if change != Change::HalfSize {
            return Ok(self.shape());
        }
        if rows % 2 == 0 && columns % 2 == 0 {
            return Ok((rows / 2, columns / 2, channels).into());
        }
        let requirement =
            format!("images of {rows} × {columns} pixels have no half: both must be even");
        Err(Error::setting("change", change, requirement))
    }

    /// 0 for each class whose name is an even number, 1 for an odd one: labels may count a choice
    /// of classes.
    fn parities(&self) -> Result<Vec<u8>> {
        let parity = |name: &String| name.parse::<u64>().map(|number| (number % 2) as u8).ok();
        self.classes().iter().map(parity).collect::<Option<_>>().ok_or_else(|| {
            let requirement =
                format!("the classes must be numbers, and they are {}", self.classes().join(", "));
            Error::setting("change", Change::Parity, requirement)
        })
    }
}

fn permutation(count: usize, rng: &mut Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(rng);
    order
}

/// The order of all numbers, given that of the places.
pub(super) fn of_places(order: &[usize], channels: usize) -> Vec<usize> {
    order.iter().flat_map(|place| place * channels..(place + 1) * channels).collect()
}

fn relabelled(images: &Images, label: impl FnMut(u8) -> u8) -> Images {
    Images {
        pixels: images.pixels.clone(),
        labels: images.labels.iter().copied().map(label).collect(),
    }
}

fn noisy(images: &Images, sd: f64, rng: &mut Rng) -> Images {
    let pixels = images.pixels.mapv(|pixel| {
        let draw: f64 = StandardNormal.sample(rng);
        (f64::from(pixel) + 255.0 * sd * draw).round().clamp(0.0, 255.0) as u8
    });
    Images { pixels, labels: images.labels.clone() }
}

/// Each pixel the mean of a square of four.
fn halved(images: &Images, shape: FeatureMaps) -> Images {
    let FeatureMaps { rows, columns, channels } = shape;
    let (across, units) = (columns / 2 * channels, rows / 2 * (columns / 2) * channels);
    let mean = |(image, unit): (usize, usize)| {
        let (row, rest) = (unit / across, unit % across);
        let corner = (2 * row * columns + 2 * (rest / channels)) * channels + rest % channels;
        let four = [0, 1, columns, columns + 1].map(|place| corner + place * channels);
        let sum: u32 = four.iter().map(|&at| u32::from(images.pixels[(image, at)])).sum();
        // To the nearest, half of them upwards.
        ((sum + 2) / 4) as u8
    };
    let pixels = Array2::from_shape_fn((images.pixels.nrows(), units), mean);
    Images { pixels, labels: images.labels.clone() }
}

/// A small change of an image's place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Warp {
    /// In radians.
    angle: f64,
    /// How much larger.
    scale: f64,
    /// In pixels, down and to the right.
    shift: (f64, f64),
}

impl Default for Warp {
    fn default() -> Self {
        Self { angle: 0.0, scale: 1.0, shift: (0.0, 0.0) }
    }
}

impl Warp {
    /// As augmentation draws them: up to 15 degrees, a tenth larger or smaller, two pixels of 28 in
    /// each direction.
    pub(super) fn augmenting(shape: FeatureMaps, rng: &mut Rng) -> Self {
        let mut far = |most: f64| rng.gen_range(-most..=most);
        let angle = far(TAU / 24.0);
        let scale = 1.0 + far(0.1);
        let shift = (far(shape.rows as f64 / 14.0), far(shape.columns as f64 / 14.0));
        Self { angle, scale, shift }
    }

    /// The image, interpolated linearly between pixels; what comes from outside is black.
    pub(super) fn of(self, image: ArrayView1<'_, u8>, shape: FeatureMaps) -> Vec<u8> {
        let FeatureMaps { rows, columns, channels } = shape;
        let pixel = |row: i64, column: i64, channel: usize| {
            let inside = (0..rows as i64).contains(&row) && (0..columns as i64).contains(&column);
            let unit = || (row as usize * columns + column as usize) * channels + channel;
            if inside { f64::from(image[unit()]) } else { 0.0 }
        };
        let centre = ((rows - 1) as f64 / 2.0, (columns - 1) as f64 / 2.0);
        let (sine, cosine) = (self.angle.sin() / self.scale, self.angle.cos() / self.scale);
        let value = |unit: usize| {
            let (index, channel) = (unit / channels, unit % channels);
            let down = (index / columns) as f64 - centre.0 - self.shift.0;
            let right = (index % columns) as f64 - centre.1 - self.shift.1;
            let (row, column) =
                (centre.0 + cosine * down - sine * right, centre.1 + sine * down + cosine * right);
            let (above, left) = (row.floor(), column.floor());
            let (lower, nearer) = (row - above, column - left);
            let along = |row: i64| {
                let left = left as i64;
                (1.0 - nearer) * pixel(row, left, channel) + nearer * pixel(row, left + 1, channel)
            };
            let mixed = (1.0 - lower) * along(above as i64) + lower * along(above as i64 + 1);
            mixed.round().clamp(0.0, 255.0) as u8
        };
        (0..shape.units()).map(value).collect()
    }
}

/// Each image under a change of place of its own.
pub(super) fn warped(
    images: &Images,
    shape: FeatureMaps,
    mut warp: impl FnMut() -> Warp,
) -> Images {
    let mut pixels = Array2::zeros(images.pixels.dim());
    for (mut to, from) in pixels.rows_mut().into_iter().zip(images.pixels.rows()) {
        to.assign(&ndarray::Array1::from(warp().of(from, shape)));
    }
    Images { pixels, labels: images.labels.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_quarter_turn_moves_every_pixel() {
        let image = array![1_u8, 2, 3, 4, 5, 6, 7, 8, 9];
        let turned = Warp { angle: TAU / 4.0, ..Warp::default() }.of(image.view(), (3, 3).into());
        // To the right, corner to corner.
        assert_eq!(turned, [7, 4, 1, 8, 5, 2, 9, 6, 3]);
        let moved = Warp { shift: (1.0, 0.0), ..Warp::default() }.of(image.view(), (3, 3).into());
        assert_eq!(moved, [0, 0, 0, 1, 2, 3, 4, 5, 6]);
        let halfway = Warp { shift: (0.0, 0.5), ..Warp::default() }.of(image.view(), (3, 3).into());
        assert_eq!(halfway[3..6], [2, 5, 6]);
        assert_eq!(Warp::default().of(image.view(), (3, 3).into()), image.to_vec());
    }

    #[test]
    fn changes_change_what_they_say_and_nothing_else() {
        let data = Dataset::synthetic(0);
        let of = |change| data.changed(change, 3).unwrap();
        let parity = of(Change::Parity);
        assert_eq!(parity.train().pixels, data.train().pixels);
        assert!(parity.train().labels.iter().zip(&data.train().labels).all(|(p, l)| *p == l % 2));
        let permuted = of(Change::PermutedPixels);
        let sorted = |row: ArrayView1<'_, u8>| {
            let mut row = row.to_vec();
            row.sort_unstable();
            row
        };
        for images in [(permuted.train(), data.train()), (permuted.test(), data.test())] {
            assert_ne!(images.0.pixels.row(5), images.1.pixels.row(5));
            assert_eq!(sorted(images.0.pixels.row(5)), sorted(images.1.pixels.row(5)));
        }
        // One order for both parts.
        let mut draws = random::stream(3, "synthetic permuted order");
        let (here, there) = (permutation(36, &mut draws), data.test());
        assert_eq!(permuted.test().pixels[(7, 0)], there.pixels[(7, here[0])]);
        let random = of(Change::RandomLabels);
        let same = random.train().labels.iter().zip(&data.train().labels).filter(|(a, b)| a == b);
        assert!((100..200).contains(&same.count()), "a quarter of 600 are right by chance");
        for change in [Change::Rotated { degrees: 30.0 }, Change::Noisy { sd: 0.2 }] {
            assert_ne!(of(change).train().pixels, data.train().pixels);
            assert_eq!(of(change).train().labels, data.train().labels);
            assert_eq!(of(change).train(), of(change).train());
        }
        assert_eq!(of(Change::Noisy { sd: 0.2 }).name(), "synthetic noisy 0.2");
    }

    #[test]
    fn half_size_is_the_mean_of_four_pixels_of_each_channel() {
        let pixels =
            array![[0_u8, 100, 2, 100, 10, 0, 10, 0, 4, 100, 6, 104, 30, 0, 10, 1], [9; 16]];
        let images = || Images { pixels: pixels.clone(), labels: vec![0, 1] };
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let data = Dataset::new("made", (2, 4, 2), classes, images(), images()).unwrap();
        let half = data.changed(Change::HalfSize, 0).unwrap();
        assert_eq!((half.shape(), half.name()), ((1, 2, 2).into(), "made half size"));
        assert_eq!(half.train().pixels, array![[3_u8, 101, 15, 0], [9, 9, 9, 9]]);
        let told = half.changed(Change::HalfSize, 0).unwrap_err().to_string();
        assert!(told.contains("1 × 2 pixels have no half"), "{told}");
    }

    #[test]
    fn parity_is_the_digits_also_after_a_choice_of_classes() {
        let data = Dataset::synthetic(0).with_classes(&[1, 3]).unwrap();
        // One class alone is left, and it is odd.
        let parity = data.changed(Change::Parity, 0).unwrap();
        assert!(parity.train().labels.iter().all(|&label| label == 1));
        let again = parity.changed(Change::Parity, 0).unwrap_err().to_string();
        assert!(again.contains("even, odd"), "{again}");
    }

    #[test]
    fn a_second_change_draws_other_numbers() {
        let data = Dataset::synthetic(0);
        let once = data.changed(Change::Noisy { sd: 0.01 }, 0).unwrap();
        let twice = once.changed(Change::Noisy { sd: 0.01 }, 0).unwrap();
        let step = |a: &Dataset, b: &Dataset| {
            let pixel = |data: &Dataset| data.train().pixels.mapv(f64::from);
            pixel(b) - pixel(a)
        };
        assert_ne!(step(&data, &once), step(&once, &twice));
    }

    #[test]
    fn impossible_changes_are_refused() {
        for bad in [
            Change::Rotated { degrees: 0.0 },
            Change::Rotated { degrees: 181.0 },
            Change::Noisy { sd: f64::NAN },
        ] {
            assert!(Dataset::synthetic(0).changed(bad, 0).is_err(), "{bad:?}");
        }
    }
}
