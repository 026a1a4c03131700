//! All curves of an identification in one call.

use super::super::{NamedRule, PlasticityData};
use super::battery::ProtocolBattery;
use super::controls::IdentificationControls;
use super::identifier::{RuleIdentification, RuleIdentifier};
use super::protocol_choice::ChosenProtocol;
use super::response_draws::ResponseDraws;
use super::responses::RuleResponses;
use super::rule_pairs::RulePair;
use super::score::{IdentificationScore, RuleConfusion};
use super::slice_experiment::SliceExperiment;
use super::unknown_rules::UnknownRuleTest;
use crate::Result;

/// What is asked of an identification.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentificationStudy {
    /// The experiment that curves vary.
    pub experiment: SliceExperiment,
    /// How many responses are drawn.
    pub draws: ResponseDraws,
    /// Synapses for each protocol; default 1, 2, 4, 8, 16.
    pub repeats: Vec<usize>,
    /// Standard deviations of one measurement; default 0, 0.05, 0.1, 0.25, 0.5.
    pub noises: Vec<f64>,
    /// The p-value of "none of these"; default 0.05.
    pub level: f64,
    /// Identifiers that learn from shuffled labels; default 20.
    pub shuffles: usize,
}

impl Default for IdentificationStudy {
    fn default() -> Self {
        Self {
            experiment: SliceExperiment::default(),
            draws: ResponseDraws::default(),
            repeats: vec![1, 2, 4, 8, 16],
            noises: vec![0.0, 0.05, 0.1, 0.25, 0.5],
            level: 0.05,
            shuffles: 20,
        }
    }
}

/// What a study found; all scores are of held-out experiments.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentificationResults {
    /// All protocols and the noise of the experiment, with other numbers of repeats.
    pub by_repeats: Vec<IdentificationScore>,
    /// All protocols and the repeats of the experiment, with other noise.
    pub by_noise: Vec<IdentificationScore>,
    /// Protocols in the order in which they tell most.
    pub by_protocols: Vec<ChosenProtocol>,
    /// Which rules are confused.
    pub confusion: RuleConfusion,
    /// Pairs of rules, the least distinguished first.
    pub pairs: Vec<RulePair>,
    /// The test for "none of these".
    pub unknown: UnknownRuleTest,
    /// Shuffled labels, no noise, no scatter.
    pub controls: IdentificationControls,
    /// The root mean square error of each rule's polynomial; none of rules computed exactly.
    pub surface_errors: Vec<Option<f64>>,
}

impl IdentificationStudy {
    /// Draws the responses of all rules once, and measures everything on held-out experiments.
    ///
    /// # Errors
    /// As [`RuleResponses::draw`], [`RuleIdentifier::score`] and [`RuleIdentifier::unknown_rules`].
    pub fn run(&self, rules: &[NamedRule]) -> Result<IdentificationResults> {
        let responses = RuleResponses::draw(rules, &self.experiment, &self.draws)?;
        let identifier = RuleIdentifier::fit(&responses, self.experiment.seed)?;
        let (repeats, noise) = (self.experiment.repeats, self.experiment.noise);
        let with_repeats = |&repeats: &usize| identifier.score(repeats, noise);
        let with_noise = |&noise: &f64| identifier.score(repeats, noise);
        Ok(IdentificationResults {
            by_repeats: self.repeats.iter().map(with_repeats).collect::<Result<_>>()?,
            by_noise: self.noises.iter().map(with_noise).collect::<Result<_>>()?,
            by_protocols: identifier.choose_protocols(repeats, noise)?,
            confusion: identifier.confusion(repeats, noise)?,
            pairs: identifier.rule_pairs(repeats, noise)?,
            unknown: identifier.unknown_rules(repeats, noise, self.level)?,
            controls: identifier.controls(rules, &self.experiment, self.shuffles)?,
            surface_errors: responses.surface_errors,
        })
    }

    /// Identifies the rule behind published data. Their protocols and standard errors take the
    /// place of the experiment's battery, repeats and noise; its scatter of preparations counts.
    ///
    /// # Errors
    /// As [`RuleResponses::draw`] and [`RuleIdentifier::identify_published`].
    pub fn identify_published(
        &self,
        data: &PlasticityData,
        rules: &[NamedRule],
    ) -> Result<RuleIdentification> {
        data.check()?;
        let battery = ProtocolBattery::of(&data.protocols());
        let experiment = SliceExperiment { battery, ..self.experiment.clone() };
        let responses = RuleResponses::draw(rules, &experiment, &self.draws)?;
        RuleIdentifier::fit(&responses, self.experiment.seed)?.identify_published(data)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{few_draws, few_rules, short};
    use super::*;

    fn study() -> IdentificationStudy {
        IdentificationStudy {
            experiment: short(),
            draws: few_draws(),
            repeats: vec![1, 8],
            noises: vec![0.0, 0.25],
            shuffles: 3,
            ..IdentificationStudy::default()
        }
    }

    #[test]
    fn a_study_is_the_same_on_one_thread() {
        let all = study().run(&few_rules()).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| study().run(&few_rules())).unwrap(), all);
        assert_eq!(all.by_repeats[1], all.by_noise[1]);
        assert_eq!(all.by_protocols.len(), 8);
        let other = SliceExperiment { seed: 4, ..short() };
        let other = IdentificationStudy { experiment: other, ..study() };
        assert_ne!(other.run(&few_rules()).unwrap().by_repeats, all.by_repeats);
    }

    #[test]
    fn published_data_have_a_most_probable_rule() {
        let data = PlasticityData::visual_cortex();
        let found = study().identify_published(&data, &few_rules()).unwrap();
        assert_eq!(found.protocols, 10);
        assert_eq!(found.rules[0].rule, "triplet, visual");
    }

    #[test]
    fn too_many_repeats_are_refused() {
        let study = IdentificationStudy { repeats: vec![9], ..study() };
        let said = study.run(&few_rules()).unwrap_err().to_string();
        assert!(said.contains("repeats is 9") && said.contains("draw more"), "{said}");
    }
}
