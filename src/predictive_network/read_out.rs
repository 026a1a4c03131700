//! The linear classifier on the rectified top layer.

use ndarray::Axis;

use super::PredictiveReadOut;
use super::rates::{masked, relu};
use super::weights::Weights;
use crate::data::FeatureMaps;
use crate::network::Matrix;

/// How the classifier reads maps.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadOutOf {
    pub(super) read_out: PredictiveReadOut,
    pub(super) maps: FeatureMaps,
}

impl ReadOutOf {
    /// Examples × classes, given what the top layer gives.
    pub(super) fn logits(self, weights: &Weights, top: &Matrix) -> Matrix {
        self.read(top).dot(&weights.read_out.t()) + &weights.bias
    }

    /// Adds the gradient of the classifier, given the errors of the logits; returns those of what
    /// the top layer gives.
    pub(super) fn backward(
        self,
        weights: &Weights,
        top: &Matrix,
        errors: &Matrix,
        gradient: &mut Weights,
    ) -> Matrix {
        gradient.read_out += &errors.t().dot(&self.read(top));
        gradient.bias += &errors.sum_axis(Axis(0));
        masked(self.spread(errors.dot(&weights.read_out)), top)
    }

    fn read(self, top: &Matrix) -> Matrix {
        let rectified = relu(top.clone());
        match self.read_out {
            PredictiveReadOut::AllUnits => rectified,
            PredictiveReadOut::MeanOfMaps => {
                let FeatureMaps { channels, .. } = self.maps;
                let places = self.maps.places();
                let mut means = Matrix::zeros((top.nrows(), channels));
                for (mut mean, units) in means.rows_mut().into_iter().zip(rectified.rows()) {
                    let share = 1.0 / places as f32;
                    for (unit, x) in units.iter().enumerate() {
                        mean[unit % channels] += share * x;
                    }
                }
                means
            }
        }
    }

    fn spread(self, errors: Matrix) -> Matrix {
        match self.read_out {
            PredictiveReadOut::AllUnits => errors,
            PredictiveReadOut::MeanOfMaps => {
                let share = 1.0 / self.maps.places() as f32;
                Matrix::from_shape_fn((errors.nrows(), self.maps.units()), |(example, unit)| {
                    share * errors[(example, unit % self.maps.channels)]
                })
            }
        }
    }
}
