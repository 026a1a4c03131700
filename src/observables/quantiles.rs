//! Medians and third quartiles of many numbers.

use std::cell::RefCell;

use ndarray::{ArrayView1, ArrayView2, Axis};

use crate::simd::{self, Vectorised};

/// Median and third quartile of a sample, by selection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// The median, interpolated (type 7, as numpy).
    pub median: f64,
    /// The third quartile, interpolated (type 7, as numpy).
    pub third_quartile: f64,
    /// The sample nearest to the median's position; of two equally near, the one at the even
    /// position, as the 2020 code's `nearest`.
    pub median_nearest: f64,
    /// The sample nearest to the third quartile's position.
    pub third_quartile_nearest: f64,
}

/// The levels of the median and of the third quartile.
const LEVELS: [f64; 2] = [0.5, 0.75];

impl Quantiles {
    /// The quantiles of `values`; all NaN if there are none, or one of them is NaN.
    pub fn of(values: &[f64]) -> Self {
        Self::between(Signs::of(values).quartiles(|| quartiles::<false>(values)))
    }

    /// The quantiles of each row, of its absolute values and of its squares.
    pub(super) fn of_rows(rows: ArrayView2<'_, f64>) -> Vec<[Self; 3]> {
        if rows.nrows() >= LANES / 2 && rows.ncols() <= FEW {
            let mut lanes = Lanes::new(rows.ncols());
            let chunks = rows.axis_chunks_iter(Axis(0), LANES);
            return chunks
                .flat_map(|some| lanes.each(some).into_iter().take(some.nrows()))
                .collect();
        }
        let of_row = |row: ArrayView1<'_, f64>| {
            let values = row.to_slice().expect("rows of the standard layout are slices");
            let signs = Signs::of(values);
            let raw = signs.quartiles(|| quartiles::<false>(values));
            let absolute = if signs.has_negative {
                signs.quartiles(|| quartiles::<true>(values))
            } else {
                raw
            };
            Self::each(raw, absolute)
        };
        rows.rows().into_iter().map(of_row).collect()
    }

    /// Of the numbers, of their absolute values, and of their squares, whose order is that of the
    /// absolute values.
    fn each(raw: Option<[Neighbours; 2]>, absolute: Option<[Neighbours; 2]>) -> [Self; 3] {
        let squares = absolute.map(|both| both.map(Neighbours::squared));
        [raw, absolute, squares].map(Self::between)
    }

    fn between(neighbours: Option<[Neighbours; 2]>) -> Self {
        let value = |which: usize, of: fn(&Neighbours) -> f64| {
            neighbours.as_ref().map_or(f64::NAN, |neighbours| of(&neighbours[which]))
        };
        Self {
            median: value(0, Neighbours::interpolated),
            third_quartile: value(1, Neighbours::interpolated),
            median_nearest: value(0, Neighbours::nearest),
            third_quartile_nearest: value(1, Neighbours::nearest),
        }
    }
}

/// The two order statistics on either side of a position.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    below: f64,
    above: f64,
    index: usize,
    fraction: f64,
}

impl Neighbours {
    /// Of `count` numbers, given those at a position of their order and at the next; the last one's
    /// next is itself.
    fn at(level: f64, count: usize, ordered: impl FnOnce(usize) -> (f64, f64)) -> Self {
        let position = level * (count - 1) as f64;
        let index = position as usize;
        let (below, above) = ordered(index);
        Self { below, above, index, fraction: position - index as f64 }
    }

    fn squared(self) -> Self {
        Self { below: self.below * self.below, above: self.above * self.above, ..self }
    }

    fn interpolated(&self) -> f64 {
        // As numpy's lerp: exact at both ends, and for equal neighbours.
        if self.fraction < 0.5 {
            self.below + self.fraction * (self.above - self.below)
        } else {
            self.above - (1.0 - self.fraction) * (self.above - self.below)
        }
    }

    fn nearest(&self) -> f64 {
        let up = self.fraction > 0.5 || (self.fraction == 0.5 && self.index % 2 == 1);
        if up { self.above } else { self.below }
    }
}

/// Which numbers there are besides positive ones.
#[derive(Clone, Copy, Debug, Default)]
struct Signs {
    is_empty: bool,
    has_nan: bool,
    has_negative: bool,
}

impl Signs {
    fn of(values: &[f64]) -> Self {
        struct Pass<'a>(&'a [f64], &'a mut [u64; 2]);
        impl Vectorised for Pass<'_> {
            #[inline(always)]
            fn run<const FUSED: bool>(self) {
                // Whole numbers and no early end, so that it vectorises.
                for x in self.0 {
                    self.1[0] |= u64::from(x.is_nan());
                    self.1[1] |= u64::from(*x < 0.0);
                }
            }
        }
        let mut found = [0; 2];
        simd::dispatch(Pass(values, &mut found));
        Self { is_empty: values.is_empty(), has_nan: found[0] > 0, has_negative: found[1] > 0 }
    }

    /// None if there are no numbers or one of them is NaN.
    fn quartiles(self, of: impl FnOnce() -> [Neighbours; 2]) -> Option<[Neighbours; 2]> {
        (!self.is_empty && !self.has_nan).then(of)
    }
}

/// Around the median and around the third quartile of the numbers, or of their absolute values;
/// there are some, and none is NaN.
fn quartiles<const ABSOLUTE: bool>(values: &[f64]) -> [Neighbours; 2] {
    ROOMS.with_borrow_mut(|rooms| {
        let neighbours = |level| {
            Neighbours::at(level, values.len(), |index| select::<ABSOLUTE>(values, index, rooms))
        };
        LEVELS.map(neighbours)
    })
}

thread_local! {
    /// Scratch for the numbers around a position; it grows to the most there ever were.
    static ROOMS: RefCell<[Vec<f64>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// Of more numbers than this a position is first narrowed down by a sample.
const FEW: usize = 4096;
/// The sample's size.
const SAMPLE: usize = 512;
/// Positions in the sample on either side: four standard deviations of the median's.
const MARGIN: usize = 45;

/// The number at a position of the ordered numbers, or of their ordered absolute values, and the
/// next one; the last one's next is itself.
fn select<const ABSOLUTE: bool>(
    values: &[f64],
    index: usize,
    [near, nearer]: &mut [Vec<f64>; 2],
) -> (f64, f64) {
    let (mut index, mut count) = narrow::<ABSOLUTE>(values, index, near).unwrap_or_else(|| {
        near.clear();
        near.extend(values.iter().map(|x| if ABSOLUTE { x.abs() } else { *x }));
        (index, values.len())
    });
    while let Some(less) = narrow::<false>(&near[..count], index, nearer) {
        (index, count) = less;
        std::mem::swap(near, nearer);
    }
    let (_, &mut below, rest) = near[..count].select_nth_unstable_by(index, f64::total_cmp);
    (below, rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below))
}

/// Writes the numbers between two of a sample to `near`, and says what position among them is the
/// one sought, and how many they are; none if it or the next one is not among them, or it does not
/// pay.
fn narrow<const ABSOLUTE: bool>(
    values: &[f64],
    index: usize,
    near: &mut Vec<f64>,
) -> Option<(usize, usize)> {
    if values.len() <= FEW {
        return None;
    }
    let every = values.len().div_ceil(SAMPLE);
    let sample = values.iter().step_by(every).map(|x| if ABSOLUTE { x.abs() } else { *x });
    let mut sample: Vec<f64> = sample.collect();
    let expected = index / every;
    let (low, high) = (expected.checked_sub(MARGIN)?, expected + MARGIN);
    if high >= sample.len() {
        return None;
    }
    let (_, &mut low, rest) = sample.select_nth_unstable_by(low, f64::total_cmp);
    let (_, &mut high, _) = rest.select_nth_unstable_by(2 * MARGIN - 1, f64::total_cmp);
    near.resize(near.len().max(values.len()), 0.0);
    let (smaller, count) = simd::keep_between::<ABSOLUTE>(values, (low, high), near);
    let index = index.checked_sub(smaller)?;
    // Where many are equal they may all lie between the two: that is no progress.
    (index + 1 < count && count < values.len() / 2).then_some((index, count))
}

/// How many rows are sorted at once.
const LANES: usize = 16;

/// Rows side by side, to be sorted without a branch: a network of comparisons sorts one in each
/// lane.
struct Lanes {
    numbers: Vec<[f64; LANES]>,
    comparisons: Vec<(u32, u32)>,
}

impl Lanes {
    fn new(columns: usize) -> Self {
        Self { numbers: vec![[0.0; LANES]; columns], comparisons: merge_exchange(columns) }
    }

    /// The quantiles of at most so many rows as there are lanes, of their absolute values and of
    /// their squares.
    fn each(&mut self, rows: ArrayView2<'_, f64>) -> [[Quantiles; 3]; LANES] {
        let mut signs = [Signs { is_empty: true, ..Signs::default() }; LANES];
        for (signs, row) in signs.iter_mut().zip(rows.rows()) {
            *signs = Signs::of(row.to_slice().expect("rows of the standard layout are slices"));
        }
        let raw = self.quartiles(rows, &signs, |x| x);
        let absolute = if signs.iter().any(|signs| signs.has_negative) {
            self.quartiles(rows, &signs, f64::abs)
        } else {
            raw
        };
        std::array::from_fn(|lane| Quantiles::each(raw[lane], absolute[lane]))
    }

    fn quartiles(
        &mut self,
        rows: ArrayView2<'_, f64>,
        signs: &[Signs; LANES],
        transform: impl Fn(f64) -> f64,
    ) -> [Option<[Neighbours; 2]>; LANES] {
        for (lane, row) in rows.rows().into_iter().enumerate() {
            self.numbers.iter_mut().zip(row).for_each(|(numbers, &x)| numbers[lane] = transform(x));
        }
        simd::dispatch(&mut *self);
        let count = self.numbers.len();
        std::array::from_fn(|lane| {
            let ordered = |index: usize| {
                let next = (index + 1).min(count - 1);
                (self.numbers[index][lane], self.numbers[next][lane])
            };
            signs[lane].quartiles(|| LEVELS.map(|level| Neighbours::at(level, count, ordered)))
        })
    }
}

impl Vectorised for &mut Lanes {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for &(i, j) in &self.comparisons {
            let (a, b) = (self.numbers[i as usize], self.numbers[j as usize]);
            self.numbers[i as usize] =
                std::array::from_fn(|lane| if b[lane] < a[lane] { b[lane] } else { a[lane] });
            self.numbers[j as usize] =
                std::array::from_fn(|lane| if b[lane] < a[lane] { a[lane] } else { b[lane] });
        }
    }
}

/// The comparisons that sort `count` numbers, each of which exchanges two if they are in the wrong
/// order: Batcher's odd-even merge sort (Knuth, *The Art of Computer Programming* 3, algorithm
/// 5.2.2 M).
fn merge_exchange(count: usize) -> Vec<(u32, u32)> {
    let mut comparisons = Vec::new();
    let largest = count.next_power_of_two() / 2;
    let mut p = largest;
    while p > 0 {
        let (mut q, mut r, mut d) = (largest, 0, p);
        loop {
            let lower = (0..count.saturating_sub(d)).filter(|i| i & p == r);
            comparisons.extend(lower.map(|i| (i as u32, (i + d) as u32)));
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
    comparisons
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::Rng as _;

    #[test]
    fn quantiles_by_hand() {
        let q = Quantiles::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!((q.median, q.third_quartile), (2.5, 3.25));
        assert_eq!((q.median_nearest, q.third_quartile_nearest), (3.0, 3.0));
        let one = Quantiles::of(&[7.0]);
        assert_eq!((one.median, one.third_quartile_nearest), (7.0, 7.0));
        assert!(Quantiles::of(&[1.0, f64::NAN]).median.is_nan());
        assert!(Quantiles::of(&[]).median.is_nan());
        assert_eq!(Quantiles::of(&[1.0, f64::INFINITY, 2.0]).median_nearest, 2.0);
    }

    /// By sorting all of them.
    fn sorted(values: &[f64]) -> Quantiles {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let ordered = |index: usize| (sorted[index], sorted[(index + 1).min(sorted.len() - 1)]);
        Quantiles::between(Some(LEVELS.map(|level| Neighbours::at(level, sorted.len(), ordered))))
    }

    fn absolute(values: &[f64]) -> Vec<f64> {
        values.iter().map(|x| x.abs()).collect()
    }

    #[test]
    fn many_numbers_have_the_quantiles_of_sorting_them() {
        let mut rng = crate::random::stream(0, "quantiles");
        let uniform: Vec<f64> = (0..50_000).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let few: Vec<f64> = uniform.iter().map(|x| (3.0 * x).round()).collect();
        let waves: Vec<f64> = (0..30_011).map(|i| f64::from(i % 97)).collect();
        let rising: Vec<f64> = (0..20_000).map(f64::from).collect();
        for values in [uniform, few, waves, rising, vec![2.0; 10_000], vec![1.0, -2.0, 3.0]] {
            assert_eq!(Quantiles::of(&values), sorted(&values));
            assert_eq!(
                Quantiles::between(Some(quartiles::<true>(&values))),
                sorted(&absolute(&values))
            );
        }
    }

    #[test]
    fn rows_have_the_quantiles_of_each() {
        let mut rng = crate::random::stream(0, "rows");
        for (rows, columns) in [(1, 10), (8, 1), (16, 2), (21, 100), (40, 129), (9, 5000)] {
            let mut numbers =
                Array2::from_shape_fn((rows, columns), |_| rng.gen_range(-1.0_f64..1.0));
            numbers[(rows - 1, 0)] = -0.25;
            for (row, found) in numbers.rows().into_iter().zip(Quantiles::of_rows(numbers.view())) {
                let values = row.to_vec();
                let squares: Vec<f64> = values.iter().map(|x| x * x).collect();
                let expected = [sorted(&values), sorted(&absolute(&values))];
                assert_eq!(found[..2], expected);
                assert_eq!(found[2].median_nearest, sorted(&squares).median_nearest);
            }
            numbers[(0, columns - 1)] = f64::NAN;
            assert!(Quantiles::of_rows(numbers.view())[0][1].median.is_nan());
        }
        assert!(Quantiles::of_rows(Array2::zeros((20, 0)).view())[3][0].median.is_nan());
    }
}
