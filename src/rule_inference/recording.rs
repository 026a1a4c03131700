//! What is recorded of a network while its synapses change.

use ndarray::{Array1, Array2, Array3, ArrayView1, s};

use crate::{Error, Result};

/// A third factor beside the activities of a synapse, such as a reward or an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    /// One value for each step, which all synapses share, such as a reward.
    PerStep(Array1<f64>),
    /// One value for each step and output, steps × outputs, such as an error.
    PerOutput(Array2<f64>),
}

/// One network while it learns: activities, and its weights before and after every step.
///
/// The change of a synapse at step t is its weight at t + 1 minus its weight at t. A rule says how
/// the change depends on activities and factor at step t and on the weight at t.
#[derive(Debug, Clone, PartialEq)]
pub struct PlasticityRecording {
    /// Presynaptic activity, steps × inputs.
    pub pre: Array2<f64>,
    /// Postsynaptic activity, steps × outputs.
    pub post: Array2<f64>,
    /// Weights, (steps + 1) × outputs × inputs; none if only activity is observed.
    pub weights: Option<Array3<f64>>,
    /// The third factor; none if there is none.
    pub factor: Option<Factor>,
    /// Which synapses are observed, outputs × inputs; none if all are. The weights of the others
    /// are never read.
    pub observed: Option<Array2<bool>>,
}

impl PlasticityRecording {
    /// Of activities only: steps × inputs and steps × outputs.
    pub fn new(pre: Array2<f64>, post: Array2<f64>) -> Self {
        Self { pre, post, weights: None, factor: None, observed: None }
    }

    /// The same with weights, (steps + 1) × outputs × inputs.
    #[must_use]
    pub fn with_weights(self, weights: Array3<f64>) -> Self {
        Self { weights: Some(weights), ..self }
    }

    /// The same with a third factor.
    #[must_use]
    pub fn with_factor(self, factor: Factor) -> Self {
        Self { factor: Some(factor), ..self }
    }

    /// The same where only some synapses are observed, outputs × inputs.
    #[must_use]
    pub fn with_observed(self, observed: Array2<bool>) -> Self {
        Self { observed: Some(observed), ..self }
    }

    /// The steps.
    pub fn steps(&self) -> usize {
        self.pre.nrows()
    }

    /// The presynaptic units.
    pub fn inputs(&self) -> usize {
        self.pre.ncols()
    }

    /// The postsynaptic units.
    pub fn outputs(&self) -> usize {
        self.post.ncols()
    }

    /// Accepts shapes that fit and numbers that are finite, or says what is wrong.
    ///
    /// # Errors
    /// [`Error::Shape`] if sizes do not fit; [`Error::Samples`] if a number is not finite, or no
    /// synapse is observed.
    pub fn check(&self) -> Result<()> {
        let (steps, inputs, outputs) = (self.steps(), self.inputs(), self.outputs());
        fits("the postsynaptic activity", &[self.post.nrows(), outputs], &[steps, outputs])?;
        if let Some(weights) = &self.weights {
            fits("the weights", weights.shape(), &[steps + 1, outputs, inputs])?;
        }
        match &self.factor {
            Some(Factor::PerStep(factor)) => fits("the factor", factor.shape(), &[steps])?,
            Some(Factor::PerOutput(factor)) => {
                fits("the factor", factor.shape(), &[steps, outputs])?;
            }
            None => {}
        }
        if let Some(observed) = &self.observed {
            fits("the mask of observed synapses", observed.shape(), &[outputs, inputs])?;
        }
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<()> {
        finite("presynaptic activity", self.pre.iter())?;
        finite("postsynaptic activity", self.post.iter())?;
        match &self.factor {
            Some(Factor::PerStep(factor)) => finite("factor", factor.iter())?,
            Some(Factor::PerOutput(factor)) => finite("factor", factor.iter())?,
            None => {}
        }
        let synapses = self.synapses();
        if synapses.is_empty() || self.steps() == 0 {
            return Err(Error::Samples(format!(
                "the recording has {} steps of {} observed synapses; give at least one of each",
                self.steps(),
                synapses.len()
            )));
        }
        let Some(weights) = &self.weights else { return Ok(()) };
        let seen = |&(output, input): &(usize, usize)| weights.slice(s![.., output, input]);
        synapses.iter().map(seen).try_for_each(|weight| finite("weight", weight.iter()))
    }

    /// The observed synapses, as (output, input), output by output.
    pub(super) fn synapses(&self) -> Vec<(usize, usize)> {
        let all = (0..self.outputs()).flat_map(|o| (0..self.inputs()).map(move |i| (o, i)));
        all.filter(|&at| self.observed.as_ref().is_none_or(|observed| observed[at])).collect()
    }

    /// The factor that the synapses of an output see, for every step.
    pub(super) fn factor_of(&self, output: usize) -> Option<ArrayView1<'_, f64>> {
        Some(match self.factor.as_ref()? {
            Factor::PerStep(factor) => factor.view(),
            Factor::PerOutput(factor) => factor.column(output),
        })
    }
}

fn fits(what: &str, actual: &[usize], expected: &[usize]) -> Result<()> {
    if actual == expected {
        return Ok(());
    }
    Err(Error::Shape(format!(
        "the sizes of {what} are {actual:?}, but the recording needs {expected:?}"
    )))
}

fn finite<'a>(what: &str, mut values: impl Iterator<Item = &'a f64>) -> Result<()> {
    let Some(odd) = values.find(|value| !value.is_finite()) else { return Ok(()) };
    Err(Error::Samples(format!(
        "a {what} is {odd}; leave out that step, or mark that synapse as not observed"
    )))
}

/// Accepts recordings with weights, or says which has none.
pub(super) fn check_weights(recordings: &[PlasticityRecording]) -> Result<()> {
    match recordings.iter().position(|recording| recording.weights.is_none()) {
        Some(index) => Err(Error::Samples(format!(
            "recording {index} has no weights; give them, or use infer_from_activity"
        ))),
        None => Ok(()),
    }
}

/// Accepts recordings that each [`check`](PlasticityRecording::check), or says which does not.
pub(super) fn check_recordings(recordings: &[PlasticityRecording], least: usize) -> Result<()> {
    if recordings.len() < least {
        let are = match recordings.len() {
            1 => "is 1 recording".to_owned(),
            number => format!("are {number} recordings"),
        };
        return Err(Error::Samples(format!(
            "there {are}, but this needs at least {least}; record more networks"
        )));
    }
    let checked = |(index, recording): (usize, &PlasticityRecording)| {
        recording.check().map_err(|error| match error {
            Error::Shape(said) => Error::Shape(format!("recording {index}: {said}")),
            other => Error::Samples(format!("recording {index}: {other}")),
        })
    };
    recordings.iter().enumerate().try_for_each(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> PlasticityRecording {
        PlasticityRecording::new(Array2::ones((4, 3)), Array2::ones((4, 2)))
            .with_weights(Array3::zeros((5, 2, 3)))
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert!(recording().check().is_ok());
        let short = recording().with_weights(Array3::zeros((4, 2, 3)));
        let said = short.check().unwrap_err().to_string();
        assert_eq!(
            said,
            "the sizes of the weights are [4, 2, 3], but the recording needs [5, 2, 3]"
        );
        let post = PlasticityRecording { post: Array2::ones((3, 2)), ..recording() };
        assert!(post.check().unwrap_err().to_string().contains("[3, 2]"));
        let factor = recording().with_factor(Factor::PerStep(Array1::zeros(5)));
        assert!(factor.check().unwrap_err().to_string().contains("the factor are [5]"));
        let mask = recording().with_observed(Array2::from_elem((3, 2), true));
        assert!(mask.check().unwrap_err().to_string().contains("mask"));
    }

    #[test]
    fn numbers_that_are_none_are_refused_unless_unobserved() {
        let mut odd = recording();
        odd.weights.as_mut().unwrap()[[2, 1, 0]] = f64::NAN;
        assert!(odd.check().unwrap_err().to_string().starts_with("a weight is NaN"));
        let mut mask = Array2::from_elem((2, 3), true);
        mask[[1, 0]] = false;
        assert!(odd.clone().with_observed(mask).check().is_ok());
        let none = odd.with_observed(Array2::from_elem((2, 3), false));
        assert!(none.check().unwrap_err().to_string().contains("4 steps of 0 observed synapses"));
        let said = check_recordings(&[recording()], 3).unwrap_err().to_string();
        assert_eq!(said, "there is 1 recording, but this needs at least 3; record more networks");
        let two = [recording(), PlasticityRecording { weights: None, ..recording() }];
        assert!(
            check_weights(&two).unwrap_err().to_string().contains("recording 1 has no weights")
        );
    }
}
