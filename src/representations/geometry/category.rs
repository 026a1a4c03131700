//! Whether stimuli of one class lie nearer to one another than to others.

use ndarray::Array2;

use crate::representations::patterns::{centred_varying, check_patterns};
use crate::statistics::ranks;
use crate::{Error, Result};

/// What rounding leaves of a distance, relative to the largest.
const ROUNDING: f64 = 1e-12;

/// Spearman's correlation, over pairs of stimuli, of the squared Euclidean distance of their patterns
/// (n × p) with whether their classes differ: the comparison of a representational dissimilarity
/// matrix with the category model (Kriegeskorte, Mur & Bandettini 2008, doi
/// 10.3389/neuro.06.004.2008). Above 0 if stimuli of one class are alike; below 1 also if classes are
/// perfectly separated, because the model has ties.
///
/// ```
/// use microlearners::representations::category_correlation;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [0.1, 1.1], [5.0, 0.0], [5.1, 0.2]];
/// assert!(category_correlation(&x, &[0, 0, 1, 1])? > 0.8);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] of fewer than three stimuli, or another number of classes; [`Error::Samples`] if a
/// number is not finite, if the stimuli do not differ, or if all pairs or none are of one class.
pub fn category_correlation(x: &Array2<f64>, classes: &[u8]) -> Result<f64> {
    check_patterns("patterns", x, 3)?;
    if classes.len() != x.nrows() {
        return Err(Error::Shape(format!(
            "there are {} stimuli and {} classes; give the class of each stimulus",
            x.nrows(),
            classes.len()
        )));
    }
    let (mut distances, differ) = pairs(&centred_varying("patterns", x)?, classes);
    let apart = differ.iter().filter(|&&differ| differ).count();
    if apart == 0 || apart == differ.len() {
        let told = "all pairs of stimuli are alike in whether their classes differ; give two classes \
                    or more, with two stimuli in one of them";
        return Err(Error::Samples(told.into()));
    }
    // What differs by rounding is equal.
    let unit = ROUNDING * distances.iter().copied().fold(0.0, f64::max);
    distances.iter_mut().for_each(|distance| *distance = (*distance / unit).round());
    correlation_with(&ranks(&distances), &differ).ok_or_else(|| {
        let told = "all pairs of stimuli are equally far apart, so that there is no correlation; take \
                    another layer or other stimuli";
        Error::Samples(told.into())
    })
}

/// The squared distance of each pair, and whether its classes differ.
fn pairs(x: &Array2<f64>, classes: &[u8]) -> (Vec<f64>, Vec<bool>) {
    let products = x.dot(&x.t());
    let pairs = (0..classes.len()).flat_map(|i| (i + 1..classes.len()).map(move |j| (i, j)));
    let of = |(i, j): (usize, usize)| {
        let distance = products[(i, i)] + products[(j, j)] - 2.0 * products[(i, j)];
        (distance.max(0.0), classes[i] != classes[j])
    };
    pairs.map(of).unzip()
}

/// Pearson's correlation with a number that is 1 where `differ` holds and 0 elsewhere.
fn correlation_with(values: &[f64], differ: &[bool]) -> Option<f64> {
    let (n, share) = (values.len() as f64, differ.iter().filter(|&&d| d).count() as f64);
    let (share, mean) = (share / n, values.iter().sum::<f64>() / n);
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    let above = values.iter().zip(differ).filter(|(_, differ)| **differ);
    let together: f64 = above.map(|(value, _)| value - mean).sum();
    (spread > 0.0).then(|| together / (n * spread * share * (1.0 - share)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn four_stimuli_by_hand() {
        // Distances of the pairs, in order: 2, 1, 4.25, 1, 11.25, 6.25.
        let x = array![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [-0.5, -2.0]];
        let found = category_correlation(&x, &[0, 0, 1, 1]).unwrap();
        let ranks = [3.0, 1.5, 4.0, 1.5, 6.0, 5.0];
        let differ = [0.0, 1.0, 1.0, 1.0, 1.0, 0.0];
        let (a, b) = (3.5, 4.0 / 6.0);
        let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            ranks.iter().zip(&differ).map(|(&rank, &differ)| f(rank - a, differ - b)).sum()
        };
        let expected = sum(&|p, q| p * q) / (sum(&|p, _| p * p) * sum(&|_, q| q * q)).sqrt();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn rotation_and_scale_change_nothing() {
        let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0], [4.0, 1.0], [0.5, 0.6]];
        let turned = x.dot(&array![[0.0, 3.0], [-3.0, 0.0]]) + 7.0;
        let of = |x: &Array2<f64>| category_correlation(x, &[0, 1, 0, 1, 2]).unwrap();
        assert!((of(&x) - of(&turned)).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_correlation_is_refused() {
        let told = |x: &Array2<f64>, classes: &[u8]| {
            let told = category_correlation(x, classes).unwrap_err().to_string();
            assert_eq!(told.lines().count(), 1, "{told}");
            told
        };
        let x = array![[0.0], [1.0], [3.0]];
        assert!(told(&x, &[0, 0, 0]).contains("two classes"));
        assert!(told(&x, &[0, 1, 2]).contains("two classes"));
        assert!(told(&x, &[0, 1]).contains("3 stimuli and 2 classes"));
        assert!(told(&(&x * 0.0), &[0, 0, 1]).contains("do not differ"));
        let corners = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert!(told(&corners, &[0, 0, 1]).contains("equally far"));
    }
}
