//! All synaptic rules with their published parameter sets.

use super::{
    CalciumRule, InhibitoryStdp, PairStdp, Pairing, RewardStdp, SynapticRule, TripletStdp,
    VoltageRule,
};

/// A rule with a parameter set, under a name.
#[derive(Debug, Clone)]
pub struct NamedRule {
    /// The rule and its set, such as "triplet_stdp, visual cortex, minimal"; unique.
    pub name: String,
    /// The rule.
    pub rule: Box<dyn SynapticRule>,
}

fn named(set: &str, rule: impl SynapticRule + 'static) -> NamedRule {
    NamedRule { name: format!("{}, {set}", rule.about().name), rule: Box::new(rule) }
}

/// Every rule with every parameter set of the library.
///
/// ```
/// use microlearners::spiking::synaptic_rules;
///
/// let names: Vec<String> = synaptic_rules().into_iter().map(|rule| rule.name).collect();
/// assert!(names.contains(&"triplet_stdp, visual cortex, minimal".into()));
/// ```
pub fn synaptic_rules() -> Vec<NamedRule> {
    let nearest = PairStdp { pairing: Pairing::Nearest, ..PairStdp::default() };
    vec![
        named("all to all", PairStdp::default()),
        named("nearest", nearest),
        named("visual cortex, full", TripletStdp::visual_cortex_full()),
        named("visual cortex, minimal", TripletStdp::visual_cortex_minimal()),
        named("visual cortex, nearest, full", TripletStdp::visual_cortex_nearest_full()),
        named("visual cortex, nearest, minimal", TripletStdp::visual_cortex_nearest_minimal()),
        named("hippocampus, full", TripletStdp::hippocampal_full()),
        named("hippocampus, minimal", TripletStdp::hippocampal_minimal()),
        named("hippocampus, nearest, full", TripletStdp::hippocampal_nearest_full()),
        named("hippocampus, nearest, minimal", TripletStdp::hippocampal_nearest_minimal()),
        named("default", InhibitoryStdp::default()),
        named("default", RewardStdp::default()),
        named("DP", CalciumRule::dp()),
        named("DPD", CalciumRule::dpd()),
        named("DPD'", CalciumRule::dpd_prime()),
        named("P", CalciumRule::p()),
        named("D", CalciumRule::d()),
        named("D'", CalciumRule::d_prime()),
        named("hippocampal slices", CalciumRule::hippocampal_slices()),
        named("hippocampal cultures", CalciumRule::hippocampal_cultures()),
        named("cortical slices", CalciumRule::cortical_slices()),
        named("visual cortex", VoltageRule::default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::{PairedTrains, Protocol, Side, SpikeTrain};
    use super::*;

    #[test]
    fn every_rule_is_described_and_accepts_its_defaults() {
        let rules = synaptic_rules();
        for (at, named) in rules.iter().enumerate() {
            named.rule.check().unwrap();
            let about = named.rule.about();
            assert!(!about.equation.is_empty() && !about.citation.is_empty());
            assert!(!about.parameters.is_empty());
            assert!(rules[..at].iter().all(|other| other.name != named.name), "{}", named.name);
        }
    }

    #[test]
    fn every_parameter_can_be_set_and_is_checked() {
        for named in synaptic_rules() {
            for (parameter, value) in named.rule.about().parameters {
                let set = named.rule.with(parameter, value * 2.0 + 0.1).unwrap();
                let of = |(name, value): (_, f64)| (name == parameter).then_some(value);
                let now = set.about().parameters.into_iter().find_map(of).unwrap();
                assert_eq!(now, value * 2.0 + 0.1);
                for bad in [-1.0, f64::NAN, f64::INFINITY] {
                    let set = named.rule.with(parameter, bad).unwrap();
                    assert!(set.check().is_err(), "{} {parameter} {bad}", named.name);
                    let pairs = Protocol::Pairs { rate_hz: 1.0, delta_ms: 1.0, count: 1 };
                    assert!(set.weight_change(&pairs).is_err());
                }
            }
        }
    }

    #[test]
    fn unusual_protocols_give_numbers() {
        let (rate_hz, duration_ms, seed) = (200.0, 3000.0, 1);
        let train = |times: &[f64]| SpikeTrain::new(times).unwrap();
        let trains = |pre: &[f64], post: &[f64]| {
            Protocol::Trains(PairedTrains { pre: train(pre), post: train(post) })
        };
        let silent = [trains(&[], &[]), Protocol::Pairs { rate_hz, delta_ms: 1.0, count: 0 }];
        let protocols = [
            trains(&[], &[0.0, 1.0]),
            trains(&[3.0], &[3.0]),
            trains(&[0.0, 1e9], &[0.25]),
            Protocol::Pairs { rate_hz, delta_ms: 0.0, count: 60 },
            Protocol::Pairs { rate_hz, delta_ms: -300.0, count: 60 },
            Protocol::Poisson { pre_hz: rate_hz, post_hz: rate_hz, duration_ms, seed },
        ];
        for named in synaptic_rules() {
            for protocol in &silent {
                assert_eq!(named.rule.weight_change(protocol).unwrap(), 0.0, "{}", named.name);
            }
            for protocol in &protocols {
                let change = named.rule.weight_change(protocol).unwrap();
                assert!(change.is_finite(), "{} {protocol}", named.name);
            }
        }
    }

    #[test]
    fn a_synapse_without_spikes_keeps_its_weight() {
        for named in synaptic_rules() {
            let first = named.rule.initial_weight();
            let mut synapse = named.rule.start(first);
            synapse.advance(1000.0);
            assert!((synapse.weight() - first).abs() < 1e-12, "{}", named.name);
            synapse.spike(1000.0, Side::Pre);
            synapse.spike(1010.0, Side::Post);
            assert!(synapse.weight().is_finite());
        }
    }
}
