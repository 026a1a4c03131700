//! Observables without their size, which depends on the learning rate as much as on the rule.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use super::columns::{nullable, numbers, whole_numbers};
use super::{Measure, Networks, Statistic, Summary, Transform, declared_some};
use crate::display::show_as_settings;
use crate::error::{Error, Result};

/// What observables are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DividedBy {
    /// The root mean square of what was recorded of the same layer at the same moment (its norm
    /// without the number of synapses or units), to the power that makes the observable the same if
    /// all recorded numbers are multiplied by one factor: once for a mean, twice for a variance or a
    /// mean of squares, not at all for skew and kurtosis. Activity change is divided by its absolute
    /// value.
    RootMeanSquare,
    /// The observable's own value of the same layer at the network's first checkpoint that has one:
    /// before learning, and of the last weight change after the first.
    FirstCheckpoint,
}

show_as_settings!(DividedBy);

/// The table with every observable divided by a scale: what remains can tell rules apart by shape,
/// not by size. Null where the scale is 0 or was not measured.
///
/// A larger learning rate also changes shapes, because weights move further. So this takes the
/// plainest trace of a step size away, and not all traces.
///
/// ```
/// use microlearners::observables::{DividedBy, without_scale};
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let observed = Study::of(Experiment::new(&task).batch_size(50)).run()?.observations;
/// let shapes = without_scale(&observed, DividedBy::RootMeanSquare)?;
/// assert!((shapes.column("weightsq_mean")?.f64()?.get(0).unwrap() - 1.0).abs() < 1e-12);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Table`] if the table has no observables, lacks `run`, `layer` or `checkpoint` or has a row
/// of these twice; for the root mean square if `weightsq_mean` (`actsq_mean`, `deltasq_mean`,
/// `gradavgabs_id`), of which it is made, was not measured, or an observable is none of the catalogue.
pub fn without_scale(table: &DataFrame, scale: DividedBy) -> Result<DataFrame> {
    let names = declared_some(table)?;
    let mut changed = table.clone();
    match scale {
        DividedBy::RootMeanSquare => {
            for name in &names {
                let values = over_root_mean_square(table, name)?;
                changed.replace(name, nullable(name, values))?;
            }
        }
        DividedBy::FirstCheckpoint => {
            let order = in_order(table)?;
            for name in &names {
                let values = over_first(&numbers(table, name)?, &order);
                changed.replace(name, nullable(name, values))?;
            }
        }
    }
    Ok(changed)
}

/// How often the root mean square is a factor of a summary.
fn power(summary: Summary) -> i32 {
    let of_transform = match summary.transform {
        Transform::Raw | Transform::Abs => 1,
        Transform::Sq => 2,
    };
    match summary.statistic {
        Statistic::Skew | Statistic::SkewPearson | Statistic::Kurtosis => 0,
        Statistic::Var => 2 * of_transform,
        _ => of_transform,
    }
}

fn over_root_mean_square(table: &DataFrame, name: &str) -> Result<Vec<f64>> {
    let summary = Summary::named(name).map_err(|_| {
        Error::Table(format!(
            "{name} is none of the catalogue's observables, and what its scale is nobody knows; drop the column, or divide by the first checkpoint"
        ))
    })?;
    let is_change = summary.measure == Measure::ActivityChange;
    let source =
        if is_change { "gradavgabs_id".into() } else { format!("{}sq_mean", summary.measure) };
    if table.column(&source).is_err() {
        return Err(Error::Table(format!(
            "the scale of {name} is made of {source}, which the table lacks; measure it too, or drop {name}"
        )));
    }
    let of_scale = |value: f64| if is_change { value } else { value.sqrt() };
    let scales = numbers(table, &source)?;
    let over = |(value, scale): (f64, f64)| value / of_scale(scale).powi(power(summary));
    Ok(numbers(table, name)?.into_iter().zip(scales).map(over).map(known).collect())
}

/// Of a division by 0 nothing is known.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// The rows of every layer of every network, first checkpoint first.
fn in_order(table: &DataFrame) -> Result<Vec<Vec<usize>>> {
    let networks = Networks::of(table)?;
    networks.check_repeated(table)?;
    let runs = networks.runs;
    let (layers, checkpoints) =
        (whole_numbers(table, "layer")?, whole_numbers(table, "checkpoint")?);
    let mut order: BTreeMap<(u64, u64), Vec<usize>> = BTreeMap::new();
    for row in 0..table.height() {
        order.entry((runs[row], layers[row])).or_default().push(row);
    }
    let mut order: Vec<Vec<usize>> = order.into_values().collect();
    order.iter_mut().for_each(|rows| rows.sort_by_key(|&row| checkpoints[row]));
    Ok(order)
}

fn over_first(values: &[f64], order: &[Vec<usize>]) -> Vec<f64> {
    let mut over = vec![f64::NAN; values.len()];
    for rows in order {
        let Some(&first) = rows.iter().find(|&&row| values[row].is_finite()) else { continue };
        for &row in rows {
            over[row] = known(values[row] / values[first]);
        }
    }
    over
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoLazy, col, df, lit};

    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::observables::{ObservableSet, Records, declared};
    use crate::rules::{Backprop, LearningRule as _};
    use crate::training::{Checkpoints, Experiment, Study};

    fn observed() -> DataFrame {
        let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
        let base = Experiment::new(&task).batch_size(50).checkpoints(Checkpoints::Count(3));
        let records: Records = Study::of(base)
            .rules(&[Backprop.shared()])
            .run_with(&crate::observables::Instrument::perfect(), &ObservableSet::default())
            .unwrap();
        records.observations
    }

    /// Multiplying all that was recorded by a factor changes nothing.
    #[test]
    fn a_factor_is_taken_away() {
        let table = observed();
        let mut scaled = table.clone();
        for name in declared(&table).unwrap() {
            let summary = Summary::named(&name).unwrap();
            let power = match summary.measure {
                Measure::ActivityChange if summary.transform == Transform::Sq => 2,
                Measure::ActivityChange => 1,
                _ => power(summary),
            };
            let values = numbers(&table, &name).unwrap();
            let times = values.into_iter().map(|value| value * 3.0_f64.powi(power));
            scaled.replace(&name, nullable(&name, times)).unwrap();
        }
        let [plain, scaled] =
            [&table, &scaled].map(|table| without_scale(table, DividedBy::RootMeanSquare).unwrap());
        for name in declared(&table).unwrap() {
            let [plain, scaled] = [&plain, &scaled].map(|t| numbers(t, &name).unwrap());
            for (a, b) in plain.iter().zip(&scaled) {
                assert!(
                    (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * a.abs().max(1.0),
                    "{name}: {a} {b}"
                );
            }
        }
        let skew = "weightraw_skew";
        assert!(plain.column(skew).unwrap().equals_missing(table.column(skew).unwrap()));
    }

    #[test]
    fn the_first_checkpoint_becomes_1() {
        let table = observed();
        let over = without_scale(&table, DividedBy::FirstCheckpoint).unwrap();
        let first = over.lazy().filter(col("checkpoint").eq(lit(0))).collect().unwrap();
        let norms = numbers(&first, "weightraw_norm").unwrap();
        assert!(norms.iter().all(|norm| (norm - 1.0).abs() < 1e-12), "{norms:?}");
        assert!(numbers(&first, "deltaraw_norm").unwrap().iter().all(|norm| norm.is_nan()));
    }

    #[test]
    fn what_has_no_scale_is_refused() {
        let told = |table: &DataFrame| {
            without_scale(table, DividedBy::RootMeanSquare).unwrap_err().to_string()
        };
        let bare = df!("run" => [0], "layer" => [1], "checkpoint" => [0]).unwrap();
        assert!(told(&bare).contains("no observables"));
        let lacks =
            df!("run" => [0], "layer" => [1], "checkpoint" => [0], "actraw_mean" => [1.0]).unwrap();
        assert!(
            told(&lacks).contains("the scale of actraw_mean is made of actsq_mean"),
            "{}",
            told(&lacks)
        );
    }
}
