//! How near two layers come to one another by a rotation.

use ndarray::Array2;

use super::subspace::{singular_values, small_form};
use crate::Result;
use crate::display::show_as_settings;
use crate::representations::patterns::{centred_varying, check_pair, squared_norm};

/// Two sets of patterns after the best rotation of one onto the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Procrustes {
    /// ‖XᵀY‖_*, the sum of the singular values of the patterns' product, the mean of each unit
    /// taken out; in the squared unit of activity.
    pub nuclear_norm: f64,
    /// min over rotations R of ‖X − YR‖², which is ‖X‖² + ‖Y‖² − 2 ‖XᵀY‖_*; in the squared unit of
    /// activity.
    pub squared_distance: f64,
    /// The nuclear-norm (normalised Bures) similarity ‖XᵀY‖_* / (‖X‖ ‖Y‖), from 0 to 1.
    pub similarity: f64,
    /// The squared distance of patterns scaled to norm 1: 2 (1 − similarity), from 0 to 2.
    pub unit_squared_distance: f64,
    /// The angular distance arccos(similarity), in radians from 0 to π/2: a metric, Williams et al.
    /// 2021, arXiv 2110.14739. Below 1e-7 it is rounding.
    pub angle: f64,
    /// The squared distance if one set is scaled to norm 1 and the other as fits best:
    /// 1 − similarity², which scipy calls disparity.
    pub disparity: f64,
}

show_as_settings!(Procrustes);

/// Compares patterns, n × p and n × q, by the best rotation, reflections included. The set of fewer
/// units counts as having units of activity 0 beside its own.
///
/// ```
/// use microlearners::representations::procrustes;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0]];
/// let rotated = x.dot(&array![[0.0, 1.0], [-1.0, 0.0]]);
/// assert!((procrustes(&x, &rotated)?.similarity - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the stimuli differ in number or are fewer than two;
/// [`Error::Samples`](crate::Error::Samples) if a number is not finite or a layer tells no stimuli
/// apart.
pub fn procrustes(x: &Array2<f64>, y: &Array2<f64>) -> Result<Procrustes> {
    check_pair(x, y, 2)?;
    let x = centred_varying("first patterns", x)?;
    let y = centred_varying("second patterns", y)?;
    let product = small_form(&x)?.t().dot(&small_form(&y)?);
    let nuclear_norm = singular_values(&product)?.iter().sum::<f64>();
    let [of_x, of_y] = [&x, &y].map(|patterns| squared_norm(patterns.view()));
    let similarity = (nuclear_norm / of_x.sqrt() / of_y.sqrt()).min(1.0);
    Ok(Procrustes {
        nuclear_norm,
        squared_distance: (of_x + of_y - 2.0 * nuclear_norm).max(0.0),
        similarity,
        unit_squared_distance: 2.0 * (1.0 - similarity),
        angle: similarity.acos(),
        disparity: 1.0 - similarity * similarity,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::test_patterns::{close, normal, x, y};

    /// numpy 2.4.6, and `scipy.spatial.procrustes` of scipy 1.17.1 for the disparity.
    #[test]
    fn distances_equal_scipy() {
        let found = procrustes(&x(), &y()).unwrap();
        close(found.nuclear_norm, 70.78757478681314);
        close(found.squared_distance, 49.43702032637373);
        close(found.unit_squared_distance, 0.282611554991939);
        close(found.similarity, 0.8586942225040305);
        close(found.angle, 0.5380800359600675);
        close(found.disparity, 0.2626442322381986);
    }

    #[test]
    fn more_units_than_stimuli_give_the_same_by_the_smaller_product() {
        let (one, other) = (normal(8, 30, "one"), normal(8, 3, "other"));
        let found = procrustes(&one, &other).unwrap();
        let [a, b] = [&one, &other].map(crate::representations::patterns::centred);
        let direct: f64 = singular_values(&a.t().dot(&b)).unwrap().iter().sum();
        close(found.nuclear_norm, direct);
        let back = procrustes(&other, &one).unwrap();
        close(back.squared_distance, found.squared_distance);
    }

    #[test]
    fn a_factor_changes_the_raw_distance_only() {
        let (plain, scaled) =
            (procrustes(&x(), &y()).unwrap(), procrustes(&x(), &(y() * 3.0)).unwrap());
        close(scaled.angle, plain.angle);
        assert!(scaled.squared_distance > plain.squared_distance);
        close(procrustes(&x(), &(x() + 4.0)).unwrap().similarity, 1.0);
    }
}
