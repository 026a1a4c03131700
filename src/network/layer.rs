use std::fmt;

use ndarray::{Array1, ArrayView2, ArrayViewMut2};

use super::normaliser::Normalised;
use super::products::{Given, Left, NOTHING, Winners};
use super::updates::LayerUpdate;
use super::{
    Activation, Activity, Connectivity, Convolution, Inputs, Matrix, Normaliser, Pooling, Shortcut,
    Store, Trace, Units, UnitsMut,
};
use crate::data::{ChannelNumbers, FeatureMaps};

/// One layer of synapses and the nonlinearity of the units they drive: h = φ(a), a = N(P(W ∗ x)) +
/// b, or a = N(P(W ∗ x)) + b + S h_k with the outputs of an earlier layer.
///
/// A dense layer has a weight from each input unit to each output unit, and no pooling P. In a
/// convolution the units of a map share the weights of a filter. Without a normaliser N is nothing,
/// and without a shortcut nothing is added.
///
/// ```
/// use microlearners::data::FeatureMaps;
/// use microlearners::network::{Activation, Convolution, Layer, Matrix, Pooling};
///
/// let digits = FeatureMaps::from((28, 28));
/// let eight = Convolution { input: digits, filters: 8, kernel: (5, 5), stride: 1, padding: 0 };
/// let layer = Layer::convolution(eight, Matrix::zeros((8, 25)), Activation::Relu)
///     .with_pooling(Pooling::Max(2));
/// assert_eq!(layer.output_maps(), FeatureMaps::from((12, 12, 8)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// W, output units × input units; of a convolution filters × (kernel rows · kernel columns ·
    /// input channels). Their order in memory may be that of rows or of columns: do not count on
    /// slices.
    pub weights: Matrix,
    /// b, one per output unit or filter, if the layer has biases.
    pub bias: Option<Array1<f32>>,
    /// φ, of the output units.
    pub activation: Activation,
    connectivity: Connectivity,
    pooling: Option<Pooling>,
    normaliser: Option<Normaliser>,
    shortcut: Option<Shortcut>,
}

impl Layer {
    /// A layer whose units read every input, without biases.
    pub fn dense(weights: Matrix, activation: Activation) -> Self {
        Self::bare(Connectivity::Dense, weights, activation)
    }

    /// A convolution, without pooling and biases.
    ///
    /// # Panics
    /// If the weights are not filters × taps.
    pub fn convolution(convolution: Convolution, weights: Matrix, activation: Activation) -> Self {
        let expected = (convolution.filters, convolution.taps());
        assert_eq!(weights.dim(), expected, "weights must be filters × taps");
        Self::bare(Connectivity::Convolution(convolution), weights, activation)
    }

    fn bare(connectivity: Connectivity, weights: Matrix, activation: Activation) -> Self {
        let (bias, pooling, normaliser, shortcut) = (None, None, None, None);
        Self { weights, bias, activation, connectivity, pooling, normaliser, shortcut }
    }

    /// The same with other weights, such as feedback weights.
    ///
    /// # Panics
    /// If their shape is another.
    #[must_use]
    pub fn with_weights(self, weights: Matrix) -> Self {
        assert_eq!(weights.dim(), self.weights.dim(), "weights must keep their shape");
        Self { weights, ..self }
    }

    /// The same with other biases: one per output unit, or per filter.
    ///
    /// # Panics
    /// If there are more or fewer.
    #[must_use]
    pub fn with_bias(self, bias: Array1<f32>) -> Self {
        assert_eq!(bias.len(), self.weights.nrows(), "a bias for each row of the weights");
        Self { bias: Some(bias), ..self }
    }

    /// The same convolution, pooled before its biases and its nonlinearity.
    ///
    /// # Panics
    /// If the layer is dense, or squares of no or more than 15 rows are asked for, or more than
    /// there are.
    #[must_use]
    pub fn with_pooling(self, pooling: Pooling) -> Self {
        let Connectivity::Convolution(convolution) = self.connectivity else {
            panic!("only a convolution has places to pool");
        };
        let (side, output) = (pooling.side(), convolution.output());
        assert!((1..=MOST_POOLED).contains(&side), "squares of 1 to {MOST_POOLED} rows");
        assert!(side <= output.rows.min(output.columns), "squares no larger than {output}");
        Self { pooling: Some(pooling), ..self }
    }

    /// The same with a drive that is normalised, or that no longer is.
    #[must_use]
    pub fn with_normaliser(self, normaliser: Option<Normaliser>) -> Self {
        Self { normaliser, ..self }
    }

    /// The same with the outputs of layer `from` (0 is the lowest) added to its drive; they lie as
    /// `source`.
    ///
    /// # Panics
    /// If these cannot be laid over its own units, as [`Shortcut::new`] says.
    #[must_use]
    pub fn with_shortcut(self, from: usize, source: FeatureMaps) -> Self {
        let target = self.output_maps();
        let shortcut = Shortcut::new(from, source, target);
        assert!(shortcut.is_some(), "{source} maps cannot be added to {target}");
        Self { shortcut, ..self }
    }

    /// Which inputs each unit reads; it has the products with any weights, before pooling.
    pub fn connectivity(&self) -> Connectivity {
        self.connectivity
    }

    /// How places are summarised, if they are.
    pub fn pooling(&self) -> Option<Pooling> {
        self.pooling
    }

    /// How its drive is normalised, if it is.
    pub fn normaliser(&self) -> Option<Normaliser> {
        self.normaliser
    }

    /// Which outputs of an earlier layer are added to its drive, if some are.
    pub fn shortcut(&self) -> Option<Shortcut> {
        self.shortcut
    }

    /// Adds to its drive what its shortcut brings, if it has one; `outputs` are those of the layers
    /// below.
    ///
    /// # Panics
    /// If the shapes differ.
    pub(crate) fn add_shortcut(&self, outputs: &Activity, drive: ArrayViewMut2<'_, f32>) {
        if let Some(shortcut) = self.shortcut {
            shortcut.add(outputs.out(shortcut.from()), drive);
        }
    }

    /// The number of units it reads.
    pub fn inputs(&self) -> usize {
        self.input_maps().units()
    }

    /// How the units that it reads lie; those of a dense layer at one place.
    pub fn input_maps(&self) -> FeatureMaps {
        match self.connectivity {
            Connectivity::Dense => FeatureMaps::vector(self.weights.ncols()),
            Connectivity::Convolution(convolution) => convolution.input,
        }
    }

    /// The number of units it drives.
    pub fn outputs(&self) -> usize {
        self.output_maps().units()
    }

    /// How the units that it drives lie, after pooling; those of a dense layer at one place.
    pub fn output_maps(&self) -> FeatureMaps {
        match (self.connectivity, self.pooling) {
            (Connectivity::Dense, _) => FeatureMaps::vector(self.weights.nrows()),
            (Connectivity::Convolution(convolution), None) => convolution.output(),
            (Connectivity::Convolution(convolution), Some(pooling)) => {
                pooling.output(convolution.output())
            }
        }
    }

    /// The number of weights into a unit.
    pub fn fan_in(&self) -> usize {
        self.weights.ncols()
    }

    /// The number of weights out of an input, away from the edges and with a stride of 1.
    pub fn fan_out(&self) -> usize {
        match self.connectivity {
            Connectivity::Dense => self.weights.nrows(),
            Connectivity::Convolution(c) => c.filters * c.kernel.0 * c.kernel.1,
        }
    }

    /// The number of weights and biases.
    pub fn parameters(&self) -> usize {
        self.weights.len() + self.bias.as_ref().map_or(0, Array1::len)
    }

    /// a = N(P(W ∗ x)) + b for each example: `x` is examples × inputs, `a` examples × outputs. What a
    /// shortcut adds is not in it: [`Network::forward`](super::Network::forward) knows the layer that
    /// it comes from.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward<'a, 'b>(&self, x: impl Into<Inputs<'a>>, a: impl Into<UnitsMut<'b>>) {
        self.forward_and(x.into(), a.into(), Activation::Identity);
    }

    /// φ of the same; of a layer without a shortcut these are its outputs.
    ///
    /// # Panics
    /// If the shapes differ.
    pub(super) fn forward_to_outputs(&self, x: Inputs<'_>, h: UnitsMut<'_>) {
        self.forward_and(x, h, self.activation);
    }

    fn forward_and(&self, x: Inputs<'_>, a: UnitsMut<'_>, activation: Activation) {
        match self.connectivity {
            Connectivity::Convolution(c) => self.convolve(c, x.dense(), a, activation),
            dense => self.forward_densely(dense, x, a, activation),
        }
    }

    fn forward_densely(
        &self,
        dense: Connectivity,
        x: Inputs<'_>,
        UnitsMut { numbers: mut a, trace }: UnitsMut<'_>,
        activation: Activation,
    ) {
        dense.forward(x, self.weights.view(), Store::Overwrite, a.view_mut());
        self.normalise(a.view_mut(), trace);
        if let Some(bias) = &self.bias {
            a += bias;
        }
        activation.apply(a);
    }

    fn convolve(
        &self,
        convolution: Convolution,
        x: ArrayView2<'_, f32>,
        UnitsMut { numbers: mut a, mut trace }: UnitsMut<'_>,
        activation: Activation,
    ) {
        let bias = self.bias.as_ref().map(|bias| ChannelNumbers::new(bias.view()));
        let finish: Left<'_> = &|_, units| {
            bias.iter().for_each(|bias| bias.add_to(units));
            activation.apply_to(units);
        };
        // A normaliser comes in between.
        let left = if self.normaliser.is_none() { finish } else { NOTHING };
        let weights = self.weights.view();
        match self.pooling {
            None => convolution.forward(x, weights, Store::Overwrite, a.view_mut(), left),
            Some(pooling) => {
                let mut own = Winners::default();
                let winners = trace.as_deref_mut().map_or(&mut own, |trace| &mut trace.winners);
                let winners = winners.view_mut(a.nrows(), a.ncols());
                convolution.forward_pooled(pooling, x, weights, a.view_mut(), winners, left);
            }
        }
        if self.normaliser.is_some() {
            self.normalise(a.view_mut(), trace);
            finish(0, a.as_slice_mut().expect("activity is contiguous"));
        }
    }

    fn normalise(&self, drive: ArrayViewMut2<'_, f32>, trace: Option<&mut Trace>) {
        if let Some(normaliser) = self.normaliser {
            let mut own = Normalised::default();
            let kept = trace.map_or(&mut own, |trace| &mut trace.normalised);
            normaliser.apply(self.output_maps(), drive, kept);
        }
    }

    /// The backward pass of an error through `weights`, which may be the layer's or others of their
    /// shape: `dx` ← Wᵀ `dy`, with `dy` examples × outputs and `dx` examples × inputs.
    ///
    /// # Panics
    /// If the shapes differ, or if the layer takes the maximum of places or normalises its drive and
    /// `dy` come without the trace of a forward pass.
    pub fn backward<'a>(
        &self,
        dy: impl Into<Units<'a>>,
        weights: &Matrix,
        dx: ArrayViewMut2<'_, f32>,
    ) {
        self.backward_into(dy, weights, Store::Overwrite, dx);
    }

    /// The same, or `dx` += s Wᵀ `dy`.
    ///
    /// # Panics
    /// As [`backward`](Self::backward).
    pub fn backward_into<'a>(
        &self,
        dy: impl Into<Units<'a>>,
        weights: &Matrix,
        store: Store,
        dx: ArrayViewMut2<'_, f32>,
    ) {
        self.backward_and(dy.into(), weights, store, dx, None);
    }

    /// The same, and what is left to do with `dx`, if anything is.
    ///
    /// # Panics
    /// As [`backward`](Self::backward), and if something is left to do and `dx` is not contiguous.
    pub(super) fn backward_and(
        &self,
        dy: Units<'_>,
        weights: &Matrix,
        store: Store,
        mut dx: ArrayViewMut2<'_, f32>,
        left: Option<Left<'_>>,
    ) {
        let before = self.before_normaliser(dy);
        let dy = match &before {
            Some(before) => dy.with_numbers(before.view()),
            None => dy.with_numbers(dy.numbers.reborrow()),
        };
        match self.connectivity {
            Connectivity::Convolution(convolution) => {
                convolution.backward(
                    self.given(dy),
                    weights.view(),
                    store,
                    dx,
                    left.unwrap_or(NOTHING),
                );
            }
            dense => {
                dense.backward(dy.numbers, weights.view(), store, dx.view_mut());
                if let Some(left) = left {
                    left(0, dx.as_slice_mut().expect("errors are contiguous"));
                }
            }
        }
    }

    /// G += `scale` × Σ over examples (and places of a map) of dy xᵀ, and for biases of dy: `x` is
    /// examples × inputs, `dy` examples × outputs.
    ///
    /// # Panics
    /// As [`backward`](Self::backward).
    pub fn outer<'a, 'b>(
        &self,
        x: impl Into<Inputs<'a>>,
        dy: impl Into<Units<'b>>,
        scale: f32,
        update: &mut LayerUpdate,
    ) {
        let dy = dy.into();
        self.outer_weights(x, dy, scale, &mut update.weights);
        if let Some(bias) = &mut update.bias {
            match self.connectivity {
                Connectivity::Dense => {
                    dy.numbers.rows().into_iter().for_each(|row| bias.scaled_add(scale, &row));
                }
                Connectivity::Convolution(_) => {
                    bias.scaled_add(scale, &self.output_maps().sums_by_channel(dy.numbers));
                }
            }
        }
    }

    /// The same for weights alone.
    ///
    /// # Panics
    /// As [`backward`](Self::backward).
    pub fn outer_weights<'a, 'b>(
        &self,
        x: impl Into<Inputs<'a>>,
        dy: impl Into<Units<'b>>,
        scale: f32,
        update: &mut Matrix,
    ) {
        let (x, dy) = (x.into(), dy.into());
        let before = self.before_normaliser(dy);
        let dy = match &before {
            Some(before) => dy.with_numbers(before.view()),
            None => dy.with_numbers(dy.numbers.reborrow()),
        };
        let update = update.view_mut();
        match self.connectivity {
            Connectivity::Convolution(convolution) => {
                convolution.outer(x.dense(), self.given(dy), scale, update);
            }
            dense => dense.outer(x, dy.numbers, scale, update),
        }
    }

    /// What errors of the normalised drive are for what is normalised, if anything is.
    fn before_normaliser(&self, dy: Units<'_>) -> Option<Matrix> {
        let normaliser = self.normaliser?;
        let nothing = Normalised::default();
        let kept = dy.trace.map_or(&nothing, |trace| &trace.normalised);
        Some(normaliser.back(self.output_maps(), dy.numbers, kept))
    }

    /// Numbers of its units, with what they need to go back to their places.
    fn given<'a>(&self, units: Units<'a>) -> Given<'a> {
        let rows = units.numbers.nrows();
        let winners = units.trace.and_then(|trace| trace.winners.view(rows));
        Given { numbers: units.numbers, pooling: self.pooling, winners }
    }

    /// Whether every weight and bias is finite.
    pub fn is_finite(&self) -> bool {
        // A sum is not finite if a summand is not; and it vectorises where a search does not.
        let weights = self.weights.iter().map(|w| w * 0.0).sum::<f32>() == 0.0;
        weights && self.bias.iter().flatten().all(|b| b.is_finite())
    }
}

/// The most rows of a square that is pooled: its places are numbered by a byte.
pub(crate) const MOST_POOLED: usize = 15;

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.connectivity {
            Connectivity::Dense => write!(f, "{} → {} units", self.inputs(), self.outputs())?,
            Connectivity::Convolution(c) => {
                let (rows, columns) = c.kernel;
                write!(f, "{} → {} maps, {rows} × {columns} kernel", c.input, self.output_maps())?;
                match self.pooling {
                    None => {}
                    Some(Pooling::Max(side)) => write!(f, ", max pooling {side}")?,
                    Some(Pooling::Mean(side)) => write!(f, ", mean pooling {side}")?,
                }
            }
        }
        if let Some(normaliser) = self.normaliser {
            write!(f, ", {normaliser}")?;
        }
        if let Some(shortcut) = self.shortcut {
            write!(f, ", plus layer {}", shortcut.from() + 1)?;
        }
        write!(f, ", {}{}", self.activation, if self.bias.is_some() { ", biases" } else { "" })
    }
}
