//! Sixteen numbers at a time. Compilers keep arrays of these in registers, where arrays of arrays of
//! numbers would be written to memory after every step.
#![allow(unsafe_code)]

/// The numbers of a vector.
pub(crate) const LANES: usize = 16;

/// Sixteen numbers.
pub(crate) trait Vector: Copy {
    /// Whether twelve of them, and a few more, are held in registers; otherwise it is six.
    const MANY_REGISTERS: bool;

    fn load(from: &[f32; LANES]) -> Self;

    fn numbers(self) -> [f32; LANES];

    /// The sums of neighbours: of the first two numbers, and so on.
    fn sums_of_pairs(self) -> [f32; LANES / 2];

    /// One number, or two in turns, in all lanes.
    fn repeat<const WIDTH: usize>(x: &[f32; WIDTH]) -> Self;

    /// `self` + `x` `w`, in one instruction if there is one.
    fn plus_product(self, x: Self, w: Self) -> Self;

    /// [`repeat`](Self::repeat) of what begins at `at`. Loops over places of which the compiler cannot
    /// know that they are there would spend half of their time on asking.
    ///
    /// # Safety
    /// `numbers` has `WIDTH` numbers from `at` on.
    #[inline(always)]
    unsafe fn repeat_at<const WIDTH: usize>(numbers: &[f32], at: usize) -> Self {
        debug_assert!(at + WIDTH <= numbers.len(), "{WIDTH} from {at} of {}", numbers.len());
        // SAFETY: they are there, as the caller says.
        Self::repeat(unsafe { &*numbers.as_ptr().add(at).cast::<[f32; WIDTH]>() })
    }

    #[inline(always)]
    fn zero() -> Self {
        Self::repeat(&[0.0])
    }
}

/// Work on vectors; inside [`run`](Self::run), and inside what is inlined into it, they are
/// registers.
pub(crate) trait OnVectors {
    fn run<V: Vector>(self);
}

/// Runs it with the widest vectors that there are.
#[cfg(target_arch = "x86_64")]
pub(crate) fn dispatch_vectors(computation: impl OnVectors) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn avx512(computation: impl OnVectors) {
        computation.run::<x86::Whole>();
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2(computation: impl OnVectors) {
        computation.run::<x86::Halves>();
    }
    if super::has_avx512() {
        // SAFETY: the processor has just been asked for all these instructions.
        unsafe { avx512(computation) }
    } else if super::has_avx2() {
        // SAFETY: as above.
        unsafe { avx2(computation) }
    } else {
        computation.run::<Plain<false>>();
    }
}

/// Runs it with the instructions that every processor of this kind has.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn dispatch_vectors(computation: impl OnVectors) {
    computation.run::<Plain<{ cfg!(target_arch = "aarch64") }>>();
}

/// For any processor.
#[derive(Clone, Copy)]
pub(crate) struct Plain<const FUSED: bool>([f32; LANES]);

impl<const FUSED: bool> Vector for Plain<FUSED> {
    const MANY_REGISTERS: bool = false;

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn numbers(self) -> [f32; LANES] {
        self.0
    }

    #[inline(always)]
    fn sums_of_pairs(self) -> [f32; LANES / 2] {
        std::array::from_fn(|pair| self.0[2 * pair] + self.0[2 * pair + 1])
    }

    #[inline(always)]
    fn repeat<const WIDTH: usize>(x: &[f32; WIDTH]) -> Self {
        Self(std::array::from_fn(|lane| x[lane % WIDTH]))
    }

    #[inline(always)]
    fn plus_product(mut self, x: Self, w: Self) -> Self {
        for (sum, (x, w)) in self.0.iter_mut().zip(x.0.into_iter().zip(w.0)) {
            *sum = super::fused::<FUSED>(x, w, *sum);
        }
        self
    }
}

/// Only [`dispatch_vectors`] names these types, after it has asked the processor for their
/// instructions: that is what makes their methods safe.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{LANES, Vector};

    /// By AVX-512.
    #[derive(Clone, Copy)]
    pub(super) struct Whole(__m512);

    impl Vector for Whole {
        const MANY_REGISTERS: bool = true;

        #[inline(always)]
        fn load(from: &[f32; LANES]) -> Self {
            // SAFETY: sixteen numbers are there, and the processor has the instruction.
            Self(unsafe { _mm512_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn numbers(self) -> [f32; LANES] {
            let mut numbers = [0.0; LANES];
            // SAFETY: there is room for sixteen numbers, and the processor has the instruction.
            unsafe { _mm512_storeu_ps(numbers.as_mut_ptr(), self.0) };
            numbers
        }

        #[inline(always)]
        fn sums_of_pairs(self) -> [f32; LANES / 2] {
            let mut sums = [0.0; LANES / 2];
            // SAFETY: there is room for eight numbers, and the processor has the instructions.
            unsafe {
                let swapped = _mm512_permute_ps::<0b10_11_00_01>(self.0);
                let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 0, 0, 0, 0, 0, 0, 0, 0);
                let first = _mm512_permutexvar_ps(even, _mm512_add_ps(self.0, swapped));
                _mm256_storeu_ps(sums.as_mut_ptr(), _mm512_castps512_ps256(first));
            }
            sums
        }

        #[inline(always)]
        fn repeat<const WIDTH: usize>(x: &[f32; WIDTH]) -> Self {
            // SAFETY: the processor has the instructions.
            unsafe {
                match WIDTH {
                    1 => Self(_mm512_set1_ps(x[0])),
                    2 => Self(_mm512_castpd_ps(_mm512_set1_pd(pair(x)))),
                    _ => unreachable!("one number, or two"),
                }
            }
        }

        #[inline(always)]
        fn plus_product(self, x: Self, w: Self) -> Self {
            // SAFETY: the processor has the instruction.
            Self(unsafe { _mm512_fmadd_ps(x.0, w.0, self.0) })
        }
    }

    /// By AVX2.
    #[derive(Clone, Copy)]
    pub(super) struct Halves(__m256, __m256);

    impl Vector for Halves {
        const MANY_REGISTERS: bool = false;

        #[inline(always)]
        fn load(from: &[f32; LANES]) -> Self {
            let (low, high) = from.split_at(LANES / 2);
            // SAFETY: eight numbers are there in each, and the processor has the instruction.
            unsafe { Self(_mm256_loadu_ps(low.as_ptr()), _mm256_loadu_ps(high.as_ptr())) }
        }

        #[inline(always)]
        fn numbers(self) -> [f32; LANES] {
            let mut numbers = [0.0; LANES];
            let (low, high) = numbers.split_at_mut(LANES / 2);
            // SAFETY: there is room for eight numbers in each, and the processor has the instruction.
            unsafe {
                _mm256_storeu_ps(low.as_mut_ptr(), self.0);
                _mm256_storeu_ps(high.as_mut_ptr(), self.1);
            }
            numbers
        }

        #[inline(always)]
        fn sums_of_pairs(self) -> [f32; LANES / 2] {
            let mut sums = [0.0; LANES / 2];
            // SAFETY: there is room for eight numbers, and the processor has the instructions.
            unsafe {
                // Two sums of the one half and two of the other in turns.
                let turns = _mm256_castps_pd(_mm256_hadd_ps(self.0, self.1));
                let in_order = _mm256_permute4x64_pd::<0b11_01_10_00>(turns);
                _mm256_storeu_ps(sums.as_mut_ptr(), _mm256_castpd_ps(in_order));
            }
            sums
        }

        #[inline(always)]
        fn repeat<const WIDTH: usize>(x: &[f32; WIDTH]) -> Self {
            // SAFETY: the processor has the instructions.
            let half = unsafe {
                match WIDTH {
                    1 => _mm256_set1_ps(x[0]),
                    2 => _mm256_castpd_ps(_mm256_set1_pd(pair(x))),
                    _ => unreachable!("one number, or two"),
                }
            };
            Self(half, half)
        }

        #[inline(always)]
        fn plus_product(self, x: Self, w: Self) -> Self {
            // SAFETY: the processor has the instruction.
            unsafe { Self(_mm256_fmadd_ps(x.0, w.0, self.0), _mm256_fmadd_ps(x.1, w.1, self.1)) }
        }
    }

    /// The first two numbers in the place of one of twice the size, which is one instruction.
    #[inline(always)]
    fn pair<const WIDTH: usize>(x: &[f32; WIDTH]) -> f64 {
        assert!(WIDTH >= 2, "two numbers");
        // SAFETY: they are there, and any bits are a number.
        unsafe { x.as_ptr().cast::<f64>().read_unaligned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<V: Vector>() {
        let w: [f32; LANES] = std::array::from_fn(|lane| lane as f32 - 3.0);
        let sum = V::load(&[1.0; LANES]).plus_product(V::repeat(&[2.0, -1.0]), V::load(&w));
        let expected =
            |lane: usize| 1.0 + if lane.is_multiple_of(2) { 2.0 } else { -1.0 } * w[lane];
        assert_eq!(sum.numbers(), std::array::from_fn(expected));
        let sum = V::zero().plus_product(V::repeat(&[0.5]), V::load(&w));
        assert_eq!(sum.numbers(), w.map(|w| 0.5 * w));
        let pairs: [f32; LANES / 2] = std::array::from_fn(|pair| w[2 * pair] + w[2 * pair + 1]);
        assert_eq!(V::load(&w).sums_of_pairs(), pairs);
    }

    #[test]
    fn vectors_add_products_lane_by_lane() {
        struct Check;
        impl OnVectors for Check {
            fn run<V: Vector>(self) {
                check::<V>();
            }
        }
        dispatch_vectors(Check);
        check::<Plain<false>>();
        check::<Plain<true>>();
        #[cfg(target_arch = "x86_64")]
        if super::super::has_avx2() {
            check::<x86::Halves>();
        }
    }
}
