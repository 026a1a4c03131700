//! Linear decoders of a stimulus's class.

use linfa_linalg::cholesky::SolveC;
use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use super::classes::{Classes, first_largest};
use crate::display::show_as_settings;
use crate::error::check_positive;
use crate::representations::patterns::{check_patterns, undecomposed};
use crate::{Error, Result};

/// How a class is read from patterns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Decoder {
    /// Ridge regression on targets of +1 for the class and −1 for the others, one for each class.
    /// The intercept is not penalised; scikit-learn's RidgeClassifier is the same.
    Ridge {
        /// The factor of the squared weights, above 0; scikit-learn's default is 1.
        penalty: f64,
    },
    /// The class whose mean pattern is nearest in Euclidean distance.
    NearestCentroid,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::Ridge { penalty: 1.0 }
    }
}

/// A decoder that has been fitted: the class of the largest score, x · weights + intercept.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearDecoder {
    /// Units × classes.
    pub weights: Array2<f64>,
    /// One for each class.
    pub intercepts: Array1<f64>,
    /// The labels of the classes, ascending.
    pub classes: Vec<usize>,
}

show_as_settings!(Decoder, LinearDecoder);

impl Decoder {
    /// Fits patterns, n × p, with one label for each stimulus.
    ///
    /// ```
    /// use microlearners::representations::Decoder;
    /// use microlearners::ndarray::array;
    ///
    /// let x = array![[0.0, 1.0], [0.5, 1.5], [3.0, 0.0], [3.5, 0.5]];
    /// let fitted = Decoder::default().fit(&x, &[4, 4, 9, 9])?;
    /// assert_eq!(fitted.predict(&array![[0.2, 1.0]])?, [4]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one label for each stimulus; [`Error::Samples`] if a number
    /// is not finite or all labels are equal; [`Error::Setting`] if the penalty is not positive.
    pub fn fit(&self, x: &Array2<f64>, labels: &[usize]) -> Result<LinearDecoder> {
        check_patterns("patterns", x, 2)?;
        let classes = Classes::of(labels, x.nrows())?;
        let (weights, intercepts) = match self {
            Self::Ridge { penalty } => ridge(x, &classes, *penalty)?,
            Self::NearestCentroid => nearest_centroid(x, &classes),
        };
        Ok(LinearDecoder { weights, intercepts, classes: classes.labels })
    }
}

fn ridge(x: &Array2<f64>, classes: &Classes, penalty: f64) -> Result<(Array2<f64>, Array1<f64>)> {
    check_positive("penalty", penalty)?;
    let (n, p) = x.dim();
    let means = x.sum_axis(Axis(0)) / n as f64;
    let centred = x - &means;
    let mut targets = Array2::from_elem((n, classes.count()), -1.0);
    classes.places.iter().enumerate().for_each(|(row, &place)| targets[[row, place]] = 1.0);
    let middle = targets.sum_axis(Axis(0)) / n as f64;
    targets -= &middle;
    // W = (X'X + cI)⁻¹ X'T = X' (XX' + cI)⁻¹ T, whichever matrix is smaller.
    let penalised = |mut product: Array2<f64>| {
        product.diag_mut().mapv_inplace(|value| value + penalty);
        product
    };
    let weights = if p <= n {
        let mut product = penalised(centred.t().dot(&centred));
        product.solvec(&centred.t().dot(&targets)).map_err(undecomposed)?
    } else {
        let mut product = penalised(centred.dot(&centred.t()));
        centred.t().dot(&product.solvec(&targets).map_err(undecomposed)?)
    };
    let intercepts = middle - means.dot(&weights);
    Ok((weights, intercepts))
}

/// |x − c|² is smallest where x · c − |c|²/2 is largest.
fn nearest_centroid(x: &Array2<f64>, classes: &Classes) -> (Array2<f64>, Array1<f64>) {
    let mut indicator = Array2::zeros((classes.count(), x.nrows()));
    let sizes = classes.sizes();
    for (stimulus, &place) in classes.places.iter().enumerate() {
        indicator[[place, stimulus]] = 1.0 / sizes[place] as f64;
    }
    let centroids: Array2<f64> = indicator.dot(x);
    let intercepts = centroids.map_axis(Axis(1), |centroid| -centroid.dot(&centroid) / 2.0);
    (centroids.reversed_axes(), intercepts)
}

impl LinearDecoder {
    /// The score of each class, stimuli × classes.
    ///
    /// # Errors
    /// [`Error::Shape`] if the patterns have another number of units; [`Error::Samples`] if a
    /// number is not finite.
    pub fn scores(&self, x: &Array2<f64>) -> Result<Array2<f64>> {
        check_patterns("patterns", x, 1)?;
        if x.ncols() != self.weights.nrows() {
            return Err(Error::Shape(format!(
                "the patterns have {} units, and the decoder was fitted to {}",
                x.ncols(),
                self.weights.nrows()
            )));
        }
        Ok(x.dot(&self.weights) + &self.intercepts)
    }

    /// The label of each stimulus's class of the largest score; of equal ones the smaller label.
    ///
    /// # Errors
    /// As [`LinearDecoder::scores`].
    pub fn predict(&self, x: &Array2<f64>) -> Result<Vec<usize>> {
        let scores = self.scores(x)?;
        let best = |row: ndarray::ArrayView1<'_, f64>| self.classes[first_largest(row.iter())];
        Ok(scores.rows().into_iter().map(best).collect())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{array, s};

    use super::*;
    use crate::representations::test_patterns::{CLASSES, all_close, normal, table, x};

    fn seen() -> Array2<f64> {
        x().slice_move(s![..7, ..])
    }

    /// `RidgeClassifier(alpha=1)` of scikit-learn 1.9.1, fitted to the first seven stimuli.
    #[test]
    fn ridge_equals_scikit_learn() {
        let fitted = Decoder::default().fit(&seen(), &CLASSES[..7]).unwrap();
        let weights = table(
            3,
            "0.22643563814706175 0.06450595347689886 -0.2909415916239605 0.1254426000767167 \
             -0.09477156701921832 -0.030671033057499256 0.12125139138786173 0.1005691836876828 \
             -0.22182057507554528 -0.04914724735976071 0.09291972870331489 -0.04377248134355392 \
             0.36131242082653847 -0.3620268446135929 0.0007144237870546313",
        );
        all_close(&fitted.weights, &weights);
        let intercepts = table(3, "-0.4509281225567561 -0.20171833604021439 -0.3473535414030306");
        all_close(&fitted.intercepts, &intercepts);
        let scores = table(
            3,
            "1.094473198715658 -1.0253431335648586 -1.069130065150799 -1.005870538589971 \
             0.8826116131024433 -0.8767410745124722 -0.8798496517065422 -0.8981295487746097 \
             0.7779792004811517 0.6226392628796928 -1.256449023957617 -0.36619023892207625 \
             -1.0024873578285312 0.9491617028530521 -0.946674345024521 -0.9142360083763954 \
             -0.9252858707623832 0.8395218791387788 1.0853310949060895 -0.726565738896027 \
             -1.3587653560100625 -0.8550209995589682 0.9150051488468545 -1.0599841492878872 \
             -0.7124242917446562 -1.1058117437105945 0.8182360354552514 -1.1136345679448927 \
             1.3262436699103335 -1.2126091019654417",
        );
        all_close(&fitted.scores(&x()).unwrap(), &scores);
        assert_eq!(fitted.predict(&x()).unwrap(), [0, 1, 2, 0, 1, 2, 0, 1, 2, 1]);
    }

    /// `NearestCentroid` of scikit-learn 1.9.1.
    #[test]
    fn the_nearest_centroid_equals_scikit_learn() {
        let fitted = Decoder::NearestCentroid.fit(&seen(), &CLASSES[..7]).unwrap();
        assert_eq!(fitted.predict(&x().slice_move(s![7.., ..])).unwrap(), [1, 2, 1]);
    }

    #[test]
    fn more_units_than_stimuli_give_the_ridge_of_the_larger_matrix() {
        let (x, labels) = (normal(6, 9, "wide"), [0, 1, 1, 0, 2, 2]);
        let fitted = Decoder::Ridge { penalty: 0.3 }.fit(&x, &labels).unwrap();
        // (X'X + cI) W = X'T, with the means taken out.
        let centred = &x - &x.mean_axis(Axis(0)).unwrap();
        let left = (centred.t().dot(&centred) + Array2::<f64>::eye(9) * 0.3).dot(&fitted.weights);
        let is = |row: usize, class: usize| if labels[row] == class { 2.0 } else { 0.0 };
        let targets = Array2::from_shape_fn((6, 3), |(row, class)| is(row, class) - 2.0 / 3.0);
        (left - centred.t().dot(&targets)).iter().for_each(|gap| assert!(gap.abs() < 1e-12));
    }

    #[test]
    fn unusable_input_is_refused() {
        let refused = |penalty| Decoder::Ridge { penalty }.fit(&x(), &CLASSES).unwrap_err();
        assert!(refused(0.0).to_string().contains("penalty is 0"));
        assert!(Decoder::NearestCentroid.fit(&x(), &CLASSES[..3]).is_err());
        let fitted = Decoder::NearestCentroid.fit(&x(), &CLASSES).unwrap();
        let told = fitted.predict(&array![[1.0]]).unwrap_err().to_string();
        assert!(told.contains("1 units, and the decoder was fitted to 5"), "{told}");
    }
}
