//! How well few examples tell two classes apart, by drawing them.

use ndarray::{Array2, Axis};
use rand::seq::index::sample;
use serde::{Deserialize, Serialize};

use super::few_shot::check_classes;
use crate::display::show_as_settings;
use crate::error::{check_at_most, check_count};
use crate::{Result, random};

/// Draws examples of two classes, and classifies the other patterns of class a by the nearer mean.
/// It tests the Gaussian approximation of
/// [`FewShotGeometry`](crate::representations::FewShotGeometry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FewShotSimulation {
    /// Examples of each class, at least 1 and fewer than class a has patterns; default 5.
    pub examples: usize,
    /// Draws, at least 2; default 1000.
    pub draws: usize,
    /// Draws the examples.
    pub seed: u64,
}

impl Default for FewShotSimulation {
    fn default() -> Self {
        Self { examples: 5, draws: 1000, seed: 0 }
    }
}

/// The share of patterns of class a that were classified as class b.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulatedError {
    /// The mean over draws.
    pub error: f64,
    /// Its standard error over draws, which share the patterns: those of other patterns vary more.
    pub standard_error: f64,
}

show_as_settings!(FewShotSimulation, SimulatedError);

impl FewShotSimulation {
    /// Runs the draws on patterns of two classes, each stimuli × units.
    ///
    /// # Errors
    /// As [`few_shot_geometry`](crate::representations::few_shot_geometry);
    /// [`Error::Setting`](crate::Error::Setting) if the examples or the draws are too few or too
    /// many.
    pub fn run(&self, a: &Array2<f64>, b: &Array2<f64>) -> Result<SimulatedError> {
        check_classes(a, b)?;
        check_count("examples", self.examples)?;
        check_at_most("examples", self.examples, (a.nrows() - 1).min(b.nrows()))?;
        check_count("draws", self.draws.saturating_sub(1))
            .map_err(|_| crate::Error::setting("draws", self.draws, "it must be at least 2"))?;
        let mut rng = random::stream(self.seed, "few-shot examples");
        let errors: Vec<f64> = (0..self.draws)
            .map(|_| {
                let of_a = sample(&mut rng, a.nrows(), self.examples).into_vec();
                let of_b = sample(&mut rng, b.nrows(), self.examples).into_vec();
                share_of_errors(a, b, &of_a, &of_b)
            })
            .collect();
        let n = self.draws as f64;
        let error = errors.iter().sum::<f64>() / n;
        let squares: f64 = errors.iter().map(|value| (value - error).powi(2)).sum();
        Ok(SimulatedError { error, standard_error: (squares / (n - 1.0) / n).sqrt() })
    }
}

/// Of the patterns of a that are no examples, the share nearer to the mean of b's examples.
fn share_of_errors(a: &Array2<f64>, b: &Array2<f64>, of_a: &[usize], of_b: &[usize]) -> f64 {
    let mean = |x: &Array2<f64>, rows: &[usize]| {
        x.select(Axis(0), rows).sum_axis(Axis(0)) / rows.len() as f64
    };
    let (one, other) = (mean(a, of_a), mean(b, of_b));
    let threshold = (one.dot(&one) - other.dot(&other)) / 2.0;
    let scores = a.dot(&(one - other));
    let is_wrong = |stimulus: &usize| scores[*stimulus] < threshold && !of_a.contains(stimulus);
    let wrong = (0..a.nrows()).filter(is_wrong).count();
    wrong as f64 / (a.nrows() - of_a.len()) as f64
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;
    use crate::representations::few_shot_geometry;
    use crate::representations::test_patterns::normal;
    use crate::statistics::normal_cdf;

    /// Two Gaussian clouds of 400 patterns in 60 units, with decaying variances.
    fn clouds() -> [Array2<f64>; 2] {
        let decay = |length: f64, size: f64| {
            Array1::from_shape_fn(60, |unit| size * (-(unit as f64) / length).exp())
        };
        let centre = normal(1, 60, "centre") * 0.1;
        let a = normal(400, 60, "a") * decay(12.0, 1.0) + &centre;
        [a, normal(400, 60, "b") * decay(20.0, 0.8) - &centre]
    }

    /// The full form within a tenth; without the product of the covariances and the term of 1/m² it
    /// would miss more than a fifth of the errors.
    #[test]
    fn the_full_form_predicts_the_errors_of_gaussian_clouds() {
        let [a, b] = clouds();
        let full = few_shot_geometry(&a, &b).unwrap();
        for examples in [1, 2, 5, 20] {
            let simulation = FewShotSimulation { examples, draws: 1000, seed: 3 };
            let SimulatedError { error, standard_error } = simulation.run(&a, &b).unwrap();
            assert!(standard_error < 0.035 * error, "{error} ± {standard_error}");
            let predicted = full.predicted_error(examples).unwrap();
            assert!((predicted / error - 1.0).abs() < 0.1, "{predicted} {error}");
            let m = examples as f64;
            let short = full.overlap_a + (full.overlap_b + 1.0 / full.dimension) / m;
            let short = normal_cdf(-0.5 * (full.signal + full.bias / m) / short.sqrt());
            assert!(short < 0.8 * error, "{short} {error}");
        }
    }

    #[test]
    fn clouds_far_apart_are_never_confused_and_equal_ones_are_by_chance() {
        let [a, b] = clouds();
        let simulation = FewShotSimulation { draws: 200, ..FewShotSimulation::default() };
        assert_eq!(simulation.run(&a, &(b + 50.0)).unwrap().error, 0.0);
        let equal = simulation.run(&a, &a).unwrap();
        assert!((equal.error - 0.5).abs() < 4.0 * equal.standard_error + 0.02, "{equal:?}");
    }

    #[test]
    fn too_many_examples_are_refused() {
        let [a, b] = clouds();
        let simulation = FewShotSimulation { examples: 400, ..FewShotSimulation::default() };
        assert!(simulation.run(&a, &b).unwrap_err().to_string().contains("at most 399"));
        let simulation = FewShotSimulation { draws: 1, ..FewShotSimulation::default() };
        assert!(simulation.run(&a, &b).is_err());
    }
}
