//! What an experimenter can measure.
//!
//! The table that comes out of an experiment has one row per run × checkpoint × layer. Its columns
//! are of three kinds, and only the third may be shown to a classifier.

/// Columns that say which measurement a row is. `run` counts networks, `checkpoint` counts the
/// measurements of one network from 0 (before learning), `step` counts weight updates, `layer` counts
/// layers of synapses from 1, and `depth` is `early`, `middle` or `deep`.
pub const KEY_COLUMNS: [&str; 13] = [
    "run",
    "rule",
    "optimizer",
    "task",
    "architecture",
    "learning_rate",
    "batch_size",
    "model_seed",
    "data_seed",
    "checkpoint",
    "step",
    "layer",
    "depth",
];

/// Columns that say how the network was doing; context for a reader, never a feature.
pub const CONTEXT_COLUMNS: [&str; 5] =
    ["loss", "accuracy", "validation_accuracy", "test_accuracy", "weight_change"];

/// Columns that start like this hold what no experimenter could have, such as the angle to the true
/// gradient; never a feature.
pub const PRIVILEGED_PREFIX: &str = "privileged_";
