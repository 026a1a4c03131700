//! Patterns that tests share.

use ndarray::{Array2, Axis, array};
use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::natural_images::Whitening;
use crate::random;

fn rotated(sources: &Array2<f64>, angle: f64) -> Array2<f64> {
    let (sin, cos) = angle.sin_cos();
    let mixed = sources.dot(&array![[cos, sin], [-sin, cos]]);
    Whitening::fit(&mixed, 0.0).unwrap().apply(&mixed).unwrap()
}

/// Two Laplace sources, along the direction `angle` and across it, whitened. Each draw comes in all
/// eight signs and orders, so that the sources are exact extrema also in a finite sample.
pub(super) fn laplace_sources(draws: usize, angle: f64) -> Array2<f64> {
    let mut rng = random::stream(7, "laplace");
    let mut sources = Array2::zeros((8 * draws, 2));
    for mut eight in sources.axis_chunks_iter_mut(Axis(0), 8) {
        let (a, b): (f64, f64) = (Exp1.sample(&mut rng), Exp1.sample(&mut rng));
        eight.assign(&array![
            [a, b],
            [-a, b],
            [a, -b],
            [-a, -b],
            [b, a],
            [-b, a],
            [b, -a],
            [-b, -a]
        ]);
    }
    rotated(&sources, angle)
}

/// Two Gaussian sources, whitened.
pub(super) fn gaussian_sources(count: usize, seed: u64) -> Array2<f64> {
    let mut rng = random::stream(seed, "gauss");
    let sources = Array2::from_shape_fn((count, 2), |_| StandardNormal.sample(&mut rng));
    rotated(&sources, 0.0)
}

/// The cosine of a unit with the nearer of two axes, along `angle` and across it.
pub(super) fn cosine_to_axis(weights: &Array2<f64>, unit: usize, angle: f64) -> f64 {
    let row = weights.row(unit);
    let (sin, cos) = angle.sin_cos();
    let (along, across) = (row[0] * cos + row[1] * sin, row[1] * cos - row[0] * sin);
    along.abs().max(across.abs()) / row.dot(&row).sqrt()
}
