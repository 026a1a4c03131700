//! How an observable goes over training: one line per rule, one panel per layer.

use polars::prelude::DataFrame;

use super::figure::Figure;
use super::learning_curves::{LearningCurves, learning_curves};
use crate::Result;

/// Draws an observable of the table that [`observe`](crate::observe) or a [`Study`](crate::training::Study) measured against the
/// number of weight updates: one line per rule through the means over networks, with their 95 % intervals, and one panel per
/// layer.
///
/// `observable` is any column of numbers, such as `weightabs_mean`, and names the vertical axis, in words ("mean of |weight|"). For another
/// horizontal axis (`examples`, the number of examples shown), grouping or scale, use
/// [`learning_curves`] with [`LearningCurves::with_panels`].
///
/// ```
/// use microlearners::figures::trajectories;
/// use microlearners::polars::prelude::df;
///
/// let table = df!(
///     "rule" => ["oja", "oja", "oja", "oja"], "run" => [1, 1, 1, 1], "layer" => [1, 2, 1, 2],
///     "step" => [0, 0, 10, 10], "weightraw_norm" => [1.0, 2.0, 1.5, 2.5],
/// )?;
/// let figure = trajectories("Weights grow in both layers", &table, "weightraw_norm")?;
/// assert!(figure.description().contains("layer 2 at the end: Oja 2.5"));
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`crate::Error::Table`] if `rule`, `run`, `layer`, `step` or the observable is missing (the known columns are listed), or no
/// row has a finite value.
pub fn trajectories(title: &str, table: &DataFrame, observable: &str) -> Result<Figure> {
    let look = LearningCurves::new(title, "step", observable).with_panels("layer");
    learning_curves(table, &LearningCurves { x_label: "weight updates".into(), ..look })
}
