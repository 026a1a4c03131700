use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Activation, Initialiser, Layer, Network};
use crate::data::{Objective, Task};
use crate::error::{self, Error, Result};
use crate::random::Rng;

/// The form of a fully connected network; a task adds its numbers of inputs and outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Architecture {
    /// The number of units of each hidden layer, lowest first; empty for no hidden layer. Default
    /// 100.
    pub hidden: Vec<usize>,
    /// The nonlinearity of the hidden layers; default sigmoid.
    pub activation: Activation,
    /// How weights start; default U(±1/√fan_in).
    pub initialiser: Initialiser,
    /// Whether, and how, layers have biases; default none.
    pub bias: Bias,
}

/// Whether layers have biases, and how these start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// No biases.
    None,
    /// Biases that start at 0.
    Zero,
    /// Biases that start as the layer's weights do.
    LikeWeights,
}

impl Default for Architecture {
    fn default() -> Self {
        Self {
            hidden: vec![100],
            activation: Activation::Sigmoid,
            initialiser: Initialiser::UniformFanIn,
            bias: Bias::None,
        }
    }
}

impl Architecture {
    /// Twelve architectures by name, of different widths, depths and nonlinearities, as the 2020
    /// study compares rules over several: Glorot's initial weights under sigmoid and tanh, He's
    /// under ReLU.
    pub fn named_ones() -> Vec<(&'static str, Self)> {
        use Activation::{Relu, Sigmoid, Tanh};
        let forms: [(&str, &[usize], Activation); 12] = [
            ("narrow_tanh", &[30], Tanh),
            ("narrow_relu", &[30], Relu),
            ("shallow_sigmoid", &[100], Sigmoid),
            ("shallow_tanh", &[100], Tanh),
            ("shallow_relu", &[100], Relu),
            ("wide_sigmoid", &[200], Sigmoid),
            ("wide_relu", &[200], Relu),
            ("deep_tanh", &[100, 100], Tanh),
            ("deep_relu", &[100, 100], Relu),
            ("deeper_tanh", &[60, 60, 60], Tanh),
            ("tapered_relu", &[120, 60, 30], Relu),
            ("bottleneck_tanh", &[80, 20, 80], Tanh),
        ];
        let named = forms.into_iter().map(|(name, hidden, activation)| {
            let initialiser = if activation == Relu {
                Initialiser::HeUniform
            } else {
                Initialiser::GlorotUniform
            };
            (name, Self { activation, initialiser, ..Self::hidden(hidden) })
        });
        named.collect()
    }

    /// One of [`named_ones`](Self::named_ones).
    ///
    /// ```
    /// use microlearners::network::Architecture;
    ///
    /// assert_eq!(Architecture::named("tapered_relu")?.hidden, [120, 60, 30]);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownName`], which lists the known names.
    pub fn named(name: &str) -> Result<Self> {
        let known = Self::named_ones();
        let names = known.iter().map(|(name, _)| (*name).to_owned()).collect();
        let found = known.into_iter().find(|(own, _)| *own == name);
        found.map(|(_, architecture)| architecture).ok_or_else(|| Error::UnknownName {
            kind: "architecture",
            name: name.into(),
            known: names,
        })
    }

    /// Hidden layers of these sizes, lowest first, with the default settings.
    pub fn hidden(sizes: &[usize]) -> Self {
        Self { hidden: sizes.to_vec(), ..Self::default() }
    }

    /// The same with another nonlinearity in the hidden layers.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The same with weights that start otherwise.
    #[must_use]
    pub fn with_initialiser(self, initialiser: Initialiser) -> Self {
        Self { initialiser, ..self }
    }

    /// The same with biases.
    #[must_use]
    pub fn with_bias(self, bias: Bias) -> Self {
        Self { bias, ..self }
    }

    /// Rejects what cannot be built.
    ///
    /// # Errors
    /// [`Error::Setting`] if a hidden layer has no units, there are absurdly many weights, or the
    /// initialiser is meaningless.
    pub fn check(&self) -> Result<()> {
        for &units in &self.hidden {
            error::check_count("hidden", units)?;
            if units > MAX_UNITS {
                return Err(Error::setting(
                    "hidden",
                    units,
                    format!("a layer may have at most {MAX_UNITS} units"),
                ));
            }
        }
        for pair in self.hidden.windows(2) {
            let weights = pair[0] * pair[1];
            if weights > MAX_WEIGHTS {
                let requirement =
                    format!("{weights} weights between two layers are more than {MAX_WEIGHTS}");
                return Err(Error::setting("hidden", format!("{pair:?}"), requirement));
            }
        }
        self.initialiser.check()
    }

    /// What the architecture is called in tables, such as `784-100-10 sigmoid`.
    pub fn name(&self, task: &Task) -> String {
        let sizes: Vec<String> = self.sizes(task).iter().map(usize::to_string).collect();
        let bias = if self.bias == Bias::None { "" } else { " bias" };
        format!("{} {}{bias}", sizes.join("-"), self.activation)
    }

    /// A network of this form for `task`, its weights drawn from `rng`.
    pub fn build(&self, task: &Task, rng: &mut Rng) -> Network {
        let sizes = self.sizes(task);
        let last = sizes.len() - 2;
        let layers = sizes.windows(2).enumerate().map(|(index, pair)| {
            let activation =
                if index == last { output_activation(task.objective()) } else { self.activation };
            self.layer(pair[0], pair[1], activation, rng)
        });
        Network::new(layers.collect(), task.objective())
    }

    fn layer(&self, inputs: usize, outputs: usize, activation: Activation, rng: &mut Rng) -> Layer {
        let weights = self.initialiser.draw(inputs, outputs, rng);
        let bias = match self.bias {
            Bias::None => None,
            Bias::Zero => Some(ndarray::Array1::zeros(outputs)),
            Bias::LikeWeights => Some(self.initialiser.draw_vector(inputs, outputs, rng)),
        };
        let layer = Layer::dense(weights, activation);
        match bias {
            Some(bias) => layer.with_bias(bias),
            None => layer,
        }
    }

    fn sizes(&self, task: &Task) -> Vec<usize> {
        let mut sizes = vec![task.inputs()];
        sizes.extend(&self.hidden);
        sizes.push(task.outputs());
        sizes
    }
}

/// More than any network that is small; catches a mistyped size before it takes all memory.
const MAX_UNITS: usize = 100_000;
/// One gigabyte of weights in a layer.
const MAX_WEIGHTS: usize = 250_000_000;

/// The output layer's own nonlinearity; a softmax is no part of it.
fn output_activation(objective: Objective) -> Activation {
    match objective {
        Objective::SoftmaxCrossEntropy | Objective::LinearSquaredError | Objective::Contrastive => {
            Activation::Identity
        }
        Objective::SigmoidCrossEntropy | Objective::SigmoidSquaredError => Activation::Sigmoid,
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hidden, activation) = (&self.hidden, self.activation);
        write!(f, "hidden layers {hidden:?}, {activation}, weights from {}", self.initialiser)
    }
}
