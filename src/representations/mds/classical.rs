//! Classical multidimensional scaling.

use linfa_linalg::eigh::{EigSort, Eigh};
use ndarray::{Array2, Axis, s};

use super::checks::check_dissimilarities;
use crate::Result;
use crate::display::show_as_settings;
use crate::representations::patterns::undecomposed;

/// An eigenvalue below this share of the largest one is rounding.
const ROUNDING: f64 = 1e-13;

/// A map by classical multidimensional scaling.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassicalMap {
    /// Where each stimulus lies, stimuli × dimensions, in the unit of the dissimilarities. The
    /// means are 0, and each dimension has its largest entry positive. A dimension without a
    /// positive eigenvalue is 0.
    pub coordinates: Array2<f64>,
    /// All eigenvalues of the doubly centred −½ D², largest first. Negative ones tell that the
    /// dissimilarities are not Euclidean distances.
    pub eigenvalues: Vec<f64>,
}

show_as_settings!(ClassicalMap);

impl ClassicalMap {
    /// The share of the sum of absolute eigenvalues that the map's dimensions hold.
    pub fn explained(&self) -> f64 {
        let total: f64 = self.eigenvalues.iter().map(|value| value.abs()).sum();
        let kept = self.eigenvalues.iter().take(self.coordinates.ncols());
        kept.map(|value| value.max(0.0)).sum::<f64>() / total
    }
}

/// Classical (Torgerson's) multidimensional scaling of dissimilarities D, n × n: Torgerson 1952,
/// doi 10.1007/BF02288916. Of Euclidean distances it is the principal components of the points.
///
/// Squared distances, such as the squared Euclidean dissimilarity, must have their root taken
/// before.
///
/// ```
/// use microlearners::representations::classical_mds;
/// use microlearners::ndarray::array;
///
/// let distances = array![[0.0, 3.0, 1.0], [3.0, 0.0, 2.0], [1.0, 2.0, 0.0]];
/// let map = classical_mds(&distances, 1)?;
/// assert!(((map.coordinates[[0, 0]] - map.coordinates[[1, 0]]).abs() - 3.0).abs() < 1e-9);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the matrix is not square;
/// [`Error::Samples`](crate::Error::Samples) if it is not symmetric with zeros on its diagonal, has
/// a negative or infinite entry, or is all 0; [`Error::Setting`](crate::Error::Setting) of 0
/// dimensions or as many as stimuli.
pub fn classical_mds(dissimilarities: &Array2<f64>, dimensions: usize) -> Result<ClassicalMap> {
    check_dissimilarities(dissimilarities, dimensions)?;
    let decomposed = centred_products(dissimilarities).eigh().map_err(undecomposed)?;
    let (eigenvalues, vectors) = decomposed.sort_eig_desc();
    let mut coordinates = vectors.slice(s![.., ..dimensions]).to_owned();
    for (mut column, &value) in coordinates.columns_mut().into_iter().zip(&eigenvalues) {
        let largest = column.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let sign = if largest.is_some_and(|entry| entry < 0.0) { -1.0 } else { 1.0 };
        let length = if value > ROUNDING * eigenvalues[0] { value.sqrt() } else { 0.0 };
        column *= sign * length;
    }
    Ok(ClassicalMap { coordinates, eigenvalues: eigenvalues.to_vec() })
}

/// −½ D², the means of rows and columns taken out.
fn centred_products(dissimilarities: &Array2<f64>) -> Array2<f64> {
    // Twice the mean of both halves, so that the matrix is symmetric to the last bit.
    let mut products = (dissimilarities + &dissimilarities.t()) / 2.0;
    products.mapv_inplace(|distance| -0.5 * distance * distance);
    let n = products.nrows() as f64;
    let means = products.sum_axis(Axis(0)) / n;
    let parts = &means - means.sum() / n / 2.0;
    products -= &parts;
    products -= &parts.view().insert_axis(Axis(1));
    products
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::test_patterns::{all_close, close, distances, normal, table, x};

    /// `numpy.linalg.eigh`, numpy 2.4.6, of root-mean-square distances.
    #[test]
    fn eigenvalues_and_coordinates_equal_numpy() {
        let root = 5.0_f64.sqrt();
        let map = classical_mds(&(distances(&x()) / root), 2).unwrap();
        let eigenvalues = table(
            5,
            "18.208949302249888 8.89088055103676 0.9958808754121266 0.5463121878064378 \
             0.10423146349477422",
        );
        all_close(&map.eigenvalues[..5], &eigenvalues);
        assert!(map.eigenvalues[5..].iter().all(|value| value.abs() < 1e-13));
        let expected = table(
            2,
            "0.6143194746861237 1.7956382206072803 1.148958926642445 0.3084130615245934 \
             1.5115992252976078 0.8494086966367241 1.07426731713486 0.7202733387329472 \
             1.4820488179840483 0.47644950848846945 1.557288118094782 1.1622416948163214 \
             0.1824656042903473 1.4969102996796508 1.5970463042645002 0.3292469027521716 \
             1.5304619452393717 0.5168902092370653 1.8774164272714036 0.37017178556453223",
        );
        all_close(&map.coordinates.mapv(f64::abs), &expected);
        close(map.explained(), 0.9427255980918743);
    }

    #[test]
    fn points_of_a_plane_are_found_again() {
        let plane = normal(30, 2, "plane").dot(&normal(2, 17, "map"));
        let known = distances(&plane);
        let map = classical_mds(&known, 2).unwrap();
        let found = distances(&map.coordinates);
        found.iter().zip(&known).for_each(|(found, known)| assert!((found - known).abs() < 1e-9));
        close(map.explained(), 1.0);
        // A third dimension adds nothing.
        let third = classical_mds(&known, 3).unwrap().coordinates;
        assert!(third.column(2).iter().all(|value| value.abs() < 1e-5));
    }

    #[test]
    fn what_is_no_distance_has_negative_eigenvalues() {
        let odd = array![[0.0, 1.0, 1.0], [1.0, 0.0, 5.0], [1.0, 5.0, 0.0]];
        let map = classical_mds(&odd, 2).unwrap();
        assert!(map.eigenvalues[2] < -0.1, "{map:?}");
        assert!(map.explained() < 0.95);
    }
}
