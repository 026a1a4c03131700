//! How a value shows itself under a notebook cell: content blocks, tables and progress lines.
//!
//! A leaf that every room may use. A type of ours is [`EvcxrDisplay`]: it builds [`Blocks`], as
//! text and, if it has parts, as a table. [`table_html`] and [`table_text`] turn a data frame into
//! something to read, and [`Progress`] keeps a reader company during long work.

mod blocks;
mod environment;
mod grid;
mod number;
mod progress;
mod settings;
mod show;
mod table;

pub use blocks::{Blocks, escape};
pub use environment::is_quick;
pub use progress::Progress;
pub use show::EvcxrDisplay;
pub use table::{table_html, table_text};

pub(crate) use blocks::linked;
pub(crate) use environment::is_on;
pub(crate) use grid::{FOLD, Grid, Side, count, kept};
pub(crate) use number::{aligned, grouped, rounded, sparkline};
pub(crate) use settings::{settings, with_fields};
pub(crate) use show::{show, show_as_settings, show_as_text};
pub(crate) use table::{columns_grid, table_grid};

/// Content blocks show themselves.
impl EvcxrDisplay for Blocks {
    fn evcxr_blocks(&self) -> Blocks {
        self.clone()
    }
}

impl EvcxrDisplay for Progress {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::text(format!("{self:?}"))
    }
}

show!(Blocks, Progress);
