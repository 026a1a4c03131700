//! A rule at work on the synapses of a projection.

use super::projection_rules::clipped;
use super::traces::{CommonTraces, LazyTraces};
use super::wiring::{Columns, Wiring};
use super::{AtSpike, Passing, ProjectionRule, SynapseMemory};

/// The rule with the traces of both sides. Traces of presynaptic neurons are those at the synapse,
/// after the delay.
#[derive(Debug, Clone)]
pub(super) struct Plasticity {
    rule: Box<dyn ProjectionRule>,
    step_ms: f64,
    columns: Columns,
    /// For partners, and for itself: one trace for each presynaptic neuron and delay.
    pre: LazyTraces,
    pre_own: Option<LazyTraces>,
    post: CommonTraces,
    post_own: Option<CommonTraces>,
    eligibilities: Vec<f64>,
    dopamine: f64,
    passed: u64,
    bounds: Option<[f64; 2]>,
    gathered: Gathered,
}

/// The synapses of one neuron side by side.
#[derive(Debug, Clone, Default)]
struct Gathered {
    weights: Vec<f64>,
    eligibilities: Vec<f64>,
    partners: Vec<f64>,
}

impl Plasticity {
    pub(super) fn new(
        rule: &dyn ProjectionRule,
        wiring: &Wiring,
        post: usize,
        step_ms: f64,
        bounds: Option<[f64; 2]>,
    ) -> Self {
        let traces = rule.traces();
        let lazy = |shape| LazyTraces::new(shape, wiring.segments(), step_ms);
        let common = |shape| CommonTraces::new(shape, post, step_ms);
        let kept = match rule.memory() {
            SynapseMemory::Weight => 0,
            SynapseMemory::WeightAndEligibility => wiring.targets.len(),
        };
        Self {
            rule: rule.boxed_rule(),
            step_ms,
            columns: wiring.columns(post),
            pre: lazy(traces.pre.for_partners),
            pre_own: traces.pre.for_itself.map(lazy),
            post: common(traces.post.for_partners),
            post_own: traces.post.for_itself.map(common),
            eligibilities: vec![0.0; kept],
            dopamine: 0.0,
            passed: 0,
            bounds,
            gathered: Gathered::default(),
        }
    }

    /// Lets time pass to `step`, before the spikes in it.
    pub(super) fn move_to(&mut self, step: u64, weights: &mut [f64]) {
        self.post.move_to(step);
        if let Some(own) = &mut self.post_own {
            own.move_to(step);
        }
        if !self.eligibilities.is_empty() && step > self.passed {
            self.rule.pass(Passing {
                weights,
                eligibilities: &mut self.eligibilities,
                dopamine: &mut self.dopamine,
                elapsed_ms: (step - self.passed) as f64 * self.step_ms,
            });
        }
        self.passed = step;
    }

    /// The change by a spike of postsynaptic neuron `post`.
    pub(super) fn post_spike(&mut self, post: u32, step: u64, weights: &mut [f64]) {
        let synapses = self.columns.of(post);
        let Gathered { weights: near, eligibilities, partners } = &mut self.gathered;
        near.clear();
        near.extend(synapses.iter().map(|&(place, _)| weights[place as usize]));
        partners.clear();
        partners.extend(synapses.iter().map(|&(_, entry)| self.pre.read(entry as usize, step)));
        eligibilities.clear();
        let kept = !self.eligibilities.is_empty();
        if kept {
            let marks = &self.eligibilities;
            eligibilities.extend(synapses.iter().map(|&(place, _)| marks[place as usize]));
        }
        let own = self.post_own.as_ref().map_or(0.0, |own| own.values()[post as usize]);
        self.rule.post_spike(AtSpike { weights: near, eligibilities, partners, own });
        keep_in(self.bounds, near);
        synapses.iter().zip(near).for_each(|(at, weight)| weights[at.0 as usize] = *weight);
        if kept {
            let marks = &mut self.eligibilities;
            synapses.iter().zip(eligibilities).for_each(|(at, mark)| marks[at.0 as usize] = *mark);
        }
    }

    /// The change by a presynaptic spike that arrives at the synapses of a segment.
    pub(super) fn pre_spike(
        &mut self,
        segment: usize,
        step: u64,
        wiring: &Wiring,
        weights: &mut [f64],
    ) {
        let places = wiring.places_of(segment);
        let weights = &mut weights[places.clone()];
        let marks: &mut [f64] = match self.eligibilities.is_empty() {
            true => &mut [],
            false => &mut self.eligibilities[places.clone()],
        };
        let traces = self.post.values();
        let partners = if wiring.full {
            traces
        } else {
            let near = &mut self.gathered.partners;
            near.clear();
            near.extend(wiring.targets[places].iter().map(|&target| traces[target as usize]));
            near
        };
        let own = self.pre_own.as_ref().map_or(0.0, |own| own.read(segment, step));
        self.rule.pre_spike(AtSpike { weights, eligibilities: marks, partners, own });
        keep_in(self.bounds, weights);
    }

    /// Adds a presynaptic spike to the traces.
    pub(super) fn remember_pre(&mut self, segment: usize, step: u64) {
        self.pre.spike(segment, step);
        if let Some(own) = &mut self.pre_own {
            own.spike(segment, step);
        }
    }

    /// Adds a postsynaptic spike to the traces.
    pub(super) fn remember_post(&mut self, post: u32) {
        self.post.spike(post as usize);
        if let Some(own) = &mut self.post_own {
            own.spike(post as usize);
        }
    }

    pub(super) fn reward(&mut self, amount: f64) {
        self.dopamine += amount * self.rule.dopamine_of_reward();
    }

    /// Forgets all spikes and rewards.
    pub(super) fn clear(&mut self) {
        self.pre.clear();
        self.post.clear();
        if let Some(own) = &mut self.pre_own {
            own.clear();
        }
        if let Some(own) = &mut self.post_own {
            own.clear();
        }
        self.eligibilities.fill(0.0);
        self.dopamine = 0.0;
    }
}

fn keep_in(bounds: Option<[f64; 2]>, weights: &mut [f64]) {
    if let Some(bounds) = bounds {
        weights.iter_mut().for_each(|weight| *weight = clipped(*weight, bounds));
    }
}
