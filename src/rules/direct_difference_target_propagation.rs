//! Direct difference target propagation: as difference target propagation, but every hidden layer's
//! target comes straight from the output. Direct feedback is trained on noise to invert, or to
//! transpose, the Jacobian from the layer to the output.
//!
//! ĥ_l = h_l + Q_l(ĥ_L − h_L), ĥ_L = a_L − η̂ ∂L/∂a_L, so that G_l = ⟨((Q_l δ_L) ⊙ φ′(a_l))
//! h_{l−1}ᵀ⟩, with linear Q_l: n_l × n_out
//!
//! Feedback learns from noise: ε ~ N(0, σ²) on h_l changes the output by Δ ≈ J ε, J = ∂a_L/∂h_l. Two
//! losses:
//!
//! - difference reconstruction (Meulemans et al.): Q ← Q − η_q(⟨(QΔ − ε)Δᵀ⟩/σ² + λQ), at rest where
//!   Q = ⟨Jᵀ⟩⟨JJᵀ + λ⟩⁻¹, the damped pseudo-inverse of J: a Gauss-Newton direction
//! - `local_difference_target_propagation`, local difference reconstruction (Ernoult et al.): Q ← Q
//!   + η_q(⟨εΔᵀ⟩/σ² − Q), at rest where Q = ⟨Jᵀ⟩: the gradient
//!
//! Steps of reconstruction are relative to 1 + λ + ⟨‖Δ‖²⟩/σ², which no step overshoots. The means
//! are over noise and examples; J is one of many only where units saturate.
//!
//! # Biological requirements
//! Labels, derivatives, the whole output error at every hidden unit, and a phase of noise; no
//! weight transport.
//!
//! Meulemans, Carzaniga, Suykens, Sacramento & Grewe 2020, *A theoretical framework for target
//! propagation*, arXiv 2006.14331; Ernoult et al. 2022, *Towards scaling difference target
//! propagation by learning backprop targets*, arXiv 2201.13415.

use ndarray::Zip;
use serde::{Deserialize, Serialize};

use super::settling::contiguous;
use super::{About, Family, FeedbackInit, Learner, LearningRule, Requirement, StepReport};
use crate::error::{self, Result};
use crate::network::{
    Activity, BackwardPass, Batch, Connectivity, Feedback, Matrix, Network, Store, Updates,
};
use crate::random::{self, Rng};

/// What feedback learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackLoss {
    /// To invert: the damped pseudo-inverse of the Jacobian from the layer to the output.
    #[default]
    Reconstruction,
    /// To transpose this Jacobian.
    LocalDifference,
}

/// Targets straight from the output, through feedback that learns the way up from noise. Meulemans
/// et al. 2020, arXiv 2006.14331.
///
/// ĥ_l = h_l + Q_l(ĥ_L − h_L), G_l = ⟨((Q_l δ_L) ⊙ φ′(a_l)) h_{l−1}ᵀ⟩
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DirectDifferenceTargetPropagation {
    /// What feedback learns; default reconstruction.
    pub feedback_loss: FeedbackLoss,
    /// σ, the standard deviation of the noise, above 0; default 0.01.
    pub noise: f64,
    /// η_q, the learning rate of the feedback per step, at least 0 and below 1, for reconstruction
    /// relative to the largest that cannot overshoot; default 0.1, for the local difference 0.01.
    pub feedback_rate: f64,
    /// λ, which keeps the pseudo-inverse from what hardly comes through, at least 0; default 0.1.
    /// Without use for the local difference.
    pub damping: f64,
    /// How the feedback weights start; default N(0, 1/(n_l + n_out)).
    pub feedback: FeedbackInit,
}

impl Default for DirectDifferenceTargetPropagation {
    fn default() -> Self {
        Self {
            feedback_loss: FeedbackLoss::Reconstruction,
            noise: 0.01,
            feedback_rate: 0.1,
            damping: 0.1,
            feedback: FeedbackInit::Glorot,
        }
    }
}

impl DirectDifferenceTargetPropagation {
    /// With feedback that learns the transpose of the way up.
    pub fn local_difference() -> Self {
        let feedback_loss = FeedbackLoss::LocalDifference;
        Self { feedback_loss, feedback_rate: 0.01, ..Self::default() }
    }
}

super::show::show_rules!(DirectDifferenceTargetPropagation);
crate::display::show_as_settings!(FeedbackLoss);

impl FeedbackLoss {
    /// The name of the rule whose feedback has this loss, and its equation.
    fn of_rule(self) -> (&'static str, &'static str) {
        match self {
            Self::Reconstruction => (
                "direct_difference_target_propagation",
                "ĥ_l = h_l + Q_l(ĥ_L − h_L), Q ← Q − η_q(⟨(QΔ − ε)Δᵀ⟩/σ² + λQ), Δ what noise ε on h_l does to the output",
            ),
            Self::LocalDifference => (
                "local_difference_target_propagation",
                "ĥ_l = h_l + Q_l(ĥ_L − h_L), Q ← Q + η_q(⟨εΔᵀ⟩/σ² − Q), Δ what noise ε on h_l does to the output",
            ),
        }
    }
}

impl LearningRule for DirectDifferenceTargetPropagation {
    fn about(&self) -> About {
        let usual = Self::default();
        let (name, equation) = self.feedback_loss.of_rule();
        About::new(
            name,
            equation,
            "Meulemans et al. 2020, arXiv 2006.14331; Ernoult et al. 2022, arXiv 2201.13415",
        )
        .family(Family::Target)
        .summary("Targets come straight from the output, through feedback trained on noise to invert the Jacobian.")
        .requirements(&[
            Requirement::Labels,
            Requirement::Derivatives,
            Requirement::SeparatePhases,
            Requirement::NonLocalSignals,
        ])
        .learning_rate(0.1)
        .hyperparameter(
            "feedback_loss",
            &self.feedback_loss,
            &usual.feedback_loss,
            "Reconstruction or LocalDifference",
        )
        .hyperparameter("noise", &self.noise, &usual.noise, "σ, above 0")
        .hyperparameter(
            "feedback_rate",
            &self.feedback_rate,
            &usual.feedback_rate,
            "η_q per step, at least 0 and below 1",
        )
        .hyperparameter("damping", &self.damping, &usual.damping, "λ, at least 0")
        .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        error::check_positive("noise", self.noise)?;
        error::check_below_one("feedback_rate", self.feedback_rate)?;
        error::check_not_negative("damping", self.damping)?;
        self.feedback.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = self.feedback.draw_direct(network, rng);
        Box::new(DirectDifferenceTargetPropagationLearner::new(*self, network, feedback))
    }
}

#[derive(Clone, Debug)]
struct DirectDifferenceTargetPropagationLearner {
    rule: DirectDifferenceTargetPropagation,
    path: BackwardPass,
    /// Q_lᵀ: output units × the layer's units, for each hidden layer.
    feedback: Vec<Matrix>,
    step: Vec<Matrix>,
    /// ε/σ, of each hidden layer in turn.
    noise: Activity,
    shaken: Activity,
    /// a_L without noise.
    output: Activity,
}

impl Learner for DirectDifferenceTargetPropagationLearner {
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
        let feedback = Feedback::Direct(&self.feedback);
        let loss = self.path.propose(network, batch, feedback, updates);
        if network.depth() > 1 {
            self.listen(network, batch.len(), rng);
        }
        StepReport::of_loss(loss)
    }
}

impl DirectDifferenceTargetPropagationLearner {
    fn new(
        rule: DirectDifferenceTargetPropagation,
        network: &Network,
        feedback: Vec<Matrix>,
    ) -> Self {
        let outputs = network.layers()[network.depth() - 1].outputs();
        Self {
            rule,
            path: BackwardPass::new(network),
            noise: Activity::new(network, 0),
            shaken: Activity::new(network, 0),
            output: Activity::of_widths(&[outputs]),
            step: feedback.iter().map(|kernel| Matrix::zeros(kernel.dim())).collect(),
            feedback,
        }
    }

    fn listen(&mut self, network: &Network, rows: usize, rng: &mut Rng) {
        let last = network.depth() - 1;
        self.noise.set_rows(rows);
        self.shaken.set_rows(rows);
        self.output.set_rows(rows);
        let (top, activity) = (&network.layers()[last], self.path.activity());
        top.forward(activity.out(last - 1), self.output.out_mut(0));
        top.add_shortcut(activity, self.output.out_mut(0));
        let sigma = self.rule.noise as f32;
        for index in 0..last {
            let mut noise = self.noise.out_mut(index);
            random::draw_normal(contiguous(&mut noise), rng);
            Zip::from(self.shaken.out_mut(index))
                .and(self.path.activity().out(index))
                .and(&noise)
                .for_each(|s, &h, &n| *s = h + sigma * n);
            for above in index + 1..=last {
                let layer = &network.layers()[above];
                let (out, below) = self.shaken.above_mut(above);
                layer.forward(below, out);
                // What begins below the noise is as it was.
                if layer.shortcut().is_some_and(|shortcut| shortcut.from() < index) {
                    layer.add_shortcut(self.path.activity(), self.shaken.out_mut(above));
                } else {
                    self.shaken.add_shortcut(above, layer);
                }
                if above < last {
                    layer.activation.apply(self.shaken.out_mut(above));
                }
            }
            // Δ/σ.
            let mut change = self.shaken.out_mut(last);
            Zip::from(&mut change).and(self.output.out(0)).for_each(|c, &o| *c = (*c - o) / sigma);
            self.learn(index, rows);
        }
    }

    /// One step of the feedback to a hidden layer, from noise and the change that it made, both
    /// over σ.
    fn learn(&mut self, index: usize, rows: usize) {
        let (rate, scale) = (self.rule.feedback_rate as f32, 1.0 / rows as f32);
        let last = self.feedback.len();
        let (noise, change) = (self.noise.out_mut(index), self.shaken.out(last));
        let (kernel, step) = (&mut self.feedback[index], &mut self.step[index]);
        match self.rule.feedback_loss {
            FeedbackLoss::Reconstruction => {
                let mut mistake = noise;
                // QΔ − ε, examples × the layer's units.
                mistake.mapv_inplace(|n| -n);
                let weights = kernel.view();
                Connectivity::Dense.backward(change, weights, Store::Add(1.0), mistake.view_mut());
                step.fill(0.0);
                Connectivity::Dense.outer(mistake.view(), change, scale, step.view_mut());
                let damping = self.rule.damping as f32;
                let power = change.iter().map(|&c| c * c).sum::<f32>() * scale;
                let rate = rate / (1.0 + damping + power);
                Zip::from(kernel).and(&*step).for_each(|q, &s| *q -= rate * (s + damping * *q));
            }
            FeedbackLoss::LocalDifference => {
                step.fill(0.0);
                Connectivity::Dense.outer(noise.view(), change, scale, step.view_mut());
                Zip::from(kernel).and(&*step).for_each(|q, &s| *q += rate * (s - *q));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::random;
    use crate::rules::Backprop;

    fn linear() -> Network {
        testing::network(&[6, 5, 4, 3], Activation::Identity, Objective::LinearSquaredError)
    }

    /// Feedback after so many steps with forward weights as they are, and its mean over as many
    /// again: noise is averaged out.
    fn listened(
        rule: DirectDifferenceTargetPropagation,
        network: &Network,
    ) -> (Vec<Matrix>, Updates) {
        let batch = testing::batch(network, 128);
        let mut rng = random::stream(1, "rule");
        let feedback = rule.feedback.draw_direct(network, &mut random::stream(1, "feedback"));
        let mut learner = DirectDifferenceTargetPropagationLearner::new(rule, network, feedback);
        let mut updates = Updates::new(network);
        let mut means: Vec<Matrix> =
            learner.feedback.iter().map(|kernel| Matrix::zeros(kernel.dim())).collect();
        for step in 0..6000 {
            updates.clear();
            learner.propose(network, &batch.batch(), &mut updates, &mut rng);
            if step >= 3000 {
                means
                    .iter_mut()
                    .zip(&learner.feedback)
                    .for_each(|(m, q)| m.scaled_add(1.0 / 3000.0, q));
            }
        }
        (means, updates)
    }

    /// The way up from hidden layer `index` of a linear network, output units × the layer's units.
    fn way_up(network: &Network, index: usize) -> Matrix {
        let above = network.layers()[index + 1..].iter().map(|layer| layer.weights.clone());
        above.reduce(|product, next| next.dot(&product)).unwrap()
    }

    #[test]
    fn reconstruction_learns_the_damped_pseudo_inverse_of_the_way_up() {
        let network = linear();
        let rule = DirectDifferenceTargetPropagation { damping: 0.3, ..Default::default() };
        for (index, found) in listened(rule, &network).0.iter().enumerate() {
            // Q(JJᵀ + λ) = Jᵀ; the feedback kept is Qᵀ.
            let way = way_up(&network, index);
            let mut gram = way.dot(&way.t());
            gram.diag_mut().mapv_inplace(|x| x + 0.3);
            assert!(gram.dot(found).abs_diff_eq(&way, 0.03), "{} is not {way}", gram.dot(found));
        }
    }

    #[test]
    fn the_local_difference_learns_the_transpose_and_with_it_the_gradient() {
        let network = linear();
        let (found, updates) =
            listened(DirectDifferenceTargetPropagation::local_difference(), &network);
        for (index, found) in found.iter().enumerate() {
            let way = way_up(&network, index);
            assert!(found.abs_diff_eq(&way, 0.03), "{found} is not {way}");
        }
        let exact = testing::propose(&Backprop, &network, &testing::batch(&network, 128)).1;
        for (found, exact) in updates.layers().iter().zip(exact.layers()) {
            assert!(found.cosine(exact) > 0.99, "{}", found.cosine(exact));
        }
    }
}
