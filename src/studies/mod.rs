//! Many networks, and what survives of them.
//!
//! A [`Plan`] is a study as a value that is also a file: rules, architectures, tasks, seeds. Its
//! [`study`](Plan::study) is the list of experiments.
//! [`Study::run_in`](crate::training::Study::run_in) carries a study out in a [`RunDirectory`],
//! where every finished network is on disk before it counts as finished: killed at any moment and
//! started again, it goes on where it was, and the tables are those of an uninterrupted run, to the
//! bit. Several processes share the work by taking a [`Shard`] each. The tables are read lazily:
//! nothing until it is asked for, and then the columns that are.
//!
//! ```
//! use microlearners::prelude::*;
//!
//! let (tasks, batch_sizes) = (vec![TaskPlan::synthetic()], vec![20]);
//! let plan = Plan { tasks, batch_sizes, ..Plan::of(&Design::moving(), 2) };
//! let folder = std::env::temp_dir().join(format!("microlearners-doc-{}", std::process::id()));
//! let directory = plan.study()?.run_in(&folder)?;
//! assert!(directory.status()?.is_complete());
//! let last = directory.observations()?.filter(col("layer").eq(lit(2))).collect()?;
//! assert_eq!(last.height(), 6 * 2 * 21);
//! # std::fs::remove_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
//! # Ok::<(), Error>(())
//! ```

mod directory;
mod experiments;
mod identity;
mod lock;
mod manifest;
mod networks;
mod pairs;
mod part;
mod plan;
mod plan_file;
mod recorded;
mod renamed;
mod rule_plan;
mod run;
mod scan;
mod seeding;
mod shard;
mod show;
mod status;
mod stored;
mod tables;
mod task_plan;
mod weights;

pub use directory::RunDirectory;
pub use pairs::Pairs;
pub use plan::{Combinations, Plan, StoredTable};
pub use rule_plan::RulePlan;
pub use run::{RunOptions, Watch};
pub use seeding::Seeding;
pub use shard::Shard;
pub use status::Status;
pub use stored::StoredStudy;
pub use task_plan::{TaskKind, TaskPlan, Views};
pub use weights::{SavedNetwork, SavedWeights};
