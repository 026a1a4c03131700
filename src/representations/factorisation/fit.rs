//! A factorisation that was found.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::descent::{descend, error};
use super::sparseness::hoyer;
use super::values::check_entries;
use super::{Nmf, NmfStart};
use crate::{Error, Result};

/// Codes and parts whose product approximates the values.
#[derive(Debug, Clone, PartialEq)]
pub struct NmfFit {
    /// How much of each part is in each row, n × k.
    pub codes: Array2<f64>,
    /// The parts, k × p.
    pub parts: Array2<f64>,
    /// The iterations at which the objective was evaluated: 0, every tenth, and the last.
    pub checks: Vec<usize>,
    /// The objective at each of [`NmfFit::checks`].
    pub objective: Vec<f64>,
    /// Iterations that were made.
    pub iterations: usize,
    /// Why the fit ended.
    pub convergence: NmfConvergence,
    /// The settings of the fit.
    pub settings: Nmf,
}

/// Why a factorisation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NmfConvergence {
    /// The error fell by less than the tolerance.
    Reached,
    /// All iterations were used, and the error may still fall.
    OutOfIterations,
}

impl NmfFit {
    /// The codes of other rows, m × p, while the parts stay as they are. The result has the same
    /// parts, and codes, objective and convergence of these rows. The stopping rule is that of the
    /// fit, for all rows together.
    ///
    /// ```
    /// use microlearners::ndarray::array;
    /// use microlearners::representations::factorisation::Nmf;
    ///
    /// let values = array![[1.0, 1.0, 0.0], [0.0, 0.0, 2.0], [3.0, 3.0, 1.0]];
    /// let fit = Nmf { components: 2, ..Nmf::default() }.fit(&values)?;
    /// let held_out = fit.encode(&array![[2.0, 2.0, 4.0]])?;
    /// assert_eq!(held_out.codes.dim(), (1, 2));
    /// assert_eq!(held_out.parts, fit.parts);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the rows have another number of columns than the parts, or there are
    /// none; [`Error::Samples`] if a value is negative or not finite; [`Error::Setting`] if the
    /// settings of the fit were changed to ones without meaning.
    pub fn encode(&self, held_out: &Array2<f64>) -> Result<Self> {
        self.settings.check()?;
        check_entries("the matrix", held_out)?;
        let (columns, expected) = (held_out.ncols(), self.parts.ncols());
        if columns != expected {
            return Err(Error::Shape(format!(
                "the rows have {columns} columns and the parts {expected}; give rows with the columns of the fit"
            )));
        }
        let components = self.parts.nrows();
        let mean = held_out.mean().expect("there are rows");
        let level = (mean / components as f64).sqrt();
        let codes = Array2::from_elem((held_out.nrows(), components), level);
        let start = NmfStart { codes, parts: self.parts.clone() };
        let step = self.settings.objective.encoder(held_out, &self.parts);
        descend(held_out, start, &self.settings, &*step)
    }

    /// The product of codes and parts, n × p.
    pub fn reconstruct(&self) -> Array2<f64> {
        self.codes.dot(&self.parts)
    }

    /// √(2 · objective) at the end. For [`NmfObjective::Frobenius`](super::NmfObjective) it is the
    /// norm of the difference between the values and their reconstruction.
    pub fn error(&self) -> f64 {
        error(self.objective.last().copied().unwrap_or(0.0))
    }

    /// Hoyer's sparseness of each part: 0 if all of its entries are equal, 1 if only one is above
    /// 0. None for a part that is 0, and for parts of one entry. Hoyer 2004, "Non-negative matrix
    /// factorization with sparseness constraints".
    pub fn sparseness(&self) -> Vec<Option<f64>> {
        self.parts.rows().into_iter().map(hoyer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    use crate::representations::factorisation::NmfObjective;

    fn fit(objective: NmfObjective) -> NmfFit {
        let values = array![[1.0, 0.2, 0.0], [0.1, 0.3, 2.0], [0.0, 0.5, 1.0], [0.7, 0.2, 0.1]];
        Nmf { components: 2, objective, ..Nmf::default() }.fit(&values).unwrap()
    }

    /// Rows that are made of the parts have one code if the parts are linearly independent.
    #[test]
    fn codes_of_held_out_rows_are_found() {
        for objective in [NmfObjective::Frobenius, NmfObjective::KullbackLeibler] {
            let mut fit = fit(objective);
            fit.settings = Nmf { most_iterations: 5000, tolerance: 0.0, ..fit.settings };
            let codes = array![[2.0, 0.5], [0.1, 3.0], [1.0, 1.0]];
            let encoded = fit.encode(&codes.dot(&fit.parts)).unwrap();
            let apart = (&encoded.codes - &codes).iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            assert!(apart < 1e-6, "{objective:?} {apart}");
            assert_eq!(encoded.parts, fit.parts);
            assert!(encoded.error() < 1e-6);
        }
    }

    #[test]
    fn rows_of_zeros_have_codes_of_zeros() {
        for objective in [NmfObjective::Frobenius, NmfObjective::KullbackLeibler] {
            let encoded = fit(objective).encode(&Array2::zeros((2, 3))).unwrap();
            assert_eq!(encoded.codes, Array2::<f64>::zeros((2, 2)));
            assert_eq!(encoded.convergence, NmfConvergence::Reached);
        }
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let fit = fit(NmfObjective::Frobenius);
        let told = fit.encode(&Array2::ones((2, 4))).unwrap_err().to_string();
        assert!(told.contains("4 columns and the parts 3"), "{told}");
        let told = fit.encode(&array![[1.0, -1.0, 0.0]]).unwrap_err().to_string();
        assert!(told.contains("is -1"), "{told}");
        assert!(fit.encode(&Array2::zeros((0, 3))).is_err());
    }
}
