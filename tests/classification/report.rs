//! The verb and what it hands back.

use microlearners::classification::{
    CheckpointSelection, Classifier, GridSearch, Grouping, Protocol, RandomForest, Report,
    SampleSpec, SampleUnit, classify, classify_table, named,
};

use super::tables::{SMALL, observed, table};

fn quick() -> Protocol {
    Protocol { splits: 4, permutations: 30, importance_repeats: 3, ..Protocol::default() }
}

fn whole_networks() -> SampleSpec {
    SampleSpec {
        unit: SampleUnit::WholeNetwork,
        checkpoints: CheckpointSelection::Last,
        ..SampleSpec::default()
    }
}

fn forest() -> RandomForest {
    RandomForest { trees: 30, ..RandomForest::default() }
}

fn report() -> Report {
    classify_table(&observed(20), &whole_networks(), &forest(), &quick()).unwrap()
}

#[test]
fn finds_what_is_there_and_nothing_before_learning() {
    let report = report();
    assert!(report.accuracy.mean > 0.9, "{report}");
    let control = report.step_zero.unwrap().mean;
    assert!((0.1..0.6).contains(&control), "{control}");
    let baseline = report.baseline.as_ref().unwrap();
    assert!((0.2..0.5).contains(&baseline.mean), "{}", baseline.mean);
    assert_eq!(baseline.p_value, Some(1.0 / 31.0));
    assert!(baseline.mean < baseline.quantile_95.unwrap());
    assert_eq!(baseline.classifier, "random forest, 20 trees");
    assert!((report.chance - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn counts_add_up() {
    let report = report();
    let sizes = report.sizes;
    assert_eq!((sizes.networks, sizes.train_networks, sizes.test_networks), (60, 45, 15));
    assert_eq!(report.confusion.total(), 60);
    assert_eq!(report.accuracies.len(), 4);
    let mean = report.accuracies.iter().sum::<f64>() / 4.0;
    assert!((report.accuracy.mean - mean).abs() < 1e-15);
    assert!((report.confusion.accuracy() - mean).abs() < 1e-12);
    let interval = report.accuracy.interval.unwrap();
    assert!(interval.low <= mean && mean <= interval.high);
}

#[test]
fn a_report_is_ahead_of_another_on_the_same_splits_alone() {
    let bare = Protocol { permutations: 0, importance_repeats: 0, ..quick() };
    let of = |trees, protocol: &Protocol| {
        let forest = RandomForest { trees, ..RandomForest::default() };
        classify_table(&observed(20), &whole_networks(), &forest, protocol).unwrap()
    };
    let (many, one) = (of(30, &bare), of(1, &bare));
    let ahead = many.ahead_of(&one).unwrap();
    assert!((ahead.mean - (many.accuracy.mean - one.accuracy.mean)).abs() < 1e-12);
    assert_eq!(many.ahead_of(&many).unwrap().mean, 0.0);
    for other in [
        Protocol { seed: 1, ..bare.clone() },
        Protocol { splits: 3, ..bare.clone() },
        Protocol { grouping: Grouping::ByNetwork, ..bare.clone() },
        Protocol { test_fraction: 0.5, ..bare.clone() },
    ] {
        let error = many.ahead_of(&of(1, &other)).unwrap_err().to_string();
        assert!(error.contains("if both reports have the same splits"), "{error}");
    }
}

#[test]
fn the_observable_that_differs_matters() {
    let report = report();
    let first = &report.importance[0];
    assert_eq!(first.observable, "weightraw_norm");
    assert!(first.lost_accuracy.mean > 0.3, "{first:?}");
    assert!(first.forest_share.unwrap() > 0.5);
    assert!(report.importance[1].lost_accuracy.mean.abs() < 0.1);
}

#[test]
fn tables_have_the_published_columns() {
    let report = report();
    let scores = report.table().unwrap();
    let names: Vec<&str> = scores.get_column_names().iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["rule", "precision", "recall", "f1", "support", "d_prime"]);
    assert_eq!(scores.height(), 5);
    let importances = report.importances().unwrap();
    assert_eq!((importances.height(), importances.width()), (2, 5));
}

#[test]
fn reads_as_aligned_text() {
    let text = report().to_string();
    for words in ["random forest, 30 trees", "60 networks", "shuffled labels", "weighted mean"] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    let widths: Vec<usize> = text.lines().skip(3).map(|line| line.chars().count()).collect();
    assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{text}");
}

#[test]
fn the_same_report_whatever_the_number_of_threads() {
    let samples = SampleSpec::default().samples(&observed(8)).unwrap();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| classify(&samples, &forest(), &quick()).unwrap())
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn sample_wise_scores_are_labelled_as_such() {
    let samples = SampleSpec::default().samples(&observed(8)).unwrap();
    let protocol = Protocol { grouping: Grouping::BySample, ..quick() };
    let report = classify(&samples, &forest(), &protocol).unwrap();
    assert!(report.to_string().contains("SAMPLE-WISE"));
}

#[test]
fn one_split_has_no_interval_over_splits_but_wilsons() {
    let protocol = Protocol { splits: 1, permutations: 0, importance_repeats: 0, ..quick() };
    let report = classify(&table(&SMALL), &forest(), &protocol).unwrap();
    assert!(report.accuracy.interval.is_none() && report.baseline.is_none());
    assert!(report.importance.is_empty());
    assert!(report.wilson.low < report.accuracy.mean && report.accuracy.mean < report.wilson.high);
}

#[test]
fn every_named_classifier_beats_chance() {
    let samples = whole_networks().samples(&observed(12)).unwrap();
    let protocol = Protocol { splits: 2, permutations: 0, importance_repeats: 1, ..quick() };
    for name in ["forest", "tree", "logistic", "svm", "neural", "svm_search"] {
        let report = classify(&samples, named(name).unwrap().as_ref(), &protocol).unwrap();
        assert!(report.accuracy.mean > 0.6, "{name}: {report}");
    }
}

#[test]
fn a_search_says_what_it_chose() {
    let stump = RandomForest { trees: 1, max_depth: Some(1), ..RandomForest::default() };
    let search = GridSearch::among(vec![Box::new(stump), Box::new(forest())]);
    let samples = SampleSpec::default().samples(&observed(10)).unwrap();
    let protocol = Protocol { splits: 2, permutations: 0, importance_repeats: 0, ..quick() };
    let report = classify(&samples, &search, &protocol).unwrap();
    assert_eq!(report.chosen, [forest().name(), forest().name()]);
}
