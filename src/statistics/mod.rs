//! Statistics of plain numbers, which every other room may use.
//!
//! A leaf: an [`Estimate`] is a mean with its [`Interval`]; [`quantile`] and [`ranks`] read what
//! the order of numbers says; [`Pca`] finds the directions in which rows of numbers differ most.

mod correlation;
mod distributions;
mod estimate;
mod pca;
mod ranks;
mod show;

pub use estimate::{Estimate, Interval};
pub use pca::{Pca, Projection};
pub use ranks::{quantile, ranks};

pub(crate) use correlation::{pearson, spearman};
pub(crate) use distributions::{normal_cdf, normal_quantile, student_t, student_t_above};
pub(crate) use estimate::{mean, wilson};
