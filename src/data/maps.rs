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
        let mut places = vec![0.0; places_at_a_time(self.channels) * self.channels];
        simd::dispatch(AddUp { numbers: units, sums: &mut places });
        let mut sums = Array1::zeros(self.channels);
        let own = sums.as_slice_mut().expect("an array is contiguous");
        simd::dispatch(AddUp { numbers: &places, sums: own });
        sums
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

/// A number for each channel, such as a bias, as it is added to units.
#[derive(Clone, Debug)]
pub(crate) struct ChannelNumbers {
    /// Those of a few places, one after the other.
    places: Vec<f32>,
}

impl ChannelNumbers {
    pub(crate) fn new(numbers: ArrayView1<'_, f32>) -> Self {
        let count = places_at_a_time(numbers.len()) * numbers.len();
        Self { places: numbers.iter().copied().cycle().take(count).collect() }
    }

    /// To each unit of some places the number of its channel.
    pub(crate) fn add_to(&self, units: &mut [f32]) {
        simd::dispatch(AddInTurns { numbers: &self.places, units });
    }
}

/// How many places are added at a time: the channels of one are few for a vector.
fn places_at_a_time(channels: usize) -> usize {
    256_usize.div_ceil(channels)
}

/// Adds numbers to sums, of which the first follows the last.
struct AddUp<'a> {
    numbers: &'a [f32],
    sums: &'a mut [f32],
}

impl Vectorised for AddUp<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.numbers.chunks(self.sums.len()).for_each(|numbers| add(self.sums, numbers));
    }
}

/// Adds numbers to units, the first again after the last.
struct AddInTurns<'a> {
    numbers: &'a [f32],
    units: &'a mut [f32],
}

impl Vectorised for AddInTurns<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.units.chunks_mut(self.numbers.len()).for_each(|units| add(units, self.numbers));
    }
}

#[inline(always)]
fn add(to: &mut [f32], numbers: &[f32]) {
    to.iter_mut().zip(numbers).for_each(|(to, number)| *to += number);
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
