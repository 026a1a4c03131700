//! A curve through points.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A curve through points, linear between them and constant beyond the first and the last: for
/// measured f–I curves and plasticity functions.
///
/// ```
/// use microlearners::rate_rules::PiecewiseLinear;
///
/// let curve = PiecewiseLinear { at: vec![0.0, 1.0, 3.0], values: vec![0.0, 10.0, 20.0] };
/// assert_eq!(curve.value(2.0), 15.0);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PiecewiseLinear {
    /// The places, ascending.
    pub at: Vec<f64>,
    /// The value at each place.
    pub values: Vec<f64>,
}

impl PiecewiseLinear {
    /// The value at a place.
    ///
    /// # Panics
    /// If the curve does not pass [`check`](Self::check).
    pub fn value(&self, at: f64) -> f64 {
        let above = self.at.partition_point(|&place| place < at);
        if above == 0 || above == self.at.len() {
            return self.values[above.min(self.at.len() - 1)];
        }
        let (low, high) = (self.at[above - 1], self.at[above]);
        let share = (at - low) / (high - low);
        self.values[above - 1] + share * (self.values[above] - self.values[above - 1])
    }

    /// Rejects what is no curve.
    ///
    /// # Errors
    /// [`Error::Shape`] if places and values differ in number or are fewer than two;
    /// [`Error::Samples`] if a number is not finite or places do not ascend.
    pub fn check(&self) -> Result<()> {
        let (places, values) = (self.at.len(), self.values.len());
        if places != values || places < 2 {
            return Err(Error::Shape(format!(
                "a curve has {places} places and {values} values; give at least two, and one value for each place"
            )));
        }
        if self.at.iter().chain(&self.values).any(|number| !number.is_finite()) {
            return Err(Error::Samples("a curve must consist of finite numbers".into()));
        }
        match self.at.windows(2).find(|pair| pair[0] >= pair[1]) {
            None => Ok(()),
            Some(pair) => Err(Error::Samples(format!(
                "the places of a curve must ascend, and {} stands before {}; sort them",
                pair[0], pair[1]
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_stay_constant() {
        let curve = PiecewiseLinear { at: vec![0.0, 2.0], values: vec![1.0, 5.0] };
        assert_eq!([-9.0, 0.0, 0.5, 2.0, 9.0].map(|at| curve.value(at)), [1.0, 1.0, 2.0, 5.0, 5.0]);
    }

    #[test]
    fn what_is_no_curve_is_refused() {
        let told = |at: &[f64], values: &[f64]| {
            let curve = PiecewiseLinear { at: at.to_vec(), values: values.to_vec() };
            curve.check().unwrap_err().to_string()
        };
        assert!(told(&[0.0], &[1.0]).contains("1 places"));
        assert!(told(&[0.0, 1.0], &[1.0]).contains("2 places and 1 values"));
        assert!(told(&[0.0, 0.0], &[1.0, 2.0]).contains("0 stands before 0"));
        assert!(told(&[0.0, f64::NAN], &[1.0, 2.0]).contains("finite"));
    }
}
