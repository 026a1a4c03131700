//! The tensors of one file: safetensors, npz or npy.

use std::fs;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use safetensors::{Dtype, SafeTensors};

use super::{npy, npz};
use crate::error::{Error, Result, known_ones, shown};

/// The endings of files that can be checkpoints.
pub(super) const ENDINGS: [&str; 3] = ["safetensors", "npz", "npy"];

/// A tensor of a file.
#[derive(Debug)]
pub(super) enum Tensor {
    /// One of floating-point numbers.
    Numbers(ArrayD<f32>),
    /// One of something else, which nobody may ask for.
    Other {
        /// What it holds, in words.
        kind: String,
    },
}

/// Floating-point numbers that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// float16.
    Half,
    /// bfloat16.
    Brain,
    /// float32.
    Single,
    /// float64.
    Double,
}

impl Kind {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Half | Self::Brain => 2,
            Self::Single => 4,
            Self::Double => 8,
        }
    }
}

/// Numbers from their bytes, little-endian unless they are swapped, in single precision.
pub(super) fn numbers(bytes: &[u8], kind: Kind, is_swapped: bool) -> Vec<f32> {
    fn each<const N: usize>(bytes: &[u8], is_swapped: bool, of: fn([u8; N]) -> f32) -> Vec<f32> {
        let number = |bytes: &[u8; N]| {
            let mut bytes = *bytes;
            if is_swapped {
                bytes.reverse();
            }
            of(bytes)
        };
        bytes.as_chunks::<N>().0.iter().map(number).collect()
    }
    match kind {
        Kind::Half => each(bytes, is_swapped, |b| f16::from_le_bytes(b).to_f32()),
        Kind::Brain => each(bytes, is_swapped, |b| bf16::from_le_bytes(b).to_f32()),
        Kind::Single => each(bytes, is_swapped, f32::from_le_bytes),
        Kind::Double => each(bytes, is_swapped, |b| f64::from_le_bytes(b) as f32),
    }
}

/// A file's tensors by name, those that count in the order of numbers (`layer2` before `layer10`).
#[derive(Debug)]
pub(super) struct Tensors {
    pub(super) path: PathBuf,
    all: Vec<(String, Tensor)>,
}

impl Tensors {
    /// Reads a file; its ending says which format it has. The one array of a `.npy` is called
    /// `weight`.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be read; [`Error::Data`] if it is damaged.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let content = fs::read(path).map_err(|error| Error::file(path, error))?;
        let tensors = match ending(path) {
            Some("npz") => npz::read(&content),
            Some("npy") => npy::read(&content).map(|one| vec![("weight".to_owned(), one)]),
            _ => safetensors(&content),
        };
        let mut all = tensors.map_err(|problem| damaged(path, problem))?;
        all.sort_by_key(|(name, _)| in_order(name));
        Ok(Self { path: path.to_path_buf(), all })
    }

    /// The names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// [`Error::Data`] if there is none, it holds other things than floating-point numbers, or some
    /// of them are not finite.
    pub(super) fn get(&self, name: &str) -> Result<&ArrayD<f32>> {
        let wrong = |problem: String, remedy: &str| Error::Data {
            path: self.path.clone(),
            problem,
            remedy: remedy.into(),
        };
        let quoted = shown(name);
        let array = match self.all.iter().find(|(own, _)| own == name) {
            Some((_, Tensor::Numbers(array))) => array,
            Some((_, Tensor::Other { kind })) => {
                let problem = format!("tensor \"{quoted}\" holds {kind}");
                return Err(wrong(problem, "save it as float16, float32 or float64"));
            }
            None => {
                let known: Vec<String> = self.names().map(str::to_owned).collect();
                let problem = format!("it has no tensor \"{quoted}\"");
                let known = match known.is_empty() {
                    true => "it has none at all".to_owned(),
                    false => known_ones(name, &known),
                };
                return Err(wrong(problem, &format!("{known}; mend layers.toml or the file")));
            }
        };
        match array.iter().filter(|number| !number.is_finite()).count() {
            0 => Ok(array),
            lost => {
                let problem = format!(
                    "{lost} of the {} numbers of tensor \"{quoted}\" are not finite",
                    array.len()
                );
                Err(wrong(problem, "leave out checkpoints from after the network diverged"))
            }
        }
    }
}

/// How a file's name ends, if it can be a checkpoint.
pub(super) fn ending(path: &Path) -> Option<&'static str> {
    let own = path.extension()?.to_str()?;
    ENDINGS.into_iter().find(|ending| own.eq_ignore_ascii_case(ending))
}

pub(super) fn damaged(path: &Path, problem: String) -> Error {
    Error::Data { path: path.into(), problem, remedy: "save it again, or leave it out".into() }
}

fn safetensors(content: &[u8]) -> Result<Vec<(String, Tensor)>, String> {
    let file = SafeTensors::deserialize(content)
        .map_err(|error| format!("it is no whole safetensors file ({error})"))?;
    let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
        let kind = match view.dtype() {
            Dtype::F16 => Kind::Half,
            Dtype::BF16 => Kind::Brain,
            Dtype::F32 => Kind::Single,
            Dtype::F64 => Kind::Double,
            other => return Ok((name, Tensor::Other { kind: words(other) })),
        };
        let array = ArrayD::from_shape_vec(IxDyn(view.shape()), numbers(view.data(), kind, false));
        let array = array.map_err(|error| format!("its shape is damaged: {error}"))?;
        Ok((name, Tensor::Numbers(array)))
    };
    file.tensors().into_iter().map(tensor).collect()
}

fn words(kind: Dtype) -> String {
    let name = format!("{kind:?}");
    match name.chars().next() {
        Some('I' | 'U') => format!("whole numbers ({name})"),
        Some('C') => format!("complex numbers ({name})"),
        Some('B') => format!("true and false ({name})"),
        _ => format!("numbers that are not read ({name})"),
    }
}

/// A key by which names sort as people count: pieces of text, and numbers by their value.
fn in_order(name: &str) -> Vec<(String, u64)> {
    let mut pieces = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        pieces.push((text.to_owned(), number.parse().unwrap_or(u64::MAX)));
        rest = tail;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_people_count() {
        let mut names = ["fc10.weight", "fc2.weight", "conv1.weight", "fc2.bias"];
        names.sort_by_key(|name| in_order(name));
        assert_eq!(names, ["conv1.weight", "fc2.bias", "fc2.weight", "fc10.weight"]);
    }
}
