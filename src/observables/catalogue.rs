//! Which observables there are. Those of a table's columns are known by their names, and a study's
//! file names them.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::{Geometry, Observable, Summary};

/// Observables of kinds of their own, beside the [`Summary`]s: a line for each.
const OTHERS: &[fn() -> Arc<dyn Observable>] = &[
    || Arc::new(Geometry::ParticipationRatio),
    || Arc::new(Geometry::Sparseness),
    || Arc::new(Geometry::Decoding),
    || Arc::new(Geometry::Category),
    || Arc::new(Geometry::CkaWithStart),
];

/// Every observable: all summaries, in every convention, and those of kinds of their own.
pub fn catalogue() -> Vec<Arc<dyn Observable>> {
    let summaries = Summary::catalogue().into_iter();
    let mut all: Vec<Arc<dyn Observable>> =
        summaries.map(|summary| Arc::new(summary) as Arc<dyn Observable>).collect();
    all.extend(OTHERS.iter().map(|make| make()));
    all
}

/// Whether there is one of this name.
pub(crate) fn is_in_catalogue(name: &str) -> bool {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    NAMES.get_or_init(|| catalogue().iter().map(|one| one.name()).collect()).contains(name)
}
