use std::fmt;

use rand::seq::index;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{self, Error, Result};
use crate::random;

/// Gaussian noise on each number that is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    /// None; the default.
    #[default]
    None,
    /// Of so many standard deviations of the noiseless numbers.
    Relative(f64),
    /// Of this standard deviation, in the numbers' own unit.
    Absolute(f64),
}

/// What stands between the network and the experimenter. In this order: noise is added to each number, some of the
/// units (of weights: synapses) are kept, and only then come transform and statistic. Activity change averages over the
/// kept output units first, and its noise is on the gain of each input. The same units are followed through training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instrument {
    /// The noise.
    pub noise: Noise,
    /// The fraction of units that are recorded, in (0, 1]; rounded up to whole units, at least one. Default 1.
    pub fraction: f64,
    /// Chooses units and noise.
    pub seed: u64,
}

impl Default for Instrument {
    fn default() -> Self {
        Self { noise: Noise::None, fraction: 1.0, seed: 0 }
    }
}

impl Instrument {
    /// One that sees everything, without noise.
    pub fn perfect() -> Self {
        Self::default()
    }

    /// The same with noise of so many standard deviations of the noiseless numbers.
    #[must_use]
    pub fn with_noise(self, relative: f64) -> Self {
        Self { noise: Noise::Relative(relative), ..self }
    }

    /// The same, seeing a fraction of the units.
    #[must_use]
    pub fn with_fraction(self, fraction: f64) -> Self {
        Self { fraction, ..self }
    }

    /// Rejects what cannot measure.
    ///
    /// # Errors
    /// [`Error::Setting`] if the noise is negative or not finite, or the fraction not in (0, 1].
    pub fn check(&self) -> Result<()> {
        match self.noise {
            Noise::None => {}
            Noise::Relative(sigma) | Noise::Absolute(sigma) => {
                error::check_not_negative("noise", sigma)?
            }
        }
        if self.fraction > 0.0 && self.fraction <= 1.0 {
            return Ok(());
        }
        Err(Error::setting("fraction", self.fraction, "it must be above 0 and at most 1"))
    }

    /// Which of `count` units are recorded, ascending; all of them as `None`. The same for the same seed and purpose.
    pub(super) fn choose(&self, count: usize, purpose: &str) -> Option<Vec<usize>> {
        if self.fraction >= 1.0 {
            return None;
        }
        // The product of a decimal fraction and a whole number may come out a rounding error too large.
        let exact = self.fraction * count as f64;
        let kept = ((exact - 1e-9).ceil() as usize).clamp(1, count);
        let mut rng = random::stream(self.seed, &format!("units {purpose}"));
        let mut chosen = index::sample(&mut rng, count, kept).into_vec();
        chosen.sort_unstable();
        Some(chosen)
    }

    /// Adds noise to `values`; another `purpose` gets other noise.
    pub(super) fn disturb(&self, values: &mut [f64], purpose: &str) {
        let sigma = match self.noise {
            Noise::None => return,
            Noise::Absolute(sigma) => sigma,
            Noise::Relative(sigma) => sigma * standard_deviation(values),
        };
        let mut rng = random::stream(self.seed, &format!("noise {purpose}"));
        for value in values {
            let draw: f64 = StandardNormal.sample(&mut rng);
            *value += sigma * draw;
        }
    }
}

fn standard_deviation(values: &[f64]) -> f64 {
    super::Moments::of(values).variance.sqrt()
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.noise {
            Noise::None => write!(f, "no noise")?,
            Noise::Relative(sigma) => write!(f, "noise of {sigma} standard deviations")?,
            Noise::Absolute(sigma) => write!(f, "noise of standard deviation {sigma}")?,
        }
        write!(f, ", {} % of the units", 100.0 * self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_units_are_followed_and_their_number_rounds_up() {
        let instrument = Instrument::perfect().with_fraction(0.1);
        let chosen = instrument.choose(101, "a").unwrap();
        assert_eq!(chosen.len(), 11);
        assert_eq!(Some(chosen.clone()), instrument.choose(101, "a"));
        assert_ne!(Some(chosen), instrument.choose(101, "b"));
        assert_eq!(instrument.choose(3, "a").unwrap().len(), 1);
        assert_eq!(instrument.choose(1000, "a").unwrap().len(), 100);
        assert_eq!(Instrument::perfect().choose(5, "a"), None);
    }

    #[test]
    fn relative_noise_scales_with_the_numbers() {
        let original: Vec<f64> = (0..20_000).map(f64::from).collect();
        let mut noisy = original.clone();
        Instrument::perfect().with_noise(0.5).disturb(&mut noisy, "a");
        let noise: Vec<f64> = noisy.iter().zip(&original).map(|(a, b)| a - b).collect();
        let ratio = standard_deviation(&noise) / standard_deviation(&original);
        assert!((ratio - 0.5).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn impossible_instruments_are_refused() {
        for bad in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(Instrument::perfect().with_fraction(bad).check().is_err());
        }
        assert!(Instrument::perfect().with_noise(-1.0).check().is_err());
    }
}
