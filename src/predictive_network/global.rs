//! Global recurrence: cycles through all layers, and their backward pass.
//!
//! ```text
//! r_0 = x,  r_l = φ(FF_l(r_{l−1}))
//! each cycle:  l = L … 2:  p_{l−1} = FB_l(r_l)
//!                          r_{l−1} ← φ((1 − a_{l−1}) r_{l−1} + a_{l−1} p_{l−1})
//!              l = 1:      r_1 ← φ(r_1 + b_1 FF_1(x − FB_1(r_1)))
//!              l = 2 … L:  r_l ← φ(r_l + b_l FF_l(r_{l−1} − p_{l−1}))
//! ```
//! with φ the rectifier. On the way down r_l is the one of this cycle; on the way up the
//! predictions are those of the way down.

use ndarray::ArrayView2;

use super::geometry::Pooled;
use super::rates::{add_scaled, add_slopes, masked, mixed, rectified, relu, scaled};
use super::stack::{Stack, zeros_like};
use super::weights::Weights;
use crate::network::Matrix;

/// All activity of some examples.
pub(super) struct GlobalCourse<'a> {
    stack: Stack<'a>,
    x: ArrayView2<'a, f32>,
    /// What each layer reads in the forward pass at the beginning gave.
    first: Vec<Pooled>,
    /// r of each layer at the beginning and after each cycle.
    states: Vec<Vec<Matrix>>,
    cycles: Vec<Cycle>,
}

/// What one cycle went through, by layer.
struct Cycle {
    /// FB of the layer above; none of the top layer.
    predicted: Vec<Matrix>,
    /// r after the way down.
    descended: Vec<Matrix>,
    /// What is left of the layer below.
    errors: Vec<Matrix>,
    /// FF of it.
    drives: Vec<Pooled>,
}

impl<'a> GlobalCourse<'a> {
    pub(super) fn run(stack: Stack<'a>, x: ArrayView2<'a, f32>, cycles: usize) -> Self {
        let (mut first, mut state): (Vec<Pooled>, Vec<Matrix>) = Default::default();
        for layer in 0..stack.depth() {
            let below = if layer == 0 { x.view() } else { state[layer - 1].view() };
            let drive = stack.forward(layer, below);
            state.push(relu(drive.units.clone()));
            first.push(drive);
        }
        let mut course = Self { stack, x, first, states: vec![state], cycles: Vec::new() };
        for _ in 0..cycles {
            let cycle = course.descend();
            course.ascend(cycle);
        }
        course
    }

    /// r of the layers after a cycle, 0 for the forward pass at the beginning.
    pub(super) fn state(&self, cycle: usize) -> &[Matrix] {
        &self.states[cycle]
    }

    pub(super) fn top(&self) -> &Matrix {
        self.states.last().and_then(|state| state.last()).expect("a network has layers")
    }

    fn descend(&self) -> Cycle {
        let mut descended = self.states.last().expect("there is a forward pass").clone();
        let mut predicted = Vec::new();
        for layer in (1..self.stack.depth()).rev() {
            let prediction = self.stack.predicted(layer, descended[layer].view());
            let rates = rectified(&self.stack.weights(layer - 1).feedback_rates);
            descended[layer - 1] = relu(mixed(&descended[layer - 1], &rates, &prediction));
            predicted.push(prediction);
        }
        predicted.reverse();
        Cycle { predicted, descended, errors: Vec::new(), drives: Vec::new() }
    }

    fn ascend(&mut self, mut cycle: Cycle) {
        let mut state: Vec<Matrix> = Vec::new();
        for layer in 0..self.stack.depth() {
            let error = match layer {
                0 => &self.x - self.stack.predicted(0, cycle.descended[0].view()),
                _ => &state[layer - 1] - &cycle.predicted[layer - 1],
            };
            let drive = self.stack.forward(layer, error.view());
            let rates = rectified(&self.stack.weights(layer).feedforward_rates);
            let mut next = cycle.descended[layer].clone();
            add_scaled(&mut next, &rates, &drive.units);
            state.push(relu(next));
            cycle.errors.push(error);
            cycle.drives.push(drive);
        }
        self.states.push(state);
        self.cycles.push(cycle);
    }

    /// Adds the gradient of the weights, given the errors of the top layer's last activity.
    pub(super) fn backward(&self, top: Matrix, gradient: &mut Weights) {
        let mut errors: Vec<Matrix> = self.states[0].iter().map(zeros_like).collect();
        *errors.last_mut().expect("a network has layers") = top;
        for cycle in (0..self.cycles.len()).rev() {
            let predictions = self.ascend_back(cycle, &mut errors, gradient);
            self.descend_back(cycle, (&mut errors, predictions), gradient);
        }
        for layer in (0..self.stack.depth()).rev() {
            let error = masked(std::mem::take(&mut errors[layer]), &self.states[0][layer]);
            let places = self.stack.unpooled(layer, error, &self.first[layer]);
            if layer == 0 {
                self.stack.add_outer(layer, self.x.view(), &places, gradient);
            } else {
                self.stack.add_outer(layer, self.states[0][layer - 1].view(), &places, gradient);
                errors[layer - 1] += &self.stack.back(layer, &places);
            }
        }
    }

    /// From the errors of a state to those after the way down; returns those of the predictions of
    /// each layer but the top one.
    fn ascend_back(
        &self,
        cycle: usize,
        errors: &mut [Matrix],
        gradient: &mut Weights,
    ) -> Vec<Matrix> {
        let (state, cycle) = (&self.states[cycle + 1], &self.cycles[cycle]);
        let mut predictions = Vec::new();
        for layer in (0..self.stack.depth()).rev() {
            errors[layer] = masked(std::mem::take(&mut errors[layer]), &state[layer]);
            let rates = &self.stack.weights(layer).feedforward_rates;
            let slopes = &mut gradient.layers[layer].feedforward_rates;
            add_slopes(slopes, rates, &errors[layer], &cycle.drives[layer].units);
            let drive = scaled(&errors[layer], &rectified(rates));
            let places = self.stack.unpooled(layer, drive, &cycle.drives[layer]);
            self.stack.add_outer(layer, cycle.errors[layer].view(), &places, gradient);
            let below = self.stack.back(layer, &places);
            if layer == 0 {
                let units = self.stack.predicted_back(0, &cycle.descended[0], &-below, gradient);
                errors[0] += &units;
            } else {
                errors[layer - 1] += &below;
                predictions.push(-below);
            }
        }
        predictions.reverse();
        predictions
    }

    /// From the errors after the way down to those of the state before the cycle.
    fn descend_back(
        &self,
        cycle: usize,
        (errors, predictions): (&mut [Matrix], Vec<Matrix>),
        gradient: &mut Weights,
    ) {
        let (before, cycle) = (&self.states[cycle], &self.cycles[cycle]);
        for (layer, mut prediction) in predictions.into_iter().enumerate() {
            let error = masked(std::mem::take(&mut errors[layer]), &cycle.descended[layer]);
            let rates = &self.stack.weights(layer).feedback_rates;
            let difference = &cycle.predicted[layer] - &before[layer];
            add_slopes(&mut gradient.layers[layer].feedback_rates, rates, &error, &difference);
            let rates = rectified(rates);
            add_scaled(&mut prediction, &rates, &error);
            errors[layer] = mixed(&error, &rates, &zeros_like(&error));
            let above = &cycle.descended[layer + 1];
            let units = self.stack.predicted_back(layer + 1, above, &prediction, gradient);
            errors[layer + 1] += &units;
        }
    }

    /// What of the layer below is not predicted, after a cycle.
    pub(super) fn unpredicted(&self, layer: usize, cycle: usize) -> (Matrix, ArrayView2<'_, f32>) {
        let state = &self.states[cycle];
        let below = if layer == 0 { self.x.view() } else { state[layer - 1].view() };
        (&below - self.stack.predicted(layer, state[layer].view()), below)
    }
}
