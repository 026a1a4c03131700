"""Random forests side by side: this library's and scikit-learn's, on the same table, in turns.

Run from the repository: python tests/scikit/forest.py [turns]
Needs numpy and scikit-learn. The table: 15,000 x 507, 4 classes; 100 trees; two threads for both.
"""

import os
import re
import subprocess
import sys
import time

from sklearn.ensemble import RandomForestClassifier

from tables import LARGE, split, table

BENCH = ["cargo", "bench", "--quiet", "--bench", "forest"]
NUMBERS = r"ours: fit ([\d.]+) s, predict ([\d.]+) s, accuracy ([\d.]+), out of bag ([\d.]+)"


def ours():
    environment = {**os.environ, "RAYON_NUM_THREADS": "2"}
    output = subprocess.run(BENCH, env=environment, capture_output=True, text=True, check=True).stdout
    return [float(number) for number in re.search(NUMBERS, output).groups()]


def theirs(seed):
    features, labels = table(**LARGE)
    started = time.perf_counter()
    RandomForestClassifier(oob_score=True, random_state=seed, n_jobs=2).fit(features, labels)
    fit = time.perf_counter() - started
    x, y, test_x, test_y = split(features, labels)
    forest = RandomForestClassifier(oob_score=True, random_state=seed, n_jobs=2).fit(x, y)
    started = time.perf_counter()
    accuracy = forest.score(test_x, test_y)
    return [fit, time.perf_counter() - started, accuracy, forest.oob_score_]


turns = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for turn in range(turns):
    for name, numbers in [("ours", mine := ours()), ("scikit-learn", other := theirs(turn))]:
        print("{:>13}: fit {:6.2f} s, predict {:5.2f} s, accuracy {:.4f}, out of bag {:.4f}".format(name, *numbers))
    print(f"        ratio: fit {other[0] / mine[0]:.1f} times as fast, predict {other[1] / mine[1]:.1f}")
