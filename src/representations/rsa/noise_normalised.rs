//! Distances in units of noise: Mahalanobis, and crossnobis without the bias that noise brings.

use ndarray::Array2;

use super::linear::factor;
use super::noise_precision::check_repeats;
use super::pairs::pair_list;
use super::patterns::{averaged, centre_units, check_patterns, squared_distances};
use super::rdm::Rdm;
use crate::error::first_repeated;
use crate::{Error, Result};

/// The RDM of squared Mahalanobis distances, (a − b) N (a − b)ᵀ / P, with the precision N of the
/// noise over P units, P × P. Patterns are stimuli × units; rows of the same condition are averaged
/// first. Noise in the patterns makes all distances too large; see [`crossnobis`].
///
/// # Errors
/// As [`Dissimilarity::rdm`](super::Dissimilarity::rdm); [`Error::Shape`] if the precision is not
/// P × P; [`Error::Samples`] if it is not symmetric and positive definite.
pub fn mahalanobis(
    patterns: &Array2<f64>,
    conditions: &[String],
    precision: &Array2<f64>,
) -> Result<Rdm> {
    check_patterns(patterns, conditions)?;
    let (mut patterns, conditions) = averaged(patterns, conditions);
    centre_units(&mut patterns);
    let units = patterns.ncols() as f64;
    let whitened = patterns.dot(&whitening(precision, patterns.ncols())?);
    let squared = squared_distances(&whitened).into_iter().map(|value| value / units).collect();
    Rdm::new(&conditions, squared, "mahalanobis")
}

/// The RDM of cross-validated squared Mahalanobis distances (crossnobis). Each repeat, stimuli ×
/// units, is left out once, and a distance is the mean over these folds of (a − b) N (a′ − b′)ᵀ /
/// P: differences in the mean of the other repeats times those in the one left out. `precision` is
/// N, P × P; none weights all units alike. `conditions` names each row.
///
/// The noise of repeats is independent, so that its mean contribution is 0. Distances of conditions
/// that do not differ are therefore negative half of the time. They are neither clipped nor rooted.
/// Walther et al. 2016, doi 10.1016/j.neuroimage.2015.12.012.
///
/// ```
/// use microlearners::ndarray::array;
/// use microlearners::representations::crossnobis;
///
/// let repeats = [array![[1.0, 0.0], [0.1, 1.0]], array![[0.9, 0.1], [0.0, 1.1]]];
/// let names = ["cat", "dog"].map(String::from);
/// let rdm = crossnobis(&repeats, &names, None)?;
/// assert!((rdm.dissimilarities[0] - (0.9 * 0.9 + 1.0 * 1.0) / 2.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] for fewer than two repeats or conditions, a repeated condition, activity that
/// is not finite, or a precision that is not symmetric and positive definite; [`Error::Shape`] if
/// sizes differ.
pub fn crossnobis(
    repeats: &[Array2<f64>],
    conditions: &[String],
    precision: Option<&Array2<f64>>,
) -> Result<Rdm> {
    let (stimuli, units) = check_repeats(repeats)?;
    repeats.iter().try_for_each(|repeat| check_patterns(repeat, conditions))?;
    if let Some(name) = first_repeated(conditions) {
        return Err(Error::Samples(format!(
            "condition {name} stands twice in each repeat; give repeats that hold each condition once"
        )));
    }
    let whitening = precision.map(|precision| whitening(precision, units)).transpose()?;
    // Σ over folds of (others)(left out)ᵀ is (all)(all)ᵀ − Σ (one)(one)ᵀ, over repeats − 1.
    let mut all = Array2::zeros((stimuli, units));
    let mut products = Array2::zeros((stimuli, stimuli));
    for repeat in repeats {
        let mut repeat = repeat.clone();
        centre_units(&mut repeat);
        let repeat = whitening.as_ref().map_or(repeat.clone(), |factor| repeat.dot(factor));
        products -= &repeat.dot(&repeat.t());
        all += &repeat;
    }
    products += &all.dot(&all.t());
    let scale = (repeats.len() * (repeats.len() - 1) * units) as f64;
    let distance = |&(i, j): &(usize, usize)| {
        (products[[i, i]] + products[[j, j]] - products[[i, j]] - products[[j, i]]) / scale
    };
    let distances = pair_list(stimuli).iter().map(distance).collect();
    Rdm::new(conditions, distances, "crossnobis")
}

/// The L with L Lᵀ = `precision`.
fn whitening(precision: &Array2<f64>, units: usize) -> Result<Array2<f64>> {
    let (rows, columns) = precision.dim();
    if (rows, columns) != (units, units) {
        return Err(Error::Shape(format!(
            "a precision of {rows} × {columns} does not fit {units} units; it must be {units} × {units}"
        )));
    }
    let scale = precision.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    let is_even =
        |(i, j): (usize, usize)| (precision[[i, j]] - precision[[j, i]]).abs() <= 1e-9 * scale;
    let is_symmetric = pair_list(units).into_iter().all(is_even);
    factor(precision).filter(|_| is_symmetric).ok_or_else(|| {
        let what = "the precision is not symmetric and positive definite";
        Error::Samples(format!("{what}; take one of NoiseEstimator::precision"))
    })
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;
    use rand_distr::StandardNormal;

    use super::super::fixtures::{self, all_close, names};
    use super::super::noise_precision::NoiseEstimator;
    use super::*;
    use crate::random;

    /// rsatoolbox 0.3.2, with the precision by `shrinkage_diag`.
    #[test]
    fn distances_equal_rsatoolbox() {
        let precision = NoiseEstimator::default().precision(&fixtures::residuals(), None).unwrap();
        let rdm = mahalanobis(&fixtures::a(), &names(10), &precision).unwrap();
        all_close(&rdm.dissimilarities, &fixtures::MAHALANOBIS);
        let rdm = crossnobis(&fixtures::repeats(), &names(10), Some(&precision)).unwrap();
        all_close(&rdm.dissimilarities, &fixtures::CROSSNOBIS);
        let rdm = crossnobis(&fixtures::repeats(), &names(10), None).unwrap();
        all_close(&rdm.dissimilarities, &fixtures::CROSSNOBIS_IDENTITY);
    }

    #[test]
    fn with_a_precision_of_1_it_is_the_squared_euclidean_distance() {
        let rdm = mahalanobis(&fixtures::a(), &names(10), &Array2::eye(5)).unwrap();
        all_close(&rdm.dissimilarities, &fixtures::EUCLIDEAN_A);
        // Repeats without noise.
        let same = [fixtures::a(), fixtures::a()];
        let rdm = crossnobis(&same, &names(10), None).unwrap();
        all_close(&rdm.dissimilarities, &fixtures::EUCLIDEAN_A);
    }

    /// Equal conditions under noise: the mean is 0, and the squared distance of means is not.
    #[test]
    fn crossnobis_has_no_bias() {
        let mut rng = random::stream(3, "crossnobis test");
        let draws = 4000;
        let mut values = Vec::new();
        for _ in 0..draws {
            let mut repeat = || Array2::from_shape_fn((2, 6), |_| rng.sample(StandardNormal));
            let repeats = [repeat(), repeat(), repeat()];
            values.push(crossnobis(&repeats, &names(2), None).unwrap().dissimilarities[0]);
        }
        let mean = values.iter().sum::<f64>() / f64::from(draws);
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(draws);
        assert!(mean.abs() < 2.5 * (variance / f64::from(draws)).sqrt(), "{mean}");
        let negative = values.iter().filter(|value| **value < 0.0).count();
        assert!((1800..2400).contains(&negative), "{negative}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let told = |result: Result<Rdm>| result.unwrap_err().to_string();
        let repeats = fixtures::repeats();
        assert!(told(crossnobis(&repeats[..1], &names(10), None)).contains("at least 2"));
        assert!(told(crossnobis(&repeats, &names(9), None)).contains("10 patterns"));
        let wrong = Array2::eye(4);
        assert!(told(crossnobis(&repeats, &names(10), Some(&wrong))).contains("5 × 5"));
        let flat = Array2::zeros((5, 5));
        assert!(told(mahalanobis(&fixtures::a(), &names(10), &flat)).contains("positive definite"));
    }
}
