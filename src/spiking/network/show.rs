//! How networks and their parts show themselves, as text and under a notebook cell.

use std::fmt;

use super::{
    AdaptiveExponential, AdaptiveThreshold, ChosenStep, ConductanceLif, Connectivity, CurrentLif,
    Delays, FrozenAt, PopulationId, ProjectionId, Receptor, RuleTraces, SideTraces, SpikeRecord,
    SpikingNetwork, SynapseMemory, Synapses, TraceShape, WeightHistory, Weights,
};
use crate::display::{show_as_settings, show_as_text};

impl fmt::Display for SpikingNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let neurons: usize = self.records.iter().map(|records| records.counts.len()).sum();
        let synapses: usize = self.projections.iter().map(|of| of.pairs.len()).sum();
        write!(
            f,
            "{} populations of {neurons} neurons and inputs, {} projections of {synapses} \
             synapses, at {:.1} ms in steps of {} ms",
            self.records.len(),
            self.projections.len(),
            self.time_ms(),
            self.step_ms
        )
    }
}

impl fmt::Display for SpikeRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.times_ms.first(), self.times_ms.last()) {
            (Some(first), Some(last)) => {
                write!(f, "{} spikes from {first:.1} to {last:.1} ms", self.len())
            }
            _ => write!(f, "no spikes"),
        }
    }
}

impl fmt::Display for WeightHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let synapses = self.weights.first().map_or(0, Vec::len);
        write!(f, "the weights of {synapses} synapses at {} times", self.times_ms.len())
    }
}

impl fmt::Display for ChosenStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step_ms, change, .. } = self;
        write!(f, "a step of {step_ms} ms; halving it changes the results by {change:.1e}")
    }
}

show_as_text!(ChosenStep, SpikeRecord, SpikingNetwork, WeightHistory);
show_as_settings!(AdaptiveExponential, AdaptiveThreshold, ConductanceLif, Connectivity, CurrentLif);
show_as_settings!(Delays, FrozenAt, PopulationId, ProjectionId, Receptor, RuleTraces, SideTraces);
show_as_settings!(SynapseMemory, Synapses, TraceShape, Weights);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_sentences() {
        let mut network = SpikingNetwork::new(0.1, 0).unwrap();
        network.add_neurons(3, &CurrentLif::default()).unwrap();
        assert_eq!(
            network.to_string(),
            "1 populations of 3 neurons and inputs, 0 projections of 0 synapses, at 0.0 ms in \
             steps of 0.1 ms"
        );
        assert_eq!(SpikeRecord::default().to_string(), "no spikes");
        let history = WeightHistory { times_ms: vec![1.0], weights: vec![vec![0.0; 4]] };
        assert_eq!(history.to_string(), "the weights of 4 synapses at 1 times");
    }
}
