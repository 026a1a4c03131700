//! What recorded steps say about the way in which an error reaches the synapses.

use ndarray::{Array2, Axis};
use polars::prelude::{Column, DataFrame};
use serde::{Deserialize, Serialize};

use super::double::Double;
use super::follow::Follow;
use super::normal::{Normal, Step};
use super::read_out::{StepSize, consecutive, step_size};
use super::solve::regress;
use crate::Result;
use crate::display::show_as_settings;
use crate::training::RecordedBatch;

/// The ridge, as a share of the mean square, where one batch has more equations than unknowns.
const RIDGE: f64 = 1e-10;

/// The same where errors come from a hidden layer, whose units are often more than examples.
const DEEP_RIDGE: f64 = 1e-6;

/// A read-out of which so much is explained by its gradient learns from the output error.
const DRIVEN: f64 = 0.9;

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
    /// The share of the uppermost hidden layer's change that K̂ explains, K̂ learned from the step
    /// before.
    pub explained: f64,
    /// The cosine of the uppermost hidden layer's change and of what the forward weights of the layer
    /// above would make: transport of weights.
    pub transport: f64,
    /// The same with the signs of these weights alone.
    pub signs: f64,
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
    /// Of the recorded steps of one network, at least two of them consecutive.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) if sizes do not fit one another,
    /// [`Error::Samples`](crate::Error::Samples) if there is no pair of consecutive steps or no
    /// hidden layer.
    pub fn of(batches: &[RecordedBatch]) -> Result<Self> {
        let all = Double::all(batches)?;
        let depth = all[0].layers.len();
        super::check_enough(&all)?;
        let step = step_size(&all);
        let driven = step.explained > DRIVEN;
        let top = depth - 2;
        let moments: Vec<Vec<Descent<'_>>> = moments(&all)
            .into_iter()
            .map(|pairs| pairs.into_iter().map(|pair| Descent { pair, step, driven }).collect())
            .collect();
        let top = Top::of(&moments, top);
        let (direct, chained) = lower(&moments, &top);
        let steps: Vec<&Double> = moments.iter().flatten().map(Descent::now).collect();
        let each = |of: &dyn Fn(&Double) -> f64| mean(steps.iter().map(|step| of(step)));
        Ok(Self {
            hidden_layers: depth - 1,
            learning_rate: step.rate,
            momentum: step.momentum,
            decay: step.decay,
            read_out: step.explained,
            read_out_by_synapse: step.explained_by_synapse,
            read_out_moves: each(&|now| moves(now, depth - 1..depth)),
            hidden_moves: each(&|now| moves(now, 0..depth - 1)),
            in_span: each(&in_span),
            explained: top.explained(),
            transport: top.transport(&|w| w.to_owned()),
            signs: top.transport(&|w| w.mapv(f64::signum)),
            transport_gain: top.gain() / step.rate,
            transport_by_synapse: transport_by_synapse(&all, top.layer, step.momentum_by_synapse),
            over_time: top.over_time(),
            old_weights: top.old_weights(),
            follow: Follow::of(&moments, top.layer),
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
            ("read_out", self.read_out),
            ("read_out_by_synapse", self.read_out_by_synapse),
            ("read_out_moves", self.read_out_moves),
            ("hidden_moves", self.hidden_moves),
            ("in_span", self.in_span),
            ("explained", self.explained),
            ("transport", self.transport),
            ("signs", self.signs),
            ("transport_by_synapse", self.transport_by_synapse),
            ("transport_gain", self.transport_gain),
            ("over_time", self.over_time),
            ("old_weights", self.old_weights),
            ("feedback_moves", follow.moves),
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

/// A step whose predecessor is on record too, without what momentum and decay add.
pub(super) struct Descent<'a> {
    pair: (&'a Double, &'a Double),
    step: StepSize,
    /// Whether the read-out says what momentum and decay are.
    driven: bool,
}

impl<'a> Descent<'a> {
    pub(super) fn now(&self) -> &'a Double {
        self.pair.1
    }

    /// −(ΔW − μ ΔW before + λ W) of a layer, units × inputs.
    pub(super) fn of(&self, layer: usize) -> Array2<f64> {
        let (before, now) = (&self.pair.0.layers[layer], &self.pair.1.layers[layer]);
        match self.driven {
            false => -&now.change,
            true => {
                -(&now.change - &before.change * self.step.momentum
                    + &now.weights * self.step.decay)
            }
        }
    }

    /// What a layer reads, divided by its root mean square.
    pub(super) fn scaled_input(&self, layer: usize) -> Array2<f64> {
        let x = self.now().below(layer);
        let square = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.to_owned() / square.sqrt()
    }

    /// W times that.
    pub(super) fn response(&self, layer: usize) -> Array2<f64> {
        self.scaled_input(layer).dot(&self.now().layers[layer].weights.t())
    }

    pub(super) fn normal(&self, layer: usize, errors: &Array2<f64>) -> Normal {
        let now = self.now();
        Normal::of(&Step {
            inputs: now.below(layer),
            slopes: now.layers[layer].slopes.view(),
            errors: errors.view(),
            descent: self.of(layer).view(),
        })
    }
}

/// Steps that follow one another, moment by moment.
fn moments(all: &[Double]) -> Vec<Vec<(&Double, &Double)>> {
    let mut moments: Vec<Vec<(&Double, &Double)>> = Vec::new();
    for pair in consecutive(all) {
        match moments.last_mut() {
            Some(moment) if moment.last().is_some_and(|last| last.1.step == pair.0.step) => {
                moment.push(pair);
            }
            _ => moments.push(vec![pair]),
        }
    }
    moments
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

/// The mean of those that are numbers.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let known: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    if known.is_empty() { f64::NAN } else { known.iter().sum::<f64>() / known.len() as f64 }
}

/// ‖ΔW‖/‖W‖ of some layers together.
fn moves(batch: &Double, layers: std::ops::Range<usize>) -> f64 {
    let square = |matrix: &Array2<f64>| matrix.iter().map(|x| x * x).sum::<f64>();
    let layers = &batch.layers[layers];
    let change: f64 = layers.iter().map(|layer| square(&layer.change)).sum();
    let weights: f64 = layers.iter().map(|layer| square(&layer.weights)).sum();
    (change / weights).sqrt()
}

/// The share of the lowest layer's change that is a sum of its batch's inputs.
fn in_span(batch: &Double) -> f64 {
    let (examples, width) = batch.inputs.dim();
    let change = &batch.layers[0].change;
    let size: f64 = change.iter().map(|x| x * x).sum();
    if examples >= width || size == 0.0 {
        return f64::NAN;
    }
    let mut kernel = batch.inputs.dot(&batch.inputs.t());
    let ridge = 1e-12 * kernel.diag().sum();
    kernel.diag_mut().mapv_inplace(|x| x + ridge);
    let seen = batch.inputs.dot(&change.t());
    let inside: f64 = seen
        .columns()
        .into_iter()
        .map(|column| super::solve::solve(kernel.clone(), column).dot(&column))
        .sum();
    inside / size
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
    super::read_out::own_rates(&gradients, &before, &change, (synapses, momentum))
}
