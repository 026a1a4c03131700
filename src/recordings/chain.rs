//! Whether layers fit one another: each reads what the one below gives.

use super::{LayerEntry, WeightOrder};
use crate::data::FeatureMaps;
use crate::network::{Convolution, MOST_POOLED};

/// What is known of the units that a layer reads or gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// Nothing.
    Unknown,
    /// How many they are.
    Count(usize),
    /// How they lie.
    Maps(FeatureMaps),
    /// How many channels they have, at a number of places that is not known.
    Channels(usize),
}

impl Units {
    /// For a sentence.
    pub(super) fn words(self) -> String {
        match self {
            Self::Unknown => "units of an unknown number".into(),
            Self::Count(units) => format!("{units} units"),
            Self::Maps(maps) => format!("{} units ({maps})", maps.units()),
            Self::Channels(channels) => format!("{channels} channels"),
        }
    }
}

/// The weights of a layer as a file has them.
#[derive(Clone, Debug)]
pub(super) struct Weights<'a> {
    pub(super) entry: &'a LayerEntry,
    /// The sides of the tensor, 2 or 4.
    pub(super) sides: &'a [usize],
}

/// Sizes in one order of dimensions.
struct Sizes {
    inputs: usize,
    outputs: usize,
    kernel: Option<(usize, usize)>,
}

impl Weights<'_> {
    fn sizes(&self, order: WeightOrder) -> Sizes {
        match (self.sides, order) {
            (&[a, b], WeightOrder::OutputByInput) => Sizes { outputs: a, inputs: b, kernel: None },
            (&[a, b], WeightOrder::InputByOutput) => Sizes { inputs: a, outputs: b, kernel: None },
            (&[a, b, c, d], WeightOrder::OutputByInput) => {
                Sizes { outputs: a, inputs: b, kernel: Some((c, d)) }
            }
            (&[a, b, c, d], WeightOrder::InputByOutput) => {
                Sizes { kernel: Some((a, b)), inputs: c, outputs: d }
            }
            _ => unreachable!("weights have 2 or 4 sides, which was checked"),
        }
    }

    /// For a sentence.
    pub(super) fn words(&self) -> String {
        let sides: Vec<String> = self.sides.iter().map(usize::to_string).collect();
        format!("\"{}\", {}", crate::error::shown(&self.entry.weight), sides.join(" × "))
    }
}

/// Where a layer stands in the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// What it reads.
    pub(super) below: Units,
    /// What it gives.
    pub(super) above: Units,
    /// The convolution, if it is one and the size of its maps is known.
    pub(super) convolution: Option<Convolution>,
    /// The number of its units, of a convolution its filters.
    pub(super) outputs: usize,
    /// Whether it is a convolution.
    pub(super) is_convolution: bool,
}

/// The places of all layers above these inputs, or which two do not fit.
pub(super) fn walk(
    layers: &[Weights<'_>],
    order: WeightOrder,
    inputs: Units,
) -> Result<Vec<Place>, String> {
    let mut below = inputs;
    let mut places = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let place = place(layer, order, below).map_err(|why| {
            let giver = match index {
                0 => "what the network reads has".to_owned(),
                _ => format!("layer {index} gives"),
            };
            format!("{giver} {} and layer {} ({}) {why}", below.words(), index + 1, layer.words())
        })?;
        below = place.above;
        places.push(place);
    }
    Ok(places)
}

/// Where a layer stands above these units, or what it has against them.
fn place(layer: &Weights<'_>, order: WeightOrder, below: Units) -> Result<Place, String> {
    let Sizes { inputs, outputs, kernel } = layer.sizes(order);
    let Some(kernel) = kernel else {
        let fits = match below {
            Units::Unknown => true,
            Units::Count(units) => units == inputs,
            Units::Maps(maps) => maps.units() == inputs,
            Units::Channels(channels) => inputs.is_multiple_of(channels),
        };
        // Where nothing is known of what is below, the weights tell.
        let below = if below == Units::Unknown { Units::Count(inputs) } else { below };
        let above = Units::Count(outputs);
        let place = Place { below, above, convolution: None, outputs, is_convolution: false };
        return if fits { Ok(place) } else { Err(format!("reads {inputs}")) };
    };
    let unknown = Place {
        below,
        above: Units::Channels(outputs),
        convolution: None,
        outputs,
        is_convolution: true,
    };
    let reads = format!("reads {inputs} channels");
    match below {
        Units::Unknown => Ok(Place { below: Units::Channels(inputs), ..unknown }),
        Units::Channels(channels) if channels == inputs => Ok(unknown),
        Units::Maps(maps) if maps.channels == inputs => {
            let (convolution, maps) = on(layer.entry, kernel, outputs, maps)?;
            Ok(Place { above: Units::Maps(maps), convolution: Some(convolution), ..unknown })
        }
        _ => Err(reads),
    }
}

/// A convolution of these maps, and what it gives.
fn on(
    entry: &LayerEntry,
    kernel: (usize, usize),
    filters: usize,
    input: FeatureMaps,
) -> Result<(Convolution, FeatureMaps), String> {
    let (stride, padding) = (entry.stride.unwrap_or(1), entry.padding.unwrap_or(0));
    let (rows, columns) = kernel;
    if stride == 0 || padding >= rows.min(columns) {
        return Err(format!(
            "has a stride of {stride} and a padding of {padding}, where strides are at \
             least 1 and paddings smaller than the kernel of {rows} × {columns}"
        ));
    }
    if rows > input.rows + 2 * padding || columns > input.columns + 2 * padding {
        return Err(format!("has a larger kernel, of {rows} × {columns}"));
    }
    let convolution = Convolution { input, filters, kernel, stride, padding };
    let output = convolution.output();
    let Some(pooling) = entry.pooling else { return Ok((convolution, output)) };
    let most = output.rows.min(output.columns).min(MOST_POOLED);
    if !(1..=most).contains(&pooling.side()) {
        let side = pooling.side();
        return Err(format!("pools squares of {side} rows, where 1 to {most} can be pooled"));
    }
    Ok((convolution, pooling.output(output)))
}
