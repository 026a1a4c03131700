//! Loops compiled for several instruction sets, of which the processor's best is chosen at run
//! time: a notebook's library is built for any processor of its kind.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

mod vector;

#[cfg(test)]
pub(crate) use vector::Plain;
pub(crate) use vector::{LANES, OnVectors, Vector, dispatch_vectors};

/// Work that gains from wide instructions. Loops over arrays and slices inside [`run`](Self::run),
/// and inside what is inlined into it, are compiled for each set.
pub(crate) trait Vectorised {
    /// `FUSED` if a multiplication and its addition are one instruction; `mul_add` is a call of a
    /// library, and slow, if they are not.
    fn run<const FUSED: bool>(self);
}

/// Runs it with the best instructions there are.
#[cfg(target_arch = "x86_64")]
pub(crate) fn dispatch(computation: impl Vectorised) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512(computation: impl Vectorised) {
        computation.run::<true>();
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2(computation: impl Vectorised) {
        computation.run::<true>();
    }
    if has_avx512() {
        // SAFETY: the processor has just been asked for all these instructions.
        unsafe { avx512(computation) }
    } else if has_avx2() {
        // SAFETY: as above.
        unsafe { avx2(computation) }
    } else {
        computation.run::<false>();
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    static HAS: LazyLock<bool> =
        LazyLock::new(|| is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"));
    *HAS
}

/// Whether [`dispatch`] has 32 vectors of 512 bits.
#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx512() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| {
        has_avx2()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
    });
    *HAS
}

/// Whether [`dispatch`] has 32 vectors of 512 bits.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn has_avx512() -> bool {
    false
}

/// Runs it with the instructions that every processor of this kind has; AArch64 always has the
/// fused one.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn dispatch(computation: impl Vectorised) {
    computation.run::<{ cfg!(target_arch = "aarch64") }>();
}

/// Asks for numbers that will be read soon, if the processor can be asked.
pub(crate) fn prefetch(numbers: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    for line in numbers.chunks(64 / size_of::<f32>()) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of this kind has the instruction, and it changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}

/// Does something to each pair of numbers.
///
/// # Panics
/// If there are not as many of both.
pub(crate) fn zip(a: &mut [f32], b: &mut [f32], change: impl Fn(&mut f32, &mut f32)) {
    struct Pairs<'a, F>(&'a mut [f32], &'a mut [f32], F);
    impl<F: Fn(&mut f32, &mut f32)> Vectorised for Pairs<'_, F> {
        #[inline(always)]
        fn run<const FUSED: bool>(self) {
            self.0.iter_mut().zip(self.1).for_each(|(a, b)| (self.2)(a, b));
        }
    }
    assert_eq!(a.len(), b.len(), "as many numbers of both");
    dispatch(Pairs(a, b, change));
}

/// Copies the numbers from `low` to `high` to the start of `kept`, in their order, or the absolute
/// values of numbers where these lie so; returns how many are below `low`, and how many were
/// copied. What follows them in `kept` is anything.
///
/// # Panics
/// If there is not room for all of the numbers.
pub(crate) fn keep_between<const ABSOLUTE: bool>(
    values: &[f64],
    (low, high): (f64, f64),
    kept: &mut [f64],
) -> (usize, usize) {
    let kept = &mut kept[..values.len()];
    let (mut smaller, mut count) = (0, 0);
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_mut))]
    let mut rest = values;
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("popcnt") {
        let (chunks, few) = values.as_chunks::<8>();
        // SAFETY: the processor has just been asked for these instructions.
        (smaller, count) = unsafe { keep_chunks::<ABSOLUTE>(chunks, (low, high), kept) };
        rest = few;
    }
    for &x in rest {
        let x = if ABSOLUTE { x.abs() } else { x };
        smaller += usize::from(x < low);
        // Written always and kept if it counts: a branch would be guessed wrong too often.
        kept[count] = x;
        count += usize::from(low <= x && x <= high);
    }
    (smaller, count)
}

/// [`keep_between`] for eight at a time: compilers do not find the instruction that packs what a
/// mask selects.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,popcnt")]
fn keep_chunks<const ABSOLUTE: bool>(
    chunks: &[[f64; 8]],
    (low, high): (f64, f64),
    kept: &mut [f64],
) -> (usize, usize) {
    use std::arch::x86_64::*;
    assert!(kept.len() >= 8 * chunks.len(), "room for all numbers");
    let (mut smaller, mut count) = (0, 0);
    let (low, high) = (_mm512_set1_pd(low), _mm512_set1_pd(high));
    for chunk in chunks {
        // SAFETY: a chunk is eight numbers.
        let x = unsafe { _mm512_loadu_pd(chunk.as_ptr()) };
        let x = if ABSOLUTE { _mm512_abs_pd(x) } else { x };
        let inside =
            _mm512_cmp_pd_mask::<_CMP_GE_OQ>(x, low) & _mm512_cmp_pd_mask::<_CMP_LE_OQ>(x, high);
        smaller += _mm512_cmp_pd_mask::<_CMP_LT_OQ>(x, low).count_ones() as usize;
        // SAFETY: at most the numbers of earlier chunks are kept, so that there is room for eight
        // more.
        unsafe {
            _mm512_storeu_pd(kept.as_mut_ptr().add(count), _mm512_maskz_compress_pd(inside, x))
        };
        count += inside.count_ones() as usize;
    }
    (smaller, count)
}

/// `a` `b` + `c`.
#[inline(always)]
pub(crate) fn fused<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// eˣ to two units in the last place, in steps that vectorise; 0 below −87.3, that of 88.3 above
/// it, NaN of NaN.
///
/// x = n ln 2 + r with |r| ≤ ln 2/2; eʳ by the polynomial of Cephes' `expf` (Moshier 1992), 2ⁿ by
/// its bits.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    /// Adding it leaves a whole number in the lowest bits.
    const ROUNDING: f32 = 12_582_912.0;
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const SERIES: [f32; 5] = [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    // Comparisons let NaN through, which `clamp` would too, but not as a selection.
    let within = if x < -87.3 { -87.3 } else { x };
    let within = if within > 88.3 { 88.3 } else { within };
    let shifted = fused::<FUSED>(within, std::f32::consts::LOG2_E, ROUNDING);
    let n = shifted - ROUNDING;
    let r = fused::<FUSED>(n, -LN_2[1], fused::<FUSED>(n, -LN_2[0], within));
    let mut series = 1.987_569_1e-4;
    for coefficient in SERIES {
        series = fused::<FUSED>(series, r, coefficient);
    }
    let power = fused::<FUSED>(series, r * r, r) + 1.0;
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let value = power * scale;
    if x < -87.3 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_is_kept_in_order() {
        let values: Vec<f64> = (0..43).map(|i| f64::from((i * 17) % 43) - 21.0).collect();
        let mut kept = vec![0.0; 50];
        let inside: Vec<f64> =
            values.iter().copied().filter(|x| (-3.0..=4.0).contains(x)).collect();
        assert_eq!(keep_between::<false>(&values, (-3.0, 4.0), &mut kept), (18, 8));
        assert_eq!(kept[..8], inside);
        let inside: Vec<f64> =
            values.iter().map(|x| x.abs()).filter(|x| (3.0..=4.0).contains(x)).collect();
        assert_eq!(keep_between::<true>(&values, (3.0, 4.0), &mut kept), (5, 4));
        assert_eq!(kept[..4], inside);
    }

    #[test]
    fn the_exponential_is_right_to_two_units_in_the_last_place() {
        for step in -87_000..88_000 {
            let x = step as f32 / 1000.0;
            let exact = f64::from(x).exp();
            for found in [exp::<true>(x), exp::<false>(x)] {
                let error = (f64::from(found) - exact).abs() / exact;
                assert!(
                    error < 2.0 * f64::from(f32::EPSILON),
                    "exp({x}) = {found}, off by {error}"
                );
            }
        }
        assert_eq!(
            (exp::<false>(0.0), exp::<false>(-1e9), exp::<false>(f32::NEG_INFINITY)),
            (1.0, 0.0, 0.0)
        );
        assert!(exp::<false>(f32::NAN).is_nan() && exp::<false>(1e9) > 1e38);
    }
}
