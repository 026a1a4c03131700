//! A forward pass in which the length of what a layer passes on says nothing.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, Zip};

use super::ForwardForward;
use super::stimulus::{Labels, Stimulus};
use crate::network::{Activation, Activity, Inputs, Network};

/// Which way goodness is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    Up,
    Down,
}

/// A forward pass of the hidden layers under some labels.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// z of each layer, and then δ.
    pub(super) out: Activity,
    /// ẑ of each layer.
    pub(super) scaled: Activity,
    /// The inputs with labels, where these have channels of their own.
    pub(super) labelled: Activity,
}

impl Pass {
    pub(super) fn new(network: &Network) -> Self {
        let labelled = Activity::of_widths(&[network.layers()[0].inputs()]);
        Self { out: Activity::new(network, 0), scaled: Activity::new(network, 0), labelled }
    }

    pub(super) fn run(&mut self, network: &Network, stimulus: &Stimulus, labels: Labels<'_>) {
        self.out.set_rows(stimulus.rows());
        self.scaled.set_rows(stimulus.rows());
        for (index, layer) in network.layers().iter().enumerate().take(network.depth() - 1) {
            match (index, &stimulus.planes) {
                (0, None) => stimulus.receive(labels, self.out.out_mut(0)),
                (0, Some(planes)) => {
                    self.labelled.set_rows(stimulus.rows());
                    planes.write(labels, self.labelled.out_mut(0));
                    layer.forward(self.labelled.out(0), self.out.units_mut(0));
                }
                _ => {
                    normalise(self.out.out(index - 1), self.scaled.out_mut(index - 1));
                    layer.forward(self.scaled.out(index - 1), self.out.units_mut(index));
                }
            }
            layer.activation.apply(self.out.out_mut(index));
        }
    }

    /// Lets the output layer read the highest hidden layer while no label is preferred, or the
    /// inputs as they are where there is no hidden layer.
    pub(super) fn read(&mut self, network: &Network, stimulus: &Stimulus, inputs: Inputs<'_>) {
        self.run(network, stimulus, Labels::Neutral);
        let last = network.depth() - 1;
        let layer = &network.layers()[last];
        if last > 0 {
            normalise(self.out.out(last - 1), self.scaled.out_mut(last - 1));
        }
        layer.forward(self.scaled.below(last, &inputs), self.out.out_mut(last));
        layer.activation.apply(self.out.out_mut(last));
    }

    /// Replaces a layer's z by the δ of its own loss.
    pub(super) fn teach(
        &mut self,
        index: usize,
        activation: Activation,
        rule: &ForwardForward,
        to: Pushed,
    ) {
        let (threshold, sharpness) = (rule.threshold as f32, rule.sharpness as f32);
        for mut row in self.out.out_mut(index).rows_mut() {
            let logit = sharpness * (per_unit(row.view()) - threshold);
            let error = match to {
                Pushed::Up => -Activation::Sigmoid.of(-logit),
                Pushed::Down => Activation::Sigmoid.of(logit),
            };
            let by = error * 2.0 * sharpness / row.len() as f32;
            row.mapv_inplace(|z| by * z * activation.slope(z));
        }
    }
}

/// Keeps a silent layer silent instead of dividing 0 by 0.
pub(super) const TINY: f32 = 1e-8;

/// ẑ = z/(‖z‖/√n + ε) of each example.
pub(super) fn normalise(z: ArrayView2<'_, f32>, mut scaled: ArrayViewMut2<'_, f32>) {
    for (z, mut scaled) in z.rows().into_iter().zip(scaled.rows_mut()) {
        let length = per_unit(z).sqrt() + TINY;
        Zip::from(&mut scaled).and(&z).for_each(|scaled, &z| *scaled = z / length);
    }
}

/// A layer's goodness, divided by the number of its units.
pub(super) fn per_unit(units: ArrayView1<'_, f32>) -> f32 {
    units.dot(&units) / units.len() as f32
}
