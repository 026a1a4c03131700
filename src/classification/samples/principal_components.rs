//! Samples along their principal components.

use ndarray::Array2;

use super::labelled_features::Samples;
use super::z_scores::Scale;
use crate::statistics::{Pca, Projection};
use crate::{Error, Result};

impl Pca {
    /// Projects samples onto their own principal components.
    ///
    /// # Errors
    /// [`Error::Setting`] if more components are asked for than there are features or samples less
    /// one; [`Error::Samples`] if the samples are alike in all features; otherwise as
    /// [`Samples::check`], but one class is enough.
    pub fn project(&self, samples: &Samples) -> Result<Projection> {
        self.fit_scores(&spread_scores(samples)?)
    }
}

/// The z-scores of samples, if these differ in anything.
pub(super) fn spread_scores(samples: &Samples) -> Result<Array2<f64>> {
    samples.check_values()?;
    let scale = Scale::new(&samples.features);
    let scores = scale.apply(&samples.features);
    let first = scores.row(0);
    if scores.rows().into_iter().any(|row| row != first) {
        return Ok(scores);
    }
    let (n, p) = scores.dim();
    Err(Error::Samples(format!(
        "the {n} samples are alike in all {p} features, so that there is nothing to lay out; give them features \
         that differ, such as those of a later checkpoint"
    )))
}
