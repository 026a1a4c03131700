//! What a classifier is shown.
//!
//! A [`SampleSpec`] says what of an observed table one sample is; [`SampleSpec::samples`] lays it
//! out as [`Samples`], the only door to a classifier. Samples are divided by a [`Grouping`] into
//! [`Split`]s, scaled to z-scores, and projected onto few dimensions to be drawn.

mod chosen_observables;
mod derived_keys;
mod feature_block;
mod feature_groups;
mod from_table;
mod labelled_features;
mod principal_components;
mod sample_rows;
mod sample_spec;
mod splits;
mod tsne;
mod with_groups;
mod z_scores;

pub use derived_keys::with_key;
pub use feature_groups::ImportanceBy;
pub use labelled_features::{CLIP, Samples, observable_of};
pub use sample_spec::{CheckpointSelection, SampleSpec, SampleUnit};
pub use splits::{Grouping, Split};
pub use tsne::TSne;
pub use with_groups::with_groups;

pub(super) use chosen_observables::chosen_observables;
pub(super) use derived_keys::{key_texts, labels};
pub(super) use from_table::{Unlabelled, unlabelled};
pub(super) use labelled_features::{clipped, layer_of};
pub(super) use splits::{Block, Bundle, divide, folds, shuffled_alike};
pub(super) use z_scores::Scale;
