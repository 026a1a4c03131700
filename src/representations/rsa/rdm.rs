//! A representational dissimilarity matrix: how different a network finds each pair of conditions.

use std::collections::HashMap;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::pairs::{pair_count, pair_list, place_of_pair};
use crate::error::{first_repeated, shown};
use crate::{Error, Result};

/// A representational dissimilarity matrix (RDM) of K conditions, such as stimuli or classes. It is
/// symmetric with zeros on its diagonal, so that the K(K−1)/2 pairs above the diagonal hold it.
/// Kriegeskorte, Mur & Bandettini 2008, doi 10.3389/neuro.06.004.2008.
///
/// ```
/// use microlearners::representations::Rdm;
///
/// let names = ["cat", "dog", "car"].map(String::from);
/// let rdm = Rdm::new(&names, vec![0.2, 0.9, 0.8], "correlation")?;
/// assert_eq!(rdm.matrix()[[2, 0]], 0.9);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rdm {
    /// The names of the K conditions, in the order of rows and columns; no name is repeated.
    pub conditions: Vec<String>,
    /// The upper triangle, row by row: (0, 1), (0, 2), …, (0, K−1), (1, 2), …
    pub dissimilarities: Vec<f64>,
    /// What was measured, such as `correlation`, `crossnobis` or `category`.
    pub dissimilarity: String,
}

/// One pair of conditions of an [`Rdm`].
#[derive(Debug, Clone, PartialEq)]
pub struct RdmPair {
    /// The condition of the row.
    pub first: String,
    /// The condition of the column.
    pub second: String,
    /// Their dissimilarity.
    pub dissimilarity: f64,
}

impl Rdm {
    /// An RDM from its upper triangle, row by row.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of dissimilarities is not K(K−1)/2; [`Error::Samples`] for
    /// fewer than two conditions, a repeated condition or a dissimilarity that is not finite.
    pub fn new(
        conditions: &[String],
        dissimilarities: Vec<f64>,
        dissimilarity: &str,
    ) -> Result<Self> {
        check_conditions(conditions)?;
        let (count, pairs) = (conditions.len(), pair_count(conditions.len()));
        if dissimilarities.len() != pairs {
            return Err(Error::Shape(format!(
                "{count} conditions have {pairs} pairs, but there are {} dissimilarities; give the upper triangle without the diagonal",
                dissimilarities.len()
            )));
        }
        if let Some(place) = dissimilarities.iter().position(|value| !value.is_finite()) {
            let (first, second) = pair_list(count)[place];
            return Err(Error::Samples(format!(
                "the dissimilarity of {} and {} is {}; leave out one of them, or scale the activity down",
                shown(&conditions[first]),
                shown(&conditions[second]),
                dissimilarities[place]
            )));
        }
        let dissimilarity = dissimilarity.to_owned();
        Ok(Self { conditions: conditions.to_vec(), dissimilarities, dissimilarity })
    }

    /// An RDM from its square form, K × K.
    ///
    /// # Errors
    /// As [`Rdm::new`]; [`Error::Shape`] if the matrix is not K × K; [`Error::Samples`] if it is
    /// not symmetric or its diagonal is not zero.
    pub fn from_matrix(
        conditions: &[String],
        matrix: &Array2<f64>,
        dissimilarity: &str,
    ) -> Result<Self> {
        let count = conditions.len();
        if matrix.dim() != (count, count) {
            let (rows, columns) = matrix.dim();
            return Err(Error::Shape(format!(
                "a matrix of {rows} × {columns} is no RDM of {count} conditions; it must be {count} × {count}"
            )));
        }
        let pairs = pair_list(count);
        let differs = |&&(i, j): &&(usize, usize)| {
            let (above, below) = (matrix[[i, j]], matrix[[j, i]]);
            (above - below).abs() > 1e-9 * above.abs().max(below.abs())
        };
        if let Some(&(i, j)) = pairs.iter().find(differs) {
            return Err(Error::Samples(format!(
                "row {i} and column {j} hold {}, but row {j} and column {i} {}; an RDM is symmetric",
                matrix[[i, j]],
                matrix[[j, i]]
            )));
        }
        if let Some(place) = (0..count).find(|&place| matrix[[place, place]] != 0.0) {
            return Err(Error::Samples(format!(
                "the diagonal holds {} at {place}; the dissimilarity of a condition with itself is 0",
                matrix[[place, place]]
            )));
        }
        let upper = pairs.iter().map(|&(i, j)| matrix[[i, j]]).collect();
        Self::new(conditions, upper, dissimilarity)
    }

    /// The square form, K × K, with zeros on the diagonal.
    pub fn matrix(&self) -> Array2<f64> {
        let count = self.conditions.len();
        let mut matrix = Array2::zeros((count, count));
        for (&(i, j), &value) in pair_list(count).iter().zip(&self.dissimilarities) {
            matrix[[i, j]] = value;
            matrix[[j, i]] = value;
        }
        matrix
    }

    /// One row for each pair of conditions, in the order of [`Rdm::dissimilarities`].
    pub fn pairs(&self) -> Vec<RdmPair> {
        let pairs = pair_list(self.conditions.len());
        let row = |(&(i, j), &dissimilarity): (&(usize, usize), &f64)| RdmPair {
            first: self.conditions[i].clone(),
            second: self.conditions[j].clone(),
            dissimilarity,
        };
        pairs.iter().zip(&self.dissimilarities).map(row).collect()
    }

    /// The RDM of some conditions, in the order in which they are given.
    ///
    /// # Errors
    /// [`Error::UnknownName`] for a condition that is not there; [`Error::Samples`] for fewer than
    /// two, or one that is repeated.
    pub fn subset(&self, conditions: &[String]) -> Result<Self> {
        check_conditions(conditions)?;
        let places = self.places_of(conditions)?;
        let dissimilarities = self.values_at(&places);
        let conditions = conditions.to_vec();
        Ok(Self { conditions, dissimilarities, dissimilarity: self.dissimilarity.clone() })
    }

    /// The dissimilarities in the order of `conditions`, which are all of this RDM's.
    pub(super) fn aligned(&self, conditions: &[String]) -> Result<Vec<f64>> {
        if self.conditions == conditions {
            return Ok(self.dissimilarities.clone());
        }
        let lacking = |of: &[String], other: &[String]| -> Vec<String> {
            let known: std::collections::HashSet<&String> = other.iter().collect();
            of.iter().filter(|name| !known.contains(name)).map(|name| shown(name)).collect()
        };
        let mut lacking_in_one = lacking(conditions, &self.conditions);
        lacking_in_one.extend(lacking(&self.conditions, conditions));
        if let Some(first) = lacking_in_one.first() {
            return Err(Error::Samples(format!(
                "{} conditions are in one RDM and not in the other, the first {first}; compare RDMs of the same conditions, such as Rdm::subset gives",
                lacking_in_one.len()
            )));
        }
        Ok(self.values_at(&self.places_of(conditions)?))
    }

    fn places_of(&self, conditions: &[String]) -> Result<Vec<usize>> {
        let names = self.conditions.iter().enumerate();
        let known: HashMap<&str, usize> = names.map(|(at, name)| (name.as_str(), at)).collect();
        let place = |name: &String| {
            let unknown = || Error::UnknownName {
                kind: "condition",
                name: name.clone(),
                known: self.conditions.clone(),
            };
            known.get(name.as_str()).copied().ok_or_else(unknown)
        };
        conditions.iter().map(place).collect()
    }

    fn values_at(&self, places: &[usize]) -> Vec<f64> {
        let count = self.conditions.len();
        let value = |&(a, b): &(usize, usize)| {
            self.dissimilarities[place_of_pair(places[a], places[b], count)]
        };
        pair_list(places.len()).iter().map(value).collect()
    }
}

fn check_conditions(conditions: &[String]) -> Result<()> {
    if conditions.len() < 2 {
        return Err(Error::Samples(format!(
            "there are {} conditions, and an RDM needs at least 2; give more stimuli",
            conditions.len()
        )));
    }
    match first_repeated(conditions) {
        Some(name) => Err(Error::Samples(format!(
            "condition {} stands there more than once; give each condition a name of its own",
            shown(name)
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::names;
    use super::*;

    fn rdm() -> Rdm {
        Rdm::new(&names(4), vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "mine").unwrap()
    }

    #[test]
    fn the_square_form_and_back() {
        let rdm = rdm();
        let matrix = rdm.matrix();
        assert_eq!(matrix[[3, 1]], 5.0);
        assert_eq!(Rdm::from_matrix(&rdm.conditions, &matrix, "mine").unwrap(), rdm);
        assert_eq!(rdm.pairs()[3].second, "s2");
    }

    #[test]
    fn a_subset_keeps_the_order_that_is_asked_for() {
        let wanted = ["s3", "s0", "s2"].map(String::from);
        let subset = rdm().subset(&wanted).unwrap();
        assert_eq!(subset.conditions, wanted);
        assert_eq!(subset.dissimilarities, [3.0, 6.0, 2.0]);
        let told = rdm().subset(&["s3", "s9"].map(String::from)).unwrap_err().to_string();
        assert!(told.contains("no condition called \"s9\""), "{told}");
    }

    #[test]
    fn what_is_no_rdm_is_refused() {
        let told = |result: Result<Rdm>| result.unwrap_err().to_string();
        assert!(told(Rdm::new(&names(3), vec![1.0], "mine")).contains("3 pairs"));
        assert!(told(Rdm::new(&names(2), vec![f64::NAN], "mine")).contains("s0 and s1 is NaN"));
        assert!(told(Rdm::new(&names(1), vec![], "mine")).contains("at least 2"));
        let twice = ["a", "b", "a"].map(String::from);
        assert!(told(Rdm::new(&twice, vec![1.0; 3], "mine")).contains("condition a"));
        let uneven = ndarray::array![[0.0, 1.0], [2.0, 0.0]];
        assert!(told(Rdm::from_matrix(&names(2), &uneven, "mine")).contains("symmetric"));
    }
}
