//! How well rules are identified, as tables.

use polars::prelude::{Column, DataFrame};

use super::{ChosenProtocol, IdentificationScore, RuleIdentification, RulePair};
use crate::Result;

impl RuleIdentification {
    /// A row for each rule, the most probable first: `rule` and its `probability`.
    ///
    /// # Errors
    /// None that an identification can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let rules: Vec<String> = self.rules.iter().map(|one| one.rule.clone()).collect();
        let probabilities: Vec<f64> = self.rules.iter().map(|one| one.probability).collect();
        let columns = vec![
            Column::new("rule".into(), rules),
            Column::new("probability".into(), probabilities),
        ];
        Ok(DataFrame::new(self.rules.len(), columns)?)
    }
}

/// A row for each score: `repeats`, `noise`, `protocols`, the share of held-out experiments whose
/// rule is named (`right`, with Wilson's 95 % interval from `low` to `high`) and whose family is
/// (`family`), and the `brier` score.
///
/// # Errors
/// None that a list of scores can cause.
pub fn scores_table(scores: &[IdentificationScore]) -> Result<DataFrame> {
    let number = |of: fn(&IdentificationScore) -> f64| scores.iter().map(of).collect::<Vec<f64>>();
    let count = |of: fn(&IdentificationScore) -> usize| {
        scores.iter().map(|one| of(one) as u32).collect::<Vec<u32>>()
    };
    let columns = vec![
        Column::new("repeats".into(), count(|one| one.repeats)),
        Column::new("noise".into(), number(|one| one.noise)),
        Column::new("protocols".into(), count(|one| one.protocols)),
        Column::new("right".into(), number(|one| one.right.share)),
        Column::new("low".into(), number(|one| one.right.interval.low)),
        Column::new("high".into(), number(|one| one.right.interval.high)),
        Column::new("family".into(), number(|one| one.family_right.share)),
        Column::new("brier".into(), number(|one| one.brier)),
    ];
    Ok(DataFrame::new(scores.len(), columns)?)
}

/// A row for each protocol in the order in which it was added: `protocols` so far, the `protocol`,
/// the share of experiments whose rule is `right` with these, from `low` to `high`, and with as many
/// drawn at random (`at_random`).
///
/// # Errors
/// None that a list of protocols can cause.
pub fn chosen_table(chosen: &[ChosenProtocol]) -> Result<DataFrame> {
    let number = |of: fn(&ChosenProtocol) -> f64| chosen.iter().map(of).collect::<Vec<f64>>();
    let names: Vec<String> = chosen.iter().map(|one| one.protocol.clone()).collect();
    let columns = vec![
        Column::new("protocols".into(), (1..=chosen.len() as u32).collect::<Vec<u32>>()),
        Column::new("protocol".into(), names),
        Column::new("right".into(), number(|one| one.score.right.share)),
        Column::new("low".into(), number(|one| one.score.right.interval.low)),
        Column::new("high".into(), number(|one| one.score.right.interval.high)),
        Column::new("at_random".into(), number(|one| one.random_accuracy)),
    ];
    Ok(DataFrame::new(chosen.len(), columns)?)
}

/// A row for each pair of rules: `one`, `other`, the share of experiments in which the right one of
/// the two is named (`right`, from `low` to `high`), and the protocol that tells most (`best`).
///
/// # Errors
/// None that a list of pairs can cause.
pub fn pairs_table(pairs: &[RulePair]) -> Result<DataFrame> {
    let number = |of: fn(&RulePair) -> f64| pairs.iter().map(of).collect::<Vec<f64>>();
    let text = |of: fn(&RulePair) -> &String| {
        pairs.iter().map(|one| of(one).clone()).collect::<Vec<String>>()
    };
    let columns = vec![
        Column::new("one".into(), text(|one| &one.rules[0])),
        Column::new("other".into(), text(|one| &one.rules[1])),
        Column::new("right".into(), number(|one| one.right.share)),
        Column::new("low".into(), number(|one| one.right.interval.low)),
        Column::new("high".into(), number(|one| one.right.interval.high)),
        Column::new("best".into(), text(|one| &one.best.protocol)),
    ];
    Ok(DataFrame::new(pairs.len(), columns)?)
}
