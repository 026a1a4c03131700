//! From recordings to an equation.

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::inferred::InferredRule;
use super::moments::Moments;
use super::noise::formulation_for;
use super::recording::{PlasticityRecording, check_recordings, check_weights};
use super::rule::PlasticityRule;
use super::subset::{best_subsets, coefficients};
use super::sums::{Formulation, Sums};
use crate::error::{check_count, check_not_negative};
use crate::{Error, Result};

/// Fewer recordings give neither folds nor a standard error.
const LEAST_RECORDINGS: usize = 3;
/// In how many rounds trajectories are summed around a rule with many terms, and in how many at
/// all.
const MANY_TERMS: usize = 2;
const MOST_ROUNDS: usize = 8;
/// Coefficients that change by less than this share have settled.
const SETTLED: f64 = 1e-3;

/// How a rule is inferred from recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InferRule {
    /// The candidate terms; default the 27 products of pre, post and weight up to their squares.
    pub basis: Basis,
    /// How changes are regressed; default none: by the residuals.
    pub formulation: Option<Formulation>,
    /// The most terms of a rule; default 8.
    pub most_terms: usize,
    /// Folds of the cross-validation, at least 2; with fewer recordings each is a fold; default 10.
    pub folds: usize,
    /// A smaller rule is taken if its error is larger by at most so many standard errors; default
    /// 2.
    pub standard_errors: f64,
    /// A smaller rule is taken if it explains at most this share less; default 0.001.
    pub least_share: f64,
    /// Steps at the beginning of each recording that are left out, such as until the unknown
    /// initial value of a trace no longer matters; default 0.
    pub skip: usize,
    /// Bootstrap draws of networks, at least 1; default 200.
    pub draws: usize,
    /// Seed of folds and draws; default 0.
    pub seed: u64,
}

impl Default for InferRule {
    fn default() -> Self {
        Self {
            basis: Basis::default(),
            formulation: None,
            most_terms: 8,
            folds: 10,
            standard_errors: 2.0,
            least_share: 0.001,
            skip: 0,
            draws: 200,
            seed: 0,
        }
    }
}

impl InferRule {
    /// The rule that changes the weights of these recordings.
    ///
    /// Sets of terms grow, exchange terms and shrink, by least squares ([`Formulation`]). How many
    /// terms a rule has is decided by cross-validation over networks: the smallest set whose error
    /// on held-out networks is that of the best, within two standard errors of the paired
    /// difference or 0.1 % of what the best explains. Networks count about equally, whatever the
    /// size of their changes. Intervals are from a bootstrap over networks.
    ///
    /// ```
    /// use microlearners::rule_inference::{
    ///     InferRule, KnownRule, Measurement, PlasticitySimulation,
    /// };
    ///
    /// let simulation = PlasticitySimulation { networks: 10, ..PlasticitySimulation::default() };
    /// let recordings = simulation.run(&KnownRule::Oja { rate: 0.05 }.rule())?;
    /// let noisy = Measurement { weight_noise: 0.5, ..Measurement::default() };
    /// let found = InferRule::default().infer(&noisy.apply(&recordings)?)?;
    /// assert_eq!(found.rule().support(), ["post² w", "pre post"]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for an invalid setting or basis; [`Error::Shape`] for recordings
    /// that do not fit; [`Error::Samples`] for fewer than three recordings, recordings without
    /// weights or a factor that the basis reads, numbers that are not finite, a signal of the
    /// basis that is constant, or weights that never change.
    pub fn infer(&self, recordings: &[PlasticityRecording]) -> Result<InferredRule> {
        let (parts, formulation) = self.parts(recordings)?;
        self.conclude(&parts, Some(formulation))
    }

    /// The equation of [`infer`](Self::infer) alone, which is faster.
    pub(super) fn equation(&self, recordings: &[PlasticityRecording]) -> Result<PlasticityRule> {
        let (parts, _) = self.parts(recordings)?;
        let support = self.choose(&parts)?.support;
        let by_term = coefficients(&Moments::sum(&parts), &support);
        let term = |&index: &usize| (self.basis.monomials[index].clone(), by_term[index]);
        let terms = support.iter().map(term).collect();
        Ok(PlasticityRule { terms, traces: self.basis.traces.clone() })
    }

    /// The weighted sums of each recording, of the formulation that fits them.
    fn parts(&self, recordings: &[PlasticityRecording]) -> Result<(Vec<Moments>, Formulation)> {
        self.check(recordings)?;
        check_weights(recordings)?;
        let formulation = match self.formulation {
            Some(formulation) => formulation,
            None => formulation_for(recordings, &self.basis, self.skip),
        };
        Ok((self.sums(recordings, formulation)?, formulation))
    }

    /// The weighted sums of each recording. Trajectories are linear in the coefficients only to
    /// first order around a rule, so that they are summed again around the rule that was found:
    /// first around one with many terms, which predicts well, then around the one that would be
    /// chosen, until it stays the same.
    fn sums(
        &self,
        recordings: &[PlasticityRecording],
        formulation: Formulation,
    ) -> Result<Vec<Moments>> {
        let around = |by_term: Option<&[f64]>| {
            let sums = Sums { basis: &self.basis, formulation, skip: self.skip, by_term };
            Moments::weighted(&sums.of_each(recordings))
        };
        let mut parts = around(None);
        if formulation == Formulation::Differences {
            return Ok(parts);
        }
        let mut rule = vec![0.0; self.basis.monomials.len()];
        for round in 0..MOST_ROUNDS {
            let all = Moments::sum(&parts);
            let set = match round < MANY_TERMS {
                true => best_subsets(&all, self.most_terms).pop().unwrap_or_default(),
                false => self.choose(&parts)?.support,
            };
            let next = coefficients(&all, &set);
            parts = around(Some(&next));
            if round >= MANY_TERMS && is_settled(&rule, &next) {
                break;
            }
            rule = next;
        }
        Ok(parts)
    }

    pub(super) fn check(&self, recordings: &[PlasticityRecording]) -> Result<()> {
        self.basis.check()?;
        check_count("most_terms", self.most_terms)?;
        check_count("draws", self.draws)?;
        check_not_negative("standard_errors", self.standard_errors)?;
        check_not_negative("least_share", self.least_share)?;
        if self.folds < 2 {
            return Err(Error::setting("folds", self.folds, "it must be at least 2"));
        }
        check_recordings(recordings, LEAST_RECORDINGS)?;
        self.basis.check_factor(recordings)?;
        self.basis.check_varied(recordings)?;
        let steps = recordings.iter().map(PlasticityRecording::steps).min().unwrap_or(0);
        if self.skip.saturating_add(2) > steps {
            let requirement = format!("the shortest recording has {steps} steps; leave at least 2");
            return Err(Error::setting("skip", self.skip, requirement));
        }
        Ok(())
    }
}

/// Whether the same terms have about the same coefficients.
fn is_settled(before: &[f64], after: &[f64]) -> bool {
    before.iter().zip(after).all(|(a, b)| (a - b).abs() <= SETTLED * b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, PlasticitySimulation, Powers};

    fn recordings(networks: usize) -> Vec<PlasticityRecording> {
        let simulation = PlasticitySimulation { networks, ..PlasticitySimulation::default() };
        simulation.run(&KnownRule::Oja { rate: 0.05 }.rule()).unwrap()
    }

    #[test]
    fn what_cannot_be_inferred_from_is_refused() {
        let said = |infer: InferRule, recordings: &[PlasticityRecording]| {
            infer.infer(recordings).unwrap_err().to_string()
        };
        let default = InferRule::default;
        assert!(said(default(), &recordings(2)).contains("there are 2 recordings, but this needs"));
        let mut blind = recordings(3);
        blind[1].weights = None;
        assert!(said(default(), &blind).contains("recording 1 has no weights"));
        let mut odd = recordings(3);
        odd[2].post[[5, 1]] = f64::NAN;
        assert!(said(default(), &odd).starts_with("recording 2: a postsynaptic activity is NaN"));
        let rewarded = Basis::new(&Powers { factor: 1, ..Powers::default() }, &[]);
        let rewarded = InferRule { basis: rewarded, ..default() };
        assert!(said(rewarded, &recordings(3)).contains("recording 0 has none"));
        let late = InferRule { skip: 99, ..default() };
        assert!(said(late, &recordings(3)).contains("the shortest recording has 100 steps"));
        let one = InferRule { folds: 1, ..default() };
        assert!(said(one, &recordings(3)).contains("folds is 1"));
    }

    #[test]
    fn the_same_seed_gives_the_same_bits_and_skipping_loses_little() {
        let infer = InferRule { draws: 10, ..InferRule::default() };
        let found = infer.infer(&recordings(6)).unwrap();
        assert_eq!(found, infer.infer(&recordings(6)).unwrap());
        assert_eq!(found.rule(), infer.equation(&recordings(6)).unwrap());
        let later = InferRule { skip: 30, ..infer }.infer(&recordings(6)).unwrap();
        assert_eq!(later.rule().support(), found.rule().support());
    }
}
