"""Golden runs of Brian2 for `tests/brian.rs`; writes golden.json beside itself.

    pip install "brian2==2.9.0" "numpy<2"
    python golden.py

All quantities are plain numbers in ms, mV, pA, nS and MΩ. What is counted in steps is counted as
the library does: step n ends at n · dt, which Brian2 calls (n - 1) · dt. A refractory period of
t_ref is t_ref + dt in Brian2. Traces are read before the increments of coincident spikes: changes
and increments are separate pathways with an order, postsynaptic changes first.
"""

import json
from pathlib import Path

import brian2
import numpy as np
from brian2 import NeuronGroup, Network, SpikeGeneratorGroup, SpikeMonitor, Synapses, defaultclock, ms, prefs

prefs.codegen.target = "numpy"
DT = 0.1
defaultclock.dt = DT * ms
INPUTS, NEURONS, STEPS = 20, 4, 10_000
rng = np.random.default_rng(1)


def draw_inputs():
    """Steps of the spikes of each input: Poisson at 15 Hz, at most one spike in a step."""
    spikes = rng.random((INPUTS, STEPS - 10)) < 15.0 * DT / 1000.0
    return [[int(step) + 1 for step in np.flatnonzero(row)] for row in spikes]


TRAINS = draw_inputs()
DELAYS = rng.integers(0, 51, (INPUTS, NEURONS))
FIRST = np.round(rng.uniform(0.2, 0.8, (INPUTS, NEURONS)), 6)


def input_group():
    indices = np.concatenate([[at] * len(train) for at, train in enumerate(TRAINS)]).astype(int)
    steps = np.concatenate(TRAINS)
    return SpikeGeneratorGroup(INPUTS, indices, (steps - 1) * DT * ms)


CURRENT_LIF = """
dv/dt = (-70 - v + 0.04 * (drive + ie - ii)) / (10*ms) : 1 (unless refractory)
die/dt = -ie / (2*ms) : 1
dii/dt = -ii / (5*ms) : 1
drive : 1
"""
CONDUCTANCE_LIF = """
dv/dt = (-70 - v + drive + ge * (0 - v) + gi * (-80 - v)) / (20*ms) : 1 (unless refractory)
dge/dt = -ge / (5*ms) : 1
dgi/dt = -gi / (10*ms) : 1
drive : 1
"""
ADEX = """
dv/dt = (30 * (2 * exp((u + 50.4) / 2) - (u + 70.6)) - adaptation + drive
         + ge * (0 - u) + gi * (-80 - u)) / (281*ms) : 1 (unless refractory)
dadaptation/dt = (4 * (u + 70.6) - adaptation) / (144*ms) : 1
dge/dt = -ge / (5*ms) : 1
dgi/dt = -gi / (10*ms) : 1
u = clip(v, -1000, 20) : 1
drive : 1
"""


def current_lif():
    group = NeuronGroup(NEURONS, CURRENT_LIF, threshold="v > -55", reset="v = -70",
                        refractory=2.1 * ms, method="exact")
    group.v = -70
    return group


def conductance_lif():
    group = NeuronGroup(NEURONS, CONDUCTANCE_LIF, threshold="v > -50", reset="v = -60",
                        refractory=5.1 * ms, method="exponential_euler")
    group.v = -70
    return group


def adex():
    group = NeuronGroup(NEURONS, ADEX, threshold="v > 20", reset="v = -70.6; adaptation += 80.5",
                        refractory=1.1 * ms, method="rk4")
    group.v = -70.6
    return group


def plastic(inputs, neurons, traces, pre, pre_trace, post, post_trace, act, weights=FIRST,
            method=None):
    """All-to-all synapses with changes before increments, at a drawn delay for each synapse."""
    synapses = Synapses(inputs, neurons, traces,
                        on_pre={"change_pre": act + "\n" + pre, "trace_pre": pre_trace},
                        on_post={"change_post": post, "trace_post": post_trace}, method=method)
    synapses.connect()
    synapses.w = weights.reshape(-1)
    for pathway, order in [("change_post", -2), ("change_pre", -1), ("trace_pre", 1), ("trace_post", 2)]:
        getattr(synapses, pathway).order = order
    for pathway in ["change_pre", "trace_pre"]:
        getattr(synapses, pathway).delay = DELAYS.reshape(-1) * DT * ms
    return synapses


def static(inputs, neurons, variable, weight):
    synapses = Synapses(inputs, neurons, on_pre=f"{variable} += {weight}")
    synapses.connect()
    synapses.delay = 1.5 * ms
    return synapses


def result(synapses, monitor):
    spikes = [[int(round(t / DT)) + 1 for t in monitor.spike_trains()[at] / ms]
              for at in range(NEURONS)]
    return {"weights": [float(w) for w in synapses.w[:]], "spikes": spikes}


def run(*objects):
    network = Network(*objects)
    network.run(STEPS * DT * ms)


PAIR_TRACES = """
w : 1
dr/dt = -r / (16.8*ms) : 1 (event-driven)
do/dt = -o / (33.7*ms) : 1 (event-driven)
"""


def pair_additive():
    inputs, neurons = input_group(), current_lif()
    neurons.drive = 200
    synapses = plastic(inputs, neurons, PAIR_TRACES, "w = clip(w - 0.0105 * o, 0, 1)", "r += 1",
                       "w = clip(w + 0.01 * r, 0, 1)", "o += 1", "ie_post += 300 * w")
    monitor = SpikeMonitor(neurons)
    run(inputs, neurons, synapses, monitor)
    return result(synapses, monitor)


def pair_multiplicative_nearest():
    inputs, neurons = input_group(), conductance_lif()
    neurons.drive = 12
    synapses = plastic(inputs, neurons, PAIR_TRACES, "w = clip(w - 0.02 * w * o, 0, 1)", "r = 1",
                       "w = clip(w + 0.02 * (1 - w) * r, 0, 1)", "o = 1", "ge_post += 0.3 * w")
    inhibition = static(inputs, neurons, "gi_post", 0.05)
    monitor = SpikeMonitor(neurons)
    run(inputs, neurons, synapses, inhibition, monitor)
    return result(synapses, monitor)


def triplet():
    inputs, neurons = input_group(), conductance_lif()
    neurons.drive = 12
    traces = """
    w : 1
    dr1/dt = -r1 / (16.8*ms) : 1 (event-driven)
    dr2/dt = -r2 / (101*ms) : 1 (event-driven)
    do1/dt = -o1 / (33.7*ms) : 1 (event-driven)
    do2/dt = -o2 / (125*ms) : 1 (event-driven)
    """
    synapses = plastic(inputs, neurons, traces, "w = clip(w - o1 * (7e-3 + 2.3e-4 * r2), 0, 1)",
                       "r1 += 1; r2 += 1", "w = clip(w + r1 * (5e-10 + 6.2e-3 * o2), 0, 1)",
                       "o1 += 1; o2 += 1", "ge_post += 0.3 * w")
    monitor = SpikeMonitor(neurons)
    run(inputs, neurons, synapses, monitor)
    return result(synapses, monitor)


def inhibitory():
    inputs, neurons = input_group(), conductance_lif()
    neurons.drive = 26
    traces = """
    w : 1
    dr/dt = -r / (20*ms) : 1 (event-driven)
    do/dt = -o / (20*ms) : 1 (event-driven)
    """
    synapses = plastic(inputs, neurons, traces, "w = clip(w + 0.01 * (o - 0.2), 0, 1)", "r += 1",
                       "w = clip(w + 0.01 * r, 0, 1)", "o += 1", "gi_post += 0.05 * w")
    monitor = SpikeMonitor(neurons)
    run(inputs, neurons, synapses, monitor)
    return result(synapses, monitor)


def adaptive_exponential():
    inputs, neurons = input_group(), adex()
    neurons.drive = 500
    synapses = plastic(inputs, neurons, PAIR_TRACES, "w = clip(w - 0.0105 * o, 0, 1)", "r += 1",
                       "w = clip(w + 0.01 * r, 0, 1)", "o += 1", "ge_post += 12 * w")
    inhibition = static(inputs, neurons, "gi_post", 1.0)
    monitor = SpikeMonitor(neurons)
    run(inputs, neurons, synapses, inhibition, monitor)
    return result(synapses, monitor)


def reward():
    inputs, neurons = input_group(), current_lif()
    neurons.drive = 200
    traces = """
    dr/dt = -r / (20*ms) : 1 (event-driven)
    do/dt = -o / (20*ms) : 1 (event-driven)
    dc/dt = -c / (1000*ms) : 1 (clock-driven)
    dn/dt = -n / (200*ms) : 1 (clock-driven)
    dw/dt = c * (n - 0.0002) / ms : 1 (clock-driven)
    """
    synapses = plastic(inputs, neurons, traces, "c -= 0.015 * o", "r += 1", "c += 0.01 * r",
                       "o += 1", "ie_post += 30 * w", weights=5 + FIRST, method="rk4")
    monitor = SpikeMonitor(neurons)
    network = Network(inputs, neurons, synapses, monitor)
    for amount in [0.0, 0.5, 1.0, 0.3]:
        synapses.n = synapses.n[:] + amount / 200
        network.run(STEPS / 4 * DT * ms)
    return result(synapses, monitor)


def diehl_cook():
    """Excitatory and inhibitory neurons, adaptive thresholds, and the rule with presynaptic and
    two postsynaptic traces that are set to 1."""
    equations = """
    dv/dt = (rest - v + ge * (0 - v) + gi * (reversal - v)) / tau : 1 (unless refractory)
    dge/dt = -ge / (1*ms) : 1
    dgi/dt = -gi / (2*ms) : 1
    """
    inputs = input_group()
    excitatory = NeuronGroup(
        NEURONS, equations + "dtheta/dt = -theta / (1e7*ms) : 1", threshold="v > theta - 72",
        reset="v = -65; theta += 0.05", refractory=5.1 * ms, method="exponential_euler",
        namespace={"rest": -65, "reversal": -100, "tau": 100 * ms})
    excitatory.v, excitatory.theta = -65, 20
    inhibitory = NeuronGroup(
        NEURONS, equations, threshold="v > -40", reset="v = -45", refractory=2.1 * ms,
        method="exponential_euler", namespace={"rest": -60, "reversal": -85, "tau": 10 * ms})
    inhibitory.v = -60
    traces = """
    w : 1
    dr/dt = -r / (20*ms) : 1 (event-driven)
    do1/dt = -o1 / (20*ms) : 1 (event-driven)
    do2/dt = -o2 / (40*ms) : 1 (event-driven)
    """
    synapses = plastic(inputs, excitatory, traces, "w = clip(w - 0.001 * o1, 0, 1)", "r = 1",
                       "w = clip(w + 0.05 * r * o2, 0, 1)", "o1 = 1; o2 = 1", "ge_post += 5 * w")
    excite = Synapses(excitatory, inhibitory, on_pre="ge_post += 10.4")
    excite.connect(j="i")
    inhibit = Synapses(inhibitory, excitatory, on_pre="gi_post += 17")
    inhibit.connect("i != j")
    monitor = SpikeMonitor(excitatory)
    run(inputs, excitatory, inhibitory, synapses, excite, inhibit, monitor)
    return result(synapses, monitor) | {"theta": [float(x) for x in excitatory.theta[:]]}


def main():
    cases = [pair_additive, pair_multiplicative_nearest, triplet, inhibitory,
             adaptive_exponential, reward, diehl_cook]
    golden = {"brian2": brian2.__version__, "numpy": np.__version__, "step_ms": DT,
              "duration_ms": STEPS * DT, "inputs": TRAINS, "delays": DELAYS.reshape(-1).tolist(),
              "first_weights": FIRST.reshape(-1).tolist(),
              "cases": {case.__name__: case() for case in cases}}
    path = Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    for name, case in golden["cases"].items():
        print(name, [len(train) for train in case["spikes"]])


if __name__ == "__main__":
    main()
