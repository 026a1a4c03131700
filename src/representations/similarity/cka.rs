//! Centred kernel alignment: do two layers find the same stimuli similar?

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::hsic::{linear_products, rbf_products};
use crate::display::show_as_settings;
use crate::error::check_positive;
use crate::representations::patterns::{centred_varying, check_pair};
use crate::{Error, Result};

/// Self-similarity below this share of what it could be is rounding.
pub(super) const NOTHING: f64 = 1e-12;

/// How similar a layer finds two stimuli.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum CkaKernel {
    /// The scalar product of their patterns, the mean of each unit taken out.
    #[default]
    Linear,
    /// exp(−d² / (2 σ²)), with d the Euclidean distance of their patterns.
    Rbf {
        /// σ in units of the root of the median squared distance; Kornblith et al. try 0.2 to 0.8.
        bandwidth: f64,
        /// Over which entries of the distance matrix the median is taken.
        median: MedianOf,
    },
}

/// Which squared distances enter the median that sets the width of a radial basis function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MedianOf {
    /// All n² entries, the n zeros of the diagonal among them, as in the authors' notebook.
    #[default]
    AllEntries,
    /// The n (n − 1) / 2 distances between two stimuli.
    DistinctPairs,
}

/// How the Hilbert-Schmidt independence criterion (HSIC) of two kernel matrices is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum HsicEstimator {
    /// The sum over entries of the product of the centred matrices, divided by (n − 1)². With few
    /// stimuli and many units it is large for unrelated patterns too.
    Biased,
    /// The unbiased HSIC₁ of Song et al. 2012 (Journal of Machine Learning Research 13), which is
    /// the product of U-centred matrices of Székely and Rizzo 2014, arXiv 1310.2926. Its mean is 0
    /// for independent patterns, so that single values may be negative. It needs four stimuli.
    #[default]
    Debiased,
}

/// Centred kernel alignment, HSIC(x, y) / √(HSIC(x, x) HSIC(y, y)): Kornblith, Norouzi, Lee and
/// Hinton 2019, arXiv 1905.00414. By default linear and debiased.
///
/// It is 1 for equal patterns, and does not change if the units of a layer are rotated or all
/// multiplied by one number. The linear form takes the stimuli × stimuli or the units × units
/// products, whichever cost less.
///
/// ```
/// use microlearners::representations::{Cka, CkaKernel, HsicEstimator, MedianOf};
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0], [4.0, 1.0], [0.5, 0.5]];
/// let rotated = x.dot(&array![[0.0, 3.0], [-3.0, 0.0]]);
/// assert!((Cka::default().compare(&x, &rotated)? - 1.0).abs() < 1e-12);
/// let kernel = CkaKernel::Rbf { bandwidth: 0.5, median: MedianOf::AllEntries };
/// let biased = Cka { kernel, estimator: HsicEstimator::Biased };
/// assert!((biased.compare(&x, &rotated)? - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Cka {
    /// How similar a layer finds two stimuli; default linear.
    pub kernel: CkaKernel,
    /// How HSIC is estimated; default debiased.
    pub estimator: HsicEstimator,
}

show_as_settings!(Cka, CkaKernel, HsicEstimator, MedianOf);

/// The sums behind HSIC(x, y), HSIC(x, x) and HSIC(y, y), and for the latter two the squared norms
/// of the kernel matrices, beside which they may be rounding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Products {
    pub(super) xy: f64,
    pub(super) xx: f64,
    pub(super) yy: f64,
    pub(super) norms: [f64; 2],
}

impl Cka {
    /// The alignment of two sets of patterns, n × p and n × q: at most 1, and at least 0 if biased.
    ///
    /// # Errors
    /// [`Error::Shape`] if the stimuli differ in number or are fewer than two (debiased: four);
    /// [`Error::Samples`] if a number is not finite, or if a layer tells no stimuli apart
    /// (debiased: finds all pairs equally similar); [`Error::Setting`] if the bandwidth is not
    /// positive.
    pub fn compare(&self, x: &Array2<f64>, y: &Array2<f64>) -> Result<f64> {
        let products = self.products(x, y)?;
        let selves = [products.xx, products.yy];
        for (name, (itself, norm)) in
            ["first", "second"].iter().zip(selves.iter().zip(products.norms))
        {
            if *itself <= NOTHING * norm {
                return Err(Error::Samples(format!(
                    "the {name} patterns find all pairs of the {} stimuli equally similar, so that \
                     their alignment is undefined; take another layer or more stimuli",
                    x.nrows()
                )));
            }
        }
        Ok((products.xy / products.xx.sqrt() / products.yy.sqrt()).min(1.0))
    }

    /// HSIC of two sets of patterns, n × p and n × q. The alignment of many stimuli in batches is
    /// the mean over batches of HSIC(x, y), divided by the root of those of HSIC(x, x) and
    /// HSIC(y, y), all debiased: Nguyen, Raghu and Kornblith 2021, arXiv 2010.15327.
    ///
    /// # Errors
    /// As [`Cka::compare`], but patterns may be equally similar.
    pub fn hsic(&self, x: &Array2<f64>, y: &Array2<f64>) -> Result<f64> {
        let n = x.nrows() as f64;
        let xy = self.products(x, y)?.xy;
        Ok(match self.estimator {
            HsicEstimator::Biased => xy / (n - 1.0).powi(2),
            HsicEstimator::Debiased => xy / (n * (n - 3.0)),
        })
    }

    fn products(&self, x: &Array2<f64>, y: &Array2<f64>) -> Result<Products> {
        let least = match self.estimator {
            HsicEstimator::Biased => 2,
            HsicEstimator::Debiased => 4,
        };
        check_pair(x, y, least)?;
        let x = centred_varying("first patterns", x)?;
        let y = centred_varying("second patterns", y)?;
        match self.kernel {
            CkaKernel::Linear => Ok(linear_products(&x, &y, self.estimator)),
            CkaKernel::Rbf { bandwidth, median } => {
                check_positive("bandwidth", bandwidth)?;
                rbf_products([&x, &y], (bandwidth, median), self.estimator)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::representations::test_patterns::{close, normal, x, y};

    const BIASED: Cka = Cka { kernel: CkaKernel::Linear, estimator: HsicEstimator::Biased };
    const DEBIASED: Cka = Cka { kernel: CkaKernel::Linear, estimator: HsicEstimator::Debiased };

    fn rbf(bandwidth: f64, median: MedianOf, estimator: HsicEstimator) -> f64 {
        let kernel = CkaKernel::Rbf { bandwidth, median };
        Cka { kernel, estimator }.compare(&x(), &y()).unwrap()
    }

    /// numpy 2.4.6, by the centred kernel matrices.
    #[test]
    fn alignments_equal_numpy() {
        close(BIASED.compare(&x(), &y()).unwrap(), 0.8239426252125572);
        close(DEBIASED.compare(&x(), &y()).unwrap(), 0.7845928413606131);
        close(BIASED.hsic(&x(), &y()).unwrap(), 28.527493025577506);
        close(DEBIASED.hsic(&x(), &y()).unwrap(), 21.714494810482464);
        close(DEBIASED.hsic(&x(), &x()).unwrap(), 111.48019865064839);
        close(DEBIASED.hsic(&y(), &y()).unwrap(), 6.870890752759457);
    }

    /// numpy 2.4.6; at bandwidth 1 the two medians differ in the fourth digit.
    #[test]
    fn radial_alignments_equal_numpy() {
        use HsicEstimator::{Biased, Debiased};
        use MedianOf::{AllEntries, DistinctPairs};
        close(rbf(0.5, AllEntries, Biased), 0.8005983187742831);
        close(rbf(1.0, AllEntries, Biased), 0.8267534746208703);
        close(rbf(2.0, AllEntries, Biased), 0.8257933888821699);
        close(rbf(0.5, AllEntries, Debiased), 0.7314827548344311);
        close(rbf(1.0, AllEntries, Debiased), 0.7830855352161638);
        close(rbf(2.0, AllEntries, Debiased), 0.7852782121163213);
        close(rbf(0.5, DistinctPairs, Biased), 0.8014547356171302);
        close(rbf(1.0, DistinctPairs, Biased), 0.826913610551894);
        close(rbf(2.0, DistinctPairs, Biased), 0.8257199340755306);
    }

    #[test]
    fn equal_and_rotated_patterns_have_alignment_one_and_a_linear_map_does_not() {
        let kernel = CkaKernel::Rbf { bandwidth: 0.7, median: MedianOf::AllEntries };
        let linear = [BIASED, DEBIASED];
        let radial = linear.map(|cka| Cka { kernel, ..cka });
        let (sine, cosine) = 0.4_f64.sin_cos();
        let mut rotation = Array2::<f64>::eye(5);
        (rotation[[0, 0]], rotation[[0, 3]]) = (cosine, sine);
        (rotation[[3, 0]], rotation[[3, 3]]) = (-sine, cosine);
        let stretch = Array2::from_diag(&ndarray::array![9.0, 1.0, 0.1, 3.0, 1.0]);
        for cka in linear.into_iter().chain(radial) {
            close(cka.compare(&x(), &x()).unwrap(), 1.0);
            close(cka.compare(&x(), &(x().dot(&rotation) * -7.0 + 2.0)).unwrap(), 1.0);
            assert!(cka.compare(&x(), &x().dot(&stretch)).unwrap() < 0.95, "{cka:?}");
        }
    }

    /// Ten stimuli, 1000 unrelated units, twenty pairs. With numpy 2.4.6 the means are 0.991 biased
    /// and 0.006 ± 0.034 (standard error) debiased.
    #[test]
    fn few_stimuli_and_many_units_mislead_only_the_biased_estimate() {
        let mut values = Vec::new();
        for pair in 0..20 {
            let one = normal(10, 1000, &format!("one {pair}"));
            let other = normal(10, 1000, &format!("other {pair}"));
            assert!(BIASED.compare(&one, &other).unwrap() > 0.98);
            values.push(DEBIASED.compare(&one, &other).unwrap());
        }
        let mean = values.iter().sum::<f64>() / 20.0;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let error = (squares / 19.0 / 20.0).sqrt();
        assert!(error < 0.06, "{error}");
        assert!(mean.abs() < 3.0 * error, "{mean} ± {error}");
    }

    #[test]
    fn what_has_no_alignment_is_refused() {
        let told = DEBIASED.compare(&Array2::eye(5), &normal(5, 3, "b")).unwrap_err().to_string();
        assert!(told.contains("first patterns find all pairs of the 5 stimuli"), "{told}");
        let told = DEBIASED.compare(&normal(3, 2, "a"), &normal(3, 2, "b")).unwrap_err();
        assert!(told.to_string().contains("at least 4 stimuli"), "{told}");
        let told = BIASED.compare(&x(), &Array2::from_elem((10, 2), 0.1)).unwrap_err().to_string();
        assert!(told.contains("second patterns do not differ"), "{told}");
        let kernel = CkaKernel::Rbf { bandwidth: 0.0, median: MedianOf::AllEntries };
        let told = Cka { kernel, ..BIASED }.compare(&x(), &y()).unwrap_err().to_string();
        assert!(told.contains("bandwidth is 0"), "{told}");
    }
}
