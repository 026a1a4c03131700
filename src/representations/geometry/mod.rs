//! What one layer's patterns look like: their dimension, sparseness, and what they tell of classes.

mod category;
mod classes;
mod components;
mod decoder;
mod decoding;
mod dimensionality;
mod few_shot;
mod few_shot_simulation;
mod selectivity;
mod sparseness;
mod unit;

pub use category::category_correlation;
pub use components::{PatternComponents, principal_components};
pub use decoder::{Decoder, LinearDecoder};
pub use decoding::{Decoded, Decoding, HeldOut};
pub use dimensionality::{
    Dimensionality, dimensionality, dimensionality_of_covariance, participation_ratio,
};
pub use few_shot::{FewShotGeometry, few_shot_geometry};
pub use few_shot_simulation::{FewShotSimulation, SimulatedError};
pub use selectivity::{PreferredFrom, selectivity};
pub use sparseness::{Sparseness, fraction_active};
pub use unit::UnitSelectivity;
