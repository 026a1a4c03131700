//! Convolution without products of matrices, for strides and for kernels whose rows have few taps:
//! sums stay in registers, for a few places and filters at a time, and no patch is copied.
//!
//! A vector of [`LANES`] numbers has one tap of 16 filters, or, where there are few filters, two taps
//! of 8 of them beside one another. In a row of the kernel with an odd number of taps the last two
//! are a pair then, with a weight of 0 for the one that has been in the pair before.
#![allow(unsafe_code)]

use std::array;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Convolution;
use crate::data::FeatureMaps;
use crate::simd::{self, LANES, OnVectors, Vector};

/// A convolution, image by image.
pub(super) struct Direct {
    convolution: Convolution,
    output: FeatureMaps,
    /// The taps of a row of the kernel.
    run: usize,
    /// The numbers of a line of the padded image.
    line: usize,
    /// How many taps of a filter a vector has: 1 or 2.
    width: usize,
    /// How many places of a line are summed at a time.
    places: usize,
    /// Where the patch of each place begins in the padded image.
    patches: Vec<usize>,
}

/// Rows of a kernel with more taps are multiplied as matrices.
const FEWEST_TAPS: usize = 24;
/// The most places, or vectors of a row of the kernel, at a time.
const MOST: usize = 6;
/// On the way back so many numbers more than an image has are written.
pub(super) const BEYOND: usize = LANES;

impl Direct {
    /// If this way is the faster one.
    pub(super) fn of(c: &Convolution) -> Option<Self> {
        let run = c.kernel.1 * c.input.channels;
        if c.stride == 1 && run >= FEWEST_TAPS {
            return None;
        }
        let line = (c.input.columns + 2 * c.padding) * c.input.channels;
        let width = if run > 1 && matches!(c.filters % LANES, 1..=8) { 2 } else { 1 };
        let output = c.output();
        let places = part_of(output.columns);
        let mut patches = Vec::with_capacity(output.places());
        for row in 0..output.rows {
            let first = row * c.stride * line;
            patches.extend(
                (0..output.columns).map(|column| first + column * c.stride * c.input.channels),
            );
        }
        Some(Self { convolution: *c, output, run, line, width, places, patches })
    }

    /// The filters of a vector.
    fn filters(&self) -> usize {
        LANES / self.width
    }

    /// The vectors of a row of the kernel.
    fn vectors(&self) -> usize {
        self.run.div_ceil(self.width)
    }

    /// The first tap of a vector.
    fn first(&self, vector: usize) -> usize {
        (vector * self.width).min(self.run - self.width)
    }

    /// The vectors of some filters.
    fn kernel(&self) -> usize {
        self.convolution.kernel.0 * self.vectors()
    }

    fn chunks(&self) -> usize {
        self.convolution.filters.div_ceil(self.filters())
    }

    /// The numbers from one place's patch to the next.
    fn step(&self) -> usize {
        self.convolution.stride * self.convolution.input.channels
    }

    /// Where the patch of a place begins in the padded image.
    fn patch(&self, row: usize, column: usize) -> usize {
        row * self.convolution.stride * self.line + column * self.step()
    }

    /// Weights as [`forward`](Self::forward) reads them.
    pub(super) fn packed(&self, weights: ArrayView2<'_, f32>) -> Packed {
        let mut packed = vec![0.0; self.packed_len()];
        self.for_each_weight(|at, place| packed[place] = weights[at]);
        let rows = 0..self.convolution.kernel.0;
        let vectors = rows.flat_map(|row| (0..self.vectors()).map(move |vector| (row, vector)));
        let starts = vectors.map(|(row, vector)| row * self.line + self.first(vector)).collect();
        Packed { weights: packed, starts }
    }

    pub(super) fn packed_len(&self) -> usize {
        self.chunks() * self.kernel() * LANES
    }

    /// Calls `with` with the filter and tap of each weight, and where it lies in vectors: those of a few
    /// filters after those of the others.
    fn for_each_weight(&self, mut with: impl FnMut((usize, usize), usize)) {
        let filters = self.filters();
        for filter in 0..self.convolution.filters {
            let (chunk, own) = (filter / filters * self.kernel(), filter % filters * self.width);
            for row in 0..self.convolution.kernel.0 {
                let vectors = chunk + row * self.vectors();
                for tap in 0..self.run {
                    let vector = if self.width == 2 { tap / 2 } else { tap };
                    let lane = own + tap - self.first(vector);
                    with((filter, row * self.run + tap), (vectors + vector) * LANES + lane);
                }
            }
        }
    }

    /// Adds `scale` times sums in the order of packed weights to a matrix, filters × taps.
    pub(super) fn add_unpacked(&self, sums: &[f32], scale: f32, mut g: ArrayViewMut2<'_, f32>) {
        self.for_each_weight(|at, place| g[at] += scale * sums[place]);
    }

    /// Weights as [`add_back`](Self::add_back) reads them: filter by filter, each row of the kernel with
    /// zeros to the end of its last vector.
    pub(super) fn packed_back(&self, weights: ArrayView2<'_, f32>) -> Vec<f32> {
        let wide = self.run.next_multiple_of(LANES);
        let mut packed = vec![0.0; weights.nrows() * self.convolution.kernel.0 * wide];
        for ((filter, tap), &w) in weights.indexed_iter() {
            let row = filter * self.convolution.kernel.0 + tap / self.run;
            packed[row * wide + tap % self.run] = w;
        }
        packed
    }

    /// W x at every place of a padded image, places × filters.
    pub(super) fn forward(&self, image: &[f32], kernel: &Packed, places: &mut [f32]) {
        match self.width {
            2 => simd::dispatch_vectors(Forward::<2> { of: self, image, kernel, places }),
            _ => simd::dispatch_vectors(Forward::<1> { of: self, image, kernel, places }),
        }
    }

    /// Adds Σ δ patchᵀ of a padded image to sums in the order of packed weights; errors are places ×
    /// filters.
    pub(super) fn add_outer(&self, image: &[f32], errors: &[f32], sums: &mut [f32]) {
        match self.width {
            2 => simd::dispatch_vectors(Outer::<2> { of: self, image, errors, sums }),
            _ => simd::dispatch_vectors(Outer::<1> { of: self, image, errors, sums }),
        }
    }

    /// Adds Wᵀ of the errors, places × filters, to a padded image that [`BEYOND`] numbers follow.
    pub(super) fn add_back(&self, errors: &[f32], weights: &[f32], image: &mut [f32]) {
        simd::dispatch_vectors(Back { of: self, errors, weights, image });
    }
}

/// Weights in vectors.
pub(super) struct Packed {
    weights: Vec<f32>,
    /// Where the taps of each vector begin in a patch; no vector ends after the patch.
    starts: Vec<usize>,
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

/// How many of `count` lines, of places or vectors, are summed at a time: so many sums are under way
/// that none is needed before it is there, if there are registers for them.
#[inline(always)]
fn lines<V: Vector>(count: usize, in_a_line: usize, most: usize) -> usize {
    let most = if V::MANY_REGISTERS { (MOST_SUMS / in_a_line).min(most) } else { 1 };
    count.div_ceil(count.div_ceil(most))
}

/// Sums for which there are registers.
const MOST_SUMS: usize = 16;

/// Calls a method for a number of lines, and of places or vectors, that the compiler knows.
macro_rules! for_counts {
    ($lines:expr, $count:expr, [$($known:literal)*], $self:ident . $method:ident $arguments:tt) => {
        match ($lines, $count) {
            $(
                ($known, 1) => $self.$method::<V, $known, 1> $arguments,
                ($known, 2) => $self.$method::<V, $known, 2> $arguments,
                ($known, 3) => $self.$method::<V, $known, 3> $arguments,
                ($known, 4) => $self.$method::<V, $known, 4> $arguments,
                ($known, 5) => $self.$method::<V, $known, 5> $arguments,
                ($known, MOST) => $self.$method::<V, $known, MOST> $arguments,
            )*
            (lines, count) => unreachable!("{lines} lines of {count}"),
        }
    };
}

struct Forward<'a, const WIDTH: usize> {
    of: &'a Direct,
    image: &'a [f32],
    kernel: &'a Packed,
    places: &'a mut [f32],
}

impl<const WIDTH: usize> OnVectors for Forward<'_, WIDTH> {
    #[inline(always)]
    fn run<V: Vector>(mut self) {
        for chunk in 0..self.of.chunks() {
            let rows = self.of.output.rows;
            for (row, lines) in parts(rows, lines::<V>(rows, self.of.places, 3)) {
                for (column, count) in parts(self.of.output.columns, self.of.places) {
                    for_counts!(lines, count, [1 2 3], self.block(chunk, row, column));
                }
            }
        }
    }
}

impl<const WIDTH: usize> Forward<'_, WIDTH> {
    #[inline(always)]
    fn block<V: Vector, const LINES: usize, const PLACES: usize>(
        &mut self,
        chunk: usize,
        row: usize,
        column: usize,
    ) {
        let (of, step) = (self.of, self.of.step());
        let (below, patch) = (of.convolution.stride * of.line, of.patch(row, column));
        let beyond = (of.convolution.kernel.0 - 1) * of.line + of.run;
        let image = &self.image[patch..][..(LINES - 1) * below + (PLACES - 1) * step + beyond];
        let mut sums = [[V::zero(); PLACES]; LINES];
        let weights: &[[f32; LANES]] = self.kernel.weights.as_chunks().0;
        let weights = &weights[chunk * of.kernel()..];
        for (start, weights) in self.kernel.starts.iter().zip(weights) {
            let weights = V::load(weights);
            for (line, sums) in sums.iter_mut().enumerate() {
                for (place, sum) in sums.iter_mut().enumerate() {
                    let at = start + line * below + place * step;
                    // SAFETY: `image` ends with the patch of the last place, and no vector ends after
                    // its patch.
                    let x = unsafe { V::repeat_at::<WIDTH>(image, at) };
                    *sum = sum.plus_product(x, weights);
                }
            }
        }
        let filters = of.convolution.filters;
        for (line, sums) in sums.iter().enumerate() {
            let first = ((row + line) * of.output.columns + column) * filters;
            let places = self.places[first..][..PLACES * filters].chunks_exact_mut(filters);
            for (place, sums) in places.zip(sums) {
                Self::write(&mut place[chunk * (LANES / WIDTH)..], *sums);
            }
        }
    }

    /// The sums of a place, of which those of a filter lie side by side.
    #[inline(always)]
    fn write<V: Vector>(to: &mut [f32], sums: V) {
        match WIDTH {
            1 => fill(to, &sums.numbers()),
            _ => fill(to, &sums.sums_of_pairs()),
        }
    }
}

/// The first numbers, as many as there is room for: most often all of them, in one instruction.
#[inline(always)]
fn fill<const COUNT: usize>(to: &mut [f32], from: &[f32; COUNT]) {
    match to.first_chunk_mut() {
        Some(to) => *to = *from,
        None => to.copy_from_slice(&from[..to.len()]),
    }
}

struct Outer<'a, const WIDTH: usize> {
    of: &'a Direct,
    image: &'a [f32],
    errors: &'a [f32],
    sums: &'a mut [f32],
}

impl<const WIDTH: usize> OnVectors for Outer<'_, WIDTH> {
    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let (rows, vectors) = (self.of.convolution.kernel.0, part_of(self.of.vectors()));
        for chunk in 0..self.of.chunks() {
            for (part, lines) in parts(rows, lines::<V>(rows, vectors, 5)) {
                for (vector, count) in parts(self.of.vectors(), vectors) {
                    for_counts!(lines, count, [1 2 3 4 5], self.block(chunk, part, vector));
                }
            }
        }
    }
}

impl<const WIDTH: usize> Outer<'_, WIDTH> {
    /// Of so many vectors of a row of the kernel, and of the next row.
    #[inline(always)]
    fn block<V: Vector, const LINES: usize, const COUNT: usize>(
        &mut self,
        chunk: usize,
        part: usize,
        vector: usize,
    ) {
        let (of, filters) = (self.of, self.of.convolution.filters);
        let first = of.first(vector);
        // The last vector may begin before the one before it ends.
        let last = of.first(vector + COUNT - 1) - first;
        let mut sums = [[V::zero(); COUNT]; LINES];
        let from = part * of.line + first;
        let end = (LINES - 1) * of.line + last + WIDTH;
        let furthest = of.patches.last().map_or(0, |patch| patch + from + end);
        assert!(furthest <= self.image.len(), "an image of {} numbers", self.image.len());
        let errors = self.errors.chunks_exact(filters);
        for (patch, errors) in of.patches.iter().zip(errors) {
            let errors = Self::repeated::<V>(&errors[chunk * (LANES / WIDTH)..]);
            for (line, sums) in sums.iter_mut().enumerate() {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    let tap = if vector == COUNT - 1 { last } else { vector * WIDTH };
                    let at = patch + from + line * of.line + tap;
                    // SAFETY: no patch begins after the last one, no line after the last line, and no
                    // vector before the last one ends after it: all are in the image.
                    let x = unsafe { V::repeat_at::<WIDTH>(self.image, at) };
                    *sum = sum.plus_product(x, errors);
                }
            }
        }
        for (line, sums) in sums.iter().enumerate() {
            let at = chunk * of.kernel() + (part + line) * of.vectors() + vector;
            let to = &mut self.sums[at * LANES..][..COUNT * LANES];
            for (to, sum) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
                to.iter_mut().zip(sum.numbers()).for_each(|(to, sum)| *to += sum);
            }
        }
    }

    /// The errors of a place, each once for every tap of a vector.
    #[inline(always)]
    fn repeated<V: Vector>(errors: &[f32]) -> V {
        match (errors.first_chunk::<LANES>(), errors.first_chunk::<8>()) {
            (Some(errors), _) if WIDTH == 1 => V::load(errors),
            (_, Some(errors)) if WIDTH == 2 => V::load(&array::from_fn(|lane| errors[lane / 2])),
            _ => V::load(&array::from_fn(|lane| errors.get(lane / WIDTH).copied().unwrap_or(0.0))),
        }
    }
}

struct Back<'a> {
    of: &'a Direct,
    errors: &'a [f32],
    weights: &'a [f32],
    image: &'a mut [f32],
}

impl OnVectors for Back<'_> {
    #[inline(always)]
    fn run<V: Vector>(mut self) {
        let vectors = self.of.run.div_ceil(LANES);
        let at_a_time = lines::<V>(vectors, self.of.places, 2);
        for row in 0..self.of.output.rows {
            for (column, count) in parts(self.of.output.columns, self.of.places) {
                for part in 0..self.of.convolution.kernel.0 {
                    for (vector, lines) in parts(vectors, at_a_time) {
                        let at = (part, vector);
                        for_counts!(lines, count, [1 2], self.block(row, column, at));
                    }
                }
            }
        }
    }
}

impl Back<'_> {
    /// Of so many vectors of a row of the kernel.
    #[inline(always)]
    fn block<V: Vector, const VECTORS: usize, const PLACES: usize>(
        &mut self,
        row: usize,
        column: usize,
        (part, vector): (usize, usize),
    ) {
        let (of, filters) = (self.of, self.of.convolution.filters);
        let first = row * of.output.columns + column;
        let errors = &self.errors[first * filters..][..PLACES * filters];
        let mut sums = [[V::zero(); VECTORS]; PLACES];
        let vectors = of.run.div_ceil(LANES);
        let weights = &self.weights.as_chunks::<LANES>().0[part * vectors + vector..];
        let of_filters = weights.chunks(of.convolution.kernel.0 * vectors);
        for (filter, weights) in of_filters.enumerate().take(filters) {
            let weights = weights.first_chunk::<VECTORS>().expect("vectors of a row");
            let weights = weights.each_ref().map(V::load);
            for (place, sums) in sums.iter_mut().enumerate() {
                // SAFETY: there are the errors of so many places, each with one for every filter.
                let d = unsafe { V::repeat_at::<1>(errors, place * filters + filter) };
                for (sum, w) in sums.iter_mut().zip(weights) {
                    *sum = sum.plus_product(d, w);
                }
            }
        }
        let from = of.patch(row, column) + part * of.line + vector * LANES;
        for (place, sums) in sums.iter().enumerate() {
            let to = &mut self.image[from + place * of.step()..][..VECTORS * LANES];
            for (to, sum) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
                to.iter_mut().zip(sum.numbers()).for_each(|(to, sum)| *to += sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Plain;

    /// Numbers of no order, between −1 and 1.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 37 + seed * 11) as f32).sin()).collect()
    }

    #[test]
    fn other_processors_vectors_give_the_same_numbers() {
        for (channels, filters, side, stride) in
            [(1, 8, 5, 2), (8, 16, 3, 2), (3, 20, 2, 1), (1, 5, 1, 1), (5, 33, 4, 3)]
        {
            let input = FeatureMaps { rows: 9, columns: 11, channels };
            let c = Convolution { input, filters, kernel: (side, side), stride, padding: 0 };
            let direct = Direct::of(&c).expect("strides, or few taps in a row");
            match direct.width {
                2 => compare::<2>(&c, &direct),
                _ => compare::<1>(&c, &direct),
            }
        }
    }

    fn compare<const WIDTH: usize>(c: &Convolution, of: &Direct) {
        let weights = numbers(c.filters * c.taps(), 0);
        let weights = ArrayView2::from_shape((c.filters, c.taps()), &weights).expect("as many");
        let (image, errors) = (numbers(c.input.units(), 1), numbers(c.output().units(), 2));
        let kernel = of.packed(weights);
        let [mut places, mut expected] = [(); 2].map(|()| vec![0.0; errors.len()]);
        of.forward(&image, &kernel, &mut expected);
        let forward = Forward::<WIDTH> { of, image: &image, kernel: &kernel, places: &mut places };
        forward.run::<Plain<true>>();
        assert_near(&places, &expected, c);

        let [mut sums, mut expected] = [(); 2].map(|()| vec![0.0; of.packed_len()]);
        of.add_outer(&image, &errors, &mut expected);
        let outer = Outer::<WIDTH> { of, image: &image, errors: &errors, sums: &mut sums };
        outer.run::<Plain<true>>();
        assert_near(&sums, &expected, c);

        let packed = of.packed_back(weights);
        let [mut back, mut expected] = [(); 2].map(|()| vec![0.0; image.len() + BEYOND]);
        of.add_back(&errors, &packed, &mut expected);
        Back { of, errors: &errors, weights: &packed, image: &mut back }.run::<Plain<true>>();
        assert_near(&back, &expected, c);
    }

    fn assert_near(found: &[f32], expected: &[f32], c: &Convolution) {
        let mut pairs = found.iter().zip(expected);
        assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-4), "{c:?}: {found:?}, not {expected:?}");
    }
}
