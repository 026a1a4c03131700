//! Zero-phase whitening: patterns without second-order statistics, which still look like images.

use linfa_linalg::eigh::Eigh;
use ndarray::{Array1, Array2, Axis};

use crate::error::check_not_negative;
use crate::rate_rules::check_numbers;
use crate::{Error, Result};

/// Eigenvalues below so much of the largest are zero up to rounding.
const ROUNDING: f64 = 1e-12;

/// Zero-phase component analysis (ZCA), fitted to patterns: x ↦ U diag(λ + ε λ̄)^(−1/2) Uᵀ (x −
/// mean), with the eigenvectors U and eigenvalues λ of the covariance (divided by the number of
/// patterns), and λ̄ the mean eigenvalue. With ε = 0 the covariance of the whitened patterns is the
/// identity. A larger ε amplifies what varies little, such as high spatial frequencies, less.
///
/// ε is relative to the mean variance, so that patterns in other units give the same whitening.
/// Patches without their own mean have one eigenvalue of 0; they need ε above 0.
///
/// Bell & Sejnowski 1997, doi 10.1016/S0042-6989(97)00121-1.
///
/// ```
/// use microlearners::natural_images::Whitening;
/// use microlearners::ndarray::array;
///
/// let patterns = array![[1.0, 0.0], [-1.0, 0.0], [0.0, 3.0], [0.0, -3.0]];
/// let whitening = Whitening::fit(&patterns, 0.0)?;
/// let white = whitening.apply(&patterns)?;
/// assert!((white[[0, 0]] - 2.0_f64.sqrt()).abs() < 1e-12);
/// assert!((white[[2, 1]] - 2.0_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Whitening {
    /// The mean pattern.
    pub mean: Array1<f64>,
    /// The eigenvalues of the covariance, ascending.
    pub eigenvalues: Array1<f64>,
    /// What whitens, inputs × inputs, symmetric.
    pub whitener: Array2<f64>,
    /// What undoes it.
    pub colourer: Array2<f64>,
}

impl Whitening {
    /// Fitted to patterns, stimuli × inputs; `epsilon` is ε.
    ///
    /// # Errors
    /// [`Error::Setting`] if `epsilon` is negative; [`Error::Samples`] if there are fewer than two
    /// patterns, a number is not finite, all patterns are the same, or with ε = 0 they vary in
    /// fewer directions than there are inputs.
    pub fn fit(patterns: &Array2<f64>, epsilon: f64) -> Result<Self> {
        check_not_negative("epsilon", epsilon)?;
        check_numbers("the patterns", patterns)?;
        let count = patterns.nrows();
        if count < 2 {
            let told = format!("whitening needs at least two patterns, and there is {count}");
            return Err(Error::Samples(told));
        }
        let mean = patterns.mean_axis(Axis(0)).expect("there are patterns");
        let centred = patterns - &mean;
        let covariance = centred.t().dot(&centred) / count as f64;
        Self::of_moments(mean, &covariance, epsilon)
    }

    /// From the mean and the covariance of patterns.
    ///
    /// # Errors
    /// [`Error::Samples`] if all patterns are the same, or with ε = 0 vary in fewer directions than
    /// there are inputs.
    pub(super) fn of_moments(
        mean: Array1<f64>,
        covariance: &Array2<f64>,
        epsilon: f64,
    ) -> Result<Self> {
        let inputs = mean.len();
        let (eigenvalues, vectors) = covariance.eigh().map_err(|error| {
            Error::Samples(format!("the patterns cannot be whitened ({error}); rescale them"))
        })?;
        let (eigenvalues, vectors) = sorted(&eigenvalues, &vectors);
        let largest = eigenvalues[inputs - 1];
        let zeros = eigenvalues.iter().filter(|&&value| value <= ROUNDING * largest).count();
        if largest <= 0.0 || (zeros > 0 && epsilon <= 0.0) {
            return Err(Error::Samples(format!(
                "the patterns vary in {} of {inputs} directions; {}",
                if largest > 0.0 { inputs - zeros } else { 0 },
                if largest > 0.0 { "give an epsilon above 0" } else { "give patterns that differ" }
            )));
        }
        let floor = epsilon * eigenvalues.sum() / inputs as f64;
        let spread = eigenvalues.mapv(|value| (value + floor).sqrt());
        let whitener = (&vectors / &spread).dot(&vectors.t());
        let colourer = (&vectors * &spread).dot(&vectors.t());
        Ok(Self { mean, eigenvalues, whitener, colourer })
    }

    /// Whitened patterns, stimuli × inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] if the patterns have another number of inputs; [`Error::Samples`] if a
    /// number is not finite.
    pub fn apply(&self, patterns: &Array2<f64>) -> Result<Array2<f64>> {
        self.check(patterns)?;
        Ok((patterns - &self.mean).dot(&self.whitener))
    }

    /// The patterns that whitened ones come from, stimuli × inputs.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn invert(&self, whitened: &Array2<f64>) -> Result<Array2<f64>> {
        self.check(whitened)?;
        Ok(whitened.dot(&self.colourer) + &self.mean)
    }

    fn check(&self, patterns: &Array2<f64>) -> Result<()> {
        let (inputs, known) = (patterns.ncols(), self.mean.len());
        if inputs != known {
            return Err(Error::Shape(format!(
                "the patterns have {inputs} inputs, and the whitening was fitted to {known}; give patterns of one size"
            )));
        }
        check_numbers("the patterns", patterns)
    }
}

/// Eigenvalues in ascending order and not below 0, with their vectors as columns.
fn sorted(eigenvalues: &Array1<f64>, vectors: &Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let mut order: Vec<usize> = (0..eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigenvalues[a].total_cmp(&eigenvalues[b]));
    let values = order.iter().map(|&at| eigenvalues[at].max(0.0)).collect();
    (values, vectors.select(Axis(1), &order))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use ndarray::array;
    use rand::Rng as _;

    /// Four patterns with this covariance.
    fn with_covariance(covariance: [[f64; 2]; 2]) -> Array2<f64> {
        let [[a, b], [_, d]] = covariance;
        let (first, below) = ((2.0 * a).sqrt(), b * 2.0 / (2.0 * a).sqrt());
        let last = (2.0 * d - below * below).sqrt();
        array![[first, below], [-first, -below], [0.0, last], [0.0, -last]]
    }

    /// numpy 2: ZCA of the covariance of two rotated Laplace sources.
    #[test]
    fn the_whitener_is_the_inverse_root_of_the_covariance() {
        let patterns =
            with_covariance([[0.9953701305, 0.001003669568], [0.001003669568, 0.9778543086]]);
        let whitening = Whitening::fit(&patterns, 0.0).unwrap();
        let expected = array![[1.002323392, -0.0005121093385], [-0.0005121093385, 1.011260612]];
        assert!((&whitening.whitener - &expected).iter().all(|x| x.abs() < 1e-9));
    }

    fn random_patterns(count: usize, inputs: usize) -> Array2<f64> {
        let mut rng = random::stream(3, "patterns");
        let raw = Array2::from_shape_fn((count, inputs), |_| rng.gen_range(-1.0..1.0));
        let mixing = Array2::from_shape_fn((inputs, inputs), |_| rng.gen_range(-1.0..1.0));
        raw.dot(&mixing) + 5.0
    }

    #[test]
    fn whitened_patterns_are_white_and_come_back() {
        let patterns = random_patterns(300, 6);
        let whitening = Whitening::fit(&patterns, 0.0).unwrap();
        let white = whitening.apply(&patterns).unwrap();
        let covariance = white.t().dot(&white) / 300.0;
        assert!((covariance - Array2::<f64>::eye(6)).iter().all(|x| x.abs() < 1e-9));
        let back = whitening.invert(&white).unwrap();
        assert!((back - &patterns).iter().all(|x| x.abs() < 1e-9));
    }

    #[test]
    fn whitening_does_not_depend_on_the_units() {
        let patterns = random_patterns(100, 4);
        let in_other_units = &patterns * 255.0;
        let one = Whitening::fit(&patterns, 0.1).unwrap().apply(&patterns).unwrap();
        let other = Whitening::fit(&in_other_units, 0.1).unwrap().apply(&in_other_units).unwrap();
        assert!((one - other).iter().all(|x| x.abs() < 1e-9));
    }

    #[test]
    fn epsilon_shrinks_what_varies_little_most() {
        let patterns = random_patterns(200, 5);
        let whitening = Whitening::fit(&patterns, 0.5).unwrap();
        let white = whitening.apply(&patterns).unwrap();
        let variances = Whitening::fit(&white, 0.0).unwrap().eigenvalues;
        let floor = 0.5 * whitening.eigenvalues.mean().unwrap();
        for (variance, value) in variances.iter().zip(&whitening.eigenvalues) {
            assert!((variance - value / (value + floor)).abs() < 1e-9);
        }
    }

    #[test]
    fn what_cannot_be_whitened_is_refused() {
        let told = |patterns, epsilon| Whitening::fit(&patterns, epsilon).unwrap_err().to_string();
        let flat = array![[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]];
        assert!(told(flat.clone(), 0.0).contains("1 of 2 directions; give an epsilon above 0"));
        assert!(told(array![[1.0, 1.0], [1.0, 1.0]], 0.1).contains("give patterns that differ"));
        assert!(told(array![[1.0, 1.0]], 0.1).contains("at least two patterns"));
        assert!(told(array![[1.0], [f64::INFINITY]], 0.1).contains("inf"));
        assert!(told(flat.clone(), -1.0).contains("epsilon is -1"));
        let whitening = Whitening::fit(&flat, 0.1).unwrap();
        let error = whitening.apply(&array![[1.0]]).unwrap_err().to_string();
        assert!(error.contains("1 inputs, and the whitening was fitted to 2"), "{error}");
    }
}
