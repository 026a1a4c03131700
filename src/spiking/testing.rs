//! What tests share.

/// The numbers of a text, separated by white space.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// Whether numbers agree with those of a text within so much.
pub(super) fn assert_numbers(actual: &[f64], expected: &str, within: f64) {
    let expected = numbers(expected);
    assert_eq!(actual.len(), expected.len());
    for (at, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!((actual - expected).abs() < within, "number {at}: {actual}, not {expected}");
    }
}
