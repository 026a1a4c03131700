//! A trial of how much a new kind of observable costs.

use super::{LayerView, Observable};

/// The share of a layer's weights that are exactly 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sparseness;

impl Observable for Sparseness {
    fn name(&self) -> String {
        "sparseness_of_weights".into()
    }

    fn measure(&self, layer: &LayerView<'_>) -> f64 {
        let weights = layer.weights();
        weights.iter().filter(|weight| **weight == 0.0).count() as f64 / weights.len() as f64
    }
}
