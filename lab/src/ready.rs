//! What a set-up gives.

use crate::paths::Lab;
use std::path::PathBuf;

/// A checkout whose notebooks can be opened and run.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) lab: Lab,
    pub(crate) python: PathBuf,
    pub(crate) evcxr: PathBuf,
}
