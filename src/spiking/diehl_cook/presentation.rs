//! Images shown to the network.

use ndarray::ArrayView1;

use super::DiehlCookSettings;
use crate::Result;
use crate::spiking::{
    Connectivity, Delays, PopulationId, ProjectionId, Receptor, SpikingNetwork, Synapses, Weights,
};

/// Whether the network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Learning {
    /// Weights and thresholds change.
    On,
    /// Nothing changes.
    Off,
}

/// The network with the names of its parts.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) network: SpikingNetwork,
    pub(super) inputs: PopulationId,
    pub(super) excitatory: PopulationId,
    pub(super) plastic: ProjectionId,
    settings: DiehlCookSettings,
}

impl Stage {
    pub(super) fn new(
        pixels: usize,
        settings: &DiehlCookSettings,
        seed: u64,
        learning: Learning,
    ) -> Result<Self> {
        let mut network = SpikingNetwork::new(settings.step_ms, seed)?;
        let inputs = network.add_poisson(&vec![0.0; pixels])?;
        let excitatory =
            network.add_neurons(settings.neurons, &settings.excitatory_with(learning))?;
        let inhibitory = network.add_neurons(settings.neurons, &settings.inhibitory())?;
        let synapses = Synapses {
            weights: Weights::Uniform(0.003, 0.303),
            delays: Delays::Uniform(0.0, settings.longest_delay_ms),
            ..Synapses::default()
        };
        let synapses = match learning {
            Learning::On => synapses.plastic(&settings.rule),
            Learning::Off => synapses,
        };
        let plastic = network.connect(inputs, excitatory, &synapses)?;
        let excite = Synapses {
            connectivity: Connectivity::OneToOne,
            weights: Weights::Same(settings.excitation),
            ..Synapses::default()
        };
        network.connect(excitatory, inhibitory, &excite)?;
        let inhibit = Synapses {
            connectivity: Connectivity::AllButSame,
            weights: Weights::Same(settings.inhibition),
            receptor: Receptor::Inhibitory,
            ..Synapses::default()
        };
        network.connect(inhibitory, excitatory, &inhibit)?;
        Ok(Self { network, inputs, excitatory, plastic, settings: settings.clone() })
    }

    /// Shows an image, again and stronger while too few neurons fire; gives how often each
    /// excitatory neuron fired in the last presentation.
    pub(super) fn show(&mut self, image: ArrayView1<'_, u8>) -> Result<Vec<u64>> {
        let settings = &self.settings;
        let (shown_ms, pause_ms) = (settings.presentation_ms, settings.pause_ms);
        let scale = settings.largest_rate_hz / 255.0;
        let blank = image.iter().all(|&pixel| pixel == 0);
        let most = if blank { 1 } else { settings.most_presentations };
        let fewest = settings.fewest_spikes;
        let dark = vec![0.0; image.len()];
        let mut counts = Vec::new();
        for presentation in 0..most {
            let intensity = scale * (1.0 + 0.5 * presentation as f64);
            let rates: Vec<f64> = image.iter().map(|&pixel| f64::from(pixel) * intensity).collect();
            let before = self.network.spike_counts(self.excitatory)?;
            self.network.set_rates(self.inputs, &rates)?;
            self.network.run(shown_ms)?;
            counts = self.network.spike_counts(self.excitatory)?;
            counts.iter_mut().zip(before).for_each(|(count, before)| *count -= before);
            self.network.set_rates(self.inputs, &dark)?;
            if pause_ms > 0.0 {
                self.network.run(pause_ms)?;
            }
            if counts.iter().sum::<u64>() >= fewest {
                break;
            }
        }
        Ok(counts)
    }
}
