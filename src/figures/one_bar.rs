//! A trial of how much a new kind of figure costs.

use super::bars::{Bars, bars};
use super::drawing::figure::Figure;
use crate::Result;

/// Draws one bar.
///
/// # Errors
/// As [`bars`].
pub fn one_bar(title: &str, value: f64) -> Result<Figure> {
    bars(&Bars::new(title, "value").with_bar("only", value, value, value))
}
