//! One tree that can be read: which observable separates what.
//!
//! Grown as the trees of the forest are, on all samples and with all features at every split, like
//! scikit-learn's `DecisionTreeClassifier` (CART: Breiman, Friedman, Olshen, Stone, "Classification
//! and Regression Trees", 1984). Among equally good splits the first column wins, so that the tree
//! depends on no seed; observables that always agree (the norm of raw and of absolute weights)
//! would otherwise take turns. linfa-trees is not used, since it takes values closer than 1e-5 for
//! equal, which variances of weights are, and lets the order of a hash map decide between equally
//! frequent classes in a leaf.

use std::fmt::{self, Write as _};

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, Fitted, show_classifiers};
use super::random_forest::{Ground, Limits, Order, Tree, grow, rank};
use super::recipe::Recipe;
use crate::classification::samples::Samples;
use crate::display::{Blocks, EvcxrDisplay, show, show_as_settings};
use crate::error::check_count;
use crate::{Result, random};

/// A single decision tree, split by Gini impurity (CART: Breiman, Friedman, Olshen & Stone 1984).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionTree {
    /// Questions between root and leaf at most; default 4, which fits on a page. `None` grows the
    /// tree until its leaves are pure.
    pub max_depth: Option<usize>,
    /// Samples a leaf must keep, at least 1; default 1.
    pub min_samples_leaf: usize,
}

impl Default for DecisionTree {
    fn default() -> Self {
        Self { max_depth: Some(4), min_samples_leaf: 1 }
    }
}

/// A node of a grown tree, with all it takes to draw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Distance from the root.
    pub depth: usize,
    /// How many training samples of each class reached it.
    pub counts: Vec<usize>,
    /// The question asked here; none in a leaf.
    pub question: Option<Question>,
}

/// `feature ≤ threshold`?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The name of the feature.
    pub feature: String,
    /// Samples up to and including this value go to `yes`.
    pub threshold: f64,
    /// The node for samples at or below the threshold.
    pub yes: usize,
    /// The node for samples above.
    pub no: usize,
}

/// A decision tree that has grown.
#[derive(Debug, Clone)]
pub struct FittedTree {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The nodes, root first, each before its children.
    pub nodes: Vec<TreeNode>,
    tree: Tree,
}

impl DecisionTree {
    /// Grows the tree; the concrete form of [`Classifier::fit`], which can be read and drawn.
    ///
    /// # Errors
    /// As [`Classifier::check`] and [`Samples::check`].
    pub fn grow(&self, samples: &Samples) -> Result<FittedTree> {
        self.check()?;
        samples.check()?;
        let columns = rank(&samples.features);
        let limits = Limits {
            max_features: samples.features.ncols(),
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            min_samples_leaf: self.min_samples_leaf,
            order: Order::AsGiven,
        };
        let classes = samples.classes.len();
        let ground = Ground { columns: &columns, labels: &samples.labels, classes, limits };
        let weights = vec![1; samples.len()];
        let tree = grow(&ground, &weights, &mut random::stream(0, "tree"));
        let nodes = describe(&tree, &samples.feature_names);
        Ok(FittedTree { classes: samples.classes.clone(), nodes, tree })
    }
}

fn describe(tree: &Tree, names: &[String]) -> Vec<TreeNode> {
    let mut depths = vec![0; tree.nodes.len()];
    let mut described = Vec::with_capacity(tree.nodes.len());
    for (place, node) in tree.nodes.iter().enumerate() {
        let (yes, no) = (node.left as usize, node.right as usize);
        let question = (!node.is_leaf()).then(|| {
            depths[yes] = depths[place] + 1;
            depths[no] = depths[place] + 1;
            let feature = names[node.feature as usize].clone();
            Question { feature, threshold: node.threshold, yes, no }
        });
        let counts = tree.counts(place).iter().map(|&count| count as usize).collect();
        described.push(TreeNode { depth: depths[place], counts, question });
    }
    described
}

impl FittedTree {
    /// The tree as indented text, one line per question and leaf, with class counts at the leaves:
    ///
    /// ```text
    /// weightraw_norm ≤ 3.2?
    ///   yes: hebbian (12 of 12)
    ///   no: backprop (9 of 10; oja 1)
    /// ```
    pub fn rules(&self) -> String {
        let mut text = String::new();
        self.write_node(0, "", &mut text);
        text
    }

    fn write_node(&self, place: usize, answer: &str, text: &mut String) {
        let node = &self.nodes[place];
        let indent = "  ".repeat(node.depth);
        // Writing to a String cannot fail.
        match &node.question {
            None => {
                let _ = writeln!(text, "{indent}{answer}{}", self.leaf(node));
            }
            Some(question) => {
                let Question { feature, threshold, yes, no } = question;
                let _ = writeln!(text, "{indent}{answer}{feature} ≤ {}?", short(*threshold));
                self.write_node(*yes, "yes: ", text);
                self.write_node(*no, "no: ", text);
            }
        }
    }

    fn leaf(&self, node: &TreeNode) -> String {
        let total: usize = node.counts.iter().sum();
        let mut order: Vec<usize> = (0..node.counts.len()).collect();
        order.sort_by_key(|&class| std::cmp::Reverse(node.counts[class]));
        let mut text = format!("{} ({} of {total}", self.classes[order[0]], node.counts[order[0]]);
        for &class in order[1..].iter().filter(|&&class| node.counts[class] > 0) {
            let _ = write!(text, "; {} {}", self.classes[class], node.counts[class]);
        }
        text + ")"
    }
}

/// Four significant digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-3..1e5).contains(&size) {
        let digits = if size == 0.0 { 0 } else { 3 - size.log10().floor() as i32 };
        return format!("{value:.*}", digits.max(0) as usize);
    }
    format!("{value:.3e}")
}

impl fmt::Display for FittedTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rules())
    }
}

impl Classifier for DecisionTree {
    fn name(&self) -> String {
        match self.max_depth {
            Some(depth) => format!("decision tree of depth {depth}"),
            None => "decision tree".into(),
        }
    }

    fn recipe(&self) -> Option<String> {
        Recipe::Tree(self.clone()).text()
    }

    fn check(&self) -> Result<()> {
        check_count("max_depth", self.max_depth.unwrap_or(1))?;
        check_count("min_samples_leaf", self.min_samples_leaf)
    }

    fn fit(&self, samples: &Samples, _seed: u64) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.grow(samples)?))
    }
}

impl Fitted for FittedTree {
    fn features(&self) -> usize {
        self.tree.features()
    }

    fn judge(&self, features: &Array2<f64>) -> Array2<f64> {
        let mut shares = Array2::zeros((features.nrows(), self.classes.len()));
        let rows: Vec<usize> = (0..features.nrows()).collect();
        self.tree.add_shares(features.view(), shares.view_mut(), &rows);
        shares
    }

    fn importances(&self) -> Option<Vec<f64>> {
        Some(self.tree.importances())
    }
}

impl EvcxrDisplay for FittedTree {
    fn evcxr_blocks(&self) -> Blocks {
        Blocks::preformatted(self.to_string())
    }
}

show_classifiers!(DecisionTree);
show!(FittedTree);
show_as_settings!(Question, TreeNode);

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn reads_as_text() {
        let samples = Samples::new(
            array![[1.0, 5.0], [2.0, 5.0], [3.0, 4.0], [4.0, 4.0], [5.0, 4.0]],
            vec!["size".into(), "colour".into()],
            vec![0, 0, 1, 1, 0],
            vec!["ant".into(), "bee".into()],
            vec![0, 1, 2, 3, 4],
        );
        let tree = DecisionTree { max_depth: Some(1), ..DecisionTree::default() };
        let tree = tree.grow(&samples.unwrap()).unwrap();
        assert_eq!(tree.rules(), "size ≤ 2.500?\n  yes: ant (2 of 2)\n  no: bee (2 of 3; ant 1)\n");
        assert_eq!(tree.predict(&array![[0.0, 0.0], [9.0, 9.0]]).unwrap(), [0, 1]);
        assert_eq!(tree.nodes[2].counts, [1, 2]);
    }
}
