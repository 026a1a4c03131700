//! How well models predict RDMs, with intervals and tests.

use serde::{Deserialize, Serialize};

use super::comparison::Comparison;
use super::corrections::{benjamini_hochberg, holm};
use super::noise_ceiling::NoiseCeiling;
use crate::statistics::{Interval, student_t, student_t_above};

/// A standard error below this is rounding: it is counted as this (√ε, as in rsatoolbox).
const LEAST_ERROR: f64 = 1.490_116_119_384_765_6e-8;

/// Of what the subjects and stimuli at hand are a sample, to which the inference generalises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Generalisation {
    /// Other subjects that see the same stimuli.
    #[default]
    Subjects,
    /// The same subjects when they see other stimuli.
    Stimuli,
    /// Other subjects that see other stimuli.
    Both,
}

/// A t test, uncorrected and corrected for all tests of its kind in the same evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TTest {
    /// The difference in standard errors.
    pub t: f64,
    /// The p-value of this test alone.
    pub p: f64,
    /// Corrected by [`holm`].
    pub holm: f64,
    /// Corrected by [`benjamini_hochberg`].
    pub benjamini_hochberg: f64,
}

/// How similar one model is to the subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelEvaluation {
    /// The model.
    pub name: String,
    /// The similarity with each subject.
    pub per_subject: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// The standard error of the mean.
    pub sem: f64,
    /// The 95 % interval of Student's t.
    pub interval: Interval,
    /// The 95 % interval between percentiles of the bootstrap. None without one, and for
    /// [`Generalisation::Both`], where it would be too wide.
    pub percentiles: Option<Interval>,
    /// Is the mean above 0? One-sided.
    pub above_zero: TTest,
    /// Does it differ from the lower noise ceiling? Two-sided; a negative t lies below. None
    /// without a ceiling, of a single subject.
    pub against_ceiling: Option<TTest>,
}

/// How much one model is more similar to the subjects than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelPair {
    /// The first model.
    pub first: String,
    /// The second model.
    pub second: String,
    /// The mean of the first less that of the second.
    pub difference: f64,
    /// The standard error of the difference.
    pub sem: f64,
    /// The 95 % interval of Student's t.
    pub interval: Interval,
    /// Do they differ? Two-sided.
    pub test: TTest,
}

/// Models judged by the RDMs of subjects. [`Evaluation::models`] and [`Evaluation::pairs`] are the
/// rows of two tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// How RDMs were compared.
    pub comparison: Comparison,
    /// To what the standard errors and tests generalise.
    pub generalisation: Generalisation,
    /// The models, in the order in which they were given.
    pub models: Vec<ModelEvaluation>,
    /// All pairs of models.
    pub pairs: Vec<ModelPair>,
    /// The noise ceiling; none for a single subject.
    pub ceiling: Option<NoiseCeiling>,
    /// The number of subjects.
    pub subjects: usize,
    /// The number of stimuli.
    pub stimuli: usize,
    /// Degrees of freedom of the t tests.
    pub freedom: usize,
    /// Bootstrap samples that were used; 0 without a bootstrap.
    pub samples: usize,
}

/// Variances of means.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Variances {
    /// Of each model.
    pub(super) models: Vec<f64>,
    /// Of the difference of each pair of models, in the order of
    /// [`pair_list`](super::pairs::pair_list).
    pub(super) pairs: Vec<f64>,
    /// Of each model less the lower ceiling.
    pub(super) ceiling: Vec<f64>,
}

/// What an [`Evaluation`] is made of.
pub(super) struct Parts {
    pub(super) names: Vec<String>,
    pub(super) per_subject: Vec<Vec<f64>>,
    pub(super) percentiles: Vec<Option<Interval>>,
    pub(super) variances: Variances,
    pub(super) ceiling: Option<NoiseCeiling>,
    pub(super) comparison: Comparison,
    pub(super) generalisation: Generalisation,
    pub(super) stimuli: usize,
    pub(super) freedom: usize,
    pub(super) samples: usize,
}

impl Parts {
    pub(super) fn evaluation(self) -> Evaluation {
        let means: Vec<f64> = self.per_subject.iter().map(|values| mean(values)).collect();
        let pairs = self.pairs(&means);
        let freedom = self.freedom as f64;
        let sems = errors(&self.variances.models);
        let zero = tests(&means, &sems, |t| student_t_above(t, freedom));
        let against: Option<Vec<TTest>> = self.ceiling.map(|ceiling| {
            let below: Vec<f64> = means.iter().map(|mean| mean - ceiling.lower).collect();
            tests(&below, &errors(&self.variances.ceiling), |t| two_sided(t, freedom))
        });
        let model = |place: usize| ModelEvaluation {
            name: self.names[place].clone(),
            per_subject: self.per_subject[place].clone(),
            mean: means[place],
            sem: sems[place],
            interval: interval(means[place], sems[place], freedom),
            percentiles: self.percentiles[place],
            above_zero: zero[place],
            against_ceiling: against.as_ref().map(|tests| tests[place]),
        };
        Evaluation {
            comparison: self.comparison,
            generalisation: self.generalisation,
            models: (0..means.len()).map(model).collect(),
            pairs,
            ceiling: self.ceiling,
            subjects: self.per_subject.first().map_or(0, Vec::len),
            stimuli: self.stimuli,
            freedom: self.freedom,
            samples: self.samples,
        }
    }

    fn pairs(&self, means: &[f64]) -> Vec<ModelPair> {
        let freedom = self.freedom as f64;
        let list = super::pairs::pair_list(means.len());
        let differences: Vec<f64> = list.iter().map(|&(a, b)| means[a] - means[b]).collect();
        let sems = errors(&self.variances.pairs);
        let tests = tests(&differences, &sems, |t| two_sided(t, freedom));
        let pair = |(place, &(first, second)): (usize, &(usize, usize))| ModelPair {
            first: self.names[first].clone(),
            second: self.names[second].clone(),
            difference: differences[place],
            sem: sems[place],
            interval: interval(differences[place], sems[place], freedom),
            test: tests[place],
        };
        list.iter().enumerate().map(pair).collect()
    }
}

fn errors(variances: &[f64]) -> Vec<f64> {
    variances.iter().map(|variance| variance.max(0.0).sqrt()).collect()
}

fn tests(differences: &[f64], sems: &[f64], p: impl Fn(f64) -> f64) -> Vec<TTest> {
    let t: Vec<f64> =
        differences.iter().zip(sems).map(|(d, sem)| d / sem.max(LEAST_ERROR)).collect();
    let p: Vec<f64> = t.iter().map(|&t| p(t)).collect();
    let (holm, benjamini_hochberg) = (holm(&p), benjamini_hochberg(&p));
    let test = |at: usize| TTest {
        t: t[at],
        p: p[at],
        holm: holm[at],
        benjamini_hochberg: benjamini_hochberg[at],
    };
    (0..t.len()).map(test).collect()
}

fn two_sided(t: f64, freedom: f64) -> f64 {
    (2.0 * student_t_above(t.abs(), freedom)).min(1.0)
}

fn interval(mean: f64, sem: f64, freedom: f64) -> Interval {
    let half = student_t(0.975, freedom) * sem;
    Interval { low: mean - half, high: mean + half }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The variance with n − 1.
pub(super) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    squares / (values.len() as f64 - 1.0)
}
