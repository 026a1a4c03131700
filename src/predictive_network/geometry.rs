//! How a layer lies on the one below: its convolution, its pooling, and the way back.

use ndarray::{Array2, ArrayView2};

use super::PredictiveLayer;
use super::upsampling::Upsampling;
use crate::data::FeatureMaps;
use crate::network::{Connectivity, Convolution, Matrix, Store};

/// The places of a layer; weights are filters × taps, as those of any convolution.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    convolution: Convolution,
    pooling: usize,
    upsampling: Upsampling,
}

/// Pooled numbers, examples × units, and which place of its square each of them comes from.
#[derive(Clone, Debug)]
pub(super) struct Pooled {
    pub(super) units: Matrix,
    winners: Array2<u8>,
}

impl Geometry {
    pub(super) fn of(layer: &PredictiveLayer, input: FeatureMaps) -> Self {
        let &PredictiveLayer { filters, kernel, pooling } = layer;
        let padding = kernel / 2;
        let convolution =
            Convolution { input, filters, kernel: (kernel, kernel), stride: 1, padding };
        let output = FeatureMaps {
            rows: input.rows / pooling,
            columns: input.columns / pooling,
            channels: filters,
        };
        Self { convolution, pooling, upsampling: Upsampling::new(output, pooling) }
    }

    /// A convolution of one place on the same maps.
    pub(super) fn bypass(&self) -> Connectivity {
        Connectivity::Convolution(Convolution { kernel: (1, 1), padding: 0, ..self.convolution })
    }

    pub(super) fn connectivity(&self) -> Connectivity {
        Connectivity::Convolution(self.convolution)
    }

    pub(super) fn input(&self) -> FeatureMaps {
        self.convolution.input
    }

    /// The maps before pooling.
    pub(super) fn places(&self) -> FeatureMaps {
        self.convolution.output()
    }

    /// The maps after pooling.
    pub(super) fn output(&self) -> FeatureMaps {
        let FeatureMaps { rows, columns, channels } = self.places();
        FeatureMaps { rows: rows / self.pooling, columns: columns / self.pooling, channels }
    }

    pub(super) fn taps(&self) -> usize {
        self.convolution.taps()
    }

    /// W ∗ x.
    pub(super) fn convolved(&self, x: ArrayView2<'_, f32>, weights: &Matrix) -> Matrix {
        product(self.connectivity(), self.places(), x, weights)
    }

    /// Wᵀ ∗ y, on the maps below.
    pub(super) fn transposed(&self, y: ArrayView2<'_, f32>, weights: &Matrix) -> Matrix {
        let mut x = Matrix::zeros((y.nrows(), self.input().units()));
        self.connectivity().backward(y, weights.view(), Store::Overwrite, x.view_mut());
        x
    }

    /// The maximum of each square.
    pub(super) fn pooled(&self, places: Matrix) -> Pooled {
        if self.pooling == 1 {
            return Pooled { units: places, winners: Array2::zeros((0, 0)) };
        }
        let maps = self.places();
        let shape = (places.nrows(), self.output().units());
        let (mut units, mut winners) = (Matrix::zeros(shape), Array2::zeros(shape));
        let rows = units.rows_mut().into_iter().zip(winners.rows_mut()).zip(places.rows());
        for ((mut units, mut winners), places) in rows {
            let units = units.as_slice_mut().expect("rows are contiguous");
            let winners = winners.as_slice_mut().expect("rows are contiguous");
            let places = places.to_slice().expect("rows are contiguous");
            let squares = units.chunks_exact_mut(maps.channels);
            for (square, (best, winners)) in
                squares.zip(winners.chunks_exact_mut(maps.channels)).enumerate()
            {
                best.fill(f32::NEG_INFINITY);
                for place in 0..self.pooling * self.pooling {
                    let candidates = &places[self.place(square, place)..][..maps.channels];
                    for ((best, winner), &x) in
                        best.iter_mut().zip(winners.iter_mut()).zip(candidates)
                    {
                        let wins = x > *best;
                        *best = if wins { x } else { *best };
                        *winner = if wins { place as u8 } else { *winner };
                    }
                }
            }
        }
        Pooled { units, winners }
    }

    /// Errors of pooled units at the places that they come from.
    pub(super) fn unpooled(&self, errors: Matrix, pooled: &Pooled) -> Matrix {
        if self.pooling == 1 {
            return errors;
        }
        let channels = self.places().channels;
        let mut places = Matrix::zeros((errors.nrows(), self.places().units()));
        for ((mut places, errors), winners) in
            places.rows_mut().into_iter().zip(errors.rows()).zip(pooled.winners.rows())
        {
            for (unit, (&error, &winner)) in errors.iter().zip(winners).enumerate() {
                let (square, channel) = (unit / channels, unit % channels);
                places[self.place(square, winner.into()) + channel] = error;
            }
        }
        places
    }

    /// Where the numbers of a place of a square begin.
    fn place(&self, square: usize, place: usize) -> usize {
        let (maps, columns) = (self.places(), self.output().columns);
        let row = square / columns * self.pooling + place / self.pooling;
        let column = square % columns * self.pooling + place % self.pooling;
        (row * maps.columns + column) * maps.channels
    }

    /// Pooled numbers between which places are filled in.
    pub(super) fn upsampled(&self, units: ArrayView2<'_, f32>) -> Matrix {
        self.upsampling.forward(units)
    }

    /// Errors of filled places, for the pooled numbers.
    pub(super) fn downsampled(&self, errors: Matrix) -> Matrix {
        self.upsampling.backward(errors)
    }
}

/// Weights times what they read.
pub(super) fn product(
    connectivity: Connectivity,
    output: FeatureMaps,
    x: ArrayView2<'_, f32>,
    weights: &Matrix,
) -> Matrix {
    let mut y = Matrix::zeros((x.nrows(), output.units()));
    connectivity.forward(x, weights.view(), Store::Overwrite, y.view_mut());
    y
}

#[cfg(test)]
mod tests {
    use ndarray::{Array, array};

    use super::*;

    #[test]
    fn the_maximum_and_its_way_back_by_hand() {
        let layer = PredictiveLayer::new(1, 3).pooled(2);
        let geometry = Geometry::of(&layer, (2, 4).into());
        let places = array![[1.0, 5.0, -3.0, -1.0, 2.0, 0.0, -2.0, -4.0]];
        let pooled = geometry.pooled(places);
        assert_eq!(pooled.units, array![[5.0, -1.0]]);
        let back = geometry.unpooled(array![[10.0, 20.0]], &pooled);
        assert_eq!(back, array![[0.0, 10.0, 0.0, 20.0, 0.0, 0.0, 0.0, 0.0]]);
    }

    #[test]
    fn feedback_is_the_transposed_convolution() {
        let geometry = Geometry::of(&PredictiveLayer::new(3, 3), (5, 4, 2).into());
        let of = |rows, columns, factor: f32| {
            Array::from_shape_fn((rows, columns), |(i, j)| (factor * (i * 7 + j + 1) as f32).sin())
        };
        let (x, y, w) = (of(2, 40, 1.0), of(2, 60, 0.7), of(3, 18, 0.3));
        let forward = (&geometry.convolved(x.view(), &w) * &y).sum();
        let back = (&geometry.transposed(y.view(), &w) * &x).sum();
        assert!((forward - back).abs() < 1e-4, "{forward} {back}");
    }
}
