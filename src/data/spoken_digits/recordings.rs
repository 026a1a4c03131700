//! The recordings of the Free Spoken Digit Dataset, from a folder or an archive.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::data::archive::{Files, Wanted};
use crate::data::hex;
use crate::error::{Error, Result};

/// The archive as GitHub gives it.
pub(in crate::data) const ARCHIVE: &str = "v1.0.10.tar.gz";
/// SHA-256 of the names and bytes of all recordings, in the order of their names: an archive that is
/// packed anew on request has no sum of its own that lasts.
const RECORDINGS_SUM: &str = "45a9b976ba3397a2fd5c70a9f2e43c34f442a3a6be47392ecfc41174b678f37e";
const FOLDER: &str = "recordings";
pub(super) const SPEAKERS: [&str; 6] =
    ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"];
const DIGITS: usize = 10;
/// Of each digit by each speaker.
const REPETITIONS: usize = 50;
const ALL: usize = SPEAKERS.len() * DIGITS * REPETITIONS;
/// Samples a second.
pub(super) const RATE: u32 = 8000;
/// More than any recording has, in bytes.
const LARGEST: u64 = 1 << 20;

/// One spoken digit.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub(super) digit: u8,
    /// The place of the speaker among [`SPEAKERS`].
    pub(super) speaker: u8,
    /// Which of the fifty it is.
    pub(super) number: usize,
    /// 8,000 samples a second between −1 and 1.
    pub(super) sound: Vec<f32>,
}

/// All recordings, in the order of their names.
///
/// # Errors
/// [`Error::Data`] if recordings are missing, damaged, of another format, or not named as theirs are.
pub(super) fn read(path: &Path) -> Result<Vec<Recording>> {
    let files = files(path)?;
    let recordings = files.iter().map(|(name, bytes)| recording(&path.join(name), name, bytes));
    let recordings: Vec<Recording> = recordings.collect::<Result<_>>()?;
    if recordings.len() == ALL {
        return Ok(recordings);
    }
    let problem =
        format!("it has {} recordings, and the set has {ALL}{}", recordings.len(), missing(&files));
    Err(broken(path, &problem))
}

/// Says why the archive does not hold the recordings, if it does not.
pub(in crate::data) fn verify(path: &Path) -> std::result::Result<(), String> {
    let files = unpack(path).map_err(|error| match error {
        Error::Data { problem, .. } => problem,
        other => other.to_string(),
    })?;
    let mut sum = Sha256::new();
    for (name, bytes) in &files {
        sum.update(name.as_bytes());
        sum.update(bytes);
    }
    let found = hex(&sum.finalize());
    if found == RECORDINGS_SUM {
        return Ok(());
    }
    Err(format!("it has {} recordings of the SHA-256 {}…", files.len(), &found[..12]))
}

/// The first that is not there, in words.
fn missing(files: &Files) -> String {
    let names = SPEAKERS.iter().flat_map(|speaker| {
        let of_digit =
            move |digit| (0..REPETITIONS).map(move |n| format!("{digit}_{speaker}_{n}.wav"));
        (0..DIGITS).flat_map(of_digit)
    });
    let first = names.into_iter().find(|name| !files.contains_key(name));
    first.map_or(String::new(), |name| format!(": {name} is not there"))
}

fn files(path: &Path) -> Result<Files> {
    if path.is_file() {
        return unpack(path);
    }
    let (inner, archive) = (path.join(FOLDER), path.join(ARCHIVE));
    if inner.is_dir() {
        return in_folder(&inner);
    }
    if archive.is_file() {
        return unpack(&archive);
    }
    let found = in_folder(path)?;
    if found.is_empty() {
        let problem = format!("there is neither {ARCHIVE} nor a folder {FOLDER} here");
        return Err(broken(path, &problem));
    }
    Ok(found)
}

fn is_wav(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav"))
}

fn in_folder(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).map_err(|error| Error::file(folder, error))? {
        let path = entry.map_err(|error| Error::file(folder, error))?.path();
        if is_wav(&path) {
            let mut bytes = Vec::new();
            fs::File::open(&path)
                .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
                .map_err(|error| Error::file(&path, error))?;
            files.insert(name_of(&path), bytes);
        }
    }
    Ok(files)
}

fn name_of(path: &Path) -> String {
    path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned()
}

/// The recordings in the archive; what else is in it is left alone.
fn unpack(path: &Path) -> Result<Files> {
    Wanted { name: name_inside, largest: LARGEST, broken }.unpack(path)
}

/// The name of a recording in an archive, where all are in one folder.
fn name_inside(inside: &Path) -> Option<String> {
    let is_in_folder = inside.parent().is_some_and(|folder| folder.ends_with(FOLDER));
    (is_in_folder && is_wav(inside)).then(|| name_of(inside))
}

fn recording(path: &Path, name: &str, bytes: &[u8]) -> Result<Recording> {
    let Some((digit, speaker, number)) = parts(name) else {
        let problem = "it is not named as a recording is, such as 3_theo_12.wav";
        return Err(broken(path, problem));
    };
    let damaged =
        |error: hound::Error| broken(path, &format!("it is truncated or no WAV ({error})"));
    let mut reader = hound::WavReader::new(bytes).map_err(damaged)?;
    let form = reader.spec();
    let expected = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    if form != expected {
        let problem = format!(
            "it has {} samples a second, {} channels and {} bits, and a recording of the set has {RATE}, 1 and 16",
            form.sample_rate, form.channels, form.bits_per_sample
        );
        return Err(broken(path, &problem));
    }
    let sound = reader.samples::<i16>().map(|sample| sample.map(|x| f32::from(x) / 32768.0));
    let sound: Vec<f32> = sound.collect::<std::result::Result<_, _>>().map_err(damaged)?;
    if sound.iter().all(|&x| x == 0.0) {
        return Err(broken(path, "there is no sound in it"));
    }
    Ok(Recording { digit, speaker, number, sound })
}

/// Digit, speaker and number of `3_theo_12.wav`.
fn parts(name: &str) -> Option<(u8, u8, usize)> {
    let (stem, _) = name.rsplit_once('.')?;
    let mut parts = stem.split('_');
    let (digit, speaker, number) = (parts.next()?, parts.next()?, parts.next()?);
    let digit = digit.parse().ok().filter(|&digit| usize::from(digit) < DIGITS)?;
    let speaker = SPEAKERS.iter().position(|known| *known == speaker)?;
    let number = number.parse().ok().filter(|&number| number < REPETITIONS)?;
    parts.next().is_none().then_some((digit, speaker as u8, number))
}

fn broken(path: &Path, problem: &str) -> Error {
    Error::Data {
        path: path.into(),
        problem: problem.into(),
        remedy: format!(
            "get {ARCHIVE} anew by `microlearners data fsdd`, or name the archive or the folder that has {FOLDER} in it"
        ),
    }
}
