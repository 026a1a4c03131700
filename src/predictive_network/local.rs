//! Local recurrence: each layer's cycles with the layer below, and their backward pass.
//!
//! ```text
//! each layer:  y = φ(FF(x));  each cycle:  y ← y + b FF(φ(x − FB(y)))
//! at the end:  the maximum of squares of y + W_bypass x, which the next layer reads
//! ```
//! with φ the rectifier.

use ndarray::ArrayView2;

use super::geometry::Pooled;
use super::rates::{add_scaled, add_slopes, masked, rectified, relu, scaled};
use super::stack::Stack;
use super::weights::Weights;
use crate::network::Matrix;

/// All activity of some examples.
pub(super) struct LocalCourse<'a> {
    stack: Stack<'a>,
    x: ArrayView2<'a, f32>,
    layers: Vec<LayerCourse>,
}

/// That of one layer.
struct LayerCourse {
    /// y at the beginning and after each cycle.
    states: Vec<Matrix>,
    /// φ(x − FB(y)) of each cycle.
    errors: Vec<Matrix>,
    /// FF of them.
    drives: Vec<Matrix>,
    given: Pooled,
}

impl<'a> LocalCourse<'a> {
    pub(super) fn run(stack: Stack<'a>, x: ArrayView2<'a, f32>, cycles: usize) -> Self {
        let mut course = Self { stack, x, layers: Vec::new() };
        for layer in 0..stack.depth() {
            let next = course.run_layer(layer, cycles);
            course.layers.push(next);
        }
        course
    }

    /// What a layer reads.
    fn below(&self, layer: usize) -> ArrayView2<'_, f32> {
        if layer == 0 { self.x.view() } else { self.layers[layer - 1].given.units.view() }
    }

    fn run_layer(&self, layer: usize, cycles: usize) -> LayerCourse {
        let x = self.below(layer);
        let mut state = relu(self.stack.convolved(layer, x));
        let (mut states, mut errors, mut drives): (Vec<Matrix>, Vec<_>, Vec<_>) =
            Default::default();
        let rates = rectified(&self.stack.weights(layer).feedforward_rates);
        for _ in 0..cycles {
            let error = relu(&x - self.stack.predicted_of_places(layer, &state));
            let drive = self.stack.convolved(layer, error.view());
            states.push(state.clone());
            add_scaled(&mut state, &rates, &drive);
            errors.push(error);
            drives.push(drive);
        }
        let given = self.given(layer, &state);
        states.push(state);
        LayerCourse { states, errors, drives, given }
    }

    fn given(&self, layer: usize, state: &Matrix) -> Pooled {
        let all = state + &self.stack.bypassed(layer, self.below(layer));
        self.stack.geometry[layer].pooled(all)
    }

    /// What the layer would give if this cycle were its last.
    pub(super) fn given_after(&self, layer: usize, cycle: usize) -> Matrix {
        self.given(layer, &self.layers[layer].states[cycle]).units
    }

    pub(super) fn top(&self) -> &Matrix {
        &self.layers.last().expect("a network has layers").given.units
    }

    /// Adds the gradient of the weights, given the errors of what the top layer gives.
    pub(super) fn backward(&self, top: Matrix, gradient: &mut Weights) {
        let mut errors = top;
        for layer in (0..self.stack.depth()).rev() {
            let course = &self.layers[layer];
            let x = self.below(layer);
            let mut state = self.stack.unpooled(layer, errors, &course.given);
            let mut below = self.stack.bypassed_back(layer, x, &state, gradient);
            for cycle in (0..course.errors.len()).rev() {
                state = self.cycle_back((layer, cycle), state, &mut below, gradient);
            }
            let state = masked(state, &course.states[0]);
            self.stack.add_outer(layer, x, &state, gradient);
            if layer > 0 {
                below += &self.stack.back(layer, &state);
            }
            errors = below;
        }
    }

    /// From the errors of y after a cycle to those before it; those of x are added to `below`.
    fn cycle_back(
        &self,
        (layer, cycle): (usize, usize),
        mut state: Matrix,
        below: &mut Matrix,
        gradient: &mut Weights,
    ) -> Matrix {
        let course = &self.layers[layer];
        let rates = &self.stack.weights(layer).feedforward_rates;
        let slopes = &mut gradient.layers[layer].feedforward_rates;
        add_slopes(slopes, rates, &state, &course.drives[cycle]);
        let drive = scaled(&state, &rectified(rates));
        self.stack.add_outer(layer, course.errors[cycle].view(), &drive, gradient);
        let error = masked(self.stack.back(layer, &drive), &course.errors[cycle]);
        *below += &error;
        let before = &course.states[cycle];
        state += &self.stack.predicted_of_places_back(layer, before, &-error, gradient);
        state
    }

    /// What of the layer below is not predicted, after a cycle.
    pub(super) fn unpredicted(&self, layer: usize, cycle: usize) -> (Matrix, ArrayView2<'_, f32>) {
        let below = self.below(layer);
        let state = &self.layers[layer].states[cycle];
        (&below - self.stack.predicted_of_places(layer, state), below)
    }
}
