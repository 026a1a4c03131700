//! How well people predict one another: the ceiling of each comparison.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::HumanChoices;
use super::choices::check_labels;
use super::scores::{PeopleScore, Reliability};
use super::split::Split;
use crate::display::show_as_settings;
use crate::{Error, Result, random};

/// Split-half reliability: the judgements of each image are split at random in two halves, and the
/// halves are compared as [`HumanChoices::compare`] compares a network with people.
///
/// ```
/// use microlearners::ndarray::array;
/// use microlearners::representations::human::{HumanChoices, SplitHalf};
///
/// let choices = HumanChoices::new(array![[30, 9, 1], [5, 35, 0], [0, 2, 38], [40, 0, 0]])?;
/// let reliability = SplitHalf::default().reliability(&choices, &[0, 1, 2, 0])?;
/// let confusion = reliability.confusion_correlation.expect("people confuse classes");
/// assert!(confusion.full > confusion.half && confusion.ceiling() > confusion.full);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitHalf {
    /// Number of random splits, at least 2; default 100.
    pub splits: usize,
    /// Seed of the splits; default 0.
    pub seed: u64,
}

impl Default for SplitHalf {
    fn default() -> Self {
        Self { splits: 100, seed: 0 }
    }
}

show_as_settings!(SplitHalf);

/// How well people predict one another, for each measure of
/// [`HumanComparison`](super::HumanComparison).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HumanReliability {
    /// Of the entropies of images. None if a half is unanimous, or as uncertain, about all of them.
    pub entropy_correlation: Option<Reliability>,
    /// Of the off-diagonal entries of the confusion matrix. None if a half confuses no classes.
    pub confusion_correlation: Option<Reliability>,
    /// Of one half for the second choices of the other. None if a half is unanimous about all
    /// images. It is a lower bound, since no formula corrects it to all judgements.
    pub second_best_accuracy: Option<PeopleScore>,
    /// Of the probabilities of one half, (counts + 1 / classes) / (judgements + 1), for the choices
    /// of the other. Without this smoothing a class that only the other half chose would cost an
    /// infinite amount. It is an upper bound, since all judgements would predict better.
    pub cross_entropy: PeopleScore,
    /// The cross-entropy minus the entropy of all judgements, so that it can be compared with the
    /// divergence of a network from all judgements.
    pub kl_divergence: PeopleScore,
}

impl SplitHalf {
    /// The reliability of choices whose images have these labels.
    ///
    /// # Errors
    /// [`Error::Setting`] for fewer than two splits; [`Error::Samples`] if an image has fewer than
    /// two judgements, a label is no class, or a class has no image; [`Error::Shape`] if there is
    /// not one label for each image.
    pub fn reliability(&self, choices: &HumanChoices, labels: &[u8]) -> Result<HumanReliability> {
        self.check(choices, labels)?;
        let numbers: Vec<usize> = (0..self.splits).collect();
        // Each split has random numbers of its own, so that threads do not matter.
        let split = |number: usize| {
            let mut rng = random::stream(self.seed, &format!("split half {number}"));
            Split::random(choices, labels, &mut rng)
        };
        let splits = numbers.into_par_iter().map(split).collect::<Result<Vec<Split>>>()?;
        let all =
            |of: fn(&Split) -> Option<f64>| splits.iter().map(of).collect::<Option<Vec<f64>>>();
        let costs: Vec<f64> = splits.iter().map(|split| split.cross_entropy).collect();
        let cross_entropy = PeopleScore::of(&costs);
        let entropy = choices.entropies().iter().sum::<f64>() / choices.images() as f64;
        Ok(HumanReliability {
            entropy_correlation: all(|split| split.entropies).map(|r| Reliability::of(&r)),
            confusion_correlation: all(|split| split.confusions).map(|r| Reliability::of(&r)),
            second_best_accuracy: all(|split| split.second_best).map(|s| PeopleScore::of(&s)),
            cross_entropy,
            kl_divergence: PeopleScore { mean: cross_entropy.mean - entropy, ..cross_entropy },
        })
    }

    fn check(&self, choices: &HumanChoices, labels: &[u8]) -> Result<()> {
        if self.splits < 2 {
            return Err(Error::setting("splits", self.splits, "it must be at least 2"));
        }
        check_labels(labels, choices.counts().dim())?;
        match choices.judgements().iter().position(|&all| all < 2) {
            None => Ok(()),
            Some(image) => Err(Error::Samples(format!(
                "image {image} (from 0) has one judgement; halves need at least 2 of each image"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use rand::Rng as _;

    const IMAGES: usize = 240;

    /// The label, and how probable each of four classes is for each image.
    fn people(uncertainty: impl Fn(usize) -> f64) -> (Vec<u8>, Array2<f64>) {
        let labels: Vec<u8> = (0..IMAGES).map(|image| (image % 4) as u8).collect();
        let shares = [
            [0.0, 0.6, 0.3, 0.1],
            [0.3, 0.0, 0.1, 0.6],
            [0.1, 0.8, 0.0, 0.1],
            [0.2, 0.2, 0.6, 0.0],
        ];
        let chosen = |(image, class): (usize, usize)| {
            let (label, unsure) = (usize::from(labels[image]), uncertainty(image));
            if class == label { 1.0 - unsure } else { unsure * shares[label][class] }
        };
        let probabilities = Array2::from_shape_fn((IMAGES, 4), chosen);
        (labels, probabilities)
    }

    fn judged(probabilities: &Array2<f64>, judgements: usize, seed: u64) -> HumanChoices {
        let mut rng = random::stream(seed, "people");
        let mut counts = Array2::zeros(probabilities.dim());
        for (row, mut counts) in probabilities.rows().into_iter().zip(counts.rows_mut()) {
            for _ in 0..judgements {
                let mut left: f64 = rng.r#gen();
                let class = row.iter().position(|p| {
                    left -= p;
                    left < 0.0
                });
                counts[class.unwrap_or(0)] += 1;
            }
        }
        HumanChoices::new(counts).unwrap()
    }

    fn varied(image: usize) -> f64 {
        0.02 + 0.6 * (image * 37 % IMAGES) as f64 / IMAGES as f64
    }

    /// Two groups of people of the same size agree as much as one group's halves predict.
    #[test]
    fn the_full_reliability_is_the_correlation_of_two_groups() {
        let (labels, probabilities) = people(varied);
        let (mut found, mut expected) = ([0.0; 2], [0.0; 2]);
        let repeats = 12;
        for seed in 0..repeats {
            let [one, other] = [2 * seed, 2 * seed + 1].map(|at| judged(&probabilities, 20, at));
            let halves = SplitHalf { splits: 10, seed };
            let reliability = halves.reliability(&one, &labels).unwrap();
            let comparison = one.compare(&other.probabilities(), &labels).unwrap();
            found[0] += reliability.entropy_correlation.unwrap().full;
            found[1] += reliability.confusion_correlation.unwrap().full;
            expected[0] += comparison.entropy_correlation.unwrap();
            expected[1] += comparison.confusion_correlation.unwrap();
        }
        let apart = |at: usize| (found[at] - expected[at]) / repeats as f64;
        assert!(apart(0).abs() < 0.03, "{}", apart(0));
        assert!(apart(1).abs() < 0.005, "{}", apart(1));
    }

    /// The probabilities themselves are better than half of the judgements, and correlate with them
    /// as much as a model without noise can.
    #[test]
    fn the_truth_reaches_the_ceiling() {
        let (labels, probabilities) = people(varied);
        let choices = judged(&probabilities, 30, 5);
        let reliability = SplitHalf::default().reliability(&choices, &labels).unwrap();
        let truth = choices.compare(&probabilities, &labels).unwrap();
        let ceiling = reliability.entropy_correlation.unwrap().ceiling();
        assert!((truth.entropy_correlation.unwrap() - ceiling).abs() < 0.03, "{ceiling}");
        assert!(truth.cross_entropy < reliability.cross_entropy.mean);
        assert!(truth.kl_divergence < reliability.kl_divergence.mean);
        let second = reliability.second_best_accuracy.unwrap().mean;
        assert!(truth.second_best_accuracy.unwrap() > second);
        assert!(reliability.cross_entropy.mean - truth.cross_entropy < 0.1);
    }

    /// Where all images are alike, entropies differ by chance only.
    #[test]
    fn chance_is_not_reliable() {
        let (labels, probabilities) = people(|_| 0.3);
        let choices = judged(&probabilities, 40, 1);
        let halves = SplitHalf { splits: 30, seed: 3 };
        let reliability = halves.reliability(&choices, &labels).unwrap();
        let entropies = reliability.entropy_correlation.unwrap();
        assert!(entropies.half.abs() < 0.15, "{entropies:?}");
        let again = || halves.reliability(&choices, &labels).unwrap();
        let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(reliability, one_thread.install(again));
    }

    #[test]
    fn unanimous_people_have_no_correlations() {
        let choices = HumanChoices::new(array![[9, 0], [0, 9]]).unwrap();
        let reliability = SplitHalf::default().reliability(&choices, &[0, 1]).unwrap();
        assert_eq!(reliability.entropy_correlation, None);
        assert_eq!(reliability.confusion_correlation, None);
        assert_eq!(reliability.second_best_accuracy, None);
        let expected = -(4.5_f64 / 5.0).ln() / 2.0 - (5.5_f64 / 6.0).ln() / 2.0;
        assert!((reliability.kl_divergence.mean - expected).abs() < 1e-12);
    }

    #[test]
    fn too_few_judgements_are_refused() {
        let choices = HumanChoices::new(array![[9, 0], [0, 1]]).unwrap();
        let told = SplitHalf::default().reliability(&choices, &[0, 1]).unwrap_err().to_string();
        assert!(told.contains("image 1 (from 0) has one judgement"), "{told}");
        let halves = SplitHalf { splits: 1, seed: 0 };
        let told = halves.reliability(&choices, &[0, 1]).unwrap_err().to_string();
        assert!(told.contains("splits is 1"), "{told}");
    }
}
