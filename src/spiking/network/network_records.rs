//! What a network writes down.

use ndarray::Array2;

use super::population::Records;
use super::spiking_network::whole_steps;
use super::{PopulationId, ProjectionId, SpikeRecord, SpikingNetwork, WeightHistory};
use crate::{Error, Result};

impl SpikingNetwork {
    fn records_mut(&mut self, population: PopulationId) -> Result<&mut Records> {
        self.size(population)?;
        Ok(&mut self.records[population.0])
    }

    /// How often each neuron has fired.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population is of another network.
    pub fn spike_counts(&self, population: PopulationId) -> Result<Vec<u64>> {
        self.size(population)?;
        Ok(self.records[population.0].counts.clone())
    }

    /// Records the spikes of a population from now on.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population is of another network.
    pub fn record_spikes(&mut self, population: PopulationId) -> Result<()> {
        self.records_mut(population)?.spikes.get_or_insert_default();
        Ok(())
    }

    /// The recorded spikes; none if they were not recorded.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population is of another network.
    pub fn spikes(&self, population: PopulationId) -> Result<SpikeRecord> {
        self.size(population)?;
        Ok(self.records[population.0].spikes.clone().unwrap_or_default())
    }

    /// Records the voltages of some neurons at the end of every step from now on, after resets.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no such neurons.
    pub fn record_voltages(&mut self, population: PopulationId, neurons: &[usize]) -> Result<()> {
        let count = self.neurons(population)?.voltages_mv().len();
        if let Some(neuron) = neurons.iter().find(|&&neuron| neuron >= count) {
            return Err(Error::Shape(format!("neuron {neuron} of {count}; indices count from 0")));
        }
        self.records_mut(population)?.voltages = Some((neurons.to_vec(), Vec::new()));
        Ok(())
    }

    /// The recorded voltages in mV, steps × recorded neurons.
    ///
    /// # Errors
    /// [`Error::Shape`] if none were recorded.
    pub fn recorded_voltages_mv(&self, population: PopulationId) -> Result<Array2<f64>> {
        self.size(population)?;
        let Some((which, voltages)) = &self.records[population.0].voltages else {
            return Err(Error::Shape("no voltages were recorded; call record_voltages".into()));
        };
        let shape = (voltages.len() / which.len().max(1), which.len());
        Array2::from_shape_vec(shape, voltages.clone())
            .map_err(|error| Error::Shape(error.to_string()))
    }

    /// Records the weights of a projection at every multiple of `every_ms` from now on.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network; [`Error::Setting`] if the time is
    /// not a whole number of steps.
    pub fn record_weights(&mut self, projection: ProjectionId, every_ms: f64) -> Result<()> {
        self.projection(projection)?;
        let every = whole_steps("every_ms", every_ms, self.step_ms)?;
        self.snapshots[projection.0] = Some((every, WeightHistory::default()));
        Ok(())
    }

    /// The recorded weights; none if they were not recorded.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network.
    pub fn weight_history(&self, projection: ProjectionId) -> Result<WeightHistory> {
        self.projection(projection)?;
        let history = self.snapshots[projection.0].as_ref();
        Ok(history.map(|(_, history)| history.clone()).unwrap_or_default())
    }
}
