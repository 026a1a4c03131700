//! A trial of how much a new classifier costs: a decision tree under another name.

use super::DecisionTree;
use super::classifier::{Classifier, Fitted, show_classifiers};
use crate::Result;
use crate::classification::samples::Samples;

/// One tree with its defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct NearestTree;

impl Classifier for NearestTree {
    fn name(&self) -> String {
        "one tree".into()
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        DecisionTree::default().fit(samples, seed)
    }
}

show_classifiers!(NearestTree);
