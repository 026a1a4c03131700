//! What rules whose states settle have in common.

use ndarray::{ArrayView2, ArrayViewMut2, Zip};

use crate::network::Activity;
use crate::simd::{self, Vectorised};

/// All numbers of one layer's activity.
///
/// # Panics
/// If they do not lie side by side, as those of [`Activity`] do.
pub(super) fn contiguous<'a>(units: &'a mut ArrayViewMut2<'_, f32>) -> &'a mut [f32] {
    units.as_slice_mut().expect("activity is contiguous")
}

/// Gives each state the value that `moved` makes of it and its goal, with how far it had to go;
/// returns the largest of these distances, infinite if one is not a number.
///
/// # Panics
/// If the views are not contiguous.
pub(super) fn advance(
    mut states: ArrayViewMut2<'_, f32>,
    goals: ArrayView2<'_, f32>,
    moved: impl Fn(f32, f32) -> (f32, f32),
) -> f32 {
    let mut largest = 0.0;
    let states = contiguous(&mut states);
    let goals = goals.as_slice().expect("activity is contiguous");
    simd::dispatch(Advance { states, goals, moved, largest: &mut largest });
    largest
}

/// `by` in units of `size`, where that is above 1.
#[inline(always)]
pub(super) fn relative(by: f32, size: f32) -> f32 {
    let size = size.abs();
    by.abs() / if size > 1.0 { size } else { 1.0 }
}

struct Advance<'a, F> {
    states: &'a mut [f32],
    goals: &'a [f32],
    moved: F,
    largest: &'a mut f32,
}

impl<F: Fn(f32, f32) -> (f32, f32)> Vectorised for Advance<'_, F> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        /// Maxima side by side: one alone would be waited for at every unit.
        const LANES: usize = 16;
        let (mut largest, mut lost) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        let chunks = self.states.chunks_mut(LANES).zip(self.goals.chunks(LANES));
        for (states, goals) in chunks {
            let lanes = largest.iter_mut().zip(&mut lost);
            for ((x, &goal), (largest, lost)) in states.iter_mut().zip(goals).zip(lanes) {
                let (moved, distance) = (self.moved)(*x, goal);
                *largest = if distance > *largest { distance } else { *largest };
                // NaN from what is not finite, and 0 from all else.
                *lost += 0.0 * distance;
                *x = moved;
            }
        }
        let is_lost = lost.iter().any(|lost| lost.is_nan());
        *self.largest =
            if is_lost { f32::INFINITY } else { largest.into_iter().fold(0.0, f32::max) };
    }
}

/// a − b, in the one layer of `into`.
pub(super) fn subtract<'a>(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    into: &'a mut Activity,
) -> ArrayView2<'a, f32> {
    into.set_rows(a.nrows());
    Zip::from(into.out_mut(0)).and(a).and(b).for_each(|d, &a, &b| *d = a - b);
    into.out(0)
}
