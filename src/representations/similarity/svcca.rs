//! Canonical correlations of the directions of largest variance.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::subspace::{Singular, correlations, forced};
use crate::display::show_as_settings;
use crate::representations::patterns::{centred_varying, check_pair};
use crate::{Error, Result};

/// Singular vector canonical correlation analysis: Raghu, Gilmer, Yosinski and Sohl-Dickstein 2017,
/// arXiv 1706.05806. Each layer keeps the directions that hold most of its variance, and these are
/// compared by their canonical correlations.
///
/// ```
/// use microlearners::representations::Svcca;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0], [4.0, 1.0], [0.5, 0.5]];
/// let found = Svcca { variance: 0.9 }.compare(&x, &(&x * 2.0))?;
/// assert_eq!(found.kept, [2, 2]);
/// assert!((found.mean() - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Svcca {
    /// The share of each layer's variance that is kept, in (0, 1]; default 0.99, as published.
    pub variance: f64,
}

impl Default for Svcca {
    fn default() -> Self {
        Self { variance: 0.99 }
    }
}

/// The canonical correlations of the directions that were kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SvccaCorrelations {
    /// All correlations, largest first; as many as the smaller number of directions.
    pub correlations: Vec<f64>,
    /// Directions that were kept of the first and of the second patterns.
    pub kept: [usize; 2],
    /// How many of the correlations are 1 whatever the data, as in
    /// [`CanonicalCorrelations`](crate::representations::CanonicalCorrelations).
    pub forced: usize,
}

show_as_settings!(Svcca, SvccaCorrelations);

impl SvccaCorrelations {
    /// The mean of the correlations.
    pub fn mean(&self) -> f64 {
        self.correlations.iter().sum::<f64>() / self.correlations.len() as f64
    }
}

impl Svcca {
    /// Compares patterns, n × p and n × q; either may have more units than stimuli.
    ///
    /// # Errors
    /// [`Error::Setting`] if the share is not in (0, 1]; [`Error::Shape`] if the stimuli differ in
    /// number; [`Error::Samples`] if a number is not finite, if a layer tells no stimuli apart, or
    /// if n − 1 or more directions are kept.
    pub fn compare(&self, x: &Array2<f64>, y: &Array2<f64>) -> Result<SvccaCorrelations> {
        if !(self.variance > 0.0 && self.variance <= 1.0) {
            let requirement = "it must be above 0 and at most 1";
            return Err(Error::setting("variance", self.variance, requirement));
        }
        check_pair(x, y, 3)?;
        let x = self.kept("first patterns", x)?;
        let y = self.kept("second patterns", y)?;
        let kept = [x.ncols(), y.ncols()];
        Ok(SvccaCorrelations { correlations: correlations(&x, &y)?, kept, forced: forced(&x, &y) })
    }

    fn kept(&self, name: &str, x: &Array2<f64>) -> Result<Array2<f64>> {
        let kept = Singular::of(&centred_varying(name, x)?)?.holding(self.variance);
        kept.check_room(name)?;
        Ok(kept.vectors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::test_patterns::{close, many_x, many_y, normal};

    /// numpy 2.4.6 and scipy 1.17.1.
    #[test]
    fn correlations_equal_scipy() {
        let found = Svcca { variance: 0.9 }.compare(&many_x(), &many_y()).unwrap();
        assert_eq!(found.kept, [4, 5]);
        let expected =
            [0.8415280942440535, 0.7372615828360928, 0.6230220738775974, 0.5298054804697423];
        found.correlations.iter().zip(expected).for_each(|(found, known)| close(*found, known));
        close(found.mean(), 0.6829043078568715);
    }

    #[test]
    fn more_units_than_stimuli_need_fewer_directions() {
        let hidden = normal(20, 3, "hidden");
        let many = hidden.dot(&normal(3, 90, "map")) + normal(20, 90, "noise") * 1e-3;
        let found = Svcca::default().compare(&many, &hidden).unwrap();
        assert_eq!(found.kept[0], 3);
        assert!(found.mean() > 0.999);
        let told = Svcca { variance: 1.0 }.compare(&many, &hidden).unwrap_err().to_string();
        assert!(told.contains("span 19 dimensions over 20 stimuli"), "{told}");
        assert!(Svcca { variance: 0.0 }.compare(&many, &hidden).is_err());
    }
}
