//! Multiplicative updates for the squared error.

use ndarray::{Array2, ArrayView2};

use super::NmfStart;
use super::objective::{by_blocks, multiply};

/// ½ Σ (V − W H)² of a block of rows.
pub(super) fn objective(values: ArrayView2<'_, f64>, reconstruction: Array2<f64>) -> f64 {
    (reconstruction - values).iter().map(|difference| difference * difference).sum::<f64>() / 2.0
}

/// One iteration: W ← W ∘ (V Hᵀ) / (W H Hᵀ), then H ← H ∘ (Wᵀ V) / (Wᵀ W H).
pub(super) fn update(values: &Array2<f64>, factors: &mut NmfStart) {
    let NmfStart { codes, parts } = factors;
    let overlaps = parts.dot(&parts.t());
    // The products with the codes of a block are taken while the block is at hand.
    let products = by_blocks(values, codes, |values, mut codes| {
        let denominator = codes.dot(&overlaps);
        multiply(codes.view_mut(), &values.dot(&parts.t()), denominator.view());
        (codes.t().dot(&values), codes.t().dot(&codes))
    });
    let sum = |(a, b), (c, d): (Array2<f64>, Array2<f64>)| (a + c, b + d);
    let (numerator, overlaps) = products.into_iter().reduce(sum).expect("there are rows");
    let denominator = overlaps.dot(parts);
    multiply(parts.view_mut(), &numerator, denominator.view());
}

/// The iteration of the codes alone. Its products with the values are the same each time.
pub(super) fn encoder(values: &Array2<f64>, parts: &Array2<f64>) -> impl Fn(&mut NmfStart) {
    let (numerator, overlaps) = (values.dot(&parts.t()), parts.dot(&parts.t()));
    move |factors| {
        let denominator = factors.codes.dot(&overlaps);
        multiply(factors.codes.view_mut(), &numerator, denominator.view());
    }
}
