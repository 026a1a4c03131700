//! What every measure asks of patterns, and the products that they share.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::{Error, Result};

/// Entries beyond this size overflow when products are squared.
const LARGEST: f64 = 1e60;
/// What rounding leaves of a unit that never changes, relative to its activity.
const ROUNDING: f64 = 1e-13;

/// Accepts finite patterns of at least `stimuli` stimuli and one unit; `name` says which they are.
pub(crate) fn check_patterns(name: &str, x: &Array2<f64>, stimuli: usize) -> Result<()> {
    let (n, p) = x.dim();
    if n < stimuli || p == 0 {
        return Err(Error::Shape(format!(
            "the {name} are {n} stimuli × {p} units, but this needs at least {stimuli} stimuli and \
             1 unit"
        )));
    }
    match x.indexed_iter().find(|(_, value)| value.is_nan() || value.abs() > LARGEST) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::Samples(format!(
            "the {name} have {value} at stimulus {row}, unit {column}; \
             give finite numbers of at most {LARGEST:e}, and leave out what was not measured"
        ))),
    }
}

/// Accepts two sets of patterns of the same stimuli.
pub(crate) fn check_pair(x: &Array2<f64>, y: &Array2<f64>, stimuli: usize) -> Result<()> {
    check_patterns("first patterns", x, stimuli)?;
    check_patterns("second patterns", y, stimuli)?;
    check_same_stimuli(("the first patterns", x), ("the second", y))
}

/// Accepts two sets of patterns of as many stimuli, under the names in which they are refused.
pub(crate) fn check_same_stimuli(
    (first, x): (&str, &Array2<f64>),
    (second, y): (&str, &Array2<f64>),
) -> Result<()> {
    if x.nrows() == y.nrows() {
        return Ok(());
    }
    Err(Error::Shape(format!(
        "{first} have {} stimuli and {second} {}; give the same stimuli in the same order",
        x.nrows(),
        y.nrows()
    )))
}

/// The patterns without the mean of each unit. A unit that never changes becomes exactly 0.
pub(crate) fn centred(x: &Array2<f64>) -> Array2<f64> {
    let means = x.sum_axis(Axis(0)) / x.nrows() as f64;
    let mut centred = x - &means;
    let (sizes, deviations) = (largest(x), largest(&centred));
    for (unit, (size, deviation)) in sizes.iter().zip(deviations).enumerate() {
        if deviation <= ROUNDING * size {
            centred.column_mut(unit).fill(0.0);
        }
    }
    centred
}

/// The largest absolute value of each unit.
fn largest(x: &Array2<f64>) -> Array1<f64> {
    let zeros = Array1::zeros(x.ncols());
    x.rows().into_iter().fold(zeros, |mut most, row| {
        most.zip_mut_with(&row, |most, value| *most = most.max(value.abs()));
        most
    })
}

/// Centred patterns, refused if no unit tells any two stimuli apart.
pub(crate) fn centred_varying(name: &str, x: &Array2<f64>) -> Result<Array2<f64>> {
    let centred = centred(x);
    if squared_norm(centred.view()) > 0.0 {
        return Ok(centred);
    }
    Err(Error::Samples(format!(
        "the {name} do not differ between the {} stimuli, so that nothing can be measured; \
         take another layer or other stimuli",
        x.nrows()
    )))
}

/// ‖A‖²_F.
pub(crate) fn squared_norm(a: ArrayView2<'_, f64>) -> f64 {
    a.rows().into_iter().map(|row| row.dot(&row)).sum()
}

/// The sum over entries of A ∘ B.
pub(crate) fn inner(a: &Array2<f64>, b: &Array2<f64>) -> f64 {
    a.rows().into_iter().zip(b.rows()).map(|(a, b)| a.dot(&b)).sum()
}

/// ‖AᵀB‖²_F of n × p and n × q matrices, by the p × q product or the n × n ones, whichever is
/// cheaper.
pub(crate) fn squared_product(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> f64 {
    let (n, p, q) = (a.nrows() as f64, a.ncols() as f64, b.ncols() as f64);
    if p * q <= n * (p + q) {
        return squared_norm(a.t().dot(&b).view());
    }
    inner(&a.dot(&a.t()), &b.dot(&b.t()))
}

/// The sentence for a decomposition that did not come to an end.
pub(crate) fn undecomposed(error: impl std::fmt::Display) -> Error {
    Error::Samples(format!(
        "the patterns cannot be decomposed: {error}; look for units of extreme activity"
    ))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::test_patterns::{normal, x, y};

    #[test]
    fn the_two_routes_to_a_product_agree() {
        let (few, many) = (normal(6, 4, "few"), normal(6, 50, "many"));
        for (a, b) in [(&few, &many), (&many, &many), (&few, &few)] {
            let direct = squared_norm(a.t().dot(b).view());
            let grams = inner(&a.dot(&a.t()), &b.dot(&b.t()));
            let chosen = squared_product(a.view(), b.view());
            assert!((direct - grams).abs() < 1e-12 * direct);
            assert!((chosen - grams).abs() < 1e-12 * direct);
        }
    }

    #[test]
    fn a_constant_unit_becomes_exactly_zero() {
        let constant = Array2::from_elem((3, 1), 0.1);
        assert_eq!(centred(&constant), Array2::<f64>::zeros((3, 1)));
        let told = centred_varying("patterns", &constant).unwrap_err().to_string();
        assert!(told.contains("do not differ between the 3 stimuli"), "{told}");
    }

    #[test]
    fn unusable_patterns_are_refused() {
        for value in [f64::NAN, f64::INFINITY, 1e200] {
            let told = check_patterns("patterns", &array![[1.0, value]], 1).unwrap_err();
            assert!(told.to_string().contains("at stimulus 0, unit 1"), "{told}");
        }
        let told = check_patterns("patterns", &Array2::zeros((2, 0)), 2).unwrap_err();
        assert!(told.to_string().contains("2 stimuli × 0 units"), "{told}");
        let told = check_pair(&x(), &y().slice_move(ndarray::s![..9, ..]), 2).unwrap_err();
        assert!(told.to_string().contains("10 stimuli and the second 9"), "{told}");
    }
}
