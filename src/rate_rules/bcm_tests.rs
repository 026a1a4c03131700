//! What the BCM rule must do.

use super::{Bcm, PresentationOrder, SlowThreshold, selectivity};
use super::{BcmForm, BcmResponse};
use ndarray::array;
use ndarray::{Array2, Axis};

fn patterns() -> Array2<f64> {
    array![[1.0, 0.2], [0.3, 1.0]]
}

fn alternating(form: BcmForm) -> Bcm {
    Bcm {
        form,
        learning_rate: 0.02,
        threshold_time: 10.0,
        presentations: 20_000,
        order: PresentationOrder::Cyclic,
        ..Bcm::default()
    }
}

/// y, θ before, and both weights after: numpy 2.
const INTRATOR_COOPER: [[f64; 4]; 6] = [
    [0.58, 0.5, 0.500928, 0.4001856],
    [0.550464, 0.48364, 0.5011487052, 0.4009212841],
    [0.5813329621, 0.4655770615, 0.5024945596, 0.401190455],
    [0.5519388229, 0.4528141567, 0.5028228242, 0.40228467],
    [0.5832797582, 0.4379963874, 0.5045176411, 0.4026236334],
    [0.5539789258, 0.4282182763, 0.5049356536, 0.4040170084],
];
const LAW_COOPER: [[f64; 4]; 6] = [
    [0.58, 0.5, 0.501856, 0.4003712],
    [0.550928, 0.48364, 0.502315898, 0.4019041933],
    [0.5826967366, 0.4656281661, 0.5052459387, 0.4024902014],
    [0.554063983, 0.4530188982, 0.5059874368, 0.4049618617],
    [0.5869798091, 0.4384156981, 0.5099655851, 0.4057574914],
    [0.5587471669, 0.4290286579, 0.5109792216, 0.4091362797],
];

#[test]
fn first_steps_and_fixed_points_are_those_of_the_reference() {
    for (form, steps) in
        [(BcmForm::IntratorCooper, INTRATOR_COOPER), (BcmForm::LawCooper, LAW_COOPER)]
    {
        let rule = alternating(form);
        let (mut weights, mut thresholds) = (array![[0.5, 0.4]], array![0.5]);
        for (step, expected) in steps.iter().enumerate() {
            let batch = patterns().select(Axis(0), &[step % 2]);
            let y = rule.responses(&weights, &batch).unwrap()[[0, 0]];
            let change = rule.update(&weights, &thresholds, &batch).unwrap();
            let slid = rule.slide(&weights, &thresholds, &batch).unwrap();
            weights += &change;
            let found = [y, thresholds[0], weights[[0, 0]], weights[[0, 1]]];
            thresholds = slid;
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{form:?} {step} {found} {expected}");
            }
        }
        let learned = rule.learn_from(&patterns(), &array![[0.5, 0.4]], &array![0.5]).unwrap();
        let expected = array![[2.245862884, -0.6737588652]];
        assert!((&learned.weights - &expected).iter().all(|x| x.abs() < 1e-8));
        assert!((learned.thresholds[0] - 2.111111111).abs() < 1e-8);
    }
}

/// With θ read before it changes, y = (1 − (1 − 1/τ)²)/((1/τ)(1 − 1/τ)) on the chosen pattern,
/// which tends to the 2 of the theory as τ grows.
#[test]
fn the_selective_fixed_point_depends_on_the_trace() {
    for time in [5.0, 10.0, 40.0] {
        let rule = Bcm {
            threshold_time: time,
            learning_rate: 0.01,
            presentations: 60_000,
            ..alternating(BcmForm::IntratorCooper)
        };
        let learned = rule.learn_from(&patterns(), &array![[0.5, 0.4]], &array![0.5]).unwrap();
        let responses = rule.responses(&learned.weights, &patterns()).unwrap();
        let keep = 1.0 - 1.0 / time;
        let expected = (1.0 - keep * keep) / ((1.0 - keep) * keep);
        assert!((responses[[0, 0]] - expected).abs() < 1e-8, "{time} {responses}");
        assert!(responses[[1, 0]].abs() < 1e-8, "{time} {responses}");
    }
}

/// Ten units of random weights on five patterns: each ends with one pattern.
#[test]
fn units_become_selective_to_one_of_several_patterns() {
    let patterns = Array2::from_shape_fn((5, 5), |(row, column)| {
        (-((row as f64 - column as f64) / 0.8).powi(2)).exp()
    });
    let rule = Bcm { units: 10, presentations: 200_000, learning_rate: 0.002, ..Bcm::default() };
    let learned = rule.learn(&patterns).unwrap();
    let responses = rule.responses(&learned.weights, &patterns).unwrap();
    for unit in responses.columns() {
        let largest = unit.iter().copied().fold(0.0, f64::max);
        let driven = unit.iter().filter(|y| y.abs() > 0.2 * largest).count();
        assert_eq!(driven, 1, "{unit}");
    }
    for selectivity in selectivity(&learned.weights, &patterns).unwrap() {
        assert!((selectivity.unwrap() - 0.8).abs() < 0.03);
    }
    assert_eq!(learned, rule.learn(&patterns).unwrap());
    assert_eq!(learned.history.len(), 200);
}

/// One pattern of length 1 has τ_w = 1/η = 100 presentations.
#[test]
fn the_threshold_must_be_faster_than_the_weights() {
    let spread = |ratio: f64| {
        let rule = Bcm {
            learning_rate: 0.01,
            threshold_time: 100.0 * ratio,
            slow_threshold: SlowThreshold::Allowed,
            presentations: 60_000,
            ..Bcm::default()
        };
        let learned = rule.learn_from(&array![[1.0]], &array![[0.9]], &array![1.0]).unwrap();
        let last = learned.history[150..].iter().map(|point| (point.responses[0] - 1.0).abs());
        last.fold(0.0, f64::max)
    };
    assert!(spread(0.2) < 1e-9 && spread(0.5) < 1e-9);
    assert!(spread(0.9) < 1e-4, "{}", spread(0.9));
    assert!(spread(1.1) > 0.3, "{}", spread(1.1));
    let slow = Bcm { learning_rate: 0.01, threshold_time: 110.0, ..Bcm::default() };
    let told = slow.learn(&array![[1.0]]).unwrap_err().to_string();
    assert!(told.contains("threshold_time is 110") && told.contains("100.000"), "{told}");
    assert!(Bcm { threshold_time: 90.0, ..slow }.learn(&array![[1.0]]).is_ok());
}

#[test]
fn rectified_units_respond_with_rates() {
    let rule = Bcm { response: BcmResponse::Rectified, ..Bcm::default() };
    let responses = rule.responses(&array![[1.0], [-1.0]], &array![[2.0]]).unwrap();
    assert_eq!(responses, array![[2.0, 0.0]]);
    let still = rule.update(&array![[-1.0]], &array![1.0], &array![[2.0]]).unwrap();
    assert_eq!(still[[0, 0]].abs(), 0.0);
}

#[test]
fn what_cannot_learn_is_refused() {
    let rule = alternating(BcmForm::LawCooper);
    let told = rule.update(&array![[1.0, 1.0]], &array![0.0], &patterns()).unwrap_err();
    assert!(told.to_string().contains("unit 0 is 0"), "{told}");
    let told = rule.update(&array![[1.0, 1.0]], &array![1.0, 1.0], &patterns()).unwrap_err();
    assert!(told.to_string().contains("1 units and 2 thresholds"), "{told}");
    let told = Bcm { threshold_time: 0.5, ..rule.clone() }.check().unwrap_err().to_string();
    assert!(told.contains("threshold_time is 0.5"), "{told}");
    let told = rule.learn(&Array2::zeros((2, 2))).unwrap_err().to_string();
    assert!(told.contains("all inputs are 0"), "{told}");
    let fast = Bcm { learning_rate: 50.0, slow_threshold: SlowThreshold::Allowed, ..rule };
    let told = fast.learn(&patterns()).unwrap_err().to_string();
    assert!(told.contains("learning_rate is 50"), "{told}");
    assert_eq!(selectivity(&array![[-1.0, -1.0]], &patterns()).unwrap(), [None]);
}
