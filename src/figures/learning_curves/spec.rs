//! What learning curves are asked for.

use crate::display::show_as_settings;
use crate::figures::drawing::axis::Scale;
use crate::figures::drawing::labels::{label_of_column, label_of_rule};

/// Which heights the vertical axes of several panels show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Axes {
    /// Those of all panels: their lines can be compared; the default.
    #[default]
    Shared,
    /// Each panel its own: what differs in kind or size from panel to panel.
    Own,
}

/// What [`learning_curves`](crate::figures::learning_curves) draws from a table.
///
/// ```
/// use microlearners::figures::{LearningCurves, learning_curves};
/// use microlearners::polars::prelude::df;
///
/// let table = df!("rule" => ["oja", "oja"], "run" => [1, 1], "step" => [0, 10], "accuracy" => [0.1, 0.8])?;
/// let curves = LearningCurves::new("Oja's rule learns", "step", "accuracy").with_line("chance", 0.1);
/// let figure = learning_curves(&table, &curves)?;
/// assert!(figure.to_svg().contains("Oja"));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LearningCurves {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The column along the bottom.
    pub x: String,
    /// The column of heights.
    pub y: String,
    /// The column that says which line a row belongs to.
    pub by: String,
    /// The column that identifies networks; intervals are over its values.
    pub over: String,
    /// If these values are splits of the same networks: how many are judged for each that is
    /// learned from. 0, the default, if they are independent.
    pub overlap: f64,
    /// The column that says which panel a row belongs to, such as `layer`; one panel for all if
    /// there is none.
    pub panels: Option<String>,
    /// The name of the horizontal axis, with its unit.
    pub x_label: String,
    /// The name of the vertical axis, with its unit.
    pub y_label: String,
    /// The spacing of the vertical axis.
    pub scale: Scale,
    /// The spacing of the horizontal axis.
    pub x_scale: Scale,
    /// Horizontal lines to compare with, such as chance.
    pub lines: Vec<(String, f64)>,
    /// Whether every network has a thin line of its own, in place of an interval over networks.
    pub each: bool,
    /// Whether panels share their vertical axis.
    pub axes: Axes,
}

impl LearningCurves {
    /// Column `y` against column `x`, by `rule` and over `run`s.
    pub fn new(title: &str, x: &str, y: &str) -> Self {
        Self {
            title: title.into(),
            x: x.into(),
            y: y.into(),
            by: "rule".into(),
            over: "run".into(),
            overlap: 0.0,
            panels: None,
            x_label: label_of_rule(x),
            y_label: label_of_column(y),
            scale: Scale::Linear,
            x_scale: Scale::Linear,
            lines: Vec::new(),
            each: false,
            axes: Axes::Shared,
        }
    }

    /// One line per value of column `by`, instead of per `rule`.
    pub fn by(self, by: &str) -> Self {
        Self { by: by.into(), ..self }
    }

    /// Intervals over the values of column `over`, instead of over `run`s.
    pub fn over(self, over: &str) -> Self {
        Self { over: over.into(), ..self }
    }

    /// Intervals over the values of column `over`, which are splits of the same networks with
    /// `overlap` of them judged for each that is learned from (1/3 if a quarter is judged): wider
    /// ones, after Nadeau and Bengio 2003 (doi 10.1023/A:1024068626366).
    pub fn over_splits(self, over: &str, overlap: f64) -> Self {
        Self { over: over.into(), overlap, ..self }
    }

    /// One panel per value of a column, such as `layer`; all have the same axes.
    pub fn with_panels(self, column: &str) -> Self {
        Self { panels: Some(column.into()), ..self }
    }

    /// Gives each panel a vertical axis of its own, for what is not compared between them.
    pub fn with_own_axes(self) -> Self {
        Self { axes: Axes::Own, ..self }
    }

    /// Names the axes, with their units.
    pub fn with_labels(self, x: &str, y: &str) -> Self {
        Self { x_label: x.into(), y_label: y.into(), ..self }
    }

    /// Spaces the vertical axis by ratios.
    pub fn with_log_scale(self) -> Self {
        Self { scale: Scale::Log, ..self }
    }

    /// Spaces the horizontal axis by ratios, as for numbers that double.
    pub fn with_log_x(self) -> Self {
        Self { x_scale: Scale::Log, ..self }
    }

    /// Draws a thin line for every network in place of an interval over them: for few networks that
    /// differ so much that intervals would cover one another.
    pub fn with_each(self) -> Self {
        Self { each: true, ..self }
    }

    /// Draws a dashed horizontal line to compare with, such as chance.
    pub fn with_line(mut self, name: &str, height: f64) -> Self {
        self.lines.push((name.into(), height));
        self
    }
}

show_as_settings!(Axes, LearningCurves);
