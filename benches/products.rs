//! The products that training a 784-100-10 network in batches of 128 consists of: the library's own
//! beside ndarray's, in turn.
//!
//! `cargo bench --bench products`, built as notebooks load the library. Rates are the best of
//! several rounds, in one thread; a product counts two operations per multiplication.

use std::hint::black_box;
use std::time::Instant;

use microlearners::network::{Activation, Layer, LayerUpdate, Matrix};
use microlearners::random;
use ndarray::Array2;
use rand::Rng;

const BATCH: usize = 128;
const ROUNDS: usize = 9;
/// Long enough for the clock, short enough for a pair to meet the same machine.
const SECONDS: f64 = 0.05;

fn matrix(rows: usize, columns: usize) -> Matrix {
    let mut rng = random::stream(0, "products");
    Array2::from_shape_simple_fn((rows, columns), || rng.gen_range(-1.0_f32..1.0))
}

/// Operations per second of `product`, which makes `operations` of them, in one round.
fn rate(operations: f64, product: &mut dyn FnMut()) -> f64 {
    let (start, mut count) = (Instant::now(), 0.0);
    while start.elapsed().as_secs_f64() < SECONDS {
        product();
        count += 1.0;
    }
    count * operations / start.elapsed().as_secs_f64()
}

/// The best rates of both over alternating rounds, in 10⁹ operations per second.
fn compare(name: &str, operations: f64, ours: &mut dyn FnMut(), theirs: &mut dyn FnMut()) {
    let (mut a, mut b) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        a = a.max(rate(operations, ours));
        b = b.max(rate(operations, theirs));
    }
    let [ours, theirs] = [a, b].map(|rate| rate / 1e9);
    println!("{name:30} {ours:6.1}  {theirs:7.1}  {:5.2}", ours / theirs);
}

fn main() {
    println!("{:30} {:>6}  {:>7}  {:>5}", "GFLOP/s, one thread", "ours", "ndarray", "ratio");
    for (inputs, outputs) in [(784, 100), (100, 10)] {
        let weights = matrix(outputs, inputs);
        let layer = Layer::dense(weights, Activation::Identity);
        let (x, dy) = (matrix(BATCH, inputs), matrix(BATCH, outputs));
        let operations = 2.0 * (BATCH * inputs * outputs) as f64;
        let mut a = matrix(BATCH, outputs);
        let mut b = a.clone();
        compare(
            &format!("{BATCH}×{inputs} · {inputs}×{outputs}"),
            operations,
            &mut || layer.forward(black_box(x.view()), a.view_mut()),
            &mut || {
                let (x, w) = (black_box(&x), layer.weights.t());
                ndarray::linalg::general_mat_mul(1.0, x, &w, 0.0, &mut b);
            },
        );
        let mut update = LayerUpdate { weights: Matrix::zeros((outputs, inputs)), bias: None };
        let mut other = update.weights.clone();
        compare(
            &format!("{outputs}×{BATCH} · {BATCH}×{inputs}"),
            operations,
            &mut || layer.outer(black_box(x.view()), dy.view(), 1e-3, &mut update),
            &mut || {
                let (dy, x) = (black_box(dy.t()), &x);
                ndarray::linalg::general_mat_mul(1e-3, &dy, x, 1.0, &mut other);
            },
        );
    }
}
