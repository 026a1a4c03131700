//! Spoken digits as pictures of sound.

mod background;
mod cochleogram;
mod recordings;

use std::path::Path;

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use background::Background;
pub(super) use recordings::{ARCHIVE, verify};

use self::background::{mix, power};
use self::cochleogram::{BANDS, Cochlea};
use self::recordings::{RATE, Recording, SPEAKERS};
use super::places::{nowhere, place};
use super::{Dataset, Images};
use crate::error::{self, Error, Result};
use crate::random;

/// What is asked of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoken {
    /// Which digit is said; the default.
    #[default]
    Word,
    /// Which of the six speakers says it.
    Speaker,
}

/// How recordings of the Free Spoken Digit Dataset become a data set.
///
/// ```no_run
/// use microlearners::data::{Dataset, SpokenDigits};
///
/// let clean = Dataset::spoken_digits(&SpokenDigits::default())?;
/// let in_noise = SpokenDigits { signal_to_noise: Some(0.0), ..SpokenDigits::default() };
/// let in_noise = Dataset::spoken_digits(&in_noise)?;
/// assert_eq!((clean.train().len(), in_noise.test().len()), (2700, 300));
/// # Ok::<(), microlearners::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpokenDigits {
    /// The word, or the speaker.
    pub asked: Spoken,
    /// The power of the voice over that of the background, in decibels; default no background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal_to_noise: Option<f64>,
    /// What is heard behind the voice, if anything is.
    pub background: Background,
    /// So many times each training recording is there, each time with another background; default 1.
    pub backgrounds: usize,
    /// Decides the background.
    pub seed: u64,
}

impl Default for SpokenDigits {
    fn default() -> Self {
        let (asked, background) = (Spoken::default(), Background::default());
        Self { asked, signal_to_noise: None, background, backgrounds: 1, seed: 0 }
    }
}

crate::display::show_as_settings!(SpokenDigits, Spoken, Background);

/// Stretches of time, the columns of a cochleogram.
const FRAMES: usize = 32;
/// One second.
const SAMPLES: usize = RATE as usize;
/// Recordings with a smaller number are the test.
const TEST_BELOW: usize = 5;
const WORDS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

impl SpokenDigits {
    /// Rejects what is no ratio, and several backgrounds where there is none.
    ///
    /// # Errors
    /// [`Error::Setting`] for a ratio of more than 100 decibels or less than −100, and for no or too many
    /// backgrounds.
    pub fn check(&self) -> Result<()> {
        error::check_count("backgrounds", self.backgrounds)?;
        error::check_at_most("backgrounds", self.backgrounds, 100)?;
        if self.backgrounds > 1 && self.signal_to_noise.is_none() {
            let requirement =
                "without signal_to_noise there is no background, and all would be the same";
            return Err(Error::setting("backgrounds", self.backgrounds, requirement));
        }
        match self.signal_to_noise {
            Some(ratio) if !(-100.0..=100.0).contains(&ratio) => {
                let requirement = "it must be from -100 to 100 decibels";
                Err(Error::setting("signal_to_noise", ratio, requirement))
            }
            _ => Ok(()),
        }
    }

    fn label(&self, recording: &Recording) -> u8 {
        match self.asked {
            Spoken::Word => recording.digit,
            Spoken::Speaker => recording.speaker,
        }
    }

    fn classes(&self) -> Vec<String> {
        match self.asked {
            Spoken::Word => WORDS.map(String::from).to_vec(),
            Spoken::Speaker => SPEAKERS.map(String::from).to_vec(),
        }
    }

    /// What the data set is called.
    pub(crate) fn name(&self) -> String {
        let asked = match self.asked {
            Spoken::Word => "spoken words",
            Spoken::Speaker => "speakers",
        };
        match (self.signal_to_noise, self.background) {
            (None, _) => asked.to_owned(),
            (Some(ratio), Background::Pink) => format!("{asked} in noise of {ratio} dB"),
            (Some(ratio), Background::Babble) => format!("{asked} in babble of {ratio} dB"),
        }
    }

    /// The pictures of one part, all recordings so many times; the number of a picture decides its
    /// background.
    fn images(&self, part: &str, recordings: &[Recording], times: usize) -> Images {
        let cochlea = Cochlea::new(f64::from(RATE));
        let count = times * recordings.len();
        let picture = |index: usize| {
            let recording = &recordings[index % recordings.len()];
            let mut sound = one_second(&recording.sound);
            if let Some(ratio) = self.signal_to_noise {
                let mut rng = random::stream(self.seed, &format!("background {part} {index}"));
                let noise = self.background.draw(SAMPLES, recordings, &mut rng);
                mix(&mut sound, &noise, power(&recording.sound), ratio);
            }
            cochlea.picture(&sound, FRAMES)
        };
        let pictures: Vec<Vec<u8>> = (0..count).into_par_iter().map(picture).collect();
        let mut pixels = Array2::zeros((count, BANDS * FRAMES));
        for (mut row, picture) in pixels.rows_mut().into_iter().zip(&pictures) {
            row.iter_mut().zip(picture).for_each(|(pixel, &x)| *pixel = x);
        }
        let labels: Vec<u8> = recordings.iter().map(|one| self.label(one)).collect();
        Images { pixels, labels: labels.repeat(times) }
    }
}

/// The recording in the middle of a second of silence, or its first second.
fn one_second(sound: &[f32]) -> Vec<f32> {
    let kept = &sound[..sound.len().min(SAMPLES)];
    let before = (SAMPLES - kept.len()) / 2;
    let mut second = vec![0.0; SAMPLES];
    second[before..before + kept.len()].copy_from_slice(kept);
    second
}

impl Dataset {
    /// The 3,000 recordings of the Free Spoken Digit Dataset (Jackson et al. 2018, doi
    /// 10.5281/zenodo.1342401; CC BY-SA 4.0) as cochleograms of 32 × 32: digits from zero to nine by six
    /// speakers, fifty times each, of which the first five are the test. They do not ship with the
    /// project: `microlearners data fsdd` ([`fetch_fsdd`](super::fetch_fsdd)) downloads them into the
    /// user's cache. The folder `fsdd`, with the archive or the folder `recordings`, is looked for
    /// where [`cifar10`](Self::cifar10) looks.
    ///
    /// A recording stands in the middle of a second of silence (20 of 3,000 are longer, and their
    /// first second is taken). Rows are the mean envelopes of 32 gammatone filters from 3,600 down to
    /// 80 Hz, columns 31-millisecond stretches of time; a pixel is the envelope over the largest of
    /// the recording, to the power of 0.3. A background is added to the whole second before.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no such folder, or as
    /// [`spoken_digits_from`](Self::spoken_digits_from).
    pub fn spoken_digits(how: &SpokenDigits) -> Result<Self> {
        match place("fsdd") {
            Some(folder) => Self::spoken_digits_from(folder, how),
            None => Err(nowhere("fsdd")),
        }
    }

    /// The same from the archive `v1.0.10.tar.gz`, from a folder that has it, or from one with the
    /// recordings or their folder `recordings`.
    ///
    /// # Errors
    /// [`Error::Data`] if recordings are missing, truncated, or no mono WAV of 8,000 samples a second
    /// and 16 bits; [`Error::Setting`] as [`SpokenDigits::check`].
    pub fn spoken_digits_from(path: impl AsRef<Path>, how: &SpokenDigits) -> Result<Self> {
        how.check()?;
        let (test, train): (Vec<Recording>, Vec<Recording>) =
            recordings::read(path.as_ref())?.into_iter().partition(|one| one.number < TEST_BELOW);
        let train = how.images("train", &train, how.backgrounds);
        let test = how.images("test", &test, 1);
        Self::new(how.name(), (BANDS, FRAMES, 1), how.classes(), train, test)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_stands_in_the_middle_of_a_second() {
        let second = one_second(&[1.0; 1000]);
        assert_eq!((second.len(), second[3499], second[3500]), (8000, 0.0, 1.0));
        assert_eq!((second[4499], second[4500]), (1.0, 0.0));
        assert_eq!(one_second(&[1.0; 9000]), vec![1.0; 8000]);
    }

    #[test]
    fn names_say_what_is_asked_and_what_is_heard_behind() {
        let name = |asked, signal_to_noise, background| {
            SpokenDigits { asked, signal_to_noise, background, ..SpokenDigits::default() }.name()
        };
        assert_eq!(name(Spoken::Word, None, Background::Babble), "spoken words");
        let in_babble = name(Spoken::Speaker, Some(-5.0), Background::Babble);
        assert_eq!(in_babble, "speakers in babble of -5 dB");
        let silly = SpokenDigits { signal_to_noise: Some(f64::NAN), ..SpokenDigits::default() };
        assert!(silly.check().unwrap_err().to_string().contains("signal_to_noise is NaN"));
        let same = SpokenDigits { backgrounds: 4, ..SpokenDigits::default() };
        assert!(same.check().unwrap_err().to_string().contains("backgrounds is 4"));
    }
}
