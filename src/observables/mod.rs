//! What an experimenter can measure.
//!
//! An [`Observable`] is a number for one layer of a network at one moment. The catalogue is made of
//! [`Summary`]s: a [`Measure`] (weights, activity, activity change, the last weight change), a
//! [`Transform`] (raw, absolute, square) and a [`Statistic`]. An [`Instrument`] stands between the
//! network and the experimenter: it adds noise and sees a part of the units. [`observe`] measures a
//! trajectory into one table: a row per checkpoint × layer, with columns of three kinds: keys
//! ([`KEY_COLUMNS`]), context ([`CONTEXT_COLUMNS`]) and features. Only features are shown to a
//! classifier: the observables of the catalogue, and those of a reader's own that the study
//! measured ([`OWN_OBSERVABLES`]); none that starts with [`PRIVILEGED_PREFIX`]. Tables of several
//! studies come below one another by [`stack`].
//!
//! Definitions follow Nayebi, Srivastava, Ganguli & Yamins 2020, *Identifying learning rules from
//! neural network observables*, arXiv 2010.11765 ("the 2020 study"), and its code,
//! <https://github.com/neuroailab/lr-identify> ("the 2020 code"); where ours differ, the statistic
//! says so.

mod catalogue;
pub(crate) mod columns;
mod declared;
mod geometry;
mod instrument;
mod layer_view;
mod marked;
mod matched_differences;
mod mean_over;
mod measurer;
mod moments;
mod network_similarities;
mod networks;
mod observe;
mod observe_recordings;
mod quantiles;
mod rdm_file;
mod records;
mod selection;
mod show;
mod stacked;
mod study_rdms;
mod summary;
mod variance_shares;
mod without_scale;

pub use catalogue::catalogue;
pub use declared::OWN_OBSERVABLES;
use declared::declared_some;
pub(crate) use declared::own_column;
pub(crate) use declared::{declared, is_measured};

pub use geometry::Geometry;
pub use instrument::{Instrument, InstrumentGrid, Noise, NoiseUnit};
pub use layer_view::LayerView;
pub(crate) use marked::marked;
pub(crate) use matched_differences::pairs;
pub use matched_differences::{effect_sizes, matched_differences};
pub use mean_over::mean_over;
pub use moments::Moments;
pub use network_similarities::{NetworkSimilarities, PairKind};
pub(crate) use networks::Networks;
pub use observe::{observe, observe_grid};
pub use observe_recordings::observe_recordings;
pub use quantiles::Quantiles;
pub use records::Records;
pub(crate) use selection::{Chosen, words};
pub use stacked::stack;
pub use study_rdms::{RdmSpec, StudyRdms};
pub use summary::{Measure, Observable, ObservableSet, Statistic, Summary, Transform};
pub use variance_shares::variance_shares;
pub use without_scale::{DividedBy, without_scale};

/// Columns that say which measurement a row is. `run` counts networks, `checkpoint` counts the
/// measurements of one network from 0 (before learning), `step` counts weight updates, `layer`
/// counts layers of synapses from 1, and `depth` is the third of the network that a layer's middle
/// lies in: `early`, `middle` or `deep`. `noise` and `fraction` are there only where several
/// instruments looked ([`InstrumentGrid`]), and `network`, a name, only for networks that were
/// recorded ([`observe_recordings`]).
pub const KEY_COLUMNS: [&str; 20] = [
    "run",
    "rule",
    "rule_settings",
    "optimizer",
    "optimizer_settings",
    "task",
    "architecture",
    "initialiser",
    "learning_rate",
    "batch_size",
    "epochs",
    "model_seed",
    "data_seed",
    "checkpoint",
    "step",
    "layer",
    "depth",
    "noise",
    "fraction",
    NETWORK,
];

/// The column with the names of recorded networks.
pub(crate) const NETWORK: &str = "network";

/// Those of them that say which experiment it was
/// ([`Experiment::key_columns`](crate::training::Experiment::key_columns)).
pub(crate) const EXPERIMENT_COLUMNS: &[&str] = KEY_COLUMNS.split_at(13).0.split_at(1).1;

/// The accuracy of a network on all test examples, in stored histories.
pub(crate) const WHOLE_TEST_ACCURACY: &str = "whole_test_accuracy";

/// Columns that say how the network was doing; context for a reader, never a feature.
pub const CONTEXT_COLUMNS: [&str; 5] =
    ["loss", "accuracy", "validation_accuracy", "test_accuracy", "weight_change"];

/// Columns that start like this hold what no experimenter could have, such as the angle to the true
/// gradient; never a feature.
pub const PRIVILEGED_PREFIX: &str = "privileged_";

/// Keys that are made of others: the family of the rule; the hidden part of the architecture; the
/// rule with its optimizer; the rank of the learning rate; the catalogue's name of the architecture.
pub(crate) const DERIVED_KEYS: [&str; 5] =
    ["family", "hidden_layers", "algorithm", "learning_rate_index", "architecture_name"];
