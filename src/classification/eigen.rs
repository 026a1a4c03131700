//! The largest eigenvalues of a symmetric matrix, by orthogonal iteration.

use ndarray::{Array1, Array2, s};
use rand::Rng as _;

use crate::random;

/// Directions carried along beyond the wanted ones: the error falls with the ratio of the first
/// eigenvalue left out to the last one wanted, so some slack makes it fall fast.
const SLACK: usize = 8;

/// Iterations at most; a handful usually does.
const MOST_ITERATIONS: usize = 2000;

/// The error of an eigenvector that is good enough, relative to the largest eigenvalue.
const TOLERANCE: f64 = 1e-10;

/// The `count` largest eigenvalues of a symmetric positive semidefinite n × n `matrix`, falling, and
/// their eigenvectors, count × n, of length 1.
pub(super) fn largest(matrix: &Array2<f64>, count: usize) -> (Vec<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let width = (count + SLACK).min(n);
    let mut rng = random::stream(0, "eigen");
    let mut basis = Array2::from_shape_simple_fn((n, width), || rng.gen_range(-1.0..1.0));
    let mut values = Array1::zeros(width);
    orthonormalise(&mut basis);
    for _ in 0..MOST_ITERATIONS {
        let mut image = matrix.dot(&basis);
        let (found, turn) = jacobi(basis.t().dot(&image));
        basis = basis.dot(&turn);
        image = image.dot(&turn);
        values = found;
        if error(&image, &basis, &values, count) <= TOLERANCE * values[0] {
            break;
        }
        basis = image;
        orthonormalise(&mut basis);
    }
    (values.iter().take(count).copied().collect(), basis.slice(s![.., ..count]).t().to_owned())
}

/// The largest |A v − λ v| among the wanted pairs.
fn error(image: &Array2<f64>, basis: &Array2<f64>, values: &Array1<f64>, count: usize) -> f64 {
    let residual = image - &(basis * values);
    let length = |column: usize| residual.column(column).dot(&residual.column(column)).sqrt();
    (0..count).map(length).fold(0.0, f64::max)
}

/// Makes the columns orthogonal and of length 1 (Gram-Schmidt, twice, which is enough).
fn orthonormalise(basis: &mut Array2<f64>) {
    for column in 0..basis.ncols() {
        let mut current = basis.column(column).to_owned();
        for _ in 0..2 {
            for earlier in 0..column {
                let other = basis.column(earlier);
                let overlap = other.dot(&current);
                current.scaled_add(-overlap, &other);
            }
        }
        let length = current.dot(&current).sqrt();
        // A direction that vanishes lies in the null space; it stays zero and has eigenvalue 0.
        let scale = if length > 1e-300 { 1.0 / length } else { 0.0 };
        basis.column_mut(column).assign(&(current * scale));
    }
}

/// All eigenvalues of a small symmetric matrix, falling, and the eigenvectors as columns, by cyclic
/// Jacobi rotations.
fn jacobi(mut matrix: Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let mut vectors = Array2::eye(n);
    for _ in 0..50 {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                rotated |= rotate(&mut matrix, &mut vectors, p, q);
            }
        }
        if !rotated {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| matrix[[b, b]].total_cmp(&matrix[[a, a]]));
    let values = order.iter().map(|&place| matrix[[place, place]]).collect();
    (values, vectors.select(ndarray::Axis(1), &order))
}

/// Turns entry (p, q) into zero; false if it is as good as zero already.
fn rotate(matrix: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) -> bool {
    let off = matrix[[p, q]];
    if off.abs() <= 1e-16 * (matrix[[p, p]] * matrix[[q, q]]).abs().sqrt() || off == 0.0 {
        return false;
    }
    let ratio = (matrix[[q, q]] - matrix[[p, p]]) / (2.0 * off);
    let tangent = ratio.signum() / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for k in 0..matrix.nrows() {
        let (a, b) = (matrix[[k, p]], matrix[[k, q]]);
        matrix[[k, p]] = cosine * a - sine * b;
        matrix[[k, q]] = sine * a + cosine * b;
    }
    for k in 0..matrix.nrows() {
        let (a, b) = (matrix[[p, k]], matrix[[q, k]]);
        matrix[[p, k]] = cosine * a - sine * b;
        matrix[[q, k]] = sine * a + cosine * b;
        let (a, b) = (vectors[[k, p]], vectors[[k, q]]);
        vectors[[k, p]] = cosine * a - sine * b;
        vectors[[k, q]] = sine * a + cosine * b;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn two_by_two_by_hand() {
        let (values, vectors) = largest(&array![[2.0, 1.0], [1.0, 2.0]], 2);
        assert!((values[0] - 3.0).abs() < 1e-12 && (values[1] - 1.0).abs() < 1e-12);
        assert!((vectors[[0, 0]].abs() - 0.5_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn the_largest_of_many() {
        let diagonal = Array1::from_iter((1..=60).map(f64::from));
        let (values, vectors) = largest(&Array2::from_diag(&diagonal), 3);
        assert!(values.iter().zip([60.0, 59.0, 58.0]).all(|(a, b)| (a - b).abs() < 1e-8));
        assert!((vectors[[2, 57]].abs() - 1.0).abs() < 1e-8);
    }

    #[test]
    fn zero_matrices_have_zero_eigenvalues() {
        let (values, _) = largest(&Array2::zeros((4, 4)), 2);
        assert_eq!(values, [0.0, 0.0]);
    }
}
