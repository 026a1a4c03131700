use ndarray::{ArrayView2, ArrayViewMut2};

use super::Matrix;
use super::normaliser::Normalised;
use super::products::Winners;

/// What a forward pass must keep of a layer beside its outputs, so that errors find their way back:
/// which places won, where a layer takes the maximum of some; and what a normaliser divided by.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub(super) winners: Winners,
    pub(super) normalised: Normalised,
}

/// Numbers of a layer's units, examples × units: outputs, errors, states. Where the layer takes the
/// maximum of places or normalises its drive they come with the trace of a forward pass
/// ([`Activity::through`](super::Activity::through)); other layers take a plain view.
#[derive(Clone, Copy, Debug)]
pub struct Units<'a> {
    pub(super) numbers: ArrayView2<'a, f32>,
    pub(super) trace: Option<&'a Trace>,
}

/// Where a layer writes the numbers of its units, examples × units, and the trace of the pass if it
/// is to be kept.
#[derive(Debug)]
pub struct UnitsMut<'a> {
    pub(super) numbers: ArrayViewMut2<'a, f32>,
    pub(super) trace: Option<&'a mut Trace>,
}

crate::display::show_as_settings!(Trace);

impl<'a> Units<'a> {
    pub(crate) fn new(numbers: ArrayView2<'a, f32>, trace: &'a Trace) -> Self {
        Self { numbers, trace: Some(trace) }
    }

    /// The numbers.
    pub fn numbers(&self) -> ArrayView2<'a, f32> {
        self.numbers
    }

    /// The trace of the pass, if they come with it.
    pub(crate) fn trace(&self) -> Option<&'a Trace> {
        self.trace
    }

    /// Other numbers of the same units, with the same trace.
    pub fn with_numbers<'b>(&self, numbers: ArrayView2<'b, f32>) -> Units<'b>
    where
        'a: 'b,
    {
        Units { numbers, trace: self.trace }
    }
}

impl<'a> UnitsMut<'a> {
    pub(crate) fn new(numbers: ArrayViewMut2<'a, f32>, trace: &'a mut Trace) -> Self {
        Self { numbers, trace: Some(trace) }
    }

    /// The numbers.
    pub fn numbers(&mut self) -> ArrayViewMut2<'_, f32> {
        self.numbers.view_mut()
    }

    /// The numbers, once nothing more is written through the layer.
    pub fn into_numbers(self) -> ArrayViewMut2<'a, f32> {
        self.numbers
    }

    /// The same for a shorter while.
    pub fn reborrow(&mut self) -> UnitsMut<'_> {
        UnitsMut { numbers: self.numbers.view_mut(), trace: self.trace.as_deref_mut() }
    }
}

impl<'a> From<ArrayView2<'a, f32>> for Units<'a> {
    fn from(numbers: ArrayView2<'a, f32>) -> Self {
        Self { numbers, trace: None }
    }
}

impl<'a> From<&'a Matrix> for Units<'a> {
    fn from(matrix: &'a Matrix) -> Self {
        matrix.view().into()
    }
}

impl<'a> From<ArrayViewMut2<'a, f32>> for UnitsMut<'a> {
    fn from(numbers: ArrayViewMut2<'a, f32>) -> Self {
        Self { numbers, trace: None }
    }
}
