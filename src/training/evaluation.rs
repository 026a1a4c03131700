use std::fmt;

use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::data::Examples;
use crate::network::{Inputs, Network, Room};
use crate::rules::Learner;

/// How a network does on some examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The mean loss; of a contrast, in which the others count, over 500 views at a time.
    pub loss: f64,
    /// The fraction of examples whose largest answer is at the label, between 0 and 1; NaN where no class is asked for.
    pub accuracy: f64,
}

impl Score {
    /// The accuracy, if a class is asked for.
    pub(crate) fn accuracy_if_any(self) -> Option<f64> {
        (!self.accuracy.is_nan()).then_some(self.accuracy)
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

/// Scores at most `limit` examples, evenly spread over them, answered as the rule's networks answer. (The first ones
/// would not do: MNIST's first test images are harder than its last.)
pub(super) fn score(
    network: &Network,
    learner: &dyn Learner,
    examples: &Examples,
    limit: usize,
) -> Score {
    let together = examples.together();
    let all = examples.len() / together;
    let count = (limit / together).clamp(1, all) * together;
    let (mut loss, mut right) = (0.0, 0);
    let mut room = Room::default();
    for start in (0..count).step_by(CHUNK) {
        let end = (start + CHUNK).min(count);
        // Evenly spread; what belongs together stays so.
        let spread = |index: usize| {
            index / together * all / (count / together) * together + index % together
        };
        let chosen: Vec<usize> = (start..end).map(spread).collect();
        let rows: Vec<u32> = chosen.iter().map(|&index| index as u32).collect();
        let answers = learner.predict(network, Inputs::of(examples, &rows, &mut room));
        let targets = examples.targets.select(Axis(0), &chosen);
        loss += network.objective().loss(answers.view(), targets.view()) * (end - start) as f64;
        right += correct(answers.view(), chosen.iter().map(|&index| examples.labels[index]));
    }
    let accuracy = if examples.has_classes() { right as f64 / count as f64 } else { f64::NAN };
    Score { loss: loss / count as f64, accuracy }
}

fn correct(answers: ArrayView2<'_, f32>, labels: impl Iterator<Item = u8>) -> usize {
    let hits = answers.rows().into_iter().zip(labels).filter(|(row, label)| {
        // The first of the largest; a row of NaN has none and is wrong.
        let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        row.iter().position(|&o| o == largest) == Some(usize::from(*label))
    });
    hits.count()
}
