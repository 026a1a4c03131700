//! Tests of the voltage rule against numbers of the authors' algorithm.

use super::testing::{assert_numbers, numbers};
use super::{PairedTrains, Protocol, SynapticRule, VoltageRule};

/// Computed with numpy 2 by the authors' algorithm.
#[test]
fn a_given_voltage_trace() {
    let decay = numbers(
        "-49.5016 -51.18853492 -52.74058998 -54.16854956 -55.4823358 -56.69107749 -57.80317353
         -58.82635128 -59.76772026 -60.63382152 -61.43067316 -62.16381205 -62.8383324
         -63.45892107 -64.02989022 -64.55520719 -65.03852214 -65.48319336 -65.89231063
         -66.26871669",
    );
    let spike = [29.4, 32.862];
    let mut voltage = vec![-70.6; 20];
    voltage.extend(spike.iter().chain(&decay).chain(&spike).chain(&decay[..16]));
    assert_eq!(voltage.len(), 60);
    let weights = VoltageRule::default().over_trace(&voltage, &[10, 35], 0.5).unwrap();
    let seen = [34, 35, 41, 42, 43, 59].map(|at: usize| weights[at]);
    let expected = "0.5 0.4977894886 0.4977894886 0.5009236032 0.5037685961 0.5037685961";
    assert_numbers(&seen, expected, 1e-10);
}

/// The trains of the authors' script: five pairs at the rate, repeated every 10 s. For post
/// before pre it has a sixth post spike, and its loop begins at the fourth step.
fn authors_trains(rate_hz: f64, delta_ms: i32) -> PairedTrains {
    let gap = (1000.0 / rate_hz).round() as i32;
    let repetitions = if rate_hz == 0.1 { 10 } else { 15 };
    let length = 5 * gap + delta_ms.abs() + 1;
    let first = delta_ms.abs();
    let every = |start: i32, end: i32| -> Vec<f64> {
        let sweep = length.max(10_000);
        let of = |at: i32| (start..end).step_by(gap as usize).map(move |t| t + at * sweep - 3);
        (0..repetitions).flat_map(of).filter(|&t| t >= 0).map(f64::from).collect()
    };
    PairedTrains::new(&every(first, length - 1), &every(first + delta_ms, length)).unwrap()
}

/// Computed with numpy 2 by the authors' algorithm, in percent of the first weight.
#[test]
fn the_frequency_dependence_of_pairs() {
    let before = "100.0002051 102.9033826 115.7064378 146.2651159 165.0014614";
    let after = "71.68590914 59.61761551 60.51091971 117.7763767 173.5571776";
    for (delta_ms, expected) in [(10, before), (-10, after)] {
        let percent = [0.1, 10.0, 20.0, 40.0, 50.0].map(|rate_hz| {
            let trains = Protocol::Trains(authors_trains(rate_hz, delta_ms));
            100.0 * (1.0 + VoltageRule::default().weight_change(&trains).unwrap())
        });
        assert_numbers(&percent, expected, 1e-6);
    }
}

#[test]
fn the_change_is_linear_in_both_amplitudes() {
    let pairs = Protocol::Pairs { rate_hz: 20.0, delta_ms: 10.0, count: 20 };
    let change = |up: f64, down: f64| {
        let rule = VoltageRule { potentiation: up, depression: down, ..VoltageRule::default() };
        rule.weight_change(&pairs).unwrap()
    };
    let sum = change(8e-5, 0.0) + change(0.0, 1.4e-4);
    assert!((change(8e-5, 1.4e-4) - sum).abs() < 1e-12);
}

#[test]
fn bad_traces_are_refused() {
    let rule = VoltageRule::default();
    let said = |trace: &[f64], pre: &[usize]| rule.over_trace(trace, pre, 0.5).unwrap_err();
    assert!(said(&[-70.0, f64::NAN], &[]).to_string().contains("step 1 is NaN"));
    assert!(said(&[-70.0; 5], &[5]).to_string().contains("trace of 5 steps"));
    let short = VoltageRule { tau_x_ms: 0.2, ..VoltageRule::default() };
    assert!(short.check().unwrap_err().to_string().contains("tau_x_ms is 0.2"));
}
