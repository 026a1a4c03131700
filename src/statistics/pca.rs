//! Principal components: where rows of numbers lie, in as many dimensions as one can draw.

use linfa_linalg::eigh::{EigSort, Eigh};
use ndarray::{Array1, Array2, Axis, s};
use serde::{Deserialize, Serialize};

use crate::error::check_count;
use crate::{Error, Result};

/// Principal component analysis of z-scored features.
///
/// Exact to ten digits, where linfa-reduction's iteration stops short when many of few components
/// are asked for (10 of 21: the second share of variance 0.0831 instead of 0.0853).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pca {
    /// Components to keep, at least 1; default 2.
    pub components: usize,
}

impl Default for Pca {
    fn default() -> Self {
        Self { components: 2 }
    }
}

/// Samples seen along their principal components.
#[derive(Debug, Clone)]
pub struct Projection {
    /// The coordinates, n × components.
    pub scores: Array2<f64>,
    /// The directions, components × p, of length 1, each with its largest entry positive.
    pub directions: Array2<f64>,
    /// For each component, its share of the total variance.
    pub explained: Vec<f64>,
    means: Array1<f64>,
}

impl Pca {
    /// The principal components of z-scores or of other numbers, n × p, and where these lie along
    /// them. Means are taken out.
    ///
    /// # Errors
    /// [`Error::Setting`] if more components are asked for than there are features or rows less
    /// one; [`Error::Samples`] if the eigenvectors cannot be computed.
    pub(crate) fn fit_scores(&self, scores: &Array2<f64>) -> Result<Projection> {
        let (n, p) = scores.dim();
        check_count("components", self.components)?;
        let most = p.min(n.saturating_sub(1));
        if self.components > most {
            let requirement = format!("{n} samples of {p} features have at most {most} components");
            return Err(Error::setting("components", self.components, requirement));
        }
        let means = scores.sum_axis(Axis(0)) / n as f64;
        let directions = oriented(directions(&(scores - &means), self.components)?);
        let mut projection =
            Projection { scores: Array2::zeros((0, 0)), directions, explained: Vec::new(), means };
        projection.scores = projection.project_scores(scores);
        projection.explained = explained(&projection.scores, scores);
        Ok(projection)
    }
}

/// The principal directions of centred rows, components × p, through whichever of the p × p and the
/// n × n products is smaller.
fn directions(centred: &Array2<f64>, components: usize) -> Result<Array2<f64>> {
    let (n, p) = centred.dim();
    if p <= n {
        return leading(&centred.t().dot(centred), components);
    }
    let mut directions = leading(&centred.dot(&centred.t()), components)?.dot(centred);
    let lengths: Vec<f64> = directions.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect();
    let longest = lengths.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    for (mut direction, length) in directions.rows_mut().into_iter().zip(lengths) {
        // Beyond the rank of the rows, rounding is all there is: no direction.
        if length > 1e-10 * longest {
            direction /= length;
        } else {
            direction.fill(0.0);
        }
    }
    Ok(directions)
}

/// The eigenvectors of the largest eigenvalues of a symmetric n × n matrix, count × n.
fn leading(matrix: &Array2<f64>, count: usize) -> Result<Array2<f64>> {
    // All of them, exactly: linfa-reduction's iteration for a few is not accurate enough for a
    // classifier to come out the same as with other libraries.
    let decomposed = matrix.eigh().map_err(|error| {
        Error::Samples(format!(
            "the principal components cannot be computed: {error}; look for features without spread"
        ))
    })?;
    let (_, vectors) = decomposed.sort_eig_desc();
    Ok(vectors.slice(s![.., ..count]).t().to_owned())
}

/// Each direction with its largest entry positive, since a component has no sign of its own.
fn oriented(mut directions: Array2<f64>) -> Array2<f64> {
    for mut direction in directions.rows_mut() {
        let largest = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
        if largest.is_some_and(|value| value < 0.0) {
            direction.mapv_inplace(|value| -value);
        }
    }
    directions
}

fn explained(projected: &Array2<f64>, scores: &Array2<f64>) -> Vec<f64> {
    let total = scores.var_axis(Axis(0), 0.0).sum();
    let share = |variance: &f64| if total > 0.0 { variance / total } else { 0.0 };
    projected.var_axis(Axis(0), 0.0).iter().map(share).collect()
}

impl Projection {
    /// Other z-scores, n × p, along the same components.
    pub(crate) fn project_scores(&self, scores: &Array2<f64>) -> Array2<f64> {
        (scores - &self.means).dot(&self.directions.t())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_line_has_one_component() {
        let line = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [5.0, 5.0]];
        let projection = Pca { components: 1 }.fit_scores(&line).unwrap();
        assert!((projection.explained[0] - 1.0).abs() < 1e-12);
        assert!((projection.directions[[0, 0]] - 0.5_f64.sqrt()).abs() < 1e-9);
        assert!((projection.scores[[3, 0]] - 3.0 * 2.0_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn too_many_components_are_refused() {
        let error = Pca { components: 3 }.fit_scores(&array![[0.0, 1.0], [1.0, 0.0]]).unwrap_err();
        assert!(error.to_string().contains("at most 1 components"), "{error}");
    }
}
