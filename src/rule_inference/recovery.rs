//! How often known rules are recovered, by noise, recordings and observed synapses.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::comparison::{PerceptronComparison, compare_with_perceptron};
use super::infer::InferRule;
use super::known_rules::KnownRule;
use super::measurement::Measurement;
use super::perceptron::PerceptronRule;
use super::recording::PlasticityRecording;
use super::recovery_point::{Outcome, RecoveryPoint};
use super::simulation::PlasticitySimulation;
use crate::Result;
use crate::error::{check_at_most, check_count};

/// Seeds of repetitions are this far apart, so that no two share a network.
const REPETITIONS: usize = 100_000;

/// Known rules that are simulated, measured and inferred again, many times.
///
/// Every repetition has its own networks, inputs and noise: the default networks of
/// [`PlasticitySimulation`], of which the rule is inferred from the terms of
/// [`KnownRule::candidates`]. A repetition is correct if it finds exactly the true terms.
///
/// ```
/// use microlearners::rule_inference::{KnownRule, RecoveryStudy};
///
/// let rules = vec![KnownRule::Oja { rate: 0.05 }];
/// let study = RecoveryStudy { rules, repetitions: 3, recordings: 5, ..RecoveryStudy::default() };
/// let curve = study.by_weight_noise(&[0.0, 0.5])?;
/// assert_eq!((curve[1].weight_noise, curve[1].correct), (0.5, 3));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecoveryStudy {
    /// The rules; default [`KnownRule::all`].
    pub rules: Vec<KnownRule>,
    /// Repetitions for each rule; default 20.
    pub repetitions: usize,
    /// Recordings for each repetition, at least 3; default 20.
    pub recordings: usize,
    /// Steps of each recording; default 50.
    pub steps: usize,
    /// Noise on weights, as in [`Measurement`]; default 0.5.
    pub weight_noise: f64,
    /// Noise on activities and factor, as in [`Measurement`]; default 0.
    pub activity_noise: f64,
    /// The probability that a synapse is observed; default 0.5.
    pub observed: f64,
    /// The seed; default 0.
    pub seed: u64,
}

impl Default for RecoveryStudy {
    fn default() -> Self {
        Self {
            rules: KnownRule::all(),
            repetitions: 20,
            recordings: 20,
            steps: 50,
            weight_noise: 0.5,
            activity_noise: 0.0,
            observed: 0.5,
            seed: 0,
        }
    }
}

/// How often rules are recovered at several levels of noise on weights, in the units of
/// [`Measurement`]: a point for each noise and rule, with the other settings of [`RecoveryStudy`].
///
/// # Errors
/// As [`RecoveryStudy::run`].
pub fn recovery_curve(
    rules: &[KnownRule],
    noises: &[f64],
    repetitions: usize,
    seed: u64,
) -> Result<Vec<RecoveryPoint>> {
    let rules = rules.to_vec();
    RecoveryStudy { rules, repetitions, seed, ..RecoveryStudy::default() }.by_weight_noise(noises)
}

impl RecoveryStudy {
    /// A point for each rule, at these settings.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) for an invalid setting;
    /// [`Error::Samples`](crate::Error::Samples) for fewer than three recordings, or a rule whose
    /// weights grow beyond all bounds.
    pub fn run(&self) -> Result<Vec<RecoveryPoint>> {
        check_count("rules", self.rules.len())?;
        check_count("repetitions", self.repetitions)?;
        check_at_most("repetitions", self.repetitions, REPETITIONS)?;
        let all: Vec<(usize, usize)> = (0..self.rules.len())
            .flat_map(|rule| (0..self.repetitions).map(move |repetition| (rule, repetition)))
            .collect();
        let one =
            |&(rule, repetition): &(usize, usize)| self.repetition(self.rules[rule], repetition);
        let outcomes = all.par_iter().map(one).collect::<Result<Vec<Outcome>>>()?;
        let of_rules = self.rules.iter().zip(outcomes.chunks(self.repetitions));
        Ok(of_rules.map(|(rule, outcomes)| RecoveryPoint::of(self, *rule, outcomes)).collect())
    }

    /// Points at several levels of noise on weights, noise by noise.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn by_weight_noise(&self, noises: &[f64]) -> Result<Vec<RecoveryPoint>> {
        let at = |&weight_noise: &f64| Self { weight_noise, ..self.clone() };
        joined(noises.iter().map(at).collect())
    }

    /// Points at several levels of noise on activities and factor, noise by noise.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn by_activity_noise(&self, noises: &[f64]) -> Result<Vec<RecoveryPoint>> {
        let at = |&activity_noise: &f64| Self { activity_noise, ..self.clone() };
        joined(noises.iter().map(at).collect())
    }

    /// Points for several numbers of recordings, number by number.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn by_recordings(&self, numbers: &[usize]) -> Result<Vec<RecoveryPoint>> {
        let at = |&recordings: &usize| Self { recordings, ..self.clone() };
        joined(numbers.iter().map(at).collect())
    }

    /// Points for several shares of observed synapses, share by share.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn by_observed(&self, shares: &[f64]) -> Result<Vec<RecoveryPoint>> {
        let at = |&observed: &f64| Self { observed, ..self.clone() };
        joined(shares.iter().map(at).collect())
    }

    /// The inferred equation beside a perceptron, for each rule, on 10 other networks that are
    /// recorded whole and without noise.
    ///
    /// # Errors
    /// As [`run`](Self::run) and [`compare_with_perceptron`].
    pub fn against_perceptron(
        &self,
        perceptron: &PerceptronRule,
    ) -> Result<Vec<PerceptronComparison>> {
        let one = |rule: &KnownRule| {
            let seen = self.measured(*rule, 0)?;
            let others = Self { recordings: 10, ..self.clone() }.simulated(*rule, 1)?;
            compare_with_perceptron(&seen, &others, &rule.candidates(), perceptron)
        };
        self.rules.par_iter().map(one).collect()
    }

    fn repetition(&self, rule: KnownRule, repetition: usize) -> Result<Outcome> {
        let infer = InferRule { basis: rule.candidates(), ..InferRule::default() };
        let found = infer.equation(&self.measured(rule, repetition)?)?;
        Ok(Outcome::of(&found, &rule.rule()))
    }

    fn measured(&self, rule: KnownRule, repetition: usize) -> Result<Vec<PlasticityRecording>> {
        let measurement = Measurement {
            weight_noise: self.weight_noise,
            activity_noise: self.activity_noise,
            observed: self.observed,
            seed: self.seed_of(repetition),
        };
        measurement.apply(&self.simulated(rule, repetition)?)
    }

    fn simulated(&self, rule: KnownRule, repetition: usize) -> Result<Vec<PlasticityRecording>> {
        let simulation = PlasticitySimulation {
            networks: self.recordings,
            steps: self.steps,
            factor: rule.factor(),
            seed: self.seed_of(repetition),
            ..PlasticitySimulation::default()
        };
        simulation.run(&rule.rule())
    }

    fn seed_of(&self, repetition: usize) -> u64 {
        self.seed.wrapping_mul(REPETITIONS as u64).wrapping_add(repetition as u64)
    }
}

fn joined(studies: Vec<RecoveryStudy>) -> Result<Vec<RecoveryPoint>> {
    check_count("the number of values", studies.len())?;
    Ok(studies.iter().map(RecoveryStudy::run).collect::<Result<Vec<_>>>()?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study() -> RecoveryStudy {
        let rules = vec![KnownRule::Oja { rate: 0.05 }, KnownRule::AntiHebb { rate: 0.02 }];
        RecoveryStudy {
            rules,
            repetitions: 3,
            recordings: 5,
            steps: 40,
            ..RecoveryStudy::default()
        }
    }

    #[test]
    fn curves_have_a_point_for_each_value_and_rule() {
        let curve = study().by_weight_noise(&[0.0, 0.2]).unwrap();
        let keys: Vec<(f64, &str)> =
            curve.iter().map(|point| (point.weight_noise, point.rule.as_str())).collect();
        assert_eq!(keys, [(0.0, "Oja"), (0.0, "anti-Hebb"), (0.2, "Oja"), (0.2, "anti-Hebb")]);
        assert!(curve.iter().all(|point| point.correct == 3 && point.share == 1.0), "{curve:?}");
        assert_eq!(curve, study().by_weight_noise(&[0.0, 0.2]).unwrap());
        let alone = RecoveryStudy { weight_noise: 0.2, ..study() }.run().unwrap();
        assert_eq!(curve[2..], alone);
        assert_eq!(study().by_recordings(&[3, 4]).unwrap()[2].recordings, 4);
        assert_eq!(study().by_observed(&[0.3]).unwrap()[0].observed, 0.3);
        assert_eq!(study().by_activity_noise(&[0.1]).unwrap()[1].activity_noise, 0.1);
    }

    #[test]
    fn a_perceptron_on_few_samples_predicts_worse() {
        let perceptron = PerceptronRule { samples: 1000, epochs: 5, ..PerceptronRule::default() };
        let found = study().against_perceptron(&perceptron).unwrap();
        assert_eq!((found.len(), found[0].recordings, found[0].held_out), (2, 5, 10));
        assert!(found.iter().all(|one| one.low > 0.0 && one.equation_explained > 0.99));
    }

    #[test]
    fn settings_without_sense_are_refused() {
        let none = RecoveryStudy { rules: vec![], ..study() };
        let said = none.run().unwrap_err().to_string();
        assert_eq!(said, "rules is 0, but it must be at least 1");
        assert!(RecoveryStudy { repetitions: 0, ..study() }.run().is_err());
        let few = RecoveryStudy { recordings: 2, ..study() }.run().unwrap_err().to_string();
        assert!(few.starts_with("there are 2 recordings, but this needs at least 3"), "{few}");
        assert!(study().by_weight_noise(&[-1.0]).is_err());
        let empty = recovery_curve(&[KnownRule::Oja { rate: 0.05 }], &[], 3, 0).unwrap_err();
        assert!(empty.to_string().contains("the number of values is 0"));
    }
}
