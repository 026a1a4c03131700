//! What gives the probability of each rule.
//!
//! The density of a rule over measured changes is normal, with the mean and the covariance of
//! simulated experiments: quadratic discriminant analysis. A measured change is a mean over
//! synapses, so noise and scatter within a preparation tend to a normal distribution; scatter of
//! preparations is nearly linear at published values. A kernel estimate would need far more
//! preparations in so many dimensions. What is not normal makes it overconfident, which a
//! temperature amends. Rules and their experiments have equal priors.

use super::super::PlasticityData;
use super::experiments::{Experiments, Judged};
use super::gaussian::{Gaussian, posterior};
use super::moments::{RuleMoments, SamplingError};
use super::responses::RuleResponses;
use super::score::{Condition, IdentificationScore, RuleConfusion, family_probabilities};
use super::slice_experiment::SliceMeasurement;
use crate::error::{check_count, check_not_negative};
use crate::{Error, Result};

/// What one rule makes of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleProbability {
    /// The rule.
    pub rule: String,
    /// Its probability, given that it was one of the rules.
    pub probability: f64,
    /// The squared Mahalanobis distance of the changes from the rule's mean. Of a right rule it is
    /// about the number of protocols.
    pub distance: f64,
}

/// What was found of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleIdentification {
    /// The rules, the most probable first.
    pub rules: Vec<RuleProbability>,
    /// The probability of each family, the most probable first.
    pub families: Vec<(String, f64)>,
    /// The share of simulated experiments of the rules that are at least as far from their most
    /// probable rule. A small one says "none of these".
    pub p_value: f64,
    /// The number of protocols.
    pub protocols: usize,
}

/// Identifies rules by experiments with one battery.
///
/// ```
/// use microlearners::spiking::*;
///
/// let battery = ProtocolBattery::pairs_at_rates(&[1.0, 20.0, 50.0]);
/// let experiment = SliceExperiment { battery, ..SliceExperiment::default() };
/// let rules: Vec<NamedRule> = candidate_rules().drain(..6).collect();
/// let draws = ResponseDraws { known: 20, chosen_by: 10, held_out: 10, synapses: 8 };
/// let identifier = RuleIdentifier::fit(&RuleResponses::draw(&rules, &experiment, &draws)?, 0)?;
/// let found = identifier.identify(&experiment.measure(rules[4].rule.as_ref())?)?;
/// assert_eq!(found.families[0].0, "triplet_stdp");
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RuleIdentifier {
    pub(super) responses: RuleResponses,
    pub(super) moments: Vec<RuleMoments>,
    /// Of the noise of imagined experiments.
    pub(super) seed: u64,
}

impl RuleIdentifier {
    /// Learns from the known preparations of each rule; `seed` is that of imagined noise.
    ///
    /// # Errors
    /// [`Error::Samples`] if a covariance is not positive definite.
    pub fn fit(responses: &RuleResponses, seed: u64) -> Result<Self> {
        let of = |rule: usize| {
            let known: Vec<_> =
                responses.draws.known_places().map(|at| responses.preparation(rule, at)).collect();
            RuleMoments::of(&known)
        };
        let moments = (0..responses.rules.len()).map(of).collect();
        Ok(Self { responses: responses.clone(), moments, seed })
    }

    /// The names of the rules.
    pub fn rules(&self) -> &[String] {
        &self.responses.rules
    }

    /// The responses that it has learned from.
    pub fn responses(&self) -> &RuleResponses {
        &self.responses
    }

    /// Identifies the rule of an experiment.
    ///
    /// # Errors
    /// [`Error::Shape`] if the protocols are not those of the battery, in its order;
    /// [`Error::Samples`] if a change is not finite; [`Error::Setting`] without repeats, with more
    /// than synapses were drawn, or with negative noise.
    pub fn identify(&self, measured: &SliceMeasurement) -> Result<RuleIdentification> {
        let error = self.error(measured.repeats, measured.noise)?;
        self.check_protocols(&measured.protocols)?;
        self.found(&measured.changes, &error)
    }

    /// Identifies the rule behind published data; the battery must be that of
    /// [`ProtocolBattery::of`](super::ProtocolBattery::of) their protocols. The published standard
    /// errors stand for noise and scatter.
    ///
    /// # Errors
    /// As [`RuleIdentifier::identify`], and as [`PlasticityData::check`].
    pub fn identify_published(&self, data: &PlasticityData) -> Result<RuleIdentification> {
        data.check()?;
        let names: Vec<String> = data.protocols().iter().map(ToString::to_string).collect();
        self.check_protocols(&names)?;
        let changes: Vec<f64> = data.points.iter().map(|point| point.change).collect();
        let error = SamplingError::Published(data.points.iter().map(|point| point.sem).collect());
        self.found(&changes, &error)
    }

    fn check_protocols(&self, names: &[String]) -> Result<()> {
        let own = self.responses.battery.names();
        if own == names {
            return Ok(());
        }
        let differs = own.iter().zip(names).find(|(own, given)| own != given);
        let problem = match differs {
            Some((own, given)) => format!("\"{given}\" stands where \"{own}\" is expected"),
            None => format!("there are {} of {}", names.len(), own.len()),
        };
        Err(Error::Shape(format!(
            "the protocols are not those of the identifier's battery: {problem}; use one battery"
        )))
    }

    fn found(&self, changes: &[f64], error: &SamplingError) -> Result<RuleIdentification> {
        let protocols = self.responses.battery.len();
        if changes.len() != protocols {
            let count = changes.len();
            return Err(Error::Shape(format!("{count} changes of {protocols} protocols")));
        }
        if let Some(at) = changes.iter().position(|change| !change.is_finite()) {
            let name = &self.responses.battery.protocols[at].name;
            let change = changes[at];
            return Err(Error::Samples(format!(
                "the measured change by {name} is {change}; leave the protocol out"
            )));
        }
        let gaussians = self.gaussians(error, &self.all_protocols())?;
        let evidence: Vec<_> = gaussians.iter().map(|one| one.evidence(changes)).collect();
        let one = Judged { truth: vec![0], evidence: vec![evidence.clone()] };
        let all = vec![true; self.moments.len()];
        let known = self.experiments(self.responses.draws.chosen_by_places(), error);
        let null = known.judge(&gaussians);
        let probabilities = posterior(&one.logs(0), null.temperature());
        let null: Vec<f64> =
            (0..null.truth.len()).map(|row| null.distance_from_best(row, &all)).collect();
        let mut families = family_probabilities(&probabilities, &self.responses.families);
        families.sort_by(|one, other| other.1.total_cmp(&one.1));
        let mut rules: Vec<RuleProbability> = (0..probabilities.len())
            .map(|at| RuleProbability {
                rule: self.responses.rules[at].clone(),
                probability: probabilities[at],
                distance: evidence[at].distance,
            })
            .collect();
        rules.sort_by(|one, other| other.probability.total_cmp(&one.probability));
        let p_value = p_value(one.distance_from_best(0, &all), &null);
        Ok(RuleIdentification { rules, families, p_value, protocols })
    }

    /// The score of held-out experiments with all protocols, one of each preparation.
    ///
    /// # Errors
    /// [`Error::Setting`] without repeats, with more than there are synapses, or with negative
    /// noise; [`Error::Samples`] if a covariance is not positive definite.
    pub fn score(&self, repeats: usize, noise: f64) -> Result<IdentificationScore> {
        let judged = self.judge_held_out(repeats, noise)?;
        let error = self.error(repeats, noise)?;
        let others = self.experiments(self.responses.draws.chosen_by_places(), &error);
        let others = others.judge(&self.gaussians(&error, &self.all_protocols())?);
        let (temperature, protocols) = (others.temperature(), self.responses.battery.len());
        let condition = Condition { repeats, noise, protocols, temperature };
        Ok(IdentificationScore::of(&judged, &self.responses.families, condition))
    }

    /// Which rules held-out experiments are identified as.
    ///
    /// # Errors
    /// As [`RuleIdentifier::score`].
    pub fn confusion(&self, repeats: usize, noise: f64) -> Result<RuleConfusion> {
        Ok(RuleConfusion::of(&self.judge_held_out(repeats, noise)?, self.rules()))
    }

    pub(super) fn judge_held_out(&self, repeats: usize, noise: f64) -> Result<Judged> {
        let error = self.error(repeats, noise)?;
        let experiments = self.experiments(self.responses.draws.held_out_places(), &error);
        Ok(experiments.judge(&self.gaussians(&error, &self.all_protocols())?))
    }

    pub(super) fn error(&self, repeats: usize, noise: f64) -> Result<SamplingError> {
        check_count("repeats", repeats)?;
        check_not_negative("noise", noise)?;
        let most = self.responses.draws.synapses;
        if repeats > most {
            let requirement = format!("{most} synapses were drawn; draw more");
            return Err(Error::setting("repeats", repeats, requirement));
        }
        Ok(SamplingError::Synapses { repeats, noise })
    }

    pub(super) fn experiments(
        &self,
        preparations: std::ops::Range<usize>,
        error: &SamplingError,
    ) -> Experiments {
        Experiments::of(&self.responses, preparations, error, (&self.moments, self.seed))
    }

    pub(super) fn gaussians(
        &self,
        error: &SamplingError,
        chosen: &[usize],
    ) -> Result<Vec<Gaussian>> {
        self.moments.iter().map(|one| one.gaussian(error, chosen)).collect()
    }

    pub(super) fn all_protocols(&self) -> Vec<usize> {
        (0..self.responses.battery.len()).collect()
    }
}

/// The share of the null at least as large, the observed value counted in: valid whatever the
/// distribution.
pub(super) fn p_value(observed: f64, null: &[f64]) -> f64 {
    let above = null.iter().filter(|one| **one >= observed).count();
    (above + 1) as f64 / (null.len() + 1) as f64
}
