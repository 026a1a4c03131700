//! From scores to probabilities that can be taken at their word.
//!
//! A forest's shares are no probabilities: of networks that it names with a share of 0.6 more or
//! fewer than 60 % may be right. One number, the *temperature* T, mends most of that: q ∝
//! exp(score/T), T the one under which the networks that a fold has not seen are most probable
//! (Guo, Pleiss, Sun & Weinberger 2017, arXiv 1706.04599).

use std::fmt;

use ndarray::{Array1, Array2, ArrayView1};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::classification::classifiers::first_largest;
use crate::display::{show_as_settings, show_as_text};
use crate::statistics::{Interval, wilson};

/// Bins of the reliability table, of equal width.
const BINS: usize = 10;

/// Temperatures that are tried: between these natural logarithms.
const LEAST_LOG: f64 = -4.0;
const MOST_LOG: f64 = 4.0;

/// Networks that were judged by classifiers that have not seen their initial weights.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    /// The class of each network.
    pub(super) labels: Vec<usize>,
    /// The fold that each was judged in.
    pub(super) folds: Vec<usize>,
    /// Networks × classes: mean logarithms of shares.
    pub(super) scores: Array2<f64>,
}

/// How far probabilities can be trusted, on known networks whose initial weights the classifier and
/// the temperature have not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The networks that were judged.
    pub networks: usize,
    /// The temperature that all of them give.
    pub temperature: f64,
    /// The share of them whose most probable class is the true one.
    pub accuracy: f64,
    /// The mean of Σ_k (q_k − y_k)² over networks, y the true class as 0s and a 1: 0 is perfect, 2
    /// the worst. Brier 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    pub brier: f64,
    /// The mean of −ln q of the true class.
    pub log_loss: f64,
    /// The mean over networks of |accuracy − confidence| of their bin, confidence the largest
    /// probability. Bins of few networks make it larger than it is.
    pub expected_calibration_error: f64,
    /// The bins that have networks, lowest confidence first.
    pub bins: Vec<ReliabilityBin>,
    /// The [`doubt`] of each network under that temperature, in ascending order.
    pub(super) doubts: Vec<f64>,
}

/// The networks that were identified with about one confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// How many there are.
    pub networks: usize,
    /// The mean of their largest probabilities.
    pub confidence: f64,
    /// The share of them that were identified correctly.
    pub accuracy: f64,
    /// Wilson's 95 % interval of that share.
    pub interval: Interval,
}

impl Reliability {
    /// Each fold's probabilities have the temperature of the other folds. Doubts all have one
    /// temperature, so that they can be compared with that of a network to come.
    pub(super) fn of(judged: &Judged) -> Self {
        let probabilities = cross_fitted(judged);
        let temperature = temperature(judged, |_| true);
        let truth = |row: usize| judged.labels[row];
        let n = judged.labels.len() as f64;
        let rows = || probabilities.rows().into_iter().enumerate();
        let brier = |(row, q): (usize, ArrayView1<'_, f64>)| {
            let of = |(k, q): (usize, &f64)| (q - f64::from(u8::from(k == truth(row)))).powi(2);
            q.iter().enumerate().map(of).sum::<f64>()
        };
        let outcomes: Vec<(f64, bool)> = rows()
            .map(|(row, q)| {
                let best = first_largest(q);
                (q[best], best == truth(row))
            })
            .collect();
        let mut doubts: Vec<f64> =
            judged.scores.rows().into_iter().map(|scores| doubt(scores, temperature)).collect();
        doubts.sort_by(f64::total_cmp);
        let bins = binned(&outcomes);
        let apart =
            |bin: &ReliabilityBin| (bin.accuracy - bin.confidence).abs() * bin.networks as f64 / n;
        Self {
            networks: judged.labels.len(),
            temperature,
            accuracy: outcomes.iter().filter(|(_, right)| *right).count() as f64 / n,
            brier: rows().map(brier).sum::<f64>() / n,
            log_loss: rows().map(|(row, q)| -q[truth(row)].ln()).sum::<f64>() / n,
            expected_calibration_error: bins.iter().map(apart).sum(),
            bins,
            doubts,
        }
    }

    /// The share of known networks that were identified with at least as much doubt: (1 + those) / (1 +
    /// all), which is at most α for a known one with probability α (Vovk, Gammerman & Shafer 2005,
    /// doi 10.1007/b106715).
    pub(super) fn p_value(&self, scores: ArrayView1<'_, f64>) -> f64 {
        let doubt = doubt(scores, self.temperature);
        let less = self.doubts.partition_point(|known| *known < doubt);
        (1 + self.doubts.len() - less) as f64 / (1 + self.doubts.len()) as f64
    }

    /// The reliability table: a row per bin, with `confidence`, `accuracy`, `low`, `high` and
    /// `networks`.
    ///
    /// # Errors
    /// None that a calibration can cause.
    pub fn table(&self) -> Result<DataFrame> {
        let bins = &self.bins;
        let column = |name: &str, of: fn(&ReliabilityBin) -> f64| {
            Column::new(name.into(), bins.iter().map(of).collect::<Vec<f64>>())
        };
        let networks: Vec<u32> = bins.iter().map(|bin| bin.networks as u32).collect();
        let columns = vec![
            column("confidence", |bin| bin.confidence),
            column("accuracy", |bin| bin.accuracy),
            column("low", |bin| bin.interval.low),
            column("high", |bin| bin.interval.high),
            Column::new("networks".into(), networks),
        ];
        Ok(DataFrame::new(bins.len(), columns)?)
    }
}

/// softmax(score/T).
pub(super) fn probabilities(scores: ArrayView1<'_, f64>, temperature: f64) -> Array1<f64> {
    let largest = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let weights = scores.mapv(|score| ((score - largest) / temperature).exp());
    let sum = weights.sum();
    weights / sum
}

/// The logarithm of the odds against the most probable class. It distinguishes networks whose largest
/// probabilities are both 1 in floating point.
fn doubt(scores: ArrayView1<'_, f64>, temperature: f64) -> f64 {
    let best = first_largest(scores);
    let others = scores.iter().enumerate().filter(|&(class, _)| class != best);
    let lost = others.map(|(_, score)| (score - scores[best]) / temperature);
    let lost: Vec<f64> = lost.collect();
    let largest = lost.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    largest + lost.iter().map(|log| (log - largest).exp()).sum::<f64>().ln()
}

/// The probabilities of all judged networks, each under the temperature of the other folds.
pub(super) fn cross_fitted(judged: &Judged) -> Array2<f64> {
    let folds = judged.folds.iter().max().map_or(0, |last| last + 1);
    let temperatures: Vec<f64> =
        (0..folds).map(|fold| temperature(judged, |row| judged.folds[row] != fold)).collect();
    let mut all = judged.scores.clone();
    for (row, mut scores) in all.rows_mut().into_iter().enumerate() {
        let own = probabilities(scores.view(), temperatures[judged.folds[row]]);
        scores.assign(&own);
    }
    all
}

/// The temperature under which the chosen networks' classes, and those of one more network that may
/// be of any, are most probable, by the golden section: the logarithm of the likelihood has one top
/// in 1/T. Without that network the top is at T = 0 where all are identified correctly, and every name would
/// be certain.
fn temperature(judged: &Judged, chosen: impl Fn(usize) -> bool) -> f64 {
    let rows: Vec<usize> = (0..judged.labels.len()).filter(|&row| chosen(row)).collect();
    let n = rows.len() as f64;
    let loss = |log: f64| -> f64 {
        let of = |&row: &usize| {
            let q = probabilities(judged.scores.row(row), log.exp());
            let surprise = q.mapv(|q| -q.max(f64::MIN_POSITIVE).ln());
            surprise[judged.labels[row]] + surprise.mean().unwrap_or_default() / n
        };
        rows.iter().map(of).sum()
    };
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (LEAST_LOG, MOST_LOG);
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut of_left, mut of_right) = (loss(left), loss(right));
    while high - low > 1e-4 {
        if of_left < of_right {
            (high, right, of_right) = (right, left, of_left);
            left = high - golden * (high - low);
            of_left = loss(left);
        } else {
            (low, left, of_left) = (left, right, of_right);
            right = low + golden * (high - low);
            of_right = loss(right);
        }
    }
    f64::midpoint(low, high).exp()
}

fn binned(outcomes: &[(f64, bool)]) -> Vec<ReliabilityBin> {
    let bin_of = |confidence: f64| ((confidence * BINS as f64) as usize).min(BINS - 1);
    let bin = |bin: usize| {
        let own: Vec<&(f64, bool)> =
            outcomes.iter().filter(|(confidence, _)| bin_of(*confidence) == bin).collect();
        let right = own.iter().filter(|(_, right)| *right).count();
        let n = own.len();
        (n > 0).then(|| ReliabilityBin {
            networks: n,
            confidence: own.iter().map(|(confidence, _)| confidence).sum::<f64>() / n as f64,
            accuracy: right as f64 / n as f64,
            interval: wilson(right as u64, n as u64),
        })
    };
    (0..BINS).filter_map(bin).collect()
}

impl fmt::Display for Reliability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "judged on {} known networks of initial weights not seen", self.networks)?;
        writeln!(f, "accuracy {:.3}", self.accuracy)?;
        write!(
            f,
            "expected calibration error {:.3}, Brier score {:.3}, log loss {:.3}",
            self.expected_calibration_error, self.brier, self.log_loss
        )
    }
}

show_as_text!(Reliability);
show_as_settings!(ReliabilityBin);

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores whose softmax at temperature 1 is right: class 0 with probability p, and so often it
    /// is.
    fn judged(sharpened: f64) -> Judged {
        let (mut labels, mut folds, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        for (cell, p) in [0.55_f64, 0.7, 0.9].into_iter().enumerate() {
            for network in 0..200 {
                labels.push(usize::from(network >= (200.0 * p).round() as usize));
                folds.push((network + cell) % 5);
                scores.extend([f64::ln(p) * sharpened, f64::ln(1.0 - p) * sharpened]);
            }
        }
        let scores = Array2::from_shape_vec((labels.len(), 2), scores).unwrap();
        Judged { labels, folds, scores }
    }

    #[test]
    fn the_temperature_undoes_what_sharpens_scores() {
        for sharpened in [0.2, 1.0, 5.0] {
            let reliability = Reliability::of(&judged(sharpened));
            // One network of any class among 600.
            assert!((reliability.temperature / sharpened - 1.0).abs() < 0.01, "{reliability:?}");
            assert!(reliability.expected_calibration_error < 0.01, "{reliability}");
        }
    }

    #[test]
    fn the_p_value_of_a_known_network_is_uniform() {
        let reliability = Reliability::of(&judged(1.0));
        let p = |q: f64| reliability.p_value(ndarray::aview1(&[q.ln(), (1.0 - q).ln()]));
        assert!((p(0.9999) - 1.0).abs() < 1e-12);
        assert!((p(0.5) - 1.0 / 601.0).abs() < 1e-12);
        assert!((p(0.8) - 401.0 / 601.0).abs() < 1e-9, "{}", p(0.8));
    }

    /// Every network is identified correctly, and how clearly differs.
    #[test]
    fn networks_that_are_named_without_error_still_differ_in_doubt() {
        let scores =
            Array2::from_shape_fn(
                (200, 2),
                |(n, class)| {
                    if n % 2 == class { 0.0 } else { -20.0 - n as f64 }
                },
            );
        let labels = (0..200).map(|n| n % 2).collect();
        let found =
            Reliability::of(&Judged { labels, folds: (0..200).map(|n| n / 40).collect(), scores });
        let refused = found.doubts.iter().filter(|&&doubt| {
            found.p_value(ndarray::aview1(&[0.0, doubt * found.temperature])) <= 0.05
        });
        assert_eq!(refused.count(), 9, "{found:?}");
        assert!(found.temperature > 0.1, "{found:?}");
    }

    #[test]
    fn scores_of_the_table_are_those_of_the_bins() {
        let reliability = Reliability::of(&judged(1.0));
        assert_eq!(reliability.table().unwrap().height(), reliability.bins.len());
        assert!((reliability.accuracy - (0.55 + 0.7 + 0.9) / 3.0).abs() < 1e-9);
        let brier: f64 = [0.55, 0.7, 0.9].iter().map(|p: &f64| 2.0 * p * (1.0 - p)).sum();
        assert!((reliability.brier - brier / 3.0).abs() < 1e-3, "{reliability}");
    }
}
