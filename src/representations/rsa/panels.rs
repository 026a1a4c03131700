//! Rows of a matrix side by side in panels of eight, so that a unit of eight rows is one vector.

use ndarray::ArrayView2;

use crate::simd::{Vectorised, dispatch};

/// Rows of a panel.
pub(super) const LANES: usize = 8;
/// Sums that are added up side by side.
const SUMS: usize = 32;
/// What rounding leaves of a pattern's length when nothing is left of it.
const NOTHING: f64 = 1e-12;
/// Patterns whose largest entry lies between these have squares that neither overflow nor vanish.
const MODERATE: std::ops::Range<f64> = 1e-100..1e100;

/// One unit of eight rows; aligned, so that no vector lies in two lines of the cache.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f64; LANES]);

/// The rows of a matrix; the last panel is filled up with zeros.
#[derive(Debug, Default)]
pub(super) struct Panels {
    pub(super) rows: usize,
    pub(super) units: usize,
    pub(super) values: Vec<Lanes>,
    scratch: Vec<f64>,
}

/// What is done to each row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Preparation<'a> {
    Copy,
    /// A number for each unit is taken out.
    Without(&'a [f64]),
    /// Length 1.
    Unit,
    /// Mean 0 over units and length 1.
    CentredUnit,
}

impl Panels {
    /// Takes the place of what was there; the first row of which nothing is left, or that is not
    /// finite, is returned. [`Preparation::Copy`] and [`Preparation::Without`] always succeed.
    pub(super) fn fill(
        &mut self,
        rows: ArrayView2<'_, f64>,
        preparation: Preparation<'_>,
    ) -> Option<usize> {
        let rows = rows.as_standard_layout();
        (self.rows, self.units) = rows.dim();
        self.values.resize(self.rows.div_ceil(LANES) * self.units, Lanes::default());
        self.scratch.resize(LANES * self.units, 0.0);
        let mut failed = None;
        let values = rows.as_slice().expect("the standard layout is contiguous");
        dispatch(Fill { values, preparation, panels: self, failed: &mut failed });
        failed
    }

    /// The squared distance of two rows, without cancellation.
    pub(super) fn apart(&self, first: usize, second: usize) -> f64 {
        let entries = |row: usize| {
            let panel = &self.values[row / LANES * self.units..][..self.units];
            panel.iter().map(move |lanes| lanes.0[row % LANES])
        };
        entries(first).zip(entries(second)).map(|(a, b)| (a - b) * (a - b)).sum()
    }
}

struct Fill<'a> {
    values: &'a [f64],
    preparation: Preparation<'a>,
    panels: &'a mut Panels,
    failed: &'a mut Option<usize>,
}

impl Vectorised for Fill<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let units = self.panels.units;
        if units == 0 {
            return;
        }
        let panels = self.panels.values.chunks_exact_mut(units);
        let blocks = self.values.chunks(LANES * units);
        for (index, (panel, block)) in panels.zip(blocks).enumerate() {
            let scratch = &mut self.panels.scratch[..];
            scratch[block.len()..].fill(0.0);
            let pairs = block.chunks_exact(units).zip(scratch.chunks_exact_mut(units));
            for (lane, (row, into)) in pairs.enumerate() {
                if !prepare(row, into, self.preparation) {
                    *self.failed = Some(index * LANES + lane);
                    return;
                }
            }
            interleave(scratch, panel);
        }
    }
}

/// Copies a row; false if nothing is left of it, or it is not finite.
#[inline(always)]
fn prepare(row: &[f64], into: &mut [f64], preparation: Preparation<'_>) -> bool {
    match preparation {
        Preparation::Copy => into.copy_from_slice(row),
        Preparation::Without(means) => {
            for ((into, value), mean) in into.iter_mut().zip(row).zip(means) {
                *into = value - mean;
            }
        }
        Preparation::Unit => return normalise::<false>(row, into),
        Preparation::CentredUnit => return normalise::<true>(row, into),
    }
    true
}

/// A row of length 1, after its mean over units is taken out if it is `CENTRED`.
#[inline(always)]
fn normalise<const CENTRED: bool>(row: &[f64], into: &mut [f64]) -> bool {
    let largest = largest(row);
    if largest == 0.0 {
        return false;
    }
    if MODERATE.contains(&largest) {
        into.copy_from_slice(row);
    } else {
        into.iter_mut().zip(row).for_each(|(into, value)| *into = value / largest);
    }
    let before = total(into, |value| value * value).sqrt();
    if CENTRED {
        let mean = total(into, |value| value) / row.len() as f64;
        into.iter_mut().for_each(|value| *value -= mean);
    }
    let length = total(into, |value| value * value).sqrt();
    let scale = 1.0 / length;
    into.iter_mut().for_each(|value| *value *= scale);
    length > NOTHING * before
}

/// The largest absolute value.
#[inline(always)]
fn largest(values: &[f64]) -> f64 {
    let larger = |most: f64, value: &f64| if value.abs() > most { value.abs() } else { most };
    let (chunks, rest) = values.as_chunks::<SUMS>();
    let mut most = [0.0; SUMS];
    for chunk in chunks {
        most.iter_mut().zip(chunk).for_each(|(most, value)| *most = larger(*most, value));
    }
    most.iter().chain(rest).fold(0.0, larger)
}

/// The sum of something over values, in an order that depends on their number only.
#[inline(always)]
fn total(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<SUMS>();
    let mut sums = [0.0; SUMS];
    for chunk in chunks {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += of(*value));
    }
    let mut half = SUMS / 2;
    while half > 0 {
        let (low, high) = sums.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
        half /= 2;
    }
    rest.iter().fold(sums[0], |sum, value| sum + of(*value))
}

/// Eight rows, one after the other, as a panel.
#[inline(always)]
fn interleave(rows: &[f64], panel: &mut [Lanes]) {
    let units = panel.len();
    let rows: [&[f64]; LANES] = std::array::from_fn(|lane| &rows[lane * units..][..units]);
    let blocks = rows.map(|row| row.as_chunks::<LANES>().0);
    let (chunks, rest) = panel.as_chunks_mut::<LANES>();
    let whole = chunks.len() * LANES;
    for (index, chunk) in chunks.iter_mut().enumerate() {
        let block: [[f64; LANES]; LANES] = std::array::from_fn(|lane| blocks[lane][index]);
        for (unit, into) in chunk.iter_mut().enumerate() {
            into.0 = std::array::from_fn(|lane| block[lane][unit]);
        }
    }
    for (offset, into) in rest.iter_mut().enumerate() {
        into.0 = std::array::from_fn(|lane| rows[lane][whole + offset]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn panels_hold_the_rows_and_zeros() {
        for (count, units) in [(1, 1), (8, 8), (13, 19), (17, 35)] {
            let rows = Array2::from_shape_fn((count, units), |(i, j)| (i * units + j + 1) as f64);
            let mut panels = Panels::default();
            // What was there before leaves no trace.
            panels.fill(Array2::from_elem((40, 40), 7.0).view(), Preparation::Copy);
            for rows in [rows.view(), rows.t().as_standard_layout().t()] {
                assert_eq!(panels.fill(rows, Preparation::Copy), None);
                for (place, lanes) in panels.values.iter().enumerate() {
                    for (lane, value) in lanes.0.iter().enumerate() {
                        let (row, unit) = (place / units * LANES + lane, place % units);
                        assert_eq!(*value, rows.get((row, unit)).copied().unwrap_or(0.0));
                    }
                }
            }
        }
    }

    #[test]
    fn the_size_of_a_pattern_does_not_matter() {
        let row = Array2::from_shape_fn((1, 70), |(_, j)| f64::from(j as u32 * 37 % 23) - 5.0);
        let of = |rows: &Array2<f64>, preparation| {
            let mut panels = Panels::default();
            assert_eq!(panels.fill(rows.view(), preparation), None);
            panels.values.iter().map(|lanes| lanes.0[0]).collect::<Vec<f64>>()
        };
        for preparation in [Preparation::Unit, Preparation::CentredUnit] {
            let plain = of(&row, preparation);
            let length: f64 = plain.iter().map(|value| value * value).sum();
            assert!((length - 1.0).abs() < 1e-14, "{length}");
            for scale in [1e-300, 1e-120, 1e3, 1e120, 1e300] {
                for (found, expected) in of(&(&row * scale), preparation).iter().zip(&plain) {
                    assert!((found - expected).abs() < 1e-15, "{found} {expected} at {scale}");
                }
            }
        }
        assert!(of(&row, Preparation::CentredUnit).iter().sum::<f64>().abs() < 1e-13);
    }

    #[test]
    fn the_first_row_without_direction_is_found() {
        let mut panels = Panels::default();
        let rows = array![[1.0, 2.0], [0.3, 0.3], [0.0, 0.0]];
        assert_eq!(panels.fill(rows.view(), Preparation::CentredUnit), Some(1));
        assert_eq!(panels.fill(rows.view(), Preparation::Unit), Some(2));
        for value in [f64::NAN, f64::INFINITY] {
            let rows = array![[1.0, 2.0], [value, 1.0]];
            assert_eq!(panels.fill(rows.view(), Preparation::CentredUnit), Some(1));
            assert_eq!(panels.fill(rows.view(), Preparation::Unit), Some(1));
        }
    }
}
