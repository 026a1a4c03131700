//! Pictures in one style, one file per kind of figure.
//!
//! A function per kind takes a table or plain numbers and returns a [`Figure`], which shows itself
//! under a notebook's cell and saves itself as SVG or PNG: [`learning_curves`] and [`trajectories`]
//! over training, [`confusion_matrix`], [`identification`] and [`importance_of`] for a report,
//! [`bars`], [`dots`], [`scatter`] and [`heat_map`] for any table, and others below; [`grid`] puts
//! several in one. The title states the finding; [`colour_of_rule`] gives a rule the same colour
//! everywhere. What all kinds draw with is in `drawing`.

// A new kind is a new file, a type that implements `Picture` and a function that wraps it in a
// `Figure`, and its line here.
mod drawing;

mod bars;
pub use bars::*;
mod confusion_matrix;
pub use confusion_matrix::*;
mod decision_tree;
pub use decision_tree::*;
mod dendrogram;
pub use dendrogram::*;
mod dots;
pub use dots::*;
mod embedding;
pub use embedding::*;
mod heat_map;
pub use heat_map::*;
mod held_out;
pub use held_out::*;
mod histogram;
pub use histogram::*;
mod identification;
pub use identification::*;
mod importance;
pub use importance::*;
mod learning_curves;
pub use learning_curves::*;
mod model_similarity;
pub use model_similarity::*;
mod rdm_map;
pub use rdm_map::*;
mod stimulus_map;
pub use stimulus_map::*;
mod receptive_fields;
pub use receptive_fields::*;
mod reliability;
pub use reliability::*;
mod robustness;
pub use robustness::*;
mod scatter;
pub use scatter::*;
mod specification_curve;
pub use specification_curve::*;
mod trajectories;
pub use trajectories::*;

pub use drawing::axis::Scale;
pub use drawing::figure::Figure;
pub use drawing::grid::grid;
pub use drawing::labels::label_of_rule;
pub use drawing::style::{Colour, colour_of_rule};
