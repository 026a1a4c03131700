//! Weights in the course of time.

use serde::{Deserialize, Serialize};

/// The weights of a projection at several times.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WeightHistory {
    /// The times in ms.
    pub times_ms: Vec<f64>,
    /// The weights at each time, in the order of the pairs.
    pub weights: Vec<Vec<f64>>,
}
