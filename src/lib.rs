//! Which learning rule is a network using?

pub mod data;
pub mod display;
pub mod error;
pub mod figures;
pub mod network;
pub mod notebook;
pub mod observables;
pub mod random;
pub mod rules;
pub mod training;

pub use error::{Error, Result};
pub use {linfa, ndarray, plotters, polars, polars_io};
