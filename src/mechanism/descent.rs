//! Recorded steps without what momentum and decay add to them.

use ndarray::Array2;

use super::double::Double;
use super::noise::ChangeNoise;
use super::normal::{Normal, Step};
use super::read_out::{StepSize, consecutive, step_size};

/// A read-out of which so much is explained by its gradient learns from the output error.
const DRIVEN: f64 = 0.9;

/// Where more is noise, nothing can be said.
const MOST_NOISE: f64 = 0.9;

/// A step whose predecessor is on record too, without what momentum and decay add.
pub(super) struct Descent<'a> {
    pair: (&'a Double, &'a Double),
    step: StepSize,
    /// Whether the read-out says what momentum and decay are.
    driven: bool,
}

impl<'a> Descent<'a> {
    pub(super) fn now(&self) -> &'a Double {
        self.pair.1
    }

    /// −(ΔW − μ ΔW before + λ W) of a layer, units × inputs.
    pub(super) fn of(&self, layer: usize) -> Array2<f64> {
        let (before, now) = (&self.pair.0.layers[layer], &self.pair.1.layers[layer]);
        match self.driven {
            false => -&now.change,
            true => {
                -(&now.change - &before.change * self.step.momentum
                    + &now.weights * self.step.decay)
            }
        }
    }

    /// What a layer reads, divided by its root mean square.
    pub(super) fn scaled_input(&self, layer: usize) -> Array2<f64> {
        let x = self.now().below(layer);
        let square = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.to_owned() / square.sqrt()
    }

    /// W times that.
    pub(super) fn response(&self, layer: usize) -> Array2<f64> {
        self.scaled_input(layer).dot(&self.now().layers[layer].weights.t())
    }

    pub(super) fn normal(&self, layer: usize, errors: &Array2<f64>) -> Normal {
        let now = self.now();
        Normal::of(&Step {
            inputs: now.below(layer),
            slopes: now.layers[layer].slopes.view(),
            errors: errors.view(),
            descent: self.of(layer).view(),
        })
    }
}

/// The step of the read-out, and whether it says what the steps of other layers are; and the
/// noise on changes as they were recorded.
pub(super) fn driven_step(all: &[Double]) -> (StepSize, bool, ChangeNoise) {
    let step = step_size(all);
    // Noise leaves less to be explained.
    let noise = ChangeNoise::of_changes(all);
    let signal = 1.0 - noise.share.min(MOST_NOISE);
    (step, step.explained > DRIVEN * signal, noise)
}

/// Steps whose predecessors are on record, moment by moment.
pub(super) fn descents(all: &[Double], step: StepSize, driven: bool) -> Vec<Vec<Descent<'_>>> {
    let of = |pair| Descent { pair, step, driven };
    moments(all).into_iter().map(|pairs| pairs.into_iter().map(of).collect()).collect()
}

/// Steps that follow one another, moment by moment.
fn moments(all: &[Double]) -> Vec<Vec<(&Double, &Double)>> {
    let mut moments: Vec<Vec<(&Double, &Double)>> = Vec::new();
    for pair in consecutive(all) {
        match moments.last_mut() {
            Some(moment) if moment.last().is_some_and(|last| last.1.step == pair.0.step) => {
                moment.push(pair);
            }
            _ => moments.push(vec![pair]),
        }
    }
    moments
}
