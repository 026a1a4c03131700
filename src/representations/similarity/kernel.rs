//! Kernel matrices: which stimuli does one set of patterns find similar?

use ndarray::{Array1, Array2, Axis};

use super::cka::{CkaKernel, HsicEstimator, MedianOf, Products};
use crate::error::check_positive;
use crate::representations::patterns::{inner, squared_norm};
use crate::representations::rsa::products_of_rows;
use crate::{Error, Result};

/// A kernel matrix, stimuli × stimuli, centred as an estimator of HSIC wants it.
pub(super) struct Kernel {
    values: Array2<f64>,
    /// Its product with itself.
    itself: f64,
    /// The squared norm of what was centred, beside which the product may be rounding.
    norm: f64,
}

impl Kernel {
    /// Of patterns whose units have mean 0.
    ///
    /// # Errors
    /// [`Error::Setting`] if the bandwidth is not positive; [`Error::Samples`] if a radial kernel
    /// has no width.
    pub(super) fn of(
        patterns: &Array2<f64>,
        kernel: CkaKernel,
        estimator: HsicEstimator,
    ) -> Result<Self> {
        let is_linear = kernel == CkaKernel::Linear;
        let mut values = match kernel {
            CkaKernel::Linear => products_of_rows(patterns.view()),
            CkaKernel::Rbf { bandwidth, median } => {
                check_positive("bandwidth", bandwidth)?;
                rbf(patterns, (bandwidth, median))?
            }
        };
        let norm = squared_norm(values.view());
        match estimator {
            // Products of centred patterns are centred.
            HsicEstimator::Biased if is_linear => {}
            HsicEstimator::Biased => double_centre(&mut values),
            HsicEstimator::Debiased => u_centre(&mut values),
        }
        Ok(Self { itself: squared_norm(values.view()), values, norm })
    }

    /// The sums behind HSIC of both.
    pub(super) fn products(&self, other: &Self) -> Products {
        let [(xx, of_x), (yy, of_y)] = [self, other].map(Self::itself);
        Products { xy: self.product(other), xx, yy, norms: [of_x, of_y] }
    }

    /// The sum behind HSIC with another.
    pub(super) fn product(&self, other: &Self) -> f64 {
        inner(&self.values, &other.values)
    }

    /// The sum with itself, and the squared norm beside which it may be rounding.
    pub(super) fn itself(&self) -> (f64, f64) {
        (self.itself, self.norm)
    }
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
    let mut distances = products_of_rows(x.view());
    let lengths = distances.diag().to_owned();
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
    use super::super::hsic::products_by_units;
    use super::*;
    use crate::representations::patterns::centred;
    use crate::representations::test_patterns::{close, normal, x};

    #[test]
    fn units_and_stimuli_give_the_same_products() {
        let (many, few) = (normal(8, 40, "many"), normal(8, 1, "few"));
        for estimator in [HsicEstimator::Biased, HsicEstimator::Debiased] {
            for (a, b) in [(&many, &few), (&few, &few)] {
                let [a, b] = [centred(a), centred(b)];
                let by_units = products_by_units(&a, &b, estimator);
                let [k, l] = [&a, &b].map(|x| Kernel::of(x, CkaKernel::Linear, estimator).unwrap());
                let by_stimuli = k.products(&l);
                close(by_stimuli.xy, by_units.xy);
                close(by_stimuli.xx, by_units.xx);
                close(by_stimuli.yy, by_units.yy);
            }
        }
    }

    #[test]
    fn rows_of_u_centred_kernels_sum_to_0() {
        let mut kernel = products_of_rows(centred(&x()).view());
        u_centre(&mut kernel);
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
