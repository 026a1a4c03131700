"""Seconds that PyTorch takes for 1,000 images of MNIST with the networks of `convolution.rs`: batches of 128, plain
gradient descent, float32: 0 when it is ready, and then those of a round for every line that it reads. Called by that
benchmark; `pip install numpy torch` first.

    python benches/convolution_peer.py lenet|small THREADS BATCHES
"""

import gzip
import os
import sys
import time
from pathlib import Path

NETWORK, THREADS, BATCHES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
# Read when the libraries below PyTorch are loaded.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

BATCH, RATE = 128, 0.01
DIGITS = Path(__file__).resolve().parents[1] / "datasets" / "mnist"


def read(name: str, header: int) -> np.ndarray:
    return np.frombuffer(gzip.open(DIGITS / name).read(), np.uint8, offset=header)


torch.set_num_threads(THREADS)
pixels = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)
images = torch.from_numpy((pixels.astype(np.float32) / 255 - 0.1307) / 0.3081)
labels = torch.from_numpy(read("train-labels-idx1-ubyte.gz", 8).astype(np.int64))
if NETWORK == "lenet":
    layers = [nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    layers += [nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)]
else:
    layers = [nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 16, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(400, 10)]
network = nn.Sequential(*layers)
optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
loss = nn.CrossEntropyLoss()


def train(batches: int) -> None:
    for _ in range(batches):
        rows = torch.randint(len(labels), (BATCH,))
        optimizer.zero_grad(set_to_none=True)
        loss(network(images[rows]), labels[rows]).backward()
        optimizer.step()


train(2)
print("0", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    train(BATCHES)
    print(f"{(time.perf_counter() - start) / (BATCHES * BATCH) * 1000:.6f}", flush=True)
