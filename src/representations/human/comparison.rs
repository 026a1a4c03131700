//! Whether a network chooses as people do.

use ndarray::{Array2, ArrayView1};

use super::HumanChoices;
use super::choices::entropies;
use super::confusion::{confusion, off_diagonal};
use super::second::second_best_accuracy;
use crate::statistics::{pearson, spearman};
use crate::{Error, Result};

/// Probabilities below become this before their logarithm is taken.
const SMALLEST: f64 = 1e-12;
/// Rows of probabilities sum to 1 up to this, which 32-bit softmax outputs satisfy.
const ROUNDING: f64 = 1e-4;

/// A network compared with people. [`SplitHalf`](super::SplitHalf) says how well people compare
/// with one another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HumanComparison {
    /// The cross-entropy −Σ p log q in nats, p the shares of judgements and q the probabilities of
    /// the network, averaged over images.
    pub cross_entropy: f64,
    /// The Kullback-Leibler divergence Σ p log(p / q) in nats, averaged over images: the
    /// cross-entropy minus the entropy of people.
    pub kl_divergence: f64,
    /// How many probabilities of classes that someone chose were below 10⁻¹². They count as 10⁻¹²,
    /// which bounds the cross-entropy.
    pub clipped: usize,
    /// The share of images for which the second most probable class is a second choice of people,
    /// among images that have one. Any class that ties in people counts as correct; classes that
    /// tie in the network share the credit. None if people are unanimous about all images.
    pub second_best_accuracy: Option<f64>,
    /// Spearman's correlation of the entropies of network and people over images. None if either is
    /// the same for all images.
    pub entropy_correlation: Option<f64>,
    /// Pearson's correlation of the confusion matrices of network and people, without their
    /// diagonals. That of the network is [`network_confusion`](super::network_confusion). None if
    /// either is constant.
    pub confusion_correlation: Option<f64>,
}

/// Compares the class probabilities of a network with the choices.
pub(super) fn compare(
    choices: &HumanChoices,
    network: &Array2<f64>,
    labels: &[u8],
) -> Result<HumanComparison> {
    let (shape, expected) = (network.dim(), choices.counts().dim());
    if shape != expected {
        return Err(Error::Shape(format!(
            "the probabilities of the network are {} × {} and the choices {} × {}; give images × classes, in the same order",
            shape.0, shape.1, expected.0, expected.1
        )));
    }
    check_network(network)?;
    let people = choices.probabilities();
    let (cross_entropy, clipped) = cross_entropy(&people, network);
    let own = entropies(&people);
    let entropy = own.iter().sum::<f64>() / own.len() as f64;
    let confusions = [confusion(&choices.numbers(), labels)?, confusion(network, labels)?];
    let [human, other] = confusions.map(|matrix| off_diagonal(&matrix));
    Ok(HumanComparison {
        cross_entropy,
        kl_divergence: cross_entropy - entropy,
        clipped,
        second_best_accuracy: second_best_accuracy(&choices.second_choices(), network),
        entropy_correlation: spearman(&own, &entropies(network)),
        confusion_correlation: pearson(&human, &other),
    })
}

/// −Σ p log q averaged over rows, and how many q were clipped where p is above 0.
pub(super) fn cross_entropy(people: &Array2<f64>, others: &Array2<f64>) -> (f64, usize) {
    let (mut sum, mut clipped) = (0.0, 0);
    for (&p, &q) in people.iter().zip(others).filter(|(p, _)| **p > 0.0) {
        sum -= p * q.max(SMALLEST).ln();
        clipped += usize::from(q < SMALLEST);
    }
    (sum / people.nrows() as f64, clipped)
}

/// Refuses rows that are not probability distributions.
pub(super) fn check_network(network: &Array2<f64>) -> Result<()> {
    let is_wrong = |row: ArrayView1<'_, f64>| {
        !row.iter().all(|&p| p >= 0.0) || (row.sum() - 1.0).abs() > ROUNDING || row.sum().is_nan()
    };
    match network.rows().into_iter().position(is_wrong) {
        None => Ok(()),
        Some(image) => {
            let row = network.row(image);
            let lowest = row.iter().copied().fold(f64::INFINITY, f64::min);
            Err(Error::Samples(format!(
                "the probabilities of image {image} (from 0) sum to {} with {lowest} as the lowest; they must be at least 0 and sum to 1, such as softmax outputs",
                row.sum()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn choices() -> HumanChoices {
        HumanChoices::new(array![[8, 2, 0], [1, 9, 0], [0, 4, 6], [10, 0, 0], [3, 5, 2], [1, 1, 8]])
            .unwrap()
    }

    fn network() -> Array2<f64> {
        array![
            [0.7, 0.2, 0.1],
            [0.3, 0.6, 0.1],
            [0.05, 0.15, 0.8],
            [0.9, 0.06, 0.04],
            [0.2, 0.4, 0.4],
            [0.25, 0.1, 0.65]
        ]
    }

    const LABELS: [u8; 6] = [0, 1, 2, 0, 1, 2];

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12 * expected.abs().max(1.0), "{actual} {expected}");
    }

    /// Computed with numpy 2.4.6.
    #[test]
    fn measures_equal_numpy() {
        let comparison = choices().compare(&network(), &LABELS).unwrap();
        close(comparison.cross_entropy, 0.6705352806979986);
        close(comparison.kl_divergence, 0.14267162442239145);
        close(comparison.second_best_accuracy.unwrap(), 0.8);
        close(comparison.entropy_correlation.unwrap(), 0.48571428571428577);
        close(comparison.confusion_correlation.unwrap(), 0.3837176876346476);
        assert_eq!(comparison.clipped, 0);
    }

    #[test]
    fn people_compare_best_with_themselves() {
        let choices = choices();
        let comparison = choices.compare(&choices.probabilities(), &LABELS).unwrap();
        assert!(comparison.kl_divergence.abs() < 1e-15);
        assert_eq!(comparison.second_best_accuracy, Some(1.0));
        close(comparison.entropy_correlation.unwrap(), 1.0);
        close(comparison.confusion_correlation.unwrap(), 1.0);
        let other = choices.compare(&network(), &LABELS).unwrap();
        assert!(other.kl_divergence > 0.0 && other.cross_entropy > comparison.cross_entropy);
    }

    #[test]
    fn zeros_are_clipped_and_counted() {
        let choices = HumanChoices::new(array![[1, 1, 0], [0, 2, 0], [0, 0, 2]]).unwrap();
        let network = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let comparison = choices.compare(&network, &[0, 1, 2]).unwrap();
        assert_eq!(comparison.clipped, 1);
        close(comparison.cross_entropy, -0.5 * 1e-12_f64.ln() / 3.0);
        assert_eq!(comparison.entropy_correlation, None);
        assert_eq!(comparison.confusion_correlation, None);
    }

    #[test]
    fn probabilities_without_meaning_are_refused() {
        let told =
            |network: Array2<f64>| choices().compare(&network, &LABELS).unwrap_err().to_string();
        assert!(told(Array2::from_elem((6, 4), 0.25)).contains("6 × 4"));
        assert!(told(Array2::from_elem((6, 3), 0.5)).contains("sum to 1.5"));
        assert!(told(Array2::from_elem((6, 3), f64::NAN)).contains("image 0"));
        let mut negative = network();
        negative[[2, 0]] = -0.1;
        negative[[2, 1]] = 0.3;
        assert!(told(negative).contains("image 2 (from 0) sum to 1"));
    }
}
