//! Which weights of its RDMs make a model most similar to subjects?

use ndarray::{Array1, Array2};

use super::comparison::{Comparison, dot};
use super::linear::{solve, solve_non_negative};
use super::models::{ModelFit, RdmModel};
use super::pooling::sum;
use super::whitening::Pairs;
use crate::error::shown;
use crate::{Error, Result};

impl RdmModel {
    /// As [`RdmModel::fit`], over some pairs.
    pub(super) fn weights(
        &self,
        rdms: &[Vec<f64>],
        subjects: &[Vec<f64>],
        comparison: Comparison,
        pairs: &Pairs,
    ) -> Result<Vec<f64>> {
        let weights = match self.fit {
            ModelFit::Fixed => return Ok(vec![1.0]),
            ModelFit::Selected => return self.selection(rdms, subjects, comparison, pairs),
            ModelFit::NonNegative | ModelFit::LeastSquares => {
                self.regression(rdms, subjects, comparison, pairs)?
            }
        };
        let length = weights.dot(&weights).sqrt();
        if length > 0.0 {
            return Ok((weights / length).to_vec());
        }
        Err(Error::Samples(format!(
            "no RDM of model {} is similar to the subjects, so that all of its weights are 0; use RdmModel::least_squares, or other RDMs",
            shown(&self.name)
        )))
    }

    fn selection(
        &self,
        rdms: &[Vec<f64>],
        subjects: &[Vec<f64>],
        comparison: Comparison,
        pairs: &Pairs,
    ) -> Result<Vec<f64>> {
        let of = |(place, values): (usize, &Vec<f64>)| {
            let which = || format!("RDM {place} of model {} or a subject", shown(&self.name));
            comparison.features(values, pairs).ok_or_else(|| comparison.undefined(&which()))
        };
        let subjects: Vec<Vec<f64>> = subjects.iter().enumerate().map(of).collect::<Result<_>>()?;
        let mut best = (0, f64::NEG_INFINITY);
        for (place, values) in rdms.iter().enumerate() {
            let model = of((place, values))?;
            let total: f64 = subjects.iter().map(|own| comparison.between(&model, own)).sum();
            if total > best.1 {
                best = (place, total);
            }
        }
        Ok((0..rdms.len()).map(|place| f64::from(u8::from(place == best.0))).collect())
    }

    /// Regression on the mean of subjects of length 1, in the metric of the comparison.
    fn regression(
        &self,
        rdms: &[Vec<f64>],
        subjects: &[Vec<f64>],
        comparison: Comparison,
        pairs: &Pairs,
    ) -> Result<Array1<f64>> {
        use Comparison::{Cosine, Pearson, WhitenedCosine, WhitenedPearson};
        let metric = match comparison {
            Cosine | WhitenedCosine | WhitenedPearson => comparison,
            _ => Pearson,
        };
        let role = |what: &str| metric.undefined(&format!("an RDM of {what}"));
        let targets: Option<Vec<Vec<f64>>> =
            subjects.iter().map(|values| metric.features(values, pairs)).collect();
        let targets = targets.ok_or_else(|| role("the subjects"))?;
        let target = sum(targets.iter().map(Vec::as_slice), targets[0].len());
        let regressors: Option<Vec<Vec<f64>>> =
            rdms.iter().map(|values| metric.linear(values, pairs)).collect();
        let regressors = regressors.ok_or_else(|| role(&format!("model {}", shown(&self.name))))?;
        let count = regressors.len();
        let gram =
            Array2::from_shape_fn((count, count), |(i, j)| dot(&regressors[i], &regressors[j]));
        let right: Array1<f64> = regressors.iter().map(|own| dot(own, &target)).collect();
        let solved = match self.fit {
            ModelFit::NonNegative => solve_non_negative(&gram, &right),
            _ => solve(&gram, &right),
        };
        solved.ok_or_else(|| {
            Error::Samples(format!(
                "the {count} RDMs of model {} depend linearly on each other, so that no weights are the best; leave one out",
                shown(&self.name)
            ))
        })
    }
}
