//! The forest behind linfa's traits, for those who come from there.
//!
//! In types of their own, so that `fit` and `predict` stay unambiguous where both linfa's traits
//! and this library's are imported.

use linfa::dataset::{AsSingleTargets, DatasetBase};
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2, ArrayBase, Data, Ix2};

use super::{FittedForest, RandomForest};
use crate::classification::classifiers::Fitted as _;
use crate::display::{Blocks, EvcxrDisplay, show, show_as_settings};

/// A forest and its seed: what linfa's `fit`, which has no seed, needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinfaForest {
    /// The hyperparameters.
    pub forest: RandomForest,
    /// The seed.
    pub seed: u64,
}

/// A forest that linfa's `predict` understands.
#[derive(Debug, Clone)]
pub struct FittedLinfaForest {
    /// The forest.
    pub forest: FittedForest,
}

impl RandomForest {
    /// This forest for linfa: `forest.for_linfa(7).fit(&dataset)`.
    pub fn for_linfa(&self, seed: u64) -> LinfaForest {
        LinfaForest { forest: self.clone(), seed }
    }
}

/// Labels are class numbers from 0.
impl<D, T> Fit<ArrayBase<D, Ix2>, T, linfa::Error> for LinfaForest
where
    D: Data<Elem = f64>,
    T: AsSingleTargets<Elem = usize>,
{
    type Object = FittedLinfaForest;

    fn fit(
        &self,
        dataset: &DatasetBase<ArrayBase<D, Ix2>, T>,
    ) -> linfa::error::Result<FittedLinfaForest> {
        let labels = dataset.targets().as_single_targets().to_vec();
        let features: Array2<f64> = dataset.records().to_owned();
        if labels.is_empty() {
            return Err(linfa::Error::NotEnoughSamples);
        }
        if features.iter().any(|value| value.is_nan()) {
            return Err(linfa::Error::Parameters("a feature is not a number".into()));
        }
        let classes = labels.iter().max().map_or(0, |largest| largest + 1);
        match self.forest.grow(&features, &labels, classes, self.seed) {
            Ok(forest) => Ok(FittedLinfaForest { forest }),
            Err(error) => Err(linfa::Error::Parameters(error.to_string())),
        }
    }
}

/// # Panics
/// If there are not as many columns as it learned from, with the sentence of
/// [`predict`](crate::classification::Fitted::predict): linfa's trait has no errors.
impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<usize>> for FittedLinfaForest {
    fn predict_inplace(&self, features: &ArrayBase<D, Ix2>, labels: &mut Array1<usize>) {
        match self.forest.predict(&features.to_owned()) {
            Ok(guesses) => *labels = Array1::from_vec(guesses),
            Err(error) => panic!("{error}"),
        }
    }

    fn default_target(&self, features: &ArrayBase<D, Ix2>) -> Array1<usize> {
        Array1::zeros(features.nrows())
    }
}

impl EvcxrDisplay for FittedLinfaForest {
    fn evcxr_blocks(&self) -> Blocks {
        self.forest.evcxr_blocks()
    }
}

show!(FittedLinfaForest);
show_as_settings!(LinfaForest);
