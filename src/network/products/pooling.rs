//! From the places of a convolution to the units of a layer, and back.
//!
//! Pooling comes before the nonlinearity: a = P(W ∗ x) + b, h = φ(a). All nonlinearities here grow
//! with their argument, so that φ(max a) = max φ(a): for the maximum the order makes no difference,
//! and φ is computed for fewer units. For the mean this is the order of LeCun et al. 1998, doi
//! 10.1109/5.726791, and of Laborieux et al. 2021, arXiv 2006.03824.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use serde::{Deserialize, Serialize};

use super::Store;
use crate::data::FeatureMaps;
use crate::simd::{self, Vectorised};

/// How the places of a map are summarised, in squares that do not overlap. Rows and columns that
/// are left over at the far edges belong to no square, as by default in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The largest number of a square of this many rows and columns.
    Max(usize),
    /// The mean of a square of this many rows and columns.
    Mean(usize),
}

impl Pooling {
    /// The rows, and columns, of a square.
    pub fn side(self) -> usize {
        match self {
            Self::Max(side) | Self::Mean(side) => side,
        }
    }

    /// What is left of these maps.
    pub fn output(self, maps: FeatureMaps) -> FeatureMaps {
        let side = self.side();
        FeatureMaps { rows: maps.rows / side, columns: maps.columns / side, ..maps }
    }
}

crate::display::show_as_settings!(Pooling);

/// Which place of its square each unit of a layer took its number from, in the last forward pass:
/// examples × units. It grows to the largest batch.
#[derive(Clone, Debug, Default)]
pub(in crate::network) struct Winners(Array2<u8>);

impl Winners {
    /// For so many examples, to be written.
    pub(in crate::network) fn view_mut(
        &mut self,
        rows: usize,
        units: usize,
    ) -> ArrayViewMut2<'_, u8> {
        if self.0.nrows() < rows || self.0.ncols() != units {
            self.0 = Array2::zeros((rows, units));
        }
        self.0.slice_mut(s![..rows, ..])
    }

    /// Of the first examples; none if no pass has left any.
    pub(in crate::network) fn view(&self, rows: usize) -> Option<ArrayView2<'_, u8>> {
        (self.0.nrows() >= rows && !self.0.is_empty()).then(|| self.0.slice(s![..rows, ..]))
    }
}

/// The numbers of one image: those of all places, of which each line of the maps begins `line`
/// places after the one before.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) maps: FeatureMaps,
    pub(super) line: usize,
}

impl Lines {
    /// Where the numbers of a place begin.
    fn place(self, row: usize, column: usize) -> usize {
        (row * self.line + column) * self.maps.channels
    }

    /// The numbers of all places, without what lies between lines.
    pub(super) fn copy_to(self, places: &[f32], units: &mut [f32], store: Store) {
        let width = self.maps.columns * self.maps.channels;
        for (row, units) in units.chunks_exact_mut(width).enumerate() {
            let from = &places[self.place(row, 0)..][..width];
            store.put(from, units);
        }
    }

    /// The reverse: what lies between lines is 0.
    pub(super) fn copy_from(self, units: &[f32], places: &mut [f32]) {
        let width = self.maps.columns * self.maps.channels;
        let gap = self.line * self.maps.channels;
        for (units, places) in units.chunks_exact(width).zip(places.chunks_mut(gap)) {
            places[..width].copy_from_slice(units);
            places[width..].fill(0.0);
        }
    }

    /// Each square's summary.
    pub(super) fn pool(
        self,
        pooling: Pooling,
        places: &[f32],
        units: &mut [f32],
        winners: &mut [u8],
    ) {
        simd::dispatch(Pool { lines: self, pooling, places, units, winners });
    }

    /// Each number back to the places it came from: to the largest, or to all in equal parts; all
    /// other places are 0.
    pub(super) fn spread(
        self,
        pooling: Pooling,
        units: &[f32],
        winners: Option<&[u8]>,
        places: &mut [f32],
    ) {
        places.fill(0.0);
        let (side, channels) = (pooling.side(), self.maps.channels);
        let columns = self.maps.columns / side;
        for (square, units) in units.chunks_exact(channels).enumerate() {
            let (row, column) = (square / columns * side, square % columns * side);
            match (pooling, winners) {
                (Pooling::Mean(_), _) => {
                    let share = 1.0 / (side * side) as f32;
                    for place in 0..side * side {
                        let at = self.place(row + place / side, column + place % side);
                        let places = &mut places[at..at + channels];
                        places.iter_mut().zip(units).for_each(|(to, from)| *to = share * from);
                    }
                }
                (Pooling::Max(_), Some(winners)) => {
                    let winners = &winners[square * channels..][..channels];
                    for (channel, (&winner, &number)) in winners.iter().zip(units).enumerate() {
                        let place = usize::from(winner);
                        let at = self.place(row + place / side, column + place % side);
                        places[at + channel] = number;
                    }
                }
                (Pooling::Max(_), None) => panic!(
                    "errors go back through max pooling by the winners of a forward pass: \
                     take them from the activity, by Activity::through"
                ),
            }
        }
    }
}

struct Pool<'a> {
    lines: Lines,
    pooling: Pooling,
    places: &'a [f32],
    units: &'a mut [f32],
    winners: &'a mut [u8],
}

impl Vectorised for Pool<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { lines, pooling, places, units, winners } = self;
        let (side, channels) = (pooling.side(), lines.maps.channels);
        let columns = lines.maps.columns / side;
        let of = |square: usize, place: usize| {
            let (row, column) = (square / columns * side, square % columns * side);
            let at = lines.place(row + place / side, column + place % side);
            &places[at..at + channels]
        };
        for (square, units) in units.chunks_exact_mut(channels).enumerate() {
            units.copy_from_slice(of(square, 0));
            match pooling {
                Pooling::Mean(_) => {
                    for place in 1..side * side {
                        units.iter_mut().zip(of(square, place)).for_each(|(to, from)| *to += from);
                    }
                    let share = 1.0 / (side * side) as f32;
                    units.iter_mut().for_each(|to| *to *= share);
                }
                Pooling::Max(_) => {
                    let winners = &mut winners[square * channels..][..channels];
                    winners.fill(0);
                    for place in 1..side * side {
                        let candidates = units.iter_mut().zip(winners.iter_mut());
                        for ((best, winner), &x) in candidates.zip(of(square, place)) {
                            let wins = x > *best;
                            *best = if wins { x } else { *best };
                            *winner = if wins { place as u8 } else { *winner };
                        }
                    }
                }
            }
        }
    }
}
