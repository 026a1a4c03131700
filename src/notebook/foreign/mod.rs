//! Values of types that are not ours, at the end of a cell.
//!
//! A value without a method `evcxr_display` costs the reader a second compilation, so data frames,
//! arrays, numbers, texts, and options, results, tuples and lists of what can be shown have one
//! through the trait [`EvcxrDisplay`](crate::display::EvcxrDisplay).

mod arrays;
mod containers;
mod frames;
mod plain;

#[cfg(test)]
use crate::display::EvcxrDisplay;

#[cfg(test)]
fn text(value: &(impl EvcxrDisplay + ?Sized)) -> String {
    value.evcxr_blocks().plain().to_owned()
}

#[cfg(test)]
fn html(value: &(impl EvcxrDisplay + ?Sized)) -> String {
    value.evcxr_blocks().html().unwrap_or_default().to_owned()
}
