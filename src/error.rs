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
    #[error("there is no {kind} called \"{}\"; {}", shown(name), known_ones(name, known))]
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
    #[error("the table operation failed: {}", first_words(.0))]
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

/// At most so many characters of a name, a value or a foreign message are quoted.
const QUOTED: usize = 80;

/// A list of names is shown whole up to so many characters, as all rules are; of a longer one so
/// many, those most like what was asked for.
const WHOLE: usize = 1200;
const LISTED: usize = 440;

/// A name as it can stand in a sentence: on one line, and not longer than one reads.
pub(crate) fn shown(name: &str) -> String {
    let mut text: String = name.chars().take(QUOTED + 1).flat_map(escaped).collect();
    if let Some((end, _)) = text.char_indices().nth(QUOTED) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A control character as it is written in code.
fn escaped(letter: char) -> Vec<char> {
    match letter.is_control() {
        true => letter.escape_default().collect(),
        false => vec![letter],
    }
}

/// What polars says, without the plans and schemas that it adds.
pub(crate) fn first_words(error: &polars::error::PolarsError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let mut words: String = line.chars().take(3 * QUOTED).flat_map(escaped).collect();
    if line.chars().nth(3 * QUOTED).is_some() {
        words.push('…');
    }
    words
}

/// The known names, or where they are many those that are most like the one asked for.
pub(crate) fn known_ones(name: &str, known: &[String]) -> String {
    let all: Vec<String> = known.iter().map(|name| shown(name)).collect();
    if all.iter().map(|name| name.chars().count() + 2).sum::<usize>() <= WHOLE {
        return format!("the known ones are {}", all.join(", "));
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(likeness(name, &known[at])));
    let mut room = LISTED;
    let near: Vec<&str> = order
        .iter()
        .map(|&at| all[at].as_str())
        .take_while(|name| {
            let length = name.chars().count() + 2;
            room = room.saturating_sub(length);
            room > 0
        })
        .collect();
    format!("of the {} known ones the most similar are {}", all.len(), near.join(", "))
}

/// How many pairs of neighbouring letters two names share.
fn likeness(one: &str, other: &str) -> usize {
    let pairs = |name: &str| -> std::collections::BTreeSet<[char; 2]> {
        let letters: Vec<char> = name.chars().take(QUOTED).collect();
        letters.windows(2).map(|pair| [pair[0], pair[1]]).collect()
    };
    pairs(one).intersection(&pairs(other)).count()
}

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
pub fn check_below_one(name: &str, value: f64) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_name_stays_on_one_line() {
        let known = vec!["rule".to_owned(), "a\nb".into()];
        let error = Error::UnknownName { kind: "column", name: "x\ty".into(), known };
        let said = error.to_string();
        assert_eq!(said, r#"there is no column called "x\ty"; the known ones are rule, a\nb"#);
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), QUOTED + 1);
    }

    #[test]
    fn of_many_known_names_the_similar_ones_are_told() {
        let known = (0..500).map(|i| format!("column {i}")).chain(["weightraw_norm".to_owned()]);
        let error =
            Error::UnknownName { kind: "column", name: "weight".into(), known: known.collect() };
        let said = error.to_string();
        assert!(
            said.contains("of the 501 known ones the most similar are weightraw_norm"),
            "{said}"
        );
        assert!(said.len() < 600, "{}", said.len());
    }
}
