//! Multidimensional scaling by majorisation of the stress.

use ndarray::Array2;

use super::checks::check_dissimilarities;
use super::classical::classical_mds;
use super::stress::{Gap, moved};
use crate::display::show_as_settings;
use crate::error::{check_count, check_not_negative};
use crate::representations::patterns::check_patterns;
use crate::{Error, Result};

/// Scaling by majorising a complicated function (SMACOF): moves points so that their distances d
/// come nearer to the dissimilarities δ, until the raw stress Σ (d − δ)² over pairs hardly falls.
/// The stress never rises: de Leeuw 1977; Borg and Groenen, Modern Multidimensional Scaling.
///
/// ```
/// use microlearners::representations::Smacof;
/// use microlearners::ndarray::array;
///
/// let distances = array![[0.0, 3.0, 1.0], [3.0, 0.0, 2.5], [1.0, 2.5, 0.0]];
/// let map = Smacof::default().map(&distances)?;
/// assert!(map.converged && map.stress < 1e-9);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Smacof {
    /// Dimensions of the map, at least 1; default 2.
    pub dimensions: usize,
    /// The most iterations; default 1000.
    pub iterations: usize,
    /// It has converged once an iteration lowers the stress by at most this share of Σδ²; default
    /// 1e-9.
    pub tolerance: f64,
    /// Where the points start; default from classical scaling.
    pub start: SmacofStart,
}

/// Where the points of a map start. The stress has local minima, so that the start can matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum SmacofStart {
    /// From classical multidimensional scaling.
    #[default]
    Classical,
    /// From these points, stimuli × dimensions.
    Given(Array2<f64>),
}

impl Default for Smacof {
    fn default() -> Self {
        let start = SmacofStart::Classical;
        Self { dimensions: 2, iterations: 1000, tolerance: 1e-9, start }
    }
}

/// A map and how well its distances match the dissimilarities.
#[derive(Debug, Clone, PartialEq)]
pub struct SmacofMap {
    /// Where each stimulus lies, stimuli × dimensions, in the unit of the dissimilarities.
    pub coordinates: Array2<f64>,
    /// The raw stress Σ (d − δ)² over pairs of stimuli.
    pub stress: f64,
    /// Kruskal's stress-1, √(Σ (d − δ)² / Σ d²) over pairs; none if all points coincide.
    pub stress_1: Option<f64>,
    /// Iterations that were made.
    pub iterations: usize,
    /// Whether the stress had stopped falling before the iterations ended.
    pub converged: bool,
}

show_as_settings!(Smacof, SmacofMap, SmacofStart);

impl Smacof {
    /// The map of a matrix of dissimilarities, n × n.
    ///
    /// # Errors
    /// As [`classical_mds`]; [`Error::Setting`] without iterations or of a negative tolerance;
    /// [`Error::Shape`] if the given points are not n × dimensions; [`Error::Samples`] if they are
    /// not finite.
    pub fn map(&self, dissimilarities: &Array2<f64>) -> Result<SmacofMap> {
        check_dissimilarities(dissimilarities, self.dimensions)?;
        check_count("iterations", self.iterations)?;
        check_not_negative("tolerance", self.tolerance)?;
        let squares: f64 = dissimilarities.iter().map(|value| value * value).sum::<f64>() / 2.0;
        let mut coordinates = self.start(dissimilarities)?;
        let mut gap = Gap::of(&coordinates, dissimilarities);
        let (mut iterations, mut converged) = (0, false);
        while iterations < self.iterations && !converged {
            coordinates = moved(&coordinates, dissimilarities, &gap.distances);
            let next = Gap::of(&coordinates, dissimilarities);
            converged = gap.stress - next.stress <= self.tolerance * squares;
            (gap, iterations) = (next, iterations + 1);
        }
        let spread = gap.distances.iter().map(|value| value * value).sum::<f64>() / 2.0;
        let stress_1 = (spread > 0.0).then(|| (gap.stress / spread).sqrt());
        Ok(SmacofMap { coordinates, stress: gap.stress, stress_1, iterations, converged })
    }

    fn start(&self, dissimilarities: &Array2<f64>) -> Result<Array2<f64>> {
        let (n, dimensions) = (dissimilarities.nrows(), self.dimensions);
        let points = match &self.start {
            SmacofStart::Classical => {
                return Ok(classical_mds(dissimilarities, dimensions)?.coordinates);
            }
            SmacofStart::Given(points) => points,
        };
        if points.dim() != (n, dimensions) {
            return Err(Error::Shape(format!(
                "the start is {} × {}, but the map of {n} stimuli in {dimensions} dimensions needs \
                 one of {n} × {dimensions}",
                points.nrows(),
                points.ncols()
            )));
        }
        check_patterns("coordinates of the start", points, n)?;
        Ok(points.clone())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::test_patterns::{all_close, close, distances, normal, table, x};

    /// Of 500 iterations; numpy 2.4.6.
    const STRESS: f64 = 0.8334331669022985;

    fn known() -> Array2<f64> {
        distances(&x()) / 5.0_f64.sqrt()
    }

    fn given() -> SmacofStart {
        SmacofStart::Given(table(
            2,
            "-0.053 -0.336 -2.216 0.796 -0.435 -0.901 -0.36 0.9 -0.638 -0.433 1.402 0.293 -1.66 \
             -1.743 -1.077 2.039 -0.964 0.663 2.223 1.089",
        ))
    }

    /// So many iterations, and no fewer.
    fn after(iterations: usize, start: SmacofStart) -> SmacofMap {
        Smacof { iterations, tolerance: 0.0, start, dimensions: 2 }.map(&known()).unwrap()
    }

    /// scikit-learn 1.9.1: `smacof` with `eps=0` and this start.
    #[test]
    fn twenty_iterations_equal_scikit_learn() {
        let map = after(20, given());
        assert!(!map.converged && map.iterations == 20);
        close(map.stress, 1.0851236344975055);
        let expected = table(
            2,
            "-1.000539316455983 -1.7020127910489475 -0.5113708328597617 1.0212909337846878 \
             1.614642259289565 -0.6812066476410851 0.10319261894959793 -1.244182825618524 \
             -0.858339449088699 1.3292755750882643 2.0250874412238766 -0.2255857198048583 \
             -1.3406012276041763 -0.7875597410149975 -0.6915600523686865 1.538658273653845 \
             1.354431377504049 -1.088161500674112 -0.6949428185897815 1.839484443275726",
        );
        all_close(&map.coordinates, &expected);
    }

    #[test]
    fn both_starts_reach_the_same_map() {
        close(after(500, given()).stress, STRESS);
        let map = after(500, SmacofStart::Classical);
        close(map.stress, STRESS);
        let expected = table(
            45,
            "2.8347962883987017 2.834658959861341 1.1882108975438284 3.236307953660443 \
             3.3914423952212682 0.962696241452734 3.068513945284937 2.462201735688154 \
             3.427915553567213 2.64130029023468 2.421643112624938 0.4339413771582262 \
             2.758834672123644 2.074641313751819 0.6169819150203566 2.800350839115685 \
             0.8389915812737158 1.6481357726933497 2.9938268046946335 0.5948763991898044 \
             2.944538800791608 3.248784995720242 0.5187785365244628 3.4674950420216475 \
             2.855560824642159 2.2139013377615138 1.5196153502804859 2.8655103931050006 \
             1.2845568561797949 3.1960497443429627 3.0520450985442587 2.4317479431702846 \
             0.4703734531295363 3.190281742095707 0.49241830723409297 3.4117678644288785 \
             3.375701082434047 1.1004648331918028 3.5422445211797218 2.1911410460520915 \
             2.717301539590309 2.5484069183655644 3.3816667961239277 0.3595572748871022 \
             3.639228047617208",
        );
        let found = distances(&map.coordinates);
        let pairs = (0..10).flat_map(|row| (row + 1..10).map(move |column| (row, column)));
        for (pair, known) in pairs.zip(&expected) {
            assert!((found[pair] - known).abs() < 1e-6 * known);
        }
    }

    #[test]
    fn convergence_is_told() {
        let map = Smacof { tolerance: 1e-12, ..Smacof::default() }.map(&known()).unwrap();
        assert!(map.converged && map.iterations < 1000, "{map:?}");
        assert!((map.stress - STRESS).abs() < 1e-6);
        let map = Smacof { iterations: 3, ..Smacof::default() }.map(&known()).unwrap();
        assert!(!map.converged && map.iterations == 3);
    }

    /// numpy 2.4.6.
    #[test]
    fn the_stress_falls_with_every_iteration() {
        let expected = table(
            5,
            "80.41879016206951 68.69939178414312 55.498071870386546 41.74216829218969 \
             31.55754079303755",
        );
        for (before, known_stress) in expected.iter().enumerate() {
            close(after(before + 1, given()).stress, *known_stress);
        }
    }

    #[test]
    fn points_of_a_plane_are_found_again() {
        let points = normal(25, 2, "plane");
        let known = distances(&points);
        let found = distances(&Smacof::default().map(&known).unwrap().coordinates);
        found.iter().zip(&known).for_each(|(found, known)| assert!((found - known).abs() < 1e-9));
    }

    #[test]
    fn coinciding_points_and_unfit_starts_are_no_panic() {
        let start = SmacofStart::Given(Array2::ones((10, 2)));
        let map = Smacof { start, ..Smacof::default() }.map(&known()).unwrap();
        assert_eq!((map.stress_1, map.converged), (None, true));
        let start = SmacofStart::Given(Array2::ones((10, 1)));
        let told = Smacof { start, ..Smacof::default() }.map(&known()).unwrap_err().to_string();
        assert!(told.contains("10 × 1, but"), "{told}");
        let twins = array![[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]];
        assert!(Smacof::default().map(&twins).unwrap().stress < 1e-12);
    }
}
