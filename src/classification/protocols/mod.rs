//! How classifiers are put to the test, and what came out.
//!
//! [`classify`] puts one to the test of a [`Protocol`] and hands back a [`Report`];
//! [`classify_each`], [`hold_out`] and [`accuracy_by_size`] ask for parts of a table, for networks
//! of a kind never seen, and for fewer networks to learn from. [`matched_by`] makes rules equal in
//! one quantity first, [`matched_over_time`] in how they moved and learned; [`tell_apart`] compares two
//! kinds of networks, and [`separate_pairs`] asks single measurements without any classifier.

mod accuracy_by_size;
mod classify;
mod classify_each;
mod compare_networks;
mod confusion_matrix;
mod hierarchy;
mod hold_out;
mod hold_out_each;
mod importance;
mod matched_networks;
mod matched_over_time;
mod protocol;
pub mod published;
mod report;
mod separate_pairs;
mod shuffled_labels;
mod trial;
mod weight_change;

pub use accuracy_by_size::accuracy_by_size;
pub use classify::{classify, classify_table};
pub use classify_each::classify_each;
pub use compare_networks::{EquivalentChange, tell_apart};
pub use confusion_matrix::{ClassScore, ConfusionMatrix};
pub use hierarchy::{Hierarchy, Merge};
pub use hold_out::{HoldOut, hold_out};
pub use hold_out_each::hold_out_each;
pub use importance::Importance;
pub use matched_networks::{Matching, matched_by, matched_in_accuracy, random_subset_like};
pub use matched_over_time::{MOVEMENT_AND_ACCURACY, matched_over_time};
pub use protocol::Protocol;
pub use report::{Report, Sizes};
pub use separate_pairs::{PairSeparation, separate_pair, separate_pairs};
pub use shuffled_labels::Baseline;
pub use weight_change::{SMALL_MOVEMENT, WeightChange};
