//! Which rule was it?
//!
//! An observed table becomes [`Samples`] through a [`SampleSpec`] (which label, which observables,
//! which checkpoints, one sample per layer or per network); a [`Classifier`] learns to name the
//! label; [`classify`] measures how well, on networks it has never seen, under a [`Protocol`], and
//! hands back a [`Report`]. [`classify_table`] does all of it in one call and adds the step-0
//! control.
//!
//! Classifiers are plain values behind one trait, so a new one is one file here and a line in
//! [`named`]. [`RandomForest`] follows scikit-learn's, tested side by side with it.

mod by_size;
mod classifier;
mod confusion;
mod convergence;
mod decision_tree;
mod each;
mod evaluate;
mod flatten;
mod forest;
mod hierarchy;
mod hold_out;
mod importance;
mod logistic;
mod matched;
mod movement;
mod neural;
mod null;
mod pairs;
mod principal_components;
mod protocol;
pub mod published;
mod report;
mod sample_spec;
mod samples;
mod scale;
mod search;
mod show;
mod svm;
mod table;
mod tsne;

pub use by_size::accuracy_by_size;
pub use classifier::{Classifier, Fitted, NAMES, named};
pub use confusion::{ClassScore, ConfusionMatrix};
pub use convergence::Convergence;
pub use decision_tree::{DecisionTree, FittedTree, Question, TreeNode};
pub use each::classify_each;
pub use evaluate::{classify, classify_table};
pub use forest::{FittedForest, FittedLinfaForest, LinfaForest, MaxFeatures, RandomForest};
pub use hierarchy::{Hierarchy, Merge};
pub use hold_out::{HoldOut, hold_out, hold_out_each};
pub use importance::{Importance, ImportanceBy};
pub use logistic::LogisticRegression;
pub use matched::{Matching, matched_by, matched_in_accuracy, random_subset_like};
pub use movement::{SMALL_MOVEMENT, WeightChange};
pub use neural::NeuralNetwork;
pub use null::Baseline;
pub use pairs::{PairSeparation, separate_pair, separate_pairs};
pub use protocol::{Grouping, Protocol, Split};
pub use report::{Report, Sizes};
pub use sample_spec::{CheckpointSelection, SampleSpec, SampleUnit};
pub use samples::{CLIP, Samples, observable_of};
pub use search::GridSearch;
pub use svm::LinearSvm;
pub use table::with_key;
pub use tsne::TSne;

// Tables and numbers of results are read by the same names.
pub use crate::observables::mean_over;
pub use crate::statistics::{Estimate, Interval, Pca, Projection};
