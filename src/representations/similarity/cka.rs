//! Centred kernel alignment: do two layers find the same stimuli similar?

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::hsic::{product_by_units, products_by_units, units_cost_less};
use super::kernel::Kernel;
use crate::display::show_as_settings;
use crate::representations::patterns::{
    centred_varying, check_pair, check_patterns, check_same_stimuli,
};
use crate::representations::symmetric::symmetric;
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
        check_varying("first patterns", x.nrows(), (products.xx, products.norms[0]))?;
        check_varying("second patterns", x.nrows(), (products.yy, products.norms[1]))?;
        Ok(alignment(products.xy, products.xx, products.yy))
    }

    /// The alignments of all pairs of sets of patterns, such as a layer of many networks: n × p
    /// each, with the same n stimuli and any p units. Symmetric, with ones on the diagonal.
    ///
    /// Each set's kernel matrix is made once, and all are kept meanwhile (n² numbers each), unless
    /// products of units cost less. On as many threads as rayon has, with the same result.
    ///
    /// ```
    /// use microlearners::ndarray::array;
    /// use microlearners::representations::Cka;
    ///
    /// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0], [4.0, 1.0], [0.5, 0.5]];
    /// let y = array![[1.0], [0.0], [2.0], [5.0], [1.5]];
    /// let all = Cka::default().similarities(&[x.clone(), y.clone()])?;
    /// assert!((all[[0, 1]] - Cka::default().compare(&x, &y)?).abs() < 1e-12);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Cka::compare`], with the place in the list; [`Error::Samples`] for an empty list.
    pub fn similarities(&self, patterns: &[Array2<f64>]) -> Result<Array2<f64>> {
        let Some(first) = patterns.first() else {
            let told = "there are no patterns to compare; give at least one set of them";
            return Err(Error::Samples(told.into()));
        };
        let n = first.nrows();
        let name = |place: usize| format!("patterns {place}");
        for (place, x) in patterns.iter().enumerate() {
            check_patterns(&name(place), x, self.least_stimuli())?;
            check_same_stimuli(("patterns 0", first), (&name(place), x))?;
        }
        let centre = |(place, x)| centred_varying(&name(place), x);
        let centred: Vec<Array2<f64>> =
            patterns.par_iter().enumerate().map(centre).collect::<Result<_>>()?;
        let most = centred.iter().map(Array2::ncols).max().unwrap_or(0);
        if self.kernel == CkaKernel::Linear && units_cost_less(n, most, most) {
            let product =
                |i: usize, j: usize| product_by_units(&centred[i], &centred[j], self.estimator);
            let own = (0..patterns.len()).into_par_iter().map(|at| product(at, at)).collect();
            return all_pairs(n, own, |i, j| product(i, j).0);
        }
        let kernel = |x: &Array2<f64>| Kernel::of(x, self.kernel, self.estimator);
        let kernels: Vec<Kernel> = centred.par_iter().map(kernel).collect::<Result<_>>()?;
        let own = kernels.iter().map(Kernel::itself).collect();
        all_pairs(n, own, |i, j| kernels[i].product(&kernels[j]))
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
        check_pair(x, y, self.least_stimuli())?;
        let x = centred_varying("first patterns", x)?;
        let y = centred_varying("second patterns", y)?;
        if self.kernel == CkaKernel::Linear && units_cost_less(x.nrows(), x.ncols(), y.ncols()) {
            return Ok(products_by_units(&x, &y, self.estimator));
        }
        let of = |x: &Array2<f64>| Kernel::of(x, self.kernel, self.estimator);
        Ok(of(&x)?.products(&of(&y)?))
    }

    /// Fewer have no estimate.
    fn least_stimuli(&self) -> usize {
        match self.estimator {
            HsicEstimator::Biased => 2,
            HsicEstimator::Debiased => 4,
        }
    }
}

fn alignment(xy: f64, xx: f64, yy: f64) -> f64 {
    (xy / xx.sqrt() / yy.sqrt()).min(1.0)
}

/// The alignments of all pairs of sets of patterns of `n` stimuli, by each one's product with itself
/// (and the norm beside it) and those of two.
fn all_pairs(
    n: usize,
    own: Vec<(f64, f64)>,
    product: impl Fn(usize, usize) -> f64 + Sync,
) -> Result<Array2<f64>> {
    for (place, own) in own.iter().enumerate() {
        check_varying(&format!("patterns {place}"), n, *own)?;
    }
    let of = |i: usize, j: usize| match i == j {
        true => 1.0,
        false => alignment(product(i, j), own[i].0, own[j].0),
    };
    Ok(symmetric(own.len(), of))
}

/// Accepts patterns whose product with themselves is more than rounding.
fn check_varying(name: &str, stimuli: usize, (itself, norm): (f64, f64)) -> Result<()> {
    if itself > NOTHING * norm {
        return Ok(());
    }
    Err(Error::Samples(format!(
        "the {name} find all pairs of the {stimuli} stimuli equally similar, so that their \
         alignment is undefined; take another layer or more stimuli"
    )))
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
    fn alignments_of_all_pairs_are_those_of_each() {
        let kernel = CkaKernel::Rbf { bandwidth: 0.7, median: MedianOf::AllEntries };
        let wide = [x(), y(), normal(10, 300, "wide"), normal(10, 7, "narrow")];
        let narrow = [normal(50, 3, "a"), normal(50, 2, "b"), normal(50, 4, "c")];
        for sets in [&wide[..], &narrow[..]] {
            for cka in [BIASED, DEBIASED, Cka { kernel, ..BIASED }, Cka { kernel, ..DEBIASED }] {
                let all = cka.similarities(sets).unwrap();
                for ((i, j), found) in all.indexed_iter() {
                    close(*found, cka.compare(&sets[i], &sets[j]).unwrap());
                    assert_eq!(*found, all[[j, i]]);
                }
            }
        }
    }

    #[test]
    fn lists_without_alignments_are_refused() {
        let told = |sets: &[Array2<f64>]| BIASED.similarities(sets).unwrap_err().to_string();
        assert!(told(&[]).contains("no patterns to compare"));
        let shorter = told(&[x(), normal(9, 3, "b")]);
        assert!(shorter.contains("10 stimuli and patterns 1 9"), "{shorter}");
        let constant = told(&[x(), Array2::from_elem((10, 2), 0.1)]);
        assert!(constant.contains("patterns 1 do not differ"), "{constant}");
        let one_missing = told(&[x(), Array2::from_elem((10, 2), f64::NAN)]);
        assert!(one_missing.contains("patterns 1 have NaN at stimulus 0"), "{one_missing}");
        let alike = DEBIASED.similarities(&[normal(5, 3, "b"), Array2::eye(5)]).unwrap_err();
        assert!(
            alike.to_string().contains("patterns 1 find all pairs of the 5 stimuli"),
            "{alike}"
        );
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
