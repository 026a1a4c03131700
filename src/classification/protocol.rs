//! How a classifier is put to the test: who is trained on, who is judged.

use std::collections::BTreeMap;

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::Samples;
use crate::error::check_count;
use crate::random::{self, Rng};
use crate::{Error, Result};

/// What is kept together on one side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Grouping {
    /// All samples of a network: no network is both learned from and judged.
    #[default]
    ByNetwork,
    /// Nothing: layers of one network may fall on both sides, as in the 2020 study. Such scores
    /// are for comparison only, since a network is partly recognised by its other layers.
    BySample,
}

/// The test a classifier is put to; the default is the published one with its controls.
///
/// A single split with 36 of 180 networks in the test part is
/// `Protocol { splits: 1, test_fraction: 0.2, ..Protocol::default() }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// How many random splits, at least 1; default 10.
    pub splits: usize,
    /// The share of each class that is judged, above 0 and below 1; default 0.25. Each class keeps
    /// at least one network (or sample) on either side.
    pub test_fraction: f64,
    /// What is kept together; default the network.
    pub grouping: Grouping,
    /// Seeds splits, classifiers and permutations; default 0.
    pub seed: u64,
    /// Refits on shuffled labels, for the baseline; default 20, 0 leaves it out.
    pub permutations: usize,
    /// Shuffles of each observable in each test part, for the importances; default 5, 0 leaves them
    /// out.
    pub importance_repeats: usize,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            splits: 10,
            test_fraction: 0.25,
            grouping: Grouping::ByNetwork,
            seed: 0,
            permutations: 20,
            importance_repeats: 5,
        }
    }
}

/// Which samples are learned from and which are judged, by position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Learned from.
    pub train: Vec<usize>,
    /// Judged.
    pub test: Vec<usize>,
}

/// Samples that stay together, and their common label.
pub(super) struct Bundle {
    pub(super) label: usize,
    members: Vec<usize>,
}

impl Bundle {
    /// The samples, by position.
    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }
}

impl Grouping {
    /// The samples in bundles that must not be torn apart.
    pub(super) fn bundles(self, samples: &Samples) -> Vec<Bundle> {
        let mut members: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (row, &group) in samples.groups.iter().enumerate() {
            let key = if self == Self::ByNetwork { group } else { row as u64 };
            members.entry(key).or_default().push(row);
        }
        let bundle = |members: Vec<usize>| Bundle { label: samples.labels[members[0]], members };
        members.into_values().map(bundle).collect()
    }

    fn noun(self) -> &'static str {
        if self == Self::ByNetwork { "networks" } else { "samples" }
    }
}

/// The bundles of each class, in random order.
fn shuffled_by_class(bundles: &[Bundle], rng: &mut Rng) -> Vec<Vec<usize>> {
    let classes = bundles.iter().map(|bundle| bundle.label + 1).max().unwrap_or(0);
    let mut of_class = vec![Vec::new(); classes];
    for (place, bundle) in bundles.iter().enumerate() {
        of_class[bundle.label].push(place);
    }
    of_class.iter_mut().for_each(|places| places.shuffle(rng));
    of_class
}

/// The samples of the bundles for which `tested` holds on one side, the others on the other.
fn divide(bundles: &[Bundle], tested: &[bool]) -> Split {
    let side = |wanted: bool| {
        let chosen = bundles.iter().zip(tested).filter(move |&(_, &test)| test == wanted);
        let mut rows: Vec<usize> =
            chosen.flat_map(|(bundle, _)| &bundle.members).copied().collect();
        rows.sort_unstable();
        rows
    };
    Split { train: side(false), test: side(true) }
}

/// Cuts the bundles into `folds` parts of like composition; each part is judged once.
pub(super) fn folds(bundles: &[Bundle], folds: usize, rng: &mut Rng) -> Vec<Split> {
    let dealt = shuffled_by_class(bundles, rng).into_iter().flatten().enumerate();
    let mut fold_of = vec![0; bundles.len()];
    dealt.for_each(|(turn, place)| fold_of[place] = turn % folds);
    let split = |fold| {
        let tested: Vec<bool> = fold_of.iter().map(|&other| other == fold).collect();
        divide(bundles, &tested)
    };
    (0..folds).map(split).collect()
}

impl Protocol {
    /// Rejects settings that have no meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] with the setting, its value and what it must be.
    pub fn check(&self) -> Result<()> {
        check_count("splits", self.splits)?;
        if self.test_fraction > 0.0 && self.test_fraction < 1.0 {
            return Ok(());
        }
        Err(Error::setting(
            "test_fraction",
            self.test_fraction,
            "it must lie between 0 and 1; the published one is 0.25",
        ))
    }

    /// Split number `index` of `samples`, the same for every classifier: stratified by label, and
    /// with the default grouping no network on both sides.
    ///
    /// # Errors
    /// As [`Protocol::check`]; [`Error::Samples`] if a class has fewer than two networks (samples).
    pub fn split(&self, samples: &Samples, index: usize) -> Result<Split> {
        self.check()?;
        let bundles = self.grouping.bundles(samples);
        self.check_enough(samples, &bundles)?;
        let mut rng = random::stream(self.seed, &format!("split {index}"));
        let mut tested = vec![false; bundles.len()];
        for places in shuffled_by_class(&bundles, &mut rng).iter().filter(|all| !all.is_empty()) {
            places[..self.test_size(places.len())].iter().for_each(|&place| tested[place] = true);
        }
        let split = divide(&bundles, &tested);
        if self.grouping == Grouping::ByNetwork {
            assert_disjoint(samples, &split);
        }
        Ok(split)
    }

    fn test_size(&self, of: usize) -> usize {
        ((of as f64 * self.test_fraction).round() as usize).clamp(1, of - 1)
    }

    fn check_enough(&self, samples: &Samples, bundles: &[Bundle]) -> Result<()> {
        let mut counts = vec![0; samples.classes.len()];
        bundles.iter().for_each(|bundle| counts[bundle.label] += 1);
        // A class without any sample is no obstacle: it is only a name.
        let Some(class) = counts.iter().position(|&count| count == 1) else { return Ok(()) };
        Err(Error::Samples(format!(
            "class \"{}\" has 1 of the {} {}; each class needs at least 2, one to learn from and one \
             to judge: train it with more seeds, or leave it out",
            samples.classes[class],
            bundles.len(),
            self.grouping.noun()
        )))
    }
}

/// The promise every grouped split keeps.
fn assert_disjoint(samples: &Samples, split: &Split) {
    let trained: std::collections::BTreeSet<u64> =
        split.train.iter().map(|&row| samples.groups[row]).collect();
    let leaked = split.test.iter().any(|&row| trained.contains(&samples.groups[row]));
    assert!(!leaked, "a network is on both sides of a split");
}
