//! Every refusal says what is wrong, with the numbers, and what to do.

use microlearners::classification::{
    CheckpointSelection, Classifier, DecisionTree, GridSearch, LinearSvm, LogisticRegression,
    MaxFeatures, Pca, Protocol, RandomForest, SampleSpec, SampleUnit, Samples, classify,
};
use microlearners::ndarray::Array2;
use microlearners::polars::prelude::{Column, DataFrame};

use super::tables::{SMALL, observed, table};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: microlearners::Result<T>, words: &[&str]) {
    let message = result.unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    for word in words {
        assert!(message.contains(word), "\"{word}\" is not in: {message}");
    }
}

fn view(observables: &[&str]) -> SampleSpec {
    SampleSpec {
        observables: observables.iter().map(ToString::to_string).collect(),
        ..SampleSpec::default()
    }
}

#[test]
fn tables_that_lack_something() {
    let table = observed(2);
    for name in ["run", "checkpoint", "layer", "depth", "rule"] {
        refused(SampleSpec::default().samples(&table.drop(name).unwrap()), &["lacks 1", name]);
    }
    refused(SampleSpec::default().samples(&table.head(Some(0))), &["no rows"]);
    let bare = table.drop("weightraw_norm").unwrap().drop("actraw_mean").unwrap();
    refused(SampleSpec::default().samples(&bare), &["no observables"]);
    let twice = table.vstack(&table.head(Some(1))).unwrap();
    refused(
        SampleSpec::default().samples(&twice),
        &["run 0, layer 1, checkpoint 0 occurs twice", "stack("],
    );
    let gap = table.head(Some(3)).vstack(&table.tail(Some(table.height() - 6))).unwrap();
    let all = SampleSpec { checkpoints: CheckpointSelection::All, ..SampleSpec::default() };
    refused(all.samples(&gap), &["run 0, layer 1 lacks checkpoint 5"]);
}

#[test]
fn a_note_is_no_feature_and_is_refused_as_one() {
    let text = Column::new("note".into(), vec!["x"; observed(2).height()]);
    let mut columns: Vec<Column> = observed(2).columns().to_vec();
    columns.push(text);
    let table = DataFrame::new(columns[0].len(), columns).unwrap();
    let without = SampleSpec::default().samples(&observed(2)).unwrap();
    assert_eq!(SampleSpec::default().samples(&table).unwrap(), without);
    refused(view(&["note"]).samples(&table), &["note", "not numbers"]);
}

#[test]
fn a_column_of_ones_own_is_no_feature_unless_it_is_named() {
    let table = observed(2);
    let index = Column::new("rule_index".into(), (0..table.height() as u32).collect::<Vec<_>>());
    let mut indexed = table.clone();
    indexed.with_column(index).unwrap();
    refused(
        SampleSpec::default().samples(&indexed),
        &["rule_index", "drop", "SampleSpec.observables"],
    );
    let measured = view(&["weightraw_norm", "actraw_mean"]).samples(&indexed).unwrap();
    assert_eq!(measured, SampleSpec::default().samples(&table).unwrap());
    let named = view(&["rule_index"]).samples(&indexed).unwrap();
    assert_eq!(named.feature_names[0], "rule_index");
    // What keys are made of is a key.
    let keyed = microlearners::classification::with_key(&table, "algorithm").unwrap();
    assert!(SampleSpec::default().samples(&keyed).is_ok());
    refused(view(&["algorithm"]).samples(&keyed), &["algorithm"]);
}

#[test]
fn a_part_of_a_name_is_a_whole_part() {
    let table = observed(2);
    for word in ["weightr", "weights_", "w", "", "weightraw_", "norm"] {
        refused(view(&[word]).samples(&table), &["observable", "weightraw_norm"]);
    }
    refused(view(&["weights"]).samples(&table), &["20 of the 21", "weights"]);
    refused(view(&["weightsq"]).samples(&table), &["weightsq"]);
    let once = view(&["weight"]).samples(&table).unwrap();
    assert_eq!(view(&["weight", "weightraw", "weightraw_norm"]).samples(&table).unwrap(), once);
}

#[test]
fn networks_that_have_the_same_number() {
    let table = observed(2);
    let mut other = table.clone();
    other.with_column(Column::new("rule".into(), vec!["oja"; table.height()])).unwrap();
    refused(
        SampleSpec::default().samples(&table.vstack(&other).unwrap()),
        &["run 0", "rule", "stack("],
    );
    for odd in [
        Column::new("run".into(), vec!["0"; table.height()]),
        Column::new("run".into(), vec![0.5; table.height()]),
        Column::new("run".into(), vec![-1; table.height()]),
        Column::new("run".into(), vec![None::<u32>; table.height()]),
    ] {
        let mut numbered = table.clone();
        numbered.with_column(odd).unwrap();
        refused(SampleSpec::default().samples(&numbered), &["column run", "whole number"]);
    }
}

#[test]
fn a_missing_layer_or_start() {
    let table = observed(2);
    let without = |lacking: u32| {
        let rows: Vec<u32> = (0..table.height() as u32).filter(|row| *row != lacking).collect();
        table.take(&microlearners::polars::prelude::IdxCa::from_vec("rows".into(), rows)).unwrap()
    };
    refused(SampleSpec::default().samples(&without(7)), &["run 0, layer 2", "checkpoint 9"]);
    let late = table.tail(Some(table.height() - 3));
    assert!(SampleSpec::default().samples(&late).is_ok());
    refused(SampleSpec::default().at_step_zero().samples(&late), &["run 0", "checkpoint 0"]);
}

#[test]
fn lists_with_repetitions() {
    let table = observed(2);
    let at =
        SampleSpec { checkpoints: CheckpointSelection::At(vec![9, 9]), ..SampleSpec::default() };
    refused(at.samples(&table), &["checkpoints", "9 twice"]);
    let label = SampleSpec { label: vec!["rule".into(), "rule".into()], ..SampleSpec::default() };
    refused(label.samples(&table), &["label", "rule twice"]);
}

#[test]
fn names_that_do_not_exist() {
    let table = observed(2);
    refused(view(&["gradavg"]).samples(&table), &["gradavg", "weightraw_norm, actraw_mean"]);
    refused(view(&["privileged_angle"]).samples(&table), &["privileged_angle"]);
    let at = SampleSpec { checkpoints: CheckpointSelection::At(vec![7]), ..SampleSpec::default() };
    refused(at.samples(&table), &["checkpoint", "7", "0, 5, 9"]);
    let nowhere =
        SampleSpec { checkpoints: CheckpointSelection::At(vec![]), ..SampleSpec::default() };
    refused(nowhere.samples(&table), &["at least one checkpoint"]);
    let label = SampleSpec { label: vec!["weightraw_norm".into()], ..SampleSpec::default() };
    refused(label.samples(&table), &["label column", "optimizer"]);
    let none = SampleSpec { label: vec![], ..SampleSpec::default() };
    refused(none.samples(&table), &["at least one key column"]);
}

#[test]
fn labels_that_do_not_belong_to_a_network() {
    let label = SampleSpec { label: vec!["depth".into()], ..SampleSpec::default() };
    refused(label.samples(&observed(2)), &["network 0", "early", "middle"]);
}

#[test]
fn whole_networks_of_different_depth() {
    let table = observed(2);
    let whole = SampleSpec { unit: SampleUnit::WholeNetwork, ..SampleSpec::default() };
    let without: Vec<u32> =
        (0..table.height() as u32).filter(|row| *row > 8 || row % 3 != 2).collect();
    let rows = microlearners::polars::prelude::IdxCa::from_vec("rows".into(), without);
    refused(whole.samples(&table.take(&rows).unwrap()), &["[1, 2]", "[1, 2, 3]", "OneLayer"]);
}

fn two_classes(counts: [usize; 2]) -> Samples {
    let n = counts[0] + counts[1];
    let labels = (0..n).map(|row| usize::from(row >= counts[0])).collect();
    let classes = vec!["hebbian".into(), "oja".into()];
    let features = Array2::from_shape_fn((n, 1), |(row, _)| row as f64);
    Samples::new(features, vec!["x".into()], labels, classes, (0..n as u64).collect()).unwrap()
}

#[test]
fn too_few_classes_or_networks() {
    let one = observed(1).head(Some(9));
    refused(
        SampleSpec::default().samples(&one),
        &["3 samples", "one class (backprop)", "at least two"],
    );
    let lonely = two_classes([5, 1]);
    let protocol = Protocol::default();
    refused(classify(&lonely, &RandomForest::default(), &protocol), &["\"oja\" has 1 of the 6"]);
    let few = two_classes([2, 2]);
    refused(GridSearch::forests().fit(&few, 0), &["4 networks", "5 folds"]);
    refused(GridSearch::forests().fit(&lonely, 0), &["\"oja\" has 1"]);
}

#[test]
fn arrays_that_do_not_fit() {
    let build = |rows, names: &[&str], labels: Vec<usize>, groups: Vec<u64>| {
        let names = names.iter().map(ToString::to_string).collect();
        let classes = vec!["a".into(), "b".into()];
        Samples::new(Array2::zeros((rows, 1)), names, labels, classes, groups)
    };
    refused(build(2, &["x"], vec![0], vec![0, 1]), &["2 × 1", "1 labels"]);
    refused(build(2, &["x", "y"], vec![0, 1], vec![0, 1]), &["2 names"]);
    refused(build(0, &["x"], vec![], vec![]), &["0 × 1", "at least one"]);
    refused(build(2, &["x"], vec![0, 2], vec![0, 1]), &["label 2", "2 classes"]);
    refused(build(2, &["x"], vec![0, 1], vec![7, 7]), &["network 7", "\"a\"", "\"b\""]);
    let mut samples = two_classes([2, 2]);
    samples.features[[1, 0]] = f64::NAN;
    refused(samples.check(), &["feature x of sample 1", "not finite"]);
}

#[test]
fn settings_without_meaning() {
    let forest = RandomForest::default;
    refused(RandomForest { trees: 0, ..forest() }.check(), &["trees is 0"]);
    refused(RandomForest { min_samples_leaf: 0, ..forest() }.check(), &["min_samples_leaf"]);
    refused(RandomForest { max_depth: Some(0), ..forest() }.check(), &["max_depth"]);
    let none = MaxFeatures::Count(0);
    refused(RandomForest { max_features: none, ..forest() }.check(), &["max_features"]);
    let tree = DecisionTree { max_depth: Some(0), ..DecisionTree::default() };
    refused(tree.check(), &["max_depth"]);
    let logistic = LogisticRegression { penalty: -1.0, ..LogisticRegression::default() };
    refused(logistic.check(), &["penalty is -1"]);
    refused(LinearSvm { c: 0.0, ..LinearSvm::default() }.check(), &["c is 0"]);
    refused(
        LinearSvm { components: Some(0), ..LinearSvm::default() }.check(),
        &["components is 0"],
    );
    refused(Pca { components: 0 }.project(&table(&SMALL)), &["components is 0"]);
    refused(GridSearch { candidates: vec![], folds: 5 }.check(), &["candidates"]);
    refused(GridSearch { folds: 1, ..GridSearch::forests() }.check(), &["folds is 1"]);
    for test_fraction in [0.0, 1.0, f64::NAN] {
        let protocol = Protocol { test_fraction, ..Protocol::default() };
        refused(protocol.check(), &["test_fraction"]);
    }
    refused(Protocol { splits: 0, ..Protocol::default() }.check(), &["splits is 0"]);
}
