//! The speed of a plastic network beside Brian2's: 100 Poisson inputs of 15 Hz to 1,000 leaky
//! integrate-and-fire neurons, 100,000 synapses with additive pair STDP, in steps of 0.1 ms.
//!
//! `cargo bench --bench spiking` measures this library. With `BRIAN_PYTHON` set to a Python that
//! has Brian2 it runs `benches/spiking_peer.py` too, in turn with itself, and prints the ratios.

use std::process::Command;
use std::time::Instant;

use microlearners::spiking::{
    ConductanceLif, CurrentLif, NeuronModel, PairStdp, SpikingNetwork, Synapses, Weights,
};

const SIMULATED_MS: f64 = 1000.0;
const REPEATS: usize = 3;

/// Seconds for the simulated time, and spikes per neuron and second.
fn ours(neuron: &dyn NeuronModel, gain: f64) -> microlearners::Result<(f64, f64)> {
    let mut network = SpikingNetwork::new(0.1, 1)?;
    let inputs = network.add_poisson(&[15.0; 100])?;
    let neurons = network.add_neurons(1000, neuron)?;
    let rule = PairStdp { largest_weight: Some(1.0), ..PairStdp::default() };
    let synapses = Synapses { weights: Weights::Uniform(0.0, 1.0), gain, ..Synapses::default() };
    network.connect(inputs, neurons, &synapses.plastic(&rule))?;
    network.run(100.0)?;
    let before: u64 = network.spike_counts(neurons)?.iter().sum();
    let start = Instant::now();
    network.run(SIMULATED_MS)?;
    let seconds = start.elapsed().as_secs_f64();
    let after: u64 = network.spike_counts(neurons)?.iter().sum();
    Ok((seconds, (after - before) as f64 / 1000.0 / (SIMULATED_MS / 1000.0)))
}

/// The same of Brian2 with one of its targets, from its script's two numbers.
fn brian(python: &str, target: &str, neuron: &str) -> Option<(f64, f64)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/spiking_peer.py");
    let simulated = SIMULATED_MS.to_string();
    let output = Command::new(python).args([script, target, neuron, &simulated]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>());
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn main() -> microlearners::Result<()> {
    let python = std::env::var("BRIAN_PYTHON").ok();
    let models: [(&str, Box<dyn NeuronModel>, f64); 2] = [
        ("current", Box::new(CurrentLif::default()), 350.0),
        ("conductance", Box::new(ConductanceLif::default()), 0.11),
    ];
    for (name, neuron, gain) in &models {
        let (mut best, mut peers) = ((f64::INFINITY, 0.0), [None, None]);
        for _ in 0..REPEATS {
            let run = ours(neuron.as_ref(), *gain)?;
            best = if run.0 < best.0 { run } else { best };
            let Some(python) = &python else { continue };
            for (peer, target) in peers.iter_mut().zip(["numpy", "cython"]) {
                let run = brian(python, target, name);
                *peer = match (*peer, run) {
                    (Some((least, _)), Some((seconds, _))) if least <= seconds => *peer,
                    (_, Some(_)) => run,
                    _ => *peer,
                };
            }
        }
        println!("{name}: microlearners {:.3} s at {:.1} Hz", best.0, best.1);
        for (peer, target) in peers.into_iter().zip(["numpy", "cython"]) {
            if let Some((seconds, rate)) = peer {
                let ratio = seconds / best.0;
                println!(
                    "{name}: Brian2 {target} {seconds:.3} s at {rate:.1} Hz, ratio {ratio:.1}"
                );
            }
        }
    }
    Ok(())
}
