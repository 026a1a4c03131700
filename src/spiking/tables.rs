//! What rules make of protocols, as tables.

use polars::prelude::{Column, DataFrame};

use super::{Comparison, Protocol, ProtocolChange, RuleComparison};
use crate::Result;

/// Weight changes as a table: `rule`, `protocol` in words, its `rate_hz`, the `delta_ms` of its pairs
/// (null where it has none), and the relative `change`.
///
/// ```
/// use microlearners::spiking::{Protocol, changes_table, protocol_table, synaptic_rules};
///
/// let window = Protocol::window(&[-10.0, 10.0], 1.0, 60);
/// let table = changes_table(&protocol_table(&synaptic_rules(), &window)?)?;
/// assert_eq!(table.height(), synaptic_rules().len() * 2);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// None that a list of changes can cause.
pub fn changes_table(changes: &[ProtocolChange]) -> Result<DataFrame> {
    let text = |of: fn(&ProtocolChange) -> String| changes.iter().map(of).collect::<Vec<String>>();
    let number = |of: fn(&Protocol) -> Option<f64>| {
        changes.iter().map(|one| of(&one.protocol)).collect::<Vec<Option<f64>>>()
    };
    let changed: Vec<f64> = changes.iter().map(|one| one.change).collect();
    let columns = vec![
        Column::new("rule".into(), text(|one| one.rule.clone())),
        Column::new("protocol".into(), text(|one| one.protocol.to_string())),
        Column::new("rate_hz".into(), number(rate_hz)),
        Column::new("delta_ms".into(), number(delta_ms)),
        Column::new("change".into(), changed),
    ];
    Ok(DataFrame::new(changes.len(), columns)?)
}

impl Comparison {
    /// A row for each point: `protocol` in words, its `rate_hz` and `delta_ms`, the `measured` change
    /// with its standard error `sem`, and the `predicted` one.
    ///
    /// # Errors
    /// None that a comparison can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let points = &self.points;
        let text: Vec<String> = points.iter().map(|one| one.protocol.to_string()).collect();
        let optional = |of: fn(&Protocol) -> Option<f64>| {
            points.iter().map(|one| of(&one.protocol)).collect::<Vec<Option<f64>>>()
        };
        let columns = vec![
            Column::new("protocol".into(), text),
            Column::new("rate_hz".into(), optional(rate_hz)),
            Column::new("delta_ms".into(), optional(delta_ms)),
            Column::new("measured".into(), points.iter().map(|one| one.data).collect::<Vec<f64>>()),
            Column::new("sem".into(), points.iter().map(|one| one.sem).collect::<Vec<f64>>()),
            Column::new(
                "predicted".into(),
                points.iter().map(|one| one.model).collect::<Vec<f64>>(),
            ),
        ];
        Ok(DataFrame::new(points.len(), columns)?)
    }
}

/// The errors of many rules against the data of one study: `rule` and `error`, E, best first.
///
/// # Errors
/// None that a list of comparisons can cause.
pub fn errors_table(comparisons: &[RuleComparison]) -> Result<DataFrame> {
    let mut order: Vec<&RuleComparison> = comparisons.iter().collect();
    order.sort_by(|a, b| a.comparison.error.total_cmp(&b.comparison.error));
    let rules: Vec<&str> = order.iter().map(|one| one.rule.as_str()).collect();
    let errors: Vec<f64> = order.iter().map(|one| one.comparison.error).collect();
    let columns = vec![Column::new("rule".into(), rules), Column::new("error".into(), errors)];
    Ok(DataFrame::new(comparisons.len(), columns)?)
}

/// Repetitions per second; none of given trains.
fn rate_hz(protocol: &Protocol) -> Option<f64> {
    match *protocol {
        Protocol::Pairs { rate_hz, .. }
        | Protocol::PrePostPre { rate_hz, .. }
        | Protocol::PostPrePost { rate_hz, .. }
        | Protocol::Quadruplets { rate_hz, .. }
        | Protocol::Sweeps { rate_hz, .. }
        | Protocol::PostBursts { rate_hz, .. } => Some(rate_hz),
        Protocol::Poisson { post_hz, .. } => Some(post_hz),
        Protocol::Trains(_) => None,
    }
}

/// Δt, where there is one.
fn delta_ms(protocol: &Protocol) -> Option<f64> {
    match *protocol {
        Protocol::Pairs { delta_ms, .. }
        | Protocol::Sweeps { delta_ms, .. }
        | Protocol::PostBursts { delta_ms, .. } => Some(delta_ms),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PlasticityData, TripletStdp, compare, compare_rules, synaptic_rules};
    use super::*;

    #[test]
    fn predictions_stand_beside_what_was_measured() {
        let data = PlasticityData::visual_cortex();
        let found = compare(&TripletStdp::visual_cortex_full(), &data).unwrap();
        let table = found.table().unwrap();
        assert_eq!(table.height(), 10);
        let rates = table.column("rate_hz").unwrap().f64().unwrap();
        assert_eq!(rates.get(4), Some(50.0));
        let errors = errors_table(&compare_rules(&synaptic_rules(), &data).unwrap()).unwrap();
        assert_eq!(errors.height(), synaptic_rules().len());
        let errors = errors.column("error").unwrap().f64().unwrap();
        assert!(errors.get(0) < errors.get(1));
    }
}
