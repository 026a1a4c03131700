//! Multiplicative updates for the Kullback-Leibler divergence.

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, Zip};

use super::NmfStart;
use super::objective::{SMALLEST, by_blocks, multiply};

/// Σ (V log(V / W H) − V + W H) of a block of rows.
pub(super) fn objective(values: ArrayView2<'_, f64>, reconstruction: Array2<f64>) -> f64 {
    let of = |(&value, &product): (&f64, &f64)| {
        if value <= SMALLEST {
            return product;
        }
        value * (value / product.max(SMALLEST)).ln() - value + product
    };
    values.iter().zip(&reconstruction).map(of).sum()
}

/// One iteration: W ← W ∘ ((V / W H) Hᵀ) / (1 Hᵀ), then H ← H ∘ (Wᵀ (V / W H)) / (Wᵀ 1).
pub(super) fn update(values: &Array2<f64>, factors: &mut NmfStart) {
    let NmfStart { codes, parts } = factors;
    let sums = parts.sum_axis(Axis(1));
    // The products with the codes of a block are taken while the block is at hand.
    let products = by_blocks(values, codes, |values, mut codes| {
        update_codes(values, codes.view_mut(), parts, &sums);
        let numerator = codes.t().dot(&ratios(values, codes.view(), parts));
        (numerator, codes.sum_axis(Axis(0)))
    });
    let sum = |(a, b), (c, d): (Array2<f64>, Array1<f64>)| (a + c, b + d);
    let (numerator, sums) = products.into_iter().reduce(sum).expect("there are rows");
    let sums = sums.mapv(|sum| if sum == 0.0 { 1.0 } else { sum }).insert_axis(Axis(1));
    multiply(parts.view_mut(), &numerator, sums.view());
    // As scikit-learn, what is too small to matter becomes 0.
    parts.mapv_inplace(|part| if part < f64::EPSILON { 0.0 } else { part });
}

/// The iteration of the codes alone.
pub(super) fn encoder(values: &Array2<f64>, parts: &Array2<f64>) -> impl Fn(&mut NmfStart) {
    let sums = parts.sum_axis(Axis(1));
    move |factors| {
        by_blocks(values, &mut factors.codes, |values, codes| {
            update_codes(values, codes, parts, &sums);
        });
    }
}

/// The codes of a block, given the sum of each part.
fn update_codes(
    values: ArrayView2<'_, f64>,
    codes: ArrayViewMut2<'_, f64>,
    parts: &Array2<f64>,
    sums: &Array1<f64>,
) {
    let numerator = ratios(values, codes.view(), parts).dot(&parts.t());
    multiply(codes, &numerator, sums.view().insert_axis(Axis(0)));
}

/// V / W H, in the shape of the values.
fn ratios(
    values: ArrayView2<'_, f64>,
    codes: ArrayView2<'_, f64>,
    parts: &Array2<f64>,
) -> Array2<f64> {
    let mut ratios = codes.dot(parts);
    Zip::from(&mut ratios)
        .and(values)
        .for_each(|product, &value| *product = value / product.max(SMALLEST));
    ratios
}
