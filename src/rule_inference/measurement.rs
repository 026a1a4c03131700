//! What noise and missing synapses leave of a recording.

use ndarray::{Array2, ArrayViewMut1, s};
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::recording::{Factor, PlasticityRecording};
use crate::error::check_not_negative;
use crate::random::Rng;
use crate::{Error, Result, random};

/// What a measurement does to recordings: it adds noise, and leaves synapses unobserved.
///
/// ```
/// use microlearners::rule_inference::{KnownRule, Measurement, PlasticitySimulation};
///
/// let recordings = PlasticitySimulation::default().run(&KnownRule::Oja { rate: 0.05 }.rule())?;
/// let half = Measurement { weight_noise: 1.0, observed: 0.5, ..Measurement::default() };
/// assert!(half.apply(&recordings)?[0].observed.is_some());
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Noise on every observed weight: its standard deviation, in units of the root mean square of
    /// the changes of all weights in a step; default 0.
    pub weight_noise: f64,
    /// Noise on every observed activity and on the factor: its standard deviation, in units of that
    /// unit's own standard deviation over time; default 0.
    pub activity_noise: f64,
    /// The probability that a synapse is observed, above 0; default 1.
    pub observed: f64,
    /// Seed of noise and choice; default 0.
    pub seed: u64,
}

impl Default for Measurement {
    fn default() -> Self {
        Self { weight_noise: 0.0, activity_noise: 0.0, observed: 1.0, seed: 0 }
    }
}

impl Measurement {
    /// The recordings as they would be measured.
    ///
    /// # Errors
    /// [`Error::Setting`] for negative noise, or a share outside 0 to 1; what
    /// [`PlasticityRecording::check`] refuses.
    pub fn apply(&self, recordings: &[PlasticityRecording]) -> Result<Vec<PlasticityRecording>> {
        check_not_negative("weight_noise", self.weight_noise)?;
        check_not_negative("activity_noise", self.activity_noise)?;
        if !(self.observed > 0.0 && self.observed <= 1.0) {
            return Err(Error::setting(
                "observed",
                self.observed,
                "it must be above 0 and at most 1",
            ));
        }
        let one = |(index, recording): (usize, &PlasticityRecording)| {
            recording.check()?;
            let name = format!("rule_inference measurement {index}");
            Ok(self.measured(recording.clone(), &mut random::stream(self.seed, &name)))
        };
        recordings.iter().enumerate().map(one).collect()
    }

    fn measured(&self, mut recording: PlasticityRecording, rng: &mut Rng) -> PlasticityRecording {
        if let Some(weights) = &mut recording.weights {
            let changes = &weights.slice(s![1.., .., ..]) - &weights.slice(s![..-1, .., ..]);
            let noise = self.weight_noise * (&changes * &changes).mean().unwrap_or(0.0).sqrt();
            weights.mapv_inplace(|weight| weight + noise * normal(rng));
        }
        for column in recording.pre.columns_mut().into_iter().chain(recording.post.columns_mut()) {
            self.blur(column, rng);
        }
        match &mut recording.factor {
            Some(Factor::PerStep(factor)) => self.blur(factor.view_mut(), rng),
            Some(Factor::PerOutput(factor)) => {
                factor.columns_mut().into_iter().for_each(|column| self.blur(column, rng));
            }
            None => {}
        }
        if self.observed < 1.0 {
            recording.observed = Some(self.seen(&recording, rng));
        }
        recording
    }

    fn blur(&self, mut values: ArrayViewMut1<'_, f64>, rng: &mut Rng) {
        let noise = self.activity_noise * values.std(0.0);
        values.mapv_inplace(|value| value + noise * normal(rng));
    }

    /// At least one synapse of those that were observed before.
    fn seen(&self, recording: &PlasticityRecording, rng: &mut Rng) -> Array2<bool> {
        let before = recording.synapses();
        let mut mask = Array2::from_elem((recording.outputs(), recording.inputs()), false);
        before.iter().for_each(|&at| mask[at] = rng.gen_bool(self.observed));
        let one = before[rng.gen_range(0..before.len())];
        if !mask.iter().any(|&seen| seen) {
            mask[one] = true;
        }
        mask
    }
}

fn normal(rng: &mut Rng) -> f64 {
    StandardNormal.sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, PlasticitySimulation};

    fn recordings() -> Vec<PlasticityRecording> {
        let simulation = PlasticitySimulation { networks: 3, ..PlasticitySimulation::default() };
        simulation.run(&KnownRule::AntiHebb { rate: 0.02 }.rule()).unwrap()
    }

    #[test]
    fn noise_has_the_size_that_was_asked_for() {
        let measurement =
            Measurement { weight_noise: 2.0, activity_noise: 0.5, ..Measurement::default() };
        let (before, after) = (recordings(), measurement.apply(&recordings()).unwrap());
        let (old, new) = (before[0].weights.as_ref().unwrap(), after[0].weights.as_ref().unwrap());
        let changes = &old.slice(ndarray::s![1.., .., ..]) - &old.slice(ndarray::s![..-1, .., ..]);
        let ratio = (new - old).std(0.0) / changes.pow2().mean().unwrap().sqrt();
        assert!((ratio - 2.0).abs() < 0.1, "{ratio}");
        let noise = (&after[0].pre - &before[0].pre).column(0).std(0.0);
        assert!((noise / before[0].pre.column(0).std(0.0) - 0.5).abs() < 0.1, "{noise}");
        assert_eq!(after, measurement.apply(&recordings()).unwrap());
        assert_eq!(Measurement::default().apply(&before).unwrap(), before);
    }

    #[test]
    fn some_synapses_stay_and_at_least_one() {
        let half = Measurement { observed: 0.5, ..Measurement::default() };
        let seen = half.apply(&recordings()).unwrap()[0].synapses().len();
        assert!((8..=22).contains(&seen), "{seen}");
        let hardly = Measurement { observed: 1e-9, ..Measurement::default() };
        assert!(hardly.apply(&recordings()).unwrap().iter().all(|one| one.synapses().len() == 1));
    }

    #[test]
    fn settings_without_sense_are_refused() {
        let none = Measurement { observed: 0.0, ..Measurement::default() };
        let said = none.apply(&recordings()).unwrap_err().to_string();
        assert_eq!(said, "observed is 0, but it must be above 0 and at most 1");
        let negative = Measurement { weight_noise: -1.0, ..Measurement::default() };
        assert!(negative.apply(&recordings()).is_err());
    }
}
