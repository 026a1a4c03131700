//! How often people chose each class for each image.

use std::path::Path;

use ndarray::{Array2, ArrayView1, Axis};

use super::agreement::{LabelAgreement, agreement};
use super::comparison::{HumanComparison, compare};
use super::confusion::confusion;
use super::second::second_largest;
use crate::data::cifar10h;
use crate::{Error, Result};

/// The choices of many people who classified the same images.
///
/// CIFAR-10H has about 51 judgements of each of the 10,000 test images of CIFAR-10, in the order
/// of its test batch: Peterson, Battleday, Griffiths & Russakovsky 2019, arXiv 1908.07086. Its
/// licence is CC BY-NC-SA 4.0.
///
/// ```
/// use microlearners::ndarray::array;
/// use microlearners::representations::human::HumanChoices;
///
/// let choices = HumanChoices::new(array![[9, 1, 0], [2, 6, 2], [0, 0, 10]])?;
/// assert_eq!(choices.second_choices(), [vec![1], vec![0, 2], vec![]]);
/// assert_eq!(choices.entropies()[2], 0.0);
///
/// let network = array![[0.8, 0.15, 0.05], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]];
/// let comparison = choices.compare(&network, &[0, 1, 2])?;
/// assert_eq!(comparison.second_best_accuracy, Some(1.0));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanChoices {
    counts: Array2<u32>,
}

impl HumanChoices {
    /// From the number of judgements of each class, images × classes.
    ///
    /// # Errors
    /// [`Error::Shape`] without images or with fewer than two classes; [`Error::Samples`] if an
    /// image has no judgement.
    pub fn new(counts: Array2<u32>) -> Result<Self> {
        let (images, classes) = counts.dim();
        if images == 0 || classes < 2 {
            return Err(Error::Shape(format!(
                "the counts are {images} × {classes}; give images × classes, with at least one image and two classes"
            )));
        }
        let is_empty = |row: ArrayView1<'_, u32>| row.iter().all(|&count| count == 0);
        match counts.rows().into_iter().position(is_empty) {
            None => Ok(Self { counts }),
            Some(image) => Err(Error::Samples(format!(
                "image {image} (from 0) has no judgements; leave out images that nobody has seen"
            ))),
        }
    }

    /// Those of CIFAR-10H, 10,000 images × 10 classes, from where `microlearners data cifar10h` puts
    /// them or the folder that `MICROLEARNERS_DATA` names.
    ///
    /// # Errors
    /// [`Error::Data`] if they are nowhere, or the file is truncated, altered or another one.
    pub fn cifar10h() -> Result<Self> {
        Self::new(cifar10h::counts()?)
    }

    /// The same from a file, or the folder that it is in.
    ///
    /// # Errors
    /// As [`cifar10h`](Self::cifar10h); [`Error::File`] if it cannot be read.
    pub fn cifar10h_from(path: impl AsRef<Path>) -> Result<Self> {
        Self::new(cifar10h::counts_from(path.as_ref())?)
    }

    /// The number of judgements of each class, images × classes.
    pub fn counts(&self) -> &Array2<u32> {
        &self.counts
    }

    /// Number of images.
    pub fn images(&self) -> usize {
        self.counts.nrows()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.counts.ncols()
    }

    /// Number of judgements of each image.
    pub fn judgements(&self) -> Vec<u64> {
        let sum = |row: ArrayView1<'_, u32>| row.iter().map(|&count| u64::from(count)).sum();
        self.counts.rows().into_iter().map(sum).collect()
    }

    /// The share of judgements for each class, images × classes; rows sum to 1.
    pub fn probabilities(&self) -> Array2<f64> {
        let counts = self.numbers();
        let sums = counts.sum_axis(Axis(1)).insert_axis(Axis(1));
        counts / sums
    }

    /// The entropy of the choices for each image, in nats; 0 if people are unanimous. It is lower
    /// on average with fewer judgements.
    pub fn entropies(&self) -> Vec<f64> {
        entropies(&self.probabilities())
    }

    /// The classes that were chosen second most often for each image. None if people are
    /// unanimous. Several if classes tie, including those that tie for the first place.
    pub fn second_choices(&self) -> Vec<Vec<usize>> {
        let chosen = |row: ArrayView1<'_, f64>| {
            let mut classes = second_largest(row);
            classes.retain(|&class| row[class] > 0.0);
            classes
        };
        self.numbers().rows().into_iter().map(chosen).collect()
    }

    /// How often people chose each class (column) for images of each label (row). All judgements
    /// of a label together are one row, and rows sum to 1.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one label for each image; [`Error::Samples`] if a label is
    /// no class, or a class has no image.
    pub fn confusion(&self, labels: &[u8]) -> Result<Array2<f64>> {
        confusion(&self.numbers(), labels)
    }

    /// How often people chose the labels.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one label for each image; [`Error::Samples`] if a label is
    /// no class.
    pub fn agreement(&self, labels: &[u8]) -> Result<LabelAgreement> {
        agreement(self, labels)
    }

    /// Compares the class probabilities of a network, images × classes, with the choices.
    ///
    /// # Errors
    /// [`Error::Shape`] if the shapes differ or there is not one label for each image;
    /// [`Error::Samples`] if a row is not a probability distribution (to 10⁻⁴), a label is no
    /// class, or a class has no image.
    pub fn compare(&self, network: &Array2<f64>, labels: &[u8]) -> Result<HumanComparison> {
        compare(self, network, labels)
    }

    /// The counts as real numbers.
    pub(super) fn numbers(&self) -> Array2<f64> {
        self.counts.mapv(f64::from)
    }
}

/// The entropy of each row of probabilities, in nats; 0 log 0 is 0. The terms are added in order
/// of size, so that images with the same shares for other classes tie exactly.
pub(super) fn entropies(probabilities: &Array2<f64>) -> Vec<f64> {
    let entropy = |row: ArrayView1<'_, f64>| {
        let chosen = row.iter().filter(|p| **p > 0.0);
        let mut terms: Vec<f64> = chosen.map(|p| -p * p.ln()).collect();
        terms.sort_unstable_by(f64::total_cmp);
        terms.iter().fold(0.0, |sum, term| sum + term)
    };
    probabilities.rows().into_iter().map(entropy).collect()
}

/// Refuses labels that are not one class for each image.
pub(super) fn check_labels(labels: &[u8], (images, classes): (usize, usize)) -> Result<()> {
    if labels.len() != images {
        return Err(Error::Shape(format!(
            "there are {} labels for {images} images; give one label for each image",
            labels.len()
        )));
    }
    match labels.iter().position(|&label| usize::from(label) >= classes) {
        None => Ok(()),
        Some(image) => Err(Error::Samples(format!(
            "the label of image {image} (from 0) is {}, and classes are 0 to {}",
            labels[image],
            classes - 1
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn probabilities_and_entropies_by_hand() {
        let choices = HumanChoices::new(array![[4, 0, 0], [1, 1, 0], [1, 2, 1]]).unwrap();
        assert_eq!(
            choices.probabilities(),
            array![[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]
        );
        let ln2 = 2.0_f64.ln();
        let expected = [0.0, ln2, 1.5 * ln2];
        choices.entropies().iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-15));
        assert_eq!(choices.judgements(), [4, 2, 4]);
        assert!(choices.entropies()[0].is_sign_positive());
    }

    #[test]
    fn the_order_of_classes_does_not_matter() {
        let counts = array![[7, 3, 1, 2], [3, 2, 7, 1], [1, 7, 2, 3], [2, 1, 3, 7]];
        let entropies = HumanChoices::new(counts).unwrap().entropies();
        assert!(entropies.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn second_choices_may_tie() {
        let counts = array![[5, 2, 1], [5, 2, 2], [3, 3, 0], [0, 7, 0], [1, 1, 1]];
        let second = HumanChoices::new(counts).unwrap().second_choices();
        assert_eq!(second, [vec![1], vec![1, 2], vec![0, 1], vec![], vec![0, 1, 2]]);
    }

    #[test]
    fn counts_without_meaning_are_refused() {
        let told = |counts| HumanChoices::new(counts).unwrap_err().to_string();
        assert!(told(array![[1, 2], [0, 0]]).contains("image 1 (from 0) has no judgements"));
        assert!(told(Array2::zeros((0, 3))).contains("0 × 3"));
        assert!(told(array![[1]]).contains("two classes"));
        let choices = HumanChoices::new(array![[1, 2], [3, 0]]).unwrap();
        let told = choices.confusion(&[0]).unwrap_err().to_string();
        assert!(told.contains("1 labels for 2 images"), "{told}");
        let told = choices.agreement(&[0, 2]).unwrap_err().to_string();
        assert!(told.contains("image 1 (from 0) is 2"), "{told}");
    }
}
