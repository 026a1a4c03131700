//! From observed tables to samples.

use microlearners::classification::{
    CLIP, CheckpointSelection, ImportanceBy, SampleSpec, SampleUnit, with_key,
};
use microlearners::ndarray::Axis;
use microlearners::polars::prelude::{Column, DataFrame};

use super::tables::observed;

fn with(table: &DataFrame, column: Column) -> DataFrame {
    let mut columns: Vec<Column> =
        table.columns().iter().filter(|other| other.name() != column.name()).cloned().collect();
    columns.push(column);
    DataFrame::new(table.height(), columns).unwrap()
}

#[test]
fn a_sample_is_a_layer_at_the_end_with_its_depth() {
    let samples = SampleSpec::default().samples(&observed(2)).unwrap();
    assert_eq!(
        samples.feature_names,
        ["weightraw_norm", "actraw_mean", "depth=early", "depth=middle", "depth=deep"]
    );
    assert_eq!(samples.len(), 18);
    assert_eq!(samples.networks(), 6);
    assert_eq!(samples.classes, ["backprop", "hebbian", "oja"]);
    assert_eq!(samples.labels[..6], [0, 0, 0, 1, 1, 1]);
    assert_eq!(samples.groups[..6], [0, 0, 0, 1, 1, 1]);
    // Run 1 is at checkpoint 9 in rows 15 to 17 of the table.
    let table = observed(2);
    let norm = table.column("weightraw_norm").unwrap().f64().unwrap();
    assert_eq!(Some(samples.features[[3, 0]]), norm.get(15));
    assert_eq!(samples.features.row(4).to_vec()[2..], [0.0, 1.0, 0.0]);
}

#[test]
fn keys_context_and_privileged_columns_are_dropped() {
    let view = SampleSpec { unit: SampleUnit::OneLayerWithoutDepth, ..SampleSpec::default() };
    let samples = view.samples(&observed(2)).unwrap();
    assert_eq!(samples.feature_names, ["weightraw_norm", "actraw_mean"]);
}

#[test]
fn trajectories_and_whole_networks_are_named_by_checkpoint_and_layer() {
    let view = SampleSpec {
        unit: SampleUnit::WholeNetwork,
        checkpoints: CheckpointSelection::At(vec![9, 0]),
        observables: vec!["weight".into()],
        ..SampleSpec::default()
    };
    let samples = view.samples(&observed(2)).unwrap();
    assert_eq!(samples.len(), 6);
    assert_eq!(
        samples.feature_names[..3],
        ["layer1.weightraw_norm@9", "layer1.weightraw_norm@0", "layer2.weightraw_norm@9"]
    );
    let observables = samples.parts(ImportanceBy::Observable);
    assert_eq!(observables, [("weightraw_norm".to_owned(), (0..6).collect())]);
    let all = SampleSpec {
        checkpoints: CheckpointSelection::All,
        unit: SampleUnit::OneLayerWithoutDepth,
        ..view
    };
    let names = all.samples(&observed(2)).unwrap().feature_names;
    assert_eq!(names, ["weightraw_norm@0", "weightraw_norm@5", "weightraw_norm@9"]);
}

#[test]
fn the_first_and_the_last_layer_stand_for_a_network() {
    let view = SampleSpec { unit: SampleUnit::FirstAndLastLayer, ..SampleSpec::default() };
    let samples = view.samples(&observed(2)).unwrap();
    assert_eq!(samples.len(), 6);
    let names =
        ["first.weightraw_norm", "first.actraw_mean", "last.weightraw_norm", "last.actraw_mean"];
    assert_eq!(samples.feature_names, names);
    let whole = SampleSpec { unit: SampleUnit::WholeNetwork, ..SampleSpec::default() }
        .samples(&observed(2))
        .unwrap();
    assert_eq!(samples.features, whole.features.select(Axis(1), &[0, 1, 4, 5]));
    let observables = samples.parts(ImportanceBy::Observable);
    assert_eq!(observables[0], ("weightraw_norm".to_owned(), vec![0, 2]));
}

#[test]
fn an_algorithm_is_a_rule_and_its_optimizer() {
    let named = with_key(&observed(2), "algorithm").unwrap();
    let view = SampleSpec { label: vec!["algorithm".into()], ..SampleSpec::default() };
    assert_eq!(view.samples(&observed(2)).unwrap(), view.samples(&named).unwrap());
    let classes = view.samples(&named).unwrap().classes;
    assert!(classes.contains(&"backprop × adam".to_owned()), "{classes:?}");
    assert!(with_key(&observed(2), "colour").unwrap_err().to_string().contains("colour"));
}

#[test]
fn labels_can_be_combined() {
    let view =
        SampleSpec { label: vec!["rule".into(), "optimizer".into()], ..SampleSpec::default() };
    let samples = view.samples(&observed(2)).unwrap();
    assert_eq!(samples.classes.len(), 6);
    assert_eq!(samples.classes[0], "backprop × adam");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let table = observed(3);
    let view = SampleSpec { checkpoints: CheckpointSelection::All, ..SampleSpec::default() };
    assert_eq!(view.samples(&table.reverse()).unwrap(), view.samples(&table).unwrap());
}

#[test]
fn values_that_are_missing_or_infinite_keep_their_network() {
    let table = observed(2);
    let mut values: Vec<Option<f64>> = vec![Some(1.0); table.height()];
    let last_of_run_0 = 6;
    values[last_of_run_0] = None;
    values[last_of_run_0 + 1] = Some(f64::INFINITY);
    values[last_of_run_0 + 2] = Some(f64::NEG_INFINITY);
    let table = with(&table, Column::new("actraw_mean".into(), values));
    let view = SampleSpec { observables: vec!["actraw_mean".into()], ..SampleSpec::default() };
    let samples = view.samples(&table).unwrap();
    assert_eq!(samples.features.column(0).to_vec()[..4], [CLIP, CLIP, -CLIP, 1.0]);
}

/// A network that diverged after checkpoint 5: its last measurement is that one, and in a
/// trajectory the later ones are clipped.
#[test]
fn networks_that_stopped_early_are_kept() {
    let table = observed(2);
    let table = DataFrame::new(
        table.height() - 3,
        table.head(Some(6)).vstack(&table.tail(Some(table.height() - 9))).unwrap().columns().into(),
    )
    .unwrap();
    let last = SampleSpec::default().samples(&table).unwrap();
    let norm = table.column("weightraw_norm").unwrap().f64().unwrap();
    assert_eq!(Some(last.features[[0, 0]]), norm.get(3));
    let view = SampleSpec { checkpoints: CheckpointSelection::All, ..SampleSpec::default() };
    let all = view.samples(&table).unwrap();
    let place = all.feature_names.iter().position(|name| name == "weightraw_norm@9").unwrap();
    assert_eq!(all.features[[0, place]], CLIP);
    assert_ne!(all.features[[3, place]], CLIP);
}
