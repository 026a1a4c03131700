use std::fmt;

use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{Activation, ConvolutionLayer, Initialiser, Layer, Layout, Matrix, Network, Pooling};
use crate::data::{FeatureMaps, Objective, Task};
use crate::error::{self, Error, Result};
use crate::random::Rng;

/// The architecture of a network: convolutions, if there are any, and fully connected layers above them; a
/// task adds its numbers of inputs and outputs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Architecture {
    /// The convolutions, lowest first; default none.
    // Left out of files where there are none, which keep the names that they had before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub convolutions: Vec<ConvolutionLayer>,
    /// The number of units of each fully connected hidden layer, lowest first; empty for none.
    /// Default 100.
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
            convolutions: Vec::new(),
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

    /// Convolutional networks by name, all with ReLU, He's initial weights and biases that start at
    /// 0.
    ///
    /// - `lenet`: two convolutions of 3 × 3 with 32 and 64 filters and one hidden layer of 128, for
    ///   images of 28 × 28;
    /// - `lenet_small`: two convolutions of 5 × 5 with 16 and 32 filters, each pooled, and one hidden
    ///   layer of 128;
    /// - `lenet5`: the sizes of LeCun et al. 1998, doi 10.1109/5.726791, with means as pools, ReLU
    ///   and a dense second convolution;
    /// - `small`: 8 and 16 filters of 5 × 5 with strides of 2, for studies of hundreds of networks;
    /// - `small_colour`: 32, 64 and 64 filters of 3 × 3 with pools of 2, for images of 32 × 32 × 3.
    pub fn convolutional_ones() -> Vec<(&'static str, Self)> {
        let layer = ConvolutionLayer::new;
        let (max, mean) = (Pooling::Max(2), Pooling::Mean(2));
        let same = |filters| layer(filters, 3).with_padding(1).with_pooling(max);
        let pooled = |filters| layer(filters, 5).with_pooling(max);
        let forms: [(&str, Vec<ConvolutionLayer>, &[usize]); 5] = [
            ("lenet", vec![layer(32, 3), layer(64, 3).with_pooling(max)], &[128]),
            ("lenet_small", vec![pooled(16), pooled(32)], &[128]),
            (
                "lenet5",
                vec![
                    layer(6, 5).with_padding(2).with_pooling(mean),
                    layer(16, 5).with_pooling(mean),
                ],
                &[120, 84],
            ),
            ("small", vec![layer(8, 5).with_stride(2), layer(16, 5).with_stride(2)], &[]),
            ("small_colour", vec![same(32), same(64), same(64)], &[]),
        ];
        let named = forms.into_iter().map(|(name, convolutions, hidden)| {
            let own = Self {
                convolutions,
                activation: Activation::Relu,
                initialiser: Initialiser::HeUniform,
                bias: Bias::Zero,
                ..Self::hidden(hidden)
            };
            (name, own)
        });
        named.collect()
    }

    /// One of [`named_ones`](Self::named_ones) or
    /// [`convolutional_ones`](Self::convolutional_ones).
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
        let mut known = Self::named_ones();
        known.extend(Self::convolutional_ones());
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

    /// The same with these convolutions below its fully connected layers.
    #[must_use]
    pub fn with_convolutions(self, convolutions: &[ConvolutionLayer]) -> Self {
        Self { convolutions: convolutions.to_vec(), ..self }
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
        self.convolutions.iter().try_for_each(ConvolutionLayer::check)?;
        for &units in &self.hidden {
            error::check_count("hidden", units)?;
            check_units("hidden", units)?;
        }
        for pair in self.hidden.windows(2) {
            check_weights(pair[0], pair[1])?;
        }
        self.initialiser.check()
    }

    /// Rejects what cannot be built for this task.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`Error::Setting`] with both sizes if a kernel is larger than what
    /// it reads, or a pool than what there is, or there are absurdly many weights.
    pub fn check_for(&self, task: &Task) -> Result<()> {
        self.check()?;
        let mut maps = task.input_maps();
        for (index, layer) in self.convolutions.iter().enumerate() {
            maps = layer.fit(index, maps)?;
            check_units("convolutions", maps.units())?;
        }
        let mut inputs = maps.units();
        for &units in self.hidden.iter().chain([&task.outputs()]) {
            check_weights(inputs, units)?;
            inputs = units;
        }
        Ok(())
    }

    /// What the architecture is called in tables, such as `784-100-10 sigmoid`, or
    /// `28x28x1-32c3-64c3m2-128-10 relu bias`: filters, `c`, the kernel, and where there are any
    /// `s` with the stride, `p` with the padding, and the pool, `m` for the maximum and `a` for the
    /// mean.
    pub fn name(&self, task: &Task) -> String {
        let FeatureMaps { rows, columns, channels } = task.input_maps();
        let inputs = match self.convolutions.is_empty() {
            true => task.inputs().to_string(),
            false => format!("{rows}x{columns}x{channels}"),
        };
        let mut sizes = vec![inputs];
        sizes.extend(self.convolutions.iter().map(ConvolutionLayer::name));
        sizes.extend(self.hidden.iter().map(usize::to_string));
        sizes.push(task.outputs().to_string());
        let bias = if self.bias == Bias::None { "" } else { " bias" };
        format!("{} {}{bias}", sizes.join("-"), self.activation)
    }

    /// A network of this form for `task`, its weights drawn from `rng`.
    ///
    /// # Panics
    /// If [`check_for`](Self::check_for) the task fails.
    pub fn build(&self, task: &Task, rng: &mut Rng) -> Network {
        let mut network = self.blank(task);
        for layer in network.layers_mut() {
            let fans = (layer.fan_in(), layer.fan_out());
            self.initialiser.redraw(&mut layer.weights, fans, rng);
            layer.weights = Layout::for_width(layer.weights.ncols()).arrange(&layer.weights);
            if let (Some(bias), Bias::LikeWeights) = (&mut layer.bias, self.bias) {
                *bias = self.initialiser.draw_biases(bias.len(), fans, rng);
            }
        }
        network
    }

    /// The same with zeros for weights.
    ///
    /// # Panics
    /// As [`build`](Self::build).
    pub(crate) fn blank(&self, task: &Task) -> Network {
        let mut layers: Vec<Layer> = Vec::new();
        let mut maps = task.input_maps();
        for convolution in &self.convolutions {
            let layer = convolution.blank(maps, self.activation);
            maps = layer.output_maps();
            layers.push(layer);
        }
        let mut inputs = maps.units();
        for &units in &self.hidden {
            layers.push(Layer::dense(Matrix::zeros((units, inputs)), self.activation));
            inputs = units;
        }
        let output = output_activation(task.objective());
        layers.push(Layer::dense(Matrix::zeros((task.outputs(), inputs)), output));
        let with_bias = |layer: Layer| {
            let count = layer.weights.nrows();
            if self.bias == Bias::None { layer } else { layer.with_bias(Array1::zeros(count)) }
        };
        Network::new(layers.into_iter().map(with_bias).collect(), task.objective())
    }
}

/// Rejects a layer of absurdly many units.
fn check_units(what: &str, units: usize) -> Result<()> {
    if units <= MAX_UNITS {
        return Ok(());
    }
    Err(Error::setting(what, units, format!("a layer may have at most {MAX_UNITS} units")))
}

/// Rejects a layer of absurdly many weights.
fn check_weights(inputs: usize, units: usize) -> Result<()> {
    let weights = inputs.saturating_mul(units);
    if weights <= MAX_WEIGHTS {
        return Ok(());
    }
    let requirement = format!("{weights} weights between two layers are more than {MAX_WEIGHTS}");
    Err(Error::setting("hidden", format!("[{inputs}, {units}]"), requirement))
}

impl fmt::Debug for Architecture {
    /// Without convolutions it is what it was before there were any: names of studies are made of
    /// this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Architecture");
        if !self.convolutions.is_empty() {
            fields.field("convolutions", &self.convolutions);
        }
        fields.field("hidden", &self.hidden).field("activation", &self.activation);
        fields.field("initialiser", &self.initialiser).field("bias", &self.bias).finish()
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
        if !self.convolutions.is_empty() {
            let names: Vec<String> = self.convolutions.iter().map(ConvolutionLayer::name).collect();
            write!(f, "convolutions {}, ", names.join("-"))?;
        }
        write!(f, "hidden layers {hidden:?}, {activation}, weights from {}", self.initialiser)
    }
}
