//! Less than full access to recorded steps.

use ndarray::{Array2, Axis};
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::display::show_as_settings;
use crate::error::check_not_negative;
use crate::training::RecordedBatch;
use crate::{Error, Result, random};

/// What stands between a network that learns and the records of its single steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// Gaussian noise on every change of a synapse, in standard deviations of its layer's changes in
    /// that step; default 0.
    pub change_noise: f64,
    /// The same on the activity of hidden units, and on their slopes; default 0.
    pub activity_noise: f64,
    /// The share of each hidden layer's units that is seen, in (0, 1], rounded up; the same ones in
    /// all steps. Inputs and outputs are seen. Default 1.
    pub units: f64,
    /// The consecutive steps that are seen at each moment, at least 3; default all.
    pub steps: Option<usize>,
    /// Decides noise and units; default 0.
    pub seed: u64,
}

impl Default for Access {
    fn default() -> Self {
        Self { change_noise: 0.0, activity_noise: 0.0, units: 1.0, steps: None, seed: 0 }
    }
}

show_as_settings!(Access);

impl Access {
    /// The steps of one network as they are seen.
    ///
    /// # Errors
    /// [`Error::Setting`] for noise that is negative or not finite, a share of units outside (0, 1],
    /// or fewer than three steps.
    pub fn to(&self, batches: &[RecordedBatch]) -> Result<Vec<RecordedBatch>> {
        check_not_negative("change_noise", self.change_noise)?;
        check_not_negative("activity_noise", self.activity_noise)?;
        if !(self.units > 0.0 && self.units <= 1.0) {
            return Err(Error::setting("units", self.units, "it must be above 0 and at most 1"));
        }
        if let Some(steps) = self.steps.filter(|steps| *steps < 3) {
            return Err(Error::setting("steps", steps, "three follow one another at least"));
        }
        let seen =
            in_a_row(batches).filter(|(place, _)| self.steps.is_none_or(|most| *place < most));
        Ok(seen.map(|(_, batch)| self.see(batch)).collect())
    }

    fn see(&self, batch: &RecordedBatch) -> RecordedBatch {
        let mut seen = batch.clone();
        let last = seen.layers.len().saturating_sub(1);
        let rng = &mut random::stream(self.seed, &format!("access to step {}", batch.step));
        let mut below: Option<Vec<usize>> = None;
        for (index, layer) in seen.layers.iter_mut().enumerate() {
            disturb(&mut layer.change, self.change_noise, rng);
            if index < last {
                disturb(&mut layer.outputs, self.activity_noise, rng);
                disturb(&mut layer.slopes, self.activity_noise, rng);
            }
            let own = (index < last && self.units < 1.0)
                .then(|| self.choose(index, layer.weights.nrows()));
            for synapses in [&mut layer.weights, &mut layer.change] {
                if let Some(below) = &below {
                    *synapses = synapses.select(Axis(1), below);
                }
                if let Some(own) = &own {
                    *synapses = synapses.select(Axis(0), own);
                }
            }
            if let Some(own) = &own {
                layer.outputs = layer.outputs.select(Axis(1), own);
                layer.slopes = layer.slopes.select(Axis(1), own);
            }
            below = own;
        }
        seen
    }

    fn choose(&self, layer: usize, units: usize) -> Vec<usize> {
        let rng = &mut random::stream(self.seed, &format!("access to layer {layer}"));
        random::some_of(units, self.units, rng)
    }
}

/// Every step with its place among those that follow one another.
fn in_a_row(batches: &[RecordedBatch]) -> impl Iterator<Item = (usize, &RecordedBatch)> {
    let mut place = 0;
    batches.iter().enumerate().map(move |(index, batch)| {
        let follows = index > 0 && batches[index - 1].step + 1 == batch.step;
        place = if follows { place + 1 } else { 0 };
        (place, batch)
    })
}

/// Adds noise of so many standard deviations.
fn disturb(numbers: &mut Array2<f32>, noise: f64, rng: &mut random::Rng) {
    if noise == 0.0 {
        return;
    }
    let scale = noise as f32 * numbers.std(0.0);
    for number in numbers.iter_mut() {
        let draw: f32 = StandardNormal.sample(rng);
        *number += scale * draw;
    }
}
