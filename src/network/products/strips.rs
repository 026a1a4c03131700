//! Convolution by matrix products, a few images at a time.
//!
//! With channels last, the patches that one row of a kernel sees in an image are a matrix whose
//! rows overlap in memory: each begins one place after the one before and is as long as that row's
//! taps. So a convolution is as many products as the kernel has rows, and nothing is copied
//! (Chellapilla, Puri & Simard 2006 copy all patches; Cho & Brand 2017, arXiv 1706.06873, one
//! row's). The matrix has some rows too many, between the lines of the image, whose results are not
//! used. With a stride, or rows of few taps, patches are copied after all.

use std::cell::RefCell;
use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder, s};

use super::convolution::Given;
use super::pooling::Lines;
use super::winners::Errors;
use super::{Convolution, Store, multiply};
use crate::data::FeatureMaps;

thread_local! {
    pub(super) static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Numbers of a few images; they grow to the largest.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The padded image, or the patches of some.
    pub(super) image: Vec<f32>,
    /// Outputs, or their errors, in lines as long as those of the padded image.
    places: Vec<f32>,
    /// Errors of the patches of one row of the kernel.
    patches: Vec<f32>,
}

/// A convolution as products of matrices.
#[derive(Clone, Copy)]
pub(super) struct Strips {
    convolution: Convolution,
    output: FeatureMaps,
    /// How many images a product is for.
    pub(super) group: usize,
    /// How many products: the rows of the kernel, or 1 where whole patches are copied.
    parts: usize,
    /// The taps of a part.
    width: usize,
    /// The rows of an image's matrix of patches.
    height: usize,
    /// How far apart two rows begin.
    step: usize,
    /// Rows from one line of outputs to the next.
    line: usize,
    /// The numbers of a padded image, or of all its patches.
    image: usize,
}

/// Where rows of a kernel have fewer taps, whole patches are copied.
const FEWEST_TAPS: usize = 24;
/// The numbers of copied patches that a product is for, if there are as many: they stay in the
/// second cache.
const COPIED: usize = 1 << 15;

impl Strips {
    pub(super) fn of(c: &Convolution) -> Self {
        let output = c.output();
        let width = c.kernel.1 * c.input.channels;
        if c.stride > 1 || width < FEWEST_TAPS {
            let image = output.places() * c.taps();
            return Self {
                convolution: *c,
                output,
                group: (COPIED / image).max(1),
                parts: 1,
                width: c.taps(),
                height: output.places(),
                step: c.taps(),
                line: output.columns,
                image,
            };
        }
        let line = c.input.columns + 2 * c.padding;
        Self {
            convolution: *c,
            output,
            group: 1,
            parts: c.kernel.0,
            width,
            height: (output.rows - 1) * line + output.columns,
            step: c.input.channels,
            line,
            image: c.padded_units(),
        }
    }

    fn copies_patches(&self) -> bool {
        self.line == self.output.columns && self.parts == 1 && self.width == self.step
    }

    pub(super) fn lines(&self) -> Lines {
        Lines { maps: self.output, line: self.line }
    }

    /// The numbers of an image's outputs, with what lies between lines.
    fn outputs(&self) -> usize {
        self.output.rows * self.line * self.output.channels
    }

    /// Calls `with` with the number of each of `images` images and its W x, in lines.
    pub(super) fn product(
        &self,
        x: &[f32],
        images: usize,
        weights: ArrayView2<'_, f32>,
        mut with: impl FnMut(usize, &[f32]),
    ) {
        SCRATCH.with_borrow_mut(|Scratch { image, places, .. }| {
            let image = self.image(x, images, image);
            let mut all = self.places(places, images);
            for part in 0..self.parts {
                let store = if part == 0 { Store::Overwrite } else { Store::Add(1.0) };
                let weights = weights.slice_move(s![.., self.part(part)]);
                multiply(&self.patches(image, part, images), &weights.t(), store, &mut all);
            }
            let outputs = places.chunks_exact(self.outputs());
            outputs.take(images).enumerate().for_each(|(image, places)| with(image, places));
        });
    }

    /// Calls `with` with the number of each image and Wᵀ of its errors, for
    /// [`give_back`](Self::give_back).
    pub(super) fn product_back(
        &self,
        given: Given<'_>,
        rows: Range<usize>,
        weights: ArrayView2<'_, f32>,
        mut with: impl FnMut(usize, &[f32]),
    ) {
        SCRATCH.with_borrow_mut(|Scratch { image, places, patches }| {
            let images = rows.len();
            let errors = self.spread(given, rows, places);
            if self.copies_patches() {
                image.resize(images * self.image, 0.0);
                let shape = (images * self.height, self.width);
                let mut all = ArrayViewMut2::from_shape(shape, image).expect("as many patches");
                multiply(&errors.view(), &weights, Store::Overwrite, &mut all);
            } else {
                image.clear();
                image.resize(self.image, 0.0);
                for part in 0..self.parts {
                    let weights = weights.slice_move(s![.., self.part(part)]);
                    self.add_part(part, errors.view(), weights, (patches, image));
                }
            }
            let all = image.chunks_exact(self.image);
            all.enumerate().for_each(|(number, image)| with(number, image));
        });
    }

    /// Adds what one row of the kernel gives back to the padded image.
    fn add_part(
        &self,
        part: usize,
        errors: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
        (patches, image): (&mut Vec<f32>, &mut [f32]),
    ) {
        patches.resize(self.height * self.width, 0.0);
        let shape = (self.height, self.width);
        let mut own = ArrayViewMut2::from_shape(shape, patches).expect("as many patches");
        multiply(&errors, &weights, Store::Overwrite, &mut own);
        let from = part * self.line * self.step;
        for (row, patch) in patches.chunks_exact(self.width).enumerate() {
            let to = &mut image[from + row * self.step..][..self.width];
            to.iter_mut().zip(patch).for_each(|(to, from)| *to += from);
        }
    }

    /// Adds Σ δ patchᵀ of the images `rows`, whose numbers are `x`.
    pub(super) fn add_outer(
        &self,
        x: &[f32],
        given: Given<'_>,
        rows: Range<usize>,
        sum: &mut Array2<f32>,
    ) {
        SCRATCH.with_borrow_mut(|Scratch { image, places, .. }| {
            let images = rows.len();
            let image = self.image(x, images, image);
            let errors = self.spread(given, rows, places);
            for part in 0..self.parts {
                let mut sum = sum.slice_mut(s![.., self.part(part)]);
                let patches = self.patches(image, part, images);
                multiply(&errors.t(), &patches, Store::Add(1.0), &mut sum);
            }
        });
    }

    /// Gives an image what the product back left of it.
    pub(super) fn give_back(&self, image: &[f32], dx: &mut [f32], store: Store) {
        let c = &self.convolution;
        let scale = store.begin(dx);
        if !self.copies_patches() {
            return c.add_unpadded(image, scale, dx);
        }
        let run = c.kernel.1 * c.input.channels;
        self.for_each_run(|patch, row, to, within| {
            let from = &image[patch * self.step + row * run..][within];
            let to = &mut dx[to..to + from.len()];
            to.iter_mut().zip(from).for_each(|(to, from)| *to += scale * from);
        });
    }

    /// The images as the products read them.
    fn image<'a>(&self, x: &'a [f32], images: usize, copied: &'a mut Vec<f32>) -> &'a [f32] {
        let c = &self.convolution;
        if !self.copies_patches() {
            return c.padded(x, copied);
        }
        if c.padding > 0 {
            // What is not copied below is padding.
            copied.clear();
        }
        copied.resize(images * self.image, 0.0);
        let run = c.kernel.1 * c.input.channels;
        for (x, copied) in x.chunks_exact(c.input.units()).zip(copied.chunks_exact_mut(self.image))
        {
            if c.padding == 0 {
                self.copy_patches(x, copied);
                continue;
            }
            self.for_each_run(|patch, row, from, within| {
                copied[patch * self.step + row * run..][within.clone()]
                    .copy_from_slice(&x[from..from + within.len()]);
            });
        }
        copied
    }

    /// All patches of an image without padding.
    fn copy_patches(&self, x: &[f32], copied: &mut [f32]) {
        let c = &self.convolution;
        let (run, line) = (c.kernel.1 * c.input.channels, c.input.columns * c.input.channels);
        let mut patches = 0;
        for row in 0..self.output.rows {
            for column in 0..self.output.columns {
                let from = row * c.stride * line + column * c.stride * c.input.channels;
                for part in 0..c.kernel.0 {
                    copy_run(&mut copied[patches + part * run..], &x[from + part * line..], run);
                }
                patches += self.step;
            }
        }
    }

    /// For each patch and row of the kernel: where its numbers begin in the image, and which of the
    /// row's taps are not padding.
    fn for_each_run(&self, mut with: impl FnMut(usize, usize, usize, Range<usize>)) {
        let c = &self.convolution;
        let FeatureMaps { rows, columns, channels } = c.input;
        for patch in 0..self.output.places() {
            let top = patch / self.output.columns * c.stride;
            let left = patch % self.output.columns * c.stride;
            let first = c.padding.saturating_sub(left).min(c.kernel.1);
            let last = (columns + c.padding).saturating_sub(left).min(c.kernel.1);
            for row in 0..c.kernel.0 {
                let inside = (c.padding..rows + c.padding).contains(&(top + row));
                if inside && first < last {
                    let from = (top + row - c.padding) * columns + left + first - c.padding;
                    with(patch, row, from * channels, first * channels..last * channels);
                }
            }
        }
    }

    /// The patches that a part of the taps sees: rows of the image, which overlap.
    fn patches<'a>(&self, image: &'a [f32], part: usize, images: usize) -> ArrayView2<'a, f32> {
        let shape = (images * self.height, self.width).strides((self.step, 1));
        let from = part * self.line * self.step;
        ArrayView2::from_shape(shape, &image[from..]).expect("patches lie within the image")
    }

    fn part(&self, part: usize) -> Range<usize> {
        part * self.width..(part + 1) * self.width
    }

    /// The outputs of some images: rows of the matrix of patches × filters.
    fn places<'a>(&self, places: &'a mut Vec<f32>, images: usize) -> ArrayViewMut2<'a, f32> {
        places.resize(images * self.outputs(), 0.0);
        let shape = (images * self.height, self.output.channels);
        let used = &mut places[..shape.0 * shape.1];
        ArrayViewMut2::from_shape(shape, used).expect("a row for each patch")
    }

    /// The errors of some images, with zeros between the lines.
    fn spread<'a>(
        &self,
        given: Given<'_>,
        rows: Range<usize>,
        places: &'a mut Vec<f32>,
    ) -> ArrayViewMut2<'a, f32> {
        let images = rows.len();
        places.resize(images * self.outputs(), 0.0);
        for (row, places) in rows.zip(places.chunks_exact_mut(self.outputs())) {
            let Errors { errors, winners } = given.of_image(row);
            match given.pooling {
                None => self.lines().copy_from(errors, places),
                Some(pooling) => {
                    let winners = winners.map(|(_, winners)| winners);
                    self.lines().spread(pooling, errors, winners, places);
                }
            }
        }
        self.places(places, images)
    }
}

/// Copies one row of a patch. The numbers after a short one are copied with it if there are some:
/// they are written over by the next row, and a copy of fixed length takes a few instructions.
#[inline(always)]
fn copy_run(to: &mut [f32], from: &[f32], run: usize) {
    let available = to.len().min(from.len());
    match run {
        ..=8 if available >= 8 => to[..8].copy_from_slice(&from[..8]),
        9..=32 if available >= 32 => to[..32].copy_from_slice(&from[..32]),
        _ => to[..run].copy_from_slice(&from[..run]),
    }
}
