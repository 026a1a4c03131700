//! Multinomial logistic regression.

use linfa::ParamGuard as _;
use linfa::dataset::DatasetBase;
use linfa::traits::Fit as _;
use linfa_logistic::{MultiFittedLogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, Fitted, show_classifiers};
use super::convergence::Convergence;
use super::recipe::Recipe;
use crate::classification::samples::{Samples, Scale};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// The gradient of a fit that converged is at most so many tolerances long: where steps no longer
/// change the cost in its last digit, the solver stops a little before its tolerance.
const SLACK: f64 = 10.0;

/// Multinomial logistic regression on z-scored features, by linfa-logistic (L-BFGS).
///
/// Minimises −Σ log p(label) + ½ · `penalty` · ‖W‖² without penalty on the intercepts:
/// scikit-learn's `LogisticRegression` with C = 1 / `penalty`. Uses no random numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    /// Weight of the squared coefficients, at least 0; default 1, scikit-learn's.
    pub penalty: f64,
    /// Steps of the optimiser at most; default 1000. Where these are too few, reports say so.
    pub max_iterations: u64,
    /// Length of the gradient at which it stops; default 1e-4.
    pub tolerance: f64,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self { penalty: 1.0, max_iterations: 1000, tolerance: 1e-4 }
    }
}

type Model = MultiFittedLogisticRegression<f64, usize>;

#[derive(Debug)]
struct FittedLogistic {
    scale: Scale,
    model: Model,
    classes: usize,
    name: String,
    is_optimal: bool,
}

impl Classifier for LogisticRegression {
    fn name(&self) -> String {
        format!("logistic regression, penalty {}", self.penalty)
    }

    fn recipe(&self) -> Option<String> {
        Recipe::Logistic(self.clone()).text()
    }

    fn check(&self) -> Result<()> {
        check_not_negative("penalty", self.penalty)?;
        check_positive("max_iterations", self.max_iterations as f64)?;
        check_positive("tolerance", self.tolerance)
    }

    fn fit(&self, samples: &Samples, _seed: u64) -> Result<Box<dyn Fitted>> {
        self.check()?;
        samples.check()?;
        let scale = Scale::new(&samples.features);
        let labels = Array1::from_vec(samples.labels.clone());
        let data = DatasetBase::new(scale.apply(&samples.features), labels);
        let model = MultiLogisticRegression::default()
            .alpha(self.penalty)
            .max_iterations(self.max_iterations)
            .gradient_tolerance(self.tolerance)
            .check()
            .and_then(|recipe| recipe.fit(&data))
            .map_err(|error| {
                Error::Samples(format!(
                    "logistic regression with a penalty of {} gave up: {error}; give it a larger penalty",
                    self.penalty
                ))
            })?;
        let is_optimal = self.slope(&model, &data) <= SLACK * self.tolerance;
        let (classes, name) = (samples.classes.len(), self.name());
        Ok(Box::new(FittedLogistic { scale, model, classes, name, is_optimal }))
    }
}

impl LogisticRegression {
    /// The length of the gradient where the solver stopped, which does not say why it did.
    fn slope(&self, model: &Model, data: &DatasetBase<Array2<f64>, Array1<usize>>) -> f64 {
        let mut errors = model.predict_probabilities(data.records());
        for (mut error, label) in errors.rows_mut().into_iter().zip(data.targets()) {
            let class = model.classes().iter().position(|class| class == label);
            class.into_iter().for_each(|class| error[class] -= 1.0);
        }
        let weights = data.records().t().dot(&errors) + self.penalty * model.params();
        let intercepts = errors.sum_axis(Axis(0));
        weights.iter().chain(&intercepts).map(|slope| slope * slope).sum::<f64>().sqrt()
    }
}

impl Fitted for FittedLogistic {
    fn features(&self) -> usize {
        self.scale.features()
    }

    fn convergence(&self) -> Vec<Convergence> {
        Convergence::of(&self.name, self.is_optimal)
    }

    fn judge(&self, features: &Array2<f64>) -> Array2<f64> {
        let known = self.model.predict_probabilities(&self.scale.apply(features));
        let mut all = Array2::zeros((features.nrows(), self.classes));
        for (column, &class) in self.model.classes().iter().enumerate() {
            all.column_mut(class).assign(&known.column(column));
        }
        all
    }
}

show_classifiers!(LogisticRegression);
