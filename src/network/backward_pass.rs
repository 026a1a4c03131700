use ndarray::ArrayView2;

use super::products::Left;
use super::{Activity, Batch, Connectivity, Inputs, Matrix, Network, Store, Updates};

/// The weights through which an error travels down.
#[derive(Clone, Copy, Debug)]
pub enum Feedback<'a> {
    /// The network's own forward weights, as in backpropagation.
    Symmetric,
    /// Other weights: one matrix per layer, each in the shape of that layer's weights. The lowest
    /// layer's is never used.
    Layerwise(&'a [Matrix]),
    /// Weights that take the output error straight to every hidden layer: one matrix for each of
    /// these, output units × the layer's units.
    Direct(&'a [Matrix]),
}

/// A forward pass, the output error, its way down through some weights, and the proposals that
/// follow:
///
/// δ_L = ∂𝓛/∂a_L, δ_l = (K_{l+1}ᵀ δ_{l+1}) ⊙ φ′(a_l), or (K_lᵀ δ_L) ⊙ φ′(a_l) where it goes
/// straight there, G_l = δ_l h_{l−1}ᵀ
///
/// Layer by layer it also goes through residual connections, as it is. Between a layer's drive and
/// its product it goes back through pooling and normaliser.
///
/// with a the pre-activations, h = φ(a) the outputs (h_0 the input), 𝓛 the loss, L the number of
/// layers, and K the forward weights (backpropagation) or others (the feedback family). Owns the
/// buffers, so that a step allocates nothing.
#[derive(Clone, Debug)]
pub struct BackwardPass {
    activity: Activity,
    deltas: Activity,
}

impl BackwardPass {
    /// Buffers for `network`; they grow to the largest batch they see.
    pub fn new(network: &Network) -> Self {
        Self { activity: Activity::new(network, 0), deltas: Activity::new(network, 0) }
    }

    /// Adds G to `updates`, and returns the mean loss of the batch; inputs are examples × input
    /// units, targets examples × output units.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        feedback: Feedback<'_>,
        updates: &mut Updates,
    ) -> f64 {
        network.forward(batch.inputs, &mut self.activity);
        let loss = self.output_error(network, batch.targets);
        self.carry(network, feedback);
        (0..network.depth()).for_each(|index| self.learn(network, batch.inputs, index, updates));
        loss
    }

    /// The same for the uppermost layer alone: there is no backward pass, and the layers below
    /// propose nothing.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn propose_read_out(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
    ) -> f64 {
        network.forward(batch.inputs, &mut self.activity);
        let loss = self.output_error(network, batch.targets);
        self.learn(network, batch.inputs, network.depth() - 1, updates);
        loss
    }

    /// The outputs h of the last proposal's forward pass, examples × units in each layer; those of
    /// the last layer are from before the read-out.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// The errors δ of the last proposal, examples × units in each layer.
    pub fn deltas(&self) -> &Activity {
        &self.deltas
    }

    /// Adds G of one layer.
    fn learn(&self, network: &Network, inputs: Inputs<'_>, index: usize, updates: &mut Updates) {
        let below = self.activity.below(index, &inputs);
        let update = &mut updates.layers_mut()[index];
        let deltas = self.activity.through(index, self.deltas.out(index));
        network.layers()[index].outer(below, deltas, 1.0, update);
    }

    fn output_error(&mut self, network: &Network, targets: ArrayView2<'_, f32>) -> f64 {
        let last = network.depth() - 1;
        self.deltas.set_rows(self.activity.rows());
        let mut error = self.deltas.out_mut(last);
        error.assign(&self.activity.out(last));
        network.objective().error(error, targets)
    }

    fn carry(&mut self, network: &Network, feedback: Feedback<'_>) {
        let last = network.depth() - 1;
        for index in (0..last).rev() {
            match feedback {
                Feedback::Symmetric => {
                    self.carry_down(network, index, &network.layers()[index + 1].weights);
                }
                Feedback::Layerwise(kernels) => {
                    self.carry_down(network, index, &kernels[index + 1]);
                }
                Feedback::Direct(kernels) => {
                    self.carry_from_output(network, index, &kernels[index])
                }
            }
        }
    }

    /// The errors of layer `index` from those of the layer above.
    fn carry_down(&mut self, network: &Network, index: usize, kernel: &Matrix) {
        let (delta, error) = self.deltas.pair_mut(index, index + 1);
        let error = self.activity.through(index + 1, error.numbers());
        let out = self.activity.out(index).to_slice().expect("activity is contiguous");
        let (units, activation) = (delta.ncols(), network.layers()[index].activation);
        let slopes: Left<'_> = &|first, delta| {
            activation.multiply_by_slope(delta, &out[first * units..][..delta.len()]);
        };
        let above = &network.layers()[index + 1];
        if network.shortcuts_from(index).next().is_none() {
            above.backward_and(error, kernel, Store::Overwrite, delta, Some(slopes));
        } else {
            above.backward(error, kernel, delta);
            self.deltas.add_shortcut_errors(index, network);
            slopes(0, self.deltas.out_mut(index).into_slice().expect("errors are contiguous"));
        }
    }

    /// The errors of layer `index` from those of the uppermost layer.
    fn carry_from_output(&mut self, network: &Network, index: usize, kernel: &Matrix) {
        let (mut delta, error) = self.deltas.pair_mut(index, network.depth() - 1);
        let (error, kernel) = (error.numbers(), kernel.view());
        Connectivity::Dense.backward(error, kernel, Store::Overwrite, delta.view_mut());
        let out = self.activity.out(index).to_slice().expect("activity is contiguous");
        let delta = delta.into_slice().expect("errors are contiguous");
        network.layers()[index].activation.multiply_by_slope(delta, out);
    }
}
