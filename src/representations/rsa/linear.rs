//! Small symmetric systems: factors, inverses and least squares.

use linfa_linalg::cholesky::{Cholesky, InverseC};
use linfa_linalg::triangular::{SolveTriangular, UPLO};
use ndarray::{Array1, Array2, Axis};

/// Steps after which the search for non-negative weights gives up, for each weight.
const MOST_STEPS: usize = 30;

/// The lower triangular L with L Lᵀ = `matrix`; none unless it is positive definite.
pub(super) fn factor(matrix: &Array2<f64>) -> Option<Array2<f64>> {
    let factor = matrix.cholesky().ok()?;
    // A pivot that is rounding is none.
    let is_regular = |(at, pivot): (usize, &f64)| pivot * pivot > 1e-13 * matrix[[at, at]];
    factor.diag().iter().enumerate().all(is_regular).then_some(factor)
}

/// The inverse of a symmetric positive definite matrix; none if it has none.
pub(super) fn inverse(matrix: &Array2<f64>) -> Option<Array2<f64>> {
    factor(matrix)?;
    matrix.invc().ok()
}

/// L⁻¹ M.
pub(super) fn solve_lower(factor: &Array2<f64>, matrix: &Array2<f64>) -> Option<Array2<f64>> {
    factor.solve_triangular(matrix, UPLO::Lower).ok()
}

/// The x with `matrix` x = `right`; none unless the matrix is positive definite.
pub(super) fn solve(matrix: &Array2<f64>, right: &Array1<f64>) -> Option<Array1<f64>> {
    let factor = factor(matrix)?;
    let column = solve_lower(&factor, &right.clone().insert_axis(Axis(1)))?;
    Some(factor.t().solve_triangular(&column, UPLO::Upper).ok()?.remove_axis(Axis(1)))
}

/// The x ≥ 0 that minimises xᵀ `gram` x − 2 xᵀ `right`: Lawson and Hanson's active set on the
/// normal equations, as Bro & De Jong 1997 (Journal of Chemometrics 11) have it.
pub(super) fn solve_non_negative(gram: &Array2<f64>, right: &Array1<f64>) -> Option<Array1<f64>> {
    let count = right.len();
    let tolerance = 1e-12 * right.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let mut weights = Array1::<f64>::zeros(count);
    let mut free = vec![false; count];
    for _ in 0..MOST_STEPS * count {
        let gradient = right - &gram.dot(&weights);
        let bound = (0..count).filter(|&at| !free[at] && gradient[at] > tolerance);
        let Some(next) = bound.max_by(|&a, &b| gradient[a].total_cmp(&gradient[b])) else {
            return Some(weights);
        };
        free[next] = true;
        loop {
            let proposed = solve_free(gram, right, &free)?;
            let step = (0..count)
                .filter(|&at| free[at] && proposed[at] <= 0.0)
                .map(|at| weights[at] / (weights[at] - proposed[at]))
                .min_by(f64::total_cmp);
            let Some(step) = step else {
                weights = proposed;
                break;
            };
            weights = &weights + &((proposed - &weights) * step);
            for at in 0..count {
                if free[at] && weights[at] <= tolerance.min(1e-14) {
                    free[at] = false;
                    weights[at] = 0.0;
                }
            }
        }
    }
    None
}

/// The solution in the free weights, the others 0.
fn solve_free(gram: &Array2<f64>, right: &Array1<f64>, free: &[bool]) -> Option<Array1<f64>> {
    let places: Vec<usize> = (0..free.len()).filter(|&at| free[at]).collect();
    let part = gram.select(Axis(0), &places).select(Axis(1), &places);
    let solved = solve(&part, &right.select(Axis(0), &places))?;
    let mut all = Array1::zeros(free.len());
    places.iter().zip(solved).for_each(|(&at, value)| all[at] = value);
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn systems_with_and_without_a_solution() {
        let matrix = array![[4.0, 1.0], [1.0, 3.0]];
        let found = solve(&matrix, &array![1.0, 2.0]).unwrap();
        assert!((matrix.dot(&found) - array![1.0, 2.0]).iter().all(|x| x.abs() < 1e-14));
        let both = inverse(&matrix).unwrap().dot(&matrix);
        assert!((both - Array2::<f64>::eye(2)).iter().all(|x| x.abs() < 1e-14));
        assert!(solve(&array![[1.0, 1.0], [1.0, 1.0]], &array![1.0, 1.0]).is_none());
    }

    /// `scipy.optimize.nnls([[1, 0], [1, 1], [0, 2]], [2, 1, -1])` is (1.5, 0).
    #[test]
    fn a_weight_that_would_be_negative_is_0() {
        let design = array![[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]];
        let right = design.t().dot(&array![2.0, 1.0, -1.0]);
        let found = solve_non_negative(&design.t().dot(&design), &right).unwrap();
        assert!((found - array![1.5, 0.0]).iter().all(|x| x.abs() < 1e-14));
    }

    /// The conditions of Karush, Kuhn and Tucker decide whether it is the minimum.
    #[test]
    fn non_negative_weights_are_a_minimum() {
        let entry = |(i, j): (usize, usize)| ((i * 7 + j * j * 3 + i * j) % 11) as f64 - 4.0;
        let design = Array2::from_shape_fn((20, 6), entry);
        let gram = design.t().dot(&design);
        let right = design.t().dot(&Array1::from_shape_fn(20, |i| ((i * 5) % 7) as f64 - 3.0));
        let found = solve_non_negative(&gram, &right).unwrap();
        let gradient = &right - &gram.dot(&found);
        for (weight, slope) in found.iter().zip(&gradient) {
            assert!(*weight >= 0.0 && *slope < 1e-9 && (weight * slope).abs() < 1e-9);
        }
    }
}
