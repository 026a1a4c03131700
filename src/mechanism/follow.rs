//! What feedback weights follow.
//!
//! Known laws of learned feedback are sums of a few terms in the layer above the feedback (x its
//! input, y = W x). Within a few consecutive steps K is taken to move at one speed, and each law is
//! tried on that speed, in the directions that the errors of these steps show and as far as they
//! show them.

use ndarray::{Array2, Axis, concatenate};
use serde::{Deserialize, Serialize};

use super::descent::Descent;
use super::normal::Normal;
use super::solve::mean;
use crate::display::show_as_settings;

/// Regularisation, as a share of the mean square.
const RIDGE: f64 = 1e-8;

/// The share of the speed of the feedback weights that each law explains.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Follow {
    /// How much of themselves feedback weights move in a step.
    pub moves: f64,
    /// How much of themselves they would seem to move by noise on the changes alone.
    pub moves_by_noise: f64,
    /// The weights' own change, and what feedback and weights lose: Kolen and Pollack's law.
    pub changes: f64,
    /// The weights, and what feedback loses: symmetric alignment, and the weight mirror but for its
    /// noise.
    pub weights: f64,
    /// ⟨x yᵀ⟩ and ⟨x xᵀ⟩B: activation alignment.
    pub activity: f64,
    /// ⟨x yᵀ⟩, B⟨y yᵀ⟩ and what feedback loses: information alignment.
    pub information: f64,
    /// The weights, B W Wᵀ and what feedback loses: direct difference target propagation, which
    /// learns to invert them.
    pub inverse: f64,
}

show_as_settings!(Follow);

impl Follow {
    /// Means over moments, each of some consecutive steps.
    ///
    /// `normals` has the equations of every step of every moment, and `noise` is the share of the
    /// changes that is noise.
    pub(super) fn of(
        moments: &[Vec<Descent<'_>>],
        normals: &[Vec<Normal>],
        top: usize,
        noise: f64,
    ) -> Self {
        let all: Vec<Self> = moments
            .iter()
            .zip(normals)
            .filter(|(moment, _)| moment.len() >= 3)
            .map(|(moment, normals)| {
                Self::of_moment(moment, top, &Normal::sum(normals.iter().cloned()), noise)
            })
            .collect();
        let each = |of: fn(&Self) -> f64| mean(all.iter().map(of));
        Self {
            moves: each(|one| one.moves),
            moves_by_noise: each(|one| one.moves_by_noise),
            changes: each(|one| one.changes),
            weights: each(|one| one.weights),
            activity: each(|one| one.activity),
            information: each(|one| one.information),
            inverse: each(|one| one.inverse),
        }
    }

    fn of_moment(moment: &[Descent<'_>], top: usize, normal: &Normal, noise: f64) -> Self {
        let own = &normal.solve(RIDGE);
        let speed = speed(moment, top);
        let terms = Terms::of(moment, top + 1, own);
        let moves = speed.made(&speed.solve(RIDGE)) / speed.made(own);
        let synapses = moment[0].now().layers[top].change.len() * moment.len();
        let moves_by_noise = normal.noise(noise, own.len(), synapses) / speed.made(own);
        // What noise makes of the speed no law can explain.
        let true_part = (1.0 - (moves_by_noise / moves).powi(2)).max(0.01);
        let share = |terms: &[&Array2<f64>]| {
            let terms: Vec<Array2<f64>> = terms.iter().map(|term| (*term).clone()).collect();
            speed.explained_by_sum(&terms) / true_part
        };
        Self {
            moves,
            moves_by_noise,
            changes: share(&[&terms.changes, &terms.weights, own]),
            weights: share(&[&terms.weights, own]),
            activity: share(&[&terms.amp, &terms.sparse]),
            information: share(&[&terms.amp, &terms.null, own]),
            inverse: share(&[&terms.weights, &terms.inverted, own]),
        }
    }
}

/// The normal equations of the speed of K.
fn speed(moment: &[Descent<'_>], top: usize) -> Normal {
    let middle = (moment.len() - 1) as f64 / 2.0;
    let twice = |(time, descent): (usize, &Descent<'_>)| {
        let error = &descent.now().error;
        let timed = error * (time as f64 - middle);
        descent.normal(top, &concatenate![Axis(1), error.view(), timed.view()])
    };
    Normal::sum(moment.iter().enumerate().map(twice)).of_speed()
}

/// What laws of learned feedback are made of: means over a moment, in the shape of K.
struct Terms {
    /// Wᵀ.
    weights: Array2<f64>,
    /// ΔWᵀ.
    changes: Array2<f64>,
    /// ⟨x yᵀ⟩.
    amp: Array2<f64>,
    /// ⟨x xᵀ⟩K.
    sparse: Array2<f64>,
    /// K⟨y yᵀ⟩.
    null: Array2<f64>,
    /// K W Wᵀ.
    inverted: Array2<f64>,
}

impl Terms {
    /// Of the layer `above` the one that K leads to.
    fn of(moment: &[Descent<'_>], above: usize, own: &Array2<f64>) -> Self {
        let at = |of: &dyn Fn(&Descent<'_>) -> Array2<f64>| {
            let sum = moment.iter().map(of).reduce(|a, b| a + b);
            sum.map_or_else(|| Array2::zeros((0, 0)), |sum| sum / moment.len() as f64)
        };
        Self {
            weights: at(&|d| d.now().layers[above].weights.t().to_owned()),
            changes: at(&|d| d.now().layers[above].change.t().to_owned()),
            amp: at(&|d| d.scaled_input(above).t().dot(&d.response(above))),
            sparse: at(&|d| {
                let x = d.scaled_input(above);
                x.t().dot(&x.dot(own))
            }),
            null: at(&|d| {
                let y = d.response(above);
                own.dot(&y.t().dot(&y))
            }),
            inverted: at(&|d| {
                let w = &d.now().layers[above].weights;
                own.dot(&w.dot(&w.t()))
            }),
        }
    }
}
