//! What was learned, put to networks of a kind not seen.

use polars::prelude::DataFrame;

use super::bars::{Bars, Mark, bars};
use super::drawing::columns::numbers;
use super::drawing::figure::Figure;
use super::drawing::labels::label_of_rule;
use crate::{Error, Result};

/// Draws the table of [`hold_out_each`](crate::classification::hold_out_each): a bar per kind held
/// out, with its interval over initialisations; beside it the same networks' score when their kind
/// is in the training part, too, the mean of what shuffled labels give, and chance, if it is the
/// same for all kinds.
///
/// # Errors
/// [`Error::Figure`] if the table is empty; [`Error::Table`] if a column is missing.
pub fn held_out(title: &str, table: &DataFrame) -> Result<Figure> {
    let Some(key) = table.get_column_names().first().map(|name| name.to_string()) else {
        return Err(Error::Figure("the table of what was held out has no columns".into()));
    };
    let (familiar, shuffled) = (numbers(table, "familiar")?, numbers(table, "shuffled")?);
    let chances = numbers(table, "chance")?;
    let mut all = Bars::new(title, "share of samples whose rule is identified")
        .with_rows(table, [&key, "held_out", "low", "high"])?
        .with_whole_axis();
    for (place, bar) in all.bars.iter_mut().enumerate() {
        let marks = [
            (Mark::Familiar, "when its kind is in the training part", familiar[place]),
            (Mark::Shuffled, "shuffled labels (mean)", shuffled[place]),
        ];
        let there = marks.into_iter().filter(|(_, _, value)| value.is_finite());
        bar.marks.extend(there.map(|(mark, name, value)| (mark, name.into(), value)));
    }
    // Kinds without networks of every class have chances of their own, which one line cannot show.
    if let Some(&chance) = chances.first()
        && chances.iter().all(|other| (other - chance).abs() < 0.005)
    {
        all = all.with_line("chance", chance);
    }
    let key = label_of_rule(&key);
    bars(&all.with_note(&format!(
        "A bar: trained without this {key}, tested on it. Thin lines: 95 % confidence intervals over initialisations, or over the groups that splits keep together."
    )))
}
