//! The verb: put a classifier to the test.

use polars::prelude::DataFrame;
use rayon::prelude::*;

use super::confusion_matrix::ConfusionMatrix;
use super::importance::{Importance, lost_accuracies, summed};
use super::protocol::Protocol;
use super::report::{Report, Sizes};
use super::shuffled_labels::{Shuffles, shuffles};
use super::trial::Trial;
use super::weight_change;
use crate::Result;
use crate::classification::classifiers::{Classifier, Convergence, Fitted};
use crate::classification::samples::{ImportanceBy, SampleSpec, Samples, Split};
use crate::display::Progress;
use crate::statistics::Estimate;

/// What one split showed.
struct Outcome {
    split: Split,
    confusion: ConfusionMatrix,
    lost: Vec<f64>,
    shares: Option<Vec<f64>>,
    out_of_bag: Option<f64>,
    chosen: Option<String>,
    convergence: Vec<Convergence>,
}

/// Measures how well `classifier` names the labels of networks it has not seen.
///
/// Splits and permutations run in parallel; the report is the same whatever the number of threads.
///
/// # Errors
/// As [`Samples::check`], [`Protocol::split`], [`Classifier::check`] and [`Classifier::fit`].
/// Shuffled labels that cannot be learned from are none: they are left out, and the report says so.
pub fn classify(
    samples: &Samples,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<Report> {
    let trial = Trial { samples, classifier, protocol };
    samples.check()?;
    trial.check()?;
    let progress = Progress::new("fits", protocol.splits + protocol.permutations);
    let outcomes: Vec<Outcome> = (0..protocol.splits)
        .into_par_iter()
        .map(|index| one_split(&trial, index))
        .inspect(|_| progress.advance(1))
        .collect::<Result<_>>()?;
    let mut report = summary(&trial, &outcomes);
    let test = |shuffled: &Samples, split: &Split| Ok(shuffled.select(&split.test));
    let advance = || progress.advance(1);
    let Shuffles { baseline, convergence, remark } =
        shuffles(&trial, &test, report.accuracy.mean, &advance);
    progress.finish();
    report.baseline = baseline;
    report.convergence.extend(convergence);
    report.remarks.extend(remark);
    Ok(report)
}

/// [`classify`] on what `view` shows of an observed `table`, with the step-0 control: the same on
/// each network's first checkpoint, before any learning, where nothing should be found. Rules that
/// share initial weights are identical there: grouped by initialisation the control is at chance
/// exactly, by construction (a test of the pairing, not a measurement); grouped by network only it
/// falls below, since the double of a judged network is then in the training part under another
/// label. A control that cannot be had is left out, and the report says why.
///
/// # Errors
/// As [`SampleSpec::samples`] and [`classify`].
pub fn classify_table(
    table: &DataFrame,
    view: &SampleSpec,
    classifier: &dyn Classifier,
    protocol: &Protocol,
) -> Result<Report> {
    let mut report = classify(&view.samples(table)?, classifier, protocol)?;
    let bare = Protocol { permutations: 0, importance_repeats: 0, ..protocol.clone() };
    let at_step_zero = view.at_step_zero().samples(table);
    match at_step_zero.and_then(|samples| classify(&samples, classifier, &bare)) {
        Ok(control) => report.step_zero = Some(control.accuracy),
        Err(problem) => report.remarks.push(format!("No control before learning: {problem}.")),
    }
    report.movement = weight_change::of(table, view)?;
    Ok(report)
}

fn one_split(trial: &Trial<'_>, index: usize) -> Result<Outcome> {
    let Trial { samples, protocol, .. } = *trial;
    let split = trial.split(index)?;
    let fitted = trial.fit(&samples.select(&split.train), index)?;
    let test = samples.select(&split.test);
    let guesses = fitted.predict(&test.features)?;
    let confusion = ConfusionMatrix::count(test.classes.clone(), &test.labels, &guesses);
    Ok(Outcome {
        split,
        confusion,
        lost: lost(fitted.as_ref(), &test, protocol, trial.seed("fit", index))?,
        shares: fitted.importances().map(|shares| summed(samples, protocol.importance_by, &shares)),
        out_of_bag: fitted.out_of_bag(),
        chosen: fitted.chosen(),
        convergence: fitted.convergence(),
    })
}

fn lost(fitted: &dyn Fitted, test: &Samples, protocol: &Protocol, seed: u64) -> Result<Vec<f64>> {
    match protocol.importance_repeats {
        0 => Ok(Vec::new()),
        repeats => lost_accuracies(fitted, test, protocol.importance_by, repeats, seed),
    }
}

fn summary(trial: &Trial<'_>, outcomes: &[Outcome]) -> Report {
    let Trial { samples, classifier, protocol } = *trial;
    let sizes = Sizes::of(samples, &outcomes[0].split);
    let mut confusion = outcomes[0].confusion.clone();
    outcomes[1..].iter().for_each(|outcome| confusion.add(&outcome.confusion));
    let accuracies: Vec<f64> = outcomes.iter().map(|one| one.confusion.accuracy()).collect();
    let balanced: Vec<f64> = outcomes.iter().map(|one| one.confusion.balanced_accuracy()).collect();
    let overlap = sizes.overlap();
    let accuracy = Estimate::over_splits(&accuracies, overlap);
    let largest = samples.class_counts().into_iter().max().unwrap_or(0);
    Report {
        classifier: classifier.name(),
        protocol: protocol.clone(),
        sizes,
        balanced_accuracy: Estimate::over_splits(&balanced, overlap),
        wilson: confusion.wilson(),
        confusion,
        importance: importances(samples, protocol.importance_by, outcomes, overlap),
        chance: largest as f64 / samples.len() as f64,
        baseline: None,
        step_zero: None,
        movement: Vec::new(),
        out_of_bag: mean_of(outcomes.iter().map(|one| one.out_of_bag)),
        chosen: outcomes.iter().filter_map(|one| one.chosen.clone()).collect(),
        convergence: Convergence::sum(
            outcomes.iter().flat_map(|one| one.convergence.iter().cloned()),
        ),
        remarks: Vec::new(),
        accuracies,
        accuracy,
    }
}

/// The mean, if there is a value for every split.
fn mean_of(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// All observables, or whatever features are taken together by, the most important one first.
fn importances(
    samples: &Samples,
    by: ImportanceBy,
    outcomes: &[Outcome],
    overlap: f64,
) -> Vec<Importance> {
    if outcomes[0].lost.is_empty() {
        return Vec::new();
    }
    let describe = |(place, (observable, _)): (usize, (String, Vec<usize>))| {
        let lost: Vec<f64> = outcomes.iter().map(|one| one.lost[place]).collect();
        let share = |one: &Outcome| one.shares.as_ref().map(|shares| shares[place]);
        Importance {
            observable,
            lost_accuracy: Estimate::over_splits(&lost, overlap),
            forest_share: mean_of(outcomes.iter().map(share)),
        }
    };
    let mut all: Vec<Importance> =
        samples.parts(by).into_iter().enumerate().map(describe).collect();
    all.sort_by(|a, b| b.lost_accuracy.mean.total_cmp(&a.lost_accuracy.mean));
    all
}
