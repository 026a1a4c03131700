//! Which learning rule is a network using?

pub mod classification;
pub mod error;
pub mod observables;
pub mod random;

pub use error::{Error, Result};
pub use {linfa, ndarray, plotters, polars, polars_io};
