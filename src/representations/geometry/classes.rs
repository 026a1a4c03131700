//! The classes of stimuli, and folds that hold equal shares of each.

use rand::seq::SliceRandom;

use crate::{Error, Result, random};

/// The classes of some stimuli.
#[derive(Debug, Clone)]
pub(super) struct Classes {
    /// The labels that occur, ascending.
    pub(super) labels: Vec<usize>,
    /// For each stimulus, the place of its label in `labels`.
    pub(super) places: Vec<usize>,
}

impl Classes {
    /// Of one label for each of `stimuli`, at least two of them different.
    pub(super) fn of(labels: &[usize], stimuli: usize) -> Result<Self> {
        if labels.len() != stimuli {
            return Err(Error::Shape(format!(
                "there are {} labels for {stimuli} stimuli; give one for each",
                labels.len()
            )));
        }
        let mut distinct = labels.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < 2 {
            return Err(Error::Samples(format!(
                "the {stimuli} stimuli have {} class; give stimuli of at least 2 classes",
                distinct.len()
            )));
        }
        let place = |label| distinct.binary_search(label).expect("all labels are listed");
        let places = labels.iter().map(place).collect();
        Ok(Self { labels: distinct, places })
    }

    pub(super) fn count(&self) -> usize {
        self.labels.len()
    }

    /// The number of stimuli of each class.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.count()];
        self.places.iter().for_each(|&place| sizes[place] += 1);
        sizes
    }

    /// The fold of each stimulus: every class is shuffled and spread over the folds, the next class
    /// going on where the last one stopped.
    pub(super) fn folds(&self, folds: usize, seed: u64) -> Result<Vec<usize>> {
        let (place, least) = self.smallest();
        if folds < 2 || least < folds {
            let requirement = format!(
                "it must be at least 2 and at most {least}, the number of stimuli of class {}",
                self.labels[place]
            );
            return Err(Error::setting("folds", folds, requirement));
        }
        let mut rng = random::stream(seed, "stratified folds");
        let (mut fold_of, mut next) = (vec![0; self.places.len()], 0);
        for class in 0..self.count() {
            let mut members: Vec<usize> =
                (0..self.places.len()).filter(|&at| self.places[at] == class).collect();
            members.shuffle(&mut rng);
            for member in members {
                fold_of[member] = next % folds;
                next += 1;
            }
        }
        Ok(fold_of)
    }

    /// The place and the size of the smallest class.
    fn smallest(&self) -> (usize, usize) {
        let sizes = self.sizes().into_iter().enumerate();
        sizes.min_by_key(|&(_, size)| size).expect("there are at least two classes")
    }
}

/// The place of the first of the largest numbers.
pub(super) fn first_largest<'a>(values: impl IntoIterator<Item = &'a f64>) -> usize {
    let first = (0, f64::NEG_INFINITY);
    let larger = |best: (usize, f64), (at, &value): (usize, &f64)| {
        if value > best.1 { (at, value) } else { best }
    };
    values.into_iter().enumerate().fold(first, larger).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_hold_equal_shares_of_each_class() {
        let labels: Vec<usize> = (0..60).map(|at| [7, 7, 2][at % 3]).collect();
        let classes = Classes::of(&labels, 60).unwrap();
        assert_eq!(classes.labels, [2, 7]);
        let folds = classes.folds(5, 3).unwrap();
        for fold in 0..5 {
            let of = |label| (0..60).filter(|&at| folds[at] == fold && labels[at] == label).count();
            assert_eq!([of(2), of(7)], [4, 8]);
        }
        assert_eq!(folds, classes.folds(5, 3).unwrap());
        assert_ne!(folds, classes.folds(5, 4).unwrap());
    }

    #[test]
    fn unusable_labels_and_folds_are_refused() {
        assert!(Classes::of(&[0, 1], 3).is_err());
        let told = Classes::of(&[4, 4], 2).unwrap_err().to_string();
        assert!(told.contains("2 stimuli have 1 class"), "{told}");
        let classes = Classes::of(&[0, 0, 0, 9, 9], 5).unwrap();
        let told = classes.folds(3, 0).unwrap_err().to_string();
        assert!(told.contains("at most 2, the number of stimuli of class 9"), "{told}");
    }
}
