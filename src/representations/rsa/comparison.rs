//! How alike are two RDMs?

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kendall::Concordance;
use super::rdm::Rdm;
use super::whitening::Pairs;
use crate::representations::symmetric::symmetric;
use crate::statistics::ranks;
use crate::{Error, Result};

/// What rounding leaves of an RDM that does not vary.
pub(super) const NOTHING: f64 = 1e-12;

/// The similarity of two RDMs of the same conditions, from their n = K(K−1)/2 dissimilarities x and
/// y. Identical RDMs have 1, except under [`Comparison::KendallTauA`] and [`Comparison::RhoA`]
/// where they hold ties. Sources: Nili et al. 2014, doi 10.1371/journal.pcbi.1003553; Schütt et al.
/// 2023, doi 10.7554/eLife.82566.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Comparison {
    /// x·y / (|x| |y|). For dissimilarities with a meaningful zero.
    Cosine,
    /// Pearson's correlation.
    Pearson,
    /// Spearman's rank correlation: Pearson's of average ranks. It prefers models that predict
    /// ties.
    Spearman,
    /// Kendall's τ_a: (concordant − discordant) / all pairs. A tie counts as neither. A constant
    /// RDM has 0.
    KendallTauA,
    /// Kendall's τ_b, corrected for ties. It prefers models that predict ties, such as categories,
    /// to models that predict all dissimilarities; use [`Comparison::KendallTauA`] for these.
    KendallTauB,
    /// Spearman's ρ_a: the mean of rank correlations over random orders of tied values,
    /// 12 Σ x̃ ỹ / (n³ − n) of centred average ranks. Fair to models with ties, and faster than
    /// Kendall's τ_a. A constant RDM has 0.
    #[default]
    RhoA,
    /// The cosine in the metric of the covariance of dissimilarities, xᵀV⁻¹y. It is linear centred
    /// kernel alignment, if dissimilarities are squared Euclidean distances. For unbiased distances
    /// such as crossnobis: Diedrichsen et al. 2020, arXiv 2007.02789.
    WhitenedCosine,
    /// As [`Comparison::WhitenedCosine`], after the mean of each RDM is taken out.
    WhitenedPearson,
}

impl Comparison {
    /// All comparisons.
    pub const ALL: [Self; 8] = [
        Self::Cosine,
        Self::Pearson,
        Self::Spearman,
        Self::KendallTauA,
        Self::KendallTauB,
        Self::RhoA,
        Self::WhitenedCosine,
        Self::WhitenedPearson,
    ];

    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Pearson => "pearson",
            Self::Spearman => "spearman",
            Self::KendallTauA => "kendall_tau_a",
            Self::KendallTauB => "kendall_tau_b",
            Self::RhoA => "rho_a",
            Self::WhitenedCosine => "whitened_cosine",
            Self::WhitenedPearson => "whitened_pearson",
        }
    }

    /// The similarity of two RDMs. Conditions are matched by name, in any order.
    ///
    /// ```
    /// use microlearners::representations::{Comparison, Rdm};
    ///
    /// let names = ["cat", "dog", "car"].map(String::from);
    /// let first = Rdm::new(&names, vec![0.2, 0.9, 0.8], "correlation")?;
    /// let second = Rdm::new(&names, vec![1.0, 7.0, 5.0], "euclidean")?;
    /// assert_eq!(Comparison::KendallTauA.similarity(&first, &second)?, 1.0);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Samples`] if the conditions differ or are fewer than three, or where the similarity
    /// is undefined: for a constant RDM, or an RDM of zeros under [`Comparison::Cosine`] and
    /// [`Comparison::WhitenedCosine`].
    pub fn similarity(self, first: &Rdm, second: &Rdm) -> Result<f64> {
        let matrix =
            self.similarities(std::slice::from_ref(first), std::slice::from_ref(second))?;
        Ok(matrix[[0, 0]])
    }

    /// The similarities of all `first` RDMs (rows) with all `second` ones (columns), which may be the
    /// same list. On as many threads as rayon has, with the same result.
    ///
    /// # Errors
    /// As [`Comparison::similarity`]; [`Error::Samples`] if there are no RDMs.
    pub fn similarities(self, first: &[Rdm], second: &[Rdm]) -> Result<Array2<f64>> {
        let conditions = conditions_of(first)?;
        let pairs = Pairs::all(conditions.len());
        let of = |rdms: &[Rdm], role: &str| -> Result<Vec<Vec<f64>>> {
            let all = rdms.par_iter().enumerate().map(|(place, rdm)| {
                let values = rdm.aligned(conditions)?;
                self.features(&values, &pairs)
                    .ok_or_else(|| self.undefined(&format!("RDM {place} of the {role} list")))
            });
            all.collect()
        };
        conditions_of(second)?;
        if std::ptr::eq(first, second) {
            let all = of(first, "first")?;
            return Ok(symmetric(all.len(), |i, j| self.between(&all[i], &all[j])));
        }
        let (first, second) = (of(first, "first")?, of(second, "second")?);
        let with_each = |own: &Vec<f64>| -> Vec<f64> {
            second.iter().map(|other| self.between(own, other)).collect()
        };
        let rows: Vec<Vec<f64>> = first.par_iter().map(with_each).collect();
        Ok(Array2::from_shape_fn((first.len(), second.len()), |(row, column)| rows[row][column]))
    }

    /// What of an RDM decides its similarity with others; none where this is undefined.
    pub(super) fn features(self, values: &[f64], pairs: &Pairs) -> Option<Vec<f64>> {
        let is_constant = || values.iter().all(|value| *value == values[0]);
        match self {
            Self::KendallTauA => Some(values.to_vec()),
            Self::KendallTauB => (!is_constant()).then(|| values.to_vec()),
            Self::RhoA => {
                let n = values.len() as f64;
                let scale = (12.0 / (n * n * n - n)).sqrt();
                let mut ranks = ranks(values);
                ranks.iter_mut().for_each(|rank| *rank = (*rank - (n + 1.0) / 2.0) * scale);
                Some(ranks)
            }
            _ => unit(self.linear(values, pairs)?),
        }
    }

    /// What [`Comparison::features`] has before it is scaled to length 1, linear in the
    /// dissimilarities but for the ranks of [`Comparison::Spearman`]; none if nothing is left.
    pub(super) fn linear(self, values: &[f64], pairs: &Pairs) -> Option<Vec<f64>> {
        let mut values = if self == Self::Spearman { ranks(values) } else { values.to_vec() };
        let length = norm(&values);
        if !matches!(self, Self::Cosine | Self::WhitenedCosine) {
            centre(&mut values);
        }
        if norm(&values) <= NOTHING * length {
            return None;
        }
        let is_whitened = matches!(self, Self::WhitenedCosine | Self::WhitenedPearson);
        Some(if is_whitened { pairs.whitened(&values) } else { values })
    }

    /// The similarity of what two RDMs gave to [`Comparison::features`].
    pub(super) fn between(self, first: &[f64], second: &[f64]) -> f64 {
        match self {
            Self::KendallTauA => Concordance::of(first, second).tau_a(),
            Self::KendallTauB => Concordance::of(first, second).tau_b(),
            _ => dot(first, second),
        }
    }

    /// Why an RDM has no similarity.
    pub(super) fn undefined(self, which: &str) -> Error {
        let (what, remedy) = match self {
            Self::Cosine | Self::WhitenedCosine => ("0 for all pairs", "leave it out"),
            _ => (
                "the same for all pairs",
                "leave it out, or compare by Comparison::RhoA, where it has 0",
            ),
        };
        let name = self.name();
        Error::Samples(format!("{which} is {what}, so that its {name} is undefined; {remedy}"))
    }
}

/// The conditions of the first RDM, of which there must be at least three.
pub(super) fn conditions_of(rdms: &[Rdm]) -> Result<&[String]> {
    let Some(first) = rdms.first() else {
        return Err(Error::Samples("there are no RDMs to compare; give at least one".into()));
    };
    if first.conditions.len() < 3 {
        return Err(Error::Samples(format!(
            "RDMs of {} conditions have a single pair; compare RDMs of at least 3",
            first.conditions.len()
        )));
    }
    Ok(&first.conditions)
}

pub(super) fn dot(first: &[f64], second: &[f64]) -> f64 {
    ArrayView1::from(first).dot(&ArrayView1::from(second))
}

pub(super) fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

pub(super) fn centre(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|value| *value -= mean);
}

/// Values of length 1; none for zeros.
pub(super) fn unit(mut values: Vec<f64>) -> Option<Vec<f64>> {
    let length = norm(&values);
    values.iter_mut().for_each(|value| *value /= length);
    (length > 0.0).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, close, names};
    use super::*;

    /// A model of categories fits better than a noisy copy of the truth under τ_b, and worse under
    /// τ_a: it predicts ties where the truth has none.
    #[test]
    fn tau_b_prefers_models_with_ties() {
        let truth = fixtures::rdm(&fixtures::EUCLIDEAN_A);
        let (noisy, categories) = (&fixtures::subjects()[3], &fixtures::models()[2]);
        let of = |kind: Comparison, model: &Rdm| kind.similarity(model, &truth).unwrap();
        let (a, b) = (Comparison::KendallTauA, Comparison::KendallTauB);
        assert!(of(b, categories) > of(b, noisy), "{} {}", of(b, categories), of(b, noisy));
        assert!(of(a, categories) < of(a, noisy));
        close(of(b, noisy), of(a, noisy));
    }

    #[test]
    fn conditions_are_matched_by_name() {
        let a = fixtures::rdm(&fixtures::EUCLIDEAN_A);
        let order = [3, 1, 9, 0, 2, 8, 7, 4, 6, 5].map(|place| format!("s{place}"));
        let reordered = a.subset(&order).unwrap();
        for comparison in Comparison::ALL {
            close(comparison.similarity(&a, &reordered).unwrap(), 1.0);
        }
        let other = a.subset(&names(9)).unwrap();
        let told = Comparison::Cosine.similarity(&a, &other).unwrap_err().to_string();
        assert!(told.contains("1 conditions are in one RDM and not in the other, the first s9"));
    }

    #[test]
    fn what_is_undefined_is_an_error_and_what_is_defined_is_0() {
        let a = fixtures::rdm(&fixtures::EUCLIDEAN_A);
        let (constant, zero) = (fixtures::rdm(&[0.3; 45]), fixtures::rdm(&[0.0; 45]));
        use Comparison::{Cosine, KendallTauA, KendallTauB, Pearson, RhoA, Spearman};
        use Comparison::{WhitenedCosine, WhitenedPearson};
        for comparison in [Pearson, Spearman, KendallTauB, WhitenedPearson] {
            let told = comparison.similarity(&a, &constant).unwrap_err().to_string();
            assert!(told.contains("RDM 0 of the second list is the same for all pairs"), "{told}");
        }
        for comparison in [Cosine, WhitenedCosine] {
            assert!(comparison.similarity(&zero, &a).is_err());
            assert!(comparison.similarity(&constant, &a).unwrap() > 0.0);
        }
        assert_eq!(KendallTauA.similarity(&a, &constant).unwrap(), 0.0);
        assert_eq!(RhoA.similarity(&a, &constant).unwrap(), 0.0);
        let pair = Rdm::new(&names(2), vec![1.0], "mine").unwrap();
        assert!(Cosine.similarity(&pair, &pair).is_err());
    }
}
