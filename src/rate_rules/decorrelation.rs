//! How units are kept at one length, and from learning the same.

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use super::check_numbers;
use crate::{Error, Result};

/// Iterations towards orthogonal rows, and how near to them is enough.
const MOST_ITERATIONS: usize = 50;
const NEAR: f64 = 1e-17;
/// A row of which so much or less of its length is new adds no direction.
const ROUNDING: f64 = 1e-9;

/// What holds between the weights of the units after each step. In all three each unit's weights
/// have length 1.
///
/// ```
/// use microlearners::rate_rules::Decorrelation;
/// use microlearners::ndarray::array;
///
/// let weights = Decorrelation::Symmetric.constrain(&array![[2.0, 0.0], [1.0, 1.0]])?;
/// assert!(weights.row(0).dot(&weights.row(1)).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decorrelation {
    /// Nothing: units may learn the same.
    None,
    /// Orthogonal weights, (W Wᵀ)^(−1/2) W, which treats all units alike; the default. On whitened
    /// patterns the outputs of the units are then uncorrelated.
    #[default]
    Symmetric,
    /// Orthogonal weights by Gram and Schmidt: each unit is made orthogonal to those before it.
    /// With a linear nonlinearity the units find the principal components in order.
    Sequential,
}

impl Decorrelation {
    /// The weights, units × inputs, as they must be.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are no weights, or more units than inputs are to be orthogonal;
    /// [`Error::Samples`] if a weight is not finite, a unit's weights are all 0, or the units'
    /// weights are linearly dependent and are to be orthogonal.
    pub fn constrain(self, weights: &Array2<f64>) -> Result<Array2<f64>> {
        check_numbers("the weights", weights)?;
        self.check(weights.nrows(), weights.ncols())?;
        match self {
            Self::None => normalised(weights),
            Self::Symmetric => symmetric(weights),
            Self::Sequential => sequential(weights),
        }
    }

    /// Rejects more units than can be orthogonal.
    pub(super) fn check(self, units: usize, inputs: usize) -> Result<()> {
        if self == Self::None || units <= inputs {
            return Ok(());
        }
        Err(Error::Shape(format!(
            "{units} units cannot have orthogonal weights from {inputs} inputs; ask for at most {inputs} units, or Decorrelation::None"
        )))
    }
}

fn normalised(weights: &Array2<f64>) -> Result<Array2<f64>> {
    let lengths = weights.map_axis(Axis(1), |row| row.dot(&row).sqrt());
    match lengths.iter().position(|&length| length <= 0.0) {
        None => Ok(weights / &lengths.insert_axis(Axis(1))),
        Some(unit) => Err(Error::Samples(format!(
            "all weights of unit {unit} are 0, and have no direction; start from other weights"
        ))),
    }
}

/// (W Wᵀ)^(−1/2) W by W ← (3/2) W − (1/2) W Wᵀ W. A small singular value grows by half in each
/// iteration, so that the most iterations reach 1 from 1e-8.
fn symmetric(weights: &Array2<f64>) -> Result<Array2<f64>> {
    let norm = |products: &Array2<f64>| {
        products.map_axis(Axis(1), |row| row.iter().map(|x| x.abs()).sum::<f64>())
    };
    let products = weights.dot(&weights.t());
    let largest = norm(&products).iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut orthogonal = weights / largest.sqrt();
    for _ in 0..MOST_ITERATIONS {
        let products = orthogonal.dot(&orthogonal.t());
        let off = (&products - &Array2::<f64>::eye(weights.nrows()))
            .iter()
            .fold(0.0, |most: f64, x| most.max(x.abs()));
        orthogonal = 1.5 * &orthogonal - 0.5 * products.dot(&orthogonal);
        if off * off < NEAR {
            return Ok(orthogonal);
        }
    }
    Err(Error::Samples(dependent()))
}

fn dependent() -> String {
    "the weights of the units are linearly dependent and cannot be made orthogonal; start from other weights, or ask for fewer units".into()
}

fn sequential(weights: &Array2<f64>) -> Result<Array2<f64>> {
    let mut orthogonal = normalised(weights)?;
    for unit in 0..weights.nrows() {
        let (before, mut rest) = orthogonal.view_mut().split_at(Axis(0), unit);
        let mut row = rest.row_mut(0);
        // Twice, since the first leaves rounding errors of the length before.
        for _ in 0..2 {
            let along = before.dot(&row).dot(&before);
            row -= &along;
            let length = row.dot(&row).sqrt();
            if length <= ROUNDING {
                return Err(Error::Samples(dependent()));
            }
            row /= length;
        }
    }
    Ok(orthogonal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use linfa_linalg::eigh::Eigh;
    use ndarray::array;
    use rand::Rng as _;

    fn weights(units: usize, inputs: usize) -> Array2<f64> {
        let mut rng = random::stream(1, "weights");
        Array2::from_shape_fn((units, inputs), |_| rng.gen_range(-1.0..1.0))
    }

    fn is_orthonormal(weights: &Array2<f64>) -> bool {
        let products = weights.dot(&weights.t());
        (products - Array2::<f64>::eye(weights.nrows())).iter().all(|x| x.abs() < 1e-12)
    }

    #[test]
    fn symmetric_is_the_inverse_root_of_the_products() {
        let weights = weights(7, 9);
        let (values, vectors) = weights.dot(&weights.t()).eigh().unwrap();
        let root = (&vectors / &values.mapv(f64::sqrt)).dot(&vectors.t());
        let expected = root.dot(&weights);
        let found = Decorrelation::Symmetric.constrain(&weights).unwrap();
        assert!(is_orthonormal(&found));
        assert!((&found - &expected).iter().all(|x| x.abs() < 1e-10));
        let again = Decorrelation::Symmetric.constrain(&found).unwrap();
        assert!((again - found).iter().all(|x| x.abs() < 1e-12));
    }

    #[test]
    fn square_and_nearly_dependent_weights_become_orthogonal() {
        let mut weights = weights(12, 12);
        let mut near = weights.row(0).to_owned();
        near[4] += 1e-5;
        weights.row_mut(1).assign(&near);
        for way in [Decorrelation::Symmetric, Decorrelation::Sequential] {
            assert!(is_orthonormal(&way.constrain(&weights).unwrap()));
        }
    }

    #[test]
    fn sequential_keeps_the_first_and_the_planes() {
        let found = Decorrelation::Sequential.constrain(&array![[3.0, 0.0, 0.0], [5.0, -2.0, 0.0]]);
        assert_eq!(found.unwrap(), array![[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]);
    }

    #[test]
    fn none_only_normalises() {
        let found = Decorrelation::None.constrain(&array![[3.0, 4.0], [0.0, 2.0], [6.0, 8.0]]);
        assert_eq!(found.unwrap(), array![[0.6, 0.8], [0.0, 1.0], [0.6, 0.8]]);
    }

    #[test]
    fn what_cannot_be_constrained_is_refused() {
        let told = |way: Decorrelation, weights| way.constrain(&weights).unwrap_err().to_string();
        let many = array![[1.0], [2.0]];
        assert!(told(Decorrelation::Symmetric, many.clone()).contains("2 units cannot"));
        assert!(Decorrelation::None.constrain(&many).is_ok());
        let same = array![[1.0, 2.0], [2.0, 4.0]];
        assert!(told(Decorrelation::Symmetric, same.clone()).contains("linearly dependent"));
        assert!(told(Decorrelation::Sequential, same).contains("linearly dependent"));
        let mut three = weights(3, 5);
        let sum = 1e-5 * &three.row(0) + three.row(1);
        three.row_mut(2).assign(&sum);
        assert!(told(Decorrelation::Symmetric, three.clone()).contains("linearly dependent"));
        assert!(told(Decorrelation::Sequential, three).contains("linearly dependent"));
        let zero = array![[1.0, 2.0], [0.0, 0.0]];
        assert!(told(Decorrelation::None, zero).contains("unit 1 are 0"));
    }
}
