//! Small candidates and experiments for the tests of this room.

use super::super::{CalciumRule, NamedRule, PairStdp, SynapticRule, TripletStdp};
use super::battery::ProtocolBattery;
use super::response_draws::ResponseDraws;
use super::responses::RuleResponses;
use super::slice_experiment::SliceExperiment;

pub(super) fn named(name: &str, rule: impl SynapticRule + 'static) -> NamedRule {
    NamedRule { name: name.into(), rule: Box::new(rule) }
}

/// Four rules, fast to compute.
pub(super) fn few_rules() -> Vec<NamedRule> {
    vec![
        named("pair", PairStdp::default()),
        named("triplet, visual", TripletStdp::visual_cortex_full()),
        named("triplet, hippocampal", TripletStdp::hippocampal_minimal()),
        named("calcium", CalciumRule::cortical_slices()),
    ]
}

/// Eight protocols of pairs at four rates.
pub(super) fn short() -> SliceExperiment {
    let battery = ProtocolBattery::pairs_at_rates(&[1.0, 10.0, 20.0, 50.0]);
    SliceExperiment { battery, repeats: 8, seed: 3, ..SliceExperiment::default() }
}

pub(super) fn few_draws() -> ResponseDraws {
    ResponseDraws { known: 24, chosen_by: 20, held_out: 40, synapses: 8 }
}

pub(super) fn few_responses() -> RuleResponses {
    RuleResponses::draw(&few_rules(), &short(), &few_draws()).expect("the rules are sound")
}
