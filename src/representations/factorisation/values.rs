//! Which matrices can be factorised.

use ndarray::Array2;

use crate::{Error, Result};

/// The largest value must lie between these: scikit-learn's thresholds, which are absolute, would
/// remove what is smaller, and products of what is larger overflow.
const RANGE: [f64; 2] = [1e-6, 1e100];

/// Refuses values that cannot be factorised.
pub(super) fn check_values(values: &Array2<f64>) -> Result<()> {
    check_entries("the matrix", values)?;
    let largest = values.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(Error::Samples(
            "all values of the matrix are 0; a factorisation needs at least one above 0".into(),
        ));
    }
    if !(RANGE[0]..=RANGE[1]).contains(&largest) {
        return Err(Error::Samples(format!(
            "the largest value of the matrix is {largest:e}, outside {:e} to {:e}; divide the matrix by it",
            RANGE[0], RANGE[1]
        )));
    }
    Ok(())
}

/// Refuses a matrix that is empty or has an entry that is negative or not finite.
pub(super) fn check_entries(name: &str, matrix: &Array2<f64>) -> Result<()> {
    let (rows, columns) = matrix.dim();
    if rows == 0 || columns == 0 {
        return Err(Error::Shape(format!(
            "{name} is {rows} × {columns}; it needs at least one row and one column"
        )));
    }
    let is_wrong = |value: f64| !value.is_finite() || value < 0.0;
    match matrix.indexed_iter().find(|(_, value)| is_wrong(**value)) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::Samples(format!(
            "row {row}, column {column} of {name} (from 0) is {value}; factorisation needs finite numbers of at least 0, such as pixels that are not standardised"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn values_without_a_factorisation_are_refused() {
        let told = |values: Array2<f64>| check_values(&values).unwrap_err().to_string();
        assert!(told(array![[1.0, 0.0], [0.0, -0.5]]).contains("row 1, column 1"));
        assert!(told(array![[f64::NAN]]).contains("is NaN"));
        assert!(told(array![[1.0, f64::INFINITY]]).contains("is inf"));
        assert!(told(Array2::zeros((0, 5))).contains("0 × 5"));
        assert!(told(Array2::zeros((2, 2))).contains("all values"));
        assert!(told(array![[1e-9, 0.0]]).contains("largest value of the matrix is 1e-9"));
        assert!(told(array![[1e200]]).contains("divide the matrix"));
        check_values(&array![[0.0, -0.0], [1.0, 255.0]]).unwrap();
    }
}
