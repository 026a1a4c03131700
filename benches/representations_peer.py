"""Seconds that rsatoolbox takes for the work of `representations.rs`. Called by that benchmark; `pip install
rsatoolbox==0.3.2` first.

    python benches/representations_peer.py THREADS PATTERNS NETWORKS STIMULI UNITS

PATTERNS is a file of float64 numbers, networks × stimuli × units. After each line of standard input, which names a
piece of work, it prints the wall and CPU seconds that this took, and a number of its result.
"""

import os
import sys
import time

# Read when the libraries below numpy are loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = sys.argv[1]

import numpy as np  # noqa: E402
from rsatoolbox.data import Dataset  # noqa: E402
from rsatoolbox.rdm import calc_rdm, compare  # noqa: E402

networks, stimuli, units = map(int, sys.argv[3:6])
patterns = np.fromfile(sys.argv[2]).reshape(networks, stimuli, units)
names = [f"s{stimulus:03}" for stimulus in range(stimuli)]
named = [Dataset(one, obs_descriptors={"stimulus": names}) for one in patterns]
unnamed = [Dataset(one) for one in patterns]
rdms = calc_rdm(unnamed, method="euclidean")


def alignments() -> np.ndarray:
    """Linear CKA of each network with the next one, which rsatoolbox lacks: numpy's products of centred patterns."""
    found = []
    for x, y in zip(patterns, patterns[1:]):
        x, y = x - x.mean(0), y - y.mean(0)
        k, l = x @ x.T, y @ y.T
        found.append((k * l).sum() / np.sqrt((k * k).sum() * (l * l).sum()))
    return np.array(found)


def all_alignments():
    """Linear CKA of all pairs of networks, each one's products made once."""
    centred = [x - x.mean(0) for x in patterns]
    kernels = np.stack([(x @ x.T).ravel() for x in centred])
    kernels /= np.linalg.norm(kernels, axis=1, keepdims=True)
    return kernels @ kernels.T


work = {
    "squared Euclidean": lambda: calc_rdm(named, method="euclidean", descriptor="stimulus").dissimilarities,
    "squared Euclidean, unnamed": lambda: calc_rdm(unnamed, method="euclidean").dissimilarities,
    "correlation": lambda: calc_rdm(named, method="correlation", descriptor="stimulus").dissimilarities,
    "correlation, unnamed": lambda: calc_rdm(unnamed, method="correlation").dissimilarities,
    "Spearman of all pairs": lambda: compare(rdms, rdms, method="spearman"),
    "rho-a of all pairs": lambda: compare(rdms, rdms, method="rho-a"),
    "linear CKA of 99 pairs (numpy)": alignments,
    "linear CKA of all pairs (numpy)": all_alignments,
}
print("ready", flush=True)
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work[line.strip()]()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(wall, cpu, float(np.mean(result)), flush=True)
