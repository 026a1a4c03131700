//! Where the updates start.

use ndarray::Array2;
use rand::Rng as _;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::nndsvd::nndsvd;
use super::values::check_entries;
use crate::{Error, Result, random};

/// How codes and parts are initialised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NmfInitialisation {
    /// Absolute values of normal random numbers times √(mean of the values / k), parts first.
    Random,
    /// Non-negative double singular value decomposition whose zeros are filled with the mean of
    /// the values. It needs at most as many components as there are rows and columns. Boutsidis &
    /// Gallopoulos 2008, "SVD based initialization: a head start for nonnegative matrix
    /// factorization".
    #[default]
    Nndsvda,
    /// The same with its zeros. Multiplicative updates cannot change them, so
    /// [`Nmf::fit`](super::Nmf::fit) refuses it.
    Nndsvd,
}

/// Codes and parts from which updates start.
#[derive(Debug, Clone, PartialEq)]
pub struct NmfStart {
    /// How much of each part is in each row, n × k.
    pub codes: Array2<f64>,
    /// The parts, k × p.
    pub parts: Array2<f64>,
}

impl NmfInitialisation {
    /// The matrices for `values` that were checked.
    pub(super) fn start(
        self,
        values: &Array2<f64>,
        components: usize,
        seed: u64,
    ) -> Result<NmfStart> {
        let (n, p) = values.dim();
        if self != Self::Random && components > n.min(p) {
            let requirement = format!(
                "{self:?} starts at most {} components for a matrix of {n} × {p}; use fewer, or the initialisation Random",
                n.min(p)
            );
            return Err(Error::setting("components", components, requirement));
        }
        let mean = values.mean().expect("the matrix has values");
        match self {
            Self::Random => Ok(normal((n, components, p), mean, seed)),
            Self::Nndsvd => nndsvd(values, components),
            Self::Nndsvda => {
                let mut start = nndsvd(values, components)?;
                let filled = |entry: f64| if entry == 0.0 { mean } else { entry };
                start.codes.mapv_inplace(filled);
                start.parts.mapv_inplace(filled);
                Ok(start)
            }
        }
    }
}

fn normal((n, k, p): (usize, usize, usize), mean: f64, seed: u64) -> NmfStart {
    let mut rng = random::stream(seed, "nmf");
    let level = (mean / k as f64).sqrt();
    let mut draw = |shape| {
        Array2::from_shape_simple_fn(shape, || level * rng.sample::<f64, _>(StandardNormal).abs())
    };
    let parts = draw((k, p));
    NmfStart { codes: draw((n, k)), parts }
}

impl NmfStart {
    /// Refuses matrices that do not fit values of n × p, or that are not finite and at least 0.
    pub(super) fn check(&self, (n, p): (usize, usize), components: usize) -> Result<()> {
        let (codes, parts) = (self.codes.dim(), self.parts.dim());
        if codes != (n, components) || parts != (components, p) {
            return Err(Error::Shape(format!(
                "the given codes are {} × {} and the parts {} × {}; {components} components of a matrix of {n} × {p} need codes of {n} × {components} and parts of {components} × {p}",
                codes.0, codes.1, parts.0, parts.1
            )));
        }
        check_entries("the given codes", &self.codes)?;
        check_entries("the given parts", &self.parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_random_start_has_the_scale_of_the_values() {
        let values = Array2::from_elem((400, 300), 7.0);
        let start = NmfInitialisation::Random.start(&values, 5, 1).unwrap();
        // The mean of |x| is √(2/π) for a normal x, so that of the product is 2/π of the values'.
        let mean = start.codes.dot(&start.parts).mean().unwrap();
        assert!((mean / 7.0 - 2.0 / std::f64::consts::PI).abs() < 0.05, "{mean}");
        assert!(start.codes.iter().chain(&start.parts).all(|&entry| entry >= 0.0));
    }

    #[test]
    fn given_matrices_must_fit() {
        let start = NmfStart { codes: array![[1.0], [2.0]], parts: array![[1.0, 0.0, 3.0]] };
        start.check((2, 3), 1).unwrap();
        let told = start.check((2, 4), 1).unwrap_err().to_string();
        assert!(told.contains("parts 1 × 3") && told.contains("parts of 1 × 4"), "{told}");
        let negative = NmfStart { codes: array![[1.0], [-2.0]], ..start };
        assert!(negative.check((2, 3), 1).unwrap_err().to_string().contains("the given codes"));
    }
}
