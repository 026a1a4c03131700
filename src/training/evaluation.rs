use std::fmt;

use ndarray::{ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::data::{Examples, Objective};
use crate::network::{Inputs, Matrix, Network, Scratch};
use crate::rules::Learner;

/// How a network does on some examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The mean loss; of a contrast, in which the others count, over 500 views at a time.
    pub loss: f64,
    /// The fraction of examples whose largest answer is at the label, between 0 and 1; NaN where no
    /// class is asked for.
    pub accuracy: f64,
}

impl Score {
    /// The accuracy, if a class is asked for.
    pub(crate) fn accuracy_if_any(self) -> Option<f64> {
        (!self.accuracy.is_nan()).then_some(self.accuracy)
    }
}

/// How far answers that are probabilities of classes can be trusted. Answers of a network of
/// sigmoid outputs are divided by their sum first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The mean probability of the class that is answered.
    pub confidence: f64,
    /// The expected calibration error, between 0 and 1: how far apart confidence and accuracy are,
    /// in the mean over fifteen bins of confidence of equal width, each weighted by its examples.
    /// Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, arXiv 1706.04599.
    pub error: f64,
    /// Brier's score, between 0 and 2: the mean squared distance of the probabilities from the
    /// one-hot target. Brier 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    pub brier: f64,
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "confidence {:.2} %, calibration error {:.2} %, Brier score {:.4}",
            100.0 * self.confidence,
            100.0 * self.error,
            self.brier
        )
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.accuracy.is_nan() {
            write!(f, "accuracy {:.2} %, ", 100.0 * self.accuracy)?;
        }
        write!(f, "loss {:.4}", self.loss)
    }
}

/// Examples answered at a time: large enough for the matrix product, small enough for the cache.
const CHUNK: usize = 500;

/// Scores at most `limit` examples, evenly spread over them, answered as the rule's networks
/// answer. (The first ones would not do: MNIST's first test images are harder than its last.)
pub(super) fn score(
    network: &Network,
    learner: &dyn Learner,
    examples: &Examples,
    limit: usize,
) -> Score {
    let mut scratch = Scratch::default();
    evaluate(network, examples, limit, |rows| {
        learner.predict(network, Inputs::select(examples, rows, &mut scratch))
    })
}

/// The score of what `answer` says of the examples of these numbers, at most `limit` of them.
pub(crate) fn evaluate(
    network: &Network,
    examples: &Examples,
    limit: usize,
    mut answer: impl FnMut(&[u32]) -> Matrix,
) -> Score {
    let (mut loss, mut right, mut count) = (0.0, 0, 0);
    for rows in chunks(examples, limit) {
        let answers = answer(&rows);
        let chosen: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
        let targets = examples.targets.select(Axis(0), &chosen);
        count += chosen.len();
        loss += network.objective().loss(answers.view(), targets.view()) * chosen.len() as f64;
        right += correct(answers.view(), chosen.iter().map(|&index| examples.labels[index]));
    }
    let accuracy = if examples.has_classes() { right as f64 / count as f64 } else { f64::NAN };
    Score { loss: loss / count as f64, accuracy }
}

/// The numbers of at most `limit` examples, evenly spread, some at a time; what belongs together
/// stays so.
fn chunks(examples: &Examples, limit: usize) -> impl Iterator<Item = Vec<u32>> {
    let together = examples.group_size();
    let all = examples.len() / together;
    let count = (limit / together).clamp(1, all) * together;
    let spread = move |index: usize| {
        (index / together * all / (count / together) * together + index % together) as u32
    };
    let chunk = move |start: usize| (start..(start + CHUNK).min(count)).map(spread).collect();
    (0..count).step_by(CHUNK).map(chunk)
}

/// How far answers to all examples can be trusted; none if they are no probabilities of classes.
pub(super) fn calibration(
    network: &Network,
    learner: &dyn Learner,
    examples: &Examples,
) -> Option<Calibration> {
    use Objective::{SigmoidCrossEntropy, SigmoidSquaredError, SoftmaxCrossEntropy};
    let is_probability = matches!(
        network.objective(),
        SoftmaxCrossEntropy | SigmoidCrossEntropy | SigmoidSquaredError
    );
    if !examples.has_classes() || !is_probability {
        return None;
    }
    let (mut scratch, mut bins) = (Scratch::default(), Bins::default());
    for rows in chunks(examples, usize::MAX) {
        let answers = learner.predict(network, Inputs::select(examples, &rows, &mut scratch));
        for (answer, &row) in answers.rows().into_iter().zip(&rows) {
            bins.add(answer, examples.labels[row as usize].into());
        }
    }
    bins.calibration()
}

/// Examples by the confidence of the answers to them.
#[derive(Default)]
struct Bins {
    /// In each bin: examples, the sum of their confidence, and how many are right.
    bins: [(f64, f64, f64); 15],
    brier: f64,
}

impl Bins {
    fn add(&mut self, answer: ArrayView1<'_, f32>, label: usize) {
        let sum: f64 = answer.iter().map(|&p| f64::from(p)).sum();
        let probability = |class: usize| f64::from(answer[class]) / sum;
        let best = (0..answer.len()).fold(0, |a, b| if answer[b] > answer[a] { b } else { a });
        let confidence = probability(best);
        let last = self.bins.len() - 1;
        let bin = ((confidence * self.bins.len() as f64) as usize).min(last);
        let (count, total, right) = &mut self.bins[bin];
        *count += 1.0;
        *total += confidence;
        *right += f64::from(u8::from(best == label));
        let miss = |class: usize| probability(class) - f64::from(u8::from(class == label));
        self.brier += (0..answer.len()).map(|class| miss(class).powi(2)).sum::<f64>();
    }

    /// None of a network that has diverged.
    fn calibration(&self) -> Option<Calibration> {
        let count: f64 = self.bins.iter().map(|bin| bin.0).sum();
        let confidence = self.bins.iter().map(|bin| bin.1).sum::<f64>() / count;
        let error = self.bins.iter().map(|bin| (bin.1 - bin.2).abs()).sum::<f64>() / count;
        let brier = self.brier / count;
        (confidence + brier).is_finite().then_some(Calibration { confidence, error, brier })
    }
}

fn correct(answers: ArrayView2<'_, f32>, labels: impl Iterator<Item = u8>) -> usize {
    let hits = answers.rows().into_iter().zip(labels).filter(|(row, label)| {
        // The first of the largest; a row of NaN has none and is wrong.
        let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        row.iter().position(|&o| o == largest) == Some(usize::from(*label))
    });
    hits.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn calibration_by_hand() {
        let mut bins = Bins::default();
        // One bin with confidences 0.8 and 0.82, one of them right; one with 0.5, right.
        bins.add(array![0.8_f32, 0.2].view(), 0);
        bins.add(array![0.18_f32, 0.82].view(), 0);
        bins.add(array![2.0_f32, 2.0].view(), 0);
        let found = bins.calibration().unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(found.confidence, (0.8 + 0.82 + 0.5) / 3.0));
        assert!(close(found.error, (0.62 + 0.5) / 3.0));
        assert!(close(found.brier, (0.08 + 2.0 * 0.82 * 0.82 + 0.5) / 3.0));
        bins.add(array![f32::NAN, 0.5].view(), 0);
        assert!(bins.calibration().is_none());
    }
}
