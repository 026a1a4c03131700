//! Sound as the inner ear passes it on: how loud it is in each band of frequencies, over time.

use std::f64::consts::{PI, TAU};

/// Bands of frequencies, the rows of a cochleogram.
pub(super) const BANDS: usize = 32;
/// Centres of the lowest and of the highest band in Hz.
const LOWEST: f64 = 80.0;
const HIGHEST: f64 = 3600.0;
/// Filters of first order, one after the other.
const ORDER: usize = 4;
/// Of an envelope, as loudness grows with it.
const COMPRESSION: f32 = 0.3;

/// Four complex filters of first order in each band, one after the other, which are a gammatone filter
/// whose absolute value is the envelope: Hohmann 2002, *Frequency analysis and synthesis using a
/// Gammatone filterbank*, Acta Acustica 88, 433–442. Widths are those of Glasberg & Moore 1990, doi
/// 10.1016/0378-5955(90)90170-T.
pub(super) struct Cochlea {
    /// The pole of each band.
    real: [f32; BANDS],
    imaginary: [f32; BANDS],
    /// Makes a tone at the centre as large as it is.
    gain: [f32; BANDS],
}

/// The centre of each band in Hz, from low to high, evenly spaced on the scale of equivalent
/// rectangular bandwidths.
fn centres() -> [f64; BANDS] {
    let number = |hertz: f64| 21.4 * (1.0 + 0.004_37 * hertz).log10();
    let (low, high) = (number(LOWEST), number(HIGHEST));
    std::array::from_fn(|band| {
        let here = low + (high - low) * band as f64 / (BANDS - 1) as f64;
        (10.0_f64.powf(here / 21.4) - 1.0) / 0.004_37
    })
}

/// Equivalent rectangular bandwidth in Hz.
fn bandwidth(hertz: f64) -> f64 {
    24.7 * (1.0 + 0.004_37 * hertz)
}

impl Cochlea {
    /// For sound of so many samples a second.
    pub(super) fn new(rate: f64) -> Self {
        // The bandwidth of four filters in a row, each of width 1: π (2·4 − 2)! 2^−(2·4 − 2) / (4 − 1)!²
        let width = PI * 720.0 / 64.0 / 36.0;
        let mut own = Self { real: [0.0; BANDS], imaginary: [0.0; BANDS], gain: [0.0; BANDS] };
        for (band, centre) in centres().into_iter().enumerate() {
            let length = (-TAU * bandwidth(centre) / width / rate).exp();
            let turn = TAU * centre / rate;
            own.real[band] = (length * turn.cos()) as f32;
            own.imaginary[band] = (length * turn.sin()) as f32;
            own.gain[band] = (2.0 * (1.0 - length).powi(ORDER as i32)) as f32;
        }
        own
    }

    /// The mean envelope of each band in each of `frames` stretches of equal length: frames × bands,
    /// from low to high.
    pub(super) fn envelopes(&self, sound: &[f32], frames: usize) -> Vec<[f32; BANDS]> {
        let length = sound.len().div_ceil(frames);
        let mut state = State::default();
        let mut of_frame = |frame: usize| {
            let mut mean = [0.0; BANDS];
            let from = (frame * length).min(sound.len());
            for &sample in &sound[from..(from + length).min(sound.len())] {
                let envelope = state.hear(self, sample);
                for band in 0..BANDS {
                    mean[band] += envelope[band] / length as f32;
                }
            }
            mean
        };
        (0..frames).map(&mut of_frame).collect()
    }

    /// Loudness between 0 and 255 of the loudest: bands from high to low, each in `frames` stretches.
    pub(super) fn picture(&self, sound: &[f32], frames: usize) -> Vec<u8> {
        let envelopes = self.envelopes(sound, frames);
        let loudest = envelopes.iter().flatten().fold(f32::MIN_POSITIVE, |a, &b| a.max(b));
        let loudness = |band: usize, frame: usize| {
            let share = envelopes[frame][band] / loudest;
            (255.0 * share.powf(COMPRESSION)).round() as u8
        };
        let rows = (0..BANDS).rev();
        rows.flat_map(|band| (0..frames).map(move |frame| (band, frame)))
            .map(|(band, frame)| loudness(band, frame))
            .collect()
    }
}

/// Silence where a filter has nearly rung out: numbers too small for their exponent take a hundred
/// times as long.
fn audible(x: f32) -> f32 {
    if x.abs() < 1e-25 { 0.0 } else { x }
}

/// What each filter of each band gives.
#[derive(Default)]
struct State {
    real: [[f32; BANDS]; ORDER],
    imaginary: [[f32; BANDS]; ORDER],
}

impl State {
    /// The envelope of each band after one more sample.
    fn hear(&mut self, cochlea: &Cochlea, sample: f32) -> [f32; BANDS] {
        let (mut real, mut imaginary) = (cochlea.gain.map(|gain| gain * sample), [0.0; BANDS]);
        for order in 0..ORDER {
            let (re, im) = (&mut self.real[order], &mut self.imaginary[order]);
            for band in 0..BANDS {
                let (a, b) = (cochlea.real[band], cochlea.imaginary[band]);
                let (x, y) = (re[band], im[band]);
                re[band] = audible(real[band] + a * x - b * y);
                im[band] = audible(imaginary[band] + a * y + b * x);
                real[band] = re[band];
                imaginary[band] = im[band];
            }
        }
        std::array::from_fn(|band| {
            (real[band] * real[band] + imaginary[band] * imaginary[band]).sqrt()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = 8000.0;

    fn tone(hertz: f64, amplitude: f64, samples: usize) -> Vec<f32> {
        let at = |sample: usize| amplitude * (TAU * hertz * sample as f64 / RATE).sin();
        (0..samples).map(|sample| at(sample) as f32).collect()
    }

    #[test]
    fn bands_are_spaced_as_hearing_has_them() {
        let centres = centres();
        assert!((centres[0] - 80.0).abs() < 1e-9 && (centres[31] - 3600.0).abs() < 1e-9);
        // By hand: 21.4 log10(1 + 0.00437 f) is 2.786 at 80 Hz, 26.184 at 3,600 Hz, and 14.862 here.
        assert!((centres[16] - 903.6).abs() < 0.5, "{}", centres[16]);
        assert!((bandwidth(1000.0) - 132.639).abs() < 1e-6);
    }

    #[test]
    fn the_envelope_of_a_tone_is_its_amplitude_in_its_band_and_less_elsewhere() {
        let cochlea = Cochlea::new(RATE);
        for band in [8, 16, 24] {
            let sound = tone(centres()[band], 0.5, 8000);
            let last = *cochlea.envelopes(&sound, 4).last().unwrap();
            assert!((last[band] - 0.5).abs() < 0.01, "{band}: {}", last[band]);
            for other in (0..BANDS).filter(|&other| other.abs_diff(band) >= 4) {
                assert!(last[other] < 0.1, "{band} {other}: {}", last[other]);
            }
        }
    }

    #[test]
    fn an_impulse_rings_as_a_gammatone() {
        // t³ λ^t e^{iωt}, up to a factor; (n+1)(n+2)(n+3)/6 in discrete time.
        let (cochlea, band) = (Cochlea::new(RATE), 20);
        let mut state = State::default();
        let length = f64::from(cochlea.real[band]).hypot(f64::from(cochlea.imaginary[band]));
        for step in 0..200 {
            let heard = state.hear(&cochlea, if step == 0 { 1.0 } else { 0.0 })[band];
            let n = f64::from(step);
            let ways = (n + 1.0) * (n + 2.0) * (n + 3.0) / 6.0;
            let expected = f64::from(cochlea.gain[band]) * ways * length.powi(step);
            assert!((f64::from(heard) - expected).abs() < 1e-4 * expected + 1e-9, "{step}");
        }
    }

    #[test]
    fn a_picture_has_high_bands_above_and_is_as_bright_for_a_softer_sound() {
        let cochlea = Cochlea::new(RATE);
        let loud = [tone(centres()[4], 1.0, 4000), tone(centres()[28], 1.0, 4000)].concat();
        let picture = cochlea.picture(&loud, 8);
        let at = |band: usize, frame: usize| picture[(BANDS - 1 - band) * 8 + frame];
        assert!(at(4, 2) > 240 && at(28, 6) > 240 && at(4, 7) < 100 && at(28, 2) < 100);
        let soft: Vec<f32> = loud.iter().map(|x| x / 64.0).collect();
        assert_eq!(cochlea.picture(&soft, 8), picture);
        assert!(cochlea.picture(&[0.0; 100], 8).iter().all(|&x| x == 0));
    }
}
