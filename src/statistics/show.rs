//! Estimates and components, as text and as tables.

use super::{Estimate, Interval, Pca, Projection};
use crate::display::{
    Blocks, EvcxrDisplay, Grid, Side, aligned, count, show, show_as_settings, show_as_text,
};

impl EvcxrDisplay for Projection {
    fn evcxr_blocks(&self) -> Blocks {
        let caption =
            format!("{} along their principal components", count(self.scores.nrows(), "sample"));
        let grid = Grid::new(caption)
            .column("component", Side::Right)
            .column("share of variance", Side::Right);
        let shares = aligned(&self.explained);
        shares
            .into_iter()
            .enumerate()
            .fold(grid, |grid, (place, share)| grid.row([(place + 1).to_string(), share]))
            .blocks()
    }
}

impl EvcxrDisplay for Interval {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{:.3} to {:.3}", self.low, self.high))
    }
}

show!(Interval, Projection);
show_as_text!(Estimate);
show_as_settings!(Pca);
