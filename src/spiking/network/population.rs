//! Neurons or inputs of one kind.

use super::history::History;
use super::poisson_input::PoissonInput;
use super::train_input::TrainInput;
use super::{Neurons, SpikeRecord};

/// What makes the spikes of a population.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// Neurons.
    Neurons(Box<dyn Neurons>),
    /// Poisson inputs.
    Poisson(Box<PoissonInput>),
    /// Given spike trains.
    Trains(TrainInput),
}

/// What is written down of a population.
#[derive(Debug, Clone)]
pub(super) struct Records {
    /// How often each neuron fired.
    pub(super) counts: Vec<u64>,
    /// The spikes, if they are recorded.
    pub(super) spikes: Option<SpikeRecord>,
    /// The neurons whose voltages are recorded, and the voltages, a row for each step.
    pub(super) voltages: Option<(Vec<usize>, Vec<f64>)>,
}

impl Records {
    pub(super) fn new(neurons: usize) -> Self {
        Self { counts: vec![0; neurons], spikes: None, voltages: None }
    }
}

impl Source {
    /// Moves to the end of `step`, at `end_ms`, and appends the neurons that fire.
    pub(super) fn step(&mut self, step: u64, end_ms: f64, fired: &mut Vec<u32>) {
        match self {
            Self::Neurons(neurons) => neurons.step(fired),
            Self::Poisson(input) => input.fire_until(end_ms, fired),
            Self::Trains(input) => input.fire(step, fired),
        }
    }

    /// Resets neurons that fired and writes down what is recorded.
    pub(super) fn finish(&mut self, end_ms: f64, history: &History, records: &mut Records) {
        let fired = history.now();
        fired.iter().for_each(|&neuron| records.counts[neuron as usize] += 1);
        if let Some(spikes) = &mut records.spikes {
            spikes.times_ms.extend(fired.iter().map(|_| end_ms));
            spikes.neurons.extend(fired.iter().map(|&neuron| neuron as usize));
        }
        let Self::Neurons(neurons) = self else { return };
        if !fired.is_empty() {
            neurons.reset(fired);
        }
        if let Some((which, voltages)) = &mut records.voltages {
            voltages.extend(which.iter().map(|&neuron| neurons.voltages_mv()[neuron]));
        }
    }
}
