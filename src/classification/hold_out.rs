//! Does what was learned hold for networks of another kind?

use std::collections::BTreeSet;
use std::fmt;

use polars::prelude::{ChunkedArray, Column, DataFrame, DataType, Expr, IntoLazy, col};
use rayon::prelude::*;

use super::evaluate::{baseline, seed_for, with_shuffled_labels};
use super::importance::accuracy;
use super::table::whole_numbers;
use super::{
    Baseline, Classifier, ConfusionMatrix, Estimate, Grouping, Interval, Protocol, Samples, View,
};
use crate::{Error, Result};

/// How a classifier that never saw networks of some kind (an architecture, a task, a learning rate) does on these, beside how it does
/// on networks of the kinds it learned from. Nayebi et al. 2020 (arXiv 2010.11765) call it generalising to new "animals" and "training curricula".
#[derive(Debug, Clone, PartialEq)]
pub struct HoldOut {
    /// The classifier, by its name.
    pub classifier: String,
    /// Networks of the other kinds, of which each split's training part is learned from.
    pub networks: usize,
    /// Networks of the held-out kind, all judged in one split or another.
    pub held_out_networks: usize,
    /// The accuracy on networks of the other kinds that were not learned from either.
    pub within: Estimate,
    /// The accuracy on networks of the held-out kind.
    pub held_out: Estimate,
    /// Who was taken for whom among these, pooled over splits.
    pub confusion: ConfusionMatrix,
    /// The accuracy of always naming the class that most of the held-out samples have.
    pub chance: f64,
    /// The accuracy on the held-out kind after learning from shuffled labels, unless the protocol leaves it out.
    pub baseline: Option<Baseline>,
}

/// Learns from the networks of `table` where `kind` is false, by the protocol's splits, and judges both their rest and the networks where
/// it is true. Grouped by initialisation, these are judged in the splits in which their initial weights were not learned from under another
/// kind, either.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let records = Study::of(Experiment::new(&task).batch_size(50).checkpoints(Checkpoints::Count(2)))
///     .architectures(&[Architecture::hidden(&[10]), Architecture::hidden(&[20])])
///     .rules(&[Backprop.shared(), Hebbian::default().shared()])
///     .seeds(8).run()?;
/// let wide = col("architecture").eq(lit("36-20-4 sigmoid"));
/// let protocol = Protocol { splits: 2, permutations: 2, ..Protocol::default() };
/// let found = hold_out(&records.observations, &View::default(), &RandomForest::default(), &protocol, &wide)?;
/// assert_eq!((found.networks, found.held_out_networks), (16, 16));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] if the expression holds for all networks, for none, or for a part of one network's rows; otherwise as
/// [`classify`](super::classify).
pub fn hold_out(
    table: &DataFrame,
    view: &View,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    kind: &Expr,
) -> Result<HoldOut> {
    let samples = view.samples(table)?;
    judge(&samples, &networks_of_kind(table, kind)?, classifier, protocol)
}

/// [`hold_out`] for every value of a key column (`architecture`, `task`, `learning_rate`, …): one row per value, with `held_out`, its interval's ends `low` and
/// `high`, and the same `within`; `chance`, `shuffled` (the mean after learning from shuffled labels) and the numbers of networks.
///
/// # Errors
/// As [`hold_out`]; [`Error::Table`] if there is no such column.
pub fn hold_out_each(
    table: &DataFrame,
    view: &View,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    key: &str,
) -> Result<DataFrame> {
    let column = table.column(key).map_err(|_| {
        Error::Table(format!("the table has no column {key} to hold networks out by"))
    })?;
    let text = column.cast(&DataType::String)?;
    let values: BTreeSet<&str> = text.str()?.iter().flatten().collect();
    let samples = view.samples(table)?;
    let found: Vec<(&str, HoldOut)> = values
        .into_iter()
        .map(|value| {
            let kind = col(key).cast(DataType::String).eq(polars::prelude::lit(value));
            Ok((value, judge(&samples, &networks_of_kind(table, &kind)?, classifier, protocol)?))
        })
        .collect::<Result<_>>()?;
    let number = |name: &str, of: &dyn Fn(&HoldOut) -> Option<f64>| {
        let values: Vec<Option<f64>> = found.iter().map(|(_, one)| of(one)).collect();
        Column::new(name.into(), values)
    };
    let end = |estimate: Estimate, end: fn(Interval) -> f64| estimate.interval.map(end);
    let names: Vec<&str> = found.iter().map(|(value, _)| *value).collect();
    let networks: Vec<u32> = found.iter().map(|(_, one)| one.held_out_networks as u32).collect();
    Ok(DataFrame::new(
        found.len(),
        vec![
            Column::new(key.into(), names),
            Column::new("networks".into(), networks),
            number("held_out", &|one| Some(one.held_out.mean)),
            number("low", &|one| end(one.held_out, |interval| interval.low)),
            number("high", &|one| end(one.held_out, |interval| interval.high)),
            number("within", &|one| Some(one.within.mean)),
            number("within_low", &|one| end(one.within, |interval| interval.low)),
            number("within_high", &|one| end(one.within, |interval| interval.high)),
            number("chance", &|one| Some(one.chance)),
            number("shuffled", &|one| one.baseline.as_ref().map(|baseline| baseline.mean)),
        ],
    )?)
}

/// The networks for whose rows an expression holds.
fn networks_of_kind(table: &DataFrame, kind: &Expr) -> Result<BTreeSet<u64>> {
    let runs = whole_numbers(table, "run")?;
    let marked = table.clone().lazy().select([kind.clone().alias("kind")]).collect()?;
    let column = marked.column("kind")?;
    let marks: &ChunkedArray<polars::prelude::BooleanType> = column.bool().map_err(|_| {
        let found = column.dtype();
        Error::Table(format!(
            "the kind to hold out is told by an expression that is true or false, and this one is {found}; compare a key \
             column, such as col(\"task\").eq(lit(\"mnist\"))"
        ))
    })?;
    let holds = |mark: Option<bool>| mark.unwrap_or(false);
    // A constant has one row.
    let mark = |row: usize| holds(marks.get(row.min(marks.len() - 1)));
    let held: BTreeSet<u64> =
        (0..runs.len()).filter(|&row| mark(row)).map(|row| runs[row]).collect();
    if let Some(row) = (0..runs.len()).find(|&row| !mark(row) && held.contains(&runs[row])) {
        return Err(Error::Samples(format!(
            "the kind to hold out takes a part of network {}; it must hold for all rows of a network or for none: use key columns \
             that are constant within a run",
            runs[row]
        )));
    }
    Ok(held)
}

/// One split's accuracies, and its confusions among the held-out networks.
struct Outcome {
    within: f64,
    held_out: f64,
    confusion: ConfusionMatrix,
    overlap: f64,
}

fn judge(
    samples: &Samples,
    held: &BTreeSet<u64>,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<HoldOut> {
    classifier.check()?;
    protocol.check()?;
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..samples.len()).partition(|&row| held.contains(&samples.groups[row]));
    let (inside, outside) = (samples.select(&inside), samples.select(&outside));
    if inside.is_empty() || outside.is_empty() {
        return Err(Error::Samples(format!(
            "the kind to hold out has {} of the {} networks; it must be some and not all",
            inside.networks(),
            samples.networks()
        )));
    }
    outside.check()?;
    let outcomes: Vec<Outcome> = (0..protocol.splits)
        .into_par_iter()
        .map(|index| one_split(&outside, &inside, classifier, protocol, index))
        .collect::<Result<_>>()?;
    let permuted: Vec<f64> = (0..protocol.permutations)
        .into_par_iter()
        .map(|index| one_permutation(&outside, &inside, classifier, protocol, index))
        .collect::<Result<_>>()?;
    let overlap = outcomes[0].overlap;
    let estimate = |of: fn(&Outcome) -> f64| {
        Estimate::over_splits(&outcomes.iter().map(of).collect::<Vec<f64>>(), overlap)
    };
    let mut confusion = outcomes[0].confusion.clone();
    outcomes[1..].iter().for_each(|outcome| confusion.add(&outcome.confusion));
    let held_out = estimate(|outcome| outcome.held_out);
    let largest = inside.class_counts().into_iter().max().unwrap_or(0);
    Ok(HoldOut {
        classifier: classifier.name(),
        networks: outside.networks(),
        held_out_networks: inside.networks(),
        within: estimate(|outcome| outcome.within),
        confusion,
        chance: largest as f64 / inside.len() as f64,
        baseline: baseline(permuted, held_out.mean),
        held_out,
    })
}

/// The held-out networks that may be judged by what learned from `train`.
fn unseen(inside: &Samples, train: &Samples, protocol: &Protocol) -> Result<Samples> {
    let seen: BTreeSet<u64> = train.initialisations.iter().copied().collect();
    let may = |&row: &usize| {
        protocol.grouping != Grouping::ByInitialisation
            || !seen.contains(&inside.initialisations[row])
    };
    let rows: Vec<usize> = (0..inside.len()).filter(may).collect();
    if rows.is_empty() {
        return Err(Error::Samples(
            "every held-out network shares its initial weights with one that was learned from; train with more seeds, or group by \
             network"
                .into(),
        ));
    }
    Ok(inside.select(&rows))
}

fn one_split(
    outside: &Samples,
    inside: &Samples,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    index: usize,
) -> Result<Outcome> {
    let split = protocol.split(outside, index)?;
    let train = outside.select(&split.train);
    let fitted = classifier.fit(&train, seed_for(protocol, "fit", index))?;
    let judged = unseen(inside, &train, protocol)?;
    let guesses = fitted.predict(&judged.features);
    let confusion = ConfusionMatrix::count(judged.classes.clone(), &judged.labels, &guesses);
    Ok(Outcome {
        within: accuracy(fitted.as_ref(), &outside.select(&split.test)),
        held_out: confusion.accuracy(),
        confusion,
        overlap: split.test.len() as f64 / split.train.len() as f64,
    })
}

fn one_permutation(
    outside: &Samples,
    inside: &Samples,
    classifier: &dyn Classifier,
    protocol: &Protocol,
    index: usize,
) -> Result<f64> {
    let split = protocol.split(outside, index)?;
    let train = with_shuffled_labels(outside, protocol, index).select(&split.train);
    let fitted = classifier.fit(&train, seed_for(protocol, "fit permuted", index))?;
    Ok(accuracy(fitted.as_ref(), &unseen(inside, &outside.select(&split.train), protocol)?))
}

impl fmt::Display for HoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}, learned from {} networks, judged on {} of a kind it never saw",
            self.classifier, self.networks, self.held_out_networks
        )?;
        writeln!(f, "held out: accuracy {}", self.held_out)?;
        writeln!(f, "within:   accuracy {}", self.within)?;
        write!(f, "chance {:.3}", self.chance)?;
        if let Some(Baseline { mean, quantile_95, p_value, .. }) = &self.baseline {
            write!(
                f,
                "; shuffled labels {mean:.3}, 95 % below {quantile_95:.3}, p = {p_value:.3}"
            )?;
        }
        Ok(())
    }
}
