//! Fixed models against the RDMs of subjects.

use super::comparison::{Comparison, conditions_of};
use super::evaluation::{Evaluation, Generalisation, Parts, Variances, variance};
use super::models::{ModelFit, RdmModel};
use super::noise_ceiling::{NoiseCeiling, aligned, check_subjects};
use super::pairs::pair_list;
use super::rdm::Rdm;
use super::scores::Prepared;
use super::whitening::Pairs;
use crate::error::{first_repeated, shown};
use crate::{Error, Result};

/// Compares fixed models with the RDMs of at least two subjects, such as networks of other seeds.
/// Standard errors and tests are over subjects, so that they generalise to other subjects that see
/// the same stimuli; [`evaluate_by_bootstrap`](super::evaluate_by_bootstrap) generalises to other
/// stimuli too. The test against the noise ceiling takes the lower ceiling as a known number.
///
/// ```
/// use microlearners::representations::{Comparison, Rdm, RdmModel, evaluate};
///
/// let names = ["cat", "dog", "car", "bus"].map(String::from);
/// let groups = ["animal", "animal", "vehicle", "vehicle"].map(String::from);
/// let model = RdmModel::fixed("animacy", &Rdm::of_groups(&names, &groups)?);
/// let subject = |values: [f64; 6]| Rdm::new(&names, values.to_vec(), "correlation").unwrap();
/// let subjects = [
///     subject([0.2, 0.9, 0.8, 0.7, 0.9, 0.1]),
///     subject([0.4, 0.8, 0.9, 0.5, 0.7, 0.3]),
///     subject([0.3, 1.0, 0.8, 0.9, 0.6, 0.2]),
/// ];
/// let found = evaluate(&[model], &subjects, Comparison::Pearson)?;
/// assert!(found.models[0].above_zero.p < 0.01);
/// # Ok::<(), microlearners::Error>(())
/// ```
///
/// # Errors
/// [`Error::Samples`] for fewer than two subjects, no models, or what [`Comparison::similarity`]
/// refuses; [`Error::Setting`] for models that share a name, and for selected and weighted models,
/// which [`cross_validate`](super::cross_validate) judges.
pub fn evaluate(
    models: &[RdmModel],
    subjects: &[Rdm],
    comparison: Comparison,
) -> Result<Evaluation> {
    check_subjects(subjects)?;
    let conditions = conditions_of(subjects)?;
    check_fixed(models)?;
    let vectors = fixed_vectors(models, conditions)?;
    let names = names(models);
    let subjects = aligned(subjects, conditions)?;
    let prepared = Prepared::new(comparison, &vectors, &subjects, Pairs::all(conditions.len()))
        .map_err(|undefined| undefined.error(comparison, &names))?;
    let per_subject = prepared.similarities.rows().into_iter().map(|row| row.to_vec()).collect();
    let ceiling = prepared.ceiling_of_all()?;
    Ok(over_subjects(names, per_subject, ceiling, (comparison, conditions.len())))
}

/// The evaluation whose standard errors are over subjects.
pub(super) fn over_subjects(
    names: Vec<String>,
    per_subject: Vec<Vec<f64>>,
    ceiling: Option<NoiseCeiling>,
    (comparison, stimuli): (Comparison, usize),
) -> Evaluation {
    let count = per_subject[0].len();
    let of_mean = |values: &[f64]| variance(values) / count as f64;
    let models: Vec<f64> = per_subject.iter().map(|values| of_mean(values)).collect();
    let pair = |(a, b): (usize, usize)| {
        let both = per_subject[a].iter().zip(&per_subject[b]);
        of_mean(&both.map(|(a, b)| a - b).collect::<Vec<f64>>())
    };
    let pairs = pair_list(per_subject.len()).into_iter().map(pair).collect();
    let variances = Variances { ceiling: models.clone(), models, pairs };
    let parts = Parts {
        percentiles: vec![None; names.len()],
        names,
        per_subject,
        variances,
        ceiling,
        comparison,
        generalisation: Generalisation::Subjects,
        stimuli,
        freedom: count - 1,
        samples: 0,
    };
    parts.evaluation()
}

/// Accepts models that have names of their own.
pub(super) fn check_models(models: &[RdmModel]) -> Result<()> {
    if models.is_empty() {
        return Err(Error::Samples("there are no models to evaluate; give at least one".into()));
    }
    models.iter().try_for_each(RdmModel::check)?;
    match first_repeated(&names(models)) {
        Some(name) => {
            let requirement = "it stands for two models; give each a name of its own";
            Err(Error::setting("a model's name", shown(name), requirement))
        }
        None => Ok(()),
    }
}

/// Accepts models that need no fit.
pub(super) fn check_fixed(models: &[RdmModel]) -> Result<()> {
    check_models(models)?;
    match models.iter().find(|model| model.fit != ModelFit::Fixed) {
        Some(model) => {
            let requirement = "its fit must not be judged by the data that fitted it; use cross_validate, or give models of RdmModel::fixed";
            Err(Error::setting(shown(&model.name), format!("{:?}", model.fit), requirement))
        }
        None => Ok(()),
    }
}

pub(super) fn names(models: &[RdmModel]) -> Vec<String> {
    models.iter().map(|model| model.name.clone()).collect()
}

/// The RDM of each fixed model in the order of `conditions`.
pub(super) fn fixed_vectors(models: &[RdmModel], conditions: &[String]) -> Result<Vec<Vec<f64>>> {
    models.iter().map(|model| model.rdms[0].aligned(conditions)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{self, all_close, close};
    use super::*;

    fn models() -> Vec<RdmModel> {
        let names = ["A", "B", "category"];
        let rdms = fixtures::models();
        names.iter().zip(&rdms).map(|(name, rdm)| RdmModel::fixed(name, rdm)).collect()
    }

    #[test]
    fn similarities_of_each_subject_equal_rsatoolbox() {
        let found = evaluate(&models(), &fixtures::subjects(), Comparison::Cosine).unwrap();
        all_close(
            &found.models[0].per_subject,
            &[
                0.9962549673280111,
                0.9790199151583473,
                0.9700444895467517,
                0.9416934888488228,
                0.9253165641745307,
                0.9681167346052713,
            ],
        );
        let pair = &found.pairs[1];
        close(pair.difference, found.models[0].mean - found.models[2].mean);
        assert!(pair.interval.low > 0.0 && pair.test.holm >= pair.test.p);
    }

    #[test]
    fn subjects_without_noise_are_explained_by_their_own_rdm() {
        let same = vec![fixtures::models()[0].clone(); 3];
        let found = evaluate(&models(), &same, Comparison::Pearson).unwrap();
        close(found.models[0].mean, 1.0);
        assert!(found.models[0].above_zero.p < 1e-9);
        assert!(found.models[0].against_ceiling.unwrap().p > 0.9);
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        let subjects = fixtures::subjects();
        let told = |models: &[RdmModel], subjects: &[Rdm]| {
            evaluate(models, subjects, Comparison::Pearson).unwrap_err().to_string()
        };
        let weighted = RdmModel::weighted("sum", &fixtures::models());
        assert!(told(&[weighted], &subjects).contains("use cross_validate"));
        assert!(told(&[], &subjects).contains("no models"));
        assert!(told(&models(), &subjects[..1]).contains("at least 2"));
        let twice = [models()[0].clone(), models()[0].clone()];
        assert!(told(&twice, &subjects).contains("two models"));
        let constant = RdmModel::fixed("flat", &fixtures::rdm(&[1.0; 45]));
        assert!(told(&[constant], &subjects).contains("the RDM of model flat is the same"));
    }
}
