"""Trains six small networks on MNIST in plain NumPy, each under a learning rule, and saves their checkpoints.

    python tests/elsewhere/train_numpy.py --out mine
    microlearners observe mine --out mine.parquet

Needs NumPy, and the four files of MNIST (datasets/mnist). Two minutes on one processor.

A network is a folder with a file for each checkpoint (step_000100.npz), which holds of every layer its weights, their last
change, and the outputs of its units on 200 test images. Weights are input × output: activity is multiplied from the left.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np

SIZES = [784, 100, 100, 10]
EPOCHS, BATCH, CHECKPOINTS, TRAIN = 5, 64, 21, 10_000
# What each network is trained by: rule, optimizer, learning rate, seed.
NETWORKS = {
    "numpy_a": ("backprop", "sgd", 0.06, 11),
    "numpy_b": ("backprop", "momentum", 0.006, 12),
    "numpy_c": ("backprop", "adam", 0.001, 13),
    "numpy_d": ("feedback_alignment", "sgd", 0.06, 14),
    "numpy_e": ("kolen_pollack", "sgd", 0.04, 15),
    "numpy_f": ("sign_symmetry", "sgd", 0.05, 16),
}
DECAY = 1e-4  # of Kolen-Pollack, at each update


def mnist(folder, part):
    """The images of a part, with mean 0 and variance 1 over all training images, and their digits."""
    name = {"train": "train", "test": "t10k"}[part]
    with gzip.open(folder / f"{name}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / f"{name}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return ((images / 255 - 0.1307) / 0.3081).astype(np.float32), labels


def forward(weights, x):
    """The outputs of every layer, the input first; the last are logits."""
    outputs = [x]
    for w in weights[:-1]:
        outputs.append(np.tanh(outputs[-1] @ w))
    outputs.append(outputs[-1] @ weights[-1])
    return outputs


def softmax(logits):
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


class Feedback:
    """The weights by which errors travel back, in the shapes of the forward weights."""

    def __init__(self, rule, rng):
        self.rule = rule
        sizes = list(zip(SIZES, SIZES[1:]))
        self.random = [rng.normal(0, (i + o) ** -0.5, (i, o)).astype(np.float32) for i, o in sizes]

    def weights(self, forward):
        if self.rule == "backprop":
            return forward
        if self.rule == "sign_symmetry":
            return [np.sign(w) * (2 / sum(w.shape)) ** 0.5 for w in forward]
        return self.random

    def follow(self, changes):
        if self.rule == "kolen_pollack":
            self.random = [(1 - DECAY) * b + d for b, d in zip(self.random, changes)]


class Optimizer:
    """Makes changes of gradients."""

    def __init__(self, kind, rate, weights):
        self.kind, self.rate, self.step = kind, rate, 0
        self.mean = [np.zeros_like(w) for w in weights]
        self.square = [np.zeros_like(w) for w in weights]

    def change(self, layer, gradient):
        if self.kind == "sgd":
            return -self.rate * gradient
        if self.kind == "momentum":
            self.mean[layer] = 0.9 * self.mean[layer] + gradient
            return -self.rate * self.mean[layer]
        self.mean[layer] = 0.9 * self.mean[layer] + 0.1 * gradient
        self.square[layer] = 0.999 * self.square[layer] + 0.001 * gradient**2
        mean = self.mean[layer] / (1 - 0.9**self.step)
        square = self.square[layer] / (1 - 0.999**self.step)
        return -self.rate * mean / (np.sqrt(square) + 1e-8)


def gradients(weights, back, x, y):
    """The rule's gradient of every layer: an error that travels back by the weights `back`."""
    outputs = forward(weights, x)
    error = softmax(outputs[-1])
    error[np.arange(len(y)), y] -= 1
    error /= len(y)
    found = []
    for layer in reversed(range(len(weights))):
        found.insert(0, outputs[layer].T @ error)
        if layer > 0:
            error = (error @ back[layer].T) * (1 - outputs[layer] ** 2)
    return found


def checkpoints(total):
    """The steps of CHECKPOINTS checkpoints, evenly spread from before the first update to after the last."""
    gaps = CHECKPOINTS - 1
    return {(2 * i * total + gaps) // (2 * gaps) for i in range(CHECKPOINTS)}


def save(folder, step, weights, changes, probe):
    arrays = {}
    for layer, (w, output) in enumerate(zip(weights, forward(weights, probe)[1:]), 1):
        arrays[f"layer{layer}.weight"] = w
        arrays[f"layer{layer}.activity"] = output
        if changes is not None:
            arrays[f"layer{layer}.change"] = changes[layer - 1]
    np.savez(folder / f"step_{step:06}.npz", **arrays)


def train(folder, spec, data):
    """One network, from before its first update to after its last."""
    rule, optimizer, rate, seed = spec
    (x, y), (test, digits), probe = data
    rng = np.random.default_rng(seed)
    bounds = [(i, o, (6 / (i + o)) ** 0.5) for i, o in zip(SIZES, SIZES[1:])]
    weights = [rng.uniform(-bound, bound, (i, o)).astype(np.float32) for i, o, bound in bounds]
    feedback, maker = Feedback(rule, rng), Optimizer(optimizer, rate, weights)
    total = EPOCHS * -(-len(x) // BATCH)
    looks = checkpoints(total)
    save(folder, 0, weights, None, probe)
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for start in range(0, len(x), BATCH):
            chosen, maker.step = order[start : start + BATCH], maker.step + 1
            found = gradients(weights, feedback.weights(weights), x[chosen], y[chosen])
            changes = [maker.change(layer, g).astype(np.float32) for layer, g in enumerate(found)]
            feedback.follow(changes)
            if rule == "kolen_pollack":
                changes = [d - DECAY * w for d, w in zip(changes, weights)]
            weights = [w + d for w, d in zip(weights, changes)]
            if maker.step in looks:
                save(folder, maker.step, weights, changes, probe)
    return (forward(weights, test)[-1].argmax(1) == digits).mean()


def describe(folder):
    """The table of layers: which tensors are which layer's, and its nonlinearity."""
    layers = ['order = "input_by_output"']
    for layer, activation in enumerate(["tanh", "tanh", "identity"], 1):
        layers.append(f'\n[[layers]]\nweight = "layer{layer}.weight"\nactivation = "{activation}"')
        layers.append(f'change = "layer{layer}.change"\nactivity = "layer{layer}.activity"')
    (folder / "layers.toml").write_text("\n".join(layers) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the networks")
    parser.add_argument("--mnist", type=Path, default=Path(__file__).parents[2] / "datasets/mnist")
    options = parser.parse_args()
    (x, y), (test, digits) = mnist(options.mnist, "train"), mnist(options.mnist, "test")
    some = np.random.default_rng(1).permutation(len(x))[:TRAIN]
    probe = np.concatenate([test[digits == digit][:20] for digit in range(10)])
    options.out.mkdir(parents=True, exist_ok=True)
    for name, spec in NETWORKS.items():
        folder = options.out / name
        folder.mkdir(exist_ok=True)
        describe(folder)
        # The rule is a note: identification must find it by itself.
        note = f'[notes]\ntrue_rule = "{spec[0]}"\ntrue_optimizer = "{spec[1]}"\ntrained_with = "numpy"\n'
        (folder / "network.toml").write_text(note)
        accuracy = train(folder, spec, ((x[some], y[some]), (test, digits), probe))
        print(f"{name}: {accuracy:.3f} of the test images are recognised")


if __name__ == "__main__":
    main()
