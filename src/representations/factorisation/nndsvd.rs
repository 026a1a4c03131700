//! Non-negative double singular value decomposition.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::NmfStart;
use super::leading::leading;
use crate::Result;

/// Entries below become 0, as in scikit-learn.
const SMALLEST_ENTRY: f64 = 1e-6;
/// Singular values below this share of the largest are rounding errors of eigenvalues.
const SMALLEST_SHARE: f64 = 1e-7;

/// Codes and parts from the first singular vectors u, v of the values. Of each pair but the first,
/// the positive or the negative parts of both vectors are kept, whichever have the larger product
/// of norms m: codes √(σ m) u / ‖u‖ and parts √(σ m) v / ‖v‖.
pub(super) fn nndsvd(values: &Array2<f64>, components: usize) -> Result<NmfStart> {
    let (n, p) = values.dim();
    let (left, right, sizes) = singular_vectors(values.view(), components)?;
    let (mut codes, mut parts) = (Array2::zeros((n, components)), Array2::zeros((components, p)));
    for at in 0..components {
        if sizes[at] <= SMALLEST_SHARE * sizes[0] {
            continue;
        }
        let (u, v) = (left.column(at), right.column(at));
        // The first vectors have entries of one sign.
        let (u, v) = if at == 0 { (u.mapv(f64::abs), v.mapv(f64::abs)) } else { one_sign(u, v) };
        let norms = (norm(&u), norm(&v));
        let scale = (sizes[at] * norms.0 * norms.1).sqrt();
        codes.column_mut(at).assign(&(u * (scale / norms.0.max(f64::MIN_POSITIVE))));
        parts.row_mut(at).assign(&(v * (scale / norms.1.max(f64::MIN_POSITIVE))));
    }
    let cut = |entry: f64| if entry < SMALLEST_ENTRY { 0.0 } else { entry };
    codes.mapv_inplace(cut);
    parts.mapv_inplace(cut);
    Ok(NmfStart { codes, parts })
}

/// The positive or the negative parts of both vectors, whichever are larger.
fn one_sign(u: ArrayView1<'_, f64>, v: ArrayView1<'_, f64>) -> (Array1<f64>, Array1<f64>) {
    let [positive, negative] = [1.0, -1.0].map(|sign: f64| {
        let part = |vector: ArrayView1<'_, f64>| vector.mapv(|entry| (sign * entry).max(0.0));
        (part(u), part(v))
    });
    let size = |(u, v): &(Array1<f64>, Array1<f64>)| norm(u) * norm(v);
    if size(&positive) > size(&negative) { positive } else { negative }
}

fn norm(vector: &Array1<f64>) -> f64 {
    vector.dot(vector).sqrt()
}

/// The first left (n × k) and right (p × k) singular vectors with their singular values, from the
/// eigenvectors of whichever of the p × p and the n × n products is smaller.
fn singular_vectors(
    values: ArrayView2<'_, f64>,
    count: usize,
) -> Result<(Array2<f64>, Array2<f64>, Array1<f64>)> {
    if values.ncols() > values.nrows() {
        let (left, right, sizes) = singular_vectors(values.t(), count)?;
        return Ok((right, left, sizes));
    }
    let right = leading(&values.t().dot(&values), count)?;
    let mut left = values.dot(&right);
    let sizes: Array1<f64> = left.columns().into_iter().map(|u| u.dot(&u).sqrt()).collect();
    left /= &sizes.mapv(|size| size.max(f64::MIN_POSITIVE));
    Ok((left, right, sizes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_matrix_of_rank_one_is_its_start() {
        let values = array![[1.0], [2.0], [0.5]].dot(&array![[3.0, 0.0, 4.0, 1.0]]);
        for values in [values.clone(), values.reversed_axes()] {
            let start = nndsvd(&values, 1).unwrap();
            let apart = (&start.codes.dot(&start.parts) - &values).mapv(f64::abs).sum();
            assert!(apart < 1e-12, "{apart}");
            // A component beyond the rank is 0.
            let start = nndsvd(&values, 2).unwrap();
            assert_eq!(start.parts.row(1).sum() + start.codes.column(1).sum(), 0.0);
        }
    }

    #[test]
    fn rows_and_columns_may_be_exchanged() {
        let values = array![[1.0, 0.3, 2.0], [0.0, 1.5, 0.4], [2.0, 2.2, 0.1], [0.9, 0.0, 0.7]];
        let (start, other) =
            (nndsvd(&values, 3).unwrap(), nndsvd(&values.t().to_owned(), 3).unwrap());
        let apart = (&start.codes - &other.parts.t()).mapv(f64::abs).sum();
        assert!(apart < 1e-9, "{apart}");
    }
}
