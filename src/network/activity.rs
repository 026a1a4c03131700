use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::{Inputs, Matrix, Network};

/// What every unit does on a batch; it grows to the largest batch it sees, and then allocates
/// nothing.
#[derive(Clone, Debug)]
pub struct Activity {
    rows: usize,
    out: Vec<Matrix>,
}

impl Activity {
    /// Scratch for batches of up to `capacity` examples of `network`.
    pub fn new(network: &Network, capacity: usize) -> Self {
        let layers = network.layers().iter();
        let out = layers.map(|layer| Matrix::zeros((capacity, layer.outputs()))).collect();
        Self { rows: capacity, out }
    }

    /// Of so many units in each layer, with no batch yet.
    pub(crate) fn of_widths(widths: &[usize]) -> Self {
        Self { rows: 0, out: widths.iter().map(|&units| Matrix::zeros((0, units))).collect() }
    }

    /// The number of examples of the present batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of units of each layer.
    pub(super) fn widths(&self) -> Vec<usize> {
        self.out.iter().map(Matrix::ncols).collect()
    }

    /// Makes the present batch `rows` examples long, growing only if it must.
    pub fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
        for out in self.out.iter_mut().filter(|out| out.nrows() < rows) {
            *out = Matrix::zeros((rows, out.ncols()));
        }
    }

    /// The outputs of layer `index` (0 is the lowest), examples × units.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn out(&self, index: usize) -> ArrayView2<'_, f32> {
        self.out[index].slice(s![..self.rows, ..])
    }

    /// The same, to be changed.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn out_mut(&mut self, index: usize) -> ArrayViewMut2<'_, f32> {
        self.out[index].slice_mut(s![..self.rows, ..])
    }

    /// What layer `index` receives: the outputs of the layer below, or the network's `inputs`.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn below<'a>(&'a self, index: usize, inputs: &'a Inputs<'_>) -> Inputs<'a> {
        if index == 0 { inputs.reborrow() } else { self.out(index - 1).into() }
    }

    /// What layer `index` receives, and where its outputs go.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn below_and_out<'a>(
        &'a mut self,
        index: usize,
        inputs: &'a Inputs<'_>,
    ) -> (Inputs<'a>, ArrayViewMut2<'a, f32>) {
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index);
        let below = lower.last().map_or(inputs.reborrow(), |out| out.slice(s![..rows, ..]).into());
        (below, upper[0].slice_mut(s![..rows, ..]))
    }

    /// The layer `index` to be written, and the layer below it to be read; not for the lowest
    /// layer.
    pub(crate) fn above_mut(
        &mut self,
        index: usize,
    ) -> (ArrayViewMut2<'_, f32>, ArrayView2<'_, f32>) {
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index);
        (upper[0].slice_mut(s![..rows, ..]), lower[index - 1].slice(s![..rows, ..]))
    }

    /// The outputs of layer `index`, to be changed, and of layer `above`.
    ///
    /// # Panics
    /// If there is no such pair, or the second does not lie above the first.
    pub fn pair_mut(
        &mut self,
        index: usize,
        above: usize,
    ) -> (ArrayViewMut2<'_, f32>, ArrayView2<'_, f32>) {
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index + 1);
        (lower[index].slice_mut(s![..rows, ..]), upper[above - index - 1].slice(s![..rows, ..]))
    }
}
