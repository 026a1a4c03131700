//! Convolution without products of matrices, for strides and for kernels whose rows have few taps:
//! sums stay in registers, for a few places and filters at a time, and no patch is copied.

use std::array;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Convolution;
use crate::data::FeatureMaps;
use crate::simd::{self, Vectorised};

/// A convolution, image by image.
#[derive(Clone, Copy)]
pub(super) struct Direct {
    convolution: Convolution,
    output: FeatureMaps,
    /// The taps of a row of the kernel.
    run: usize,
    /// The numbers of a line of the padded image.
    line: usize,
    /// How many filters are summed at a time, 8 or 16.
    lanes: usize,
    /// How many places of a line at a time.
    places: usize,
    /// How many taps of a row of the kernel at a time.
    taps: usize,
}

/// Rows of a kernel with more taps are multiplied as matrices.
const FEWEST_TAPS: usize = 24;
/// The most places, or taps of a row, at a time.
const MOST: usize = 6;
/// Taps are summed so many at a time; numbers for one time more must follow an image that is written.
pub(super) const TAPS: usize = 8;

impl Direct {
    /// If this way is the faster one.
    pub(super) fn of(c: &Convolution) -> Option<Self> {
        let run = c.kernel.1 * c.input.channels;
        if c.stride == 1 && run >= FEWEST_TAPS {
            return None;
        }
        let line = (c.input.columns + 2 * c.padding) * c.input.channels;
        let lanes = if matches!(c.filters % 16, 1..=8) { 8 } else { 16 };
        let (output, taps) = (c.output(), part_of(run));
        let places = part_of(output.columns);
        Some(Self { convolution: *c, output, run, line, lanes, places, taps })
    }

    /// The taps of a filter.
    fn kernel(&self) -> usize {
        self.convolution.taps()
    }

    fn chunks(&self) -> usize {
        self.convolution.filters.div_ceil(self.lanes)
    }

    /// The numbers from one place's patch to the next.
    fn step(&self) -> usize {
        self.convolution.stride * self.convolution.input.channels
    }

    /// Where the patch of a place begins in the padded image.
    fn patch(&self, row: usize, column: usize) -> usize {
        row * self.convolution.stride * self.line + column * self.step()
    }

    /// Weights as [`forward`](Self::forward) reads them: a few filters beside one another, tap by
    /// tap.
    pub(super) fn packed(&self, weights: ArrayView2<'_, f32>) -> Vec<f32> {
        let mut packed = vec![0.0; self.packed_len()];
        for ((filter, tap), &w) in weights.indexed_iter() {
            packed[self.place_of(filter, tap)] = w;
        }
        packed
    }

    pub(super) fn packed_len(&self) -> usize {
        self.chunks() * self.kernel() * self.lanes
    }

    fn place_of(&self, filter: usize, tap: usize) -> usize {
        (filter / self.lanes * self.kernel() + tap) * self.lanes + filter % self.lanes
    }

    /// Adds sums in that order to a matrix, filters × taps.
    pub(super) fn add_unpacked(&self, packed: &[f32], mut g: ArrayViewMut2<'_, f32>) {
        for ((filter, tap), g) in g.indexed_iter_mut() {
            *g += packed[self.place_of(filter, tap)];
        }
    }

    /// Weights as [`add_back`](Self::add_back) reads them: filter by filter, each row of the kernel with
    /// zeros to the next multiple of [`TAPS`].
    pub(super) fn packed_back(&self, weights: ArrayView2<'_, f32>) -> Vec<f32> {
        let wide = self.run.next_multiple_of(TAPS);
        let mut packed = vec![0.0; weights.nrows() * self.convolution.kernel.0 * wide];
        for ((filter, tap), &w) in weights.indexed_iter() {
            let row = filter * self.convolution.kernel.0 + tap / self.run;
            packed[row * wide + tap % self.run] = w;
        }
        packed
    }

    /// W x at every place of a padded image, places × filters.
    pub(super) fn forward(&self, image: &[f32], weights: &[f32], places: &mut [f32]) {
        match self.lanes {
            8 => simd::dispatch(Forward::<8> { of: self, image, weights, places }),
            _ => simd::dispatch(Forward::<16> { of: self, image, weights, places }),
        }
    }

    /// Adds Σ δ patchᵀ of a padded image to sums in the order of [`packed`](Self::packed); errors
    /// are places × filters.
    pub(super) fn add_outer(&self, image: &[f32], errors: &[f32], sums: &mut [f32]) {
        match self.lanes {
            8 => simd::dispatch(Outer::<8> { of: self, image, errors, sums }),
            _ => simd::dispatch(Outer::<16> { of: self, image, errors, sums }),
        }
    }

    /// Adds Wᵀ of the errors, places × filters, to a padded image that [`TAPS`] numbers follow.
    pub(super) fn add_back(&self, errors: &[f32], weights: &[f32], image: &mut [f32]) {
        simd::dispatch(Back { of: self, errors, weights, image });
    }

    /// Adds a few taps of each row of the kernel, at a few places beside one another; image and
    /// weights begin at the first of these taps.
    #[inline(always)]
    fn add_taps<const FUSED: bool, const LANES: usize, const PLACES: usize, const COUNT: usize>(
        &self,
        sums: &mut [[f32; LANES]; PLACES],
        image: &[f32],
        weights: &[[f32; LANES]],
    ) {
        let step = self.step();
        // A copy stays in registers.
        let mut own = *sums;
        for part in 0..self.convolution.kernel.0 {
            let weights: &[[f32; LANES]; COUNT] =
                weights[part * self.run..].first_chunk().expect("weights of the taps");
            let patches = &image[part * self.line..];
            for tap in 0..COUNT {
                let patches = &patches[tap..tap + (PLACES - 1) * step + 1];
                let x: [f32; PLACES] = array::from_fn(|place| patches[place * step]);
                for (sums, x) in own.iter_mut().zip(x) {
                    add_products::<FUSED, LANES>(sums, x, &weights[tap]);
                }
            }
        }
        *sums = own;
    }
}

/// The size of few parts of nearly the same size, each at most [`MOST`].
fn part_of(count: usize) -> usize {
    count.div_ceil(count.div_ceil(MOST))
}

/// Where each part begins, and how long it is: `size`, but for the last one.
#[inline(always)]
fn parts(count: usize, size: usize) -> impl Iterator<Item = (usize, usize)> {
    // A range in steps would divide, which takes as long as a part.
    let mut next = 0;
    std::iter::from_fn(move || {
        let first = next;
        next += size;
        (first < count).then(|| (first, size.min(count - first)))
    })
}

/// Calls a method for a number of places that the compiler knows.
macro_rules! for_places {
    ($count:expr, $self:ident . $method:ident ($($argument:expr),*)) => {
        match $count {
            1 => $self.$method::<FUSED, 1>($($argument),*),
            2 => $self.$method::<FUSED, 2>($($argument),*),
            3 => $self.$method::<FUSED, 3>($($argument),*),
            4 => $self.$method::<FUSED, 4>($($argument),*),
            5 => $self.$method::<FUSED, 5>($($argument),*),
            _ => $self.$method::<FUSED, MOST>($($argument),*),
        }
    };
}

/// sums += x w, in one instruction if there is one.
#[inline(always)]
fn add_products<const FUSED: bool, const LANES: usize>(
    sums: &mut [f32; LANES],
    x: f32,
    w: &[f32; LANES],
) {
    for (sum, w) in sums.iter_mut().zip(*w) {
        *sum = if FUSED { x.mul_add(w, *sum) } else { *sum + x * w };
    }
}

struct Forward<'a, const LANES: usize> {
    of: &'a Direct,
    image: &'a [f32],
    weights: &'a [f32],
    places: &'a mut [f32],
}

impl<const LANES: usize> Vectorised for Forward<'_, LANES> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        for chunk in 0..self.of.chunks() {
            for row in 0..self.of.output.rows {
                for (column, count) in parts(self.of.output.columns, self.of.places) {
                    for_places!(count, self.block(chunk, row, column));
                }
            }
        }
    }
}

impl<const LANES: usize> Forward<'_, LANES> {
    #[inline(always)]
    fn block<const FUSED: bool, const PLACES: usize>(
        &mut self,
        chunk: usize,
        row: usize,
        column: usize,
    ) {
        let (of, run) = (self.of, self.of.run);
        let mut sums = [[0.0_f32; LANES]; PLACES];
        let image = &self.image[of.patch(row, column)..];
        let weights = &self.weights[chunk * of.kernel() * LANES..][..of.kernel() * LANES];
        let weights = weights.as_chunks().0;
        for (tap, count) in parts(run, of.taps) {
            let (image, weights) = (&image[tap..], &weights[tap..]);
            match count {
                1 => of.add_taps::<FUSED, _, _, 1>(&mut sums, image, weights),
                2 => of.add_taps::<FUSED, _, _, 2>(&mut sums, image, weights),
                3 => of.add_taps::<FUSED, _, _, 3>(&mut sums, image, weights),
                4 => of.add_taps::<FUSED, _, _, 4>(&mut sums, image, weights),
                5 => of.add_taps::<FUSED, _, _, 5>(&mut sums, image, weights),
                _ => of.add_taps::<FUSED, _, _, MOST>(&mut sums, image, weights),
            }
        }
        let filters = of.convolution.filters;
        let wide = (filters - chunk * LANES).min(LANES);
        for (place, sums) in sums.iter().enumerate() {
            let at = (row * of.output.columns + column + place) * filters + chunk * LANES;
            match self.places[at..].first_chunk_mut::<LANES>() {
                Some(to) if wide == LANES => *to = *sums,
                _ => self.places[at..at + wide].copy_from_slice(&sums[..wide]),
            }
        }
    }
}

struct Outer<'a, const LANES: usize> {
    of: &'a Direct,
    image: &'a [f32],
    errors: &'a [f32],
    sums: &'a mut [f32],
}

impl<const LANES: usize> Vectorised for Outer<'_, LANES> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        for chunk in 0..self.of.chunks() {
            for part in 0..self.of.convolution.kernel.0 {
                for (tap, count) in parts(self.of.run, self.of.taps) {
                    for_places!(count, self.block(chunk, part, tap));
                }
            }
        }
    }
}

impl<const LANES: usize> Outer<'_, LANES> {
    /// Of so many taps of a row of the kernel.
    #[inline(always)]
    fn block<const FUSED: bool, const COUNT: usize>(
        &mut self,
        chunk: usize,
        part: usize,
        tap: usize,
    ) {
        let (of, filters) = (self.of, self.of.convolution.filters);
        let wide = (filters - chunk * LANES).min(LANES);
        let mut sums = [[0.0_f32; LANES]; COUNT];
        for row in 0..of.output.rows {
            let from = of.patch(row, 0) + part * of.line + tap;
            let errors = &self.errors[row * of.output.columns * filters..];
            for (column, errors) in errors.chunks_exact(filters).take(of.output.columns).enumerate()
            {
                let errors = &errors[chunk * LANES..];
                let errors: [f32; LANES] = match errors.first_chunk::<LANES>() {
                    Some(errors) => *errors,
                    None => {
                        let mut padded = [0.0; LANES];
                        padded[..wide].copy_from_slice(&errors[..wide]);
                        padded
                    }
                };
                let from = from + column * of.step();
                let x: &[f32; COUNT] =
                    self.image[from..].first_chunk().expect("a patch lies within the image");
                for (sums, &x) in sums.iter_mut().zip(x) {
                    add_products::<FUSED, LANES>(sums, x, &errors);
                }
            }
        }
        let at = (chunk * of.kernel() + part * of.run + tap) * LANES;
        let to = &mut self.sums[at..at + COUNT * LANES];
        to.iter_mut().zip(sums.as_flattened()).for_each(|(to, sum)| *to += sum);
    }
}

struct Back<'a> {
    of: &'a Direct,
    errors: &'a [f32],
    weights: &'a [f32],
    image: &'a mut [f32],
}

impl Vectorised for Back<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        for row in 0..self.of.output.rows {
            for (column, count) in parts(self.of.output.columns, self.of.places) {
                for_places!(count, self.block(row, column));
            }
        }
    }
}

impl Back<'_> {
    #[inline(always)]
    fn block<const FUSED: bool, const PLACES: usize>(&mut self, row: usize, column: usize) {
        let (of, filters, rows) =
            (self.of, self.of.convolution.filters, self.of.convolution.kernel.0);
        let wide = of.run.next_multiple_of(TAPS);
        let first = row * of.output.columns + column;
        let errors = &self.errors[first * filters..][..PLACES * filters];
        for part in 0..rows {
            for tap in (0..wide).step_by(TAPS) {
                let mut sums = [[0.0_f32; TAPS]; PLACES];
                let weights = &self.weights[part * wide + tap..];
                for (filter, weights) in weights.chunks(rows * wide).enumerate().take(filters) {
                    let weights: &[f32; TAPS] = weights.first_chunk().expect("rows end with zeros");
                    let errors = &errors[filter..];
                    let errors = &errors[..(PLACES - 1) * filters + 1];
                    let d: [f32; PLACES] = array::from_fn(|place| errors[place * filters]);
                    for (sums, d) in sums.iter_mut().zip(d) {
                        add_products::<FUSED, TAPS>(sums, d, weights);
                    }
                }
                let from = of.patch(row, column) + part * of.line + tap;
                for (place, sums) in sums.iter().enumerate() {
                    let to: &mut [f32; TAPS] = self.image[from + place * of.step()..]
                        .first_chunk_mut()
                        .expect("numbers follow the image");
                    to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
                }
            }
        }
    }
}
