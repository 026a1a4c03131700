//! Networks that convolve: how long training takes, and what a layer's products reach.
//!
//!     cargo bench --bench convolution                        # both networks, and LeNet's layers
//!     cargo bench --bench convolution -- lenet 20            # one, with so many batches
//!     cargo bench --bench convolution -- lenet 20 python3    # beside PyTorch, in turns, in one run
//!
//! Networks are `lenet` (two convolutions of 3 × 3, 1.2 million weights) and `small` (8 filters of 5
//! × 5 and 16 of 3 × 3, both with a stride of 2). Seconds are for 1,000 images of MNIST, in batches
//! of 128, under backprop and plain gradient descent: one network on one thread, two at the same
//! time on a thread each (seconds for each of them), and one on all threads. The best of three
//! rounds counts. PyTorch's networks are the same (`convolution_peer.py`), and run in the same three
//! ways, two networks in two processes.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use microlearners::data::{Dataset, Task, TaskSettings};
use microlearners::ndarray::Array2;
use microlearners::network::{
    Activity, Architecture, BackwardPass, Batch, ConvolutionLayer, Feedback, Inputs, Network,
    Scratch, Updates,
};
use microlearners::random;
use rand::Rng as _;
use rayon::prelude::*;

const BATCH: usize = 128;
const ROUNDS: usize = 3;
const RATE: f32 = 0.01;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let asked = arguments.first().map_or("all", String::as_str);
    let batches: Option<usize> = arguments.get(1).and_then(|count| count.parse().ok());
    let peer = arguments.get(2).map(String::as_str);
    let task = Task::classification(&Dataset::mnist().unwrap(), &TaskSettings::default()).unwrap();
    for (name, usual) in [("lenet", 15), ("small", 200)] {
        if asked == "all" || asked == name {
            let batches = batches.unwrap_or(usual);
            let ours = networks(&task, name, batches);
            if let Some(python) = peer {
                beside(python, name, batches, ours);
            }
        }
    }
    if asked == "all" || asked == "layers" {
        layers(&task);
    }
}

fn architecture(name: &str) -> Architecture {
    let lenet = Architecture::named("lenet").unwrap();
    if name == "lenet" {
        return lenet;
    }
    let lower = ConvolutionLayer::new(8, 5).with_stride(2);
    let upper = ConvolutionLayer::new(16, 3).with_stride(2);
    Architecture { hidden: Vec::new(), ..lenet.with_convolutions(&[lower, upper]) }
}

/// A network in training.
struct Run<'a> {
    task: &'a Task,
    network: Network,
    path: BackwardPass,
    updates: Updates,
    scratch: Scratch,
    targets: Array2<f32>,
    rng: random::Rng,
}

impl<'a> Run<'a> {
    fn new(task: &'a Task, name: &str, seed: u64) -> Self {
        let network = architecture(name).build(task, &mut random::stream(seed, "init"));
        Self {
            task,
            path: BackwardPass::new(&network),
            updates: Updates::new(&network),
            network,
            scratch: Scratch::default(),
            targets: Array2::zeros((BATCH, task.outputs())),
            rng: random::stream(seed, "batches"),
        }
    }

    fn train(&mut self, batches: usize) {
        let examples = self.task.train();
        for _ in 0..batches {
            let rows: Vec<u32> =
                (0..BATCH).map(|_| self.rng.gen_range(0..examples.len() as u32)).collect();
            for (mut into, &row) in self.targets.rows_mut().into_iter().zip(&rows) {
                into.assign(&examples.targets.row(row as usize));
            }
            let inputs = Inputs::select(examples, &rows, &mut self.scratch);
            let batch = Batch { inputs, targets: self.targets.view() };
            self.updates.clear();
            self.path.propose(&self.network, &batch, Feedback::Symmetric, &mut self.updates);
            self.updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -RATE));
            self.network.apply(&self.updates);
        }
    }
}

/// The least seconds of a few rounds, for 1,000 images.
fn seconds(batches: usize, mut round: impl FnMut()) -> f64 {
    let one = |_| {
        let start = Instant::now();
        round();
        start.elapsed().as_secs_f64() / (batches * BATCH) as f64 * 1000.0
    };
    (0..ROUNDS).map(one).fold(f64::INFINITY, f64::min)
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

const WAYS: [&str; 3] =
    ["one network on one thread", "two networks, a thread each", "one network on all threads"];

/// Seconds for 1,000 images, in each way.
fn networks(task: &Task, name: &str, batches: usize) -> [f64; 3] {
    let mut one = Run::new(task, name, 0);
    one.train(2);
    let mut two = [Run::new(task, name, 1), Run::new(task, name, 2)];
    two.iter_mut().for_each(|run| run.train(2));
    let found = [
        pool(1).install(|| seconds(batches, || one.train(batches))),
        pool(2)
            .install(|| seconds(batches, || two.par_iter_mut().for_each(|run| run.train(batches)))),
        seconds(batches, || one.train(batches)),
    ];
    for (way, seconds) in WAYS.iter().zip(found) {
        println!("{name}, {way}: {seconds:.4} s per 1,000 images");
    }
    found
}

/// The same for the same network in PyTorch, and how many times as fast ours are.
fn beside(python: &str, name: &str, batches: usize, ours: [f64; 3]) {
    let all = rayon::current_num_threads();
    for ((way, ours), (threads, processes)) in WAYS.iter().zip(ours).zip([(1, 1), (1, 2), (all, 1)])
    {
        let theirs = peers(python, name, threads, processes, batches);
        println!("{name}, PyTorch, {way}: {theirs:.4} s; ours {:.1} times as fast", theirs / ours);
    }
}

/// PyTorch's seconds in so many processes at the same time, their mean.
fn peers(python: &str, name: &str, threads: usize, processes: usize, batches: usize) -> f64 {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/convolution_peer.py");
    let arguments = [script, name, &threads.to_string(), &batches.to_string()];
    let start = |_| Command::new(python).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let running: Vec<Child> = (0..processes).map(start).collect();
    let seconds = running.into_iter().map(|process| {
        let outcome = process.wait_with_output().unwrap();
        assert!(outcome.status.success(), "{python} could not run {script}");
        String::from_utf8(outcome.stdout).unwrap().trim().parse::<f64>().unwrap()
    });
    seconds.sum::<f64>() / processes as f64
}

/// Billions of operations per second of each product of LeNet's layers, on one thread.
fn layers(task: &Task) {
    let run = Run::new(task, "lenet", 0);
    let rows: Vec<u32> = (0..BATCH as u32).collect();
    let mut scratch = Scratch::default();
    let mut activity = Activity::new(&run.network, BATCH);
    run.network.forward(Inputs::select(task.train(), &rows, &mut scratch), &mut activity);
    let mut updates = Updates::new(&run.network);
    for (index, layer) in run.network.layers().iter().enumerate().take(3) {
        let inputs = Inputs::select(task.train(), &rows, &mut scratch);
        let x = activity.below(index, &inputs).dense().to_owned();
        let mut rng = random::stream(index as u64, "errors");
        // As errors are: under ReLU half of them are 0.
        let dy = activity.out(index).mapv(|h| if h > 0.0 { rng.gen_range(-1.0..1.0) } else { 0.0 });
        let dy = dy.as_standard_layout().to_owned();
        let dy = activity.through(index, dy.view());
        let uses = layer.connectivity().uses();
        let operations = 2.0 * (BATCH * uses * layer.weights.len()) as f64;
        let (mut a, mut dx) = (Array2::zeros((BATCH, layer.outputs())), Array2::zeros(x.dim()));
        let update = &mut updates.layers_mut()[index];
        let say = |what: &str, work: &mut (dyn FnMut() + Send)| {
            let seconds = pool(1).install(|| {
                (0..10)
                    .map(|_| {
                        let start = Instant::now();
                        work();
                        start.elapsed().as_secs_f64()
                    })
                    .fold(f64::INFINITY, f64::min)
            });
            let per_image = 1e6 * seconds / BATCH as f64;
            println!(
                "{layer}: {what} {per_image:.1} µs per image, {:.0} GFLOP/s of the dense product",
                operations / seconds / 1e9
            );
        };
        say("forward", &mut || layer.forward(black_box(&x), a.view_mut()));
        say("backward", &mut || layer.backward(black_box(dy), &layer.weights, dx.view_mut()));
        say("outer", &mut || layer.outer(black_box(&x), dy, 1e-3, update));
    }
}
