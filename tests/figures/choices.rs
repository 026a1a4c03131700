//! What a reader changes about a finished figure: colours, notes, titles, ranges.

use microlearners::figures::{
    Bars, Colour, Histogram, LearningCurves, Mark, bars, grid, histogram, learning_curves,
};
use microlearners::polars::prelude::{DataFrame, df};

const RED: Colour = Colour(200, 10, 20);

fn table() -> DataFrame {
    df!(
        "rule" => ["backprop", "backprop", "backprop", "backprop", "oja", "oja", "oja", "oja"],
        "run" => [1, 1, 2, 2, 3, 3, 4, 4],
        "epoch" => [0, 1, 0, 1, 0, 1, 0, 1],
        "loss" => [2.0, 1.0, 2.4, 1.4, 2.0, 1.0, 2.4, 1.4],
    )
    .expect("a table")
}

#[test]
fn another_palette_changes_one_colour_and_nothing_else() {
    let figure = bars(
        &Bars::new("Two rules", "accuracy")
            .with_bar("backprop", 0.9, 0.8, 0.95)
            .with_bar("hebbian", 0.2, 0.1, 0.3),
    )
    .expect("bars");
    let red = figure.with_palette(&[("backprop", RED)]);
    assert!(red.to_svg().contains(&RED.lighter(0.25).to_string()));
    assert!(!figure.to_svg().contains(&RED.lighter(0.25).to_string()));
    assert_eq!(figure.with_palette(&[("no such rule", RED)]).to_svg(), figure.to_svg());
    assert_eq!(
        red.with_palette(&[("backprop", Colour(1, 2, 3))]).to_svg().matches("#c8").count(),
        0
    );
}

#[test]
fn a_grid_hands_its_palette_on_and_a_figure_keeps_its_own() {
    let curves =
        learning_curves(&table(), &LearningCurves::new("Loss", "epoch", "loss")).expect("curves");
    let blue = curves.with_palette(&[("backprop", Colour(1, 2, 200))]);
    let both = grid("Both", &[curves, blue], 2).expect("a grid").with_palette(&[("backprop", RED)]);
    let svg = both.to_svg();
    assert!(svg.contains(&RED.to_string()), "the grid's colour");
    assert!(svg.contains("#0102c8"), "the figure's own");
}

#[test]
fn a_grid_fits_a_page_and_says_once_what_all_its_figures_say() {
    let values = |name: &str| {
        let spec = Histogram::new(name, "weight").with_values("before learning", &[0.0, 1.0]);
        histogram(&spec).expect("a histogram").with_note("One network each.")
    };
    let both = grid("Both", &[values("one"), values("two")], 2).expect("a grid");
    assert!(both.size().0 <= 820, "{:?}", both.size());
    let svg = both.to_svg();
    let texts = |text: &str| svg.matches(&format!(">{text}</text>")).count();
    assert_eq!((texts("One network each."), texts("before learning")), (1, 1));
    let apart = grid("Both", &[values("one"), values("two").with_note("Or two.")], 2);
    assert!(apart.expect("a grid").to_svg().contains("One network each. Or two."));
}

#[test]
fn a_page_shows_a_wide_figure_scaled_down_and_a_file_keeps_its_size() {
    let figure = bars(&Bars::new("One", "x").with_bar("a", 1.0, 1.0, 1.0)).expect("bars");
    let wide = figure.with_size(1640, 400);
    assert!(wide.to_svg().contains("width=\"1640\" height=\"400\" viewBox=\"0 0 1640 400\""));
    let shown = wide.blocks().to_string();
    assert!(shown.contains("width=\"820\" height=\"200\" viewBox=\"0 0 1640 400\""));
}

#[test]
fn names_are_those_of_tables_or_of_figures() {
    let figure =
        bars(&Bars::new("One", "x").with_bar("feedback_alignment", 1.0, 1.0, 1.0)).expect("bars");
    let by_column = figure.with_palette(&[("feedback_alignment", RED)]).to_svg();
    assert_eq!(by_column, figure.with_palette(&[("feedback alignment", RED)]).to_svg());
    assert_ne!(by_column, figure.to_svg());
}

#[test]
fn colours_are_read_as_they_are_written() {
    assert_eq!(RED.to_string().parse::<Colour>().expect("a colour"), RED);
    for wrong in ["red", "#12345", "#12345g", "123456", "#äöü", "#+f+f+f"] {
        let problem = wrong.parse::<Colour>().expect_err(wrong).to_string();
        assert!(problem.contains(wrong) && problem.contains("#0072b2"), "{problem}");
    }
}

#[test]
fn titles_and_notes_can_be_added_to() {
    let figure = bars(&Bars::new("One", "x").with_bar("a", 1.0, 1.0, 1.0)).expect("bars");
    let noted = figure.with_title("Another").with_note("Five networks.");
    assert_eq!(noted.title(), "Another");
    assert!(
        noted.description().ends_with("Five networks.")
            && noted.to_svg().contains("Five networks.")
    );
    assert!(!figure.to_svg().contains("Five networks."));
}

#[test]
fn of_two_lines_in_one_place_both_are_seen() {
    let spec = LearningCurves::new("Loss", "epoch", "loss");
    let figure = learning_curves(&table(), &spec).expect("curves");
    assert!(figure.description().contains("Where lines coincide, the upper ones are dashed."));
    assert!(figure.to_svg().contains("stroke-dasharray"));
    let apart = df!("rule" => ["oja", "oja", "bcm", "bcm"], "run" => [1, 1, 2, 2], "epoch" => [0, 1, 0, 1], "loss" => [0.0, 1.0, 1.0, 0.0]);
    let figure = learning_curves(&apart.expect("a table"), &spec).expect("curves");
    assert!(
        !figure.description().contains("dashed") && !figure.to_svg().contains("stroke-dasharray")
    );
}

#[test]
fn each_network_can_have_its_line() {
    let spec = LearningCurves::new("Loss", "epoch", "loss").with_each();
    let figure = learning_curves(&table(), &spec).expect("curves");
    assert!(figure.description().contains("thin lines: one network each"));
    assert!(!figure.description().contains("interval"), "{}", figure.description());
}

#[test]
fn a_histogram_says_what_its_range_leaves_out() {
    let values: Vec<f64> = (0..100).map(f64::from).collect();
    let spec = Histogram::new("Values", "value").with_values("all", &values);
    let figure = histogram(&spec.clone().with_range(0.0, 89.0)).expect("a histogram");
    assert!(figure.to_svg().contains("Beyond the axis: 10.0 % (all)."));
    assert!(!histogram(&spec).expect("a histogram").to_svg().contains("Beyond"));
    let problem = histogram(&spec.with_range(1.0, 1.0)).expect_err("an empty range").to_string();
    assert!(problem.contains("from 1 to 1"), "{problem}");
}

#[test]
fn marks_have_a_legend_and_are_given_in_words() {
    let spec = Bars::new("Score", "accuracy")
        .with_bar("weights", 0.9, 0.8, 0.95)
        .with_mark(Mark::Shuffled, "shuffled labels", 0.2)
        .with_mark(Mark::Chance, "chance", 0.17);
    let figure = bars(&spec).expect("bars");
    let words = figure.description();
    assert!(
        words.contains("weights 0.9 (0.8 to 0.95); shuffled labels 0.2; chance 0.17"),
        "{words}"
    );
    // In the legend, where each is a text of its own.
    for mark in ["shuffled labels", "chance"] {
        assert!(figure.to_svg().contains(&format!(">{mark}<")), "{}", figure.to_svg());
    }
}

#[test]
fn a_marker_says_the_same_in_every_figure() {
    let shapes = |marks: &[(Mark, &str)]| {
        let bar = Bars::new("Score", "accuracy").with_bar("weights", 0.9, f64::NAN, f64::NAN);
        let all = marks.iter().fold(bar, |all, (mark, name)| all.with_mark(*mark, name, 0.2));
        bars(&all).map(|figure| figure.to_svg())
    };
    let diamonds = |marks| shapes(marks).expect("bars").matches("<polygon").count();
    // Whichever comes first: a diamond and its white edge, in the legend and on the bar.
    assert_eq!(diamonds(&[(Mark::Shuffled, "shuffled"), (Mark::Familiar, "familiar")]), 4);
    assert_eq!(diamonds(&[(Mark::Familiar, "familiar"), (Mark::Shuffled, "shuffled")]), 4);
    assert_eq!(diamonds(&[(Mark::Familiar, "familiar"), (Mark::Chance, "chance")]), 0);
    let problem = shapes(&[(Mark::Chance, "chance"), (Mark::Chance, "guessing")]);
    let problem = problem.expect_err("two names").to_string();
    assert!(problem.contains("\"chance\" and \"guessing\""), "{problem}");
}

#[test]
fn further_lines_of_title_and_note_make_a_figure_higher() {
    let figure = bars(&Bars::new("One", "x").with_bar("a", 1.0, 1.0, 1.0)).expect("bars");
    let (width, height) = figure.size();
    let long = "A title that says all that the bars of a figure show, and so needs two lines in it";
    assert_eq!(figure.with_title(long).size(), (width, height + 22));
    let noted = figure.with_note(&long.repeat(2));
    assert_eq!(noted.size(), (width, height + 15));
    assert_eq!(noted.with_size(500, 300).size(), (500, 300));
    let three = vec![figure.with_title(long); 3];
    let tall = grid("", &three, 3).expect("a grid").size().1;
    assert!(tall > grid("", &vec![figure; 3], 3).expect("a grid").size().1 + 30, "{tall}");
}

#[test]
fn settings_that_are_no_rules_have_no_rules_colour_or_steps_of_one_hue() {
    let names = ["decay 0.5", "decay 0.05", "decay 0.005"];
    let all = Bars::new("Decays", "accuracy").with_bar("backprop", 0.9, 0.8, 1.0);
    let all = names.iter().fold(all, |all, name| all.with_bar(name, 0.5, 0.4, 0.6));
    let figure = bars(&all).expect("bars");
    let blue = microlearners::figures::colour_of_rule("backprop").lighter(0.25).to_string();
    assert_eq!(figure.to_svg().matches(&blue).count(), 1);
    let stepped = figure.with_steps(&names, RED).to_svg();
    for step in [RED.darker(0.5), RED.lighter(0.05), RED.lighter(0.6)] {
        assert!(stepped.contains(&step.lighter(0.25).to_string()), "{step}: {stepped}");
    }
}
