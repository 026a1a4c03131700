//! The same protocol gives the weights of Brian2.
//!
//! `brian/golden.py` made the runs: 20 inputs of 15 Hz with a drawn delay for each synapse, 4
//! neurons, one second in steps of 0.1 ms.

#![allow(clippy::unwrap_used)]

use microlearners::spiking::{
    AdaptiveExponential, AdaptiveThreshold, ConductanceLif, Connectivity, CurrentLif, Delays,
    DiehlCookStdp, FrozenAt, InhibitoryStdp, NeuronModel, PairStdp, Pairing, PopulationId,
    ProjectionId, ProjectionRule, Receptor, RewardStdp, SpikeTrain, SpikingNetwork, Synapses,
    TripletStdp, WeightDependence, Weights,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    step_ms: f64,
    duration_ms: f64,
    inputs: Vec<Vec<u64>>,
    delays: Vec<u64>,
    first_weights: Vec<f64>,
    cases: std::collections::BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    weights: Vec<f64>,
    spikes: Vec<Vec<u64>>,
    #[serde(default)]
    theta: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("brian/golden.json")).unwrap()
}

/// A network with the inputs, the neurons and the plastic synapses of a case.
struct Run {
    golden: Golden,
    network: SpikingNetwork,
    inputs: PopulationId,
    neurons: PopulationId,
    plastic: ProjectionId,
}

impl Run {
    fn new(neuron: &dyn NeuronModel, rule: &dyn ProjectionRule, synapses: Synapses) -> Self {
        Self::shifted(neuron, rule, synapses, 0.0)
    }

    /// With first weights that are larger by `shift`.
    fn shifted(
        neuron: &dyn NeuronModel,
        rule: &dyn ProjectionRule,
        synapses: Synapses,
        shift: f64,
    ) -> Self {
        let golden = golden();
        let mut network = SpikingNetwork::new(golden.step_ms, 0).unwrap();
        let train = |steps: &Vec<u64>| {
            let times: Vec<f64> = steps.iter().map(|&at| at as f64 * golden.step_ms).collect();
            SpikeTrain::new(&times).unwrap()
        };
        let trains: Vec<SpikeTrain> = golden.inputs.iter().map(train).collect();
        let inputs = network.add_trains(&trains).unwrap();
        let neurons = network.add_neurons(4, neuron).unwrap();
        let delays = golden.delays.iter().map(|&steps| steps as f64 * golden.step_ms).collect();
        let weights = golden.first_weights.iter().map(|weight| weight + shift).collect();
        let synapses =
            Synapses { weights: Weights::Each(weights), delays: Delays::Each(delays), ..synapses };
        let plastic = network.connect(inputs, neurons, &synapses.plastic(rule)).unwrap();
        network.record_spikes(neurons).unwrap();
        Self { golden, network, inputs, neurons, plastic }
    }

    fn drive(mut self, drive: f64) -> Self {
        self.network.set_drive(self.neurons, &[drive; 4]).unwrap();
        self
    }

    fn inhibit(mut self, weight: f64) -> Self {
        let synapses = Synapses {
            weights: Weights::Same(weight),
            delays: Delays::Same(1.5),
            receptor: Receptor::Inhibitory,
            ..Synapses::default()
        };
        self.network.connect(self.inputs, self.neurons, &synapses).unwrap();
        self
    }

    fn run(mut self) -> Self {
        self.network.run(self.golden.duration_ms).unwrap();
        self
    }

    /// The same spikes, and the same weights to a relative 1e-9.
    fn assert_equals(&self, case: &str) {
        let expected = &self.golden.cases[case];
        let spikes = self.network.spikes(self.neurons).unwrap();
        for (neuron, steps) in expected.spikes.iter().enumerate() {
            let train = spikes.train(neuron).unwrap();
            let ours: Vec<u64> = train
                .times_ms()
                .iter()
                .map(|time| (time / self.golden.step_ms).round() as u64)
                .collect();
            assert_eq!(&ours, steps, "{case}, neuron {neuron}");
            assert!(!steps.is_empty(), "{case}: neuron {neuron} is silent");
        }
        let ours = self.network.weights(self.plastic).unwrap();
        let mut changed = 0.0f64;
        for ((ours, theirs), first) in
            ours.iter().zip(&expected.weights).zip(&self.golden.first_weights)
        {
            assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{case}: {ours} {theirs}");
            changed = changed.max((theirs - first).abs());
        }
        assert!(changed > 0.01, "{case}: {changed}");
    }
}

fn current_lif() -> CurrentLif {
    CurrentLif { inhibitory_time_constant_ms: 5.0, ..CurrentLif::default() }
}

fn conductance_lif() -> ConductanceLif {
    ConductanceLif { frozen_at: FrozenAt::Beginning, ..ConductanceLif::default() }
}

fn pair() -> PairStdp {
    PairStdp {
        tau_plus_ms: 16.8,
        tau_minus_ms: 33.7,
        largest_weight: Some(1.0),
        ..PairStdp::default()
    }
}

fn gain(gain: f64) -> Synapses {
    Synapses { gain, ..Synapses::default() }
}

#[test]
fn additive_pairs_and_currents() {
    Run::new(&current_lif(), &pair(), gain(300.0))
        .drive(200.0)
        .run()
        .assert_equals("pair_additive");
}

#[test]
fn multiplicative_nearest_pairs_and_conductances() {
    let rule = PairStdp {
        potentiation: 0.02,
        depression: 0.02,
        pairing: Pairing::Nearest,
        dependence: WeightDependence::Multiplicative,
        ..pair()
    };
    let run = Run::new(&conductance_lif(), &rule, gain(0.3)).drive(12.0).inhibit(0.05).run();
    run.assert_equals("pair_multiplicative_nearest");
}

#[test]
fn triplets() {
    let synapses = Synapses { bounds: Some([0.0, 1.0]), ..gain(0.3) };
    let run = Run::new(&conductance_lif(), &TripletStdp::visual_cortex_full(), synapses);
    run.drive(12.0).run().assert_equals("triplet");
}

#[test]
fn inhibitory_plasticity() {
    let rule =
        InhibitoryStdp { target_hz: 5.0, largest_weight: Some(1.0), ..InhibitoryStdp::default() };
    let synapses = Synapses { receptor: Receptor::Inhibitory, ..gain(0.05) };
    Run::new(&conductance_lif(), &rule, synapses).drive(26.0).run().assert_equals("inhibitory");
}

#[test]
fn adaptive_exponential_neurons() {
    let neuron = AdaptiveExponential { refractory_ms: 1.0, ..AdaptiveExponential::default() };
    let run = Run::new(&neuron, &pair(), gain(12.0)).drive(500.0).inhibit(1.0).run();
    run.assert_equals("adaptive_exponential");
}

#[test]
fn rewards() {
    let rule = RewardStdp {
        potentiation: 0.01,
        depression: 0.015,
        baseline: 0.0002,
        ..RewardStdp::default()
    };
    let mut run = Run::shifted(&current_lif(), &rule, gain(30.0), 5.0).drive(200.0);
    for amount in [0.0, 0.5, 1.0, 0.3] {
        run.network.reward(run.plastic, amount).unwrap();
        run.network.run(run.golden.duration_ms / 4.0).unwrap();
    }
    run.assert_equals("reward");
}

/// The excitatory and the inhibitory neurons of Diehl and Cook's network.
fn diehl_cook_neurons() -> [ConductanceLif; 2] {
    let excitatory = ConductanceLif {
        membrane_time_constant_ms: 100.0,
        rest_mv: -65.0,
        threshold_mv: -72.0,
        reset_mv: -65.0,
        refractory_ms: 5.0,
        inhibitory_reversal_mv: -100.0,
        excitatory_time_constant_ms: 1.0,
        inhibitory_time_constant_ms: 2.0,
        adaptive_threshold: Some(AdaptiveThreshold {
            jump_mv: 0.05,
            time_constant_ms: 1e7,
            first_mv: 20.0,
        }),
        ..conductance_lif()
    };
    let inhibitory = ConductanceLif {
        membrane_time_constant_ms: 10.0,
        rest_mv: -60.0,
        threshold_mv: -40.0,
        reset_mv: -45.0,
        refractory_ms: 2.0,
        inhibitory_reversal_mv: -85.0,
        adaptive_threshold: None,
        ..excitatory.clone()
    };
    [excitatory, inhibitory]
}

#[test]
fn lateral_inhibition_and_adaptive_thresholds() {
    let [excitatory, inhibitory] = diehl_cook_neurons();
    let rule = DiehlCookStdp { depression: 0.001, potentiation: 0.05, ..DiehlCookStdp::default() };
    let mut run = Run::new(&excitatory, &rule, gain(5.0));
    let others = run.network.add_neurons(4, &inhibitory).unwrap();
    let weights = Weights::Same(10.4);
    let excite = Synapses { connectivity: Connectivity::OneToOne, weights, ..Synapses::default() };
    run.network.connect(run.neurons, others, &excite).unwrap();
    let inhibit = Synapses {
        connectivity: Connectivity::AllButSame,
        weights: Weights::Same(17.0),
        receptor: Receptor::Inhibitory,
        ..Synapses::default()
    };
    run.network.connect(others, run.neurons, &inhibit).unwrap();
    let run = run.run();
    run.assert_equals("diehl_cook");
    let raised = run.network.raised_thresholds_mv(run.neurons).unwrap();
    for (ours, theirs) in raised.iter().zip(&run.golden.cases["diehl_cook"].theta) {
        assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
    }
}
