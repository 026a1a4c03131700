//! How often is an unknown rule recognised as unknown?

use polars::prelude::{Column, DataFrame};

use super::identifier::{IdentifierProtocol, judge_fold, splits};
use super::reliability::{Judged, Reliability};
use crate::classification::classifiers::{Classifier, first_largest};
use crate::classification::samples::{SampleSpec, Samples};
use crate::display::Progress;
use crate::statistics::wilson;
use crate::{Error, Result};

/// Leaves every class out in turn, and judges its networks by an identifier that has never seen
/// one: a row per class, with `class`, `networks`, `recognised` (the share of its networks that are
/// refused as none of these) and Wilson's 95 % interval `low` to `high`; `refused`, `refused_low` and
/// `refused_high`, the share of networks of the other classes that are refused as none of these,
/// which should be the protocol's false alarms; and `confused_with`, the class that it was named most
/// often.
///
/// Networks are judged by a fold's classifier that has not seen their initial weights, and their
/// p-values are among known networks of the other folds. Costs as many fits as there are classes ×
/// folds; fewer folds than an [`Identifier`](super::Identifier) has are enough.
///
/// # Errors
/// As [`Identifier::fit`](super::Identifier::fit); [`Error::Samples`] for fewer than three classes.
pub fn left_out(
    known: &DataFrame,
    spec: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &IdentifierProtocol,
) -> Result<DataFrame> {
    protocol.check()?;
    classifier.check()?;
    let samples = spec.samples(known)?;
    let classes = samples.classes.len();
    if classes < 3 {
        return Err(Error::Samples(format!(
            "{classes} classes leave fewer than two to learn from when one is left out; give networks of at least three"
        )));
    }
    let progress = Progress::new("classes", classes);
    let mut rows = Vec::new();
    for class in 0..classes {
        rows.push(without(&samples, class, classifier, protocol)?);
        progress.advance(1);
    }
    table(&samples.classes, &rows)
}

/// What became of one class.
struct Row {
    networks: u64,
    recognised: u64,
    others: u64,
    refused: u64,
    confused_with: usize,
}

/// Largest probability and its class for every network of a fold, known or left out.
struct Named {
    fold: usize,
    is_left_out: bool,
    label: usize,
    scores: ndarray::Array1<f64>,
}

fn without(
    samples: &Samples,
    class: usize,
    classifier: &dyn Classifier,
    protocol: &IdentifierProtocol,
) -> Result<Row> {
    let mut all: Vec<Named> = Vec::new();
    for (fold, split) in splits(samples, protocol)?.iter().enumerate() {
        let learned: Vec<usize> =
            split.train.iter().copied().filter(|&row| samples.labels[row] != class).collect();
        let seed = protocol.seed.wrapping_add(fold as u64);
        let (labels, scores) = judge_fold(samples, classifier, (&learned, &split.test), seed)?;
        for (label, scores) in labels.into_iter().zip(scores.rows()) {
            all.push(Named { fold, is_left_out: label == class, label, scores: scores.to_owned() });
        }
    }
    let folds = all.iter().map(|one| one.fold + 1).max().unwrap_or_default();
    let mut row = Row { networks: 0, recognised: 0, others: 0, refused: 0, confused_with: 0 };
    let mut names = vec![0; samples.classes.len()];
    for fold in 0..folds {
        let reliability = Reliability::of(&judged(&all, fold));
        for one in all.iter().filter(|one| one.fold == fold) {
            let best = first_largest(one.scores.view());
            let p_value = reliability.p_value(one.scores.view());
            let refused = u64::from(p_value <= protocol.false_alarms);
            if one.is_left_out {
                (row.networks, row.recognised) = (row.networks + 1, row.recognised + refused);
                names[best] += 1;
            } else {
                (row.others, row.refused) = (row.others + 1, row.refused + refused);
            }
        }
    }
    row.confused_with = (0..names.len()).max_by_key(|&k| (names[k], names.len() - k)).unwrap_or(0);
    Ok(row)
}

/// The known networks of all other folds, renumbered so that each of these is one still.
fn judged(all: &[Named], except: usize) -> Judged {
    let others: Vec<&Named> =
        all.iter().filter(|one| one.fold != except && !one.is_left_out).collect();
    let classes = others.first().map_or(0, |one| one.scores.len());
    let flat: Vec<f64> = others.iter().flat_map(|one| one.scores.iter().copied()).collect();
    Judged {
        labels: others.iter().map(|one| one.label).collect(),
        folds: others.iter().map(|one| one.fold - usize::from(one.fold > except)).collect(),
        scores: ndarray::Array2::from_shape_vec((others.len(), classes), flat)
            .expect("a number for each class of every network"),
    }
}

fn table(classes: &[String], rows: &[Row]) -> Result<DataFrame> {
    let share = |right: u64, all: u64| right as f64 / all.max(1) as f64;
    let column = |name: &str, of: &dyn Fn(&Row) -> f64| {
        Column::new(name.into(), rows.iter().map(of).collect::<Vec<f64>>())
    };
    let taken: Vec<&str> = rows.iter().map(|row| classes[row.confused_with].as_str()).collect();
    let networks: Vec<u32> = rows.iter().map(|row| row.networks as u32).collect();
    let columns = vec![
        Column::new("class".into(), classes.to_vec()),
        Column::new("networks".into(), networks),
        column("recognised", &|row| share(row.recognised, row.networks)),
        column("low", &|row| wilson(row.recognised, row.networks).low),
        column("high", &|row| wilson(row.recognised, row.networks).high),
        column("refused", &|row| share(row.refused, row.others)),
        column("refused_low", &|row| wilson(row.refused, row.others).low),
        column("refused_high", &|row| wilson(row.refused, row.others).high),
        Column::new("confused_with".into(), taken),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
}
