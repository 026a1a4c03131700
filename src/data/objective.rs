use std::fmt;

use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2, Zip};
use serde::{Deserialize, Serialize};

use super::contrast;

/// What is asked of a network's output: the read-out, and the loss that judges it.
///
/// Write `o` for the output layer's activity, `y` for the target. Losses are averaged over examples
/// and summed over output units. A softmax belongs to the read-out, not to the output layer: that
/// layer's own activity are the logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Softmax of the logits, cross-entropy −Σ y ln ŷ.
    SoftmaxCrossEntropy,
    /// Sigmoid output units, binary cross-entropy −Σ [y ln ŷ + (1−y) ln(1−ŷ)].
    SigmoidCrossEntropy,
    /// Sigmoid output units, Σ (y − ŷ)².
    SigmoidSquaredError,
    /// Linear output units, ½ Σ (y − ŷ)².
    LinearSquaredError,
    /// Linear output units z. Examples come in pairs. Each example has to find its partner among
    /// all others of the batch: −ln of the softmax, over the others, of the cosines of their z
    /// divided by the temperature [`TEMPERATURE`](Objective::TEMPERATURE). There are no targets. Chen et
    /// al. 2020 (SimCLR), arXiv 2002.05709.
    Contrastive,
}

/// Keeps logarithms of vanishing probabilities finite; far below what `f32` resolves near 1.
const TINY: f32 = 1e-30;

impl Objective {
    /// τ of the contrastive objective; Chen et al. 2020 choose 0.5 for small images.
    pub const TEMPERATURE: f32 = 0.5;

    /// Whether there are targets that output units can be held to.
    pub fn has_targets(self) -> bool {
        self != Self::Contrastive
    }

    /// Turns the output layer's activity `o`, examples × units, into the answer ŷ, in place.
    pub fn apply_readout(self, mut output: ArrayViewMut2<'_, f32>) {
        if self == Self::SoftmaxCrossEntropy {
            output.rows_mut().into_iter().for_each(softmax);
        }
    }

    /// Replaces the output layer's activity, examples × units, by the error δ = ∂L/∂a, with `a` the
    /// output layer's pre-activation and L the mean loss, and returns that loss; `targets` are
    /// examples × units.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn error(self, mut output: ArrayViewMut2<'_, f32>, targets: ArrayView2<'_, f32>) -> f64 {
        if self == Self::Contrastive {
            return contrast::error(output);
        }
        self.apply_readout(output.view_mut());
        let loss = self.loss(output.view(), targets);
        let scale = 1.0 / output.nrows() as f32;
        Zip::from(&mut output).and(&targets).for_each(|o, &y| *o = scale * self.slope(*o, y));
        loss
    }

    /// ∂(loss of one example)/∂(pre-activation of one unit), from its answer and its target.
    fn slope(self, answer: f32, target: f32) -> f32 {
        match self {
            Self::SigmoidSquaredError => 2.0 * (answer - target) * answer * (1.0 - answer),
            Self::SoftmaxCrossEntropy
            | Self::SigmoidCrossEntropy
            | Self::LinearSquaredError
            | Self::Contrastive => answer - target,
        }
    }

    /// The mean loss of the answers ŷ, examples × units, given targets of the same shape.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn loss(self, answers: ArrayView2<'_, f32>, targets: ArrayView2<'_, f32>) -> f64 {
        if self == Self::Contrastive {
            return contrast::loss(answers);
        }
        let mut sum = 0.0_f64;
        Zip::from(&answers)
            .and(&targets)
            .for_each(|&answer, &y| sum += f64::from(self.unit_loss(answer, y)));
        sum / answers.nrows() as f64
    }

    /// The loss of each example by itself, in place of what is in `each`; their mean is
    /// [`loss`](Self::loss).
    ///
    /// # Panics
    /// If the shapes differ, or for an objective that judges no example by itself
    /// ([`Contrastive`](Self::Contrastive)).
    pub fn losses(
        self,
        answers: ArrayView2<'_, f32>,
        targets: ArrayView2<'_, f32>,
        each: &mut Vec<f64>,
    ) {
        assert!(self.has_targets(), "pairs are judged among all examples");
        assert_eq!(answers.dim(), targets.dim(), "as many answers as targets");
        each.clear();
        each.extend(answers.rows().into_iter().zip(targets.rows()).map(|(answers, targets)| {
            let units = answers.iter().zip(targets);
            units.map(|(&answer, &y)| f64::from(self.unit_loss(answer, y))).sum::<f64>()
        }));
    }

    fn unit_loss(self, answer: f32, target: f32) -> f32 {
        match self {
            Self::SoftmaxCrossEntropy if target == 0.0 => 0.0,
            Self::SoftmaxCrossEntropy => -target * log(answer),
            Self::SigmoidCrossEntropy => {
                -(target * log(answer) + (1.0 - target) * log(1.0 - answer))
            }
            Self::SigmoidSquaredError => (answer - target) * (answer - target),
            Self::LinearSquaredError | Self::Contrastive => {
                0.5 * (answer - target) * (answer - target)
            }
        }
    }
}

/// The logarithm, kept finite at 0 but not at NaN: a network that has diverged must be seen to.
fn log(probability: f32) -> f32 {
    if probability < TINY { TINY.ln() } else { probability.ln() }
}

fn softmax(mut row: ArrayViewMut1<'_, f32>) {
    let largest = row.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    row.mapv_inplace(|o| (o - largest).exp());
    let sum = row.sum();
    row.mapv_inplace(|o| o / sum);
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SoftmaxCrossEntropy => "softmax + cross-entropy",
            Self::SigmoidCrossEntropy => "sigmoid + cross-entropy",
            Self::SigmoidSquaredError => "sigmoid + squared error",
            Self::LinearSquaredError => "linear + squared error",
            Self::Contrastive => "linear + contrast",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn softmax_cross_entropy_by_hand() {
        let mut output = array![[0.0_f32, 3.0_f32.ln()]];
        let loss =
            Objective::SoftmaxCrossEntropy.error(output.view_mut(), array![[1.0, 0.0]].view());
        assert!((loss - 4.0_f64.ln()).abs() < 1e-6);
        assert!((output[(0, 0)] + 0.75).abs() < 1e-6 && (output[(0, 1)] - 0.75).abs() < 1e-6);
    }

    #[test]
    fn squared_errors_by_hand() {
        let mut output = array![[0.8_f32], [0.5]];
        let targets = array![[1.0], [0.0]];
        let loss = Objective::SigmoidSquaredError.error(output.view_mut(), targets.view());
        assert!((loss - (0.04 + 0.25) / 2.0).abs() < 1e-6);
        assert!((output[(0, 0)] - 2.0 * -0.2 * 0.16 / 2.0).abs() < 1e-6);
        let loss = Objective::LinearSquaredError.loss(array![[3.0]].view(), array![[1.0]].view());
        assert_eq!(loss, 2.0);
    }

    #[test]
    fn a_network_that_answers_nan_has_a_loss_of_nan() {
        for objective in [Objective::SoftmaxCrossEntropy, Objective::SigmoidCrossEntropy] {
            assert!(objective.loss(array![[f32::NAN]].view(), array![[1.0]].view()).is_nan());
        }
    }
}
