//! What can be reached when labels mean nothing: the baseline of shuffled labels.

use std::fmt;

use polars::prelude::Column;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::trial::Trial;
use crate::classification::classifiers::{Convergence, accuracy};
use crate::classification::samples::{Bundle, Grouping, Samples, Split};
use crate::display::show_as_text;
use crate::observables::columns::column_of;
use crate::random::Rng;
use crate::statistics::quantile;
use crate::{Error, Result, random};

/// Shuffles from which a quantile and a p value are told. Of fewer, "95 % stay below" is their
/// largest.
pub(crate) const ENOUGH: usize = 20;

/// How often labels are shuffled for one that can be learned from.
const ATTEMPTS: usize = 1000;

/// What a classifier reaches when the labels mean nothing: permuted among the networks, split once,
/// fitted and judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The classifier that learned from them, by its name:
    /// [`Classifier::for_null`](crate::classification::Classifier::for_null) of the one that is
    /// judged, or this itself.
    pub classifier: String,
    /// One accuracy per shuffle.
    pub accuracies: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// The largest of them.
    pub largest: f64,
    /// The value 95 % of them stay below; none for fewer than 20, of which that would be the
    /// largest.
    pub quantile_95: Option<f64>,
    /// (1 + shuffles at least as accurate as the mean over splits) / (1 + shuffles), Phipson &
    /// Smyth 2010, doi 10.2202/1544-6115.1585; none for fewer than 20 shuffles. It cannot be below
    /// 1 / (1 + shuffles), and errs on the careful side, since one split scatters more than a mean
    /// over splits.
    pub p_value: Option<f64>,
}

impl Baseline {
    /// From one accuracy per shuffle; none without any. `observed` is the mean over splits with the
    /// true labels.
    pub(super) fn of(classifier: &str, accuracies: Vec<f64>, observed: f64) -> Option<Self> {
        let largest = accuracies.iter().copied().reduce(f64::max)?;
        let n = accuracies.len() as f64;
        let as_good = accuracies.iter().filter(|&&accuracy| accuracy >= observed).count() as f64;
        let is_enough = accuracies.len() >= ENOUGH;
        Some(Self {
            classifier: classifier.into(),
            mean: accuracies.iter().sum::<f64>() / n,
            largest,
            quantile_95: is_enough.then(|| quantile(&accuracies, 0.95)),
            p_value: is_enough.then(|| (1.0 + as_good) / (1.0 + n)),
            accuracies,
        })
    }

    /// Whether no shuffle was as accurate, so that more shuffles would have made the p value
    /// smaller.
    fn is_floor(&self, p: f64) -> bool {
        p * (1.0 + self.accuracies.len() as f64) < 1.5
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shuffles = self.accuracies.len();
        write!(f, "shuffled labels {:.3}", self.mean)?;
        match (self.quantile_95, self.p_value) {
            (Some(below), Some(p)) => {
                write!(f, ", 95 % of {shuffles} shuffles below {below:.3}, ")?;
                match self.is_floor(p) {
                    // Rounded up, so that the bound holds.
                    true => write!(f, "p ≤ {:.3}", (1000.0 * p).ceil() / 1000.0)?,
                    false => write!(f, "p = {p:.3}")?,
                }
            }
            _ if shuffles == 1 => write!(f, ", one shuffle")?,
            _ => write!(f, ", the largest of {shuffles} shuffles {:.3}", self.largest)?,
        }
        write!(f, " ({})", self.classifier)
    }
}

/// The names of [`shuffled`].
pub(super) const SHUFFLED: [&str; 4] = ["shuffled", "shuffled_largest", "shuffled_95", "shuffles"];

/// The columns of a table that tell of shuffled labels, a row for each of `rows`.
pub(super) fn shuffled<T>(rows: &[T], of: fn(&T) -> Option<&Baseline>) -> [Column; 4] {
    let [mean, largest, quantile, count] = SHUFFLED;
    let shuffles = |row| of(row).map_or(0, |one| one.accuracies.len() as u32);
    [
        column_of(mean, rows, |row| of(row).map(|one| one.mean)),
        column_of(largest, rows, |row| of(row).map(|one| one.largest)),
        column_of(quantile, rows, |row| of(row).and_then(|one| one.quantile_95)),
        Column::new(count.into(), rows.iter().map(shuffles).collect::<Vec<u32>>()),
    ]
}

/// What is judged after learning from shuffled labels: of the shuffled samples and their split.
pub(super) type Judged<'a> = dyn Fn(&Samples, &Split) -> Result<Samples> + Sync + 'a;

/// One shuffle.
type Shuffle = (f64, Vec<Convergence>);

/// What came of all shuffles.
pub(super) struct Shuffles {
    pub(super) baseline: Option<Baseline>,
    /// How the fits converged.
    pub(super) convergence: Vec<Convergence>,
    /// Why some shuffles are left out, or all.
    pub(super) remark: Option<String>,
}

/// Learns from shuffled labels as often as the protocol says; `observed` is the accuracy with the
/// true ones.
pub(super) fn shuffles(
    trial: &Trial<'_>,
    judged: &Judged<'_>,
    observed: f64,
    advance: &(dyn Fn() + Sync),
) -> Shuffles {
    let quicker = trial.classifier.for_null();
    let null = Trial { classifier: quicker.as_deref().unwrap_or(trial.classifier), ..*trial };
    let (done, failed): (Vec<_>, Vec<_>) = (0..null.protocol.permutations)
        .into_par_iter()
        .map(|index| shuffle(&null, judged, index))
        .inspect(|_| advance())
        .collect::<Vec<Result<Shuffle>>>()
        .into_iter()
        .partition(Result::is_ok);
    let problem = failed.first().and_then(|first| first.as_ref().err());
    let remark = problem.map(|problem| remark(problem, done.len(), failed.len()));
    let (accuracies, fits): (Vec<f64>, Vec<_>) = done.into_iter().flatten().unzip();
    let mut convergence = Convergence::sum(fits.into_iter().flatten());
    convergence.iter_mut().for_each(|one| one.classifier.push_str(" on shuffled labels"));
    let baseline = Baseline::of(&null.classifier.name(), accuracies, observed);
    Shuffles { baseline, convergence, remark }
}

/// What a report says of shuffles that could not be learned from.
fn remark(problem: &Error, done: usize, failed: usize) -> String {
    match done {
        0 => format!("No baseline of shuffled labels: {problem}."),
        _ => {
            format!("{failed} of {} shuffles of the labels are left out: {problem}.", done + failed)
        }
    }
}

/// Accuracy on one split after the labels were permuted.
fn shuffle(null: &Trial<'_>, judged: &Judged<'_>, index: usize) -> Result<Shuffle> {
    // The splits are those of the true labels: only what the networks are called is left to chance.
    let split = null.split(index)?;
    let shuffled = draw(null, &split, index)?;
    let seed = null.seed("fit permuted", index);
    let fitted = null.classifier.fit(&shuffled.select(&split.train), seed)?;
    let accuracy = accuracy(fitted.as_ref(), &judged(&shuffled, &split)?)?;
    Ok((accuracy, fitted.convergence()))
}

/// Samples with labels permuted, again until the classifier can learn from the training part.
fn draw(null: &Trial<'_>, split: &Split, index: usize) -> Result<Samples> {
    let (samples, grouping) = (null.samples, null.protocol.grouping);
    let bundles = grouping.bundles(samples);
    let exchangeable = grouping.exchangeable(samples, &bundles);
    let mut shuffled = samples.clone();
    if grouping == Grouping::BySample {
        // Dealt sample by sample, labels no longer belong to networks.
        shuffled.groups = (0..samples.len() as u64).collect();
    }
    let mut rng = random::stream(null.protocol.seed, &format!("permutation {index}"));
    for _ in 0..ATTEMPTS {
        deal(&mut shuffled.labels, &bundles, &exchangeable, &mut rng);
        if can_learn(null, &shuffled, split) {
            return Ok(shuffled);
        }
    }
    Err(Error::Samples(format!(
        "of {ATTEMPTS} shuffles none left {} what it can learn from in the {} samples of a split's training part",
        null.classifier.name(),
        split.train.len()
    )))
}

fn can_learn(null: &Trial<'_>, shuffled: &Samples, split: &Split) -> bool {
    let first = shuffled.labels[split.train[0]];
    split.train.iter().any(|&row| shuffled.labels[row] != first)
        && null.classifier.check_samples(&shuffled.select(&split.train)).is_ok()
}

/// Permutes labels among what could have carried them: where networks of several classes share
/// initial weights, among the networks of each initialisation, as the design has it; otherwise
/// among all networks (samples).
fn deal(labels: &mut [usize], bundles: &[Bundle], exchangeable: &[Vec<usize>], rng: &mut Rng) {
    let mut of_bundles: Vec<usize> = bundles.iter().map(|bundle| bundle.label).collect();
    for places in exchangeable {
        let mut dealt: Vec<usize> = places.iter().map(|&place| of_bundles[place]).collect();
        dealt.shuffle(rng);
        places.iter().zip(dealt).for_each(|(&place, label)| of_bundles[place] = label);
    }
    for (bundle, &label) in bundles.iter().zip(&of_bundles) {
        bundle.members().iter().for_each(|&row| labels[row] = label);
    }
}

show_as_text!(Baseline);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_shuffles_have_a_largest_and_no_p_value() {
        let few = Baseline::of("tree", vec![0.25, 0.5, 0.375], 0.9).unwrap();
        assert_eq!((few.quantile_95, few.p_value, few.largest), (None, None, 0.5));
        assert_eq!(
            few.to_string(),
            "shuffled labels 0.375, the largest of 3 shuffles 0.500 (tree)"
        );
        let one = Baseline::of("tree", vec![0.25], 0.9).unwrap();
        assert_eq!(one.to_string(), "shuffled labels 0.250, one shuffle (tree)");
        assert_eq!(Baseline::of("tree", vec![], 0.9), None);
    }

    #[test]
    fn a_p_value_at_its_floor_is_a_bound() {
        let accuracies: Vec<f64> = (0..30).map(|shuffle| f64::from(shuffle) / 100.0).collect();
        let told = Baseline::of("tree", accuracies.clone(), 0.9).unwrap().to_string();
        assert!(told.contains("95 % of 30 shuffles below 0.275, p ≤ 0.033 (tree)"), "{told}");
        let told = Baseline::of("tree", accuracies, 0.28).unwrap().to_string();
        assert!(told.contains("p = 0.097"), "{told}");
    }
}
