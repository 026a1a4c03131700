//! The stress of a map, and the step that lowers it.

use ndarray::{Array2, Axis};

/// How far a map is from the dissimilarities.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    /// The distances of the points, n × n.
    pub(super) distances: Array2<f64>,
    /// Σ (d − δ)² over pairs.
    pub(super) stress: f64,
}

impl Gap {
    pub(super) fn of(coordinates: &Array2<f64>, dissimilarities: &Array2<f64>) -> Self {
        let n = coordinates.nrows();
        let (mut distances, mut stress) = (Array2::zeros((n, n)), 0.0);
        for i in 0..n {
            for j in i + 1..n {
                let (one, other) = (coordinates.row(i), coordinates.row(j));
                let squares = one.iter().zip(other).map(|(a, b)| (a - b) * (a - b));
                let distance = squares.sum::<f64>().sqrt();
                (distances[[i, j]], distances[[j, i]]) = (distance, distance);
                stress += (distance - dissimilarities[[i, j]]).powi(2);
            }
        }
        Self { distances, stress }
    }
}

/// The Guttman transform B(X) X / n: off the diagonal b = −δ/d, or 0 where points coincide, and
/// rows sum to 0.
pub(super) fn moved(
    coordinates: &Array2<f64>,
    dissimilarities: &Array2<f64>,
    distances: &Array2<f64>,
) -> Array2<f64> {
    let mut pull = dissimilarities / distances;
    pull.zip_mut_with(distances, |ratio, &distance| {
        if distance == 0.0 {
            *ratio = 0.0;
        }
    });
    let sums = pull.sum_axis(Axis(1)).insert_axis(Axis(1));
    (coordinates * &sums - pull.dot(coordinates)) / coordinates.nrows() as f64
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::test_patterns::{close, distances, normal};

    #[test]
    fn a_map_without_stress_stays_where_it_is() {
        let points = crate::representations::patterns::centred(&normal(7, 3, "points"));
        let gap = Gap::of(&points, &distances(&points));
        close(gap.stress, 0.0);
        let next = moved(&points, &distances(&points), &gap.distances);
        next.iter().zip(&points).for_each(|(next, point)| assert!((next - point).abs() < 1e-14));
    }

    #[test]
    fn two_points_reach_their_distance_in_one_step() {
        let (points, known) = (array![[0.0], [1.0]], array![[0.0, 4.0], [4.0, 0.0]]);
        let gap = Gap::of(&points, &known);
        close(gap.stress, 9.0);
        close(Gap::of(&moved(&points, &known, &gap.distances), &known).stress, 0.0);
    }
}
