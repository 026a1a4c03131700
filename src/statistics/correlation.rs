//! Correlations of plain numbers.

use super::ranks;

/// Pearson's correlation; none if one of them is constant.
pub(crate) fn pearson(one: &[f64], other: &[f64]) -> Option<f64> {
    if is_constant(one) || is_constant(other) {
        return None;
    }
    let (one, other) = (centred(one), centred(other));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norms = (dot(&one, &one) * dot(&other, &other)).sqrt();
    (norms > 0.0).then(|| (dot(&one, &other) / norms).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation; ties share the mean of their ranks.
pub(crate) fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    pearson(&ranks(one), &ranks(other))
}

fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| value - mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_by_hand() {
        let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12, "{a:?} {b}");
        close(pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), 1.0);
        close(pearson(&[1.0, 2.0, 3.0], &[1.0, 0.0, 1.0]), 0.0);
        // numpy.corrcoef([1, 2, 4], [1, 3, 2])
        close(pearson(&[1.0, 2.0, 4.0], &[1.0, 3.0, 2.0]), 0.327_326_835_353_988_6);
        close(spearman(&[1.0, 2.0, 40.0], &[5.0, 6.0, 7.0]), 1.0);
        close(spearman(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0]), 0.75_f64.sqrt());
        assert_eq!(pearson(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[], &[]), None);
    }
}
