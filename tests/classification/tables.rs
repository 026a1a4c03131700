//! Tables that tests/scikit/tables.py computes too, bit for bit, and small observed ones.

use microlearners::classification::Samples;
use microlearners::ndarray::Array2;
use microlearners::polars::prelude::{Column, DataFrame};

pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) classes: usize,
    pub(crate) strength: f64,
}

pub(crate) const SMALL: Shape = Shape { rows: 144, columns: 21, classes: 4, strength: 1.5 };
pub(crate) const MEDIUM: Shape = Shape { rows: 1000, columns: 507, classes: 4, strength: 0.5 };

/// Number `index` of a stream in [0, 1), by splitmix64.
pub(crate) fn uniform(stream: u64, index: u64) -> f64 {
    let z = ((stream << 32) + index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The whole table; every sample is its own network.
pub(crate) fn table(shape: &Shape) -> Samples {
    let &Shape { rows, columns, classes, strength } = shape;
    let value = |(row, column): (usize, usize)| {
        let place = (row * columns + column) as u64;
        let noise: f64 = (1..5).map(|stream| uniform(stream, place)).sum::<f64>() - 2.0;
        let class = row % classes;
        match column % 3 {
            0 => noise + strength * (uniform(9, (class * columns + column) as u64) - 0.5),
            _ => noise,
        }
    };
    Samples::new(
        Array2::from_shape_fn((rows, columns), value),
        (0..columns).map(|column| format!("feature{column}")).collect(),
        (0..rows).map(|row| row % classes).collect(),
        (0..classes).map(|class| format!("class {class}")).collect(),
        (0..rows as u64).collect(),
    )
    .unwrap()
}

/// The first three quarters to learn from, the last quarter to judge.
pub(crate) fn halves(shape: &Shape) -> (Samples, Samples) {
    let samples = table(shape);
    let cut = shape.rows * 3 / 4;
    let (train, test): (Vec<usize>, Vec<usize>) = (0..shape.rows).partition(|&row| row < cut);
    (samples.select(&train), samples.select(&test))
}

/// An observed table: `networks` of each of three rules, 3 layers, checkpoints 0, 5 and 9; before
/// learning nothing differs by rule, later `weightraw_norm` does, ever more.
pub(crate) fn observed(networks: usize) -> DataFrame {
    let rules = ["backprop", "hebbian", "oja"];
    let mut columns = Observed::default();
    for run in 0..rules.len() * networks {
        for (checkpoint, strength) in [(0, 0.0), (5, 0.8), (9, 1.6)] {
            for (layer, depth) in [(1, "early"), (2, "middle"), (3, "deep")] {
                let shift = strength * (run % rules.len()) as f64;
                columns.push(run, rules[run % rules.len()], checkpoint, (layer, depth), shift);
            }
        }
    }
    columns.table()
}

#[derive(Default)]
struct Observed {
    run: Vec<u32>,
    rule: Vec<&'static str>,
    optimizer: Vec<&'static str>,
    checkpoint: Vec<u32>,
    layer: Vec<u32>,
    depth: Vec<&'static str>,
    norm: Vec<f64>,
    mean: Vec<f64>,
}

impl Observed {
    fn push(
        &mut self,
        run: usize,
        rule: &'static str,
        checkpoint: u32,
        (layer, depth): (u32, &'static str),
        shift: f64,
    ) {
        let place = self.run.len() as u64;
        self.run.push(run as u32);
        self.rule.push(rule);
        self.optimizer.push(if run.is_multiple_of(2) { "sgd" } else { "adam" });
        self.checkpoint.push(checkpoint);
        self.layer.push(layer);
        self.depth.push(depth);
        self.norm.push(uniform(20, place) + shift);
        self.mean.push(uniform(21, place));
    }

    fn table(self) -> DataFrame {
        let rows = self.run.len();
        let rank: Vec<f64> = self.rule.iter().map(|rule| rule.len() as f64).collect();
        let columns = vec![
            Column::new("run".into(), self.run),
            Column::new("rule".into(), self.rule),
            Column::new("optimizer".into(), self.optimizer),
            Column::new("checkpoint".into(), self.checkpoint),
            Column::new("layer".into(), self.layer),
            Column::new("depth".into(), self.depth),
            Column::new("accuracy".into(), rank.clone()),
            Column::new("privileged_angle".into(), rank),
            Column::new("weightraw_norm".into(), self.norm),
            Column::new("actraw_mean".into(), self.mean),
        ];
        DataFrame::new(rows, columns).unwrap()
    }
}
