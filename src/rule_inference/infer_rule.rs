//! The inference with default settings, in one call.

use super::basis::Basis;
use super::infer::InferRule;
use super::inferred::InferredRule;
use super::recording::PlasticityRecording;
use super::unobserved::UnobservedWeights;
use crate::Result;

/// The rule of these recordings, as a sparse sum of the terms of `basis`, with the default settings
/// of [`InferRule`].
///
/// Observed weights are regressed ([`InferRule::infer`]). If no recording has weights, the rule is
/// fitted through the dynamics of linear units ([`InferRule::infer_from_activity`]), which is much
/// slower: give it a basis of at most about 20 terms.
///
/// ```
/// use microlearners::rule_inference::{Basis, KnownRule, PlasticitySimulation, infer_rule};
///
/// let simulation = PlasticitySimulation { networks: 6, ..PlasticitySimulation::default() };
/// let recordings = simulation.run(&KnownRule::Oja { rate: 0.05 }.rule())?;
/// let found = infer_rule(&recordings, &Basis::default())?;
/// assert_eq!(found.rule().to_string(), "Δw = 0.0500 pre post − 0.0500 post² w");
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) for an invalid basis;
/// [`Error::Shape`](crate::Error::Shape) for sizes that do not fit;
/// [`Error::Samples`](crate::Error::Samples) for fewer than three recordings, numbers that are not
/// finite, a signal of the basis that is constant or missing, or weights that never change.
pub fn infer_rule(recordings: &[PlasticityRecording], basis: &Basis) -> Result<InferredRule> {
    let infer = InferRule { basis: basis.clone(), ..InferRule::default() };
    let is_blind = |recording: &PlasticityRecording| recording.weights.is_none();
    if !recordings.is_empty() && recordings.iter().all(is_blind) {
        return infer.infer_from_activity(recordings, &UnobservedWeights::default());
    }
    infer.infer(recordings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_inference::{KnownRule, Monomial, PlasticitySimulation, Powers};
    use ndarray::Array2;

    fn recordings(networks: usize) -> Vec<PlasticityRecording> {
        let simulation = PlasticitySimulation {
            networks,
            inputs: 4,
            outputs: 2,
            ..PlasticitySimulation::default()
        };
        simulation.run(&KnownRule::Oja { rate: 0.05 }.rule()).unwrap()
    }

    #[test]
    fn it_is_the_inference_with_default_settings() {
        let seen = recordings(4);
        let found = infer_rule(&seen, &Basis::default()).unwrap();
        assert_eq!(found, InferRule::default().infer(&seen).unwrap());
        assert_eq!(found.terms[0].order, 2);
    }

    #[test]
    fn without_weights_it_fits_the_activity() {
        let mut seen = recordings(4);
        seen.iter_mut().for_each(|recording| recording.weights = None);
        let basis = Basis::new(&Powers { weight: 1, degree: 3, ..Powers::default() }, &[]);
        let found = infer_rule(&seen, &basis).unwrap();
        assert_eq!(found.rule().support(), ["post² w", "pre post"]);
        assert_eq!(found.formulation, None);
    }

    #[test]
    fn every_bad_input_has_its_own_sentence() {
        let said = |seen: &[PlasticityRecording], basis: &Basis| {
            infer_rule(seen, basis).unwrap_err().to_string()
        };
        let basis = Basis::default();
        let few = "there are 2 recordings, but this needs at least 3; record more networks";
        assert_eq!(said(&recordings(2), &basis), few);
        assert!(said(&[], &basis).starts_with("there are 0 recordings"));
        let empty = Basis { monomials: Vec::<Monomial>::new(), traces: vec![] };
        let none = "basis is empty, but it must have at least one term";
        assert_eq!(said(&recordings(3), &empty), none);
        let mut unequal = recordings(3);
        unequal[1].post = Array2::ones((99, 2));
        assert!(said(&unequal, &basis).starts_with("recording 1: the sizes of the postsynaptic"));
        let mut odd = recordings(3);
        odd[2].pre[[4, 1]] = f64::NAN;
        assert!(said(&odd, &basis).starts_with("recording 2: a presynaptic activity is NaN"));
        let mut constant = recordings(3);
        constant.iter_mut().for_each(|recording| recording.pre.fill(1.0));
        assert!(said(&constant, &basis).starts_with("the presynaptic activity is 1 throughout"));
    }
}
