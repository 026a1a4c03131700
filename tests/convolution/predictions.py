"""Loads a network that a study saved (safetensors) into PyTorch and compares its predictions with those of the library.

    python predictions.py network.safetensors case.safetensors

The network is one of the two of networks.rs: convolutions, pooled or with residual connections, under two dense layers.
The case has `inputs` (examples × 36) and `predictions` (examples × classes).
"""

import json
import struct
import sys

import torch
import torch.nn.functional as F


def load(path: str) -> dict[str, torch.Tensor]:
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    entries = json.loads(data[8 : 8 + length])
    entries.pop("__metadata__", None)
    tensors = {}
    for name, entry in entries.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(data[start:end]), dtype=torch.float32)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def convolve(h: torch.Tensor, layer: int, **how) -> torch.Tensor:
    return F.conv2d(h, weights[layer], biases[layer], **how)


def pooled(h: torch.Tensor) -> torch.Tensor:
    """A padded convolution with max pooling before its ReLU, and another."""
    h = F.relu(F.max_pool2d(convolve(h, 0, padding=1), 2))
    return F.relu(convolve(h, 1))


def residual(h: torch.Tensor) -> torch.Tensor:
    """A convolution with layer normalisation, one that is added to it, and one with a stride of 2 and divisive normalisation
    that adds every second place. Biases come after the normaliser."""

    def drive(h: torch.Tensor, layer: int, normalise, **how) -> torch.Tensor:
        return normalise(F.conv2d(h, weights[layer], padding=1, **how)) + biases[layer].reshape(-1, 1, 1)

    def by_layer(h: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(h, h.shape[1:])

    def divisive(h: torch.Tensor) -> torch.Tensor:
        return F.local_response_norm(h, 3, alpha=1.0, beta=0.5, k=1.0)

    first = F.relu(drive(h, 0, by_layer))
    second = F.relu(drive(first, 1, by_layer) + first)
    upper = drive(second, 2, divisive, stride=2)
    added = F.pad(second[:, :, ::2, ::2], (0, 0, 0, 0, 0, upper.shape[1] - second.shape[1]))
    return F.relu(upper + added)


network, case = load(sys.argv[1]), load(sys.argv[2])
step = max(int(name.split(".")[0].removeprefix("step")) for name in network)
depth = max(int(name.split(".")[1].removeprefix("layer")) for name in network)
weights = [network[f"step{step}.layer{layer}.weights"] for layer in range(1, depth + 1)]
biases = [network[f"step{step}.layer{layer}.biases"] for layer in range(1, depth + 1)]

h = case["inputs"].reshape(-1, 1, 6, 6)
h = {4: pooled, 5: residual}[depth](h)
# Units of the library lie place by place, with the channels of a place side by side.
h = h.permute(0, 2, 3, 1).flatten(1)
h = F.relu(F.linear(h, weights[-2], biases[-2]))
predictions = F.softmax(F.linear(h, weights[-1], biases[-1]), dim=1)
furthest = (predictions - case["predictions"]).abs().max().item()
print(f"PyTorch {torch.__version__}: largest difference {furthest:.1e}")
sys.exit(0 if furthest < 1e-5 else 1)
