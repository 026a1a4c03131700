//! Which subjects and stimuli are left out.

use rand::seq::SliceRandom;

use super::cross_validation::RdmCrossValidation;
use super::pairs::{pair_list, place_of_pair};
use crate::error::check_count;
use crate::{Error, Result, random};

/// A stimulus fold holds at least so many, and so do those that it leaves.
const LEAST_STIMULI: usize = 3;

/// Which subjects and stimuli are left out together.
#[derive(Debug, Clone, PartialEq)]
pub struct RdmFold {
    /// The subjects left out, counted from 0.
    pub subjects: Vec<usize>,
    /// The conditions left out, counted from 0 in the order of the first subject's.
    pub stimuli: Vec<usize>,
}

impl RdmFold {
    pub(super) fn check(&self, subjects: usize, stimuli: usize) -> Result<()> {
        let beyond = |places: &[usize], count: usize| places.iter().any(|&place| place >= count);
        if self.subjects.is_empty() || beyond(&self.subjects, subjects) {
            let requirement = format!("it must name some of the subjects 0 to {}", subjects - 1);
            return Err(Error::setting("subjects", format!("{:?}", self.subjects), requirement));
        }
        if self.stimuli.len() < 3 || beyond(&self.stimuli, stimuli) {
            let requirement =
                format!("it must name at least 3 of the stimuli 0 to {}", stimuli - 1);
            return Err(Error::setting("stimuli", format!("{:?}", self.stimuli), requirement));
        }
        Ok(())
    }

    /// The dissimilarities among the fold's stimuli, of `count`.
    pub(super) fn places(stimuli: &[usize], count: usize) -> Vec<usize> {
        let place = |(a, b): (usize, usize)| place_of_pair(stimuli[a], stimuli[b], count);
        pair_list(stimuli.len()).into_iter().map(place).collect()
    }
}

impl RdmCrossValidation {
    /// All folds of all assignments.
    pub(super) fn folds(&self, subjects: usize, stimuli: usize) -> Result<Vec<RdmFold>> {
        check_count("assignments", self.assignments)?;
        let by_size = |count: usize, limits: [usize; 3]| {
            2 + limits.iter().filter(|&&limit| count >= limit).count()
        };
        let of_stimuli = self.stimulus_folds.unwrap_or(by_size(stimuli, [12, 24, 40]));
        let of_subjects = self.subject_folds.unwrap_or(by_size(subjects, [6, 12, 20]));
        check_count("stimulus_folds", of_stimuli)?;
        check_count("subject_folds", of_subjects)?;
        if of_stimuli * LEAST_STIMULI > stimuli {
            let requirement = format!(
                "{stimuli} stimuli fill at most {} folds of at least {LEAST_STIMULI}",
                stimuli / LEAST_STIMULI
            );
            return Err(Error::setting("stimulus_folds", of_stimuli, requirement));
        }
        if of_subjects > subjects {
            let requirement = format!("there are {subjects} subjects; give at most as many folds");
            return Err(Error::setting("subject_folds", of_subjects, requirement));
        }
        let mut folds = Vec::new();
        for assignment in 0..self.assignments {
            let mut rng = random::stream(self.seed, &format!("rdm folds {assignment}"));
            let mut shuffled = |count: usize| {
                let mut order: Vec<usize> = (0..count).collect();
                order.shuffle(&mut rng);
                order
            };
            let stimuli = parts(&shuffled(stimuli), of_stimuli);
            for subjects in parts(&shuffled(subjects), of_subjects) {
                let fold = |stimuli: &Vec<usize>| RdmFold {
                    subjects: subjects.clone(),
                    stimuli: stimuli.clone(),
                };
                folds.extend(stimuli.iter().map(fold));
            }
        }
        Ok(folds)
    }
}

/// Parts of about the same size, each ascending.
fn parts(order: &[usize], count: usize) -> Vec<Vec<usize>> {
    let mut parts = vec![Vec::new(); count];
    for (place, &item) in order.iter().enumerate() {
        parts[place % count].push(item);
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    parts
}

#[cfg(test)]
mod tests {
    use super::super::Comparison;
    use super::*;

    fn settings(comparison: Comparison) -> RdmCrossValidation {
        RdmCrossValidation { comparison, ..RdmCrossValidation::default() }
    }

    #[test]
    fn folds_hold_everything_once_and_do_not_fit_everywhere() {
        let folds = settings(Comparison::Cosine).folds(7, 13).unwrap();
        assert_eq!(folds.len(), 10 * 3 * 3);
        let mut all: Vec<usize> = folds[..3].iter().flat_map(|fold| fold.stimuli.clone()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..13).collect::<Vec<usize>>());
        let told = settings(Comparison::Cosine).folds(7, 5).unwrap_err().to_string();
        assert!(told.contains("5 stimuli fill at most 1 folds"), "{told}");
        assert_eq!(settings(Comparison::Cosine).folds(20, 40).unwrap().len(), 10 * 25);
    }
}
