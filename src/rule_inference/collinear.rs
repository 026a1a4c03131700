//! Terms that data cannot distinguish.

use linfa_linalg::eigh::Eigh;
use ndarray::{Array2, Axis};

use super::moments::Moments;
use crate::{Error, Result};

/// An eigenvalue of the correlations of terms below this is 0.
const NULL: f64 = 1e-10;
/// Terms belong together if their part of the null space is larger than this.
const SHARED: f64 = 1e-6;

/// What the sums of products say about the terms among themselves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Collinearity {
    /// Terms that are 0 throughout.
    pub(super) absent: Vec<usize>,
    /// Groups of terms of which a weighted sum is 0 throughout.
    pub(super) groups: Vec<Vec<usize>>,
    /// The variance inflation of each term: 1 if it is orthogonal to all others, infinite if these
    /// make it up.
    pub(super) inflation: Vec<f64>,
}

impl Collinearity {
    /// # Errors
    /// [`Error::Samples`] if the eigenvectors cannot be computed.
    pub(super) fn of(moments: &Moments) -> Result<Self> {
        let normalised = moments.normalised();
        let all = 0..normalised.products.len();
        let (present, absent): (Vec<usize>, Vec<usize>) =
            all.partition(|&term| normalised.gram[[term, term]] > 0.0);
        let mut inflation = vec![f64::INFINITY; present.len() + absent.len()];
        let gram = normalised.gram.select(Axis(0), &present).select(Axis(1), &present);
        let (values, vectors) = gram.eigh().map_err(|error| {
            Error::Samples(format!(
                "the correlations of the terms have no eigenvectors: {error}; scale the \
                 activities to about 1"
            ))
        })?;
        let is_null = |index: &usize| values[*index] < NULL;
        let null: Vec<usize> = (0..values.len()).filter(is_null).collect();
        let null = vectors.select(Axis(1), &null);
        let shared = null.dot(&null.t());
        for (place, &term) in present.iter().enumerate() {
            let part = |(vector, &value): (&f64, &f64)| vector * vector / value.max(NULL);
            if shared[[place, place]] < SHARED {
                inflation[term] = vectors.row(place).iter().zip(&values).map(part).sum();
            }
        }
        let named = |group: Vec<usize>| group.into_iter().map(|place| present[place]).collect();
        let groups = connected(&shared).into_iter().map(named).collect();
        Ok(Self { absent, groups, inflation })
    }
}

/// Groups of more than one that are connected by entries which are not 0.
fn connected(shared: &Array2<f64>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut is_taken = vec![false; shared.nrows()];
    for first in 0..shared.nrows() {
        let (mut group, mut next) = (Vec::new(), vec![first]);
        while let Some(one) = next.pop() {
            if !is_taken[one] {
                is_taken[one] = true;
                group.push(one);
                next.extend(
                    (0..shared.nrows()).filter(|&other| shared[[one, other]].abs() > SHARED),
                );
            }
        }
        group.sort_unstable();
        if group.len() > 1 {
            groups.push(group);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    #[test]
    fn sums_of_terms_make_a_group() {
        // c = a + b, d is alone, e is 0.
        let rows = array![
            [1.0, 0.0, 1.0, 1.0, 0.0],
            [0.0, 1.0, 1.0, 1.0, 0.0],
            [2.0, 1.0, 3.0, -1.0, 0.0],
            [1.0, 3.0, 4.0, 0.0, 0.0]
        ];
        let gram = rows.t().dot(&rows);
        let moments = Moments { gram, products: Array1::zeros(5), square: 1.0, rows: 4.0 };
        let found = Collinearity::of(&moments).unwrap();
        assert_eq!(found.groups, [vec![0, 1, 2]]);
        assert_eq!(found.absent, [4]);
        assert!(found.inflation[0].is_infinite() && found.inflation[4].is_infinite());
        assert!(found.inflation[3].is_finite());
    }

    /// The diagonal of the inverse of the correlations: 1 / (1 − r²).
    #[test]
    fn variance_inflation_of_two_terms() {
        let gram = array![[4.0, 1.0], [1.0, 1.0]];
        let moments = Moments { gram, products: Array1::zeros(2), square: 1.0, rows: 4.0 };
        let found = Collinearity::of(&moments).unwrap();
        assert!(found.inflation.iter().all(|value| (value - 4.0 / 3.0).abs() < 1e-12));
        assert!(found.groups.is_empty());
    }
}
