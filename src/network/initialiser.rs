use std::fmt;

use ndarray::{Array1, Array2};
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{self, Result};
use crate::random::Rng;

/// How weights start. Write `n_in` for the inputs of a layer (its fan-in), `n_out` for its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Initialiser {
    /// N(0, sd²), given the standard deviation.
    Normal {
        /// The standard deviation.
        sd: f64,
    },
    /// N(0, variance), given the variance.
    NormalVariance {
        /// The variance.
        variance: f64,
    },
    /// N(0, variance/n_in), given the variance that inputs of variance 1 have as a sum.
    NormalFanIn {
        /// The variance of the sum.
        variance: f64,
    },
    /// U(±1/√n_in), as PyTorch's linear layer.
    UniformFanIn,
    /// U(±√(6/(n_in + n_out))). Glorot & Bengio 2010.
    GlorotUniform,
    /// N(0, 2/(n_in + n_out)). Glorot & Bengio 2010.
    GlorotNormal,
    /// U(±√(6/n_in)). He et al. 2015, arXiv 1502.01852.
    HeUniform,
    /// N(0, 2/n_in). He et al. 2015, arXiv 1502.01852.
    HeNormal,
}

impl Initialiser {
    /// Rejects what is no distribution.
    ///
    /// # Errors
    /// [`Setting`](crate::Error::Setting) if a standard deviation or variance is negative or not
    /// finite.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Normal { sd } => error::check_not_negative("sd", sd),
            Self::NormalVariance { variance } | Self::NormalFanIn { variance } => {
                error::check_not_negative("variance", variance)
            }
            _ => Ok(()),
        }
    }

    /// Weights of a dense layer, outputs × inputs.
    pub fn draw(self, inputs: usize, outputs: usize, rng: &mut Rng) -> Array2<f32> {
        self.draw_like((outputs, inputs), (inputs, outputs), rng)
    }

    /// Weights in the shape of a layer's, given how many come into a unit and how many go out of an
    /// input.
    pub fn draw_like(
        self,
        shape: (usize, usize),
        (fan_in, fan_out): (usize, usize),
        rng: &mut Rng,
    ) -> Array2<f32> {
        let scale = self.scale(fan_in, fan_out);
        Array2::from_shape_simple_fn(shape, || self.sample(scale, rng))
    }

    /// Draws the weights of a layer anew, given its fan-in and fan-out.
    pub fn redraw(
        self,
        weights: &mut Array2<f32>,
        (fan_in, fan_out): (usize, usize),
        rng: &mut Rng,
    ) {
        let scale = self.scale(fan_in, fan_out);
        weights.mapv_inplace(|_| self.sample(scale, rng));
    }

    /// Biases of a dense layer, one per output.
    pub fn draw_vector(self, inputs: usize, outputs: usize, rng: &mut Rng) -> Array1<f32> {
        self.draw_biases(outputs, (inputs, outputs), rng)
    }

    /// So many biases, given the layer's fan-in and fan-out.
    pub fn draw_biases(
        self,
        count: usize,
        (fan_in, fan_out): (usize, usize),
        rng: &mut Rng,
    ) -> Array1<f32> {
        let scale = self.scale(fan_in, fan_out);
        Array1::from_shape_simple_fn(count, || self.sample(scale, rng))
    }

    /// The standard deviation of a normal distribution, the half-width of a uniform one.
    fn scale(self, inputs: usize, outputs: usize) -> f64 {
        let (fan_in, both) = (inputs as f64, (inputs + outputs) as f64);
        match self {
            Self::Normal { sd } => sd,
            Self::NormalVariance { variance } => variance.sqrt(),
            Self::NormalFanIn { variance } => (variance / fan_in).sqrt(),
            Self::UniformFanIn => fan_in.recip().sqrt(),
            Self::GlorotUniform => (6.0 / both).sqrt(),
            Self::GlorotNormal => (2.0 / both).sqrt(),
            Self::HeUniform => (6.0 / fan_in).sqrt(),
            Self::HeNormal => (2.0 / fan_in).sqrt(),
        }
    }

    fn sample(self, scale: f64, rng: &mut Rng) -> f32 {
        let draw: f64 = match self {
            Self::UniformFanIn | Self::GlorotUniform | Self::HeUniform => rng.gen_range(-1.0..1.0),
            _ => StandardNormal.sample(rng),
        };
        (scale * draw) as f32
    }
}

impl fmt::Display for Initialiser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal { sd } => write!(f, "normal sd {sd}"),
            Self::NormalVariance { variance } => write!(f, "normal variance {variance}"),
            Self::NormalFanIn { variance } => write!(f, "normal variance {variance}/fan_in"),
            Self::UniformFanIn => f.write_str("uniform 1/sqrt(fan_in)"),
            Self::GlorotUniform => f.write_str("glorot uniform"),
            Self::GlorotNormal => f.write_str("glorot normal"),
            Self::HeUniform => f.write_str("he uniform"),
            Self::HeNormal => f.write_str("he normal"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn weights_have_the_stated_standard_deviation() {
        let sd = |initialiser: Initialiser| {
            f64::from(initialiser.draw(400, 200, &mut random::stream(1, "init")).std(0.0))
        };
        let cases = [
            (Initialiser::Normal { sd: 0.1 }, 0.1),
            (Initialiser::NormalVariance { variance: 0.1 }, 0.1_f64.sqrt()),
            (Initialiser::NormalFanIn { variance: 0.1 }, (0.1_f64 / 400.0).sqrt()),
            (Initialiser::UniformFanIn, 0.05 / 3.0_f64.sqrt()),
            (Initialiser::GlorotUniform, (2.0_f64 / 600.0).sqrt()),
            (Initialiser::GlorotNormal, (2.0_f64 / 600.0).sqrt()),
            (Initialiser::HeUniform, (2.0_f64 / 400.0).sqrt()),
            (Initialiser::HeNormal, (2.0_f64 / 400.0).sqrt()),
        ];
        for (initialiser, expected) in cases {
            // 80,000 draws: the estimate's own relative error is about 0.25 %.
            assert!((sd(initialiser) / expected - 1.0).abs() < 0.015, "{initialiser}");
        }
    }

    #[test]
    fn a_negative_variance_is_refused() {
        assert!(Initialiser::NormalVariance { variance: -1.0 }.check().is_err());
        assert!(Initialiser::NormalFanIn { variance: -1.0 }.check().is_err());
        assert!(Initialiser::Normal { sd: f64::NAN }.check().is_err());
    }
}
