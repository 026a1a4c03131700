//! What has learned from known networks, and knows how far it can be trusted.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::Array2;
use polars::prelude::DataFrame;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::familiar::Familiar;
use super::reliability::{Judged, Reliability};
use crate::classification::classifiers::{Classifier, Fitted};
use crate::classification::samples::{
    Grouping, SampleSpec, Samples, Split, chosen_observables, folds,
};
use crate::display::{Progress, show_as_settings, show_as_text};
use crate::error::{check_at_most, check_count};
use crate::{Error, Result, random};

/// A share of 0 says that no tree of a hundred voted for a class, not that it is impossible: half a
/// vote is added to each.
const HALF_A_VOTE: f64 = 0.005;

/// How an [`Identifier`] learns how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct IdentifierProtocol {
    /// Parts of the known networks, no initial weights in two of them; each is judged by a classifier
    /// that learned from the others. 2 to 100; default 10, and fewer where there are fewer initial
    /// weights.
    pub folds: usize,
    /// The share of known networks that are refused as unknown, in (0, 1); default 0.05.
    pub false_alarms: f64,
    /// Decides folds and what the classifier draws; default 0.
    pub seed: u64,
}

impl Default for IdentifierProtocol {
    fn default() -> Self {
        Self { folds: 10, false_alarms: 0.05, seed: 0 }
    }
}

impl IdentifierProtocol {
    /// Rejects what cannot be done.
    ///
    /// # Errors
    /// [`Error::Setting`] for fewer than 2 or more than 100 folds, or a share of false alarms that
    /// is not between 0 and 1.
    pub fn check(&self) -> Result<()> {
        check_count("folds", self.folds)?;
        check_at_most("folds", self.folds, 100)?;
        if self.folds < 2 {
            return Err(Error::setting(
                "folds",
                self.folds,
                "it takes 2 parts to learn from one and judge the other",
            ));
        }
        if self.false_alarms > 0.0 && self.false_alarms < 1.0 {
            return Ok(());
        }
        let requirement = "it must be above 0 and below 1, such as 0.05";
        Err(Error::setting("false_alarms", self.false_alarms, requirement))
    }

    /// Learns from known networks as [`Identifier::fit`] does, under this protocol.
    ///
    /// # Errors
    /// As [`Identifier::fit`], and as [`check`](Self::check).
    pub fn fit(
        &self,
        known: &DataFrame,
        spec: &SampleSpec,
        classifier: &dyn Classifier,
    ) -> Result<Identifier> {
        self.check()?;
        let observables = chosen_observables(known, &spec.observables)?;
        let learned = Learned {
            samples: spec.samples(known)?,
            spec: spec.clone(),
            observables,
            familiar: Familiar::of(known)?,
            recipe: classifier.recipe(),
            classifier: classifier.name(),
            protocol: *self,
        };
        let (_, judged) = judge_in_folds(&learned.samples, classifier, self)?;
        Identifier::of(learned, judged, classifier)
    }
}

/// What has learned to name the rules of networks from known ones, and can be asked of others by
/// [`identify`](super::identify). Saved and loaded, it is the same.
///
/// ```
/// use microlearners::prelude::*;
///
/// let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
/// let rules = [Backprop.shared(), Hebbian::default().shared()];
/// let study = Study::of(Experiment::new(&task).batch_size(50)).rules(&rules);
/// let known = study.clone().seeds(8).run()?.observations;
/// let identifier = Identifier::fit(&known, &SampleSpec::default(), &RandomForest::default())?;
/// let unknown = Study::of(Experiment::new(&task).batch_size(50).seed(100)).run()?.observations;
/// let found = identify(&identifier, &unknown)?;
/// assert_eq!(found.networks[0].ranked[0].0, "backprop");
/// # Ok::<(), Error>(())
/// ```
pub struct Identifier {
    pub(super) learned: Learned,
    pub(super) judged: Judged,
    pub(super) reliability: Reliability,
    pub(super) fitted: Box<dyn Fitted>,
}

/// What an identifier learned from, and how.
pub(super) struct Learned {
    pub(super) samples: Samples,
    pub(super) spec: SampleSpec,
    pub(super) observables: Vec<String>,
    pub(super) familiar: Familiar,
    /// How a file says which classifier it was, if it can.
    pub(super) recipe: Option<String>,
    pub(super) classifier: String,
    pub(super) protocol: IdentifierProtocol,
}

impl Identifier {
    /// Learns to name the label that `spec` says from a table of known networks (one row per run ×
    /// checkpoint × layer, as of a study), with the default [`IdentifierProtocol`]. Probabilities
    /// are calibrated on networks whose initial weights the classifier has not seen.
    ///
    /// Where one sample is one layer, a network's scores are the means of its layers'.
    ///
    /// # Errors
    /// As [`SampleSpec::samples`] and [`Classifier::fit`]; [`Error::Samples`] if all networks share
    /// their initial weights, so that none are left to calibrate on.
    pub fn fit(known: &DataFrame, spec: &SampleSpec, classifier: &dyn Classifier) -> Result<Self> {
        IdentifierProtocol::default().fit(known, spec, classifier)
    }

    pub(super) fn of(
        learned: Learned,
        judged: Judged,
        classifier: &dyn Classifier,
    ) -> Result<Self> {
        let fitted = classifier.fit(&learned.samples, learned.protocol.seed)?;
        let reliability = Reliability::of(&judged);
        Ok(Self { learned, judged, reliability, fitted })
    }

    /// The names that it can give, sorted.
    pub fn classes(&self) -> &[String] {
        &self.learned.samples.classes
    }

    /// What it looks at: unit, checkpoints and label.
    pub fn spec(&self) -> &SampleSpec {
        &self.learned.spec
    }

    /// The observables that it must be given.
    pub fn observables(&self) -> &[String] {
        &self.learned.observables
    }

    /// How far its probabilities can be trusted.
    pub fn reliability(&self) -> &Reliability {
        &self.reliability
    }

    /// The share of known networks that it refuses as unknown.
    pub fn false_alarms(&self) -> f64 {
        self.learned.protocol.false_alarms
    }

    /// The same with another share of known networks that are refused as unknown, in (0, 1).
    ///
    /// # Errors
    /// [`Error::Setting`] for a share outside that range.
    pub fn with_false_alarms(mut self, share: f64) -> Result<Self> {
        self.learned.protocol.false_alarms = share;
        self.learned.protocol.check()?;
        Ok(self)
    }
}

/// The networks' runs, and every network's scores from the classifier of a fold that has not seen its
/// initial weights.
pub(super) fn judge_in_folds(
    samples: &Samples,
    classifier: &dyn Classifier,
    protocol: &IdentifierProtocol,
) -> Result<(Vec<u64>, Judged)> {
    classifier.check()?;
    let splits = splits(samples, protocol)?;
    let progress = Progress::new("fits", splits.len());
    let parts: Vec<(Vec<u64>, Vec<usize>, Array2<f64>)> = splits
        .par_iter()
        .enumerate()
        .map(|(fold, split)| {
            let seed = protocol.seed.wrapping_add(fold as u64);
            let judged = judge_networks(samples, classifier, (&split.train, &split.test), seed);
            progress.advance(1);
            judged
        })
        .collect::<Result<_>>()?;
    let mut runs = Vec::new();
    let mut judged = Judged {
        labels: Vec::new(),
        folds: Vec::new(),
        scores: Array2::zeros((0, samples.classes.len())),
    };
    for (fold, (networks, labels, scores)) in parts.into_iter().enumerate() {
        runs.extend(networks);
        judged.folds.extend(vec![fold; labels.len()]);
        judged.labels.extend(labels);
        judged.scores = ndarray::concatenate![ndarray::Axis(0), judged.scores, scores];
    }
    Ok((runs, judged))
}

/// The class of each network among the samples at `test`, and its scores from a classifier that
/// learned from those at `train`.
pub(super) fn judge_fold(
    samples: &Samples,
    classifier: &dyn Classifier,
    (train, test): (&[usize], &[usize]),
    seed: u64,
) -> Result<(Vec<usize>, Array2<f64>)> {
    let (_, labels, scores) = judge_networks(samples, classifier, (train, test), seed)?;
    Ok((labels, scores))
}

/// The same with the networks' runs.
fn judge_networks(
    samples: &Samples,
    classifier: &dyn Classifier,
    (train, test): (&[usize], &[usize]),
    seed: u64,
) -> Result<(Vec<u64>, Vec<usize>, Array2<f64>)> {
    let train = samples.select(train);
    classifier.check_samples(&train)?;
    let fitted = classifier.fit(&train, seed)?;
    let test = samples.select(test);
    let (networks, scores) = network_scores(fitted.as_ref(), &test.features, &test.groups)?;
    let of_network: BTreeMap<u64, usize> =
        test.groups.iter().copied().zip(test.labels.iter().copied()).collect();
    let labels = networks.iter().map(|network| of_network[network]).collect();
    Ok((networks, labels, scores))
}

/// As many folds as are asked for, or as there are initial weights.
pub(super) fn splits(samples: &Samples, protocol: &IdentifierProtocol) -> Result<Vec<Split>> {
    let blocks = Grouping::ByInitialisation.blocks(samples);
    if blocks.len() < 2 {
        return Err(Error::Samples(format!(
            "all {} networks share one set of initial weights, and probabilities are calibrated on initial weights not seen; train with at least 2 seeds",
            samples.networks()
        )));
    }
    let rng = &mut random::stream(protocol.seed, "identifier folds");
    Ok(folds(&blocks, protocol.folds.min(blocks.len()), rng))
}

/// The networks in order of appearance, and each one's scores: networks × classes, the means over
/// its samples of the logarithms of shares.
pub(super) fn network_scores(
    fitted: &dyn Fitted,
    features: &Array2<f64>,
    groups: &[u64],
) -> Result<(Vec<u64>, Array2<f64>)> {
    let shares = fitted.probabilities(features)?;
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut networks: Vec<u64> = Vec::new();
    let mut counts: Vec<f64> = Vec::new();
    let mut sums: Vec<f64> = Vec::new();
    let classes = shares.ncols();
    for (&group, shares) in groups.iter().zip(shares.rows()) {
        let place = *places.entry(group).or_insert(networks.len());
        if place == networks.len() {
            networks.push(group);
            counts.push(0.0);
            sums.extend(vec![0.0; classes]);
        }
        counts[place] += 1.0;
        let own = &mut sums[place * classes..(place + 1) * classes];
        own.iter_mut().zip(shares).for_each(|(sum, share)| *sum += (share + HALF_A_VOTE).ln());
    }
    let mut scores = Array2::from_shape_vec((networks.len(), classes), sums)
        .expect("a number for each class of every network");
    for (mut row, count) in scores.rows_mut().into_iter().zip(counts) {
        row /= count;
    }
    Ok((networks, scores))
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Learned { samples, observables, classifier, .. } = &self.learned;
        writeln!(
            f,
            "{classifier}, learned from {} networks of {} classes, {} observables",
            samples.networks(),
            samples.classes.len(),
            observables.len()
        )?;
        write!(f, "{}", self.reliability)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

show_as_settings!(IdentifierProtocol);
show_as_text!(Identifier);
