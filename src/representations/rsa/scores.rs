//! Similarities of models and subjects over one sample of stimuli, and their noise ceiling.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::comparison::Comparison;
use super::noise_ceiling::{NoiseCeiling, no_pool};
use super::pooling::sum;
use super::whitening::Pairs;
use crate::Error;
use crate::error::shown;

/// What all samples of subjects need to know of one sample of stimuli.
pub(super) struct Prepared {
    comparison: Comparison,
    pairs: Pairs,
    /// Models × subjects.
    pub(super) similarities: Array2<f64>,
    subjects: Vec<Vec<f64>>,
    parts: Vec<Vec<f64>>,
}

/// What has no similarity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Undefined {
    Model(usize),
    Subject(usize),
}

impl Undefined {
    pub(super) fn error(self, comparison: Comparison, names: &[String]) -> Error {
        match self {
            Self::Model(place) => {
                let name = names.get(place).map_or_else(String::new, |name| shown(name));
                comparison.undefined(&format!("the RDM of model {name}"))
            }
            Self::Subject(place) => comparison.undefined(&format!("the RDM of subject {place}")),
        }
    }
}

impl Prepared {
    pub(super) fn new(
        comparison: Comparison,
        models: &[Vec<f64>],
        subjects: &[Vec<f64>],
        pairs: Pairs,
    ) -> Result<Self, Undefined> {
        let mut features = Vec::with_capacity(subjects.len());
        let mut parts = Vec::with_capacity(subjects.len());
        for (place, values) in subjects.iter().enumerate() {
            let undefined = Undefined::Subject(place);
            features.push(comparison.features(values, &pairs).ok_or(undefined)?);
            parts.push(comparison.pool_part(values).ok_or(undefined)?);
        }
        let mut similarities = Array2::zeros((models.len(), subjects.len()));
        for (place, (values, mut row)) in models.iter().zip(similarities.rows_mut()).enumerate() {
            let model = comparison.features(values, &pairs).ok_or(Undefined::Model(place))?;
            let own = features.iter().map(|subject| comparison.between(&model, subject));
            row.iter_mut().zip(own).for_each(|(entry, value)| *entry = value);
        }
        Ok(Self { comparison, pairs, similarities, subjects: features, parts })
    }

    /// The mean similarity of each model with some subjects, which may repeat.
    pub(super) fn means(&self, chosen: &[usize]) -> Vec<f64> {
        let mean = |row: ndarray::ArrayView1<'_, f64>| {
            chosen.iter().map(|&subject| row[subject]).sum::<f64>() / chosen.len() as f64
        };
        self.similarities.rows().into_iter().map(mean).collect()
    }

    /// The noise ceiling of some subjects, which may repeat: copies of a subject are left out
    /// together. None for copies of a single subject, or where a pool is undefined.
    pub(super) fn ceiling(&self, chosen: &[usize]) -> Option<NoiseCeiling> {
        let mut copies: BTreeMap<usize, f64> = BTreeMap::new();
        chosen.iter().for_each(|&subject| *copies.entry(subject).or_default() += 1.0);
        if copies.len() < 2 {
            return None;
        }
        let all = sum(chosen.iter().map(|&at| self.parts[at].as_slice()), self.parts[0].len());
        let upper_pool = self.comparison.features(&all, &self.pairs)?;
        let (mut lower, mut upper) = (0.0, 0.0);
        for (&subject, &count) in &copies {
            let own = &self.parts[subject];
            let others: Vec<f64> =
                all.iter().zip(own).map(|(total, part)| total - count * part).collect();
            let pool = self.comparison.features(&others, &self.pairs)?;
            lower += self.comparison.between(&pool, &self.subjects[subject]);
            upper += self.comparison.between(&upper_pool, &self.subjects[subject]);
        }
        let count = copies.len() as f64;
        Some(NoiseCeiling { lower: lower / count, upper: upper / count })
    }

    /// As [`Prepared::ceiling`] of all subjects; none for a single one.
    pub(super) fn ceiling_of_all(&self) -> crate::Result<Option<NoiseCeiling>> {
        let everyone: Vec<usize> = (0..self.parts.len()).collect();
        if everyone.len() < 2 {
            return Ok(None);
        }
        self.ceiling(&everyone).map(Some).ok_or_else(no_pool)
    }
}
