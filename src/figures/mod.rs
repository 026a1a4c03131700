//! Pictures in one style, one file per kind of figure.
//!
//! A function per kind takes a table or plain numbers and returns a [`Figure`], which shows itself
//! under a notebook's cell and saves itself as SVG or PNG: [`learning_curves`], [`trajectories`]
//! and [`small_multiples`], [`confusion_matrix`], [`confusion_matrix_as_ordered`],
//! [`identification`], [`held_out`], [`robustness`], [`bars`], [`importance`], [`importance_of`]
//! and [`importance_map`], [`dots`], [`histogram`], [`embedding`], [`neighbourhoods`] and
//! [`scatter`], [`decision_tree`], [`dendrogram`], [`receptive_fields`] and [`heat_map`], and
//! [`grid`] to put several in one. The title states the finding; [`colour_of_rule`] gives a rule
//! the same colour everywhere.

// A new kind is a new file: a type that implements `Picture` and a function that wraps it in a
// `Figure`.

mod axis;
mod bars;
mod canvas;
mod colour_scale;
mod columns;
mod confusion_matrix;
mod curve_panel;
mod curves;
mod decision_tree;
mod dendrogram;
mod dots;
mod embedding;
mod estimate;
mod figure;
mod fonts;
mod grid;
mod heat_map;
mod held_out;
mod histogram;
mod identification;
mod importance;
mod learning_curves;
mod legend;
mod names;
mod palette;
mod plot;
mod png;
mod receptive_fields;
mod robustness;
mod scatter;
mod show;
mod strips;
mod style;
mod svg;
mod trajectories;
mod tree_layout;

pub use axis::Scale;
pub use bars::{Bar, Bars, bars};
pub use confusion_matrix::{confusion_matrix, confusion_matrix_as_ordered};
pub use decision_tree::decision_tree;
pub use dendrogram::dendrogram;
pub use dots::{Dots, dots};
pub use embedding::{embedding, neighbourhoods};
pub use figure::Figure;
pub use grid::grid;
pub use heat_map::{HeatMap, heat_map};
pub use held_out::held_out;
pub use histogram::{Histogram, histogram};
pub use identification::identification;
pub use importance::{importance, importance_map, importance_of};
pub use learning_curves::{Axes, LearningCurves, learning_curves};
pub use receptive_fields::{ReceptiveFields, receptive_fields};
pub use robustness::robustness;
pub use scatter::{Naming, Scatter, scatter};
pub use style::{Colour, colour_of_rule, label_of_rule};
pub use trajectories::{small_multiples, trajectories};
