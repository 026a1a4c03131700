//! How the room's values show themselves, as text and under a notebook's cell. Numbers of every pair
//! or stimulus are counted, not printed.

use std::fmt;

use super::factorisation::{NmfConvergence, NmfFit, NmfInitialisation, NmfObjective, NmfStart};
use super::human::{HumanChoices, HumanComparison, HumanReliability, LabelAgreement, PeopleScore};
use super::{
    Comparison, Dissimilarity, DualBootstrap, Evaluation, Generalisation, GroupMeans,
    ModelEvaluation, ModelFit, ModelPair, NoiseCeiling, NoiseEstimator, Rdm, RdmBootstrap,
    RdmCrossValidation, RdmFold, RdmModel, RdmPair, RepeatResiduals, TTest,
};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for Rdm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = || self.dissimilarities.iter().copied();
        let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
        let (count, what) = (self.conditions.len(), &self.dissimilarity);
        write!(f, "RDM of {count} conditions, {what} distances from {low:.4} to {high:.4}")
    }
}

impl fmt::Display for RdmModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model {} of {} RDMs, {:?}", self.name, self.rdms.len(), self.fit)
    }
}

impl fmt::Display for ModelEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.interval.low, self.interval.high);
        let (name, mean) = (&self.name, self.mean);
        write!(f, "{name}: {mean:.4}, 95 % interval {low:.4} to {high:.4}")
    }
}

impl fmt::Display for ModelPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, second, difference, interval, test, .. } = self;
        write!(
            f,
            "{first} less {second}: {difference:.4}, 95 % interval {:.4} to {:.4}, p = {:.3} (Holm)",
            interval.low, interval.high, test.holm
        )
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subjects, stimuli) = (self.subjects, self.stimuli);
        write!(f, "{} with {subjects} subjects, {stimuli} stimuli", self.comparison.name())?;
        if let Some(NoiseCeiling { lower, upper }) = self.ceiling {
            write!(f, "; noise ceiling {lower:.4} to {upper:.4}")?;
        }
        self.models.iter().try_for_each(|model| write!(f, "\n{model}"))?;
        self.pairs.iter().try_for_each(|pair| write!(f, "\n{pair}"))
    }
}

impl fmt::Display for RepeatResiduals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, units) = self.residuals.dim();
        write!(f, "residuals, {rows} × {units} units, {} degrees of freedom", self.freedom)
    }
}

impl fmt::Display for NmfStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((rows, parts), columns) = (self.codes.dim(), self.parts.ncols());
        write!(f, "{parts} parts of {columns} numbers, and the codes of {rows} rows")
    }
}

impl fmt::Display for NmfFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, columns) = self.parts.dim();
        let end = match self.convergence {
            NmfConvergence::Reached => "converged",
            NmfConvergence::OutOfIterations => "DID NOT CONVERGE",
        };
        write!(
            f,
            "{parts} parts of {columns} numbers, and the codes of {} rows; {end} after {} iterations",
            self.codes.nrows(),
            self.iterations
        )
    }
}

impl fmt::Display for HumanChoices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judgements: u64 = self.judgements().iter().sum();
        let (images, classes) = (self.images(), self.classes());
        write!(f, "{judgements} judgements of {images} images, {classes} classes")
    }
}

show_as_text!(Evaluation, HumanChoices, ModelEvaluation, ModelPair, NmfFit, NmfStart, Rdm);
show_as_text!(RdmModel, RepeatResiduals);
show_as_settings!(Comparison, Dissimilarity, DualBootstrap, Generalisation, GroupMeans);
show_as_settings!(HumanComparison, HumanReliability, LabelAgreement, ModelFit, NmfConvergence);
show_as_settings!(NmfInitialisation, NmfObjective, NoiseCeiling, NoiseEstimator, PeopleScore);
show_as_settings!(RdmBootstrap, RdmCrossValidation, RdmFold, RdmPair, TTest);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::representations::factorisation::Nmf;

    #[test]
    fn large_values_are_a_line() {
        let names = ["a", "b", "c"].map(String::from);
        let rdm = Rdm::new(&names, vec![0.5, 1.5, 1.0], "correlation").unwrap();
        assert_eq!(
            rdm.to_string(),
            "RDM of 3 conditions, correlation distances from 0.5000 to 1.5000"
        );
        let choices = HumanChoices::new(array![[9, 1], [2, 8]]).unwrap();
        assert_eq!(choices.to_string(), "20 judgements of 2 images, 2 classes");
        let nmf = Nmf { components: 1, ..Nmf::default() };
        let fit = nmf.fit(&array![[1.0, 2.0], [2.0, 4.0]]).unwrap();
        assert!(fit.to_string().starts_with("1 parts of 2 numbers"), "{fit}");
    }
}
