//! Principal components of patterns, not z-scored.

use ndarray::{Array1, Array2, Axis};

use crate::display::show_as_settings;
use crate::representations::patterns::{centred_varying, check_patterns};
use crate::statistics::Pca;
use crate::{Error, Result};

/// Patterns along their principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternComponents {
    /// Where each stimulus lies, stimuli × components, in the unit of activity.
    pub coordinates: Array2<f64>,
    /// The directions, components × units, of length 1, each with its largest entry positive. What
    /// lies beyond the rank of the patterns has coordinates of 0.
    pub directions: Array2<f64>,
    /// For each component, its share of the total variance.
    pub explained: Vec<f64>,
    /// The mean of each unit.
    pub means: Array1<f64>,
}

show_as_settings!(PatternComponents);

/// The leading principal components of patterns, n × p. The mean of each unit is taken out, and its
/// variance kept, so that units of large activity count more.
///
/// ```
/// use microlearners::representations::principal_components;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [5.0, 5.0]];
/// let line = principal_components(&x, 1)?;
/// assert!((line.explained[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if there are fewer units, or stimuli less one, than `components`;
/// [`Error::Samples`] if a number is not finite or the stimuli do not differ.
pub fn principal_components(x: &Array2<f64>, components: usize) -> Result<PatternComponents> {
    check_patterns("patterns", x, 2)?;
    let centred = centred_varying("patterns", x)?;
    let found = Pca { components }.fit_scores(&centred)?;
    Ok(PatternComponents {
        coordinates: found.scores,
        directions: found.directions,
        explained: found.explained,
        means: x.sum_axis(Axis(0)) / x.nrows() as f64,
    })
}

impl PatternComponents {
    /// Where other patterns of the same units lie, stimuli × components.
    ///
    /// # Errors
    /// [`Error::Shape`] if they have another number of units; [`Error::Samples`] if a number is not
    /// finite.
    pub fn project(&self, x: &Array2<f64>) -> Result<Array2<f64>> {
        check_patterns("patterns", x, 1)?;
        if x.ncols() != self.means.len() {
            return Err(Error::Shape(format!(
                "the patterns have {} units, and the components are of {}",
                x.ncols(),
                self.means.len()
            )));
        }
        Ok((x - &self.means).dot(&self.directions.t()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::test_patterns::{close, normal, x, y};

    /// The eigenvalues of `numpy.cov(x.T)`, numpy 2.4.6.
    #[test]
    fn explained_variance_equals_numpy() {
        let eigenvalues = [
            10.116082945694384,
            4.93937808390931,
            0.5532671530067371,
            0.30350677100357576,
            0.05790636860820931,
        ];
        let found = principal_components(&x(), 5).unwrap();
        let total: f64 = eigenvalues.iter().sum();
        for (share, eigenvalue) in found.explained.iter().zip(eigenvalues) {
            close(*share, eigenvalue / total);
        }
        let variance = found.coordinates.var_axis(Axis(0), 1.0);
        variance.iter().zip(eigenvalues).for_each(|(found, known)| close(*found, known));
        let again = found.project(&x()).unwrap();
        again.iter().zip(&found.coordinates).for_each(|(a, b)| assert!((a - b).abs() < 1e-12));
        assert!(found.project(&y()).is_err());
    }

    #[test]
    fn beyond_the_rank_there_is_nothing() {
        let plane = normal(8, 2, "plane").dot(&normal(2, 40, "map"));
        let found = principal_components(&plane, 4).unwrap();
        close(found.explained[0] + found.explained[1], 1.0);
        assert!(found.coordinates.column(2).iter().all(|value| value.abs() < 1e-9));
    }
}
