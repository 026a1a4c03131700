//! The selectivity of one unit for one class.

use crate::display::show_as_settings;
use crate::statistics::ranks;

/// How a unit tells its preferred class from the others. With the preferred class read from other
/// stimuli, all but η² may fall on the wrong side of chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitSelectivity {
    /// The label of the class of largest mean activity.
    pub preferred: usize,
    /// The class selectivity index (μ − μ′) / (μ + μ′) of Morcos et al. 2018, arXiv 1803.06959,
    /// with μ the mean activity at the preferred class and μ′ the mean of the other classes' means.
    /// None if an activity is negative or both are 0.
    pub index_of_classes: Option<f64>,
    /// The same with μ′ the mean over all stimuli of the other classes; it differs where classes
    /// have different numbers of stimuli.
    pub index_of_stimuli: Option<f64>,
    /// d′ = (μ₁ − μ₀) / √((σ₁² + σ₀²) / 2) of the preferred class and the stimuli of all others,
    /// with variances of n − 1. None if either has one stimulus, or both have no variance.
    pub d_prime: Option<f64>,
    /// The area under the receiver operating characteristic: the probability that a stimulus of the
    /// preferred class evokes more activity than another one, ties counting half.
    pub auc: f64,
    /// η² of a one-way analysis of variance: the share of the activity's variance over all stimuli
    /// that lies between classes. Without any selectivity its mean is (classes − 1) / (stimuli −
    /// 1). None if the unit never changes.
    pub eta_squared: Option<f64>,
}

show_as_settings!(UnitSelectivity);

/// What a unit answered, and the place of the class of each stimulus.
#[derive(Debug, Clone)]
pub(super) struct Responses {
    pub(super) activities: Vec<f64>,
    pub(super) places: Vec<usize>,
    pub(super) classes: usize,
}

impl Responses {
    /// The mean activity at each class, every one of which has stimuli.
    pub(super) fn class_means(&self) -> Vec<f64> {
        let (mut sums, mut counts) = (vec![0.0; self.classes], vec![0.0; self.classes]);
        for (activity, &place) in self.activities.iter().zip(&self.places) {
            sums[place] += activity;
            counts[place] += 1.0;
        }
        sums.iter().zip(&counts).map(|(sum, count)| sum / count).collect()
    }

    /// The selectivity for the class at `place` of `labels`.
    pub(super) fn for_class(&self, place: usize, labels: &[usize]) -> UnitSelectivity {
        let means = self.class_means();
        let (inside, outside) = self.divided(place);
        let others = (means.iter().sum::<f64>() - means[place]) / (self.classes as f64 - 1.0);
        let is_signed = self.activities.iter().any(|&activity| activity < 0.0);
        let index = |other: f64| {
            let sum = means[place] + other;
            (sum > 0.0 && !is_signed).then(|| (means[place] - other) / sum)
        };
        UnitSelectivity {
            preferred: labels[place],
            index_of_classes: index(others),
            index_of_stimuli: index(mean(&outside)),
            d_prime: d_prime(&inside, &outside),
            auc: self.auc(place, inside.len()),
            eta_squared: self.eta_squared(),
        }
    }

    /// The activities at the class and at all others.
    fn divided(&self, place: usize) -> (Vec<f64>, Vec<f64>) {
        let both = self.activities.iter().zip(&self.places);
        let (inside, outside): (Vec<_>, Vec<_>) = both.partition(|(_, class)| **class == place);
        let activities = |pairs: Vec<(&f64, &usize)>| pairs.iter().map(|(r, _)| **r).collect();
        (activities(inside), activities(outside))
    }

    fn auc(&self, place: usize, inside: usize) -> f64 {
        let ranks = ranks(&self.activities);
        let mine = ranks.iter().zip(&self.places).filter(|(_, class)| **class == place);
        let sum: f64 = mine.map(|(rank, _)| rank).sum();
        let (n, m) = (inside as f64, (self.places.len() - inside) as f64);
        (sum - n * (n + 1.0) / 2.0) / (n * m)
    }

    pub(super) fn eta_squared(&self) -> Option<f64> {
        if !varies(&self.activities) {
            return None;
        }
        let (means, grand) = (self.class_means(), mean(&self.activities));
        let between: f64 = self.places.iter().map(|&place| (means[place] - grand).powi(2)).sum();
        let total: f64 = self.activities.iter().map(|r| (r - grand).powi(2)).sum();
        Some((between / total).min(1.0))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Whether numbers differ by more than rounding.
fn varies(values: &[f64]) -> bool {
    let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    values.iter().any(|value| (value - values[0]).abs() > 1e-13 * largest)
}

fn d_prime(inside: &[f64], outside: &[f64]) -> Option<f64> {
    let has_variance = varies(inside) || varies(outside);
    if inside.len() < 2 || outside.len() < 2 || !has_variance {
        return None;
    }
    let moments = |values: &[f64]| {
        let mean = mean(values);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, squares / (values.len() as f64 - 1.0))
    };
    let ((one, of_one), (other, of_other)) = (moments(inside), moments(outside));
    Some((one - other) / ((of_one + of_other) / 2.0).sqrt())
}
