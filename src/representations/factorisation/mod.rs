//! Non-negative matrix factorisation: data as sums of parts.
//!
//! [`Nmf`] has the settings, and [`Nmf::fit`] gives an [`NmfFit`] with the codes and the parts.
//! [`NmfFit::encode`] finds the codes of other rows, and [`Nmf::fit_from`] starts from an
//! [`NmfStart`] of your own.

mod descent;
mod fit;
mod frobenius;
#[cfg(test)]
mod golden;
mod kullback_leibler;
mod leading;
mod nmf;
mod nndsvd;
mod objective;
mod sparseness;
mod start;
mod values;

pub use fit::{NmfConvergence, NmfFit};
pub use nmf::Nmf;
pub use objective::NmfObjective;
pub use start::{NmfInitialisation, NmfStart};
