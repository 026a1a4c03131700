//! A convolution over the checkpoints of a trajectory.

mod learner;
mod pooling;
mod time_axis;

use std::fmt::Write as _;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub use pooling::TimePooling;

use super::classifier::{Classifier, Fitted, show_classifiers};
use super::convergence::Convergence;
use super::recipe::Recipe;
use crate::classification::samples::{Samples, Scale};
use crate::error::{check_at_most, check_count, check_not_negative, check_positive};
use crate::{Error, Result};
use learner::{Sequences, TimeNetwork, learn};
use time_axis::TimeAxis;

/// More than any small network needs; catches a mistyped number before it takes all memory.
const MOST_FILTERS: usize = 10_000;

/// A one-dimensional convolution over time on z-scored features, trained by backprop and Adam.
///
/// Filters of rectified units are moved over the checkpoints. The channels of a checkpoint are all
/// observables that a sample has there, those of several layers side by side. A filter sees
/// [`kernel_size`](Self::kernel_size) checkpoints at a time, and its weights are the same at each
/// position. A softmax layer reads the filters at all positions, or what pooling leaves of these.
/// With a kernel of 1 nothing is compared across time before the read-out; one as long as the
/// trajectory is a hidden layer that reads everything, as in
/// [`NeuralNetwork`](super::NeuralNetwork).
///
/// It takes samples of at least two checkpoints, such as those of
/// [`CheckpointSelection::All`](crate::classification::CheckpointSelection::All), and takes
/// checkpoints to be evenly spaced. Features without a checkpoint (the depth of the layer) are
/// channels that stay the same.
///
/// Nayebi et al. 2020, arXiv 2010.11765, and their code (`neuroailab/lr-identify`, files
/// `fit_pipeline.py` and `cls_cv_params.py`). Theirs are one convolution without padding, rectified
/// units, the mean or the maximum over all positions or no pooling, and a softmax layer. So are
/// Adam, 400 epochs, Glorot's initial weights, L2 regularisation of weights and biases, and z-scores
/// for each observable at each checkpoint. They search 20 or 40 filters, kernels of 1, 2, 6, 11 or
/// 21 checkpoints, strides of 1, 2 or 4, the three poolings, learning rates of 1e-3 or 1e-4, batches
/// of 512 or 1024, and a regularisation of 1e-4 or none. Ours are a kernel of 5 instead of a search,
/// pools smaller than all positions, batches of 32, a last batch that may be smaller instead of left
/// out, and z-scores for the depth too.
///
/// ```
/// use microlearners::prelude::*;
///
/// let pooled = TemporalConvolution {
///     kernel_size: 11,
///     pooling: TimePooling::Max,
///     ..TemporalConvolution::default()
/// };
/// assert_eq!(pooled.name(), "convolution over time, 20 filters of 11 checkpoints, maximum");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemporalConvolution {
    /// The number of filters, at least 1; default 20.
    pub filters: usize,
    /// How many consecutive checkpoints a filter sees, from 1 to as many as the samples have;
    /// default 5.
    pub kernel_size: usize,
    /// By how many checkpoints a filter moves, at least 1; default 1.
    pub stride: usize,
    /// What is kept of the positions of a filter; default every one of them.
    pub pooling: TimePooling,
    /// How many positions are pooled together, at least 1; default none, all of them. Pools do not
    /// overlap, and positions left over at the end are not read.
    pub pool_size: Option<usize>,
    /// Adam's learning rate, above 0; default 0.001.
    pub learning_rate: f64,
    /// Passes over the training samples, at least 1; default 400, as in the 2020 code.
    pub epochs: usize,
    /// Samples per step, at least 1; default 32.
    pub batch_size: usize,
    /// Adds this times W to the gradient of the mean loss, for weights and biases; at least 0,
    /// default 1e-4.
    pub weight_decay: f64,
}

impl Default for TemporalConvolution {
    fn default() -> Self {
        Self {
            filters: 20,
            kernel_size: 5,
            stride: 1,
            pooling: TimePooling::None,
            pool_size: None,
            learning_rate: 1e-3,
            epochs: 400,
            batch_size: 32,
            weight_decay: 1e-4,
        }
    }
}

#[derive(Debug)]
struct FittedConvolution {
    scale: Scale,
    axis: TimeAxis,
    network: TimeNetwork,
    name: String,
    has_converged: bool,
}

impl TemporalConvolution {
    /// Whether filters and pools fit on so many checkpoints.
    fn check_fit(&self, checkpoints: usize) -> Result<()> {
        if self.kernel_size > checkpoints {
            let requirement = format!(
                "the samples have {checkpoints} checkpoints: choose a kernel of at most {checkpoints}, or more checkpoints"
            );
            return Err(Error::setting("kernel_size", self.kernel_size, requirement));
        }
        let positions = (checkpoints - self.kernel_size) / self.stride.max(1) + 1;
        match self.pool_size {
            Some(size) if size > positions => {
                let requirement = format!(
                    "a kernel of {} with a stride of {} has {positions} positions on {checkpoints} checkpoints: choose a \
                     pool of at most {positions}, or none for all positions",
                    self.kernel_size, self.stride
                );
                Err(Error::setting("pool_size", size, requirement))
            }
            _ => Ok(()),
        }
    }
}

/// Whether the loss has stopped falling: its mean over the last tenth of the epochs is lower than
/// over the tenth before by less than 1 % of what guessing costs, ln(classes) nats.
fn has_settled(losses: &[f64], classes: usize) -> bool {
    let tenth = (losses.len() / 10).max(1);
    if losses.len() < 2 * tenth {
        return false;
    }
    let (before, last) = losses[losses.len() - 2 * tenth..].split_at(tenth);
    let [before, last] = [before, last].map(|part| part.iter().sum::<f64>() / tenth as f64);
    before - last < 0.01 * (classes as f64).ln()
}

impl Classifier for TemporalConvolution {
    fn name(&self) -> String {
        let unit = if self.kernel_size == 1 { "checkpoint" } else { "checkpoints" };
        let mut name = format!(
            "convolution over time, {} filters of {} {unit}",
            self.filters, self.kernel_size
        );
        if self.stride > 1 {
            let _ = write!(name, ", stride {}", self.stride);
        }
        name += match self.pooling {
            TimePooling::None => "",
            TimePooling::Mean => ", mean",
            TimePooling::Max => ", maximum",
        };
        if let Some(size) = self.pool_size {
            let _ = write!(name, " of {size} positions");
        }
        name
    }

    fn recipe(&self) -> Option<String> {
        Recipe::TemporalConvolution(self.clone()).text()
    }

    fn check(&self) -> Result<()> {
        check_count("filters", self.filters)?;
        check_at_most("filters", self.filters, MOST_FILTERS)?;
        check_count("kernel_size", self.kernel_size)?;
        check_count("stride", self.stride)?;
        if let Some(size) = self.pool_size {
            check_count("pool_size", size)?;
            if self.pooling == TimePooling::None {
                let requirement = "without pooling there are no pools: choose TimePooling::Mean or TimePooling::Max, or \
                                   leave it out";
                return Err(Error::setting("pool_size", size, requirement));
            }
        }
        check_positive("learning_rate", self.learning_rate)?;
        check_count("epochs", self.epochs)?;
        check_count("batch_size", self.batch_size)?;
        check_not_negative("weight_decay", self.weight_decay)
    }

    fn check_samples(&self, samples: &Samples) -> Result<()> {
        samples.check()?;
        self.check_fit(TimeAxis::of(&samples.feature_names)?.checkpoints())
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        self.check()?;
        self.check_samples(samples)?;
        let axis = TimeAxis::of(&samples.feature_names)?;
        let scale = Scale::new(&samples.features);
        let inputs = axis.arrange(&scale.apply(&samples.features));
        let classes = samples.classes.len();
        let sequences = Sequences { inputs: &inputs, labels: &samples.labels, classes };
        let (network, losses) = learn(self, &axis, &sequences, seed)?;
        let has_converged = has_settled(&losses, classes);
        Ok(Box::new(FittedConvolution { scale, axis, network, name: self.name(), has_converged }))
    }
}

impl Fitted for FittedConvolution {
    fn features(&self) -> usize {
        self.scale.features()
    }

    fn judge(&self, features: &Array2<f64>) -> Array2<f64> {
        let inputs = self.axis.arrange(&self.scale.apply(features));
        self.network.predict(&inputs).mapv(f64::from)
    }

    fn convergence(&self) -> Vec<Convergence> {
        Convergence::of(&self.name, self.has_converged)
    }
}

show_classifiers!(TemporalConvolution);

#[cfg(test)]
mod tests;
