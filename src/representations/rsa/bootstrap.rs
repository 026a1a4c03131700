//! Fixed models against subjects, with standard errors over other subjects, other stimuli, or both.

use rand::Rng as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, conditions_of};
use super::dual_bootstrap::{DualBootstrap, correction};
use super::evaluate::{check_fixed, fixed_vectors, names};
use super::evaluation::{Evaluation, Generalisation, Parts, Variances, variance};
use super::models::RdmModel;
use super::noise_ceiling::{aligned, check_subjects};
use super::pairs::pair_list;
use super::rdm::Rdm;
use super::resample::{Data, Scores, scores};
use super::scores::Prepared;
use crate::error::check_at_most;
use crate::statistics::{Interval, quantile};
use crate::{Error, Result, random};

/// Samples that a variance needs, and the most that may be asked for.
const LEAST_SAMPLES: usize = 10;
const MOST_SAMPLES: usize = 1_000_000;

/// How [`evaluate_by_bootstrap`] draws samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RdmBootstrap {
    /// How RDMs are compared.
    pub comparison: Comparison,
    /// What is drawn with replacement, and so what the inference generalises to; default both.
    pub generalisation: Generalisation,
    /// Samples; default 1,000.
    pub samples: usize,
    /// Decides the samples.
    pub seed: u64,
}

impl Default for RdmBootstrap {
    fn default() -> Self {
        let (comparison, generalisation) = (Comparison::default(), Generalisation::Both);
        Self { comparison, generalisation, samples: 1000, seed: 0 }
    }
}

/// Compares fixed models with the RDMs of subjects, as [`evaluate`](super::evaluate()), with
/// standard errors from a bootstrap. Stimuli, subjects or both are drawn with replacement. The
/// dissimilarity of a stimulus with its own copy is 0 for no reason but the draw, so that such
/// pairs are left out. For both, the variance is that of the [`DualBootstrap`]. Means are those of
/// the data as they are.
///
/// Samples of fewer than three different stimuli, or in which a similarity is undefined, are left
/// out; [`Evaluation::samples`] counts those that are used. A single subject can be bootstrapped
/// over stimuli, without a noise ceiling.
///
/// # Errors
/// As [`evaluate`](super::evaluate()); [`Error::Setting`] for fewer than 10 or more than a million
/// samples; [`Error::Samples`] if fewer than half of the samples can be used.
pub fn evaluate_by_bootstrap(
    models: &[RdmModel],
    subjects: &[Rdm],
    settings: &RdmBootstrap,
) -> Result<Evaluation> {
    settings.check(subjects)?;
    let conditions = conditions_of(subjects)?;
    check_fixed(models)?;
    let names = names(models);
    let data = Data {
        models: fixed_vectors(models, conditions)?,
        subjects: aligned(subjects, conditions)?,
        stimuli: conditions.len(),
        comparison: settings.comparison,
    };
    let prepared = data.prepared((0..data.stimuli).collect());
    let original = prepared
        .ok_or_else(|| Error::Samples("there are too few stimuli".into()))?
        .map_err(|undefined| undefined.error(settings.comparison, &names))?;
    let ceiling = original.ceiling_of_all()?;
    let drawn = settings.drawn(&data, &original)?;
    let counts = (subjects.len(), data.stimuli);
    let per_subject = original.similarities.rows().into_iter().map(|row| row.to_vec()).collect();
    let parts = Parts {
        percentiles: settings.percentiles(&drawn, names.len()),
        names,
        per_subject,
        variances: settings.variances(&drawn, models.len(), counts),
        ceiling,
        comparison: settings.comparison,
        generalisation: settings.generalisation,
        stimuli: data.stimuli,
        freedom: settings.freedom(counts),
        samples: drawn.len(),
    };
    Ok(parts.evaluation())
}

impl RdmBootstrap {
    fn check(&self, subjects: &[Rdm]) -> Result<()> {
        check_at_most("samples", self.samples, MOST_SAMPLES)?;
        if self.samples < LEAST_SAMPLES {
            let requirement = format!("a variance needs at least {LEAST_SAMPLES}");
            return Err(Error::setting("samples", self.samples, requirement));
        }
        match self.generalisation {
            Generalisation::Stimuli => Ok(()),
            Generalisation::Subjects | Generalisation::Both => check_subjects(subjects),
        }
    }

    /// The scores of all samples that have some.
    fn drawn(&self, data: &Data, original: &Prepared) -> Result<Vec<Vec<Scores>>> {
        let sample = |number: usize| self.sample(number, data, original);
        let all: Vec<Option<Vec<Scores>>> = (0..self.samples).into_par_iter().map(sample).collect();
        let drawn: Vec<Vec<Scores>> = all.into_iter().flatten().collect();
        if drawn.len() >= (self.samples / 2).max(LEAST_SAMPLES) {
            return Ok(drawn);
        }
        Err(Error::Samples(format!(
            "only {} of {} samples of {} stimuli and {} subjects have a similarity; give more stimuli, or compare by Comparison::RhoA",
            drawn.len(),
            self.samples,
            data.stimuli,
            data.subjects.len()
        )))
    }

    /// The scores of a sample; for both factors also those of either alone.
    fn sample(&self, number: usize, data: &Data, original: &Prepared) -> Option<Vec<Scores>> {
        let mut rng = random::stream(self.seed, &format!("rdm bootstrap {number}"));
        let mut draw =
            |count: usize| -> Vec<usize> { (0..count).map(|_| rng.gen_range(0..count)).collect() };
        let count = data.subjects.len();
        let everyone: Vec<usize> = (0..count).collect();
        let (subjects, stimuli) = (draw(count), draw(data.stimuli));
        if self.generalisation == Generalisation::Subjects {
            return Some(vec![scores(original, &subjects)]);
        }
        let resampled = data.prepared(stimuli)?.ok()?;
        let of_stimuli = scores(&resampled, &everyone);
        if self.generalisation == Generalisation::Stimuli {
            return Some(vec![of_stimuli]);
        }
        Some(vec![scores(&resampled, &subjects), scores(original, &subjects), of_stimuli])
    }

    fn variances(&self, drawn: &[Vec<Scores>], models: usize, counts: (usize, usize)) -> Variances {
        let model = |place: usize| self.variance(drawn, counts, |s| Some(s.models[place]));
        let pair = |(a, b): (usize, usize)| {
            self.variance(drawn, counts, |s| Some(s.models[a] - s.models[b]))
        };
        let below =
            |place: usize| self.variance(drawn, counts, |s| Some(s.models[place] - s.lower?));
        Variances {
            models: (0..models).map(model).collect(),
            pairs: pair_list(models).into_iter().map(pair).collect(),
            ceiling: (0..models).map(below).collect(),
        }
    }

    /// The variance of a number over new samples of what is drawn.
    fn variance(
        &self,
        drawn: &[Vec<Scores>],
        (subjects, stimuli): (usize, usize),
        number: impl Fn(&Scores) -> Option<f64>,
    ) -> f64 {
        let of = |kind: usize| {
            variance(&drawn.iter().filter_map(|all| number(&all[kind])).collect::<Vec<f64>>())
        };
        match self.generalisation {
            Generalisation::Subjects => of(0) * correction(subjects),
            Generalisation::Stimuli => of(0) * correction(stimuli),
            Generalisation::Both => {
                let dual = DualBootstrap { both: of(0), subjects: of(1), stimuli: of(2) };
                dual.variance(subjects, stimuli)
            }
        }
    }

    fn percentiles(&self, drawn: &[Vec<Scores>], models: usize) -> Vec<Option<Interval>> {
        let of = |place: usize| {
            let values: Vec<f64> = drawn.iter().map(|all| all[0].models[place]).collect();
            let is_single = self.generalisation != Generalisation::Both;
            is_single
                .then(|| Interval { low: quantile(&values, 0.025), high: quantile(&values, 0.975) })
        };
        (0..models).map(of).collect()
    }

    fn freedom(&self, (subjects, stimuli): (usize, usize)) -> usize {
        match self.generalisation {
            Generalisation::Subjects => subjects - 1,
            Generalisation::Stimuli => stimuli - 1,
            Generalisation::Both => subjects.min(stimuli) - 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate::evaluate;
    use super::super::fixtures;
    use super::*;

    fn models() -> Vec<RdmModel> {
        let names = ["A", "B", "category"];
        let rdms = fixtures::models();
        names.iter().zip(&rdms).map(|(name, rdm)| RdmModel::fixed(name, rdm)).collect()
    }

    fn bootstrap(generalisation: Generalisation) -> Evaluation {
        let comparison = Comparison::Pearson;
        let settings = RdmBootstrap { comparison, generalisation, samples: 400, seed: 1 };
        evaluate_by_bootstrap(&models(), &fixtures::subjects(), &settings).unwrap()
    }

    #[test]
    fn a_bootstrap_over_subjects_agrees_with_the_standard_error() {
        let found = bootstrap(Generalisation::Subjects);
        let plain = evaluate(&models(), &fixtures::subjects(), Comparison::Pearson).unwrap();
        for (found, plain) in found.models.iter().zip(&plain.models) {
            assert_eq!(found.mean, plain.mean);
            assert!((found.sem / plain.sem - 1.0).abs() < 0.15, "{} {}", found.sem, plain.sem);
            let percentiles = found.percentiles.unwrap();
            assert!(percentiles.low < found.mean && found.mean < percentiles.high);
            assert_ne!(percentiles, found.interval);
        }
        assert_eq!((found.freedom, found.samples), (5, 400));
    }

    #[test]
    fn each_generalisation_has_its_own_interval() {
        let subjects = bootstrap(Generalisation::Subjects);
        let stimuli = bootstrap(Generalisation::Stimuli);
        let both = bootstrap(Generalisation::Both);
        for place in 0..3 {
            let sem = [&subjects, &stimuli, &both].map(|found| found.models[place].sem);
            assert!(sem[0] != sem[1] && sem[2] >= sem[0].max(sem[1]) - 1e-12, "{sem:?}");
            assert!(both.models[place].percentiles.is_none());
        }
        assert_eq!([stimuli.freedom, both.freedom], [9, 5]);
        assert!(both.models[1].against_ceiling.unwrap().t < 0.0);
        assert_eq!(both.ceiling, subjects.ceiling);
    }

    #[test]
    fn the_same_seed_has_the_same_samples() {
        let first = bootstrap(Generalisation::Both);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(pool.install(|| bootstrap(Generalisation::Both)), first);
        let other = RdmBootstrap {
            comparison: Comparison::Pearson,
            samples: 400,
            seed: 2,
            ..RdmBootstrap::default()
        };
        let other = evaluate_by_bootstrap(&models(), &fixtures::subjects(), &other).unwrap();
        assert_ne!(first.models[0].sem, other.models[0].sem);
    }

    #[test]
    fn one_subject_can_be_bootstrapped_over_stimuli() {
        let one = &fixtures::subjects()[..1];
        let settings = RdmBootstrap {
            generalisation: Generalisation::Stimuli,
            samples: 100,
            ..RdmBootstrap::default()
        };
        let found = evaluate_by_bootstrap(&models(), one, &settings).unwrap();
        assert!(found.ceiling.is_none() && found.models[0].against_ceiling.is_none());
        assert!(found.models[0].sem > 0.0);
        assert!(evaluate_by_bootstrap(&models(), one, &RdmBootstrap::default()).is_err());
        let few = RdmBootstrap { samples: 3, ..settings };
        assert!(evaluate_by_bootstrap(&models(), one, &few).is_err());
    }
}
