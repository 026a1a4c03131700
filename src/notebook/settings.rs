//! The sizes of a notebook's experiment: full for its reader, small for a quick check, and any for
//! anybody who sets an environment variable.

use std::str::FromStr;

use super::is_quick;
use crate::{Error, Result};

/// How many: the environment's `MICROLEARNERS_<name>`, else `quick` in a quick run, else `full`.
///
/// ```
/// use microlearners::notebook::setting_count;
///
/// let networks = setting_count("NETWORKS", 180, 12)?;
/// assert_eq!(networks, 180);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if the environment's value is not a whole number.
pub fn setting_count(name: &str, full: usize, quick: usize) -> Result<usize> {
    setting(name, if is_quick() { quick } else { full }, "a whole number of at least 0")
}

/// How much: like [`setting_count`], for numbers with a fraction.
///
/// # Errors
/// [`Error::Setting`] if the environment's value is not a number.
pub fn setting_number(name: &str, full: f64, quick: f64) -> Result<f64> {
    setting(name, if is_quick() { quick } else { full }, "a number")
}

/// The seed: the environment's `MICROLEARNERS_<name>`, else `seed`; the same in a quick run.
///
/// # Errors
/// [`Error::Setting`] if the environment's value is not a whole number.
pub fn setting_seed(name: &str, seed: u64) -> Result<u64> {
    setting(name, seed, "a whole number of at least 0")
}

fn setting<T: FromStr>(name: &str, usual: T, kind: &str) -> Result<T> {
    let variable = format!("MICROLEARNERS_{name}");
    match std::env::var(&variable) {
        Ok(text) => parsed(&variable, &text, kind),
        Err(_) => Ok(usual),
    }
}

fn parsed<T: FromStr>(variable: &str, text: &str, kind: &str) -> Result<T> {
    let wrong = |_| {
        Error::setting(
            variable,
            format!("\"{text}\""),
            format!("it must be {kind}; change or unset it"),
        )
    };
    // People write 10_000 for ten thousand, as in code.
    text.trim().replace('_', "").parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_environment_the_full_value_counts() {
        assert_eq!(setting_number("NOBODY_SETS_THIS", 0.5, 0.1).unwrap(), 0.5);
        assert_eq!(setting_seed("NOBODY_SETS_THIS", 7).unwrap(), 7);
    }

    #[test]
    fn a_wrong_value_is_named() {
        assert_eq!(
            parsed::<usize>("MICROLEARNERS_NETWORKS", " 1_000 ", "a whole number").unwrap(),
            1000
        );
        let error =
            parsed::<usize>("MICROLEARNERS_NETWORKS", "many", "a whole number").unwrap_err();
        assert_eq!(
            error.to_string(),
            "MICROLEARNERS_NETWORKS is \"many\", but it must be a whole number; change or unset it"
        );
    }
}
