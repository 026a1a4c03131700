//! The settings of a projection.

use super::{Connectivity, Delays, ProjectionRule, Receptor, Weights};

/// The synapses between two populations.
///
/// ```
/// use microlearners::spiking::{PairStdp, Synapses, Weights};
///
/// let rule = PairStdp { largest_weight: Some(1.0), ..PairStdp::default() };
/// let synapses = Synapses { weights: Weights::Uniform(0.0, 1.0), ..Synapses::default() };
/// let synapses = synapses.plastic(&rule);
/// assert!(synapses.rule.is_some());
/// ```
#[derive(Debug, Clone)]
pub struct Synapses {
    /// Which neurons are connected; default all to all.
    pub connectivity: Connectivity,
    /// The first weights; default 1 for all.
    pub weights: Weights,
    /// The delays; default 0 for all.
    pub delays: Delays,
    /// Through which receptors they act; default excitatory.
    pub receptor: Receptor,
    /// What a weight of 1 adds to the receptor, in the unit of the neuron model; default 1.
    pub gain: f64,
    /// How weights change; default not at all.
    pub rule: Option<Box<dyn ProjectionRule>>,
    /// Bounds in which weights are kept beyond those of the rule; default none.
    pub bounds: Option<[f64; 2]>,
}

impl Default for Synapses {
    fn default() -> Self {
        Self {
            connectivity: Connectivity::AllToAll,
            weights: Weights::Same(1.0),
            delays: Delays::Same(0.0),
            receptor: Receptor::Excitatory,
            gain: 1.0,
            rule: None,
            bounds: None,
        }
    }
}

impl Synapses {
    /// The same synapses with a rule.
    pub fn plastic(self, rule: &dyn ProjectionRule) -> Self {
        Self { rule: Some(rule.boxed_rule()), ..self }
    }
}
