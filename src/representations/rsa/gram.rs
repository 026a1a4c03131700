//! The squared distances of all pairs of rows, by the products of all pairs (the Gram matrix).
//!
//! ‖a − b‖² = a·a + b·b − 2 a·b. Products are sums over units in their order, so that a number
//! depends on its two rows only, and neither on threads nor on the processor's vectors, but for
//! whether it fuses a multiplication with its addition.

use ndarray::{Array2, ArrayView1, ArrayView2};

use super::pairs::{pair_count, pair_list, place_of_pair};
use super::panels::{LANES, Lanes, Panels, Preparation};
use crate::simd::{Vectorised, dispatch, has_avx512};

/// Units of a tile: its three panels take 24 KiB, and stay in the first cache.
const DEPTH: usize = 128;
/// Panels of a tile's columns. Its 8 × 24 sums fill 24 of the 32 vectors of AVX-512.
const WIDEST: usize = 3;
/// Below this share of the squared lengths a difference of products has lost too many digits.
const CANCELLED: f64 = 1e-3;

/// The products of all pairs of rows, rows × rows.
pub(in crate::representations) fn products_of_rows(rows: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut panels = Panels::default();
    panels.fill(rows, Preparation::Copy);
    let (squares, distances) = squares_and_distances(&panels);
    let count = rows.nrows();
    let mut products = Array2::from_diag(&ArrayView1::from(&squares[..count]));
    for (distance, (i, j)) in distances.iter().zip(pair_list(count)) {
        let product = (squares[i] + squares[j] - distance) / 2.0;
        (products[[i, j]], products[[j, i]]) = (product, product);
    }
    products
}

/// The squared Euclidean distances of all pairs of rows, in the order of the upper triangle.
pub(super) fn squared_distances_of(panels: &Panels) -> Vec<f64> {
    squares_and_distances(panels).1
}

/// The squared length of each row, and the squared distances.
fn squares_and_distances(panels: &Panels) -> (Vec<f64>, Vec<f64>) {
    let mut distances = vec![0.0; pair_count(panels.rows)];
    let mut squares = vec![0.0; panels.rows.next_multiple_of(LANES)];
    let is_wide = has_avx512();
    dispatch(Distances { panels, squares: &mut squares, distances: &mut distances, is_wide });
    (squares, distances)
}

struct Distances<'a> {
    panels: &'a Panels,
    /// The squared length of each row.
    squares: &'a mut [f64],
    distances: &'a mut [f64],
    is_wide: bool,
}

impl Vectorised for Distances<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(mut self) {
        let count = self.panels.rows.div_ceil(LANES);
        let mut sums = vec![[0.0; LANES]; count * LANES * WIDEST];
        let mut first = 0;
        while first < count {
            let wide = if self.is_wide { WIDEST.min(count - first) } else { 1 };
            let sums = &mut sums[..(first + wide) * LANES * wide];
            sums.fill([0.0; LANES]);
            match wide {
                3 => products::<FUSED, 8, 3>(self.panels, first, sums),
                2 => products::<FUSED, 8, 2>(self.panels, first, sums),
                _ if self.is_wide => products::<FUSED, 8, 1>(self.panels, first, sums),
                _ => products::<FUSED, 4, 1>(self.panels, first, sums),
            }
            self.keep(first * LANES, wide * LANES, sums.as_flattened());
            first += wide;
        }
    }
}

impl Distances<'_> {
    /// The distances of `width` rows from `start` on to those before them, from their products.
    #[inline(always)]
    fn keep(&mut self, start: usize, width: usize, products: &[f64]) {
        let rows = self.panels.rows;
        let end = (start + width).min(rows);
        for column in start..end {
            self.squares[column] = products[column * width + column - start];
        }
        for row in 0..end - 1 {
            let from = start.max(row + 1);
            let square = self.squares[row];
            let products = &products[row * width..][from - start..end - start];
            let place = place_of_pair(row, from, rows);
            let into = &mut self.distances[place..][..end - from];
            let mut is_exact = true;
            let others = products.iter().zip(&self.squares[from..end]);
            for (into, (product, other)) in into.iter_mut().zip(others) {
                let scale = square + other;
                *into = scale - 2.0 * product;
                is_exact &= *into > CANCELLED * scale;
            }
            if !is_exact {
                recompute(self.panels, (row, from), &self.squares[..end], into);
            }
        }
    }
}

/// Distances of `row` to those from `from` on, of those that have lost digits.
#[inline(never)]
fn recompute(panels: &Panels, (row, from): (usize, usize), squares: &[f64], distances: &mut [f64]) {
    for (other, distance) in (from..).zip(distances) {
        let is_exact = *distance > CANCELLED * (squares[row] + squares[other]);
        if !is_exact {
            *distance = panels.apart(row, other);
        }
    }
}

/// Adds the products of `WIDE` panels from `first` on with each row up to theirs: `WIDE` vectors
/// for each row. `ROWS` rows are a tile, which divides a panel.
#[inline(always)]
fn products<const FUSED: bool, const ROWS: usize, const WIDE: usize>(
    panels: &Panels,
    first: usize,
    sums: &mut [[f64; LANES]],
) {
    for start in (0..panels.units).step_by(DEPTH) {
        let end = (start + DEPTH).min(panels.units);
        let part = |panel: usize| &panels.values[panel * panels.units..][start..end];
        let columns: [&[Lanes]; WIDE] = std::array::from_fn(|wide| part(first + wide));
        for (index, sums) in sums.chunks_exact_mut(ROWS * WIDE).enumerate() {
            let (panel, lane) = (index * ROWS / LANES, index * ROWS % LANES);
            tile::<FUSED, ROWS, WIDE>((part(panel), lane), columns, sums);
        }
    }
}

/// Adds the products of `ROWS` rows from `lane` on with the rows of `WIDE` panels.
#[inline(always)]
fn tile<const FUSED: bool, const ROWS: usize, const WIDE: usize>(
    (rows, lane): (&[Lanes], usize),
    columns: [&[Lanes]; WIDE],
    sums: &mut [[f64; LANES]],
) {
    let columns = columns.map(|column| &column[..rows.len()]);
    let mut tile: [[[f64; LANES]; WIDE]; ROWS] =
        std::array::from_fn(|row| std::array::from_fn(|wide| sums[row * WIDE + wide]));
    for (unit, values) in rows.iter().enumerate() {
        let values: &[f64; ROWS] = values.0[lane..].first_chunk().expect("a tile is in a panel");
        let others: [[f64; LANES]; WIDE] = std::array::from_fn(|wide| columns[wide][unit].0);
        // Written out, as loops of that many steps are not unrolled, and sums leave the registers.
        add::<FUSED, WIDE>(&mut tile[0], values[0], &others);
        add::<FUSED, WIDE>(&mut tile[1], values[1], &others);
        add::<FUSED, WIDE>(&mut tile[2], values[2], &others);
        add::<FUSED, WIDE>(&mut tile[3], values[3], &others);
        if ROWS == LANES {
            add::<FUSED, WIDE>(&mut tile[ROWS - 4], values[ROWS - 4], &others);
            add::<FUSED, WIDE>(&mut tile[ROWS - 3], values[ROWS - 3], &others);
            add::<FUSED, WIDE>(&mut tile[ROWS - 2], values[ROWS - 2], &others);
            add::<FUSED, WIDE>(&mut tile[ROWS - 1], values[ROWS - 1], &others);
        }
    }
    for (row, tile) in tile.iter().enumerate() {
        sums[row * WIDE..][..WIDE].copy_from_slice(tile);
    }
}

/// Adds a number times each of some vectors.
#[inline(always)]
fn add<const FUSED: bool, const WIDE: usize>(
    sums: &mut [[f64; LANES]; WIDE],
    value: f64,
    others: &[[f64; LANES]; WIDE],
) {
    for wide in 0..WIDE {
        for lane in 0..LANES {
            let (other, sum) = (others[wide][lane], sums[wide][lane]);
            sums[wide][lane] = if FUSED { value.mul_add(other, sum) } else { value * other + sum };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::patterns::squared_distances;
    use super::*;
    use ndarray::array;

    fn apart(rows: &Array2<f64>, first: usize, second: usize) -> f64 {
        let pairs = rows.row(first).into_iter().zip(rows.row(second));
        pairs.map(|(a, b)| (a - b) * (a - b)).sum()
    }

    #[test]
    fn distances_equal_the_definition_whatever_the_sizes() {
        let entry = |(i, j)| f64::from((i * 37 + j * 11) as u32 % 23) - 7.0 + (i % 3) as f64;
        for count in [0, 1, 2, 7, 8, 9, 16, 17, 24, 25, 33, 48, 100, 250] {
            for units in [1, 7, 8, 128, 131, 300] {
                let rows = Array2::from_shape_fn((count, units), entry);
                let found = squared_distances(&rows);
                assert_eq!(found.len(), pair_count(count));
                for (found, (i, j)) in found.iter().zip(pair_list(count)) {
                    let expected = apart(&rows, i, j);
                    assert!((found - expected).abs() <= 1e-10 * expected, "{found} {expected}");
                }
            }
        }
    }

    #[test]
    fn products_equal_the_definition() {
        let rows = Array2::from_shape_fn((19, 33), |(i, j)| ((i * 33 + j) as f64).sin());
        let (found, expected) = (products_of_rows(rows.view()), rows.dot(&rows.t()));
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    /// Sums are made in one order in all of them.
    #[test]
    fn all_sets_of_instructions_that_fuse_give_the_same_bits() {
        let entry = |(i, j)| ((i * 37 + j * 11) as f64).sin();
        let mut panels = Panels::default();
        panels.fill(Array2::from_shape_fn((77, 301), entry).view(), Preparation::Copy);
        let of = |is_wide: bool, is_fused: bool| {
            let (mut squares, mut distances) = (vec![0.0; 80], vec![0.0; pair_count(77)]);
            let (squares, into) = (&mut squares[..], &mut distances[..]);
            let work = Distances { panels: &panels, squares, distances: into, is_wide };
            if is_fused {
                work.run::<true>()
            } else {
                work.run::<false>()
            };
            distances
        };
        assert_eq!(of(true, true), of(false, true));
        assert_eq!(of(true, false), of(false, false));
        for (plain, fused) in of(true, false).iter().zip(of(true, true)) {
            assert!((plain - fused).abs() <= 1e-12 * plain, "{plain} {fused}");
        }
        let chosen = squared_distances_of(&panels);
        assert!(chosen == of(true, true) || chosen == of(true, false));
    }

    #[test]
    fn near_patterns_far_from_zero_keep_their_digits() {
        let rows = array![[1e8, 1.0], [1e8, 1.0], [1e8 + 1.0, 1.0]];
        assert_eq!(squared_distances(&rows), [0.0, 1.0, 1.0]);
    }
}
