//! One synapse of pair STDP at work.

use super::trace::{Accumulation, Trace};
use super::{PairStdp, Pairing, Plastic, Side};

/// The weight and the traces of both sides.
#[derive(Debug)]
pub(super) struct PairSynapse {
    rule: PairStdp,
    weight: f64,
    pre: Trace,
    post: Trace,
}

impl PairSynapse {
    pub(super) fn new(rule: PairStdp, weight: f64) -> Self {
        let (pre, post) = match rule.pairing {
            Pairing::AllToAll => (Accumulation::Sum, Accumulation::Sum),
            Pairing::PreCentred => (Accumulation::Sum, Accumulation::Latest),
            Pairing::Nearest | Pairing::ImmediateNeighbours => {
                (Accumulation::Latest, Accumulation::Latest)
            }
        };
        let (tau_plus, tau_minus) = (rule.tau_plus_ms, rule.tau_minus_ms);
        Self { rule, weight, pre: Trace::new(tau_plus, pre), post: Trace::new(tau_minus, post) }
    }

    fn change(&mut self, by: f64) {
        self.weight += by;
        if let Some(largest) = self.rule.largest_weight {
            self.weight = self.weight.clamp(0.0, largest);
        }
    }
}

impl Plastic for PairSynapse {
    fn spike(&mut self, time_ms: f64, side: Side) {
        let (up, down) = self.rule.steps_at(self.weight);
        let pairing = self.rule.pairing;
        match side {
            Side::Pre => {
                self.change(-down * self.post.read(time_ms));
                if pairing == Pairing::ImmediateNeighbours {
                    self.post.forget_before(time_ms);
                }
                self.pre.spike(time_ms);
            }
            Side::Post => {
                self.change(up * self.pre.read(time_ms));
                if matches!(pairing, Pairing::ImmediateNeighbours | Pairing::PreCentred) {
                    self.pre.forget_before(time_ms);
                }
                self.post.spike(time_ms);
            }
        }
    }

    fn weight(&self) -> f64 {
        self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PairedTrains, SynapticRule, WeightDependence};
    use super::*;

    /// The hard-coded trains of NEST's `test_stdp_nn_synapses.py`, with coincidences at 9 and 12.
    fn nest_trains() -> PairedTrains {
        let pre = [1.0, 5.0, 6.0, 7.0, 9.0, 11.0, 12.0, 13.0];
        PairedTrains::new(&pre, &[2.0, 3.0, 4.0, 8.0, 9.0, 10.0, 12.0]).unwrap()
    }

    fn rule(pairing: Pairing, dependence: WeightDependence) -> PairStdp {
        PairStdp {
            potentiation: 0.01,
            depression: 0.01 * 0.85,
            tau_plus_ms: 16.8,
            tau_minus_ms: 33.7,
            pairing,
            dependence,
            largest_weight: Some(1.0),
        }
    }

    fn final_weight(rule: &PairStdp, trains: &PairedTrains) -> f64 {
        let mut synapse = rule.start(0.5);
        for (time, side) in trains.spikes() {
            synapse.spike(time, side);
        }
        synapse.weight()
    }

    /// Computed with numpy 2 by explicit sums over pairs, four schemes × five variants.
    #[test]
    fn the_four_schemes_and_the_dependences_on_the_weight() {
        let dependences = [
            WeightDependence::Additive,
            WeightDependence::Multiplicative,
            WeightDependence::VanRossum,
            WeightDependence::Power(0.02),
        ];
        let expected = [
            [0.4376943537, 0.4686177491, 0.5422177412, 0.4385364401, 0.4558389945],
            [0.5070060798, 0.5026776206, 0.5336371771, 0.5068428269, 0.5081487156],
            [0.4981284245, 0.4990096043, 0.5254446889, 0.4981501546, 0.5081487156],
            [0.5046826042, 0.5021287910, 0.5206176271, 0.5046013719, 0.5055097272],
        ];
        let trains = nest_trains();
        let late = trains.delayed(0.0, 0.1).unwrap();
        for (pairing, expected) in Pairing::ALL.into_iter().zip(expected) {
            let mut weights: Vec<f64> =
                dependences.iter().map(|&by| final_weight(&rule(pairing, by), &trains)).collect();
            weights.push(final_weight(&rule(pairing, WeightDependence::Additive), &late));
            for (weight, expected) in weights.into_iter().zip(expected) {
                assert!((weight - expected).abs() < 1e-10, "{pairing:?} {weight} {expected}");
            }
        }
    }

    #[test]
    fn the_weight_after_every_event_of_the_reduced_scheme() {
        let expected = [
            0.5,
            0.509422131,
            0.509422131,
            0.509422131,
            0.501170651,
            0.501170651,
            0.501170651,
            0.510592782,
            0.5023413021,
            0.5117634331,
            0.5035119531,
            0.5129340841,
            0.5046826042,
        ];
        let mut synapse = rule(Pairing::ImmediateNeighbours, WeightDependence::Additive).start(0.5);
        let mut after: Vec<(f64, f64)> = Vec::new();
        for (time, side) in nest_trains().spikes() {
            synapse.spike(time, side);
            after.retain(|&(earlier, _)| earlier < time);
            after.push((time, synapse.weight()));
        }
        assert_eq!(after.len(), expected.len());
        for ((_, weight), expected) in after.into_iter().zip(expected) {
            assert!((weight - expected).abs() < 1e-10, "{weight} {expected}");
        }
    }

    #[test]
    fn coincident_spikes_may_come_in_either_order() {
        for pairing in Pairing::ALL {
            let rule = rule(pairing, WeightDependence::Additive);
            let (mut one, mut other) = (rule.start(0.5), rule.start(0.5));
            for (time, side) in nest_trains().spikes() {
                one.spike(time, side);
            }
            let mut spikes = nest_trains().spikes();
            spikes.reverse();
            spikes.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (time, side) in spikes {
                other.spike(time, side);
            }
            assert!((one.weight() - other.weight()).abs() < 1e-15, "{pairing:?}");
        }
    }

    #[test]
    fn the_weight_stays_within_its_bounds() {
        let strong = PairStdp { potentiation: 10.0, ..rule(Pairing::AllToAll, Default::default()) };
        assert!(final_weight(&strong, &nest_trains()) <= 1.0);
        let weak = PairStdp { depression: 10.0, ..rule(Pairing::AllToAll, Default::default()) };
        assert_eq!(final_weight(&weak, &nest_trains()), 0.0);
    }
}
