"""The reference tables, by a formula that tests/classification/tables.rs computes too, bit for bit."""

import numpy as np

MASK = (1 << 64) - 1


def uniform(stream, count):
    """`count` numbers in [0, 1): splitmix64 of stream * 2**32 + 0, 1, 2, …"""
    with np.errstate(over="ignore"):
        z = np.uint64(stream << 32) + np.arange(count, dtype=np.uint64)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def table(rows, columns, classes, strength):
    """Features and labels: row r has class r % classes; every third column tells classes apart by
    up to `strength`, under noise that is the sum of four uniform numbers, less two."""
    noise = sum(uniform(1 + k, rows * columns) for k in range(4)) - 2.0
    shifts = uniform(9, classes * columns).reshape(classes, columns) - 0.5
    shifts[:, np.arange(columns) % 3 != 0] = 0.0
    labels = np.arange(rows) % classes
    return noise.reshape(rows, columns) + strength * shifts[labels], labels


def split(features, labels):
    """The first three quarters to learn from, the last quarter to judge."""
    cut = len(labels) * 3 // 4
    return features[:cut], labels[:cut], features[cut:], labels[cut:]


SMALL = dict(rows=144, columns=21, classes=4, strength=1.5)
MEDIUM = dict(rows=1000, columns=507, classes=4, strength=0.5)
LARGE = dict(rows=15000, columns=507, classes=4, strength=0.4)
