//! What several topics need.

use std::sync::OnceLock;

use microlearners::data::{Dataset, Task, TaskSettings};
use microlearners::training::Experiment;

/// Whether the full set of tests is asked for, with `MICROLEARNERS_FULL=1`: more seeds, and
/// networks that take minutes.
pub(crate) fn is_full() -> bool {
    std::env::var_os("MICROLEARNERS_FULL").is_some_and(|value| !value.is_empty() && value != "0")
}

/// MNIST, read once for all tests.
pub(crate) fn mnist() -> &'static Dataset {
    static DATA: OnceLock<Dataset> = OnceLock::new();
    DATA.get_or_init(|| Dataset::mnist().unwrap())
}

/// All of MNIST with the published normalisation.
pub(crate) fn digits() -> &'static Task {
    static TASK: OnceLock<Task> = OnceLock::new();
    TASK.get_or_init(|| Task::classification(mnist(), &TaskSettings::default()).unwrap())
}

/// A task that trains in milliseconds.
pub(crate) fn small() -> Task {
    Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap()
}

/// A run of the small task: 8 hidden units, 20 examples a step, 4 checkpoints.
pub(crate) fn small_experiment() -> Experiment {
    use microlearners::network::Architecture;
    use microlearners::training::Checkpoints;
    Experiment::new(&small())
        .architecture(Architecture::hidden(&[8]))
        .batch_size(20)
        .checkpoints(Checkpoints::Count(4))
}
