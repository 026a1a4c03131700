use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::layer::MOST_POOLED;
use super::{Activation, Convolution, Layer, Matrix, Normaliser, Pooling, Shortcut};
use crate::data::FeatureMaps;
use crate::error::{self, Error, Result};

/// One convolution of an [`Architecture`](super::Architecture); what it reads decides the rest.
///
/// In a file `{ filters = 32, kernel = 3, pooling = { max = 2 } }`, with `kernel = [3, 5]` for one
/// of 3 rows and 5 columns, `normaliser = "layer"` for a drive that is normalised, and `adds = 1` for
/// a residual connection from layer 1, the lowest.
///
/// ```
/// use microlearners::network::{Architecture, ConvolutionLayer, Pooling};
///
/// let lower = ConvolutionLayer::new(32, 3);
/// let upper = ConvolutionLayer::new(64, 3).with_pooling(Pooling::Max(2));
/// let architecture = Architecture::hidden(&[128]).with_convolutions(&[lower, upper]);
/// # assert_eq!(architecture.convolutions.len(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionLayer {
    /// The number of filters.
    pub filters: usize,
    /// Rows and columns of a filter.
    #[serde(serialize_with = "write_kernel", deserialize_with = "read_kernel")]
    pub kernel: (usize, usize),
    /// By how many places a filter moves; default 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub stride: usize,
    /// How many rows and columns of zeros are put around what it reads, on each side; default 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub padding: usize,
    /// How places are summarised; default not at all.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "read_pooling")]
    pub pooling: Option<Pooling>,
    /// How its drive is normalised; default not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normaliser: Option<Normaliser>,
    /// The layer whose outputs are added to its drive, 1 for the lowest as in tables; default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adds: Option<usize>,
    /// Its nonlinearity, if it is another than the architecture's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
}

impl ConvolutionLayer {
    /// So many filters of `side` × `side`, with a stride of 1, and without padding, pooling and all
    /// else.
    pub fn new(filters: usize, side: usize) -> Self {
        let (kernel, stride, padding, pooling) = ((side, side), 1, 0, None);
        let (normaliser, adds, activation) = (None, None, None);
        Self { filters, kernel, stride, padding, pooling, normaliser, adds, activation }
    }

    /// The same, moved by so many places.
    #[must_use]
    pub fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same with so many rows and columns of zeros around what it reads.
    #[must_use]
    pub fn with_padding(self, padding: usize) -> Self {
        Self { padding, ..self }
    }

    /// The same with pooled places.
    #[must_use]
    pub fn with_pooling(self, pooling: Pooling) -> Self {
        Self { pooling: Some(pooling), ..self }
    }

    /// The same with a normalised drive.
    #[must_use]
    pub fn with_normaliser(self, normaliser: Normaliser) -> Self {
        Self { normaliser: Some(normaliser), ..self }
    }

    /// The same with the outputs of layer `layer` (1 is the lowest) added to its drive.
    #[must_use]
    pub fn adding(self, layer: usize) -> Self {
        Self { adds: Some(layer), ..self }
    }

    /// The same with a nonlinearity of its own.
    #[must_use]
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation: Some(activation), ..self }
    }

    /// Rejects what can be built for no image; `index` says which convolution of the network it is,
    /// from 0.
    ///
    /// # Errors
    /// [`Error::Setting`] if a number is 0 or absurdly large, the padding is not smaller than the
    /// kernel, the normaliser is meaningless, or no such layer lies below it.
    pub(super) fn check(&self, index: usize) -> Result<()> {
        for (name, count) in [
            ("filters", self.filters),
            ("kernel", self.kernel.0),
            ("kernel", self.kernel.1),
            ("stride", self.stride),
        ] {
            error::check_count(name, count)?;
            error::check_at_most(name, count, MOST)?;
        }
        let side = self.kernel.0.min(self.kernel.1);
        if self.padding >= side {
            let requirement = format!(
                "it must be smaller than the kernel's {side} rows or columns, or filters would see nothing but zeros at the edges"
            );
            return Err(Error::setting("padding", self.padding, requirement));
        }
        if let Some(side) = self.pooling.map(Pooling::side)
            && !(1..=MOST_POOLED).contains(&side)
        {
            let requirement = format!("squares of 1 to {MOST_POOLED} rows can be pooled");
            return Err(Error::setting("pooling", side, requirement));
        }
        if let Some(adds) = self.adds.filter(|adds| !(1..=index).contains(adds)) {
            let requirement = match index {
                0 => "the lowest layer has none below it to add".to_owned(),
                _ => format!("layer {} adds the outputs of one from 1 to {index}", index + 1),
            };
            return Err(Error::setting("adds", adds, requirement));
        }
        self.normaliser.as_ref().map_or(Ok(()), Normaliser::check)
    }

    /// What it makes of what the layer below gives, the last of `maps`: these are the image's, and
    /// those of each layer below.
    ///
    /// # Errors
    /// [`Error::Setting`] with both sizes if the kernel or the pool is too large, or what it adds
    /// does not lie as what it gives.
    pub(super) fn fit(&self, maps: &[FeatureMaps]) -> Result<FeatureMaps> {
        let index = maps.len() - 1;
        let output = self.fit_filters(index, maps[index])?;
        if let Some(adds) = self.adds {
            let source = maps[adds];
            if Shortcut::new(adds - 1, source, output).is_none() {
                let requirement = format!(
                    "layer {adds} gives {source} and layer {} gives {output}, and the ones cannot be laid over the others: \
                     they need the same rows, columns and channels, or every second place (or third) and no more channels",
                    index + 1
                );
                return Err(Error::setting("adds", adds, requirement));
            }
        }
        Ok(output)
    }

    /// The weights of a filter.
    pub(super) fn taps(&self, channels: usize) -> usize {
        self.kernel.0 * self.kernel.1 * channels
    }

    fn fit_filters(&self, index: usize, maps: FeatureMaps) -> Result<FeatureMaps> {
        let which = format!("convolution {}", index + 1);
        let (rows, columns) = self.kernel;
        let padded = (maps.rows + 2 * self.padding, maps.columns + 2 * self.padding);
        if rows > padded.0 || columns > padded.1 {
            let padding = match self.padding {
                0 => String::new(),
                _ => format!(" ({} × {} with the padding)", padded.0, padded.1),
            };
            let requirement = format!(
                "{which} reads {} × {} places{padding}, which is smaller: choose a smaller kernel, more padding, or less pooling and stride below",
                maps.rows, maps.columns
            );
            return Err(Error::setting("kernel", format!("{rows} × {columns}"), requirement));
        }
        let output = self.on(maps).output();
        let Some(pooling) = self.pooling else { return Ok(output) };
        let side = pooling.side();
        if side > output.rows.min(output.columns) {
            let requirement = format!(
                "{which} gives {} × {} places, of which no square of {side} × {side} can be pooled: choose a smaller pool",
                output.rows, output.columns
            );
            return Err(Error::setting("pooling", side, requirement));
        }
        Ok(pooling.output(output))
    }

    /// Such as `64c3s2p1m2`, or `64c3p1l+1(identity)`.
    pub(super) fn name(&self) -> String {
        let (rows, columns) = self.kernel;
        let mut name = match rows == columns {
            true => format!("{}c{rows}", self.filters),
            false => format!("{}c{rows}x{columns}", self.filters),
        };
        if self.stride > 1 {
            name += &format!("s{}", self.stride);
        }
        if self.padding > 0 {
            name += &format!("p{}", self.padding);
        }
        match self.pooling {
            None => {}
            Some(Pooling::Max(side)) => name += &format!("m{side}"),
            Some(Pooling::Mean(side)) => name += &format!("a{side}"),
        }
        if let Some(normaliser) = self.normaliser {
            name += &normaliser.letter();
        }
        if let Some(adds) = self.adds {
            name += &format!("+{adds}");
        }
        if let Some(activation) = self.activation {
            name += &format!("({activation})");
        }
        name
    }

    fn on(&self, input: FeatureMaps) -> Convolution {
        let Self { filters, kernel, stride, padding, .. } = *self;
        Convolution { input, filters, kernel, stride, padding }
    }

    /// A layer that reads the last of these maps, with zeros for weights; they are the image's, and
    /// those of each layer below.
    pub(super) fn blank(&self, maps: &[FeatureMaps], activation: Activation) -> Layer {
        let convolution = self.on(maps[maps.len() - 1]);
        let weights = Matrix::zeros((self.filters, convolution.taps()));
        let activation = self.activation.unwrap_or(activation);
        let layer = Layer::convolution(convolution, weights, activation);
        let layer = match self.pooling {
            Some(pooling) => layer.with_pooling(pooling),
            None => layer,
        };
        let layer = layer.with_normaliser(self.normaliser);
        match self.adds {
            Some(adds) => layer.with_shortcut(adds - 1, maps[adds]),
            None => layer,
        }
    }
}

impl fmt::Debug for ConvolutionLayer {
    /// Without normaliser, residual connection and nonlinearity of its own it is what it was before
    /// there were any: names of studies are made of this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("ConvolutionLayer");
        fields.field("filters", &self.filters).field("kernel", &self.kernel);
        fields.field("stride", &self.stride).field("padding", &self.padding);
        fields.field("pooling", &self.pooling);
        if self.normaliser.is_some() {
            fields.field("normaliser", &self.normaliser);
        }
        if self.adds.is_some() {
            fields.field("adds", &self.adds);
        }
        if self.activation.is_some() {
            fields.field("activation", &self.activation);
        }
        fields.finish()
    }
}

/// More than any small network needs.
const MOST: usize = 10_000;

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_one(number: &usize) -> bool {
    *number == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

fn write_kernel<S: Serializer>(
    kernel: &(usize, usize),
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    if kernel.0 == kernel.1 { kernel.0.serialize(to) } else { kernel.serialize(to) }
}

fn read_kernel<'de, D: Deserializer<'de>>(
    from: D,
) -> std::result::Result<(usize, usize), D::Error> {
    struct Kernel;
    impl<'de> Visitor<'de> for Kernel {
        type Value = (usize, usize);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a kernel's rows and columns, such as 3 or [3, 5]")
        }

        fn visit_i64<E: de::Error>(self, side: i64) -> std::result::Result<Self::Value, E> {
            let side = usize::try_from(side)
                .map_err(|_| E::invalid_value(de::Unexpected::Signed(side), &self))?;
            Ok((side, side))
        }

        fn visit_u64<E: de::Error>(self, side: u64) -> std::result::Result<Self::Value, E> {
            let side = usize::try_from(side)
                .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(side), &self))?;
            Ok((side, side))
        }

        fn visit_seq<A: SeqAccess<'de>>(
            self,
            mut all: A,
        ) -> std::result::Result<Self::Value, A::Error> {
            let mut next = |place: usize| {
                all.next_element()?.ok_or_else(|| de::Error::invalid_length(place, &Kernel))
            };
            let kernel = (next(0)?, next(1)?);
            match all.next_element::<de::IgnoredAny>()? {
                None => Ok(kernel),
                Some(_) => Err(de::Error::invalid_length(3, &Kernel)),
            }
        }
    }
    from.deserialize_any(Kernel)
}

fn read_pooling<'de, D: Deserializer<'de>>(
    from: D,
) -> std::result::Result<Option<Pooling>, D::Error> {
    struct Squares;
    impl<'de> Visitor<'de> for Squares {
        type Value = Pooling;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a pooling, such as { max = 2 } or { mean = 2 }")
        }

        fn visit_map<A: MapAccess<'de>>(
            self,
            mut map: A,
        ) -> std::result::Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some((kind, side)) = map.next_entry::<String, usize>()? {
                let pooling = match kind.as_str() {
                    "max" => Pooling::Max(side),
                    "mean" => Pooling::Mean(side),
                    other => return Err(de::Error::unknown_variant(other, &["max", "mean"])),
                };
                if found.replace(pooling).is_some() {
                    return Err(de::Error::invalid_length(2, &Squares));
                }
            }
            found.ok_or_else(|| de::Error::invalid_length(0, &Squares))
        }
    }
    from.deserialize_any(Squares).map(Some)
}

crate::display::show_as_settings!(ConvolutionLayer);
