//! Which learning rule is a network using?
//!
//! `microlearners` trains small networks under many learning rules, backprop and the biologically
//! plausible ones, records what an experimenter could observe in them, and identifies the rule from
//! these observables. It is made to be loaded into a Jupyter notebook through the evcxr kernel,
//! with one line.
//!
//! # The story in five steps
//!
//! 1. A [`Dataset`](data::Dataset) is what there is to see; a [`Task`](data::Task) is what is asked
//!    of a network about it.
//! 2. An [`Experiment`](training::Experiment) says everything that decides one run: task,
//!    architecture, learning rule ([`rules`]), optimizer, learning rate, batch size, epochs, seeds.
//!    [`train`] carries it out and returns a [`Trajectory`](training::Trajectory): the network at
//!    its checkpoints, the first before learning. A [`Study`](training::Study) is many experiments;
//!    a [`Design`](training::Design) a published set of settings; a [`Plan`](studies::Plan) a study
//!    as a file, for many networks and work that survives interruptions ([`studies`]).
//! 3. An [`Instrument`](observables::Instrument) stands between the network and the experimenter.
//!    [`observe`] measures a trajectory into a table: a row per checkpoint × layer, a column per
//!    observable. Networks that were trained elsewhere are read as [`recordings`], and measured
//!    alike.
//! 4. A [`SampleSpec`](classification::SampleSpec) of the table becomes
//!    [`Samples`](classification::Samples); [`classify`] measures how well a
//!    [`Classifier`](classification::Classifier) names the rule of networks it has not seen, with
//!    the controls that make the number mean something.
//! 5. How well a rule teaches is the other question: [`performance`] answers it from the same
//!    trajectories and tables.
//! 6. [`figures`] draw what came out.
//!
//! ```
//! use microlearners::prelude::*;
//!
//! // 1. Four noisy patterns to distinguish.
//! let task = Task::classification(&Dataset::synthetic(0), &TaskSettings::default())?;
//! // 2. Networks under two rules, six of each.
//! let experiment = Experiment::new(&task).architecture(Architecture::hidden(&[10])).batch_size(20);
//! let two = [rules::named("backprop")?, rules::named("hebbian")?];
//! // 3. Trained and measured.
//! let records = Study::of(experiment).rules(&two).seeds(6).run()?;
//! // 4. Which rule was it?
//! let protocol = Protocol { splits: 3, permutations: 5, ..Protocol::default() };
//! let report = classify_table(&records.observations, &SampleSpec::default(), &RandomForest::default(), &protocol)?;
//! assert!(report.accuracy.mean > 0.9);
//! // 5. Drawn.
//! let figure = confusion_matrix("Backprop and Hebbian learning are distinguished", &report.confusion)?;
//! # let _ = figure.to_svg();
//! # Ok::<(), Error>(())
//! ```
//!
//! # How the rooms depend on one another
//!
//! `figures → multiverse → {performance, classification, studies, mechanism} → observables →
//! recordings → training → rules → network → data → {random, files, error}`; [`statistics`] and [`display`] are
//! leaves that every room may use, and [`notebook`] sits on top. [`representations`] takes plain
//! patterns of activity, and stands below [`observables`]; [`predictive_network`] stands on
//! [`network`] beside the rules; [`spiking`], [`rate_rules`], [`rule_inference`] and
//! [`natural_images`] stand alone.

pub mod classification;
pub mod data;
pub mod display;
pub mod error;
pub mod figures;
mod files;
pub mod mechanism;
pub mod multiverse;
pub mod natural_images;
pub mod network;
pub mod notebook;
pub mod observables;
pub mod performance;
pub mod predictive_network;
pub mod prelude;
pub mod random;
pub mod rate_rules;
pub mod recordings;
pub mod representations;
pub mod rule_inference;
pub mod rules;
mod simd;
pub mod spiking;
pub mod statistics;
pub mod studies;
pub mod training;

pub use classification::classify;
pub use error::{Error, Result};
pub use observables::observe;
pub use training::train;

// A notebook gets these from here, so that it can never load a second version of them.
pub use {linfa, linfa_trees, ndarray, plotters, polars, polars_io};
