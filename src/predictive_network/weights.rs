//! What a network learns, and sums of its gradients.

use ndarray::Array1;
use rand::Rng as _;

use super::geometry::Geometry;
use super::{FeedbackWeights, PredictiveNetworkSettings, PredictiveReadOut, Recurrence};
use crate::network::{Initialiser, Matrix};
use crate::random::{self, Rng};

/// Those of one layer: filters × taps, and rates of its channels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LayerWeights {
    pub(super) feedforward: Matrix,
    /// None if they are the feed-forward weights.
    own_feedback: Option<Matrix>,
    /// Of local recurrence alone.
    pub(super) bypass: Option<Matrix>,
    /// a of the layer's channels before it is rectified; empty where nothing predicts the layer.
    pub(super) feedback_rates: Vec<f32>,
    /// b of the layer's channels before it is rectified.
    pub(super) feedforward_rates: Vec<f32>,
}

/// Those of a network, or a gradient in their shape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    pub(super) layers: Vec<LayerWeights>,
    /// Classes × what the classifier reads.
    pub(super) read_out: Matrix,
    pub(super) bias: Array1<f32>,
}

/// Whether weight decay makes numbers smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decay {
    Decays,
    Stays,
}

impl LayerWeights {
    pub(super) fn feedback(&self) -> &Matrix {
        self.own_feedback.as_ref().unwrap_or(&self.feedforward)
    }

    pub(super) fn feedback_mut(&mut self) -> &mut Matrix {
        self.own_feedback.as_mut().unwrap_or(&mut self.feedforward)
    }

    fn draw(
        settings: &PredictiveNetworkSettings,
        geometry: &Geometry,
        is_top: bool,
        rng: &mut Rng,
    ) -> Self {
        let (filters, taps) = (geometry.output().channels, geometry.taps());
        let inputs = geometry.input().channels;
        let back_taps = taps / inputs * filters;
        let shared = settings.feedback == FeedbackWeights::Shared;
        let drawn = if shared { Initialiser::GlorotNormal } else { Initialiser::UniformFanIn };
        let is_local = settings.recurrence == Recurrence::Local;
        let predicted = if is_top || is_local { 0 } else { filters };
        Self {
            feedforward: drawn.draw_like((filters, taps), (taps, back_taps), rng),
            own_feedback: (!shared)
                .then(|| drawn.draw_like((filters, taps), (back_taps, taps), rng)),
            bypass: is_local.then(|| {
                Initialiser::UniformFanIn.draw_like((filters, inputs), (inputs, filters), rng)
            }),
            feedback_rates: vec![settings.feedback_rate as f32; predicted],
            feedforward_rates: vec![settings.feedforward_rate as f32; filters],
        }
    }
}

impl Weights {
    pub(super) fn draw(
        settings: &PredictiveNetworkSettings,
        geometry: &[Geometry],
        classes: usize,
        seed: u64,
    ) -> Self {
        let mut rng = random::stream(seed, "predictive network weights");
        let top = geometry.len() - 1;
        let layer =
            |(index, geometry)| LayerWeights::draw(settings, geometry, index == top, &mut rng);
        let layers = geometry.iter().enumerate().map(layer).collect();
        let read = match settings.read_out {
            PredictiveReadOut::MeanOfMaps => geometry[top].output().channels,
            PredictiveReadOut::AllUnits => geometry[top].output().units(),
        };
        let read_out = Initialiser::UniformFanIn.draw(read, classes, &mut rng);
        let most = 1.0 / (read as f32).sqrt();
        let bias = Array1::from_shape_simple_fn(classes, || rng.gen_range(-most..most));
        Self { layers, read_out, bias }
    }

    /// All numbers, always in this order: of each layer, and then of the classifier.
    pub(super) fn parts_mut(&mut self) -> Vec<(&mut [f32], Decay)> {
        let mut parts = Vec::new();
        for layer in &mut self.layers {
            let matrices =
                [Some(&mut layer.feedforward), layer.own_feedback.as_mut(), layer.bypass.as_mut()];
            parts.extend(
                matrices.into_iter().flatten().map(|matrix| (numbers(matrix), Decay::Decays)),
            );
            parts.push((&mut layer.feedback_rates, Decay::Stays));
            parts.push((&mut layer.feedforward_rates, Decay::Stays));
        }
        parts.push((numbers(&mut self.read_out), Decay::Decays));
        parts.push((self.bias.as_slice_mut().expect("an array is contiguous"), Decay::Decays));
        parts
    }

    /// 0 in the shape of these.
    pub(super) fn zeros(&self) -> Self {
        let mut zeros = self.clone();
        zeros.parts_mut().into_iter().for_each(|(part, _)| part.fill(0.0));
        zeros
    }

    /// Adds those of another.
    pub(super) fn add(&mut self, other: &mut Self) {
        for ((to, _), (from, _)) in self.parts_mut().into_iter().zip(other.parts_mut()) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
        }
    }

    /// How many numbers are learned.
    pub(super) fn count(&self) -> usize {
        let layer = |layer: &LayerWeights| {
            let matrices =
                [Some(&layer.feedforward), layer.own_feedback.as_ref(), layer.bypass.as_ref()];
            matrices.into_iter().flatten().map(Matrix::len).sum::<usize>()
                + layer.feedback_rates.len()
                + layer.feedforward_rates.len()
        };
        self.layers.iter().map(layer).sum::<usize>() + self.read_out.len() + self.bias.len()
    }

    pub(super) fn is_finite(&mut self) -> bool {
        self.parts_mut().into_iter().all(|(part, _)| part.iter().all(|number| number.is_finite()))
    }
}

fn numbers(matrix: &mut Matrix) -> &mut [f32] {
    matrix.as_slice_mut().expect("drawn matrices are in the order of rows")
}
