//! How an observable goes over training: one line per rule, one panel per layer.

use polars::functions::concat_df_diagonal;
use polars::prelude::{Column, DataFrame};

use super::drawing::columns::{column, numbers};
use super::drawing::figure::Figure;
use super::drawing::labels::label_of_column;
use super::learning_curves::{LearningCurves, learning_curves};
use crate::observables::columns::check_distinct;
use crate::{Error, Result};

/// Draws an observable of the table that [`observe`](crate::observe) or a
/// [`Study`](crate::training::Study) measured against the number of weight updates: one line per
/// rule through the means over networks, with their 95 % intervals, and one panel per layer.
///
/// `observable` is any column of numbers, such as `weightabs_mean`, and names the vertical axis, in
/// words ("mean of |weight|"). For another horizontal axis (`examples`, the number of examples
/// shown), grouping or scale, use [`learning_curves`] with [`LearningCurves::with_panels`].
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
/// [`crate::Error::Table`] if `rule`, `run`, `layer`, `step` or the observable is missing (the
/// known columns are listed), or no row has a finite value.
pub fn trajectories(title: &str, table: &DataFrame, observable: &str) -> Result<Figure> {
    let spec = LearningCurves::new(title, "step", observable).with_panels("layer").with_own_axes();
    learning_curves(table, &LearningCurves { x_label: "weight updates".into(), ..spec })
}

/// Draws several observables over training, a panel for each: one line per value of column `by`
/// with its interval over networks. Of a table with several layers choose one first, or their mean
/// is drawn.
///
/// # Errors
/// [`Error::Figure`] without an observable; otherwise as [`learning_curves`].
pub fn small_multiples(
    title: &str,
    table: &DataFrame,
    by: &str,
    observables: &[&str],
) -> Result<Figure> {
    if observables.is_empty() {
        return Err(Error::Figure("small multiples need an observable at least".into()));
    }
    check_distinct("observables", observables)?;
    [by, "run", "step"].iter().try_for_each(|name| column(table, name).map(drop))?;
    let panel = |name: &&str| -> Result<DataFrame> {
        let mut panel = table.select([by, "run", "step"])?;
        panel.hstack_mut(&[
            Column::new("value".into(), numbers(table, name)?),
            Column::new("panel".into(), vec![label_of_column(name); table.height()]),
        ])?;
        Ok(panel)
    };
    let all = concat_df_diagonal(&observables.iter().map(panel).collect::<Result<Vec<_>>>()?)?;
    let spec = LearningCurves::new(title, "step", "value").by(by).with_panels("panel");
    learning_curves(&all, &spec.with_labels("weight updates", "").with_own_axes())
}
