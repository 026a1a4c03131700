//! Convolution by matrix products.
//!
//! With channels last, the patches that one row of a kernel sees in an image are a matrix whose
//! rows overlap in memory: each begins one place after the one before and is as long as that row's
//! taps. So a convolution is as many products as the kernel has rows, and nothing is copied
//! (Chellapilla, Puri & Simard 2006 copy all patches; Cho & Brand 2017, arXiv 1706.06873, one
//! row's). The matrix has some rows too many, between the lines of the image, whose results are not
//! used. It needs a stride of 1.

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

/// Numbers of an image; they grow to the largest.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The padded image.
    pub(super) image: Vec<f32>,
    /// Outputs, or their errors.
    pub(super) places: Vec<f32>,
    /// Errors of the patches of one row of the kernel.
    pub(super) patches: Vec<f32>,
}

/// A convolution as products of matrices.
#[derive(Clone, Copy)]
pub(super) struct Strips {
    convolution: Convolution,
    output: FeatureMaps,
    /// The taps of a row of the kernel.
    width: usize,
    /// The rows of an image's matrix of patches.
    height: usize,
    /// Rows from one line of outputs to the next.
    line: usize,
}

impl Strips {
    pub(super) fn of(c: &Convolution) -> Self {
        let (output, line) = (c.output(), c.input.columns + 2 * c.padding);
        let height = (output.rows - 1) * line + output.columns;
        Self { convolution: *c, output, width: c.kernel.1 * c.input.channels, height, line }
    }

    pub(super) fn lines(&self) -> Lines {
        Lines { maps: self.output, line: self.line }
    }

    /// The numbers of an image's outputs, with what lies between lines.
    fn outputs(&self) -> usize {
        self.output.rows * self.line * self.output.channels
    }

    /// Calls `with` with W x of an image, in lines.
    pub(super) fn product(
        &self,
        x: &[f32],
        weights: ArrayView2<'_, f32>,
        with: impl FnOnce(&[f32]),
    ) {
        SCRATCH.with_borrow_mut(|Scratch { image, places, .. }| {
            let image = self.convolution.padded(x, image);
            let mut all = self.places(places);
            for part in 0..self.convolution.kernel.0 {
                let store = if part == 0 { Store::Overwrite } else { Store::Add(1.0) };
                let weights = weights.slice_move(s![.., self.part(part)]);
                multiply(&self.patches(image, part), &weights.t(), store, &mut all);
            }
            with(places);
        });
    }

    /// Calls `with` with Wᵀ of an image's errors, which is padded.
    pub(super) fn product_back(
        &self,
        given: Given<'_>,
        row: usize,
        weights: ArrayView2<'_, f32>,
        with: impl FnOnce(&[f32]),
    ) {
        SCRATCH.with_borrow_mut(|Scratch { image, places, patches }| {
            let errors = self.spread(given, row, places);
            image.clear();
            image.resize(self.convolution.padded_units(), 0.0);
            for part in 0..self.convolution.kernel.0 {
                let weights = weights.slice_move(s![.., self.part(part)]);
                self.add_part(part, errors.view(), weights, (patches, image));
            }
            with(image);
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
        for (row, patch) in patches.chunks_exact(self.width).enumerate() {
            let from = (part * self.line + row) * self.step();
            let to = &mut image[from..][..self.width];
            to.iter_mut().zip(patch).for_each(|(to, from)| *to += from);
        }
    }

    /// Adds Σ δ patchᵀ of image `row`, whose numbers are `x`.
    pub(super) fn add_outer(&self, x: &[f32], given: Given<'_>, row: usize, sum: &mut Array2<f32>) {
        SCRATCH.with_borrow_mut(|Scratch { image, places, .. }| {
            let image = self.convolution.padded(x, image);
            let errors = self.spread(given, row, places);
            for part in 0..self.convolution.kernel.0 {
                let mut sum = sum.slice_mut(s![.., self.part(part)]);
                multiply(&errors.t(), &self.patches(image, part), Store::Add(1.0), &mut sum);
            }
        });
    }

    /// The numbers from one row of the matrix of patches to the next.
    fn step(&self) -> usize {
        self.convolution.input.channels
    }

    /// The patches that a row of the kernel sees: rows of the image, which overlap.
    fn patches<'a>(&self, image: &'a [f32], part: usize) -> ArrayView2<'a, f32> {
        let shape = (self.height, self.width).strides((self.step(), 1));
        let from = part * self.line * self.step();
        ArrayView2::from_shape(shape, &image[from..]).expect("patches lie within the image")
    }

    fn part(&self, part: usize) -> Range<usize> {
        part * self.width..(part + 1) * self.width
    }

    /// The outputs of an image: rows of the matrix of patches × filters.
    fn places<'a>(&self, places: &'a mut Vec<f32>) -> ArrayViewMut2<'a, f32> {
        places.resize(self.outputs(), 0.0);
        let shape = (self.height, self.output.channels);
        let used = &mut places[..shape.0 * shape.1];
        ArrayViewMut2::from_shape(shape, used).expect("a row for each patch")
    }

    /// The errors of an image, with zeros between the lines.
    fn spread<'a>(
        &self,
        given: Given<'_>,
        row: usize,
        places: &'a mut Vec<f32>,
    ) -> ArrayViewMut2<'a, f32> {
        places.resize(self.outputs(), 0.0);
        let Errors { errors, winners } = given.of_image(row);
        match given.pooling {
            None => self.lines().copy_from(errors, places),
            Some(pooling) => {
                let winners = winners.map(|(_, winners)| winners);
                self.lines().spread(pooling, errors, winners, places);
            }
        }
        self.places(places)
    }
}
