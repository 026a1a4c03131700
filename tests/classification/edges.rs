//! Few networks, features of any size, tables of another width: each what a user did.

use microlearners::classification::{
    Classifier, ConfusionMatrix, DecisionTree, Fitted, GridSearch, Grouping, LinearSvm,
    LogisticRegression, NeuralNetwork, Pca, Protocol, RandomForest, Report, SampleSpec, Samples,
    TSne, accuracy_by_size, classify, classify_each, classify_table, hold_out_each, named,
};
use microlearners::display::EvcxrDisplay as _;
use microlearners::linfa::Dataset;
use microlearners::linfa::traits::{Fit as _, Predict as _};
use microlearners::ndarray::{Array1, Array2, array};
use microlearners::polars::prelude::{Column, DataFrame};

use super::tables::{SMALL, halves, observed, uniform};

/// Networks of two rules, as many as said, each with one sample of five numbers that mean nothing.
fn two_rules(counts: [usize; 2], seed: u64) -> Samples {
    let n = counts[0] + counts[1];
    let labels = (0..n).map(|row| usize::from(row >= counts[0])).collect();
    let features = Array2::from_shape_fn((n, 5), |(row, column)| {
        uniform(40 + seed, (5 * row + column) as u64)
    });
    let names = (0..5).map(|column| format!("x{column}")).collect();
    let classes = vec!["backprop".into(), "hebbian".into()];
    Samples::new(features, names, labels, classes, (0..n as u64).collect()).unwrap()
}

fn quick() -> Protocol {
    Protocol { splits: 2, permutations: 20, importance_repeats: 0, ..Protocol::default() }
}

fn forest() -> RandomForest {
    RandomForest { trees: 10, ..RandomForest::default() }
}

#[test]
fn ten_networks_of_one_rule_and_two_of_another_are_reported_for_every_seed() {
    for seed in 0..20 {
        let protocol = Protocol { seed, ..quick() };
        let report = classify(&two_rules([10, 2], seed), &forest(), &protocol).unwrap();
        assert_eq!(report.baseline.unwrap().accuracies.len(), 20);
        assert!(report.remarks.is_empty());
    }
}

#[test]
fn two_and_two_or_three_and_two_networks_are_reported_however_they_are_grouped() {
    let groupings = [Grouping::ByInitialisation, Grouping::ByNetwork, Grouping::BySample];
    for (counts, grouping) in
        [[2, 2], [3, 2], [2, 5]].into_iter().flat_map(|c| groupings.map(|g| (c, g)))
    {
        let protocol = Protocol { grouping, ..quick() };
        let report = classify(&two_rules(counts, 0), &forest(), &protocol).unwrap();
        assert_eq!(report.baseline.unwrap().accuracies.len(), 20, "{counts:?} {grouping:?}");
    }
}

#[test]
fn initialisations_with_a_network_of_each_rule_exchange_labels_within() {
    let samples = two_rules([2, 2], 0).with_initialisations(vec![0, 1, 0, 1]).unwrap();
    let report = classify(&samples, &forest(), &quick()).unwrap();
    assert_eq!(report.baseline.unwrap().accuracies.len(), 20);
}

#[test]
fn a_search_among_few_networks_has_its_baseline_too() {
    let search = GridSearch {
        folds: 3,
        ..GridSearch::among(vec![Box::new(forest()), Box::new(DecisionTree::default())])
    };
    for seed in 0..5 {
        let protocol = Protocol { seed, ..quick() };
        let report = classify(&two_rules([9, 4], seed), &search, &protocol).unwrap();
        let baseline = report.baseline.unwrap();
        assert_eq!((baseline.accuracies.len(), baseline.classifier), (20, forest().name()));
    }
}

/// Learns only where the first sample is of the first class: never from labels dealt among two
/// networks of each.
#[derive(Debug)]
struct Picky;

impl Classifier for Picky {
    fn name(&self) -> String {
        "picky".into()
    }

    fn check(&self) -> microlearners::Result<()> {
        Ok(())
    }

    fn check_samples(&self, samples: &Samples) -> microlearners::Result<()> {
        let is_sorted = samples.labels.is_sorted();
        let lacks = || microlearners::Error::Samples("the labels are not in order".into());
        if is_sorted && samples.len() > 7 { Ok(()) } else { Err(lacks()) }
    }

    fn fit(&self, samples: &Samples, seed: u64) -> microlearners::Result<Box<dyn Fitted>> {
        self.check_samples(samples)?;
        forest().fit(samples, seed)
    }
}

#[test]
fn a_baseline_that_cannot_be_had_is_left_out_and_told() {
    let protocol = Protocol { permutations: 2, ..quick() };
    let report = classify(&two_rules([20, 20], 0), &Picky, &protocol).unwrap();
    assert!(report.baseline.is_none());
    let sentence =
        "No baseline of shuffled labels: of 1000 shuffles none left picky what it can learn from";
    assert!(report.remarks[0].starts_with(sentence), "{report}");
    assert!(report.to_string().contains(sentence));
    assert!(report.evcxr_blocks().html().unwrap().contains(sentence));
}

/// Refuses samples none of whose features is large, as before learning.
#[derive(Debug)]
struct Late;

impl Classifier for Late {
    fn name(&self) -> String {
        "late".into()
    }

    fn check(&self) -> microlearners::Result<()> {
        Ok(())
    }

    fn fit(&self, samples: &Samples, seed: u64) -> microlearners::Result<Box<dyn Fitted>> {
        if samples.features.iter().any(|value| *value > 2.0) {
            return forest().fit(samples, seed);
        }
        Err(microlearners::Error::Samples("no feature is above 2".into()))
    }
}

#[test]
fn a_control_before_learning_that_cannot_be_had_is_left_out_and_told() {
    let protocol = Protocol { permutations: 0, ..quick() };
    let report = classify_table(&observed(4), &SampleSpec::default(), &Late, &protocol).unwrap();
    assert!(report.step_zero.is_none());
    let sentence = "No control before learning: no feature is above 2.";
    assert!(report.to_string().contains(sentence), "{report}");
    assert!(report.evcxr_blocks().html().unwrap().contains(sentence));
}

#[test]
fn a_forest_grown_on_numbers_that_are_not_says_where() {
    let told = forest().grow(&array![[0.0, 1.0], [2.0, f64::NAN]], &[0, 1], 2, 0).unwrap_err();
    assert!(told.to_string().starts_with("feature 1 of sample 1 is NaN"), "{told}");
}

#[test]
fn fewer_than_twenty_shuffles_have_a_largest_and_no_p_value() {
    let protocol = Protocol { permutations: 7, ..quick() };
    let report = classify(&two_rules([8, 8], 0), &forest(), &protocol).unwrap();
    let text = report.to_string();
    assert!(text.contains("the largest of 7 shuffles") && !text.contains("p ="), "{text}");
    assert!(!text.contains("p ≤"), "{text}");
    let text =
        classify(&two_rules([8, 8], 0), &RandomForest::default(), &quick()).unwrap().to_string();
    assert!(
        text.contains("95 % of 20 shuffles below") && text.contains("(random forest, 20 trees)"),
        "{text}"
    );
}

#[test]
fn tables_name_the_largest_of_few_shuffles_so() {
    let table = observed(6);
    let protocol = Protocol { permutations: 3, ..quick() };
    let found =
        classify_each(&table, &["layer"], &SampleSpec::default(), &forest(), &protocol).unwrap();
    let held =
        hold_out_each(&table, &SampleSpec::default(), &forest(), &protocol, "optimizer").unwrap();
    for table in [&found, &held] {
        assert_eq!(table.column("shuffled_95").unwrap().null_count(), table.height());
        assert_eq!(table.column("shuffled_largest").unwrap().null_count(), 0);
        assert_eq!(table.column("shuffles").unwrap().u32().unwrap().get(0), Some(3));
        assert_eq!(table.column("unconverged").unwrap().u32().unwrap().get(0), Some(0));
    }
    assert_eq!((found.height(), found.width()), (3, 11));
}

#[test]
fn a_part_that_cannot_be_classified_is_named() {
    let mut table = observed(6);
    let by_run = table.column("run").unwrap().u32().unwrap();
    let by_run: Vec<f64> = by_run.iter().map(|run| f64::from(run.unwrap())).collect();
    table.with_column(Column::new("noise".into(), by_run)).unwrap();
    let view = SampleSpec { observables: vec!["weight".into()], ..SampleSpec::default() };
    let told = classify_each(&table, &["noise"], &view, &forest(), &quick()).unwrap_err();
    assert!(told.to_string().starts_with("where noise is 0"), "{told}");
}

/// Two rules that one feature separates perfectly, at a given size, beside one that means nothing.
fn separable(size: f64, offset: f64) -> Samples {
    let n = 40;
    let features = Array2::from_shape_fn((n, 2), |(row, column)| match column {
        0 => offset + size * (1.0 + 0.1 * uniform(50, row as u64)) * (row % 2) as f64,
        _ => uniform(51, row as u64),
    });
    let labels = (0..n).map(|row| row % 2).collect();
    let names = vec!["small".into(), "noise".into()];
    let classes = vec!["a".into(), "b".into()];
    Samples::new(features, names, labels, classes, (0..n as u64).collect()).unwrap()
}

#[test]
fn a_tiny_feature_that_separates_is_seen_by_every_classifier() {
    let protocol = Protocol { permutations: 0, ..quick() };
    for (size, offset) in [(1e-7, 0.0), (1e-300, 0.0), (1e-6, 1e8), (1e8, 0.0)] {
        let samples = separable(size, offset);
        for name in ["logistic", "svm", "neural", "forest", "tree"] {
            let report = classify(&samples, named(name).unwrap().as_ref(), &protocol).unwrap();
            assert_eq!(report.accuracy.mean, 1.0, "{name} at {size}");
        }
        let projection = Pca::default().project(&samples).unwrap();
        assert!(projection.explained[1] > 0.1, "{size}: {:?}", projection.explained);
    }
}

#[test]
fn numbers_near_the_largest_leave_scores_finite() {
    let mut samples = separable(1.0, 0.0);
    samples.features.column_mut(1).mapv_inplace(|value| (value - 0.5) * 1.7e308);
    for name in ["logistic", "svm", "svm_pca", "neural", "forest", "tree"] {
        let fitted = named(name).unwrap().fit(&samples, 0).unwrap();
        let shares = fitted.probabilities(&samples.features).unwrap();
        assert!(shares.iter().all(|share| share.is_finite()), "{name}");
        assert_eq!(fitted.predict(&samples.features).unwrap(), samples.labels, "{name}");
    }
}

fn all_fitted(samples: &Samples) -> Vec<(&'static str, Box<dyn Fitted>)> {
    let search = GridSearch::among(vec![Box::new(forest()), Box::new(DecisionTree::default())]);
    let mut all: Vec<(&str, Box<dyn Fitted>)> =
        ["forest", "tree", "logistic", "svm", "svm_pca", "neural"]
            .map(|name| (name, named(name).unwrap().fit(samples, 0).unwrap()))
            .into();
    all.push(("search", search.fit(samples, 0).unwrap()));
    all
}

#[test]
fn predicting_from_a_table_of_another_width_is_one_sentence_from_all_classifiers() {
    let (train, _) = halves(&SMALL);
    for (name, fitted) in all_fitted(&train) {
        assert_eq!(fitted.features(), 21, "{name}");
        for width in [0, 20, 22] {
            let told = fitted.predict(&Array2::zeros((3, width))).unwrap_err().to_string();
            let expected =
                format!("the classifier learned from 21 features, and here are {width};");
            assert!(told.starts_with(&expected), "{name}: {told}");
            assert!(fitted.probabilities(&Array2::zeros((3, width))).is_err());
        }
        assert!(fitted.predict(&Array2::zeros((0, 21))).unwrap().is_empty());
    }
}

#[test]
#[should_panic(expected = "the classifier learned from 21 features, and here are 4;")]
fn the_forest_behind_linfa_says_the_same_of_another_width() {
    let (train, _) = halves(&SMALL);
    let data = Dataset::new(train.features.clone(), Array1::from_vec(train.labels.clone()));
    let model = forest().for_linfa(0).fit(&data).unwrap();
    let _: Array1<usize> = model.predict(&Array2::<f64>::zeros((3, 4)));
}

#[test]
fn predicting_from_numbers_that_are_not_finite_is_as_if_samples_were_built_of_them() {
    let (train, test) = halves(&SMALL);
    let mut broken = test.features.clone();
    broken[[0, 0]] = f64::NAN;
    broken[[1, 3]] = f64::NEG_INFINITY;
    broken[[2, 5]] = f64::INFINITY;
    let Samples { feature_names, labels, classes, groups, .. } = test;
    let built = Samples::new(broken.clone(), feature_names, labels, classes, groups).unwrap();
    for (name, fitted) in all_fitted(&train) {
        let (here, there) = (
            fitted.probabilities(&broken).unwrap(),
            fitted.probabilities(&built.features).unwrap(),
        );
        assert_eq!(here, there, "{name}");
        assert!(here.iter().all(|share| share.is_finite()), "{name}");
    }
}

#[test]
fn a_search_says_which_machines_did_not_converge() {
    let machine = |c: f64| LinearSvm { c, max_iterations: 200, ..LinearSvm::default() };
    let search = GridSearch::among(vec![Box::new(machine(1e-3)), Box::new(machine(1e5))]);
    let samples = two_rules([48, 48], 0);
    let report = classify(&samples, &search, &Protocol { permutations: 3, ..quick() }).unwrap();
    let text = report.to_string();
    assert!(text.contains("DID NOT CONVERGE: linear SVM, C 100000 ("), "{text}");
    assert!(!text.contains("C 0.001 ("), "{text}");
    let html = report.evcxr_blocks().html().unwrap().to_owned();
    assert!(html.contains("DID NOT CONVERGE"), "{html}");
    let wild = report.convergence.iter().find(|one| one.classifier.contains("100000")).unwrap();
    assert!(wild.fits >= 10 && wild.stopped > 0, "{wild}");
}

#[test]
fn logistic_regression_says_when_its_steps_were_too_few() {
    let samples = two_rules([30, 30], 1);
    let with = |max_iterations: u64| -> Report {
        let few = LogisticRegression { max_iterations, ..LogisticRegression::default() };
        classify(&samples, &few, &Protocol { permutations: 0, ..quick() }).unwrap()
    };
    assert!(
        with(1)
            .to_string()
            .contains("DID NOT CONVERGE: logistic regression, penalty 1 (2 of 2 fits)")
    );
    assert!(!with(1000).to_string().contains("DID NOT CONVERGE"), "{}", with(1000));
}

#[test]
fn samples_without_spread_have_no_map_and_are_told() {
    let mut samples = two_rules([20, 20], 0);
    samples.features.fill(0.25);
    let expected = "the 40 samples are alike in all 5 features";
    let told =
        TSne { perplexity: 5.0, ..TSne::default() }.project(&samples).unwrap_err().to_string();
    assert!(told.starts_with(expected), "{told}");
    let told = Pca::default().project(&samples).unwrap_err().to_string();
    assert!(told.starts_with(expected), "{told}");
    for name in ["logistic", "svm", "svm_pca", "neural", "forest", "tree"] {
        let report = classify(
            &samples,
            named(name).unwrap().as_ref(),
            &Protocol { permutations: 2, ..quick() },
        );
        assert!(report.unwrap().accuracy.mean.is_finite(), "{name}");
    }
}

#[test]
fn copies_of_few_samples_have_a_map_of_numbers_or_are_told() {
    for distinct in [2, 3, 12] {
        let mut samples = two_rules([30, 30], 0);
        for row in distinct..60 {
            let copy = samples.features.row(row % distinct).to_owned();
            samples.features.row_mut(row).assign(&copy);
        }
        for perplexity in [0.01, 1.0, 5.0, 19.0] {
            let map = TSne { perplexity, iterations: 300, seed: 0 }.project(&samples);
            match map {
                Ok(map) => assert!(map.iter().all(|place| place.is_finite())),
                Err(told) => assert!(told.to_string().contains("60 samples"), "{told}"),
            }
        }
    }
}

#[test]
fn a_map_of_one_class_or_of_too_few_samples() {
    let samples = two_rules([20, 20], 0);
    let one = samples.select(&(0..20).collect::<Vec<_>>());
    let map = TSne { perplexity: 3.0, iterations: 50, seed: 0 };
    assert_eq!(map.project(&one).unwrap().dim(), (20, 2));
    for few in [1, 2, 3] {
        let told = map.project(&samples.select(&(0..few).collect::<Vec<_>>())).unwrap_err();
        assert!(told.to_string().contains("perplexity"), "{told}");
    }
}

#[test]
fn a_size_named_twice_is_learned_from_once() {
    let samples = two_rules([8, 8], 0);
    let by_size = |sizes: &[usize]| accuracy_by_size(&samples, &forest(), &quick(), sizes);
    let once: DataFrame = by_size(&[4, 2]).unwrap();
    assert!(by_size(&[4, 2, 4, 4, 2]).unwrap().equals(&once));
    for (sizes, told) in [(&[][..], "sizes is 0"), (&[0], "size is 0"), (&[9], "size is 9")] {
        let error = by_size(sizes).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn candidates_named_twice_change_nothing() {
    let samples = two_rules([12, 12], 0);
    let machines = |costs: &[f64]| {
        let machine =
            |&c: &f64| Box::new(LinearSvm { c, ..LinearSvm::default() }) as Box<dyn Classifier>;
        GridSearch::among(costs.iter().map(machine).collect()).fit(&samples, 0).unwrap()
    };
    let (once, twice) = (machines(&[1.0, 10.0]), machines(&[1.0, 10.0, 1.0, 10.0]));
    assert_eq!(once.chosen(), twice.chosen());
    assert_eq!(once.predict(&samples.features).unwrap(), twice.predict(&samples.features).unwrap());
}

#[test]
fn one_feature_has_an_importance_and_one_sample_a_split() {
    let mut samples = two_rules([4, 4], 0);
    samples.features =
        samples.features.column(0).to_owned().insert_axis(microlearners::ndarray::Axis(1));
    samples.feature_names.truncate(1);
    let protocol = Protocol { importance_repeats: 2, test_fraction: 1e-9, ..quick() };
    let report = classify(&samples, &forest(), &protocol).unwrap();
    assert_eq!((report.importance.len(), report.sizes.test_networks), (1, 2));
    let most = Protocol { test_fraction: 1.0 - 1e-9, ..protocol };
    assert_eq!(classify(&samples, &forest(), &most).unwrap().sizes.train_networks, 2);
}

#[test]
fn a_confusion_matrix_without_predictions_is_all_zeros() {
    let classes = vec!["a".to_owned(), "b".to_owned()];
    let empty = ConfusionMatrix::count(classes, &[], &[]);
    assert_eq!((empty.accuracy(), empty.balanced_accuracy(), empty.total()), (0.0, 0.0, 0));
    assert!(empty.scores().iter().all(|score| score.f1 == 0.0 && score.d_prime == 0.0));
    assert!(empty.fractions().concat().iter().all(|share| *share == 0.0));
    assert_eq!(empty.hierarchy().merges.len(), 1);
}

#[test]
fn a_network_for_numbers_and_one_row() {
    let samples = separable(1e-7, 0.0);
    let fitted = NeuralNetwork::default().fit(&samples, 0).unwrap();
    assert_eq!(fitted.predict(&array![[1e-7, 0.5]]).unwrap(), [1]);
}
