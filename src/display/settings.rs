//! Settings as a table: the fields of a plain struct, by their names.

use std::fmt::Debug;

use super::{Blocks, Grid};

/// A plain struct as a table of its fields; anything else as the text that it prints.
pub(crate) fn settings(value: &dyn Debug) -> Blocks {
    match named_fields(value) {
        Some((name, fields)) => facts(Grid::facts(name), fields).blocks(),
        None => Blocks::text(readable(&format!("{value:?}"))),
    }
}

/// `grid` with a row for each field of a plain struct.
pub(crate) fn with_fields(grid: Grid, value: &dyn Debug) -> Grid {
    facts(grid, named_fields(value).map_or(Vec::new(), |(_, fields)| fields))
}

fn facts(grid: Grid, fields: Vec<(String, String)>) -> Grid {
    fields.into_iter().fold(grid, |grid, (name, value)| grid.fact(&name, value))
}

/// The name of a plain struct and its fields with their values, as a derived `Debug` prints them.
/// That is all that is known of a rule or a classifier behind its trait.
fn named_fields(value: &dyn Debug) -> Option<(String, Vec<(String, String)>)> {
    let text = format!("{value:?}");
    let (name, rest) = text.split_once(" { ")?;
    if !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        return None;
    }
    let inner = rest.strip_suffix(" }")?;
    let field = |part: &str| {
        let (name, value) = part.split_once(": ")?;
        Some((name.to_owned(), readable(value)))
    };
    let fields: Option<Vec<_>> = parts(inner).into_iter().map(field).collect();
    Some((name.to_owned(), fields?))
}

/// The parts between the commas that stand in no bracket and no quotation.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start, mut found) = (0_usize, false, 0, Vec::new());
    let mut before = ' ';
    for (place, letter) in text.char_indices() {
        match letter {
            '"' if before != '\\' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                found.push(text[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
        before = letter;
    }
    found.push(text[start..].trim());
    found
}

/// The longest value that a row shows.
const LONGEST: usize = 100;

/// A value as a reader wants it: `Some(4)` is 4, and `"a"` is a.
fn readable(value: &str) -> String {
    let inner = value.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')'));
    let text = match inner.unwrap_or(value) {
        "None" => "none",
        other => other.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(other),
    };
    if text.chars().count() <= LONGEST {
        return number(text).unwrap_or_else(|| text.to_owned());
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// A float without the zeros at its end; none for what is not a float.
fn number(text: &str) -> Option<String> {
    let value: f64 = text.parse().ok().filter(|_| text.contains('.'))?;
    Some(super::rounded(value, 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[allow(dead_code)]
    struct Plain {
        depth: Option<usize>,
        rate: f64,
        names: Vec<&'static str>,
        pair: (usize, Option<f32>),
        nothing: Option<usize>,
    }

    #[test]
    fn fields_are_rows() {
        let plain = Plain {
            depth: Some(4),
            rate: 0.1,
            names: vec!["a, b", "{"],
            pair: (1, None),
            nothing: None,
        };
        let text = settings(&plain).plain().to_owned();
        let expected = "Plain\ndepth    4\nrate     0.1\nnames    [\"a, b\", \"{\"]\n\
                        pair     (1, None)\nnothing  none\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_has_no_fields_is_a_text() {
        assert_eq!(settings(&Some(0.25)).plain(), "0.25");
        assert_eq!(settings(&"x").plain(), "x");
    }
}
