//! Trees as pictures: of questions, and of what is refused as what.

use microlearners::classification::{ConfusionMatrix, DecisionTree, FittedTree, Samples};
use microlearners::figures::{
    colour_of_rule, confusion_matrix, confusion_matrix_as_ordered, decision_tree, dendrogram,
};
use microlearners::ndarray::Array2;

/// A tree on one feature, whose samples take their class from their place.
fn tree(labels: Vec<usize>, max_depth: Option<usize>) -> FittedTree {
    let features = Array2::from_shape_fn((labels.len(), 1), |(row, _)| row as f64);
    let groups = (0..labels.len() as u64).collect();
    let classes = ["hebbian", "oja"].map(str::to_owned).to_vec();
    let samples = Samples::new(features, vec!["weightraw_norm".into()], labels, classes, groups);
    DecisionTree { max_depth, ..DecisionTree::default() }.grow(&samples.unwrap()).unwrap()
}

#[test]
fn a_tree_shows_questions_and_classes() {
    let figure = decision_tree("easy", &tree(vec![0, 0, 1, 0, 1, 1], Some(1))).unwrap();
    let svg = figure.to_svg();
    for text in ["norm of the weights", "≤ 1.5 ?", "yes", "no", "2 of 2", "3 of 4"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}: {svg}");
    }
    assert!(svg.contains(&colour_of_rule("oja").lighter(0.75).to_string()));
    let words = figure.description();
    assert!(words.contains("weightraw_norm ≤ 1.500?\n  yes: hebbian (2 of 2)"), "{words}");
    assert!(words.contains("Left: yes; right: no."), "{words}");
}

#[test]
fn width_grows_with_leaves_and_a_smaller_size_still_fits() {
    let few = decision_tree("", &tree(vec![0, 1], None)).unwrap();
    let many = decision_tree("", &tree([0, 1].repeat(8), None)).unwrap();
    assert!(many.size().0 > few.size().0);
    many.with_size(300, 200).to_png().unwrap();
}

#[test]
fn a_tree_too_wide_to_read_is_refused() {
    let error = decision_tree("", &tree([0, 1].repeat(30), None)).unwrap_err().to_string();
    assert!(error.contains("60 leaves") && error.contains("max_depth"), "{error}");
}

/// Backprop and Oja's rule are confused with one another, Hebbian learning with none.
fn confusion() -> ConfusionMatrix {
    let names = ["backprop", "hebbian", "oja"].map(str::to_owned).to_vec();
    ConfusionMatrix::new(names, vec![vec![6, 0, 4], vec![0, 9, 1], vec![2, 0, 8]]).unwrap()
}

#[test]
fn a_dendrogram_names_and_colours_its_rules() {
    let figure = dendrogram("who is near", &confusion().hierarchy()).unwrap();
    let svg = figure.to_svg();
    for text in ["backprop", "Hebbian (template)", "Oja", "1.0"] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}: {svg}");
    }
    assert!(svg.contains(&colour_of_rule("oja").to_string()));
    let words = figure.description();
    assert!(words.contains("closest are backprop and oja at 0.70"), "{words}");
}

#[test]
fn a_dendrogram_reaches_from_always_to_never_confused() {
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let swapped = vec![vec![0, 5, 0], vec![5, 0, 0], vec![0, 0, 5]];
    let tree = ConfusionMatrix::new(names.clone(), swapped).unwrap().hierarchy();
    assert_eq!((tree.merges[0].distance, tree.merges[1].distance), (0.0, 1.0));
    let svg = dendrogram("", &tree).unwrap().to_svg();
    assert!(!svg.contains("−0.1") && svg.contains(">1.0</text>"), "{svg}");
    let alone = ConfusionMatrix::new(names[..1].to_vec(), vec![vec![1]]).unwrap().hierarchy();
    let error = dendrogram("", &alone).unwrap_err().to_string();
    assert_eq!(error, "a tree of 1 classes has no branches");
}

#[test]
fn twenty_classes_get_the_room_they_need() {
    let names: Vec<String> = (0..20).map(|class| format!("rule_{class}")).collect();
    let rows = (0..20).map(|row| (0..20).map(|column| u64::from(row / 2 == column / 2)).collect());
    let confusion = ConfusionMatrix::new(names, rows.collect()).unwrap();
    let tree = confusion.hierarchy();
    assert_eq!(tree.clusters(0.9).len(), 10);
    let (few, many) = (dendrogram("", &self::confusion().hierarchy()), dendrogram("", &tree));
    assert!(many.unwrap().size().1 > few.unwrap().size().1 + 300);
    confusion_matrix_as_ordered("", &confusion).unwrap().to_png().unwrap();
}

#[test]
fn a_confusion_matrix_keeps_the_order_it_is_given() {
    let ordered = confusion().in_order(&confusion().hierarchy().order()).unwrap();
    let side_by_side = confusion_matrix_as_ordered("", &ordered).unwrap();
    assert!(
        side_by_side.description().contains("backprop 60 %, Oja 80 %, Hebbian (template) 90 %")
    );
    // The other one has the order of the palette, whatever that of the matrix.
    let usual = confusion_matrix("", &ordered).unwrap().to_svg();
    assert_eq!(usual, confusion_matrix("", &confusion()).unwrap().to_svg());
}
