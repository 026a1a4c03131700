//! The weight changes of many synapses of every candidate by every protocol, drawn once.
//!
//! Noise is added later, so that one set of responses serves every number of repeats, every noise
//! and every choice of protocols.

use ndarray::{Array3, ArrayView2, Axis, s};
use rayon::prelude::*;

use super::super::{NamedRule, SynapticRule};
use super::battery::ProtocolBattery;
use super::response_draws::ResponseDraws;
use super::response_surface::ResponseSurface;
use super::scatter::Factors;
use super::slice_experiment::{LEAST_CHANGE, SliceExperiment};
use crate::{Error, Result, random};

/// Rules that are computed in steps of time, whose weight changes are read from a polynomial.
const STEPPED: [&str; 1] = ["voltage_rule"];

/// Weight changes without noise: of every rule those of preparations × synapses × protocols.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleResponses {
    /// The names of the rules.
    pub rules: Vec<String>,
    /// The family of each rule: its name without its parameter set, such as `triplet_stdp`.
    pub families: Vec<String>,
    /// The protocols.
    pub battery: ProtocolBattery,
    /// How many preparations and synapses there are.
    pub draws: ResponseDraws,
    /// The root mean square error of each rule's polynomial; none of rules computed exactly.
    pub surface_errors: Vec<Option<f64>>,
    changes: Vec<Array3<f64>>,
}

impl RuleResponses {
    /// Draws the responses of rules under the battery, the scatter and the seed of an experiment.
    ///
    /// The voltage rule is computed in steps of 1 ms, too slow to be drawn often. Its changes are
    /// read from polynomials of second degree in the logarithms of its time constants, fitted to
    /// exact ones, and are exact in its amplitudes.
    ///
    /// # Errors
    /// As [`SliceExperiment::check`] and [`ResponseDraws::check`]; [`Error::Samples`] for fewer
    /// than two rules or a repeated name, or if the weight of a rule is no longer finite;
    /// [`Error::Setting`] if a rule is refused.
    pub fn draw(
        rules: &[NamedRule],
        experiment: &SliceExperiment,
        draws: &ResponseDraws,
    ) -> Result<Self> {
        experiment.check()?;
        draws.check()?;
        check_rules(rules)?;
        let mut responses = Self {
            rules: rules.iter().map(|one| one.name.clone()).collect(),
            families: rules.iter().map(|one| one.rule.about().name).collect(),
            battery: experiment.battery.clone(),
            draws: *draws,
            surface_errors: Vec::new(),
            changes: Vec::new(),
        };
        for named in rules {
            let drawn = Drawn { named, experiment, draws, surface: None };
            let (changes, error) = drawn.changes()?;
            responses.changes.push(changes);
            responses.surface_errors.push(error);
        }
        Ok(responses)
    }

    /// The change of one synapse: places of rule, preparation, synapse and protocol.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is no such place.
    pub fn change(&self, rule: usize, place: [usize; 3]) -> Result<f64> {
        let found = self.changes.get(rule).and_then(|of| of.get(place)).copied();
        found.ok_or_else(|| {
            let sizes = [self.draws.preparations(), self.draws.synapses, self.battery.len()];
            Error::Shape(format!(
                "there is no response of rule {rule} at {place:?}; there are {} rules and \
                 {sizes:?} preparations, synapses and protocols",
                self.rules.len()
            ))
        })
    }

    /// Synapses × protocols of one preparation.
    pub(super) fn preparation(&self, rule: usize, preparation: usize) -> ArrayView2<'_, f64> {
        self.changes[rule].index_axis(Axis(0), preparation)
    }
}

fn check_rules(rules: &[NamedRule]) -> Result<()> {
    if rules.len() < 2 {
        let count = rules.len();
        return Err(Error::Samples(format!(
            "{count} candidate rules; an identification needs at least 2"
        )));
    }
    for (at, one) in rules.iter().enumerate() {
        one.rule.check()?;
        if rules[..at].iter().any(|other| other.name == one.name) {
            return Err(Error::Samples(format!(
                "two candidate rules are called \"{}\"; rename one",
                one.name
            )));
        }
    }
    Ok(())
}

/// One rule that is being drawn.
struct Drawn<'a> {
    named: &'a NamedRule,
    experiment: &'a SliceExperiment,
    draws: &'a ResponseDraws,
    surface: Option<ResponseSurface>,
}

impl Drawn<'_> {
    fn rule(&self) -> &dyn SynapticRule {
        self.named.rule.as_ref()
    }

    /// The responses, and the error of their polynomial.
    fn changes(mut self) -> Result<(Array3<f64>, Option<f64>)> {
        let (one, other) = (self.experiment.scatter, self.experiment.preparation_scatter);
        let shape = (self.draws.preparations(), self.draws.synapses, self.experiment.battery.len());
        let mut changes = Array3::zeros(shape);
        if one == 0.0 && other == 0.0 {
            let published = Factors::published(self.rule());
            for at in 0..shape.2 {
                let change = self.change(&published, at)?;
                changes.slice_mut(s![.., .., at]).fill(change);
            }
            return Ok((changes, None));
        }
        let cv = one.hypot(other);
        let (battery, seed) = (&self.experiment.battery, self.experiment.seed);
        let mut error = None;
        if STEPPED.contains(&self.rule().about().name.as_str()) {
            self.surface = ResponseSurface::fit(self.rule(), battery, cv, seed)?;
        }
        if let Some(surface) = &self.surface {
            error = Some(surface.error(self.rule(), battery, cv, seed)?);
        }
        let drawn: Vec<Vec<f64>> =
            (0..shape.0).into_par_iter().map(|at| self.preparation(at)).collect::<Result<_>>()?;
        changes.iter_mut().zip(drawn.iter().flatten()).for_each(|(to, change)| *to = *change);
        Ok((changes, error))
    }

    /// The changes of one preparation, synapse by synapse.
    fn preparation(&self, at: usize) -> Result<Vec<f64>> {
        let purpose = format!("responses of preparation {at} of {}", self.named.name);
        let mut rng = random::stream(self.experiment.seed, &purpose);
        let published = Factors::published(self.rule());
        let shared = published.scattered(self.experiment.preparation_scatter, &mut rng);
        let mut changes = Vec::new();
        for _ in 0..self.draws.synapses {
            for protocol in 0..self.experiment.battery.len() {
                // Every protocol has synapses of its own.
                let factors = shared.scattered(self.experiment.scatter, &mut rng);
                changes.push(self.change(&factors, protocol)?);
            }
        }
        Ok(changes)
    }

    fn change(&self, factors: &Factors, protocol: usize) -> Result<f64> {
        let change = match &self.surface {
            Some(surface) => surface.change(factors, protocol),
            None => {
                let protocol = &self.experiment.battery.protocols[protocol].protocol;
                factors.rule(self.rule())?.weight_change(protocol)?
            }
        };
        Ok(change.max(LEAST_CHANGE))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{few_draws, few_rules, short};
    use super::*;

    #[test]
    fn responses_do_not_depend_on_threads_or_other_rules() {
        let draw =
            |rules: &[NamedRule]| RuleResponses::draw(rules, &short(), &few_draws()).unwrap();
        let all = draw(&few_rules());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| draw(&few_rules())), all);
        let two = draw(&few_rules()[1..3]);
        assert_eq!(two.changes, all.changes[1..3]);
        assert_eq!(two.change(0, [1, 0, 2]).unwrap(), all.change(1, [1, 0, 2]).unwrap());
        assert!(all.change(0, [0, 0, 99]).unwrap_err().to_string().contains("no response"));
    }

    #[test]
    fn without_scatter_all_synapses_are_alike() {
        let experiment = SliceExperiment { scatter: 0.0, preparation_scatter: 0.0, ..short() };
        let all = RuleResponses::draw(&few_rules(), &experiment, &few_draws()).unwrap();
        let first = all.preparation(0, 0).row(0).to_owned();
        assert!(all.preparation(0, 3).rows().into_iter().all(|row| row == first));
    }

    #[test]
    fn too_little_is_refused() {
        let said = |rules: &[NamedRule], draws: ResponseDraws| {
            RuleResponses::draw(rules, &short(), &draws).unwrap_err().to_string()
        };
        assert!(said(&few_rules()[..1], few_draws()).contains("at least 2"));
        let twice = [few_rules()[0].clone(), few_rules()[0].clone()];
        assert!(said(&twice, few_draws()).contains("rename one"));
        let draws = ResponseDraws { synapses: 1, ..few_draws() };
        assert_eq!(said(&few_rules(), draws), "synapses is 1, but it must be at least 2");
    }
}
