//! Normalisers of a layer's drive, each of which looks at one example alone: a = N(P(W ∗ x)) + b,
//! h = φ(a).
//!
//! Normalisation over a batch is not offered: it makes the examples of a batch depend on one
//! another, and its running means belong neither to the network nor to a rule.

use std::fmt;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Zip, s};
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::Matrix;
use crate::data::FeatureMaps;
use crate::error::{self, Result};

/// What a layer's drive is divided by before its biases and its nonlinearity, for each example by
/// itself. It has no weights of its own.
///
/// In a file `normaliser = "layer"`, or `normaliser = { local_response = { channels = 5 } }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Normaliser {
    /// Layer normalisation: less the mean, over the standard deviation of all of the layer's units.
    /// Ba, Kiros & Hinton 2016, arXiv 1607.06450.
    Layer,
    /// Local response normalisation: over a power of the squares of neighbouring channels at the
    /// same place.
    LocalResponse(LocalResponse),
}

/// z_c / (offset + α/n Σ z_j²)^β, the sum over the n channels around c at the same place; of a
/// fully connected layer, over the n units around it. With α = 1 and β = ½ this is the divisive
/// normalisation of Carandini & Heeger 2012, doi 10.1038/nrn3136.
///
/// Krizhevsky, Sutskever & Hinton 2012, *ImageNet classification with deep convolutional neural
/// networks*, normalise outputs in this way; here it is the drive, so that nothing stands between a
/// layer's nonlinearity and the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalResponse {
    /// n, the number of channels; default 5. Where there are fewer, the others count as 0.
    pub channels: usize,
    /// α, the strength; default 10⁻⁴ as in PyTorch.
    pub alpha: f64,
    /// β, the exponent; default 0.75.
    pub beta: f64,
    /// What is divided by where nothing is active; default 1.
    pub offset: f64,
}

impl Default for LocalResponse {
    fn default() -> Self {
        Self { channels: 5, alpha: 1e-4, beta: 0.75, offset: 1.0 }
    }
}

impl LocalResponse {
    /// Divisive normalisation over so many channels: α = 1, β = ½.
    pub fn divisive(channels: usize) -> Self {
        Self { channels, alpha: 1.0, beta: 0.5, ..Self::default() }
    }

    /// The window that a channel is divided by: as many channels on either side, one more below if
    /// their number is even, as in PyTorch.
    fn divides(&self) -> Window {
        Window { below: self.channels / 2, width: self.channels }
    }

    /// The same seen from the other side: the channels that a channel divides.
    fn divided_by(&self) -> Window {
        Window { below: (self.channels - 1) / 2, width: self.channels }
    }

    /// s^−β.
    fn power(&self, s: f32) -> f32 {
        if self.beta == 0.5 {
            1.0 / s.sqrt()
        } else if self.beta == 0.75 {
            1.0 / (s.sqrt() * s.sqrt().sqrt())
        } else {
            s.powf(-self.beta as f32)
        }
    }
}

/// So many neighbouring channels, the first of them `below` the one in question.
#[derive(Clone, Copy)]
struct Window {
    below: usize,
    width: usize,
}

impl Window {
    /// `sums` ← the sums over each channel's window of a place's `numbers`; `padded` is scratch. Channels
    /// beyond the first and the last count as 0.
    fn sum(self, numbers: impl Iterator<Item = f32>, padded: &mut Vec<f32>, sums: &mut [f32]) {
        padded.clear();
        padded.resize(self.below, 0.0);
        padded.extend(numbers);
        padded.resize(sums.len() + self.width, 0.0);
        sums.fill(0.0);
        // Window by window outside, so that the loop over channels vectorises.
        for shift in 0..self.width {
            let shifted = &padded[shift..shift + sums.len()];
            sums.iter_mut().zip(shifted).for_each(|(sum, x)| *sum += x);
        }
    }
}

/// Of a variance, so that a layer at rest is not divided by 0; PyTorch's.
const EPSILON: f64 = 1e-5;

/// What a normaliser must remember of a forward pass for errors to find their way back: its outputs,
/// and what it divided by; examples × units, or examples × 1. They grow to the largest batch.
#[derive(Clone, Debug, Default)]
pub(super) struct Normalised {
    outputs: Matrix,
    divisors: Matrix,
}

impl Normaliser {
    /// Rejects what normalises nothing.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if a number is not positive.
    pub fn check(&self) -> Result<()> {
        let Self::LocalResponse(local) = self else { return Ok(()) };
        error::check_count("channels", local.channels)?;
        error::check_positive("alpha", local.alpha)?;
        error::check_positive("beta", local.beta)?;
        error::check_positive("offset", local.offset)
    }

    /// In names of architectures: `l`, or `n` with the channels.
    pub(super) fn letter(&self) -> String {
        match self {
            Self::Layer => "l".into(),
            Self::LocalResponse(local) => format!("n{}", local.channels),
        }
    }

    /// z ← N(z), examples × units that lie as `maps`; what the way back needs goes to `kept`.
    pub(super) fn apply(
        self,
        maps: FeatureMaps,
        mut z: ArrayViewMut2<'_, f32>,
        kept: &mut Normalised,
    ) {
        match self {
            Self::Layer => kept.divide_by_spread(z.view_mut()),
            Self::LocalResponse(local) => {
                kept.divide_by_neighbours(local, maps.channels, z.view_mut());
            }
        }
        let rows = z.nrows();
        kept.outputs.slice_mut(s![..rows, ..]).assign(&z);
    }

    /// Jᵀ δ: what errors of the normalised drive are for the drive, given the forward pass.
    ///
    /// # Panics
    /// If the pass saw fewer examples, or another layer.
    pub(super) fn back(
        self,
        maps: FeatureMaps,
        errors: ArrayView2<'_, f32>,
        kept: &Normalised,
    ) -> Matrix {
        let rows = errors.nrows();
        let seen = kept.outputs.nrows() >= rows && kept.outputs.ncols() == errors.ncols();
        assert!(seen, "a layer that normalises needs the trace of a forward pass");
        let mut back = errors.to_owned();
        for (row, mut d) in back.rows_mut().into_iter().enumerate() {
            let y = kept.outputs.row(row);
            match self {
                Self::Layer => {
                    let count = y.len() as f32;
                    let (mean, along) = (d.sum() / count, d.dot(&y) / count);
                    let share = 1.0 / kept.divisors[(row, 0)];
                    Zip::from(&mut d)
                        .and(&y)
                        .for_each(|d, &y| *d = share * (*d - mean - y * along));
                }
                Self::LocalResponse(local) => {
                    let s = kept.divisors.row(row);
                    local.back(maps.channels, d, y, s);
                }
            }
        }
        back
    }
}

impl LocalResponse {
    /// d_c ← d_c s_c^−β − 2αβ/n z_c Σ_j d_j y_j / s_j, over the channels j that c divides.
    fn back(
        &self,
        channels: usize,
        mut d: ArrayViewMut1<'_, f32>,
        y: ArrayView1<'_, f32>,
        s: ArrayView1<'_, f32>,
    ) {
        let scale = (2.0 * self.alpha * self.beta) as f32 / self.channels as f32;
        let (mut padded, mut sums) = (Vec::new(), vec![0.0; channels]);
        let places = d.exact_chunks_mut(channels).into_iter().zip(y.exact_chunks(channels));
        for ((mut d, y), s) in places.zip(s.exact_chunks(channels)) {
            let shares = d.iter().zip(&y).zip(&s).map(|((d, y), s)| d * y / s);
            self.divided_by().sum(shares, &mut padded, &mut sums);
            for (((d, y), &s), sum) in d.iter_mut().zip(&y).zip(&s).zip(&sums) {
                let power = self.power(s);
                // z = y s^β.
                *d = *d * power - scale * y / power * sum;
            }
        }
    }
}

impl Normalised {
    fn divide_by_spread(&mut self, mut z: ArrayViewMut2<'_, f32>) {
        self.fit(z.dim(), 1);
        for (mut z, divisor) in z.rows_mut().into_iter().zip(self.divisors.column_mut(0)) {
            let count = z.len() as f64;
            let mean = z.iter().map(|&z| f64::from(z)).sum::<f64>() / count;
            let squares = z.iter().map(|&z| (f64::from(z) - mean).powi(2));
            let spread = (squares.sum::<f64>() / count + EPSILON).sqrt();
            *divisor = spread as f32;
            let (mean, share) = (mean as f32, (1.0 / spread) as f32);
            z.mapv_inplace(|z| (z - mean) * share);
        }
    }

    fn divide_by_neighbours(
        &mut self,
        local: LocalResponse,
        channels: usize,
        mut z: ArrayViewMut2<'_, f32>,
    ) {
        self.fit(z.dim(), z.ncols());
        let (offset, scale) = (local.offset as f32, local.alpha as f32 / local.channels as f32);
        let (mut padded, mut sums) = (Vec::new(), vec![0.0; channels]);
        for (mut z, mut divisors) in z.rows_mut().into_iter().zip(self.divisors.rows_mut()) {
            let places = z.exact_chunks_mut(channels).into_iter();
            for (mut z, mut divisors) in places.zip(divisors.exact_chunks_mut(channels)) {
                local.divides().sum(z.iter().map(|z| z * z), &mut padded, &mut sums);
                for ((z, divisor), sum) in z.iter_mut().zip(&mut divisors).zip(&sums) {
                    *divisor = offset + scale * sum;
                    *z *= local.power(*divisor);
                }
            }
        }
    }

    fn fit(&mut self, (rows, units): (usize, usize), divisors: usize) {
        if self.outputs.nrows() < rows || self.outputs.ncols() != units {
            self.outputs = Matrix::zeros((rows, units));
        }
        if self.divisors.nrows() < rows || self.divisors.ncols() != divisors {
            self.divisors = Matrix::zeros((rows, divisors));
        }
    }
}

impl<'de> Deserialize<'de> for Normaliser {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Named;
        impl<'de> Visitor<'de> for Named {
            type Value = Normaliser;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"a normaliser, "layer" or { local_response = { channels = 5 } }"#)
            }

            fn visit_str<E: de::Error>(self, name: &str) -> std::result::Result<Normaliser, E> {
                match name {
                    "layer" => Ok(Normaliser::Layer),
                    "local_response" => Ok(Normaliser::LocalResponse(LocalResponse::default())),
                    other => Err(E::unknown_variant(other, &["layer", "local_response"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                map: A,
            ) -> std::result::Result<Normaliser, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Only {
                    local_response: LocalResponse,
                }
                let only = Only::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Normaliser::LocalResponse(only.local_response))
            }
        }
        from.deserialize_any(Named)
    }
}

impl fmt::Display for Normaliser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer => f.write_str("layer normalisation"),
            Self::LocalResponse(local) => {
                write!(f, "local response normalisation over {} channels", local.channels)
            }
        }
    }
}

crate::display::show_as_settings!(Normaliser, LocalResponse);

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Of two places with three channels: N(z), and Jᵀ d for this d. The numbers are PyTorch's
    /// (`layer_norm`, `local_response_norm`, in double precision).
    #[test]
    fn numbers_and_gradients_are_those_of_pytorch() {
        let z = array![[0.5_f32, -1.0, 2.0, 0.3, 1.5, -0.2]];
        let d = array![[1.0_f32, -2.0, 0.5, 0.25, -1.0, 3.0]];
        let local = |channels, alpha, beta, offset| {
            Normaliser::LocalResponse(LocalResponse { channels, alpha, beta, offset })
        };
        #[rustfmt::skip]
        let all: [(Normaliser, [f64; 6], [f64; 6]); 4] = [
            (Normaliser::Layer,
             [-0.016_627_37, -1.513_090_75, 1.479_836_01, -0.216_155_82, 0.981_014_88, -0.714_976_95],
             [0.708_237_72, -2.142_987_74, 0.067_715_29, -0.021_100_46, -1.381_514_32, 2.769_649_5]),
            (local(2, 1.0, 0.5, 1.0),
             [0.471_404_52, -0.784_464_54, 1.069_044_97, 0.293_469_59, 1.018_266_35, -0.136_557_75],
             [0.596_678_78, -1.009_821_32, 0.114_540_53, 0.304_413_86, -0.183_666_47, 2.029_267_24]),
            (local(3, 0.5, 0.75, 2.0),
             [0.276_007_91, -0.452_920_12, 0.915_812_87, 0.156_071_22, 0.778_727_54, -0.104_320_4],
             [0.497_008_38, -0.755_421_83, -0.009_391_23, 0.153_204_02, -0.354_151_72, 1.541_989_8]),
            (local(5, 2.0, 1.3, 1.0),
             [0.114_868_2, -0.229_736_39, 0.459_472_79, 0.125_746_96, 0.628_734_8, -0.083_831_31],
             [0.094_858_9, -0.189_717_8, -0.424_641_78, 0.240_456_71, 0.259_181_32, 1.167_024_56]),
        ];
        for (normaliser, expected, gradient) in all {
            let maps = FeatureMaps::from((1, 2, 3));
            let (mut found, mut kept) = (z.clone(), Normalised::default());
            normaliser.apply(maps, found.view_mut(), &mut kept);
            let close = |found: &Matrix, expected: [f64; 6]| {
                found.mapv(f64::from).abs_diff_eq(&array![expected], 1e-6)
            };
            assert!(close(&found, expected), "{normaliser}: {found}");
            let back = normaliser.back(maps, d.view(), &kept);
            assert!(close(&back, gradient), "{normaliser}: {back}");
        }
    }

    #[test]
    fn a_normaliser_in_a_file_is_a_name_or_a_table() {
        #[derive(Serialize, Deserialize, PartialEq, Debug)]
        struct File {
            normaliser: Normaliser,
        }
        let local = LocalResponse { channels: 7, ..LocalResponse::default() };
        for (text, expected) in [
            ("normaliser = \"layer\"", Normaliser::Layer),
            (
                "normaliser = \"local_response\"",
                Normaliser::LocalResponse(LocalResponse::default()),
            ),
            (
                "normaliser = { local_response = { channels = 7 } }",
                Normaliser::LocalResponse(local),
            ),
        ] {
            let found: File = toml::from_str(text).unwrap();
            assert_eq!(found.normaliser, expected);
            let written = toml::to_string(&found).unwrap();
            assert_eq!(toml::from_str::<File>(&written).unwrap(), found, "{written}");
        }
        for (text, part) in [
            ("normaliser = \"batch\"", "batch"),
            ("normaliser = 3", "a normaliser, \"layer\" or"),
            ("normaliser = { local = 3 }", "local_response"),
            ("normaliser = { local_response = { width = 3 } }", "width"),
        ] {
            let told = toml::from_str::<File>(text).unwrap_err().to_string();
            assert!(told.contains(part), "{told}");
        }
    }
}
