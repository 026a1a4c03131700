//! What the slides do not state, and what it may have been.

use crate::classification::Grouping;
use crate::data::{Normalisation, Objective};
use crate::network::{Activation, Initialiser};
use crate::rules::FeedbackInit;

/// An enum of options: all of them, what each is called in tables and figures, and one by its name.
macro_rules! options {
    ($(#[$about:meta])* $choice:ident { $($(#[$doc:meta])* $option:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $choice {
            $($(#[$doc])* $option,)+
        }

        impl $choice {
            /// Every option, in the order of figures.
            pub const ALL: &[Self] = &[$(Self::$option),+];

            /// What tables and figures call it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$option => $name),+ }
            }
        }
    };
}

options! {
    /// What "initialisation variance 0.1" is.
    Initialisation {
        /// The variance of every weight.
        Variance = "variance 0.1",
        /// The standard deviation of every weight.
        StandardDeviation = "sd 0.1",
        /// The variance of the sum that a unit receives from inputs of variance 1.
        VarianceOverInputs = "variance 0.1/inputs",
    }
}

options! {
    /// How pixels become inputs.
    Pixels {
        /// (x/255 − 0.1307)/0.3081.
        Standardised = "standardised",
        /// x/255.
        Unit = "0 to 1",
    }
}

options! {
    /// The hidden units, the read-out and the loss.
    Units {
        /// Sigmoid, softmax, cross-entropy.
        SigmoidCrossEntropy = "sigmoid, cross-entropy",
        /// ReLU, softmax, cross-entropy.
        ReluCrossEntropy = "ReLU, cross-entropy",
        /// Sigmoid, sigmoid, squared error.
        SigmoidSquaredError = "sigmoid, squared error",
    }
}

options! {
    /// How large the feedback weights of feedback alignment are. Kolen-Pollack's begin at N(0, 1/(n_in
    /// + n_out)) always.
    FeedbackScale {
        /// N(0, 1/(n_in + n_out)).
        Glorot = "sd 0.095",
        /// As the forward weights.
        AsForward = "as forward weights",
    }
}

options! {
    /// What was trained under the name of Kolen-Pollack.
    KolenPollackForm {
        /// Kolen-Pollack with a decay of 0.0001 at each step.
        Decay = "decay 0.0001",
        /// The delta rule: the read-out follows its own error, and the hidden layer is frozen.
        DeltaRule = "delta rule",
    }
}

options! {
    /// The learning rate of the centred Hebbian rule, and what its output units are.
    HebbianForm {
        /// 0.0001, output units clamped to the target.
        Clamped = "0.0001, clamped",
        /// 0.01, output units clamped to the target.
        ClampedFast = "0.01, clamped",
        /// 0.0001, output units as the network has them.
        Own = "0.0001, not clamped",
    }
}

options! {
    /// The feedback gain γ of contrastive Hebbian learning, the factor γ^{k−L}, the sweeps.
    ContrastiveForm {
        /// γ = 0.1 with the factor: close to the gradient.
        Weak = "γ 0.1",
        /// γ = 0.1 without the factor: the hidden layer moves a tenth as far.
        WeakWithoutFactor = "γ 0.1, no factor",
        /// γ = 1, where the factor is 1.
        Strong = "γ 1",
        /// γ = 1, one sweep in place of up to 100.
        StrongOneSweep = "γ 1, one sweep",
    }
}

options! {
    /// What one sample is.
    SampleForm {
        /// A network, by the statistics of both layers.
        BothLayers = "network, both layers",
        /// A network, by those of layer 1.
        FirstLayer = "network, layer 1",
        /// A network, by those of layer 2.
        SecondLayer = "network, layer 2",
        /// A layer, with its depth.
        OneLayer = "layer",
    }
}

options! {
    /// What stays on one side of a split.
    Splits {
        /// All networks of one initialisation.
        ByInitialisation = "by initialisation",
        /// Nothing but a sample.
        BySample = "by sample",
    }
}

impl Initialisation {
    pub(super) fn initialiser(self) -> Initialiser {
        match self {
            Self::Variance => Initialiser::NormalVariance { variance: 0.1 },
            Self::StandardDeviation => Initialiser::Normal { sd: 0.1 },
            Self::VarianceOverInputs => Initialiser::NormalFanIn { variance: 0.1 },
        }
    }
}

impl Pixels {
    pub(super) fn normalisation(self) -> Normalisation {
        match self {
            Self::Standardised => Normalisation::MNIST,
            Self::Unit => Normalisation::Unit,
        }
    }
}

impl Units {
    pub(super) fn activation(self) -> Activation {
        match self {
            Self::SigmoidCrossEntropy | Self::SigmoidSquaredError => Activation::Sigmoid,
            Self::ReluCrossEntropy => Activation::Relu,
        }
    }

    pub(super) fn objective(self) -> Objective {
        match self {
            Self::SigmoidCrossEntropy | Self::ReluCrossEntropy => Objective::SoftmaxCrossEntropy,
            Self::SigmoidSquaredError => Objective::SigmoidSquaredError,
        }
    }

    /// The units with the same hidden layer, where the loss has no part in learning.
    pub(super) fn whatever_the_loss(self) -> Self {
        match self {
            Self::SigmoidSquaredError => Self::SigmoidCrossEntropy,
            other => other,
        }
    }
}

impl FeedbackScale {
    pub(super) fn feedback(self, initialisation: Initialisation) -> FeedbackInit {
        match self {
            Self::Glorot => FeedbackInit::Glorot,
            Self::AsForward => FeedbackInit::Drawn(initialisation.initialiser()),
        }
    }
}

impl Splits {
    pub(super) fn grouping(self) -> Grouping {
        match self {
            Self::ByInitialisation => Grouping::ByInitialisation,
            Self::BySample => Grouping::BySample,
        }
    }
}
