//! Each kind of figure: what it says, and what it refuses.

use microlearners::classification::{
    ConfusionMatrix, ImportanceBy, LogisticRegression, Protocol, RandomForest, Samples, classify,
};
use microlearners::figures::{
    Bars, Dots, Histogram, LearningCurves, SpecificationCurve, bars, colour_of_rule,
    confusion_matrix, dots, grid, held_out, histogram, importance, importance_map, learning_curves,
    robustness, small_multiples, specification_curve,
};
use microlearners::ndarray::Array2;
use microlearners::polars::prelude::{Column, DataFrame, IntoLazy, df, lit};

fn table() -> DataFrame {
    df!(
        "rule" => ["backprop", "backprop", "backprop", "backprop", "hebbian"],
        "run" => [1, 1, 2, 2, 3],
        "step" => [0, 10, 0, 10, 10],
        "accuracy" => [0.1, 0.9, 0.1, 0.7, f64::NAN],
    )
    .unwrap()
}

#[test]
fn curves_average_over_networks() {
    let figure =
        learning_curves(&table(), &LearningCurves::new("it learns", "step", "accuracy")).unwrap();
    let words = figure.description();
    assert!(words.contains("backprop 0.8 (0.7 to 0.9)"), "{words}");
    assert!(words.contains("range of two networks") && words.contains("1 row without"), "{words}");
    assert!(figure.to_svg().contains(&colour_of_rule("backprop").to_string()));
}

#[test]
fn rows_of_one_network_count_once() {
    let twice = table().vstack(&table()).unwrap();
    let spec = LearningCurves::new("it learns", "step", "accuracy");
    let once = learning_curves(&table(), &spec).unwrap().to_svg();
    let both = learning_curves(&twice, &spec).unwrap().to_svg();
    // Only the number of rows left out differs.
    assert_eq!(
        once.replace(
            "1 row without a value that can be drawn is",
            "2 rows without a value that can be drawn are"
        ),
        both
    );
}

#[test]
fn a_specification_curve_orders_designs_and_counts_those_within() {
    let table = df!(
        "accuracy" => [0.9, 0.4, 0.7, f64::NAN],
        "pixels" => ["0 to 1", "standardised", "0 to 1", "standardised"],
        "loss" => [1.0, 2.0, 3.0, 4.0],
    )
    .unwrap();
    let spec = SpecificationCurve::new("pixels", "accuracy", &["pixels"])
        .with_band("slides", 0.59, 0.9)
        .with_second("loss", "best", 0.5);
    let figure = specification_curve(&table, &spec).unwrap();
    let words = figure.description();
    assert!(words.contains("3 designs from 0.4 to 0.9; 2 within slides (0.59 to 0.9)"), "{words}");
    assert!(words.contains("pixels: 0 to 1; standardised"), "{words}");
    let refused =
        |spec: &SpecificationCurve| specification_curve(&table, spec).unwrap_err().to_string();
    let none = SpecificationCurve::new("none", "accuracy", &[]);
    assert!(refused(&none).contains("0 choices"), "{}", refused(&none));
    let unknown = SpecificationCurve::new("none", "accuracy", &["splits"]);
    assert!(refused(&unknown).contains("no column \"splits\""), "{}", refused(&unknown));
    let empty = table.filter(&table.column("accuracy").unwrap().is_null()).unwrap();
    let problem = specification_curve(&empty, &spec).unwrap_err().to_string();
    assert!(problem.contains("0 designs"), "{problem}");
}

#[test]
fn curves_explain_what_is_missing() {
    let spec = LearningCurves::new("it learns", "epoch", "accuracy");
    let error = learning_curves(&table(), &spec).unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no column \"epoch\" to draw; the table has rule, run, step, accuracy"
    );
    let spec = LearningCurves::new("it learns", "rule", "accuracy");
    let error = learning_curves(&table(), &spec).unwrap_err().to_string();
    assert!(error.contains("holds text"), "{error}");
    let empty = table().head(Some(0));
    let error = learning_curves(&empty, &LearningCurves::new("", "step", "accuracy")).unwrap_err();
    assert!(error.to_string().contains("nothing to draw"));
}

#[test]
fn one_measurement_is_enough() {
    let spec = LearningCurves::new("it learns", "step", "accuracy")
        .with_log_scale()
        .with_line("chance", 0.1);
    let figure = learning_curves(&table().head(Some(1)), &spec).unwrap();
    assert!(figure.description().contains("backprop 0.1. Lines: one network each"), "{figure}");
    figure.to_png().unwrap();
}

#[test]
fn a_log_scale_needs_something_above_zero() {
    let zeros = df!("rule" => ["oja"], "run" => [1], "step" => [0], "loss" => [0.0]).unwrap();
    let spec = LearningCurves::new("", "step", "loss").with_log_scale();
    assert!(learning_curves(&zeros, &spec).is_err());
    assert!(dots(&zeros, &Dots::new("", "loss").with_log_scale()).is_err());
}

#[test]
fn confusion_names_the_commonest_confusion() {
    let classes = vec!["backprop".to_owned(), "kolen_pollack".to_owned()];
    let confusion = ConfusionMatrix::new(classes, vec![vec![8, 2], vec![0, 5]]).unwrap();
    let figure = confusion_matrix("who is who", &confusion).unwrap();
    let words = figure.description();
    assert!(words.contains("backprop classified as Kolen-Pollack (20 %)"), "{words}");
    assert!(words.contains("Kolen-Pollack 100 %"), "{words}");
    // A class without any networks is drawn, empty.
    let classes = vec!["a".to_owned(), "b".to_owned()];
    let confusion = ConfusionMatrix::new(classes, vec![vec![0, 0], vec![0, 1]]).unwrap();
    confusion_matrix("", &confusion).unwrap().to_png().unwrap();
}

#[test]
fn importance_sorts_and_cuts() {
    let names = ["a", "b", "c"].map(str::to_owned);
    let figure = importance("b matters", &names, &[0.1, 0.3, -0.1], &[0.01, 0.02, 0.0], 2).unwrap();
    let words = figure.description();
    assert!(words.contains(": b 0.3 (0.28 to 0.32), a 0.1 (0.09 to 0.11)."), "{words}");
    assert!(importance("", &names, &[0.1], &[0.1], 3).is_err());
}

#[test]
fn bars_need_a_number() {
    assert!(bars(&Bars::new("", "share")).is_err());
    assert!(bars(&Bars::new("", "share").with_bar("a", f64::NAN, 0.0, 1.0)).is_err());
    let one = Bars::new("", "share").with_bar("a", -0.2, f64::NAN, f64::NAN).with_bar(
        "b",
        f64::NAN,
        0.0,
        0.0,
    );
    assert!(bars(&one).unwrap().description().contains(": a −0.2. "));
}

#[test]
fn bars_come_from_a_table_in_the_colours_of_rules() {
    let table = df!("rule" => ["oja"], "mean" => [0.5], "low" => [0.4], "high" => [0.6]).unwrap();
    let columns = ["rule", "mean", "low", "high"];
    let figure = bars(&Bars::new("", "share").with_rows(&table, columns).unwrap()).unwrap();
    assert!(figure.to_svg().contains(&colour_of_rule("oja").lighter(0.25).to_string()));
    assert!(Bars::new("", "share").with_rows(&table, ["name", "mean", "low", "high"]).is_err());
}

#[test]
fn dots_are_split_by_layer() {
    let table =
        df!("rule" => ["oja", "oja"], "run" => [1, 1], "layer" => [2, 1], "moved" => [0.5, 0.25])
            .unwrap();
    let figure = dots(&table, &Dots::new("far", "moved").within("layer").with_log_scale()).unwrap();
    let words = figure.description();
    assert!(words.contains("Oja layer 1 0.25, Oja layer 2 0.5"), "{words}");
}

#[test]
fn histograms_need_values() {
    assert!(histogram(&Histogram::new("", "weight")).is_err());
    assert!(histogram(&Histogram::new("", "weight").with_values("before", &[f64::NAN])).is_err());
    histogram(&Histogram::new("", "weight").with_values("before", &[1.0, 1.0]))
        .unwrap()
        .to_png()
        .unwrap();
}

#[test]
fn a_grid_holds_all_its_figures() {
    let figure = super::figure();
    let grid = grid("both", &[figure.clone(), figure.clone(), figure.clone()], 2).unwrap();
    assert_eq!(grid.to_svg().matches("a_b</text>").count(), 3);
    assert!(microlearners::figures::grid("", &[], 2).is_err());
}

#[test]
fn small_multiples_have_a_panel_for_each_observable() {
    let table = table().lazy().with_column(lit(2.0).alias("weightraw_norm")).collect().unwrap();
    let figure = small_multiples("apart", &table, "rule", &["accuracy", "weightraw_norm"]).unwrap();
    let words = figure.description();
    assert!(words.contains("norm of the weights") && words.contains("backprop 0.8"), "{words}");
    let error = small_multiples("", &table, "rule", &[]).unwrap_err().to_string();
    assert!(error.contains("an observable"), "{error}");
    assert!(small_multiples("", &table, "rule", &["colour"]).is_err());
}

#[test]
fn held_out_kinds_stand_beside_their_controls() {
    let row = |name: &str, values: [f64; 2]| Column::new(name.into(), values);
    let kinds = Column::new("task".into(), ["parity", "digits"]);
    let networks = Column::new("networks".into(), [4_u32, 5]);
    let columns = vec![
        kinds,
        networks,
        row("held_out", [0.6, 0.4]),
        row("low", [0.5, 0.3]),
        row("high", [0.7, 0.5]),
        row("familiar", [0.8, 0.81]),
        row("chance", [0.25, 0.25]),
        row("shuffled", [0.24, f64::NAN]),
    ];
    let table = DataFrame::new(2, columns).unwrap();
    let figure = held_out("it holds", &table).unwrap();
    // The axis ends at 1 also where all values are small.
    let few = table.drop_many(["familiar"]).hstack(&[row("familiar", [0.3, 0.3])]).unwrap();
    let few = few.drop_many(["held_out", "low", "high"]).hstack(&[
        row("held_out", [0.2, 0.2]),
        row("low", [0.1, 0.1]),
        row("high", [0.3, 0.3]),
    ]);
    assert_eq!(ticks_of(&held_out("", &few.unwrap()).unwrap().to_svg(), "1.0"), 1);
    let words = figure.description();
    assert!(words.contains("parity 0.6 (0.5 to 0.7)") && words.contains("chance 0.25"), "{words}");
    assert!(
        words.contains("when its kind is in the training part 0.8; shuffled labels (mean) 0.24"),
        "{words}"
    );
    assert!(held_out("", &table.drop("familiar").unwrap()).is_err());
}

#[test]
fn robustness_puts_the_perfect_instrument_on_top() {
    let table = df!(
        "noise" => [0.0, 0.0, 1.0, 1.0],
        "fraction" => [0.1, 1.0, 0.1, 1.0],
        "accuracy" => [0.5, 0.9, 0.2, 0.7],
    )
    .unwrap();
    let figure = robustness("it fades", &table, "noise, in units of the spread").unwrap();
    let words = figure.description();
    assert!(words.contains("from 0.2 (1, 10 %) to 0.9 (0, 100 %)"), "{words}");
    assert!(figure.to_svg().contains("noise, in units of the spread"));
    let twice = table.vstack(&table).unwrap();
    let error = robustness("", &twice, "noise").unwrap_err().to_string();
    assert!(error.contains("is there twice"), "{error}");
}

/// Two classes that differ in one observable at the last of three checkpoints.
fn told_apart_late() -> Samples {
    let names = (0..3).flat_map(|at| ["a", "b"].map(|name| format!("{name}@{at}"))).collect();
    let noise = |row: usize, column: usize| ((row * 37 + column * 101) % 53) as f64 / 53.0;
    let features = Array2::from_shape_fn((40, 6), |(row, column)| match column {
        5 => (row % 2) as f64 + 0.1 * noise(row, column),
        _ => noise(row, column),
    });
    let classes = ["even", "odd"].map(str::to_owned).to_vec();
    Samples::new(features, names, (0..40).map(|row| row % 2).collect(), classes, (0..40).collect())
        .unwrap()
}

#[test]
fn an_importance_map_finds_what_matters_and_when() {
    let by = ImportanceBy::ObservableAtCheckpoint;
    let protocol =
        Protocol { splits: 2, permutations: 0, importance_by: by, ..Protocol::default() };
    for classifier in [
        &RandomForest::default() as &dyn microlearners::classification::Classifier,
        &LogisticRegression::default(),
    ] {
        let report = classify(&told_apart_late(), classifier, &protocol).unwrap();
        let words = importance_map("late", &report, 5).unwrap().description().to_owned();
        assert!(words.contains("(b, 2)"), "{words}");
    }
    let plain = Protocol { splits: 2, permutations: 0, ..Protocol::default() };
    let report = classify(&told_apart_late(), &RandomForest::default(), &plain).unwrap();
    let error = importance_map("", &report, 5).unwrap_err().to_string();
    assert!(error.contains("ObservableAtCheckpoint"), "{error}");
}

/// How many ticks have this label.
fn ticks_of(svg: &str, label: &str) -> usize {
    svg.matches(&format!(">{label}</text>")).count()
}

/// Where a tick's label stands, from above.
fn height_of(svg: &str, label: &str) -> f64 {
    let before = svg.split(&format!(">{label}</text>")).next().unwrap();
    let tag = &before[before.rfind("<text").unwrap()..];
    tag.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

#[test]
fn an_interval_of_accuracies_beyond_1_is_drawn_whole_and_explained() {
    let few = df!(
        "rule" => vec!["oja"; 6], "run" => [1, 2, 3, 1, 2, 3], "step" => [0, 0, 0, 10, 10, 10],
        "accuracy" => [0.5, 0.7, 0.99, 0.6, 0.9, 0.99],
    )
    .unwrap();
    let spec = LearningCurves::new("it learns", "step", "accuracy");
    let figure = learning_curves(&few, &spec).unwrap();
    assert!(figure.description().contains("An interval that passes 0 or 1,"), "{figure}");
    // The band's highest corner is below the upper end of the axis, which none of its corners
    // touches.
    let svg = figure.to_svg();
    let band = svg.split("<polygon points=\"").nth(1).unwrap().split('"').next().unwrap();
    let heights: Vec<f64> =
        band.split(' ').map(|corner| corner.split_once(',').unwrap().1.parse().unwrap()).collect();
    assert_eq!(heights.len(), 4);
    assert!(heights[0] != heights[1] && heights[2] != heights[3], "no end is cut off: {heights:?}");
    let top = heights.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(top < height_of(&svg, "1.0") - 20.0, "the band passes 1: {top}\n{svg}");
    let above = Bars::new("", "accuracy").with_bar("a", 0.999, 0.98, 1.003);
    let svg = bars(&above).unwrap().to_svg();
    assert_eq!((ticks_of(&svg, "1.0"), ticks_of(&svg, "0.999")), (1, 1), "{svg}");
    let wide = Bars::new("", "accuracy").with_bar("a", 0.9, 0.7, 2.4);
    assert_eq!(ticks_of(&bars(&wide).unwrap().to_svg(), "2.0"), 1);
}

#[test]
fn panels_share_their_vertical_axis_unless_they_are_given_their_own() {
    let two = df!(
        "rule" => vec!["oja"; 4], "run" => vec![1; 4], "layer" => [1, 1, 2, 2],
        "step" => [0, 10, 0, 10], "accuracy" => [0.0, 1.0, 0.4, 0.5],
    )
    .unwrap();
    let spec = LearningCurves::new("", "step", "accuracy").with_panels("layer");
    let shared = learning_curves(&two, &spec).unwrap().to_svg();
    assert_eq!((ticks_of(&shared, "0.25"), ticks_of(&shared, "0.425")), (2, 0), "{shared}");
    let own = learning_curves(&two, &spec.with_own_axes()).unwrap().to_svg();
    assert_eq!((ticks_of(&own, "0.25"), ticks_of(&own, "0.425")), (1, 1), "{own}");
}

#[test]
fn dots_show_all_of_their_intervals() {
    let three =
        df!("rule" => vec!["oja"; 3], "run" => [1, 2, 3], "loss" => [1.0, 2.0, 3.0]).unwrap();
    // The mean is 2 and its interval −0.5 to 4.5.
    let svg = dots(&three, &Dots::new("", "loss")).unwrap().to_svg();
    assert_eq!((ticks_of(&svg, "0"), ticks_of(&svg, "4")), (1, 1), "{svg}");
}
