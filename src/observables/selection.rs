//! What a word means by which observables are chosen: in a
//! [`SampleSpec`](crate::classification::SampleSpec), in a study's file, and after `--observables`.
//!
//! First come the names of sets, then whole parts of names (a measure such as `weight`, or a
//! measure with its transform such as `weightraw`), then whole names.

use super::{Measure, ObservableSet, Summary, Transform};

/// The name of a set, and what it is.
type Named = (&'static str, fn() -> ObservableSet);

const SETS: [Named; 7] = [
    ("default", ObservableSet::default),
    ("standard", ObservableSet::standard),
    ("weights", ObservableSet::weights),
    ("activity", ObservableSet::activity),
    ("nayebi", ObservableSet::nayebi),
    ("geometry", ObservableSet::geometry),
    ("everything", ObservableSet::everything),
];

/// What a word chooses.
pub(crate) enum Chosen {
    /// All of a set, which must be there.
    Set(Vec<String>),
    /// Those with this part of a name that there are.
    Part(Vec<String>),
    /// The one of this name, which may be a reader's own.
    Name,
}

impl Chosen {
    /// By a word.
    pub(crate) fn by(word: &str) -> Self {
        if let Some((_, set)) = SETS.iter().find(|(name, _)| *name == word) {
            return Self::Set(set().names());
        }
        let has_part = |one: &Summary| parts(one.measure, one.transform).iter().any(|p| p == word);
        let with = Summary::catalogue().into_iter().filter(has_part);
        let with: Vec<String> = with.map(|one| one.to_string()).collect();
        if with.is_empty() { Self::Name } else { Self::Part(with) }
    }
}

fn parts(measure: Measure, transform: Transform) -> [String; 2] {
    [measure.to_string(), format!("{measure}{transform}")]
}

/// The words that mean more than one observable: sets, then parts of names.
pub(crate) fn words() -> Vec<String> {
    let mut words: Vec<String> = SETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    for Summary { measure, transform, .. } in Summary::catalogue() {
        for part in parts(measure, transform) {
            if !words.contains(&part) {
                words.push(part);
            }
        }
    }
    words
}
