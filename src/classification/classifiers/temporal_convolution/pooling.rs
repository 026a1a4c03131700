//! Summaries over the positions of filters, after the nonlinearity.

use serde::{Deserialize, Serialize};

use crate::display::show_as_settings;
use crate::network::Matrix;

/// What is kept of the positions that a filter was moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimePooling {
    /// Every position by itself: the classifier knows when something happened. The default.
    #[default]
    None,
    /// The mean over positions.
    Mean,
    /// The largest value over positions: the classifier knows that something happened, and not when.
    Max,
}

show_as_settings!(TimePooling);

/// Pooling of `positions` × `filters` numbers a sample in windows of `size` positions that do not
/// overlap. Positions left over at the end belong to no window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    pub(super) kind: TimePooling,
    pub(super) size: usize,
    pub(super) positions: usize,
    pub(super) filters: usize,
}

impl Windows {
    /// How many windows there are.
    fn count(&self) -> usize {
        self.positions / self.size
    }

    /// How many numbers are left of a sample.
    pub(super) fn outputs(&self) -> usize {
        self.count() * self.filters
    }

    /// n × (positions · filters) numbers to n × (windows · filters).
    pub(super) fn pool(&self, units: &Matrix) -> Matrix {
        if self.kind == TimePooling::None {
            return units.clone();
        }
        let mut pooled = Matrix::zeros((units.nrows(), self.outputs()));
        for ((sample, unit), to) in pooled.indexed_iter_mut() {
            let all = self.members(unit).map(|place| units[[sample, place]]);
            *to = match self.kind {
                TimePooling::Max => all.fold(f32::NEG_INFINITY, larger),
                _ => all.sum::<f32>() / self.size as f32,
            };
        }
        pooled
    }

    /// Errors of the pooled numbers, back to where these came from: the first of the largest, or all
    /// in equal parts; n × (positions · filters).
    pub(super) fn spread(&self, pooled: &Matrix, units: &Matrix) -> Matrix {
        if self.kind == TimePooling::None {
            return pooled.clone();
        }
        let mut errors = Matrix::zeros(units.dim());
        for ((sample, unit), &error) in pooled.indexed_iter() {
            match self.kind {
                TimePooling::Max => {
                    let first = self.members(unit).next().unwrap_or_default();
                    let winner = self.members(unit).fold(first, |best, place| {
                        if units[[sample, place]] > units[[sample, best]] { place } else { best }
                    });
                    errors[[sample, winner]] = error;
                }
                _ => {
                    let share = error / self.size as f32;
                    self.members(unit).for_each(|place| errors[[sample, place]] = share);
                }
            }
        }
        errors
    }

    /// The places of the numbers that a pooled one summarises.
    fn members(&self, unit: usize) -> impl Iterator<Item = usize> + '_ {
        let (window, filter) = (unit / self.filters, unit % self.filters);
        (0..self.size).map(move |step| (window * self.size + step) * self.filters + filter)
    }
}

/// Not `max`, which would hide the NaN of a network that diverged.
fn larger(best: f32, other: f32) -> f32 {
    if other > best || other.is_nan() { other } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn windows(kind: TimePooling) -> Windows {
        Windows { kind, size: 2, positions: 5, filters: 2 }
    }

    /// Five positions of two filters; the last one is left over.
    fn units() -> Matrix {
        array![[1.0, 8.0, 3.0, 8.0, 5.0, 2.0, 4.0, 6.0, 9.0, 9.0]]
    }

    #[test]
    fn windows_by_hand() {
        let max = windows(TimePooling::Max);
        assert_eq!(max.pool(&units()), array![[3.0_f32, 8.0, 5.0, 6.0]]);
        let mean = windows(TimePooling::Mean);
        assert_eq!(mean.pool(&units()), array![[2.0_f32, 8.0, 4.5, 4.0]]);
        let none = Windows { size: 1, ..windows(TimePooling::None) };
        assert_eq!((none.pool(&units()), none.outputs()), (units(), 10));
    }

    #[test]
    fn errors_go_back_to_the_first_of_the_largest_or_to_all() {
        let errors = array![[1.0_f32, 2.0, 3.0, 4.0]];
        let back = |kind| windows(kind).spread(&errors, &units());
        let expected = array![[0.0_f32, 2.0, 1.0, 0.0, 3.0, 0.0, 0.0, 4.0, 0.0, 0.0]];
        assert_eq!(back(TimePooling::Max), expected);
        let expected = array![[0.5_f32, 1.0, 0.5, 1.0, 1.5, 2.0, 1.5, 2.0, 0.0, 0.0]];
        assert_eq!(back(TimePooling::Mean), expected);
    }
}
