//! The linear support vector machine.

mod solver;

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, Fitted, show_classifiers};
use super::convergence::Convergence;
use super::recipe::Recipe;
use crate::classification::samples::{Samples, Scale};
use crate::error::{check_count, check_positive};
use crate::statistics::{Pca, Projection};
use crate::{Error, Result};
use solver::{Limits, Machine};

/// The solver keeps all inner products of a pair of classes at once: 8 · n² bytes.
const MOST_SAMPLES: usize = 20_000;

/// A linear support vector machine on z-scored features, one per pair of classes.
///
/// Cortes and Vapnik, "Support-Vector Networks", Machine Learning 20 (1995), doi
/// 10.1007/BF00994018. Solved by sequential minimal optimisation, with linfa-svm's results. The
/// class with the most pairwise wins is chosen, as in scikit-learn's `SVC(kernel="linear")`; ties
/// go to the larger summed margin. Its "probabilities" are wins, plus a part of one for the margin,
/// normalised and not calibrated. Takes at most 20,000 samples. Uses no random numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearSvm {
    /// Price of a margin violation, above 0; default 1. Nayebi et al. 2020 try 1 to 5e6.
    pub c: f64,
    /// Principal components to keep of the z-scored features, at most (a control with fewer
    /// features keeps what it has); default none, all features are used.
    pub components: Option<usize>,
    /// Violation of optimality at which the solver stops, above 0; default 1e-3, libsvm's.
    pub tolerance: f64,
    /// Steps of the solver at most for each pair of classes, at least 1; default 100,000. A fit
    /// that takes more stops there, and reports say so: classes that no line separates take ever
    /// more steps the larger C is.
    #[serde(default = "usual_steps")]
    pub max_iterations: usize,
}

fn usual_steps() -> usize {
    100_000
}

impl Default for LinearSvm {
    fn default() -> Self {
        Self { c: 1.0, components: None, tolerance: 1e-3, max_iterations: usual_steps() }
    }
}

#[derive(Debug)]
struct Duel {
    first: usize,
    second: usize,
    machine: Machine,
}

#[derive(Debug)]
struct FittedSvm {
    scale: Scale,
    projection: Option<Projection>,
    duels: Vec<Duel>,
    classes: usize,
    name: String,
}

/// All pairs of classes that occur.
fn pairs(samples: &Samples) -> Vec<(usize, usize)> {
    let counts = samples.class_counts();
    let present: Vec<usize> = (0..counts.len()).filter(|&class| counts[class] > 0).collect();
    let with_later = |(place, &first): (usize, &usize)| {
        present[place + 1..].iter().map(move |&second| (first, second)).collect::<Vec<_>>()
    };
    present.iter().enumerate().flat_map(with_later).collect()
}

impl LinearSvm {
    fn duel(
        &self,
        features: &Array2<f64>,
        labels: &[usize],
        (first, second): (usize, usize),
    ) -> Duel {
        let involved = |row: &usize| labels[*row] == first || labels[*row] == second;
        let rows: Vec<usize> = (0..labels.len()).filter(involved).collect();
        let is_first: Vec<bool> = rows.iter().map(|&row| labels[row] == first).collect();
        let limits = Limits { c: self.c, tolerance: self.tolerance, steps: self.max_iterations };
        let machine = Machine::fit(&features.select(Axis(0), &rows), &is_first, limits);
        Duel { first, second, machine }
    }
}

fn check_size(samples: usize) -> Result<()> {
    if samples <= MOST_SAMPLES {
        return Ok(());
    }
    Err(Error::Samples(format!(
        "{samples} samples are too many for the linear SVM, which keeps all inner products in memory \
         (at most {MOST_SAMPLES}); use LogisticRegression or RandomForest"
    )))
}

impl Classifier for LinearSvm {
    fn name(&self) -> String {
        match self.components {
            Some(kept) => format!("linear SVM, C {}, {kept} components", self.c),
            None => format!("linear SVM, C {}", self.c),
        }
    }

    fn recipe(&self) -> Option<String> {
        Recipe::Svm(self.clone()).text()
    }

    fn check(&self) -> Result<()> {
        check_positive("c", self.c)?;
        check_positive("tolerance", self.tolerance)?;
        check_count("max_iterations", self.max_iterations)?;
        check_count("components", self.components.unwrap_or(1))
    }

    fn check_samples(&self, samples: &Samples) -> Result<()> {
        samples.check()?;
        check_size(samples.len())
    }

    fn fit(&self, samples: &Samples, _seed: u64) -> Result<Box<dyn Fitted>> {
        self.check()?;
        self.check_samples(samples)?;
        let scale = Scale::new(&samples.features);
        let mut features = scale.apply(&samples.features);
        let (n, p) = features.dim();
        let most = p.min(n.saturating_sub(1)).max(1);
        let fit_pca =
            |components: usize| Pca { components: components.min(most) }.fit_scores(&features);
        let projection = self.components.map(fit_pca).transpose()?;
        if let Some(projection) = &projection {
            features = projection.project_scores(&features);
        }
        let duels = pairs(samples)
            .into_par_iter()
            .map(|pair| self.duel(&features, &samples.labels, pair))
            .collect();
        let (classes, name) = (samples.classes.len(), self.name());
        Ok(Box::new(FittedSvm { scale, projection, duels, classes, name }))
    }
}

impl Fitted for FittedSvm {
    fn features(&self) -> usize {
        self.scale.features()
    }

    fn convergence(&self) -> Vec<Convergence> {
        Convergence::of(&self.name, self.duels.iter().all(|duel| duel.machine.is_optimal))
    }

    fn judge(&self, features: &Array2<f64>) -> Array2<f64> {
        let mut features = self.scale.apply(features);
        if let Some(projection) = &self.projection {
            features = projection.project_scores(&features);
        }
        let mut shares = Array2::zeros((features.nrows(), self.classes));
        for (row, mut share) in shares.rows_mut().into_iter().enumerate() {
            share.assign(&self.votes(features.row(row)));
        }
        shares
    }
}

impl FittedSvm {
    /// Wins of each class plus its summed margins squeezed into less than half a win, normalised.
    fn votes(&self, sample: ndarray::ArrayView1<'_, f64>) -> Array1<f64> {
        let mut wins = Array1::<f64>::zeros(self.classes);
        let mut margins = Array1::<f64>::zeros(self.classes);
        for duel in &self.duels {
            let margin = duel.machine.margin(sample);
            wins[if margin >= 0.0 { duel.first } else { duel.second }] += 1.0;
            margins[duel.first] += margin;
            margins[duel.second] -= margin;
        }
        let scores = wins + margins.mapv(|sum| (1.0 + sum / (3.0 * (sum.abs() + 1.0))) / 2.0);
        let total = scores.sum();
        scores / total
    }
}

show_classifiers!(LinearSvm);
