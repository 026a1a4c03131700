//! The matrix product, by unsafe code for speed.
//!
//! ndarray's own product packs both factors and stops at AVX2; on this library's shapes the `gemm`
//! kernels, chosen at run time up to AVX-512, are 1.1 to 1.6 times as fast. Networks that run side
//! by side have a thread each; one that is trained alone has all processors where its layers are
//! large enough for that to pay (hundreds of units), and comes out the same to the last bit.
#![allow(unsafe_code)]

use gemm_common::Parallelism;
use ndarray::{ArrayView2, ArrayViewMut2};

use super::Store;

/// `c` ← `a` `b`, or `c` += s `a` `b`.
///
/// # Panics
/// If the shapes differ.
pub(super) fn multiply(
    a: &ArrayView2<'_, f32>,
    b: &ArrayView2<'_, f32>,
    store: Store,
    c: &mut ArrayViewMut2<'_, f32>,
) {
    let (adds, scale) = match store {
        Store::Overwrite => (false, 1.0),
        Store::Add(scale) => (true, scale),
    };
    let ((m, k), (rows, n)) = (a.dim(), b.dim());
    let sizes = (a.dim(), b.dim(), c.dim());
    assert!(
        k == rows && c.dim() == (m, n),
        "product of {:?} and {:?} into {:?}",
        sizes.0,
        sizes.1,
        sizes.2
    );
    let upright = is_upright(a, c);
    let parallelism = parallelism(m * k * n);
    let (m, n, a, b, [rs, cs]) = match upright {
        true => (m, n, a.view(), b.view(), [c.strides()[0], c.strides()[1]]),
        false => (n, m, b.t(), a.t(), [c.strides()[1], c.strides()[0]]),
    };
    let (a_strides, b_strides) = (a.strides(), b.strides());
    let (to, left, right) = (c.as_mut_ptr(), a.as_ptr(), b.as_ptr());
    // SAFETY: the pointers and strides are those of views that live through the call, of the sizes
    // just asserted; `c` is borrowed mutably, so it overlaps neither factor.
    #[rustfmt::skip]
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            m, n, k,
            to, cs, rs, adds,
            left, a_strides[1], a_strides[0],
            right, b_strides[1], b_strides[0],
            1.0, scale, false, false, false, parallelism,
        );
    };
}

/// The kernels write columns of `c` that lie side by side; where its rows do, they are given the
/// transposed product, which takes half the time and is the same to the last bit. The exception is a
/// narrow `c`, whose rows would leave lanes empty, if `a` is the right way round already.
fn is_upright(a: &ArrayView2<'_, f32>, c: &ArrayViewMut2<'_, f32>) -> bool {
    c.strides()[0] == 1 || (c.ncols() < LANES && a.strides()[0] == 1)
}

/// All processors, or this thread alone.
fn parallelism(multiplications: usize) -> Parallelism {
    match has_processors_to_spare(multiplications) {
        true => Parallelism::Rayon(0),
        false => Parallelism::None,
    }
}

/// Whether so many multiplications should be shared among processors: they are many, and this
/// thread is not one of several that work side by side.
pub(super) fn has_processors_to_spare(multiplications: usize) -> bool {
    multiplications >= gemm_common::gemm::DEFAULT_THREADING_THRESHOLD
        && rayon::current_thread_index().is_none()
        && rayon::current_num_threads() > 1
}

/// Numbers that one instruction multiplies with AVX-512.
const LANES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};

    #[test]
    fn equals_ndarrays_product_for_every_layout() {
        let fill = |rows, columns| {
            Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 7 + j * 3) % 11) as f32 - 5.0)
        };
        let (a, b) = (fill(9, 13), fill(13, 6));
        let (at, bt) =
            (a.t().as_standard_layout().into_owned(), b.t().as_standard_layout().into_owned());
        let expected = a.dot(&b);
        for (a, b) in
            [(a.view(), b.view()), (at.t(), b.view()), (a.view(), bt.t()), (at.t(), bt.t())]
        {
            let mut c = Array2::from_elem((12, 6), f32::NAN);
            multiply(&a, &b, Store::Overwrite, &mut c.slice_mut(s![..9, ..]));
            assert!(c.slice(s![..9, ..]).abs_diff_eq(&expected, 1e-4));
            multiply(&a, &b, Store::Add(0.5), &mut c.slice_mut(s![..9, ..]));
            assert!(c.slice(s![..9, ..]).abs_diff_eq(&(1.5 * &expected), 1e-4));
            assert!(
                c.slice(s![9.., ..]).iter().all(|x| x.is_nan()),
                "rows beyond the view stay untouched"
            );
        }
    }

    #[test]
    fn several_threads_give_the_same_bits_as_one() {
        let fill = |rows: usize, columns: usize| {
            Array2::from_shape_fn((rows, columns), |(i, j)| (1.0 + (i * 37 + j * 11) as f32).sin())
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for (m, k, n) in [(128, 784, 100), (100, 128, 784), (500, 333, 1000), (37, 2000, 41)] {
            let (a, b, at) = (fill(m, k), fill(k, n), fill(k, m));
            for a in [a.view(), at.t()] {
                let product = || {
                    let mut c = fill(m, n);
                    multiply(&a, &b.view(), Store::Add(0.3), &mut c.view_mut());
                    c
                };
                // On a thread of a pool there are none to spare.
                assert_eq!(product(), pool.install(product), "{m} × {k} · {k} × {n}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "product of (2, 3) and (4, 5)")]
    fn shapes_must_fit() {
        let (a, b, mut c) = (Array2::zeros((2, 3)), Array2::zeros((4, 5)), Array2::zeros((2, 5)));
        multiply(&a.view(), &b.view(), Store::Overwrite, &mut c.view_mut());
    }
}
