//! One synapse of the voltage rule at work, in steps of 1 ms.

use serde::{Deserialize, Serialize};

use super::{NeuronAtWork, Plastic, Side, VoltageRule};

/// By how many steps the filtered voltages are read late.
const LATE: usize = 3;
/// The current pulse of one step that evokes a post spike, in pA.
const PULSE_PA: f64 = 1e6;
/// After so many steps without a spike every trace and the neuron have settled.
const SETTLED: u64 = 10_000;

/// Homeostasis of the voltage rule: depression is multiplied by the mean of (u − E_L)² in units of
/// a target. Synapses onto an overactive neuron so depress more. The defaults are those of the
/// authors' code for receptive fields.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Homeostasis {
    /// The mean square at which depression has its nominal strength, in mV²; default 60.
    pub target_mv2: f64,
    /// The time over which the square is averaged, in ms; default 1200.
    pub tau_ms: f64,
}

impl Default for Homeostasis {
    fn default() -> Self {
        Self { target_mv2: 60.0, tau_ms: 1200.0 }
    }
}

/// A voltage, low-pass filtered, with its latest values.
#[derive(Debug, Clone)]
struct Filter {
    tau_ms: f64,
    /// The present value first.
    values: [f64; LATE + 1],
}

impl Filter {
    fn new(tau_ms: f64, rest: f64) -> Self {
        Self { tau_ms, values: [rest; LATE + 1] }
    }

    fn late(&self) -> f64 {
        self.values[LATE]
    }

    fn take(&mut self, voltage: f64) {
        let next = voltage / self.tau_ms + (1.0 - 1.0 / self.tau_ms) * self.values[0];
        self.values.rotate_right(1);
        self.values[0] = next;
    }
}

/// A synapse that is given the voltage of the post neuron at every step of 1 ms.
#[derive(Debug, Clone)]
pub struct VoltageSynapse {
    rule: VoltageRule,
    weight: f64,
    low: Filter,
    high: Filter,
    pre_trace: f64,
    /// The mean of (u − E_L)² in mV², from 0.
    mean_square: f64,
}

impl VoltageSynapse {
    pub(super) fn new(rule: &VoltageRule, weight: f64) -> Self {
        let filter = |tau_ms| Filter::new(tau_ms, rule.neuron.rest_mv);
        let (low, high) = (filter(rule.tau_minus_ms), filter(rule.tau_plus_ms));
        Self { rule: rule.clone(), weight, low, high, pre_trace: 0.0, mean_square: 0.0 }
    }

    /// One step with the voltage in mV and the number of pre spikes in it.
    pub fn step(&mut self, voltage_mv: f64, pre_spikes: u32) {
        let rule = &self.rule;
        let above = |voltage: f64, threshold: f64| (voltage - threshold).max(0.0);
        let spikes = f64::from(pre_spikes);
        let strength = rule.homeostasis.map_or(1.0, |of| self.mean_square / of.target_mv2);
        let down =
            strength * rule.depression * spikes * above(self.low.late(), rule.theta_minus_mv);
        let high = above(self.high.late(), rule.theta_minus_mv);
        let up = rule.potentiation * above(voltage_mv, rule.theta_plus_mv) * self.pre_trace * high;
        let most = rule.largest_weight;
        self.weight += up - down;
        if let Some(most) = most {
            self.weight = self.weight.clamp(0.0, most);
        }
        if let Some(Homeostasis { tau_ms, .. }) = rule.homeostasis {
            let square = (voltage_mv - rule.neuron.rest_mv).powi(2);
            self.mean_square += (square - self.mean_square) / tau_ms;
        }
        self.low.take(voltage_mv);
        self.high.take(voltage_mv);
        self.pre_trace += (spikes - self.pre_trace) / rule.tau_x_ms;
    }

    /// The weight.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// ū₋, ū₊ in mV, and x̄ in 1/ms, after the latest step.
    pub fn traces(&self) -> [f64; 3] {
        [self.low.values[0], self.high.values[0], self.pre_trace]
    }
}

/// The synapse with its neuron, to which spikes are given in time.
#[derive(Debug)]
pub(super) struct DrivenSynapse {
    synapse: VoltageSynapse,
    neuron: NeuronAtWork,
    /// The step that is being filled, and what has arrived in it.
    step: u64,
    pre_spikes: u32,
    current_pa: f64,
    /// Steps since the latest spike.
    quiet: u64,
}

impl DrivenSynapse {
    pub(super) fn new(rule: &VoltageRule, weight: f64) -> Self {
        let (synapse, neuron) = (VoltageSynapse::new(rule, weight), rule.neuron.resting());
        Self { synapse, neuron, step: 0, pre_spikes: 0, current_pa: 0.0, quiet: 0 }
    }

    fn run_until(&mut self, step: u64) {
        while self.step < step {
            if self.quiet > SETTLED {
                self.step = step;
                return;
            }
            let voltage = self.neuron.step(std::mem::take(&mut self.current_pa));
            self.synapse.step(voltage, std::mem::take(&mut self.pre_spikes));
            self.step += 1;
            self.quiet += 1;
        }
    }
}

impl Plastic for DrivenSynapse {
    fn spike(&mut self, time_ms: f64, side: Side) {
        self.advance(time_ms);
        self.quiet = 0;
        match side {
            Side::Pre => self.pre_spikes += 1,
            Side::Post => self.current_pa = PULSE_PA,
        }
    }

    fn advance(&mut self, time_ms: f64) {
        // A cast saturates, so that infinity runs until all has settled.
        self.run_until(time_ms.max(0.0).round() as u64);
    }

    fn weight(&self) -> f64 {
        self.synapse.weight
    }
}

#[cfg(test)]
mod tests {
    use super::super::SynapticRule;
    use super::*;

    /// After step 42 of the trace in the test of the rule, with the traces of the same source.
    #[test]
    fn traces_follow_the_voltage() {
        let mut synapse = VoltageRule::default().synapse(0.5).unwrap();
        for step in 0..22 {
            let voltage = match step {
                20 => 29.4,
                21 => 32.862,
                _ => -70.6,
            };
            synapse.step(voltage, u32::from(step == 10));
            if step == 10 {
                assert!((synapse.traces()[2] - 1.0 / 15.0).abs() < 1e-15);
            }
        }
        let expected = [-51.2538, -43.57481633, 0.03121140246];
        for (actual, expected) in synapse.traces().into_iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-8, "{actual} {expected}");
        }
    }

    /// At a constant voltage 5 mV above rest the mean square tends to 25 mV².
    #[test]
    fn depression_grows_with_the_mean_square_of_the_voltage() {
        let depression = |homeostasis| {
            let rule = VoltageRule { homeostasis, ..VoltageRule::default() };
            let mut synapse = rule.synapse(0.5).unwrap();
            (0..20_000).for_each(|_| synapse.step(-65.6, 0));
            synapse.step(-65.6, 1);
            0.5 - synapse.weight()
        };
        let homeostasis = Some(Homeostasis { target_mv2: 50.0, tau_ms: 1200.0 });
        assert!((depression(homeostasis) - 0.5 * depression(None)).abs() < 1e-9);
        let bad = Some(Homeostasis { target_mv2: 0.0, ..Homeostasis::default() });
        let rule = VoltageRule { homeostasis: bad, ..VoltageRule::default() };
        assert!(rule.check().unwrap_err().to_string().starts_with("target_mv2 is 0"));
    }

    #[test]
    fn a_long_silence_is_skipped_without_effect() {
        let weight = |pause_ms: f64| {
            let mut synapse = VoltageRule::default().start(0.5);
            for start in [0.0, pause_ms] {
                synapse.spike(start, Side::Pre);
                synapse.spike(start + 10.0, Side::Post);
                synapse.spike(start + 25.0, Side::Pre);
            }
            synapse.advance(f64::INFINITY);
            synapse.weight()
        };
        assert!((weight(9000.0) - weight(1e12)).abs() < 1e-12);
    }
}
