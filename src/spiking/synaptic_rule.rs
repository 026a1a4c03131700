//! The seam of rules that change one synapse as time goes on.

use std::fmt::Debug;

use super::{Parameter, ProjectionRule, Protocol};
use crate::{Error, Result};

/// Which neuron of a synapse fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The presynaptic neuron.
    Pre,
    /// The postsynaptic neuron.
    Post,
}

/// What is known about a synaptic rule.
#[derive(Debug, Clone, PartialEq)]
pub struct SynapticAbout {
    /// Its name in `snake_case`, unique in the catalogue.
    pub name: String,
    /// The mechanism, in a sentence.
    pub summary: String,
    /// The equation, in plain text.
    pub equation: String,
    /// Authors, year, journal.
    pub citation: String,
    /// The numbers that define it, with their units in [`Parameter::unit`].
    pub parameters: Vec<(Parameter, f64)>,
}

/// A recipe of synaptic plasticity in time: plain hyperparameters.
///
/// Unlike a learning rule of batches, it writes the weight itself, because online change is the
/// phenomenon.
///
/// ```
/// use microlearners::spiking::{Protocol, SynapticRule, TripletStdp};
///
/// let rule = TripletStdp::visual_cortex_minimal();
/// let pairs = Protocol::Pairs { rate_hz: 20.0, delta_ms: 10.0, count: 60 };
/// assert!((rule.weight_change(&pairs)? - 0.2278).abs() < 1e-4);
/// # Ok::<(), microlearners::Error>(())
/// ```
pub trait SynapticRule: Debug + Send + Sync {
    /// Name, equation, source and parameters.
    fn about(&self) -> SynapticAbout;

    /// Refuses settings without a meaning.
    ///
    /// # Errors
    /// [`Error::Setting`] with the setting, its value and what it must be.
    fn check(&self) -> Result<()>;

    /// One synapse of this rule with its first weight, from traces at zero.
    fn start(&self, weight: f64) -> Box<dyn Plastic>;

    /// The rule on its own, for a list.
    fn boxed(&self) -> Box<dyn SynapticRule>;

    /// The same rule with another value of one of its parameters; `None` if it has no such one.
    fn with(&self, parameter: Parameter, value: f64) -> Option<Box<dyn SynapticRule>>;

    /// The parameters in which the weight change is linear, which a fit solves exactly; none by
    /// default.
    fn amplitudes(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// The same rule for all synapses between two populations of a network; `None`, the default, if
    /// there is none.
    fn for_network(&self) -> Option<Box<dyn ProjectionRule>> {
        None
    }

    /// The weight from which [`SynapticRule::weight_change`] starts; 1 by default.
    fn initial_weight(&self) -> f64 {
        1.0
    }

    /// The relative change of the weight by a protocol, (w − w₀) / w₀, after all traces have faded.
    ///
    /// # Errors
    /// [`Error::Setting`] if the rule or the protocol is refused; [`Error::Samples`] if its spike
    /// trains are, or if the weight is no longer finite.
    fn weight_change(&self, protocol: &Protocol) -> Result<f64> {
        self.check()?;
        let trains = protocol.trains()?;
        let first = self.initial_weight();
        let mut synapse = self.start(first);
        for (time_ms, side) in trains.spikes() {
            synapse.spike(time_ms, side);
        }
        synapse.advance(f64::INFINITY);
        finite_change((synapse.weight() - first) / first, &self.about().name)
    }
}

impl Clone for Box<dyn SynapticRule> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// A change that is a number, or an error.
pub(super) fn finite_change(change: f64, rule: &str) -> Result<f64> {
    if change.is_finite() {
        return Ok(change);
    }
    Err(Error::Samples(format!(
        "the weight under {rule} became {change}; use smaller amplitudes or fewer spikes"
    )))
}

/// One synapse at work: its weight and its traces.
pub trait Plastic: Debug + Send {
    /// A spike of one side arrives at the synapse. Times do not decrease from call to call. Traces
    /// are read just before their own increments and those of coincident spikes, so coincident
    /// pre and post spikes do not pair with each other, in whatever order they are handed over.
    fn spike(&mut self, time_ms: f64, side: Side);

    /// Lets time pass, for weights that change between spikes. Infinity is the end of all traces.
    fn advance(&mut self, _time_ms: f64) {}

    /// Reward arrives: a phasic release of so much dopamine. Rules without reward ignore it.
    fn reward(&mut self, _time_ms: f64, _amount: f64) {}

    /// The weight at the time of the latest event.
    fn weight(&self) -> f64;
}
