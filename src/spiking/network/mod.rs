//! Neurons, synapses and networks in time.
//!
//! A [`SpikingNetwork`] has populations of neurons ([`NeuronModel`]) and of inputs, and projections
//! between them ([`Synapses`]), which may be plastic ([`ProjectionRule`]). Time goes in steps of
//! equal length h; what is linear between spikes is integrated exactly, traces included, whatever
//! the step. [`choose_step`] finds the step for a stated accuracy of what is not.
//!
//! [`SpikingNetwork`] says what happens within a step.

mod accuracy;
mod adaptive_exponential;
mod adaptive_exponential_neurons;
mod conductance_lif;
mod conductance_neurons;
mod connectivity;
mod current_lif;
mod current_neurons;
mod exponential;
mod history;
mod network_records;
mod network_state;
#[cfg(test)]
mod network_tests;
mod neuron_model;
mod plasticity;
mod poisson_input;
mod population;
mod projection;
mod projection_rule;
mod projection_rules;
mod refractory;
mod show;
mod spike_record;
mod spiking_network;
mod synapses;
mod traces;
mod train_input;
mod weight_history;
mod wiring;

pub use accuracy::{ChosenStep, choose_step};
pub use adaptive_exponential::AdaptiveExponential;
pub use conductance_lif::{AdaptiveThreshold, ConductanceLif, FrozenAt};
pub use connectivity::{Connectivity, Delays, Weights};
pub use current_lif::CurrentLif;
use exponential::faded;
pub use neuron_model::{NeuronModel, Neurons, Receptor};
pub use projection_rule::{
    AtSpike, Passing, ProjectionRule, RuleTraces, SideTraces, SynapseMemory, TraceShape,
};
pub use spike_record::SpikeRecord;
pub use spiking_network::{PopulationId, ProjectionId, SpikingNetwork};
pub use synapses::Synapses;
pub use weight_history::WeightHistory;
