//! Models of RDMs: a prediction, a choice among predictions, or a weighted sum of them.

use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, conditions_of};
use super::noise_ceiling::aligned;
use super::rdm::Rdm;
use super::whitening::Pairs;
use crate::error::shown;
use crate::{Error, Result};

/// What of a model is fitted to subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ModelFit {
    /// Nothing: the model has one RDM.
    #[default]
    Fixed,
    /// Which of its RDMs it is: the one with the highest mean similarity with the subjects.
    Selected,
    /// The weights of its RDMs, none of them negative: a sum of feature spaces, each scaled.
    NonNegative,
    /// The weights of its RDMs, of any sign.
    LeastSquares,
}

/// A model that predicts an RDM.
///
/// ```
/// use microlearners::representations::{Comparison, Rdm, RdmModel};
///
/// let names = ["cat", "dog", "car"].map(String::from);
/// let rdm = |values| Rdm::new(&names, values, "model").unwrap();
/// let parts = [rdm(vec![0.0, 1.0, 1.0]), rdm(vec![1.0, 1.0, 0.0])];
/// let model = RdmModel::weighted("animacy and size", &parts);
/// let subjects = [rdm(vec![1.0, 4.0, 3.0]), rdm(vec![1.0, 4.0, 3.0])];
/// let weights = model.fit(&subjects, Comparison::Cosine)?;
/// assert!((weights[0] / weights[1] - 3.0).abs() < 1e-9);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RdmModel {
    /// Its name in tables.
    pub name: String,
    /// Its RDMs: one if it is fixed.
    pub rdms: Vec<Rdm>,
    /// What is fitted.
    pub fit: ModelFit,
}

impl RdmModel {
    /// A model that predicts `rdm` up to a monotonic or linear scale.
    pub fn fixed(name: &str, rdm: &Rdm) -> Self {
        Self { name: name.to_owned(), rdms: vec![rdm.clone()], fit: ModelFit::Fixed }
    }

    /// A model that is one of some RDMs, such as those of the layers of a network.
    pub fn selected(name: &str, rdms: &[Rdm]) -> Self {
        Self { name: name.to_owned(), rdms: rdms.to_vec(), fit: ModelFit::Selected }
    }

    /// A model that is a sum of some RDMs with weights that are not negative.
    pub fn weighted(name: &str, rdms: &[Rdm]) -> Self {
        Self { name: name.to_owned(), rdms: rdms.to_vec(), fit: ModelFit::NonNegative }
    }

    /// A model that is a sum of some RDMs with weights of any sign.
    pub fn least_squares(name: &str, rdms: &[Rdm]) -> Self {
        Self { name: name.to_owned(), rdms: rdms.to_vec(), fit: ModelFit::LeastSquares }
    }

    /// The weights of the model's RDMs that fit subjects best, of length 1 (Euclidean norm). A
    /// selected model has a 1 for the RDM it is. Weights maximise the similarity with the pool of
    /// subjects. For rank comparisons they maximise Pearson's correlation instead, since there is
    /// no closed form.
    ///
    /// A model must not be judged by the subjects and stimuli that fitted it: use
    /// [`cross_validate`](super::cross_validate).
    ///
    /// # Errors
    /// [`Error::Samples`] if there are no subjects, their conditions differ from the model's, an
    /// RDM has no similarity, the model's RDMs depend linearly on each other, or no weight of at
    /// least 0 fits; [`Error::Setting`] if a fixed model has more or less than one RDM.
    pub fn fit(&self, subjects: &[Rdm], comparison: Comparison) -> Result<Vec<f64>> {
        let conditions = conditions_of(subjects)?;
        self.check()?;
        let (rdms, subjects) = (aligned(&self.rdms, conditions)?, aligned(subjects, conditions)?);
        self.weights(&rdms, &subjects, comparison, &Pairs::all(conditions.len()))
    }

    /// The RDM that the model predicts with `weights`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there is not one weight for each RDM; [`Error::Samples`] if their
    /// conditions differ.
    pub fn predict(&self, weights: &[f64]) -> Result<Rdm> {
        self.check()?;
        if weights.len() != self.rdms.len() {
            return Err(Error::Shape(format!(
                "model {} has {} RDMs and got {} weights; give one for each",
                shown(&self.name),
                self.rdms.len(),
                weights.len()
            )));
        }
        let conditions = &self.rdms[0].conditions;
        let rdms = aligned(&self.rdms, conditions)?;
        Rdm::new(conditions, weighted_sum(weights, &rdms), "model")
    }

    pub(super) fn check(&self) -> Result<()> {
        let count = self.rdms.len();
        let is_fixed = self.fit == ModelFit::Fixed;
        if count == 0 || (is_fixed && count != 1) {
            let wanted = if is_fixed { "exactly one" } else { "at least one" };
            let requirement = format!("model {} needs {wanted}", shown(&self.name));
            return Err(Error::setting("the number of RDMs", count, requirement));
        }
        Ok(())
    }
}

/// Σ weight · RDM.
pub(super) fn weighted_sum(weights: &[f64], rdms: &[Vec<f64>]) -> Vec<f64> {
    let mut total = vec![0.0; rdms[0].len()];
    for (weight, values) in weights.iter().zip(rdms) {
        total.iter_mut().zip(values).for_each(|(total, value)| *total += weight * value);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;
    use Comparison::{Cosine, Pearson, WhitenedCosine, WhitenedPearson};

    /// The weights are the best: moving any of them lowers the mean similarity.
    #[test]
    fn weights_maximise_the_similarity() {
        let (subjects, rdms) = (fixtures::subjects(), fixtures::models());
        let model = RdmModel::least_squares("w", &rdms);
        for kind in [Cosine, Pearson, WhitenedCosine, WhitenedPearson] {
            let weights = model.fit(&subjects, kind).unwrap();
            let score = |weights: &[f64]| {
                let rdm = model.predict(weights).unwrap();
                kind.similarities(&[rdm], &subjects).unwrap().mean().unwrap()
            };
            for place in 0..3 {
                for step in [-1e-3, 1e-3] {
                    let mut moved = weights.clone();
                    moved[place] += step;
                    assert!(score(&moved) < score(&weights));
                }
            }
        }
    }

    #[test]
    fn weights_of_parts_are_found_again() {
        let rdms = fixtures::models();
        let model = RdmModel::weighted("w", &rdms);
        let truth = model.predict(&[0.6, 0.0, 0.8]).unwrap();
        let found = model.fit(&[truth], Cosine).unwrap();
        found.iter().zip([0.6, 0.0, 0.8]).for_each(|(a, b)| assert!((a - b).abs() < 1e-9));
    }

    #[test]
    fn models_that_cannot_be_fitted_are_refused() {
        let (subjects, rdms) = (fixtures::subjects(), fixtures::models());
        let told = |model: RdmModel| model.fit(&subjects, Cosine).unwrap_err().to_string();
        let twice = [rdms[0].clone(), rdms[0].clone()];
        assert!(told(RdmModel::least_squares("w", &twice)).contains("depend linearly"));
        assert!(told(RdmModel::selected("w", &[])).contains("at least one"));
        let opposite = rdms[0].dissimilarities.iter().map(|value| -value).collect();
        let opposite = Rdm::new(&rdms[0].conditions, opposite, "mine").unwrap();
        assert!(told(RdmModel::weighted("w", &[opposite])).contains("all of its weights are 0"));
    }
}
