//! One error for the whole library, and its `Result`.

use std::fmt;
use std::path::PathBuf;

use polars::prelude::DataFrame;

/// What went wrong, with the numbers and what to do about it.
///
/// Its `Display` is one sentence for a reader of a notebook; `Debug` prints the same sentence, so
/// that `unwrap()` and a failing `?` in a cell say it too.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of a data set is missing, truncated or altered.
    #[error("{}: {problem}; {remedy}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Sizes that do not fit one another.
    #[error("{0}")]
    Shape(String),
    /// A setting that has no meaning, such as a negative learning rate.
    #[error("{name} is {value}, but {requirement}")]
    Setting {
        /// The setting, as the code names it.
        name: String,
        /// The value it was given.
        value: String,
        /// What it must be, and what to do.
        requirement: String,
    },
    /// A name that is not in the catalogue.
    #[error("there is no {kind} called \"{name}\"; the known ones are {}", known.join(", "))]
    UnknownName {
        /// What kind of thing was looked up.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// All names there are.
        known: Vec<String>,
    },
    /// A table that lacks what a step needs.
    #[error("{0}")]
    Table(String),
    /// Samples that cannot answer the question asked of them.
    #[error("{0}")]
    Samples(String),
    /// A picture that cannot be drawn or saved.
    #[error("{0}")]
    Figure(String),
    /// A study's file or directory that cannot be used.
    #[error("{0}")]
    Study(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A table operation that polars refused.
    #[error("the table operation failed: {0}")]
    Polars(#[from] polars::error::PolarsError),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The library's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A setting `name` with `value` that breaks `requirement`.
    pub fn setting(
        name: impl Into<String>,
        value: impl fmt::Display,
        requirement: impl Into<String>,
    ) -> Self {
        Self::Setting {
            name: name.into(),
            value: value.to_string(),
            requirement: requirement.into(),
        }
    }

    /// Wraps what the operating system said about `path`.
    pub fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { path: path.into(), source }
    }
}

crate::display::show_as_text!(Error);

/// Accepts a finite `value` of at least zero, or says why not.
///
/// # Errors
/// [`Error::Setting`] if `value` is negative, infinite or not a number.
pub fn check_not_negative(name: &str, value: f64) -> Result<()> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::setting(name, value, "it must be a finite number of at least 0"))
}

/// Accepts a `table` that has the column `name`, or says which it has.
///
/// # Errors
/// [`Error::UnknownName`] if there is no such column.
pub fn check_column(table: &DataFrame, name: &str) -> Result<()> {
    if table.column(name).is_ok() {
        return Ok(());
    }
    let known = table.get_column_names().iter().map(ToString::to_string).collect();
    Err(Error::UnknownName { kind: "column", name: name.into(), known })
}

/// Accepts a `count` of at most `most`, or says why not.
///
/// # Errors
/// [`Error::Setting`] if it is larger.
pub fn check_at_most(name: &str, count: usize, most: usize) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::setting(name, count, format!("it must be at most {most}")))
}

/// Accepts a finite `value` above zero, or says why not.
///
/// # Errors
/// [`Error::Setting`] if `value` is zero, negative, infinite or not a number.
pub fn check_positive(name: &str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(Error::setting(name, value, "it must be a finite number above 0"))
}

/// Accepts a `value` in `[0, 1)`, or says why not.
///
/// # Errors
/// [`Error::Setting`] if `value` lies outside, or is not a number.
pub fn check_fraction(name: &str, value: f64) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(Error::setting(name, value, "it must be at least 0 and below 1"))
}

/// Accepts a count of at least one, or says why not.
///
/// # Errors
/// [`Error::Setting`] if `value` is zero.
pub fn check_count(name: &str, value: usize) -> Result<()> {
    if value > 0 {
        return Ok(());
    }
    Err(Error::setting(name, value, "it must be at least 1"))
}

/// The first of `values` that stands there a second time.
pub(crate) fn first_repeated<T: PartialEq>(values: &[T]) -> Option<&T> {
    let is_repeated = |&at: &usize| values[..at].contains(&values[at]);
    (1..values.len()).find(is_repeated).map(|at| &values[at])
}
