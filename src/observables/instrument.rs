use std::fmt;

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
    /// Of so many standard deviations of the noiseless numbers. Caution: noise that is scaled by
    /// the measured spread leaks that spread to a classifier that sees few units.
    Relative(f64),
    /// Of so many standard deviations of the noiseless numbers in the same layer before learning
    /// (of changes: of the first change), so that its size holds no information on what was learned.
    RelativeToStart(f64),
    /// Of this standard deviation, in the numbers' own unit, as the code of Nayebi et al. 2020
    /// (arXiv 2010.11765) adds it.
    Absolute(f64),
}

impl Noise {
    /// How much it is, in its own unit; 0 for none.
    pub(super) fn level(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Relative(sigma) | Self::RelativeToStart(sigma) | Self::Absolute(sigma) => sigma,
        }
    }
}

/// What stands between the network and the experimenter. In this order: noise is added to each
/// number, some of the units (of weights: synapses) are kept, and only then come transform and
/// statistic. Activity change averages over the kept output units first, and its noise is on the
/// gain of each input. The same units are followed through training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instrument {
    /// The noise.
    pub noise: Noise,
    /// The fraction of units that are recorded, in (0, 1]; rounded up to whole units, at least one.
    /// Default 1.
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
        error::check_not_negative("noise", self.noise.level())?;
        if self.fraction > 0.0 && self.fraction <= 1.0 {
            return Ok(());
        }
        Err(Error::setting("fraction", self.fraction, "it must be above 0 and at most 1"))
    }

    /// Which of `count` units are recorded, ascending; all of them as `None`. The same for the same
    /// seed and purpose.
    pub(super) fn choose(&self, count: usize, purpose: &str) -> Option<Vec<usize>> {
        if self.fraction >= 1.0 {
            return None;
        }
        let mut rng = random::stream(self.seed, &format!("units {purpose}"));
        Some(random::some_of(count, self.fraction, &mut rng))
    }

    /// Adds noise to `values`, which had a standard deviation of `at_start` before learning;
    /// another `purpose` gets other noise.
    pub(super) fn disturb(&self, values: &mut [f64], at_start: f64, purpose: &str) {
        let sigma = match self.noise {
            Noise::None => return,
            Noise::Absolute(sigma) => sigma,
            Noise::Relative(sigma) => sigma * standard_deviation(values),
            Noise::RelativeToStart(sigma) => sigma * at_start,
        };
        let mut rng = random::stream(self.seed, &format!("noise {purpose}"));
        for value in values {
            let draw: f64 = StandardNormal.sample(&mut rng);
            *value += sigma * draw;
        }
    }
}

/// Instruments of every combination of noise and fraction, all of which look at the same networks:
/// what robustness is judged by.
///
/// A table of several has the key columns `noise` and `fraction` besides, and as many rows for
/// each. The same noise is drawn for all of them, scaled, and what is kept at a smaller fraction is
/// chosen by the same seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentGrid {
    /// In standard deviations of the noiseless numbers (or as `noise_unit` says), at least 0.
    pub noise: Vec<f64>,
    /// Fractions of the units, in (0, 1].
    pub fraction: Vec<f64>,
    /// When the noiseless numbers are taken whose standard deviation is the unit of
    /// noise.
    #[serde(default, skip_serializing_if = "NoiseUnit::is_default")]
    pub noise_unit: NoiseUnit,
}

/// The unit of noise: which numbers' standard deviation, or that of the numbers themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseUnit {
    /// Those that are measured: [`Noise::Relative`].
    #[default]
    Measured,
    /// Those of the same layer before learning: [`Noise::RelativeToStart`].
    Start,
    /// None: noise is in the numbers' own units, one standard deviation for every layer, checkpoint
    /// and kind of measurement ([`Noise::Absolute`]), as the code of Nayebi et al. 2020 adds it.
    Absolute,
}

impl NoiseUnit {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for InstrumentGrid {
    /// Seven fractions from 1 to 0.01 and six levels of noise from none to 10.
    fn default() -> Self {
        Self {
            noise: vec![0.0, 0.1, 0.3, 1.0, 3.0, 10.0],
            fraction: vec![1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01],
            noise_unit: NoiseUnit::Measured,
        }
    }
}

impl InstrumentGrid {
    /// The instruments, noise by noise; all of one seed.
    pub fn instruments(&self, seed: u64) -> Vec<Instrument> {
        let level = |sigma: f64| match self.noise_unit {
            _ if sigma == 0.0 => Noise::None,
            NoiseUnit::Measured => Noise::Relative(sigma),
            NoiseUnit::Start => Noise::RelativeToStart(sigma),
            NoiseUnit::Absolute => Noise::Absolute(sigma),
        };
        let at = |noise: f64, fraction: f64| Instrument { noise: level(noise), fraction, seed };
        self.noise
            .iter()
            .flat_map(|&noise| self.fraction.iter().map(move |&f| at(noise, f)))
            .collect()
    }

    /// Rejects what cannot measure.
    ///
    /// # Errors
    /// [`Error::Setting`] if a list is empty, a level negative or not finite, a fraction not in (0,
    /// 1], or one is named twice.
    pub fn check(&self) -> Result<()> {
        for (name, values) in [("noise", &self.noise), ("fraction", &self.fraction)] {
            if values.is_empty() {
                return Err(Error::setting(name, "empty", "a grid needs at least one"));
            }
            let twice = (1..values.len()).find(|&at| values[..at].contains(&values[at]));
            if let Some(at) = twice {
                return Err(Error::setting(name, values[at], "the grid names it twice"));
            }
        }
        // Negative levels and what is no number are found here.
        self.noise.iter().try_for_each(|&noise| error::check_not_negative("noise", noise))?;
        self.instruments(0).iter().try_for_each(Instrument::check)
    }
}

impl fmt::Display for InstrumentGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.noise_unit {
            NoiseUnit::Measured => "",
            NoiseUnit::Start => " of what was before learning",
            NoiseUnit::Absolute => " in the numbers' own unit",
        };
        write!(f, "noise {:?}{unit} × fractions {:?}", self.noise, self.fraction)
    }
}

pub(super) fn standard_deviation(values: &[f64]) -> f64 {
    super::Moments::of(values).variance.sqrt()
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.noise {
            Noise::None => write!(f, "no noise")?,
            Noise::Relative(sigma) => write!(f, "noise of {sigma} standard deviations")?,
            Noise::RelativeToStart(sigma) => {
                write!(f, "noise of {sigma} standard deviations before learning")?
            }
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
        Instrument::perfect().with_noise(0.5).disturb(&mut noisy, f64::NAN, "a");
        let noise: Vec<f64> = noisy.iter().zip(&original).map(|(a, b)| a - b).collect();
        let ratio = standard_deviation(&noise) / standard_deviation(&original);
        assert!((ratio - 0.5).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn a_grid_is_every_combination() {
        let (noise, fraction) = (vec![0.0, 0.5], vec![1.0, 0.1, 0.01]);
        let grid = InstrumentGrid { noise, fraction, ..InstrumentGrid::default() };
        let instruments = grid.instruments(3);
        assert_eq!(instruments.len(), 6);
        assert_eq!(instruments[0], Instrument { seed: 3, ..Instrument::perfect() });
        assert_eq!((instruments[5].noise, instruments[5].fraction), (Noise::Relative(0.5), 0.01));
        let before = InstrumentGrid { noise_unit: NoiseUnit::Start, ..grid.clone() };
        assert_eq!(before.instruments(3)[5].noise, Noise::RelativeToStart(0.5));
        let absolute = InstrumentGrid { noise_unit: NoiseUnit::Absolute, ..grid.clone() };
        assert_eq!(absolute.instruments(3)[5].noise, Noise::Absolute(0.5));
        assert_eq!(absolute.instruments(3)[0].noise, Noise::None);
        assert_eq!(InstrumentGrid::default().instruments(0).len(), 42);
        for bad in [
            InstrumentGrid { noise: vec![], ..grid.clone() },
            InstrumentGrid { noise: vec![-1.0], ..grid.clone() },
            InstrumentGrid { fraction: vec![0.0], ..grid.clone() },
            InstrumentGrid { fraction: vec![0.5, 0.5], ..grid.clone() },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn impossible_instruments_are_refused() {
        for bad in [0.0, -0.1, 1.1, f64::NAN] {
            assert!(Instrument::perfect().with_fraction(bad).check().is_err());
        }
        assert!(Instrument::perfect().with_noise(-1.0).check().is_err());
    }
}
