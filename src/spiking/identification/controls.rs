//! Controls of an identification: shuffled labels, no noise, no scatter.

use ndarray::ArrayView2;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::super::NamedRule;
use super::experiments::Experiments;
use super::gaussian::largest;
use super::identifier::RuleIdentifier;
use super::moments::{RuleMoments, SamplingError};
use super::responses::RuleResponses;
use super::score::{ExperimentShare, IdentificationScore};
use super::slice_experiment::SliceExperiment;
use crate::error::check_count;
use crate::{Result, random};

/// What is left of the accuracy under controls, all with the same repeats and protocols.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentificationControls {
    /// With noise and scatter, the experiment itself.
    pub noise_and_scatter: IdentificationScore,
    /// Without scatter: every synapse has the published parameters, in known and held-out
    /// experiments.
    pub noise_only: IdentificationScore,
    /// Without noise, as if every change were measured exactly.
    pub scatter_only: IdentificationScore,
    /// Without both: below 1 only where rules are equal on the battery.
    pub neither: IdentificationScore,
    /// The accuracies of identifiers that learned from shuffled labels.
    pub shuffled: Vec<f64>,
    /// One by the number of rules.
    pub chance: f64,
}

impl RuleIdentifier {
    /// The controls of this identifier's rules in an experiment; `shuffles` identifiers learn from
    /// shuffled labels.
    ///
    /// # Errors
    /// As [`RuleResponses::draw`] and [`RuleIdentifier::score`]; [`Error::Setting`] without
    /// shuffles.
    ///
    /// [`Error::Setting`]: crate::Error::Setting
    pub fn controls(
        &self,
        rules: &[NamedRule],
        experiment: &SliceExperiment,
        shuffles: usize,
    ) -> Result<IdentificationControls> {
        check_count("shuffles", shuffles)?;
        let (scatter, preparation_scatter) = (0.0, 0.0);
        let points = SliceExperiment { scatter, preparation_scatter, ..experiment.clone() };
        let responses = RuleResponses::draw(rules, &points, &self.responses.draws)?;
        let points = Self::fit(&responses, self.seed)?;
        let (repeats, noise) = (experiment.repeats, experiment.noise);
        Ok(IdentificationControls {
            noise_and_scatter: self.score(repeats, noise)?,
            noise_only: points.score(repeats, noise)?,
            scatter_only: self.score(repeats, 0.0)?,
            neither: points.score(repeats, 0.0)?,
            shuffled: self.shuffled(repeats, noise, shuffles)?,
            chance: 1.0 / self.rules().len() as f64,
        })
    }

    fn shuffled(&self, repeats: usize, noise: f64, shuffles: usize) -> Result<Vec<f64>> {
        let error = self.error(repeats, noise)?;
        let held_out = self.experiments(self.responses.draws.held_out_places(), &error);
        let accuracy = |at: usize| self.accuracy_of_shuffle(at, &held_out, &error);
        (0..shuffles).into_par_iter().map(accuracy).collect()
    }

    fn accuracy_of_shuffle(
        &self,
        at: usize,
        held_out: &Experiments,
        error: &SamplingError,
    ) -> Result<f64> {
        let responses = &self.responses;
        let mut known: Vec<ArrayView2<'_, f64>> = (0..responses.rules.len())
            .flat_map(|rule| {
                responses.draws.known_places().map(move |at| responses.preparation(rule, at))
            })
            .collect();
        known.shuffle(&mut random::stream(self.seed, &format!("shuffled labels {at}")));
        let protocols = self.all_protocols();
        let gaussians: Vec<_> = known
            .chunks(responses.draws.known)
            .map(|of| RuleMoments::of(of).gaussian(error, &protocols))
            .collect::<Result<_>>()?;
        let judged = held_out.judge(&gaussians);
        let is_right = |row: usize| largest(&judged.logs(row)) == judged.truth[row];
        Ok(ExperimentShare::of((0..judged.truth.len()).map(is_right)).share)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{few_responses, few_rules, short};
    use super::*;

    #[test]
    fn shuffled_labels_give_chance_and_no_noise_gives_all() {
        let identifier = RuleIdentifier::fit(&few_responses(), 1).unwrap();
        let found = identifier.controls(&few_rules(), &short(), 40).unwrap();
        let mean = found.shuffled.iter().sum::<f64>() / 40.0;
        assert!((mean - found.chance).abs() < 0.06, "{mean}");
        // Four different rules at exact parameters are never confused.
        assert_eq!(found.neither.right.share, 1.0);
        assert!(found.noise_only.bits >= found.noise_and_scatter.bits);
        assert!(found.scatter_only.bits >= found.noise_and_scatter.bits);
        assert!(identifier.controls(&few_rules(), &short(), 0).is_err());
    }
}
