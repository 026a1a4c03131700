//! What a layer's activity says about the stimuli, and how alike layers, networks and people are.
//!
//! All functions take patterns of activity, stimuli × units, of one layer at one checkpoint.
//! An [`Rdm`] (representational dissimilarity matrix) holds how different a layer finds each pair of
//! stimuli; a [`Comparison`] says how alike two of them are, and [`evaluate()`] compares models with
//! many. [`dimensionality`], [`Sparseness`], [`selectivity`] and [`Decoding`] describe one layer. [`Cka`],
//! [`cca()`] and [`procrustes()`] compare two layers that saw the same stimuli. [`classical_mds`],
//! [`Smacof`] and [`principal_components`] draw maps. [`factorisation`] decomposes data into parts;
//! [`human`] compares networks with people.

pub mod factorisation;
mod geometry;
pub mod human;
mod mds;
mod patterns;
mod rsa;
mod show;
mod similarity;
mod symmetric;
#[cfg(test)]
mod test_patterns;

pub use geometry::{
    Decoded, Decoder, Decoding, Dimensionality, FewShotGeometry, FewShotSimulation, HeldOut,
    LinearDecoder, PatternComponents, PreferredFrom, SimulatedError, Sparseness, UnitSelectivity,
    category_correlation, dimensionality, dimensionality_of_covariance, few_shot_geometry,
    fraction_active, participation_ratio, principal_components, selectivity,
};
pub use mds::{ClassicalMap, Smacof, SmacofMap, SmacofStart, classical_mds};
pub use rsa::{
    Comparison, Dissimilarity, DualBootstrap, Evaluation, Generalisation, GroupMeans,
    ModelEvaluation, ModelFit, ModelPair, NoiseCeiling, NoiseEstimator, Rdm, RdmBootstrap,
    RdmCrossValidation, RdmFold, RdmModel, RdmPair, RepeatResiduals, TTest, benjamini_hochberg,
    cross_validate, cross_validated_ceiling, crossnobis, evaluate, evaluate_by_bootstrap, holm,
    mahalanobis, noise_ceiling, residuals_of_repeats,
};
pub use similarity::{
    CanonicalCorrelations, Cka, CkaKernel, HsicEstimator, MedianOf, Procrustes,
    ProjectionWeightedCca, Svcca, SvccaCorrelations, cca, procrustes, pwcca, rv_coefficient,
};
