//! Known rules, inferred from what they did.

use super::{
    Basis, Formulation, InferRule, InferredRule, KnownRule, Measurement, Monomial,
    PlasticityRecording, PlasticityRule, PlasticitySimulation, Powers, Trace, UnobservedWeights,
};

/// Of networks that learn by a rule, as they are measured.
fn recordings(
    known: KnownRule,
    networks: usize,
    measurement: &Measurement,
) -> Vec<PlasticityRecording> {
    let simulation = PlasticitySimulation {
        networks,
        factor: known.factor(),
        seed: measurement.seed,
        ..PlasticitySimulation::default()
    };
    measurement.apply(&simulation.run(&known.rule()).unwrap()).unwrap()
}

fn infer(known: KnownRule, seen: &[PlasticityRecording]) -> InferredRule {
    let infer = InferRule { basis: known.candidates(), draws: 40, ..InferRule::default() };
    infer.infer(seen).unwrap()
}

/// By how much each coefficient is off, relative to itself.
fn deviations(found: &InferredRule, rule: &PlasticityRule) -> Vec<f64> {
    let names = rule.basis().names();
    let of = |(name, &(_, truth)): (&String, &(Monomial, f64))| {
        let term = found.terms.iter().find(|term| term.name == *name).unwrap();
        (term.coefficient / truth - 1.0).abs()
    };
    names.iter().zip(&rule.terms).map(of).collect()
}

#[test]
fn without_noise_every_rule_comes_back_exactly() {
    for known in KnownRule::all() {
        let found = infer(known, &recordings(known, 10, &Measurement::default()));
        assert_eq!(found.rule().support(), known.rule().support(), "{known:?}: {found}");
        assert!(deviations(&found, &known.rule()).iter().all(|&off| off < 1e-7), "{found}");
        assert_eq!(found.formulation, Some(Formulation::Differences));
    }
}

#[test]
fn with_noise_on_weights_and_activity_and_half_the_synapses_the_terms_come_back() {
    for seed in 0..2 {
        for known in KnownRule::all() {
            let measurement =
                Measurement { weight_noise: 1.0, activity_noise: 0.05, observed: 0.5, seed };
            let found = infer(known, &recordings(known, 20, &measurement));
            assert_eq!(found.rule().support(), known.rule().support(), "{known:?}: {found}");
            assert!(deviations(&found, &known.rule()).iter().all(|&off| off < 0.05), "{found}");
        }
    }
}

#[test]
fn with_noise_on_weights_alone_intervals_contain_the_truth() {
    let (mut inside, mut all) = (0, 0);
    for known in KnownRule::all() {
        let measurement = Measurement { weight_noise: 1.0, ..Measurement::default() };
        let found = infer(known, &recordings(known, 20, &measurement));
        assert_eq!(found.formulation, Some(Formulation::Trajectories));
        for (name, (_, truth)) in known.rule().basis().names().iter().zip(known.rule().terms) {
            let term = found.terms.iter().find(|term| term.name == *name).unwrap();
            inside += usize::from((term.interval.low..=term.interval.high).contains(&truth));
            all += 1;
        }
    }
    assert!(all == 14 && inside >= 12, "{inside} of {all}");
}

#[test]
fn noise_on_weights_looks_like_a_decay_to_differences_and_not_to_trajectories() {
    let known = KnownRule::AntiHebb { rate: 0.02 };
    let measurement = Measurement { weight_noise: 5.0, ..Measurement::default() };
    let (exact, seen) =
        (recordings(known, 20, &Measurement::default()), recordings(known, 20, &measurement));
    let basis =
        Basis { monomials: vec![Monomial::new(1, 1, 0), Monomial::new(0, 0, 1)], traces: vec![] };
    let with = |formulation| {
        let infer = InferRule {
            basis: basis.clone(),
            formulation: Some(formulation),
            draws: 40,
            ..InferRule::default()
        };
        infer.infer(&seen).unwrap()
    };
    let decay =
        with(Formulation::Differences).terms.into_iter().find(|term| term.name == "w").unwrap();
    // Noise of variance σ² beside weights of mean square v: −σ² / (v + σ²).
    let mean_square = |all: &[PlasticityRecording]| {
        let of = |one: &PlasticityRecording| one.weights.as_ref().unwrap().pow2().mean().unwrap();
        all.iter().map(of).sum::<f64>() / all.len() as f64
    };
    let expected = mean_square(&exact) / mean_square(&seen) - 1.0;
    assert!((decay.coefficient / expected - 1.0).abs() < 0.15, "{} {expected}", decay.coefficient);
    assert!(decay.interval.high < 0.0);
    assert_eq!(with(Formulation::Trajectories).rule().support(), ["pre post"]);
}

#[test]
fn fluctuations_of_synapses_are_no_noise_of_measurement() {
    let known = KnownRule::Oja { rate: 0.05 };
    let simulation = PlasticitySimulation { fluctuation: 0.02, ..PlasticitySimulation::default() };
    let found = infer(known, &simulation.run(&known.rule()).unwrap());
    assert_eq!(found.formulation, Some(Formulation::Differences));
    assert_eq!(found.rule().support(), known.rule().support(), "{found}");
}

#[test]
fn five_networks_and_a_tenth_of_their_synapses_are_enough_for_oja() {
    let known = KnownRule::Oja { rate: 0.05 };
    let few = Measurement { weight_noise: 0.5, observed: 0.1, ..Measurement::default() };
    let found = infer(known, &recordings(known, 5, &few));
    assert_eq!(found.rule().support(), known.rule().support(), "{found}");
}

#[test]
fn no_plasticity_is_no_rule() {
    let none = PlasticityRule::default();
    let simulation = PlasticitySimulation { fluctuation: 0.01, ..PlasticitySimulation::default() };
    let found = InferRule { draws: 20, ..InferRule::default() };
    let found = found.infer(&simulation.run(&none).unwrap()).unwrap();
    assert!(found.terms.is_empty(), "{found}");
    assert!(found.explained.abs() < 1e-12);
}

#[test]
fn rules_come_back_from_activity_alone() {
    for known in [KnownRule::Oja { rate: 0.05 }, KnownRule::Bcm { rate: 0.02, time_constant: 10.0 }]
    {
        let mut seen = recordings(known, 8, &Measurement::default());
        for recording in &mut seen {
            recording.weights = None;
            let spread = recording.post.std(0.0);
            // Any noise will do; this is the same on every machine.
            for ((step, output), post) in recording.post.indexed_iter_mut() {
                *post += 0.02 * spread * ((step * 7919 + output * 104_729) as f64).sin();
            }
        }
        let traces = [Trace::default()];
        let basis = Basis::new(&Powers { weight: 1, degree: 4, ..Powers::default() }, &traces);
        let infer = InferRule { basis, most_terms: 5, draws: 20, ..InferRule::default() };
        let found = infer.infer_from_activity(&seen, &UnobservedWeights::default()).unwrap();
        assert_eq!(found.rule().support(), known.rule().support(), "{found}");
        assert!(deviations(&found, &known.rule()).iter().all(|&off| off < 0.02), "{found}");
        assert_eq!(found.formulation, None);
    }
}
