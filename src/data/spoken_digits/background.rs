//! Noise behind a voice.

use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::recordings::Recording;
use crate::random::Rng;

/// What is heard behind a voice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// As strong in every octave; the default.
    #[default]
    Pink,
    /// Five other recordings of the same part, training or test, at once, each going on from its
    /// beginning when it ends.
    Babble,
}

/// Voices of a babble.
const VOICES: usize = 5;

impl Background {
    /// So many samples.
    pub(super) fn draw(self, samples: usize, others: &[Recording], rng: &mut Rng) -> Vec<f32> {
        match self {
            Self::Pink => pink(samples, rng),
            Self::Babble => babble(samples, others, rng),
        }
    }
}

/// White noise through Paul Kellet's filter, which is within half a decibel of −3 dB per octave.
fn pink(samples: usize, rng: &mut Rng) -> Vec<f32> {
    const POLES: [(f64, f64); 6] = [
        (0.998_86, 0.055_517_9),
        (0.993_32, 0.075_075_9),
        (0.969_00, 0.153_852_0),
        (0.866_50, 0.310_485_6),
        (0.550_00, 0.532_952_2),
        (-0.7616, -0.016_898_0),
    ];
    let (mut states, mut before) = ([0.0; 6], 0.0);
    let mut next = || {
        let white: f64 = StandardNormal.sample(rng);
        for (state, (pole, share)) in states.iter_mut().zip(POLES) {
            *state = pole * *state + share * white;
        }
        let sum = states.iter().sum::<f64>() + before + 0.5362 * white;
        before = 0.115_926 * white;
        sum as f32
    };
    // The slowest state has its own variance from the start.
    (0..2000).for_each(|_| {
        next();
    });
    (0..samples).map(|_| next()).collect()
}

/// Voices of equal strength.
fn babble(samples: usize, others: &[Recording], rng: &mut Rng) -> Vec<f32> {
    let mut all = vec![0.0; samples];
    for _ in 0..VOICES {
        let voice = &others[rng.gen_range(0..others.len())].sound;
        let (start, level) = (rng.gen_range(0..voice.len()), power(voice).sqrt().max(1e-9));
        for (place, sum) in all.iter_mut().enumerate() {
            *sum += voice[(start + place) % voice.len()] / level as f32;
        }
    }
    all
}

/// The mean square.
pub(super) fn power(sound: &[f32]) -> f64 {
    sound.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / sound.len().max(1) as f64
}

/// Adds noise to a sound: `decibels` is ten times the logarithm of the voice's power, `of_voice`, over
/// the noise's.
pub(super) fn mix(sound: &mut [f32], noise: &[f32], of_voice: f64, decibels: f64) {
    let scale = (of_voice / power(noise).max(1e-30) / 10.0_f64.powf(decibels / 10.0)).sqrt() as f32;
    sound.iter_mut().zip(noise).for_each(|(x, n)| *x += scale * n);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn the_ratio_is_what_is_asked_for() {
        let mut rng = random::stream(0, "background");
        let voice: Vec<f32> = (0..4000).map(|i| (i as f32 * 0.3).sin()).collect();
        let mut sound = vec![0.0; 8000];
        let noise = pink(8000, &mut rng);
        mix(&mut sound, &noise, power(&voice), 10.0);
        let ratio = 10.0 * (power(&voice) / power(&sound)).log10();
        assert!((ratio - 10.0).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn pink_noise_is_as_strong_in_every_octave() {
        let mut rng = random::stream(0, "background");
        let noise = pink(1 << 15, &mut rng);
        // The power between two differences: of octaves, by means over ever longer stretches.
        let octave = |length: usize| {
            let means: Vec<f64> = noise
                .chunks(length)
                .map(|part| part.iter().map(|&x| f64::from(x)).sum::<f64>() / length as f64)
                .collect();
            let differences = means.chunks(2).filter(|pair| pair.len() == 2);
            let squares = differences.map(|pair| (pair[0] - pair[1]).powi(2));
            squares.sum::<f64>() / (means.len() / 2) as f64
        };
        let powers: Vec<f64> = [8, 16, 32, 64].map(octave).to_vec();
        for pair in powers.windows(2) {
            assert!((0.8..1.25).contains(&(pair[1] / pair[0])), "{powers:?}");
        }
    }
}
