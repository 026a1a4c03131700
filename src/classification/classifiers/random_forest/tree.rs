//! One grown tree, as plain arrays.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};

/// How many samples go down a tree at a time.
const TOGETHER: usize = 8;

/// A node: a question, or (if `left` is 0, which no child can be) a leaf.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Node {
    pub(in super::super) feature: u32,
    pub(in super::super) threshold: f64,
    pub(in super::super) left: u32,
    pub(in super::super) right: u32,
}

impl Node {
    pub(in super::super) fn is_leaf(&self) -> bool {
        self.left == 0
    }
}

/// A binary tree, root first.
#[derive(Debug, Clone)]
pub(in super::super) struct Tree {
    pub(in super::super) nodes: Vec<Node>,
    /// For each node, how often each class was in it.
    counts: Vec<f64>,
    classes: usize,
    /// For each feature, how much Gini impurity its splits removed.
    decreases: Vec<f64>,
}

impl Tree {
    pub(super) fn new(features: usize, classes: usize) -> Self {
        let decreases = vec![0.0; features];
        Self { nodes: Vec::new(), counts: Vec::new(), classes, decreases }
    }

    /// Adds a leaf and returns its place.
    pub(super) fn push(&mut self, counts: &[f64]) -> usize {
        self.nodes.push(Node::default());
        self.counts.extend_from_slice(counts);
        self.nodes.len() - 1
    }

    /// Makes a question of a leaf; its children are linked when they are pushed.
    pub(super) fn ask(&mut self, node: usize, feature: u32, threshold: f64, decrease: f64) {
        self.nodes[node].feature = feature;
        self.nodes[node].threshold = threshold;
        self.decreases[feature as usize] += decrease;
    }

    /// How many features it was grown on.
    pub(in super::super) fn features(&self) -> usize {
        self.decreases.len()
    }

    /// How often each class was in a node.
    pub(in super::super) fn counts(&self, node: usize) -> &[f64] {
        &self.counts[node * self.classes..(node + 1) * self.classes]
    }

    /// The share of the removed impurity each feature has; all zero for a tree of one leaf.
    pub(in super::super) fn importances(&self) -> Vec<f64> {
        let total: f64 = self.decreases.iter().sum();
        let share = |decrease: &f64| if total > 0.0 { decrease / total } else { 0.0 };
        self.decreases.iter().map(share).collect()
    }

    /// The leaves that samples end in. All go down together: one waits for memory while the others
    /// move.
    fn leaves<const N: usize>(&self, samples: [ArrayView1<'_, f64>; N]) -> [usize; N] {
        let mut places = [0; N];
        loop {
            let mut moved = false;
            for (place, sample) in places.iter_mut().zip(&samples) {
                let node = &self.nodes[*place];
                if !node.is_leaf() {
                    let goes_left = sample[node.feature as usize] <= node.threshold;
                    *place = if goes_left { node.left } else { node.right } as usize;
                    moved = true;
                }
            }
            if !moved {
                return places;
            }
        }
    }

    /// Adds the class shares of the leaf that each of these rows of `features` ends in to the row's
    /// `sums`.
    pub(in super::super) fn add_shares(
        &self,
        features: ArrayView2<'_, f64>,
        mut sums: ArrayViewMut2<'_, f64>,
        rows: &[usize],
    ) {
        let mut add = |row: usize, leaf: usize| {
            let counts = self.counts(leaf);
            let total: f64 = counts.iter().sum();
            sums.row_mut(row).iter_mut().zip(counts).for_each(|(sum, count)| *sum += count / total);
        };
        let (groups, rest) = rows.as_chunks::<TOGETHER>();
        for group in groups {
            let leaves = self.leaves(group.map(|row| features.row(row)));
            group.iter().zip(leaves).for_each(|(row, leaf)| add(*row, leaf));
        }
        for row in rest {
            let [leaf] = self.leaves([features.row(*row)]);
            add(*row, leaf);
        }
    }
}
