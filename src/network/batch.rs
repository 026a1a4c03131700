//! What a network learns from in one step.

use ndarray::ArrayView2;

use super::Inputs;

/// The examples of one step.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Examples × input units.
    pub inputs: Inputs<'a>,
    /// Examples × output units.
    pub targets: ArrayView2<'a, f32>,
}

impl Batch<'_> {
    /// The number of examples.
    pub fn len(&self) -> usize {
        self.inputs.nrows()
    }

    /// Whether there are no examples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
