//! What nonlinear Hebbian learning must do.

use super::learning_schedule::Stepped;
use super::testing::{cosine_to_axis, gaussian_sources, laplace_sources};
use super::{Decorrelation, LearningSchedule, NonlinearHebbian, Nonlinearity, StepScale};
use crate::natural_images::Whitening;
use crate::random;
use ndarray::Array2;
use ndarray::array;
use rand_distr::{Distribution, StandardNormal};

/// Full batches from an angle of 1.2 rad, with the learning rates of the reference.
fn one_unit(nonlinearity: Nonlinearity) -> NonlinearHebbian {
    let learning_rate = match nonlinearity {
        Nonlinearity::LinearRectifier { .. } => 20.0,
        Nonlinearity::QuadraticRectifier { .. } => 2.0,
        Nonlinearity::Cubic => 0.3,
        Nonlinearity::NegativeSigmoid => 1.0,
        _ => 5.0,
    };
    let schedule = LearningSchedule {
        steps: 400,
        batch_size: usize::MAX,
        annealing: super::Annealing::None,
        tolerance: 1e-9,
        seed: 0,
    };
    NonlinearHebbian { nonlinearity, learning_rate, units: 1, schedule, ..Default::default() }
}

fn start() -> Array2<f64> {
    array![[1.2_f64.cos(), 1.2_f64.sin()]]
}

#[test]
fn a_step_is_what_it_is_by_hand() {
    let rule = NonlinearHebbian {
        nonlinearity: Nonlinearity::Cubic,
        learning_rate: 0.1,
        ..Default::default()
    };
    let (weights, batch) = (array![[1.0, 0.0], [0.0, 2.0]], array![[2.0, 1.0], [-1.0, 0.5]]);
    // u is (2, 2) and (−1, 1).
    let expected = array![[16.0 + 1.0, 8.0 - 0.5], [16.0 - 1.0, 8.0 + 0.5]] * (0.1 / 2.0);
    let change = rule.update(&weights, &batch).unwrap();
    assert!((&change - &expected).iter().all(|x| x.abs() < 1e-12), "{change}");
    let relative = NonlinearHebbian { step_scale: StepScale::Relative, ..rule };
    let change = relative.update(&weights, &batch).unwrap();
    assert!((change.mapv(|x| x * x).sum() / 2.0 - 0.01).abs() < 1e-12);
}

#[test]
fn all_nonlinearities_find_a_source() {
    let patterns = laplace_sources(1500, 0.5);
    for nonlinearity in Nonlinearity::published() {
        let learned = one_unit(nonlinearity.clone()).learn_from(&patterns, &start()).unwrap();
        let cosine = cosine_to_axis(&learned.weights, 0, 0.5);
        // A function that jumps has a gradient that jumps with the patterns at its threshold.
        let jumps = matches!(nonlinearity, Nonlinearity::HardThreshold { .. });
        let least = if jumps { 0.999 } else { 0.9999 };
        assert!(cosine > least, "{nonlinearity:?} {cosine}");
        let climbed: Vec<f64> = learned.history.iter().filter_map(|p| p.objective).collect();
        let whole = climbed[climbed.len() - 1] - climbed[0];
        assert!(climbed.windows(2).all(|pair| pair[1] > pair[0] - 1e-9) && whole > 0.0);
    }
}

#[test]
fn a_neuron_model_finds_a_source() {
    let neuron = Nonlinearity::Neuron(super::NeuronModel::default());
    let rule = NonlinearHebbian { step_scale: StepScale::Relative, ..one_unit(neuron) };
    let rule = NonlinearHebbian { learning_rate: 0.1, ..rule };
    let learned = rule.learn_from(&laplace_sources(1500, 0.5), &start()).unwrap();
    assert!(cosine_to_axis(&learned.weights, 0, 0.5) > 0.9999, "{:?}", learned.weights);
    assert_eq!(learned.history[0].objective, None);
}

/// On white Gaussian patterns only noise of the sample decides: the objective hardly depends on
/// the direction, and other samples give other directions.
#[test]
fn gaussian_patterns_have_no_preferred_direction() {
    let spread = |patterns: &Array2<f64>, rule: &NonlinearHebbian| {
        let at = |turn: i32| {
            let angle = f64::from(turn) * 0.1;
            let weights = array![[angle.cos(), angle.sin()]];
            rule.mean_objective(&weights, patterns).unwrap()
        };
        let values: Vec<f64> = (0..32).map(at).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        high - low
    };
    let (laplace, gauss) = (laplace_sources(1500, 0.5), gaussian_sources(20_000, 1));
    for nonlinearity in Nonlinearity::published() {
        let rule = one_unit(nonlinearity);
        let (one, other) = (spread(&laplace, &rule), spread(&gauss, &rule));
        assert!(other < 0.2 * one, "{} {one} {other}", rule.nonlinearity.name());
    }
    let angles: Vec<f64> = (1..=8)
        .map(|seed| {
            let rule = one_unit(Nonlinearity::Cubic);
            let learned = rule.learn_from(&gaussian_sources(4000, seed), &start()).unwrap();
            learned.weights[[0, 1]]
                .atan2(learned.weights[[0, 0]])
                .rem_euclid(std::f64::consts::FRAC_PI_2)
        })
        .collect();
    let mean = angles.iter().sum::<f64>() / 8.0;
    assert!(angles.iter().any(|angle| (angle - mean).abs() > 0.2), "{angles:?}");
}

/// Patterns with standard deviations 3, 2, 1 and 0.5 along rotated axes.
fn elongated() -> (Array2<f64>, Array2<f64>) {
    let mut rng = random::stream(2, "elongated");
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let axes = Array2::from_shape_fn((4, 4), |_| normal());
    let axes = Decorrelation::Symmetric.constrain(&axes).unwrap();
    let white = Array2::from_shape_fn((4000, 4), |_| normal());
    let white = Whitening::fit(&white, 0.0).unwrap().apply(&white).unwrap();
    ((white * &array![3.0, 2.0, 1.0, 0.5]).dot(&axes), axes)
}

#[test]
fn a_linear_unit_finds_the_first_principal_component_and_several_in_order() {
    let (patterns, axes) = elongated();
    let linear = one_unit(Nonlinearity::Linear);
    let learned = linear.learn(&patterns).unwrap();
    assert!(learned.weights.row(0).dot(&axes.row(0)).abs() > 1.0 - 1e-9);
    let several = NonlinearHebbian { units: 3, decorrelation: Decorrelation::Sequential, ..linear };
    let learned = several.learn(&patterns).unwrap();
    for unit in 0..3 {
        let cosine = learned.weights.row(unit).dot(&axes.row(unit)).abs();
        assert!(cosine > 1.0 - 1e-9, "{unit} {cosine}");
    }
}

/// Linear units on white patterns do not move at all: every direction has the same variance.
#[test]
fn a_linear_unit_learns_nothing_from_white_patterns() {
    let patterns = laplace_sources(400, 0.5);
    let learned = one_unit(Nonlinearity::Linear).learn_from(&patterns, &start()).unwrap();
    assert!((learned.weights - start()).iter().all(|x| x.abs() < 1e-9));
}

#[test]
fn batches_and_seeds_decide_the_bits() {
    let patterns = laplace_sources(250, 0.5);
    let schedule = LearningSchedule { steps: 60, batch_size: 64, ..Default::default() };
    let rule = NonlinearHebbian { units: 2, schedule, ..Default::default() };
    assert_eq!(rule.learn(&patterns).unwrap(), rule.learn(&patterns).unwrap());
    let mut other = rule.clone();
    other.schedule.seed = 1;
    assert_ne!(rule.learn(&patterns).unwrap(), other.learn(&patterns).unwrap());
    let still = NonlinearHebbian { learning_rate: 0.0, ..rule.clone() };
    let start = still.decorrelation.constrain(&rule.schedule.initial_weights(2, 2)).unwrap();
    let learned = still.learn(&patterns).unwrap();
    assert!((learned.weights - start).iter().all(|x| x.abs() < 1e-12));
}

#[test]
fn what_cannot_learn_is_refused() {
    let patterns = laplace_sources(8, 0.5);
    let rule = NonlinearHebbian::default();
    let told = rule.learn(&patterns).unwrap_err().to_string();
    assert!(told.contains("64 units cannot have orthogonal weights from 2 inputs"), "{told}");
    let told = rule.update(&array![[1.0]], &patterns).unwrap_err().to_string();
    assert!(told.contains("2 inputs, and each unit has 1 weights"), "{told}");
    let negative = NonlinearHebbian { learning_rate: -1.0, units: 1, ..rule.clone() };
    assert!(negative.learn(&patterns).unwrap_err().to_string().contains("learning_rate is -1"));
    let none = NonlinearHebbian { units: 0, ..rule.clone() };
    assert!(none.check().unwrap_err().to_string().contains("units is 0"));
    let huge = NonlinearHebbian { learning_rate: 1e308, units: 1, ..rule };
    let told = huge.learn(&(patterns * 100.0)).unwrap_err().to_string();
    assert!(told.contains("finite") || told.contains("overflow"), "{told}");
}
