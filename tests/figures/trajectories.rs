//! Observables over training, a panel for each layer.

use microlearners::figures::{LearningCurves, colour_of_rule, learning_curves, trajectories};
use microlearners::polars::prelude::{DataFrame, df};

/// Two layers of one network per rule, before and after learning.
fn table() -> DataFrame {
    df!(
        "rule" => ["oja", "oja", "oja", "oja", "hebbian", "hebbian", "hebbian", "hebbian"],
        "run" => [1, 1, 1, 1, 2, 2, 2, 2],
        "layer" => [2, 1, 2, 1, 2, 1, 2, 1],
        "step" => [0, 0, 10, 10, 0, 0, 10, 10],
        "batch_size" => [8, 8, 8, 8, 8, 8, 8, 8],
        "weightraw_norm" => [0.6, 2.0, 0.7, 3.0, 0.6, 2.0, 0.8, 4.0],
    )
    .unwrap()
}

#[test]
fn each_layer_has_a_panel_in_the_order_of_layers() {
    let figure = trajectories("they move", &table(), "weightraw_norm").unwrap();
    let words = figure.description();
    assert!(
        words.contains("layer 1 at the end: Oja 3, Hebbian (template) 4. layer 2 at"),
        "{words}"
    );
    assert!(words.contains("against weight updates") && words.contains("one network each"));
    let svg = figure.to_svg();
    assert_eq!(svg.matches("↑ norm of the weights</text>").count(), 2);
    // The legend names every rule once.
    assert_eq!(svg.matches(">Hebbian (template)</text>").count(), 1);
    assert!(svg.contains(&colour_of_rule("oja").to_string()));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn one_layer_needs_no_legend() {
    let head = table().head(Some(1));
    let figure = trajectories("one", &head, "weightraw_norm").unwrap();
    assert_eq!(figure.size(), (760, 420));
    assert_eq!(figure.to_svg().matches(">Oja</text>").count(), 1);
}

#[test]
fn many_layers_stand_in_rows() {
    let layers: Vec<u32> = (1..=5).collect();
    let table = df!(
        "rule" => ["oja"; 5], "run" => [1; 5], "step" => [3; 5], "layer" => layers, "x" => [1.0; 5],
    );
    let figure = trajectories("five", &table.unwrap(), "x").unwrap();
    let (width, height) = figure.size();
    assert!(width == 820 && (2 * 235..2 * 300).contains(&height), "{:?}", figure.size());
    figure.to_png().unwrap();
}

#[test]
fn panels_with_lines_of_their_own_have_legends_of_their_own() {
    let rules = ["oja", "hebbian", "backprop", "kolen_pollack"];
    let table = df!(
        "rule" => rules, "run" => [1; 4], "step" => [3; 4], "loss" => [1.0; 4],
        "family" => ["Hebbian", "Hebbian", "gradient", "feedback"],
    )
    .unwrap();
    let spec = LearningCurves::new("apart", "step", "loss");
    let svg = learning_curves(&table, &spec.clone().with_panels("family")).unwrap().to_svg();
    let at = |name: &str| svg.find(&format!(">{name}</text>")).unwrap();
    // Families in their order, each with its own lines.
    let order = ["gradient", "backprop", "feedback", "Kolen-Pollack", "Hebbian", "Oja"].map(at);
    assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{svg}");
    let one = spec.with_panels("run");
    let common = learning_curves(&table, &one).unwrap().to_svg();
    assert_eq!(common.matches(">Oja</text>").count(), 1);
}

#[test]
fn a_few_places_have_ticks_where_they_are() {
    let table = df!(
        "rule" => ["oja"; 3], "run" => [1; 3], "noise" => [0, 4, 16], "loss" => [1.0, 2.0, 3.0],
    );
    let spec = LearningCurves::new("", "noise", "loss");
    let svg = learning_curves(&table.unwrap(), &spec).unwrap().to_svg();
    assert!(svg.contains(">4</text>") && svg.contains(">16</text>"), "{svg}");
    assert!(!svg.contains(">15</text>"), "{svg}");
}

#[test]
fn examples_are_steps_times_batch_size() {
    let spec = LearningCurves::new("seen", "examples", "weightraw_norm").with_panels("layer");
    let svg = learning_curves(&table(), &spec).unwrap().to_svg();
    assert!(svg.contains(">80</text>") && svg.contains(">examples →</text>"), "{svg}");
    let without = table().drop("batch_size").unwrap();
    let error = learning_curves(&without, &spec).unwrap_err().to_string();
    assert!(error.contains("no column \"batch_size\""), "{error}");
}

#[test]
fn only_an_accuracy_has_the_axis_of_a_share() {
    let svg = trajectories("small change", &table(), "weightraw_norm").unwrap().to_svg();
    assert!(svg.contains(">0.65</text>"), "{svg}");
}

#[test]
fn a_missing_observable_is_told_the_known_ones() {
    let error = trajectories("", &table(), "weight_norm").unwrap_err().to_string();
    assert!(error.contains("\"weight_norm\"") && error.contains("weightraw_norm"), "{error}");
}
