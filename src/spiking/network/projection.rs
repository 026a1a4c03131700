//! The synapses between two populations at work.

use super::connectivity::check_weights;
use super::history::History;
use super::plasticity::Plasticity;
use super::wiring::Wiring;
use super::{Receptor, Synapses};
use crate::random::Rng;
use crate::{Error, Result};

/// Synapses with their weights and their rule.
#[derive(Debug, Clone)]
pub(super) struct Projection {
    pub(super) pre: usize,
    pub(super) post: usize,
    pub(super) receptor: Receptor,
    gain: f64,
    /// The pairs in the order in which weights are given.
    pub(super) pairs: Vec<[u32; 2]>,
    wiring: Wiring,
    weights: Vec<f64>,
    pub(super) plasticity: Option<Plasticity>,
}

impl Projection {
    /// Synapses between populations of so many neurons.
    pub(super) fn new(
        [pre, post]: [usize; 2],
        sizes: [usize; 2],
        synapses: &Synapses,
        step_ms: f64,
        rng: &mut Rng,
    ) -> Result<Self> {
        check(synapses)?;
        let pairs = synapses.connectivity.pairs(sizes, rng)?;
        let weights = synapses.weights.draw(pairs.len(), rng)?;
        let delays = synapses.delays.draw(pairs.len(), step_ms, rng)?;
        let wiring = Wiring::new(&pairs, &delays, sizes);
        let plasticity = synapses
            .rule
            .as_deref()
            .map(|rule| Plasticity::new(rule, &wiring, sizes[1], step_ms, synapses.bounds));
        let (receptor, gain) = (synapses.receptor, synapses.gain);
        let stored = vec![0.0; pairs.len()];
        let mut projection =
            Self { pre, post, receptor, gain, pairs, wiring, weights: stored, plasticity };
        projection.set_weights(&weights)?;
        Ok(projection)
    }

    /// The longest delay in steps.
    pub(super) fn longest_delay(&self) -> usize {
        self.wiring.delays.last().copied().unwrap_or(0) as usize
    }

    /// The weights in the order of the pairs.
    pub(super) fn weights(&self) -> Vec<f64> {
        self.wiring.places.iter().map(|&place| self.weights[place as usize]).collect()
    }

    pub(super) fn set_weights(&mut self, weights: &[f64]) -> Result<()> {
        check_weights(weights)?;
        if weights.len() != self.pairs.len() {
            return Err(Error::Shape(format!(
                "{} weights for {} synapses; give one for each pair",
                weights.len(),
                self.pairs.len()
            )));
        }
        for (&place, &weight) in self.wiring.places.iter().zip(weights) {
            self.weights[place as usize] = weight;
        }
        Ok(())
    }

    /// Scales the weights of each postsynaptic neuron to a sum; those of a sum of 0 stay.
    pub(super) fn normalise(&mut self, post: usize, total: f64) {
        let mut factors = vec![0.0; post];
        let targets = &self.wiring.targets;
        for (&target, weight) in targets.iter().zip(&self.weights) {
            factors[target as usize] += weight;
        }
        factors.iter_mut().for_each(|sum| *sum = if *sum > 0.0 { total / *sum } else { 1.0 });
        for (&target, weight) in targets.iter().zip(&mut self.weights) {
            *weight *= factors[target as usize];
        }
    }

    /// Lets time pass to `step` for weights that change between spikes.
    pub(super) fn move_to(&mut self, step: u64) {
        if let Some(plasticity) = &mut self.plasticity {
            plasticity.move_to(step, &mut self.weights);
        }
    }

    /// The spikes of `step`: postsynaptic changes, then arrivals that act and change, then traces.
    pub(super) fn deliver(&mut self, step: u64, pre: &History, post: &[u32], input: &mut [f64]) {
        let arrives = self.wiring.delays.iter().any(|&delay| !pre.before(delay).is_empty());
        let Some(mut plasticity) = self.plasticity.take() else {
            if arrives {
                self.arrivals(pre, |projection, segment| projection.act(segment, input));
            }
            return;
        };
        if arrives || !post.is_empty() {
            plasticity.move_to(step, &mut self.weights);
            for &neuron in post {
                plasticity.post_spike(neuron, step, &mut self.weights);
            }
            self.arrivals(pre, |projection, segment| {
                projection.act(segment, input);
                let Self { wiring, weights, .. } = projection;
                plasticity.pre_spike(segment, step, wiring, weights);
                plasticity.remember_pre(segment, step);
            });
            post.iter().for_each(|&neuron| plasticity.remember_post(neuron));
        }
        self.plasticity = Some(plasticity);
    }

    /// Does something with every segment at which a spike arrives.
    fn arrivals(&mut self, pre: &History, mut at: impl FnMut(&mut Self, usize)) {
        for class in 0..self.wiring.delays.len() {
            for &neuron in pre.before(self.wiring.delays[class]) {
                let segment = self.wiring.segment(neuron, class);
                at(self, segment);
            }
        }
    }

    /// Adds the weights of a segment to what its targets receive.
    fn act(&self, segment: usize, input: &mut [f64]) {
        let places = self.wiring.places_of(segment);
        let weights = &self.weights[places.clone()];
        if self.wiring.full {
            input.iter_mut().zip(weights).for_each(|(input, weight)| *input += self.gain * weight);
            return;
        }
        for (&target, weight) in self.wiring.targets[places].iter().zip(weights) {
            input[target as usize] += self.gain * weight;
        }
    }
}

fn check(synapses: &Synapses) -> Result<()> {
    if !synapses.gain.is_finite() {
        return Err(Error::setting("gain", synapses.gain, "it must be finite"));
    }
    if let Some([low, high]) = synapses.bounds
        && (low.is_nan() || high.is_nan() || low > high)
    {
        let requirement = "the lower bound must not be above the upper one";
        return Err(Error::setting("bounds", format!("{low} to {high}"), requirement));
    }
    synapses.rule.as_ref().map_or(Ok(()), |rule| rule.check_projection())
}
