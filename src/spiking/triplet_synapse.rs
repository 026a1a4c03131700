//! One synapse of the triplet rule at work.

use super::trace::{Accumulation, Trace};
use super::{Interaction, Plastic, Side, TripletStdp};

/// The weight and the traces r₁, r₂ of pre spikes and o₁, o₂ of post spikes.
#[derive(Debug)]
pub(super) struct TripletSynapse {
    rule: TripletStdp,
    weight: f64,
    r1: Trace,
    r2: Trace,
    o1: Trace,
    o2: Trace,
}

impl TripletSynapse {
    pub(super) fn new(rule: TripletStdp, weight: f64) -> Self {
        let accumulation = match rule.interaction {
            Interaction::AllToAll => Accumulation::Sum,
            Interaction::Nearest => Accumulation::Latest,
        };
        let trace = |tau_ms| Trace::new(tau_ms, accumulation);
        let (r1, r2) = (trace(rule.tau_plus_ms), trace(rule.tau_x_ms));
        let (o1, o2) = (trace(rule.tau_minus_ms), trace(rule.tau_y_ms));
        Self { rule, weight, r1, r2, o1, o2 }
    }
}

impl Plastic for TripletSynapse {
    fn spike(&mut self, time_ms: f64, side: Side) {
        let rule = &self.rule;
        match side {
            Side::Pre => {
                let step = rule.pair_depression + rule.triplet_depression * self.r2.read(time_ms);
                self.weight -= self.o1.read(time_ms) * step;
                self.r1.spike(time_ms);
                self.r2.spike(time_ms);
            }
            Side::Post => {
                let triplets = rule.triplet_potentiation * self.o2.read(time_ms);
                self.weight += self.r1.read(time_ms) * (rule.pair_potentiation + triplets);
                self.o1.spike(time_ms);
                self.o2.spike(time_ms);
            }
        }
    }

    fn weight(&self) -> f64 {
        self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::numbers;
    use super::super::{PairStdp, PairedTrains, Protocol, SynapticRule};
    use super::*;

    /// Computed with numpy 2 by explicit traces; the coincidence at 40 ms is on purpose.
    #[test]
    fn every_step_of_a_short_train() {
        let trains =
            PairedTrains::new(&[10.0, 30.0, 40.0, 55.0], &[15.0, 25.0, 40.0, 60.0]).unwrap();
        let full = "0 3.712920875e-10 0.002343609811 -0.008460054947 -0.00909799776
            -0.0193056974 -0.001218206301";
        let nearest = "0 0.003415887205 0.008311655758 0.005725307995 0.009986549949
            0.008064272092 0.01589566978";
        let sets = [
            (TripletStdp::visual_cortex_full(), full),
            (TripletStdp::hippocampal_nearest_full(), nearest),
        ];
        for (rule, expected) in sets {
            let mut synapse = rule.start(0.0);
            let mut after: Vec<(f64, f64)> = Vec::new();
            for (time, side) in trains.spikes() {
                synapse.spike(time, side);
                after.retain(|&(earlier, _)| earlier < time);
                after.push((time, synapse.weight()));
            }
            for ((_, weight), expected) in after.into_iter().zip(numbers(expected)) {
                assert!((weight - expected).abs() < 1e-11, "{weight} {expected}");
            }
        }
    }

    #[test]
    fn without_triplet_terms_it_is_pair_stdp() {
        let triplet = TripletStdp {
            pair_potentiation: 0.01,
            triplet_potentiation: 0.0,
            pair_depression: 0.0105,
            triplet_depression: 0.0,
            ..TripletStdp::default()
        };
        let pair = PairStdp { tau_plus_ms: 16.8, tau_minus_ms: 33.7, ..PairStdp::default() };
        let spikes =
            Protocol::Poisson { pre_hz: 20.0, post_hz: 30.0, duration_ms: 5000.0, seed: 4 };
        let changes = [triplet.weight_change(&spikes), pair.weight_change(&spikes)];
        let [triplets, pairs] = changes.map(|change| change.unwrap());
        assert!((triplets - pairs).abs() < 1e-12);
    }

    #[test]
    fn meaningless_settings_are_refused() {
        let said = |rule: TripletStdp| rule.check().unwrap_err().to_string();
        let rule = TripletStdp { tau_y_ms: -1.0, ..TripletStdp::default() };
        assert_eq!(said(rule), "tau_y_ms is -1, but it must be a finite number above 0");
        let rule = TripletStdp { pair_depression: f64::NAN, ..TripletStdp::default() };
        assert!(said(rule).starts_with("pair_depression is NaN"));
    }

    #[test]
    fn silence_changes_nothing() {
        let silent = Protocol::Trains(PairedTrains::default());
        assert_eq!(TripletStdp::default().weight_change(&silent).unwrap(), 0.0);
        let only_pre = Protocol::Poisson { pre_hz: 9.0, post_hz: 0.0, duration_ms: 1e4, seed: 1 };
        assert_eq!(TripletStdp::default().weight_change(&only_pre).unwrap(), 0.0);
    }
}
