//! One binary for all integration tests, a module per topic.
#![allow(clippy::unwrap_used)]

mod accuracy;
mod bad_input;
mod brian;
mod classification;
mod conformance;
mod convolution;
mod display;
mod documents;
mod figures;
mod identification;
mod mechanism;
mod mnist;
mod observables;
mod own_rule;
mod program;
mod recordings;
mod reproducibility;
mod spoken_digits;
mod studies;
mod support;
mod sweep;
mod tasks;
mod version_0_1;
