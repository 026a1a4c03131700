//! What recorded steps say about the way in which an error reaches the synapses.

use ndarray::{Array1, Array2, Axis};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::descent::{Descent, descents, driven_step};
use super::double::Double;
use super::follow::Follow;
use super::noise::ChangeNoise;
use super::normal::Normal;
use super::read_out::{consecutive, own_rates};
use super::solve::{mean, regress, solve_all};
use crate::Result;
use crate::display::show_as_settings;
use crate::training::RecordedBatch;

/// The ridge, as a share of the mean square, where one batch has more equations than unknowns.
const RIDGE: f64 = 1e-10;

/// The same where errors come from a hidden layer, whose units are often more than examples.
const DEEP_RIDGE: f64 = 1e-6;

/// So small a share of the root mean square is nothing.
const SILENT: f64 = 1e-3;

/// What recorded steps say about a network's way of learning. Shares are of the square of a change,
/// below 0 where a guess makes it worse; cosines are of angles between changes or weights. What a
/// network does not have is NaN.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Hidden layers.
    pub hidden_layers: usize,
    /// η, of the read-out's change ΔW ≈ −η e hᵀ + μ ΔW before − λ W.
    pub learning_rate: f64,
    /// μ of the same.
    pub momentum: f64,
    /// λ of the same.
    pub decay: f64,
    /// The standard error of λ, by what of the read-out's change is not explained.
    pub decay_error: f64,
    /// The share of the lowest layer's change that is noise of the instrument, as told by the
    /// differences between synapses whose inputs are the same in all batches, such as those of pixels
    /// in a corner; 0 if there are none. Other layers' changes are taken to have the same share.
    pub noise: f64,
    /// The share of the read-out's change that these explain.
    pub read_out: f64,
    /// The share that they explain if every synapse has a rate of its own, as under Adam.
    pub read_out_by_synapse: f64,
    /// ‖ΔW‖/‖W‖ of the read-out in a step.
    pub read_out_moves: f64,
    /// ‖ΔW‖/‖W‖ of all hidden layers together in a step.
    pub hidden_moves: f64,
    /// The share of the lowest layer's change that is made of the inputs of its batch; NaN if there
    /// are at least as many examples as inputs.
    pub in_span: f64,
    /// The share of examples × units of the lowest layer that are told nothing although the unit's
    /// slope is not 0; NaN as `in_span`. Units that settle between bounds are told nothing at a bound.
    pub silent: f64,
    /// Of what units of the lowest layer are told (the sum of squares), the share that falls on the
    /// half of the examples with the smaller output error, less the share of the error itself: 0 if
    /// units are told in proportion to the error. NaN as `in_span`.
    pub told_without_error: f64,
    /// The share of the uppermost hidden layer's change that K̂ explains, K̂ learned from the same
    /// step.
    pub explained_in_step: f64,
    /// The share of the uppermost hidden layer's change that K̂ explains, K̂ learned from the step
    /// before.
    pub explained: f64,
    /// The cosine of the uppermost hidden layer's change and of what the forward weights of the layer
    /// above would make: transport of weights.
    pub transport: f64,
    /// The same with the signs of these weights alone.
    pub signs: f64,
    /// The same with their pseudo-inverse.
    pub inversion: f64,
    /// The same as `transport` if every synapse has a rate of its own: a share, not a cosine.
    pub transport_by_synapse: f64,
    /// The learning rate that `transport` gives the uppermost hidden layer, over that of the
    /// read-out.
    pub transport_gain: f64,
    /// The cosine of the uppermost hidden layer's change at the last moment and of what K̂ of the
    /// first moment would make: feedback that stays as it is.
    pub over_time: f64,
    /// The same of the forward weights of the first moment.
    pub old_weights: f64,
    /// How the movement of K̂ depends on the weights and their changes.
    pub follow: Follow,
    /// The share of the uppermost hidden layer's change that activity on its two sides explains.
    pub hebbian: f64,
    /// The share of the hidden layer's change below the uppermost that an error explains which comes
    /// straight from the outputs.
    pub direct: f64,
    /// The same of an error that comes through the layer above.
    pub chained: f64,
}

show_as_settings!(Measures);

impl Measures {
    /// Of the recorded steps of one network, at least three of them consecutive.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) if sizes do not fit one another,
    /// [`Error::Samples`](crate::Error::Samples) unless three steps follow one another, or if there is
    /// no hidden layer.
    pub fn of(batches: &[RecordedBatch]) -> Result<Self> {
        let all = super::enough(batches)?;
        let depth = all[0].layers.len();
        let (step, driven, recorded) = driven_step(&all);
        let moments = descents(&all, step, driven);
        let top = Top::of(&moments, depth - 2);
        let (direct, chained) = lower(&moments, &top);
        let steps: Vec<&Double> = moments.iter().flatten().map(Descent::now).collect();
        let each = |of: &dyn Fn(&Double) -> f64| mean(steps.iter().map(|step| of(step)));
        let noise = recorded.or_less(&moments);
        let told = mean_told(&steps, noise);
        Ok(Self {
            hidden_layers: depth - 1,
            learning_rate: step.rate,
            momentum: step.momentum,
            decay: step.decay,
            decay_error: step.decay_error,
            noise: noise.share,
            read_out: step.explained,
            read_out_by_synapse: step.explained_by_synapse,
            read_out_moves: each(&|now| moves(now, depth - 1..depth)),
            hidden_moves: each(&|now| moves(now, 0..depth - 1)),
            in_span: told[0],
            silent: told[1],
            told_without_error: told[2],
            explained_in_step: top.explained_in_step(),
            explained: top.explained(),
            transport: top.transport(&|w| w.to_owned()),
            signs: top.transport(&|w| w.mapv(f64::signum)),
            inversion: top.transport(&pseudo_inverse),
            transport_gain: top.gain() / step.rate,
            transport_by_synapse: transport_by_synapse(&all, top.layer, step.momentum_by_synapse),
            over_time: top.over_time(),
            old_weights: top.old_weights(),
            follow: Follow::of(&moments, &top.normals, top.layer, noise.share),
            hebbian: each(&|now| hebbian(now, top.layer)),
            direct,
            chained,
        })
    }

    /// A row of a table: a column for each measure.
    ///
    /// # Errors
    /// None that measures can cause.
    pub fn table(all: &[Self]) -> Result<DataFrame> {
        let rows: Vec<Vec<(&str, f64)>> = all.iter().map(Self::columns).collect();
        let names: Vec<&str> =
            rows.first().map_or_else(Vec::new, |row| row.iter().map(|(name, _)| *name).collect());
        let column = |(place, name): (usize, &&str)| {
            let finite = |row: &Vec<(&str, f64)>| Some(row[place].1).filter(|x| x.is_finite());
            Column::new((*name).into(), rows.iter().map(finite).collect::<Vec<Option<f64>>>())
        };
        Ok(DataFrame::new(all.len(), names.iter().enumerate().map(column).collect())?)
    }

    fn columns(&self) -> Vec<(&'static str, f64)> {
        let follow = &self.follow;
        vec![
            ("hidden_layers", self.hidden_layers as f64),
            ("learning_rate", self.learning_rate),
            ("momentum", self.momentum),
            ("decay", self.decay),
            ("decay_error", self.decay_error),
            ("noise", self.noise),
            ("read_out", self.read_out),
            ("read_out_by_synapse", self.read_out_by_synapse),
            ("read_out_moves", self.read_out_moves),
            ("hidden_moves", self.hidden_moves),
            ("in_span", self.in_span),
            ("silent", self.silent),
            ("told_without_error", self.told_without_error),
            ("explained_in_step", self.explained_in_step),
            ("explained", self.explained),
            ("transport", self.transport),
            ("signs", self.signs),
            ("inversion", self.inversion),
            ("transport_by_synapse", self.transport_by_synapse),
            ("transport_gain", self.transport_gain),
            ("over_time", self.over_time),
            ("old_weights", self.old_weights),
            ("feedback_moves", follow.moves),
            ("feedback_moves_by_noise", follow.moves_by_noise),
            ("follows_changes", follow.changes),
            ("follows_weights", follow.weights),
            ("follows_activity", follow.activity),
            ("follows_information", follow.information),
            ("follows_inverse", follow.inverse),
            ("hebbian", self.hebbian),
            ("direct", self.direct),
            ("chained", self.chained),
        ]
    }
}

/// The uppermost hidden layer, which hears the output error itself.
struct Top<'a, 'b> {
    layer: usize,
    moments: &'b [Vec<Descent<'a>>],
    /// Of every step of every moment.
    normals: Vec<Vec<Normal>>,
    /// K̂ of every moment.
    feedback: Vec<Array2<f64>>,
}

impl<'a, 'b> Top<'a, 'b> {
    fn of(moments: &'b [Vec<Descent<'a>>], layer: usize) -> Self {
        let normals: Vec<Vec<Normal>> = moments
            .iter()
            .map(|moment| moment.iter().map(|d| d.normal(layer, &d.now().error)).collect())
            .collect();
        let solved = |normals: &Vec<Normal>| Normal::sum(normals.iter().cloned()).solve(RIDGE);
        let feedback = normals.iter().map(solved).collect();
        Self { layer, moments, normals, feedback }
    }

    /// K̂ of the first half of each moment on the second.
    fn explained(&self) -> f64 {
        let of = |normals: &Vec<Normal>| {
            let half = normals.len() / 2;
            let learned = Normal::sum(normals[..half].iter().cloned()).solve(RIDGE);
            Normal::sum(normals[half..].iter().cloned()).explained(&learned)
        };
        mean(self.normals.iter().filter(|normals| normals.len() >= 2).map(of))
    }

    /// Of every step, with the weights above it.
    fn with_weights(&self, of: &dyn Fn(&Normal, Array2<f64>) -> f64) -> f64 {
        let pairs = self.moments.iter().flatten().zip(self.normals.iter().flatten());
        mean(
            pairs.map(|(d, normal)| {
                of(normal, d.now().layers[self.layer + 1].weights.t().to_owned())
            }),
        )
    }

    fn transport(&self, form: &dyn Fn(&Array2<f64>) -> Array2<f64>) -> f64 {
        self.with_weights(&|normal, weights| normal.cosine(&form(&weights)))
    }

    /// K̂ of each step on that step.
    fn explained_in_step(&self) -> f64 {
        let of = |normal: &Normal| normal.explained(&normal.solve(RIDGE));
        mean(self.normals.iter().flatten().map(of))
    }

    fn gain(&self) -> f64 {
        self.with_weights(&|normal, weights| normal.gain(&weights))
    }

    fn last(&self) -> Normal {
        Normal::sum(self.normals.last().into_iter().flatten().cloned())
    }

    fn over_time(&self) -> f64 {
        if self.moments.len() < 2 { f64::NAN } else { self.last().cosine(&self.feedback[0]) }
    }

    fn old_weights(&self) -> f64 {
        if self.moments.len() < 2 {
            return f64::NAN;
        }
        let old = &self.moments[0][0].now().layers[self.layer + 1].weights;
        self.last().cosine(&old.t().to_owned())
    }
}

/// How well two ways down explain the hidden layer below the uppermost: the means over moments, in
/// each of which K̂ is learned from the first steps and judged on the last third.
fn lower(moments: &[Vec<Descent<'_>>], top: &Top<'_, '_>) -> (f64, f64) {
    if top.layer == 0 {
        return (f64::NAN, f64::NAN);
    }
    let share = |errors: &dyn Fn(usize, &Descent<'_>) -> Array2<f64>, ridge: f64| {
        let of = |(place, moment): (usize, &Vec<Descent<'_>>)| {
            let (learned, judged) = moment.split_at(moment.len() - moment.len().div_ceil(3));
            let normal = |d: &Descent<'_>| d.normal(top.layer - 1, &errors(place, d));
            let weights = Normal::sum(learned.iter().map(normal)).solve(ridge);
            Normal::sum(judged.iter().map(normal)).explained(&weights)
        };
        mean(moments.iter().enumerate().filter(|(_, moment)| moment.len() >= 2).map(of))
    };
    let straight = |_: usize, d: &Descent<'_>| d.now().error.clone();
    let through = |place: usize, d: &Descent<'_>| {
        let now = d.now();
        now.error.dot(&top.feedback[place].t()) * &now.layers[top.layer].slopes
    };
    (share(&straight, RIDGE), share(&through, DEEP_RIDGE))
}

/// ‖ΔW‖/‖W‖ of some layers together.
fn moves(batch: &Double, layers: std::ops::Range<usize>) -> f64 {
    let square = |matrix: &Array2<f64>| matrix.iter().map(|x| x * x).sum::<f64>();
    let layers = &batch.layers[layers];
    let change: f64 = layers.iter().map(|layer| square(&layer.change)).sum();
    let weights: f64 = layers.iter().map(|layer| square(&layer.weights)).sum();
    (change / weights).sqrt()
}

/// The mean over steps of each of [`told`].
fn mean_told(steps: &[&Double], noise: ChangeNoise) -> [f64; 3] {
    let each: Vec<[f64; 3]> = steps.iter().map(|step| told(step, noise)).collect();
    [0, 1, 2].map(|place| mean(each.iter().map(|one| one[place])))
}

/// The share of the lowest layer's change that is a sum of its batch's inputs; of the factors in
/// that sum (what each unit was told for each example), the share that is 0 where the slope is not;
/// and what is told without error.
fn told(batch: &Double, noise: ChangeNoise) -> [f64; 3] {
    let (examples, width) = batch.inputs.dim();
    let change = &batch.layers[0].change;
    let size: f64 = change.iter().map(|x| x * x).sum();
    if examples >= width || size == 0.0 {
        return [f64::NAN; 3];
    }
    let mut kernel = batch.inputs.dot(&batch.inputs.t());
    let ridge = 1e-12 * kernel.diag().sum();
    kernel.diag_mut().mapv_inplace(|x| x + ridge);
    let seen = batch.inputs.dot(&change.t());
    let factors = solve_all(kernel.clone(), seen.view());
    let inside = (&factors * &seen).sum() / size;
    let of_noise = match noise.deviation > 0.0 {
        true => {
            solve_all(kernel, Array2::eye(examples).view()).diag().mapv(f64::sqrt) * noise.deviation
        }
        false => Array1::zeros(examples),
    };
    let silent = silent(&factors, &batch.layers[0].slopes, &of_noise);
    [inside, silent, told_without_error(&factors, &batch.error)]
}

/// The share of factors that are nothing, or no more than three standard deviations of the noise on
/// each example's, of those whose slope is not. NaN if noise hides most of them.
fn silent(factors: &Array2<f64>, slopes: &Array2<f64>, noise: &Array1<f64>) -> f64 {
    let size = (factors * factors).mean().unwrap_or_default().sqrt();
    if noise.iter().any(|sd| 3.0 * sd > size) {
        return f64::NAN;
    }
    let (mut steep, mut nothing) = (0_usize, 0_usize);
    for ((example, unit), &factor) in factors.indexed_iter() {
        if slopes[[example, unit]] > 0.01 {
            steep += 1;
            let least = (SILENT * size).max(3.0 * noise[example]);
            nothing += usize::from(factor.abs() < least);
        }
    }
    nothing as f64 / steep as f64
}

fn told_without_error(factors: &Array2<f64>, error: &Array2<f64>) -> f64 {
    let squares = |of: &Array2<f64>| (of * of).sum_axis(Axis(1));
    let (told, error) = (squares(factors), squares(error));
    let mut order: Vec<usize> = (0..error.len()).collect();
    order.sort_by(|&a, &b| error[a].total_cmp(&error[b]));
    let lower = &order[..order.len() / 2];
    let share = |of: &ndarray::Array1<f64>| lower.iter().map(|&n| of[n]).sum::<f64>() / of.sum();
    share(&told) - share(&error)
}

/// Wᵀ(W Wᵀ + ridge)⁻¹ of the weights' transpose.
fn pseudo_inverse(above: &Array2<f64>) -> Array2<f64> {
    let mut squares = above.t().dot(above);
    let ridge = 1e-3 * squares.diag().sum() / squares.nrows() as f64;
    squares.diag_mut().mapv_inplace(|x| x + ridge);
    solve_all(squares, above.t()).reversed_axes()
}

/// The share of a layer's change that ⟨post preᵀ⟩ explains, and its mean over units.
fn hebbian(batch: &Double, layer: usize) -> f64 {
    let own = &batch.layers[layer];
    let together = own.outputs.t().dot(&batch.below(layer));
    let mean = together.mean_axis(Axis(0)).unwrap_or_default();
    let means = mean.broadcast(together.dim()).map(|mean| mean.iter().copied().collect());
    let columns = [together.iter().copied().collect(), means.unwrap_or_default()];
    let change: Vec<f64> = own.change.iter().copied().collect();
    if change.iter().all(|x| *x == 0.0) {
        return f64::NAN;
    }
    regress(&columns, &change).1
}

/// The share of a layer's changes that backprop's gradient explains if every synapse has a rate of
/// its own.
fn transport_by_synapse(all: &[Double], layer: usize, momentum: f64) -> f64 {
    let gradient = |batch: &Double| {
        let above = &batch.layers[layer + 1].weights;
        let error = batch.error.dot(above) * &batch.layers[layer].slopes;
        error.t().dot(&batch.below(layer)) / batch.error.nrows() as f64
    };
    let pairs = consecutive(all);
    let flat = |of: &dyn Fn(&(&Double, &Double)) -> Array2<f64>| -> Vec<f64> {
        pairs.iter().flat_map(|pair| of(pair).into_iter()).collect()
    };
    let gradients = flat(&|(_, now)| gradient(now));
    let before = flat(&|(before, _)| before.layers[layer].change.clone());
    let change = flat(&|(_, now)| now.layers[layer].change.clone());
    let synapses = all[0].layers[layer].change.len();
    own_rates(&gradients, &before, &change, (synapses, momentum))
}
