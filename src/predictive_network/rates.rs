//! Products with one number per channel, and the rectifier.

use crate::network::Matrix;

/// max(0, rate) of each channel.
pub(super) fn rectified(rates: &[f32]) -> Vec<f32> {
    rates.iter().map(|rate| rate.max(0.0)).collect()
}

/// max(0, x) of all numbers.
pub(super) fn relu(mut numbers: Matrix) -> Matrix {
    numbers.mapv_inplace(|x| x.max(0.0));
    numbers
}

/// Errors behind a rectifier, for what is before it: 0 where it gave 0.
pub(super) fn masked(mut errors: Matrix, rectified: &Matrix) -> Matrix {
    let (own, given) = (slice_mut(&mut errors), slice(rectified));
    own.iter_mut().zip(given).for_each(|(error, &x)| *error = if x > 0.0 { *error } else { 0.0 });
    errors
}

/// `to` += rate · `from`, channel by channel.
pub(super) fn add_scaled(to: &mut Matrix, rates: &[f32], from: &Matrix) {
    let places = slice_mut(to).chunks_exact_mut(rates.len());
    for (to, from) in places.zip(slice(from).chunks_exact(rates.len())) {
        to.iter_mut().zip(from).zip(rates).for_each(|((to, from), rate)| *to += rate * from);
    }
}

/// (1 − rate) · `old` + rate · `new`, channel by channel.
pub(super) fn mixed(old: &Matrix, rates: &[f32], new: &Matrix) -> Matrix {
    let mut mixed = old.clone();
    let places = slice_mut(&mut mixed).chunks_exact_mut(rates.len());
    for (to, new) in places.zip(slice(new).chunks_exact(rates.len())) {
        to.iter_mut().zip(new).zip(rates).for_each(|((to, new), rate)| *to += rate * (new - *to));
    }
    mixed
}

/// rate · `numbers`, channel by channel.
pub(super) fn scaled(numbers: &Matrix, rates: &[f32]) -> Matrix {
    let mut scaled = numbers.clone();
    for place in slice_mut(&mut scaled).chunks_exact_mut(rates.len()) {
        place.iter_mut().zip(rates).for_each(|(x, rate)| *x *= rate);
    }
    scaled
}

/// Adds ∂L/∂rate to `gradient`, given the errors of rate · `numbers`; rates below 0 do nothing.
pub(super) fn add_slopes(gradient: &mut [f32], rates: &[f32], errors: &Matrix, numbers: &Matrix) {
    let mut sums = vec![0.0; rates.len()];
    let places = slice(errors).chunks_exact(rates.len());
    for (errors, numbers) in places.zip(slice(numbers).chunks_exact(rates.len())) {
        let each = sums.iter_mut().zip(errors).zip(numbers);
        each.for_each(|((sum, error), x)| *sum += error * x);
    }
    for ((to, sum), rate) in gradient.iter_mut().zip(sums).zip(rates) {
        *to += if *rate > 0.0 { sum } else { 0.0 };
    }
}

fn slice(matrix: &Matrix) -> &[f32] {
    matrix.as_slice().expect("activity is in the order of rows")
}

fn slice_mut(matrix: &mut Matrix) -> &mut [f32] {
    matrix.as_slice_mut().expect("activity is in the order of rows")
}
