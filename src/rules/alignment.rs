//! Learned feedback: every layer's feedback weights B follow a regulariser that is made of the
//! layer's own signals, while the forward weights learn from the errors that B carries. The
//! regulariser is a sum of five primitives; which of them take part decides where B goes and how
//! safely it gets there.
//!
//! With x a layer's input, y = W x (without the bias), ⟨·⟩ the mean over the batch, and W kept as
//! it is:
//!
//! | primitive | loss | ΔB = −∂loss/∂B |
//! |---|---|---|
//! | decay | d ‖B‖² | −2d B |
//! | amp | −a ⟨xᵀ B y⟩ | a ⟨x yᵀ⟩ |
//! | null | n ⟨‖B y‖²⟩ | −2n B ⟨y yᵀ⟩ |
//! | sparse | s ⟨‖xᵀ B‖²⟩ | −2s ⟨x xᵀ⟩ B |
//! | self | −e ⟨W, Bᵀ⟩ | e Wᵀ |
//!
//! # Where it goes
//! With C = ⟨x xᵀ⟩ is ⟨x yᵀ⟩ = C Wᵀ and ⟨y yᵀ⟩ = W C Wᵀ, and ΔB = 0 gives
//!
//! - decay + self: B = (e/2d) Wᵀ, by default Wᵀ;
//! - sparse + amp: 2s C B = a C Wᵀ, so B = (a/2s) Wᵀ, by default Wᵀ, in every direction in which
//!   there is any input;
//! - decay + amp, the weight mirror's rule on real activity: B = (a/2d) C Wᵀ, which is Wᵀ only if C
//!   is the identity (white input);
//! - amp + null + decay: B = (a/2) C Wᵀ (d I + n W C Wᵀ)⁻¹, a regularised pseudo-inverse.
//!
//! Kunin et al. write W for what is Wᵀ here (rows are examples), so that the last is (α/2) C W (γ I
//! + β Wᵀ C W)⁻¹.
//!
//! # Steps that stay small
//! The coefficients are rates per step. Inputs are divided by their root mean square over the batch
//! (by default), so that the same coefficients serve layers and nonlinearities of all scales; a
//! step's coefficients are shrunk together where 2 (d + s ⟨‖x‖²⟩ + n ⟨‖y‖²⟩), which is at least the
//! largest eigenvalue of what B is multiplied by, exceeds 1, so that B never overshoots.
//!
//! # When it learns
//! A step has two changes: of W by the error, and of B by the regulariser. By default B learns
//! first, from W as it was when the error was carried ([`FeedbackOrder::BeforeChange`]), so that
//! the B which carries the next error knows nothing of the change in between: even feedback that
//! copies W outright (decay 1/2, self 1) lags one step behind it. With
//! [`FeedbackOrder::AfterChange`] B learns from the new W, and the same copy is backprop. The lag
//! lowers the largest learning rate at which networks learn.
//!
//! # Biological requirements
//! Labels, derivatives, an error signal at every synapse. Kunin et al. call three primitives local
//! (decay, amp, null): all that a feedback synapse needs is its own strength and the activity at
//! its two ends, of which B y is what the feedback carries anyway. Two are not local. Sparse needs
//! xᵀB, activity that goes through the feedback synapses in the opposite direction, so that these
//! must be the same in both directions. Self asks that a feedback synapse knows the strength of its
//! forward partner.
//!
//! Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom & Yamins 2020, *Two routes to scalable credit
//! assignment without weight symmetry*, arXiv 2003.01513.

use std::fmt;

use ndarray::{ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::feedback_learner::{FeedbackDynamics, FeedbackLearner, Pass};
use super::{About, Family, FeedbackInit, Learner, LearningRule, Requirement, Schedule};
use crate::error::{self, Result};
use crate::network::{Layer, Matrix, Network, Store, Updates, mean_square_norm};
use crate::random::Rng;

/// What becomes of a layer's inputs before its feedback weights learn from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputScale {
    /// They are divided by their root mean square over the batch; the default.
    #[default]
    RootMeanSquare,
    /// They stay as they are.
    None,
}

/// When in a step a layer's feedback weights learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackOrder {
    /// Before the forward weights change, so that the feedback lags one step behind them; the
    /// default.
    #[default]
    BeforeChange,
    /// After the forward weights have changed, from the new ones (and the activity that the step
    /// began with).
    AfterChange,
}

/// Feedback weights that learn from any combination of five primitives. Kunin et al. 2020, arXiv
/// 2003.01513.
///
/// G as under feedback alignment; ΔB = −2d B + a ⟨x yᵀ⟩ − 2n B ⟨y yᵀ⟩ − 2s ⟨x xᵀ⟩ B + e Wᵀ, y = Wx
///
/// Without any of them it is feedback alignment. Combinations that have a name carry it in tables;
/// the others are called by their primitives, such as `alignment_amp_null`.
///
/// ```
/// use microlearners::prelude::*;
///
/// let mirror = Alignment { amp: 2e-3, decay: 1e-3, ..Alignment::default() };
/// assert_eq!(mirror.about().name, "alignment_decay_amp");
/// assert_eq!(Alignment::information().about().name, "information_alignment");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alignment {
    /// d, of ‖B‖²; at least 0, default 0, as all of them.
    pub decay: f64,
    /// a, of −⟨xᵀ B y⟩.
    pub amp: f64,
    /// n, of ⟨‖B y‖²⟩.
    pub null: f64,
    /// s, of ⟨‖xᵀ B‖²⟩.
    pub sparse: f64,
    /// e, of −⟨W, Bᵀ⟩; `self` in files.
    #[serde(rename = "self")]
    pub self_: f64,
    /// A factor of all coefficients that changes with the steps; default none.
    pub schedule: Schedule,
    /// The scale of the inputs that B learns from; default their root mean square.
    pub input_scale: InputScale,
    /// Whether B learns before or after the forward change of a step; default before.
    pub order: FeedbackOrder,
    /// How the feedback weights start; default N(0, 1/(n_in + n_out)).
    pub feedback: FeedbackInit,
}

impl fmt::Debug for Alignment {
    /// The usual order stays unsaid: this is a column of every table, older ones too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Alignment");
        fields.field("decay", &self.decay).field("amp", &self.amp).field("null", &self.null);
        fields.field("sparse", &self.sparse).field("self_", &self.self_);
        fields.field("schedule", &self.schedule).field("input_scale", &self.input_scale);
        if self.order != FeedbackOrder::default() {
            fields.field("order", &self.order);
        }
        fields.field("feedback", &self.feedback).finish()
    }
}

impl Alignment {
    /// Decay and self, 1e-3 and 2e-3: B tends to Wᵀ, told by W itself.
    pub fn symmetric() -> Self {
        Self { decay: 1e-3, self_: 2e-3, ..Self::default() }
    }

    /// Sparse and amp, 1e-3 and 2e-3: B tends to Wᵀ by local signals alone, wherever there is
    /// input.
    pub fn activation() -> Self {
        Self { sparse: 1e-3, amp: 2e-3, ..Self::default() }
    }

    /// Amp, null and decay, 2e-3, 1e-3 and 1e-3: B tends to a regularised pseudo-inverse by local
    /// signals alone.
    pub fn information() -> Self {
        Self { amp: 2e-3, null: 1e-3, decay: 1e-3, ..Self::default() }
    }

    /// The primitives by name, with their coefficients.
    fn primitives(&self) -> [(&'static str, f64); 5] {
        [
            ("decay", self.decay),
            ("amp", self.amp),
            ("null", self.null),
            ("sparse", self.sparse),
            ("self", self.self_),
        ]
    }

    fn name(&self) -> String {
        let present = self.primitives().into_iter().filter(|&(_, coefficient)| coefficient != 0.0);
        let names: Vec<&str> = present.map(|(name, _)| name).collect();
        match names[..] {
            ["decay", "self"] => "symmetric_alignment".into(),
            ["amp", "sparse"] => "activation_alignment".into(),
            ["decay", "amp", "null"] => "information_alignment".into(),
            _ => [&["alignment"], &names[..]].concat().join("_"),
        }
    }
}

super::show::show_rules!(Alignment);
crate::display::show_as_settings!(InputScale, FeedbackOrder);

impl LearningRule for Alignment {
    fn about(&self) -> About {
        let mut requirements =
            vec![Requirement::Labels, Requirement::Derivatives, Requirement::NonLocalSignals];
        if self.sparse != 0.0 {
            requirements.push(Requirement::SymmetricConnections);
        }
        if self.self_ != 0.0 {
            requirements.push(Requirement::TransportToFeedback);
        }
        let about = About::new(
            self.name(),
            "G as feedback alignment; ΔB = −2d B + a ⟨x yᵀ⟩ − 2n B ⟨y yᵀ⟩ − 2s ⟨x xᵀ⟩ B + e Wᵀ, y = Wx",
            "Kunin et al. 2020, arXiv 2003.01513",
        )
        .family(Family::Feedback)
        .summary("Feedback weights follow a regulariser made of their own layer's signals.")
        .requirements(&requirements)
        .learning_rate(0.1);
        let coefficient = "per step, at least 0";
        let about = self.primitives().into_iter().fold(about, |about, (name, value)| {
            about.hyperparameter(name, &value, &0.0, coefficient)
        });
        let usual = Self::default();
        about
            .schedule(self.schedule)
            .hyperparameter(
                "input_scale",
                &self.input_scale,
                &usual.input_scale,
                "RootMeanSquare or None",
            )
            .hyperparameter("order", &self.order, &usual.order, "BeforeChange or AfterChange")
            .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        for (name, coefficient) in self.primitives() {
            error::check_not_negative(name, coefficient)?;
        }
        self.schedule.check_of_rule()?;
        self.feedback.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = self.feedback.draw(network, rng);
        let scratches = network.layers().iter().map(|_| Scratch::default()).collect();
        let learner = AlignmentLearner { rule: *self, scratches, step: 0 };
        FeedbackLearner::boxed(network, feedback, learner)
    }
}

#[derive(Clone, Debug)]
struct AlignmentLearner {
    rule: Alignment,
    scratches: Vec<Scratch>,
    step: usize,
}

/// Of one layer, examples × units: y (of a convolution at every place, before pooling), what B
/// makes of x, what B makes of y.
#[derive(Clone, Debug, Default)]
struct Scratch {
    y: Matrix,
    xb: Matrix,
    by: Matrix,
}

impl Scratch {
    fn make(&mut self, layer: &Layer, examples: usize) {
        if self.y.nrows() < examples {
            let responses = layer.connectivity().uses() * layer.weights.nrows();
            self.y = Matrix::zeros((examples, responses));
            self.xb = Matrix::zeros((examples, responses));
            self.by = Matrix::zeros((examples, layer.inputs()));
        }
    }
}

impl FeedbackDynamics for AlignmentLearner {
    fn after_pass(&mut self, pass: &Pass<'_>, feedback: &mut [Matrix], _rng: &mut Rng) {
        if self.rule.order == FeedbackOrder::BeforeChange {
            self.align_all(pass, feedback);
        }
    }

    fn after_update(&mut self, pass: &Pass<'_>, _change: &Updates, feedback: &mut [Matrix]) {
        if self.rule.order == FeedbackOrder::AfterChange {
            self.align_all(pass, feedback);
        }
    }
}

impl AlignmentLearner {
    /// One step of all feedback weights, on the activity of the last proposal.
    fn align_all(&mut self, pass: &Pass<'_>, feedback: &mut [Matrix]) {
        let factor = self.rule.schedule.at(self.step);
        self.step += 1;
        let layers = pass.network.layers().iter().zip(&mut self.scratches).zip(feedback);
        for (index, ((layer, scratch), feedback)) in layers.enumerate().skip(1) {
            let x = pass.activity.out(index - 1);
            scratch.respond(&self.rule, layer, x);
            let step = self.rule.step_size(factor, layer, x, scratch);
            self.rule.align(&step, layer, x, scratch, feedback);
        }
    }
}

impl Scratch {
    /// y = W x, where a primitive needs it.
    fn respond(&mut self, rule: &Alignment, layer: &Layer, x: ArrayView2<'_, f32>) {
        self.make(layer, x.nrows());
        if rule.amp != 0.0 || rule.null != 0.0 {
            let y = self.y.slice_mut(s![..x.nrows(), ..]);
            layer.connectivity().forward(x, layer.weights.view(), Store::Overwrite, y);
        }
    }
}

/// Factors of one step of a layer's feedback weights.
struct StepSize {
    /// Of decay and self.
    factor: f64,
    /// Of sums over examples: that, the scale of the inputs, and 1 / examples.
    mean: f64,
}

impl Alignment {
    /// The step's factors, shrunk together where B would overshoot.
    fn step_size(
        &self,
        factor: f64,
        layer: &Layer,
        x: ArrayView2<'_, f32>,
        scratch: &Scratch,
    ) -> StepSize {
        let y = scratch.y.slice(s![..x.nrows(), ..]);
        // Under a convolution every place is an example: what its filters see there, and answer.
        let uses = layer.connectivity().uses() as f64;
        let x_square = layer.connectivity().mean_square_norm(x);
        // The answers of so many places add up in a number below.
        let overlap = layer.connectivity().overlap() as f64;
        let y_square = if self.null != 0.0 { overlap * mean_square_norm(y) / uses } else { 0.0 };
        let scale = match self.input_scale {
            InputScale::RootMeanSquare if x_square > 0.0 => layer.fan_in() as f64 / x_square,
            // Units that are all silent teach nothing at any scale.
            InputScale::RootMeanSquare | InputScale::None => 1.0,
        };
        let steepest =
            2.0 * (self.decay + scale * (self.sparse * x_square + self.null * y_square)) * factor;
        let factor = factor / steepest.max(1.0);
        StepSize { factor, mean: factor * scale / (x.nrows() as f64 * uses) }
    }

    /// One step of a layer's feedback weights, which are kept in the shape of W: `feedback` is Bᵀ.
    fn align(
        &self,
        step: &StepSize,
        layer: &Layer,
        x: ArrayView2<'_, f32>,
        scratch: &mut Scratch,
        feedback: &mut Matrix,
    ) {
        let (examples, connectivity) = (x.nrows(), layer.connectivity());
        if self.null != 0.0 {
            // B ⟨y yᵀ⟩ transposed is ⟨y (B y)ᵀ⟩, of B as it is before this step.
            let y = scratch.y.slice(s![..examples, ..]);
            let by = scratch.by.slice_mut(s![..examples, ..]);
            connectivity.backward(y, feedback.view(), Store::Overwrite, by);
        }
        if self.sparse != 0.0 {
            let xb = scratch.xb.slice_mut(s![..examples, ..]);
            connectivity.forward(x, feedback.view(), Store::Overwrite, xb);
        }
        let keep = (1.0 - 2.0 * step.factor * self.decay) as f32;
        let own = (step.factor * self.self_) as f32;
        ndarray::Zip::from(&mut *feedback)
            .and(&layer.weights)
            .for_each(|b, &w| *b = keep * *b + own * w);
        let mut add = |coefficient: f64, left: &Matrix, right: ArrayView2<'_, f32>| {
            if coefficient != 0.0 {
                let left = left.slice(s![..examples, ..]);
                let scale = (step.mean * coefficient) as f32;
                connectivity.outer(right, left, scale, feedback.view_mut());
            }
        };
        add(self.amp, &scratch.y, x);
        add(-2.0 * self.sparse, &scratch.xb, x);
        add(-2.0 * self.null, &scratch.y, scratch.by.slice(s![..examples, ..]));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, Owned, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::random;
    use crate::rules::{Backprop, FeedbackAlignment};
    use ndarray::Array2;

    /// A rule as fast as it may be: fixed points do not depend on it.
    fn fast(rule: Alignment) -> Alignment {
        let by = 200.0;
        Alignment {
            decay: by * rule.decay,
            amp: by * rule.amp,
            null: by * rule.null,
            sparse: by * rule.sparse,
            self_: by * rule.self_,
            ..rule
        }
    }

    fn network() -> (Network, Owned) {
        let network =
            testing::network(&[5, 6, 4], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 64);
        (network, batch)
    }

    /// Bᵀ of the upper layer when it no longer changes, its forward weights kept as they are.
    fn fixed_point(rule: Alignment) -> Array2<f64> {
        let (network, batch) = network();
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        for _ in 0..20_000 {
            testing::propose_with(learner.as_mut(), &network, &batch);
        }
        learner.feedback().unwrap()[1].mapv(f64::from)
    }

    /// W and C = ⟨x xᵀ⟩ of the upper layer, x divided by its root mean square.
    fn weights_and_covariance() -> (Array2<f64>, Array2<f64>) {
        let (network, batch) = network();
        let inputs = batch.batch().inputs.dense().to_owned();
        let x = network.activities(inputs.view())[0].mapv(f64::from);
        let covariance = x.t().dot(&x) / x.nrows() as f64;
        let square = covariance.diag().sum() / x.ncols() as f64;
        (network.layers()[1].weights.mapv(f64::from), covariance / square)
    }

    fn assert_near(found: &Array2<f64>, expected: &Array2<f64>) {
        let error = (found - expected).mapv(|d| d * d).sum().sqrt();
        let norm = expected.mapv(|d| d * d).sum().sqrt();
        assert!(error < 1e-3 * norm, "{found} is not {expected}");
    }

    #[test]
    fn one_step_by_hand() {
        // x = (1/2, 3/4), so ⟨‖x‖²⟩ = 13/16; y = W x = (0, ln 3); K = Bᵀ = (1, 2; −1, 1/2).
        let ln3 = 3.0_f32.ln();
        let rule = Alignment {
            decay: 0.01,
            amp: 0.02,
            null: 0.03,
            sparse: 0.04,
            self_: 0.05,
            input_scale: InputScale::None,
            feedback: hand::given(),
            ..Alignment::default()
        };
        let network = hand::network();
        let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
        let (_, updates) = testing::propose_with(learner.as_mut(), &network, &hand::batch());
        assert_close(&updates.layers()[0].weights, &hand::G1_FEEDBACK, 1e-6);
        // y xᵀ = ln 3 (0, 0; 1/2, 3/4); xᵀB = K x = (2, −1/8); K x xᵀ = (1, 3/2; −1/16, −3/32); By
        // = Kᵀy = ln 3 (−1, 1/2); y (By)ᵀ = (ln 3)² (0, 0; −1, 1/2).
        let square = ln3 * ln3;
        let expected = 0.98 * hand::feedback()
            + 0.02 * ln3 * hand::matrix(&[[0.0, 0.0], [0.5, 0.75]])
            - 0.08 * hand::matrix(&[[1.0, 1.5], [-0.0625, -0.09375]])
            - 0.06 * square * hand::matrix(&[[0.0, 0.0], [-1.0, 0.5]])
            + 0.05 * &network.layers()[1].weights;
        let found = &learner.feedback().unwrap()[1];
        assert!(found.abs_diff_eq(&expected, 1e-5), "{found} is not {expected}");
    }

    #[test]
    fn the_first_proposal_is_feedback_alignments_and_stays_so_without_primitives() {
        let (network, batch) = network();
        let alignment = propose(&FeedbackAlignment::default(), &network, &batch);
        for rule in [Alignment::default(), Alignment::symmetric(), Alignment::information()] {
            let mut learner = rule.start(&network, &mut random::stream(13, "rule"));
            assert_eq!(testing::propose_with(learner.as_mut(), &network, &batch), alignment);
            let second = testing::propose_with(learner.as_mut(), &network, &batch);
            assert_eq!(second == alignment, rule == Alignment::default());
        }
    }

    #[test]
    fn symmetric_alignment_ends_at_the_forward_weights() {
        let (weights, _) = weights_and_covariance();
        assert_near(&fixed_point(fast(Alignment::symmetric())), &weights);
        let twice = Alignment { self_: 4e-3, ..Alignment::symmetric() };
        assert_near(&fixed_point(fast(twice)), &(2.0 * weights));
    }

    #[test]
    fn activation_alignment_ends_at_the_forward_weights() {
        let (weights, _) = weights_and_covariance();
        assert_near(&fixed_point(fast(Alignment::activation())), &weights);
    }

    #[test]
    fn decay_and_amp_end_at_the_weights_times_the_inputs_covariance() {
        let (weights, covariance) = weights_and_covariance();
        let rule = Alignment { decay: 1e-3, amp: 2e-3, ..Alignment::default() };
        // Bᵀ = (a/2d) W C.
        assert_near(&fixed_point(fast(rule)), &weights.dot(&covariance));
        let identity = Array2::<f64>::eye(covariance.nrows());
        assert!((&covariance - &identity).mapv(f64::abs).sum() > 0.5, "the input is not white");
    }

    #[test]
    fn information_alignment_ends_at_a_regularised_pseudo_inverse() {
        let (weights, covariance) = weights_and_covariance();
        let rule = fast(Alignment { null: 2e-3, ..Alignment::information() });
        // (d I + n W C Wᵀ) Bᵀ = (a/2) W C.
        let found = fixed_point(rule);
        let outputs = weights.dot(&covariance).dot(&weights.t());
        let left = rule.decay * Array2::<f64>::eye(weights.nrows()) + rule.null * outputs;
        assert_near(&left.dot(&found), &(0.5 * rule.amp * weights.dot(&covariance)));
    }

    #[test]
    fn steps_that_would_overshoot_are_shrunk() {
        // Two thousand times the default on inputs that are not scaled: without shrinking, B would
        // be multiplied by about −100.
        let rule = Alignment {
            sparse: 2.0,
            amp: 4.0,
            input_scale: InputScale::None,
            ..Alignment::default()
        };
        let network =
            testing::network(&[5, 60, 4], Activation::Relu, Objective::LinearSquaredError);
        let mut batch = testing::batch(&network, 64).batch().inputs.dense().to_owned();
        batch *= 100.0;
        let batch = Owned::new(batch, Matrix::zeros((64, 4)));
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        for _ in 0..1000 {
            testing::propose_with(learner.as_mut(), &network, &batch);
        }
        assert!(learner.feedback().unwrap()[1].iter().all(|b| b.abs() < 10.0));
    }

    /// Feedback that copies the forward weights outright, before or after they change.
    fn copying(order: FeedbackOrder) -> Alignment {
        let feedback = FeedbackInit::ForwardWeights;
        Alignment { decay: 0.5, self_: 1.0, order, feedback, ..Alignment::default() }
    }

    /// The network after so many steps of gradient descent; `watch` sees it with the feedback
    /// before and after every change.
    fn descended(
        rule: &dyn LearningRule,
        steps: usize,
        mut watch: impl FnMut(&Network, &Network, Option<&[Matrix]>),
    ) -> Network {
        let sizes = [6, 5, 4, 3];
        let mut network =
            testing::network(&sizes, Activation::Relu, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        for _ in 0..steps {
            let before = network.clone();
            let (_, mut updates) = testing::propose_with(learner.as_mut(), &network, &batch);
            updates.for_each_slice(|slice| slice.iter_mut().for_each(|g| *g *= -0.3));
            network.apply(&updates);
            learner.after_update(&network, &updates);
            watch(&before, &network, learner.feedback());
        }
        network
    }

    #[test]
    fn feedback_that_copies_the_weights_after_the_change_is_backprop_bit_for_bit() {
        let backprop = descended(&Backprop, 30, |_, _, _| {});
        let copied = descended(&copying(FeedbackOrder::AfterChange), 30, |_, after, feedback| {
            for layer in 1..after.depth() {
                assert_eq!(feedback.unwrap()[layer], after.layers()[layer].weights);
            }
        });
        assert_eq!(copied.layers(), backprop.layers());
    }

    #[test]
    fn feedback_that_copies_the_weights_before_the_change_is_theirs_of_the_step_before() {
        let backprop = descended(&Backprop, 30, |_, _, _| {});
        let copied =
            descended(&copying(FeedbackOrder::BeforeChange), 30, |before, after, feedback| {
                for layer in 1..after.depth() {
                    let copy = &feedback.unwrap()[layer];
                    assert_eq!(copy, &before.layers()[layer].weights);
                    assert_ne!(copy, &after.layers()[layer].weights);
                }
            });
        assert_ne!(copied.layers(), backprop.layers());
    }

    #[test]
    fn tables_tell_the_order_where_it_is_not_the_usual_one() {
        let usual = format!("{:?}", Alignment::symmetric());
        assert_eq!(
            usual,
            "Alignment { decay: 0.001, amp: 0.0, null: 0.0, sparse: 0.0, self_: 0.002, \
             schedule: Constant, input_scale: RootMeanSquare, feedback: Glorot }"
        );
        let order = FeedbackOrder::AfterChange;
        let after = format!("{:?}", Alignment { order, ..Alignment::symmetric() });
        assert!(after.contains("order: AfterChange"), "{after}");
    }

    #[test]
    fn what_is_not_local_is_a_demand() {
        let asks = |rule: Alignment, demand| rule.about().requires(demand);
        let [symmetric, activation, information] =
            [Alignment::symmetric(), Alignment::activation(), Alignment::information()];
        assert!(asks(symmetric, Requirement::TransportToFeedback));
        assert!(asks(activation, Requirement::SymmetricConnections));
        for demand in [Requirement::TransportToFeedback, Requirement::SymmetricConnections] {
            assert!(!asks(information, demand));
        }
    }

    #[test]
    fn a_schedule_ends_the_alignment() {
        let (network, batch) = network();
        let schedule = Schedule::Steps { every: 1, factor: 0.0 };
        let rule = fast(Alignment { schedule, ..Alignment::symmetric() });
        let mut learner = rule.start(&network, &mut random::stream(1, "feedback"));
        let mut next = || {
            testing::propose_with(learner.as_mut(), &network, &batch);
            learner.feedback().unwrap()[1].clone()
        };
        let first = next();
        assert_eq!(first, next());
    }
}
