//! Choosing among classifiers without looking at the test part.

use std::sync::Arc;

use rayon::prelude::*;

use super::classifier::{Classifier, Fitted};
use super::convergence::Convergence;
use super::linear_svm::LinearSvm;
use super::random_forest::{MaxFeatures, RandomForest};
use crate::classification::samples::{Block, Grouping, Samples, Split, folds};
use crate::display::{Blocks, EvcxrDisplay, Grid, Progress, Side, show};
use crate::error::check_count;
use crate::{Error, Result, random};

/// Fits every candidate on parts of the training samples, keeps the one that judges the rest best,
/// and fits it on all of them: an inner, stratified k-fold search, itself a classifier. Its folds
/// keep networks whole. Among equals the first candidate wins.
#[derive(Debug, Clone)]
pub struct GridSearch {
    /// The classifiers to choose from.
    pub candidates: Vec<Arc<dyn Classifier>>,
    /// Parts the training samples are cut into, at least 2; default 5.
    pub folds: usize,
}

impl Default for GridSearch {
    /// [`GridSearch::forests`].
    fn default() -> Self {
        Self::forests()
    }
}

impl GridSearch {
    /// A search among `candidates` with 5 folds.
    pub fn among(candidates: Vec<Box<dyn Classifier>>) -> Self {
        Self { candidates: candidates.into_iter().map(Arc::from).collect(), folds: 5 }
    }

    /// The forests that Nayebi et al. 2020 (arXiv 2010.11765) chose from: 20 to 1000 trees × √p,
    /// log₂ p or all features per split. Its fifteen forests take five fits each: minutes, not
    /// seconds, on thousands of samples.
    pub fn forests() -> Self {
        let mut candidates: Vec<Box<dyn Classifier>> = Vec::new();
        for trees in [20, 50, 100, 500, 1000] {
            for max_features in [MaxFeatures::Sqrt, MaxFeatures::Log2, MaxFeatures::All] {
                candidates.push(Box::new(RandomForest {
                    trees,
                    max_features,
                    ..RandomForest::default()
                }));
            }
        }
        Self::among(candidates)
    }

    /// Linear SVMs over the range of C of Nayebi et al. 2020 (arXiv 2010.11765), 1 to 5e6.
    pub fn svms() -> Self {
        Self::svms_with(&[None])
    }

    /// The same, each with every choice of principal components: `None` means the features
    /// themselves.
    pub fn svms_with(components: &[Option<usize>]) -> Self {
        let machine = |c: f64, components: Option<usize>| {
            Box::new(LinearSvm { c, components, ..LinearSvm::default() }) as Box<dyn Classifier>
        };
        let costs = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 5e6];
        let with_all = |&kept: &Option<usize>| costs.map(|c| machine(c, kept));
        Self::among(components.iter().flat_map(with_all).collect())
    }

    /// What stays together in a fold: networks that share initial weights, if there are enough of
    /// these.
    fn blocks(&self, samples: &Samples) -> Vec<Block> {
        let together = Grouping::ByInitialisation.blocks(samples);
        if together.len() >= self.folds { together } else { Grouping::ByNetwork.blocks(samples) }
    }

    /// The folds; those that leave one class alone to learn from say nothing of candidates.
    fn splits(&self, samples: &Samples, seed: u64) -> Result<Vec<Split>> {
        let mut splits =
            folds(&self.blocks(samples), self.folds, &mut random::stream(seed, "search"));
        splits.retain(|split| {
            let mut labels = split.train.iter().map(|&row| samples.labels[row]);
            let first = labels.next();
            labels.any(|label| Some(label) != first)
        });
        if !splits.is_empty() {
            return Ok(splits);
        }
        Err(Error::Samples(format!(
            "each of the {} folds of the search leaves one class alone to learn from; train more seeds, or use \
             more folds",
            self.folds
        )))
    }

    /// The best candidate, and how the fits of all of them converged.
    fn chosen(&self, samples: &Samples, seed: u64) -> Result<(usize, Vec<Convergence>)> {
        let splits = self.splits(samples, seed)?;
        // Within the splits of an evaluation, which run in parallel, that tells how far it has
        // come.
        let is_within = rayon::current_thread_index().is_some();
        let progress = (!is_within)
            .then(|| Progress::new("fits of the search", self.candidates.len() * splits.len()));
        let judge = |candidate: &Arc<dyn Classifier>| -> Result<Vec<(usize, Vec<Convergence>)>> {
            let judged = splits.par_iter().map(|split| {
                let fitted = candidate.fit(&samples.select(&split.train), seed)?;
                let test = samples.select(&split.test);
                let guesses = fitted.predict(&test.features)?;
                progress.iter().for_each(|progress| progress.advance(1));
                let right =
                    guesses.iter().zip(&test.labels).filter(|(guess, label)| guess == label);
                Ok((right.count(), fitted.convergence()))
            });
            judged.collect()
        };
        let judged: Vec<Vec<(usize, Vec<Convergence>)>> =
            self.candidates.iter().map(judge).collect::<Result<_>>()?;
        progress.into_iter().for_each(Progress::finish);
        let scores: Vec<usize> =
            judged.iter().map(|folds| folds.iter().map(|(right, _)| right).sum()).collect();
        let best = scores.iter().max().copied().unwrap_or(0);
        let fits = judged.into_iter().flatten().flat_map(|(_, convergence)| convergence);
        Ok((scores.iter().position(|&score| score == best).unwrap_or(0), Convergence::sum(fits)))
    }

    /// Every class must be left in the training part of every fold.
    fn check_enough(&self, samples: &Samples) -> Result<()> {
        let bundles = Grouping::ByNetwork.bundles(samples);
        let mut counts = vec![0; samples.classes.len()];
        bundles.iter().for_each(|bundle| counts[bundle.label] += 1);
        match counts.iter().position(|&count| count > 0 && count < 2) {
            None if bundles.len() >= self.folds => Ok(()),
            lacking => Err(Error::Samples(format!(
                "{} networks are too few for a search with {} folds{}; train more seeds, or use fewer \
                 folds",
                bundles.len(),
                self.folds,
                lacking.map_or(String::new(), |class| format!(
                    " (class \"{}\" has 1)",
                    samples.classes[class]
                ))
            ))),
        }
    }
}

#[derive(Debug)]
struct Found {
    fitted: Box<dyn Fitted>,
    name: String,
    /// Of all fits, those of the folds and the last one.
    convergence: Vec<Convergence>,
}

impl Classifier for GridSearch {
    fn name(&self) -> String {
        format!("best of {} in {}-fold search", self.candidates.len(), self.folds)
    }

    fn check(&self) -> Result<()> {
        check_count("candidates", self.candidates.len())?;
        if self.folds < 2 {
            return Err(Error::setting("folds", self.folds, "it must be at least 2"));
        }
        self.candidates.iter().try_for_each(|candidate| candidate.check())
    }

    fn check_samples(&self, samples: &Samples) -> Result<()> {
        samples.check()?;
        self.check_enough(samples)?;
        self.candidates.iter().try_for_each(|candidate| candidate.check_samples(samples))
    }

    /// The first candidate, or what stands for it: among labels that mean nothing there is nothing
    /// to choose by.
    fn for_null(&self) -> Option<Arc<dyn Classifier>> {
        let first = self.candidates.first()?;
        Some(first.for_null().unwrap_or_else(|| Arc::clone(first)))
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        self.check()?;
        self.check_samples(samples)?;
        let (best, folds) = self.chosen(samples, seed)?;
        let best = &self.candidates[best];
        let fitted = best.fit(samples, seed)?;
        let convergence = Convergence::sum(folds.into_iter().chain(fitted.convergence()));
        Ok(Box::new(Found { fitted, name: best.name(), convergence }))
    }
}

impl Fitted for Found {
    fn features(&self) -> usize {
        self.fitted.features()
    }

    fn judge(&self, features: &ndarray::Array2<f64>) -> ndarray::Array2<f64> {
        self.fitted.judge(features)
    }

    fn importances(&self) -> Option<Vec<f64>> {
        self.fitted.importances()
    }

    fn out_of_bag(&self) -> Option<f64> {
        self.fitted.out_of_bag()
    }

    fn chosen(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn convergence(&self) -> Vec<Convergence> {
        self.convergence.clone()
    }
}

impl EvcxrDisplay for GridSearch {
    fn evcxr_blocks(&self) -> Blocks {
        let grid = Grid::new(Classifier::name(self)).column("candidate", Side::Left);
        let row = |grid: Grid, one: &Arc<dyn Classifier>| grid.row([one.name()]);
        self.candidates.iter().fold(grid, row).blocks()
    }
}

show!(GridSearch);
