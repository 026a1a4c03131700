//! Which classes are confused with which, as a tree.

use std::fmt;

use kodama::Method;
use polars::prelude::{Column, DataFrame};

use super::confusion_matrix::ConfusionMatrix;
use crate::display::{show_as_settings, show_as_text};
use crate::{Error, Result};

/// Classes joined step by step, those that are confused with one another most often first.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    /// The classes.
    pub labels: Vec<String>,
    /// The joins, closest first; one less than there are classes.
    pub merges: Vec<Merge>,
}

/// Two groups become one. Groups are counted as scipy counts them: first the classes, then the
/// joins in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// One of them.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// How far apart they are: 1 less the mean, over pairs of a class of each, of how often the one
    /// is classified as the other. 0.5 for two classes that cannot be distinguished, 1 for groups
    /// that never are confused.
    pub distance: f64,
    /// How many classes are in both.
    pub size: usize,
}

impl ConfusionMatrix {
    /// The classes as a tree: agglomerative clustering with average linkage (Sokal & Michener 1958,
    /// by the crate `kodama`, after Müllner 2011, arXiv 1109.2378), the distance of two classes
    /// being 1 − (p(called j | is i) + p(called i | is j))/2. A class without samples stands apart
    /// at 1: nobody knows with what it would be confused. Of equally close pairs the one whose classes
    /// come first is joined first.
    ///
    /// ```
    /// use microlearners::classification::ConfusionMatrix;
    ///
    /// let names = ["a", "b", "c"].map(String::from).to_vec();
    /// let confusion = ConfusionMatrix::new(names, vec![vec![6, 0, 4], vec![0, 10, 0], vec![2, 0, 8]])?;
    /// let hierarchy = confusion.hierarchy();
    /// assert_eq!(hierarchy.clusters(0.9), [vec!["a", "c"], vec!["b"]]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    pub fn hierarchy(&self) -> Hierarchy {
        let tree = kodama::primitive(&mut self.distances(), self.classes().len(), Method::Average);
        let merge = |step: &kodama::Step<f64>| Merge {
            first: step.cluster1,
            second: step.cluster2,
            distance: step.dissimilarity,
            size: step.size,
        };
        Hierarchy {
            labels: self.classes().to_vec(),
            merges: tree.steps().iter().map(merge).collect(),
        }
    }

    /// Of each pair of classes, in the order that `kodama` expects: the upper triangle, row by row.
    fn distances(&self) -> Vec<f64> {
        let (shares, count) = (self.fractions(), self.classes().len());
        let is_known = |class: usize| self.counts()[class].iter().any(|count| *count > 0);
        let distance = |i: usize, j: usize| match is_known(i) && is_known(j) {
            true => 1.0 - (shares[i][j] + shares[j][i]) / 2.0,
            false => 1.0,
        };
        (0..count)
            .flat_map(|i| (i + 1..count).map(move |j| (i, j)))
            .map(|(i, j)| distance(i, j))
            .collect()
    }

    /// The same with rows and columns in another order, such as that of a [`Hierarchy`].
    ///
    /// # Errors
    /// [`Error::Shape`] if `order` is not all classes, each once.
    pub fn in_order(&self, order: &[usize]) -> Result<Self> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.classes().len()) {
            return Err(Error::Shape(format!(
                "an order of {} classes is each number below {} once, not {order:?}; take that of a hierarchy of the same classes",
                self.classes().len(),
                self.classes().len()
            )));
        }
        let row = |&i: &usize| order.iter().map(|&j| self.counts()[i][j]).collect();
        let classes = order.iter().map(|&i| self.classes()[i].clone()).collect();
        Self::new(classes, order.iter().map(row).collect())
    }
}

impl Hierarchy {
    /// The classes as they stand below the tree, so that no branches cross; of two branches the one
    /// with the earliest class comes first.
    pub fn order(&self) -> Vec<usize> {
        // The last join has all of them; without classes there is none.
        let last = (self.labels.len() + self.merges.len()).checked_sub(1);
        last.map_or_else(Vec::new, |last| self.members(last))
    }

    /// The classes of a group, as [`Merge`] counts them.
    fn members(&self, group: usize) -> Vec<usize> {
        let Some(merge) = group.checked_sub(self.labels.len()) else { return vec![group] };
        let Merge { first, second, .. } = self.merges[merge];
        let mut branches = [self.members(first), self.members(second)];
        branches.sort_by_key(|branch| branch.iter().min().copied());
        branches.concat()
    }

    /// The names of a group's classes.
    fn names(&self, group: usize) -> String {
        let members = self.members(group);
        members.iter().map(|class| self.labels[*class].as_str()).collect::<Vec<&str>>().join(", ")
    }

    /// The groups that are left if only joins below a distance are made, in the order of the tree.
    pub fn clusters(&self, distance: f64) -> Vec<Vec<String>> {
        let made = self.merges.iter().take_while(|merge| merge.distance < distance).count();
        let joined: Vec<usize> =
            self.merges[..made].iter().flat_map(|merge| [merge.first, merge.second]).collect();
        let left = (0..self.labels.len() + made).filter(|group| !joined.contains(group));
        let mut groups: Vec<Vec<usize>> = left.map(|group| self.members(group)).collect();
        let order = self.order();
        groups.sort_by_key(|group| order.iter().position(|class| *class == group[0]));
        let name = |class: &usize| self.labels[*class].clone();
        groups.iter().map(|group| group.iter().map(name).collect()).collect()
    }

    /// One row per join, closest first: the classes of both groups, and their `distance`.
    ///
    /// # Errors
    /// None that a hierarchy can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let column = |name: &str, of: fn(&Merge) -> usize| {
            let values: Vec<String> =
                self.merges.iter().map(|merge| self.names(of(merge))).collect();
            Column::new(name.into(), values)
        };
        let distances: Vec<f64> = self.merges.iter().map(|merge| merge.distance).collect();
        let columns = vec![
            column("group", |merge| merge.first),
            column("joined with", |merge| merge.second),
            Column::new("distance".into(), distances),
        ];
        Ok(DataFrame::new(self.merges.len(), columns)?)
    }
}

impl fmt::Display for Hierarchy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hierarchy of {} classes", self.labels.len())?;
        self.merges.first().map_or(Ok(()), |merge| {
            let (first, second) = (self.names(merge.first), self.names(merge.second));
            write!(f, "; closest are {first} and {second} at {:.2}", merge.distance)
        })
    }
}

show_as_text!(Hierarchy);
show_as_settings!(Merge);

#[cfg(test)]
mod tests {
    use super::*;

    /// a and c are confused, d a little with both, b with none.
    fn confusion() -> ConfusionMatrix {
        let names = ["a", "b", "c", "d"].map(String::from).to_vec();
        let counts = vec![vec![6, 0, 4, 0], vec![0, 10, 0, 0], vec![2, 0, 8, 0], vec![1, 0, 1, 8]];
        ConfusionMatrix::new(names, counts).unwrap()
    }

    /// `scipy.cluster.hierarchy.linkage(d, "average")`, d the upper triangle of `1 - (p + p.T) /
    /// 2`, p the shares of rows: distances 0.7, 0.95, 1.
    #[test]
    fn the_tree_is_that_of_scipy() {
        let tree = confusion().hierarchy();
        let joined: Vec<[usize; 3]> =
            tree.merges.iter().map(|merge| [merge.first, merge.second, merge.size]).collect();
        assert_eq!(joined, [[0, 2, 2], [3, 4, 3], [1, 5, 4]]);
        for (merge, expected) in tree.merges.iter().zip([0.7, 0.95, 1.0]) {
            assert!((merge.distance - expected).abs() < 1e-12, "{merge:?}");
        }
        assert_eq!(tree.order(), [0, 2, 3, 1]);
        assert!(tree.to_string().contains("a and c at 0.70"), "{tree}");
    }

    #[test]
    fn clusters_follow_the_tree() {
        let tree = confusion().hierarchy();
        assert_eq!(tree.clusters(0.8), [vec!["a", "c"], vec!["d"], vec!["b"]]);
        assert_eq!(tree.clusters(0.0).len(), 4);
        assert_eq!(tree.clusters(2.0), [vec!["a", "c", "d", "b"]]);
        let table = tree.table().unwrap();
        let joined = table.column("joined with").unwrap().str().unwrap().get(1);
        assert_eq!((table.height(), joined), (3, Some("a, c")));
    }

    #[test]
    fn small_trees_have_few_joins() {
        let alone = ConfusionMatrix::new(vec!["a".into()], vec![vec![3]]).unwrap().hierarchy();
        assert_eq!((alone.order(), alone.merges.len()), (vec![0], 0));
        let nothing = Hierarchy { labels: vec![], merges: vec![] };
        assert!(nothing.order().is_empty() && nothing.clusters(1.0).is_empty());
    }

    #[test]
    fn equal_distances_keep_the_order_of_the_classes() {
        let names = ["d", "c", "b", "a"].map(String::from).to_vec();
        let perfect = (0..4).map(|i| (0..4).map(|j| u64::from(i == j)).collect()).collect();
        let tree = ConfusionMatrix::new(names, perfect).unwrap().hierarchy();
        assert_eq!(tree.order(), [0, 1, 2, 3]);
        assert!(tree.merges.iter().all(|merge| merge.distance == 1.0));
    }

    #[test]
    fn a_class_without_samples_stands_apart() {
        let names = ["a", "b", "unseen"].map(String::from).to_vec();
        let counts = vec![vec![5, 1, 4], vec![1, 9, 0], vec![0, 0, 0]];
        let tree = ConfusionMatrix::new(names, counts).unwrap().hierarchy();
        assert!((tree.merges[0].distance - 0.9).abs() < 1e-12);
        // Half of a was classified as it, but nobody knows with what it would be confused.
        assert_eq!(tree.merges[1].distance, 1.0);
    }

    #[test]
    fn an_order_moves_rows_and_columns() {
        let moved = confusion().in_order(&[2, 0, 3, 1]).unwrap();
        assert_eq!(moved.classes(), ["c", "a", "d", "b"]);
        assert_eq!(moved.counts()[0], [8, 2, 0, 0]);
        assert_eq!(moved.counts()[2], [1, 1, 8, 0]);
        let error = confusion().in_order(&[0, 1, 1, 3]).unwrap_err().to_string();
        assert!(error.contains("below 4 once, not [0, 1, 1, 3]"), "{error}");
    }
}
