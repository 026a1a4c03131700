//! What is recorded of one network from session to session, and the table of it.

use polars::prelude::{Column, DataFrame};
use rand_distr::{Distribution, StandardNormal};

use super::network_experiment::NetworkExperiment;
use crate::Result;
use crate::observables::columns::nullable;
use crate::observables::own_column;
use crate::random::Rng;
use crate::statistics::{mean, pearson};

/// Of the measured weights, and of their changes since the session before with the rates of the
/// input and the neuron, their product and the weight before: numbers and correlations.
const WEIGHTS: [&str; 9] = [
    "weights_mean",
    "weights_sd",
    "weights_change_mean",
    "weights_change_sd",
    "weights_change_with_pre",
    "weights_change_with_post",
    "weights_change_with_both",
    "weights_change_with_weight",
    "weights_change_with_last",
];

/// Of the neurons' rates between two sessions, in Hz.
const ACTIVITY: [&str; 3] = ["activity_mean_hz", "activity_sd_hz", "activity_with_last"];

impl NetworkExperiment {
    /// What is recorded of weights: their mean and standard deviation over synapses; those of their
    /// changes since the session before; and the correlation over synapses of these changes with the
    /// rate of the input, the rate of the neuron, the product of both, the weight before, and the
    /// change before.
    pub fn weight_names() -> Vec<String> {
        WEIGHTS.map(String::from).to_vec()
    }

    /// What is recorded of activity: the mean and the standard deviation over neurons of their rates
    /// since the session before, in Hz, and the correlation with those before.
    pub fn activity_names() -> Vec<String> {
        ACTIVITY.map(String::from).to_vec()
    }
}

/// The sessions of one network.
pub(super) struct Sessions {
    /// The input and the neuron of each observed synapse.
    synapses: Vec<(usize, usize)>,
    weight_noise: f64,
    noise: Rng,
    pub(super) amplitude: f64,
    weights: Vec<f64>,
    changes: Vec<f64>,
    rates: Vec<f64>,
    counts: [Vec<u64>; 2],
    elapsed_ms: f64,
    /// Time, then a number for each name.
    rows: Vec<(f64, Vec<f64>)>,
}

impl Sessions {
    pub(super) fn new(synapses: Vec<(usize, usize)>, weight_noise: f64, noise: Rng) -> Self {
        Self {
            synapses,
            weight_noise,
            noise,
            amplitude: 1.0,
            weights: Vec::new(),
            changes: Vec::new(),
            rates: Vec::new(),
            counts: [Vec::new(), Vec::new()],
            elapsed_ms: 0.0,
            rows: Vec::new(),
        }
    }

    /// The weights before any change.
    pub(super) fn begin(&mut self, weights: &[f64]) {
        self.weights = self.measured(weights);
    }

    /// The weights after so much more time, and how often inputs and neurons have fired so far.
    pub(super) fn add(&mut self, weights: &[f64], counts: [Vec<u64>; 2], elapsed_ms: f64) {
        let weights = self.measured(weights);
        let [pre, post] = [0, 1].map(|side: usize| {
            let before = &self.counts[side];
            let since = |(at, &count): (usize, &u64)| {
                (count - before.get(at).copied().unwrap_or(0)) as f64 * 1000.0 / elapsed_ms
            };
            counts[side].iter().enumerate().map(since).collect::<Vec<f64>>()
        });
        let changes: Vec<f64> = weights.iter().zip(&self.weights).map(|(a, b)| a - b).collect();
        let of = |value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            self.synapses.iter().map(|&(input, neuron)| value(input, neuron)).collect()
        };
        let with = |other: &[f64]| correlation(&changes, other);
        let numbers = vec![
            mean(&weights),
            deviation(&weights),
            mean(&changes),
            deviation(&changes),
            with(&of(&|input, _| pre[input])),
            with(&of(&|_, neuron| post[neuron])),
            with(&of(&|input, neuron| pre[input] * post[neuron])),
            with(&self.weights),
            with(&self.changes),
            mean(&post),
            deviation(&post),
            correlation(&post, &self.rates),
        ];
        self.elapsed_ms += elapsed_ms;
        self.rows.push((self.elapsed_ms, numbers));
        (self.weights, self.changes, self.rates, self.counts) = (weights, changes, post, counts);
    }

    fn measured(&mut self, weights: &[f64]) -> Vec<f64> {
        let mut seen = |weight: &f64| -> f64 {
            let normal: f64 = StandardNormal.sample(&mut self.noise);
            weight + self.weight_noise * normal
        };
        weights.iter().map(&mut seen).collect()
    }
}

fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

/// Not a number if a side does not vary, or there was none.
fn correlation(first: &[f64], second: &[f64]) -> f64 {
    let are_pairs = first.len() == second.len();
    are_pairs.then(|| pearson(first, second)).flatten().unwrap_or(f64::NAN)
}

/// A row for each session of each network; rule, family and number of each network.
pub(super) fn table(names: &[(&str, &str, usize)], recorded: &[Sessions]) -> Result<DataFrame> {
    let rows: Vec<(usize, usize)> = recorded
        .iter()
        .enumerate()
        .flat_map(|(run, one)| (0..one.rows.len()).map(move |session| (run, session)))
        .collect();
    let whole = |name: &str, of: &dyn Fn(usize, usize) -> u64| {
        let values: Vec<u64> = rows.iter().map(|&(run, session)| of(run, session)).collect();
        Column::new(name.into(), values)
    };
    let texts = |name: &str, of: &dyn Fn(usize) -> String| {
        Column::new(name.into(), rows.iter().map(|&(run, _)| of(run)).collect::<Vec<String>>())
    };
    let steps = |run: usize, session: usize| recorded[run].rows[session].0.round() as u64;
    let amplitudes: Vec<f64> = rows.iter().map(|&(run, _)| recorded[run].amplitude).collect();
    let mut columns = vec![
        whole("run", &|run, _| run as u64),
        texts("rule", &|run| names[run].0.into()),
        texts("family", &|run| names[run].1.into()),
        whole("model_seed", &|run, _| names[run].2 as u64),
        whole("checkpoint", &|_, session| session as u64),
        whole("step", &steps),
        whole("layer", &|_, _| 1),
        texts("depth", &|_| "early".into()),
        Column::new("privileged_amplitude".into(), amplitudes),
    ];
    let all: Vec<&str> = WEIGHTS.into_iter().chain(ACTIVITY).collect();
    for (place, name) in all.iter().enumerate() {
        let values = rows.iter().map(|&(run, session)| recorded[run].rows[session].1[place]);
        columns.push(nullable(name, values));
    }
    let own: Vec<String> = all.into_iter().map(String::from).collect();
    columns.extend(own_column(&own, rows.len()));
    Ok(DataFrame::new(rows.len(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn numbers_are_those_of_the_definitions() {
        let noise = random::stream(0, "test");
        let synapses = vec![(0, 0), (1, 0), (2, 1)];
        let mut sessions = Sessions::new(synapses, 0.0, noise);
        sessions.begin(&[0.1, 0.2, 0.3]);
        sessions.add(&[0.2, 0.4, 0.6], [vec![1, 2, 3], vec![4, 8]], 1000.0);
        sessions.add(&[0.3, 0.5, 0.7], [vec![2, 3, 5], vec![10, 12]], 500.0);
        let (time, first) = &sessions.rows[0];
        assert_eq!(*time, 1000.0);
        assert!((first[0] - 0.4).abs() < 1e-12 && (first[2] - 0.2).abs() < 1e-12);
        // Changes of 0.1, 0.2 and 0.3 at rates of 1, 2 and 3 Hz.
        assert!((first[4] - 1.0).abs() < 1e-9 && (first[7] - 1.0).abs() < 1e-9);
        assert!(first[8].is_nan() && first[11].is_nan());
        let (time, second) = &sessions.rows[1];
        // 6 and 4 spikes in half a second.
        assert!(*time == 1500.0 && second[9] == 10.0 && second[10] == 2.0);
        assert_eq!(second[11], -1.0);
    }

    #[test]
    fn correlations_without_spread_are_none() {
        assert!(correlation(&[1.0, 1.0], &[0.0, 1.0]).is_nan());
        assert!(correlation(&[1.0], &[]).is_nan());
        assert_eq!(correlation(&[0.0, 1.0, 2.0], &[3.0, 2.0, 1.0]), -1.0);
    }
}
