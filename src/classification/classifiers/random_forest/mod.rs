//! The random forest.
//!
//! Breiman, "Random Forests", Machine Learning 45 (2001), doi 10.1023/A:1010933404324; in the
//! version of scikit-learn's `RandomForestClassifier`: bootstrap samples, features drawn at every
//! split, Gini impurity, trees grown to purity, class shares averaged over trees. Two differences,
//! both in favour of small numbers: scikit-learn rounds features to 32 bits and takes values closer
//! than 1e-7 for equal, this forest compares 64-bit values exactly.

mod grow;
mod linfa_traits;
mod ranks;
mod sort;
mod tree;

use std::sync::Arc;

use ndarray::{Array2, Axis, s};
use rand::Rng as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, Fitted, first_largest, show_classifiers, show_fitted};
use super::recipe::Recipe;
use crate::classification::samples::Samples;
use crate::display::show_as_settings;
use crate::error::check_count;
use crate::{Error, Result, random};

pub(super) use grow::{Ground, Limits, Order, grow};
pub(super) use ranks::rank;
pub(super) use tree::Tree;

pub use linfa_traits::{FittedLinfaForest, LinfaForest};

/// Trees that are enough where labels mean nothing.
const NULL_TREES: usize = 20;

/// Samples judged in one go.
const BLOCK: usize = 128;

/// How many features a split may choose from, of p.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MaxFeatures {
    /// ⌊√p⌋, at least 1.
    #[default]
    Sqrt,
    /// ⌊log₂ p⌋, at least 1.
    Log2,
    /// All p.
    All,
    /// This many, at most p.
    Count(usize),
}

impl MaxFeatures {
    /// The number it stands for among `features`.
    pub fn of(self, features: usize) -> usize {
        let wanted = match self {
            Self::Sqrt => features.isqrt(),
            Self::Log2 => features.checked_ilog2().unwrap_or(0) as usize,
            Self::All => features,
            Self::Count(count) => count,
        };
        wanted.clamp(1, features.max(1))
    }
}

/// A random forest (Breiman 2001, doi 10.1023/A:1010933404324); its defaults are scikit-learn's:
/// bootstrap samples, Gini impurity, trees grown to purity, class shares averaged. Unlike there,
/// features are compared in 64 bits.
///
/// Each tree draws from its own stream, so a forest is the same bit for bit whatever the number of
/// threads, and the first ten trees of a hundred are the ten trees of ten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RandomForest {
    /// Number of trees, at least 1; default 100.
    pub trees: usize,
    /// Features a split may choose from; default ⌊√p⌋.
    pub max_features: MaxFeatures,
    /// Questions between root and leaf at most; default none, trees grow until leaves are pure.
    pub max_depth: Option<usize>,
    /// Samples (distinct ones of the bootstrap) a leaf must keep, at least 1; default 1.
    pub min_samples_leaf: usize,
}

impl Default for RandomForest {
    fn default() -> Self {
        Self { trees: 100, max_features: MaxFeatures::Sqrt, max_depth: None, min_samples_leaf: 1 }
    }
}

/// A forest that has grown.
#[derive(Debug, Clone)]
pub struct FittedForest {
    trees: Vec<Tree>,
    classes: usize,
    importances: Vec<f64>,
    out_of_bag: Option<f64>,
}

impl RandomForest {
    /// Grows the forest: n × p `features`, n `labels` below `classes`.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Classifier::check`]; [`Error::Samples`] if a feature is not a finite
    /// number.
    ///
    /// # Panics
    /// If the lengths disagree or a label is not below `classes`.
    pub fn grow(
        &self,
        features: &Array2<f64>,
        labels: &[usize],
        classes: usize,
        seed: u64,
    ) -> Result<FittedForest> {
        self.check()?;
        assert_eq!(features.nrows(), labels.len(), "one label per row");
        if let Some(((row, column), value)) =
            features.indexed_iter().find(|(_, value)| !value.is_finite())
        {
            return Err(Error::Samples(format!(
                "feature {column} of sample {row} is {value}; build samples with Samples::new, which clips such values"
            )));
        }
        let columns = rank(features);
        let limits = Limits {
            max_features: self.max_features.of(features.ncols()),
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            min_samples_leaf: self.min_samples_leaf,
            order: Order::Drawn,
        };
        let ground = Ground { columns: &columns, labels, classes, limits };
        let (trees, bags): (Vec<Tree>, Vec<Vec<u16>>) =
            (0..self.trees).into_par_iter().map(|tree| grow_one(&ground, seed, tree)).unzip();
        let unseen = votes(&trees, features, classes, |tree, sample| bags[tree][sample] == 0);
        let out_of_bag = out_of_bag(&unseen, labels);
        let importances = importances(&trees, features.ncols());
        Ok(FittedForest { trees, classes, importances, out_of_bag })
    }
}

/// One tree and how often each sample is in its bootstrap.
fn grow_one(ground: &Ground<'_>, seed: u64, tree: usize) -> (Tree, Vec<u16>) {
    let mut rng = random::stream(seed, &format!("tree {tree}"));
    let n = ground.labels.len();
    let mut weights = vec![0_u16; n];
    for _ in 0..n {
        let pick = &mut weights[rng.gen_range(0..n as u32) as usize];
        *pick = pick.saturating_add(1);
    }
    (grow(ground, &weights, &mut rng), weights)
}

/// The class shares of each sample, n × classes, summed over the trees that may judge it.
fn votes(
    trees: &[Tree],
    features: &Array2<f64>,
    classes: usize,
    may_judge: impl Fn(usize, usize) -> bool + Sync,
) -> Array2<f64> {
    let mut votes = Array2::<f64>::zeros((features.nrows(), classes));
    let blocks: Vec<_> = votes.axis_chunks_iter_mut(Axis(0), BLOCK).enumerate().collect();
    blocks.into_par_iter().for_each(|(block, mut votes)| {
        // Tree by tree, so that a tree stays in the cache for the whole block.
        let first = block * BLOCK;
        let features = features.slice(s![first..first + votes.nrows(), ..]);
        for (place, tree) in trees.iter().enumerate() {
            let judged = (0..votes.nrows()).filter(|row| may_judge(place, first + row));
            let judged: Vec<usize> = judged.collect();
            tree.add_shares(features, votes.view_mut(), &judged);
        }
    });
    votes
}

/// Accuracy of each sample's vote among the trees that have not seen it; samples that every tree
/// has seen do not count.
fn out_of_bag(votes: &Array2<f64>, labels: &[usize]) -> Option<f64> {
    let voted = votes.rows().into_iter().zip(labels).filter(|(votes, _)| votes.sum() > 0.0);
    let verdicts: Vec<bool> = voted.map(|(votes, &label)| first_largest(votes) == label).collect();
    let right = verdicts.iter().filter(|&&right| right).count();
    (!verdicts.is_empty()).then(|| right as f64 / verdicts.len() as f64)
}

/// The mean share of removed impurity over trees that have a split, summing to 1.
fn importances(trees: &[Tree], features: usize) -> Vec<f64> {
    let mut sums = vec![0.0; features];
    for tree in trees {
        sums.iter_mut().zip(tree.importances()).for_each(|(sum, share)| *sum += share);
    }
    let total: f64 = sums.iter().sum();
    sums.into_iter().map(|sum| if total > 0.0 { sum / total } else { 0.0 }).collect()
}

impl Classifier for RandomForest {
    fn name(&self) -> String {
        let drawn = match self.max_features {
            MaxFeatures::Sqrt => String::new(),
            MaxFeatures::Log2 => ", log₂ p features".into(),
            MaxFeatures::All => ", all features".into(),
            MaxFeatures::Count(count) => format!(", {count} features"),
        };
        format!("random forest, {} trees{drawn}", self.trees)
    }

    fn recipe(&self) -> Option<String> {
        Recipe::Forest(self.clone()).text()
    }

    fn check(&self) -> Result<()> {
        check_count("trees", self.trees)?;
        check_count("min_samples_leaf", self.min_samples_leaf)?;
        check_count("max_depth", self.max_depth.unwrap_or(1))?;
        match self.max_features {
            MaxFeatures::Count(count) => check_count("max_features", count),
            _ => Ok(()),
        }
    }

    /// The same with 20 trees, if it has more.
    fn for_null(&self) -> Option<Arc<dyn Classifier>> {
        let fewer = || Arc::new(Self { trees: NULL_TREES, ..self.clone() }) as Arc<dyn Classifier>;
        (self.trees > NULL_TREES).then(fewer)
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        self.check_samples(samples)?;
        let classes = samples.classes.len();
        Ok(Box::new(self.grow(&samples.features, &samples.labels, classes, seed)?))
    }
}

impl FittedForest {
    /// How many nodes the trees have together.
    pub fn nodes(&self) -> usize {
        self.trees.iter().map(|tree| tree.nodes.len()).sum()
    }
}

impl Fitted for FittedForest {
    fn features(&self) -> usize {
        self.importances.len()
    }

    fn judge(&self, features: &Array2<f64>) -> Array2<f64> {
        let votes = votes(&self.trees, features, self.classes, |_, _| true);
        votes / self.trees.len() as f64
    }

    fn importances(&self) -> Option<Vec<f64>> {
        Some(self.importances.clone())
    }

    fn out_of_bag(&self) -> Option<f64> {
        self.out_of_bag
    }
}

show_classifiers!(RandomForest);
show_fitted!(FittedForest);
show_as_settings!(MaxFeatures);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_features_rounds_down_and_stays_in_range() {
        assert_eq!(MaxFeatures::Sqrt.of(507), 22);
        assert_eq!(MaxFeatures::Log2.of(507), 8);
        assert_eq!(MaxFeatures::Sqrt.of(1), 1);
        assert_eq!(MaxFeatures::Log2.of(1), 1);
        assert_eq!(MaxFeatures::Count(9).of(4), 4);
    }
}
