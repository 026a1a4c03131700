//! Classifiers in files: which one, and its hyperparameters.

use serde::{Deserialize, Serialize};

use super::{
    Classifier, DecisionTree, LinearSvm, LogisticRegression, NeuralNetwork, RandomForest,
    TemporalConvolution,
};
use crate::{Error, Result};

/// A classifier that a file can hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::classification) enum Recipe {
    /// A random forest.
    Forest(RandomForest),
    /// A decision tree.
    Tree(DecisionTree),
    /// Logistic regression.
    Logistic(LogisticRegression),
    /// A linear support vector machine.
    Svm(LinearSvm),
    /// A neural network.
    Neural(NeuralNetwork),
    /// A convolution over time.
    TemporalConvolution(TemporalConvolution),
}

impl Recipe {
    /// As a file holds it.
    pub(super) fn text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The classifier that a file holds.
    ///
    /// # Errors
    /// [`Error::Samples`] if the text is none that a classifier gave.
    pub(in crate::classification) fn read(text: &str) -> Result<Box<dyn Classifier>> {
        let recipe = serde_json::from_str(text).map_err(|error| {
            Error::Samples(format!(
                "the classifier of the file is not understood ({error}); write the file again with this version"
            ))
        })?;
        Ok(match recipe {
            Self::Forest(own) => Box::new(own),
            Self::Tree(own) => Box::new(own),
            Self::Logistic(own) => Box::new(own),
            Self::Svm(own) => Box::new(own),
            Self::Neural(own) => Box::new(own),
            Self::TemporalConvolution(own) => Box::new(own),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classifiers_come_back_with_their_settings() {
        let forest = RandomForest { trees: 7, ..RandomForest::default() };
        let all: Vec<Box<dyn Classifier>> = vec![
            Box::new(forest),
            Box::new(DecisionTree { max_depth: Some(3), ..DecisionTree::default() }),
            Box::new(LogisticRegression::default()),
            Box::new(LinearSvm::default()),
            Box::new(NeuralNetwork::default()),
            Box::new(TemporalConvolution::default()),
        ];
        for classifier in all {
            let text = classifier.recipe().unwrap();
            let again = Recipe::read(&text).unwrap();
            assert_eq!(format!("{again:?}"), format!("{classifier:?}"));
        }
        assert!(Recipe::read("{\"oracle\":{}}").unwrap_err().to_string().contains("oracle"));
    }
}
