//! Which classes are confused with which, as a tree.

use std::fmt;

use kodama::Method;
use polars::prelude::{Column, DataFrame};

use super::ConfusionMatrix;
use crate::Result;

/// Classes joined step by step, those that are taken for one another most often first.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy {
    /// The classes.
    pub labels: Vec<String>,
    /// The joins, closest first; one less than there are classes.
    pub merges: Vec<Merge>,
}

/// Two groups become one. Groups are counted as scipy counts them: first the classes, then the joins in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// One of them.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// How far apart they are: 1 less the mean, over pairs of a class of each, of how often the one is taken for the other. 0.5 for two classes that cannot be told apart,
    /// 1 for groups that never are confused.
    pub distance: f64,
    /// How many classes are in both.
    pub size: usize,
}

impl ConfusionMatrix {
    /// The classes as a tree: agglomerative clustering with average linkage (Sokal & Michener 1958, by the crate `kodama`, after Müllner 2011, arXiv 1109.2378), the distance
    /// of two classes being 1 − (p(called j | is i) + p(called i | is j))/2. A class without samples is confused with none.
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
        let (shares, count) = (self.fractions(), self.classes().len());
        let mut distances = Vec::with_capacity(count * count.saturating_sub(1) / 2);
        for i in 0..count {
            distances.extend((i + 1..count).map(|j| 1.0 - (shares[i][j] + shares[j][i]) / 2.0));
        }
        let tree = kodama::linkage(&mut distances, count, Method::Average);
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

    /// The same with rows and columns in another order, such as that of a [`Hierarchy`].
    ///
    /// # Panics
    /// If `order` is not all classes, each once.
    #[must_use]
    pub fn in_order(&self, order: &[usize]) -> Self {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..self.classes().len()), "all classes, each once");
        let row = |&i: &usize| order.iter().map(|&j| self.counts()[i][j]).collect();
        let classes = order.iter().map(|&i| self.classes()[i].clone()).collect();
        let same = Self::new(classes, order.iter().map(row).collect());
        same.expect("as many rows and columns as before")
    }
}

impl Hierarchy {
    /// The classes as they stand below the tree, so that no branches cross.
    pub fn order(&self) -> Vec<usize> {
        // The last join has all of them.
        self.members(self.labels.len() + self.merges.len() - 1)
    }

    /// The classes of a group, as [`Merge`] counts them.
    fn members(&self, group: usize) -> Vec<usize> {
        match group.checked_sub(self.labels.len()) {
            None => vec![group],
            Some(merge) => {
                let Merge { first, second, .. } = self.merges[merge];
                [self.members(first), self.members(second)].concat()
            }
        }
    }

    /// The groups that are left if only joins below a distance are made, in the order of the tree.
    pub fn clusters(&self, distance: f64) -> Vec<Vec<&str>> {
        let made = self.merges.iter().take_while(|merge| merge.distance < distance).count();
        let mut groups: Vec<usize> = (0..self.labels.len() + made).collect();
        let joined = self.merges[..made].iter().flat_map(|merge| [merge.first, merge.second]);
        let joined: Vec<usize> = joined.collect();
        groups.retain(|group| !joined.contains(group));
        let names = |group: usize| {
            self.members(group).into_iter().map(|class| self.labels[class].as_str()).collect()
        };
        let mut named: Vec<(usize, Vec<&str>)> = Vec::new();
        let order = self.order();
        for group in groups {
            let first = self.members(group)[0];
            let place = order.iter().position(|class| *class == first).unwrap_or_default();
            named.push((place, names(group)));
        }
        named.sort_by_key(|(place, _)| *place);
        named.into_iter().map(|(_, names)| names).collect()
    }

    /// One row per join, closest first: the classes of both groups, and their `distance`.
    ///
    /// # Errors
    /// None that a hierarchy can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let names = |group: usize| -> String {
            let own = self.members(group).into_iter();
            own.map(|class| self.labels[class].as_str()).collect::<Vec<&str>>().join(", ")
        };
        let column = |name: &str, of: fn(&Merge) -> usize| {
            let values: Vec<String> = self.merges.iter().map(|merge| names(of(merge))).collect();
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
            let pair: Vec<String> = [merge.first, merge.second]
                .map(|group| self.members(group).iter().map(|c| self.labels[*c].clone()).collect())
                .into_iter()
                .map(|names: Vec<String>| names.join(", "))
                .collect();
            write!(f, "; closest are {} at {:.2}", pair.join(" and "), merge.distance)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a and c are confused, d a little with both, b with none.
    fn confusion() -> ConfusionMatrix {
        let names = ["a", "b", "c", "d"].map(String::from).to_vec();
        let counts = vec![vec![6, 0, 4, 0], vec![0, 10, 0, 0], vec![2, 0, 8, 0], vec![1, 0, 1, 8]];
        ConfusionMatrix::new(names, counts).unwrap()
    }

    #[test]
    fn the_tree_by_hand() {
        let tree = confusion().hierarchy();
        let distances: Vec<f64> = tree.merges.iter().map(|merge| merge.distance).collect();
        for (found, expected) in distances.iter().zip([0.7, 0.95, 1.0]) {
            assert!((found - expected).abs() < 1e-12, "{distances:?}");
        }
        let mut clusters = tree.clusters(0.8);
        clusters.sort();
        assert_eq!(clusters, [vec!["a", "c"], vec!["b"], vec!["d"]]);
        assert_eq!(tree.merges[2].size, 4);
        assert_eq!(tree.table().unwrap().height(), 3);
        assert!(tree.to_string().contains("a and c at 0.70"), "{tree}");
    }

    #[test]
    fn one_class_is_a_tree_without_joins() {
        let alone = ConfusionMatrix::new(vec!["a".into()], vec![vec![3]]).unwrap().hierarchy();
        assert_eq!((alone.order(), alone.merges.len()), (vec![0], 0));
    }

    #[test]
    fn an_order_moves_rows_and_columns() {
        let moved = confusion().in_order(&[2, 0, 3, 1]);
        assert_eq!(moved.classes(), ["c", "a", "d", "b"]);
        assert_eq!(moved.counts()[0], [8, 2, 0, 0]);
        assert_eq!(moved.counts()[2], [1, 1, 8, 0]);
    }
}
