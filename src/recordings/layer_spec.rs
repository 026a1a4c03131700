//! What a layer is beside its weights.

use crate::data::FeatureMaps;
use crate::network::{Activation, Connectivity, Layer, MOST_POOLED, Matrix, Normaliser, Pooling};

/// What a layer is beside its weights, as far as its own units go: what a shortcut adds is not in
/// it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerSpec {
    /// φ, of the output units.
    pub activation: Activation,
    /// Which inputs each unit reads.
    pub connectivity: Connectivity,
    /// How places are summarised, if they are.
    pub pooling: Option<Pooling>,
    /// How its drive is normalised, if it is.
    pub normaliser: Option<Normaliser>,
}

crate::display::show_as_settings!(LayerSpec);

impl LayerSpec {
    /// Of a layer that is there.
    pub fn of(layer: &Layer) -> Self {
        Self {
            activation: layer.activation,
            connectivity: layer.connectivity(),
            pooling: layer.pooling(),
            normaliser: layer.normaliser(),
        }
    }

    /// Of a layer whose units read every input.
    pub fn dense(activation: Activation) -> Self {
        let (connectivity, pooling, normaliser) = (Connectivity::Dense, None, None);
        Self { activation, connectivity, pooling, normaliser }
    }

    /// A layer with these weights and without biases.
    ///
    /// # Panics
    /// If the weights of a convolution are not filters × taps.
    pub fn layer(&self, weights: Matrix) -> Layer {
        let layer = match self.connectivity {
            Connectivity::Dense => Layer::dense(weights, self.activation),
            Connectivity::Convolution(c) => Layer::convolution(c, weights, self.activation),
        };
        let layer = match self.pooling {
            Some(pooling) => layer.with_pooling(pooling),
            None => layer,
        };
        layer.with_normaliser(self.normaliser)
    }

    /// Whether a layer can be this with these weights.
    pub(super) fn fits(&self, weights: &Matrix) -> bool {
        let Connectivity::Convolution(c) = self.connectivity else { return self.pooling.is_none() };
        let padded = (c.input.rows + 2 * c.padding, c.input.columns + 2 * c.padding);
        let is_seen = c.kernel.0 <= padded.0 && c.kernel.1 <= padded.1 && c.stride > 0;
        if !is_seen || weights.dim() != (c.filters, c.taps()) {
            return false;
        }
        let output = c.output();
        let most = output.rows.min(output.columns).min(MOST_POOLED);
        self.pooling.is_none_or(|pooling| (1..=most).contains(&pooling.side()))
    }

    /// How many units a layer with these weights reads and drives.
    pub(crate) fn units(&self, weights: &Matrix) -> (usize, usize) {
        match self.connectivity {
            Connectivity::Dense => (weights.ncols(), weights.nrows()),
            Connectivity::Convolution(c) => (c.input.units(), self.output_maps(c.output()).units()),
        }
    }

    fn output_maps(&self, maps: FeatureMaps) -> FeatureMaps {
        self.pooling.map_or(maps, |pooling| pooling.output(maps))
    }

    /// Whether a unit's slope times its weights is the whole way back to its inputs.
    pub(crate) fn is_plain(&self) -> bool {
        self.connectivity == Connectivity::Dense && self.normaliser.is_none()
    }

    /// Whether errors need the trace of a forward pass to find their way back.
    pub(crate) fn needs_trace(&self) -> bool {
        matches!(self.pooling, Some(Pooling::Max(_))) || self.normaliser.is_some()
    }
}
