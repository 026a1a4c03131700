//! The room that names the rule: against scikit-learn, against the published table, against leaks.

mod edges;
mod errors;
mod experiment;
mod forest;
mod identifiers;
mod over_time;
mod pairs;
mod published;
mod report;
mod scikit;
mod splits;
mod step_size;
mod tables;
mod views;
