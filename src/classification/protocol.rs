//! How a classifier is put to the test: who is trained on, who is judged.

use std::collections::BTreeMap;

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::{ImportanceBy, Samples};
use crate::error::check_count;
use crate::random::{self, Rng};
use crate::{Error, Result};

/// What is kept together on one side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Grouping {
    /// All networks that share initial weights (`model_seed`), and so all samples of a network.
    /// Where every rule was trained from the same initial weights, as studies do, this is the
    /// grouping under which nothing but the rule can be learned: a network's double under another
    /// rule is never in the training part. With a seed per network it is the same as grouping by
    /// network.
    #[default]
    ByInitialisation,
    /// All samples of a network: no network is both learned from and judged.
    ByNetwork,
    /// Nothing: layers of one network may fall on both sides, as in the 2020 study. Such scores
    /// are for comparison only, since a network is partly recognised by its other layers.
    BySample,
}

/// The test a classifier is put to. Ten splits with a quarter of the networks judged are those of
/// Nayebi et al. 2020 (arXiv 2010.11765); the grouping and the controls are ours.
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
    /// What is kept together; default the networks that share initial weights.
    pub grouping: Grouping,
    /// Seeds splits, classifiers and permutations; default 0.
    pub seed: u64,
    /// Refits on shuffled labels, for the baseline, by a forest of 20 trees where a larger one is
    /// judged ([`Classifier::for_null`](super::Classifier::for_null)); default 100, 0 leaves it
    /// out. Of fewer than 20 reports tell the largest and no p value.
    pub permutations: usize,
    /// Shuffles of each observable in each test part, for the importances; default 5, 0 leaves them
    /// out.
    pub importance_repeats: usize,
    /// What is shuffled together; default an observable.
    #[serde(default)]
    pub importance_by: ImportanceBy,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            splits: 10,
            test_fraction: 0.25,
            grouping: Grouping::ByInitialisation,
            seed: 0,
            permutations: 100,
            importance_repeats: 5,
            importance_by: ImportanceBy::Observable,
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

/// Samples that carry one label: a network's, or a single one.
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

/// Samples that stay on one side of a split, and the labels of the networks among them, sorted:
/// blocks of like composition are assigned in turn.
pub(super) struct Block {
    signature: Vec<usize>,
    members: Vec<usize>,
}

impl Block {
    /// The samples, by position.
    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }

    /// The labels of its networks, each once.
    fn classes(&self) -> Vec<usize> {
        let mut classes = self.signature.clone();
        classes.dedup();
        classes
    }
}

/// How often blocks are drawn until every class is on both sides.
const ATTEMPTS: usize = 100;

/// Whether every class that there is, is both learned from and judged.
fn has_every_class(classes: usize, blocks: &[Block], tested: &[bool]) -> bool {
    let mut sides = vec![[false; 2]; classes];
    for (block, &tested) in blocks.iter().zip(tested) {
        block.classes().into_iter().for_each(|class| sides[class][usize::from(tested)] = true);
    }
    sides.into_iter().all(|[learned, judged]| learned == judged)
}

/// Rows by a key of each.
fn by_key(rows: usize, key: impl Fn(usize) -> u64) -> impl Iterator<Item = Vec<usize>> {
    let mut members: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    (0..rows).for_each(|row| members.entry(key(row)).or_default().push(row));
    members.into_values()
}

impl Grouping {
    /// The samples in bundles whose label is one.
    pub(super) fn bundles(self, samples: &Samples) -> Vec<Bundle> {
        let key =
            |row: usize| if self == Self::BySample { row as u64 } else { samples.groups[row] };
        let bundle = |members: Vec<usize>| Bundle { label: samples.labels[members[0]], members };
        by_key(samples.len(), key).map(bundle).collect()
    }

    /// The samples in blocks that must not be torn apart.
    pub(super) fn blocks(self, samples: &Samples) -> Vec<Block> {
        let key = |row: usize| match self {
            Self::ByInitialisation => samples.initialisations[row],
            Self::ByNetwork => samples.groups[row],
            Self::BySample => row as u64,
        };
        let block = |members: Vec<usize>| {
            let networks: BTreeMap<u64, usize> =
                members.iter().map(|&row| (samples.groups[row], samples.labels[row])).collect();
            let mut signature: Vec<usize> = networks.into_values().collect();
            signature.sort_unstable();
            Block { signature, members }
        };
        by_key(samples.len(), key).map(block).collect()
    }

    /// The bundles among which labels could have been permuted, by position.
    pub(super) fn exchangeable(self, samples: &Samples, bundles: &[Bundle]) -> Vec<Vec<usize>> {
        let mut sharing: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, bundle) in bundles.iter().enumerate() {
            sharing.entry(samples.initialisations[bundle.members[0]]).or_default().push(place);
        }
        let is_mixed = |places: &Vec<usize>| {
            places.iter().any(|&place| bundles[place].label != bundles[places[0]].label)
        };
        if self != Self::ByInitialisation || !sharing.values().any(is_mixed) {
            return vec![(0..bundles.len()).collect()];
        }
        let (mixed, alone): (Vec<_>, Vec<_>) = sharing.into_values().partition(is_mixed);
        mixed.into_iter().chain([alone.concat()]).collect()
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::ByInitialisation => "initialisations",
            Self::ByNetwork => "networks",
            Self::BySample => "samples",
        }
    }
}

/// The blocks of each composition, in random order; those whose composition no other has, together.
pub(super) fn shuffled_alike(blocks: &[Block], rng: &mut Rng) -> Vec<Vec<usize>> {
    let mut alike: BTreeMap<&[usize], Vec<usize>> = BTreeMap::new();
    for (place, block) in blocks.iter().enumerate() {
        alike.entry(&block.signature).or_default().push(place);
    }
    let (mut alike, single): (Vec<_>, Vec<_>) =
        alike.into_values().partition(|places: &Vec<usize>| places.len() > 1);
    alike.extend((!single.is_empty()).then(|| single.concat()));
    alike.iter_mut().for_each(|places| places.shuffle(rng));
    alike
}

/// The samples of the blocks for which `tested` holds on one side, the others on the other.
fn divide(blocks: &[Block], tested: &[bool]) -> Split {
    let side = |wanted: bool| {
        let chosen = blocks.iter().zip(tested).filter(move |&(_, &test)| test == wanted);
        let mut rows: Vec<usize> = chosen.flat_map(|(block, _)| &block.members).copied().collect();
        rows.sort_unstable();
        rows
    };
    Split { train: side(false), test: side(true) }
}

/// Cuts the blocks into `folds` parts of like composition; each part is judged once.
pub(super) fn folds(blocks: &[Block], folds: usize, rng: &mut Rng) -> Vec<Split> {
    let dealt = shuffled_alike(blocks, rng).into_iter().flatten().enumerate();
    let mut fold_of = vec![0; blocks.len()];
    dealt.for_each(|(turn, place)| fold_of[place] = turn % folds);
    let split = |fold| {
        let tested: Vec<bool> = fold_of.iter().map(|&other| other == fold).collect();
        divide(blocks, &tested)
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

    /// Split number `index` of `samples`, the same for every classifier: stratified by label, with
    /// what the grouping keeps together on one side.
    ///
    /// # Errors
    /// As [`Protocol::check`]; [`Error::Samples`] if there are too few networks to have every class
    /// on both sides.
    pub fn split(&self, samples: &Samples, index: usize) -> Result<Split> {
        self.check()?;
        let blocks = self.grouping.blocks(samples);
        self.check_enough(samples, &blocks)?;
        let mut rng = random::stream(self.seed, &format!("split {index}"));
        // Where blocks are alike, the first is as good as any; others may have to be dealt again.
        let dealt = (0..ATTEMPTS).map(|_| self.dealt(&blocks, &mut rng));
        let usable = |tested: &Vec<bool>| has_every_class(samples.classes.len(), &blocks, tested);
        let Some(tested) = dealt.into_iter().find(usable) else {
            return Err(Error::Samples(format!(
                "of {ATTEMPTS} random splits of {} {} none had every class on both sides; train more networks of each class, or \
                 judge a share nearer to a half than {}",
                blocks.len(),
                self.grouping.noun(),
                self.test_fraction
            )));
        };
        let split = divide(&blocks, &tested);
        if self.grouping != Grouping::BySample {
            assert_disjoint(samples, &split);
        }
        Ok(split)
    }

    /// Which blocks are judged: of those alike, a share.
    fn dealt(&self, blocks: &[Block], rng: &mut Rng) -> Vec<bool> {
        let mut tested = vec![false; blocks.len()];
        for places in shuffled_alike(blocks, rng) {
            places[..self.test_size(places.len())].iter().for_each(|&place| tested[place] = true);
        }
        tested
    }

    fn test_size(&self, of: usize) -> usize {
        match of {
            // A single one is learned from.
            0 | 1 => 0,
            _ => ((of as f64 * self.test_fraction).round() as usize).clamp(1, of - 1),
        }
    }

    fn check_enough(&self, samples: &Samples, blocks: &[Block]) -> Result<()> {
        let mut counts = vec![0; samples.classes.len()];
        for block in blocks {
            block.classes().into_iter().for_each(|class| counts[class] += 1);
        }
        let alone = counts.iter().enumerate().filter(|&(_, &count)| count == 1);
        let names: Vec<&str> = alone.map(|(class, _)| samples.classes[class].as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let noun = self.grouping.noun();
        let remedy = if self.grouping == Grouping::ByInitialisation && names.len() > 1 {
            "train every class from more seeds, or group by network"
        } else {
            "train it with more seeds, or leave it out"
        };
        Err(Error::Samples(format!(
            "class \"{}\" has 1 of the {} {noun}; each class needs at least 2, one to learn from and one \
             to judge: {remedy}",
            names.join(", "),
            blocks.len(),
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
