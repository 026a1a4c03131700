//! Networks that convolve: how long training takes, and what a layer's products reach.
//!
//!     cargo bench --bench convolution                        # both networks, and LeNet's layers
//!     cargo bench --bench convolution -- lenet 20            # one, with so many batches
//!     cargo bench --bench convolution -- lenet 20 python3    # beside PyTorch, in turns, in one run
//!
//! Networks are `lenet` (two convolutions of 3 × 3, 1.2 million weights) and `small` (8 filters of 5
//! × 5 and 16 of 3 × 3, both with a stride of 2). Seconds are for 1,000 images of MNIST, in batches
//! of 128, under backprop and plain gradient descent: one network on one thread, two at the same
//! time on a thread each (seconds for each of them), and one on all threads. PyTorch's networks are
//! the same (`convolution_peer.py`), and run in the same three ways, two networks in two processes.
//! Of seven rounds the best counts, and of how many times as fast ours are the median: in a round
//! both run one after the other, as other work on a machine comes and goes.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use microlearners::data::{Dataset, Task, TaskSettings};
use microlearners::ndarray::Array2;
use microlearners::network::{
    Activity, Architecture, BackwardPass, Batch, ConvolutionLayer, Feedback, Inputs, Network,
    Scratch, Updates,
};
use microlearners::random;
use rand::Rng as _;

const BATCH: usize = 128;
const ROUNDS: usize = 7;
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
            networks(&task, name, batches, peer);
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

/// The ways to train: how many threads each network has, and how many networks there are.
fn ways() -> [(&'static str, usize, usize); 3] {
    [
        ("one network on one thread", 1, 1),
        ("two networks, a thread each", 1, 2),
        ("one network on all threads", rayon::current_num_threads(), 1),
    ]
}

/// Seconds for 1,000 images of each network, in each way, and beside PyTorch's.
fn networks(task: &Task, name: &str, batches: usize, python: Option<&str>) {
    for (way, threads, count) in ways() {
        let mut ours: Vec<Run<'_>> =
            (0..count as u64).map(|seed| Run::new(task, name, seed)).collect();
        let mut peers: Vec<Peer> = python
            .into_iter()
            .flat_map(|python| (0..count).map(move |_| python))
            .map(|python| Peer::start(python, name, threads, batches))
            .collect();
        peers.iter_mut().for_each(|peer| assert_eq!(peer.answer(), 0.0, "it is ready"));
        train_all(&mut ours, threads, 2);
        let rounds: Vec<[f64; 2]> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                train_all(&mut ours, threads, batches);
                let seconds = start.elapsed().as_secs_f64() / (batches * BATCH) as f64 * 1000.0;
                peers.iter_mut().for_each(Peer::ask);
                let theirs = peers.iter_mut().map(Peer::answer).sum::<f64>();
                [seconds, theirs / count as f64]
            })
            .collect();
        report(&format!("{name}, {way}"), &rounds, python.is_some());
    }
}

/// Trains networks at the same time; one that has several threads is not in a pool, where networks
/// have a thread each.
fn train_all(networks: &mut [Run<'_>], threads: usize, batches: usize) {
    if threads > 1 {
        return networks.iter_mut().for_each(|run| run.train(batches));
    }
    std::thread::scope(|scope| {
        for run in networks {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            scope.spawn(move || pool.install(|| run.train(batches)));
        }
    });
}

/// The least seconds of all rounds, and the median of how many times as fast ours were in a round.
fn report(what: &str, rounds: &[[f64; 2]], has_peer: bool) {
    let least = |of: usize| rounds.iter().map(|round| round[of]).fold(f64::INFINITY, f64::min);
    println!("{what}: {:.4} s per 1,000 images", least(0));
    if has_peer {
        let mut times: Vec<f64> = rounds.iter().map(|[ours, theirs]| theirs / ours).collect();
        times.sort_by(f64::total_cmp);
        let (middle, last) = (times[ROUNDS / 2], times[ROUNDS - 1]);
        println!(
            "{what}, PyTorch: {:.4} s; ours {middle:.1} times as fast ({:.1} to {last:.1} in {ROUNDS} rounds)",
            least(1),
            times[0]
        );
    }
}

/// PyTorch with the same network, in a process that trains when it is asked to.
struct Peer {
    process: Child,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str, name: &str, threads: usize, batches: usize) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/convolution_peer.py");
        let mut process = Command::new(python)
            .args([script, name, &threads.to_string(), &batches.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self { process, answers }
    }

    /// For a round.
    fn ask(&mut self) {
        writeln!(self.process.stdin.as_mut().unwrap()).unwrap();
    }

    /// Its seconds for 1,000 images; 0 when it is ready.
    fn answer(&mut self) -> f64 {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().parse().expect("PyTorch's seconds; it said above why there are none")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Billions of operations per second of each product of LeNet's layers, on one thread.
fn layers(task: &Task) {
    let run = Run::new(task, "lenet", 0);
    let rows: Vec<u32> = (0..BATCH as u32).collect();
    let mut scratch = Scratch::default();
    let mut activity = Activity::new(&run.network, BATCH);
    run.network.forward(Inputs::select(task.train(), &rows, &mut scratch), &mut activity);
    let mut updates = Updates::new(&run.network);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
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
            let seconds = one_thread.install(|| {
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
