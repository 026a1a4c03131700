//! The spikes of a population.

use serde::{Deserialize, Serialize};

use super::super::SpikeTrain;
use crate::Result;
use crate::error::check_positive;

/// Which neuron fired when, in the order of times, then neurons.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpikeRecord {
    /// The spike times in ms: ends of steps.
    pub times_ms: Vec<f64>,
    /// The neuron of each spike.
    pub neurons: Vec<usize>,
}

impl SpikeRecord {
    /// How many spikes there are.
    pub fn len(&self) -> usize {
        self.times_ms.len()
    }

    /// Whether no neuron fired.
    pub fn is_empty(&self) -> bool {
        self.times_ms.is_empty()
    }

    /// The spikes of one neuron.
    ///
    /// # Errors
    /// [`Error::Samples`](crate::Error::Samples) if the times are not ascending.
    pub fn train(&self, neuron: usize) -> Result<SpikeTrain> {
        let spikes = self.times_ms.iter().zip(&self.neurons);
        let own = spikes.filter(|&(_, &fired)| fired == neuron).map(|(&time, _)| time);
        SpikeTrain::new(&own.collect::<Vec<f64>>())
    }

    /// The mean rate in Hz of each of `neurons` neurons over a duration.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if the duration is not positive.
    pub fn rates_hz(&self, neurons: usize, duration_ms: f64) -> Result<Vec<f64>> {
        check_positive("duration_ms", duration_ms)?;
        let mut rates = vec![0.0; neurons];
        for &neuron in self.neurons.iter().filter(|&&neuron| neuron < neurons) {
            rates[neuron] += 1000.0 / duration_ms;
        }
        Ok(rates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_and_rates_are_those_of_the_neurons() {
        let record = SpikeRecord { times_ms: vec![1.0, 1.0, 4.0], neurons: vec![0, 2, 0] };
        assert_eq!(record.train(0).unwrap().times_ms(), [1.0, 4.0]);
        assert!(record.train(1).unwrap().is_empty());
        assert_eq!(record.rates_hz(3, 100.0).unwrap(), [20.0, 0.0, 10.0]);
        assert_eq!((record.len(), record.is_empty()), (3, false));
        assert!(record.rates_hz(3, 0.0).is_err());
    }
}
