use std::fmt;

use ndarray::{Array1, ArrayView2, ArrayViewMut2};

use super::updates::LayerUpdate;
use super::{Activation, Inputs, Matrix, Store, multiply, sparse};

/// One layer of synapses and the nonlinearity of the units they drive.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// W, output units × input units. Their order in memory may be that of rows or of columns: do
    /// not count on slices.
    pub weights: Matrix,
    /// b, one per output unit, if the layer has biases.
    pub bias: Option<Array1<f32>>,
    /// φ, of the output units.
    pub activation: Activation,
}

impl Layer {
    /// The number of units it reads.
    pub fn inputs(&self) -> usize {
        self.weights.ncols()
    }

    /// The number of units it drives.
    pub fn outputs(&self) -> usize {
        self.weights.nrows()
    }

    /// The number of weights and biases.
    pub fn parameters(&self) -> usize {
        self.weights.len() + self.bias.as_ref().map_or(0, Array1::len)
    }

    /// a = W x + b for each example: `x` is examples × inputs, `a` examples × outputs.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward<'a>(
        &self,
        x: impl std::convert::Into<Inputs<'a>>,
        mut a: ArrayViewMut2<'_, f32>,
    ) {
        let x = x.into();
        match x.sparse() {
            Some(inputs) => sparse::forward(inputs, &self.weights, a.view_mut()),
            None => multiply(1.0, &x.dense(), &self.weights.t(), Store::Overwrite, &mut a),
        }
        if let Some(bias) = &self.bias {
            a += bias;
        }
    }

    /// The backward pass of an error through `feedback`, which may be the layer's weights, others
    /// of their shape, or, for an error that passes layers by, some of another width: `dx` = `dy`
    /// K, with `dy` examples × outputs and `dx` examples × the kernel's columns.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn backward(
        &self,
        dy: ArrayView2<'_, f32>,
        kernel: &Matrix,
        mut dx: ArrayViewMut2<'_, f32>,
    ) {
        multiply(1.0, &dy, &kernel.view(), Store::Overwrite, &mut dx);
    }

    /// G += `scale` × Σ over examples of dy xᵀ, and for biases of dy: `x` is examples × inputs,
    /// `dy` examples × outputs.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn outer<'a>(
        &self,
        x: impl std::convert::Into<Inputs<'a>>,
        dy: ArrayView2<'_, f32>,
        scale: f32,
        update: &mut LayerUpdate,
    ) {
        let x = x.into();
        match x.sparse() {
            Some(inputs) => sparse::outer(inputs, dy, scale, &mut update.weights),
            None => {
                multiply(
                    scale,
                    &dy.t(),
                    &x.dense(),
                    Store::Accumulate,
                    &mut update.weights.view_mut(),
                );
            }
        }
        if let Some(bias) = &mut update.bias {
            dy.rows().into_iter().for_each(|row| bias.scaled_add(scale, &row));
        }
    }

    /// Whether every weight and bias is finite.
    pub fn is_finite(&self) -> bool {
        // A sum is not finite if a summand is not; and it vectorises where a search does not.
        let weights = self.weights.iter().map(|w| w * 0.0).sum::<f32>() == 0.0;
        weights && self.bias.iter().flatten().all(|b| b.is_finite())
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bias = if self.bias.is_some() { ", biases" } else { "" };
        write!(f, "{} → {} units, {}{bias}", self.inputs(), self.outputs(), self.activation)
    }
}
