//! Representational similarity analysis: which stimuli does a network find similar, and which model
//! predicts that?
//!
//! Patterns of activity (stimuli × units) have an [`Rdm`] by a [`Dissimilarity`], or by
//! [`mahalanobis`] and [`crossnobis`] in units of noise ([`NoiseEstimator`]). A [`Comparison`] says
//! how alike two RDMs are, of layers, networks or animals with different numbers of units.
//! [`evaluate()`] compares models ([`RdmModel`]) with the RDMs of subjects and with their
//! [`noise_ceiling()`]. [`evaluate_by_bootstrap`] generalises to other stimuli, and
//! [`cross_validate`] judges models with weights. A *subject* is what is repeated: networks of
//! other seeds, or animals.
//!
//! Definitions are those of rsatoolbox 0.3.2, with four differences. Conditions keep the order of
//! their first appearance, and RDMs are matched by name. What is undefined is an error, not 0 or
//! NaN. Means of a bootstrap are those of the data. The Euclidean distance is not squared, which
//! rsatoolbox's `euclidean` is.
//!
//! ```
//! use microlearners::ndarray::array;
//! use microlearners::representations::{Comparison, Dissimilarity, Rdm, RdmModel, evaluate};
//!
//! let names = ["cat", "dog", "car", "bus"].map(String::from);
//! let networks = [
//!     array![[1.0, 0.1, 0.2], [0.9, 0.0, 0.4], [0.1, 1.0, 0.9], [0.3, 0.8, 1.0]],
//!     array![[0.8, 0.3, 0.1], [1.0, 0.2, 0.0], [0.0, 0.7, 1.0], [0.2, 1.0, 0.6]],
//!     array![[0.9, 0.2, 0.2], [0.7, 0.1, 0.1], [0.1, 0.9, 0.6], [0.0, 0.9, 0.9]],
//! ];
//! let rdms = Dissimilarity::SquaredEuclidean.rdms(&networks, &names)?;
//! let groups = ["animal", "animal", "vehicle", "vehicle"].map(String::from);
//! let model = RdmModel::fixed("animacy", &Rdm::of_groups(&names, &groups)?);
//! let found = evaluate(&[model], &rdms, Comparison::Cosine)?;
//! assert!(found.models[0].mean > 0.9);
//! # Ok::<(), microlearners::Error>(())
//! ```

mod bootstrap;
mod comparison;
mod corrections;
mod cross_validation;
mod dissimilarity;
mod dual_bootstrap;
mod evaluate;
mod evaluation;
mod fitting;
#[cfg(test)]
mod fixtures;
mod folds;
mod gram;
mod groups;
mod kendall;
mod linear;
mod models;
mod noise_ceiling;
mod noise_normalised;
mod noise_precision;
mod pairs;
mod panels;
mod patterns;
mod pooling;
mod rdm;
#[cfg(test)]
mod reference;
mod resample;
mod scores;
mod whitening;

pub use bootstrap::{RdmBootstrap, evaluate_by_bootstrap};
pub use comparison::Comparison;
pub use corrections::{benjamini_hochberg, holm};
pub use cross_validation::{RdmCrossValidation, cross_validate};
pub use dissimilarity::Dissimilarity;
pub use dual_bootstrap::DualBootstrap;
pub use evaluate::evaluate;
pub use evaluation::{Evaluation, Generalisation, ModelEvaluation, ModelPair, TTest};
pub use folds::RdmFold;
pub(in crate::representations) use gram::products_of_rows;
pub use groups::GroupMeans;
pub use models::{ModelFit, RdmModel};
pub use noise_ceiling::{NoiseCeiling, cross_validated_ceiling, noise_ceiling};
pub use noise_normalised::{crossnobis, mahalanobis};
pub use noise_precision::{NoiseEstimator, RepeatResiduals, residuals_of_repeats};
pub use rdm::{Rdm, RdmPair};
