//! Corrections for many tests.

/// Holm's step-down correction: p-values such that the probability of any false rejection at level
/// α stays below α, whatever the tests share. Holm 1979, Scandinavian Journal of Statistics 6.
///
/// ```
/// use microlearners::representations::holm;
/// assert_eq!(holm(&[0.01, 0.5, 0.02]), [0.03, 0.5, 0.04]);
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let order = ascending(p);
    let mut corrected = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &place) in order.iter().enumerate() {
        largest = largest.max((p.len() - rank) as f64 * p[place]).min(1.0);
        corrected[place] = largest;
    }
    corrected
}

/// Benjamini and Hochberg's correction: p-values such that the expected share of false rejections
/// among all rejections at level α stays below α, for tests that are independent or positively
/// dependent. Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
///
/// ```
/// use microlearners::representations::benjamini_hochberg;
/// assert_eq!(benjamini_hochberg(&[0.01, 0.5, 0.02]), [0.03, 0.5, 0.03]);
/// ```
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let order = ascending(p);
    let mut corrected = vec![0.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, &place) in order.iter().enumerate().rev() {
        least = least.min(p.len() as f64 * p[place] / (rank + 1) as f64);
        corrected[place] = least;
    }
    corrected
}

fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.false_discovery_control`; Holm's by hand.
    #[test]
    fn corrections_of_five_tests() {
        let p = [0.04, 0.001, 0.03, 0.2, 0.011];
        let close = |found: Vec<f64>, expected: [f64; 5]| {
            found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{a} {b}"));
        };
        close(holm(&p), [0.09, 0.005, 0.09, 0.2, 0.044]);
        close(benjamini_hochberg(&p), [0.05, 0.005, 0.05, 0.2, 0.0275]);
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }
}
