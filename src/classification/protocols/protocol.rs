//! How a classifier is put to the test: who is trained on, who is judged.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::classification::samples::{
    Block, Grouping, ImportanceBy, Samples, Split, divide, shuffled_alike,
};
use crate::display::show_as_settings;
use crate::error::check_count;
use crate::random::{self, Rng};
use crate::{Error, Result};

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
    /// judged ([`Classifier::for_null`](crate::classification::Classifier::for_null)); default 100,
    /// 0 leaves it out. Of fewer than 20 reports tell the largest and no p value.
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
    let trained: BTreeSet<u64> = split.train.iter().map(|&row| samples.groups[row]).collect();
    let leaked = split.test.iter().any(|&row| trained.contains(&samples.groups[row]));
    assert!(!leaked, "a network is on both sides of a split");
}

show_as_settings!(Protocol);
