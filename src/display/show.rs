//! The trait behind every cell's result, and the macros by which our own types answer to it.

use super::Blocks;

/// Shows a value under a notebook's cell.
///
/// The kernel asks a cell's last value for a method `evcxr_display`. Types of this library have it
/// as a method of their own; for data frames, arrays, numbers and texts, and for options, results,
/// tuples and lists of all these, the prelude brings this trait.
///
/// ```
/// use microlearners::display::{Blocks, EvcxrDisplay};
///
/// struct Spikes(usize);
///
/// impl EvcxrDisplay for Spikes {
///     fn evcxr_blocks(&self) -> Blocks {
///         Blocks::text(format!("{} spikes", self.0))
///     }
/// }
///
/// assert_eq!(Some(Spikes(3)).evcxr_blocks().plain(), "Some(3 spikes)");
/// ```
pub trait EvcxrDisplay {
    /// The value in the forms that notebooks show.
    fn evcxr_blocks(&self) -> Blocks;

    /// The value in one line, for a place in a list.
    fn evcxr_item(&self) -> String {
        self.evcxr_blocks().plain().lines().next().unwrap_or_default().to_owned()
    }

    /// Hands the value to the notebook.
    fn evcxr_display(&self) {
        self.evcxr_blocks().emit();
    }
}

/// Gives types that are [`EvcxrDisplay`] the method of their own that the kernel finds without the
/// prelude.
macro_rules! show {
    ($($kind:ty),+ $(,)?) => {$(
        impl $kind {
            /// Shows itself under a notebook cell.
            pub fn evcxr_display(&self) {
                $crate::display::EvcxrDisplay::evcxr_blocks(self).emit();
            }
        }
    )+};
}

/// Lets types show their `Display` text under a notebook cell.
macro_rules! show_as_text {
    ($($kind:ty),+ $(,)?) => {$(
        impl $crate::display::EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> $crate::display::Blocks {
                $crate::display::Blocks::text(self.to_string())
            }
        }

        $crate::display::show!($kind);
    )+};
}

/// Lets plain structs and enums show their fields under a notebook cell, a row each.
macro_rules! show_as_settings {
    ($($kind:ty),+ $(,)?) => {$(
        impl $crate::display::EvcxrDisplay for $kind {
            fn evcxr_blocks(&self) -> $crate::display::Blocks {
                $crate::display::settings(self)
            }

            fn evcxr_item(&self) -> String {
                format!("{self:?}")
            }
        }

        $crate::display::show!($kind);
    )+};
}

pub(crate) use {show, show_as_settings, show_as_text};
