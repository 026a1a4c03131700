"""Loads a network that a study saved (safetensors) into PyTorch and compares its predictions with those of the library.

    python predictions.py network.safetensors case.safetensors

The network is the one of networks.rs: a padded convolution with max pooling before its ReLU, another, two dense layers.
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


network, case = load(sys.argv[1]), load(sys.argv[2])
step = max(int(name.split(".")[0].removeprefix("step")) for name in network)
weights = [network[f"step{step}.layer{layer}.weights"] for layer in range(1, 5)]
biases = [network[f"step{step}.layer{layer}.biases"] for layer in range(1, 5)]

h = case["inputs"].reshape(-1, 1, 6, 6)
h = F.relu(F.max_pool2d(F.conv2d(h, weights[0], biases[0], padding=1), 2))
h = F.relu(F.conv2d(h, weights[1], biases[1]))
# Units of the library lie place by place, with the channels of a place side by side.
h = h.permute(0, 2, 3, 1).flatten(1)
h = F.relu(F.linear(h, weights[2], biases[2]))
predictions = F.softmax(F.linear(h, weights[3], biases[3]), dim=1)
furthest = (predictions - case["predictions"]).abs().max().item()
print(f"PyTorch {torch.__version__}: largest difference {furthest:.1e}")
sys.exit(0 if furthest < 1e-5 else 1)
