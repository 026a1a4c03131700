//! The forest behind linfa's traits, for those who come from there.

use linfa::dataset::{AsSingleTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2, ArrayBase, Data, Ix2};

use super::{FittedForest, RandomForest};
use crate::classification::Fitted;

/// Fits with seed 0; labels are class numbers from 0. For another seed, see [`RandomForest::grow`].
impl<D, T> Fit<ArrayBase<D, Ix2>, T, linfa::Error> for RandomForest
where
    D: Data<Elem = f64>,
    T: AsSingleTargets<Elem = usize>,
{
    type Object = FittedForest;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> linfa::error::Result<FittedForest> {
        let labels = dataset.targets().as_single_targets().to_vec();
        if labels.is_empty() {
            return Err(linfa::Error::NotEnoughSamples);
        }
        let features: Array2<f64> = dataset.records().to_owned();
        if features.iter().any(|value| value.is_nan()) {
            return Err(linfa::Error::Parameters("a feature is not a number".into()));
        }
        let classes = labels.iter().max().map_or(0, |largest| largest + 1);
        self.grow(&features, &labels, classes, 0)
            .map_err(|error| linfa::Error::Parameters(error.to_string()))
    }
}

impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<usize>> for FittedForest {
    fn predict_inplace(&self, features: &ArrayBase<D, Ix2>, labels: &mut Array1<usize>) {
        *labels = Array1::from_vec(self.predict(&features.to_owned()));
    }

    fn default_target(&self, features: &ArrayBase<D, Ix2>) -> Array1<usize> {
        Array1::zeros(features.nrows())
    }
}
