//! How samples are divided into those that are learned from and those that are judged.

use std::collections::BTreeMap;

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use super::labelled_features::Samples;
use crate::display::show_as_settings;
use crate::random::Rng;

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

/// Which samples are learned from and which are judged, by position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Learned from.
    pub train: Vec<usize>,
    /// Judged.
    pub test: Vec<usize>,
}

/// Samples that carry one label: a network's, or a single one.
pub(in crate::classification) struct Bundle {
    pub(in crate::classification) label: usize,
    members: Vec<usize>,
}

impl Bundle {
    /// The samples, by position.
    pub(in crate::classification) fn members(&self) -> &[usize] {
        &self.members
    }
}

/// Samples that stay on one side of a split, and the labels of the networks among them, sorted:
/// blocks of like composition are assigned in turn.
pub(in crate::classification) struct Block {
    signature: Vec<usize>,
    members: Vec<usize>,
}

impl Block {
    /// The samples, by position.
    pub(in crate::classification) fn members(&self) -> &[usize] {
        &self.members
    }

    /// The labels of its networks, each once.
    pub(in crate::classification) fn classes(&self) -> Vec<usize> {
        let mut classes = self.signature.clone();
        classes.dedup();
        classes
    }
}

/// Rows by a key of each.
fn by_key(rows: usize, key: impl Fn(usize) -> u64) -> impl Iterator<Item = Vec<usize>> {
    let mut members: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    (0..rows).for_each(|row| members.entry(key(row)).or_default().push(row));
    members.into_values()
}

impl Grouping {
    /// The samples in bundles whose label is one.
    pub(in crate::classification) fn bundles(self, samples: &Samples) -> Vec<Bundle> {
        let key =
            |row: usize| if self == Self::BySample { row as u64 } else { samples.groups[row] };
        let bundle = |members: Vec<usize>| Bundle { label: samples.labels[members[0]], members };
        by_key(samples.len(), key).map(bundle).collect()
    }

    /// The samples in blocks that must not be torn apart.
    pub(in crate::classification) fn blocks(self, samples: &Samples) -> Vec<Block> {
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
    pub(in crate::classification) fn exchangeable(
        self,
        samples: &Samples,
        bundles: &[Bundle],
    ) -> Vec<Vec<usize>> {
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

    pub(in crate::classification) fn noun(self) -> &'static str {
        match self {
            Self::ByInitialisation => "initialisations",
            Self::ByNetwork => "networks",
            Self::BySample => "samples",
        }
    }
}

/// The blocks of each composition, in random order; those whose composition no other has, together.
pub(in crate::classification) fn shuffled_alike(
    blocks: &[Block],
    rng: &mut Rng,
) -> Vec<Vec<usize>> {
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
pub(in crate::classification) fn divide(blocks: &[Block], tested: &[bool]) -> Split {
    let side = |wanted: bool| {
        let chosen = blocks.iter().zip(tested).filter(move |&(_, &test)| test == wanted);
        let mut rows: Vec<usize> = chosen.flat_map(|(block, _)| &block.members).copied().collect();
        rows.sort_unstable();
        rows
    };
    Split { train: side(false), test: side(true) }
}

/// Cuts the blocks into `folds` parts of like composition; each part is judged once.
pub(in crate::classification) fn folds(
    blocks: &[Block],
    folds: usize,
    rng: &mut Rng,
) -> Vec<Split> {
    let dealt = shuffled_alike(blocks, rng).into_iter().flatten().enumerate();
    let mut fold_of = vec![0; blocks.len()];
    dealt.for_each(|(turn, place)| fold_of[place] = turn % folds);
    let split = |fold| {
        let tested: Vec<bool> = fold_of.iter().map(|&other| other == fold).collect();
        divide(blocks, &tested)
    };
    (0..folds).map(split).collect()
}

show_as_settings!(Grouping, Split);
