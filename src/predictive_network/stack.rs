//! The products of a network's layers with activity and errors of some examples.

use ndarray::ArrayView2;

use super::geometry::{Geometry, Pooled, product};
use super::weights::{LayerWeights, Weights};
use crate::network::{Matrix, Store};

/// The layers of a network with their weights.
#[derive(Clone, Copy)]
pub(super) struct Stack<'a> {
    pub(super) geometry: &'a [Geometry],
    pub(super) weights: &'a Weights,
}

impl<'a> Stack<'a> {
    pub(super) fn depth(&self) -> usize {
        self.geometry.len()
    }

    pub(super) fn weights(&self, layer: usize) -> &'a LayerWeights {
        &self.weights.layers[layer]
    }

    /// W ∗ x at every place.
    pub(super) fn convolved(&self, layer: usize, x: ArrayView2<'_, f32>) -> Matrix {
        self.geometry[layer].convolved(x, &self.weights(layer).feedforward)
    }

    /// FF of a layer: W ∗ x, pooled.
    pub(super) fn forward(&self, layer: usize, x: ArrayView2<'_, f32>) -> Pooled {
        self.geometry[layer].pooled(self.convolved(layer, x))
    }

    /// Errors of pooled units at their places.
    pub(super) fn unpooled(&self, layer: usize, errors: Matrix, pooled: &Pooled) -> Matrix {
        self.geometry[layer].unpooled(errors, pooled)
    }

    /// Wᵀ ∗ errors of places: those of what the layer reads.
    pub(super) fn back(&self, layer: usize, places: &Matrix) -> Matrix {
        self.geometry[layer].transposed(places.view(), &self.weights(layer).feedforward)
    }

    /// Adds the gradient of W, given what the layer read and the errors of its places.
    pub(super) fn add_outer(
        &self,
        layer: usize,
        x: ArrayView2<'_, f32>,
        places: &Matrix,
        gradient: &mut Weights,
    ) {
        let to = gradient.layers[layer].feedforward.view_mut();
        self.geometry[layer].connectivity().outer(x, places.view(), 1.0, to);
    }

    /// FB of a layer with global recurrence: Bᵀ ∗ r between whose places are filled.
    pub(super) fn predicted(&self, layer: usize, units: ArrayView2<'_, f32>) -> Matrix {
        let places = self.geometry[layer].upsampled(units);
        self.predicted_of_places(layer, &places)
    }

    /// Bᵀ ∗ y.
    pub(super) fn predicted_of_places(&self, layer: usize, places: &Matrix) -> Matrix {
        self.geometry[layer].transposed(places.view(), self.weights(layer).feedback())
    }

    /// Adds the gradient of B, given r and the errors of the prediction; returns the errors of r.
    pub(super) fn predicted_back(
        &self,
        layer: usize,
        units: &Matrix,
        errors: &Matrix,
        gradient: &mut Weights,
    ) -> Matrix {
        let places = self.geometry[layer].upsampled(units.view());
        let errors = self.predicted_of_places_back(layer, &places, errors, gradient);
        self.geometry[layer].downsampled(errors)
    }

    /// The same for y.
    pub(super) fn predicted_of_places_back(
        &self,
        layer: usize,
        places: &Matrix,
        errors: &Matrix,
        gradient: &mut Weights,
    ) -> Matrix {
        let to = gradient.layers[layer].feedback_mut().view_mut();
        self.geometry[layer].connectivity().outer(errors, places.view(), 1.0, to);
        self.geometry[layer].convolved(errors.view(), self.weights(layer).feedback())
    }

    /// What passes a layer with local recurrence by: a weight from each channel to each.
    pub(super) fn bypassed(&self, layer: usize, x: ArrayView2<'_, f32>) -> Matrix {
        let geometry = &self.geometry[layer];
        product(geometry.bypass(), geometry.places(), x, self.bypass(layer))
    }

    /// Adds its gradient, and returns the errors of what is read.
    pub(super) fn bypassed_back(
        &self,
        layer: usize,
        x: ArrayView2<'_, f32>,
        places: &Matrix,
        gradient: &mut Weights,
    ) -> Matrix {
        let connectivity = self.geometry[layer].bypass();
        let to = gradient.layers[layer].bypass.as_mut().expect("a gradient has the weights' shape");
        connectivity.outer(x, places.view(), 1.0, to.view_mut());
        let mut below = Matrix::zeros(x.dim());
        let weights = self.bypass(layer).view();
        connectivity.backward(places.view(), weights, Store::Overwrite, below.view_mut());
        below
    }

    fn bypass(&self, layer: usize) -> &'a Matrix {
        self.weights(layer).bypass.as_ref().expect("local recurrence has these weights")
    }
}

pub(super) fn zeros_like(matrix: &Matrix) -> Matrix {
    Matrix::zeros(matrix.raw_dim())
}
