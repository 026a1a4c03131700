//! The RDM that is most like all RDMs of a group.

use super::comparison::{Comparison, centre, conditions_of, norm};
use super::rdm::Rdm;
use crate::Result;
use crate::statistics::ranks;

impl Comparison {
    /// The pool of RDMs: the mean after each is scaled so that the pool has the highest mean
    /// similarity with them. [`Comparison::Cosine`] divides each by its root mean square,
    /// [`Comparison::Pearson`] takes z-scores (and the smallest value out of their mean), and the
    /// rank comparisons take average ranks. For Kendall's τ and the whitened comparisons this is
    /// close to the best, not the best: rsatoolbox pools them in the same way.
    ///
    /// # Errors
    /// [`Error::Samples`](crate::Error::Samples) if there are no RDMs, their conditions differ or
    /// are fewer than three, or one cannot be scaled: it is constant, or zero.
    pub fn pool(self, rdms: &[Rdm]) -> Result<Rdm> {
        let conditions = conditions_of(rdms)?;
        let mut parts = Vec::new();
        for (place, rdm) in rdms.iter().enumerate() {
            let part = self.pool_part(&rdm.aligned(conditions)?);
            parts.push(part.ok_or_else(|| self.undefined(&format!("RDM {place}")))?);
        }
        let mut pool = sum(parts.iter().map(Vec::as_slice), rdms[0].dissimilarities.len());
        pool.iter_mut().for_each(|value| *value /= rdms.len() as f64);
        if matches!(self, Self::Pearson | Self::WhitenedPearson) {
            let least = pool.iter().copied().fold(f64::INFINITY, f64::min);
            pool.iter_mut().for_each(|value| *value -= least);
        }
        Rdm::new(conditions, pool, &format!("pool of {}", rdms[0].dissimilarity))
    }

    /// What an RDM adds to a pool; none if it cannot be scaled.
    pub(super) fn pool_part(self, values: &[f64]) -> Option<Vec<f64>> {
        let mut part = match self {
            Self::Cosine | Self::WhitenedCosine | Self::Pearson | Self::WhitenedPearson => {
                values.to_vec()
            }
            _ => return Some(ranks(values)),
        };
        let length = norm(&part);
        if matches!(self, Self::Pearson | Self::WhitenedPearson) {
            centre(&mut part);
        }
        let spread = norm(&part);
        if spread <= super::comparison::NOTHING * length {
            return None;
        }
        let scale = (part.len() as f64).sqrt() / spread;
        part.iter_mut().for_each(|value| *value *= scale);
        Some(part)
    }
}

/// The sum of lists of `length` numbers.
pub(super) fn sum<'a>(lists: impl Iterator<Item = &'a [f64]>, length: usize) -> Vec<f64> {
    let mut total = vec![0.0; length];
    for list in lists {
        total.iter_mut().zip(list).for_each(|(total, value)| *total += value);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, all_close};
    use super::*;

    /// rsatoolbox 0.3.2, `pool_rdm`; it pools `cosine_cov` as `cosine` and `corr_cov` as `corr`.
    #[test]
    fn pools_equal_rsatoolbox() {
        let check = |kind: Comparison, expected: &[f64]| {
            let pool = kind.pool(&fixtures::subjects()).unwrap();
            all_close(&pool.dissimilarities, expected);
        };
        check(Comparison::Cosine, &fixtures::POOL_COSINE);
        check(Comparison::WhitenedCosine, &fixtures::POOL_COSINE);
        check(Comparison::Pearson, &fixtures::POOL_CORR);
        check(Comparison::WhitenedPearson, &fixtures::POOL_CORR);
        for kind in [Comparison::Spearman, Comparison::RhoA, Comparison::KendallTauA] {
            check(kind, &fixtures::POOL_RHO_A);
        }
    }

    #[test]
    fn the_pool_of_one_is_like_it() {
        let one = &fixtures::subjects()[..1];
        for kind in [Comparison::Cosine, Comparison::Pearson, Comparison::Spearman] {
            let pool = kind.pool(one).unwrap();
            fixtures::close(kind.similarity(&pool, &one[0]).unwrap(), 1.0);
        }
        assert!(Comparison::Pearson.pool(&[fixtures::rdm(&[1.0; 45])]).is_err());
        assert!(Comparison::Pearson.pool(&[]).is_err());
    }
}
