//! Orthonormal bases of what patterns span, and the angles between them.

use linfa_linalg::cholesky::Cholesky;
use linfa_linalg::qr::QR;
use linfa_linalg::svd::SVD;
use ndarray::{Array2, Axis, s};

use crate::representations::patterns::undecomposed;
use crate::{Error, Result};

/// Singular values below this share of the largest one are those of dependent units.
const DEPENDENT: f64 = 1e-10;

/// The first of two orthogonalisations is good enough for the second below this deviation.
const NEAR: f64 = 1e-6;

/// Left singular vectors and singular values, both largest first.
#[derive(Debug, Clone)]
pub(super) struct Singular {
    /// n × k, orthonormal.
    pub(super) vectors: Array2<f64>,
    /// k numbers, none negligible.
    pub(super) values: Vec<f64>,
}

impl Singular {
    /// Of centred patterns, n × p, without the directions of dependent units.
    pub(super) fn of(x: &Array2<f64>) -> Result<Self> {
        let (n, p) = x.dim();
        if p > n {
            return Self::of_square(&small_form(x)?);
        }
        let (q, r) = thin(x)?;
        let Self { vectors, values } = Self::of_square(&r)?;
        Ok(Self { vectors: q.dot(&vectors), values })
    }

    fn of_square(x: &Array2<f64>) -> Result<Self> {
        // The right vectors of the transpose: by its source, linfa-linalg 0.2.1 would multiply a
        // left vector by 0 where it turned the sign of a singular value.
        let (_, values, vectors) = x.t().to_owned().svd(false, true).map_err(undecomposed)?;
        let vectors = vectors.expect("right vectors were asked for");
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let largest = values[order[0]];
        order.retain(|&at| values[at] > DEPENDENT * largest);
        let vectors = vectors.select(Axis(0), &order).reversed_axes();
        Ok(Self { vectors, values: order.iter().map(|&at| values[at]).collect() })
    }

    /// The fewest directions that hold a share of the variance.
    pub(super) fn holding(self, share: f64) -> Self {
        let total: f64 = self.values.iter().map(|value| value * value).sum();
        let mut sum = 0.0;
        let reached = self.values.iter().position(|value| {
            sum += value * value / total;
            sum >= share - 1e-12
        });
        let kept = reached.map_or(self.values.len(), |at| at + 1);
        let vectors = self.vectors.slice_move(s![.., ..kept]);
        Self { vectors, values: self.values[..kept].to_vec() }
    }

    /// Refuses a subspace so large that it holds every pattern of the stimuli.
    pub(super) fn check_room(&self, name: &str) -> Result<()> {
        let (n, k) = self.vectors.dim();
        if k + 1 < n {
            return Ok(());
        }
        Err(Error::Samples(format!(
            "the {name} span {k} dimensions over {n} stimuli, so that every canonical correlation \
             is 1 for any data; show more than {} stimuli, or keep fewer directions with Svcca",
            k + 1
        )))
    }
}

/// An orthonormal Q, n × p, and R = QᵀX of patterns with n ≥ p.
fn thin(x: &Array2<f64>) -> Result<(Array2<f64>, Array2<f64>)> {
    if let Some(q) = cholesky_basis(x) {
        let r = q.t().dot(x);
        return Ok((q, r));
    }
    Ok(x.qr().map_err(undecomposed)?.into_decomp())
}

/// Q by Cholesky decompositions of XᵀX, twice, which needs hardly more than matrix products. None
/// if the units are so nearly dependent that the first comes out far from orthonormal.
fn cholesky_basis(x: &Array2<f64>) -> Option<Array2<f64>> {
    let eye = Array2::<f64>::eye(x.ncols());
    let orthogonal = |x: &Array2<f64>| {
        let lower = x.t().dot(x).cholesky().ok()?;
        Some(x.dot(&inverse_of_lower(&lower).t()))
    };
    let first = orthogonal(x)?;
    let gap = first.t().dot(&first) - &eye;
    let is_near = gap.iter().all(|value| value.abs() < NEAR);
    is_near.then(|| orthogonal(&first)).flatten()
}

/// Row by row, L⁻¹ of a lower triangular L: rows are sums of those before.
fn inverse_of_lower(lower: &Array2<f64>) -> Array2<f64> {
    let mut inverse = Array2::zeros(lower.dim());
    for i in 0..lower.nrows() {
        let before = lower.slice(s![i, ..i]).dot(&inverse.slice(s![..i, ..]));
        let mut row = inverse.row_mut(i);
        row -= &before;
        row[i] += 1.0;
        row /= lower[[i, i]];
    }
    inverse
}

/// An orthonormal basis, n × rank, of what centred patterns of no more units than stimuli span.
pub(super) fn basis(x: &Array2<f64>) -> Result<Array2<f64>> {
    match cholesky_basis(x) {
        Some(basis) => Ok(basis),
        None => Ok(Singular::of(x)?.vectors),
    }
}

/// Patterns with at most as many units as stimuli and the same scalar products, n × min(n, p).
pub(super) fn small_form(x: &Array2<f64>) -> Result<Array2<f64>> {
    let (n, p) = x.dim();
    if p <= n {
        return Ok(x.clone());
    }
    Ok(x.t().to_owned().qr().map_err(undecomposed)?.into_r().reversed_axes())
}

/// The singular values of a matrix, largest first.
pub(super) fn singular_values(matrix: &Array2<f64>) -> Result<Vec<f64>> {
    let (_, values, _) = matrix.svd(false, false).map_err(undecomposed)?;
    let mut values = values.to_vec();
    values.sort_by(|a, b| b.total_cmp(a));
    Ok(values)
}

/// The canonical correlations of two subspaces, given by their bases: the cosines of the angles
/// between them.
pub(super) fn correlations(x: &Array2<f64>, y: &Array2<f64>) -> Result<Vec<f64>> {
    let cosines = singular_values(&x.t().dot(y))?;
    Ok(cosines.into_iter().map(|value| value.clamp(0.0, 1.0)).collect())
}

/// How many of the correlations of subspaces of k and l dimensions over n stimuli are 1 for any
/// data, since the two must intersect.
pub(super) fn forced(x: &Array2<f64>, y: &Array2<f64>) -> usize {
    (x.ncols() + y.ncols() + 1).saturating_sub(x.nrows())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::patterns::{centred, squared_norm};
    use crate::representations::test_patterns::normal;

    fn largest(matrix: &Array2<f64>) -> f64 {
        squared_norm(matrix.view()).sqrt()
    }

    #[test]
    fn bases_are_orthonormal_and_hold_the_patterns() {
        for (n, p) in [(12, 5), (5, 12), (30, 29), (7, 1), (40, 40), (9, 200)] {
            let x = centred(&normal(n, p, &format!("{n} {p}")));
            let Singular { vectors, values } = Singular::of(&x).unwrap();
            assert_eq!(values.len(), p.min(n - 1), "{n} {p}");
            let identity = vectors.t().dot(&vectors);
            assert!(largest(&(identity - Array2::<f64>::eye(values.len()))) < 1e-11);
            let seen = vectors.dot(&vectors.t().dot(&x));
            assert!(largest(&(seen - &x)) < 1e-11 * largest(&x));
            if p <= n {
                let basis = basis(&x).unwrap();
                let turned = vectors.t().dot(&basis);
                assert!(
                    largest(&(turned.t().dot(&turned) - Array2::<f64>::eye(basis.ncols()))) < 1e-10
                );
            }
            let total: f64 = values.iter().map(|value| value * value).sum();
            assert!((total - squared_norm(x.view())).abs() < 1e-10 * total);
        }
    }

    #[test]
    fn dependent_units_add_no_direction() {
        let one = normal(20, 3, "one");
        let twice = ndarray::concatenate![Axis(1), one, &one * 2.0, one.slice(s![.., ..1])];
        for found in
            [Singular::of(&centred(&twice)).map(|found| found.vectors), basis(&centred(&twice))]
        {
            assert_eq!(found.unwrap().dim(), (20, 3));
        }
    }

    #[test]
    fn nearly_dependent_units_take_the_slower_route_to_the_same_subspace() {
        let one = normal(20, 3, "one");
        let near = &one.column(0) * 1.0 + &normal(20, 1, "near").column(0) * 1e-6;
        let x = centred(&ndarray::concatenate![Axis(1), one, near.insert_axis(Axis(1))]);
        assert!(cholesky_basis(&x).is_none());
        assert!(cholesky_basis(&centred(&one)).is_some());
        let basis = basis(&x).unwrap();
        assert_eq!(basis.ncols(), 4);
        assert!(largest(&(basis.t().dot(&basis) - Array2::<f64>::eye(4))) < 1e-12);
        assert!(largest(&(basis.dot(&basis.t().dot(&x)) - &x)) < 1e-12);
    }

    #[test]
    fn the_small_form_keeps_scalar_products() {
        let x = normal(6, 31, "wide");
        let small = small_form(&x).unwrap();
        assert_eq!(small.dim(), (6, 6));
        assert!(largest(&(small.dot(&small.t()) - x.dot(&x.t()))) < 1e-11);
    }
}
