//! Products with errors of which most are 0.
//!
//! Behind a maximum over n places at most one of n errors is not 0, and behind a rectifier about
//! half of the rest are not. So instead of a product of matrices each error by itself is multiplied
//! with the patch that its unit sees (for the change of the weights) or with its filter (on the way
//! back). Errors are listed by filter, a line of the map at a time, so that a filter's numbers stay
//! in registers and the lines of the image in the innermost cache.

use std::cell::RefCell;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Convolution;
use super::convolution::row_of;
use crate::data::FeatureMaps;
use crate::simd::{self, Vectorised, fused};

/// The largest share of errors other than 0 at which this pays.
const DENSEST: f64 = 0.4;
/// One example of so many is counted.
const COUNTED: usize = 8;
/// Rows of a kernel with fewer taps leave lanes empty.
const FEWEST_TAPS: usize = 16;
const LANES: usize = 16;

/// An error: where its patch begins in the padded image, and its size.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    from: u32,
    error: f32,
}

thread_local! {
    static LISTS: RefCell<Lists> = RefCell::default();
}

/// The errors of one line of a map: for each filter as many as there are.
#[derive(Debug, Default)]
struct Lists {
    entries: Vec<Entry>,
    counts: Vec<u32>,
    /// Entries that each filter has space for.
    space: usize,
    runs: Vec<Run>,
}

/// The errors of one image, as they come: of all places, or of squares with the place that won.
#[derive(Clone, Copy)]
pub(super) struct Errors<'a> {
    pub(super) errors: &'a [f32],
    /// The rows of a square, and which of its places won for each unit.
    pub(super) winners: Option<(usize, &'a [u8])>,
}

/// Whether a product with these errors is faster this way, by a few of the examples. It depends on
/// the numbers alone, so that it is the same on any machine.
pub(super) fn pays(c: &Convolution, errors: ArrayView2<'_, f32>, behind_maximum: bool) -> bool {
    if c.kernel.1 * c.input.channels < FEWEST_TAPS {
        return false;
    }
    let others = |errors: &[f32]| errors.iter().map(|e| u32::from(*e != 0.0)).sum::<u32>();
    let few = || (0..errors.nrows()).step_by(COUNTED);
    let all = || few().map(|row| f64::from(others(row_of(errors, row)))).sum::<f64>();
    behind_maximum || all() <= DENSEST * (few().len() * errors.ncols()) as f64
}

impl Errors<'_> {
    fn lines(&self, maps: FeatureMaps) -> usize {
        maps.rows / self.side()
    }

    fn side(&self) -> usize {
        self.winners.map_or(1, |(side, _)| side)
    }

    /// Lists the errors of one line of squares.
    fn list(&self, c: &Convolution, line: usize, lists: &mut Lists) {
        let (output, side) = (c.output(), self.side());
        let (columns, filters) = (output.columns / side, c.filters);
        let image_line = (c.input.columns + 2 * c.padding) * c.input.channels;
        let at = |row: usize, column: usize| {
            (row * c.stride * image_line + column * c.stride * c.input.channels) as u32
        };
        // Where the patch of each place of a square begins, from that of its first place.
        let places: Vec<u32> =
            (0..side * side).map(|place| at(place / side, place % side)).collect();
        lists.space = columns;
        lists.entries.resize(filters * columns, Entry::default());
        lists.counts.clear();
        lists.counts.resize(filters, 0);
        for column in 0..columns {
            let unit = (line * columns + column) * filters;
            let errors = &self.errors[unit..unit + filters];
            let first = at(line * side, column * side);
            for (filter, &error) in errors.iter().enumerate() {
                let place = self.winners.map_or(0, |(_, winners)| winners[unit + filter]);
                let count = &mut lists.counts[filter];
                // Written always and kept if it counts: a branch would be guessed wrong too often.
                lists.entries[filter * columns + *count as usize] =
                    Entry { from: first + places[usize::from(place)], error };
                *count += u32::from(error != 0.0);
            }
        }
    }

    /// `sum` += Σ δ patchᵀ of one image; `image` is padded.
    pub(super) fn add_outer(
        &self,
        c: &Convolution,
        image: &[f32],
        mut sum: ArrayViewMut2<'_, f32>,
    ) {
        let sum = sum.as_slice_mut().expect("the sum is contiguous");
        LISTS.with_borrow_mut(|lists| {
            runs(c, &mut lists.runs);
            for line in 0..self.lines(c.output()) {
                self.list(c, line, lists);
                simd::dispatch(Outer { c, lists, image, sum });
            }
        });
    }

    /// `image` += `scale` Wᵀ δ of one image; `image` is padded, `weights` are contiguous.
    pub(super) fn add_back(&self, c: &Convolution, weights: &[f32], image: &mut [f32]) {
        LISTS.with_borrow_mut(|lists| {
            runs(c, &mut lists.runs);
            for line in 0..self.lines(c.output()) {
                self.list(c, line, lists);
                simd::dispatch(Back { c, lists, weights, image });
            }
        });
    }
}

impl Lists {
    fn of(&self, filter: usize) -> &[Entry] {
        &self.entries[filter * self.space..][..self.counts[filter] as usize]
    }
}

struct Outer<'a> {
    c: &'a Convolution,
    lists: &'a Lists,
    image: &'a [f32],
    sum: &'a mut [f32],
}

struct Back<'a> {
    c: &'a Convolution,
    lists: &'a Lists,
    weights: &'a [f32],
    image: &'a mut [f32],
}

/// A stretch of a filter's taps that lie side by side in the image, too.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it begins in the filter, and in the image after the patch's beginning.
    tap: usize,
    after: usize,
    width: usize,
}

fn runs(c: &Convolution, runs: &mut Vec<Run>) {
    let run = c.kernel.1 * c.input.channels;
    let line = (c.input.columns + 2 * c.padding) * c.input.channels;
    runs.clear();
    for row in 0..c.kernel.0 {
        let mut done = 0;
        while done < run {
            let width = widest(run - done);
            runs.push(Run { tap: row * run + done, after: row * line + done, width });
            done += width;
        }
    }
}

/// The lanes that are done at once: as many vectors as fit, or single numbers at the end.
fn widest(left: usize) -> usize {
    let vectors = [8, 6, 4, 3, 2, 1].into_iter().find(|vectors| vectors * LANES <= left);
    vectors.map_or(left, |vectors| vectors * LANES)
}

/// Calls a function that is generic over the number of vectors, or another for single numbers.
macro_rules! by_width {
    ($width:expr, $call:ident::<FUSED>($($argument:expr),*), $few:expr) => {
        match $width / LANES {
            8 => $call::<8, FUSED>($($argument),*),
            6 => $call::<6, FUSED>($($argument),*),
            4 => $call::<4, FUSED>($($argument),*),
            3 => $call::<3, FUSED>($($argument),*),
            2 => $call::<2, FUSED>($($argument),*),
            1 => $call::<1, FUSED>($($argument),*),
            _ => $few,
        }
    };
}

impl Vectorised for Outer<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { c, lists, image, sum } = self;
        for (filter, sum) in sum.chunks_exact_mut(c.taps()).enumerate() {
            let entries = lists.of(filter);
            if entries.is_empty() {
                continue;
            }
            for &Run { tap, after, width } in &lists.runs {
                let sum = &mut sum[tap..tap + width];
                by_width!(width, gather::<FUSED>(entries, &image[after..], sum), {
                    for entry in entries {
                        let patch = &image[after + entry.from as usize..][..width];
                        for (sum, x) in sum.iter_mut().zip(patch) {
                            *sum = fused::<FUSED>(entry.error, *x, *sum);
                        }
                    }
                });
            }
        }
    }
}

impl Vectorised for Back<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { c, lists, weights, image } = self;
        for (filter, weights) in weights.chunks_exact(c.taps()).enumerate() {
            let entries = lists.of(filter);
            if entries.is_empty() {
                continue;
            }
            for &Run { tap, after, width } in &lists.runs {
                let weights = &weights[tap..tap + width];
                by_width!(width, scatter::<FUSED>(entries, weights, &mut image[after..]), {
                    for &Entry { from, error } in entries {
                        let patch = &mut image[after + from as usize..][..width];
                        for (x, w) in patch.iter_mut().zip(weights) {
                            *x = fused::<FUSED>(error, *w, *x);
                        }
                    }
                });
            }
        }
    }
}

/// `sum` += Σ δ patch, with the sum in registers.
#[inline(always)]
fn gather<const V: usize, const FUSED: bool>(entries: &[Entry], image: &[f32], sum: &mut [f32]) {
    let mut own = [[0.0_f32; LANES]; V];
    own.as_flattened_mut().copy_from_slice(sum);
    for entry in entries {
        let patch = &image[entry.from as usize..][..V * LANES];
        let patch: &[[f32; LANES]] = patch.as_chunks().0;
        for (own, patch) in own.iter_mut().zip(patch) {
            for (own, x) in own.iter_mut().zip(patch) {
                *own = fused::<FUSED>(entry.error, *x, *own);
            }
        }
    }
    sum.copy_from_slice(own.as_flattened());
}

/// Each patch += `scale` δ w, with the weights in registers.
#[inline(always)]
fn scatter<const V: usize, const FUSED: bool>(
    entries: &[Entry],
    weights: &[f32],
    image: &mut [f32],
) {
    let mut own = [[0.0_f32; LANES]; V];
    own.as_flattened_mut().copy_from_slice(weights);
    for &Entry { from, error } in entries {
        let patch = &mut image[from as usize..][..V * LANES];
        let patch: &mut [[f32; LANES]] = patch.as_chunks_mut().0;
        for (patch, own) in patch.iter_mut().zip(&own) {
            for (x, w) in patch.iter_mut().zip(own) {
                *x = fused::<FUSED>(error, *w, *x);
            }
        }
    }
}
