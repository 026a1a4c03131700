//! What an instrument looks at, as plain data, from whatever made it.
//!
//! A [`RecordedNetwork`] holds one [`Recording`] per checkpoint, and a recording one
//! [`RecordedLayer`] per layer: weights, the change by the last update, activity, and a
//! [`LayerSpec`] where it is known what the layer is beside its weights. A
//! [`Trajectory`](crate::training::Trajectory) gives one ([`RecordedNetwork::of`]), a run directory
//! with saved weights gives one
//! ([`RunDirectory::recorded`](crate::studies::RunDirectory::recorded)), and so does a folder of
//! checkpoints from PyTorch, JAX or NumPy ([`RecordedFolder::read`]; docs/elsewhere.md has the
//! format). [`observe_recordings`](crate::observables::observe_recordings) measures all of them
//! alike. A recording carries no learner.

mod assembly;
mod chain;
mod checkpoint_file;
mod folder;
mod forward_pass;
mod keys;
mod layer_spec;
mod layer_table;
mod naming;
mod network;
mod npy;
mod npz;
mod orientation;
mod recording;
mod show;
mod source;
mod stimuli;
mod toml_file;
mod trajectory;

pub use folder::RecordedFolder;
pub use keys::NOTE_PREFIX;
pub use layer_spec::LayerSpec;
pub use layer_table::{LayerEntry, LayerTable, WeightOrder};
pub use network::RecordedNetwork;
pub(crate) use orientation::taps_of;
pub use recording::{RecordedLayer, Recording};
pub use trajectory::ActivityOf;
