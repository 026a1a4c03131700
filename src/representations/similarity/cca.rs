//! Canonical correlations of two layers.

use ndarray::Array2;

use super::subspace::{basis, correlations, forced};
use crate::display::show_as_settings;
use crate::representations::patterns::{centred_varying, check_pair};
use crate::{Error, Result};

/// The canonical correlations of two sets of patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct CanonicalCorrelations {
    /// All correlations, largest first; as many as the smaller set has independent units.
    pub correlations: Vec<f64>,
    /// How many of the correlations are 1 whatever the data, since p + q independent units over n
    /// stimuli share at least p + q − (n − 1) dimensions.
    pub forced: usize,
}

show_as_settings!(CanonicalCorrelations);

impl CanonicalCorrelations {
    /// The mean of the correlations.
    pub fn mean(&self) -> f64 {
        self.correlations.iter().sum::<f64>() / self.correlations.len() as f64
    }

    /// The mean of the squared correlations.
    pub fn mean_squared(&self) -> f64 {
        let squares = self.correlations.iter().map(|value| value * value);
        squares.sum::<f64>() / self.correlations.len() as f64
    }
}

/// Canonical correlation analysis of patterns, n × p and n × q, the mean of each unit taken out.
///
/// The first correlation is that of the two weighted sums of units, one in each layer, which
/// correlate most. Each further pair is uncorrelated with those before. Correlations do not change
/// if the units of a layer are mapped by any invertible matrix.
///
/// ```
/// use microlearners::representations::cca;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0], [4.0, 1.0], [0.5, 0.5]];
/// let mapped = x.dot(&array![[1.0, 5.0], [0.0, 0.2]]);
/// assert!((cca(&x, &mapped)?.mean() - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the stimuli differ in number; [`Error::Samples`] if a number is not finite,
/// if a layer tells no stimuli apart, or if a layer has n − 1 or more units, so that all
/// correlations are 1 for any data.
pub fn cca(x: &Array2<f64>, y: &Array2<f64>) -> Result<CanonicalCorrelations> {
    let [x, y] = canonical_bases(x, y)?;
    Ok(CanonicalCorrelations { correlations: correlations(&x, &y)?, forced: forced(&x, &y) })
}

/// Bases of what the centred patterns span.
pub(super) fn canonical_bases(x: &Array2<f64>, y: &Array2<f64>) -> Result<[Array2<f64>; 2]> {
    check_pair(x, y, 3)?;
    for (name, p) in [("first", x.ncols()), ("second", y.ncols())] {
        let n = x.nrows();
        if n <= p + 1 {
            return Err(Error::Samples(format!(
                "the {name} patterns have {p} units and only {n} stimuli, so that every canonical \
                 correlation may be 1 for any data; show more than {} stimuli, or use Svcca or Cka",
                p + 1
            )));
        }
    }
    let x = basis(&centred_varying("first patterns", x)?)?;
    Ok([x, basis(&centred_varying("second patterns", y)?)?])
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::test_patterns::{close, many_x, many_y, normal, x};

    /// scipy 1.17.1: `svdvals` of the product of the Q factors.
    #[test]
    fn correlations_equal_scipy() {
        let found = cca(&many_x(), &many_y()).unwrap();
        let expected =
            [0.8552448209421878, 0.7636350031865338, 0.7174236362090065, 0.5413862883010112];
        assert_eq!(found.correlations.len(), 4);
        found.correlations.iter().zip(expected).for_each(|(found, known)| close(*found, known));
        close(found.mean(), 0.7194224371596848);
        close(found.mean_squared(), 0.5305944771979577);
        assert_eq!(found.forced, 0);
    }

    #[test]
    fn an_invertible_map_of_the_units_changes_nothing() {
        let map = array![
            [9.0, 1.0, 0.0, 2.0],
            [0.0, 0.1, 3.0, 0.0],
            [1.0, 0.0, 1.0, 0.0],
            [0.0, 2.0, 0.0, 0.7]
        ];
        let mapped = cca(&(many_x().dot(&map) + 3.0), &many_y()).unwrap();
        let plain = cca(&many_x(), &many_y()).unwrap();
        plain.correlations.iter().zip(&mapped.correlations).for_each(|(a, b)| close(*b, *a));
        cca(&x(), &x().dot(&normal(5, 5, "map")))
            .unwrap()
            .correlations
            .iter()
            .for_each(|r| close(*r, 1.0));
    }

    #[test]
    fn too_few_stimuli_are_refused() {
        let told = cca(&normal(6, 5, "a"), &normal(6, 2, "b")).unwrap_err().to_string();
        assert!(told.contains("first patterns have 5 units and only 6 stimuli"), "{told}");
    }

    #[test]
    fn subspaces_that_must_intersect_are_counted() {
        let found = cca(&normal(10, 6, "a"), &normal(10, 5, "b")).unwrap();
        assert_eq!(found.forced, 2);
        close(found.correlations[1], 1.0);
        assert!(found.correlations[2] < 0.99999);
    }
}
