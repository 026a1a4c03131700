//! The seam of plasticity in networks.

use std::fmt::Debug;

use super::super::Interaction;
use crate::Result;

/// A trace that every spike of a neuron leaves, fading exponentially.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceShape {
    /// Its decay in ms.
    pub time_constant_ms: f64,
    /// Whether spikes add 1 to it or set it to 1.
    pub interaction: Interaction,
}

/// The traces of the neurons of one side of a projection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideTraces {
    /// What spikes of the other side read.
    pub for_partners: TraceShape,
    /// What later spikes of the same neuron read; none if the rule needs none.
    pub for_itself: Option<TraceShape>,
}

/// The traces of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleTraces {
    /// Of presynaptic neurons.
    pub pre: SideTraces,
    /// Of postsynaptic neurons.
    pub post: SideTraces,
}

/// What a rule keeps for each synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SynapseMemory {
    /// The weight alone.
    Weight,
    /// The weight and an eligibility, which change between spikes too.
    WeightAndEligibility,
}

/// The synapses of one neuron at the time of its spike. All slices are aligned; traces are those
/// just before the spike and those coincident with it.
#[derive(Debug)]
pub struct AtSpike<'a> {
    /// The weights, to be changed.
    pub weights: &'a mut [f64],
    /// The eligibilities, to be changed; empty unless the rule keeps them.
    pub eligibilities: &'a mut [f64],
    /// The traces of the neurons on the other side.
    pub partners: &'a [f64],
    /// The trace of the neuron that fires, 0 if it keeps none for itself.
    pub own: f64,
}

/// All synapses of a projection while time passes without spikes.
#[derive(Debug)]
pub struct Passing<'a> {
    /// The weights, to be changed.
    pub weights: &'a mut [f64],
    /// The eligibilities, to be changed.
    pub eligibilities: &'a mut [f64],
    /// The dopamine of the projection, to be changed.
    pub dopamine: &'a mut f64,
    /// How much time passes, in ms.
    pub elapsed_ms: f64,
}

/// A rule for all synapses of a projection: traces belong to neurons, not to synapses, so that a
/// spike costs one pass over the synapses of one neuron.
///
/// [`SynapticRule`](crate::spiking::SynapticRule) is the seam of single synapses. The rules that
/// have both give the same weights.
pub trait ProjectionRule: Debug + Send + Sync {
    /// Refuses settings without a meaning, and those that need a trace per synapse.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) with the setting, its value and what it must be.
    fn check_projection(&self) -> Result<()>;

    /// The traces of both sides.
    fn traces(&self) -> RuleTraces;

    /// What is kept for each synapse; the weight alone by default.
    fn memory(&self) -> SynapseMemory {
        SynapseMemory::Weight
    }

    /// A presynaptic spike arrives. It acts with the weight that it finds, before this change.
    fn pre_spike(&self, synapses: AtSpike<'_>);

    /// A postsynaptic neuron fires.
    fn post_spike(&self, synapses: AtSpike<'_>);

    /// Time passes without spikes or rewards; only called if an eligibility is kept.
    fn pass(&self, _synapses: Passing<'_>) {}

    /// By how much a reward of 1 raises the dopamine of a projection; 0 for rules without reward.
    fn dopamine_of_reward(&self) -> f64 {
        0.0
    }

    /// The rule on its own, for a copy of the network.
    fn boxed_rule(&self) -> Box<dyn ProjectionRule>;
}

impl Clone for Box<dyn ProjectionRule> {
    fn clone(&self) -> Self {
        self.boxed_rule()
    }
}

/// Traces for partners only.
pub(super) fn partner_traces(pre_ms: f64, post_ms: f64, interaction: Interaction) -> RuleTraces {
    let side = |time_constant_ms| SideTraces {
        for_partners: TraceShape { time_constant_ms, interaction },
        for_itself: None,
    };
    RuleTraces { pre: side(pre_ms), post: side(post_ms) }
}
