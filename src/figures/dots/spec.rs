//! What a dot plot is asked for.

use crate::display::show_as_settings;
use crate::figures::drawing::axis::Scale;
use crate::figures::drawing::labels::label_of_column;

/// What [`dots`](crate::figures::dots) draws from a table.
#[derive(Clone, Debug)]
pub struct Dots {
    /// The finding, as the title of the figure.
    pub title: String,
    /// The column of values, along the bottom.
    pub value: String,
    /// The column that makes the rows, each in its own colour.
    pub by: String,
    /// The column that splits every row, such as `layer`.
    pub within: Option<String>,
    /// The column that identifies networks.
    pub over: String,
    /// The name of the horizontal axis, with its unit.
    pub label: String,
    /// The spacing of the horizontal axis.
    pub scale: Scale,
}

impl Dots {
    /// The values of a column, by `rule` and over `run`s.
    pub fn new(title: &str, value: &str) -> Self {
        Self {
            title: title.into(),
            value: value.into(),
            by: "rule".into(),
            within: None,
            over: "run".into(),
            label: label_of_column(value),
            scale: Scale::Linear,
        }
    }

    /// One row per value of column `by`, instead of per `rule`.
    pub fn by(self, by: &str) -> Self {
        Self { by: by.into(), ..self }
    }

    /// Splits every row by the values of a column, such as `layer`.
    pub fn within(self, within: &str) -> Self {
        Self { within: Some(within.into()), ..self }
    }

    /// One dot per value of column `over`, instead of per `run`.
    pub fn over(self, over: &str) -> Self {
        Self { over: over.into(), ..self }
    }

    /// Names the axis, with its unit.
    pub fn with_label(self, label: &str) -> Self {
        Self { label: label.into(), ..self }
    }

    /// Spaces the axis by ratios; values of 0 and below are left out.
    pub fn with_log_scale(self) -> Self {
        Self { scale: Scale::Log, ..self }
    }
}

show_as_settings!(Dots);
