//! How much of the recorded changes is the instrument's noise.
//!
//! Two synapses of a unit whose inputs are the same in every batch, such as those of two pixels in a
//! corner, change alike under every rule here but weight perturbation, apart from decay. By how much
//! they differ on record is noise.

use std::collections::HashMap;

use ndarray::{Array2, Axis};

use super::descent::Descent;
use super::double::Double;

/// Fewer inputs tell nothing.
const FEWEST: usize = 5;

/// Of a Gaussian, its standard deviation over the median of its size.
const GAUSSIAN: f64 = 1.4826;

/// What rounding to 24 bits leaves is no noise.
const ROUNDING: f64 = 1e-10;

/// The noise on recorded changes of the lowest layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ChangeNoise {
    /// Its share of the square of the changes, 0 to 1; 0 if no inputs are the same.
    pub(super) share: f64,
    /// Its standard deviation in a synapse, in one step.
    pub(super) deviation: f64,
}

impl ChangeNoise {
    /// This of changes as they were recorded, or that without momentum and decay, whichever is less:
    /// synapses decay each in proportion to its own weight, and what looks like decay may be none.
    pub(super) fn or_less(self, moments: &[Vec<Descent<'_>>]) -> Self {
        let bare = Self::of_descents(moments);
        if bare.share < self.share { bare } else { self }
    }

    /// Of changes as they were recorded.
    pub(super) fn of_changes(all: &[Double]) -> Self {
        let changes = all.iter().map(|batch| (batch, batch.layers[0].change.clone()));
        Self::of_steps(&changes.collect::<Vec<_>>())
    }

    /// Of changes without momentum and decay.
    fn of_descents(moments: &[Vec<Descent<'_>>]) -> Self {
        Self::of_steps(&moments.iter().flatten().map(|d| (d.now(), d.of(0))).collect::<Vec<_>>())
    }

    /// Of all steps together: by the median, because a rule may write something of its own, such as
    /// labels, into a few inputs.
    fn of_steps(steps: &[(&Double, Array2<f64>)]) -> Self {
        let group = same_inputs(steps);
        let square = |change: &Array2<f64>| change.mapv(|x| x * x).mean().unwrap_or_default();
        let all: f64 = steps.iter().map(|(_, change)| square(change)).sum();
        if group.len() < FEWEST || all == 0.0 {
            return Self::default();
        }
        let noise: f64 = steps.iter().map(|(_, change)| spread(change, &group).powi(2)).sum();
        let share = noise / all;
        if share < ROUNDING {
            return Self::default();
        }
        Self { share: share.min(1.0), deviation: (noise / steps.len() as f64).sqrt() }
    }
}

/// By how much the changes of a unit's synapses in a group differ: a standard deviation, of one step
/// by itself, since noise that follows the size of changes is not the same in all.
fn spread(change: &Array2<f64>, group: &[usize]) -> f64 {
    let mut apart: Vec<f64> = Vec::new();
    for row in change.select(Axis(1), group).rows() {
        let mut row = row.to_vec();
        let middle = median(&mut row);
        apart.extend(row.iter().map(|value| (value - middle).abs()));
    }
    GAUSSIAN * median(&mut apart)
}

/// The largest set of inputs that are the same in all examples of all steps.
fn same_inputs(steps: &[(&Double, Array2<f64>)]) -> Vec<usize> {
    let width = steps.first().map_or(0, |(batch, _)| batch.inputs.ncols());
    let seen = |input: usize| -> Vec<u64> {
        let of = |(batch, _): &(&Double, Array2<f64>)| {
            batch.inputs.column(input).iter().map(|x| x.to_bits()).collect::<Vec<u64>>()
        };
        steps.iter().flat_map(of).collect()
    };
    let mut groups: HashMap<Vec<u64>, Vec<usize>> = HashMap::new();
    for input in 0..width {
        groups.entry(seen(input)).or_default().push(input);
    }
    // The first of those that are equally large: a hash table has no order.
    let largest = groups.into_values().max_by_key(|group| (group.len(), width - group[0]));
    largest.unwrap_or_default()
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
