//! What every rule of this room asks of numbers that it is given.

use ndarray::Array2;

use crate::{Error, Result};

/// Accepts rows of finite numbers, at least one.
pub(crate) fn check_numbers(what: &str, numbers: &Array2<f64>) -> Result<()> {
    let (rows, columns) = numbers.dim();
    if numbers.is_empty() {
        return Err(Error::Shape(format!(
            "{what} must have at least one row and one column, and there are {rows} × {columns} numbers"
        )));
    }
    match numbers.indexed_iter().find(|(_, number)| !number.is_finite()) {
        None => Ok(()),
        Some(((row, column), number)) => Err(Error::Samples(format!(
            "{what} must be finite numbers, and in row {row} column {column} stands {number}; leave that row out"
        ))),
    }
}

/// Accepts weights, units × inputs, for patterns, stimuli × inputs.
pub(super) fn check_weights(weights: &Array2<f64>, patterns: &Array2<f64>) -> Result<()> {
    check_numbers("the weights", weights)?;
    check_numbers("the patterns", patterns)?;
    let (inputs, known) = (patterns.ncols(), weights.ncols());
    if inputs == known {
        return Ok(());
    }
    Err(Error::Shape(format!(
        "the patterns have {inputs} inputs, and each unit has {known} weights; give as many weights as inputs"
    )))
}

/// Accepts weights that are still numbers after a step.
pub(super) fn check_step(weights: &Array2<f64>, rate: f64, step: usize) -> Result<()> {
    if weights.iter().all(|weight| weight.is_finite()) {
        return Ok(());
    }
    let requirement = format!("the weights overflow in step {step}; choose a smaller one");
    Err(Error::setting("learning_rate", rate, requirement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_is_no_pattern_is_refused() {
        let told = check_numbers("the patterns", &array![[1.0, f64::NAN]]).unwrap_err();
        assert!(told.to_string().contains("row 0 column 1 stands NaN"), "{told}");
        let told = check_numbers("the patterns", &Array2::zeros((0, 4))).unwrap_err();
        assert!(told.to_string().contains("0 × 4"), "{told}");
        let told = check_weights(&array![[1.0]], &array![[1.0, 2.0]]).unwrap_err();
        assert!(told.to_string().contains("2 inputs, and each unit has 1 weights"), "{told}");
        let told = check_step(&array![[f64::NAN]], 7.0, 3).unwrap_err();
        assert!(told.to_string().contains("learning_rate is 7"), "{told}");
    }
}
