//! Reward-modulated Hebbian learning, a rule of three factors: a synapse remembers its input times
//! the noise of its unit as an eligibility trace, and changes by that memory when a reward differs
//! from what was expected.
//!
//! a_l = W_l h_{l−1} + b_l + ξ_l in hidden layers, ξ ~ N(0, σ²) on each unit and example. An example's
//! reward R is its loss with the sign changed, and the expected reward R̄ is a running mean. Then
//!
//! - G_l = −γ [⟨(R − R̄) ξ_l h_{l−1}ᵀ⟩ + ⟨R − R̄⟩ λ E_l]/σ²
//! - E_l ← λ E_l + ⟨ξ_l h_{l−1}ᵀ⟩ and R̄ ← R̄ + (⟨R⟩ − R̄)/τ_R after each update
//!
//! The first term is the trace of the presentation itself, for which the reward comes at once; the
//! second is what earlier presentations have left of theirs. The expectation of G over ξ is γ times
//! the gradient (of the smoothed loss), whatever R̄ and λ: noise of earlier presentations is
//! independent of the reward. R̄ keeps the variance small. Node perturbation subtracts the loss
//! without noise instead, which takes a second pass, and has far smaller variance.
//!
//! γ is the rate of hidden layers over the experiment's. The last layer is a read-out that follows
//! the gradient, in the pass with noise; biases of hidden layers stay. The loss that is reported is
//! that pass's.
//!
//! # Biological requirements
//! A reward that reaches all synapses, and a memory of noise and input at each. The read-out needs
//! labels.
//!
//! Williams 1992, doi 10.1007/BF00992696; Frémaux & Gerstner 2016, doi 10.3389/fncir.2015.00085;
//! Legenstein, Chase, Schwartz & Maass 2010, doi 10.1523/JNEUROSCI.4284-09.2010.

use ndarray::Zip;
use serde::{Deserialize, Serialize};

use super::local_pass::{LocalPass, READ_OUT, WHY};
use super::settling::contiguous;
use super::{
    About, Family, Learner, LearningRule, Requirement, StepReport, check_each_loss, check_plain,
};
use crate::data::Objective;
use crate::error::{self, Error, Result};
use crate::network::{Activity, Batch, Network, Updates};
use crate::random::{self, Rng};

/// Eligibility traces of noise times input, turned into changes by a reward beyond expectation, and
/// a read-out by the gradient. Williams 1992, doi 10.1007/BF00992696.
///
/// G_l = −γ [⟨(R − R̄) ξ_l h_{l−1}ᵀ⟩ + ⟨R − R̄⟩ λ E_l]/σ²
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewardModulatedHebbian {
    /// σ, the standard deviation of the noise on each hidden unit's total input, above 0; default
    /// 1. Smaller noise has a larger variance of what is proposed.
    pub noise: f64,
    /// λ, in [0, 1): what is left of an eligibility trace after an update; default 0.5.
    pub trace_decay: f64,
    /// τ_R in weight updates, at least 1: how slowly the expected reward follows; default 10.
    pub reward_time: f64,
    /// γ, at least 0: what proposals for hidden layers are multiplied by; default 0.03.
    pub hidden_rate: f64,
}

impl Default for RewardModulatedHebbian {
    fn default() -> Self {
        Self { noise: 1.0, trace_decay: 0.5, reward_time: 10.0, hidden_rate: 0.03 }
    }
}

super::show::show_rules!(RewardModulatedHebbian);

impl LearningRule for RewardModulatedHebbian {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "reward_modulated_hebbian",
            format!("G = −γ[⟨(R − R̄) ξ h_{{l−1}}ᵀ⟩ + ⟨R − R̄⟩ λE]/σ², E ← λE + ⟨ξ h_{{l−1}}ᵀ⟩{READ_OUT}"),
            "Williams 1992, doi 10.1007/BF00992696; Frémaux & Gerstner 2016, doi 10.3389/fncir.2015.00085",
        )
        .family(Family::Hebbian)
        .summary("A synapse remembers its unit's noise times its input, and a surprising reward makes a change of it.")
        .requirements(&[Requirement::Labels, Requirement::GlobalReward, Requirement::PerturbationTrace])
        .learning_rate(0.1)
        .hyperparameter("noise", &self.noise, &usual.noise, "σ, above 0")
        .hyperparameter("trace_decay", &self.trace_decay, &usual.trace_decay, "λ, at least 0, below 1")
        .hyperparameter("reward_time", &self.reward_time, &usual.reward_time, "τ in updates, at least 1")
        .hyperparameter("hidden_rate", &self.hidden_rate, &usual.hidden_rate, "γ, at least 0")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("noise", self.noise)?;
        error::check_below_one("trace_decay", self.trace_decay)?;
        error::check_positive("reward_time", self.reward_time)?;
        if self.reward_time < 1.0 {
            let requirement = "it must be at least 1 update, or the expectation overshoots";
            return Err(Error::setting("reward_time", self.reward_time, requirement));
        }
        error::check_not_negative("hidden_rate", self.hidden_rate)
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        check_each_loss(objective, "reward_modulated_hebbian")
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(network, "reward_modulated_hebbian", WHY)
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(RewardModulatedHebbianLearner {
            rule: *self,
            pass: LocalPass::new(network),
            noise: Activity::new(network, 0),
            traces: Updates::new(network),
            losses: Vec::new(),
            expected: None,
        })
    }
}

#[derive(Clone, Debug)]
struct RewardModulatedHebbianLearner {
    rule: RewardModulatedHebbian,
    pass: LocalPass,
    /// ξ of each unit.
    noise: Activity,
    /// E of each weight.
    traces: Updates,
    /// −R of each example.
    losses: Vec<f64>,
    /// R̄; the mean of the first batch at the start.
    expected: Option<f64>,
}

impl Learner for RewardModulatedHebbianLearner {
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
        self.explore(network, batch, rng);
        let loss = self.pass.read_out(network, batch, updates);
        let mut answers = self.pass.outputs().to_owned();
        network.objective().apply_readout(answers.view_mut());
        network.objective().losses(answers.view(), batch.targets, &mut self.losses);
        let mean = -self.losses.iter().sum::<f64>() / batch.len() as f64;
        let expected = *self.expected.get_or_insert(mean);
        for index in 0..network.depth() - 1 {
            self.learn(network, batch, (index, mean, expected), updates);
        }
        self.expected = Some(expected + (mean - expected) / self.rule.reward_time);
        StepReport::of_loss(loss)
    }
}

impl RewardModulatedHebbianLearner {
    /// The forward pass with noise on hidden units, which is kept.
    fn explore(&mut self, network: &Network, batch: &Batch<'_>, rng: &mut Rng) {
        let (sigma, noise) = (self.rule.noise as f32, &mut self.noise);
        noise.set_rows(batch.len());
        self.pass.forward(network, batch.inputs, |index, mut totals| {
            let mut noise = noise.out_mut(index);
            random::draw_normal(contiguous(&mut noise), rng);
            noise *= sigma;
            totals += &noise;
        });
    }

    /// Adds G of one hidden layer, given the mean reward of the batch and the one that was expected;
    /// then its traces take the noise in.
    fn learn(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        (index, mean, expected): (usize, f64, f64),
        updates: &mut Updates,
    ) {
        let rule = self.rule;
        let scale = -rule.hidden_rate / rule.noise.powi(2);
        // Of a map the noise of all places counts, not its mean.
        let places = network.layers()[index].output_maps().places() as f64;
        let of_traces = (scale * (mean - expected) * rule.trace_decay) as f32;
        updates.layers_mut()[index]
            .weights
            .scaled_add(of_traces, &self.traces.layers()[index].weights);
        self.set_factors(network, index, |loss| (-loss - expected) as f32);
        self.pass.correlate(network, batch, index, scale * places, updates);
        self.traces.layers_mut()[index].weights *= rule.trace_decay as f32;
        self.set_factors(network, index, |_| 1.0);
        self.pass.correlate(network, batch, index, places, &mut self.traces);
    }

    /// Each example's noise times what `of` makes of its loss.
    fn set_factors(&mut self, network: &Network, index: usize, of: impl Fn(f64) -> f32) {
        let noise = network.layers()[index].output_maps().by_channel(self.noise.out(index));
        let mut factors = self.pass.factors(network, index);
        Zip::from(&mut factors).and(noise).for_each(|factor, &noise| *factor = noise);
        let places = factors.nrows() / self.losses.len();
        for (row, mut factors) in factors.rows_mut().into_iter().enumerate() {
            factors *= of(self.losses[row / places]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, Owned, propose, propose_with};
    use super::*;
    use crate::network::{Activation, Matrix};
    use crate::rules::Backprop;

    /// A batch in which one example comes very often.
    fn repeated(rows: usize) -> (Network, Owned) {
        let network =
            testing::network(&[3, 4, 2], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let inputs = Matrix::from_shape_fn((rows, 3), |(_, column)| [0.5, -1.0, 0.8][column]);
        let targets = Matrix::from_shape_fn((rows, 2), |(_, column)| [1.0, 0.0][column]);
        (network, Owned::new(inputs, targets))
    }

    #[test]
    fn the_mean_over_noise_is_the_gradient() {
        let (network, batch) = repeated(200_000);
        let rule = RewardModulatedHebbian { noise: 0.05, hidden_rate: 1.0, ..Default::default() };
        let found = propose(&rule, &network, &batch).1;
        let exact = propose(&Backprop, &network, &batch).1;
        let (found, exact) = (&found.layers()[0].weights, &exact.layers()[0].weights);
        let off = (found - exact).mapv(|x| x * x).sum() / exact.mapv(|x| x * x).sum();
        assert!(off < 0.01, "{off}: {found} {exact}");
    }

    #[test]
    fn traces_are_paid_for_by_later_rewards() {
        let (network, batch) = repeated(6);
        let of = |trace_decay: f64| {
            let rule = RewardModulatedHebbian {
                trace_decay,
                hidden_rate: 1.0,
                reward_time: 1e12,
                ..Default::default()
            };
            let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
            let first = propose_with(learner.as_mut(), &network, &batch).1;
            // A worse network, under the same noise.
            let mut worse = network.clone();
            worse.layers_mut()[1].weights *= -1.0;
            [first, propose_with(learner.as_mut(), &worse, &batch).1]
        };
        let (without, with) = (of(0.0), of(0.5));
        // Without a past there is nothing to remember.
        assert_eq!(without[0], with[0]);
        assert!(!without[1].layers()[0].weights.abs_diff_eq(&with[1].layers()[0].weights, 1e-3));
        assert_eq!(without[1].layers()[1], with[1].layers()[1]);
    }

    #[test]
    fn what_was_expected_changes_nothing() {
        let (network, batch) = repeated(1);
        // One example is its own expectation.
        let updates = propose(&RewardModulatedHebbian::default(), &network, &batch).1;
        assert!(updates.layers()[0].weights.iter().all(|g| g.abs() < 1e-6));
    }

    #[test]
    fn meaningless_hyperparameters_are_refused() {
        let told = |rule: RewardModulatedHebbian| rule.check().unwrap_err().to_string();
        let usual = RewardModulatedHebbian::default();
        assert!(told(RewardModulatedHebbian { noise: 0.0, ..usual }).contains("noise is 0"));
        let eternal = RewardModulatedHebbian { trace_decay: 1.0, ..usual };
        assert!(told(eternal).contains("trace_decay is 1"));
        let early = RewardModulatedHebbian { reward_time: 0.5, ..usual };
        assert!(told(early).contains("reward_time is 0.5"));
        assert!(usual.supports(Objective::Contrastive).is_err());
    }
}
