//! The speed of representational similarity analysis beside rsatoolbox's: 100 RDMs of 200 stimuli ×
//! 1,000 units, and comparisons of all pairs of them.
//!
//!     cargo bench --bench representations                # this library
//!     cargo bench --bench representations -- python3     # beside rsatoolbox, in turns, in one run
//!     cargo bench --bench representations -- python3 9   # with so many turns
//!
//! Both have the same patterns, on one thread and on two. Wall and CPU seconds are the least of some
//! turns, and ratios are theirs divided by ours. rsatoolbox computes RDMs of stimuli with names, as
//! this library always does, and faster ones of stimuli without names. Means of the results show
//! that both compute the same. CKA is beside numpy's products, as rsatoolbox has none.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use microlearners::ndarray::Array2;
use microlearners::random;
use microlearners::representations::{
    Cka, CkaKernel, Comparison, Dissimilarity, HsicEstimator, Rdm,
};
use rand::Rng as _;

const LINEAR: Cka = Cka { kernel: CkaKernel::Linear, estimator: HsicEstimator::Biased };

const NETWORKS: usize = 100;
const STIMULI: usize = 200;
const UNITS: usize = 1000;

const WORK: [&str; 8] = [
    "squared Euclidean",
    "squared Euclidean, unnamed",
    "correlation",
    "correlation, unnamed",
    "Spearman of all pairs",
    "rho-a of all pairs",
    "linear CKA of 99 pairs (numpy)",
    "linear CKA of all pairs (numpy)",
];

struct Data {
    patterns: Vec<Array2<f64>>,
    names: Vec<String>,
    rdms: Vec<Rdm>,
}

impl Data {
    fn new() -> Self {
        let mut rng = random::stream(0, "representations");
        let mut one =
            || Array2::from_shape_simple_fn((STIMULI, UNITS), || rng.gen_range(-1.0..1.0));
        let patterns: Vec<Array2<f64>> = (0..NETWORKS).map(|_| one()).collect();
        let names: Vec<String> = (0..STIMULI).map(|stimulus| format!("s{stimulus:03}")).collect();
        let rdms = Dissimilarity::SquaredEuclidean.rdms(&patterns, &names).unwrap();
        Self { patterns, names, rdms }
    }

    /// Does the work, and returns the mean of its results.
    fn result(&self, work: &str) -> f64 {
        let rdms = |kind: Dissimilarity| {
            let rdms = black_box(kind.rdms(black_box(&self.patterns), &self.names).unwrap());
            mean(rdms.iter().flat_map(|rdm| rdm.dissimilarities.iter().copied()))
        };
        let compare = |kind: Comparison| {
            mean(kind.similarities(black_box(&self.rdms), &self.rdms).unwrap().into_iter())
        };
        match work.split(',').next().unwrap() {
            "squared Euclidean" => rdms(Dissimilarity::SquaredEuclidean),
            "correlation" => rdms(Dissimilarity::Correlation),
            "Spearman of all pairs" => compare(Comparison::Spearman),
            "rho-a of all pairs" => compare(Comparison::RhoA),
            "linear CKA of all pairs (numpy)" => {
                mean(LINEAR.similarities(&self.patterns).unwrap().into_iter())
            }
            _ => {
                let pairs = self.patterns.windows(2);
                mean(pairs.map(|pair| LINEAR.compare(&pair[0], &pair[1]).unwrap()))
            }
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// Wall and CPU seconds, and the mean of the results.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    cpu: f64,
    result: f64,
}

impl Run {
    const NONE: Self = Self { wall: f64::INFINITY, cpu: f64::INFINITY, result: 0.0 };

    /// The least of both.
    fn best(self, other: Self) -> Self {
        let (wall, cpu) = (self.wall.min(other.wall), self.cpu.min(other.cpu));
        Self { wall, cpu, result: other.result }
    }
}

fn ours(data: &Data, work: &str) -> Run {
    let (start, before) = (Instant::now(), cpu_seconds());
    let result = data.result(work);
    Run { wall: start.elapsed().as_secs_f64(), cpu: cpu_seconds() - before, result }
}

/// CPU seconds of all threads of this process, where the system tells them (Linux).
fn cpu_seconds() -> f64 {
    // The system counts a thread that runs when it yields.
    std::thread::yield_now();
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |task: std::fs::DirEntry| -> Option<f64> {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
    };
    tasks.filter_map(of).sum()
}

/// rsatoolbox, waiting for work.
struct Peer {
    process: Child,
    asked: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str, threads: usize, data: &Data) -> Self {
        let path = std::env::temp_dir().join(format!("representations-{}", std::process::id()));
        let numbers = data.patterns.iter().flatten().flat_map(|value| value.to_ne_bytes());
        std::fs::write(&path, numbers.collect::<Vec<u8>>()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/representations_peer.py");
        let sizes = [NETWORKS, STIMULI, UNITS].map(|size| size.to_string());
        let mut process = Command::new(python)
            .args([script, &threads.to_string(), path.to_str().unwrap()])
            .args(sizes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let asked = process.stdin.take().unwrap();
        let told = BufReader::new(process.stdout.take().unwrap());
        let mut peer = Self { process, asked, told };
        assert_eq!(peer.line().trim(), "ready", "{python} could not run {script}");
        std::fs::remove_file(path).unwrap();
        peer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line
    }

    fn run(&mut self, work: &str) -> Run {
        writeln!(self.asked, "{work}").unwrap();
        let line = self.line();
        let mut numbers = line.split_whitespace().map(|number| number.parse().unwrap());
        let mut next = || numbers.next().unwrap();
        Run { wall: next(), cpu: next(), result: next() }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|one| one != "--bench");
    let python = arguments.next();
    let turns = arguments.next().map_or(5, |count| count.parse().unwrap());
    let data = Data::new();
    println!(
        "least seconds of {turns} turns; GFLOP/s of the products of pairs, one multiplication and one addition each"
    );
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut peer = python.as_deref().map(|python| Peer::start(python, threads, &data));
        for work in WORK {
            let (mut own, mut other) = (Run::NONE, Run::NONE);
            for _ in 0..turns {
                own = own.best(pool.install(|| ours(&data, work)));
                if let Some(peer) = &mut peer {
                    other = other.best(peer.run(work));
                }
            }
            report(&format!("{threads} threads, {work}"), own, peer.as_ref().map(|_| other));
        }
    }
}

fn report(what: &str, own: Run, other: Option<Run>) {
    let pairs = (NETWORKS * STIMULI * (STIMULI + 1) / 2) as f64;
    print!("{what:38} ours {:.4} s, CPU {:.4} s", own.wall, own.cpu);
    if what.contains("Euclidean") || what.contains("correlation") {
        print!(", {:.1} GFLOP per CPU second", 2.0 * pairs * UNITS as f64 / own.cpu / 1e9);
    }
    if let Some(other) = other {
        let difference = (own.result - other.result).abs() / other.result.abs();
        assert!(difference < 1e-9, "{what}: {} is not {}", own.result, other.result);
        print!("; theirs {:.4} s, CPU {:.4} s", other.wall, other.cpu);
        print!("; ratio {:.2}, CPU {:.2}", other.wall / own.wall, other.cpu / own.cpu);
    }
    println!();
}
