//! Growing one tree, in the way scikit-learn's best-first-search-free builder does.
//!
//! At each node, features are drawn without replacement until `max_features` were looked at and at
//! least one of them varies within the node; every boundary between two distinct values of a drawn
//! feature is tried, and the one with the lowest Gini impurity wins, the first among equals. All
//! counts are whole numbers in `f64`, so the search has no rounding of its own but for the final
//! quotient.

use rand::Rng as _;

use super::ranks::Column;
use super::sort;
use super::tree::Tree;
use crate::random::Rng;

/// The order in which features are looked at; it decides between equally good splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Order {
    /// A fresh random order at every node.
    Drawn,
    /// As the columns stand.
    AsGiven,
}

/// What limits the growth of a tree.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Limits {
    pub(in super::super) max_features: usize,
    pub(in super::super) max_depth: usize,
    pub(in super::super) min_samples_leaf: usize,
    pub(in super::super) order: Order,
}

/// What all trees of a forest share.
pub(in super::super) struct Ground<'a> {
    pub(in super::super) columns: &'a [Column],
    pub(in super::super) labels: &'a [usize],
    pub(in super::super) classes: usize,
    pub(in super::super) limits: Limits,
}

/// A stretch of samples waiting to become a node, and the link that will point to it.
struct Task {
    start: usize,
    end: usize,
    depth: usize,
    parent: Option<(usize, Side)>,
}

enum Side {
    Left,
    Right,
}

#[derive(Clone, Copy)]
struct Best {
    score: f64,
    feature: u32,
    low: u32,
    high: u32,
}

struct Grower<'a> {
    ground: &'a Ground<'a>,
    rng: &'a mut Rng,
    /// The samples in the tree, each packed with its class and how often it was drawn; every node
    /// owns a stretch.
    samples: Vec<u64>,
    features: Vec<u32>,
    tree: Tree,
    keys: Vec<u64>,
    spare_keys: Vec<u64>,
    spare_samples: Vec<u64>,
    left: Vec<f64>,
}

/// Grows a tree on the samples with positive `weights`.
pub(in super::super) fn grow(ground: &Ground<'_>, weights: &[u16], rng: &mut Rng) -> Tree {
    let pack = |(sample, &weight): (usize, &u16)| {
        sort::key(sample as u32, sort::tag(ground.labels[sample], weight))
    };
    let drawn = weights.iter().enumerate().filter(|&(_, &weight)| weight > 0);
    let mut grower = Grower {
        ground,
        rng,
        samples: drawn.map(pack).collect(),
        features: (0..ground.columns.len() as u32).collect(),
        tree: Tree::new(ground.columns.len(), ground.classes),
        keys: Vec::new(),
        spare_keys: Vec::new(),
        spare_samples: Vec::new(),
        left: vec![0.0; ground.classes],
    };
    grower.run();
    grower.tree
}

/// The sum of squares.
fn squares(counts: &[f64]) -> f64 {
    counts.iter().map(|count| count * count).sum()
}

impl Grower<'_> {
    fn run(&mut self) {
        let mut tasks = vec![Task { start: 0, end: self.samples.len(), depth: 0, parent: None }];
        while let Some(task) = tasks.pop() {
            let counts = self.count(&task);
            let node = self.tree.push(&counts);
            self.link(&task, node);
            if self.must_stop(&task, &counts) {
                continue;
            }
            let Some(best) = self.best_split(&task, &counts) else { continue };
            self.ask(node, &best, &counts);
            let (start, end, depth) = (task.start, task.end, task.depth + 1);
            let middle = self.partition(&task, &best);
            tasks.push(Task { start: middle, end, depth, parent: Some((node, Side::Right)) });
            tasks.push(Task { start, end: middle, depth, parent: Some((node, Side::Left)) });
        }
    }

    fn count(&self, task: &Task) -> Vec<f64> {
        let mut counts = vec![0.0; self.ground.classes];
        for &sample in &self.samples[task.start..task.end] {
            let (class, weight) = sort::untag(sample);
            counts[class] += weight;
        }
        counts
    }

    fn link(&mut self, task: &Task, node: usize) {
        match task.parent {
            None => {}
            Some((parent, Side::Left)) => self.tree.nodes[parent].left = node as u32,
            Some((parent, Side::Right)) => self.tree.nodes[parent].right = node as u32,
        }
    }

    fn must_stop(&self, task: &Task, counts: &[f64]) -> bool {
        let pure = counts.iter().filter(|&&count| count > 0.0).count() < 2;
        let limits = &self.ground.limits;
        let too_few = task.end - task.start < 2 * limits.min_samples_leaf;
        pure || too_few || task.depth >= limits.max_depth
    }

    fn best_split(&mut self, task: &Task, counts: &[f64]) -> Option<Best> {
        let mut best = None;
        let mut one_varies = false;
        for drawn in 0..self.features.len() {
            if drawn >= self.ground.limits.max_features && one_varies {
                break;
            }
            let feature = self.draw(drawn);
            if self.load(feature, task) {
                one_varies = true;
                self.sweep(feature, counts, &mut best);
            }
        }
        best
    }

    /// The next feature to look at, `drawn` having been looked at already.
    fn draw(&mut self, drawn: usize) -> u32 {
        if self.ground.limits.order == Order::Drawn {
            let pick = self.rng.gen_range(drawn as u32..self.features.len() as u32);
            self.features.swap(drawn, pick as usize);
        }
        self.features[drawn]
    }

    /// Sorts the node's samples by a feature into `keys`; false if the feature does not vary here.
    fn load(&mut self, feature: u32, task: &Task) -> bool {
        let stretch = &self.samples[task.start..task.end];
        let (low, high) = self.ground.columns[feature as usize].load(stretch, &mut self.keys);
        if low == high {
            return false;
        }
        sort::by_rank(&mut self.keys, &mut self.spare_keys, low, high);
        true
    }

    /// Moves the samples one by one from right to left and scores every boundary between ranks.
    ///
    /// The score Σ left² / n_left + Σ right² / n_right rises as the weighted impurity falls.
    fn sweep(&mut self, feature: u32, counts: &[f64], best: &mut Option<Best>) {
        let total: f64 = counts.iter().sum();
        let (mut left_squares, mut right_squares, mut left_weight) = (0.0, squares(counts), 0.0);
        let mut bar = best.map_or(f64::NEG_INFINITY, |best| best.score);
        let smallest = self.ground.limits.min_samples_leaf;
        self.left.fill(0.0);
        for (place, pair) in self.keys.windows(2).enumerate() {
            let (class, weight) = sort::untag(pair[0]);
            let before = self.left[class];
            left_squares += weight * (2.0 * before + weight);
            right_squares -= weight * (2.0 * (counts[class] - before) - weight);
            left_weight += weight;
            self.left[class] = before + weight;
            let (low, high) = (sort::rank(pair[0]), sort::rank(pair[1]));
            if low == high || place + 1 < smallest || self.keys.len() - place - 1 < smallest {
                continue;
            }
            let score = left_squares / left_weight + right_squares / (total - left_weight);
            if score > bar {
                bar = score;
                *best = Some(Best { score, feature, low, high });
            }
        }
    }

    fn ask(&mut self, node: usize, best: &Best, counts: &[f64]) {
        let threshold = self.ground.columns[best.feature as usize].threshold(best.low, best.high);
        let decrease = best.score - squares(counts) / counts.iter().sum::<f64>();
        self.tree.ask(node, best.feature, threshold, decrease);
    }

    /// Reorders a node's samples, left ones first, both in their old order (which keeps the gathers
    /// of later nodes running through memory in one direction); returns where the right ones start.
    fn partition(&mut self, task: &Task, best: &Best) -> usize {
        let column = &self.ground.columns[best.feature as usize];
        self.spare_samples.clear();
        let mut middle = task.start;
        for place in task.start..task.end {
            let sample = self.samples[place];
            if column.rank(sort::rank(sample) as usize) <= best.low {
                self.samples[middle] = sample;
                middle += 1;
            } else {
                self.spare_samples.push(sample);
            }
        }
        self.samples[middle..task.end].copy_from_slice(&self.spare_samples);
        middle
    }
}
