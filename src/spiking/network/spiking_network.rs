//! A network of spiking neurons in time.

use super::history::History;
use super::poisson_input::PoissonInput;
use super::population::{Records, Source};
use super::projection::Projection;
use super::train_input::TrainInput;
use super::{NeuronModel, Synapses, WeightHistory};
use crate::error::{check_count, check_positive};
use crate::spiking::SpikeTrain;
use crate::{Error, Result, random};

/// A population of a network: neurons or inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PopulationId(pub(super) usize);

/// A projection of a network: the synapses between two populations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProjectionId(pub(super) usize);

/// Populations of neurons and inputs, and the projections between them, in steps of time.
///
/// All that is random comes from the seed: the same calls give the same network, whatever the
/// number of threads.
///
/// # What happens within a step
/// Step n ends at the time n h, and all its spikes have that time:
/// 1. Voltages, conductances, currents and raised thresholds move from (n − 1) h to n h. Refractory
///    neurons keep their voltage for t_ref / h steps after the step of their spike.
/// 2. Neurons whose voltage is above their threshold fire. Inputs fire: Poisson inputs with what
///    they drew since (n − 1) h.
/// 3. Projections deliver in the order in which they were connected. A spike of step m arrives at a
///    synapse with a delay of d steps in step m + d; the delay is axonal, and 0 is allowed. In a
///    plastic projection, weights change first by postsynaptic spikes. Then every presynaptic spike
///    that arrives acts with the weight that it finds, and only then changes it.
/// 4. Traces are read before the increments of all spikes of the step, so that coincident spikes do
///    not pair. Only after all changes do the spikes of the step add to the traces.
/// 5. Neurons that fired are reset.
///
/// What arrives in step n moves voltages from step n + 1 on. Brian2 has the same order, but names a
/// spike by the beginning of its step, so that its times are earlier by h, and holds a neuron for
/// one step less: its `refractory` is t_ref + h. Its usual STDP code, with one block for `on_pre`
/// that also raises the trace, lets coincident spikes pair; two blocks with an `order` do not.
///
/// # Example
/// ```
/// use microlearners::spiking::{CurrentLif, PairStdp, SpikingNetwork, Synapses, Weights};
///
/// let mut network = SpikingNetwork::new(0.1, 7)?;
/// let inputs = network.add_poisson(&[20.0; 100])?;
/// let neurons = network.add_neurons(10, &CurrentLif::default())?;
/// let rule = PairStdp { largest_weight: Some(150.0), ..PairStdp::default() };
/// let synapses = Synapses { weights: Weights::Uniform(0.0, 150.0), ..Synapses::default() };
/// let plastic = network.connect(inputs, neurons, &synapses.plastic(&rule))?;
/// let before = network.weights(plastic)?;
/// network.run(500.0)?;
/// assert!(network.spike_counts(neurons)?.iter().sum::<u64>() > 0);
/// assert_ne!(network.weights(plastic)?, before);
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SpikingNetwork {
    pub(super) step_ms: f64,
    pub(super) seed: u64,
    pub(super) step: u64,
    pub(super) sources: Vec<Source>,
    pub(super) histories: Vec<History>,
    pub(super) records: Vec<Records>,
    pub(super) projections: Vec<Projection>,
    pub(super) snapshots: Vec<Option<(u64, WeightHistory)>>,
}

impl SpikingNetwork {
    /// An empty network with steps of `step_ms`.
    ///
    /// # Errors
    /// [`Error::Setting`] if the step is not positive.
    pub fn new(step_ms: f64, seed: u64) -> Result<Self> {
        check_positive("step_ms", step_ms)?;
        Ok(Self {
            step_ms,
            seed,
            step: 0,
            sources: Vec::new(),
            histories: Vec::new(),
            records: Vec::new(),
            projections: Vec::new(),
            snapshots: Vec::new(),
        })
    }

    /// Adds `count` neurons at rest.
    ///
    /// # Errors
    /// [`Error::Setting`] if the model is refused or the count is 0.
    pub fn add_neurons(&mut self, count: usize, model: &dyn NeuronModel) -> Result<PopulationId> {
        check_count("count", count)?;
        model.check()?;
        Ok(self.add(Source::Neurons(model.start(count, self.step_ms)), count))
    }

    /// Adds Poisson inputs of these rates in Hz. Their spikes do not depend on the step; those of
    /// one input in the same step count as one.
    ///
    /// # Errors
    /// [`Error::Setting`] if there are none, or if a rate is negative or not finite.
    pub fn add_poisson(&mut self, rates_hz: &[f64]) -> Result<PopulationId> {
        check_count("the number of inputs", rates_hz.len())?;
        let stream = format!("spiking poisson {}", self.sources.len());
        let input = PoissonInput::new(rates_hz, self.seed, &stream)?;
        Ok(self.add(Source::Poisson(Box::new(input)), rates_hz.len()))
    }

    /// Adds inputs that fire at given times, each at the end of the step nearest to it.
    ///
    /// # Errors
    /// [`Error::Setting`] if there are none; [`Error::Samples`] if a spike is nearest to time 0, or
    /// two of one input fall into the same step.
    pub fn add_trains(&mut self, trains: &[SpikeTrain]) -> Result<PopulationId> {
        check_count("the number of inputs", trains.len())?;
        let input = TrainInput::new(trains, self.step_ms)?;
        Ok(self.add(Source::Trains(input), trains.len()))
    }

    fn add(&mut self, source: Source, count: usize) -> PopulationId {
        self.sources.push(source);
        self.histories.push(History::starting_at(self.step));
        self.records.push(Records::new(count));
        PopulationId(self.sources.len() - 1)
    }

    /// Connects two populations; the target must be neurons.
    ///
    /// # Errors
    /// [`Error::Shape`] if a population is of another network, the target has no neurons, or given
    /// pairs, weights or delays do not fit; [`Error::Setting`] if a setting is refused.
    pub fn connect(
        &mut self,
        pre: PopulationId,
        post: PopulationId,
        synapses: &Synapses,
    ) -> Result<ProjectionId> {
        let sizes = [self.size(pre)?, self.size(post)?];
        if !matches!(self.sources[post.0], Source::Neurons(_)) {
            return Err(Error::Shape("inputs receive no synapses; connect to neurons".into()));
        }
        let stream = format!("spiking synapses {}", self.projections.len());
        let mut rng = random::stream(self.seed, &stream);
        let ends = [pre.0, post.0];
        let mut projection = Projection::new(ends, sizes, synapses, self.step_ms, &mut rng)?;
        projection.move_to(self.step);
        self.histories[pre.0].remember(projection.longest_delay());
        self.projections.push(projection);
        self.snapshots.push(None);
        Ok(ProjectionId(self.projections.len() - 1))
    }

    /// How many neurons or inputs a population has.
    ///
    /// # Errors
    /// [`Error::Shape`] if the population is of another network.
    pub fn size(&self, population: PopulationId) -> Result<usize> {
        match self.records.get(population.0) {
            Some(records) => Ok(records.counts.len()),
            None => Err(Error::Shape(format!(
                "population {} of {}; use one that this network added",
                population.0,
                self.records.len()
            ))),
        }
    }

    /// Lets so much time pass.
    ///
    /// # Errors
    /// [`Error::Setting`] if the duration is not a whole number of steps; [`Error::Samples`] if
    /// a voltage is no longer a number.
    pub fn run(&mut self, duration_ms: f64) -> Result<()> {
        let steps = whole_steps("duration_ms", duration_ms, self.step_ms)?;
        (0..steps).for_each(|_| self.one_step());
        let step = self.step;
        self.projections.iter_mut().for_each(|projection| projection.move_to(step));
        self.check_voltages()
    }

    fn one_step(&mut self) {
        self.step += 1;
        let (step, end_ms) = (self.step, self.step as f64 * self.step_ms);
        for (source, history) in self.sources.iter_mut().zip(&mut self.histories) {
            source.step(step, end_ms, history.next_step());
        }
        for projection in &mut self.projections {
            let Source::Neurons(neurons) = &mut self.sources[projection.post] else { continue };
            let input = neurons.receptor_mut(projection.receptor);
            let (pre, post) = (&self.histories[projection.pre], &self.histories[projection.post]);
            projection.deliver(step, pre, post.now(), input);
        }
        let recorded = self.sources.iter_mut().zip(&self.histories).zip(&mut self.records);
        recorded.for_each(|((source, history), records)| source.finish(end_ms, history, records));
        self.take_snapshots(end_ms);
    }

    fn take_snapshots(&mut self, end_ms: f64) {
        for (projection, snapshots) in self.projections.iter_mut().zip(&mut self.snapshots) {
            let Some((every, history)) = snapshots else { continue };
            if self.step.is_multiple_of(*every) {
                projection.move_to(self.step);
                history.times_ms.push(end_ms);
                history.weights.push(projection.weights());
            }
        }
    }

    fn check_voltages(&self) -> Result<()> {
        for (population, source) in self.sources.iter().enumerate() {
            let Source::Neurons(neurons) = source else { continue };
            if let Some(at) = neurons.voltages_mv().iter().position(|voltage| voltage.is_nan()) {
                return Err(Error::Samples(format!(
                    "the voltage of neuron {at} of population {population} is no longer a number; \
                     use a smaller step or smaller weights"
                )));
            }
        }
        Ok(())
    }
}

/// A duration as a whole number of steps.
pub(super) fn whole_steps(name: &str, duration_ms: f64, step_ms: f64) -> Result<u64> {
    check_positive(name, duration_ms)?;
    let steps = (duration_ms / step_ms).round();
    if (steps * step_ms - duration_ms).abs() <= 1e-6 * step_ms.max(duration_ms * 1e-6) {
        return Ok(steps as u64);
    }
    let requirement = format!("it must be a whole number of steps of {step_ms} ms");
    Err(Error::setting(name, duration_ms, requirement))
}
