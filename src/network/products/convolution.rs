//! A convolution's three products: by products of matrices ([`strips`](super::strips)), place by
//! place where those would be narrow ([`direct`](super::direct)), or, where most errors are 0, error
//! by error ([`winners`](super::winners)).

use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::direct::{BEYOND, Direct};
use super::pooling::Lines;
use super::strips::{SCRATCH, Scratch, Strips};
use super::winners::{self, Errors};
use super::{Pooling, Store, has_processors_to_spare};
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

crate::display::show_as_settings!(Convolution);

impl Convolution {
    /// What it gives, before pooling.
    ///
    /// # Panics
    /// If the kernel is larger than the padded input, or the stride is 0.
    pub fn output(&self) -> FeatureMaps {
        let along =
            |input: usize, kernel: usize| (input + 2 * self.padding - kernel) / self.stride + 1;
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

    /// [`Connectivity::forward`](super::Connectivity::forward); what is `left` to do follows at each
    /// image.
    pub(in crate::network) fn forward(
        &self,
        x: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
        store: Store,
        y: ArrayViewMut2<'_, f32>,
        left: Left<'_>,
    ) {
        self.check(&weights.dim(), (x.dim(), self.input), (y.dim(), self.output()));
        if let (Some(direct), Store::Overwrite) = (Direct::of(self), store) {
            let weights = direct.packed(weights);
            return self.for_each(x.nrows(), rows_mut(y), |row, y| {
                SCRATCH.with_borrow_mut(|Scratch { image, .. }| {
                    let x = self.padded(row_of(x, row), image);
                    direct.forward(x, &weights, y);
                });
                left(row, y);
            });
        }
        let images = rows_mut(y).into_iter().enumerate().collect();
        self.places(x, weights, images, |lines, places, (row, y)| {
            lines.copy_to(places, y, store);
            left(row, y);
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
        left: Left<'_>,
    ) {
        self.check(&weights.dim(), (x.dim(), self.input), (y.dim(), pooling.output(self.output())));
        let images = rows_mut(y).into_iter().zip(rows_mut(winners)).enumerate().collect();
        self.places(x, weights, images, |lines, places, (row, (y, winners))| {
            lines.pool(pooling, places, y, winners);
            left(row, y);
        });
    }

    /// Calls `with` with W x of each image at every place, how these lie, and what belongs to the
    /// image.
    fn places<T: Send>(
        &self,
        x: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
        images: Vec<T>,
        with: impl Fn(Lines, &[f32], T) + Sync,
    ) {
        if let Some(direct) = Direct::of(self) {
            let (weights, lines) = (direct.packed(weights), self.lines());
            return self.for_each(x.nrows(), images, |row, image| {
                SCRATCH.with_borrow_mut(|Scratch { image: copied, places, .. }| {
                    places.resize(self.output().units(), 0.0);
                    direct.forward(self.padded(row_of(x, row), copied), &weights, places);
                    with(lines, places, image);
                });
            });
        }
        let strips = Strips::of(self);
        self.for_each(x.nrows(), images, |row, image| {
            strips.product(row_of(x, row), weights, |places| with(strips.lines(), places, image));
        });
    }

    /// Places without anything between lines.
    fn lines(&self) -> Lines {
        Lines { maps: self.output(), line: self.output().columns }
    }

    /// [`Connectivity::backward`](super::Connectivity::backward), of errors that may be those of
    /// pooled units; what is `left` to do follows at each image.
    pub(in crate::network) fn backward(
        &self,
        given: Given<'_>,
        weights: ArrayView2<'_, f32>,
        store: Store,
        dx: ArrayViewMut2<'_, f32>,
        left: Left<'_>,
    ) {
        self.check(&weights.dim(), (dx.dim(), self.input), (given.numbers.dim(), given.maps(self)));
        if given.are_few(self) {
            return self.back_from_few(given, weights, store, dx, left);
        }
        if let Some(direct) = Direct::of(self) {
            let weights = direct.packed_back(weights);
            return self.for_each(dx.nrows(), rows_mut(dx), |row, dx| {
                SCRATCH.with_borrow_mut(|Scratch { image, places, .. }| {
                    image.clear();
                    image.resize(self.padded_units() + BEYOND, 0.0);
                    let errors = self.errors_at_places(given, row, places);
                    direct.add_back(errors, &weights, image);
                    self.store_unpadded(image, store, dx);
                });
                left(row, dx);
            });
        }
        let strips = Strips::of(self);
        self.for_each(dx.nrows(), rows_mut(dx), |row, dx| {
            strips.product_back(given, row, weights, |errors| {
                self.store_unpadded(errors, store, dx);
            });
            left(row, dx);
        });
    }

    /// The errors of an image at all places; those that are not pooled are there already.
    fn errors_at_places<'a, 'b: 'a>(
        &self,
        given: Given<'b>,
        row: usize,
        places: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        let Errors { errors, winners } = given.of_image(row);
        let Some(pooling) = given.pooling else { return errors };
        places.resize(self.output().units(), 0.0);
        self.lines().spread(pooling, errors, winners.map(|(_, winners)| winners), places);
        places
    }

    /// [`Connectivity::outer`](super::Connectivity::outer), of errors that may be those of pooled
    /// units.
    pub(in crate::network) fn outer(
        &self,
        x: ArrayView2<'_, f32>,
        given: Given<'_>,
        scale: f32,
        mut g: ArrayViewMut2<'_, f32>,
    ) {
        self.check(&g.dim(), (x.dim(), self.input), (given.numbers.dim(), given.maps(self)));
        let has_few = given.are_few(self);
        if let Some(direct) = Direct::of(self).filter(|_| !has_few) {
            return self.outer_directly(&direct, x, given, scale, g);
        }
        let strips = Strips::of(self);
        let sums = self.in_groups(x.nrows(), &Array2::zeros(g.dim()), |rows, sum| match has_few {
            true => self.outer_of_few(x, given, rows, sum),
            false => rows.for_each(|row| strips.add_outer(row_of(x, row), given, row, sum)),
        });
        sums.iter().for_each(|sum| g.scaled_add(scale, sum));
    }

    /// What `add` makes of nothing for each group of images. The sums of the same groups are added in
    /// the same order, however many threads there are.
    fn in_groups<T: Clone + Send>(
        &self,
        images: usize,
        nothing: &T,
        add: impl Fn(Range<usize>, &mut T) + Send + Sync,
    ) -> Vec<T> {
        let size = images.div_ceil(GROUPS).max(1);
        let mut sums = vec![nothing.clone(); images.div_ceil(size)];
        self.for_each(images, sums.iter_mut().collect(), |group, sum| {
            add(group * size..images.min((group + 1) * size), sum);
        });
        sums
    }

    fn outer_directly(
        &self,
        direct: &Direct,
        x: ArrayView2<'_, f32>,
        given: Given<'_>,
        scale: f32,
        g: ArrayViewMut2<'_, f32>,
    ) {
        let nothing = vec![0.0_f32; direct.packed_len()];
        let sums = self.in_groups(x.nrows(), &nothing, |rows, sum| {
            SCRATCH.with_borrow_mut(|Scratch { image, places, .. }| {
                for row in rows {
                    let errors = self.errors_at_places(given, row, places);
                    direct.add_outer(self.padded(row_of(x, row), image), errors, sum);
                }
            });
        });
        let mut all = nothing;
        for sum in sums {
            all.iter_mut().zip(sum).for_each(|(all, sum)| *all += sum);
        }
        direct.add_unpacked(&all, scale, g);
    }

    /// Adds Σ δ patchᵀ of some images, of whose errors most are 0.
    fn outer_of_few(
        &self,
        x: ArrayView2<'_, f32>,
        given: Given<'_>,
        rows: Range<usize>,
        sum: &mut Array2<f32>,
    ) {
        SCRATCH.with_borrow_mut(|scratch| {
            for row in rows {
                let image = self.padded(row_of(x, row), &mut scratch.image);
                given.of_image(row).add_outer(self, image, sum.view_mut());
            }
        });
    }

    fn back_from_few(
        &self,
        given: Given<'_>,
        weights: ArrayView2<'_, f32>,
        store: Store,
        dx: ArrayViewMut2<'_, f32>,
        left: Left<'_>,
    ) {
        let weights = weights.as_standard_layout();
        let weights = weights.as_slice().expect("the standard layout is a slice");
        let is_in_place = self.padding == 0 && store == Store::Overwrite;
        self.for_each(dx.nrows(), rows_mut(dx), |row, dx| {
            let errors = given.of_image(row);
            if is_in_place {
                dx.fill(0.0);
                errors.add_back(self, weights, dx);
            } else {
                SCRATCH.with_borrow_mut(|Scratch { image, .. }| {
                    image.clear();
                    image.resize(self.padded_units(), 0.0);
                    errors.add_back(self, weights, image);
                    self.store_unpadded(image, store, dx);
                });
            }
            left(row, dx);
        });
    }

    /// The image with its padding; the image itself if it has none.
    pub(super) fn padded<'a>(&self, x: &'a [f32], copied: &'a mut Vec<f32>) -> &'a [f32] {
        if self.padding == 0 {
            return x;
        }
        copied.clear();
        copied.resize(self.padded_units(), 0.0);
        let width = self.input.columns * self.input.channels;
        for (row, x) in x.chunks_exact(width).enumerate() {
            copied[self.padded_line(row)..][..width].copy_from_slice(x);
        }
        copied
    }

    /// The reverse: the padded image without its padding.
    fn store_unpadded(&self, image: &[f32], store: Store, x: &mut [f32]) {
        let width = self.input.columns * self.input.channels;
        for (row, x) in x.chunks_exact_mut(width).enumerate() {
            store.put(&image[self.padded_line(row)..][..width], x);
        }
    }

    pub(super) fn padded_units(&self) -> usize {
        let FeatureMaps { rows, columns, channels } = self.input;
        (rows + 2 * self.padding) * (columns + 2 * self.padding) * channels
    }

    /// Where a line of the image begins in the padded image.
    fn padded_line(&self, row: usize) -> usize {
        let FeatureMaps { columns, channels, .. } = self.input;
        ((row + self.padding) * (columns + 2 * self.padding) + self.padding) * channels
    }

    /// The mean over examples and places of ‖patch‖².
    pub(super) fn mean_square_patch(&self, x: ArrayView2<'_, f32>) -> f64 {
        let FeatureMaps { columns, channels, .. } = self.input;
        let output = self.output();
        // How many patches see a row, or a column.
        let seen = |at: usize, kernel: usize, places: usize| {
            let at = at + self.padding;
            (0..places)
                .filter(|place| (place * self.stride..place * self.stride + kernel).contains(&at))
                .count()
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

    /// Work on images, each or in groups, at the same time if there are processors to spare.
    fn for_each<T: Send>(
        &self,
        images: usize,
        items: Vec<T>,
        work: impl Fn(usize, T) + Send + Sync,
    ) {
        let multiplications = images * self.output().places() * self.taps() * self.filters;
        if multiplications >= SHARED && has_processors_to_spare(multiplications) {
            items.into_par_iter().enumerate().for_each(|(row, item)| work(row, item));
        } else {
            items.into_iter().enumerate().for_each(|(row, item)| work(row, item));
        }
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

/// What is left to do with the numbers of examples that a product wrote: the first of them, and the
/// numbers of it and of those that follow. It is done while they are near.
pub(in crate::network) type Left<'a> = &'a (dyn Fn(usize, &mut [f32]) + Sync);

/// Nothing is left to do.
pub(in crate::network) const NOTHING: Left<'static> = &|_, _| {};

/// Numbers of a layer's units that go back to the places of its convolution: examples × units.
#[derive(Clone, Copy)]
pub(in crate::network) struct Given<'a> {
    pub(in crate::network) numbers: ArrayView2<'a, f32>,
    pub(in crate::network) pooling: Option<Pooling>,
    /// Which place of its square won, where the layer takes the maximum of some.
    pub(in crate::network) winners: Option<ArrayView2<'a, u8>>,
}

impl<'a> Given<'a> {
    /// Of a convolution without pooling.
    pub(super) fn places(numbers: ArrayView2<'a, f32>) -> Self {
        Self { numbers, pooling: None, winners: None }
    }

    /// The maps that they are of.
    fn maps(&self, c: &Convolution) -> FeatureMaps {
        self.pooling.map_or(c.output(), |pooling| pooling.output(c.output()))
    }

    /// Whether so many are 0 that each of the others is multiplied by itself.
    fn are_few(&self, c: &Convolution) -> bool {
        match (self.pooling, self.winners) {
            (None, _) => winners::pays(c, self.numbers, false),
            (Some(Pooling::Max(_)), Some(_)) => winners::pays(c, self.numbers, true),
            (Some(_), _) => false,
        }
    }

    /// Those of one image.
    pub(super) fn of_image(&self, row: usize) -> Errors<'a> {
        let side = self.pooling.map_or(1, Pooling::side);
        let winners = self.winners.map(|all| (side, row_of(all, row)));
        Errors { errors: row_of(self.numbers, row), winners }
    }
}

/// Groups of images whose products are summed by themselves.
const GROUPS: usize = 16;

/// Multiplications that several threads share: a few images take less time than to wake a thread.
const SHARED: usize = 1 << 24;

/// The rows, each for itself.
fn rows_mut<T>(numbers: ArrayViewMut2<'_, T>) -> Vec<&mut [T]> {
    let columns = numbers.ncols();
    if numbers.is_standard_layout() {
        let numbers = numbers.into_slice().expect("the standard layout is a slice");
        return numbers.chunks_exact_mut(columns).collect();
    }
    let mut rest = numbers;
    let mut rows = Vec::with_capacity(rest.nrows());
    while rest.nrows() > 0 {
        let (first, others) = rest.split_at(Axis(0), 1);
        rows.push(first.into_slice().expect("activity is contiguous"));
        rest = others;
    }
    rows
}

pub(super) fn row_of<T>(all: ArrayView2<'_, T>, row: usize) -> &[T] {
    match all.to_slice() {
        Some(numbers) => &numbers[row * all.ncols()..][..all.ncols()],
        None => all.slice_move(s![row, ..]).to_slice().expect("activity is contiguous"),
    }
}
