//! Weight perturbation: Gaussian noise is added to all weights. The change of the scalar loss times
//! the noise is the update. Each synapse must remember its own perturbation.
//!
//! ξ ~ N(0, σ²) on all weights and biases, G = ⟨(L(W + ξ) − L(W)) ξ⟩/σ², over draws of ξ, L the
//! mean loss of the batch
//!
//! The expectation of G is the gradient (of the loss smoothed by the noise, which for small σ is
//! the same), whatever the network: the proposal is unbiased. Its variance is large: ⟨‖G − ∇‖²⟩ =
//! (N + 1) ‖∇‖² for N synapses and one draw, so that the learning rate must be N times as small as
//! the gradient's.
//!
//! # Biological requirements
//! A reward or loss that is broadcast to all synapses, twice for the same input, and a memory of
//! the noise at each; nothing else.
//!
//! Dembo & Kailath 1990, *Model-free distributed learning*, doi 10.1109/72.80205, and Cauwenberghs
//! 1993, *A fast stochastic error-descent algorithm for supervised learning and optimization* (NIPS
//! 5), shake all weights at once, as here; Jabri & Flower 1992, *Weight perturbation: an optimal
//! architecture and learning technique for analog VLSI feedforward and recurrent multilayer
//! networks*, doi 10.1109/72.105429, one at a time; Züge, Klos & Memmesheimer 2023, *Weight versus
//! node perturbation learning in temporally extended tasks*, doi 10.1103/PhysRevX.13.021006.

use ndarray::Zip;
use serde::{Deserialize, Serialize};

use super::{About, Family, Learner, LearningRule, Requirement, StepReport};
use crate::error::{self, Result};
use crate::network::{Activity, Batch, Network, Updates};
use crate::random::{self, Rng};

/// Random changes of all weights, kept as far as they helped. Dembo & Kailath 1990, doi
/// 10.1109/72.80205.
///
/// G = ⟨(L(W + ξ) − L(W)) ξ⟩/σ², ξ ~ N(0, σ²)
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightPerturbation {
    /// σ, the standard deviation of the noise on each weight, above 0; default 0.001.
    pub noise: f64,
    /// Draws of the noise for each batch, at least 1; default 1. So many divide the variance of a
    /// proposal, and multiply its cost.
    pub draws: usize,
}

impl Default for WeightPerturbation {
    fn default() -> Self {
        Self { noise: 0.001, draws: 1 }
    }
}

super::show::show_rules!(WeightPerturbation);

impl LearningRule for WeightPerturbation {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "weight_perturbation",
            "G = ⟨(L(W + ξ) − L(W)) ξ⟩/σ², ξ ~ N(0, σ²) on all weights",
            "Dembo & Kailath 1990, doi 10.1109/72.80205; Jabri & Flower 1992, doi 10.1109/72.105429; Züge, Klos & Memmesheimer 2023, doi 10.1103/PhysRevX.13.021006",
        )
        .family(Family::Perturbation)
        .summary("Every synapse shakes at random, and keeps what made the loss smaller.")
        .requirements(&[Requirement::Labels, Requirement::GlobalReward, Requirement::SeparatePhases, Requirement::PerturbationTrace])
        .learning_rate(0.001)
        .hyperparameter("noise", &self.noise, &usual.noise, "σ, above 0")
        .hyperparameter("draws", &self.draws, &usual.draws, "per batch, at least 1")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("noise", self.noise)?;
        error::check_count("draws", self.draws)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(WeightPerturbationLearner {
            rule: *self,
            activity: Activity::new(network, 0),
            noise: Updates::new(network),
            shaken: network.clone(),
        })
    }
}

#[derive(Clone, Debug)]
struct WeightPerturbationLearner {
    rule: WeightPerturbation,
    activity: Activity,
    noise: Updates,
    shaken: Network,
}

impl Learner for WeightPerturbationLearner {
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
        let loss = loss(network, batch, &mut self.activity);
        for _ in 0..self.rule.draws {
            self.shake(network, rng);
            let change = self::loss(&self.shaken, batch, &mut self.activity) - loss;
            let worth = change / (self.rule.noise * self.rule.draws as f64);
            let layers = updates.layers_mut().iter_mut().zip(self.noise.layers());
            for (update, noise) in layers {
                update.scaled_add(worth as f32, noise);
            }
        }
        StepReport::of_loss(loss)
    }
}

impl WeightPerturbationLearner {
    /// Draws noise of standard deviation 1, and gives the shaken network σ times as much.
    fn shake(&mut self, network: &Network, rng: &mut Rng) {
        self.noise.for_each_slice(|noise| random::draw_normal(noise, rng));
        let sigma = self.rule.noise as f32;
        let layers = network.layers().iter().zip(self.noise.layers());
        for (shaken, (layer, noise)) in self.shaken.layers_mut().iter_mut().zip(layers) {
            Zip::from(&mut shaken.weights)
                .and(&layer.weights)
                .and(&noise.weights)
                .for_each(|s, &w, &n| *s = w + sigma * n);
            if let (Some(shaken), Some(bias), Some(noise)) =
                (&mut shaken.bias, &layer.bias, &noise.bias)
            {
                Zip::from(shaken).and(bias).and(noise).for_each(|s, &b, &n| *s = b + sigma * n);
            }
        }
    }
}

/// The mean loss of the batch.
fn loss(network: &Network, batch: &Batch<'_>, activity: &mut Activity) -> f64 {
    network.forward(batch.inputs, activity);
    let last = network.depth() - 1;
    network.objective().apply_readout(activity.out_mut(last));
    network.objective().loss(activity.out(last), batch.targets)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::rules::Backprop;

    #[test]
    fn the_mean_over_draws_is_the_gradient() {
        for (objective, hidden) in [
            (Objective::SoftmaxCrossEntropy, Activation::Tanh),
            (Objective::SigmoidSquaredError, Activation::Sigmoid),
        ] {
            let network = testing::network(&[4, 5, 4, 3], hidden, objective);
            let batch = testing::batch(&network, 6);
            let draws = 40_000;
            let rule = WeightPerturbation { draws, ..WeightPerturbation::default() };
            let (found, exact) =
                (propose(&rule, &network, &batch).1, propose(&Backprop, &network, &batch).1);
            // (N + 1)/K of the squared norm are left over all layers, N = 64 synapses.
            let (mut distance, mut norm) = (0.0, 0.0);
            for (found, exact) in found.layers().iter().zip(exact.layers()) {
                let weights = found.weights.iter().zip(&exact.weights);
                let biases = found.bias.iter().flatten().zip(exact.bias.iter().flatten());
                for (&a, &b) in weights.chain(biases) {
                    distance += f64::from(a - b).powi(2);
                    norm += f64::from(b).powi(2);
                }
            }
            let expected = (network.parameters() + 1) as f64 / draws as f64;
            let ratio = distance / norm / expected;
            assert!(
                (0.5..1.7).contains(&ratio),
                "{objective}: {ratio} times the theory's variance"
            );
        }
    }

    #[test]
    fn the_loss_it_reports_is_the_undisturbed_networks() {
        let batch = testing::hand::batch();
        let step = propose(&WeightPerturbation::default(), &testing::hand::network(), &batch).0;
        assert!((step.loss - testing::hand::LOSS).abs() < 1e-6);
    }
}
