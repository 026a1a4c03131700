//! Activity over cycles, whatever the recurrence.

use ndarray::ArrayView2;

use super::Recurrence;
use super::global::GlobalCourse;
use super::local::LocalCourse;
use super::stack::Stack;
use super::weights::Weights;
use crate::network::Matrix;

/// All activity of some examples, kept for the backward pass.
pub(super) enum Course<'a> {
    Global(GlobalCourse<'a>),
    Local(LocalCourse<'a>),
}

impl<'a> Course<'a> {
    pub(super) fn run(
        recurrence: Recurrence,
        stack: Stack<'a>,
        x: ArrayView2<'a, f32>,
        cycles: usize,
    ) -> Self {
        match recurrence {
            Recurrence::Global => Self::Global(GlobalCourse::run(stack, x, cycles)),
            Recurrence::Local => Self::Local(LocalCourse::run(stack, x, cycles)),
        }
    }

    /// What the top layer gives after the last cycle, examples × units.
    pub(super) fn top(&self) -> &Matrix {
        match self {
            Self::Global(course) => course.top(),
            Self::Local(course) => course.top(),
        }
    }

    /// What a layer gives after a cycle.
    pub(super) fn given(&self, layer: usize, cycle: usize) -> Matrix {
        match self {
            Self::Global(course) => course.state(cycle)[layer].clone(),
            Self::Local(course) => course.given_after(layer, cycle),
        }
    }

    /// What of the layer below is not predicted, and the layer below.
    pub(super) fn unpredicted(&self, layer: usize, cycle: usize) -> (Matrix, ArrayView2<'_, f32>) {
        match self {
            Self::Global(course) => course.unpredicted(layer, cycle),
            Self::Local(course) => course.unpredicted(layer, cycle),
        }
    }

    /// Adds the gradient of the weights, given the errors of what the top layer gives.
    pub(super) fn backward(&self, top: Matrix, gradient: &mut Weights) {
        match self {
            Self::Global(course) => course.backward(top, gradient),
            Self::Local(course) => course.backward(top, gradient),
        }
    }
}
