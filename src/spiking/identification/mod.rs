//! Which plasticity rule? Identification of a synapse's rule from weight changes.
//!
//! A [`SliceExperiment`] applies the protocols of a [`ProtocolBattery`] to synapses that follow one
//! of the [`candidate_rules`], with noise and few repeats. A [`RuleIdentifier`] learns from
//! [`RuleResponses`], simulated changes of many synapses, and gives the probability of each rule.
//! A [`NetworkExperiment`] records weights and activity of whole networks, as a table for the classifiers
//! of learning rules.

mod battery;
mod candidates;
mod controls;
mod experiments;
mod gaussian;
mod identifier;
#[cfg(test)]
mod identifier_tests;
mod moments;
mod network_experiment;
mod network_sessions;
mod protocol_choice;
mod response_draws;
mod response_surface;
mod responses;
mod rule_pairs;
mod scatter;
mod score;
mod show;
mod slice_experiment;
mod study;
mod tables;
#[cfg(test)]
mod testing;
mod unknown_rules;

pub use battery::{NamedProtocol, ProtocolBattery};
pub use candidates::candidate_rules;
pub use controls::IdentificationControls;
pub use identifier::{RuleIdentification, RuleIdentifier, RuleProbability};
pub use network_experiment::{NetworkExperiment, network_candidates};
pub use protocol_choice::ChosenProtocol;
pub use response_draws::ResponseDraws;
pub use responses::RuleResponses;
pub use rule_pairs::{RulePair, TellingProtocol};
pub use score::{ExperimentShare, IdentificationBin, IdentificationScore, RuleConfusion};
pub use slice_experiment::{SliceExperiment, SliceMeasurement};
pub use study::{IdentificationResults, IdentificationStudy};
pub use tables::{chosen_table, pairs_table, scores_table};
pub use unknown_rules::{UnknownRule, UnknownRuleTest};
