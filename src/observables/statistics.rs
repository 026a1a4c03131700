//! Statistics of many numbers, in double precision and few passes.

use std::cell::RefCell;

use super::Transform;
use crate::simd::{self, Kernel};

/// Moments of a sample: two passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// √Σx², the L2 norm (of a matrix: Frobenius).
    pub norm: f64,
    /// The mean.
    pub mean: f64,
    /// The population variance, Σ(x − mean)²/n.
    pub variance: f64,
    /// The third standardised moment; NaN where the variance is 0.
    pub skewness: f64,
    /// The fourth standardised moment, not in excess: 3 for a Gaussian; NaN where the variance is 0.
    pub kurtosis: f64,
}

impl Moments {
    /// The moments of `values`; all NaN if there are none.
    pub fn of(values: &[f64]) -> Self {
        Self::of_transformed(values, Transform::Raw)
    }

    /// The moments of `values` after a transform; all NaN if there are none.
    pub fn of_transformed(values: &[f64], transform: Transform) -> Self {
        let count = values.len() as f64;
        let mut first = [0.0; 2];
        simd::dispatch(First { values, transform, sums: &mut first });
        let [sum, squares] = first;
        let mean = sum / count;
        let mut central = [0.0; 3];
        simd::dispatch(Central { values, transform, mean, sums: &mut central });
        let [second, third, fourth] = central;
        let variance = second / count;
        let spread = if is_constant(variance, mean) { f64::NAN } else { variance };
        Self {
            norm: if count > 0.0 { squares.sqrt() } else { f64::NAN },
            mean,
            variance,
            skewness: third / count / spread.powf(1.5),
            kurtosis: fourth / count / (spread * spread),
        }
    }
}

/// Σt and Σt² of the transformed numbers.
struct First<'a> {
    values: &'a [f64],
    transform: Transform,
    sums: &'a mut [f64; 2],
}

impl Kernel for First<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        *self.sums = match self.transform {
            Transform::Raw => summed(self.values, |x| [x, x * x]),
            Transform::Abs => summed(self.values, |x| [x.abs(), x * x]),
            Transform::Sq => summed(self.values, |x| [x * x, (x * x) * (x * x)]),
        };
    }
}

/// Σd², Σd³ and Σd⁴ of the transformed numbers' deviations from their mean.
struct Central<'a> {
    values: &'a [f64],
    transform: Transform,
    mean: f64,
    sums: &'a mut [f64; 3],
}

impl Kernel for Central<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let mean = self.mean;
        *self.sums = match self.transform {
            Transform::Raw => summed(self.values, |x| powers(x - mean)),
            Transform::Abs => summed(self.values, |x| powers(x.abs() - mean)),
            Transform::Sq => summed(self.values, |x| powers(x * x - mean)),
        };
    }
}

#[inline(always)]
fn powers(d: f64) -> [f64; 3] {
    let squared = d * d;
    [squared, squared * d, squared * squared]
}

/// The sums of some terms over all numbers, in lanes that vectorise; how many there are does not depend on the processor, so that the
/// last bits do not either.
#[inline(always)]
fn summed<const N: usize>(values: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    const LANES: usize = 16;
    let mut sums = [[0.0; LANES]; N];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let terms = terms(chunk[lane]);
            for (sum, term) in sums.iter_mut().zip(terms) {
                sum[lane] += term;
            }
        }
    }
    for (lane, x) in rest.iter().enumerate() {
        for (sum, term) in sums.iter_mut().zip(terms(*x)) {
            sum[lane] += term;
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// Whether a variance is but the rounding of the mean: equal numbers have no shape.
fn is_constant(variance: f64, mean: f64) -> bool {
    variance.sqrt() <= f64::EPSILON * 8.0 * mean.abs() || variance == 0.0
}

/// Median and third quartile of a sample, by selection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    /// The median, interpolated (type 7, as numpy).
    pub median: f64,
    /// The third quartile, interpolated (type 7, as numpy).
    pub third_quartile: f64,
    /// The sample nearest to the median's position; of two equally near, the one at the even position, as the
    /// 2020 code's `nearest`.
    pub median_nearest: f64,
    /// The sample nearest to the third quartile's position.
    pub third_quartile_nearest: f64,
}

impl Quantiles {
    /// The quantiles of `values`; all NaN if there are none, or one of them is NaN.
    pub fn of(values: &[f64]) -> Self {
        Self::between(Neighbours::quartiles(values))
    }

    pub(super) fn between(neighbours: Option<[Neighbours; 2]>) -> Self {
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
pub(super) struct Neighbours {
    below: f64,
    above: f64,
    index: usize,
    fraction: f64,
}

/// Of more numbers than this the position is first narrowed down by a sample of so many of them.
const SAMPLE: usize = 1024;
/// Positions in the sample on either side: four standard deviations of the median's.
const MARGIN: usize = 64;

/// The levels of the median and of the third quartile.
const LEVELS: [f64; 2] = [0.5, 0.75];

thread_local! {
    /// Room for the numbers around each of the two; it grows to the most there ever were.
    static ROOM: RefCell<[Vec<f64>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

impl Neighbours {
    /// Around the median and around the third quartile; none if there are no numbers or one of them is NaN.
    pub(super) fn quartiles(values: &[f64]) -> Option<[Self; 2]> {
        // Without an early end, so that it vectorises.
        let has_nan = values.iter().fold(false, |found, x| found | x.is_nan());
        if values.is_empty() || has_nan {
            return None;
        }
        ROOM.with_borrow_mut(|room| {
            Some(Self::narrowed(values, room).unwrap_or_else(|| {
                let all = &mut room[0];
                all.clear();
                all.extend_from_slice(values);
                LEVELS.map(|level| Self::around(all, level))
            }))
        })
    }

    /// The same for the squares of numbers that are at least 0, whose order is theirs.
    pub(super) fn squared(self) -> Self {
        Self { below: self.below * self.below, above: self.above * self.above, ..self }
    }

    fn around(values: &mut [f64], level: f64) -> Self {
        let position = level * (values.len() - 1) as f64;
        let index = position as usize;
        let (below, above) = at(values, index);
        Self { below, above, index, fraction: position - index as f64 }
    }

    /// Looks, for both levels at once, only at the numbers between two of a sample; none if what is sought is not among them, or there are
    /// too few numbers for it to pay.
    fn narrowed(values: &[f64], room: &mut [Vec<f64>; 2]) -> Option<[Self; 2]> {
        if values.len() <= 8 * SAMPLE {
            return None;
        }
        let step = values.len().div_ceil(SAMPLE);
        let mut sample: Vec<f64> = values.iter().step_by(step).copied().collect();
        sample.sort_unstable_by(f64::total_cmp);
        let bounds = |level: f64| {
            let expected = (level * sample.len() as f64) as usize;
            Some((*sample.get(expected.checked_sub(MARGIN)?)?, *sample.get(expected + MARGIN)?))
        };
        let [Some(median), Some(third)] = LEVELS.map(bounds) else { return None };
        for room in &mut *room {
            if room.len() < values.len() {
                room.resize(values.len(), 0.0);
            }
        }
        let [of_median, of_third] = room;
        let (of_median, of_third) = (&mut of_median[..values.len()], &mut of_third[..values.len()]);
        let (mut smaller, mut inside) = ([0; 2], [0; 2]);
        for &x in values {
            smaller[0] += usize::from(x < median.0);
            smaller[1] += usize::from(x < third.0);
            // Written always and kept if it counts: a branch would be guessed wrong too often.
            of_median[inside[0]] = x;
            of_third[inside[1]] = x;
            inside[0] += usize::from(median.0 <= x && x <= median.1);
            inside[1] += usize::from(third.0 <= x && x <= third.1);
        }
        let found = |which: usize, near: &mut [f64]| {
            let position = LEVELS[which] * (values.len() - 1) as f64;
            let index = position as usize;
            let own = index.checked_sub(smaller[which])?;
            let near = near.get_mut(..inside[which]).filter(|near| own + 1 < near.len())?;
            let (below, above) = at(near, own);
            Some(Self { below, above, index, fraction: position - index as f64 })
        };
        Some([found(0, of_median)?, found(1, of_third)?])
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

/// The number at a position of the ordered numbers, and the next one; the last one's next is itself.
fn at(values: &mut [f64], index: usize) -> (f64, f64) {
    let (_, &mut below, rest) = values.select_nth_unstable_by(index, f64::total_cmp);
    (below, rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng as _;

    #[test]
    fn moments_by_hand() {
        let m = Moments::of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!((m.mean, m.variance), (3.0, 3.5));
        assert!((m.norm - 50.0_f64.sqrt()).abs() < 1e-12);
        // Deviations −2, −1, 0, 3: third moment 18/4, fourth 98/4.
        assert!((m.skewness - 4.5 / 3.5_f64.powf(1.5)).abs() < 1e-12);
        assert!((m.kurtosis - 24.5 / 12.25).abs() < 1e-12);
    }

    #[test]
    fn equal_numbers_have_no_shape() {
        let m = Moments::of(&[0.1; 10]);
        assert!(m.skewness.is_nan() && m.kurtosis.is_nan());
        assert!(Moments::of(&[]).norm.is_nan());
    }

    #[test]
    fn quantiles_by_hand() {
        let q = Quantiles::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!((q.median, q.third_quartile), (2.5, 3.25));
        assert_eq!((q.median_nearest, q.third_quartile_nearest), (3.0, 3.0));
        let one = Quantiles::of(&[7.0]);
        assert_eq!((one.median, one.third_quartile_nearest), (7.0, 7.0));
        assert!(Quantiles::of(&[1.0, f64::NAN]).median.is_nan());
    }

    #[test]
    fn many_numbers_have_the_quantiles_of_sorting_them() {
        let mut rng = crate::random::stream(0, "quantiles");
        let uniform: Vec<f64> = (0..50_000).map(|_| rng.gen_range(-1.0..1.0)).collect();
        let few: Vec<f64> = uniform.iter().map(|x| (3.0 * x).round()).collect();
        let waves: Vec<f64> = (0..30_011).map(|i| f64::from(i % 97)).collect();
        let rising: Vec<f64> = (0..20_000).map(f64::from).collect();
        for values in [uniform, few, waves, rising, vec![2.0; 10_000]] {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let direct = [0.5, 0.75].map(|level| Neighbours::around(&mut sorted.clone(), level));
            assert_eq!(Quantiles::of(&values), Quantiles::between(Some(direct)));
            assert_eq!(
                Quantiles::of(&values).median_nearest,
                sorted[{
                    let half = (sorted.len() - 1) / 2;
                    if sorted.len() % 2 == 1 || half % 2 == 0 { half } else { half + 1 }
                }]
            );
        }
    }

    #[test]
    fn transforms_are_taken_of_each_number() {
        let values: Vec<f64> = (0..37).map(|i| f64::from(i) - 15.3).collect();
        for transform in [Transform::Raw, Transform::Abs, Transform::Sq] {
            let transformed: Vec<f64> = values.iter().map(|&x| transform.of(x)).collect();
            assert_eq!(Moments::of_transformed(&values, transform), Moments::of(&transformed));
        }
    }
}
