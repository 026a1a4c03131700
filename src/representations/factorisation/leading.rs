//! The leading eigenvectors of a Gram matrix.

use linfa_linalg::eigh::{EigSort, Eigh};
use linfa_linalg::qr::QR;
use ndarray::{Array1, Array2, s};
use rand::Rng as _;
use rand_distr::StandardNormal;

use crate::{Error, Result, random};

/// Vectors that are iterated beside those that are asked for.
const EXTRA: usize = 10;
/// Matrices with at least this many rows for each iterated vector are worth an iteration.
const ROWS_A_VECTOR: usize = 6;
/// The iteration ends if no eigenvalue changes by more than this share of the largest.
const TOLERANCE: f64 = 1e-13;
const MOST_ITERATIONS: usize = 100;

/// The eigenvectors of the largest eigenvalues of a symmetric m × m matrix without negative
/// eigenvalues, m × count, the largest first.
pub(super) fn leading(gram: &Array2<f64>, count: usize) -> Result<Array2<f64>> {
    match gram.nrows() < ROWS_A_VECTOR * (count + EXTRA) {
        true => all(gram, count).map(|(_, vectors)| vectors),
        false => iterated(gram, count),
    }
}

/// From all eigenvectors.
fn all(gram: &Array2<f64>, count: usize) -> Result<(Array1<f64>, Array2<f64>)> {
    let (values, vectors) = gram.eigh().map_err(unsolved)?.sort_eig_desc();
    Ok((values.slice(s![..count]).to_owned(), vectors.slice(s![.., ..count]).to_owned()))
}

/// By subspace iteration, with the eigenvectors of the matrix within the subspace. It is faster
/// than all eigenvectors if few are needed.
fn iterated(gram: &Array2<f64>, count: usize) -> Result<Array2<f64>> {
    let mut rng = random::stream(0, "leading eigenvectors");
    let shape = (gram.nrows(), count + EXTRA);
    let mut product = Array2::from_shape_simple_fn(shape, || rng.sample(StandardNormal));
    let mut before = Array1::zeros(count);
    for _ in 0..MOST_ITERATIONS {
        let basis = product.qr().map_err(unsolved)?.generate_q();
        product = gram.dot(&basis);
        let (values, vectors) = all(&symmetric(basis.t().dot(&product)), count)?;
        let change = (&values - &before).fold(0.0_f64, |most, change| most.max(change.abs()));
        if change <= TOLERANCE * values[0] {
            return Ok(basis.dot(&vectors));
        }
        before = values;
    }
    let basis = product.qr().map_err(unsolved)?.generate_q();
    let (_, vectors) = all(&symmetric(basis.t().dot(&gram.dot(&basis))), count)?;
    Ok(basis.dot(&vectors))
}

/// Without the asymmetry of rounding.
fn symmetric(matrix: Array2<f64>) -> Array2<f64> {
    (&matrix + &matrix.t()) / 2.0
}

fn unsolved(error: linfa_linalg::LinalgError) -> Error {
    Error::Samples(format!(
        "the singular vectors cannot be computed: {error}; use the initialisation Random"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Gram matrix whose eigenvalues fall as a power, as those of pictures do.
    #[test]
    fn iterated_vectors_equal_those_of_all() {
        let mut rng = random::stream(3, "values");
        let draw = |column: usize, x: f64| x / (1.0 + column as f64);
        let values = Array2::from_shape_fn((150, 120), |(_, column)| {
            draw(column, rng.sample::<f64, _>(StandardNormal))
        });
        let gram = values.t().dot(&values);
        let (found, expected) = (iterated(&gram, 5).unwrap(), all(&gram, 5).unwrap().1);
        for (one, other) in found.columns().into_iter().zip(expected.columns()) {
            assert!((one.dot(&other).abs() - 1.0).abs() < 1e-10, "{}", one.dot(&other));
        }
    }

    #[test]
    fn a_matrix_of_low_rank_is_no_obstacle() {
        let direction = Array2::from_shape_fn((90, 1), |(row, _)| 1.0 + row as f64);
        let gram = direction.dot(&direction.t());
        let found = iterated(&gram, 3).unwrap();
        assert!(found.iter().all(|entry| entry.is_finite()));
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((found.column(0).dot(&direction.column(0)).abs() / length - 1.0).abs() < 1e-12);
    }
}
