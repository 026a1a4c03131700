//! Equilibrium propagation: the network settles into a minimum of its energy, free at first and
//! then with its output nudged towards the target, or towards it and away from it; a synapse learns
//! from the difference between these states. As β → 0 the rule tends to the gradient of the loss of
//! the free state.
//!
//! E = ½ Σ_l |s_l|² − Σ_l s_lᵀ(W_l s_{l−1} + b_l), 0 ≤ s ≤ 1, s_0 = x; states go down E + βC, with
//! C the loss
//!
//! s_l ← clip(s_l + ε(W_l s_{l−1} + b_l + W_{l+1}ᵀ s_{l+1} − s_l − β ∂C/∂s_l))
//!
//! - symmetric: G_l = −⟨s_l s_{l−1}ᵀ at β − s_l s_{l−1}ᵀ at −β⟩/(2β), off the gradient by O(β²)
//! - one-sided: G_l = −⟨s_l s_{l−1}ᵀ at β − s_l s_{l−1}ᵀ at 0⟩/β, off by O(β)
//!
//! With a squared error the output units are states too, and ∂C/∂s is their error; those of the
//! linear objective are not clipped. With a cross-entropy the uppermost weights are a read-out of
//! what has settled, ŷ = softmax(W_L s_{L−1} + b_L) (or the sigmoid): they carry the force −βW_Lᵀ(ŷ
//! − y) down, and G_L = ⟨(ŷ − y) s_{L−1}ᵀ⟩ in the nudged states, which for two of them is their
//! mean and as close to the gradient as the rest.
//!
//! Layers move one after the other, from the bottom to the top and, nudged, from the top to the
//! bottom, as signals come in. For each the energy is a convex one while its neighbours rest, so
//! that no step of the free phase raises it, which moving all layers at once would not promise.
//!
//! The hidden units' nonlinearity is the clipping, and part of the rule: the network's own φ is
//! used by nothing but the read-out, and answers are those of the free state. What is measured on
//! the forward pass (activity, gain) is therefore what these weights would do in a feedforward
//! network of that φ. It comes nearest to the free state with ReLU, which clips at one end.
//!
//! # Biological requirements
//! Labels, two or three phases with memory of one during another, and connections that are the same
//! in both directions.
//!
//! Scellier & Bengio 2017, *Equilibrium propagation: bridging the gap between energy-based models
//! and backpropagation*, doi 10.3389/fncom.2017.00024; symmetric nudging and the read-out:
//! Laborieux et al. 2021, *Scaling equilibrium propagation to deep convnets by drastically reducing
//! its gradient estimator bias*, arXiv 2006.03824.

use ndarray::{ArrayView2, ArrayViewMut2, Zip};
use serde::{Deserialize, Serialize};

use super::settling::{Contrast, States, advance, relative};
use super::{About, Family, Learner, LearningRule, Requirement, StepReport, check_plain};
use crate::data::Objective;
use crate::error::{self, Error, Result};
use crate::network::{Activity, Batch, Inputs, LayerUpdate, Matrix, Network, Store, Updates};
use crate::random::Rng;

/// Which states equilibrium propagation compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nudging {
    /// One nudged towards the target and one nudged away from it; the default. Laborieux et al.
    /// 2021.
    #[default]
    Symmetric,
    /// One nudged towards the target and the free one. Scellier & Bengio 2017.
    OneSided,
}

/// Learning from the difference of two states of least energy. As β → 0 it tends to the gradient of
/// the loss of the free state. Its units are clipped between 0 and 1 and the network's own
/// nonlinearity is not used. Scellier & Bengio 2017, doi 10.3389/fncom.2017.00024; Laborieux et al.
/// 2021, arXiv 2006.03824.
///
/// G_l = −⟨s_l s_{l−1}ᵀ at β − s_l s_{l−1}ᵀ at −β⟩/(2β)
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EquilibriumPropagation {
    /// β, the strength of the nudge relative to the energy, above 0; default 0.1. Output units
    /// under a squared error have no resting place away from the target unless it is below 1 (below
    /// ½ for the sigmoid's squared error, which is twice as steep).
    pub nudge: f64,
    /// Which states are compared; default symmetric.
    pub nudging: Nudging,
    /// At most so many steps of the free phase; default 30, above the 20 of Scellier & Bengio's one
    /// hidden layer. A phase that needs more is reported as unsettled, and its last state is used.
    /// Under a cross-entropy one hidden layer rests after one step; two of 100 units take about 100
    /// on digits, and reach 95 % in 3 epochs with 30.
    pub free_steps: usize,
    /// At most so many steps of each nudged phase; default 10, above the 4 of Scellier & Bengio's
    /// one hidden layer. It may end before it has settled: the first steps carry most of the
    /// gradient.
    pub nudged_steps: usize,
    /// ε, the part of the way to its goal that a unit moves in a step, above 0, at most 1; default
    /// 1, which takes a layer to its least energy for its neighbours as they are.
    pub step_size: f64,
    /// A state has settled when no unit moved by more than this in a step (for units above 1, by
    /// this fraction of them); default 1e-5, above rounding in single precision and below the
    /// differences that teach.
    pub tolerance: f64,
}

impl Default for EquilibriumPropagation {
    fn default() -> Self {
        Self {
            nudge: 0.1,
            nudging: Nudging::Symmetric,
            free_steps: 30,
            nudged_steps: 10,
            step_size: 1.0,
            tolerance: 1e-5,
        }
    }
}

impl EquilibriumPropagation {
    /// With one nudged phase, compared with the free one.
    pub fn one_sided() -> Self {
        Self { nudging: Nudging::OneSided, ..Self::default() }
    }

    fn check_step_size(&self) -> Result<()> {
        if self.step_size > 0.0 && self.step_size <= 1.0 {
            return Ok(());
        }
        Err(Error::setting("step_size", self.step_size, "it must be above 0 and at most 1"))
    }
}

super::show::show_rules!(EquilibriumPropagation);
crate::display::show_as_settings!(Nudging);

impl LearningRule for EquilibriumPropagation {
    fn about(&self) -> About {
        let (name, equation, summary) = match self.nudging {
            Nudging::Symmetric => (
                "equilibrium_propagation",
                "G_l = −⟨s_l s_{l−1}ᵀ at β − s_l s_{l−1}ᵀ at −β⟩/(2β), s settled with the output nudged by β",
                "Learns from a settled state nudged to the target, unlearns from one nudged away from it.",
            ),
            Nudging::OneSided => (
                "one_sided_equilibrium_propagation",
                "G_l = −⟨s_l s_{l−1}ᵀ at β − s_l s_{l−1}ᵀ at 0⟩/β, s settled with the output nudged by β",
                "Learns from a settled state nudged to the target, unlearns from the free one.",
            ),
        };
        let usual = Self::default();
        About::new(
            name,
            equation,
            "Scellier & Bengio 2017, doi 10.3389/fncom.2017.00024; Laborieux et al. 2021, arXiv 2006.03824",
        )
        .family(Family::Energy)
        .summary(summary)
        .requirements(&[Requirement::Labels, Requirement::SeparatePhases, Requirement::SymmetricConnections])
        .learning_rate(0.1)
        .hyperparameter("nudge", &self.nudge, &usual.nudge, "β, above 0")
        .hyperparameter("nudging", &self.nudging, &usual.nudging, "Symmetric or OneSided")
        .hyperparameter("free_steps", &self.free_steps, &usual.free_steps, "at least 1")
        .hyperparameter("nudged_steps", &self.nudged_steps, &usual.nudged_steps, "at least 1, in each nudged phase")
        .hyperparameter("step_size", &self.step_size, &usual.step_size, "ε, above 0, at most 1")
        .hyperparameter("tolerance", &self.tolerance, &usual.tolerance, "above 0")
    }

    fn check(&self) -> Result<()> {
        error::check_positive("nudge", self.nudge)?;
        error::check_count("free_steps", self.free_steps)?;
        error::check_count("nudged_steps", self.nudged_steps)?;
        self.check_step_size()?;
        error::check_positive("tolerance", self.tolerance)
    }

    fn supports(&self, objective: Objective) -> Result<()> {
        super::needs_targets(objective, &self.about().name)
    }

    fn suits(&self, network: &Network) -> Result<()> {
        check_plain(
            network,
            &self.about().name,
            "its states settle by the energy of a network without any",
        )
    }

    fn start(&self, network: &Network, _rng: &mut Rng) -> Box<dyn Learner> {
        Box::new(EquilibriumPropagationLearner {
            rule: *self,
            free: Phase::new(network),
            towards: Phase::new(network),
            away: Phase::new(network),
            difference: Activity::of_widths(&[network.layers()[0].outputs()]),
        })
    }
}

/// Whether the uppermost weights read out what has settled, rather than drive units that settle
/// too.
fn reads_out(objective: Objective) -> bool {
    matches!(objective, Objective::SoftmaxCrossEntropy | Objective::SigmoidCrossEntropy)
}

/// The number of layers of units that settle.
fn settling(network: &Network) -> usize {
    network.depth() - usize::from(reads_out(network.objective()))
}

#[derive(Clone, Debug)]
struct EquilibriumPropagationLearner {
    rule: EquilibriumPropagation,
    free: Phase,
    /// Nudged by β.
    towards: Phase,
    /// Nudged by −β, if nudging is symmetric.
    away: Phase,
    /// The difference of two states of the lowest layer.
    difference: Activity,
}

impl Learner for EquilibriumPropagationLearner {
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
        let settled = self.free.settle_free(network, batch.inputs, &self.rule);
        let loss = network.objective().loss(self.free.answers(network).view(), batch.targets);
        let nudge = Nudge { strength: self.rule.nudge as f32, targets: batch.targets };
        self.towards.settle_nudged(&self.free, network, nudge, &self.rule);
        if self.rule.nudging == Nudging::Symmetric {
            self.away.settle_nudged(&self.free, network, nudge.reversed(), &self.rule);
        }
        self.contrast(network, batch, updates);
        if reads_out(network.objective()) {
            self.learn_read_out(network, batch, updates);
        }
        StepReport { settled, ..StepReport::of_loss(loss) }
    }

    fn energy(&self, network: &Network) -> Option<f64> {
        Some(self.free.energy(network))
    }

    fn predict(&self, network: &Network, inputs: Inputs<'_>) -> Matrix {
        let mut phase = Phase::new(network);
        phase.settle_free(network, inputs, &self.rule);
        phase.answers(network).to_owned()
    }

    fn states(&self, network: &Network, inputs: Inputs<'_>) -> Option<Activity> {
        let mut phase = Phase::new(network);
        phase.settle_free(network, inputs, &self.rule);
        if reads_out(network.objective()) {
            let last = network.depth() - 1;
            let drive = phase.read_out(network).to_owned();
            phase.0.states.out_mut(last).assign(&drive);
        }
        Some(phase.0.states)
    }
}

impl EquilibriumPropagationLearner {
    /// G of the weights between units that settle.
    fn contrast(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) {
        let (other, distance) = match self.rule.nudging {
            Nudging::Symmetric => (&self.away.0.states, 2.0 * self.rule.nudge),
            Nudging::OneSided => (&self.free.0.states, self.rule.nudge),
        };
        let scale = 1.0 / (distance as f32 * batch.len() as f32);
        let plus = &self.towards.0.states;
        let contrast = Contrast { plus, minus: other, difference: &mut self.difference };
        let updates = &mut updates.layers_mut()[..settling(network)];
        contrast.propose(network, batch.inputs, updates, |_| scale);
    }

    /// G of the read-out. By the same difference as everywhere: the slope of E + βC for its weights
    /// is β(ŷ − y)sᵀ.
    fn learn_read_out(&mut self, network: &Network, batch: &Batch<'_>, updates: &mut Updates) {
        let last = network.depth() - 1;
        let update = &mut updates.layers_mut()[last];
        let share = 1.0 / batch.len() as f32;
        match self.rule.nudging {
            Nudging::Symmetric => {
                self.towards.learn_read_out(network, batch, 0.5 * share, update);
                self.away.learn_read_out(network, batch, 0.5 * share, update);
            }
            Nudging::OneSided => self.towards.learn_read_out(network, batch, share, update),
        }
    }
}

/// What pulls the output towards its targets, or away from them.
#[derive(Clone, Copy)]
struct Nudge<'a> {
    /// β or −β.
    strength: f32,
    /// Examples × output units.
    targets: ArrayView2<'a, f32>,
}

impl Nudge<'_> {
    fn reversed(self) -> Self {
        Self { strength: -self.strength, ..self }
    }
}

/// One settling of the network. The goals of a read-out are its answers.
#[derive(Clone, Debug)]
struct Phase(States);

impl Phase {
    fn new(network: &Network) -> Self {
        Self(States::new(network))
    }

    /// Settles from silence; says whether it came to rest.
    fn settle_free(
        &mut self,
        network: &Network,
        inputs: Inputs<'_>,
        rule: &EquilibriumPropagation,
    ) -> bool {
        self.silence(network, inputs);
        let settled = (0..rule.free_steps)
            .any(|_| f64::from(self.sweep(network, None, rule)) <= rule.tolerance);
        self.0.keep_traces();
        settled
    }

    fn silence(&mut self, network: &Network, inputs: Inputs<'_>) {
        self.0.drive_by(network, inputs);
        (0..network.depth()).for_each(|index| self.0.states.out_mut(index).fill(0.0));
        self.0.begin_traces(network);
    }

    /// Settles from the free state.
    fn settle_nudged(
        &mut self,
        free: &Self,
        network: &Network,
        nudge: Nudge<'_>,
        rule: &EquilibriumPropagation,
    ) {
        self.0.begin_at(&free.0, settling(network));
        for _ in 0..rule.nudged_steps {
            if f64::from(self.sweep(network, Some(nudge), rule)) <= rule.tolerance {
                break;
            }
        }
        self.0.keep_traces();
    }

    /// E of the present state, the mean over the examples; of the units that settle, a read-out is
    /// none of them.
    fn energy(&self, network: &Network) -> f64 {
        let of_layer = |index: usize| {
            let (states, driven) = self.0.with_drive(network, index);
            let units = states.iter().zip(&driven);
            units.map(|(&s, &a)| f64::from(s) * (0.5 * f64::from(s) - f64::from(a))).sum::<f64>()
        };
        (0..settling(network)).map(of_layer).sum::<f64>() / self.0.states.rows() as f64
    }

    /// Moves every layer once; returns the largest change.
    fn sweep(
        &mut self,
        network: &Network,
        nudge: Option<Nudge<'_>>,
        rule: &EquilibriumPropagation,
    ) -> f32 {
        let layers = settling(network);
        let mut change = 0.0_f32;
        for place in 0..layers {
            let index = if nudge.is_some() { layers - 1 - place } else { place };
            self.pull(network, index, nudge);
            let is_linear = index + 1 == network.depth()
                && network.objective() == Objective::LinearSquaredError;
            change = change.max(self.advance(index, rule.step_size as f32, is_linear));
        }
        change
    }

    /// Computes where layer `index` would go, from its neighbours as they are now.
    fn pull(&mut self, network: &Network, index: usize, nudge: Option<Nudge<'_>>) {
        self.0.pull_from_below(network, index);
        if index + 1 < settling(network) {
            self.0.pull_from_above(network, index, 1.0);
        } else if let Some(nudge) = nudge {
            self.push(network, nudge);
        }
    }

    /// Adds −β ∂C/∂s to where the uppermost layer of states would go.
    fn push(&mut self, network: &Network, nudge: Nudge<'_>) {
        let last = network.depth() - 1;
        if reads_out(network.objective()) {
            self.error(network, nudge.targets);
            let layer = &network.layers()[last];
            let (goal, error) = self.0.goals.pair_mut(last - 1, last);
            layer.backward_into(error, &layer.weights, Store::Add(-nudge.strength), goal);
        } else {
            let steepness =
                if network.objective() == Objective::SigmoidSquaredError { 2.0 } else { 1.0 };
            Zip::from(self.0.goals.out_mut(last))
                .and(self.0.states.out(last))
                .and(nudge.targets)
                .for_each(|goal, s, y| *goal -= nudge.strength * steepness * (s - y));
        }
    }

    /// Moves layer `index` towards where it would go; returns the largest change.
    fn advance(&mut self, index: usize, step: f32, is_linear: bool) -> f32 {
        let (low, high) = if is_linear { (f32::NEG_INFINITY, f32::INFINITY) } else { (0.0, 1.0) };
        advance(self.0.states.out_mut(index), self.0.goals.out(index), |x, goal| {
            let moved = x + step * (goal - x);
            // Not `max` and `min`, which would turn the NaN of a diverging network into a number.
            let moved = if moved < low { low } else { moved };
            let moved = if moved > high { high } else { moved };
            (moved, relative(moved - x, moved))
        })
    }

    /// ŷ in the present state, examples × output units.
    fn answers(&mut self, network: &Network) -> ArrayViewMut2<'_, f32> {
        let last = network.depth() - 1;
        if !reads_out(network.objective()) {
            return self.0.states.out_mut(last);
        }
        let mut answers = self.read_out(network);
        network.objective().apply_readout(answers.view_mut());
        answers
    }

    /// What the uppermost weights make of the states below, before a softmax.
    fn read_out(&mut self, network: &Network) -> ArrayViewMut2<'_, f32> {
        let last = network.depth() - 1;
        let layer = &network.layers()[last];
        let mut drive = self.0.goals.out_mut(last);
        if last == 0 {
            drive.assign(&self.0.drive.out(0));
        } else {
            layer.forward(self.0.states.out(last - 1), drive.view_mut());
        }
        layer.activation.apply(drive.view_mut());
        drive
    }

    /// Leaves ŷ − y of a read-out among the goals.
    fn error(&mut self, network: &Network, targets: ArrayView2<'_, f32>) {
        let mut answers = self.answers(network);
        answers -= &targets;
    }

    fn learn_read_out(
        &mut self,
        network: &Network,
        batch: &Batch<'_>,
        share: f32,
        update: &mut LayerUpdate,
    ) {
        let last = network.depth() - 1;
        self.error(network, batch.targets);
        let below = self.0.states.below(last, &batch.inputs);
        network.layers()[last].outer(below, self.0.goals.out(last), share, update);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, Axis};

    use super::super::testing::{self, propose};
    use super::*;
    use crate::network::{Activation, Initialiser, Layer};
    use crate::random;
    use crate::rules::Backprop;

    const OBJECTIVES: [Objective; 4] = [
        Objective::SoftmaxCrossEntropy,
        Objective::SigmoidCrossEntropy,
        Objective::SigmoidSquaredError,
        Objective::LinearSquaredError,
    ];

    /// Takes as many steps as it needs, and takes them until rounding stops it.
    fn patient(nudging: Nudging, nudge: f64) -> EquilibriumPropagation {
        EquilibriumPropagation {
            nudge,
            nudging,
            free_steps: 300,
            nudged_steps: 300,
            tolerance: 1e-7,
            ..EquilibriumPropagation::default()
        }
    }

    /// Inputs, weights and biases that keep all states well within their range.
    fn central(sizes: &[usize], objective: Objective) -> (Network, testing::Owned) {
        let mut rng = random::stream(5, "init");
        let mut network = testing::network(sizes, Activation::Relu, objective);
        for Layer { weights, bias, .. } in network.layers_mut() {
            let fans = (weights.ncols(), weights.nrows());
            Initialiser::Normal { sd: 0.15 }.redraw(weights, fans, &mut rng);
            *bias = Some(Array1::from_elem(weights.nrows(), 0.4));
        }
        if reads_out(objective) {
            // Stronger, for the read-out's force to be of the size of the other objectives'.
            let last = network.depth() - 1;
            network.layers_mut()[last].weights *= 4.0;
        }
        let drawn = testing::batch(&network, 6);
        let inputs = drawn.batch().inputs.dense().mapv(f32::abs);
        let targets = drawn.batch().targets.to_owned();
        (network, testing::Owned::new(inputs, targets))
    }

    /// Weights and biases in double precision.
    type Parameters = Vec<(Array2<f64>, Array1<f64>)>;

    fn doubled(network: &Network) -> Parameters {
        let layer = |layer: &Layer| {
            let bias = layer.bias.as_ref().unwrap().mapv(f64::from);
            (layer.weights.mapv(f64::from), bias)
        };
        network.layers().iter().map(layer).collect()
    }

    /// The mean loss after settling in double precision, written without the rule's own settling.
    fn settled_loss(network: &Network, parameters: &Parameters, batch: &Batch<'_>) -> f64 {
        let layers = settling(network);
        let targets = batch.targets.mapv(f64::from);
        let mut states = vec![batch.inputs.dense().mapv(f64::from)];
        for (weights, bias) in parameters {
            states.push(states.last().unwrap().dot(&weights.t()) + bias);
        }
        for _ in 0..300 {
            for index in 0..layers {
                let (weights, bias) = &parameters[index];
                let mut goal = states[index].dot(&weights.t()) + bias;
                if index + 1 < layers {
                    goal = goal + states[index + 2].dot(&parameters[index + 1].0);
                }
                assert!(goal.iter().all(|s| (0.05..0.95).contains(s)), "{goal} is near clipping");
                states[index + 1] = goal;
            }
        }
        if layers < network.depth() {
            let (weights, bias) = &parameters[layers];
            states[layers + 1] = states[layers].dot(&weights.t()) + bias;
            if network.objective() == Objective::SigmoidCrossEntropy {
                states[layers + 1].mapv_inplace(|a| 1.0 / (1.0 + (-a).exp()));
            }
        }
        let rows = states.last().unwrap().axis_iter(Axis(0)).zip(targets.axis_iter(Axis(0)));
        let losses =
            rows.map(|(o, y)| testing::example_loss(network.objective(), &o.to_vec(), &y.to_vec()));
        losses.sum::<f64>() / targets.nrows() as f64
    }

    /// The gradient of the loss of the free state by central differences: for each layer, of
    /// weights and of biases.
    fn gradient(network: &Network, batch: &Batch<'_>) -> Parameters {
        let (parameters, mut slopes) = (doubled(network), doubled(network));
        let slope = |change: &dyn Fn(&mut Parameters, f64)| {
            let at = |shift: f64| {
                let mut shifted = parameters.clone();
                change(&mut shifted, shift);
                settled_loss(network, &shifted, batch)
            };
            (at(1e-5) - at(-1e-5)) / 2e-5
        };
        for (index, (weights, bias)) in slopes.iter_mut().enumerate() {
            for (place, g) in weights.indexed_iter_mut() {
                *g = slope(&|shifted, shift| shifted[index].0[place] += shift);
            }
            for (place, g) in bias.indexed_iter_mut() {
                *g = slope(&|shifted, shift| shifted[index].1[place] += shift);
            }
        }
        slopes
    }

    /// The largest distance of the rule's proposal from the gradient, for each layer.
    fn distances(rule: &EquilibriumPropagation, sizes: &[usize], objective: Objective) -> Vec<f64> {
        let (network, batch) = central(sizes, objective);
        let (step, updates) = propose(rule, &network, &batch);
        assert!(step.settled);
        let expected = gradient(&network, &batch.batch());
        let loss = settled_loss(&network, &doubled(&network), &batch.batch());
        assert!((step.loss - loss).abs() < 1e-5, "{} is not {loss}", step.loss);
        let layers = updates.layers().iter().zip(&expected);
        let largest = layers.map(|(found, (weights, bias))| {
            let of_weights = found.weights.mapv(f64::from) - weights;
            let of_biases = found.bias.as_ref().unwrap().mapv(f64::from) - bias;
            of_weights.iter().chain(&of_biases).fold(0.0, |most: f64, d| most.max(d.abs()))
        });
        largest.collect()
    }

    #[test]
    fn tends_to_the_gradient_of_the_free_states_loss_as_the_nudge_weakens() {
        for objective in OBJECTIVES {
            for sizes in [&[4, 3, 2][..], &[4, 3, 3, 2]] {
                let found = distances(&patient(Nudging::Symmetric, 0.01), sizes, objective);
                assert!(found.iter().all(|&d| d < 2e-4), "{objective}, {sizes:?}: {found:?}");
            }
        }
    }

    #[test]
    fn the_distance_from_the_gradient_goes_with_the_nudge_and_if_symmetric_with_its_square() {
        for objective in OBJECTIVES {
            // A read-out nudges so weakly that the error is soon lost in rounding.
            let (coarse, fine) = if reads_out(objective) { (0.4, 0.1) } else { (0.2, 0.05) };
            for (nudging, expected) in [(Nudging::OneSided, 4.0), (Nudging::Symmetric, 16.0)] {
                let at = |nudge| {
                    let found = distances(&patient(nudging, nudge), &[4, 3, 3, 2], objective);
                    found.into_iter().fold(0.0, f64::max)
                };
                let ratio = at(coarse) / at(fine);
                assert!(
                    (ratio / expected - 1.0).abs() < 0.3,
                    "{objective}, {nudging:?}: {ratio} is not about {expected}"
                );
            }
        }
    }

    /// E of a state in double precision, the mean over the examples.
    fn energy(network: &Network, states: &Activity, inputs: Inputs<'_>) -> f64 {
        let layers = network.layers().iter().enumerate().take(settling(network));
        let of_layer = layers.map(|(index, layer)| {
            let below = states.below(index, &inputs).dense().mapv(f64::from);
            let bias = layer.bias.as_ref().unwrap().mapv(f64::from);
            let drive = below.dot(&layer.weights.mapv(f64::from).t()) + bias;
            let units = states.out(index).mapv(f64::from);
            (0.5 * &units * &units - units * drive).sum()
        });
        of_layer.sum::<f64>() / states.rows() as f64
    }

    #[test]
    fn no_step_of_the_free_phase_raises_the_energy() {
        for objective in OBJECTIVES {
            let network = testing::network(&[6, 9, 8, 3], Activation::Relu, objective);
            let batch = testing::batch(&network, 9);
            let inputs = batch.batch().inputs;
            for step_size in [0.1, 1.0] {
                let rule = EquilibriumPropagation { step_size, ..Default::default() };
                let mut phase = Phase::new(&network);
                phase.silence(&network, inputs);
                let mut before = energy(&network, &phase.0.states, inputs);
                let start = before;
                for _ in 0..40 {
                    phase.sweep(&network, None, &rule);
                    let now = energy(&network, &phase.0.states, inputs);
                    assert!(now <= before + 1e-6, "{objective}: {now} is above {before}");
                    assert!((phase.energy(&network) - now).abs() < 1e-5 * now.abs().max(1.0));
                    before = now;
                }
                assert!(before < start - 0.1, "{objective}: from {start} to {before}");
            }
        }
    }

    #[test]
    fn says_when_it_did_not_settle() {
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Relu, Objective::SigmoidSquaredError);
        let hasty = EquilibriumPropagation { free_steps: 1, ..Default::default() };
        assert!(!propose(&hasty, &network, &testing::batch(&network, 9)).0.settled);
    }

    #[test]
    fn without_a_hidden_layer_it_is_the_delta_rule() {
        let pair = |rule: &EquilibriumPropagation, objective| {
            let network = testing::network(&[6, 3], Activation::Relu, objective);
            let batch = testing::batch(&network, 9);
            let found = propose(rule, &network, &batch).1.layers()[0].weights.clone();
            (found, propose(&Backprop, &network, &batch).1.layers()[0].weights.clone())
        };
        for objective in [Objective::SoftmaxCrossEntropy, Objective::SigmoidCrossEntropy] {
            for rule in [EquilibriumPropagation::default(), EquilibriumPropagation::one_sided()] {
                let (found, exact) = pair(&rule, objective);
                assert!(found.abs_diff_eq(&exact, 1e-6), "{objective}");
            }
        }
        // Linear states at rest are (a ± βy)/(1 ± β).
        let (found, exact) = pair(&patient(Nudging::Symmetric, 0.5), Objective::LinearSquaredError);
        assert!(found.abs_diff_eq(&(exact / 0.75), 1e-5));
        let (found, exact) = pair(&patient(Nudging::OneSided, 0.5), Objective::LinearSquaredError);
        assert!(found.abs_diff_eq(&(exact / 1.5), 1e-5));
    }

    #[test]
    fn a_step_size_above_1_is_refused() {
        for step_size in [0.0, 1.5, f64::NAN] {
            let rule = EquilibriumPropagation { step_size, ..Default::default() };
            assert!(rule.check().is_err(), "{step_size}");
        }
    }
}
