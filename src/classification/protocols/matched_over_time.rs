//! Networks that moved and learned alike at every checkpoint, under every rule.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{Column, DataFrame, Expr};

use super::matched_networks::rows_of;
use crate::classification::samples::{SampleSpec, labels};
use crate::observables::columns::{check_distinct, numbers, row_keys};
use crate::observables::{Networks, marked, pairs};
use crate::{Error, Result};

/// The columns that networks are matched by unless others are named: how far each layer's weights
/// have moved, and the accuracy.
pub const MOVEMENT_AND_ACCURACY: [&str; 2] = ["weight_change", "accuracy"];

/// For every network that `reference` marks and for every class (the label of `spec`), the network of that class which went
/// through learning most alike from the same initial weights: of those that share its task,
/// architecture, batch size and seeds, such as one rule at several learning rates, the one nearest in
/// the columns `by` at every checkpoint and layer. Returns their rows, and a table with a row per
/// network: `run`, its `class`, `of` (the reference's run) and its `distance`, null for a network that
/// stopped early.
///
/// The distance is the root mean square of differences in units of the standard deviation of the
/// reference's own networks at that checkpoint and layer. Two networks of the reference's rule that
/// differ in nothing but their initial weights are 1.4 apart, so that a rule with a larger distance
/// was not matched. Places at which the reference does not vary do not count.
///
/// ```
/// use microlearners::classification::{MOVEMENT_AND_ACCURACY, matched_over_time};
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), FeedbackAlignment::default().shared()];
/// let study = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules);
/// let observed = study.learning_rates(&[0.05, 0.1, 0.2]).seeds(4).run()?.observations;
/// let backprop = col("rule").eq(lit("backprop")).and(col("learning_rate").eq(lit(0.1)));
/// let spec = SampleSpec::default();
/// let (matched, chosen) = matched_over_time(&observed, &spec, &backprop, &MOVEMENT_AND_ACCURACY)?;
/// assert_eq!(chosen.height(), 8);
/// # assert!(matched.height() < observed.height());
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] if `by` is empty or names a column twice; [`Error::Table`] if the reference
/// marks no network, two with the same start, or fewer than two, if a column is missing or a row is
/// there twice; [`Error::Samples`] if a reference network has no counterpart of a label.
pub fn matched_over_time(
    table: &DataFrame,
    spec: &SampleSpec,
    reference: &Expr,
    by: &[&str],
) -> Result<(DataFrame, DataFrame)> {
    if by.is_empty() {
        return Err(Error::setting(
            "by",
            "empty",
            "name at least one column, such as weight_change",
        ));
    }
    check_distinct("by", by)?;
    let marks = marked(table, "the reference", reference)?;
    let distances = distances(table, &marks, by)?;
    let classes = labels(table, &spec.label)?;
    let nearest = nearest(&distances, &classes)?;
    let kept: BTreeSet<u64> = nearest.iter().map(|one| one.run).collect();
    Ok((rows_of(table, &kept)?, told(&nearest, &classes)?))
}

/// A network beside its reference.
#[derive(Clone, Copy)]
struct Pair {
    run: u64,
    of: u64,
    first_row: usize,
    distance: f64,
}

/// Of every network that has a reference.
fn distances(table: &DataFrame, marks: &[bool], by: &[&str]) -> Result<Vec<Pair>> {
    let pairs = pairs(table, marks)?;
    let networks = Networks::of(table)?;
    let columns: Vec<Vec<f64>> =
        by.iter().map(|name| numbers(table, name)).collect::<Result<_>>()?;
    let rows: Vec<usize> = (0..table.height()).collect();
    let places = row_keys(table, &["checkpoint", "layer"], &rows)?;
    let scatter: Vec<Scatter<'_>> =
        columns.iter().map(|values| scatter(values, &places, marks)).collect();
    if scatter.iter().all(|one| one.values().all(|sd| *sd == 0.0)) {
        return Err(Error::Table(format!(
            "the reference's networks do not differ from one another in {}, so that there is no unit of distance; mark networks of at least two seeds",
            by.join(" and ")
        )));
    }
    let most = networks.rows.iter().map(|(_, rows)| rows.len()).max().unwrap_or_default();
    let of = |(run, rows): &(u64, Vec<usize>)| {
        let first = pairs[rows[0]]?;
        let stopped = rows.len() < most;
        let square = |&row: &usize| -> Vec<f64> {
            let Some(other) = pairs[row] else { return vec![f64::INFINITY] };
            let one = |(values, scatter): (&Vec<f64>, &Scatter<'_>)| {
                let sd = scatter.get(places[row].as_slice()).copied().unwrap_or_default();
                (sd > 0.0).then(|| ((values[row] - values[other]) / sd).powi(2))
            };
            columns.iter().zip(&scatter).filter_map(one).collect()
        };
        let squares: Vec<f64> = rows.iter().flat_map(square).collect();
        let distance = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
        let distance = if distance.is_finite() && !stopped { distance } else { f64::INFINITY };
        Some(Pair { run: *run, of: networks.runs[first], first_row: rows[0], distance })
    };
    Ok(networks.rows.iter().filter_map(of).collect())
}

/// A standard deviation for every checkpoint and layer.
type Scatter<'a> = BTreeMap<&'a [u32], f64>;

/// The reference's standard deviation at every checkpoint and layer; 0 for fewer than two networks.
fn scatter<'a>(values: &[f64], places: &'a [Vec<u32>], marks: &[bool]) -> Scatter<'a> {
    let mut known: BTreeMap<&[u32], Vec<f64>> = BTreeMap::new();
    for row in (0..values.len()).filter(|&row| marks[row] && values[row].is_finite()) {
        known.entry(&places[row]).or_default().push(values[row]);
    }
    let deviation = |values: &Vec<f64>| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = if values.len() < 2 { 0.0 } else { (squares / (n - 1.0)).sqrt() };
        // What rounding leaves of equal numbers is nothing.
        if sd > 1e-9 * mean.abs() { sd } else { 0.0 }
    };
    known.iter().map(|(place, values)| (*place, deviation(values))).collect()
}

/// The nearest network of each class to each reference.
fn nearest(all: &[Pair], classes: &[String]) -> Result<Vec<Pair>> {
    let mut best: BTreeMap<(u64, &String), Pair> = BTreeMap::new();
    for pair in all {
        let known = best.entry((pair.of, &classes[pair.first_row])).or_insert(*pair);
        if pair.distance < known.distance {
            *known = *pair;
        }
    }
    let names: BTreeSet<&String> = best.keys().map(|(_, class)| *class).collect();
    let references: BTreeSet<u64> = best.keys().map(|(of, _)| *of).collect();
    for &of in &references {
        if let Some(lacking) = names.iter().find(|class| !best.contains_key(&(of, class))) {
            return Err(Error::Samples(format!(
                "no network of {lacking} has the initial weights and task of network {of}; leave the one or the other out"
            )));
        }
    }
    Ok(best.into_values().collect())
}

fn told(nearest: &[Pair], classes: &[String]) -> Result<DataFrame> {
    let class: Vec<&str> = nearest.iter().map(|one| classes[one.first_row].as_str()).collect();
    let whole = |name: &str, of: fn(&Pair) -> u64| {
        Column::new(name.into(), nearest.iter().map(of).collect::<Vec<u64>>())
    };
    let distances: Vec<Option<f64>> =
        nearest.iter().map(|one| Some(one.distance).filter(|x| x.is_finite())).collect();
    let columns = vec![
        whole("run", |one| one.run),
        Column::new("class".into(), class),
        whole("of", |one| one.of),
        Column::new("distance".into(), distances),
    ];
    Ok(DataFrame::new(nearest.len(), columns)?)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{col, df, lit};

    use super::*;
    use crate::observables::columns::whole_numbers;

    /// Two seeds, backprop once and another rule at three rates, which move in proportion.
    fn table() -> DataFrame {
        let mut rows: Vec<(u32, &str, f64, u64, u32, f64)> = Vec::new();
        for seed in 0..2_u64 {
            for (place, (rule, rate)) in
                [("backprop", 0.1), ("other", 0.1), ("other", 0.2), ("other", 0.4)]
                    .into_iter()
                    .enumerate()
            {
                for checkpoint in 0..3_u32 {
                    let pace = if rule == "other" { 0.5 } else { 1.0 + 0.1 * seed as f64 };
                    let moved = f64::from(checkpoint) * rate * pace;
                    rows.push((
                        4 * seed as u32 + place as u32,
                        rule,
                        rate,
                        seed,
                        checkpoint,
                        moved,
                    ));
                }
            }
        }
        df!("run" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
            "rule" => rows.iter().map(|r| r.1).collect::<Vec<_>>(),
            "learning_rate" => rows.iter().map(|r| r.2).collect::<Vec<_>>(),
            "model_seed" => rows.iter().map(|r| r.3).collect::<Vec<_>>(),
            "checkpoint" => rows.iter().map(|r| r.4).collect::<Vec<_>>(),
            "layer" => vec![1; rows.len()],
            "weight_change" => rows.iter().map(|r| r.5).collect::<Vec<_>>())
        .unwrap()
    }

    #[test]
    fn the_rate_that_moves_as_far_is_found() {
        let reference = col("rule").eq(lit("backprop"));
        let by = ["weight_change"];
        let (matched, chosen) =
            matched_over_time(&table(), &SampleSpec::default(), &reference, &by).unwrap();
        // Twice the rate at half the pace.
        assert_eq!(whole_numbers(&chosen, "run").unwrap(), [0, 2, 4, 6]);
        assert_eq!(matched.height(), 12);
        let distances = numbers(&chosen, "distance").unwrap();
        assert_eq!((distances[0], distances[1], distances[2]), (0.0, 0.0, 0.0));
        // 0.02 and 0.01 apart where the reference's two networks are 0.02 and 0.01 apart: √2.
        assert!((distances[3] - 2.0_f64.sqrt()).abs() < 1e-9, "{distances:?}");
    }

    #[test]
    fn what_cannot_be_matched_is_refused() {
        let told = |table: &DataFrame, reference: &Expr, by: &[&str]| {
            matched_over_time(table, &SampleSpec::default(), reference, by).unwrap_err().to_string()
        };
        let backprop = col("rule").eq(lit("backprop"));
        assert!(told(&table(), &backprop, &[]).contains("at least one column"));
        let other = col("rule").eq(lit("other"));
        assert!(told(&table(), &other, &["weight_change"]).contains("same start"));
        let one = backprop.clone().and(col("model_seed").eq(lit(0)));
        assert!(told(&table(), &one, &["weight_change"]).contains("at least two seeds"));
        let lacking = table().head(Some(15));
        let told = told(&lacking, &backprop, &["weight_change"]);
        assert!(told.contains("no network of other") && told.contains("network 4"), "{told}");
    }
}
