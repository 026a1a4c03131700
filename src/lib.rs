//! Which learning rule is a network using?

pub mod classification;
pub mod data;
pub mod display;
pub mod error;
pub mod figures;
pub mod network;
pub mod notebook;
pub mod observables;
pub mod prelude;
pub mod random;
pub mod rules;
pub mod training;

pub use classification::classify;
pub use error::{Error, Result};
pub use observables::observe;
pub use training::train;
pub use {linfa, linfa_trees, ndarray, plotters, polars, polars_io};
