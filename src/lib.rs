//! skeleton
#![allow(missing_docs)]
pub use {linfa, ndarray, plotters, polars, polars_io};
