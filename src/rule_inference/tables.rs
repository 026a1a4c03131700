//! What was inferred, as tables.

use polars::prelude::{Column, DataFrame};

use super::{InferredRule, InferredTerm, RecoveryPoint};
use crate::Result;

impl InferredRule {
    /// A row for each term: `term`, `order`, `coefficient` with `low` and `high` of its interval,
    /// the share of draws in which it was `selected`, and the terms that `could_also_be`.
    ///
    /// # Errors
    /// None that an inferred rule can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let number = |of: fn(&InferredTerm) -> f64| self.terms.iter().map(of).collect::<Vec<f64>>();
        let text =
            |of: fn(&InferredTerm) -> String| self.terms.iter().map(of).collect::<Vec<String>>();
        let orders: Vec<u32> = self.terms.iter().map(|term| term.order).collect();
        Ok(DataFrame::new(
            self.terms.len(),
            vec![
                Column::new("term".into(), text(|term| term.name.clone())),
                Column::new("order".into(), orders),
                Column::new("coefficient".into(), number(|term| term.coefficient)),
                Column::new("low".into(), number(|term| term.interval.low)),
                Column::new("high".into(), number(|term| term.interval.high)),
                Column::new("selected".into(), number(|term| term.selected)),
                Column::new("could_also_be".into(), text(|term| term.alternatives.join(" or "))),
            ],
        )?)
    }
}

/// A row for each point: `rule`, `weight_noise`, `activity_noise`, `recordings`, `observed`,
/// `repetitions`, and the `share` of them with exactly the true terms, with Wilson's 95 % interval
/// from `low` to `high`; the mean numbers of `missing` and `spurious` terms.
///
/// ```
/// use microlearners::rule_inference::{KnownRule, recovery_curve, recovery_table};
///
/// let points = recovery_curve(&[KnownRule::Oja { rate: 0.05 }], &[0.0], 3, 0)?;
/// assert_eq!(recovery_table(&points)?.height(), 1);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// None that a list of points can cause.
pub fn recovery_table(points: &[RecoveryPoint]) -> Result<DataFrame> {
    let number = |of: fn(&RecoveryPoint) -> f64| points.iter().map(of).collect::<Vec<f64>>();
    let count = |of: fn(&RecoveryPoint) -> usize| {
        points.iter().map(|one| of(one) as u32).collect::<Vec<u32>>()
    };
    let rules: Vec<String> = points.iter().map(|one| one.rule.clone()).collect();
    Ok(DataFrame::new(
        points.len(),
        vec![
            Column::new("rule".into(), rules),
            Column::new("weight_noise".into(), number(|one| one.weight_noise)),
            Column::new("activity_noise".into(), number(|one| one.activity_noise)),
            Column::new("recordings".into(), count(|one| one.recordings)),
            Column::new("observed".into(), number(|one| one.observed)),
            Column::new("repetitions".into(), count(|one| one.repetitions)),
            Column::new("share".into(), number(|one| one.share)),
            Column::new("low".into(), number(|one| one.low)),
            Column::new("high".into(), number(|one| one.high)),
            Column::new("missing".into(), number(|one| one.missing)),
            Column::new("spurious".into(), number(|one| one.spurious)),
        ],
    )?)
}

#[cfg(test)]
mod tests {
    use super::super::{Basis, KnownRule, PlasticitySimulation, infer_rule};

    #[test]
    fn the_table_of_a_rule_has_its_terms() {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let recordings = PlasticitySimulation::default().run(&rule).unwrap();
        let inferred = infer_rule(&recordings, &Basis::default()).unwrap();
        let table = inferred.table().unwrap();
        assert_eq!((table.height(), table.width()), (inferred.terms.len(), 7));
    }
}
