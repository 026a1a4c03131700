//! Which seeds a study has.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::training::Seeds;

/// Consecutive model seeds, and the data seeds that go with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seeding {
    /// The first seed.
    pub first: u64,
    /// How many there are.
    pub count: u64,
    /// So many data seeds with each of them, consecutive and from the same first one, so that the
    /// order of examples varies while weights begin alike; if absent, one that equals the model seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<u64>,
}

impl Seeding {
    /// So many consecutive seeds from `first`.
    pub fn new(first: u64, count: u64) -> Self {
        Self { first, count, data: None }
    }

    /// Every pair of a model seed and a data seed.
    pub(super) fn each(self) -> impl Iterator<Item = Seeds> {
        let data = move |model: u64| match self.data {
            None => model..model + 1,
            Some(count) => self.first..self.first + count,
        };
        let model = self.first..self.first + self.count;
        model.flat_map(move |model| data(model).map(move |data| Seeds { model, data }))
    }

    /// How many pairs there are.
    pub(super) fn pairs(self) -> u64 {
        self.count.saturating_mul(self.data.unwrap_or(1))
    }
}

impl Default for Seeding {
    fn default() -> Self {
        Self::new(0, 30)
    }
}

impl fmt::Display for Seeding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.count, self.first)?;
        self.data.map_or(Ok(()), |data| write!(f, ", each with {data} orders of the examples"))
    }
}
