//! The products of linear kernel matrices behind the Hilbert-Schmidt independence criterion, by
//! products of units, where there are few of them.

use ndarray::{Array1, Array2, Axis};

use super::cka::{HsicEstimator, Products};
use crate::representations::patterns::squared_norm;

/// Whether the p × p, q × q and p × q products of units cost less than the n × n products of
/// stimuli.
pub(super) fn units_cost_less(n: usize, p: usize, q: usize) -> bool {
    let [n, p, q] = [n, p, q].map(|count| count as f64);
    p * p + q * q + p * q <= n * (p + q)
}

/// Of the kernels XXᵀ and YYᵀ of centred patterns, n × p and n × q.
pub(super) fn products_by_units(
    x: &Array2<f64>,
    y: &Array2<f64>,
    estimator: HsicEstimator,
) -> Products {
    let [(xy, _), (xx, of_x), (yy, of_y)] =
        [(x, y), (x, x), (y, y)].map(|(a, b)| product_by_units(a, b, estimator));
    Products { xy, xx, yy, norms: [of_x, of_y] }
}

/// The sum behind one HSIC, and the product of the whole kernels beside which it may be rounding.
pub(super) fn product_by_units(
    x: &Array2<f64>,
    y: &Array2<f64>,
    estimator: HsicEstimator,
) -> (f64, f64) {
    let product = squared_norm(x.t().dot(y).view());
    match estimator {
        HsicEstimator::Biased => (product, product),
        HsicEstimator::Debiased => {
            (without_diagonal(product, &squared_lengths(x), &squared_lengths(y)), product)
        }
    }
}

fn squared_lengths(x: &Array2<f64>) -> Array1<f64> {
    x.map_axis(Axis(1), |row| row.dot(&row))
}

/// HSIC₁ · n (n − 3) = tr K̃L̃ + 1ᵀK̃1 1ᵀL̃1 / ((n − 1)(n − 2)) − 2 / (n − 2) 1ᵀK̃L̃1, where K̃ is
/// K without its diagonal a. Rows of a centred K sum to 0, so that K̃1 = −a.
fn without_diagonal(product: f64, a: &Array1<f64>, b: &Array1<f64>) -> f64 {
    let n = a.len() as f64;
    let ab = a.dot(b);
    product - ab + a.sum() * b.sum() / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * ab
}
