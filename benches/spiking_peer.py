"""The network of `benches/spiking.rs` in Brian2: python spiking_peer.py TARGET NEURON MILLISECONDS

Prints the seconds that the simulation took, without its preparation and compilation, and the mean
rate of the neurons in Hz.
"""

import sys
import time

from brian2 import (NeuronGroup, Network, PoissonGroup, Hz, SpikeMonitor, Synapses, defaultclock, ms, prefs,
                    seed)

target, neuron, simulated = sys.argv[1], sys.argv[2], float(sys.argv[3])
prefs.codegen.target = target
defaultclock.dt = 0.1 * ms
seed(1)
if neuron == "current":
    equations = """
    dv/dt = (-70 - v + 0.04 * ie) / (10*ms) : 1 (unless refractory)
    die/dt = -ie / (2*ms) : 1
    """
    act, threshold, reset, refractory, method = "ie_post += 350 * w", "v > -55", "v = -70", 2.1 * ms, "exact"
else:
    equations = """
    dv/dt = (-70 - v + ge * (0 - v)) / (20*ms) : 1 (unless refractory)
    dge/dt = -ge / (5*ms) : 1
    """
    act, threshold, reset, refractory = "ge_post += 0.11 * w", "v > -50", "v = -60", 5.1 * ms
    method = "exponential_euler"
inputs = PoissonGroup(100, 15 * Hz)
neurons = NeuronGroup(1000, equations, threshold=threshold, reset=reset, refractory=refractory, method=method)
neurons.v = -70
synapses = Synapses(inputs, neurons, """
w : 1
dr/dt = -r / (20*ms) : 1 (event-driven)
do/dt = -o / (20*ms) : 1 (event-driven)
""", on_pre=act + "; r += 0.01; w = clip(w + o, 0, 1)", on_post="o -= 0.0105; w = clip(w + r, 0, 1)")
synapses.connect()
synapses.w = "rand()"
monitor = SpikeMonitor(neurons, record=False)
network = Network(inputs, neurons, synapses, monitor)
network.run(100 * ms)
before = monitor.num_spikes
# A second run of the same objects compiles nothing anew, but prepares: this is measured apart.
start = time.perf_counter()
network.run(0 * ms)
preparation = time.perf_counter() - start
start = time.perf_counter()
network.run(simulated * ms)
seconds = time.perf_counter() - start - preparation
print(seconds, (monitor.num_spikes - before) / 1000 / (simulated / 1000))
