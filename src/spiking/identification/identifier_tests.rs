//! Tests of the identifier.

use super::super::PlasticityData;
use super::super::{DataPoint, NamedRule, TripletStdp};
use super::identifier::RuleIdentifier;
use super::slice_experiment::SliceMeasurement;
use super::testing::{few_draws, few_responses, few_rules, named, short};
use super::{ProtocolBattery, RuleResponses, SliceExperiment};

fn identifier() -> RuleIdentifier {
    RuleIdentifier::fit(&few_responses(), 1).unwrap()
}

#[test]
fn accuracy_grows_with_repeats_and_without_noise() {
    let identifier = identifier();
    let bits = |repeats, noise| identifier.score(repeats, noise).unwrap().bits;
    assert!(bits(1, 0.25) < bits(4, 0.25) && bits(4, 0.25) < bits(8, 0.25));
    assert!(bits(8, 0.25) < bits(8, 0.0));
    // Without noise these four rules are distinguished although their parameters scatter.
    let right = identifier.score(8, 0.0).unwrap().right;
    assert!(right.share > 0.97, "{right:?}");
    // Nothing is left under strong noise.
    let lost = identifier.score(1, 100.0).unwrap();
    assert!((lost.right.share - 0.25).abs() < 0.12 && lost.bits.abs() < 0.05, "{lost:?}");
}

#[test]
fn probabilities_can_be_taken_at_their_word() {
    let score = identifier().score(2, 0.25).unwrap();
    assert!(score.right.experiments == 160 && score.calibration_error < 0.1, "{score:?}");
}

#[test]
fn rules_that_are_equal_stay_confused() {
    let rule = TripletStdp::visual_cortex_full;
    let rules = [few_rules()[0].clone(), named("one", rule()), named("other", rule())];
    let exact = SliceExperiment { scatter: 0.1, preparation_scatter: 0.1, ..short() };
    let draws = super::ResponseDraws { known: 60, held_out: 100, ..few_draws() };
    let responses = RuleResponses::draw(&rules, &exact, &draws).unwrap();
    let identifier = RuleIdentifier::fit(&responses, 1).unwrap();
    let counts = identifier.confusion(8, 0.02).unwrap().counts;
    assert_eq!(counts[0], [100, 0, 0]);
    let right = counts[1][1] + counts[2][2];
    // 100 of 200, by chance up to four standard deviations of 7.
    assert!(right.abs_diff(100) < 29, "{counts:?}");
}

#[test]
fn an_experiment_is_identified_and_one_of_no_rule_is_noticed() {
    let identifier = identifier();
    for named in few_rules() {
        let measured = short().measure(named.rule.as_ref()).unwrap();
        let found = identifier.identify(&measured).unwrap();
        assert_eq!(found.rules[0].rule, named.name);
        let sum: f64 = found.rules.iter().map(|one| one.probability).sum();
        assert!((sum - 1.0).abs() < 1e-12 && found.p_value > 0.01);
        let mut odd = measured;
        odd.changes.iter_mut().enumerate().for_each(|(at, one)| *one = (at % 2) as f64);
        assert!(identifier.identify(&odd).unwrap().p_value < 0.02);
    }
}

#[test]
fn published_data_are_identified_by_their_standard_errors() {
    let rules: Vec<NamedRule> = few_rules();
    let protocols: Vec<_> =
        short().battery.protocols.iter().map(|one| one.protocol.clone()).collect();
    let point = |protocol: &super::super::Protocol| DataPoint {
        protocol: protocol.clone(),
        change: rules[2].rule.weight_change(protocol).unwrap(),
        sem: 0.03,
    };
    let points = protocols.iter().map(point).collect();
    let data = PlasticityData { name: "exact".into(), source: "none".into(), points };
    let experiment = SliceExperiment { battery: ProtocolBattery::of(&protocols), ..short() };
    let responses = RuleResponses::draw(&rules, &experiment, &few_draws()).unwrap();
    let identifier = RuleIdentifier::fit(&responses, 1).unwrap();
    let found = identifier.identify_published(&data).unwrap();
    assert_eq!(found.rules[0].rule, rules[2].name);
    assert!(found.rules[0].probability > 0.9 && found.p_value > 0.5, "{found:?}");
    let other = PlasticityData::visual_cortex();
    let said = identifier.identify_published(&other).unwrap_err().to_string();
    assert!(said.contains("not those of the identifier's battery"), "{said}");
}

#[test]
fn bad_measurements_are_refused() {
    let identifier = identifier();
    let good = short().measure(few_rules()[0].rule.as_ref()).unwrap();
    let said = |bad: SliceMeasurement| identifier.identify(&bad).unwrap_err().to_string();
    let mut bad = good.clone();
    bad.changes[2] = f64::NAN;
    assert!(said(bad).contains("NaN; leave the protocol out"));
    let mut bad = good.clone();
    bad.changes.pop();
    assert!(said(bad).contains("7 changes of 8 protocols"));
    let mut bad = good.clone();
    bad.protocols.swap(0, 1);
    assert!(said(bad).contains("use one battery"));
    let bad = SliceMeasurement { repeats: 9, ..good };
    assert!(said(bad).contains("8 synapses were drawn"));
}
