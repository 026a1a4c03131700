//! A convolution over the checkpoints, as whoever classifies or identifies uses it.

use microlearners::classification::{
    CheckpointSelection, Protocol, SampleSpec, SampleUnit, TemporalConvolution, classify_table,
    identify, named,
};
use microlearners::prelude::Identifier;

use super::tables::observed;

/// Two of the three checkpoints that the tables here have.
fn small() -> TemporalConvolution {
    TemporalConvolution { kernel_size: 2, ..TemporalConvolution::default() }
}

fn spec(unit: SampleUnit) -> SampleSpec {
    SampleSpec { unit, checkpoints: CheckpointSelection::All, ..SampleSpec::default() }
}

/// One layer with its depth, or several layers side by side, which become channels.
#[test]
fn rules_are_identified_from_samples_of_every_kind() {
    let protocol =
        Protocol { splits: 2, permutations: 5, importance_repeats: 1, ..Protocol::default() };
    for unit in [
        SampleUnit::OneLayer,
        SampleUnit::OneLayerWithoutDepth,
        SampleUnit::FirstAndLastLayer,
        SampleUnit::WholeNetwork,
    ] {
        let report = classify_table(&observed(16), &spec(unit), &small(), &protocol).unwrap();
        assert!(report.accuracy.mean > 0.8, "{unit:?}: {report}");
        let shuffled = report.baseline.as_ref().unwrap().mean;
        assert!((0.1..0.6).contains(&shuffled), "{unit:?}: {shuffled}");
        // One checkpoint is no sequence: there is no such control, and the report says so.
        assert!(report.step_zero.is_none());
        assert!(
            report.to_string().contains("No control before learning: no feature has a checkpoint")
        );
    }
}

#[test]
fn the_default_kernel_is_refused_on_three_checkpoints_and_one_checkpoint_by_all() {
    let usual = named("temporal_convolution").unwrap();
    let told = |spec: &SampleSpec| {
        let report = classify_table(&observed(8), spec, usual.as_ref(), &Protocol::default());
        report.unwrap_err().to_string()
    };
    let all = told(&spec(SampleUnit::OneLayer));
    assert!(all.contains("the samples have 3 checkpoints: choose a kernel of at most 3"), "{all}");
    let last = told(&SampleSpec::default());
    assert!(last.contains("take all of them (CheckpointSelection::All"), "{last}");
}

#[test]
fn an_identifier_that_is_saved_and_read_gives_the_same_probabilities() {
    let known = observed(16);
    let identifier = Identifier::fit(&known, &spec(SampleUnit::WholeNetwork), &small()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("over_time.identifier");
    identifier.save(&file).unwrap();
    let again = Identifier::load(&file).unwrap();
    let [one, other] = [&identifier, &again].map(|each| identify(each, &known).unwrap());
    let ranked = |found: &microlearners::prelude::Identification| {
        found.networks.iter().map(|network| network.ranked.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ranked(&one), ranked(&other));
}
