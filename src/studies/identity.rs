use std::fmt::Write;

use ndarray::Array2;
use sha2::{Digest, Sha256};

use super::RunOptions;
use crate::data::{Examples, Task, hex};
use crate::training::{Study, Tasks};

/// The version of the library, which decides the last bits of every number.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A name for all that decides a study's numbers: the library's version, every setting of every
/// experiment, the data, the instrument and the observables.
pub(super) fn identity(study: &Study, options: &RunOptions) -> String {
    let mut text = format!("microlearners {VERSION}\n{:?}\n", options.instrument);
    // Without a grid the name is what it was before there were any.
    if let Some(grid) = &options.grid {
        let _ = writeln!(text, "{grid:?}");
    }
    let mut tasks = Tasks::default();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:?} {:?}", options.observables.names(), options.observables);
    let mut hash = Sha256::new();
    hash.update(text);
    for experiment in &study.experiments {
        hash.update(experiment.in_full(tasks.number(&experiment.task)));
        hash.update("\n");
    }
    tasks.known.iter().for_each(|task| hash.update(fingerprint(task)));
    hex(&hash.finalize())
}

fn fingerprint(task: &Task) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(format!("{} {:?}", task.name(), task.objective()));
    for examples in [Some(task.train()), task.validation(), Some(task.test())] {
        hash.update([u8::from(examples.is_some())]);
        if let Some(Examples { inputs, targets, labels, .. }) = examples {
            add(&mut hash, inputs);
            add(&mut hash, targets);
            hash.update(labels);
        }
        // Classifications, the commonest, have the names they had before there were others.
        hash.update(examples.and_then(Examples::supervision_in_words).unwrap_or_default());
    }
    add(&mut hash, task.probe());
    // So have tasks whose images are shown as they are.
    hash.update(task.augmentation().map(|own| format!("{own:?}")).unwrap_or_default());
    for phase in task.phases() {
        hash.update(format!("{:?}", phase.examples));
    }
    hash.finalize().to_vec()
}

fn add(hash: &mut Sha256, numbers: &Array2<f32>) {
    hash.update(format!("{:?}", numbers.dim()));
    for row in numbers.rows() {
        let bytes: Vec<u8> = row.iter().flat_map(|number| number.to_le_bytes()).collect();
        hash.update(bytes);
    }
}
