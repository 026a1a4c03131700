//! Hebbian learning: a synapse changes by the product of the activity on its two sides, with no
//! error. Centred, as by default, each unit's change has the mean over the layer's units taken off,
//! so that units compete; the last layer's postsynaptic activity is clamped to the target. Without
//! a bound the weights grow for as long as learning lasts.
//!
//! - centred: G = −[⟨post preᵀ⟩ − its mean over the layer's output units]
//! - plain: G = −⟨post preᵀ⟩
//! - Oja: G = −[⟨post preᵀ⟩ − ⟨post²⟩ w], each unit with its own row w: finds the first principal
//!   component
//! - Sanger: G = −[⟨post preᵀ⟩ − LT(⟨post postᵀ⟩) W], LT the lower triangle: finds them in order
//! - class means: the read-out's row of class c moves to the mean of what it receives in that
//!   class, G = −⟨post (pre − w)⟩; hidden layers stay as they are
//!
//! # Biological requirements
//! Activity at the two ends of the synapse; for the last layer, when clamped, the target. Centring,
//! and Sanger's triangle, need a sum over the layer besides.
//!
//! Hebb 1949, *The Organization of Behavior*; Oja 1982, doi 10.1007/BF00275687; Sanger 1989, doi
//! 10.1016/0893-6080(89)90044-0. The centred form is the one of the Neuromatch Academy's project
//! template on microlearning, at learning rate 1e-4.

use ndarray::{ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::{About, Family, Learner, LearningRule, Requirement, StepReport};
use crate::data::Objective;
use crate::error::Result;
use crate::network::{
    Activity, Batch, Connectivity, Inputs, Layer, LayerUpdate, Matrix, Network, Store, Updates,
};
use crate::random::Rng;

/// What bounds or orders the growth of Hebbian weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plasticity {
    /// G = −(⟨post preᵀ⟩ − its mean over the layer's output units); the default.
    #[default]
    Centred,
    /// G = −⟨post preᵀ⟩, Hebb's own (1949): nothing bounds the weights.
    Plain,
    /// G = −(⟨post preᵀ⟩ − ⟨post²⟩ w), each unit with its own row w. Oja 1982, doi
    /// 10.1007/BF00275687.
    Oja,
    /// G = −(⟨post preᵀ⟩ − LT(⟨post postᵀ⟩) W), LT the lower triangle: each unit leaves to later
    /// ones what earlier ones explain. Sanger 1989, doi 10.1016/0893-6080(89)90044-0.
    Sanger,
    /// The read-out learns class means, G = −⟨post (pre − w)⟩; hidden layers stay as they are.
    ClassMeans,
}

/// The postsynaptic activity of the last layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputActivity {
    /// Clamped to the target; the default.
    #[default]
    Target,
    /// The network's own output.
    #[serde(alias = "answer")]
    Own,
}

/// Activity times activity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hebbian {
    /// The form of the rule; default [`Plasticity::Centred`].
    pub plasticity: Plasticity,
    /// What stands for the last layer's activity; default [`OutputActivity::Target`].
    #[serde(alias = "last_post")]
    pub output_activity: OutputActivity,
}

impl Hebbian {
    /// Hebb's own rule, without centring.
    pub fn plain() -> Self {
        Self { plasticity: Plasticity::Plain, ..Self::default() }
    }

    /// Oja's rule in every layer, unsupervised.
    pub fn oja() -> Self {
        Self { plasticity: Plasticity::Oja, output_activity: OutputActivity::Own }
    }

    /// Sanger's rule in every layer, unsupervised.
    pub fn sanger() -> Self {
        Self { plasticity: Plasticity::Sanger, output_activity: OutputActivity::Own }
    }

    /// A read-out of class means on hidden layers that stay random.
    pub fn supervised() -> Self {
        Self { plasticity: Plasticity::ClassMeans, output_activity: OutputActivity::Target }
    }

    fn requirements(self) -> Vec<Requirement> {
        let lateral = matches!(self.plasticity, Plasticity::Centred | Plasticity::Sanger);
        let clamped = self.output_activity == OutputActivity::Target;
        let requirements =
            [(clamped, Requirement::Labels), (lateral, Requirement::NonLocalSignals)];
        requirements.into_iter().filter_map(|(asked, demand)| asked.then_some(demand)).collect()
    }
}

super::show::show_rules!(Hebbian);
crate::display::show_as_settings!(Plasticity, OutputActivity);

impl LearningRule for Hebbian {
    fn about(&self) -> About {
        let (name, equation, rate) = match self.plasticity {
            Plasticity::Centred => {
                ("hebbian", "G = −[⟨post preᵀ⟩ − mean over output units], last post = target", 1e-4)
            }
            Plasticity::Plain => ("hebbian_plain", "G = −⟨post preᵀ⟩, last post = target", 1e-4),
            Plasticity::Oja => ("oja", "G = −[⟨post preᵀ⟩ − ⟨post²⟩ w]", 1e-3),
            Plasticity::Sanger => ("sanger", "G = −[⟨post preᵀ⟩ − LT(⟨post postᵀ⟩) W]", 1e-3),
            Plasticity::ClassMeans => {
                ("hebbian_class_means", "read-out: G = −⟨post (pre − w)⟩, post = target", 0.1)
            }
        };
        let about = About::new(
            name,
            equation,
            "Hebb 1949; Oja 1982, doi 10.1007/BF00275687; Sanger 1989, doi 10.1016/0893-6080(89)90044-0",
        )
        .family(Family::Hebbian)
        .summary("Multiplies the activity on the two sides of a synapse; there is no error.")
        .requirements(&self.requirements())
        .learning_rate(rate)
        .hyperparameter(
            "plasticity",
            &self.plasticity,
            &Plasticity::default(),
            "Centred, Plain, Oja, Sanger or ClassMeans",
        )
        .hyperparameter("output_activity", &self.output_activity, &OutputActivity::default(), "Target or Own");
        if self.plasticity == Plasticity::ClassMeans { about } else { about.does_not_learn() }
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        match self.output_activity {
            OutputActivity::Target => super::needs_targets(objective, &self.about().name),
            OutputActivity::Own => Ok(()),
        }
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(HebbianLearner { rule: *self, activity: Activity::new(network, 0) })
    }
}

#[derive(Clone, Debug)]
struct HebbianLearner {
    rule: Hebbian,
    activity: Activity,
}

impl Learner for HebbianLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        _rng: &mut Rng,
    ) -> StepReport {
        network.forward(batch.inputs, &mut self.activity);
        let last = network.depth() - 1;
        let mut answers = self.activity.out_mut(last);
        network.objective().apply_readout(answers.view_mut());
        let loss = network.objective().loss(answers.view(), batch.targets);
        if self.rule.output_activity == OutputActivity::Target {
            answers.assign(&batch.targets);
        }
        let lowest = if self.rule.plasticity == Plasticity::ClassMeans { last } else { 0 };
        for index in lowest..=last {
            self.propose_layer(
                &network.layers()[index],
                index,
                batch.inputs,
                &mut updates.layers_mut()[index],
            );
        }
        StepReport::of_loss(loss)
    }
}

impl HebbianLearner {
    fn propose_layer(
        &mut self,
        layer: &Layer,
        index: usize,
        inputs: Inputs<'_>,
        update: &mut LayerUpdate,
    ) {
        let pre = self.activity.below(index, &inputs);
        // Of a convolution means are over the units of a map too: they share their weights.
        let post = layer.output_maps().by_channel(self.activity.out(index));
        layer.outer(pre, self.activity.units(index), -1.0 / post.nrows() as f32, update);
        match self.rule.plasticity {
            Plasticity::Plain => {}
            Plasticity::Centred => centre(update),
            Plasticity::Oja => forget(layer, |unit| mean_of(post, unit, |p| p * p), update),
            Plasticity::ClassMeans => forget(layer, |unit| mean_of(post, unit, |p| p), update),
            Plasticity::Sanger => leave_to_later_units(layer, post, update),
        }
    }
}

/// The mean over the batch of a function of the activity of one unit, or of one filter.
fn mean_of(post: ArrayView2<'_, f32>, unit: usize, of: impl Fn(f32) -> f32) -> f32 {
    post.column(unit).iter().map(|&p| of(p)).sum::<f32>() / post.nrows() as f32
}

/// Takes the mean over output units off every column.
fn centre(update: &mut LayerUpdate) {
    let units = update.weights.nrows() as f32;
    for mut column in update.weights.axis_iter_mut(Axis(1)) {
        let mean = column.sum() / units;
        column.mapv_inplace(|g| g - mean);
    }
    if let Some(bias) = &mut update.bias {
        let mean = bias.sum() / units;
        bias.mapv_inplace(|g| g - mean);
    }
}

/// G_unit += rate(unit) · w_unit.
fn forget(layer: &Layer, rate: impl Fn(usize) -> f32, update: &mut LayerUpdate) {
    for (unit, mut row) in update.weights.rows_mut().into_iter().enumerate() {
        row.scaled_add(rate(unit), &layer.weights.row(unit));
    }
    if let (Some(g), Some(bias)) = (&mut update.bias, &layer.bias) {
        for (unit, g) in g.iter_mut().enumerate() {
            *g += rate(unit) * bias[unit];
        }
    }
}

/// G += LT(⟨post postᵀ⟩) W.
fn leave_to_later_units(layer: &Layer, post: ArrayView2<'_, f32>, update: &mut LayerUpdate) {
    let mut correlation = Matrix::zeros((post.ncols(), post.ncols()));
    let share = 1.0 / post.nrows() as f32;
    Connectivity::Dense.outer(post, post, share, correlation.view_mut());
    for ((row, column), c) in correlation.indexed_iter_mut() {
        if column > row {
            *c = 0.0;
        }
    }
    Connectivity::Dense.backward(
        correlation.view(),
        layer.weights.view(),
        Store::Add(1.0),
        update.weights.view_mut(),
    );
    if let (Some(g), Some(bias)) = (&mut update.bias, &layer.bias) {
        ndarray::linalg::general_mat_vec_mul(1.0, &correlation, bias, 1.0, g);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, Owned, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::random;
    use ndarray::{Array2, array};
    use rand::Rng as _;

    #[test]
    fn one_step_by_hand() {
        let (step, updates) = propose(&Hebbian::default(), &hand::network(), &hand::batch());
        assert!((step.loss - hand::LOSS).abs() < 1e-6);
        // ⟨post preᵀ⟩ = [[1/2, 1], [3/4, 3/2]] with mean (5/8, 5/4); above, [[1/2, 3/4], [0, 0]]
        // with (1/4, 3/8).
        assert_close(&updates.layers()[0].weights, &[[0.125, 0.25], [-0.125, -0.25]], 1e-6);
        assert_close(&updates.layers()[1].weights, &[[-0.25, -0.375], [0.25, 0.375]], 1e-6);
    }

    #[test]
    fn oja_by_hand_subtracts_the_weight_and_not_the_gradient() {
        let (_, updates) = propose(&Hebbian::oja(), &hand::network(), &hand::batch());
        // −(1/2)(1, 2) + (1/4)(2, −1), and −(3/4)(1, 2) + (9/16)(ln 3, 0).
        let ln3 = 3.0_f32.ln();
        assert_close(
            &updates.layers()[0].weights,
            &[[0.0, -1.25], [-0.75 + 0.5625 * ln3, -1.5]],
            1e-6,
        );
    }

    /// Applies a rule for many steps to Gaussian inputs with principal axes along (3, 4)/5, (−4,
    /// 3)/5 and (0, 0, 1) and standard deviations 2, 1 and 0.5; returns the weights.
    fn principal_components(rule: Hebbian, units: usize) -> Matrix {
        let mut rng = random::stream(5, "data");
        let latent = Array2::from_shape_simple_fn((512, 3), || {
            (0..12).map(|_| rng.gen_range(-0.5_f32..0.5)).sum::<f32>()
        });
        let axes = array![[0.6_f32, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]];
        let inputs = (&latent * &array![2.0, 1.0, 0.5]).dot(&axes);
        let mut network =
            testing::network(&[3, units], Activation::Identity, Objective::LinearSquaredError);
        network.layers_mut()[0].bias = None;
        let batch = Owned::new(inputs, Matrix::zeros((512, units)));
        for _ in 0..3000 {
            let (_, mut updates) = propose(&rule, &network, &batch);
            updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -0.01));
            network.apply(&updates);
        }
        network.layers()[0].weights.clone()
    }

    #[test]
    fn ojas_rule_finds_the_first_principal_component_at_unit_length() {
        let weights = principal_components(Hebbian::oja(), 1);
        let along = (0.6 * weights[(0, 0)] + 0.8 * weights[(0, 1)]).abs();
        assert!((along - 1.0).abs() < 0.02, "{weights}");
    }

    #[test]
    fn sangers_rule_finds_them_in_order() {
        let weights = principal_components(Hebbian::sanger(), 2);
        let first = (0.6 * weights[(0, 0)] + 0.8 * weights[(0, 1)]).abs();
        let second = (-0.8 * weights[(1, 0)] + 0.6 * weights[(1, 1)]).abs();
        assert!((first - 1.0).abs() < 0.02 && (second - 1.0).abs() < 0.05, "{weights}");
    }

    #[test]
    fn class_means_rest_at_the_mean_of_each_class() {
        let mut network =
            testing::network(&[2, 2], Activation::Identity, Objective::LinearSquaredError);
        network.layers_mut()[0].weights = array![[2.0, 3.0], [0.5, 1.0]];
        let inputs = array![[1.0, 3.0], [3.0, 3.0], [0.5, 1.0]];
        let batch = Owned::new(inputs, array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        let (_, updates) = propose(&Hebbian::supervised(), &network, &batch);
        assert_close(&updates.layers()[0].weights, &[[0.0; 2]; 2], 1e-6);
    }
}
