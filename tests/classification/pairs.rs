//! By what pairs of rules are told apart, and which are not: from an observed table to the figures.

use microlearners::classification::{
    CheckpointSelection, PairSeparation, Protocol, RandomForest, SampleSpec, SampleUnit, Samples,
    classify, separate_pair, separate_pairs,
};
use microlearners::figures::{confusion_matrix_as_ordered, dendrogram};
use microlearners::ndarray::Array2;

use super::tables::observed;

fn samples() -> Samples {
    let view = SampleSpec {
        unit: SampleUnit::WholeNetwork,
        checkpoints: CheckpointSelection::Last,
        ..SampleSpec::default()
    };
    view.samples(&observed(20)).unwrap()
}

fn texts(found: &PairSeparation, name: &str) -> Vec<String> {
    let column = found.pairs.column(name).unwrap().str().unwrap();
    column.iter().flatten().map(str::to_owned).collect()
}

#[test]
fn the_observable_that_differs_separates_every_pair() {
    let found = separate_pairs(&samples()).unwrap();
    assert_eq!(found.pairs.height(), 3);
    assert_eq!(texts(&found, "observable"), ["weightraw_norm"; 3]);
    for (place, area) in found.areas.indexed_iter() {
        assert_eq!(*area, found.areas[(place.1, place.0)]);
        assert!(*area > 0.8, "{:?}", found.areas);
    }
    let again = separate_pairs(&samples()).unwrap();
    assert_eq!((&found.areas, &found.pairs), (&again.areas, &again.pairs));
}

#[test]
fn the_first_feature_of_a_pair_is_its_best() {
    let (samples, found) = (samples(), separate_pairs(&samples()).unwrap());
    let (first, second) = (texts(&found, "first"), texts(&found, "second"));
    for (row, (first, second)) in first.iter().zip(&second).enumerate() {
        let features = separate_pair(&samples, first, second).unwrap();
        assert_eq!(features.height(), samples.feature_names.len());
        let best = features.head(Some(1)).drop("rank").unwrap();
        assert_eq!(best, found.pairs.slice(row as i64, 1));
    }
}

#[test]
fn luck_stays_where_it_was_chosen() {
    // 200 numbers without meaning: the luckiest looks good where it was chosen, and only there.
    let values = noise(40, 200);
    let names = (0..200).map(|feature| format!("x{feature}")).collect();
    let classes = ["a", "b"].map(str::to_owned).to_vec();
    let labels = (0..40).map(|row| row / 2 % 2).collect();
    let samples = Samples::new(values, names, labels, classes, (0..40).collect()).unwrap();
    let features = separate_pair(&samples, "a", "b").unwrap();
    let numbers = |name: &str| -> Vec<f64> {
        features.column(name).unwrap().f64().unwrap().into_no_null_iter().collect()
    };
    let (chosen, judged) = (numbers("area where chosen"), numbers("area"));
    assert!(chosen[0] > 0.8, "{}", chosen[0]);
    let mean = judged[..20].iter().sum::<f64>() / 20.0;
    assert!((mean - 0.5).abs() < 0.1, "{mean}");
}

fn noise(rows: usize, columns: usize) -> Array2<f64> {
    let value = |(row, column)| super::tables::uniform(3, (row * columns + column) as u64);
    Array2::from_shape_fn((rows, columns), value)
}

#[test]
fn a_report_has_a_tree_of_its_rules() {
    let protocol =
        Protocol { splits: 2, permutations: 0, importance_repeats: 0, ..Protocol::default() };
    let forest = RandomForest { trees: 20, ..RandomForest::default() };
    let confusion = classify(&samples(), &forest, &protocol).unwrap().confusion;
    let tree = confusion.hierarchy();
    assert_eq!((tree.labels.len(), tree.merges.len()), (3, 2));
    let ordered = confusion.in_order(&tree.order()).unwrap();
    assert_eq!(ordered.accuracy(), confusion.accuracy());
    assert_eq!(ordered.hierarchy().clusters(2.0)[0].len(), 3);
    confusion_matrix_as_ordered("in the order of the tree", &ordered).unwrap();
    dendrogram("the tree", &tree).unwrap().to_png().unwrap();
}
