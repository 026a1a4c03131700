//! What a matrix of dissimilarities must be.

use ndarray::Array2;

use crate::{Error, Result};

/// Accepts a symmetric matrix of at least two stimuli with zeros on its diagonal, which can be
/// mapped in so many dimensions.
pub(super) fn check_dissimilarities(matrix: &Array2<f64>, dimensions: usize) -> Result<()> {
    let n = matrix.nrows();
    if !matrix.is_square() || n < 2 {
        return Err(Error::Shape(format!(
            "the dissimilarities are {n} × {}; give a square matrix of at least 2 stimuli",
            matrix.ncols()
        )));
    }
    if dimensions == 0 || dimensions >= n {
        let requirement = format!("a map of {n} stimuli has 1 to {} dimensions", n - 1);
        return Err(Error::setting("dimensions", dimensions, requirement));
    }
    let largest = matrix.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    for ((i, j), &value) in matrix.indexed_iter() {
        let problem = if !value.is_finite() || value.abs() > 1e100 {
            "give finite numbers of at most 1e100, and leave out stimuli without measurements"
        } else if value < 0.0 {
            "it must be at least 0; cross-validated distances can be negative, so map others"
        } else if i == j && value > 1e-9 * largest {
            "a stimulus must be at 0 from itself"
        } else if (value - matrix[[j, i]]).abs() > 1e-9 * largest {
            "the matrix must be symmetric; give the mean of it and its transpose"
        } else {
            continue;
        };
        return Err(Error::Samples(format!(
            "the dissimilarity of stimuli {i} and {j} is {value}, but {problem}"
        )));
    }
    if largest > 1e-100 {
        return Ok(());
    }
    Err(Error::Samples(format!(
        "no dissimilarity of the {n} stimuli is above 1e-100, so that there is no map; \
         show stimuli that differ"
    )))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn unusable_matrices_are_refused() {
        let refused = |matrix| check_dissimilarities(&matrix, 1).unwrap_err().to_string();
        assert!(refused(array![[0.0, 1.0, 2.0]]).contains("1 × 3"));
        assert!(refused(array![[0.0, -1.0], [-1.0, 0.0]]).contains("0 and 1 is -1"));
        assert!(refused(array![[0.0, 1.0], [2.0, 0.0]]).contains("symmetric"));
        assert!(refused(array![[0.5, 1.0], [1.0, 0.0]]).contains("0 from itself"));
        assert!(refused(array![[0.0, f64::NAN], [1.0, 0.0]]).contains("is NaN"));
        assert!(refused(array![[0.0, 0.0], [0.0, 0.0]]).contains("no map"));
        let told = check_dissimilarities(&array![[0.0, 1.0], [1.0, 0.0]], 2).unwrap_err();
        assert!(told.to_string().contains("1 to 1 dimensions"), "{told}");
    }
}
