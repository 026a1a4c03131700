//! The lowest layer's two products with inputs of which most are the same number.
//!
//! With x = c + z, c one number and z mostly zero, W x = W z + c Σ_j W_j and Σ δ xᵀ = Σ δ zᵀ + c (Σ
//! δ) 1ᵀ: the products with z take as many multiplications as it has entries, and the background
//! takes one more per unit. Both run through blocks of columns whose weights stay in the innermost
//! cache while the whole batch passes by; the units of a panel stay in registers.

use std::cell::RefCell;

use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};
use rayon::prelude::*;

use super::has_processors_to_spare;
use crate::data::{BLOCK, Packed};
use crate::simd::{self, Vectorised, fused};

/// Units that one instruction supports with AVX-512, two with AVX2, four with SSE and NEON.
const LANES: usize = 16;
/// Lanes of a panel, so that with AVX-512 its sums, and with AVX2 half of them, stay in registers.
const WIDEST: usize = 7;

/// Errors below it count as none. Units far in saturation give them; their products come near what
/// a number no longer holds in full, and with such numbers a processor takes a hundred times as
/// long.
const SMALLEST: f32 = 1e-34;

/// Numbers of neighbouring units, where a cache line begins.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Lanes([f32; LANES]);

const ZERO: Lanes = Lanes([0.0; LANES]);

thread_local! {
    /// Scratch for a block of weights and for the units of a batch; it grows to the largest.
    static ROOM: RefCell<[Vec<Lanes>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// `out` ← W x for the examples `inputs`: `weights` are units × columns, `out` examples × units.
/// Fastest with weights whose columns are contiguous.
///
/// # Panics
/// If the shapes differ.
pub(super) fn forward(inputs: &Packed, weights: ArrayView2<'_, f32>, out: ArrayViewMut2<'_, f32>) {
    assert_eq!(weights.ncols(), inputs.columns(), "weights must have a column for each input");
    assert_eq!(
        out.dim(),
        (inputs.rows(), weights.nrows()),
        "a row for each example, a column for each unit"
    );
    for_each_panel(out, Axis(1), inputs.len(), |first, out| {
        let lanes = out.ncols().div_ceil(LANES);
        run(inputs, Forward { weights: weights.reversed_axes(), first, out }, lanes);
    });
}

/// `update` += `scale` Σ δ xᵀ over the examples `inputs`: `dy` is examples × units, `update` units
/// × columns. Fastest with an update whose columns are contiguous.
///
/// # Panics
/// If the shapes differ.
pub(super) fn outer(
    inputs: &Packed,
    dy: ArrayView2<'_, f32>,
    scale: f32,
    update: ArrayViewMut2<'_, f32>,
) {
    assert_eq!(update.dim(), (dy.ncols(), inputs.columns()), "an update of units × inputs");
    assert_eq!(dy.nrows(), inputs.rows(), "a row for each example");
    for_each_panel(update, Axis(0), inputs.len(), |first, update| {
        let lanes = update.nrows().div_ceil(LANES);
        run(inputs, Outer { dy: dy.view(), first, scale, update }, lanes);
    });
}

/// Does something with the numbers of each panel of units, and its first unit; panels at the same
/// time if there are processors to spare and work enough.
fn for_each_panel(
    mut numbers: ArrayViewMut2<'_, f32>,
    units: Axis,
    work_per_unit: usize,
    work: impl Fn(usize, ArrayViewMut2<'_, f32>) + Sync,
) {
    let count = numbers.len_of(units);
    let width = panel_width(count);
    let panels = numbers.axis_chunks_iter_mut(units, width).enumerate();
    let panels = panels.map(|(panel, numbers)| (panel * width, numbers));
    if count > width && has_processors_to_spare(work_per_unit * count) {
        let panels: Vec<(usize, ArrayViewMut2<'_, f32>)> = panels.collect();
        panels.into_par_iter().for_each(|(first, numbers)| work(first, numbers));
    } else {
        panels.for_each(|(first, numbers)| work(first, numbers));
    }
}

/// The number of units of a panel: as few panels as there can be, and as equal.
fn panel_width(units: usize) -> usize {
    let lanes = units.div_ceil(LANES).max(1);
    lanes.div_ceil(lanes.div_ceil(WIDEST)) * LANES
}

/// The examples, and scratch for what a panel needs.
struct Panel<'a> {
    inputs: &'a Packed,
    /// Weights or changes of a block, a row for each column.
    tile: &'a mut Vec<Lanes>,
    /// Sums or errors, a row for each example.
    examples: &'a mut Vec<Lanes>,
}

impl<'a> Panel<'a> {
    /// Scratch for panels of `P` lanes, zeroed: the block, and the examples.
    fn scratch<const P: usize>(&mut self) -> (&mut [[Lanes; P]; BLOCK], &mut [[Lanes; P]]) {
        for (scratch, rows) in [(&mut *self.tile, BLOCK), (&mut *self.examples, self.inputs.rows())]
        {
            scratch.clear();
            scratch.resize(rows * P, ZERO);
        }
        let tile = self.tile.as_chunks_mut().0;
        (tile.try_into().expect("a row for each column"), self.examples.as_chunks_mut().0)
    }
}

/// A product in a panel of `P` lanes.
trait Product {
    fn run<const P: usize, const FUSED: bool>(self, panel: Panel<'_>);
}

struct Forward<'a, 'b> {
    /// Columns × all units.
    weights: ArrayView2<'a, f32>,
    /// The panel's first unit.
    first: usize,
    /// Examples × the panel's units.
    out: ArrayViewMut2<'b, f32>,
}

struct Outer<'a, 'b> {
    /// Examples × all units.
    dy: ArrayView2<'a, f32>,
    /// The panel's first unit.
    first: usize,
    scale: f32,
    /// The panel's units × columns.
    update: ArrayViewMut2<'b, f32>,
}

impl Product for Forward<'_, '_> {
    #[inline(always)]
    fn run<const P: usize, const FUSED: bool>(mut self, mut panel: Panel<'_>) {
        let inputs = panel.inputs;
        let (tile, sums) = panel.scratch::<P>();
        let mut total = [ZERO; P];
        for block in 0..inputs.columns().div_ceil(BLOCK) {
            let columns = block * BLOCK..inputs.columns().min((block + 1) * BLOCK);
            for (weights, column) in tile.iter_mut().zip(columns) {
                copy(self.weights, column, self.first, weights);
                add::<P, FUSED>(1.0, weights, &mut total);
            }
            for (entries, sum) in inputs.block(block).zip(sums.iter_mut()) {
                let mut own = *sum;
                for entry in entries {
                    add::<P, FUSED>(entry.z(), &tile[entry.place()], &mut own);
                }
                *sum = own;
            }
        }
        for (sum, out) in sums.iter_mut().zip(self.out.rows_mut()) {
            add::<P, FUSED>(inputs.background(), &total, sum);
            combine(sum, out, |out, sum| *out = sum);
        }
    }
}

impl Product for Outer<'_, '_> {
    #[inline(always)]
    fn run<const P: usize, const FUSED: bool>(mut self, mut panel: Panel<'_>) {
        let inputs = panel.inputs;
        let (tile, errors) = panel.scratch::<P>();
        let mut total = [ZERO; P];
        for (row, error) in errors.iter_mut().enumerate() {
            copy(self.dy, row, self.first, error);
            for d in error.iter_mut().flat_map(|lanes| &mut lanes.0) {
                let scaled = *d * self.scale;
                *d = if scaled.abs() < SMALLEST { 0.0 } else { scaled };
            }
            add::<P, FUSED>(inputs.background(), error, &mut total);
        }
        for block in 0..inputs.columns().div_ceil(BLOCK) {
            let columns = block * BLOCK..inputs.columns().min((block + 1) * BLOCK);
            *tile = [total; BLOCK];
            for (entries, error) in inputs.block(block).zip(errors.iter()) {
                let own = *error;
                for entry in entries {
                    add::<P, FUSED>(entry.z(), &own, &mut tile[entry.place()]);
                }
            }
            for (change, column) in tile.iter().zip(columns) {
                combine(change, self.update.column_mut(column), |g, change| *g += change);
            }
        }
    }
}

/// `to` += `scale` `of`.
#[inline(always)]
fn add<const P: usize, const FUSED: bool>(scale: f32, of: &[Lanes; P], to: &mut [Lanes; P]) {
    for (to, of) in to.iter_mut().zip(of) {
        for (to, of) in to.0.iter_mut().zip(of.0) {
            *to = fused::<FUSED>(scale, of, *to);
        }
    }
}

/// The numbers of a row's units from `first` on, as many as there are lanes. Lanes beyond the last
/// unit get whatever comes after it: what is made of them is never read.
#[inline(always)]
fn copy<const P: usize>(from: ArrayView2<'_, f32>, row: usize, first: usize, to: &mut [Lanes; P]) {
    let Some(numbers) = from.to_slice() else {
        let to = to.iter_mut().flat_map(|lanes| &mut lanes.0);
        to.zip(from.row(row).iter().skip(first)).for_each(|(to, from)| *to = *from);
        return;
    };
    let numbers = &numbers[row * from.ncols() + first..];
    match numbers.as_chunks().0.get(..P) {
        Some(numbers) => to.iter_mut().zip(numbers).for_each(|(to, from)| to.0 = *from),
        None => {
            let to = to.iter_mut().flat_map(|lanes| &mut lanes.0);
            to.zip(numbers).for_each(|(to, from)| *to = *from);
        }
    }
}

/// Does something to the number of each unit with its lane.
#[inline(always)]
fn combine<const P: usize>(
    lanes: &[Lanes; P],
    mut numbers: ArrayViewMut1<'_, f32>,
    change: impl Fn(&mut f32, f32),
) {
    let Some(numbers) = numbers.as_slice_mut() else {
        let lanes = lanes.iter().flat_map(|lanes| lanes.0);
        numbers.iter_mut().zip(lanes).for_each(|(number, lane)| change(number, lane));
        return;
    };
    let (full, rest) = numbers.as_chunks_mut::<LANES>();
    let last = lanes.get(full.len());
    for (numbers, lanes) in full.iter_mut().zip(lanes) {
        numbers.iter_mut().zip(lanes.0).for_each(|(number, lane)| change(number, lane));
    }
    if let Some(lanes) = last {
        rest.iter_mut().zip(lanes.0).for_each(|(number, lane)| change(number, lane));
    }
}

/// A product in panels of `P` lanes, ready for the instructions to be chosen.
struct Sized<'a, T, const P: usize>(Panel<'a>, T);

impl<T: Product, const P: usize> Vectorised for Sized<'_, T, P> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.1.run::<P, FUSED>(self.0);
    }
}

fn run(inputs: &Packed, product: impl Product, lanes: usize) {
    ROOM.with_borrow_mut(|[tile, examples]| {
        run_in(Panel { inputs, tile, examples }, product, lanes)
    });
}

fn run_in(panel: Panel<'_>, product: impl Product, lanes: usize) {
    match lanes {
        0 | 1 => simd::dispatch(Sized::<_, 1>(panel, product)),
        2 => simd::dispatch(Sized::<_, 2>(panel, product)),
        3 => simd::dispatch(Sized::<_, 3>(panel, product)),
        4 => simd::dispatch(Sized::<_, 4>(panel, product)),
        5 => simd::dispatch(Sized::<_, 5>(panel, product)),
        6 => simd::dispatch(Sized::<_, 6>(panel, product)),
        _ => simd::dispatch(Sized::<_, WIDEST>(panel, product)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseRows;
    use crate::network::products::dense::multiply;
    use crate::network::{Layout, Matrix, Store};
    use crate::random;
    use ndarray::Array2;
    use rand::Rng as _;

    /// 9 examples × `columns`, four fifths of them −0.4.
    fn inputs(columns: usize) -> Matrix {
        let mut rng = random::stream(3, "sparse");
        let mut pixel = || if rng.gen_bool(0.2) { rng.gen_range(-1.0..1.0) } else { -0.4 };
        Array2::from_shape_simple_fn((9, columns), &mut pixel)
    }

    fn matrix(rows: usize, columns: usize) -> Matrix {
        let mut rng = random::stream(4, "sparse");
        Array2::from_shape_simple_fn((rows, columns), || rng.gen_range(-1.0..1.0))
    }

    #[test]
    fn both_products_equal_the_dense_ones_for_every_width_and_layout() {
        let rows = [8_u32, 0, 3, 3, 5];
        let chosen: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        for columns in [1, 64, 65, 150] {
            let dense = inputs(columns);
            let Some(sparse) = SparseRows::of(&dense) else { continue };
            let mut packed = Packed::default();
            // Memory of an earlier choice is used again.
            sparse.pack(&[1, 2, 4, 6, 7, 7, 0, 1], &mut packed);
            sparse.pack(&rows, &mut packed);
            let x = dense.select(ndarray::Axis(0), &chosen);
            for units in [1, 15, 16, 17, 40, 100, 112, 113, 230] {
                for layout in [Layout::RowMajor, Layout::ColumnMajor] {
                    let weights = layout.arrange(&matrix(units, columns));
                    let (mut found, mut expected) = (matrix(5, units), matrix(5, units));
                    forward(&packed, weights.view(), found.view_mut());
                    let into = &mut expected.view_mut();
                    multiply(&x.view(), &weights.t(), Store::Overwrite, into);
                    assert!(found.abs_diff_eq(&expected, 1e-4), "{units} × {columns}");

                    let dy = matrix(5, units);
                    let (mut found, mut expected) = (weights.clone(), weights);
                    outer(&packed, dy.view(), 0.5, found.view_mut());
                    multiply(&dy.t(), &x.view(), Store::Add(0.5), &mut expected.view_mut());
                    assert!(found.abs_diff_eq(&expected, 1e-4), "{units} × {columns}");
                }
            }
        }
    }

    #[test]
    fn panels_are_few_and_equal() {
        for units in 1..400 {
            let width = panel_width(units);
            assert!(width <= WIDEST * LANES && width.is_multiple_of(LANES));
            let count = units.div_ceil(width);
            assert_eq!(count, units.div_ceil(WIDEST * LANES));
            assert!(count * width < units + count * LANES);
        }
    }

    #[test]
    fn panels_at_the_same_time_give_the_same_bits() {
        let dense = inputs(150);
        let sparse = SparseRows::of(&dense).expect("few differ");
        let mut packed = Packed::default();
        sparse.pack(&[8, 0, 3, 3, 5], &mut packed);
        let (weights, dy) = (matrix(5000, 150), matrix(5, 5000));
        let both = || {
            let (mut out, mut update) = (matrix(5, 5000), weights.clone());
            forward(&packed, weights.view(), out.view_mut());
            outer(&packed, dy.view(), 0.5, update.view_mut());
            (out, update)
        };
        // On a thread of a pool there are none to spare.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
        assert_eq!(both(), pool.install(both));
    }
}
