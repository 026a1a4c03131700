//! Which features matter: bars, the most important on top.

use super::bars::{Bars, bars};
use super::figure::Figure;
use crate::{Error, Result};

/// Draws how important each feature is: the mean loss of accuracy without it, plus and minus its
/// standard error; the most important on top, and only the first `top`.
///
/// # Errors
/// [`Error::Figure`] if the lists differ in length or hold no finite value.
pub fn importance(
    title: &str,
    names: &[String],
    means: &[f64],
    errors: &[f64],
    top: usize,
) -> Result<Figure> {
    if names.len() != means.len() || names.len() != errors.len() {
        let (n, m, e) = (names.len(), means.len(), errors.len());
        let problem =
            format!("importance needs as many names as means and errors, not {n}, {m} and {e}");
        return Err(Error::Figure(problem));
    }
    let mut all = Bars::new(title, "importance: accuracy lost when the feature is shuffled")
        .with_note("Thin lines: plus and minus one standard error.");
    for ((name, mean), error) in names.iter().zip(means).zip(errors) {
        all = all.with_bar(name, *mean, mean - error, mean + error);
    }
    bars(&all.top(top))
}
