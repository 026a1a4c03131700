//! Tests of fits: numbers of scipy, recovery, coverage of intervals, refusals.

use rand::Rng as _;
use rand_distr::StandardNormal;

use super::{
    CalciumRule, FitIntervals, Fitted, Interaction, PairStdp, Pairing, Parameter, PlasticityData,
    SynapticRule, TripletStdp, compare, fit,
};
use crate::random;

const PAIRS: [Parameter; 2] = [Parameter::PotentiationByPairs, Parameter::DepressionByPairs];

fn fitted(rule: &dyn SynapticRule, free: &[Parameter], data: &PlasticityData) -> Fitted {
    fit(rule, free, data, FitIntervals::Derivatives).unwrap()
}

fn close(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual / expected - 1.0).abs() < tolerance, "{actual} {expected}");
}

fn pair(pairing: Pairing) -> PairStdp {
    PairStdp { tau_plus_ms: 16.8, tau_minus_ms: 33.7, pairing, ..PairStdp::default() }
}

/// Numbers of `scipy.optimize.least_squares` (scipy 1.17.1).
#[test]
fn pair_stdp_fits_badly() {
    let data = [PlasticityData::visual_cortex(), PlasticityData::hippocampal_culture()];
    let cases = [
        (Pairing::AllToAll, 0, [0.004720340597, 0.0008039180376, 7.582265587]),
        (Pairing::Nearest, 0, [0.004648334253, 0.002926760258, 7.46614611]),
        (Pairing::AllToAll, 1, [0.007328435446, 0.003397794997, 8.899697029]),
        (Pairing::Nearest, 1, [0.005929546651, 0.002098314255, 10.18133243]),
    ];
    for (pairing, at, [potentiation, depression, error]) in cases {
        let fitted = fitted(&pair(pairing), &PAIRS, &data[at]);
        close(fitted.parameters[0].value, potentiation, 1e-6);
        close(fitted.parameters[1].value, depression, 1e-6);
        close(fitted.comparison.error, error, 1e-9);
    }
}

#[test]
fn the_minimal_triplet_rules_fit_well() {
    use Parameter::{
        DepressionByPairs, PotentiationByPairs as Pairs, PotentiationByTriplets, TauY,
    };
    let minimal = [PotentiationByTriplets, DepressionByPairs, TauY];
    let visual = PlasticityData::visual_cortex();
    let nearest = fitted(&TripletStdp::visual_cortex_nearest_minimal(), &minimal, &visual);
    close(nearest.comparison.error, 0.3474485517, 1e-8);
    for (at, expected) in [0.0503228585, 0.007911833467, 39.57105099].into_iter().enumerate() {
        close(nearest.parameters[at].value, expected, 1e-4);
    }
    let all = fitted(&TripletStdp::visual_cortex_minimal(), &minimal, &visual);
    assert!(all.comparison.error < 0.3180081823, "{}", all.comparison.error);
    let minimal = [Pairs, PotentiationByTriplets, DepressionByPairs, TauY];
    let culture = PlasticityData::hippocampal_culture();
    let nearest = fitted(&TripletStdp::hippocampal_nearest_minimal(), &minimal, &culture);
    close(nearest.comparison.error, 2.708674315, 1e-8);
    close(nearest.parameters[3].value, 48.87587587, 1e-3);
    let all = fitted(&TripletStdp::hippocampal_minimal(), &minimal, &culture);
    close(all.comparison.error, 3.176743055, 1e-8);
    close(all.parameters[1].value, 0.009838249873, 1e-3);
}

#[test]
fn parameters_are_recovered_from_their_own_predictions() {
    let truth = TripletStdp::hippocampal_full();
    let mut data = PlasticityData::hippocampal_culture();
    data.points.iter_mut().for_each(|point| {
        point.change = truth.weight_change(&point.protocol).unwrap();
    });
    let free = [truth.amplitudes(), vec![Parameter::TauX, Parameter::TauY]].concat();
    let start = TripletStdp { tau_x_ms: 500.0, tau_y_ms: 60.0, ..truth.clone() };
    let fitted = fitted(&start, &free, &data);
    assert!(fitted.comparison.error < 1e-8, "{}", fitted.comparison.error);
    close(fitted.parameters[5].value, 27.0, 1e-3);
    for parameter in &fitted.parameters {
        let interval = parameter.interval.unwrap();
        assert!(interval.low <= parameter.value && parameter.value <= interval.high);
    }
}

/// With fixed time constants the fit is linear, and ± 1.96 s.e. is that of `numpy.linalg.inv`.
#[test]
fn intervals_of_a_linear_fit() {
    let data = PlasticityData::visual_cortex();
    let fitted = fitted(&pair(Pairing::AllToAll), &PAIRS, &data);
    let [one, other] = PAIRS.map(|at| {
        let unit = |parameter| if parameter == at { 1.0 } else { 0.0 };
        let rule = pair(Pairing::AllToAll);
        let rule = PairStdp { potentiation: unit(PAIRS[0]), depression: unit(PAIRS[1]), ..rule };
        let change = |of| rule.weight_change(of).unwrap();
        data.points.iter().map(|p| change(&p.protocol) / p.sem).collect::<Vec<f64>>()
    });
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (a, b, c) = (product(&one, &one), product(&one, &other), product(&other, &other));
    let scale = fitted.comparison.error * 10.0 / 8.0;
    let half = 1.959963984540054 * (scale * c / (a * c - b * b)).sqrt();
    let interval = fitted.parameters[0].interval.unwrap();
    close(interval.high - fitted.parameters[0].value, half, 1e-6);
}

#[test]
fn a_bootstrap_has_intervals_and_repeats() {
    let rule = TripletStdp {
        interaction: Interaction::Nearest,
        ..TripletStdp::visual_cortex_nearest_minimal()
    };
    let free = [Parameter::PotentiationByTriplets, Parameter::DepressionByPairs, Parameter::TauY];
    let data = PlasticityData::visual_cortex();
    let settings = FitIntervals::Bootstrap { resamples: 40, seed: 1 };
    let one = fit(&rule, &free, &data, settings).unwrap();
    let other = fit(&rule, &free, &data, settings).unwrap();
    assert_eq!(one.parameters, other.parameters);
    let interval = one.parameters[1].interval.unwrap();
    assert!(interval.low < 0.0079 && 0.0079 < interval.high && interval.low > 0.004);
}

#[test]
fn fits_that_cannot_be_are_refused() {
    let data = PlasticityData::visual_cortex();
    let rule = PairStdp::default();
    let settings = FitIntervals::Derivatives;
    let said = |free: &[Parameter]| fit(&rule, free, &data, settings).unwrap_err().to_string();
    assert!(said(&[Parameter::TauY]).contains("pair_stdp has A2+, A2-, tau_plus, tau_minus"));
    assert!(said(&[PAIRS[0], PAIRS[0]]).contains("named once"));
    assert!(said(&[]).contains("at least one"));
    let few = PlasticityData { points: data.points[..2].to_vec(), ..data.clone() };
    let said = fit(&rule, &PAIRS, &few, settings).unwrap_err().to_string();
    assert_eq!(said, "2 points cannot determine 2 parameters; fit fewer");
}

/// Data drawn around the predictions of a rule, with the standard errors of an experiment.
fn drawn(truth: &dyn SynapticRule, like: &PlasticityData, seed: u64) -> PlasticityData {
    let mut rng = random::stream(seed, "drawn");
    let mut data = like.clone();
    for point in &mut data.points {
        let noise: f64 = rng.sample(StandardNormal);
        point.change = truth.weight_change(&point.protocol).unwrap() + point.sem * noise;
    }
    data
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    use Parameter::{DepressionByPairs, PotentiationByTriplets, TauY};
    let truth = TripletStdp::visual_cortex_nearest_minimal();
    let free = [PotentiationByTriplets, DepressionByPairs, TauY];
    let values = [0.05, 0.008, 40.0];
    let mut held = 0;
    for seed in 0..100 {
        let data = drawn(&truth, &PlasticityData::visual_cortex(), seed);
        for (fitted, value) in fitted(&truth, &free, &data).parameters.iter().zip(values) {
            let within = |interval: crate::statistics::Interval| {
                interval.low <= value && value <= interval.high
            };
            held += u32::from(fitted.interval.is_some_and(within));
        }
    }
    // 285 of 300 on average; the intervals are wider where chance makes the misfit larger.
    assert!((275..=299).contains(&held), "{held}");
}

#[test]
fn rules_that_are_not_linear_are_fitted_too() {
    let free = [Parameter::CalciumOfPre, Parameter::CalciumOfPost, Parameter::TauCalcium];
    let truth = CalciumRule::cortical_slices();
    let mut data = PlasticityData::visual_cortex();
    for point in &mut data.points {
        point.change = truth.weight_change(&point.protocol).unwrap();
    }
    let start = CalciumRule { calcium_of_pre: 0.65, calcium_of_post: 1.15, ..truth.clone() };
    let fitted = fitted(&start, &free, &data);
    assert!(fitted.comparison.error < 1e-3 * compare(&start, &data).unwrap().error);
    close(fitted.parameters[0].value, 0.5617539, 0.01);
}
