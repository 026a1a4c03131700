//! Contrastive Hebbian learning: the network settles twice, once free and once with its output
//! clamped to the target; a synapse learns from the clamped state and unlearns from the free one.
//! Feedback runs through the transposed forward weights, scaled by γ; as γ → 0 the rule tends to
//! the gradient of the cross-entropy (of half the squared error, for linear outputs).
//!
//! x_k = φ(W_k x_{k−1} + b_k + γ W_{k+1}ᵀ x_{k+1}), settled free (x̌) and clamped (x̂, x̂_L = y)
//!
//! G_k = −γ^{k−L} ⟨x̂_k x̂_{k−1}ᵀ − x̌_k x̌_{k−1}ᵀ⟩
//!
//! Both are stationary states of E = Σ_k γ^{k−L} (Σ ∫φ⁻¹(x_k) − x_k · (W_k x_{k−1} + b_k)), the
//! integral from where φ⁻¹ is 0.
//!
//! The output unit's φ is the network's read-out, a softmax included. States settle by sweeps from
//! the bottom to the top, damped when a sweep moves them further than the one before.
//!
//! # Biological requirements
//! Labels, two phases with memory of the first during the second, and connections that are the same
//! in both directions.
//!
//! Movellan 1991, doi 10.1016/B978-1-4832-1448-1.50007-X; Xie & Seung 2003, *Equivalence of
//! backpropagation and contrastive Hebbian learning in a layered network*, doi
//! 10.1162/089976603762552988.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::settling::{Contrast, States, advance, relative};
use super::{About, Family, Learner, LearningRule, Requirement, StepReport, check_plain};
use crate::data::Objective;
use crate::error::{self, Result};
use crate::network::{Activation, Activity, Batch, Inputs, Layer, Matrix, Network, Updates};
use crate::random::Rng;

/// Learning from the difference of a clamped state x̂ and a free one x̌. As γ → 0 it tends to the
/// gradient of the cross-entropy (of half the squared error, for linear outputs). Movellan 1991,
/// doi 10.1016/B978-1-4832-1448-1.50007-X; Xie & Seung 2003, doi 10.1162/089976603762552988.
///
/// G_k = −γ^{k−L} ⟨x̂_k x̂_{k−1}ᵀ − x̌_k x̌_{k−1}ᵀ⟩
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContrastiveHebbian {
    /// γ, the strength of feedback relative to feedforward connections, above 0; default 0.1.
    pub feedback_gain: f64,
    /// A state has settled when no unit would move by more than this (for units above 1, this
    /// fraction of them); default 1e-6, above rounding in single precision and far below the
    /// differences that teach.
    pub tolerance: f64,
    /// At most so many sweeps in each phase; default 100. A phase that needs more is reported as
    /// unsettled, and its last state is used.
    pub max_sweeps: usize,
}

impl Default for ContrastiveHebbian {
    fn default() -> Self {
        Self { feedback_gain: 0.1, tolerance: 1e-6, max_sweeps: 100 }
    }
}

super::show::show_rules!(ContrastiveHebbian);

impl LearningRule for ContrastiveHebbian {
    fn about(&self) -> About {
        let usual = Self::default();
        About::new(
            "contrastive_hebbian",
            "G_k = −γ^{k−L} ⟨x̂_k x̂_{k−1}ᵀ − x̌_k x̌_{k−1}ᵀ⟩, x̂ settled with the output clamped, x̌ free",
            "Movellan 1991, doi 10.1016/B978-1-4832-1448-1.50007-X; Xie & Seung 2003, doi 10.1162/089976603762552988",
        )
        .family(Family::Energy)
        .summary("Learns from a state clamped to the target, unlearns from the free one.")
        .requirements(&[Requirement::Labels, Requirement::SeparatePhases, Requirement::SymmetricConnections])
        .learning_rate(0.5)
        .hyperparameter("feedback_gain", &self.feedback_gain, &usual.feedback_gain, "γ, above 0")
        .hyperparameter("tolerance", &self.tolerance, &usual.tolerance, "above 0")
        .hyperparameter("max_sweeps", &self.max_sweeps, &usual.max_sweeps, "at least 1, in each phase")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("feedback_gain", self.feedback_gain)?;
        error::check_positive("tolerance", self.tolerance)?;
        error::check_count("max_sweeps", self.max_sweeps)
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        super::needs_targets(objective, &self.about().name)
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(
            network,
            "contrastive_hebbian",
            "its states settle by the energy of a network without any",
        )
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(ContrastiveHebbianLearner {
            rule: *self,
            free: Phase::new(network),
            clamped: Phase::new(network),
            difference: Activity::of_widths(&[network.layers()[0].outputs()]),
        })
    }
}

#[derive(Clone, Debug)]
struct ContrastiveHebbianLearner {
    rule: ContrastiveHebbian,
    free: Phase,
    clamped: Phase,
    /// x̂_1 − x̌_1.
    difference: Activity,
}

impl Learner for ContrastiveHebbianLearner {
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
        let settled_free = self.free.settle_free(network, batch.inputs, &self.rule);
        let answers = self.free.0.states.out(network.depth() - 1);
        let loss = network.objective().loss(answers, batch.targets);
        let settled_clamped =
            self.clamped.settle_clamped(&self.free, network, batch.targets, &self.rule);
        self.contrast(network, batch, updates);
        StepReport { settled: settled_free && settled_clamped, ..StepReport::of_loss(loss) }
    }

    fn energy(&self, network: &Network) -> Option<f64> {
        Some(self.free.energy(network, self.rule.feedback_gain))
    }

    fn predict(&self, network: &Network, inputs: Inputs<'_>) -> Matrix {
        let mut phase = Phase::new(network);
        phase.settle_free(network, inputs, &self.rule);
        phase.0.states.out(network.depth() - 1).to_owned()
    }

    fn states(&self, network: &Network, inputs: Inputs<'_>) -> Option<Activity> {
        let mut phase = Phase::new(network);
        phase.settle_free(network, inputs, &self.rule);
        Some(phase.0.states)
    }
}

impl ContrastiveHebbianLearner {
    fn contrast(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) {
        let (gain, examples) = (self.rule.feedback_gain, batch.len() as f32);
        let last = network.depth() - 1;
        let (plus, minus) = (&self.clamped.0.states, &self.free.0.states);
        let contrast = Contrast { plus, minus, difference: &mut self.difference };
        contrast.propose(network, batch.inputs, updates.layers_mut(), |index| {
            gain.powi(-((last - index) as i32)) as f32 / examples
        });
    }
}

/// One settling of the network.
#[derive(Clone, Debug)]
struct Phase(States);

impl Phase {
    fn new(network: &Network) -> Self {
        Self(States::new(network))
    }

    fn settle_free(
        &mut self,
        network: &Network,
        inputs: Inputs<'_>,
        rule: &ContrastiveHebbian,
    ) -> bool {
        self.0.drive_by(network, inputs);
        for index in 0..network.depth() {
            self.pull(network, index, 0.0);
            self.0.states.out_mut(index).assign(&self.0.goals.out(index));
        }
        // Without a hidden layer there is no feedback to wait for.
        let settled = network.depth() == 1 || self.sweep(network, network.depth(), rule);
        self.0.keep_traces();
        settled
    }

    fn settle_clamped(
        &mut self,
        free: &Self,
        network: &Network,
        targets: ArrayView2<'_, f32>,
        rule: &ContrastiveHebbian,
    ) -> bool {
        let last = network.depth() - 1;
        self.0.begin_at(&free.0, last);
        self.0.states.out_mut(last).assign(&targets);
        if last == 1 {
            // The only hidden layer sees nothing that moves: one pull is its fixed point.
            self.pull(network, 0, rule.feedback_gain as f32);
            self.0.states.out_mut(0).assign(&self.0.goals.out(0));
            self.0.keep_traces();
            return true;
        }
        let settled = last == 0 || self.sweep(network, last, rule);
        self.0.keep_traces();
        settled
    }

    /// E of the present state, the mean over the examples.
    fn energy(&self, network: &Network, gain: f64) -> f64 {
        let last = network.depth() - 1;
        let of_layer = |(index, layer): (usize, &Layer)| {
            let (states, driven) = self.0.with_drive(network, index);
            let kind =
                if index == last { Kind::of_answers(network.objective()) } else { Kind::of(layer) };
            let units = states.iter().zip(&driven);
            let own =
                units.map(|(&x, &a)| kind.inverse_integral(x.into()) - f64::from(x) * f64::from(a));
            gain.powi(index as i32 - last as i32) * own.sum::<f64>()
        };
        let layers = network.layers().iter().enumerate();
        layers.map(of_layer).sum::<f64>() / self.0.states.rows() as f64
    }

    /// Sweeps over the lowest `layers` layers until they rest; says whether they did.
    fn sweep(&mut self, network: &Network, layers: usize, rule: &ContrastiveHebbian) -> bool {
        let (mut step, mut before) = (1.0_f32, f32::INFINITY);
        for _ in 0..rule.max_sweeps {
            let mut residual = 0.0_f32;
            for index in 0..layers {
                self.pull(network, index, rule.feedback_gain as f32);
                residual = residual.max(self.advance(index, step));
            }
            if f64::from(residual) <= rule.tolerance {
                return true;
            }
            if residual > before {
                step = (0.5 * step).max(SMALLEST_STEP);
            }
            before = residual;
        }
        false
    }

    /// Computes what layer `index` would become, from its neighbours as they are now.
    fn pull(&mut self, network: &Network, index: usize, gain: f32) {
        let layer = &network.layers()[index];
        let is_last = index + 1 == network.depth();
        self.0.pull_from_below(network, index);
        if !is_last && gain != 0.0 {
            self.0.pull_from_above(network, index, gain);
        }
        let mut goal = self.0.goals.out_mut(index);
        layer.activation.apply(goal.view_mut());
        if is_last {
            network.objective().apply_readout(goal);
        }
    }

    /// Moves layer `index` towards what it would become; returns the largest distance it had to go.
    fn advance(&mut self, index: usize, step: f32) -> f32 {
        advance(self.0.states.out_mut(index), self.0.goals.out(index), |x, goal| {
            let move_by = goal - x;
            (x + step * move_by, relative(move_by, goal))
        })
    }
}

/// Which φ units have, for the integral of its inverse.
#[derive(Clone, Copy)]
enum Kind {
    Linear,
    Sigmoid,
    Softmax,
    Tanh,
}

impl Kind {
    fn of(layer: &Layer) -> Self {
        match layer.activation {
            // Above 0, where its states are, a rectifier is linear.
            Activation::Identity | Activation::Relu => Self::Linear,
            Activation::Sigmoid => Self::Sigmoid,
            Activation::Tanh => Self::Tanh,
        }
    }

    fn of_answers(objective: Objective) -> Self {
        match objective {
            Objective::SoftmaxCrossEntropy => Self::Softmax,
            Objective::SigmoidCrossEntropy | Objective::SigmoidSquaredError => Self::Sigmoid,
            Objective::LinearSquaredError | Objective::Contrastive => Self::Linear,
        }
    }

    /// ∫φ⁻¹ up to `x`.
    fn inverse_integral(self, x: f64) -> f64 {
        let entropy = |p: f64| if p > 0.0 { p * p.ln() } else { 0.0 };
        match self {
            Self::Linear => 0.5 * x * x,
            Self::Softmax => entropy(x),
            Self::Sigmoid => entropy(x) + entropy(1.0 - x),
            Self::Tanh => 0.5 * (entropy(1.0 + x) + entropy(1.0 - x)),
        }
    }
}

/// The most that sweeps are damped.
const SMALLEST_STEP: f32 = 1.0 / 16.0;

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand, propose};
    use super::*;
    use crate::data::{Dataset, Task, TaskSettings};
    use crate::network::Architecture;
    use crate::random;
    use crate::rules::Backprop;

    fn rule(feedback_gain: f64) -> ContrastiveHebbian {
        ContrastiveHebbian { feedback_gain, ..ContrastiveHebbian::default() }
    }

    #[test]
    fn one_step_by_hand() {
        // The fixed point of the hand network in double precision, unit by unit.
        let (gamma, ln3) = (0.5_f64, 3.0_f64.ln());
        let sigmoid = |a: f64| 1.0 / (1.0 + (-a).exp());
        let hidden = |y: [f64; 2]| {
            [sigmoid(gamma * 3.0 * y[0]), sigmoid(ln3 + gamma * (-2.0 * y[0] + ln3 / 0.75 * y[1]))]
        };
        let answer = |h: [f64; 2]| {
            let odds = (ln3 / 0.75 * h[1] - (3.0 * h[0] - 2.0 * h[1])).exp();
            [1.0 / (1.0 + odds), odds / (1.0 + odds)]
        };
        let mut free = [0.5, 0.5];
        for _ in 0..500 {
            let next = answer(hidden(free));
            free = [0.5 * (free[0] + next[0]), 0.5 * (free[1] + next[1])];
        }
        let (up, down) = (hidden([1.0, 0.0]), hidden(free));
        let g2 = |i: usize, j: usize| -([1.0, 0.0][i] * up[j] - free[i] * down[j]) as f32;
        let g1 = |i: usize, x: f64| (-(up[i] - down[i]) * x / gamma) as f32;
        let (step, updates) = propose(&rule(gamma), &hand::network(), &hand::batch());
        assert!(step.settled);
        assert_close(
            &updates.layers()[1].weights,
            &[[g2(0, 0), g2(0, 1)], [g2(1, 0), g2(1, 1)]],
            1e-5,
        );
        assert_close(
            &updates.layers()[0].weights,
            &[[g1(0, 1.0), g1(0, 2.0)], [g1(1, 1.0), g1(1, 2.0)]],
            1e-5,
        );
    }

    /// The cosine between the rule's proposal and the gradient, for each layer.
    fn cosines(gain: f64, network: &Network, batch: &testing::Owned) -> Vec<f64> {
        let (_, exact) = propose(&Backprop, network, batch);
        let (step, updates) = propose(&rule(gain), network, batch);
        assert!(step.settled);
        updates
            .layers()
            .iter()
            .zip(exact.layers())
            .map(|(found, exact)| found.cosine(exact))
            .collect()
    }

    #[test]
    fn tends_to_the_gradient_of_the_cross_entropy_as_feedback_weakens() {
        for objective in [Objective::SigmoidCrossEntropy, Objective::SoftmaxCrossEntropy] {
            let task =
                Task::classification(&Dataset::synthetic(0), &TaskSettings::default()).unwrap();
            let network = Architecture::default()
                .build(&task.with_objective(objective), &mut random::stream(1, "init"));
            let batch = testing::batch(&network, 32);
            assert!(
                cosines(0.1, &network, &batch).iter().all(|&cosine| cosine >= 0.999),
                "{objective}"
            );
            assert!(
                cosines(0.01, &network, &batch).iter().all(|&cosine| cosine >= 0.99999),
                "{objective}"
            );
        }
    }

    #[test]
    fn the_deviation_from_the_gradient_shrinks_with_the_square_of_the_gain_in_a_deep_network() {
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Sigmoid, Objective::SigmoidCrossEntropy);
        let batch = testing::batch(&network, 9);
        let (coarse, fine) = (cosines(0.1, &network, &batch), cosines(0.03, &network, &batch));
        for (coarse, fine) in coarse.iter().zip(fine) {
            let ratio = (1.0 - coarse) / (1.0 - fine);
            let expected = (0.1_f64 / 0.03).powi(2);
            assert!((ratio / expected - 1.0).abs() < 0.3, "{ratio} is not about {expected}");
        }
    }

    #[test]
    fn settled_states_are_stationary_points_of_the_energy() {
        let objectives = [
            Objective::SoftmaxCrossEntropy,
            Objective::SigmoidCrossEntropy,
            Objective::SigmoidSquaredError,
            Objective::LinearSquaredError,
        ];
        for (objective, activation) in objectives.into_iter().flat_map(|objective| {
            [Activation::Sigmoid, Activation::Tanh].map(|activation| (objective, activation))
        }) {
            let network = testing::network(&[6, 5, 4, 3], activation, objective);
            let batch = testing::batch(&network, 1);
            let rule = rule(0.3);
            let mut phase = Phase::new(&network);
            assert!(phase.settle_free(&network, batch.batch().inputs, &rule));
            for index in 0..3 {
                // Along the simplex, for the answers of a softmax.
                let mut at = |by: f32| {
                    phase.0.states.out_mut(index)[(0, 0)] += by;
                    phase.0.states.out_mut(index)[(0, 1)] -= by;
                    let energy = phase.energy(&network, rule.feedback_gain);
                    phase.0.states.out_mut(index)[(0, 0)] -= by;
                    phase.0.states.out_mut(index)[(0, 1)] += by;
                    energy
                };
                let (rest, slope) = (at(0.0), (at(1e-2) - at(-1e-2)) / 2e-2);
                let curvature = (at(1e-2) + at(-1e-2) - 2.0 * rest) / 1e-4;
                assert!(slope.abs() < 2e-2 * curvature, "{objective}: {slope}, {curvature}");
            }
        }
    }

    #[test]
    fn says_when_it_did_not_settle() {
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Sigmoid, Objective::SigmoidCrossEntropy);
        let hasty = ContrastiveHebbian { max_sweeps: 1, ..rule(0.5) };
        assert!(!propose(&hasty, &network, &testing::batch(&network, 9)).0.settled);
    }

    #[test]
    fn without_a_hidden_layer_it_is_the_delta_rule() {
        let network =
            testing::network(&[6, 3], Activation::Sigmoid, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 9);
        let (found, exact) =
            (propose(&rule(0.1), &network, &batch).1, propose(&Backprop, &network, &batch).1);
        assert!(found.layers()[0].weights.abs_diff_eq(&exact.layers()[0].weights, 1e-6));
    }
}
