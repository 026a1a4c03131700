use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::{Inputs, Layer, Matrix, Network, Trace, Units, UnitsMut};

/// What every unit does on a batch; it grows to the largest batch it sees, and then allocates
/// nothing.
#[derive(Clone, Debug)]
pub struct Activity {
    rows: usize,
    out: Vec<Matrix>,
    /// One for each layer; empty until a forward pass leaves something.
    traces: Vec<Trace>,
}

impl Activity {
    /// Scratch for batches of up to `capacity` examples of `network`.
    pub fn new(network: &Network, capacity: usize) -> Self {
        let layers = network.layers().iter();
        let out = layers.map(|layer| Matrix::zeros((capacity, layer.outputs()))).collect();
        Self { rows: capacity, out, traces: vec![Trace::default(); network.depth()] }
    }

    /// Of so many units in each layer, with no batch yet.
    pub(crate) fn of_widths(widths: &[usize]) -> Self {
        let out = widths.iter().map(|&units| Matrix::zeros((0, units))).collect();
        Self { rows: 0, out, traces: vec![Trace::default(); widths.len()] }
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

    /// The outputs of layer `index` with the trace of the pass that made them.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn units(&self, index: usize) -> Units<'_> {
        self.through(index, self.out(index))
    }

    /// Numbers of layer `index` (errors, states of another phase; examples × units), which go
    /// through this pass's trace.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn through<'a>(&'a self, index: usize, numbers: ArrayView2<'a, f32>) -> Units<'a> {
        Units::new(numbers, &self.traces[index])
    }

    /// Where layer `index` writes its outputs and the trace of the pass.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn units_mut(&mut self, index: usize) -> UnitsMut<'_> {
        let numbers = self.out[index].slice_mut(s![..self.rows, ..]);
        UnitsMut::new(numbers, &mut self.traces[index])
    }

    /// The outputs of the layer below layer `index`, to be changed, and the trace of layer `index`.
    pub(crate) fn out_mut_below(&mut self, index: usize) -> (ArrayViewMut2<'_, f32>, &Trace) {
        (self.out[index - 1].slice_mut(s![..self.rows, ..]), &self.traces[index])
    }

    /// The number of layers.
    pub(crate) fn depth(&self) -> usize {
        self.out.len()
    }

    /// Takes over the traces of another pass, of the lowest `layers` layers.
    pub(crate) fn take_traces(&mut self, of: &Self, layers: usize) {
        self.traces[..layers].clone_from_slice(&of.traces[..layers]);
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
    ) -> (Inputs<'a>, UnitsMut<'a>) {
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index);
        let below = lower.last().map_or(inputs.reborrow(), |out| out.slice(s![..rows, ..]).into());
        let out = upper[0].slice_mut(s![..rows, ..]);
        (below, UnitsMut::new(out, &mut self.traces[index]))
    }

    /// Adds to the drive of layer `index` what its shortcut brings, if it has one.
    ///
    /// # Panics
    /// If there is no such layer, or the shortcut comes from none below it.
    pub fn add_shortcut(&mut self, index: usize, layer: &Layer) {
        let Some(shortcut) = layer.shortcut() else { return };
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index);
        let source = lower[shortcut.from()].slice(s![..rows, ..]);
        shortcut.add(source, upper[0].slice_mut(s![..rows, ..]));
    }

    /// Of errors: adds to those of layer `index` what comes back by the shortcuts that begin there.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn add_shortcut_errors(&mut self, index: usize, network: &Network) {
        for (above, shortcut) in network.shortcuts_from(index) {
            let (below, errors) = self.pair_mut(index, above);
            shortcut.add_back(errors.numbers(), below);
        }
    }

    /// The layer `index` to be written, and the layer below it to be read; not for the lowest
    /// layer.
    pub(crate) fn above_mut(&mut self, index: usize) -> (UnitsMut<'_>, ArrayView2<'_, f32>) {
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index);
        let out = UnitsMut::new(upper[0].slice_mut(s![..rows, ..]), &mut self.traces[index]);
        (out, lower[index - 1].slice(s![..rows, ..]))
    }

    /// The outputs of layer `index`, to be changed, and of layer `above` with their trace.
    ///
    /// # Panics
    /// If there is no such pair, or the second does not lie above the first.
    pub fn pair_mut(&mut self, index: usize, above: usize) -> (ArrayViewMut2<'_, f32>, Units<'_>) {
        let rows = self.rows;
        let (lower, upper) = self.out.split_at_mut(index + 1);
        let above_out = upper[above - index - 1].slice(s![..rows, ..]);
        (lower[index].slice_mut(s![..rows, ..]), Units::new(above_out, &self.traces[above]))
    }
}
