"""Trains six small networks on MNIST in PyTorch, each under a learning rule, and saves their checkpoints.

    python tests/elsewhere/train_pytorch.py --out mine
    microlearners observe mine --out mine.parquet

Needs torch and safetensors, and NumPy by way of train_numpy.py, whose settings and data it shares; seeds and learning rates
are its own. A file for each checkpoint (step_000100.safetensors) holds of every layer its weights, their last change, and
the outputs of its units on 200 test images. Weights are output × input.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from train_numpy import BATCH, DECAY, EPOCHS, SIZES, TRAIN, checkpoints, mnist

# What each network is trained by: rule, optimizer, learning rate, seed.
NETWORKS = {
    "pytorch_a": ("backprop", "sgd", 0.04, 21),
    "pytorch_b": ("backprop", "momentum", 0.004, 22),
    "pytorch_c": ("backprop", "adam", 0.0007, 23),
    "pytorch_d": ("feedback_alignment", "sgd", 0.04, 24),
    "pytorch_e": ("kolen_pollack", "sgd", 0.06, 25),
    "pytorch_f": ("sign_symmetry", "sgd", 0.06, 26),
}


class ByFeedback(torch.autograd.Function):
    """A linear layer whose error travels back by other weights."""

    @staticmethod
    def forward(context, x, weight, feedback):
        context.save_for_backward(x, feedback)
        return x @ weight.T

    @staticmethod
    def backward(context, error):
        x, feedback = context.saved_tensors
        return error @ feedback, error.T @ x, None


class Net(torch.nn.Module):
    def __init__(self, rule):
        super().__init__()
        self.rule = rule
        pairs = list(zip(SIZES, SIZES[1:]))
        self.layers = torch.nn.ModuleList(torch.nn.Linear(i, o, bias=False) for i, o in pairs)
        for layer in self.layers:
            torch.nn.init.xavier_uniform_(layer.weight)
        self.random = [torch.randn(o, i) * (i + o) ** -0.5 for i, o in pairs]

    def feedback(self, index):
        weight = self.layers[index].weight.detach()
        if self.rule == "backprop":
            return weight
        if self.rule == "sign_symmetry":
            return weight.sign() * (2 / sum(weight.shape)) ** 0.5
        return self.random[index]

    def outputs(self, x):
        """The outputs of every layer; the last are logits."""
        found = []
        for index, layer in enumerate(self.layers):
            x = ByFeedback.apply(x, layer.weight, self.feedback(index))
            x = torch.tanh(x) if index + 1 < len(self.layers) else x
            found.append(x)
        return found

    def weights(self):
        return [layer.weight.detach().clone() for layer in self.layers]


def make_optimizer(kind, rate, net):
    if kind == "adam":
        return torch.optim.Adam(net.parameters(), lr=rate)
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9 if kind == "momentum" else 0)


def save(folder, step, net, changes, probe):
    tensors = {}
    with torch.no_grad():
        outputs = net.outputs(probe)
    for index, (layer, output) in enumerate(zip(net.layers, outputs)):
        tensors[f"layers.{index}.weight"] = layer.weight.detach().contiguous()
        tensors[f"layers.{index}.activity"] = output.contiguous()
        if changes is not None:
            tensors[f"layers.{index}.change"] = changes[index].contiguous()
    save_file(tensors, folder / f"step_{step:06}.safetensors")


def update(net, optimizer, x, y):
    """One update; returns by how much it changed each weight."""
    before = net.weights()
    optimizer.zero_grad()
    F.cross_entropy(net.outputs(x)[-1], y).backward()
    optimizer.step()
    if net.rule == "kolen_pollack":
        with torch.no_grad():
            for index, layer in enumerate(net.layers):
                change = layer.weight - before[index]
                layer.weight -= DECAY * before[index]
                net.random[index] = (1 - DECAY) * net.random[index] + change
    return [now - then for now, then in zip(net.weights(), before)]


def train(folder, spec, data):
    """One network, from before its first update to after its last."""
    rule, kind, rate, seed = spec
    (x, y), (test, digits), probe = data
    torch.manual_seed(seed)
    net = Net(rule)
    optimizer = make_optimizer(kind, rate, net)
    total, step = EPOCHS * -(-len(x) // BATCH), 0
    looks = checkpoints(total)
    save(folder, 0, net, None, probe)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(x)).split(BATCH):
            changes = update(net, optimizer, x[chosen], y[chosen])
            step += 1
            if step in looks:
                save(folder, step, net, changes, probe)
    with torch.no_grad():
        return (net.outputs(test)[-1].argmax(1) == digits).float().mean().item()


def describe(folder):
    """The table of layers: which tensors are which layer's, and its nonlinearity."""
    layers = []
    for index, activation in enumerate(["tanh", "tanh", "identity"]):
        layers.append(f'[[layers]]\nweight = "layers.{index}.weight"\nactivation = "{activation}"')
        layers.append(f'change = "layers.{index}.change"\nactivity = "layers.{index}.activity"\n')
    (folder / "layers.toml").write_text("\n".join(layers))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the networks")
    parser.add_argument("--mnist", type=Path, default=Path(__file__).parents[2] / "datasets/mnist")
    options = parser.parse_args()
    (x, y), (test, digits) = mnist(options.mnist, "train"), mnist(options.mnist, "test")
    some = np.random.default_rng(2).permutation(len(x))[:TRAIN]
    probe = np.concatenate([test[digits == digit][-20:] for digit in range(10)])
    images = [torch.from_numpy(part) for part in (x[some], test, probe)]
    labels = [torch.from_numpy(part.astype(np.int64)) for part in (y[some], digits)]
    data = ((images[0], labels[0]), (images[1], labels[1]), images[2])
    options.out.mkdir(parents=True, exist_ok=True)
    for name, spec in NETWORKS.items():
        folder = options.out / name
        folder.mkdir(exist_ok=True)
        describe(folder)
        # The rule is a note: identification must find it by itself.
        note = f'[notes]\ntrue_rule = "{spec[0]}"\ntrue_optimizer = "{spec[1]}"\ntrained_with = "pytorch"\n'
        (folder / "network.toml").write_text(note)
        accuracy = train(folder, spec, data)
        print(f"{name}: {accuracy:.3f} of the test images are recognised")


if __name__ == "__main__":
    main()
