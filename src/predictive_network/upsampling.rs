//! Bilinear interpolation between the places of maps.
//!
//! A filled place lies at (i + ½)/s − ½ of the places that there are, with s filled places for
//! each; beyond the outermost ones there is nothing to interpolate with, and it has their numbers.

use ndarray::ArrayView2;

use crate::data::FeatureMaps;
use crate::network::Matrix;

/// Interpolation to so many times the rows and columns.
#[derive(Clone, Debug)]
pub(super) struct Upsampling {
    maps: FeatureMaps,
    factor: usize,
    rows: Vec<Between>,
    columns: Vec<Between>,
}

/// The two places that a filled one lies between, and the share of the second.
#[derive(Clone, Copy, Debug)]
struct Between {
    places: [usize; 2],
    share: f32,
}

impl Upsampling {
    pub(super) fn new(maps: FeatureMaps, factor: usize) -> Self {
        let (rows, columns) = (between(maps.rows, factor), between(maps.columns, factor));
        Self { maps, factor, rows, columns }
    }

    /// Examples × units of all filled places.
    pub(super) fn forward(&self, units: ArrayView2<'_, f32>) -> Matrix {
        if self.factor == 1 {
            return units.to_owned();
        }
        let size = self.maps.units() * self.factor * self.factor;
        let mut filled = Matrix::zeros((units.nrows(), size));
        for (mut to, from) in filled.rows_mut().into_iter().zip(units.rows()) {
            let to = to.as_slice_mut().expect("rows are contiguous");
            let from = from.to_slice().expect("rows are contiguous");
            let places = to.chunks_exact_mut(self.maps.channels);
            for (corners, to) in self.corners().zip(places) {
                for (at, share) in corners {
                    let from = &from[at..at + to.len()];
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += share * from);
                }
            }
        }
        filled
    }

    /// The transposed product: errors of filled places to errors of those that there are.
    pub(super) fn backward(&self, errors: Matrix) -> Matrix {
        if self.factor == 1 {
            return errors;
        }
        let mut units = Matrix::zeros((errors.nrows(), self.maps.units()));
        for (mut to, from) in units.rows_mut().into_iter().zip(errors.rows()) {
            let to = to.as_slice_mut().expect("rows are contiguous");
            let from = from.to_slice().expect("rows are contiguous");
            let places = from.chunks_exact(self.maps.channels);
            for (corners, from) in self.corners().zip(places) {
                for (at, share) in corners {
                    let to = &mut to[at..at + from.len()];
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += share * from);
                }
            }
        }
        units
    }

    /// For each filled place where the numbers of its four neighbours begin, and their shares.
    fn corners(&self) -> impl Iterator<Item = [(usize, f32); 4]> {
        let all = move |row: &Between| {
            let row = *row;
            self.columns.iter().map(move |column| {
                let of = |down: usize, right: usize| {
                    let place = row.places[down] * self.maps.columns + column.places[right];
                    (place * self.maps.channels, row.share_of(down) * column.share_of(right))
                };
                [of(0, 0), of(0, 1), of(1, 0), of(1, 1)]
            })
        };
        self.rows.iter().flat_map(all)
    }
}

impl Between {
    fn share_of(self, place: usize) -> f32 {
        if place == 0 { 1.0 - self.share } else { self.share }
    }
}

/// Along one side of the maps.
fn between(count: usize, factor: usize) -> Vec<Between> {
    let filled = |place: usize| {
        let at = ((place as f32 + 0.5) / factor as f32 - 0.5).max(0.0);
        let first = at as usize;
        Between { places: [first, (first + 1).min(count - 1)], share: at - first as f32 }
    };
    (0..count * factor).map(filled).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn a_row_by_hand() {
        let filled = Upsampling::new((1, 2).into(), 2).forward(array![[0.0, 4.0]].view());
        assert_eq!(filled, array![[0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]]);
        let filled = Upsampling::new((1, 2).into(), 3).forward(array![[0.0, 6.0]].view());
        let row = filled.as_slice().unwrap()[..6].to_vec();
        let expected = [0.0, 0.0, 2.0, 4.0, 6.0, 6.0];
        assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{row:?}");
    }

    #[test]
    fn constants_stay_and_the_transposed_product_is_the_transposed_product() {
        let upsampling = Upsampling::new((3, 4, 2).into(), 2);
        let ones = upsampling.forward(Array2::ones((1, 24)).view());
        assert!(ones.iter().all(|x| (x - 1.0).abs() < 1e-6));
        let of = |columns, factor: f32| {
            Array2::from_shape_fn((2, columns), |(i, j)| (factor * (i * 5 + j) as f32).sin())
        };
        let (x, y) = (of(24, 1.0), of(96, 0.3));
        let forward = (&upsampling.forward(x.view()) * &y).sum();
        let back = (&upsampling.backward(y) * &x).sum();
        assert!((forward - back).abs() < 1e-4, "{forward} {back}");
    }
}
