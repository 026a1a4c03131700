//! The seam: what a classifier must be able to do.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use ndarray::{Array2, ArrayView1};

use super::convergence::Convergence;
use crate::classification::samples::{Samples, clipped};
use crate::display::{Blocks, EvcxrDisplay, Grid, with_fields};
use crate::{Error, Result};

/// A recipe for distinguishing classes: plain hyperparameters, ready to be fitted any number of
/// times.
pub trait Classifier: Debug + Send + Sync {
    /// What a reader should call it, such as `random forest, 100 trees`.
    fn name(&self) -> String;

    /// Rejects meaningless hyperparameters.
    ///
    /// # Errors
    /// [`Error::Setting`] with the hyperparameter, its value and what it must be.
    fn check(&self) -> Result<()>;

    /// Says whether this classifier can learn from `samples`. Labels that are shuffled for a
    /// baseline are drawn again until it can.
    ///
    /// # Errors
    /// As [`Samples::check`]; [`Error::Samples`] if this classifier needs more than that.
    fn check_samples(&self, samples: &Samples) -> Result<()> {
        samples.check()
    }

    /// A quicker classifier of the same kind, if there is one, to learn from shuffled labels, where
    /// there is nothing to find: 100 shuffles then cost what 20 cost by this one. Reports name it.
    fn for_null(&self) -> Option<Arc<dyn Classifier>> {
        None
    }

    /// How a file says which classifier this is, with its hyperparameters, so that an
    /// [`Identifier`](crate::classification::Identifier) can be saved; none (the default) for a
    /// classifier that no file can hold.
    fn recipe(&self) -> Option<String> {
        None
    }

    /// Learns from `samples`; the same seed gives the same bits, whatever the number of threads.
    ///
    /// # Errors
    /// As [`Classifier::check`] and [`Classifier::check_samples`]; [`Error::Samples`] if learning
    /// fails.
    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>>;

    /// Shows the classifier under a notebook cell, one of your own too.
    fn evcxr_display(&self) {
        shown(self.name(), &self).emit();
    }
}

/// A classifier that has learned.
///
/// A classifier of your own provides [`features`](Self::features) and [`judge`](Self::judge); who
/// asks it calls [`predict`](Self::predict) or [`probabilities`](Self::probabilities), which check
/// for all classifiers alike.
pub trait Fitted: Debug + Send + Sync {
    /// How many features it learned from.
    fn features(&self) -> usize;

    /// How sure it is of each class: n × classes, rows sum to 1, from n × p `features` that were
    /// checked: p is [`Fitted::features`], and all values are finite.
    fn judge(&self, features: &Array2<f64>) -> Array2<f64>;

    /// How sure it is of each class: n × classes, rows sum to 1, from n × p `features`. Values that
    /// are not finite count as in [`Samples::new`], see [`CLIP`](crate::classification::CLIP).
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many columns as it learned from.
    fn probabilities(&self, features: &Array2<f64>) -> Result<Array2<f64>> {
        let features = fitting(self.features(), features)?;
        Ok(self.judge(&features))
    }

    /// The most probable class of each of the n rows; the first one among equals.
    ///
    /// # Errors
    /// As [`Fitted::probabilities`].
    fn predict(&self, features: &Array2<f64>) -> Result<Vec<usize>> {
        Ok(self.probabilities(features)?.rows().into_iter().map(first_largest).collect())
    }

    /// How much each of the p features mattered in training, summing to 1, if the classifier knows.
    fn importances(&self) -> Option<Vec<f64>> {
        None
    }

    /// Accuracy on the training samples each tree has not seen, if there are such trees.
    fn out_of_bag(&self) -> Option<f64> {
        None
    }

    /// Which candidate a search settled on, if there was one.
    fn chosen(&self) -> Option<String> {
        None
    }

    /// How many of the fits it took converged, if it approaches its solution step by step; empty
    /// for others.
    fn convergence(&self) -> Vec<Convergence> {
        Vec::new()
    }
}

/// `features` as whatever learned from `learned` columns may see them.
fn fitting(learned: usize, features: &Array2<f64>) -> Result<Cow<'_, Array2<f64>>> {
    let found = features.ncols();
    if found != learned {
        let features = if learned == 1 { "feature" } else { "features" };
        return Err(Error::Shape(format!(
            "the classifier learned from {learned} {features}, and here are {found}; give it the columns it \
             learned from, in their order: samples of the same view"
        )));
    }
    if features.iter().all(|value| value.is_finite()) {
        return Ok(Cow::Borrowed(features));
    }
    let finite = |value: f64| if value.is_finite() { value } else { clipped(value) };
    Ok(Cow::Owned(features.mapv(finite)))
}

/// The position of the largest value, the first one among equals, as numpy's argmax.
pub(in crate::classification) fn first_largest(row: ArrayView1<'_, f64>) -> usize {
    let mut best = 0;
    for (place, &value) in row.iter().enumerate() {
        if value > row[best] {
            best = place;
        }
    }
    best
}

/// The share of `samples` that it names right.
pub(in crate::classification) fn accuracy(fitted: &dyn Fitted, samples: &Samples) -> Result<f64> {
    let guesses = fitted.predict(&samples.features)?;
    let right = guesses.iter().zip(&samples.labels).filter(|(guess, label)| guess == label).count();
    Ok(right as f64 / samples.len() as f64)
}

/// What a classifier shows of itself: its name and its fields.
pub(super) fn shown(name: String, fields: &dyn Debug) -> Blocks {
    with_fields(Grid::facts(name), fields).blocks()
}

impl EvcxrDisplay for dyn Classifier {
    fn evcxr_blocks(&self) -> Blocks {
        shown(self.name(), &self)
    }

    fn evcxr_item(&self) -> String {
        self.name()
    }
}

/// What a classifier that has learned shows of itself.
pub(super) fn shown_fitted(out_of_bag: Option<f64>, chosen: Option<String>) -> Blocks {
    let mut text = "a classifier that has learned".to_owned();
    if let Some(chosen) = chosen {
        text.push_str(&format!(": {chosen}"));
    }
    if let Some(score) = out_of_bag {
        text.push_str(&format!(", accuracy out of bag {score:.3}"));
    }
    Blocks::text(text)
}

impl EvcxrDisplay for dyn Fitted {
    fn evcxr_blocks(&self) -> Blocks {
        shown_fitted(self.out_of_bag(), self.chosen())
    }
}

/// Classifiers show their names and hyperparameters.
macro_rules! show_classifiers {
    ($($kind:ty),*) => {$(
        impl $crate::display::EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> $crate::display::Blocks {
                $crate::classification::classifiers::classifier::shown(
                    $crate::classification::Classifier::name(self),
                    self,
                )
            }

            fn evcxr_item(&self) -> String {
                $crate::classification::Classifier::name(self)
            }
        }

        $crate::display::show!($kind);
    )*};
}

/// Classifiers that have learned show how well.
macro_rules! show_fitted {
    ($($kind:ty),*) => {$(
        impl $crate::display::EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> $crate::display::Blocks {
                $crate::classification::classifiers::classifier::shown_fitted(
                    $crate::classification::Fitted::out_of_bag(self),
                    $crate::classification::Fitted::chosen(self),
                )
            }
        }

        $crate::display::show!($kind);
    )*};
}

pub(super) use {show_classifiers, show_fitted};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(first_largest(ndarray::array![0.2, 0.4, 0.4].view()), 1);
    }
}
