//! A batch as the hidden layers receive it, and the labels that are written into it.

use ndarray::{ArrayView2, ArrayViewMut2, Axis, Zip, s};

use super::ForwardForward;
use crate::data::FeatureMaps;
use crate::network::{Activity, Connectivity, Inputs, Matrix, Network, Store};

/// A batch without labels, and what these add.
#[derive(Clone, Debug)]
pub(super) struct Stimulus {
    /// What was in the inputs where labels are written, examples × classes; and what the lowest
    /// layer makes of the inputs with 0 there, examples × units.
    unlabelled: Activity,
    /// What each label adds to that, classes × units; fewer where inputs are.
    pub(super) written: Matrix,
    /// Where labels are written if the lowest layer is a convolution.
    pub(super) planes: Option<Planes>,
}

/// Channels for labels, the last ones of a convolution's inputs, and the inputs without labels.
#[derive(Clone, Debug)]
pub(super) struct Planes {
    maps: FeatureMaps,
    classes: usize,
    amplitude: f32,
    /// Examples × input units.
    inputs: Activity,
}

impl Planes {
    /// None if the lowest layer is no convolution, or has no channels to spare.
    pub(super) fn of(network: &Network) -> Option<Self> {
        let Connectivity::Convolution(c) = network.layers()[0].connectivity() else { return None };
        let classes = network.layers()[network.depth() - 1].outputs();
        (c.input.channels > classes).then(|| Self {
            maps: c.input,
            classes,
            amplitude: 0.0,
            inputs: Activity::of_widths(&[c.input.units()]),
        })
    }

    /// The inputs with these labels, at every place.
    pub(super) fn write(&self, labels: Labels<'_>, mut into: ArrayViewMut2<'_, f32>) {
        into.assign(&self.inputs.out(0));
        let first = self.maps.channels - self.classes;
        let faint = self.amplitude / self.classes as f32;
        for (example, mut row) in into.rows_mut().into_iter().enumerate() {
            let label = match labels {
                Labels::Each(labels) => Some(labels[example]),
                Labels::All(label) => Some(label),
                Labels::Neutral => None,
            };
            let row = row.as_slice_mut().expect("activity is contiguous");
            for place in row.chunks_exact_mut(self.maps.channels) {
                match label {
                    Some(label) => place[first + label] = self.amplitude,
                    None => place[first..].fill(faint),
                }
            }
        }
    }
}

impl Stimulus {
    pub(super) fn new(network: &Network) -> Self {
        let lowest = &network.layers()[0];
        let classes = network.layers()[network.depth() - 1].outputs().min(lowest.inputs());
        Self {
            unlabelled: Activity::of_widths(&[classes, lowest.outputs()]),
            written: Matrix::zeros((classes, lowest.outputs())),
            planes: Planes::of(network),
        }
    }

    pub(super) fn present(&mut self, network: &Network, inputs: Inputs<'_>, rule: &ForwardForward) {
        let (lowest, classes) = (&network.layers()[0], self.written.nrows());
        self.unlabelled.set_rows(inputs.nrows());
        if let Some(planes) = &mut self.planes {
            planes.amplitude = rule.label_amplitude as f32;
            planes.inputs.set_rows(inputs.nrows());
            planes.inputs.out_mut(0).assign(&inputs.dense());
            return;
        }
        inputs.leading(self.unlabelled.out_mut(0));
        let (mut drive, leading) = self.unlabelled.above_mut(1);
        lowest.forward(inputs, drive.reborrow());
        let kernel = lowest.weights.slice(s![.., ..classes]);
        Connectivity::Dense.forward(leading, kernel, Store::Add(-1.0), drive.into_numbers());
        let amplitude = rule.label_amplitude as f32;
        Zip::from(&mut self.written)
            .and(lowest.weights.slice(s![.., ..classes]).t())
            .for_each(|added, &w| *added = amplitude * w);
    }

    pub(super) fn rows(&self) -> usize {
        self.unlabelled.rows()
    }

    pub(super) fn leading(&self) -> ArrayView2<'_, f32> {
        self.unlabelled.out(0)
    }

    /// What the lowest layer's units receive with these labels written in.
    pub(super) fn receive(&self, labels: Labels<'_>, mut a: ArrayViewMut2<'_, f32>) {
        a.assign(&self.unlabelled.out(1));
        let classes = self.written.nrows();
        match labels {
            Labels::Each(labels) => {
                for (mut a, &label) in a.rows_mut().into_iter().zip(labels) {
                    if label < classes {
                        a += &self.written.row(label);
                    }
                }
            }
            Labels::All(label) if label < classes => a += &self.written.row(label),
            Labels::All(_) => {}
            Labels::Neutral => {
                let mean = self.written.sum_axis(Axis(0)) / classes as f32;
                a += &mean;
            }
        }
    }
}

/// What is written into the inputs.
#[derive(Clone, Copy)]
pub(super) enum Labels<'a> {
    /// To each example its own.
    Each(&'a [usize]),
    /// To all the same.
    All(usize),
    /// All labels at once, faintly.
    Neutral,
}
