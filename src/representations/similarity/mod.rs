//! How similar two layers represent the same stimuli.
//!
//! | measure | does not change under |
//! |---|---|
//! | [`Cka`], [`rv_coefficient`], [`procrustes()`] | rotations, one factor for all units |
//! | [`cca()`], [`pwcca()`] | every invertible linear map (of the second patterns in [`pwcca()`]) |
//! | [`Svcca`] | rotations, one factor for all units |

mod cca;
mod cka;
mod hsic;
mod kernel;
mod procrustes;
mod pwcca;
mod rv;
mod subspace;
mod svcca;

pub use cca::{CanonicalCorrelations, cca};
pub use cka::{Cka, CkaKernel, HsicEstimator, MedianOf};
pub use procrustes::{Procrustes, procrustes};
pub use pwcca::{ProjectionWeightedCca, pwcca};
pub use rv::rv_coefficient;
pub use svcca::{Svcca, SvccaCorrelations};
