//! The rules of single synapses for all synapses of a projection.

use super::super::{
    InhibitoryStdp, Interaction, PairStdp, Pairing, RewardStdp, SynapticRule, TripletStdp,
    WeightDependence,
};
use super::projection_rule::partner_traces;
use super::{AtSpike, Passing, ProjectionRule, RuleTraces, SideTraces, SynapseMemory, TraceShape};
use crate::{Error, Result};

/// Adds `by` times the partners' traces to the weights and keeps them between the bounds.
pub(super) fn add_in_bounds(synapses: AtSpike<'_>, by: f64, bounds: [f64; 2]) {
    for (weight, partner) in synapses.weights.iter_mut().zip(synapses.partners) {
        *weight = clipped(*weight + by * partner, bounds);
    }
}

/// A number between two bounds.
#[inline]
pub(super) fn clipped(value: f64, [low, high]: [f64; 2]) -> f64 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}

/// From 0 to a largest weight.
fn up_to(largest: Option<f64>) -> [f64; 2] {
    [0.0, largest.unwrap_or(f64::INFINITY)]
}

impl PairStdp {
    fn projection_bounds(&self) -> [f64; 2] {
        match self.largest_weight {
            Some(_) => up_to(self.largest_weight),
            None => [f64::NEG_INFINITY, f64::INFINITY],
        }
    }

    /// Changes each weight by a step that may depend on it.
    fn change_projection(&self, synapses: AtSpike<'_>, step: impl Fn(&Self, f64) -> f64) {
        let bounds = self.projection_bounds();
        if self.dependence == WeightDependence::Additive {
            return add_in_bounds(synapses, step(self, 0.0), bounds);
        }
        for (weight, partner) in synapses.weights.iter_mut().zip(synapses.partners) {
            *weight = clipped(*weight + step(self, *weight) * partner, bounds);
        }
    }
}

/// All-to-all and nearest pairing. The other two schemes need a trace for each synapse and are
/// refused.
impl ProjectionRule for PairStdp {
    fn check_projection(&self) -> Result<()> {
        self.check()?;
        match self.pairing {
            Pairing::AllToAll | Pairing::Nearest => Ok(()),
            other => Err(Error::setting(
                "pairing",
                format!("{other:?}"),
                "in a network it must be AllToAll or Nearest, which need one trace per neuron",
            )),
        }
    }

    fn traces(&self) -> RuleTraces {
        let interaction = match self.pairing {
            Pairing::AllToAll => Interaction::AllToAll,
            _ => Interaction::Nearest,
        };
        partner_traces(self.tau_plus_ms, self.tau_minus_ms, interaction)
    }

    fn pre_spike(&self, synapses: AtSpike<'_>) {
        self.change_projection(synapses, |rule, weight| -rule.steps_at(weight).1);
    }

    fn post_spike(&self, synapses: AtSpike<'_>) {
        self.change_projection(synapses, |rule, weight| rule.steps_at(weight).0);
    }

    fn boxed_rule(&self) -> Box<dyn ProjectionRule> {
        Box::new(self.clone())
    }
}

impl ProjectionRule for TripletStdp {
    fn check_projection(&self) -> Result<()> {
        self.check()
    }

    fn traces(&self) -> RuleTraces {
        let side = |partners_ms, itself_ms| {
            let shape =
                |time_constant_ms| TraceShape { time_constant_ms, interaction: self.interaction };
            SideTraces { for_partners: shape(partners_ms), for_itself: Some(shape(itself_ms)) }
        };
        RuleTraces {
            pre: side(self.tau_plus_ms, self.tau_x_ms),
            post: side(self.tau_minus_ms, self.tau_y_ms),
        }
    }

    fn pre_spike(&self, synapses: AtSpike<'_>) {
        let step = self.pair_depression + self.triplet_depression * synapses.own;
        add_in_bounds(synapses, -step, [f64::NEG_INFINITY, f64::INFINITY]);
    }

    fn post_spike(&self, synapses: AtSpike<'_>) {
        let step = self.pair_potentiation + self.triplet_potentiation * synapses.own;
        add_in_bounds(synapses, step, [f64::NEG_INFINITY, f64::INFINITY]);
    }

    fn boxed_rule(&self) -> Box<dyn ProjectionRule> {
        Box::new(self.clone())
    }
}

impl ProjectionRule for InhibitoryStdp {
    fn check_projection(&self) -> Result<()> {
        self.check()
    }

    fn traces(&self) -> RuleTraces {
        partner_traces(self.tau_ms, self.tau_ms, Interaction::AllToAll)
    }

    fn pre_spike(&self, synapses: AtSpike<'_>) {
        let (bounds, alpha) = (up_to(self.largest_weight), self.alpha());
        for (weight, partner) in synapses.weights.iter_mut().zip(synapses.partners) {
            *weight = clipped(*weight + self.learning_rate * (partner - alpha), bounds);
        }
    }

    fn post_spike(&self, synapses: AtSpike<'_>) {
        add_in_bounds(synapses, self.learning_rate, up_to(self.largest_weight));
    }

    fn boxed_rule(&self) -> Box<dyn ProjectionRule> {
        Box::new(self.clone())
    }
}

/// Eligibilities and weights of all synapses move at each step with a spike, so that this rule
/// costs more than the others.
impl ProjectionRule for RewardStdp {
    fn check_projection(&self) -> Result<()> {
        self.check()
    }

    fn traces(&self) -> RuleTraces {
        partner_traces(self.tau_plus_ms, self.tau_minus_ms, Interaction::AllToAll)
    }

    fn memory(&self) -> SynapseMemory {
        SynapseMemory::WeightAndEligibility
    }

    fn pre_spike(&self, synapses: AtSpike<'_>) {
        for (mark, partner) in synapses.eligibilities.iter_mut().zip(synapses.partners) {
            *mark -= self.depression * partner;
        }
    }

    fn post_spike(&self, synapses: AtSpike<'_>) {
        for (mark, partner) in synapses.eligibilities.iter_mut().zip(synapses.partners) {
            *mark += self.potentiation * partner;
        }
    }

    fn pass(&self, passing: Passing<'_>) {
        let Passing { weights, eligibilities, dopamine, elapsed_ms } = passing;
        for duration_ms in self.parts_ms(*dopamine, elapsed_ms) {
            let (gain, left) = self.change_in(duration_ms, *dopamine);
            let bounds = [0.0, self.largest_weight];
            for (weight, mark) in weights.iter_mut().zip(eligibilities.iter_mut()) {
                *weight = clipped(*weight + gain * *mark, bounds);
                *mark *= left;
            }
            *dopamine *= (-duration_ms / self.tau_dopamine_ms).exp();
        }
    }

    fn dopamine_of_reward(&self) -> f64 {
        1.0 / self.tau_dopamine_ms
    }

    fn boxed_rule(&self) -> Box<dyn ProjectionRule> {
        Box::new(self.clone())
    }
}

impl RewardStdp {
    /// The time until dopamine falls through the baseline, where weights turn, and the rest.
    fn parts_ms(&self, dopamine: f64, elapsed_ms: f64) -> [f64; 2] {
        if self.baseline > 0.0 && dopamine > self.baseline {
            let turn_ms = self.tau_dopamine_ms * (dopamine / self.baseline).ln();
            return [turn_ms.min(elapsed_ms), (elapsed_ms - turn_ms).max(0.0)];
        }
        [elapsed_ms, 0.0]
    }

    /// The weight change by an eligibility of 1, the exact integral of c (n − b), and what is left
    /// of it.
    fn change_in(&self, duration_ms: f64, dopamine: f64) -> (f64, f64) {
        let (both, slow) = (self.tau_both_ms(), self.tau_eligibility_ms);
        let gone = |tau_ms: f64| -(-duration_ms / tau_ms).exp_m1();
        let change = dopamine * both * gone(both) - self.baseline * slow * gone(slow);
        (change, (-duration_ms / slow).exp())
    }
}
