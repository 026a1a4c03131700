//! One seed, many independent streams of random numbers.
//!
//! Everything random in the library draws from `stream(seed, name)`. Two users of the same seed but
//! of different names are independent; two rules that share a seed share the streams `"init"` and
//! `"batches"`, and so start from the same weights and see the same batches (paired comparisons).
//! A new name changes no old number. The generator is ChaCha8, the same on every machine.

use rand::seq::index;
use rand::{RngCore, SeedableRng};

use crate::simd::{self, Vectorised};

/// The library's random number generator.
pub type Rng = rand_chacha::ChaCha8Rng;

/// The stream called `name` under `seed`.
///
/// ```
/// use microlearners::random;
/// use rand::Rng;
///
/// let a: f64 = random::stream(7, "init").r#gen();
/// let b: f64 = random::stream(7, "init").r#gen();
/// let c: f64 = random::stream(7, "batches").r#gen();
/// assert_eq!(a, b);
/// assert_ne!(a, c);
/// ```
pub fn stream(seed: u64, name: &str) -> Rng {
    let mut rng = Rng::seed_from_u64(seed);
    rng.set_stream(fnv1a(name));
    rng
}

/// A share in (0, 1] of the numbers below `count`, rounded up, at least one; ascending.
pub(crate) fn some_of(count: usize, share: f64, rng: &mut Rng) -> Vec<usize> {
    // The product of a decimal fraction and a whole number may come out a rounding error too large.
    let kept = ((share * count as f64 - 1e-9).ceil() as usize).clamp(1, count);
    let mut chosen = index::sample(rng, count, kept).into_vec();
    chosen.sort_unstable();
    chosen
}

/// Gives each number a draw from the normal distribution of mean 0 and standard deviation 1, many
/// at a time: five times as fast as one by one.
///
/// By the transform of Box & Muller 1958, doi 10.1214/aoms/1177706645, of two numbers of 32 bits
/// each, so that none is beyond 6.7. Without fused operations: the same bits on every machine.
pub(crate) fn draw_normal(numbers: &mut [f32], rng: &mut Rng) {
    let mut bits = [0_u8; 8 * PAIRS];
    for chunk in numbers.chunks_mut(2 * PAIRS) {
        rng.fill_bytes(&mut bits);
        simd::dispatch(BoxMuller { bits: &bits, numbers: chunk });
    }
}

/// Made at a time; more are drawn than are asked for if these are no multiple.
const PAIRS: usize = 64;

struct BoxMuller<'a> {
    bits: &'a [u8; 8 * PAIRS],
    numbers: &'a mut [f32],
}

impl Vectorised for BoxMuller<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let (mut first, mut second) = ([0.0_f32; PAIRS], [0.0_f32; PAIRS]);
        let (bits, _) = self.bits.as_chunks::<4>();
        let (lengths, angles) = bits.split_at(PAIRS);
        for place in 0..PAIRS {
            let length = u32::from_le_bytes(lengths[place]);
            let angle = i32::from_le_bytes(angles[place]);
            // In (0, 1]; a half keeps 0 out.
            let share = (length as f32 + 0.5) * 2.0_f32.powi(-32);
            let radius = (-2.0 * logarithm(share)).sqrt();
            // Half of the angle, between −π/2 and π/2; its cosine is not negative.
            let sine = sine(angle as f32 * (std::f32::consts::PI * 2.0_f32.powi(-32)));
            let rest = 1.0 - sine * sine;
            let cosine = if rest > 0.0 { rest } else { 0.0 }.sqrt();
            first[place] = radius * (1.0 - 2.0 * sine * sine);
            second[place] = radius * 2.0 * sine * cosine;
        }
        let (begin, end) = self.numbers.split_at_mut(self.numbers.len().min(PAIRS));
        begin.iter_mut().zip(first).for_each(|(number, draw)| *number = draw);
        end.iter_mut().zip(second).for_each(|(number, draw)| *number = draw);
    }
}

/// ln x of a number that is held in full, by the polynomial of Cephes' `logf` (Moshier 1992).
#[inline(always)]
fn logarithm(x: f32) -> f32 {
    const SERIES: [f32; 8] = [
        -1.151_461e-1,
        1.167_7e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    // x = 2ⁿ m with m between √½ and √2.
    const ROOT_OF_HALF: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(ROOT_OF_HALF);
    let n = (shifted as i32) >> 23;
    let m = f32::from_bits(x.to_bits().wrapping_sub((n as u32) << 23)) - 1.0;
    let mut series = 7.037_683_6e-2;
    for coefficient in SERIES {
        series = series * m + coefficient;
    }
    m + (series * m * m * m - 0.5 * m * m + n as f32 * std::f32::consts::LN_2)
}

/// sin a between −π/2 and π/2, by its series.
#[inline(always)]
fn sine(a: f32) -> f32 {
    let square = a * a;
    let mut series = -1.0 / 39_916_800.0;
    for coefficient in [1.0 / 362_880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0] {
        series = series * square + coefficient;
    }
    a + a * square * series
}

/// FNV-1a, a hash that is the same for ever and everywhere, which std's is not.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_sine_are_right_to_single_precision() {
        for step in 1..=100_000_u32 {
            let share = step as f32 / 100_000.0;
            for x in [share, share * 1e-9] {
                let exact = f64::from(x).ln();
                let error = (f64::from(logarithm(x)) - exact).abs();
                assert!(error <= 3e-7 * exact.abs().max(0.3), "ln {x}: off by {error}");
            }
            let a = (share - 0.5) * std::f32::consts::PI;
            assert!((f64::from(sine(a)) - f64::from(a).sin()).abs() < 3e-7, "sin {a}");
        }
    }

    #[test]
    fn draws_are_normal_and_independent_of_one_another() {
        let mut draws = vec![0.0_f32; 1_000_001];
        draw_normal(&mut draws, &mut stream(3, "test"));
        let draws: Vec<f64> = draws.into_iter().map(f64::from).collect();
        let count = draws.len() as f64;
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / count;
        // Standard errors are 1, √2, √15 and √96 thousandths.
        assert!(moment(1).abs() < 4e-3 && (moment(2) - 1.0).abs() < 6e-3);
        assert!(moment(3).abs() < 0.016 && (moment(4) - 3.0).abs() < 0.04);
        let below = |x: f64| draws.iter().filter(|draw| **draw < x).count() as f64 / count;
        for (x, share) in [(-3.0, 0.001_35), (-1.0, 0.158_655), (0.5, 0.691_462), (2.0, 0.977_25)] {
            assert!((below(x) - share).abs() < 2e-3, "{} below {x}", below(x));
        }
        for lag in [1, 64, 128] {
            let products = draws.iter().zip(&draws[lag..]).map(|(a, b)| a * b).sum::<f64>();
            assert!((products / count).abs() < 4e-3, "lag {lag}");
        }
    }

    #[test]
    fn few_draws_are_the_first_of_many() {
        let draws = |count: usize| {
            let mut draws = vec![0.0; count];
            draw_normal(&mut draws, &mut stream(3, "test"));
            draws
        };
        assert_eq!(draws(100)[..], draws(300)[..100]);
    }
}
