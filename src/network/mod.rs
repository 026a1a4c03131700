//! The network as plain data.
//!
//! A [`Network`] is a stack of [`Layer`]s, built from an [`Architecture`]. A layer knows three
//! products: [`forward`](Layer::forward), [`backward`](Layer::backward) and
//! [`outer`](Layer::outer); every learning rule is made of these. [`Activity`] holds what the units
//! do on a batch, [`Updates`] one change for every synapse, and [`BackwardPass`] the backward pass
//! of an output error, through the forward weights or through any other weights of the same shape.

mod activation;
mod activity;
mod architecture;
mod backward_pass;
mod batch;
mod convolution_layer;
mod initialiser;
mod inputs;
mod layer;
mod layout;
mod named;
mod normaliser;
mod products;
mod shortcut;
mod show;
mod tiny;
mod units;
mod updates;

use std::fmt;

use ndarray::{Array2, ArrayView2, Zip};

pub use activation::Activation;
pub use activity::Activity;
pub use architecture::{Architecture, Bias};
pub use backward_pass::{BackwardPass, Feedback};
pub use batch::Batch;
pub use convolution_layer::ConvolutionLayer;
pub use initialiser::Initialiser;
pub use inputs::{Inputs, Scratch};
pub use layer::Layer;
pub(crate) use layer::MOST_POOLED;
pub(crate) use layout::Layout;
pub use normaliser::{LocalResponse, Normaliser};
#[cfg(test)]
pub(crate) use products::loops;
pub(crate) use products::mean_square_norm;
pub use products::{Connectivity, Convolution, Pooling, Store};
pub use shortcut::Shortcut;
pub use units::{Trace, Units, UnitsMut};
pub use updates::{LayerUpdate, Updates};

use crate::data::Objective;
use crate::simd;

/// A matrix of single-precision numbers: examples × units, or output units × input units.
pub type Matrix = Array2<f32>;

/// A feedforward network: layers of synapses, and the objective that reads its output.
#[derive(Clone, PartialEq)]
pub struct Network {
    layers: Vec<Layer>,
    objective: Objective,
}

impl Network {
    /// A network of these layers, from input to output.
    ///
    /// # Panics
    /// If there is no layer, a layer does not take what the layer below gives, or a shortcut does not
    /// come from an earlier layer of its size.
    pub fn new(layers: Vec<Layer>, objective: Objective) -> Self {
        assert!(!layers.is_empty(), "a network needs at least one layer");
        for pair in layers.windows(2) {
            assert_eq!(pair[0].outputs(), pair[1].inputs(), "layers must fit one another");
        }
        for (index, layer) in layers.iter().enumerate() {
            if let Some(shortcut) = layer.shortcut() {
                assert!(shortcut.from() < index, "a shortcut comes from an earlier layer");
                let source = layers[shortcut.from()].output_maps();
                assert_eq!(shortcut.source(), source, "a shortcut must fit where it comes from");
            }
        }
        Self { layers, objective }
    }

    /// What stands for a network that is no longer needed: it has no layers.
    pub(crate) fn forgotten(objective: Objective) -> Self {
        Self { layers: Vec::new(), objective }
    }

    /// The layers, from input to output.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The layers, to be changed in place; their sizes must stay.
    pub fn layers_mut(&mut self) -> &mut [Layer] {
        &mut self.layers
    }

    /// The number of layers of synapses.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// How the output is read and judged.
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The number of weights and biases.
    pub fn parameters(&self) -> usize {
        self.layers.iter().map(Layer::parameters).sum()
    }

    /// The activity of every layer on `inputs`, examples × input units.
    ///
    /// # Panics
    /// If `inputs` have another width.
    pub fn forward<'a>(&self, inputs: impl Into<Inputs<'a>>, activity: &mut Activity) {
        let inputs = inputs.into();
        activity.set_rows(inputs.nrows());
        for (index, layer) in self.layers.iter().enumerate() {
            let (below, out) = activity.below_and_out(index, &inputs);
            if layer.shortcut().is_none() {
                layer.forward_to_outputs(below, out);
            } else {
                layer.forward(below, out);
                activity.add_shortcut(index, layer);
                layer.activation.apply(activity.out_mut(index));
            }
        }
    }

    /// The output error δ_L = ∂L/∂a_L, examples × output units, and the mean loss L, of the forward
    /// pass that filled `activity`; `targets` are examples × output units. Where a learning rule of
    /// your own begins.
    ///
    /// ```
    /// use microlearners::prelude::*;
    ///
    /// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
    /// let network = Architecture::default().build(&task, &mut microlearners::random::stream(0, "init"));
    /// let mut activity = Activity::new(&network, 0);
    /// network.forward(task.test().inputs.view(), &mut activity);
    /// let (error, loss) = network.output_error(&activity, task.test().targets.view());
    /// assert_eq!(error.dim(), (200, 4));
    /// assert!(loss > 0.0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn output_error(&self, activity: &Activity, targets: ArrayView2<'_, f32>) -> (Matrix, f64) {
        let mut error = activity.out(self.depth() - 1).to_owned();
        let loss = self.objective.error(error.view_mut(), targets);
        (error, loss)
    }

    /// The outputs of each layer on `inputs`, examples × units, the lowest layer first. Those of
    /// the last layer are from before the read-out: under a softmax they are logits.
    ///
    /// # Panics
    /// If `inputs` have another width than the network.
    pub fn activities(&self, inputs: ArrayView2<'_, f32>) -> Vec<Matrix> {
        let mut activity = Activity::new(self, inputs.nrows());
        self.forward(inputs, &mut activity);
        (0..self.depth()).map(|layer| activity.out(layer).to_owned()).collect()
    }

    /// The network's answers to `inputs`: the forward pass and the read-out, examples × output
    /// units.
    ///
    /// # Panics
    /// If `inputs` have another width than the network.
    pub fn predict<'a>(&self, inputs: impl Into<Inputs<'a>>) -> Matrix {
        let inputs = inputs.into();
        let mut activity = Activity::new(self, inputs.nrows());
        self.forward(inputs, &mut activity);
        let mut answers = activity.out(self.depth() - 1).to_owned();
        self.objective.apply_readout(answers.view_mut());
        answers
    }

    /// Adds `change` to every synapse, after shrinking the weights by the change's own decay.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn apply(&mut self, change: &Updates) {
        let keep = 1.0 - change.decay;
        for (layer, update) in self.layers.iter_mut().zip(change.layers()) {
            layer.weights.zip_mut_with(&update.weights, |w, &d| *w = keep * *w + d);
            if let (Some(bias), Some(change)) = (&mut layer.bias, &update.bias) {
                *bias += change;
            }
        }
    }

    /// Multiplies `change` by `scale` and adds it, in one pass; its decay is not scaled.
    pub(crate) fn apply_scaled(&mut self, change: &mut Updates, scale: f32) {
        let keep = 1.0 - change.decay;
        for (layer, update) in self.layers.iter_mut().zip(change.layers_mut()) {
            let change = |w: &mut f32, d: &mut f32| {
                *d *= scale;
                *w = keep * *w + *d;
            };
            // Both have the same memory order, or the strided loop below is used.
            let same = layer.weights.strides() == update.weights.strides();
            match (
                layer.weights.as_slice_memory_order_mut(),
                update.weights.as_slice_memory_order_mut(),
            ) {
                (Some(weights), Some(changes)) if same => simd::zip(weights, changes, change),
                _ => Zip::from(&mut layer.weights).and(&mut update.weights).for_each(change),
            }
            if let (Some(bias), Some(change)) = (&mut layer.bias, &mut update.bias) {
                Zip::from(bias).and(change).for_each(|b, d| {
                    *d *= scale;
                    *b += *d;
                });
            }
        }
    }

    /// The same network with the weights of its lowest layer laid out as `layout` says.
    pub(crate) fn laid_out(&self, layout: Layout) -> Self {
        let mut network = self.clone();
        let lowest = &mut network.layers[0];
        // A convolution copies what it reads.
        if lowest.connectivity() == Connectivity::Dense {
            lowest.weights = layout.arrange(&lowest.weights);
        }
        network
    }

    /// The shortcuts that begin at layer `index`, each with the layer that it leads to.
    pub(crate) fn shortcuts_from(
        &self,
        index: usize,
    ) -> impl Iterator<Item = (usize, Shortcut)> + '_ {
        let above = self.layers.iter().enumerate().skip(index + 1);
        above.filter_map(move |(above, layer)| {
            let shortcut = layer.shortcut().filter(|shortcut| shortcut.from() == index)?;
            Some((above, shortcut))
        })
    }

    /// Whether a layer adds the outputs of an earlier one.
    pub(crate) fn has_shortcuts(&self) -> bool {
        self.layers.iter().any(|layer| layer.shortcut().is_some())
    }

    /// Whether a layer's drive is normalised.
    pub(crate) fn normalises(&self) -> bool {
        self.layers.iter().any(|layer| layer.normaliser().is_some())
    }

    /// The numbers of units, such as `784-100-10`.
    fn sizes(&self) -> String {
        let above = self.layers.iter().map(Layer::outputs);
        let sizes = std::iter::once(self.layers[0].inputs()).chain(above);
        sizes.map(|units| units.to_string()).collect::<Vec<_>>().join("-")
    }

    /// Whether every weight and bias is finite.
    pub fn is_finite(&self) -> bool {
        self.layers.iter().all(Layer::is_finite)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "network {}, {}, {} parameters",
            self.sizes(),
            self.objective,
            self.parameters()
        )?;
        for (index, layer) in self.layers.iter().enumerate() {
            write!(f, "\n  layer {}: {layer}", index + 1)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
