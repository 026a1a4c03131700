//! The step that a change was made with, seen at the read-out, whose gradient needs no feedback.

use super::double::Double;
use super::solve::regress;

/// What became of the gradient e hᵀ before it changed the read-out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct StepSize {
    /// η.
    pub(super) rate: f64,
    /// μ, of the change before.
    pub(super) momentum: f64,
    /// λ, the part of itself that a weight loses.
    pub(super) decay: f64,
    /// The standard error of λ.
    pub(super) decay_error: f64,
    /// How much of the change these three explain.
    pub(super) explained: f64,
    /// How much of it they explain if every synapse has a rate of its own.
    pub(super) explained_by_synapse: f64,
    /// The momentum under which that is most.
    pub(super) momentum_by_synapse: f64,
}

/// ΔW ≈ −η e hᵀ + μ ΔW before − λ W, over consecutive steps.
pub(super) fn step_size(batches: &[Double]) -> StepSize {
    let pairs: Vec<(&Double, &Double)> = consecutive(batches);
    if pairs.is_empty() {
        return StepSize::default();
    }
    let flat = |of: &dyn Fn(&Double, &Double) -> Vec<f64>| -> Vec<f64> {
        pairs.iter().flat_map(|(before, now)| of(before, now)).collect()
    };
    let last = |batch: &Double| batch.layers.len() - 1;
    let gradient = flat(&|_, now| now.read_out_gradient().iter().copied().collect());
    let before = flat(&|before, _| before.layers[last(before)].change.iter().copied().collect());
    let weights = flat(&|_, now| now.layers[last(now)].weights.iter().copied().collect());
    let change = flat(&|_, now| now.layers[last(now)].change.iter().copied().collect());
    let squares = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
    let (size, of_weights) = (squares(&change), squares(&weights));
    let (coefficients, explained) = regress(&[gradient.clone(), before.clone(), weights], &change);
    let residual = ((1.0 - explained).max(0.0) * size / change.len() as f64).sqrt();
    let synapses = pairs[0].1.layers[last(pairs[0].1)].change.len();
    let by_synapse = |momentum: f64| own_rates(&gradient, &before, &change, (synapses, momentum));
    let tried = (0..20).map(|k| f64::from(k) * 0.05);
    let best = tried
        .map(|mu| (by_synapse(mu), mu))
        .fold((f64::MIN, 0.0), |a, b| if b.0 > a.0 { b } else { a });
    StepSize {
        rate: -coefficients[0],
        momentum: coefficients[1],
        decay: -coefficients[2],
        decay_error: residual / of_weights.sqrt(),
        explained,
        explained_by_synapse: best.0,
        momentum_by_synapse: best.1,
    }
}

/// Steps that follow one another.
pub(super) fn consecutive(batches: &[Double]) -> Vec<(&Double, &Double)> {
    batches
        .windows(2)
        .filter(|two| two[0].step + 1 == two[1].step)
        .map(|two| (&two[0], &two[1]))
        .collect()
}

/// How much of ΔW − μ ΔW before is −s g with an s ≥ 0 for every synapse, on the second half of the
/// steps after learning s on the first.
pub(super) fn own_rates(
    gradient: &[f64],
    before: &[f64],
    change: &[f64],
    (synapses, momentum): (usize, f64),
) -> f64 {
    let steps = gradient.len() / synapses;
    let half = steps / 2;
    let target = |at: usize| change[at] - momentum * before[at];
    let (mut left, mut size) = (0.0, 0.0);
    for synapse in 0..synapses {
        let at = |step: usize| step * synapses + synapse;
        let product: f64 = (0..half).map(|s| target(at(s)) * gradient[at(s)]).sum();
        let square: f64 = (0..half).map(|s| gradient[at(s)].powi(2)).sum();
        let rate = if square > 0.0 { product / square } else { 0.0 };
        for step in half..steps {
            left += (target(at(step)) - rate * gradient[at(step)]).powi(2);
            size += change[at(step)].powi(2);
        }
    }
    1.0 - left / size
}
