//! Multinomial logistic regression.

use linfa::ParamGuard as _;
use linfa::dataset::DatasetBase;
use linfa::traits::Fit as _;
use linfa_logistic::{MultiFittedLogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::scale::Scale;
use super::{Classifier, Fitted, Samples};
use crate::error::{check_not_negative, check_positive};
use crate::{Error, Result};

/// Multinomial logistic regression on z-scored features, by linfa-logistic (L-BFGS).
///
/// Minimises −Σ log p(label) + ½ · `penalty` · ‖W‖² without penalty on the intercepts: scikit-learn's
/// `LogisticRegression` with C = 1 / `penalty`. Uses no random numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    /// Weight of the squared coefficients, at least 0; default 1, scikit-learn's.
    pub penalty: f64,
    /// Steps of the optimiser at most; default 1000.
    pub max_iterations: u64,
    /// Length of the gradient at which it stops; default 1e-4.
    pub tolerance: f64,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self { penalty: 1.0, max_iterations: 1000, tolerance: 1e-4 }
    }
}

#[derive(Debug)]
struct FittedLogistic {
    scale: Scale,
    model: MultiFittedLogisticRegression<f64, usize>,
    classes: usize,
}

impl Classifier for LogisticRegression {
    fn name(&self) -> String {
        format!("logistic regression, penalty {}", self.penalty)
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
            .map_err(|error| Error::Samples(format!("logistic regression gave up: {error}")))?;
        Ok(Box::new(FittedLogistic { scale, model, classes: samples.classes.len() }))
    }
}

impl Fitted for FittedLogistic {
    fn probabilities(&self, features: &Array2<f64>) -> Array2<f64> {
        let known = self.model.predict_probabilities(&self.scale.apply(features));
        let mut all = Array2::zeros((features.nrows(), self.classes));
        for (column, &class) in self.model.classes().iter().enumerate() {
            all.column_mut(class).assign(&known.column(column));
        }
        all
    }
}
