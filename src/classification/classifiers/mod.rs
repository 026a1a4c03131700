//! Classifiers: one file each.
//!
//! A [`Classifier`] is a recipe, a [`Fitted`] one has learned. A new one is a file here, whose end
//! says how it shows itself, its line among the modules, and its line in [`CATALOGUE`] if it is to
//! be chosen by [`name`](named).

mod classifier;
mod convergence;
mod decision_tree;
mod grid_search;
mod linear_svm;
mod logistic_regression;
mod neural_network;
mod random_forest;
mod recipe;
mod temporal_convolution;

pub use classifier::{Classifier, Fitted};
pub use convergence::Convergence;
pub use decision_tree::*;
pub use grid_search::*;
pub use linear_svm::*;
pub use logistic_regression::*;
pub use neural_network::*;
pub use random_forest::*;
pub use temporal_convolution::*;

pub(super) use classifier::{accuracy, first_largest};
pub(super) use convergence::{UNCONVERGED, convergence_warning, unconverged};
pub(super) use recipe::Recipe;

use crate::{Error, Result};

/// A classifier with its defaults.
type Usual = fn() -> Box<dyn Classifier>;

/// The classifiers that have a name.
const CATALOGUE: &[(&str, Usual)] = &[
    ("forest", || Box::new(RandomForest::default())),
    ("tree", || Box::new(DecisionTree::default())),
    ("logistic", || Box::new(LogisticRegression::default())),
    ("svm", || Box::new(LinearSvm::default())),
    ("svm_pca", || Box::new(LinearSvm { components: Some(10), ..LinearSvm::default() })),
    ("neural", || Box::new(NeuralNetwork::default())),
    ("temporal_convolution", || Box::new(TemporalConvolution::default())),
    ("forest_search", || Box::new(GridSearch::forests())),
    ("svm_search", || Box::new(GridSearch::svms())),
];

/// The names [`named`] knows.
pub const NAMES: [&str; CATALOGUE.len()] = {
    let mut names = [""; CATALOGUE.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = CATALOGUE[place].0;
        place += 1;
    }
    names
};

/// The classifier called `name`, with its defaults.
///
/// # Errors
/// [`Error::UnknownName`] with all known names.
///
/// ```
/// use microlearners::classification::named;
/// assert_eq!(named("forest")?.name(), "random forest, 100 trees");
/// # Ok::<(), microlearners::Error>(())
/// ```
pub fn named(name: &str) -> Result<Box<dyn Classifier>> {
    match CATALOGUE.iter().find(|(known, _)| *known == name) {
        Some((_, usual)) => Ok(usual()),
        None => {
            let known = NAMES.map(str::to_owned).to_vec();
            Err(Error::UnknownName { kind: "classifier", name: name.to_owned(), known })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::EvcxrDisplay;

    fn text(value: &(impl EvcxrDisplay + ?Sized)) -> String {
        value.evcxr_blocks().plain().to_owned()
    }

    #[test]
    fn every_name_is_known_and_checks() {
        for name in NAMES {
            named(name).unwrap().check().unwrap();
        }
        let error = named("oracle").unwrap_err().to_string();
        assert!(error.contains("oracle") && error.contains("forest"), "{error}");
    }

    #[test]
    fn classifiers_show_their_settings() {
        let forest = RandomForest { trees: 20, ..RandomForest::default() };
        assert!(text(&forest).contains("trees             20\n"), "{}", text(&forest));
        let boxed: Box<dyn Classifier> = Box::new(forest.clone());
        assert_eq!(text(&boxed), text(&forest));
        assert!(text(&GridSearch::svms()).starts_with("best of 8 in 5-fold search\ncandidate\n"));
    }
}
