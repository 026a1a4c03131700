//! How well few examples tell two classes apart, by the geometry of their clouds.

use ndarray::{Array1, Array2, Axis};

use crate::display::show_as_settings;
use crate::error::check_count;
use crate::representations::patterns::{
    centred, centred_varying, check_patterns, squared_norm, squared_product,
};
use crate::statistics::normal_cdf;
use crate::{Error, Result};

/// The geometry of two clouds of patterns a and b, in units of t = tr Σ_a, the total variance of a.
/// Σ are covariances divided by n, and Δ is the difference of the mean patterns. After Sorscher,
/// Ganguli and Sompolinsky 2022, doi 10.1073/pnas.2200800119.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FewShotGeometry {
    /// ‖Δ‖² / t, the squared distance of the centres.
    pub signal: f64,
    /// tr Σ_b / t − 1, how much larger cloud b is.
    pub bias: f64,
    /// t² / tr Σ_a², the participation ratio of a.
    pub dimension: f64,
    /// ΔᵀΣ_aΔ / t², how far a reaches towards b.
    pub overlap_a: f64,
    /// ΔᵀΣ_bΔ / t², how far b reaches towards a.
    pub overlap_b: f64,
    /// tr Σ_aΣ_b / t², how alike the clouds lie.
    pub noise_ab: f64,
    /// tr Σ_b² / t², how concentrated b is.
    pub noise_bb: f64,
}

show_as_settings!(FewShotGeometry);

/// The geometry by which patterns of class a are told from those of class b, each stimuli × units.
/// Swap the two for the errors on b.
///
/// ```
/// use microlearners::representations::few_shot_geometry;
/// use microlearners::ndarray::array;
///
/// let a = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let geometry = few_shot_geometry(&a, &(&a + 3.0))?;
/// assert!((geometry.signal - 36.0).abs() < 1e-9);
/// assert!(geometry.predicted_error(5)? < geometry.predicted_error(1)?);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] of fewer than two stimuli in a class, or if the classes differ in their units;
/// [`Error::Samples`] if a number is not finite or the patterns of a do not differ.
pub fn few_shot_geometry(a: &Array2<f64>, b: &Array2<f64>) -> Result<FewShotGeometry> {
    check_classes(a, b)?;
    let (n, m) = (a.nrows() as f64, b.nrows() as f64);
    let delta = mean_pattern(a) - mean_pattern(b);
    let (a, b) = (centred_varying("patterns of class a", a)?, centred(b));
    // In units of the total variance of a, so that no square leaves the range of numbers.
    let unit = (squared_norm(a.view()) / n).sqrt();
    let (a, b, delta) = (a / unit, b / unit, delta / unit);
    let along = |cloud: &Array2<f64>| cloud.dot(&delta).mapv(|reach| reach * reach).sum();
    let trace = |one: &Array2<f64>, other: &Array2<f64>| squared_product(one.t(), other.t());
    Ok(FewShotGeometry {
        signal: delta.dot(&delta),
        bias: squared_norm(b.view()) / m - 1.0,
        dimension: n * n / trace(&a, &a),
        overlap_a: along(&a) / n,
        overlap_b: along(&b) / m,
        noise_ab: trace(&a, &b) / (n * m),
        noise_bb: trace(&b, &b) / (m * m),
    })
}

/// Accepts two classes of the same units.
pub(super) fn check_classes(a: &Array2<f64>, b: &Array2<f64>) -> Result<()> {
    check_patterns("patterns of class a", a, 2)?;
    check_patterns("patterns of class b", b, 2)?;
    if a.ncols() == b.ncols() {
        return Ok(());
    }
    Err(Error::Shape(format!(
        "class a has {} units and class b {}; give both of the same layer",
        a.ncols(),
        b.ncols()
    )))
}

fn mean_pattern(x: &Array2<f64>) -> Array1<f64> {
    x.sum_axis(Axis(0)) / x.nrows() as f64
}

impl FewShotGeometry {
    /// The mean over the standard deviation of h = (‖x − b̄‖² − ‖x − ā‖²) / (2t), with x of class a
    /// and ā, b̄ the means of `examples` of each class. For Gaussian clouds both are exact.
    ///
    /// With m examples it is ½ (signal + bias/m) / √(overlap_a + (overlap_b + 1/dimension +
    /// noise_ab)/m + ½ (1/dimension + noise_bb)/m²). The shorter form usually printed lacks
    /// noise_ab and the term of 1/m², and promises too few errors.
    ///
    /// # Errors
    /// [`Error::Setting`] without examples.
    pub fn signal_to_noise(&self, examples: usize) -> Result<f64> {
        check_count("examples", examples)?;
        let m = examples as f64;
        let spread = 1.0 / self.dimension;
        let variance = self.overlap_a
            + (self.overlap_b + spread + self.noise_ab) / m
            + 0.5 * (spread + self.noise_bb) / (m * m);
        Ok(0.5 * (self.signal + self.bias / m) / variance.sqrt())
    }

    /// The Gaussian approximation Φ(−[`signal_to_noise`](Self::signal_to_noise)) of the probability
    /// that a pattern of class a is nearer to the mean of `examples` of class b than to that of a.
    /// h is a quadratic form and not Gaussian. In simulations of Gaussian clouds, errors above 0.02
    /// are right within about a fifth, and smaller ones come out too small.
    ///
    /// # Errors
    /// [`Error::Setting`] without examples.
    pub fn predicted_error(&self, examples: usize) -> Result<f64> {
        Ok(normal_cdf(-self.signal_to_noise(examples)?))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::s;

    use super::*;
    use crate::representations::test_patterns::{close, normal, x};

    /// numpy 2.4.6, by the covariance matrices.
    #[test]
    fn the_geometry_equals_numpy() {
        let halves = [x().slice_move(s![..5, ..]), x().slice_move(s![5.., ..])];
        let found = few_shot_geometry(&halves[0], &halves[1]).unwrap();
        close(found.signal, 0.09781318444850419);
        close(found.bias, 0.2783299938196735);
        close(found.dimension, 1.8949583715611096);
        close(found.overlap_a, 0.04026117300787699);
        close(found.overlap_b, 0.02329326091285895);
        close(found.noise_ab, 0.5915008449277568);
        close(found.noise_bb, 0.9231000850874952);
    }

    /// numpy and scipy 1.17.1, of two clouds of 400 patterns in 60 units. Simulated, the error with
    /// one example is 0.0209.
    #[test]
    fn predicted_errors_equal_scipy() {
        let geometry = FewShotGeometry {
            signal: 2.230373246768023,
            bias: 0.028340660375538285,
            dimension: 11.839926941999988,
            overlap_a: 0.0316180105583861,
            overlap_b: 0.03174706163363505,
            noise_ab: 0.06343343521725378,
            noise_bb: 0.05514430186560795,
        };
        close(geometry.signal_to_noise(1).unwrap(), 2.1302531838536884);
        close(geometry.signal_to_noise(5).unwrap(), 4.215549962593275);
        close(geometry.predicted_error(1).unwrap(), 0.01657535819071811);
        let five = geometry.predicted_error(5).unwrap();
        assert!((five / 1.2458510887728207e-05 - 1.0).abs() < 1e-9);
        assert!(geometry.predicted_error(0).is_err());
    }

    #[test]
    fn scale_place_and_rotation_change_nothing() {
        let (a, b) = (normal(12, 30, "a"), normal(9, 30, "b") + 0.4);
        let plain = few_shot_geometry(&a, &b).unwrap();
        let moved = few_shot_geometry(&(&a * 3.0 + 1.0), &(&b * 3.0 + 1.0)).unwrap();
        close(moved.signal_to_noise(2).unwrap(), plain.signal_to_noise(2).unwrap());
        close(moved.noise_ab, plain.noise_ab);
        let tiny = few_shot_geometry(&(&a * 1e-120), &(&b * 1e-120)).unwrap();
        close(tiny.signal_to_noise(2).unwrap(), plain.signal_to_noise(2).unwrap());
        let told = few_shot_geometry(&a, &normal(9, 4, "c")).unwrap_err().to_string();
        assert!(told.contains("class a has 30 units and class b 4"), "{told}");
    }
}
