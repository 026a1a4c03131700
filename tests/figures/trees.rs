//! A decision tree as a picture.

use microlearners::classification::{DecisionTree, FittedTree, Samples};
use microlearners::figures::{colour_of_rule, decision_tree};
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
