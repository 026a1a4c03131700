//! How the learning rate changes as learning goes on.

use serde::{Deserialize, Serialize};

/// How the learning rate changes from step to step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Annealing {
    /// It stays.
    None,
    /// It falls linearly, from its full value in the first step to almost 0 in the last; the
    /// default.
    #[default]
    Linear,
}

impl Annealing {
    /// The factor of the learning rate in step `step` of `steps`, counted from 0.
    pub(super) fn factor(self, step: usize, steps: usize) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Linear => 1.0 - step as f64 / steps as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_falls_from_one() {
        assert_eq!(Annealing::Linear.factor(0, 4), 1.0);
        assert_eq!(Annealing::Linear.factor(3, 4), 0.25);
        assert_eq!(Annealing::None.factor(3, 4), 1.0);
    }
}
