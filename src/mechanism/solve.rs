//! Small symmetric systems, and other sums.

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// The solution of a positive definite system; zeros where it has none.
pub(super) fn solve(matrix: Array2<f64>, right: ArrayView1<'_, f64>) -> Array1<f64> {
    solve_all(matrix, right.insert_axis(Axis(1))).remove_axis(Axis(1))
}

/// The same for every column on the right.
pub(super) fn solve_all(mut matrix: Array2<f64>, right: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut columns = right.to_owned();
    if matrix.solvec_inplace(&mut columns).is_err() {
        columns.fill(0.0);
    }
    columns
}

/// Least squares of `target` on a few `columns`, all of one length: the coefficients, and how much
/// of the target's square they explain. A column that the others make up gets what is left.
pub(super) fn regress(columns: &[Vec<f64>], target: &[f64]) -> (Vec<f64>, f64) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let size = dot(target, target);
    let norms: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
    let used: Vec<usize> = (0..columns.len()).filter(|&k| norms[k] > 0.0).collect();
    if used.is_empty() || size == 0.0 {
        return (vec![0.0; columns.len()], 0.0);
    }
    let entry = |(i, j): (usize, usize)| {
        let (i, j) = (used[i], used[j]);
        dot(&columns[i], &columns[j]) / (norms[i] * norms[j]) + if i == j { 1e-13 } else { 0.0 }
    };
    let squares = Array2::from_shape_fn((used.len(), used.len()), entry);
    let products: Array1<f64> = used.iter().map(|&k| dot(&columns[k], target) / norms[k]).collect();
    let solved = solve(squares, products.view());
    let mut coefficients = vec![0.0; columns.len()];
    for (&k, &value) in used.iter().zip(&solved) {
        coefficients[k] = value / norms[k];
    }
    let mut rest = target.to_vec();
    for (column, &coefficient) in columns.iter().zip(&coefficients) {
        rest.iter_mut().zip(column).for_each(|(rest, x)| *rest -= coefficient * x);
    }
    let left = dot(&rest, &rest);
    (coefficients, 1.0 - left / size)
}

/// The mean of those that are numbers.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let known: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    if known.is_empty() { f64::NAN } else { known.iter().sum::<f64>() / known.len() as f64 }
}

/// Of the angle between two matrices.
pub(super) fn cosine(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    (a * b).sum() / ((a * a).sum() * (b * b).sum()).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_come_back() {
        let columns = vec![vec![1.0, 0.0, 2.0, 1.0], vec![0.0, 1.0, 1.0, -1.0], vec![0.0; 4]];
        let target: Vec<f64> = (0..4).map(|i| 3.0 * columns[0][i] - 0.5 * columns[1][i]).collect();
        let (found, explained) = regress(&columns, &target);
        assert!((found[0] - 3.0).abs() < 1e-9 && (found[1] + 0.5).abs() < 1e-9 && found[2] == 0.0);
        assert!(explained > 1.0 - 1e-12);
    }
}
