//! Canonical correlations, weighted by how much of a layer they account for.

use linfa_linalg::svd::SVD;
use ndarray::{Array2, Axis};

use super::cca::canonical_bases;
use crate::Result;
use crate::display::show_as_settings;
use crate::representations::patterns::{centred, undecomposed};

/// The canonical correlations of two layers with their weights in the first.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionWeightedCca {
    /// The weighted mean of the correlations, from 0 to 1.
    pub similarity: f64,
    /// All correlations, largest first.
    pub correlations: Vec<f64>,
    /// The weight of each correlation; they sum to 1.
    pub weights: Vec<f64>,
}

show_as_settings!(ProjectionWeightedCca);

/// Projection-weighted canonical correlation analysis of patterns, n × p and n × q: Morcos, Raghu
/// and Bengio 2018, arXiv 1806.05759.
///
/// The weight of a canonical variate h of the first patterns is Σ |h · x| over their units x, the
/// mean taken out and h of length 1. The measure is not symmetric: the first patterns weigh.
///
/// ```
/// use microlearners::representations::pwcca;
/// use microlearners::ndarray::array;
///
/// let x = array![[0.0, 1.0], [2.0, 0.5], [1.0, 3.0], [4.0, 1.0], [0.5, 0.5]];
/// assert!((pwcca(&x, &(&x + 1.0))?.similarity - 1.0).abs() < 1e-12);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// As [`cca`](crate::representations::cca()).
pub fn pwcca(x: &Array2<f64>, y: &Array2<f64>) -> Result<ProjectionWeightedCca> {
    let [of_x, of_y] = canonical_bases(x, y)?;
    // The right vectors of (Qx' Qy)' turn the basis of x into its canonical variates.
    let product = of_y.t().dot(&of_x);
    let (_, values, turns) = product.svd(false, true).map_err(undecomposed)?;
    let turns = turns.expect("right vectors were asked for");
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let variates = of_x.dot(&turns.select(Axis(0), &order).t());
    let sums = variates.t().dot(&centred(x)).mapv(f64::abs).sum_axis(Axis(1));
    let weights = (&sums / sums.sum()).to_vec();
    let correlations: Vec<f64> = order.iter().map(|&at| values[at].clamp(0.0, 1.0)).collect();
    let similarity = weights.iter().zip(&correlations).map(|(weight, r)| weight * r).sum();
    Ok(ProjectionWeightedCca { similarity, correlations, weights })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representations::test_patterns::{close, many_x, many_y, normal};

    /// numpy 2.4.6, from the definition.
    #[test]
    fn weights_equal_numpy() {
        let found = pwcca(&many_x(), &many_y()).unwrap();
        let expected =
            [0.3039319522584231, 0.2519925694897772, 0.2287336094722204, 0.2153418687795792];
        found.weights.iter().zip(expected).for_each(|(found, known)| close(*found, known));
        close(found.similarity, 0.7330486075783245);
    }

    #[test]
    fn the_second_patterns_may_be_mapped_and_either_may_have_more_units() {
        let plain = pwcca(&many_x(), &many_y()).unwrap();
        let mapped = pwcca(&many_x(), &many_y().dot(&normal(6, 6, "map"))).unwrap();
        close(mapped.similarity, plain.similarity);
        let swapped = pwcca(&many_y(), &many_x()).unwrap();
        assert_eq!(swapped.weights.len(), 4);
        close(swapped.weights.iter().sum(), 1.0);
        plain.correlations.iter().zip(&swapped.correlations).for_each(|(a, b)| close(*b, *a));
        assert!((swapped.similarity - plain.similarity).abs() > 1e-3);
    }
}
