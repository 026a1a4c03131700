//! The highest similarity that a model can be expected to reach.

use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, conditions_of};
use super::folds::RdmFold;
use super::pooling::sum;
use super::rdm::Rdm;
use super::scores::Prepared;
use super::whitening::Pairs;
use crate::{Error, Result};

/// The range in which the true model's mean similarity with subjects is expected. A subject is what
/// the RDMs are repeated over: networks of other seeds, or animals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NoiseCeiling {
    /// The mean similarity of each subject with the pool of the others. A model above it is as good
    /// as the data can tell.
    pub lower: f64,
    /// The mean similarity of each subject with the pool of all, in which it takes part. No single
    /// RDM is more similar on average; under Kendall's τ and the whitened comparisons, hardly one.
    pub upper: f64,
}

/// The noise ceiling of the RDMs of at least two subjects. Nili et al. 2014, doi
/// 10.1371/journal.pcbi.1003553.
///
/// ```
/// use microlearners::representations::{Comparison, Rdm, noise_ceiling};
///
/// let names = ["cat", "dog", "car"].map(String::from);
/// let rdms = [vec![0.2, 0.9, 0.8], vec![0.3, 0.8, 0.9], vec![0.1, 0.7, 0.9]];
/// let rdms = rdms.map(|values| Rdm::new(&names, values, "correlation").unwrap());
/// let ceiling = noise_ceiling(&rdms, Comparison::Cosine)?;
/// assert!(ceiling.lower < ceiling.upper);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] for fewer than two subjects, as [`Comparison::similarity`], and where the
/// pool of subjects is undefined.
pub fn noise_ceiling(subjects: &[Rdm], comparison: Comparison) -> Result<NoiseCeiling> {
    check_subjects(subjects)?;
    let conditions = conditions_of(subjects)?;
    let vectors = aligned(subjects, conditions)?;
    let prepared = Prepared::new(comparison, &[], &vectors, Pairs::all(conditions.len()));
    let prepared = prepared.map_err(|undefined| undefined.error(comparison, &[]))?;
    let everyone: Vec<usize> = (0..subjects.len()).collect();
    prepared.ceiling(&everyone).ok_or_else(no_pool)
}

/// The noise ceiling over folds, for models that are fitted to the subjects and stimuli that a fold
/// does not hold: the mean similarity of the fold's subjects, over its stimuli, with the pool of
/// the other subjects (lower) and of all (upper). The pool of all is taken over all stimuli. Where
/// a fold holds all subjects, its ceiling is [`noise_ceiling`] over its stimuli.
///
/// # Errors
/// As [`noise_ceiling`]; [`Error::Setting`] for a fold that names no subject, fewer than three
/// stimuli, or places that are not there.
pub fn cross_validated_ceiling(
    subjects: &[Rdm],
    folds: &[RdmFold],
    comparison: Comparison,
) -> Result<NoiseCeiling> {
    check_subjects(subjects)?;
    let conditions = conditions_of(subjects)?;
    let vectors = aligned(subjects, conditions)?;
    folds.iter().try_for_each(|fold| fold.check(subjects.len(), conditions.len()))?;
    if folds.is_empty() {
        return Err(Error::Samples("there are no folds; give at least one".into()));
    }
    mean_ceiling(&vectors, folds, conditions.len(), comparison)
}

/// The mean over folds that were checked.
pub(super) fn mean_ceiling(
    subjects: &[Vec<f64>],
    folds: &[RdmFold],
    conditions: usize,
    comparison: Comparison,
) -> Result<NoiseCeiling> {
    let ceilings: Option<Vec<NoiseCeiling>> =
        folds.iter().map(|fold| fold.ceiling(subjects, conditions, comparison)).collect();
    let ceilings = ceilings.ok_or_else(no_pool)?;
    let mean =
        |of: fn(&NoiseCeiling) -> f64| ceilings.iter().map(of).sum::<f64>() / ceilings.len() as f64;
    Ok(NoiseCeiling { lower: mean(|c| c.lower), upper: mean(|c| c.upper) })
}

impl RdmFold {
    fn ceiling(
        &self,
        subjects: &[Vec<f64>],
        conditions: usize,
        comparison: Comparison,
    ) -> Option<NoiseCeiling> {
        let places = Self::places(&self.stimuli, conditions);
        let of = |values: &[f64]| -> Vec<f64> { places.iter().map(|&at| values[at]).collect() };
        let pairs = Pairs::all(self.stimuli.len());
        let others: Vec<usize> =
            (0..subjects.len()).filter(|at| !self.subjects.contains(at)).collect();
        if others.is_empty() {
            let vectors: Vec<Vec<f64>> = subjects.iter().map(|values| of(values)).collect();
            let prepared = Prepared::new(comparison, &[], &vectors, pairs).ok()?;
            return prepared.ceiling(&self.subjects);
        }
        let all: Option<Vec<Vec<f64>>> =
            subjects.iter().map(|values| comparison.pool_part(values)).collect();
        let all = sum(all?.iter().map(Vec::as_slice), subjects[0].len());
        let rest: Option<Vec<Vec<f64>>> =
            others.iter().map(|&at| comparison.pool_part(&of(&subjects[at]))).collect();
        let rest = sum(rest?.iter().map(Vec::as_slice), places.len());
        let (all, rest) =
            (comparison.features(&of(&all), &pairs)?, comparison.features(&rest, &pairs)?);
        let (mut lower, mut upper) = (0.0, 0.0);
        for &subject in &self.subjects {
            let own = comparison.features(&of(&subjects[subject]), &pairs)?;
            lower += comparison.between(&rest, &own);
            upper += comparison.between(&all, &own);
        }
        let count = self.subjects.len() as f64;
        Some(NoiseCeiling { lower: lower / count, upper: upper / count })
    }
}

/// Dissimilarities in the order of `conditions`.
pub(super) fn aligned(rdms: &[Rdm], conditions: &[String]) -> Result<Vec<Vec<f64>>> {
    rdms.iter().map(|rdm| rdm.aligned(conditions)).collect()
}

pub(super) fn check_subjects(subjects: &[Rdm]) -> Result<()> {
    if subjects.len() >= 2 {
        return Ok(());
    }
    Err(Error::Samples(format!(
        "there are {} subjects, and a noise ceiling needs at least 2; train networks from other seeds, or bootstrap over stimuli",
        subjects.len()
    )))
}

pub(super) fn no_pool() -> Error {
    Error::Samples(
        "the pool of subjects has no similarity with them; leave out subjects whose RDMs are opposite or constant".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, close};
    use super::*;

    fn check(comparison: Comparison, expected: [f64; 2]) {
        let found = noise_ceiling(&fixtures::subjects(), comparison).unwrap();
        close(found.lower, expected[0]);
        close(found.upper, expected[1]);
        assert!(found.lower <= found.upper);
    }

    /// rsatoolbox 0.3.2, `boot_noise_ceiling`.
    #[test]
    fn ceilings_equal_rsatoolbox() {
        check(Comparison::Cosine, [0.9545074362795485, 0.9684813723114202]);
        check(Comparison::Pearson, [0.8259771883341943, 0.8803750967156433]);
        check(Comparison::Spearman, [0.8019861634771009, 0.8689023950548612]);
        check(Comparison::RhoA, [0.8017951251646904, 0.868840579710145]);
        check(Comparison::KendallTauA, [0.6196969696969696, 0.7001683501683501]);
        check(Comparison::KendallTauB, [0.621842555970882, 0.7009314324040578]);
        check(Comparison::WhitenedCosine, [0.9195197293598615, 0.9439803447192866]);
        check(Comparison::WhitenedPearson, [0.8921622518369814, 0.924644983179637]);
    }

    /// rsatoolbox 0.3.2, `sets_k_fold(k_rdm=2, k_pattern=3, random=False)`, `cv_noise_ceiling`.
    #[test]
    fn ceilings_over_folds_equal_rsatoolbox() {
        let stimuli = [vec![0, 1, 2, 9], vec![3, 4, 5], vec![6, 7, 8]];
        let fold = |subjects: [usize; 3]| {
            stimuli.clone().map(|stimuli| RdmFold { subjects: subjects.to_vec(), stimuli })
        };
        let folds = [fold([0, 1, 2]), fold([3, 4, 5])].concat();
        let check = |comparison: Comparison, expected: [f64; 2]| {
            let found = cross_validated_ceiling(&fixtures::subjects(), &folds, comparison).unwrap();
            close(found.lower, expected[0]);
            close(found.upper, expected[1]);
        };
        check(Comparison::Cosine, [0.9803212083130667, 0.9868838654276066]);
        check(Comparison::Pearson, [0.8251154002947216, 0.8674336289173569]);
        check(Comparison::RhoA, [0.6603174603174603, 0.7611111111111111]);
    }

    #[test]
    fn subjects_without_noise_have_a_ceiling_of_1() {
        let same = vec![fixtures::rdm(&fixtures::EUCLIDEAN_A); 4];
        for comparison in [Comparison::Cosine, Comparison::Pearson, Comparison::KendallTauA] {
            let found = noise_ceiling(&same, comparison).unwrap();
            close(found.lower, 1.0);
            close(found.upper, 1.0);
        }
        let told = noise_ceiling(&same[..1], Comparison::Cosine).unwrap_err().to_string();
        assert!(told.contains("there are 1 subjects"), "{told}");
    }
}
