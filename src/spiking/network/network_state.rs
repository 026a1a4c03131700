//! What is read from a network and set in it.

use ndarray::Array2;

use super::population::Source;
use super::projection::Projection;
use super::{Neurons, PopulationId, ProjectionId, SpikingNetwork};
use crate::{Error, Result};

impl SpikingNetwork {
    /// The present time in ms.
    pub fn time_ms(&self) -> f64 {
        self.step as f64 * self.step_ms
    }

    /// The step in ms.
    pub fn step_ms(&self) -> f64 {
        self.step_ms
    }

    pub(super) fn projection(&self, projection: ProjectionId) -> Result<&Projection> {
        let count = self.projections.len();
        let of = projection.0;
        self.projections.get(of).ok_or_else(|| {
            Error::Shape(format!("projection {of} of {count}; use one that this network added"))
        })
    }

    fn projection_mut(&mut self, projection: ProjectionId) -> Result<&mut Projection> {
        self.projection(projection)?;
        Ok(&mut self.projections[projection.0])
    }

    pub(super) fn neurons(&self, population: PopulationId) -> Result<&dyn Neurons> {
        self.size(population)?;
        match &self.sources[population.0] {
            Source::Neurons(neurons) => Ok(neurons.as_ref()),
            _ => Err(Error::Shape("inputs have no voltages; ask for those of neurons".into())),
        }
    }

    fn neurons_mut(&mut self, population: PopulationId) -> Result<&mut dyn Neurons> {
        self.neurons(population)?;
        match &mut self.sources[population.0] {
            Source::Neurons(neurons) => Ok(neurons.as_mut()),
            _ => Err(Error::Shape("inputs have no voltages; ask for those of neurons".into())),
        }
    }

    /// The weights in the order of the pairs: by presynaptic, then postsynaptic neuron, or as they
    /// were given.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network.
    pub fn weights(&self, projection: ProjectionId) -> Result<Vec<f64>> {
        Ok(self.projection(projection)?.weights())
    }

    /// The weights as a matrix, presynaptic × postsynaptic neurons, with 0 where there is no
    /// synapse.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network.
    pub fn weight_matrix(&self, projection: ProjectionId) -> Result<Array2<f64>> {
        let of = self.projection(projection)?;
        let sizes = [of.pre, of.post].map(|population| self.records[population].counts.len());
        let mut matrix = Array2::zeros(sizes);
        for (&[pre, post], weight) in of.pairs.iter().zip(of.weights()) {
            matrix[[pre as usize, post as usize]] = weight;
        }
        Ok(matrix)
    }

    /// The connected pairs of a presynaptic and a postsynaptic neuron, in the order of weights.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network.
    pub fn pairs(&self, projection: ProjectionId) -> Result<Vec<(usize, usize)>> {
        let pairs = &self.projection(projection)?.pairs;
        Ok(pairs.iter().map(|&[pre, post]| (pre as usize, post as usize)).collect())
    }

    /// Sets the weights, in the order of [`SpikingNetwork::weights`].
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many as synapses; [`Error::Setting`] if one is not
    /// finite.
    pub fn set_weights(&mut self, projection: ProjectionId, weights: &[f64]) -> Result<()> {
        self.projection_mut(projection)?.set_weights(weights)
    }

    /// Scales the weights that each postsynaptic neuron receives to a sum; those whose sum is not
    /// positive stay.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network; [`Error::Setting`] if the sum is
    /// not positive.
    pub fn normalise_weights(&mut self, projection: ProjectionId, sum: f64) -> Result<()> {
        crate::error::check_positive("sum", sum)?;
        let post = PopulationId(self.projection(projection)?.post);
        let size = self.size(post)?;
        self.projection_mut(projection)?.normalise(size, sum);
        Ok(())
    }

    /// A reward at the present time, for projections of rules that know it; others ignore it.
    ///
    /// # Errors
    /// [`Error::Shape`] if the projection is of another network; [`Error::Setting`] if the amount
    /// is not finite.
    pub fn reward(&mut self, projection: ProjectionId, amount: f64) -> Result<()> {
        if !amount.is_finite() {
            return Err(Error::setting("amount", amount, "it must be finite"));
        }
        if let Some(plasticity) = &mut self.projection_mut(projection)?.plasticity {
            plasticity.reward(amount);
        }
        Ok(())
    }

    /// Sets the rates in Hz of Poisson inputs from now on.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no Poisson inputs or not so many; [`Error::Setting`]
    /// if a rate is refused.
    pub fn set_rates(&mut self, inputs: PopulationId, rates_hz: &[f64]) -> Result<()> {
        let size = self.size(inputs)?;
        check_length("rates", rates_hz, size)?;
        match &mut self.sources[inputs.0] {
            Source::Poisson(input) => input.set_rates(rates_hz),
            _ => Err(Error::Shape("only Poisson inputs have rates; add_poisson makes them".into())),
        }
    }

    /// Begins the random numbers of Poisson inputs anew, by another seed.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no Poisson inputs.
    pub fn reseed(&mut self, inputs: PopulationId, seed: u64) -> Result<()> {
        self.size(inputs)?;
        match &mut self.sources[inputs.0] {
            Source::Poisson(input) => {
                input.restart(seed, &format!("spiking poisson {}", inputs.0));
                Ok(())
            }
            _ => Err(Error::Shape("only Poisson inputs are random; add_poisson makes them".into())),
        }
    }

    /// Sets the constant input of each neuron: pA for [`CurrentLif`](super::CurrentLif) and
    /// [`AdaptiveExponential`](super::AdaptiveExponential), mV for
    /// [`ConductanceLif`](super::ConductanceLif).
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no neurons or not so many; [`Error::Setting`] if a
    /// number is not finite.
    pub fn set_drive(&mut self, neurons: PopulationId, drive: &[f64]) -> Result<()> {
        check_length("constant inputs", drive, self.size(neurons)?)?;
        self.neurons_mut(neurons)?.drive_mut().copy_from_slice(drive);
        Ok(())
    }

    /// The membrane voltages in mV.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no neurons.
    pub fn voltages_mv(&self, neurons: PopulationId) -> Result<Vec<f64>> {
        Ok(self.neurons(neurons)?.voltages_mv().to_vec())
    }

    /// Sets the membrane voltages in mV.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no neurons or not so many; [`Error::Setting`] if a
    /// voltage is not finite.
    pub fn set_voltages_mv(&mut self, neurons: PopulationId, voltages_mv: &[f64]) -> Result<()> {
        check_length("voltages", voltages_mv, self.size(neurons)?)?;
        self.neurons_mut(neurons)?.voltages_mv_mut().copy_from_slice(voltages_mv);
        Ok(())
    }

    /// By how much each threshold is raised, in mV; empty for models of constant thresholds.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population has no neurons.
    pub fn raised_thresholds_mv(&self, neurons: PopulationId) -> Result<Vec<f64>> {
        Ok(self.neurons(neurons)?.raised_thresholds_mv().to_vec())
    }

    /// Sets by how much each threshold is raised, in mV.
    ///
    /// # Errors
    /// [`Error::Shape`] if the model has constant thresholds or the population not so many neurons;
    /// [`Error::Setting`] if a number is not finite.
    pub fn set_raised_thresholds_mv(&mut self, of: PopulationId, raised_mv: &[f64]) -> Result<()> {
        let raised = self.neurons_mut(of)?.raised_thresholds_mv_mut();
        check_length("raised thresholds", raised_mv, raised.len())?;
        raised.copy_from_slice(raised_mv);
        Ok(())
    }

    /// Brings all neurons to rest and forgets spikes under way, traces and eligibilities. Weights,
    /// raised thresholds, constant inputs, records and the time stay.
    pub fn rest(&mut self) {
        for source in &mut self.sources {
            if let Source::Neurons(neurons) = source {
                neurons.rest();
            }
        }
        self.histories.iter_mut().for_each(super::history::History::clear);
        let plastic = self.projections.iter_mut().filter_map(|of| of.plasticity.as_mut());
        plastic.for_each(super::plasticity::Plasticity::clear);
    }
}

fn check_length(what: &str, values: &[f64], count: usize) -> Result<()> {
    if values.len() != count {
        let given = values.len();
        return Err(Error::Shape(format!("{given} {what} for {count}; give one for each")));
    }
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(Error::setting(what, value, "all must be finite")),
        None => Ok(()),
    }
}
