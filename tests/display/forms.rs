//! What the main types show, as text and as HTML that every reader of notebooks accepts.

use microlearners::prelude::*;

use crate::support::{small, small_experiment};

/// The blocks of everything that a walk through the library makes.
fn everything() -> Vec<(&'static str, microlearners::display::Blocks)> {
    let study = Study::of(small_experiment()).rules(&rules::all()).seeds(4);
    let records = study.run().unwrap();
    let trajectory = train(&small_experiment()).unwrap();
    let view = SampleSpec::default();
    let samples = view.samples(&records.observations).unwrap();
    let protocol = Protocol { splits: 2, permutations: 2, ..Protocol::default() };
    let forest = RandomForest { trees: 20, ..RandomForest::default() };
    let report = classify_table(&records.observations, &view, &forest, &protocol).unwrap();
    let loss = records.histories.column("loss").unwrap().clone();
    let tree = DecisionTree::default().grow(&samples).unwrap();
    let wrong: Result<Rule, Error> = rules::named("bakcprop");
    let last = trajectory.snapshots.last().unwrap();
    vec![
        ("DataFrame", records.observations.evcxr_blocks()),
        ("DataFrame of rules", rules::table().unwrap().evcxr_blocks()),
        ("Series", loss.evcxr_blocks()),
        (
            "LazyFrame",
            records.networks.clone().lazy().filter(col("rule").eq(lit("oja"))).evcxr_blocks(),
        ),
        ("Schema", records.networks.schema().evcxr_blocks()),
        ("Array2", trajectory.network().layers()[0].weights.evcxr_blocks()),
        ("Array1", samples.features.column(0).evcxr_blocks()),
        ("Vec of numbers", samples.labels.evcxr_blocks()),
        ("tuple", (0.5, "text", records.networks.height()).evcxr_blocks()),
        ("Network", trajectory.network().evcxr_blocks()),
        ("Layer", trajectory.network().layers()[0].evcxr_blocks()),
        ("layers", trajectory.network().layers().evcxr_blocks()),
        ("Updates", last.delta.clone().evcxr_blocks()),
        ("Architecture", Architecture::default().evcxr_blocks()),
        ("Activation", Activation::Relu.evcxr_blocks()),
        ("Dataset", Dataset::synthetic(0).evcxr_blocks()),
        ("Task", small().evcxr_blocks()),
        ("TaskSettings", TaskSettings::default().evcxr_blocks()),
        ("Rule", rules::named("kolen_pollack").evcxr_blocks()),
        ("rules", rules::all().evcxr_blocks()),
        ("About", ContrastiveHebbian::default().about().evcxr_blocks()),
        ("Design", Design::microlearners().evcxr_blocks()),
        ("Experiment", trajectory.experiment.evcxr_blocks()),
        ("Study", study.evcxr_blocks()),
        ("Trajectory", trajectory.evcxr_blocks()),
        ("snapshots", trajectory.snapshots.evcxr_blocks()),
        ("Snapshot", last.evcxr_blocks()),
        ("Optimizer", Optimizer::adam().evcxr_blocks()),
        ("Checkpoints", Checkpoints::default().evcxr_blocks()),
        ("Seeds", Seeds { model: 1, data: 2 }.evcxr_blocks()),
        ("Instrument", Instrument::perfect().with_noise(0.1).evcxr_blocks()),
        ("ObservableSet", ObservableSet::default().evcxr_blocks()),
        ("Records", records.evcxr_blocks()),
        ("Samples", samples.evcxr_blocks()),
        ("SampleSpec", view.evcxr_blocks()),
        ("Protocol", protocol.evcxr_blocks()),
        ("RandomForest", forest.evcxr_blocks()),
        ("LinearSvm", LinearSvm::default().evcxr_blocks()),
        ("GridSearch", GridSearch::svms().evcxr_blocks()),
        ("Pca", Pca::default().evcxr_blocks()),
        ("Projection", Pca::default().project(&samples).evcxr_blocks()),
        ("FittedTree", tree.evcxr_blocks()),
        ("Report", report.evcxr_blocks()),
        ("ConfusionMatrix", report.confusion.evcxr_blocks()),
        ("importances", report.importance.evcxr_blocks()),
        ("Estimate", report.accuracy.evcxr_blocks()),
        ("Colour", colour_of_rule("backprop").evcxr_blocks()),
        ("Error", Error::Figure("too small".into()).evcxr_blocks()),
        ("Result", wrong.evcxr_blocks()),
    ]
}

#[test]
fn everything_has_text_and_inert_html() {
    for (name, blocks) in everything() {
        assert!(!blocks.plain().trim().is_empty(), "{name}");
        assert!(
            blocks.plain().lines().all(|line| line == line.trim_end()),
            "{name}: {}",
            blocks.plain()
        );
        let Some(html) = blocks.html() else { continue };
        for forbidden in ["<style", "<script", "<svg", "class=", "color:#000", "background"] {
            assert!(!html.contains(forbidden), "{name} has {forbidden}: {html}");
        }
        for tag in ["table", "tr", "td", "th", "thead", "tbody", "caption", "p", "pre", "a", "span"]
        {
            let opened = html.matches(&format!("<{tag}>")).count()
                + html.matches(&format!("<{tag} ")).count();
            assert_eq!(
                opened,
                html.matches(&format!("</{tag}>")).count(),
                "{name}: {tag} in {html}"
            );
        }
    }
}

#[test]
fn what_goes_wrong_is_a_sentence() {
    let wrong = rules::named("bakcprop").evcxr_blocks();
    assert!(wrong.plain().starts_with("error: there is no learning rule called \"bakcprop\""));
    assert_eq!(wrong.plain().lines().count(), 1);
    assert_eq!(Error::Figure("too small".into()).evcxr_blocks().plain(), "too small");
}

#[test]
fn records_count_networks_by_rule() {
    let two = [rules::named("no_training").unwrap(), rules::named("backprop").unwrap()];
    let records = Study::of(small_experiment()).rules(&two).seeds(2).run().unwrap();
    let text = records.evcxr_blocks().plain().to_owned();
    assert!(text.starts_with("records of 4 networks\n"), "{text}");
    assert!(text.contains("\nno_training         2         0"), "{text}");
    assert!(text.contains("Tables: .observations (32 rows × 91 columns), "), "{text}");
}

#[test]
fn a_report_is_a_paragraph_and_a_table() {
    let two = [rules::named("hebbian").unwrap(), rules::named("backprop").unwrap()];
    let records = Study::of(small_experiment()).rules(&two).seeds(4).run().unwrap();
    let protocol = Protocol { splits: 2, permutations: 2, ..Protocol::default() };
    let report = classify_table(
        &records.observations,
        &SampleSpec::default(),
        &RandomForest::default(),
        &protocol,
    );
    let blocks = report.unwrap().evcxr_blocks();
    assert!(blocks.plain().contains("accuracy") && blocks.plain().contains("macro mean"));
    let html = blocks.html().unwrap();
    assert!(html.starts_with("<p>random forest") && html.contains(">macro mean</th>"), "{html}");
}
