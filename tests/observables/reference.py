"""Computes the observables of one small network with numpy and scipy.

    python tests/observables/reference.py > tests/observables/reference.csv

made with numpy 2.4.6 and scipy 1.17.1. The network is 6-5-3, sigmoid then softmax (whose output layer shows logits),
without biases; weights, their last change and the twelve images come from the formulas below, which the
test in mod.rs repeats. Columns: layer (from 1), observable, value.
"""

import numpy as np
from scipy import stats

SIZES = [6, 5, 3]


def formula(rows, columns, a, b, modulus, scale):
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    return ((a * i + b * j + i * j) % modulus - modulus // 2).astype(np.float32) / np.float32(scale)


images = ((np.arange(12)[:, None] * 37 + np.arange(6)[None, :] * 71 + 5) % 256).astype(np.float32) / np.float32(255)
weights = [formula(5, 6, 7, 13, 23, 10), formula(3, 5, 5, 3, 17, 8)]
deltas = [formula(5, 6, 3, 11, 19, 1000), formula(3, 5, 2, 7, 13, 900)]
transforms = {"raw": lambda t: t, "abs": np.abs, "sq": np.square}


def nearest(t, q):
    return np.quantile(t, q, method="nearest")


def pearson(t):
    return 3 * (t.mean() - np.median(t)) / t.std()


statistics = {
    "norm": np.linalg.norm,
    "mean": np.mean,
    "var": np.var,
    "skew": stats.skew,
    "kurtosis": lambda t: stats.kurtosis(t, fisher=False),
    "median": np.median,
    "thirdquartile": lambda t: np.quantile(t, 0.75),
    "skewpearson": pearson,
    "mediannearest": lambda t: nearest(t, 0.5),
    "thirdquartilenearest": lambda t: nearest(t, 0.75),
}

below = images.astype(np.float64)
for layer, (w, d) in enumerate(zip(weights, deltas), start=1):
    w, d = w.astype(np.float64), d.astype(np.float64)
    z = below @ w.T
    hidden = layer == 1
    output = 1 / (1 + np.exp(-z)) if hidden else z
    slope = output * (1 - output) if hidden else np.ones_like(z)
    # dy_j/dx_i for each stimulus, summed over all i and j, divided by the number of outputs.
    gain = np.array([(s[:, None] * w).sum() / len(w) for s in slope])
    for name, transform in transforms.items():
        for statistic, of in statistics.items():
            print(f"{layer},weight{name}_{statistic},{of(transform(w).ravel()):.12e}")
            print(f"{layer},delta{name}_{statistic},{of(transform(d).ravel()):.12e}")
            activity = np.mean([of(transform(row)) for row in output])
            print(f"{layer},act{name}_{statistic},{activity:.12e}")
        print(f"{layer},gradavg{name}_id,{transform(gain).mean():.12e}")
    below = output
