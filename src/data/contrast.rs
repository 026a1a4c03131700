//! The contrastive loss of SimCLR, NT-Xent: Chen, Kornblith, Norouzi & Hinton 2020, arXiv
//! 2002.05709.
//!
//! With u_i = z_i/‖z_i‖, s_ij = u_i·u_j/τ and p(i) the partner of example i,
//!
//! L = (1/n) Σ_i [−s_ip(i) + ln Σ_{j≠i} e^{s_ij}]
//!
//! so that, with P_ij the softmax over j ≠ i and Q = P less 1 at each partner, ∂L/∂u_i = (1/nτ) Σ_j
//! (Q_ij + Q_ji) u_j, and ∂L/∂z_i is what is left of it across u_i, divided by ‖z_i‖.

use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};

use super::Objective;

/// Examples 0 and 1 are partners, 2 and 3, and so on; a last one without a partner is left out.
fn partner(example: usize) -> usize {
    example ^ 1
}

/// Shorter outputs than this have no direction, and no error: a silent one would have an endless
/// one.
const TINY: f64 = 1e-6;

/// Directions and lengths of the outputs that have partners.
fn directions(outputs: ArrayView2<'_, f32>) -> (Array2<f64>, Array1<f64>) {
    let paired = outputs.slice(s![..outputs.nrows() / 2 * 2, ..]).mapv(f64::from);
    let norms = paired.map_axis(Axis(1), |row| row.dot(&row).sqrt().max(TINY));
    (paired / norms.view().insert_axis(Axis(1)), norms)
}

/// The mean loss, and the softmax of each example over the others.
fn softmaxes(directions: &Array2<f64>) -> (f64, Array2<f64>) {
    let mut probabilities = directions.dot(&directions.t()) / f64::from(Objective::TEMPERATURE);
    let count = directions.nrows();
    let mut loss = 0.0;
    for (i, mut row) in probabilities.rows_mut().into_iter().enumerate() {
        let own = row[partner(i)];
        row[i] = f64::NEG_INFINITY;
        row.mapv_inplace(f64::exp);
        let sum = row.sum();
        loss += sum.ln() - own;
        row.mapv_inplace(|e| e / sum);
    }
    (loss / count as f64, probabilities)
}

/// The mean loss; NaN if there is no pair.
pub(super) fn loss(outputs: ArrayView2<'_, f32>) -> f64 {
    softmaxes(&directions(outputs).0).0
}

/// Replaces the outputs by ∂L/∂z, and returns the loss.
pub(super) fn error(mut outputs: ArrayViewMut2<'_, f32>) -> f64 {
    let (directions, norms) = directions(outputs.view());
    let count = directions.nrows();
    let (loss, mut excess) = softmaxes(&directions);
    for i in 0..count {
        excess[(i, partner(i))] -= 1.0;
    }
    let both = &excess + &excess.t();
    let scale = 1.0 / (count as f64 * f64::from(Objective::TEMPERATURE));
    let slopes = both.dot(&directions) * scale;
    outputs.fill(0.0);
    for i in 0..count {
        let (slope, u) = (slopes.row(i), directions.row(i));
        let along = slope.dot(&u);
        if norms[i] > TINY {
            let across = (&slope - &(along * &u)) / norms[i];
            outputs.row_mut(i).assign(&across.mapv(|x| x as f32));
        }
    }
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_loss_by_hand() {
        // Two pairs of opposite directions: partners agree (cosine 1), the two others are opposite
        // (−1), at τ = 1/2.
        let outputs = array![[2.0_f32, 0.0], [1.0, 0.0], [-1.0, 0.0], [-3.0, 0.0]];
        let expected = (2.0_f64.exp() + 2.0 * (-2.0_f64).exp()).ln() - 2.0;
        assert!((loss(outputs.view()) - expected).abs() < 1e-6);
        // A fifth has no partner.
        let more = array![[2.0_f32, 0.0], [1.0, 0.0], [-1.0, 0.0], [-3.0, 0.0], [5.0, 5.0]];
        assert!((loss(more.view()) - expected).abs() < 1e-6);
        assert!(loss(more.slice(s![..1, ..])).is_nan());
    }

    #[test]
    fn the_error_is_the_gradient() {
        let outputs =
            array![[0.3_f32, -1.2, 0.7], [0.5, 0.1, 0.4], [-0.8, 0.6, 1.1], [0.2, -0.3, -0.9]];
        let mut slopes = outputs.clone();
        let found = error(slopes.view_mut());
        assert!((found - loss(outputs.view())).abs() < 1e-9);
        for ((i, j), &slope) in slopes.indexed_iter() {
            let at = |shift: f32| {
                let mut moved = outputs.clone();
                moved[(i, j)] += shift;
                loss(moved.view())
            };
            let expected = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((f64::from(slope) - expected).abs() < 1e-4, "{i},{j}: {slope} {expected}");
        }
    }

    #[test]
    fn silent_outputs_have_a_finite_error() {
        let mut outputs = Array2::zeros((4, 3));
        assert!(error(outputs.view_mut()).is_finite());
        assert!(outputs.iter().all(|slope: &f32| slope.is_finite()));
        let mut outputs = array![[0.0_f32, 0.0], [1.0, 0.5], [0.3, -1.0], [-0.2, 0.4]];
        error(outputs.view_mut());
        assert!(outputs.iter().all(|slope| slope.abs() < 10.0), "{outputs}");
    }
}
