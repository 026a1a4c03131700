//! The figures from outside: files, blocks and errors, as a notebook meets them.

mod choices;
mod colour_blind;
mod embeddings;
mod extremes;
mod kinds;
mod matrices;
mod saving;
mod strict;
mod trajectories;
mod trees;

use microlearners::figures::{Bars, Figure, bars};

/// A small figure with a title that needs escaping.
fn figure() -> Figure {
    let two = Bars::new("p < 0.05 & \"more\"", "share")
        .with_bar("a_b", 0.5, 0.4, 0.6)
        .with_line("chance", 0.1);
    bars(&two).unwrap()
}
