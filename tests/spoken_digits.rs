//! The Free Spoken Digit Dataset from files of its format.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use microlearners::prelude::*;

use crate::support::archive;

/// The folder of the recordings in an archive.
const INSIDE: &str = "free-spoken-digit-dataset-1.0.10/recordings";

const SPEAKERS: [&str; 6] = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"];

/// A tone of `hertz` for an eighth of a second, as a file of so many samples a second.
fn wav(hertz: f64, rate: u32, channels: u16) -> Vec<u8> {
    let form = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, form).unwrap();
    for sample in 0..1000 * u32::from(channels) {
        let turn = std::f64::consts::TAU * hertz * f64::from(sample) / 8000.0;
        writer.write_sample((10_000.0 * turn.sin()) as i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// Each digit a tone of its own, the same from every speaker.
fn recordings() -> Vec<(String, Vec<u8>)> {
    let sounds: Vec<Vec<u8>> =
        (0..10).map(|digit| wav(300.0 * f64::from(digit + 1), 8000, 1)).collect();
    let mut files = Vec::new();
    for speaker in SPEAKERS {
        for (digit, sound) in sounds.iter().enumerate() {
            let name = |number| format!("{digit}_{speaker}_{number}.wav");
            files.extend((0..50).map(|number| (name(number), sound.clone())));
        }
    }
    files
}

fn packed(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    archive(files, INSIDE, &folder.path().join("v1.0.10.tar.gz"));
    folder
}

fn told(path: impl AsRef<Path>) -> String {
    let told = Dataset::spoken_digits_from(path, &SpokenDigits::default()).unwrap_err().to_string();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains("microlearners data fsdd"), "{told}");
    told
}

#[test]
fn an_archive_and_a_folder_give_the_same_pictures_and_the_split_that_is_usual() {
    let files = recordings();
    let packed = packed(&files);
    let words = Dataset::spoken_digits_from(packed.path(), &SpokenDigits::default()).unwrap();
    assert_eq!((words.train().len(), words.test().len()), (2700, 300));
    assert_eq!((words.shape(), words.classes()[9].as_str()), ((32, 32, 1).into(), "nine"));

    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("recordings")).unwrap();
    for (name, content) in &files {
        fs::write(folder.path().join("recordings").join(name), content).unwrap();
    }
    for path in [folder.path().to_owned(), folder.path().join("recordings")] {
        let same = Dataset::spoken_digits_from(path, &SpokenDigits::default()).unwrap();
        assert_eq!(same.train().pixels, words.train().pixels);
    }
    let asked = SpokenDigits { asked: Spoken::Speaker, ..SpokenDigits::default() };
    let speakers = Dataset::spoken_digits_from(packed.path(), &asked).unwrap();
    assert_eq!(speakers.classes(), SPEAKERS);
    assert_eq!(speakers.train().pixels, words.train().pixels);
    assert_eq!(speakers.test().labels.iter().filter(|&&label| label == 3).count(), 50);
}

#[test]
fn backgrounds_are_those_of_the_seed_and_hide_a_voice() {
    let packed = packed(&recordings());
    let read = |how: SpokenDigits| Dataset::spoken_digits_from(packed.path(), &how).unwrap();
    let clean = read(SpokenDigits::default());
    let in_noise = SpokenDigits { signal_to_noise: Some(0.0), ..SpokenDigits::default() };
    let [once, again] = [in_noise, in_noise].map(read);
    assert_eq!(once.train().pixels, again.train().pixels);
    let other = read(SpokenDigits { seed: 1, ..in_noise });
    assert_ne!(once.train().pixels, other.train().pixels);
    let babble = read(SpokenDigits { background: Background::Babble, ..in_noise });
    // Silence before the voice, in the uppermost band and in all bands.
    let before = |data: &Dataset| {
        data.train().pixels.row(0).iter().step_by(32).map(|&x| u32::from(x)).sum::<u32>()
    };
    assert_eq!(before(&clean), 0);
    assert!(before(&once) > 32 * 20 && before(&babble) > 32 * 5);
    let several = read(SpokenDigits { backgrounds: 3, ..in_noise });
    assert_eq!((several.train().len(), several.test().len()), (3 * 2700, 300));
    assert_eq!(several.train().labels[2700..5400], once.train().labels);
    assert_ne!(several.train().pixels.row(0), several.train().pixels.row(2700));
    assert_eq!(several.test().pixels, once.test().pixels);
    let faint = read(SpokenDigits { signal_to_noise: Some(60.0), ..SpokenDigits::default() });
    assert!(before(&faint) < before(&once) / 2);
}

#[test]
fn what_is_no_recording_of_the_set_is_refused_in_one_sentence() {
    let files = recordings();
    let with = |name: &str, content: Option<Vec<u8>>| {
        let mut changed = files.clone();
        changed.retain(|(own, _)| own != name);
        changed.extend(content.map(|content| (name.to_owned(), content)));
        packed(&changed)
    };
    let name = "3_theo_12.wav";
    let short = files[0].1[..500].to_vec();
    for (folder, sentence) in [
        (with(name, None), "2999 recordings, and the set has 3000: 3_theo_12.wav is not there"),
        (with(name, Some(short)), "3_theo_12.wav: it is truncated or no WAV"),
        (with(name, Some(b"RIFF".to_vec())), "it is truncated or no WAV"),
        (with(name, Some(wav(400.0, 44_100, 2))), "it has 44100 samples a second, 2 channels"),
        (with(name, Some(wav(0.0, 8000, 1))), "there is no sound in it"),
        (with("hello.wav", Some(wav(400.0, 8000, 1))), "hello.wav: it is not named as a recording"),
        (with("3_bob_1.wav", Some(wav(400.0, 8000, 1))), "3_bob_1.wav: it is not named"),
        (with("3_theo_50.wav", Some(wav(400.0, 8000, 1))), "3_theo_50.wav: it is not named"),
    ] {
        let told = told(folder.path());
        assert!(told.contains(sentence), "{told}");
    }
}

#[test]
fn archives_and_folders_that_are_none_are_refused_in_one_sentence() {
    let packed = packed(&recordings());
    let path = packed.path().join("v1.0.10.tar.gz");
    let whole = fs::read(&path).unwrap();
    for content in [&whole[..whole.len() / 2], &whole[..20], b"no archive at all", b""] {
        fs::write(&path, content).unwrap();
        let told = told(&path);
        assert!(told.contains("truncated, damaged or no gzipped tar archive"), "{told}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(told(empty.path()).contains("neither v1.0.10.tar.gz nor a folder recordings"));
}
