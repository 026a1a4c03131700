//! Networks that learn by a rule of which the equation is known.

use ndarray::{Array1, Array2, Array3};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::recording::{Factor, PlasticityRecording};
use super::response::Response;
use super::rule::PlasticityRule;
use super::unfolding::Drive;
use crate::error::{check_count, check_not_negative};
use crate::random::Rng;
use crate::{Error, Result, random};

/// Where a third factor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FactorSource {
    /// There is none.
    #[default]
    None,
    /// A reward prediction error that all synapses share: standard normal, independent of all else.
    Reward,
    /// What each output lacks to that of a fixed random network: target − post.
    Error,
}

impl FactorSource {
    /// A recording with what was the factor.
    pub(super) fn recorded(
        self,
        recording: PlasticityRecording,
        rewards: Array1<f64>,
        errors: Array2<f64>,
    ) -> PlasticityRecording {
        match self {
            Self::None => recording,
            Self::Reward => recording.with_factor(Factor::PerStep(rewards)),
            Self::Error => recording.with_factor(Factor::PerOutput(errors)),
        }
    }
}

/// Networks of one layer that learn by a rule. Inputs are rates: max(0, ½ + ½ z), with z standard
/// normal and independent. Initial weights are normal with variance 1 / inputs.
///
/// ```
/// use microlearners::rule_inference::{KnownRule, PlasticitySimulation};
///
/// let simulation = PlasticitySimulation { networks: 4, ..PlasticitySimulation::default() };
/// let recordings = simulation.run(&KnownRule::Oja { rate: 0.05 }.rule())?;
/// assert_eq!(recordings[0].weights.as_ref().unwrap().dim(), (101, 3, 10));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlasticitySimulation {
    /// Presynaptic units; default 10.
    pub inputs: usize,
    /// Postsynaptic units; default 3.
    pub outputs: usize,
    /// Steps; default 100.
    pub steps: usize,
    /// Networks, each a recording; default 20.
    pub networks: usize,
    /// Of the postsynaptic units; default linear.
    pub response: Response,
    /// Where the third factor comes from; default none.
    pub factor: FactorSource,
    /// By what the rates are multiplied; default 1.
    pub scale: f64,
    /// The standard deviation of a random change of every weight at every step; default 0.
    pub fluctuation: f64,
    /// Seed of inputs, weights and noise; default 0.
    pub seed: u64,
}

impl Default for PlasticitySimulation {
    fn default() -> Self {
        Self {
            inputs: 10,
            outputs: 3,
            steps: 100,
            networks: 20,
            response: Response::Linear,
            factor: FactorSource::None,
            scale: 1.0,
            fluctuation: 0.0,
            seed: 0,
        }
    }
}

impl PlasticitySimulation {
    /// A recording of each network, without noise of measurement.
    ///
    /// # Errors
    /// [`Error::Setting`] for an invalid rule or setting; [`Error::Samples`] if a rule reads a
    /// third factor that is not simulated, or weights grow beyond all bounds.
    pub fn run(&self, rule: &PlasticityRule) -> Result<Vec<PlasticityRecording>> {
        rule.check()?;
        check_count("inputs", self.inputs)?;
        check_count("outputs", self.outputs)?;
        check_count("steps", self.steps)?;
        check_count("networks", self.networks)?;
        check_not_negative("scale", self.scale)?;
        check_not_negative("fluctuation", self.fluctuation)?;
        let one = |network| rule.run(self.drive(network));
        let recordings: Vec<PlasticityRecording> =
            (0..self.networks).into_par_iter().map(one).collect();
        rule.basis().check_factor(&recordings)?;
        if let Some(network) = recordings.iter().position(|one| one.check().is_err()) {
            return Err(Error::Samples(format!(
                "the weights of network {network} grow beyond all bounds within {} steps; lower \
                 the rule's coefficients",
                self.steps
            )));
        }
        Ok(recordings)
    }

    fn drive(&self, network: usize) -> Drive {
        let (steps, outputs, inputs) = (self.steps, self.outputs, self.inputs);
        let mut rng = random::stream(self.seed, &format!("rule_inference network {network}"));
        let normal = |rng: &mut Rng| -> f64 { StandardNormal.sample(rng) };
        let rate = |rng: &mut Rng| self.scale * (0.5 + 0.5 * normal(rng)).max(0.0);
        let pre = Array2::from_shape_simple_fn((steps, inputs), || rate(&mut rng));
        let spread = 1.0 / (inputs as f64).sqrt();
        let mut weights =
            || Array2::from_shape_simple_fn((outputs, inputs), || spread * normal(&mut rng));
        let (start, teacher) = (weights(), weights());
        let rewards = Array1::from_shape_simple_fn(steps, || normal(&mut rng));
        let noise = Array3::from_shape_simple_fn((steps, outputs, inputs), || {
            self.fluctuation * normal(&mut rng)
        });
        let targets = pre.dot(&teacher.t());
        let (response, factor) = (self.response, self.factor);
        Drive { pre, weights: start, response, factor, rewards, targets, noise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::KnownRule;

    #[test]
    fn the_recorded_changes_are_the_rule_with_its_factor() {
        for known in KnownRule::all() {
            let simulation = PlasticitySimulation {
                networks: 2,
                factor: known.factor(),
                ..PlasticitySimulation::default()
            };
            let recordings = simulation.run(&known.rule()).unwrap();
            assert_eq!(recordings, simulation.run(&known.rule()).unwrap());
            let explained = known.rule().explained(&recordings).unwrap();
            assert!(explained.iter().all(|&share| share > 1.0 - 1e-9), "{known:?} {explained:?}");
        }
    }

    #[test]
    fn fluctuations_are_changes_that_the_rule_does_not_explain() {
        let rule = KnownRule::AntiHebb { rate: 0.02 }.rule();
        let noisy = PlasticitySimulation { fluctuation: 0.01, ..PlasticitySimulation::default() };
        let explained = rule.explained(&noisy.run(&rule).unwrap()).unwrap();
        assert!(explained.iter().all(|&share| share < 0.9), "{explained:?}");
    }

    #[test]
    fn settings_without_sense_are_refused() {
        let rule = KnownRule::RewardHebb { rate: 0.02 }.rule();
        let said = PlasticitySimulation::default().run(&rule).unwrap_err().to_string();
        assert!(said.contains("reads a third factor, and recording 0 has none"), "{said}");
        let none = PlasticitySimulation { steps: 0, ..PlasticitySimulation::default() };
        assert!(none.run(&PlasticityRule::default()).is_err());
        let fast = KnownRule::Hebb { rate: 1e9, decay: 0.0 }.rule();
        let said = PlasticitySimulation::default().run(&fast).unwrap_err().to_string();
        assert!(said.contains("grow beyond all bounds within 100 steps"), "{said}");
    }
}
