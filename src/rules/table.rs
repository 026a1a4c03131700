//! The catalogue as tables.

use polars::prelude::{Column, DataFrame};

use super::{About, Requirement, Rule, all};
use crate::error::Result;

/// The catalogue as a table: name, family, default learning rate, what the rule requires of a
/// brain, source.
///
/// # Errors
/// None that the catalogue can cause.
pub fn table() -> Result<DataFrame> {
    let abouts: Vec<About> = all().iter().map(|rule| rule.about()).collect();
    let column = |name: &str, value: fn(&About) -> String| {
        Column::new(name.into(), abouts.iter().map(value).collect::<Vec<String>>())
    };
    let rates: Vec<f64> = abouts.iter().map(|about| about.learning_rate).collect();
    let columns = vec![
        column("rule", |about| about.name.clone()),
        column("family", |about| about.family.to_string()),
        Column::new("learning_rate".into(), rates),
        column("requires", About::requirements_in_words),
        column("source", |about| about.citation.clone()),
    ];
    Ok(DataFrame::new(abouts.len(), columns)?)
}

/// What each rule requires of a brain, as numbers: one row per rule with its `family`, a column for
/// every [`Requirement`], 1 where the rule has it, and their sum, `requirements`. Fewer are more
/// plausible, though no two weigh the same: this orders rules, it does not measure them.
///
/// ```
/// use microlearners::prelude::*;
///
/// let table = rules::requirements(&rules::all())?;
/// assert_eq!(table.column("requirements")?.u32()?.get(0), Some(0)); // without training nothing is asked
/// assert_eq!(table.column("weight transport")?.u32()?.get(1), Some(1));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// None that rules can cause.
pub fn requirements(rules: &[Rule]) -> Result<DataFrame> {
    let abouts: Vec<About> = rules.iter().map(|rule| rule.about()).collect();
    let texts = |of: fn(&About) -> String| abouts.iter().map(of).collect::<Vec<String>>();
    let counts = |of: &dyn Fn(&About) -> usize| {
        abouts.iter().map(|about| of(about) as u32).collect::<Vec<u32>>()
    };
    let mut columns = vec![
        Column::new("rule".into(), texts(|about| about.name.clone())),
        Column::new("family".into(), texts(|about| about.family.to_string())),
        Column::new("requirements".into(), counts(&|about| about.requirements.len())),
    ];
    columns.extend(Requirement::ALL.iter().map(|requirement| {
        let required = counts(&|about| usize::from(about.requires(*requirement)));
        Column::new(requirement.to_string().into(), required)
    }));
    Ok(DataFrame::new(abouts.len(), columns)?)
}
