//! The experiment end to end, small: where networks move, trajectories give the rule away, and
//! before learning nothing does.

use microlearners::classification::{
    CheckpointSelection, Protocol, RandomForest, SampleSpec, SampleUnit, classify_table,
};
use microlearners::training::Design;

use crate::support;

#[test]
fn rules_are_identified_from_trajectories_and_not_before_learning() {
    let digits = support::mnist().subset(20_000, 1000, 0).unwrap();
    let records = Design::moving().study(&digits, 8).unwrap().run().unwrap();
    let view = SampleSpec {
        observables: vec!["weight".into()],
        unit: SampleUnit::WholeNetwork,
        checkpoints: CheckpointSelection::All,
        ..SampleSpec::default()
    };
    let protocol =
        Protocol { splits: 4, permutations: 10, importance_repeats: 0, ..Protocol::default() };
    let report =
        classify_table(&records.observations, &view, &RandomForest::default(), &protocol).unwrap();
    assert!(report.accuracy.mean >= 0.95, "{report}");
    // Networks of one seed are identical then, so exactly one guess in six is right.
    assert!((report.step_zero.unwrap().mean - 1.0 / 6.0).abs() < 1e-12, "{report}");
    assert!(report.baseline.unwrap().mean < 0.4);
}

#[test]
fn two_rules_and_two_seeds_are_enough_for_a_report_with_its_baseline() {
    use microlearners::rules;
    use microlearners::training::Study;
    let two = [rules::named("backprop").unwrap(), rules::named("hebbian").unwrap()];
    let records = Study::of(support::small_experiment()).rules(&two).seeds(2).run().unwrap();
    let report = classify_table(
        &records.observations,
        &SampleSpec::default(),
        &RandomForest::default(),
        &Protocol::default(),
    )
    .unwrap();
    assert_eq!(report.baseline.unwrap().accuracies.len(), 100);
    assert!(report.movement.iter().all(|one| one.weight_change.is_finite()));
}
