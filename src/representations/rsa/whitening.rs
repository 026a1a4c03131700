//! The covariance of dissimilarities, taken out of an RDM.
//!
//! The dissimilarities of an RDM share conditions, so that their errors go together: with errors Σ
//! of the pattern estimates, their covariance is V = Ξ∘Ξ with Ξ = C Σ Cᵀ, where C has a row of
//! contrasts for each pair (Diedrichsen et al. 2020, arXiv 2007.02789). V⁻¹ has no need to be
//! formed. xᵀV⁻¹y is the inner product tr(Σ⁻¹ G Σ⁻¹ H) of the two second-moment matrices that have
//! these dissimilarities and the smallest norm. For Σ = 1 they are found by double centring, and
//! the cosine is linear centred kernel alignment. Here stand −2 G and −2 H, which keeps cosines.

use ndarray::{Array1, Array2, Axis};

use super::comparison::{Comparison, NOTHING, centre, conditions_of, dot, norm, unit};
use super::linear::{factor, inverse, solve_lower};
use super::pairs::pair_list;
use super::rdm::Rdm;
use crate::{Error, Result};

/// Which dissimilarities there are of some conditions: all, or all but those of a stimulus with its
/// own copy.
#[derive(Debug, Clone)]
pub(super) struct Pairs {
    conditions: usize,
    list: Vec<(usize, usize)>,
    /// The projection for missing pairs.
    projection: Option<Array2<f64>>,
}

impl Pairs {
    /// All pairs.
    pub(super) fn all(conditions: usize) -> Self {
        Self { conditions, list: pair_list(conditions), projection: None }
    }

    /// Some pairs; none if they are too few to whiten.
    pub(super) fn some(conditions: usize, list: Vec<(usize, usize)>) -> Option<Self> {
        if list.len() == super::pairs::pair_count(conditions) {
            return Some(Self { conditions, list, projection: None });
        }
        // The normal equations of the shifts a_i + a_j, where a pair counts twice.
        let mut normal = Array2::from_diag(&Array1::from_elem(conditions, 4.0));
        for &(i, j) in &list {
            for (row, column) in [(i, i), (i, j), (j, i), (j, j)] {
                normal[[row, column]] += 2.0;
            }
        }
        let projection = Some(inverse(&normal)?);
        Some(Self { conditions, list, projection })
    }

    /// Numbers whose inner product is 4 xᵀV⁻¹y with Σ = 1: the entries above the diagonal, times
    /// √2, and those on it.
    pub(super) fn whitened(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = Array1::<f64>::zeros(self.conditions);
        for (&(i, j), value) in self.list.iter().zip(values) {
            sums[i] += value;
            sums[j] += value;
        }
        let shifts = match &self.projection {
            None => {
                let count = self.conditions as f64;
                let means = sums / count;
                let half = means.sum() / count / 2.0;
                means - half
            }
            Some(projection) => projection.dot(&(sums * 2.0)),
        };
        let root = std::f64::consts::SQRT_2;
        let pairs = self.list.iter().zip(values);
        let above = pairs.map(|(&(i, j), value)| root * (value - shifts[i] - shifts[j]));
        above.chain(shifts.iter().map(|shift| -2.0 * shift)).collect()
    }
}

impl Comparison {
    /// The whitened similarity of two RDMs whose pattern estimates have errors with the covariance
    /// Σ over conditions, K × K, in the order of the first RDM's conditions.
    ///
    /// # Errors
    /// As [`Comparison::similarity`]; [`Error::Setting`] for a comparison that does not whiten;
    /// [`Error::Shape`] if Σ is not K × K; [`Error::Samples`] if it is not positive definite.
    pub fn similarity_with_covariance(
        self,
        first: &Rdm,
        second: &Rdm,
        covariance: &Array2<f64>,
    ) -> Result<f64> {
        if !matches!(self, Self::WhitenedCosine | Self::WhitenedPearson) {
            let requirement = "a covariance belongs to WhitenedCosine or WhitenedPearson";
            return Err(Error::setting("comparison", self.name(), requirement));
        }
        let conditions = conditions_of(std::slice::from_ref(first))?;
        let count = conditions.len();
        if covariance.dim() != (count, count) {
            let (rows, columns) = covariance.dim();
            return Err(Error::Shape(format!(
                "a covariance of {rows} × {columns} does not fit {count} conditions; it must be {count} × {count}"
            )));
        }
        let no_factor = || {
            Error::Samples(
                "the covariance of pattern estimates is not positive definite; leave out conditions that depend on others".into(),
            )
        };
        let lower = factor(covariance).ok_or_else(no_factor)?;
        let of = |rdm: &Rdm, role: &str| {
            let mut values = rdm.aligned(conditions)?;
            let length = norm(&values);
            if self == Self::WhitenedPearson {
                centre(&mut values);
            }
            let undefined = || self.undefined(role);
            let kept = norm(&values) > NOTHING * length;
            let matrix = Rdm::new(conditions, values, "")?.matrix();
            let whitened = whitened_by(&matrix, &lower).ok_or_else(no_factor)?;
            Some(whitened).filter(|_| kept).and_then(unit).ok_or_else(undefined)
        };
        Ok(dot(&of(first, "the first RDM")?, &of(second, "the second RDM")?))
    }
}

/// As [`Pairs::whitened`] of all pairs, for errors Σ that `lower` Lᵀ is.
pub(super) fn whitened_by(matrix: &Array2<f64>, lower: &Array2<f64>) -> Option<Vec<f64>> {
    let count = matrix.nrows();
    let ones = Array2::ones((count, 1));
    let half = solve_lower(lower, &ones)?;
    // u = Σ⁻¹ 1, and the shifts that make the second moment matrix G the smallest: G u = 0.
    let halves = solve_lower(lower, &Array2::eye(count))?;
    let weights = halves.t().dot(&half).remove_axis(Axis(1));
    let total = weights.sum();
    let products = matrix.dot(&weights) / total;
    let shifts = &products - products.dot(&weights) / total / 2.0;
    let smallest =
        Array2::from_shape_fn((count, count), |(i, j)| matrix[[i, j]] - shifts[i] - shifts[j]);
    let scaled = halves.dot(&smallest).dot(&halves.t());
    Some(scaled.iter().copied().collect())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, close, within};
    use super::super::linear::solve;
    use super::*;

    /// V as it is defined.
    fn definition(covariance: &Array2<f64>, list: &[(usize, usize)]) -> Array2<f64> {
        Array2::from_shape_fn((list.len(), list.len()), |(a, b)| {
            let ((i, j), (k, l)) = (list[a], list[b]);
            let entry =
                covariance[[i, k]] - covariance[[i, l]] - covariance[[j, k]] + covariance[[j, l]];
            entry * entry
        })
    }

    fn product(v: &Array2<f64>, x: &[f64], y: &[f64]) -> f64 {
        let solved = solve(v, &Array1::from(y.to_vec())).unwrap();
        Array1::from(x.to_vec()).dot(&solved)
    }

    /// `rsatoolbox.util.matrix.get_v(4, None)`.
    #[test]
    fn v_of_four_conditions() {
        let v = definition(&Array2::eye(4), &pair_list(4));
        assert_eq!(v.row(0).to_vec(), [4.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(v.row(2).to_vec(), [1.0, 1.0, 4.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn whitening_equals_the_definition_with_all_pairs_and_with_some() {
        let (x, y) = (&fixtures::EUCLIDEAN_A, &fixtures::EUCLIDEAN_B);
        let v = definition(&Array2::eye(10), &pair_list(10));
        let pairs = Pairs::all(10);
        close(dot(&pairs.whitened(x), &pairs.whitened(y)), 4.0 * product(&v, x, y));
        let kept: Vec<usize> = (0..45).filter(|at| ![0, 17, 18, 40].contains(at)).collect();
        let list: Vec<_> = kept.iter().map(|&at| pair_list(10)[at]).collect();
        let of = |values: &[f64]| -> Vec<f64> { kept.iter().map(|&at| values[at]).collect() };
        let v = definition(&Array2::eye(10), &list);
        let pairs = Pairs::some(10, list).unwrap();
        let found = dot(&pairs.whitened(&of(x)), &pairs.whitened(&of(y)));
        close(found, 4.0 * product(&v, &of(x), &of(y)));
    }

    #[test]
    fn whitening_by_a_covariance_equals_the_definition() {
        let (x, y) = (fixtures::rdm(&fixtures::EUCLIDEAN_A), fixtures::rdm(&fixtures::EUCLIDEAN_B));
        for covariance in [fixtures::sigma_k(), Array2::eye(10)] {
            let v = definition(&covariance, &pair_list(10));
            let lower = factor(&covariance).unwrap();
            let of = |rdm: &super::super::Rdm| whitened_by(&rdm.matrix(), &lower).unwrap();
            let expected = 4.0 * product(&v, &x.dissimilarities, &y.dissimilarities);
            close(dot(&of(&x), &of(&y)), expected);
        }
    }

    /// rsatoolbox 0.3.2 solves with V by conjugate gradients to a relative residual of 1e-5, so
    /// that its numbers have 5 digits here. The exact ones are by numpy's `solve` with V.
    #[test]
    fn whitening_by_a_covariance_equals_the_solution_with_v() {
        let (a, b) = (fixtures::rdm(&fixtures::EUCLIDEAN_A), fixtures::rdm(&fixtures::EUCLIDEAN_B));
        let sigma = fixtures::sigma_k();
        let of = |kind: Comparison| kind.similarity_with_covariance(&a, &b, &sigma).unwrap();
        close(of(Comparison::WhitenedCosine), 0.8722545985453828);
        close(of(Comparison::WhitenedPearson), 0.7902510032004639);
        within(of(Comparison::WhitenedCosine), 0.8722518799947934, 1e-5);
        within(of(Comparison::WhitenedPearson), 0.7902506705509031, 1e-5);
        let one = Array2::eye(10);
        let plain = Comparison::WhitenedCosine.similarity(&a, &b).unwrap();
        let with_one = Comparison::WhitenedCosine.similarity_with_covariance(&a, &b, &one);
        close(with_one.unwrap(), plain);
        assert!(Comparison::Cosine.similarity_with_covariance(&a, &b, &one).is_err());
    }
}
