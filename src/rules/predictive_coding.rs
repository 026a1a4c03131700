//! Predictive coding: every layer predicts the next, and its units move until they explain best
//! both what comes from below and what is predicted above; a synapse learns from the errors of
//! prediction that are left. With the output held to the target, the errors spread down by
//! themselves: there is no backward pass, and no phase without the target is needed.
//!
//! v_l: what the units of hidden layer l settle to, beginning with the forward pass, f(v_0) = x;
//! ε_l = v_l − W_l f(v_{l−1}) − b_l; at the output ε_L = −∂L/∂a_L of the example's loss L at a_L =
//! W_L f(v_{L−1}) + b_L, which for half the squared error of linear units is y − a_L
//!
//! E = Σ_l ½‖ε_l‖² + L, v_l ← v_l − γ ∂E/∂v_l = v_l + γ(−ε_l + f′(v_l) ⊙ W_{l+1}ᵀ ε_{l+1}), T
//! times, all layers at once; G_l = −⟨ε_l f(v_{l−1})ᵀ⟩
//!
//! Three kinds of inference: strict, as above; `fixed_prediction_predictive_coding`, in which
//! predictions and slopes stay those of the forward pass, and which with γ = 1 and as many steps as
//! hidden layers is backprop; `incremental_predictive_coding`, in which weights learn at every step
//! of the inference and not at its end: here the mean of ⟨ε_l f(v_{l−1})ᵀ⟩ over the steps, applied
//! together.
//!
//! # Biological requirements
//! Labels, derivatives, and connections from error units to the units below that are as strong as
//! those upwards.
//!
//! Whittington & Bogacz 2017, *An approximation of the error backpropagation algorithm in a
//! predictive coding network with local Hebbian synaptic plasticity*, doi 10.1162/NECO_a_00949;
//! Millidge, Tschantz & Buckley 2022, doi 10.1162/neco_a_01497 (fixed predictions); Salvatori et
//! al. 2024, arXiv 2212.00720 (incremental).

use ndarray::Zip;
use serde::{Deserialize, Serialize};

use super::settling::contiguous;
use super::{About, Family, Learner, LearningRule, Requirement, StepReport};
use crate::error::{self, Result};
use crate::network::{Activation, Activity, Batch, Inputs, Network, Updates};
use crate::random::Rng;
use crate::simd::{self, Vectorised};

/// What is computed anew at each step of the inference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inference {
    /// Predictions and slopes, from the units as they are.
    #[default]
    Strict,
    /// Neither: they stay those of the forward pass.
    FixedPrediction,
    /// Both, and synapses learn at every step.
    Incremental,
}

/// Units settle between what drives and what they are to predict; synapses learn from the errors
/// left. Whittington & Bogacz 2017, doi 10.1162/NECO_a_00949.
///
/// ε_l = v_l − W_l f(v_{l−1}), v̇_l = −ε_l + f′(v_l) ⊙ W_{l+1}ᵀ ε_{l+1}, G_l = −⟨ε_l f(v_{l−1})ᵀ⟩
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PredictiveCoding {
    /// The kind of inference; default strict.
    pub inference: Inference,
    /// T, steps of the inference, at least 1; default 20.
    pub steps: usize,
    /// γ, the size of a step, above 0; default 0.1.
    pub step_size: f64,
}

impl Default for PredictiveCoding {
    fn default() -> Self {
        Self { inference: Inference::Strict, steps: 20, step_size: 0.1 }
    }
}

impl PredictiveCoding {
    /// With predictions that stay those of the forward pass.
    pub fn fixed_prediction() -> Self {
        Self { inference: Inference::FixedPrediction, ..Self::default() }
    }

    /// With synapses that learn at every step of the inference.
    pub fn incremental() -> Self {
        Self { inference: Inference::Incremental, ..Self::default() }
    }
}

impl PredictiveCoding {
    /// Whether what is predicted for layer `index` stays while the network settles: its input does,
    /// or the rule says so.
    fn stays(&self, index: usize) -> bool {
        index == 0 || self.inference == Inference::FixedPrediction
    }
}

super::show::show_rules!(PredictiveCoding);
crate::display::show_as_settings!(Inference);

impl LearningRule for PredictiveCoding {
    fn about(&self) -> About {
        let usual = Self::default();
        let (name, equation) = match self.inference {
            Inference::Strict => (
                "predictive_coding",
                "ε_l = v_l − W_l f(v_{l−1}), v̇_l = −ε_l + f′(v_l) ⊙ W_{l+1}ᵀ ε_{l+1}, G_l = −⟨ε_l f(v_{l−1})ᵀ⟩",
            ),
            Inference::FixedPrediction => (
                "fixed_prediction_predictive_coding",
                "as predictive_coding, with predictions and slopes of the forward pass",
            ),
            Inference::Incremental => (
                "incremental_predictive_coding",
                "as predictive_coding, with G the mean over the steps of the inference",
            ),
        };
        About::new(
            name,
            equation,
            "Whittington & Bogacz 2017, doi 10.1162/NECO_a_00949; Millidge, Tschantz & Buckley 2022, doi 10.1162/neco_a_01497; Salvatori et al. 2024, arXiv 2212.00720",
        )
        .family(Family::Energy)
        .summary("Units settle between their input and what they predict; synapses learn from the remaining prediction errors.")
        .requirements(&[Requirement::Labels, Requirement::Derivatives, Requirement::SymmetricConnections])
        .learning_rate(0.1)
        .hyperparameter(
            "inference",
            &self.inference,
            &usual.inference,
            "Strict, FixedPrediction or Incremental",
        )
        .hyperparameter("steps", &self.steps, &usual.steps, "of the inference, at least 1")
        .hyperparameter("step_size", &self.step_size, &usual.step_size, "γ, above 0")
    }

    fn check(&self) -> Result<()> {
        error::check_count("steps", self.steps)?;
        error::check_positive("step_size", self.step_size)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(PredictiveCodingLearner {
            rule: *self,
            predictions: Activity::new(network, 0),
            values: Activity::new(network, 0),
            out: Activity::new(network, 0),
            errors: Activity::new(network, 0),
            pull: Activity::new(network, 0),
            lowest: Activity::of_widths(&[network.layers()[0].outputs()]),
            energy: f64::NAN,
        })
    }
}

#[derive(Clone, Debug)]
struct PredictiveCodingLearner {
    rule: PredictiveCoding,
    /// What the forward pass predicts: W_l f(v_{l−1}) + b_l. Of the lowest layer it stays; with
    /// fixed predictions, of all.
    predictions: Activity,
    /// v_l of hidden layers.
    values: Activity,
    /// f(v_l) of hidden layers; with fixed predictions that of the forward pass.
    out: Activity,
    /// −ε_l: what a synapse is to change against.
    errors: Activity,
    /// W_{l+1}ᵀ ε_{l+1}.
    pull: Activity,
    /// −ε_1, the sum over the steps: the input does not change, so that one product supports all.
    lowest: Activity,
    /// What the last inference came down to.
    energy: f64,
}

impl Learner for PredictiveCodingLearner {
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
        self.begin(network, batch.inputs);
        let loss = self.judge(network, batch);
        let (scale, mut last) = (1.0 / batch.len() as f32, loss);
        let is_incremental = self.rule.inference == Inference::Incremental;
        for _ in 0..self.rule.steps {
            self.settle(network);
            self.predict(network);
            // With fixed predictions that of the output stays, too.
            if self.rule.inference != Inference::FixedPrediction {
                last = self.judge(network, batch);
            }
            if is_incremental {
                let mut lowest = self.lowest.out_mut(0);
                lowest += &self.errors.out(0);
                self.learn(network, scale / self.rule.steps as f32, updates);
            }
        }
        let (lowest, share) = match is_incremental {
            true => (self.lowest.out(0), scale / self.rule.steps as f32),
            false => (self.errors.out(0), scale),
        };
        let update = &mut updates.layers_mut()[0];
        let lowest = self.errors.through(0, lowest);
        network.layers()[0].outer(batch.inputs, lowest, share, update);
        if !is_incremental {
            self.learn(network, scale, updates);
        }
        self.energy = last + self.mistakes(network.depth());
        // Steps that are too large climb instead of descending. With fixed predictions there is no
        // energy that descends.
        let descended = self.rule.inference == Inference::FixedPrediction || self.energy <= loss;
        StepReport { loss, settled: descended && self.energy.is_finite() }
    }

    fn energy(&self, _network: &Network) -> Option<f64> {
        Some(self.energy)
    }
}

impl PredictiveCodingLearner {
    /// Everything as the forward pass has it: no errors but at the output.
    fn begin(&mut self, network: &Network, inputs: Inputs<'_>) {
        let rows = inputs.nrows();
        for activity in [
            &mut self.predictions,
            &mut self.values,
            &mut self.out,
            &mut self.errors,
            &mut self.pull,
        ] {
            activity.set_rows(rows);
        }
        for (index, layer) in network.layers().iter().enumerate() {
            let mut prediction = self.predictions.units_mut(index);
            layer.forward(self.out.below(index, &inputs), prediction.reborrow());
            let mut prediction = prediction.into_numbers();
            layer.add_shortcut(&self.out, prediction.view_mut());
            self.values.out_mut(index).assign(&prediction);
            let mut out = self.out.out_mut(index);
            out.assign(&prediction);
            layer.activation.apply(out);
            self.errors.out_mut(index).fill(0.0);
        }
        self.errors.take_traces(&self.predictions, network.depth());
        if self.rule.inference == Inference::Incremental {
            self.lowest.set_rows(rows);
            self.lowest.out_mut(0).fill(0.0);
        }
    }

    /// The errors of the hidden layers' predictions that do not stay.
    fn predict(&mut self, network: &Network) {
        for index in (0..network.depth() - 1).filter(|index| !self.rule.stays(*index)) {
            let mut error = self.errors.units_mut(index);
            let layer = &network.layers()[index];
            layer.forward(self.out.out(index - 1), error.reborrow());
            layer.add_shortcut(&self.out, error.numbers());
            Zip::from(error.numbers()).and(self.values.out(index)).for_each(|e, &v| *e -= v);
        }
    }

    /// The error of the output; returns the mean loss.
    fn judge(&mut self, network: &Network, batch: &Batch<'_>) -> f64 {
        let last = network.depth() - 1;
        let layer = &network.layers()[last];
        let mut error = self.errors.units_mut(last);
        layer.forward(self.out.below(last, &batch.inputs), error.reborrow());
        let mut error = error.into_numbers();
        layer.add_shortcut(&self.out, error.view_mut());
        layer.activation.apply(error.view_mut());
        let loss = network.objective().error(error.view_mut(), batch.targets);
        // Of the mean loss; each example's own is so many times as large.
        error *= batch.len() as f32;
        loss
    }

    /// Moves all hidden units by one step. Where predictions stay, so that nothing else is needed
    /// for it, errors follow.
    fn settle(&mut self, network: &Network) {
        for index in 0..network.depth() - 1 {
            let above = &network.layers()[index + 1];
            let mut pull = self.pull.out_mut(index);
            above.backward(self.errors.units(index + 1), &above.weights, pull.view_mut());
            for (layer, shortcut) in network.shortcuts_from(index) {
                shortcut.add_back(self.errors.out(layer), pull.view_mut());
            }
            let predictions = self.predictions.out(index);
            simd::dispatch(Move {
                activation: network.layers()[index].activation,
                step: self.rule.step_size as f32,
                pull: contiguous(&mut pull),
                values: contiguous(&mut self.values.out_mut(index)),
                errors: contiguous(&mut self.errors.out_mut(index)),
                out: contiguous(&mut self.out.out_mut(index)),
                responds: self.rule.inference != Inference::FixedPrediction,
                predictions: predictions.as_slice().filter(|_| self.rule.stays(index)),
            });
        }
    }

    /// All synapses but those of the lowest layer.
    fn learn(&self, network: &Network, scale: f32, updates: &mut Updates) {
        for index in 1..network.depth() {
            let update = &mut updates.layers_mut()[index];
            let (below, error) = (self.out.out(index - 1), self.errors.units(index));
            network.layers()[index].outer(below, error, scale, update);
        }
    }

    /// Σ ½‖ε_l‖² of the hidden layers, the mean over the batch.
    fn mistakes(&self, layers: usize) -> f64 {
        let hidden = (0..layers - 1).map(|index| self.errors.out(index));
        let squares = hidden.map(|e| e.iter().map(|&e| f64::from(e) * f64::from(e)).sum::<f64>());
        0.5 * squares.sum::<f64>() / self.errors.rows() as f64
    }
}

/// One step of a layer's units, in one pass over them.
struct Move<'a> {
    activation: Activation,
    step: f32,
    /// Wᵀε from above.
    pull: &'a [f32],
    values: &'a mut [f32],
    errors: &'a mut [f32],
    out: &'a mut [f32],
    /// Whether outputs follow.
    responds: bool,
    /// What errors are taken from, if they follow.
    predictions: Option<&'a [f32]>,
}

impl Vectorised for Move<'_> {
    /// A loop for each kind, so that each vectorises.
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        match self.activation {
            Activation::Identity => self.units::<FUSED>(Activation::Identity),
            Activation::Sigmoid => self.units::<FUSED>(Activation::Sigmoid),
            Activation::Tanh => self.units::<FUSED>(Activation::Tanh),
            Activation::Relu => self.units::<FUSED>(Activation::Relu),
        }
    }
}

impl Move<'_> {
    #[inline(always)]
    fn units<const FUSED: bool>(self, activation: Activation) {
        let units = self.values.iter_mut().zip(self.pull).zip(&*self.errors).zip(&mut *self.out);
        for (((v, &pull), &own), h) in units {
            // Errors have the sign of the gradient: v ← v + γ(e − f′ ⊙ Wᵀ e).
            let moved = *v + self.step * (own - pull * activation.slope(*h));
            let response = activation.in_kernel::<FUSED>(moved);
            *h = if self.responds { response } else { *h };
            *v = moved;
        }
        if let Some(predictions) = self.predictions {
            let units = self.errors.iter_mut().zip(predictions).zip(&*self.values);
            units.for_each(|((error, prediction), value)| *error = prediction - value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::rules::Backprop;

    fn deep(objective: Objective) -> Network {
        testing::network(&[6, 5, 4, 3], Activation::Tanh, objective)
    }

    const OBJECTIVES: [Objective; 3] = [
        Objective::SoftmaxCrossEntropy,
        Objective::SigmoidSquaredError,
        Objective::LinearSquaredError,
    ];

    #[test]
    fn fixed_predictions_and_whole_steps_are_backprop() {
        for objective in OBJECTIVES {
            let network = deep(objective);
            let batch = testing::batch(&network, 9);
            let rule = PredictiveCoding {
                steps: 2,
                step_size: 1.0,
                ..PredictiveCoding::fixed_prediction()
            };
            let (found, exact) =
                (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
            for (found, exact) in found.layers().iter().zip(exact.layers()) {
                assert!(found.weights.abs_diff_eq(&exact.weights, 1e-6), "{objective}");
                let (found, exact) = (found.bias.as_ref().unwrap(), exact.bias.as_ref().unwrap());
                assert!(found.abs_diff_eq(exact, 1e-6), "{objective}");
            }
        }
    }

    #[test]
    fn the_inference_descends_the_energy_and_a_step_too_large_is_told() {
        for objective in OBJECTIVES {
            let network = deep(objective);
            let batch = testing::batch(&network, 9);
            let energies: Vec<f64> = [1, 2, 5, 20, 200]
                .into_iter()
                .map(|steps| {
                    let rule = PredictiveCoding { steps, ..PredictiveCoding::default() };
                    assert!(propose(&rule, &network, &batch).0.settled);
                    testing::energy(&rule, &network, &batch)
                })
                .collect();
            assert!(energies.windows(2).all(|pair| pair[1] <= pair[0]), "{energies:?}");
            let wild = PredictiveCoding { step_size: 50.0, ..PredictiveCoding::default() };
            assert!(!propose(&wild, &network, &batch).0.settled);
        }
    }

    #[test]
    fn the_proposal_is_the_gradient_of_the_energy_that_is_left() {
        // At rest ∂E/∂v = 0, so that the whole derivative of the settled energy by a weight is −ε
        // f(v): by central differences.
        let network = testing::network(&[3, 4, 2], Activation::Tanh, Objective::LinearSquaredError);
        let batch = testing::batch(&network, 4);
        let rule = PredictiveCoding { steps: 2000, ..PredictiveCoding::default() };
        let updates = propose(&rule, &network, &batch).1;
        for layer in 0..2 {
            let at = |shift: f32| {
                let mut shifted = network.clone();
                shifted.layers_mut()[layer].weights[(1, 2)] += shift;
                testing::energy(&rule, &shifted, &batch)
            };
            let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
            let found = f64::from(updates.layers()[layer].weights[(1, 2)]);
            assert!((slope - found).abs() < 1e-4, "{slope} is not {found}");
        }
    }

    #[test]
    fn small_errors_make_it_backprop() {
        // Targets close to the answers: the errors are then a linear function of the output's, and
        // to first order those of backprop.
        let network = deep(Objective::LinearSquaredError);
        let far = testing::batch(&network, 9);
        let answers = network.predict(far.batch().inputs);
        let cosine = |share: f32| {
            let targets = &answers + &(share * (&far.batch().targets - &answers));
            let near = testing::Owned::new(far.batch().inputs.dense().to_owned(), targets);
            let rule =
                PredictiveCoding { steps: 1, step_size: 1e-3, ..PredictiveCoding::default() };
            let found = propose(&rule, &network, &near).1;
            let exact = propose(&Backprop, &network, &near).1;
            found.layers()[1].cosine(&exact.layers()[1])
        };
        assert!(cosine(1e-2) > 0.9999, "{}", cosine(1e-2));
    }

    #[test]
    fn incremental_inference_is_the_mean_over_the_steps() {
        let network = deep(Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 9);
        let after = |steps| {
            let rule = PredictiveCoding { steps, ..PredictiveCoding::default() };
            propose(&rule, &network, &batch).1.layers()[1].weights.clone()
        };
        let rule = PredictiveCoding { steps: 2, ..PredictiveCoding::incremental() };
        let found = propose(&rule, &network, &batch).1.layers()[1].weights.clone();
        assert!(found.abs_diff_eq(&((after(1) + after(2)) / 2.0), 1e-6));
    }
}
