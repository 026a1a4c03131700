//! Fitted models, judged by subjects and stimuli that did not fit them.

use ndarray::{Array1, Array2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, conditions_of};
use super::evaluate::{check_models, names, over_subjects};
use super::evaluation::Evaluation;
use super::folds::RdmFold;
use super::models::{ModelFit, RdmModel, weighted_sum};
use super::noise_ceiling::{aligned, check_subjects, mean_ceiling};
use super::rdm::Rdm;
use super::scores::{Prepared, Undefined};
use super::whitening::Pairs;
use crate::{Error, Result};

/// How [`cross_validate`] splits subjects and stimuli.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RdmCrossValidation {
    /// How RDMs are compared.
    pub comparison: Comparison,
    /// Folds of stimuli; none means 2 for fewer than 12 stimuli, 3 for fewer than 24, 4 for fewer
    /// than 40 and 5 for more. 1 fits and judges over the same stimuli.
    pub stimulus_folds: Option<usize>,
    /// Folds of subjects; none means 2 for fewer than 6 subjects, 3 for fewer than 12, 4 for fewer
    /// than 20 and 5 for more. 1 fits and judges by the same subjects.
    pub subject_folds: Option<usize>,
    /// Random assignments to folds, whose scores are averaged; default 10.
    pub assignments: usize,
    /// Decides the assignments.
    pub seed: u64,
}

impl Default for RdmCrossValidation {
    fn default() -> Self {
        let (stimulus_folds, subject_folds) = (None, None);
        let comparison = Comparison::default();
        Self { comparison, stimulus_folds, subject_folds, assignments: 10, seed: 0 }
    }
}

/// Fits models to the subjects and stimuli outside of a fold, and compares what they predict with
/// the RDMs of the fold's subjects over the fold's stimuli, for each fold of subjects × stimuli. No
/// model is judged by a dissimilarity that fitted it. Fixed models are judged over the same folds.
///
/// Standard errors and tests are over subjects. They leave out that subjects share the fits, and
/// hold for these stimuli. The noise ceiling is
/// [`cross_validated_ceiling`](super::cross_validated_ceiling).
///
/// # Errors
/// As [`evaluate`](super::evaluate()) and [`RdmModel::fit`]; [`Error::Setting`] for more folds than
/// there are subjects, folds of fewer than three stimuli, no assignments, or a single fold of both
/// subjects and stimuli while a model is fitted.
pub fn cross_validate(
    models: &[RdmModel],
    subjects: &[Rdm],
    settings: &RdmCrossValidation,
) -> Result<Evaluation> {
    check_subjects(subjects)?;
    check_models(models)?;
    let conditions = conditions_of(subjects)?;
    let folds = settings.folds(subjects.len(), conditions.len())?;
    check_split(models, &folds[0], (subjects.len(), conditions.len()))?;
    let data = Data {
        models,
        rdms: models.iter().map(|m| aligned(&m.rdms, conditions)).collect::<Result<_>>()?,
        subjects: aligned(subjects, conditions)?,
        stimuli: conditions.len(),
        comparison: settings.comparison,
    };
    let per_subject = data.mean_scores(&folds)?;
    let ceiling = mean_ceiling(&data.subjects, &folds, data.stimuli, settings.comparison)?;
    let about = (settings.comparison, data.stimuli);
    Ok(over_subjects(names(models), per_subject, Some(ceiling), about))
}

/// Refuses to judge a fitted model by the data that fitted it.
fn check_split(models: &[RdmModel], fold: &RdmFold, all: (usize, usize)) -> Result<()> {
    let is_split = (fold.subjects.len(), fold.stimuli.len()) != all;
    if is_split || models.iter().all(|model| model.fit == ModelFit::Fixed) {
        return Ok(());
    }
    let requirement = "with one fold of stimuli too, a fitted model is judged by the data that fitted it; give at least 2 of one";
    Err(Error::setting("subject_folds", 1, requirement))
}

/// Models and subjects in the same order of stimuli.
struct Data<'a> {
    models: &'a [RdmModel],
    rdms: Vec<Vec<Vec<f64>>>,
    subjects: Vec<Vec<f64>>,
    stimuli: usize,
    comparison: Comparison,
}

impl Data<'_> {
    /// For each model, its mean similarity with each subject over all folds that hold it.
    fn mean_scores(&self, folds: &[RdmFold]) -> Result<Vec<Vec<f64>>> {
        let scores: Vec<Result<Array2<f64>>> =
            folds.par_iter().map(|fold| self.scores(fold)).collect();
        let mut sums = Array2::<f64>::zeros((self.models.len(), self.subjects.len()));
        let mut counts = Array1::<f64>::zeros(self.subjects.len());
        for (fold, scores) in folds.iter().zip(scores) {
            for (&subject, column) in fold.subjects.iter().zip(scores?.columns()) {
                sums.column_mut(subject).scaled_add(1.0, &column);
                counts[subject] += 1.0;
            }
        }
        Ok((sums / &counts).rows().into_iter().map(|row| row.to_vec()).collect())
    }

    /// The similarity of each model with each subject of a fold, over its stimuli.
    fn scores(&self, fold: &RdmFold) -> Result<Array2<f64>> {
        let others = |all: usize, left_out: &[usize]| -> Vec<usize> {
            let rest: Vec<usize> = (0..all).filter(|at| !left_out.contains(at)).collect();
            if rest.is_empty() { left_out.to_vec() } else { rest }
        };
        let training_stimuli = others(self.stimuli, &fold.stimuli);
        let training_subjects = others(self.subjects.len(), &fold.subjects);
        let training = RdmFold::places(&training_stimuli, self.stimuli);
        let test = RdmFold::places(&fold.stimuli, self.stimuli);
        let at = |values: &Vec<f64>, places: &[usize]| -> Vec<f64> {
            places.iter().map(|&place| values[place]).collect()
        };
        let seen: Vec<Vec<f64>> =
            training_subjects.iter().map(|&s| at(&self.subjects[s], &training)).collect();
        let pairs = Pairs::all(training_stimuli.len());
        let mut predicted = Vec::new();
        for (model, rdms) in self.models.iter().zip(&self.rdms) {
            let part =
                |places: &[usize]| rdms.iter().map(|rdm| at(rdm, places)).collect::<Vec<_>>();
            let weights = model.weights(&part(&training), &seen, self.comparison, &pairs)?;
            predicted.push(weighted_sum(&weights, &part(&test)));
        }
        let judges: Vec<Vec<f64>> =
            fold.subjects.iter().map(|&s| at(&self.subjects[s], &test)).collect();
        let pairs = Pairs::all(fold.stimuli.len());
        let prepared = Prepared::new(self.comparison, &predicted, &judges, pairs);
        let names = names(self.models);
        let error = |undefined: Undefined| {
            let undefined = match undefined {
                Undefined::Subject(place) => Undefined::Subject(fold.subjects[place]),
                model => model,
            };
            let told = undefined.error(self.comparison, &names);
            Error::Samples(format!("over a fold of {} stimuli, {told}", fold.stimuli.len()))
        };
        Ok(prepared.map_err(error)?.similarities)
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::super::evaluate::evaluate;
    use super::super::fixtures::{self, names, within};
    use super::*;
    use crate::random;

    fn settings(comparison: Comparison) -> RdmCrossValidation {
        RdmCrossValidation { comparison, ..RdmCrossValidation::default() }
    }

    fn noise(count: usize, stimuli: usize, seed: u64) -> Vec<Rdm> {
        let mut rng = random::stream(seed, "rdm test");
        let pairs = stimuli * (stimuli - 1) / 2;
        let mut rdm = || {
            let values = (0..pairs).map(|_| rng.r#gen()).collect();
            Rdm::new(&names(stimuli), values, "noise").unwrap()
        };
        (0..count).map(|_| rdm()).collect()
    }

    /// A weighted model of many RDMs of noise fits noise, but does not predict it.
    #[test]
    fn fits_to_noise_do_not_count() {
        let (rdms, subjects) = (noise(12, 12, 1), noise(6, 12, 2));
        let model = RdmModel::least_squares("noise", &rdms);
        let weights = model.fit(&subjects, Comparison::Pearson).unwrap();
        let fitted = RdmModel::fixed("fitted", &model.predict(&weights).unwrap());
        let naive = evaluate(&[fitted], &subjects, Comparison::Pearson).unwrap().models[0].mean;
        let found = cross_validate(&[model], &subjects, &settings(Comparison::Pearson)).unwrap();
        let honest = found.models[0].mean;
        assert!(naive > 0.12 && honest < naive / 2.0, "{naive} {honest}");
        assert!(honest.abs() < 3.0 * found.models[0].sem + 0.05, "{honest}");
    }

    #[test]
    fn the_true_parts_are_found_and_fixed_models_stay_what_they_are() {
        let rdms = fixtures::models();
        let mixture = RdmModel::weighted("sum", &rdms);
        let truth = mixture.predict(&[0.3, 0.9, 0.1]).unwrap();
        let models = [mixture, RdmModel::selected("one", &rdms), RdmModel::fixed("A", &rdms[0])];
        let subjects = vec![truth; 4];
        let found = cross_validate(&models, &subjects, &settings(Comparison::Cosine)).unwrap();
        within(found.models[0].mean, 1.0, 1e-9);
        within(found.ceiling.unwrap().lower, 1.0, 1e-9);
        assert!(found.models[1].mean < 1.0 && found.models[2].mean <= found.models[1].mean);
    }

    /// With one fold of both, a fixed model has what `evaluate` says.
    #[test]
    fn without_folds_it_is_the_plain_evaluation() {
        let models = [RdmModel::fixed("B", &fixtures::models()[1])];
        let (stimulus_folds, subject_folds) = (Some(1), Some(1));
        let settings =
            RdmCrossValidation { stimulus_folds, subject_folds, ..settings(Comparison::Pearson) };
        let found = cross_validate(&models, &fixtures::subjects(), &settings).unwrap();
        let plain = evaluate(&models, &fixtures::subjects(), Comparison::Pearson).unwrap();
        within(found.models[0].mean, plain.models[0].mean, 1e-12);
        within(found.models[0].sem, plain.models[0].sem, 1e-12);
        let ceilings = (found.ceiling.unwrap(), plain.ceiling.unwrap());
        within(ceilings.0.lower, ceilings.1.lower, 1e-12);
        let weighted = [RdmModel::weighted("w", &fixtures::models())];
        let told = cross_validate(&weighted, &fixtures::subjects(), &settings).unwrap_err();
        assert!(told.to_string().contains("judged by the data that fitted it"), "{told}");
    }
}
