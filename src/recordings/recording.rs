//! One checkpoint of a network, and one layer of it.

use crate::network::{Activity, Layer, Matrix, Network, Trace, Units, Updates};

use super::LayerSpec;

/// What there is to be seen of one network at one checkpoint.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Weight updates so far.
    pub step: usize,
    /// The layers of synapses, from input to output; at least one.
    pub layers: Vec<RecordedLayer>,
}

/// What there is to be seen of one layer at one checkpoint. What is `None` was not measured: the
/// observables of it are null.
#[derive(Clone, Debug)]
pub struct RecordedLayer {
    /// Output units × input units; of a convolution filters × (kernel rows · kernel columns · input
    /// channels).
    pub weights: Matrix,
    /// By how much the last update changed each weight, in the shape of the weights; none before
    /// the first.
    pub change: Option<Matrix>,
    /// The outputs of the units, stimuli × units. The units of a convolution lie row by row, with
    /// the channels of a place beside one another. Under a softmax those of the last layer are
    /// logits.
    pub activity: Option<Matrix>,
    /// What the layer is beside its weights; without it there is no layer-wise activity change.
    pub spec: Option<LayerSpec>,
    /// Of the pass that gave the activity, if it is at hand.
    trace: Option<Trace>,
}

impl RecordedLayer {
    /// Of these weights, and nothing else.
    pub fn new(weights: Matrix) -> Self {
        Self { weights, change: None, activity: None, spec: None, trace: None }
    }

    /// The same with the last change of each weight.
    #[must_use]
    pub fn with_change(self, change: Matrix) -> Self {
        Self { change: Some(change), ..self }
    }

    /// The same with the outputs of its units, stimuli × units.
    #[must_use]
    pub fn with_activity(self, activity: Matrix) -> Self {
        Self { activity: Some(activity), trace: None, ..self }
    }

    /// The same with what it is beside its weights.
    #[must_use]
    pub fn with_spec(self, spec: LayerSpec) -> Self {
        Self { spec: Some(spec), ..self }
    }

    fn of(layer: &Layer, change: Option<&Matrix>, units: Units<'_>) -> Self {
        Self {
            weights: layer.weights.clone(),
            change: change.cloned(),
            activity: Some(units.numbers().to_owned()),
            spec: Some(LayerSpec::of(layer)),
            trace: units.trace().cloned(),
        }
    }

    /// Takes over what the units did, with the trace of the pass.
    pub(super) fn take_units(&mut self, units: Units<'_>) {
        self.activity = Some(units.numbers().to_owned());
        self.trace = units.trace().cloned();
    }

    /// The activity, with the trace of its pass where that is at hand.
    pub(crate) fn units(&self) -> Option<Units<'_>> {
        let numbers = self.activity.as_ref()?.view();
        Some(match &self.trace {
            Some(trace) => Units::new(numbers, trace),
            None => numbers.into(),
        })
    }

    /// Spec and activity, if they are enough for the layer-wise activity change.
    pub(crate) fn for_gains(&self) -> Option<(LayerSpec, Units<'_>)> {
        let spec = self.spec.filter(|spec| self.trace.is_some() || !spec.needs_trace())?;
        Some((spec, self.units()?))
    }

    /// Whether the layer-wise activity change can be had: from the activity and what the layer is;
    /// where it takes the maximum of places or normalises, the activity must come from a forward
    /// pass of this library.
    pub fn has_activity_change(&self) -> bool {
        self.for_gains().is_some()
    }
}

impl Recording {
    /// Of a network with the activity that a pass left, and the last change of its weights.
    pub(super) fn of(
        step: usize,
        network: &Network,
        delta: Option<&Updates>,
        activity: &Activity,
    ) -> Self {
        let layer = |(index, layer): (usize, &Layer)| {
            let change = delta.map(|delta| &delta.layers()[index].weights);
            RecordedLayer::of(layer, change, activity.units(index))
        };
        Self { step, layers: network.layers().iter().enumerate().map(layer).collect() }
    }
}
