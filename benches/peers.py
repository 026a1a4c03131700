"""The same networks trained by this library and by NumPy, scikit-learn, JAX and PyTorch, in turns, in one run.

    python benches/peers.py                                  # every peer that is installed
    python benches/peers.py --peers numpy,jax --rounds 5     # some of them
    pip install numpy scikit-learn jax torch                 # it installs nothing itself

The networks are those of the published design: 784-100-10 without biases, sigmoid hidden units, softmax and
cross-entropy, weights from N(0, variance 0.1), plain SGD at learning rate 0.01, 3 epochs of MNIST's 60,000 training
images, reshuffled every epoch, in batches of 128 of which an epoch's last holds 96, in float32.

Every peer runs in a process of its own and trains its networks one after the other, but for JAX with vmap, which trains
them together. What is timed is training alone, with shuffling and gathering of batches; loading the data, a first
untimed run, and JAX's compilation with it, come before. NumPy, scikit-learn and PyTorch run on one thread and on all,
and the faster is shown; JAX takes its threads as it does by default. Every round measures all in turn, ours too (in
seconds as `cargo bench --bench engine -- networks` gives them); the best round of each counts.

Not equal: scikit-learn's networks have biases, which start at zero. All peers start from the same weights for a seed,
and NumPy and JAX shuffle alike; scikit-learn and PyTorch shuffle in their own way, ours draws all of its own. Ours
trains networks beside each other on its threads; whoever runs a peer of one thread in as many processes as there are
cores can gain up to that factor (`--threads 1` puts one thread of ours beside it).

Exit code 1 if no peer is installed, or if mean test accuracies are further apart than 1.5 percentage points (for fewer
than four networks 3 / √networks, as single networks scatter by 0.9, their standard deviation over seeds).
"""

import argparse
import contextlib
import gzip
import importlib
import json
import math
import multiprocessing
import os
import platform
import shlex
import statistics
import struct
import subprocess
import sys
import time
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
OURS = "cargo bench --quiet --bench engine -- networks {networks} {threads} {rate}"
CORES = os.cpu_count() or 1
TOLERANCE, TOLERANCE_OF_ONE = 0.015, 0.03

SIZES = (784, 100, 10)
WEIGHT_VARIANCE = 0.1
PIXEL_MEAN, PIXEL_DEVIATION = 0.1307, 0.3081
BATCH, EPOCHS = 128, 3

# What the libraries below the peers read when they are loaded.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


# Data and networks. Peers and NumPy are imported in their own processes, after the number of threads is set.


class Network(NamedTuple):
    """The weights of a trained network, inputs by outputs."""

    first: Any
    second: Any
    first_bias: Any = 0.0
    second_bias: Any = 0.0


def idx(name):
    """The array of bytes in a gzipped IDX file."""
    import numpy as np

    with gzip.open(REPOSITORY / "datasets" / "mnist" / name) as file:
        _, _, rank = struct.unpack(">HBB", file.read(4))
        shape = struct.unpack(f">{rank}I", file.read(4 * rank))
        return np.frombuffer(file.read(), np.uint8).reshape(shape)


def mnist(part):
    """Standardised images as rows, and their digits."""
    import numpy as np

    pixels = idx(f"{part}-images-idx3-ubyte.gz").reshape(-1, SIZES[0]).astype(np.float32)
    images = (pixels / 255 - PIXEL_MEAN) / PIXEL_DEVIATION
    return images, idx(f"{part}-labels-idx1-ubyte.gz").astype(np.int64)


def one_hot(labels):
    import numpy as np

    return np.eye(SIZES[-1], dtype=np.float32)[labels]


def initial_weights(seed):
    import numpy as np

    rng = np.random.default_rng(seed)
    deviation = np.float32(WEIGHT_VARIANCE**0.5)
    return [deviation * rng.standard_normal(shape, np.float32) for shape in zip(SIZES, SIZES[1:])]


def shuffles(seed, length):
    """An order of the training set for every epoch."""
    import numpy as np

    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(length) for _ in range(EPOCHS)])


def sigmoid(a):
    import numpy as np

    return 1 / (1 + np.exp(-a))


def accuracy(network, images, labels):
    hidden = sigmoid(images @ network.first + network.first_bias)
    scores = hidden @ network.second + network.second_bias
    return float((scores.argmax(axis=1) == labels).mean())


# The peers. Each takes the training set and the learning rate, and gives a function that trains a network per seed.


def numpy_trainer(images, labels, rate):
    import numpy as np

    targets = one_hot(labels)

    def train(seed):
        first, second = initial_weights(seed)
        for order in shuffles(seed, len(images)):
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                x = images.take(rows, axis=0)
                hidden = sigmoid(x @ first)
                scores = hidden @ second
                chances = np.exp(scores - scores.max(axis=1, keepdims=True))
                chances /= chances.sum(axis=1, keepdims=True)
                error = (chances - targets.take(rows, axis=0)) * (rate / len(rows))
                hidden_error = (error @ second.T) * hidden * (1 - hidden)
                second -= hidden.T @ error
                first -= x.T @ hidden_error
        return Network(first, second)

    return lambda seeds: [train(seed) for seed in seeds]


def sklearn_trainer(images, labels, rate):
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    class PublishedDesign(MLPClassifier):
        """With weights that start as the other peers' do; biases cannot be left out, and start at zero."""

        def _init_coef(self, fan_in, fan_out, dtype):
            return next(self.start).astype(dtype, copy=False), np.zeros(fan_out, dtype)

    # Three epochs are the design, not a failure to converge.
    warnings.simplefilter("ignore", ConvergenceWarning)

    def train(seed):
        model = PublishedDesign(
            hidden_layer_sizes=SIZES[1:-1],
            activation="logistic",
            solver="sgd",
            momentum=0,
            nesterovs_momentum=False,
            alpha=0,
            learning_rate_init=rate,
            batch_size=BATCH,
            max_iter=EPOCHS,
            random_state=seed,
        )
        model.start = iter(initial_weights(seed))
        model.fit(images, labels)
        return Network(*model.coefs_, *model.intercepts_)

    return lambda seeds: [train(seed) for seed in seeds]


def jax_program(rate):
    """Training of one network as a function for JAX to compile, scanning over epochs and batches."""
    import jax

    def loss(weights, images, targets):
        first, second = weights
        scores = jax.nn.sigmoid(images @ first) @ second
        return -(targets * jax.nn.log_softmax(scores)).sum(axis=1).mean()

    def train(weights, orders, images, targets):
        whole = len(images) // BATCH * BATCH

        def step(weights, rows):
            gradients = jax.grad(loss)(weights, images[rows], targets[rows])
            return jax.tree.map(lambda w, gradient: w - rate * gradient, weights, gradients), None

        def epoch(weights, order):
            weights, _ = jax.lax.scan(step, weights, order[:whole].reshape(-1, BATCH))
            return step(weights, order[whole:])

        weights, _ = jax.lax.scan(epoch, weights, orders)
        return weights

    return train


def jax_trainer(images, labels, rate):
    import jax
    import numpy as np

    images, targets = jax.device_put(images), jax.device_put(one_hot(labels))
    program = jax.jit(jax_program(rate))

    def train(seed):
        weights = program(initial_weights(seed), shuffles(seed, len(images)), images, targets)
        return Network(*map(np.asarray, weights))

    return lambda seeds: [train(seed) for seed in seeds]


def jax_vmap_trainer(images, labels, rate):
    import jax
    import numpy as np

    images, targets = jax.device_put(images), jax.device_put(one_hot(labels))
    program = jax.jit(jax.vmap(jax_program(rate), in_axes=(0, 0, None, None)))

    def train(seeds):
        start = [np.stack(layer) for layer in zip(*map(initial_weights, seeds))]
        orders = np.stack([shuffles(seed, len(images)) for seed in seeds])
        weights = program(start, orders, images, targets)
        return [Network(*layers) for layers in zip(*map(np.asarray, weights))]

    return train


def torch_trainer(images, labels, rate):
    import torch

    images, labels = torch.from_numpy(images), torch.from_numpy(labels)

    def train(seed):
        torch.manual_seed(seed)
        first, second = (torch.from_numpy(layer).requires_grad_() for layer in initial_weights(seed))
        optimiser = torch.optim.SGD([first, second], lr=rate)
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(images)).split(BATCH):
                hidden = torch.sigmoid(images.index_select(0, rows) @ first)
                loss = torch.nn.functional.cross_entropy(hidden @ second, labels.index_select(0, rows))
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
        return Network(first.detach().numpy(), second.detach().numpy())

    return lambda seeds: [train(seed) for seed in seeds]


@dataclass(frozen=True)
class Peer:
    title: str
    module: str
    package: str
    trainer: Callable
    threads: tuple[int, ...] = (CORES,)
    # Whether a program is compiled for the number of networks, so that its first run needs as many.
    together: bool = False


ONE_OR_ALL = tuple(sorted({1, CORES}))
PEERS = {
    "numpy": Peer("NumPy", "numpy", "numpy", numpy_trainer, ONE_OR_ALL),
    "sklearn": Peer("scikit-learn", "sklearn", "scikit-learn", sklearn_trainer, ONE_OR_ALL),
    "jax": Peer("JAX", "jax", "jax", jax_trainer),
    "jax-vmap": Peer("JAX with vmap", "jax", "jax", jax_vmap_trainer, together=True),
    "torch": Peer("PyTorch", "torch", "torch", torch_trainer, ONE_OR_ALL),
}


# Measuring.


class Measurement(NamedTuple):
    """The seconds of one round, and the test accuracy of each of its networks."""

    seconds: float
    accuracy: list[float]


@dataclass
class Contender:
    """Ours or a peer, with its rounds so far."""

    title: str
    version: str
    threads: int
    measure: Callable[[list[int]], Measurement]
    rounds: list[Measurement] = field(default_factory=list)

    def __str__(self):
        return f"{self.title} {self.version} on {count(self.threads, 'thread')}"

    @property
    def seconds_per_network(self):
        return min(measured.seconds / len(measured.accuracy) for measured in self.rounds)

    @property
    def accuracies(self):
        return [value for measured in self.rounds for value in measured.accuracy]

    @property
    def mean_accuracy(self):
        return statistics.fmean(self.accuracies)

    def ratio(self, ours):
        """How many times as fast ours is."""
        return self.seconds_per_network / ours.seconds_per_network


class Unavailable(Exception):
    """A peer whose import fails, and why."""


def reason(error, peer):
    if isinstance(error, ModuleNotFoundError) and error.name == peer.module:
        return f"{peer.package} is not installed: pip install {peer.package}"
    return f"{peer.package} cannot be imported: {str(error).partition(chr(10))[0]}"


def requests(pipe):
    """What the other end sends, until it is closed."""
    with contextlib.suppress(EOFError):
        while True:
            yield pipe.recv()


def serve(pipe, name, threads, rate):
    """A peer's process: says its version, or why there is none; then trains a network for each seed it is sent."""
    os.environ.update({variable: str(threads) for variable in THREAD_VARIABLES}, JAX_PLATFORMS="cpu")
    peer = PEERS[name]
    try:
        version = importlib.import_module(peer.module).__version__
        train, test = peer.trainer(*mnist("train"), rate), mnist("t10k")
    except ImportError as error:
        pipe.send((None, reason(error, peer)))
        return
    pipe.send((version, None))
    for seeds in requests(pipe):
        started = time.perf_counter()
        networks = train(seeds)
        seconds = time.perf_counter() - started
        pipe.send(Measurement(seconds, [accuracy(network, *test) for network in networks]))


class Worker:
    """The other end of a peer's process."""

    def __init__(self, name, threads, rate):
        context = multiprocessing.get_context("spawn")
        self.pipe, end = context.Pipe()
        context.Process(target=serve, args=(end, name, threads, rate), daemon=True).start()
        end.close()
        self.version, trouble = self.pipe.recv()
        if trouble:
            raise Unavailable(trouble)

    def measure(self, seeds):
        self.pipe.send(seeds)
        return self.pipe.recv()


def peer_contenders(options):
    """The peers after their first run, on each of their numbers of threads, and a line on each missing package."""
    found, missing = [], []
    for name in options.peers:
        peer = PEERS[name]
        try:
            for threads in peer.threads:
                worker = Worker(name, threads, options.learning_rate)
                worker.measure(list(range(options.networks if peer.together else 1)))
                found.append(Contender(peer.title, worker.version, threads, worker.measure))
                say(f"{found[-1]} is ready")
        except Unavailable as trouble:
            # Two peers can lack one package.
            if (line := str(trouble)) not in missing:
                missing.append(line)
    return found, missing


def our_contender(options):
    """This library, through the program that trains its networks."""
    command = options.ours
    for key, value in ("networks", options.networks), ("threads", options.threads), ("rate", options.learning_rate):
        command = command.replace(f"{{{key}}}", str(value))

    def measure(_):
        run = subprocess.run(shlex.split(command), cwd=REPOSITORY, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{command}: exit code {run.returncode}\n{run.stderr}")
        result = json.loads(run.stdout.splitlines()[-1])
        return Measurement(result["seconds"], result["accuracy"])

    manifest = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())
    version = manifest["workspace"]["package"]["version"]
    return Contender("microlearners", version, options.threads, measure)


def race(contenders, options):
    """Measures all in turn, round by round."""
    for turn in range(options.rounds):
        seeds = list(range(turn * options.networks, (turn + 1) * options.networks))
        for contender in contenders:
            measured = contender.measure(seeds)
            contender.rounds.append(measured)
            seconds = measured.seconds / len(measured.accuracy)
            say(f"round {turn + 1}: {contender}, {seconds:.2f} s per network")


def faster_ones(contenders):
    """Of each title the number of threads that was faster."""
    best = {}
    for contender in contenders:
        rival = best.setdefault(contender.title, contender)
        best[contender.title] = min(rival, contender, key=attrgetter("seconds_per_network"))
    return list(best.values())


# Reporting.


def say(line):
    """Progress, apart from the results."""
    print(line, file=sys.stderr, flush=True)


def count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def table(contenders):
    first = contenders[0]
    heads = ("", "version", "threads", "s per network", "networks per s", "ours / peer", "accuracy")
    rows = [
        (
            contender.title,
            contender.version,
            str(contender.threads),
            f"{contender.seconds_per_network:.3f}",
            f"{1 / contender.seconds_per_network:.2f}",
            "" if contender is first else f"{contender.ratio(first):.2f}",
            f"{contender.mean_accuracy:.4f}",
        )
        for contender in contenders
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows)]
    for row in (heads, *rows):
        name, *numbers = map(str.rjust, row, widths)
        print(name.strip().ljust(widths[0]), *numbers, sep="  ")


def best_peer(contenders):
    first, *others = contenders
    best = min(others, key=attrgetter("seconds_per_network"))
    print(f"Best peer: {best}; ours is {best.ratio(first):.2f} times as fast.")


def agreement(contenders, options):
    """Says how far apart the mean accuracies are, and whether that is within the tolerance."""
    low, high = (choose(contenders, key=attrgetter("mean_accuracy")) for choose in (min, max))
    apart = high.mean_accuracy - low.mean_accuracy
    allowed = max(TOLERANCE, TOLERANCE_OF_ONE / math.sqrt(options.networks))
    agree = apart <= allowed
    print(
        f"Mean accuracies {'agree' if agree else 'DISAGREE'}: {low.mean_accuracy:.4f} ({low.title}) to "
        f"{high.mean_accuracy:.4f} ({high.title}), {100 * apart:.2f} percentage points, {100 * allowed:.1f} allowed."
    )
    return agree


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def write_json(path, contenders, missing, agree, options):
    first = contenders[0]
    results = [
        {
            "name": contender.title,
            "version": contender.version,
            "threads": contender.threads,
            "seconds": [measured.seconds for measured in contender.rounds],
            "seconds_per_network": contender.seconds_per_network,
            "networks_per_second": 1 / contender.seconds_per_network,
            "ratio": contender.ratio(first),
            "accuracy": contender.accuracies,
        }
        for contender in contenders
    ]
    report = {
        "networks": options.networks,
        "rounds": options.rounds,
        "learning_rate": options.learning_rate,
        "agree": agree,
        "results": results,
        "missing": missing,
        "machine": {"processor": processor(), "cores": CORES, "python": platform.python_version()},
    }
    path.write_text(json.dumps(report, indent=2) + "\n")


def arguments():
    def positive(text):
        if (number := int(text)) < 1:
            raise argparse.ArgumentTypeError(f"{text} is not positive")
        return number

    def names(text):
        chosen = text.split(",")
        if unknown := [name for name in chosen if name not in PEERS]:
            raise argparse.ArgumentTypeError(f"no peer called {', '.join(unknown)}; there are {', '.join(PEERS)}")
        return chosen

    summary, _, rest = __doc__.partition("\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", type=positive, default=4, metavar="N", help="networks per measurement (4)")
    parser.add_argument("--rounds", type=positive, default=3, metavar="R", help="measurements of each (3)")
    parser.add_argument("--learning-rate", type=float, default=0.01, metavar="RATE", help="(0.01)")
    parser.add_argument("--threads", type=positive, default=CORES, metavar="T", help="of ours (the number of CPUs)")
    parser.add_argument("--peers", type=names, default=list(PEERS), metavar="A,B", help=f"some of {','.join(PEERS)}")
    parser.add_argument("--ours", default=OURS, metavar="COMMAND", help=f"what trains ours ({OURS})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write all that was measured")
    return parser.parse_args()


def main():
    options = arguments()
    found, missing = peer_contenders(options)
    for line in missing:
        print(line)
    if not found:
        sys.exit("No peer is there to compare with.")
    contenders = [our_contender(options), *found]
    race(contenders, options)
    shown = faster_ones(contenders)
    table(shown)
    best_peer(shown)
    agree = agreement(contenders, options)
    print(f"{processor()}, {count(CORES, 'core')}, Python {platform.python_version()}")
    if options.json:
        write_json(options.json, contenders, missing, agree, options)
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
