//! A rule from activity alone, without observed weights.

use serde::{Deserialize, Serialize};

use super::fitting::Fitting;
use super::infer::InferRule;
use super::inferred::InferredRule;
use super::moments::Moments;
use super::recording::PlasticityRecording;
use super::response::Response;
use super::subset::best_subsets;
use crate::Result;
use crate::error::check_count;

/// How unobserved weights are fitted: post = response(Σ w pre), and w changes by the rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnobservedWeights {
    /// Of the postsynaptic units; default linear.
    pub response: Response,
    /// The most steps of Levenberg and Marquardt for each set of terms; default 30.
    pub iterations: usize,
    /// How often terms are chosen anew around the rule that was found; default 4.
    pub rounds: usize,
}

impl Default for UnobservedWeights {
    fn default() -> Self {
        Self { response: Response::Linear, iterations: 30, rounds: 4 }
    }
}

impl InferRule {
    /// The rule that explains the activity of these recordings, without their weights.
    ///
    /// The network is unfolded: post = response(Σ w pre), and w changes by the rule, which reads
    /// the predicted activity. The coefficients and all initial weights are fitted by the method of
    /// Levenberg and Marquardt with exact derivatives. Which terms a rule has is decided as in
    /// [`infer`](Self::infer), on the problem made linear around the rule that was found. All
    /// presynaptic units must be recorded; weights and the mask of observed synapses are not read.
    ///
    /// This takes much longer than where weights are observed, and a large basis may end in a local
    /// minimum. `explained` is the share of the squared activity that constant weights leave.
    ///
    /// ```
    /// use microlearners::rule_inference::{
    ///     Basis, InferRule, KnownRule, PlasticitySimulation, Powers, UnobservedWeights,
    /// };
    ///
    /// let simulation = PlasticitySimulation {
    ///     networks: 4,
    ///     inputs: 4,
    ///     outputs: 2,
    ///     ..PlasticitySimulation::default()
    /// };
    /// let mut recordings = simulation.run(&KnownRule::Oja { rate: 0.05 }.rule())?;
    /// recordings.iter_mut().for_each(|recording| recording.weights = None);
    /// let basis = Basis::new(&Powers { weight: 1, degree: 3, ..Powers::default() }, &[]);
    /// let infer = InferRule { basis, most_terms: 4, draws: 20, ..InferRule::default() };
    /// let found = infer.infer_from_activity(&recordings, &UnobservedWeights::default())?;
    /// assert_eq!(found.rule().support(), ["post² w", "pre post"]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`infer`](Self::infer), but weights may be missing.
    pub fn infer_from_activity(
        &self,
        recordings: &[PlasticityRecording],
        unobserved: &UnobservedWeights,
    ) -> Result<InferredRule> {
        self.check(recordings)?;
        check_count("iterations", unobserved.iterations)?;
        check_count("rounds", unobserved.rounds)?;
        let mut fitting = Fitting::new(recordings, &self.basis, unobserved, self.skip);
        fitting.descend(&[]);
        for _ in 0..unobserved.rounds {
            let all = Moments::sum(&fitting.moments());
            fitting.descend(&best_subsets(&all, self.most_terms).pop().unwrap_or_default());
        }
        let mut support = self.choose(&fitting.moments())?.support;
        for _ in 0..unobserved.rounds {
            fitting.descend(&support);
            let next = self.choose(&fitting.moments())?.support;
            if next == support {
                break;
            }
            support = next;
        }
        self.conclude(&fitting.moments(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, PlasticitySimulation};

    #[test]
    fn what_cannot_be_inferred_from_is_refused() {
        let rule = KnownRule::Oja { rate: 0.05 }.rule();
        let recordings = PlasticitySimulation::default().run(&rule).unwrap();
        let infer = InferRule::default();
        let none = UnobservedWeights { iterations: 0, ..UnobservedWeights::default() };
        let said = infer.infer_from_activity(&recordings, &none).unwrap_err().to_string();
        assert_eq!(said, "iterations is 0, but it must be at least 1");
        let few = infer.infer_from_activity(&recordings[..2], &UnobservedWeights::default());
        assert!(few.unwrap_err().to_string().contains("there are 2 recordings"));
    }
}
