//! How a unit answers its input.

use serde::{Deserialize, Serialize};

/// How a unit's activity follows from its input Σ w pre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Response {
    /// The input itself.
    #[default]
    Linear,
    /// The input, or 0 if that is negative.
    Rectified,
    /// 1 / (1 + e^−input).
    Sigmoid,
}

impl Response {
    /// The activity.
    pub(super) fn of(self, input: f64) -> f64 {
        match self {
            Self::Linear => input,
            Self::Rectified => input.max(0.0),
            Self::Sigmoid => 1.0 / (1.0 + (-input).exp()),
        }
    }

    /// Its derivative; 0 at the corner of the rectified one.
    pub(super) fn slope(self, input: f64) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Rectified => f64::from(u8::from(input > 0.0)),
            Self::Sigmoid => self.of(input) * (1.0 - self.of(input)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_finite_differences() {
        for response in [Response::Linear, Response::Rectified, Response::Sigmoid] {
            for input in [-1.3, 0.4, 2.0] {
                let expected = (response.of(input + 1e-6) - response.of(input - 1e-6)) / 2e-6;
                assert!((response.slope(input) - expected).abs() < 1e-9, "{response:?} {input}");
            }
        }
    }
}
