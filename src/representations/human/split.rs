//! The two halves of one random split, compared with one another.

use ndarray::{Array2, Axis};

use super::HumanChoices;
use super::comparison::cross_entropy;
use super::confusion::{confusion, off_diagonal};
use super::halves::halves;
use super::second::second_best_accuracy;
use crate::Result;
use crate::random::Rng;
use crate::statistics::{pearson, spearman};

/// What one split gives, as [`HumanComparison`](super::HumanComparison) measures it.
pub(super) struct Split {
    /// Spearman's correlation of entropies.
    pub(super) entropies: Option<f64>,
    /// Pearson's correlation of the off-diagonal entries of the confusion matrices.
    pub(super) confusions: Option<f64>,
    /// The mean of both directions.
    pub(super) second_best: Option<f64>,
    /// The mean of both directions.
    pub(super) cross_entropy: f64,
}

impl Split {
    /// A random split of the judgements.
    pub(super) fn random(choices: &HumanChoices, labels: &[u8], rng: &mut Rng) -> Result<Self> {
        let [one, other] = halves(choices.counts(), rng).map(HumanChoices::new);
        let (one, other) = (one?, other?);
        let off = |half: &HumanChoices| Ok(off_diagonal(&confusion(&half.numbers(), labels)?));
        let confusions: [Result<Vec<f64>>; 2] = [off(&one), off(&other)];
        let [first, second] = confusions;
        Ok(Self {
            entropies: spearman(&one.entropies(), &other.entropies()),
            confusions: pearson(&first?, &second?),
            second_best: second_best(&one, &other)
                .zip(second_best(&other, &one))
                .map(|(there, back)| (there + back) / 2.0),
            cross_entropy: (cost(&one, &other) + cost(&other, &one)) / 2.0,
        })
    }
}

fn second_best(people: &HumanChoices, others: &HumanChoices) -> Option<f64> {
    second_best_accuracy(&people.second_choices(), &others.numbers())
}

fn cost(people: &HumanChoices, others: &HumanChoices) -> f64 {
    cross_entropy(&people.probabilities(), &smoothed(others)).0
}

/// Probabilities as if one more judgement were spread over all classes.
fn smoothed(half: &HumanChoices) -> Array2<f64> {
    let counts = half.numbers() + 1.0 / half.classes() as f64;
    let sums = counts.sum_axis(Axis(1)).insert_axis(Axis(1));
    counts / sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use ndarray::array;

    #[test]
    fn one_more_judgement_is_spread_over_classes() {
        let half = HumanChoices::new(array![[3, 0], [1, 2]]).unwrap();
        assert_eq!(smoothed(&half), array![[3.5 / 4.0, 0.5 / 4.0], [1.5 / 4.0, 2.5 / 4.0]]);
    }

    /// Two judgements of one image, one for each class, and unanimous ones of another.
    #[test]
    fn a_split_that_can_only_fall_in_one_way() {
        let choices = HumanChoices::new(array![[1, 1], [0, 2]]).unwrap();
        let split = Split::random(&choices, &[0, 1], &mut random::stream(0, "split")).unwrap();
        assert_eq!((split.entropies, split.second_best), (None, None));
        // Each half gives a quarter to what the other chose, and then three quarters.
        let expected = -(0.25_f64.ln() + 0.75_f64.ln()) / 2.0;
        assert!((split.cross_entropy - expected).abs() < 1e-12, "{}", split.cross_entropy);
        // One half chose class 1 for label 0, the other did not; neither chose 0 for label 1.
        assert_eq!(split.confusions, None);
    }
}
