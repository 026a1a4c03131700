//! How a value shows itself under a notebook cell: content blocks, tables and progress lines.
//!
//! A leaf that every room may use. A type of ours shows itself in one line: it builds [`Blocks`] and
//! calls [`Blocks::emit`] from its `evcxr_display`. [`table_html`] and [`table_text`] turn a data frame
//! into something to read, and [`Progress`] keeps a reader company during long work.

mod blocks;
mod progress;
mod table;

pub use blocks::{Blocks, escape};
pub use progress::Progress;
pub use table::{table_html, table_text};

pub(crate) use table::rounded;

/// Lets types show their `Display` text under a notebook cell.
macro_rules! show_as_text {
    ($($kind:ty),+ $(,)?) => {$(
        impl $kind {
            /// Shows itself under a notebook cell, as text.
            pub fn evcxr_display(&self) {
                $crate::display::Blocks::text(self.to_string()).emit();
            }
        }
    )+};
}

pub(crate) use show_as_text;
