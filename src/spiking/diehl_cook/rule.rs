//! STDP with one presynaptic and two postsynaptic traces.

use serde::{Deserialize, Serialize};

use super::super::{AtSpike, Interaction, ProjectionRule, RuleTraces, SideTraces, TraceShape};
use crate::Result;
use crate::error::{check_not_negative, check_positive};

/// The rule of Diehl and Cook's network: the triplet rule with traces that spikes set to 1. A
/// presynaptic spike does w −= η_pre o₁, a postsynaptic spike w += η_post r o₂.
///
/// r and o₁, o₂ are the traces of presynaptic and postsynaptic spikes, just before the spike. A
/// neuron's first spike finds o₂ at 0, so that pairs alone do not potentiate.
///
/// ```
/// use microlearners::spiking::{DiehlCookStdp, ProjectionRule};
///
/// assert!(DiehlCookStdp::default().check_projection().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiehlCookStdp {
    /// η_pre, at least 0; default 1e-4.
    pub depression: f64,
    /// η_post, at least 0; default 1e-2.
    pub potentiation: f64,
    /// The decay of r in ms; default 20.
    pub tau_pre_ms: f64,
    /// The decay of o₁ in ms; default 20.
    pub tau_post_ms: f64,
    /// The decay of o₂ in ms; default 40.
    pub tau_post_slow_ms: f64,
    /// The weight is kept between 0 and this; default 1.
    pub largest_weight: f64,
}

impl Default for DiehlCookStdp {
    fn default() -> Self {
        Self {
            depression: 1e-4,
            potentiation: 1e-2,
            tau_pre_ms: 20.0,
            tau_post_ms: 20.0,
            tau_post_slow_ms: 40.0,
            largest_weight: 1.0,
        }
    }
}

impl DiehlCookStdp {
    fn add(&self, synapses: AtSpike<'_>, by: f64) {
        for (weight, partner) in synapses.weights.iter_mut().zip(synapses.partners) {
            let changed = *weight + by * partner;
            let changed = if changed < 0.0 { 0.0 } else { changed };
            *weight = if changed > self.largest_weight { self.largest_weight } else { changed };
        }
    }
}

impl ProjectionRule for DiehlCookStdp {
    fn check_projection(&self) -> Result<()> {
        check_not_negative("depression", self.depression)?;
        check_not_negative("potentiation", self.potentiation)?;
        check_positive("tau_pre_ms", self.tau_pre_ms)?;
        check_positive("tau_post_ms", self.tau_post_ms)?;
        check_positive("tau_post_slow_ms", self.tau_post_slow_ms)?;
        check_positive("largest_weight", self.largest_weight)
    }

    fn traces(&self) -> RuleTraces {
        let shape =
            |time_constant_ms| TraceShape { time_constant_ms, interaction: Interaction::Nearest };
        let slow = Some(shape(self.tau_post_slow_ms));
        RuleTraces {
            pre: SideTraces { for_partners: shape(self.tau_pre_ms), for_itself: None },
            post: SideTraces { for_partners: shape(self.tau_post_ms), for_itself: slow },
        }
    }

    fn pre_spike(&self, synapses: AtSpike<'_>) {
        self.add(synapses, -self.depression);
    }

    fn post_spike(&self, synapses: AtSpike<'_>) {
        let by = self.potentiation * synapses.own;
        self.add(synapses, by);
    }

    fn boxed_rule(&self) -> Box<dyn ProjectionRule> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::TripletStdp;
    use super::*;

    #[test]
    fn it_is_the_nearest_triplet_rule_within_bounds() {
        let rule = DiehlCookStdp::default();
        let triplet = TripletStdp {
            pair_potentiation: 0.0,
            triplet_potentiation: 1e-2,
            pair_depression: 1e-4,
            triplet_depression: 0.0,
            tau_plus_ms: 20.0,
            tau_minus_ms: 20.0,
            tau_y_ms: 40.0,
            interaction: Interaction::Nearest,
            ..TripletStdp::default()
        };
        assert_eq!(rule.traces().post, triplet.traces().post);
        assert_eq!(rule.traces().pre.for_partners, triplet.traces().pre.for_partners);
        let after = |rule: &dyn ProjectionRule, first: f64| {
            let (mut weights, partners) = ([first, first], [0.3, 0.9]);
            for post in [true, false] {
                let at = AtSpike {
                    weights: &mut weights,
                    eligibilities: &mut [],
                    partners: &partners,
                    own: 0.4,
                };
                if post { rule.post_spike(at) } else { rule.pre_spike(at) }
            }
            weights
        };
        assert_eq!(after(&rule, 0.5), after(&triplet, 0.5));
        assert!(after(&rule, 0.9999).iter().all(|&weight| weight <= 1.0));
        assert!(DiehlCookStdp { tau_pre_ms: 0.0, ..rule }.check_projection().is_err());
    }
}
