//! Node perturbation: independent Gaussian noise is added to each unit's pre-activation on each
//! example. Weights move along the noise, in proportion to how much it lowered that example's loss.
//! There are far fewer units than synapses, so that the variance is smaller than [weight
//! perturbation](super::WeightPerturbation)'s.
//!
//! a_l = W_l h_{l−1} + b_l + ξ_l, ξ ~ N(0, σ²) on all units and examples at once; G_l = ⟨(L_ξ − L)
//! ξ_l h_{l−1}ᵀ⟩/σ², over examples, with the losses L of the example alone and h of the undisturbed
//! pass
//!
//! The expectation over ξ is the gradient (of the smoothed loss, which for small σ is the same).
//! The variant with the noise on the units' *outputs*, `post_activation_node_perturbation`, which
//! the Neuromatch tutorial on learning rules has, is biased whatever the number of draws: what it
//! tends to is ⟨∂L/∂h_l h_{l−1}ᵀ⟩, the gradient without the factor φ′(a_l).
//!
//! # Biological requirements
//! The loss of each example, broadcast to all units, with and without noise, and a memory of the
//! noise at each unit.
//!
//! Widrow & Lehr 1990, doi 10.1109/5.58323; Werfel, Xie & Seung 2005, *Learning curves for
//! stochastic gradient descent in linear feedforward networks*, doi 10.1162/089976605774320539;
//! Dalm et al. 2023, arXiv 2310.00965.

use ndarray::Zip;
use serde::{Deserialize, Serialize};

use super::settling::contiguous;
use super::{About, Family, Learner, LearningRule, Requirement, StepReport, check_each_loss};
use crate::data::Objective;
use crate::error::{self, Result};
use crate::network::{Activity, Batch, Inputs, Network, Updates};
use crate::random::{self, Rng};

/// Where a unit shakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// Its input, before the nonlinearity: unbiased.
    #[default]
    PreActivation,
    /// Its output: biased, for the slope of the nonlinearity is left out.
    PostActivation,
}

/// Random changes of all units' inputs, kept as far as they helped. Werfel, Xie & Seung 2005, doi
/// 10.1162/089976605774320539.
///
/// G_l = ⟨(L_ξ − L) ξ_l h_{l−1}ᵀ⟩/σ², ξ ~ N(0, σ²)
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NodePerturbation {
    /// σ, the standard deviation of the noise on each unit, above 0; default 0.01.
    pub noise: f64,
    /// Where units shake; default before the nonlinearity.
    pub site: Site,
    /// Draws of the noise for each batch, at least 1; default 1. So many divide the variance of a
    /// proposal, and multiply its cost.
    pub draws: usize,
}

impl Default for NodePerturbation {
    fn default() -> Self {
        Self { noise: 0.01, site: Site::PreActivation, draws: 1 }
    }
}

impl NodePerturbation {
    /// With noise on the units' outputs, which is biased.
    pub fn post_activation() -> Self {
        Self { site: Site::PostActivation, ..Self::default() }
    }
}

super::show::show_rules!(NodePerturbation);
crate::display::show_as_settings!(Site);

impl LearningRule for NodePerturbation {
    fn about(&self) -> About {
        let usual = Self::default();
        let (name, equation) = match self.site {
            Site::PreActivation => (
                "node_perturbation",
                "G_l = ⟨(L_ξ − L) ξ_l h_{l−1}ᵀ⟩/σ², ξ ~ N(0, σ²) added to the units' inputs",
            ),
            Site::PostActivation => (
                "post_activation_node_perturbation",
                "G_l = ⟨(L_ξ − L) ξ_l h_{l−1}ᵀ⟩/σ², ξ ~ N(0, σ²) added to the units' outputs",
            ),
        };
        About::new(
            name,
            equation,
            "Widrow & Lehr 1990, doi 10.1109/5.58323; Werfel, Xie & Seung 2005, doi 10.1162/089976605774320539",
        )
        .family(Family::Perturbation)
        .summary("Adds noise to every unit; weights move along the noise that lowered the loss.")
        .requirements(&[Requirement::Labels, Requirement::GlobalReward, Requirement::SeparatePhases, Requirement::PerturbationTrace])
        .learning_rate(0.01)
        .hyperparameter("noise", &self.noise, &usual.noise, "σ, above 0")
        .hyperparameter("site", &self.site, &usual.site, "PreActivation or PostActivation")
        .hyperparameter("draws", &self.draws, &usual.draws, "per batch, at least 1")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("noise", self.noise)?;
        error::check_count("draws", self.draws)
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        check_each_loss(objective, &self.about().name)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(NodePerturbationLearner {
            rule: *self,
            clean: Activity::new(network, 0),
            shaken: Activity::new(network, 0),
            noise: Activity::new(network, 0),
            drive: Activity::of_widths(&[network.layers()[0].outputs()]),
            losses: Vec::new(),
            changes: Vec::new(),
        })
    }
}

#[derive(Clone, Debug)]
struct NodePerturbationLearner {
    rule: NodePerturbation,
    clean: Activity,
    shaken: Activity,
    /// Of standard deviation 1; then what each unit's synapses are told.
    noise: Activity,
    /// W_1 x + b_1, the same with noise and without.
    drive: Activity,
    /// Of each example, without noise; and what noise added.
    losses: Vec<f64>,
    changes: Vec<f64>,
}

impl Learner for NodePerturbationLearner {
    fn copied(&self) -> Option<Box<dyn Learner>> {
        Some(Box::new(self.clone()))
    }

    fn propose(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        updates: &mut Updates,
        rng: &mut Rng,
    ) -> StepReport {
        let (rows, last) = (batch.len(), network.depth() - 1);
        self.set_rows(rows);
        network.layers()[0].forward(batch.inputs, self.drive.units_mut(0));
        self.pass(network, batch.inputs, None);
        let objective = network.objective();
        objective.losses(self.clean.out(last), batch.targets, &mut self.losses);
        for _ in 0..self.rule.draws {
            self.draw(network, rng);
            self.pass(network, batch.inputs, Some(self.rule.noise as f32));
            objective.losses(self.shaken.out(last), batch.targets, &mut self.changes);
            self.changes.iter_mut().zip(&self.losses).for_each(|(change, loss)| *change -= loss);
            self.learn(network, batch, updates);
        }
        StepReport::of_loss(self.losses.iter().sum::<f64>() / rows as f64)
    }
}

impl NodePerturbationLearner {
    fn set_rows(&mut self, rows: usize) {
        for activity in [&mut self.clean, &mut self.shaken, &mut self.noise, &mut self.drive] {
            activity.set_rows(rows);
        }
    }

    fn draw(&mut self, network: &Network, rng: &mut Rng) {
        for index in 0..network.depth() {
            random::draw_normal(contiguous(&mut self.noise.out_mut(index)), rng);
        }
    }

    /// From the lowest layer's drive to the answers; with noise of this standard deviation, if
    /// there is to be some.
    fn pass(&mut self, network: &Network, inputs: Inputs<'_>, sigma: Option<f32>) {
        let states = if sigma.is_some() { &mut self.shaken } else { &mut self.clean };
        for (index, layer) in network.layers().iter().enumerate() {
            if index == 0 {
                states.out_mut(0).assign(&self.drive.out(0));
                states.take_traces(&self.drive, 1);
            } else {
                let (below, out) = states.below_and_out(index, &inputs);
                layer.forward(below, out);
                states.add_shortcut(index, layer);
            }
            let mut out = states.out_mut(index);
            if self.rule.site == Site::PostActivation {
                layer.activation.apply(out.view_mut());
            }
            if let Some(sigma) = sigma {
                Zip::from(&mut out).and(self.noise.out(index)).for_each(|h, &n| *h += sigma * n);
            }
            if self.rule.site == Site::PreActivation {
                layer.activation.apply(out);
            }
        }
        network.objective().apply_readout(states.out_mut(network.depth() - 1));
    }

    fn learn(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) {
        let scale = 1.0 / (self.rule.noise * (batch.len() * self.rule.draws) as f64);
        for (index, layer) in network.layers().iter().enumerate() {
            let mut worth = self.noise.out_mut(index);
            for (mut row, change) in worth.rows_mut().into_iter().zip(&self.changes) {
                row *= (scale * change) as f32;
            }
            let below = self.clean.below(index, &batch.inputs);
            let worth = self.clean.through(index, self.noise.out(index));
            layer.outer(below, worth, 1.0, &mut updates.layers_mut()[index]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, propose};
    use super::*;
    use crate::network::Activation;
    use crate::network::Matrix;
    use crate::rules::Backprop;

    /// The mean of very many draws, its squared distance to `expected` and that one's squared norm,
    /// for each layer's weights.
    fn distances(rule: NodePerturbation, network: &Network, expected: &[Matrix]) -> Vec<f64> {
        let found = propose(&rule, network, &testing::batch(network, 6)).1;
        let square = |m: Matrix| m.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let layers = found.layers().iter().zip(expected);
        layers.map(|(f, e)| square(&f.weights - e) / square(e.clone())).collect()
    }

    fn gradients(network: &Network) -> Vec<Matrix> {
        let exact = propose(&Backprop, network, &testing::batch(network, 6)).1;
        exact.layers().iter().map(|layer| layer.weights.clone()).collect()
    }

    #[test]
    fn the_mean_over_draws_is_the_gradient() {
        for (objective, hidden) in [
            (Objective::SoftmaxCrossEntropy, Activation::Tanh),
            (Objective::SigmoidSquaredError, Activation::Sigmoid),
        ] {
            let network = testing::network(&[4, 5, 4, 3], hidden, objective);
            let rule = NodePerturbation { draws: 20_000, ..NodePerturbation::default() };
            let left = distances(rule, &network, &gradients(&network));
            assert!(left.iter().all(|&left| left < 0.03), "{objective}: {left:?}");
            // A quarter of the draws have four times the variance, so that what is left is noise
            // and no bias.
            let fewer = distances(
                NodePerturbation { draws: 5_000, ..rule },
                &network,
                &gradients(&network),
            );
            assert!(
                fewer.iter().sum::<f64>() > 2.5 * left.iter().sum::<f64>(),
                "{fewer:?} {left:?}"
            );
        }
    }

    #[test]
    fn with_noise_on_the_outputs_the_slope_is_missing_from_the_mean() {
        let network =
            testing::network(&[4, 5, 3], Activation::Sigmoid, Objective::SoftmaxCrossEntropy);
        let rule = NodePerturbation { draws: 20_000, ..NodePerturbation::post_activation() };
        // ⟨(W_2ᵀ δ_2) xᵀ⟩, without the slope of at most a quarter.
        let batch = testing::batch(&network, 6);
        let mut activity = Activity::new(&network, 0);
        network.forward(batch.batch().inputs, &mut activity);
        let (error, _) = network.output_error(&activity, batch.batch().targets);
        let carried = error.dot(&network.layers()[1].weights);
        let without = carried.t().dot(&batch.batch().inputs.dense());
        let exact = gradients(&network);
        let expected = [without, exact[1].clone()];
        let left = distances(rule, &network, &expected);
        assert!(left.iter().all(|&left| left < 0.01), "{left:?}");
        // Beside the gradient this is a bias of several times its norm, and more draws do not help.
        let bias = distances(rule, &network, &exact)[0];
        assert!(bias > 4.0, "{bias}");
    }

    #[test]
    fn the_loss_it_reports_is_the_undisturbed_networks() {
        let batch = testing::hand::batch();
        let step = propose(&NodePerturbation::default(), &testing::hand::network(), &batch).0;
        assert!((step.loss - testing::hand::LOSS).abs() < 1e-6);
    }
}
