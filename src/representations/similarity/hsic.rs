//! The products of kernel matrices behind the Hilbert-Schmidt independence criterion.

use ndarray::{Array1, Array2, Axis};

use super::cka::{HsicEstimator, MedianOf, Products};
use crate::representations::patterns::{inner, squared_norm};
use crate::{Error, Result};

/// Of the kernels XXᵀ and YYᵀ of centred patterns, n × p and n × q.
pub(super) fn linear_products(
    x: &Array2<f64>,
    y: &Array2<f64>,
    estimator: HsicEstimator,
) -> Products {
    let [xy, xx, yy] = plain_products(x, y);
    let norms = [xx, yy];
    if estimator == HsicEstimator::Biased {
        return Products { xy, xx, yy, norms };
    }
    let [a, b] = [x, y].map(squared_lengths);
    let without = |product, a, b| without_diagonal(product, a, b);
    Products { xy: without(xy, &a, &b), xx: without(xx, &a, &a), yy: without(yy, &b, &b), norms }
}

/// ‖XᵀY‖², ‖XᵀX‖² and ‖YᵀY‖², by products of units or of stimuli, whichever cost less.
fn plain_products(x: &Array2<f64>, y: &Array2<f64>) -> [f64; 3] {
    let (n, p, q) = (x.nrows() as f64, x.ncols() as f64, y.ncols() as f64);
    if p * p + q * q + p * q <= n * (p + q) {
        return [(x, y), (x, x), (y, y)].map(|(a, b)| squared_norm(a.t().dot(b).view()));
    }
    let (k, l) = (x.dot(&x.t()), y.dot(&y.t()));
    [inner(&k, &l), squared_norm(k.view()), squared_norm(l.view())]
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

/// Of radial kernels of centred patterns, whose width is a bandwidth times a median.
pub(super) fn rbf_products(
    patterns: [&Array2<f64>; 2],
    width: (f64, MedianOf),
    estimator: HsicEstimator,
) -> Result<Products> {
    let [mut k, mut l] = [rbf(patterns[0], width)?, rbf(patterns[1], width)?];
    let norms = [squared_norm(k.view()), squared_norm(l.view())];
    for kernel in [&mut k, &mut l] {
        match estimator {
            HsicEstimator::Biased => double_centre(kernel),
            HsicEstimator::Debiased => u_centre(kernel),
        }
    }
    let [xx, yy] = [squared_norm(k.view()), squared_norm(l.view())];
    Ok(Products { xy: inner(&k, &l), xx, yy, norms })
}

fn rbf(x: &Array2<f64>, (bandwidth, median): (f64, MedianOf)) -> Result<Array2<f64>> {
    let mut distances = squared_distances(x);
    let middle = median_distance(&distances, median);
    if middle <= 0.0 {
        return Err(Error::Samples(format!(
            "the median distance of {} patterns is 0, so that the kernel has no width; \
             leave out equal stimuli or take the linear kernel",
            x.nrows()
        )));
    }
    let twice = 2.0 * bandwidth * bandwidth * middle;
    distances.mapv_inplace(|distance| (-distance / twice).exp());
    Ok(distances)
}

fn squared_distances(x: &Array2<f64>) -> Array2<f64> {
    let lengths = squared_lengths(x);
    let mut distances = x.dot(&x.t());
    for ((i, j), value) in distances.indexed_iter_mut() {
        *value = if i == j { 0.0 } else { (lengths[i] + lengths[j] - 2.0 * *value).max(0.0) };
    }
    distances
}

fn median_distance(distances: &Array2<f64>, median: MedianOf) -> f64 {
    let n = distances.nrows();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let mut sorted: Vec<f64> = pairs.map(|pair| distances[pair]).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (count, at): (usize, &dyn Fn(usize) -> f64) = match median {
        MedianOf::DistinctPairs => (sorted.len(), &|place| sorted[place]),
        // The zeros of the diagonal, then each pair twice.
        MedianOf::AllEntries => {
            (n * n, &|place| if place < n { 0.0 } else { sorted[(place - n) / 2] })
        }
    };
    (at((count - 1) / 2) + at(count / 2)) / 2.0
}

/// Takes the means of rows and columns out.
fn double_centre(kernel: &mut Array2<f64>) {
    let n = kernel.nrows() as f64;
    let means = kernel.sum_axis(Axis(0)) / n;
    let mean = means.sum() / n;
    subtract_both(kernel, &(means - mean / 2.0));
}

/// Makes all rows and columns sum to 0 beside a diagonal of zeros.
fn u_centre(kernel: &mut Array2<f64>) {
    let n = kernel.nrows() as f64;
    kernel.diag_mut().fill(0.0);
    let means = kernel.sum_axis(Axis(0)) / (n - 2.0);
    let excess = means.sum() / (2.0 * (n - 1.0));
    subtract_both(kernel, &(means - excess));
    kernel.diag_mut().fill(0.0);
}

fn subtract_both(kernel: &mut Array2<f64>, parts: &Array1<f64>) {
    *kernel -= parts;
    *kernel -= &parts.view().insert_axis(Axis(1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::patterns::centred;
    use crate::representations::test_patterns::{close, normal, x};

    #[test]
    fn units_and_stimuli_give_the_same_products() {
        let (many, few) = (normal(8, 40, "many"), normal(8, 1, "few"));
        for (a, b) in [(&many, &few), (&few, &few)] {
            let by_units = squared_norm(a.t().dot(b).view());
            close(plain_products(a, b)[0], by_units);
        }
    }

    #[test]
    fn the_unbiased_sum_is_the_product_of_u_centred_kernels() {
        let centred = centred(&x());
        let mut kernel = centred.dot(&centred.t());
        let expected = linear_products(&centred, &centred, HsicEstimator::Debiased).xx;
        u_centre(&mut kernel);
        close(squared_norm(kernel.view()), expected);
        assert!(kernel.sum_axis(Axis(0)).iter().all(|sum| sum.abs() < 1e-12));
    }

    #[test]
    fn medians_count_the_diagonal_or_not() {
        let distances = squared_distances(&ndarray::array![[0.0], [1.0], [3.0]]);
        close(median_distance(&distances, MedianOf::DistinctPairs), 4.0);
        // 0 0 0 1 1 4 4 9 9
        close(median_distance(&distances, MedianOf::AllEntries), 1.0);
    }
}
