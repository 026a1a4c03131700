//! The forest by itself.

use microlearners::classification::{Classifier, Fitted, RandomForest, Samples};
use microlearners::linfa::Dataset;
use microlearners::linfa::traits::{Fit, Predict};
use microlearners::ndarray::{Array1, Array2};

use super::tables::{SMALL, halves, uniform};

/// Two coins that must be read together, among two that mean nothing.
fn exclusive_or(rows: usize) -> Samples {
    let features =
        Array2::from_shape_fn((rows, 4), |(row, column)| uniform(30, (4 * row + column) as u64));
    let label = |row: usize| usize::from((features[[row, 0]] > 0.5) != (features[[row, 1]] > 0.5));
    let labels = (0..rows).map(label).collect();
    let names = (0..4).map(|column| format!("coin{column}")).collect();
    let classes = vec!["equal".into(), "different".into()];
    Samples::new(features, names, labels, classes, (0..rows as u64).collect()).unwrap()
}

fn accuracy(fitted: &dyn Fitted, samples: &Samples) -> f64 {
    let guesses = fitted.predict(&samples.features).unwrap();
    let right = guesses.iter().zip(&samples.labels).filter(|(a, b)| a == b).count();
    right as f64 / samples.len() as f64
}

#[test]
fn finds_exclusive_or_and_knows_out_of_bag_how_good_it_is() {
    let samples = exclusive_or(800);
    let train = samples.select(&(0..400).collect::<Vec<_>>());
    let test = samples.select(&(400..800).collect::<Vec<_>>());
    let fitted = RandomForest::default().fit(&train, 1).unwrap();
    let held_out = accuracy(fitted.as_ref(), &test);
    assert!(held_out > 0.85, "{held_out}");
    let out_of_bag = fitted.out_of_bag().unwrap();
    assert!((out_of_bag - held_out).abs() < 0.05, "{out_of_bag} against {held_out}");
    let importances = fitted.importances().unwrap();
    assert!(importances[0] + importances[1] > 0.6, "{importances:?}");
}

#[test]
fn learns_its_training_samples_by_heart() {
    let (train, _) = halves(&SMALL);
    let fitted = RandomForest::default().fit(&train, 0).unwrap();
    assert_eq!(accuracy(fitted.as_ref(), &train), 1.0);
    let shares = fitted.probabilities(&train.features).unwrap();
    assert!(shares.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
}

#[test]
fn the_same_bits_whatever_the_number_of_threads() {
    let (train, test) = halves(&SMALL);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let fitted = RandomForest::default().fit(&train, 5).unwrap();
            (
                fitted.probabilities(&test.features).unwrap(),
                fitted.importances(),
                fitted.out_of_bag(),
            )
        })
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn another_seed_is_another_forest() {
    let (train, test) = halves(&SMALL);
    let with = |seed| {
        let fitted = RandomForest::default().fit(&train, seed).unwrap();
        fitted.probabilities(&test.features).unwrap()
    };
    assert_ne!(with(1), with(2));
}

/// Values that differ by less than scikit-learn's 1e-7, and rescaled features, are no trouble.
#[test]
fn only_the_order_of_values_matters() {
    let (train, test) = halves(&SMALL);
    let squeeze = |samples: &Samples| {
        let mut squeezed = samples.clone();
        squeezed.features.mapv_inplace(|value| 1e-12 * (8.0 + value));
        squeezed
    };
    let plain = RandomForest::default().fit(&train, 3).unwrap();
    let squeezed = RandomForest::default().fit(&squeeze(&train), 3).unwrap();
    assert_eq!(plain.importances(), squeezed.importances());
    assert_eq!(
        plain.predict(&test.features).unwrap(),
        squeezed.predict(&squeeze(&test).features).unwrap()
    );
}

#[test]
fn constant_features_are_looked_past() {
    let mut samples = exclusive_or(200);
    samples.features.column_mut(2).fill(1.0);
    samples.features.column_mut(3).fill(-7.0);
    let forest = RandomForest { trees: 10, ..RandomForest::default() };
    let fitted = forest.fit(&samples, 0).unwrap();
    let importances = fitted.importances().unwrap();
    assert_eq!(importances[2..], [0.0, 0.0]);
    assert!(accuracy(fitted.as_ref(), &samples) > 0.98);
}

#[test]
fn identical_samples_of_two_classes_share_a_leaf() {
    let features = Array2::zeros((4, 1));
    let forest = RandomForest { trees: 200, ..RandomForest::default() };
    let fitted = forest.grow(&features, &[0, 0, 0, 1], 2, 0).unwrap();
    let share = fitted.probabilities(&features).unwrap()[[0, 0]];
    assert!((share - 0.75).abs() < 0.05, "{share}");
    assert_eq!(fitted.nodes(), 200);
}

#[test]
fn speaks_linfa() {
    let samples = exclusive_or(300);
    let labels = Array1::from_vec(samples.labels.clone());
    let data = Dataset::new(samples.features.clone(), labels.clone());
    let model = RandomForest::default().for_linfa(3).fit(&data).unwrap();
    let guesses: Array1<usize> = model.predict(&samples.features);
    assert_eq!(guesses, labels);
    let empty = Dataset::new(Array2::<f64>::zeros((0, 2)), Array1::<usize>::zeros(0));
    assert!(RandomForest::default().for_linfa(3).fit(&empty).is_err());
}
