//! One step of a descent through the dynamics.

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Array2, Axis};

use super::unrolled::Prediction;

/// What is added to the diagonal for initial weights that nothing determines.
const RIDGE: f64 = 1e-9;

/// A damped step of Gauss and Newton, in which the initial weights are eliminated unit by unit.
pub(super) struct Step {
    pub(super) by: Array1<f64>,
    pub(super) starts: Vec<Array1<f64>>,
}

impl Step {
    pub(super) fn of(predictions: &[Prediction], damping: f64) -> Option<Self> {
        let terms = predictions[0].by_term.ncols();
        let (mut square, mut right) = (Array2::zeros((terms, terms)), Array1::zeros(terms));
        let mut solved = Vec::new();
        for one in predictions {
            // The last column holds the residuals projected on the initial weights.
            let mut across = one.by_initial.t().dot(&one.by_term);
            across.push_column(one.by_initial.t().dot(&one.left).view()).ok()?;
            let own = solve(damped(&one.by_initial, damping), across.clone())?;
            let across = across.slice(ndarray::s![.., ..terms]);
            square += &damped(&one.by_term, damping);
            square -= &across.t().dot(&own.slice(ndarray::s![.., ..terms]));
            right += &one.by_term.t().dot(&one.left);
            right -= &across.t().dot(&own.column(terms));
            solved.push(own);
        }
        let by = match terms {
            0 => right,
            _ => solve(square, right.insert_axis(Axis(1)))?.remove_axis(Axis(1)),
        };
        let start =
            |own: &Array2<f64>| &own.column(terms) - &own.slice(ndarray::s![.., ..terms]).dot(&by);
        Some(Self { starts: solved.iter().map(start).collect(), by })
    }
}

/// Products of columns with one another, with a share of the diagonal added to it.
pub(super) fn damped(columns: &Array2<f64>, damping: f64) -> Array2<f64> {
    let mut products = columns.t().dot(columns);
    let mean = products.diag().mean().unwrap_or(0.0).max(f64::MIN_POSITIVE);
    for value in products.diag_mut() {
        *value += damping * *value + RIDGE * mean;
    }
    products
}

pub(super) fn solve(mut square: Array2<f64>, mut right: Array2<f64>) -> Option<Array2<f64>> {
    square.solvec_inplace(&mut right).ok()?;
    right.iter().all(|value| value.is_finite()).then_some(right)
}
