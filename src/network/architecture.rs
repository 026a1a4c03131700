use std::fmt;

use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{
    Activation, ConvolutionLayer, Initialiser, Layer, Layout, Matrix, Network, Normaliser,
};
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
    /// How the drive of each fully connected hidden layer is normalised; default not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normaliser: Option<Normaliser>,
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
            normaliser: None,
            activation: Activation::Sigmoid,
            initialiser: Initialiser::UniformFanIn,
            bias: Bias::None,
        }
    }
}

impl Architecture {
    /// Hidden layers of these sizes, lowest first, with the default settings.
    pub fn hidden(sizes: &[usize]) -> Self {
        Self { hidden: sizes.to_vec(), ..Self::default() }
    }

    /// The same with these convolutions below its fully connected layers.
    #[must_use]
    pub fn with_convolutions(self, convolutions: &[ConvolutionLayer]) -> Self {
        Self { convolutions: convolutions.to_vec(), ..self }
    }

    /// The same with normalised fully connected hidden layers.
    #[must_use]
    pub fn with_normaliser(self, normaliser: Normaliser) -> Self {
        Self { normaliser: Some(normaliser), ..self }
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
    /// initialiser or a normaliser is meaningless.
    pub fn check(&self) -> Result<()> {
        let convolutions = self.convolutions.iter().enumerate();
        convolutions.into_iter().try_for_each(|(index, layer)| layer.check(index))?;
        self.normaliser.as_ref().map_or(Ok(()), Normaliser::check)?;
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
        self.shapes(task.input_maps(), task.outputs()).map(drop)
    }

    /// How many weights and biases a network of this architecture has, with these inputs (rows,
    /// columns and channels) and so many outputs.
    ///
    /// ```
    /// use microlearners::network::Architecture;
    ///
    /// let lenet = Architecture::named("lenet")?;
    /// assert_eq!(lenet.parameters((28, 28, 1), 10)?, 1_199_882);
    /// # Ok::<(), microlearners::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`check_for`](Self::check_for).
    pub fn parameters(&self, inputs: impl Into<FeatureMaps>, outputs: usize) -> Result<usize> {
        self.check()?;
        let biases = usize::from(self.bias != Bias::None);
        let shapes = self.shapes(inputs.into(), outputs)?;
        Ok(shapes.into_iter().map(|(inputs, units)| (inputs + biases) * units).sum())
    }

    /// Of each layer, the weights of a unit or filter, and how many there are.
    fn shapes(&self, inputs: FeatureMaps, outputs: usize) -> Result<Vec<(usize, usize)>> {
        let mut maps = vec![inputs];
        let mut shapes = Vec::new();
        for layer in &self.convolutions {
            let output = layer.fit(&maps)?;
            check_units("convolutions", output.units())?;
            shapes.push((layer.taps(maps[maps.len() - 1].channels), layer.filters));
            maps.push(output);
        }
        let mut inputs = maps[maps.len() - 1].units();
        for &units in self.hidden.iter().chain([&outputs]) {
            check_weights(inputs, units)?;
            shapes.push((inputs, units));
            inputs = units;
        }
        Ok(shapes)
    }

    /// What the architecture is called in tables, such as `784-100-10 sigmoid`, or
    /// `28x28x1-32c3-64c3m2-128-10 relu bias`: filters, `c`, the kernel, and where there are any
    /// `s` with the stride, `p` with the padding, the pool, `m` for the maximum and `a` for the mean,
    /// the normaliser, `l` for that of a layer and `n` with the channels of a local one, `+` with the
    /// layer that is added, and in brackets a nonlinearity of its own.
    pub fn name(&self, task: &Task) -> String {
        let FeatureMaps { rows, columns, channels } = task.input_maps();
        let inputs = match self.convolutions.is_empty() {
            true => task.inputs().to_string(),
            false => format!("{rows}x{columns}x{channels}"),
        };
        let mut sizes = vec![inputs];
        sizes.extend(self.hidden_sizes());
        sizes.push(task.outputs().to_string());
        format!("{} {}", sizes.join("-"), self.kind_of_units())
    }

    /// The same without inputs and outputs, such as `32c3-64c3m2-128 relu bias`.
    pub(super) fn hidden_name(&self) -> String {
        format!("{} {}", self.hidden_sizes().join("-"), self.kind_of_units())
    }

    fn hidden_sizes(&self) -> Vec<String> {
        let convolutions = self.convolutions.iter().map(ConvolutionLayer::name);
        let normaliser = self.normaliser.map_or(String::new(), |normaliser| normaliser.letter());
        let hidden = self.hidden.iter().map(|units| format!("{units}{normaliser}"));
        convolutions.chain(hidden).collect()
    }

    fn kind_of_units(&self) -> String {
        let bias = if self.bias == Bias::None { "" } else { " bias" };
        format!("{}{bias}", self.activation)
    }

    /// Such as `32c3-64c3m2`.
    pub(super) fn convolutions_in_words(&self) -> String {
        let names: Vec<String> = self.convolutions.iter().map(ConvolutionLayer::name).collect();
        names.join("-")
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
        let mut maps = vec![task.input_maps()];
        for convolution in &self.convolutions {
            let layer = convolution.blank(&maps, self.activation);
            maps.push(layer.output_maps());
            layers.push(layer);
        }
        let mut inputs = maps[maps.len() - 1].units();
        for &units in &self.hidden {
            let layer = Layer::dense(Matrix::zeros((units, inputs)), self.activation);
            layers.push(layer.with_normaliser(self.normaliser));
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
    /// Without convolutions and normalisers it is what it was before there were any: names of
    /// studies are made of this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Architecture");
        if !self.convolutions.is_empty() {
            fields.field("convolutions", &self.convolutions);
        }
        fields.field("hidden", &self.hidden);
        if self.normaliser.is_some() {
            fields.field("normaliser", &self.normaliser);
        }
        fields.field("activation", &self.activation);
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
            write!(f, "convolutions {}, ", self.convolutions_in_words())?;
        }
        write!(f, "hidden layers {hidden:?}, ")?;
        if let Some(normaliser) = self.normaliser {
            write!(f, "{normaliser}, ")?;
        }
        write!(f, "{activation}, weights from {}", self.initialiser)
    }
}
