//! What is made of every pair of a list.

use ndarray::Array2;
use rayon::prelude::*;

/// A symmetric matrix, `count` × `count`, of a number for every pair of places i ≥ j, each made
/// once; on as many threads as rayon has.
pub(crate) fn symmetric(count: usize, of: impl Fn(usize, usize) -> f64 + Sync) -> Array2<f64> {
    let row = |i: usize| -> Vec<f64> { (0..=i).map(|j| of(i, j)).collect() };
    let triangle: Vec<Vec<f64>> = (0..count).into_par_iter().map(row).collect();
    Array2::from_shape_fn((count, count), |(i, j)| triangle[i.max(j)][i.min(j)])
}
