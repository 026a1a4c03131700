//! How rules, recordings and their settings show themselves under a notebook cell.

use std::fmt;

use super::{
    Basis, CandidateTerm, Distinguishability, Factor, FactorSource, FittedPerceptron, Formulation,
    InferRule, InferredRule, InferredTerm, KnownRule, Measurement, Monomial, PerceptronComparison,
    PerceptronRule, PlasticityRecording, PlasticityRule, PlasticitySimulation, Powers,
    RecoveryPoint, RecoveryStudy, Response, SizeError, Trace, UnobservedWeights,
};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for PlasticityRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, inputs, outputs) = (self.steps(), self.inputs(), self.outputs());
        write!(f, "{steps} steps of {inputs} inputs and {outputs} outputs")?;
        match (&self.weights, &self.observed) {
            (None, _) => write!(f, ", weights unobserved"),
            (Some(_), None) => write!(f, ", all weights observed"),
            (Some(_), Some(observed)) => {
                let seen = observed.iter().filter(|&&seen| seen).count();
                write!(f, ", {seen} of {} weights observed", observed.len())
            }
        }
    }
}

show_as_text!(Distinguishability, InferredRule, PerceptronComparison, PlasticityRecording);
show_as_text!(PlasticityRule, RecoveryPoint);
show_as_settings!(Basis, CandidateTerm, Factor, FactorSource, FittedPerceptron, Formulation);
show_as_settings!(InferRule, InferredTerm, KnownRule, Measurement, Monomial, PerceptronRule);
show_as_settings!(PlasticitySimulation, Powers, RecoveryStudy, Response, SizeError, Trace);
show_as_settings!(UnobservedWeights);

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3};

    #[test]
    fn a_recording_displays_its_sizes() {
        let seen = PlasticityRecording::new(Array2::ones((4, 3)), Array2::ones((4, 2)));
        assert_eq!(seen.to_string(), "4 steps of 3 inputs and 2 outputs, weights unobserved");
        let mut mask = Array2::from_elem((2, 3), true);
        mask[[0, 1]] = false;
        let seen = seen.with_weights(Array3::zeros((5, 2, 3))).with_observed(mask);
        assert!(seen.to_string().ends_with("5 of 6 weights observed"));
    }
}
