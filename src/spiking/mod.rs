//! Synapses that change as time goes on: rules in time, and the protocols that measure them.
//!
//! A [`SynapticRule`] is a recipe, and [`Plastic`] is one synapse of it at work, to which spikes
//! arrive in time. A [`Protocol`] is what an experimenter does: pairs, triplets, quadruplets,
//! Poisson trains. [`SynapticRule::weight_change`] says what a rule makes of it, [`compare`] sets
//! this beside published [`PlasticityData`], and [`fit`] finds parameters with their intervals.
//! [`synaptic_rules`] lists all rules with their published parameter sets.
//!
//! Times are in ms, rates in Hz, voltages in mV. Rules of spikes are event-driven and exact,
//! without a time step; the voltage rule has steps of 1 ms.

mod adaptive_neuron;
mod calcium_course;
mod calcium_rule;
mod calcium_sets;
mod calcium_synapse;
mod catalogue;
mod comparison;
mod cycle;
mod diehl_cook;
mod error_function;
mod fit;
mod fit_bootstrap;
mod fit_problem;
#[cfg(test)]
mod fit_tests;
mod identification;
mod inhibitory_stdp;
mod least_squares;
mod network;
mod pair_stdp;
mod pair_synapse;
mod parameter;
mod poisson_drift;
mod protocol;
mod published;
mod reward_stdp;
mod reward_synapse;
mod show;
mod spike_train;
mod synaptic_rule;
mod tables;
#[cfg(test)]
mod testing;
mod trace;
mod triplet_sets;
mod triplet_stdp;
mod triplet_synapse;
mod triplet_threshold;
mod voltage_rule;
mod voltage_synapse;
#[cfg(test)]
mod voltage_tests;

pub use adaptive_neuron::{AdaptiveNeuron, NeuronAtWork};
pub use calcium_rule::{CalciumOutcome, CalciumRule};
pub use catalogue::{NamedRule, synaptic_rules};
pub use comparison::{
    ComparedPoint, Comparison, ProtocolChange, RuleComparison, compare, compare_rules,
    protocol_table, weight_changes,
};
pub use cycle::Cycle;
pub use diehl_cook::{DiehlCook, DiehlCookSettings, DiehlCookStdp, NeuronLabels, SpikingAccuracy};
pub use fit::{FitIntervals, Fitted, FittedParameter, fit};
pub use identification::{
    ChosenProtocol, ExperimentShare, IdentificationBin, IdentificationControls,
    IdentificationResults, IdentificationScore, IdentificationStudy, NamedProtocol,
    NetworkExperiment, ProtocolBattery, ResponseDraws, RuleConfusion, RuleIdentification,
    RuleIdentifier, RulePair, RuleProbability, RuleResponses, SliceExperiment, SliceMeasurement,
    TellingProtocol, UnknownRule, UnknownRuleTest, candidate_rules, chosen_table,
    network_candidates, pairs_table, scores_table,
};
pub use inhibitory_stdp::InhibitoryStdp;
pub use network::{
    AdaptiveExponential, AdaptiveThreshold, AtSpike, ChosenStep, ConductanceLif, Connectivity,
    CurrentLif, Delays, FrozenAt, NeuronModel, Neurons, Passing, PopulationId, ProjectionId,
    ProjectionRule, Receptor, RuleTraces, SideTraces, SpikeRecord, SpikingNetwork, SynapseMemory,
    Synapses, TraceShape, WeightHistory, Weights, choose_step,
};
pub use pair_stdp::{PairStdp, Pairing, WeightDependence};
pub use parameter::Parameter;
pub use poisson_drift::{Drift, PoissonTrials, poisson_drift};
pub use protocol::Protocol;
pub use published::{DataPoint, PlasticityData};
pub use reward_stdp::RewardStdp;
pub use spike_train::{PairedTrains, SpikeTrain};
pub use synaptic_rule::{Plastic, Side, SynapticAbout, SynapticRule};
pub use tables::{changes_table, errors_table};
pub use triplet_stdp::{Interaction, TripletStdp};
pub use voltage_rule::VoltageRule;
pub use voltage_synapse::{Homeostasis, VoltageSynapse};
