//! A rule at work.
//!
//! An [`Experiment`] says everything that decides a run: task, architecture, rule, optimizer,
//! learning rate, batch size, epochs, seeds. [`train`] carries it out and returns a [`Trajectory`]:
//! the network at its checkpoints, the first before any learning. A [`Design`] is a published set
//! of such settings, a [`Study`] many experiments that differ in some of them.

mod checkpoints;
mod constraint;
mod context;
mod design;
mod evaluation;
mod experiment;
mod masked;
mod optimizer;
mod recorded_batch;
mod show;
mod study;
mod trainer;
mod trajectory;
mod witnesses;

pub use checkpoints::Checkpoints;
pub use constraint::{ConstrainedLayers, Constraint};
pub use design::Design;
pub(crate) use evaluation::evaluate;
pub use evaluation::{Calibration, Score};
pub use experiment::{Experiment, Seeds};
pub(crate) use optimizer::OptimizerState;
pub use optimizer::{Method, Optimizer, UpdateNoise};
pub use recorded_batch::{RecordedBatch, RecordedSynapses, record_batches};
pub use study::Study;
pub(crate) use study::Tasks;
pub use trainer::train;
pub(crate) use trainer::{Keep, train_before, train_seen};
pub use trajectory::{Outcome, Snapshot, Trajectory};
pub(crate) use witnesses::{Copied, Witnessed};
