//! What figures are drawn with, whatever their kind.
//!
//! A [`Figure`](figure::Figure) holds a [`Picture`](figure::Picture), which draws marks on a
//! [`Canvas`](canvas::Canvas); `svg` and `png` make files of the marks. `style` has the colours,
//! `labels` the words, `columns` reads tables, `axis`, `plot` and `legend` frame data.

pub(super) mod axis;
pub(super) mod canvas;
pub(super) mod colour_scale;
pub(super) mod columns;
pub(super) mod estimate;
pub(super) mod figure;
pub(super) mod fonts;
pub(super) mod grid;
mod indexed_colours;
pub(super) mod labels;
pub(super) mod legend;
pub(super) mod place_names;
pub(super) mod plot;
mod png;
pub(super) mod show;
pub(super) mod style;
mod svg;
pub(super) mod tree_layout;
