//! Which rule was it?
//!
//! An observed table becomes [`Samples`] through a [`SampleSpec`] (which label, which observables,
//! which checkpoints, one sample per layer or per network); a [`Classifier`] learns to name the
//! label; [`classify`] measures how well, on networks it has never seen, under a [`Protocol`], and
//! hands back a [`Report`]. [`classify_table`] does all of it in one call and adds the step-0
//! control.
//!
//! An [`Identifier`] learns from known networks and names the rule of others by [`identify`], with
//! probabilities, or says that it is none of those it knows.
//!
//! The house has four rooms: `samples`, what a classifier is shown; `classifiers`, one file each,
//! plain values behind one trait, known by name to [`named`]; `protocols`, the tests that they are
//! put to; `identifiers`, what names a network of which nobody has said. [`RandomForest`] follows scikit-learn's, tested side by side with it.

mod classifiers;
mod identifiers;
mod protocols;
mod samples;

pub use classifiers::*;
pub use identifiers::*;
pub use protocols::*;
pub use samples::*;

// Tables and numbers of results are read by the same names.
pub use crate::observables::mean_over;
pub use crate::statistics::{Estimate, Interval, Pca, Projection};
