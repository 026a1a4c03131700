use std::fmt;

use ndarray::{Array1, ArrayView1, ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use crate::simd::{self, Vectorised};

/// How the numbers of an image, or the units of a layer, lie: place by place, row by row, with the
/// channels of a place beside one another.
///
/// ```
/// use microlearners::data::FeatureMaps;
///
/// let colour = FeatureMaps::from((32, 32, 3));
/// assert_eq!((colour.places(), colour.units()), (1024, 3072));
/// assert_eq!(FeatureMaps::from((28, 28)).channels, 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FeatureMaps {
    /// Rows of places.
    pub rows: usize,
    /// Columns of places.
    pub columns: usize,
    /// Numbers at each place: 1 of a grey image, 3 of a colour image, the filters of a layer.
    pub channels: usize,
}

impl FeatureMaps {
    /// Units that lie nowhere: one place with as many channels.
    pub fn vector(units: usize) -> Self {
        Self { rows: 1, columns: 1, channels: units }
    }

    /// The number of places.
    pub fn places(self) -> usize {
        self.rows * self.columns
    }

    /// The number of numbers.
    pub fn units(self) -> usize {
        self.places() * self.channels
    }

    /// Examples × units, seen as (examples · places) × channels.
    ///
    /// # Panics
    /// If the numbers of an example are not as many, or do not lie side by side.
    pub(crate) fn by_channel<'a>(self, units: ArrayView2<'a, f32>) -> ArrayView2<'a, f32> {
        if self.places() == 1 {
            return units;
        }
        let shape = (units.nrows() * self.places(), self.channels);
        units.into_shape_with_order(shape).expect("activity is contiguous")
    }

    /// The sum of each channel, over examples and places.
    ///
    /// # Panics
    /// As [`by_channel`](Self::by_channel).
    pub(crate) fn sums_by_channel(self, units: ArrayView2<'_, f32>) -> Array1<f32> {
        let units = units.to_slice().expect("activity is contiguous");
        let mut places = vec![0.0; self.channels * MANY.div_ceil(self.channels)];
        simd::dispatch(Fold { units, sums: &mut places });
        let mut sums = Array1::zeros(self.channels);
        let own = sums.as_slice_mut().expect("an array is contiguous");
        simd::dispatch(Fold { units: &places, sums: own });
        sums
    }

    /// Adds to each unit, at every place, the number of its channel.
    ///
    /// # Panics
    /// As [`by_channel`](Self::by_channel).
    pub(crate) fn add_to_channels(
        self,
        numbers: ArrayView1<'_, f32>,
        mut units: ArrayViewMut2<'_, f32>,
    ) {
        if self.places() == 1 {
            units += &numbers;
            return;
        }
        let places: Vec<f32> = numbers
            .iter()
            .copied()
            .cycle()
            .take(numbers.len() * MANY.div_ceil(numbers.len()))
            .collect();
        let units = units.as_slice_mut().expect("activity is contiguous");
        simd::dispatch(Spread { numbers: &places, units });
    }

    /// [`by_channel`](Self::by_channel), to be changed.
    ///
    /// # Panics
    /// As that.
    pub(crate) fn by_channel_mut<'a>(
        self,
        units: ArrayViewMut2<'a, f32>,
    ) -> ArrayViewMut2<'a, f32> {
        if self.places() == 1 {
            return units;
        }
        let shape = (units.nrows() * self.places(), self.channels);
        units.into_shape_with_order(shape).expect("activity is contiguous")
    }
}

/// As many numbers are added at a time: the channels of a place are few for a vector.
const MANY: usize = 256;

/// Adds numbers to sums, of which the first follows the last.
struct Fold<'a> {
    units: &'a [f32],
    sums: &'a mut [f32],
}

impl Vectorised for Fold<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for units in self.units.chunks(self.sums.len()) {
            self.sums.iter_mut().zip(units).for_each(|(sum, x)| *sum += x);
        }
    }
}

/// Adds numbers to units, the first again after the last.
struct Spread<'a> {
    numbers: &'a [f32],
    units: &'a mut [f32],
}

impl Vectorised for Spread<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for units in self.units.chunks_mut(self.numbers.len()) {
            units.iter_mut().zip(self.numbers).for_each(|(x, number)| *x += number);
        }
    }
}

impl From<(usize, usize)> for FeatureMaps {
    /// Of a grey image.
    fn from((rows, columns): (usize, usize)) -> Self {
        Self { rows, columns, channels: 1 }
    }
}

impl From<(usize, usize, usize)> for FeatureMaps {
    fn from((rows, columns, channels): (usize, usize, usize)) -> Self {
        Self { rows, columns, channels }
    }
}

impl fmt::Display for FeatureMaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.rows, self.columns)?;
        if self.channels == 1 { Ok(()) } else { write!(f, " × {}", self.channels) }
    }
}

crate::display::show_as_settings!(FeatureMaps);
