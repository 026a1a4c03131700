//! Matrices as coloured cells: heat maps and receptive fields.

use microlearners::figures::{Figure, HeatMap, ReceptiveFields, heat_map, receptive_fields};
use microlearners::ndarray::{Array2, array};
use microlearners::network::{Activation, Layer, Matrix};

fn layer(weights: Matrix) -> Layer {
    Layer::dense(weights, Activation::Identity)
}

/// How many sets of packed cells a figure holds.
fn images(figure: &Figure) -> usize {
    figure.to_svg().matches("href=\"data:image/png;base64,iVBORw0KGgo").count()
}

#[test]
fn a_heat_map_names_its_extremes() {
    let map = HeatMap::new("unequal", "change", &array![[0.5_f32, -2.0], [f32::NAN, 1.0]])
        .with_labels("layer", "rule")
        .with_rows(&["oja", "backprop"]);
    let figure = heat_map(&map).unwrap();
    let words = figure.description();
    assert!(words.contains("2 × 2: from −2 (oja, layer 1) to 1 (backprop, layer 1)"), "{words}");
    assert!(words.contains("Blue: below 0") && words.contains("Grey: no value (1 of 4)"));
    // The cells and the bar.
    assert_eq!(images(&figure), 2);
    let positive = heat_map(&HeatMap::new("", "share", &array![[0.1, 0.9]])).unwrap();
    assert!(positive.description().contains("The darker, the larger."));
}

#[test]
fn colours_of_values_beyond_the_range_are_explained() {
    let map = HeatMap::new("", "x", &array![[0.5, -2.0], [7.0, 1.0]]);
    let words = |map: &HeatMap| heat_map(map).unwrap().description().to_owned();
    assert!(!words(&map).contains("have the colour"));
    let cut = words(&map.clone().with_range(-6.0, 6.0));
    assert!(cut.contains("Values beyond 6 have the colour of 6."), "{cut}");
    let cut = words(&map.with_range(0.0, 10.0));
    assert!(cut.contains("Values below 0 have the colour of 0."), "{cut}");
}

#[test]
fn yes_and_no_need_no_bar() {
    let map = HeatMap::new("", "required", &array![[1.0, 1.0], [1.0, 1.0]]);
    let figure = heat_map(&map).unwrap();
    assert_eq!(images(&figure), 1);
    assert!(figure.description().ends_with("Dark: required; light: not."), "{figure}");
    assert_eq!(images(&heat_map(&map.with_range(0.0, 1.0)).unwrap()), 2);
}

#[test]
fn long_names_make_cells_narrower_not_the_page_wider() {
    let names: Vec<String> = (0..23).map(|row| format!("an algorithm of the name {row}")).collect();
    let values = Array2::from_shape_fn((23, 23), |(row, column)| (row * column) as f64);
    let map = HeatMap::new("", "area under the ROC curve", &values);
    let figure = heat_map(&map.with_rows(&names).with_columns(&names)).unwrap();
    assert!(figure.size().0 <= 820, "{:?}", figure.size());
}

#[test]
fn a_heat_map_explains_what_it_cannot_draw() {
    let map = HeatMap::new("", "x", &array![[1.0, 2.0]]).with_columns(&["only one"]);
    let error = heat_map(&map).unwrap_err().to_string();
    assert!(error.contains("1 × 2, but 0 rows and 1 columns have names"), "{error}");
    let error = heat_map(&HeatMap::new("", "x", &Array2::<f64>::zeros((0, 3)))).unwrap_err();
    assert!(error.to_string().contains("none of the 0 × 3 values"), "{error}");
}

#[test]
fn many_cells_stay_light_enough_for_svg() {
    let many = Array2::from_shape_fn((100, 784), |(row, column)| (row * column) as f64);
    let blocks = heat_map(&HeatMap::new("", "x", &many)).unwrap().blocks().to_string();
    assert!(blocks.contains("image/svg+xml"));
}

#[test]
fn receptive_fields_draw_one_image_for_each_unit() {
    let weights = Matrix::from_shape_fn((3, 784), |(unit, pixel)| unit as f32 - pixel as f32);
    let spec = ReceptiveFields::new("strokes", &layer(weights)).with_units(&[0, 2]);
    let figure = receptive_fields(&spec).unwrap();
    assert_eq!(images(&figure), 2 + 1);
    let words = figure.description();
    assert!(words.contains("2 of 3 units; the largest weight is 783"), "{words}");
    assert!(words.contains("28 × 28 inputs"), "{words}");
    let all = receptive_fields(&spec.with_first(50)).unwrap();
    assert_eq!(images(&all), 3 + 1);
}

#[test]
fn receptive_fields_need_square_images_and_units_that_exist() {
    let spec = |inputs: usize| ReceptiveFields::new("", &layer(Matrix::zeros((2, inputs))));
    let error = receptive_fields(&spec(100).with_units(&[2])).unwrap_err().to_string();
    assert_eq!(error, "there is no unit 2: the layer has 2, counted from 0");
    let error = receptive_fields(&spec(10)).unwrap_err().to_string();
    assert!(error.contains("10 inputs, which make no square image"), "{error}");
    assert!(receptive_fields(&spec(9).with_units(&[])).is_err());
    // Weights that are all zero are white.
    receptive_fields(&spec(9)).unwrap().to_png().unwrap();
}

#[test]
fn sorted_columns_keep_their_names() {
    let map = HeatMap::new("Sorted", "activity", &array![[3.0, 1.0, f64::NAN], [5.0, 1.0, 2.0]])
        .with_columns(&["high", "low", "middle"])
        .with_sorted_columns();
    assert_eq!(map.columns, ["low", "middle", "high"]);
    assert_eq!(map.values.row(1).to_vec(), [1.0, 2.0, 5.0]);
}
