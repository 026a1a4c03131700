//! One synapse of reward-modulated STDP at work.

use super::trace::{Accumulation, Trace};
use super::{Plastic, RewardStdp, Side};

/// Its weight, eligibility and dopamine at the time of the latest event.
#[derive(Debug)]
pub(super) struct RewardSynapse {
    rule: RewardStdp,
    weight: f64,
    time_ms: f64,
    eligibility: f64,
    dopamine: f64,
    pre: Trace,
    post: Trace,
}

impl RewardSynapse {
    pub(super) fn new(rule: RewardStdp, weight: f64) -> Self {
        let trace = |tau_ms| Trace::new(tau_ms, Accumulation::Sum);
        let (pre, post) = (trace(rule.tau_plus_ms), trace(rule.tau_minus_ms));
        Self { rule, weight, time_ms: 0.0, eligibility: 0.0, dopamine: 0.0, pre, post }
    }

    /// Lets so much time pass; the integral of c (n − b) is exact.
    fn pass(&mut self, duration_ms: f64) {
        let (both, slow) = (self.rule.tau_both_ms(), self.rule.tau_eligibility_ms);
        let gone = |tau_ms: f64| -(-duration_ms / tau_ms).exp_m1();
        let by_dopamine = self.dopamine * both * gone(both);
        let by_baseline = self.rule.baseline * slow * gone(slow);
        let change = self.eligibility * (by_dopamine - by_baseline);
        self.weight = (self.weight + change).clamp(0.0, self.rule.largest_weight);
        self.eligibility *= (-duration_ms / slow).exp();
        self.dopamine *= (-duration_ms / self.rule.tau_dopamine_ms).exp();
    }
}

impl Plastic for RewardSynapse {
    fn spike(&mut self, time_ms: f64, side: Side) {
        self.advance(time_ms);
        match side {
            Side::Pre => {
                self.eligibility -= self.rule.depression * self.post.read(time_ms);
                self.pre.spike(time_ms);
            }
            Side::Post => {
                self.eligibility += self.rule.potentiation * self.pre.read(time_ms);
                self.post.spike(time_ms);
            }
        }
    }

    fn advance(&mut self, time_ms: f64) {
        let duration_ms = (time_ms - self.time_ms).max(0.0);
        // The weight turns where dopamine falls through the baseline: bounds hold on both parts.
        let (dopamine, baseline) = (self.dopamine, self.rule.baseline);
        if baseline > 0.0 && dopamine > baseline {
            let turn_ms = self.rule.tau_dopamine_ms * (dopamine / baseline).ln();
            self.pass(turn_ms.min(duration_ms));
            self.pass((duration_ms - turn_ms).max(0.0));
        } else {
            self.pass(duration_ms);
        }
        self.time_ms = self.time_ms.max(time_ms);
    }

    fn reward(&mut self, time_ms: f64, amount: f64) {
        self.advance(time_ms);
        self.dopamine += amount / self.rule.tau_dopamine_ms;
    }

    fn weight(&self) -> f64 {
        self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Protocol, SynapticRule};
    use super::*;

    /// Eligibility 1 and a reward of 1 after a delay: e^(−t/τ_c) / τ_n · τ_c τ_n / (τ_c + τ_n).
    #[test]
    fn a_late_reward_pays_less() {
        let expected = [0.8333333333, 0.5054422164, 0.306566201, 0.04148922364];
        for (delay, expected) in [0.0, 500.0, 1000.0, 3000.0].into_iter().zip(expected) {
            let mut synapse = RewardSynapse::new(RewardStdp::default(), 100.0);
            synapse.eligibility = 1.0;
            synapse.reward(delay, 1.0);
            synapse.advance(f64::INFINITY);
            assert!((synapse.weight() - 100.0 - expected).abs() < 1e-9, "{}", synapse.weight());
        }
    }

    #[test]
    fn small_steps_and_one_large_step_agree() {
        let rule = RewardStdp { baseline: 0.002, ..RewardStdp::default() };
        let run = |steps: u32| {
            let mut synapse = RewardSynapse::new(rule.clone(), 100.0);
            synapse.spike(0.0, Side::Pre);
            synapse.spike(5.0, Side::Post);
            synapse.reward(50.0, 2.0);
            (1..=steps)
                .for_each(|at| synapse.advance(50.0 + 4000.0 * f64::from(at) / f64::from(steps)));
            synapse.weight()
        };
        assert!((run(1) - run(777)).abs() < 1e-10);
    }

    /// Without a baseline chance pairs are rewarded too; to subtract the expected dopamine stops
    /// it.
    #[test]
    fn without_a_baseline_reward_makes_weights_drift() {
        let (pre_hz, post_hz, duration_ms) = (10.0, 10.0, 100_000.0);
        let rewards: Vec<(f64, f64)> = (1..200).map(|at| (f64::from(at) * 500.0, 0.5)).collect();
        // Half a unit of dopamine every 500 ms is 0.001 per ms on average.
        let drift = |baseline| {
            let rule = RewardStdp { baseline, largest_weight: 2000.0, ..RewardStdp::default() };
            let change = |seed| {
                let protocol = Protocol::Poisson { pre_hz, post_hz, duration_ms, seed };
                rule.rewarded_change(&protocol.trains().unwrap(), &rewards).unwrap()
            };
            (0..20).map(change).sum::<f64>() / 20.0
        };
        // c on average: 10² per s² · (20 − 30) ms · 1000 ms, times 0.001 per ms for 100 s.
        let theory = 1e-4 * (20.0 - 30.0) * 1000.0 * 0.001 * 100_000.0;
        assert!((drift(0.0) / theory - 1.0).abs() < 0.25, "{} {theory}", drift(0.0));
        assert!(drift(0.001).abs() < 0.15 * theory.abs(), "{}", drift(0.001));
    }

    #[test]
    fn without_reward_nothing_changes_and_bad_rewards_are_refused() {
        let pairs = Protocol::Pairs { rate_hz: 10.0, delta_ms: 10.0, count: 60 };
        assert_eq!(RewardStdp::default().weight_change(&pairs).unwrap(), 0.0);
        let trains = pairs.trains().unwrap();
        let late = RewardStdp::default().rewarded_change(&trains, &[(9.0, 1.0), (3.0, 1.0)]);
        assert!(late.unwrap_err().to_string().contains("in the order of their times"));
    }
}
