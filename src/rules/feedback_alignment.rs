//! Feedback alignment: backpropagation whose errors travel down through fixed random weights. The
//! forward weights come to align with these during learning, so that what was a random error
//! becomes a useful one. The feedback weights are drawn once and never change: drawn anew at every
//! step they would teach nothing.
//!
//! δ_l = (B_{l+1} δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ
//!
//! # Biological requirements
//! Labels, derivatives, and an error signal at every synapse; no weight transport.
//!
//! Lillicrap, Cownden, Tweed & Akerman 2016, *Random synaptic feedback weights support error
//! backpropagation for deep learning*, doi 10.1038/ncomms13276.

use serde::{Deserialize, Serialize};

use super::feedback_learner::{FeedbackDynamics, FeedbackLearner};
use super::{About, Family, Learner, LearningRule, Requirement};
use crate::error::Result;
use crate::network::{Activity, Initialiser, Layer, Matrix, Network, Pooling};
use crate::random::Rng;

/// How feedback weights start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FeedbackInit {
    /// N(0, 1/(n_in + n_out)), whatever the forward weights; the default.
    #[default]
    #[serde(alias = "fan_sum")]
    Glorot,
    /// Drawn by an initialiser, such as the one of the forward weights.
    Drawn(Initialiser),
    /// A copy of the forward weights as they are at the start.
    ForwardWeights,
    /// These, in the order in which they are drawn: so that a test knows them.
    #[cfg(test)]
    #[serde(skip)]
    Given(&'static [Matrix]),
}

impl FeedbackInit {
    /// One matrix per layer, in the shape of the layer's weights.
    pub fn draw(self, network: &Network, rng: &mut Rng) -> Vec<Matrix> {
        #[cfg(test)]
        if let Self::Given(matrices) = self {
            return matrices.to_vec();
        }
        let layers = network.layers().iter();
        let drawn = layers.map(|layer| {
            let fans = (layer.fan_in(), layer.fan_out());
            match self.initialiser(fans) {
                Some(initialiser) => initialiser.draw_like(layer.weights.dim(), fans, rng),
                None => layer.weights.clone(),
            }
        });
        drawn.collect()
    }

    /// One matrix per hidden layer, output units × the layer's units; from forward weights, the
    /// product of all weights above the layer, with means in place of maxima.
    pub fn draw_direct(self, network: &Network, rng: &mut Rng) -> Vec<Matrix> {
        #[cfg(test)]
        if let Self::Given(matrices) = self {
            return matrices.to_vec();
        }
        let layers = network.layers();
        let outputs = layers[layers.len() - 1].outputs();
        let hidden = layers[..layers.len() - 1].iter().map(Layer::outputs);
        let drawn = hidden.map(|units| {
            let initialiser = self.initialiser((units, outputs))?;
            Some(initialiser.draw_like((outputs, units), (units, outputs), rng))
        });
        drawn.collect::<Option<_>>().unwrap_or_else(|| products(network))
    }

    /// What draws matrices of this fan-in and fan-out; none where they are not drawn.
    fn initialiser(self, fans: (usize, usize)) -> Option<Initialiser> {
        match self {
            Self::Glorot => {
                let variance = 1.0 / (fans.0 + fans.1) as f64;
                Some(Initialiser::NormalVariance { variance })
            }
            Self::Drawn(initialiser) => Some(initialiser),
            Self::ForwardWeights => None,
            #[cfg(test)]
            Self::Given(_) => None,
        }
    }

    /// Rejects what is no distribution.
    ///
    /// # Errors
    /// [`Setting`](crate::Error::Setting) if the initialiser is meaningless.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Drawn(initialiser) => initialiser.check(),
            Self::Glorot | Self::ForwardWeights => Ok(()),
            #[cfg(test)]
            Self::Given(_) => Ok(()),
        }
    }
}

/// What the outputs are of each layer's outputs where all is linear, with means in place of maxima
/// and nothing normalised: output units × the layer's units, without the uppermost layer.
fn products(network: &Network) -> Vec<Matrix> {
    let (layers, last) = (network.layers(), network.depth() - 1);
    let widths: Vec<usize> = layers.iter().map(Layer::outputs).collect();
    let mut errors = Activity::of_widths(&widths);
    errors.set_rows(widths[last]);
    errors.out_mut(last).assign(&Matrix::eye(widths[last]));
    for index in (0..last).rev() {
        let above = layers[index + 1].clone().with_normaliser(None);
        let above = match above.pooling() {
            Some(Pooling::Max(side)) => above.with_pooling(Pooling::Mean(side)),
            _ => above,
        };
        let (below, from) = errors.pair_mut(index, index + 1);
        above.backward(from.numbers(), &above.weights, below);
        errors.add_shortcut_errors(index, network);
    }
    (0..last).map(|index| errors.out(index).to_owned()).collect()
}

/// Errors through fixed random weights B. Lillicrap, Cownden, Tweed & Akerman 2016, doi
/// 10.1038/ncomms13276.
///
/// δ_l = (B_{l+1} δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedbackAlignment {
    /// How the feedback weights are drawn, once; default N(0, 1/(n_in + n_out)).
    pub feedback: FeedbackInit,
}

super::show::show_rules!(FeedbackAlignment);
crate::display::show_as_settings!(FeedbackInit);

impl LearningRule for FeedbackAlignment {
    fn about(&self) -> About {
        About::new(
            "feedback_alignment",
            "δ_l = (B_{l+1} δ_{l+1}) ⊙ φ′(a_l), G_l = δ_l h_{l−1}ᵀ, B fixed and random",
            "Lillicrap, Cownden, Tweed & Akerman 2016, doi 10.1038/ncomms13276",
        )
        .family(Family::Feedback)
        .summary("Propagates the output error back through fixed random weights.")
        .requirements(&[
            Requirement::Labels,
            Requirement::Derivatives,
            Requirement::NonLocalSignals,
        ])
        .learning_rate(0.1)
        .feedback(self.feedback)
    }

    fn check(&self) -> Result<()> {
        self.feedback.check()
    }

    fn start(&self, network: &Network, rng: &mut Rng) -> Box<dyn Learner> {
        let feedback = self.feedback.draw(network, rng);
        FeedbackLearner::boxed(network, feedback, FeedbackAlignmentLearner)
    }
}

/// Fixed feedback weights.
#[derive(Clone, Debug)]
struct FeedbackAlignmentLearner;

impl FeedbackDynamics for FeedbackAlignmentLearner {}

#[cfg(test)]
mod tests {
    use super::super::testing::{self, assert_close, hand, propose};
    use super::*;
    use crate::data::Objective;
    use crate::network::Activation;
    use crate::rules::Backprop;

    #[test]
    fn one_step_by_hand() {
        let rule = FeedbackAlignment { feedback: hand::given() };
        let (_, updates) = propose(&rule, &hand::network(), &hand::batch());
        assert_close(&updates.layers()[1].weights, &hand::G2, 1e-6);
        assert_close(&updates.layers()[0].weights, &hand::G1_FEEDBACK, 1e-6);
    }

    #[test]
    fn with_the_forward_weights_as_feedback_it_is_backprop() {
        let network =
            testing::network(&[6, 5, 4, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        let rule = FeedbackAlignment { feedback: FeedbackInit::ForwardWeights };
        assert_eq!(propose(&rule, &network, &batch), propose(&Backprop, &network, &batch));
    }

    #[test]
    fn feedback_weights_are_drawn_once() {
        let network =
            testing::network(&[6, 5, 3], Activation::Tanh, Objective::SoftmaxCrossEntropy);
        let batch = testing::batch(&network, 8);
        let mut learner =
            FeedbackAlignment::default().start(&network, &mut crate::random::stream(1, "rule"));
        let first = testing::propose_with(learner.as_mut(), &network, &batch);
        assert_eq!(first, testing::propose_with(learner.as_mut(), &network, &batch));
    }
}
