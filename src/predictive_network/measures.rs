//! What can be measured in a network by layer and cycle.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::PredictiveNetwork;
use super::course::Course;
use super::network::stacked;
use super::rates::rectified;
use super::weights::LayerWeights;
use crate::error::Result;

/// Activity of one layer after one cycle.
#[derive(Clone, Debug, PartialEq)]
pub struct CycleRepresentation {
    /// The layer, counted from 1.
    pub layer: usize,
    /// After how many cycles; 0 is the forward pass at the beginning.
    pub cycle: usize,
    /// Stimuli × units, which lie as [`PredictiveNetwork::maps`] says.
    pub patterns: Array2<f64>,
}

/// How much of the layer below one layer fails to predict after one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionError {
    /// The layer that predicts, counted from 1; layer 1 predicts the image.
    pub layer: usize,
    /// After how many cycles; 0 is the forward pass at the beginning.
    pub cycle: usize,
    /// The mean over images of ‖r_below − FB(r)‖.
    pub error: f64,
    /// The mean over images of ‖r_below‖: the error of a prediction of 0.
    pub below: f64,
}

/// The update rates of one layer, which are at least 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateRates {
    /// The layer, counted from 1.
    pub layer: usize,
    /// a of each channel; empty for the top layer and for local recurrence, where nothing from
    /// above changes the layer.
    pub feedback: Vec<f64>,
    /// b of each channel.
    pub feedforward: Vec<f64>,
}

impl UpdateRates {
    pub(super) fn of(layer: usize, weights: &LayerWeights) -> Self {
        let of = |rates: &[f32]| rectified(rates).into_iter().map(f64::from).collect();
        let (feedback, feedforward) = (of(&weights.feedback_rates), of(&weights.feedforward_rates));
        Self { layer, feedback, feedforward }
    }
}

impl PredictiveNetwork {
    /// Activity of every layer after every cycle from 0 to `cycles`, layer by layer; `images` are
    /// stimuli × pixels. With local recurrence the layers below have done all cycles, and the
    /// activity is what the layer would hand on if the cycle were its last.
    ///
    /// ```
    /// use microlearners::ndarray::Array2;
    /// use microlearners::predictive_network::{PredictiveNetwork, PredictiveNetworkSettings};
    ///
    /// let settings = PredictiveNetworkSettings::default();
    /// let network = PredictiveNetwork::new(&settings, (28, 28).into(), 10, 0)?;
    /// let all = network.representations(&Array2::ones((3, 784)), 2)?;
    /// assert_eq!((all.len(), all[5].layer, all[5].cycle), (6, 2, 2));
    /// assert_eq!(all[5].patterns.dim(), (3, 7 * 7 * 32));
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn representations(
        &self,
        images: &Array2<f32>,
        cycles: usize,
    ) -> Result<Vec<CycleRepresentation>> {
        let places = self.layers_and_cycles(cycles);
        let groups = self.by_group(images, cycles, |course| {
            let given =
                |&(layer, cycle): &(usize, usize)| course.given(layer, cycle).mapv(f64::from);
            Ok(places.iter().map(given).collect::<Vec<_>>())
        })?;
        let representation = |(index, &(layer, cycle)): (usize, &(usize, usize))| {
            let parts: Vec<_> = groups.iter().map(|group| group[index].clone()).collect();
            Ok(CycleRepresentation { layer: layer + 1, cycle, patterns: stacked(&parts)? })
        };
        places.iter().enumerate().map(representation).collect()
    }

    /// The prediction error of every layer after every cycle from 0 to `cycles`, layer by layer;
    /// `images` are examples × pixels. Nothing forces it to fall: b is learned for the classes.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn prediction_errors(
        &self,
        images: &Array2<f32>,
        cycles: usize,
    ) -> Result<Vec<PredictionError>> {
        let places = self.layers_and_cycles(cycles);
        let groups = self.by_group(images, cycles, |course| {
            Ok(places.iter().map(|&place| norms(course, place)).collect::<Vec<_>>())
        })?;
        let count = images.nrows() as f64;
        let mean = |(index, &(layer, cycle)): (usize, &(usize, usize))| {
            let sums = groups.iter().map(|group| group[index]);
            let (error, below) =
                sums.fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
            PredictionError { layer: layer + 1, cycle, error: error / count, below: below / count }
        };
        Ok(places.iter().enumerate().map(mean).collect())
    }

    fn layers_and_cycles(&self, cycles: usize) -> Vec<(usize, usize)> {
        let layers = 0..self.settings().layers.len();
        layers.flat_map(|layer| (0..=cycles).map(move |cycle| (layer, cycle))).collect()
    }
}

/// The sums over examples of ‖r_below − FB(r)‖ and ‖r_below‖.
fn norms(course: &Course<'_>, (layer, cycle): (usize, usize)) -> (f64, f64) {
    let (rest, below) = course.unpredicted(layer, cycle);
    (sum_of_norms(rest.view()), sum_of_norms(below))
}

fn sum_of_norms(numbers: ArrayView2<'_, f32>) -> f64 {
    let square = |x: &f32| f64::from(*x) * f64::from(*x);
    numbers.rows().into_iter().map(|row| row.iter().map(square).sum::<f64>().sqrt()).sum()
}
