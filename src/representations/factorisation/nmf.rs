//! The settings of a factorisation, and the factorisation itself.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::descent::descend;
use super::values::check_values;
use super::{NmfFit, NmfInitialisation, NmfObjective, NmfStart};
use crate::display::show_as_settings;
use crate::error::{check_count, check_not_negative};
use crate::{Error, Result};

/// Non-negative matrix factorisation by multiplicative updates.
///
/// The values V, n × p, become a product of codes W, n × k, and parts H, k × p, all of them at
/// least 0. A row is therefore a sum of parts, and nothing is subtracted. For pictures, rows are
/// pictures, columns are pixels from 0 to 1, and the parts are pictures too. Pixels must not be
/// standardised, because that makes them negative.
///
/// An iteration updates the codes first and then the parts. For [`NmfObjective::Frobenius`]:
///
/// ```text
/// W ← W ∘ (V Hᵀ) / (W H Hᵀ)            H ← H ∘ (Wᵀ V) / (Wᵀ W H)
/// ```
///
/// For [`NmfObjective::KullbackLeibler`], where 1 is a matrix of ones:
///
/// ```text
/// W ← W ∘ ((V / W H) Hᵀ) / (1 Hᵀ)      H ← H ∘ (Wᵀ (V / W H)) / (Wᵀ 1)
/// ```
///
/// Neither update increases its objective. The solution is a local minimum, so it depends on the
/// initialisation. An entry that is exactly 0 remains 0.
///
/// Sources: Lee & Seung 1999, doi 10.1038/44565, and Lee & Seung 2001, "Algorithms for
/// non-negative matrix factorization". Order, zero denominators and the stopping rule are those of
/// scikit-learn 1.9.1.
///
/// ```
/// use microlearners::ndarray::array;
/// use microlearners::representations::factorisation::Nmf;
///
/// let values = array![[1.0, 1.0, 0.0], [0.0, 0.0, 2.0], [3.0, 3.0, 1.0], [2.0, 2.0, 2.0]];
/// let nmf = Nmf { components: 2, most_iterations: 2000, tolerance: 0.0, ..Nmf::default() };
/// let fit = nmf.fit(&values)?;
/// assert_eq!((fit.codes.dim(), fit.parts.dim()), ((4, 2), (2, 3)));
/// assert!((&fit.reconstruct() - &values).iter().all(|difference| difference.abs() < 0.01));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nmf {
    /// Number of parts k, at least 1; default 49.
    pub components: usize,
    /// What is minimised; default [`NmfObjective::Frobenius`].
    pub objective: NmfObjective,
    /// Where the updates start; default [`NmfInitialisation::Nndsvda`].
    pub initialisation: NmfInitialisation,
    /// The most iterations, at least 1; default 200.
    pub most_iterations: usize,
    /// The fit stops if the error fell by less than this share of the initial error over the last
    /// ten iterations. The error is √(2 · objective). Default 10⁻⁴; 0 never stops early.
    pub tolerance: f64,
    /// Seed of [`NmfInitialisation::Random`]; default 0.
    pub seed: u64,
}

impl Default for Nmf {
    fn default() -> Self {
        Self {
            components: 49,
            objective: NmfObjective::default(),
            initialisation: NmfInitialisation::default(),
            most_iterations: 200,
            tolerance: 1e-4,
            seed: 0,
        }
    }
}

show_as_settings!(Nmf);

impl Nmf {
    /// Factorises `values`, n × p.
    ///
    /// # Errors
    /// [`Error::Samples`] if the values are negative or not finite, all 0, or so small or large
    /// that the updates would lose them; [`Error::Shape`] if there are none; [`Error::Setting`]
    /// for settings without meaning, for more components than NNDSVDa can start, and for
    /// [`NmfInitialisation::Nndsvd`].
    pub fn fit(&self, values: &Array2<f64>) -> Result<NmfFit> {
        if self.initialisation == NmfInitialisation::Nndsvd {
            let requirement = "multiplicative updates cannot change its zeros; use Nndsvda, which fills them with the mean";
            return Err(Error::setting("initialisation", "Nndsvd", requirement));
        }
        self.fit_from(values, &self.start(values)?)
    }

    /// Factorises `values`, n × p, from given codes and parts. An entry of them that is 0 remains
    /// 0.
    ///
    /// # Errors
    /// As [`Nmf::fit`], and [`Error::Shape`] or [`Error::Samples`] if the given matrices do not fit
    /// the values or are not finite numbers of at least 0.
    pub fn fit_from(&self, values: &Array2<f64>, start: &NmfStart) -> Result<NmfFit> {
        self.check()?;
        check_values(values)?;
        start.check(values.dim(), self.components)?;
        let step = |factors: &mut NmfStart| self.objective.update(values, factors);
        descend(values, start.clone(), self, &step)
    }

    /// The matrices at which [`Nmf::fit`] starts.
    ///
    /// # Errors
    /// As [`Nmf::fit`], except that [`NmfInitialisation::Nndsvd`] is allowed.
    pub fn start(&self, values: &Array2<f64>) -> Result<NmfStart> {
        self.check()?;
        check_values(values)?;
        self.initialisation.start(values, self.components, self.seed)
    }

    pub(super) fn check(&self) -> Result<()> {
        check_count("components", self.components)?;
        check_count("most_iterations", self.most_iterations)?;
        check_not_negative("tolerance", self.tolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};
    use rand::Rng;

    use crate::random;
    use crate::representations::factorisation::NmfConvergence;

    const OBJECTIVES: [NmfObjective; 2] = [NmfObjective::Frobenius, NmfObjective::KullbackLeibler];

    fn random_values(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
        let mut rng = random::stream(seed, "values");
        Array2::from_shape_simple_fn((rows, columns), || rng.r#gen::<f64>().powi(3))
    }

    fn nmf(components: usize, objective: NmfObjective) -> Nmf {
        let initialisation = NmfInitialisation::Random;
        Nmf { components, objective, initialisation, tolerance: 0.0, ..Nmf::default() }
    }

    fn close(actual: &Array2<f64>, expected: &Array2<f64>, tolerance: f64) {
        let apart = |(a, b): (&f64, &f64)| (a - b).abs() / b.abs().max(1e-3);
        let worst = actual.iter().zip(expected).map(apart).fold(0.0, f64::max);
        assert!(worst < tolerance, "{worst}");
    }

    #[test]
    fn the_objective_never_increases() {
        for (seed, objective) in (0..6).flat_map(|seed| OBJECTIVES.map(|of| (seed, of))) {
            let values = random_values(7 + seed as usize, 9, seed);
            let mut factors = nmf(4, objective).start(&values).unwrap();
            let mut before = f64::INFINITY;
            for _ in 0..60 {
                let step = Nmf { most_iterations: 1, ..nmf(4, objective) };
                let fit = step.fit_from(&values, &factors).unwrap();
                let after = *fit.objective.last().unwrap();
                assert!(after <= before * (1.0 + 1e-12), "{objective:?} {before} {after}");
                before = after;
                factors = NmfStart { codes: fit.codes, parts: fit.parts };
            }
        }
    }

    /// Codes W D and parts D⁻¹ H are the same solution, and so are c V and c W.
    #[test]
    fn updates_do_not_depend_on_the_scale_of_parts_or_of_values() {
        let values = random_values(8, 6, 1);
        let scale = Array1::from(vec![0.5, 3.0, 11.0]);
        for objective in OBJECTIVES {
            let nmf = nmf(3, objective);
            let start = nmf.start(&values).unwrap();
            let fit = nmf.fit_from(&values, &start).unwrap();
            let parts = (&start.parts.t() / &scale).reversed_axes();
            let other = NmfStart { codes: &start.codes * &scale, parts };
            let scaled = nmf.fit_from(&values, &other).unwrap();
            close(&scaled.codes, &(&fit.codes * &scale), 1e-9);
            close(&scaled.reconstruct(), &fit.reconstruct(), 1e-9);
            let other = NmfStart { codes: &start.codes * 40.0, parts: start.parts };
            let larger = nmf.fit_from(&(&values * 40.0), &other).unwrap();
            close(&larger.parts, &fit.parts, 1e-7);
        }
    }

    /// Each part has a column of its own, and a row that is this part alone.
    #[test]
    fn a_separable_matrix_is_recovered() {
        let parts =
            array![[1.0, 0.0, 0.0, 0.5, 0.2], [0.0, 1.0, 0.0, 0.0, 0.7], [0.0, 0.0, 1.0, 0.9, 0.0]];
        let mixed = array![[2.0, 0.5, 0.0], [0.0, 1.0, 1.0], [0.7, 0.0, 1.5], [1.0, 1.0, 1.0]];
        let rows = [Array2::eye(3), mixed];
        let codes = ndarray::concatenate![ndarray::Axis(0), rows[0], rows[1]];
        let values = codes.dot(&parts);
        for objective in OBJECTIVES {
            let nmf = Nmf { most_iterations: 20_000, ..nmf(3, objective) };
            for initialisation in [NmfInitialisation::Random, NmfInitialisation::Nndsvda] {
                let fit = Nmf { initialisation, ..nmf.clone() }.fit(&values).unwrap();
                let share = fit.error().powi(2) / values.mapv(|value| value * value).sum();
                assert!(share < 1e-6, "{objective:?} {initialisation:?} {share}");
                for part in parts.rows() {
                    let cosine = |other: ndarray::ArrayView1<f64>| {
                        part.dot(&other) / (part.dot(&part) * other.dot(&other)).sqrt()
                    };
                    let best = fit.parts.rows().into_iter().map(cosine).fold(0.0, f64::max);
                    assert!(best > 0.999, "{objective:?} {initialisation:?} {best}");
                }
            }
        }
    }

    #[test]
    fn the_seed_and_the_tolerance_decide() {
        let values = random_values(10, 8, 2);
        let fit = |seed| Nmf { seed, ..nmf(3, NmfObjective::Frobenius) }.fit(&values).unwrap();
        assert_eq!(fit(5), fit(5));
        assert_ne!(fit(5).codes, fit(6).codes);
        assert_eq!((fit(5).iterations, fit(5).convergence), (200, NmfConvergence::OutOfIterations));
        let loose = Nmf { tolerance: 0.1, ..nmf(3, NmfObjective::Frobenius) }.fit(&values).unwrap();
        assert_eq!(loose.convergence, NmfConvergence::Reached);
        assert_eq!(loose.checks.len(), 1 + loose.iterations / 10);
    }

    #[test]
    fn settings_without_meaning_are_refused() {
        let values = random_values(4, 6, 3);
        let refused = |nmf: Nmf| nmf.fit(&values).unwrap_err().to_string();
        let initialisation = NmfInitialisation::Nndsvd;
        let told = refused(Nmf { components: 2, initialisation, ..Nmf::default() });
        assert!(told.contains("use Nndsvda"), "{told}");
        let told = refused(Nmf { components: 5, ..Nmf::default() });
        assert!(told.contains("4 × 6") && told.contains("Random"), "{told}");
        let told = refused(Nmf { components: 0, ..Nmf::default() });
        assert!(told.contains("components is 0"), "{told}");
        let told = refused(Nmf { components: 2, tolerance: f64::NAN, ..Nmf::default() });
        assert!(told.contains("tolerance is NaN"), "{told}");
        assert!(nmf(5, NmfObjective::Frobenius).fit(&values).is_ok());
    }
}
