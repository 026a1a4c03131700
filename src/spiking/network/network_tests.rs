//! Networks against single synapses, exact limits and steps of other lengths.

use rand::Rng as _;

use super::super::{
    InhibitoryStdp, PairStdp, PairedTrains, Pairing, RewardStdp, SpikeTrain, SynapticRule,
    TripletStdp, WeightDependence,
};
use super::*;
use crate::random;

/// A neuron that fires in the step after every spike of its teacher.
fn obedient() -> CurrentLif {
    CurrentLif { refractory_ms: 0.0, excitatory_time_constant_ms: 0.01, ..CurrentLif::default() }
}

/// Trains on a grid of 0.1 ms with coincidences.
fn random_trains(seed: u64) -> PairedTrains {
    let mut rng = random::stream(seed, "trains");
    let mut train = || {
        let steps = (2..5000).filter(|_| rng.r#gen::<f64>() < 0.02);
        SpikeTrain::new(&steps.map(|step| f64::from(step) / 10.0).collect::<Vec<_>>()).unwrap()
    };
    PairedTrains { pre: train(), post: train() }
}

/// A network of one plastic synapse whose neuron is made to fire at given times.
fn one_synapse(
    rule: &dyn ProjectionRule,
    weight: f64,
    trains: &PairedTrains,
) -> (SpikingNetwork, ProjectionId) {
    let mut network = SpikingNetwork::new(0.1, 0).unwrap();
    let earlier: Vec<f64> = trains.post.times_ms().iter().map(|time| time - 0.1).collect();
    let pre = network.add_trains(std::slice::from_ref(&trains.pre)).unwrap();
    let teacher = network.add_trains(&[SpikeTrain::new(&earlier).unwrap()]).unwrap();
    let neuron = network.add_neurons(1, &obedient()).unwrap();
    let teaching = Synapses { gain: 1e6, ..Synapses::default() };
    network.connect(teacher, neuron, &teaching).unwrap();
    let silent = Synapses { gain: 0.0, weights: Weights::Same(weight), ..Synapses::default() };
    let plastic = network.connect(pre, neuron, &silent.plastic(rule)).unwrap();
    network.record_spikes(neuron).unwrap();
    network.record_weights(plastic, 50.0).unwrap();
    (network, plastic)
}

fn assert_same<R: SynapticRule + ProjectionRule>(rule: &R, weight: f64) {
    let trains = random_trains(3);
    let (mut network, plastic) = one_synapse(rule, weight, &trains);
    network.run(600.0).unwrap();
    let fired = network.spikes(PopulationId(2)).unwrap().train(0).unwrap();
    assert_eq!(fired.len(), trains.post.len());
    let mut synapse = rule.start(weight);
    for (time, side) in trains.spikes() {
        synapse.spike(time, side);
    }
    let (ours, theirs) = (network.weights(plastic).unwrap()[0], synapse.weight());
    assert!((ours - weight).abs() > 1e-3, "{ours}");
    assert!((ours - theirs).abs() < 1e-11 * weight.max(1.0), "{rule:?} {ours} {theirs}");
    assert_eq!(network.weight_history(plastic).unwrap().times_ms.len(), 12);
}

#[test]
fn a_network_of_one_synapse_has_the_weights_of_the_synapse() {
    let dependences = [
        WeightDependence::Additive,
        WeightDependence::Multiplicative,
        WeightDependence::VanRossum,
        WeightDependence::Power(0.3),
    ];
    for pairing in [Pairing::AllToAll, Pairing::Nearest] {
        assert_same(&PairStdp { pairing, ..PairStdp::default() }, 0.5);
        for dependence in dependences {
            let largest_weight = Some(1.0);
            let rule = PairStdp { pairing, dependence, largest_weight, ..PairStdp::default() };
            assert_same(&rule, 0.5);
        }
    }
    assert_same(&TripletStdp::visual_cortex_full(), 1.0);
    assert_same(&TripletStdp::hippocampal_nearest_full(), 1.0);
    assert_same(&InhibitoryStdp { target_hz: 30.0, ..InhibitoryStdp::default() }, 0.5);
}

#[test]
fn rewards_reach_the_synapses_at_their_times() {
    let rule = RewardStdp { baseline: 0.0005, ..RewardStdp::default() };
    let trains = random_trains(8);
    let (mut network, plastic) = one_synapse(&rule, 100.0, &trains);
    let mut synapse = rule.start(100.0);
    for (part, amount) in [1.0, 0.0, 2.5].into_iter().enumerate() {
        let (start, end) = (200.0 * part as f64, 200.0 * (part + 1) as f64);
        network.reward(plastic, amount).unwrap();
        synapse.reward(start, amount);
        network.run(200.0).unwrap();
        let within = |time: f64| time > start + 0.01 && time < end + 0.01;
        for (time, side) in trains.spikes().into_iter().filter(|spike| within(spike.0)) {
            synapse.spike(time, side);
        }
        synapse.advance(end);
        let (ours, theirs) = (network.weights(plastic).unwrap()[0], synapse.weight());
        assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
    }
    assert!((network.weights(plastic).unwrap()[0] - 100.0).abs() > 0.1);
}

#[test]
fn spikes_arrive_after_their_delays() {
    let mut network = SpikingNetwork::new(0.1, 0).unwrap();
    let input = network.add_trains(&[SpikeTrain::new(&[1.0, 2.0]).unwrap()]).unwrap();
    let neurons = network.add_neurons(3, &obedient()).unwrap();
    let delays = Delays::Each(vec![0.0, 0.5, 3.0]);
    let synapses = Synapses { gain: 1e6, delays, ..Synapses::default() };
    network.connect(input, neurons, &synapses).unwrap();
    network.record_spikes(neurons).unwrap();
    network.run(10.0).unwrap();
    let spikes = network.spikes(neurons).unwrap();
    let expected = [(1.1, 0), (1.6, 1), (2.1, 0), (2.6, 1), (4.1, 2), (5.1, 2)];
    assert_eq!(spikes.len(), expected.len());
    for (at, (time, neuron)) in expected.into_iter().enumerate() {
        assert!((spikes.times_ms[at] - time).abs() < 1e-9);
        assert_eq!(spikes.neurons[at], neuron);
    }
}

/// 40 Poisson inputs to 5 neurons for half a second.
fn small(step_ms: f64, neuron: &dyn NeuronModel, gain: f64) -> (SpikingNetwork, ProjectionId) {
    let mut network = SpikingNetwork::new(step_ms, 11).unwrap();
    let inputs = network.add_poisson(&[30.0; 40]).unwrap();
    let neurons = network.add_neurons(5, neuron).unwrap();
    let rule = PairStdp { largest_weight: Some(1.0), ..PairStdp::default() };
    let weights = Weights::Uniform(0.3, 0.7);
    let synapses = Synapses { weights, gain, ..Synapses::default() };
    let plastic = network.connect(inputs, neurons, &synapses.plastic(&rule)).unwrap();
    network.run(500.0).unwrap();
    (network, plastic)
}

#[test]
fn halving_the_step_changes_weights_by_less_than_stated() {
    let weights = |step_ms| {
        let (network, plastic) = small(step_ms, &ConductanceLif::default(), 0.12);
        network.weights(plastic)
    };
    let chosen = choose_step(0.5, 0.01, 7, weights).unwrap();
    let finer = weights(chosen.step_ms / 2.0).unwrap();
    let largest = finer.iter().cloned().fold(0.0, f64::max);
    for (coarse, fine) in chosen.results.iter().zip(&finer) {
        assert!((coarse - fine).abs() <= 0.01 * largest);
    }
    assert!(chosen.step_ms < 0.5, "{:?}", chosen.tried);
}

#[test]
fn a_seed_makes_a_network_and_a_copy_goes_its_own_way() {
    let run = || small(0.1, &CurrentLif::default(), 400.0);
    let ((mut one, plastic), (mut other, _)) = (run(), run());
    assert_eq!(one.weights(plastic).unwrap(), other.weights(plastic).unwrap());
    let mut copy = one.clone();
    one.run(100.0).unwrap();
    copy.run(100.0).unwrap();
    assert_eq!(one.weights(plastic).unwrap(), copy.weights(plastic).unwrap());
    other.reseed(PopulationId(0), 12).unwrap();
    other.run(100.0).unwrap();
    assert_ne!(one.weights(plastic).unwrap(), other.weights(plastic).unwrap());
}

/// Inhibitory STDP drives neurons of 40 Hz and more to its target.
#[test]
fn inhibitory_plasticity_sets_the_rate() {
    let mut network = SpikingNetwork::new(0.1, 2).unwrap();
    let inputs = network.add_poisson(&[20.0; 50]).unwrap();
    let neurons = network.add_neurons(4, &ConductanceLif::default()).unwrap();
    network.set_drive(neurons, &[24.0; 4]).unwrap();
    let rule = InhibitoryStdp { target_hz: 8.0, learning_rate: 0.02, ..Default::default() };
    let receptor = Receptor::Inhibitory;
    let synapses =
        Synapses { weights: Weights::Same(0.0), receptor, gain: 0.02, ..Default::default() };
    network.connect(inputs, neurons, &synapses.plastic(&rule)).unwrap();
    let mut rate = |duration_ms: f64| {
        let before: u64 = network.spike_counts(neurons).unwrap().iter().sum();
        network.run(duration_ms).unwrap();
        let after: u64 = network.spike_counts(neurons).unwrap().iter().sum();
        (after - before) as f64 / 4.0 * 1000.0 / duration_ms
    };
    let first = rate(200.0);
    rate(20_000.0);
    let late = rate(5000.0);
    assert!(first > 25.0 && (late - 8.0).abs() < 1.5, "{first} {late}");
}

#[test]
fn bounds_hold_and_normalised_weights_have_their_sum() {
    let mut network = SpikingNetwork::new(0.1, 11).unwrap();
    let inputs = network.add_poisson(&[60.0; 10]).unwrap();
    let neurons = network.add_neurons(2, &CurrentLif::default()).unwrap();
    network.set_drive(neurons, &[700.0, 0.0]).unwrap();
    let synapses = Synapses { gain: 10.0, bounds: Some([0.98, 1.02]), ..Synapses::default() };
    let rule = TripletStdp { pair_depression: 0.1, ..TripletStdp::default() };
    let plastic = network.connect(inputs, neurons, &synapses.plastic(&rule)).unwrap();
    network.run(1000.0).unwrap();
    let matrix = network.weight_matrix(plastic).unwrap();
    assert!(matrix.iter().all(|&weight| (0.98..=1.02).contains(&weight)));
    assert!(matrix.column(0).iter().any(|&weight| weight == 0.98 || weight == 1.02));
    assert!(matrix.column(1).iter().all(|&weight| weight == 1.0));
    network.normalise_weights(plastic, 4.0).unwrap();
    let sums = network.weight_matrix(plastic).unwrap().sum_axis(ndarray::Axis(0));
    assert!(sums.iter().all(|sum| (sum - 4.0).abs() < 1e-12));
}

#[test]
fn what_does_not_fit_is_refused_in_a_sentence() {
    let mut network = SpikingNetwork::new(0.1, 0).unwrap();
    let inputs = network.add_poisson(&[5.0; 3]).unwrap();
    let neurons = network.add_neurons(2, &CurrentLif::default()).unwrap();
    let said = network.run(0.25).unwrap_err().to_string();
    assert_eq!(said, "duration_ms is 0.25, but it must be a whole number of steps of 0.1 ms");
    let mut connect = |synapses: &Synapses| network.connect(inputs, neurons, synapses);
    let centred = PairStdp { pairing: Pairing::PreCentred, ..PairStdp::default() };
    let said = connect(&Synapses::default().plastic(&centred)).unwrap_err().to_string();
    assert!(said.contains("one trace per neuron"), "{said}");
    assert!(connect(&Synapses { gain: f64::NAN, ..Synapses::default() }).is_err());
    assert!(connect(&Synapses { bounds: Some([1.0, 0.0]), ..Synapses::default() }).is_err());
    let plastic = connect(&Synapses::default()).unwrap();
    assert!(network.connect(neurons, inputs, &Synapses::default()).is_err());
    assert!(network.set_weights(plastic, &[1.0; 5]).is_err());
    assert!(network.set_rates(inputs, &[1.0; 2]).is_err());
    assert!(network.set_drive(inputs, &[1.0; 3]).is_err());
    assert!(network.set_drive(neurons, &[f64::NAN; 2]).is_err());
    assert!(network.recorded_voltages_mv(neurons).is_err());
    assert!(network.record_voltages(neurons, &[2]).is_err());
    assert!(network.set_raised_thresholds_mv(neurons, &[1.0; 2]).is_err());
    assert!(network.size(PopulationId(9)).is_err());
    assert!(network.weights(ProjectionId(9)).is_err());
    assert!(SpikingNetwork::new(0.0, 0).is_err());
}
