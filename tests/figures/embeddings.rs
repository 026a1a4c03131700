//! Samples as points in a plane.

use microlearners::classification::Samples;
use microlearners::figures::{Scatter, colour_of_rule, embedding, scatter};
use microlearners::ndarray::{Array2, array};

fn labels() -> Vec<String> {
    ["backprop", "my_rule", "backprop"].map(str::to_owned).to_vec()
}

#[test]
fn points_carry_the_colours_of_their_rules() {
    let points = array![[0.0, 1.0], [2.0, 3.0], [f64::NAN, 1.0]];
    let spec = Scatter::new("apart", &points, &labels()).with_labels("this", "that");
    let figure = scatter(&spec).unwrap();
    let words = figure.description();
    assert!(words.contains("that against this: 1 of backprop around (0, 1)"), "{words}");
    assert!(words.contains("1 row without a value"), "{words}");
    let svg = figure.to_svg();
    let colour = colour_of_rule("backprop").to_string();
    // Once in the legend, once as a dot.
    assert_eq!(svg.matches(&colour).count(), 2);
    assert!(svg.contains(">my rule</text>") && !svg.contains("NaN"));
}

#[test]
fn points_need_two_coordinates_and_a_label_each() {
    let three = Scatter::new("", &Array2::zeros((3, 3)), &labels());
    let error = scatter(&three).unwrap_err().to_string();
    assert!(error.contains("points are 3 × 3 and there are 3 labels"), "{error}");
    assert!(scatter(&Scatter::new("", &Array2::zeros((2, 2)), &labels())).is_err());
    let nowhere = Scatter::new("", &Array2::from_elem((3, 2), f64::NAN), &labels());
    assert!(scatter(&nowhere).unwrap_err().to_string().contains("nothing to draw"));
}

#[test]
fn an_embedding_says_how_much_of_the_variance_it_shows() {
    let features = array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [5.0, 5.0, 0.1], [6.0, 7.0, -0.1]];
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let classes = ["hebbian", "oja"].map(str::to_owned).to_vec();
    let samples =
        Samples::new(features, names, vec![0, 0, 1, 1], classes, vec![7, 7, 8, 8]).unwrap();
    let words = embedding("apart", &samples).unwrap().to_string();
    assert!(words.contains("component 1 (") && words.contains(" % of the variance)"), "{words}");
    assert!(words.contains("4 samples of 2 networks") && words.contains("3 z-scored"), "{words}");
    let alone = samples.select(&[0, 2]);
    let error = embedding("", &alone).unwrap_err().to_string();
    assert!(error.contains("at most 1 components"), "{error}");
}
