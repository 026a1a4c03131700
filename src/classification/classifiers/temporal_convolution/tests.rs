use rand::Rng as _;
use rand::seq::SliceRandom;

use super::*;
use crate::classification::{Classifier, RandomForest};
use crate::random;

const CHECKPOINTS: usize = 9;

/// Two observables of which the first goes through the same nine values in each class, in any order:
/// at every checkpoint both classes have the same distribution. In class `rises` it is followed by
/// something larger, in class `falls` by something smaller, but for the one jump from end to end.
fn sawteeth(count: usize, seed: u64) -> Samples {
    let mut rng = random::stream(seed, "sawteeth");
    let mut rows = Vec::new();
    for sample in 0..count {
        let start = rng.gen_range(0..CHECKPOINTS);
        let value = |at: usize| match sample % 2 {
            0 => (start + at) % CHECKPOINTS,
            _ => (start + CHECKPOINTS - at) % CHECKPOINTS,
        };
        rows.extend((0..CHECKPOINTS).map(|at| value(at) as f64));
        rows.extend((0..CHECKPOINTS).map(|_| rng.gen_range(-1.0..1.0)));
    }
    samples(rows, (0..count).map(|sample| sample % 2).collect())
}

fn samples(rows: Vec<f64>, labels: Vec<usize>) -> Samples {
    let count = labels.len();
    let features = Array2::from_shape_vec((count, rows.len() / count), rows).unwrap();
    let name =
        |column: usize| format!("{}@{}", ["a", "b"][column / CHECKPOINTS], column % CHECKPOINTS);
    let names = (0..features.ncols()).map(name).collect();
    let classes = vec!["rises".into(), "falls".into()];
    Samples::new(features, names, labels, classes, (0..count as u64).collect()).unwrap()
}

/// The share of `test` that it names right, having learned `train`.
fn accuracy(classifier: &dyn Classifier, train: &Samples, test: &Samples) -> f64 {
    let fitted = classifier.fit(train, 1).unwrap();
    super::super::accuracy(fitted.as_ref(), test).unwrap()
}

fn of_kernel(kernel_size: usize) -> TemporalConvolution {
    // Enough for the 400 samples of these tests, in a fraction of the time.
    TemporalConvolution { kernel_size, epochs: 100, ..TemporalConvolution::default() }
}

fn pooled(kernel_size: usize, pooling: TimePooling) -> TemporalConvolution {
    TemporalConvolution { pooling, ..of_kernel(kernel_size) }
}

#[test]
fn what_is_in_the_order_of_time_alone_is_learned_from_neighbours_in_time() {
    let (train, test) = (sawteeth(400, 1), sawteeth(400, 2));
    for kernel in [3, 5] {
        assert!(accuracy(&of_kernel(kernel), &train, &test) > 0.95, "kernel {kernel}");
    }
    for pooling in [TimePooling::Mean, TimePooling::Max] {
        assert!(accuracy(&pooled(3, pooling), &train, &test) > 0.95, "{pooling:?}");
    }
    // A kernel as long as the trajectory is a hidden layer of a dense network. Each of its filters sees
    // a sample once, and not at several places, so that it takes all epochs of the default.
    let whole = TemporalConvolution { kernel_size: CHECKPOINTS, ..TemporalConvolution::default() };
    let found = accuracy(&whole, &train, &test);
    assert!(found > 0.95, "{found}");
}

/// A filter of one checkpoint sees no order, and what is pooled over all positions keeps none.
#[test]
fn a_kernel_of_one_pooled_over_time_is_blind_to_order() {
    let (train, test) = (sawteeth(400, 1), sawteeth(400, 2));
    for pooling in [TimePooling::Mean, TimePooling::Max] {
        let found = accuracy(&pooled(1, pooling), &train, &test);
        // Five standard errors of a coin over 400 samples.
        assert!((found - 0.5).abs() < 0.125, "{pooling:?}: {found}");
    }
}

#[test]
fn what_has_no_order_is_learned_with_a_kernel_of_one() {
    let mut rng = random::stream(3, "levels");
    let make = |rng: &mut random::Rng| {
        let mut rows = Vec::new();
        for sample in 0..300 {
            let level = 2.0 * (sample % 2) as f64;
            rows.extend((0..2 * CHECKPOINTS).map(|_| level + rng.gen_range(-3.0..3.0)));
        }
        samples(rows, (0..300).map(|sample| sample % 2).collect())
    };
    let (train, test) = (make(&mut rng), make(&mut rng));
    for pooling in [TimePooling::None, TimePooling::Mean] {
        assert!(accuracy(&pooled(1, pooling), &train, &test) > 0.95, "{pooling:?}");
    }
}

#[test]
fn labels_that_mean_nothing_stay_at_chance() {
    let (mut train, test) = (sawteeth(400, 1), sawteeth(400, 2));
    train.labels.shuffle(&mut random::stream(7, "labels"));
    for classifier in [of_kernel(1), of_kernel(5), of_kernel(CHECKPOINTS)] {
        let found = accuracy(&classifier, &train, &test);
        assert!((found - 0.5).abs() < 0.125, "{}: {found}", classifier.name());
    }
}

/// The order of features within a checkpoint decides only which initial weight each gets.
#[test]
fn the_order_of_features_does_not_matter_beyond_chance() {
    let (train, test) = (sawteeth(400, 1), sawteeth(400, 2));
    let reversed = |samples: &Samples| {
        let order: Vec<usize> = (0..samples.features.ncols()).rev().collect();
        let names = order.iter().map(|&column| samples.feature_names[column].clone()).collect();
        let features = samples.features.select(ndarray::Axis(1), &order);
        Samples { features, feature_names: names, ..samples.clone() }
    };
    let one = accuracy(&of_kernel(3), &train, &test);
    let other = accuracy(&of_kernel(3), &reversed(&train), &reversed(&test));
    assert!((one - other).abs() < 0.03, "{one} and {other}");
}

/// Strides and pools that leave checkpoints over are used as they are.
#[test]
fn strides_and_pools_leave_something_to_learn_from() {
    let (train, test) = (sawteeth(400, 1), sawteeth(400, 2));
    let strided = TemporalConvolution { stride: 2, ..of_kernel(3) };
    let pools = TemporalConvolution { pool_size: Some(3), ..pooled(3, TimePooling::Max) };
    for classifier in [strided, pools] {
        let found = accuracy(&classifier, &train, &test);
        assert!(found > 0.95, "{}: {found}", classifier.name());
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_one_thread_and_on_two() {
    let samples = sawteeth(200, 1);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let few = TemporalConvolution { epochs: 5, ..of_kernel(5) };
        pool.install(|| few.fit(&samples, 3).unwrap().probabilities(&samples.features).unwrap())
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(one, two);
    assert!(one.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
    let other = TemporalConvolution { epochs: 5, ..of_kernel(5) }.fit(&samples, 4).unwrap();
    assert_ne!(one, other.probabilities(&samples.features).unwrap());
    assert!(other.predict(&Array2::zeros((0, 2 * CHECKPOINTS))).unwrap().is_empty());
}

#[test]
fn a_fit_is_settled_when_its_loss_no_longer_falls() {
    let samples = sawteeth(200, 1);
    let stopped = |epochs: usize| {
        let fitted = TemporalConvolution { epochs, ..of_kernel(5) }.fit(&samples, 1).unwrap();
        fitted.convergence()[0].stopped
    };
    // Of one epoch nothing can be said; after 1000 the loss is too small to fall by 1 % of ln 2.
    assert_eq!((stopped(1), stopped(1000)), (1, 0));
    assert!(!has_settled(&[0.5], 2) && !has_settled(&[0.6, 0.5], 2));
    assert!(has_settled(&[0.5, 0.499], 2) && has_settled(&[0.5, 0.6], 2));
    // A tenth of twenty epochs are two of them.
    let losses: Vec<f64> = (0..20).map(|epoch| 1.0 - 0.03 * f64::from(epoch)).collect();
    assert!(!has_settled(&losses, 2));
}

#[test]
fn what_cannot_be_fitted_is_refused_in_one_sentence() {
    let all = sawteeth(40, 1);
    let told = |classifier: TemporalConvolution| classifier.fit(&all, 0).unwrap_err().to_string();
    let usual = TemporalConvolution::default;
    assert!(told(of_kernel(0)).contains("kernel_size"));
    assert!(
        told(of_kernel(10))
            .contains("the samples have 9 checkpoints: choose a kernel of at most 9")
    );
    let pools = TemporalConvolution { pool_size: Some(8), ..pooled(3, TimePooling::Mean) };
    assert!(told(pools).contains("has 7 positions on 9 checkpoints"));
    let pools = TemporalConvolution { pool_size: Some(2), ..usual() };
    assert!(told(pools).contains("without pooling there are no pools"));
    for (name, classifier) in [
        ("filters", TemporalConvolution { filters: 0, ..usual() }),
        ("filters", TemporalConvolution { filters: 1_000_000, ..usual() }),
        ("stride", TemporalConvolution { stride: 0, ..usual() }),
        ("epochs", TemporalConvolution { epochs: 0, ..usual() }),
        ("batch_size", TemporalConvolution { batch_size: 0, ..usual() }),
        ("learning_rate", TemporalConvolution { learning_rate: 0.0, ..usual() }),
        ("weight_decay", TemporalConvolution { weight_decay: -1.0, ..usual() }),
    ] {
        assert!(told(classifier).contains(name), "{name}");
    }
    let wild = TemporalConvolution { learning_rate: 1e30, ..usual() };
    assert!(told(wild).contains("diverged in epoch"));
    let last = Samples { feature_names: (0..18).map(|place| format!("x{place}")).collect(), ..all };
    let told = usual().fit(&last, 0).unwrap_err().to_string();
    assert!(told.contains("no feature has a checkpoint in its name (the first is"), "{told}");
    // Another classifier takes these.
    assert!(RandomForest::default().fit(&last, 0).is_ok());
}
