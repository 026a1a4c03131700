//! Convolution by matrix products, image by image.
//!
//! With channels last, the patches that one row of a kernel sees in an image are a matrix whose
//! rows overlap in memory: each begins one place after the one before and is as long as that row's
//! taps. So a convolution is as many products as the kernel has rows, and nothing is copied (Chellapilla,
//! Puri & Simard 2006 copy all patches; Cho & Brand 2017, arXiv 1706.06873, one row's). The matrix
//! has some rows too many, between the lines of the image, whose results are not used. With a stride, or
//! rows of few taps, patches are copied after all.

use std::cell::RefCell;

use ndarray::{ArrayView2, ArrayViewMut2, Axis, ShapeBuilder, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pooling::Lines;
use super::{Pooling, Store, has_processors_to_spare, multiply};
use crate::data::FeatureMaps;

/// Filters that are moved over feature maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Convolution {
    /// What it reads.
    pub input: FeatureMaps,
    /// The number of filters, which are the channels of what it gives.
    pub filters: usize,
    /// Rows and columns of a filter.
    pub kernel: (usize, usize),
    /// By how many places a filter moves.
    pub stride: usize,
    /// How many rows and columns of zeros are put around the input, on each side.
    pub padding: usize,
}

impl Convolution {
    /// What it gives, before pooling.
    ///
    /// # Panics
    /// If the kernel is larger than the padded input, or the stride is 0.
    pub fn output(&self) -> FeatureMaps {
        let along = |input: usize, kernel: usize| {
            (input + 2 * self.padding - kernel) / self.stride + 1
        };
        FeatureMaps {
            rows: along(self.input.rows, self.kernel.0),
            columns: along(self.input.columns, self.kernel.1),
            channels: self.filters,
        }
    }

    /// The number of weights of a filter: kernel rows · kernel columns · input channels.
    pub fn taps(&self) -> usize {
        self.kernel.0 * self.kernel.1 * self.input.channels
    }

    /// [`Connectivity::forward`](super::Connectivity::forward).
    pub(super) fn forward(
        &self,
        x: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
        store: Store,
        y: ArrayViewMut2<'_, f32>,
    ) {
        self.check(&weights.dim(), (x.dim(), self.input), (y.dim(), self.output()));
        let strips = Strips::of(self);
        self.for_each(images_mut(y), |row, mut y| {
            strips.with_scratch(|scratch| {
                strips.product(image_of(x, row), weights, scratch);
                strips.lines().copy_to(&scratch.places, slice_mut(&mut y), store);
            });
        });
    }

    /// The same, pooled: `y` is examples × pooled units; winners are left where there are any.
    pub(in crate::network) fn forward_pooled(
        &self,
        pooling: Pooling,
        x: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
        y: ArrayViewMut2<'_, f32>,
        winners: ArrayViewMut2<'_, u8>,
    ) {
        self.check(&weights.dim(), (x.dim(), self.input), (y.dim(), pooling.output(self.output())));
        let strips = Strips::of(self);
        let images = images_mut(y).into_iter().zip(images_mut(winners));
        self.for_each(images.collect(), |row, (mut y, mut winners)| {
            strips.with_scratch(|scratch| {
                strips.product(image_of(x, row), weights, scratch);
                let winners = winners.as_slice_mut().expect("winners are contiguous");
                strips.lines().pool(pooling, &scratch.places, slice_mut(&mut y), winners);
            });
        });
    }

    /// [`Connectivity::backward`](super::Connectivity::backward), of errors that may be those of
    /// pooled units.
    pub(in crate::network) fn backward(
        &self,
        (dy, pooled): (ArrayView2<'_, f32>, Option<FromPooled<'_>>),
        weights: ArrayView2<'_, f32>,
        store: Store,
        dx: ArrayViewMut2<'_, f32>,
    ) {
        self.check(&weights.dim(), (dx.dim(), self.input), (dy.dim(), self.given(pooled)));
        let strips = Strips::of(self);
        self.for_each(images_mut(dx), |row, mut dx| {
            strips.with_scratch(|scratch| {
                strips.spread((dy, pooled), row, scratch);
                strips.product_back(weights, scratch);
                strips.give_back(scratch, slice_mut(&mut dx), store);
            });
        });
    }

    /// [`Connectivity::outer`](super::Connectivity::outer), of errors that may be those of pooled
    /// units.
    pub(in crate::network) fn outer(
        &self,
        x: ArrayView2<'_, f32>,
        (dy, pooled): (ArrayView2<'_, f32>, Option<FromPooled<'_>>),
        scale: f32,
        mut g: ArrayViewMut2<'_, f32>,
    ) {
        self.check(&g.dim(), (x.dim(), self.input), (dy.dim(), self.given(pooled)));
        let strips = Strips::of(self);
        // The sums of the same groups of images are added in the same order, however many threads
        // there are.
        let size = x.nrows().div_ceil(GROUPS).max(1);
        let mut sums = vec![ndarray::Array2::zeros(g.dim()); x.nrows().div_ceil(size)];
        self.for_each(sums.iter_mut().collect(), |group, sum| {
            for row in group * size..x.nrows().min((group + 1) * size) {
                strips.with_scratch(|scratch| {
                    strips.spread((dy, pooled), row, scratch);
                    strips.add_outer(image_of(x, row), scratch, sum);
                });
            }
        });
        sums.iter().for_each(|sum| g.scaled_add(scale, sum));
    }

    /// The mean over examples and places of ‖patch‖².
    pub(super) fn mean_square_patch(&self, x: ArrayView2<'_, f32>) -> f64 {
        let FeatureMaps { columns, channels, .. } = self.input;
        let output = self.output();
        // How many patches see a row, or a column.
        let seen = |at: usize, kernel: usize, places: usize| {
            let at = at + self.padding;
            (0..places).filter(|place| (place * self.stride..place * self.stride + kernel).contains(&at)).count()
        };
        let rows: Vec<usize> =
            (0..self.input.rows).map(|row| seen(row, self.kernel.0, output.rows)).collect();
        let by_column: Vec<usize> =
            (0..columns).map(|column| seen(column, self.kernel.1, output.columns)).collect();
        let mut sum = 0.0;
        for example in x.rows() {
            for (unit, &x) in example.iter().enumerate() {
                let place = unit / channels;
                let times = rows[place / columns] * by_column[place % columns];
                sum += times as f64 * f64::from(x) * f64::from(x);
            }
        }
        sum / (x.nrows() * output.places()) as f64
    }

    /// Work on images, or groups of images, at the same time if there are processors to spare.
    fn for_each<T: Send>(&self, items: Vec<T>, work: impl Fn(usize, T) + Send + Sync) {
        let each = self.output().places() * self.taps() * self.filters;
        if items.len() > 1 && has_processors_to_spare(each * items.len()) {
            items.into_par_iter().enumerate().for_each(|(row, item)| work(row, item));
        } else {
            items.into_iter().enumerate().for_each(|(row, item)| work(row, item));
        }
    }

    /// The maps whose errors come back.
    fn given(&self, pooled: Option<FromPooled<'_>>) -> FeatureMaps {
        pooled.map_or(self.output(), |(pooling, _)| pooling.output(self.output()))
    }

    fn check(
        &self,
        weights: &(usize, usize),
        (x, input): ((usize, usize), FeatureMaps),
        (y, output): ((usize, usize), FeatureMaps),
    ) {
        assert_eq!(*weights, (self.filters, self.taps()), "weights must be filters × taps");
        assert_eq!(x.1, input.units(), "a convolution of {input} reads as many numbers");
        assert_eq!(y.1, output.units(), "a convolution to {output} gives as many numbers");
        assert_eq!(x.0, y.0, "as many examples on both sides");
    }
}

/// How a layer pools, and what won.
pub(in crate::network) type FromPooled<'a> = (Pooling, Option<ArrayView2<'a, u8>>);

/// Groups of images whose products are summed by themselves.
const GROUPS: usize = 16;

/// The rows, one view each.
fn images_mut<T>(numbers: ArrayViewMut2<'_, T>) -> Vec<ArrayViewMut2<'_, T>> {
    let mut rest = numbers;
    let mut images = Vec::with_capacity(rest.nrows());
    while rest.nrows() > 0 {
        let (first, others) = rest.split_at(Axis(0), 1);
        images.push(first);
        rest = others;
    }
    images
}

fn image_of(all: ArrayView2<'_, f32>, row: usize) -> &[f32] {
    all.slice_move(s![row, ..]).to_slice().expect("activity is contiguous")
}

fn slice_mut<'a>(one: &'a mut ArrayViewMut2<'_, f32>) -> &'a mut [f32] {
    one.as_slice_mut().expect("activity is contiguous")
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Numbers of one image; they grow to the largest.
#[derive(Debug, Default)]
struct Scratch {
    /// The padded image, or its patches.
    image: Vec<f32>,
    /// Outputs, or their errors, in lines as long as those of the padded image.
    places: Vec<f32>,
    /// Errors of the patches of one row of the kernel.
    patches: Vec<f32>,
}

/// A convolution as products of matrices.
#[derive(Clone, Copy)]
struct Strips {
    convolution: Convolution,
    output: FeatureMaps,
    /// How many products: the rows of the kernel, or 1 where whole patches are copied.
    parts: usize,
    /// The taps of a part.
    width: usize,
    /// The rows of the matrix of patches.
    height: usize,
    /// How far apart two rows begin.
    step: usize,
    /// Rows from one line of outputs to the next.
    line: usize,
    /// The numbers of the padded image, or of all patches.
    image: usize,
}

/// Where rows of a kernel have fewer taps, whole patches are copied.
const FEWEST_TAPS: usize = 24;

impl Strips {
    fn of(c: &Convolution) -> Self {
        let output = c.output();
        let width = c.kernel.1 * c.input.channels;
        if c.stride > 1 || width < FEWEST_TAPS {
            return Self {
                convolution: *c,
                output,
                parts: 1,
                width: c.taps(),
                height: output.places(),
                step: c.taps(),
                line: output.columns,
                image: output.places() * c.taps(),
            };
        }
        let line = c.input.columns + 2 * c.padding;
        Self {
            convolution: *c,
            output,
            parts: c.kernel.0,
            width,
            height: (output.rows - 1) * line + output.columns,
            step: c.input.channels,
            line,
            image: (c.input.rows + 2 * c.padding) * line * c.input.channels,
        }
    }

    fn copies_patches(&self) -> bool {
        self.step == self.convolution.taps()
    }

    fn lines(&self) -> Lines {
        Lines { maps: self.output, line: self.line }
    }

    fn with_scratch<T>(&self, work: impl FnOnce(&mut Scratch) -> T) -> T {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.places.resize(self.output.rows * self.line * self.output.channels, 0.0);
            work(scratch)
        })
    }

    /// The image as the products read it.
    fn image<'a>(&self, x: &'a [f32], copied: &'a mut Vec<f32>) -> &'a [f32] {
        let c = &self.convolution;
        if !self.copies_patches() && c.padding == 0 {
            return x;
        }
        copied.clear();
        copied.resize(self.image, 0.0);
        if self.copies_patches() {
            let run = c.kernel.1 * c.input.channels;
            self.for_each_run(|patch, row, from, within| {
                copied[patch * self.step + row * run..][within.clone()]
                    .copy_from_slice(&x[from..from + within.len()]);
            });
        } else {
            let width = c.input.columns * c.input.channels;
            for (row, x) in x.chunks_exact(width).enumerate() {
                let at = ((row + c.padding) * self.line + c.padding) * c.input.channels;
                copied[at..at + width].copy_from_slice(x);
            }
        }
        copied
    }

    /// For each patch and row of the kernel: where its numbers begin in the image, and which of the
    /// row's taps are not padding.
    fn for_each_run(&self, mut with: impl FnMut(usize, usize, usize, std::ops::Range<usize>)) {
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

    /// The patches that a part of the taps sees: overlapping rows of the image.
    fn patches<'a>(&self, image: &'a [f32], part: usize) -> ArrayView2<'a, f32> {
        let shape = (self.height, self.width).strides((self.step, 1));
        let from = if self.parts == 1 && self.copies_patches() { 0 } else { part * self.line * self.step };
        ArrayView2::from_shape(shape, &image[from..]).expect("patches lie within the image")
    }

    fn part(&self, part: usize) -> std::ops::Range<usize> {
        part * self.width..(part + 1) * self.width
    }

    /// Leaves W x of one image at `places`.
    fn product(&self, x: &[f32], weights: ArrayView2<'_, f32>, scratch: &mut Scratch) {
        let image = self.image(x, &mut scratch.image);
        let mut places = places(self, &mut scratch.places);
        for part in 0..self.parts {
            let store = if part == 0 { Store::Overwrite } else { Store::Add(1.0) };
            let weights = weights.slice_move(s![.., self.part(part)]);
            multiply(&self.patches(image, part), &weights.t(), store, &mut places);
        }
    }

    /// Leaves the errors of one image at `places`, with zeros between the lines.
    fn spread(
        &self,
        (dy, pooled): (ArrayView2<'_, f32>, Option<FromPooled<'_>>),
        row: usize,
        scratch: &mut Scratch,
    ) {
        let dy = image_of(dy, row);
        match pooled {
            None => self.lines().copy_from(dy, &mut scratch.places),
            Some((pooling, winners)) => {
                let winners = winners.as_ref().map(|all| all.row(row));
                let winners = winners.as_ref().map(|row| row.to_slice().expect("contiguous"));
                self.lines().spread(pooling, dy, winners, &mut scratch.places);
            }
        }
    }

    /// Leaves Wᵀ of the errors at `places` in `image`, padded or as patches.
    fn product_back(&self, weights: ArrayView2<'_, f32>, scratch: &mut Scratch) {
        let Scratch { image, places: errors, patches } = scratch;
        let errors = places(self, errors);
        image.clear();
        image.resize(self.image, 0.0);
        if self.copies_patches() {
            let shape = (self.height, self.width);
            let mut all = ArrayViewMut2::from_shape(shape, image).expect("as many patches");
            multiply(&errors.view(), &weights, Store::Overwrite, &mut all);
            return;
        }
        patches.resize(self.height * self.width, 0.0);
        for part in 0..self.parts {
            let shape = (self.height, self.width);
            let mut own = ArrayViewMut2::from_shape(shape, patches).expect("as many patches");
            let weights = weights.slice_move(s![.., self.part(part)]);
            multiply(&errors.view(), &weights, Store::Overwrite, &mut own);
            let from = part * self.line * self.step;
            for (row, patch) in patches.chunks_exact(self.width).enumerate() {
                let to = &mut image[from + row * self.step..][..self.width];
                to.iter_mut().zip(patch).for_each(|(to, from)| *to += from);
            }
        }
    }

    /// What is left in `image` to the inputs.
    fn give_back(&self, scratch: &Scratch, dx: &mut [f32], store: Store) {
        let c = &self.convolution;
        let scale = match store {
            Store::Overwrite => {
                dx.fill(0.0);
                1.0
            }
            Store::Add(scale) => scale,
        };
        let mut add = |to: usize, from: &[f32]| {
            let to = &mut dx[to..to + from.len()];
            to.iter_mut().zip(from).for_each(|(to, from)| *to += scale * from);
        };
        if self.copies_patches() {
            let run = c.kernel.1 * c.input.channels;
            self.for_each_run(|patch, row, to, within| {
                add(to, &scratch.image[patch * self.step + row * run..][within]);
            });
            return;
        }
        let width = c.input.columns * c.input.channels;
        for row in 0..c.input.rows {
            let at = ((row + c.padding) * self.line + c.padding) * c.input.channels;
            add(row * width, &scratch.image[at..at + width]);
        }
    }

    /// Adds Σ δ patchᵀ of one image, whose errors are at `places`.
    fn add_outer(&self, x: &[f32], scratch: &mut Scratch, sum: &mut ndarray::Array2<f32>) {
        let Scratch { image, places: errors, .. } = scratch;
        let image = self.image(x, image);
        let errors = places(self, errors);
        for part in 0..self.parts {
            let mut sum = sum.slice_mut(s![.., self.part(part)]);
            multiply(&errors.t(), &self.patches(image, part), Store::Add(1.0), &mut sum);
        }
    }
}

/// The outputs of one image, or their errors: rows of the matrix of patches × filters.
fn places<'a>(strips: &Strips, numbers: &'a mut [f32]) -> ArrayViewMut2<'a, f32> {
    let filters = strips.output.channels;
    let used = &mut numbers[..strips.height * filters];
    ArrayViewMut2::from_shape((strips.height, filters), used).expect("a row for each patch")
}
