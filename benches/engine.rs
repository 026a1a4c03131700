//! What the machine could do, what the products of training reach of it, and seconds per network
//! under each rule.
//!
//! `cargo bench --bench engine`; `cargo bench --bench engine -- costs FILE` for what rules cost
//! alone. The published design: 784-100-10 on MNIST, batches of 128, three passes. Everything is
//! measured in one run, the best of several rounds, because a shared machine is fast and slow by
//! turns.

use std::hint::black_box;
use std::time::Instant;

use microlearners::data::{Dataset, Task};
use microlearners::network::{
    Activation, Batch, Inputs, Layer, LayerUpdate, Matrix, Network, Scratch, Updates,
};
use microlearners::observables::{Instrument, ObservableSet, observe};
use microlearners::random;
use microlearners::rules::{
    self, ContrastiveHebbian, EquilibriumPropagation, LearningRule, PredictiveCoding, Rule,
};
use microlearners::training::{Checkpoints, Design, Experiment, Trajectory, train};
use ndarray::{Array2, Axis, ShapeBuilder, s};
use rand::Rng as _;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

const BATCH: usize = 128;
const ROUNDS: usize = 7;
const SECONDS: f64 = 0.04;

/// The least seconds of one call over several rounds.
fn seconds(mut work: impl FnMut()) -> f64 {
    let round = |_| {
        let (start, mut count) = (Instant::now(), 0.0);
        while start.elapsed().as_secs_f64() < SECONDS {
            work();
            count += 1.0;
        }
        start.elapsed().as_secs_f64() / count
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn matrix(rows: usize, columns: usize) -> Matrix {
    let mut rng = random::stream(0, "engine");
    Array2::from_shape_simple_fn((rows, columns), || rng.gen_range(-1.0_f32..1.0))
}

/// Fused multiplications and additions in as many registers as hide their latency: f32 operations
/// per second.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod peak {
    use std::arch::x86_64::{
        _mm256_fmadd_ps, _mm256_set1_ps, _mm256_storeu_ps, _mm512_fmadd_ps, _mm512_set1_ps,
        _mm512_storeu_ps,
    };

    const SUMS: usize = 12;
    const TURNS: usize = 100_000;

    #[target_feature(enable = "avx512f")]
    fn avx512() -> f32 {
        let (scale, more) = (_mm512_set1_ps(std::hint::black_box(0.999)), _mm512_set1_ps(1e-3));
        let mut sums = [more; SUMS];
        for _ in 0..TURNS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, scale, more);
            }
        }
        let mut last = [0.0; 16];
        // SAFETY: sixteen numbers are written to a place for sixteen.
        sums.iter().for_each(|sum| unsafe {
            _mm512_storeu_ps(last.as_mut_ptr(), std::hint::black_box(*sum))
        });
        last[0]
    }

    #[target_feature(enable = "avx2,fma")]
    fn avx2() -> f32 {
        let (scale, more) = (_mm256_set1_ps(std::hint::black_box(0.999)), _mm256_set1_ps(1e-3));
        let mut sums = [more; SUMS];
        for _ in 0..TURNS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, scale, more);
            }
        }
        let mut last = [0.0; 8];
        // SAFETY: eight numbers are written to a place for eight.
        sums.iter().for_each(|sum| unsafe {
            _mm256_storeu_ps(last.as_mut_ptr(), std::hint::black_box(*sum))
        });
        last[0]
    }

    /// Operations of one call and the call, if the processor has instructions we know.
    pub(super) fn operations_per_call() -> Option<(f64, fn() -> f32)> {
        let count = |lanes: usize| (2 * lanes * SUMS * TURNS) as f64;
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has just been asked for these instructions.
            return Some((count(16), || unsafe { avx512() }));
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: as above.
            return Some((count(8), || unsafe { avx2() }));
        }
        None
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod peak {
    pub(super) fn operations_per_call() -> Option<(f64, fn() -> f32)> {
        None
    }
}

/// f32 operations per second of one thread; NaN where it is not known how to reach it.
fn peak_rate() -> f64 {
    peak::operations_per_call().map_or(f64::NAN, |(operations, work)| {
        operations
            / seconds(|| {
                black_box(work());
            })
    })
}

fn products(task: &Task, peak: f64) {
    let examples = task.train();
    println!("\n{:34} {:>9}  {:>9}  {:>9}", "one batch, one thread", "µs", "GFLOP/s", "of peak");
    let line = |name: &str, operations: f64, seconds: f64| {
        let rate = operations / seconds;
        println!(
            "{name:34} {:9.1}  {:9.1}  {:8.0} %",
            1e6 * seconds,
            rate / 1e9,
            100.0 * rate / peak
        );
    };
    let mut rows: Vec<u32> = (0..examples.len() as u32).collect();
    rows.shuffle(&mut random::stream(0, "engine"));
    let batches: Vec<&[u32]> = rows.chunks_exact(BATCH).collect();
    let chosen: Vec<usize> = batches[0].iter().map(|row| *row as usize).collect();
    let x = examples.inputs.select(Axis(0), &chosen);
    for (inputs, outputs) in [(784, 100), (100, 10)] {
        let layer = Layer::dense(matrix(outputs, inputs), Activation::Identity);
        let below = if inputs == 784 { x.clone() } else { matrix(BATCH, inputs) };
        let (dy, mut a) = (matrix(BATCH, outputs), matrix(BATCH, outputs));
        let mut update = LayerUpdate { weights: Matrix::zeros((outputs, inputs)), bias: None };
        let operations = 2.0 * (BATCH * inputs * outputs) as f64;
        line(
            &format!("dense {BATCH}×{inputs} · {inputs}×{outputs}"),
            operations,
            seconds(|| layer.forward(black_box(below.view()), a.view_mut())),
        );
        line(
            &format!("dense {outputs}×{BATCH} · {BATCH}×{inputs}"),
            operations,
            seconds(|| layer.outer(black_box(below.view()), dy.view(), 1e-3, &mut update)),
        );
    }
    let columns = |rows: usize, columns: usize| {
        let mut laid_out = Matrix::zeros((rows, columns).f());
        laid_out.assign(&matrix(rows, columns));
        laid_out
    };
    let layer = Layer::dense(columns(100, 784), Activation::Identity);
    let mut update = LayerUpdate { weights: columns(100, 784), bias: None };
    let (dy, mut a) = (matrix(BATCH, 100), matrix(BATCH, 100));
    let operations = 2.0 * (BATCH * 784 * 100) as f64;
    let (mut room, mut turn) = (Scratch::default(), 0);
    let mut next = || {
        turn = (turn + 1) % batches.len();
        batches[turn]
    };
    line(
        "sparse 128×784 · 784×100 (as dense)",
        operations,
        seconds(|| layer.forward(Inputs::select(examples, next(), &mut room), a.view_mut())),
    );
    line(
        "sparse 100×128 · 128×784 (as dense)",
        operations,
        seconds(|| {
            layer.outer(Inputs::select(examples, next(), &mut room), dy.view(), 1e-3, &mut update)
        }),
    );
}

/// The least seconds of training over three turns.
fn train_for(experiment: &Experiment) -> f64 {
    let turn = |_| {
        let start = Instant::now();
        black_box(train(experiment).expect("a run"));
        start.elapsed().as_secs_f64()
    };
    (0..3).map(turn).fold(f64::INFINITY, f64::min)
}

/// `networks N THREADS RATE RULE`: trains N networks by one rule, backprop if none is named, at the
/// published design and prints seconds and accuracies as a line of JSON, for `benches/peers.py`.
fn networks(arguments: &[String]) {
    let number = |index: usize, usual: f64| {
        arguments.get(index).map_or(usual, |text| text.parse().expect("a number"))
    };
    let (count, threads, rate) = (number(0, 8.0) as u64, number(1, 2.0) as usize, number(2, 0.01));
    let design = Design::microlearners();
    let task = design.task(&Dataset::mnist().expect("MNIST")).expect("a task");
    let name = arguments.get(3).map_or("backprop", String::as_str);
    let rule = rules::named(name).expect("a rule");
    let experiments: Vec<Experiment> = (0..count)
        .map(|seed| design.experiment(&task, &rule, seed).learning_rate(rate))
        .map(|experiment| experiment.checkpoints(Checkpoints::Count(2)))
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    // As its peers have: what is made once for all networks is there before the clock starts.
    black_box(train(&experiments[0].clone().epochs(1)).expect("a run"));
    let start = Instant::now();
    let accuracy: Vec<f64> = pool.install(|| {
        experiments.par_iter().map(|each| train(each).expect("a run").test.accuracy).collect()
    });
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{{\"seconds\": {seconds:.4}, \"networks\": {count}, \"threads\": {threads}, \"accuracy\": {accuracy:?}}}"
    );
}

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|text| text != "--bench").collect();
    match arguments.split_first() {
        Some((command, rest)) if command == "networks" => networks(rest),
        Some((command, rest)) if command == "costs" => {
            let design = Design::microlearners();
            let task = design.task(&Dataset::mnist().expect("MNIST")).expect("a task");
            costs(&task, &design, rest.first());
        }
        _ => everything(),
    }
}

/// What an epoch costs under each rule beside one of backprop: predicted by its operations, and
/// measured in turns with backprop, for a shared machine is fast and slow by turns. With a path
/// also as a file, for notebook 11.
fn costs(task: &Task, design: &Design, path: Option<&String>) {
    let epoch = |rule: &Rule, looks| {
        design.experiment(task, rule, 0).epochs(1).checkpoints(Checkpoints::Count(looks))
    };
    let seconds = |experiment: &Experiment| {
        let start = Instant::now();
        black_box(train(experiment).expect("a run"));
        start.elapsed().as_secs_f64()
    };
    let reference = rules::named("backprop").expect("a rule");
    let counted = |rule: &Rule| operations(task, &train(&epoch(rule, 11)).expect("a run"));
    let of_backprop = counted(&reference);
    let mut file =
        String::from("rule,seconds_per_epoch,operations_per_example,predicted,measured\n");
    let heads = ["s per epoch", "op/example", "predicted", "measured", "of it"];
    print!("\n{:38}", "beside backprop");
    heads.iter().for_each(|head| print!(" {head:>11}"));
    println!();
    for rule in rules::all() {
        let name = rule.about().name;
        let (mut own, mut beside) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..5 {
            beside = beside.min(seconds(&epoch(&reference, 2)));
            own = own.min(seconds(&epoch(&rule, 2)));
        }
        let operations = counted(&rule);
        let (predicted, measured) = (operations / of_backprop, own / beside);
        let each = operations / BATCH as f64;
        println!(
            "{name:38} {own:11.3} {each:11.0} {predicted:11.2} {measured:11.2} {:11.2}",
            measured / predicted
        );
        file += &format!("{name},{own:.4},{each:.0},{predicted:.3},{measured:.3}\n");
    }
    println!();
    if let Some(path) = path {
        std::fs::write(path, file).expect("a file that can be written");
    }
}

/// The arithmetic of one step, counted: multiplications and additions, an exponential or a draw
/// from the normal distribution as twenty.
fn operations(task: &Task, trajectory: &Trajectory) -> f64 {
    const EXPONENTIAL: f64 = 20.0;
    const DRAW: f64 = 20.0;
    let inputs = &task.train().inputs;
    let background = inputs[(0, 0)];
    let entries = inputs.iter().filter(|x| **x != background).count() as f64
        / task.train().len() as f64
        * BATCH as f64;
    let (batch, below, hidden, out) = (BATCH as f64, 784.0, 100.0, 10.0);
    let lower = 2.0 * hidden * (entries + below + batch);
    let upper = 2.0 * batch * hidden * out;
    let read_out = batch * (hidden + out) * EXPONENTIAL;
    let weights = hidden * (below + out);
    let forward = lower + upper + read_out;
    let both = 2.0 * (lower + upper) + read_out + 4.0 * weights;
    let backward = upper + 3.0 * batch * hidden;
    match trajectory.experiment.rule.about().name.as_str() {
        "no_training" => forward,
        "hebbian" => both + 3.0 * weights,
        "contrastive_hebbian" => {
            let sweep = 2.0 * upper + read_out + 6.0 * batch * (hidden + out);
            let clamped = upper + batch * hidden * EXPONENTIAL + 2.0 * batch * hidden;
            both + sweeps(task, trajectory) * sweep + clamped + upper
        }
        "weight_perturbation" => 2.0 * forward + weights * (DRAW + 9.0),
        "node_perturbation" => {
            let units = batch * (hidden + out);
            both + upper + read_out + units * (DRAW + 6.0)
        }
        "weight_mirror" => both + backward + 2.0 * upper + batch * hidden * DRAW,
        "symmetric_alignment" => both + backward + 5.0 * hidden * out,
        "activation_alignment" => both + backward + 3.0 * upper + 5.0 * hidden * out,
        "information_alignment" => both + backward + 4.0 * upper + 5.0 * hidden * out,
        "predictive_coding" => {
            let steps = PredictiveCoding::default().steps as f64;
            both + steps * (2.0 * upper + read_out + 10.0 * batch * hidden)
        }
        "target_propagation" | "difference_target_propagation" => {
            // The output's state; what feedback makes of the target, of the state and of a noisy
            // state; noise, its response, and what feedback learns.
            let invert = upper + batch * hidden * EXPONENTIAL;
            let is_plain = trajectory.experiment.rule.about().name == "target_propagation";
            let inverses = if is_plain { 2.0 } else { 3.0 };
            both + 3.0 * upper + inverses * invert + batch * hidden * (DRAW + 15.0)
        }
        "direct_difference_target_propagation" => {
            both + backward + 4.0 * upper + batch * hidden * (DRAW + 5.0)
        }
        "equilibrium_propagation" => {
            let rule = EquilibriumPropagation::default();
            let sweep = 2.0 * upper + batch * (6.0 * hidden + EXPONENTIAL * out);
            both + (2.0 + 2.0 * rule.nudged_steps as f64) * sweep + 2.0 * upper
        }
        "forward_forward" => {
            // Two phases share the product of the input; each learns, and the output learns from a
            // third.
            3.0 * lower + 2.0 * upper + 3.0 * read_out + 20.0 * batch * hidden + 4.0 * weights
        }
        "backprop"
        | "feedback_alignment"
        | "kolen_pollack"
        | "direct_feedback_alignment"
        | "sign_symmetry" => both + backward,
        // Nobody has counted the operations of another rule.
        _ => f64::NAN,
    }
}

/// The mean number of sweeps in which contrastive Hebbian learning's free state settles, over the
/// checkpoints.
fn sweeps(task: &Task, trajectory: &Trajectory) -> f64 {
    let examples = task.train();
    let rows: Vec<u32> = (0..BATCH as u32).collect();
    let mut room = Scratch::default();
    let batch = Batch {
        inputs: Inputs::select(examples, &rows, &mut room),
        targets: examples.targets.slice(s![..BATCH, ..]),
    };
    let settles = |network: &Network, max_sweeps: usize| {
        let rule = ContrastiveHebbian { max_sweeps, ..ContrastiveHebbian::default() };
        let mut rng = random::stream(0, "bench");
        let mut updates = Updates::new(network);
        rule.start(network, &mut rng).propose(network, &batch, &mut updates, &mut rng).settled
    };
    let needed = |network: &Network| {
        (1..=100).find(|sweeps| settles(network, *sweeps)).expect("it settles") as f64
    };
    let snapshots = &trajectory.snapshots;
    snapshots.iter().map(|snapshot| needed(&snapshot.network)).sum::<f64>() / snapshots.len() as f64
}

fn everything() {
    let peak = peak_rate();
    println!("f32 multiply-add peak, one thread: {:.1} GFLOP/s", peak / 1e9);

    let (design, digits) = (Design::microlearners(), Dataset::mnist().expect("MNIST"));
    let task = design.task(&digits).expect("a task");
    products(&task, peak);

    let dense = 180_000.0 * 2.0 * (2.0 * 784.0 * 100.0 + 3.0 * 100.0 * 10.0);
    println!(
        "\none network by backprop: {:.1}·10⁹ operations, dense; {:.2} s at the peak",
        dense / 1e9,
        dense / peak
    );
    println!(
        "\n{:34} {:>9}  {:>9}  {:>9}",
        "seconds per network, one thread", "training", "21 looks", "observed"
    );
    for rule in rules::all() {
        let experiment = design.experiment(&task, &rule, 0);
        let bare = experiment.clone().checkpoints(Checkpoints::Count(2));
        let (plain, looked) = (train_for(&bare), train_for(&experiment));
        let trajectory = train(&experiment).expect("a run");
        let observed = seconds(|| {
            drop(black_box(observe(
                &trajectory,
                &Instrument::perfect(),
                &ObservableSet::default(),
            )));
        });
        println!("{:34} {plain:9.3}  {looked:9.3}  {observed:9.3}", rule.about().name);
    }
    costs(&task, &design, None);

    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let start = Instant::now();
        let networks = 24;
        let study = design.study(&digits, networks / 6).expect("a study");
        let records = pool.install(|| study.run().expect("records"));
        let each = start.elapsed().as_secs_f64() / networks as f64;
        println!(
            "study of {networks} networks, {threads} threads: {each:.3} s per network, {} rows",
            records.observations.height()
        );
    }
}
