//! Loops compiled for several instruction sets, of which the processor's best is chosen at run time: a notebook's library is
//! built for any processor of its kind.
#![allow(unsafe_code)]

/// Work that gains from wide instructions. Loops over arrays and slices inside [`run`](Self::run), and inside what is inlined
/// into it, are compiled for each set.
pub(crate) trait Kernel {
    /// `FUSED` if a multiplication and its addition are one instruction; `mul_add` is a call of a library, and slow, if they are not.
    fn run<const FUSED: bool>(self);
}

/// Runs it with the best instructions there are.
#[cfg(target_arch = "x86_64")]
pub(crate) fn dispatch(kernel: impl Kernel) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512(kernel: impl Kernel) {
        kernel.run::<true>();
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2(kernel: impl Kernel) {
        kernel.run::<true>();
    }
    let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let has_avx512 = has_avx2
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    if has_avx512 {
        // SAFETY: the processor has just been asked for all these instructions.
        unsafe { avx512(kernel) }
    } else if has_avx2 {
        // SAFETY: as above.
        unsafe { avx2(kernel) }
    } else {
        kernel.run::<false>();
    }
}

/// Runs it with the instructions that every processor of this kind has; AArch64 always has the fused one.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn dispatch(kernel: impl Kernel) {
    kernel.run::<{ cfg!(target_arch = "aarch64") }>();
}

/// Does something to each pair of numbers.
///
/// # Panics
/// If there are not as many of both.
pub(crate) fn zip(a: &mut [f32], b: &mut [f32], change: impl Fn(&mut f32, &mut f32)) {
    struct Pairs<'a, F>(&'a mut [f32], &'a mut [f32], F);
    impl<F: Fn(&mut f32, &mut f32)> Kernel for Pairs<'_, F> {
        #[inline(always)]
        fn run<const FUSED: bool>(self) {
            self.0.iter_mut().zip(self.1).for_each(|(a, b)| (self.2)(a, b));
        }
    }
    assert_eq!(a.len(), b.len(), "as many numbers of both");
    dispatch(Pairs(a, b, change));
}

/// `a` `b` + `c`.
#[inline(always)]
pub(crate) fn fused<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// eˣ to two units in the last place, in steps that vectorise; 0 below −87.3, that of 88.3 above it, NaN of NaN.
///
/// x = n ln 2 + r with |r| ≤ ln 2/2; eʳ by the polynomial of Cephes' `expf` (Moshier 1992), 2ⁿ by its bits.
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
